"""Le frein aux dépôts : par établissement, en base, avec l'heure du prochain essai."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from charte.acteur import Origine
from charte.commun.base import lignes, maintenant
from indicateurs.imports.frein import Bornes, DepotFreine, prochain_depot
from indicateurs.imports.reception import recevoir
from indicateurs.imports.services import FichierDepose
from indicateurs.modeles import Depot
from tests.indicateurs.imports.fabrique import en_csv, ligne

MIDI = datetime(2026, 3, 2, 12, tzinfo=UTC)
BORNES = Bornes(3, 1_000)
FICHIER = FichierDepose("apprentis.csv", en_csv([ligne(0)]))


def il_y_a(*minutes, octets=1):
    return [(MIDI - timedelta(minutes=m), octets) for m in minutes]


@pytest.mark.parametrize(
    ("passes", "taille", "attente"),
    [
        ([], 1_000, None),
        ([], 1_001, None),
        (il_y_a(1, 2), 1, None),
        (il_y_a(1, 2, 50), 1, 10),
        (il_y_a(1, 2, 20, 50), 1, 40),
        (il_y_a(1, 2, 60), 1, None),
        (il_y_a(90, octets=999), 1, None),
        (il_y_a(90, octets=1_000), 1, 24 * 60 - 90),
        (il_y_a(90, 200, octets=600), 1, 24 * 60 - 200),
    ],
)
def test_l_attente_est_la_plus_courte_qui_tienne_les_deux_bornes(passes, taille, attente):
    retour = prochain_depot(passes, taille, MIDI, BORNES)
    assert retour == (None if attente is None else MIDI + timedelta(minutes=attente))


@pytest.fixture
def deposant(acteur):
    return replace(acteur, origine=Origine.WEB)


def compter(base):
    with base.lecture() as session:
        return lignes(session, select(func.count()).select_from(Depot))[0][0]


def test_le_frein_tient_un_etablissement_et_pas_l_autre(base, reglages, deposant, autre_acteur):
    serres = replace(reglages, depots_par_heure=2)
    for _ in range(2):
        recevoir(base, deposant, serres, FICHIER)
    with pytest.raises(DepotFreine) as frein:
        recevoir(base, deposant, serres, FICHIER)
    assert 3_500 < frein.value.secondes <= 3_600
    assert "2\u00a0fichiers par heure" in str(frein.value)
    recevoir(base, replace(autre_acteur, origine=Origine.WEB), serres, FICHIER)
    recevoir(base, replace(deposant, origine=Origine.COMMANDE), serres, FICHIER)
    assert compter(base) == 4
    with base.ecriture() as session:
        session.execute(update(Depot).values(depose_le=maintenant() - timedelta(minutes=61)))
    recevoir(base, deposant, serres, FICHIER)


def test_la_taille_du_jour_compte_aussi(base, reglages, deposant):
    serres = replace(reglages, depots_mo_par_jour=1)
    recevoir(base, deposant, serres, FichierDepose("a.csv", FICHIER.octets + b";\r\n" * 300_000))
    with pytest.raises(DepotFreine, match="1 Mo par jour"):
        recevoir(base, deposant, serres, FichierDepose("b.csv", FICHIER.octets + b";\r\n" * 100_000))
    assert compter(base) == 1


def test_la_page_dit_quand_recommencer(client, base, acteur):
    ancien = Depot(
        etablissement_id=acteur.etablissement_id, auteur=acteur.nom, nom_fichier="a.csv", empreinte="0" * 64,
        taille=2_000 * 2**20, depose_le=maintenant(), purger_le=maintenant().date(), etat="illisible",
    )  # fmt: skip
    with base.ecriture() as session:
        session.add(ancien)
    reponse = client.post("/depots", files={"fichier": ("a.csv", FICHIER.octets)})
    assert reponse.status_code == 429
    assert int(reponse.headers["retry-after"]) > 86_000
    assert "recommencez après" in reponse.text
    assert compter(base) == 1
