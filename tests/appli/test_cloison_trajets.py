"""Les grands trajets sur PostgreSQL avec un rôle ordinaire, sans que le test dise de cloison : l'outil le fait seul."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from appli.commandes import principale
from appli.demonstration.installer import preparer
from appli.diagnostic import constater
from appli.donnees_personnelles.purge import faire_le_menage
from appli.modeles import CourrielSortant
from appli.travaux import executer_en_attente, executer_travail, purger_les_depots, travaux_a_faire
from charte.acteur import Acteur
from charte.commun.base import Base, lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.registre import verifier_le_journal
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, Travail, demander_travail, etat_du_travail
from charte.commun.typographie import FUSEAU
from charte.modeles import Etablissement, Formation
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.reception import recevoir
from indicateurs.imports.services import FichierDepose
from indicateurs.imports.travaux import CONFIRMATION
from indicateurs.modeles import Depot, Parcours
from rapports.modeles import Rapport
from rapports.services import assembler_dossier, emettre_rapport
from tests.indicateurs.imports.fabrique import en_csv, ligne
from tests.rapports.peuplement import creer_formation, ranger_apprentis, repondre

pytestmark = pytest.mark.postgresql
PATIENCE = 60.0


def _compter(base: Base, modele: type) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(modele))[0][0])


def test_chaque_travail_ne_voit_que_son_etablissement(
    base_ordinaire: BaseSQL, reglages: Reglages, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    vus: dict[int, set[int]] = {}

    def regarder(
        base: Base, _reglages: Reglages, acteur: Acteur, _parametres: dict[str, object], avance: Avancement
    ) -> str:
        avance(1, 2)
        with base.lecture() as session:
            vus[acteur.etablissement_id] = {i for (i,) in lignes(session, select(col(Etablissement.id)))}
        return "vu"

    for acteur in deux_acteurs:
        with cloison(acteur.etablissement_id), base_ordinaire.ecriture() as session:
            demander_travail(session, acteur, "regarder", {})
    attente = [identifiant for identifiant, _ in travaux_a_faire(base_ordinaire)]
    for identifiant in attente:
        executer_travail(base_ordinaire, reglages, identifiant, {"regarder": regarder})
    assert len(attente) == 2
    assert vus == {acteur.etablissement_id: {acteur.etablissement_id} for acteur in deux_acteurs}
    for acteur, identifiant in zip(deux_acteurs, attente, strict=True):
        with cloison(acteur.etablissement_id), base_ordinaire.lecture() as session:
            etat = etat_du_travail(session, acteur, identifiant)
        assert etat is not None
        assert (etat.etat, etat.fait, etat.message) == ("fini", 1, "vu")


def test_un_depot_se_confirme_dans_chaque_etablissement_et_un_dossier_s_emet(
    base_ordinaire: BaseSQL, reglages: Reglages, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    for acteur in deux_acteurs:
        with cloison(acteur.etablissement_id):
            depot_id, _ = recevoir(base_ordinaire, acteur, reglages, FichierDepose("a.csv", en_csv([ligne(0)])))
            with base_ordinaire.ecriture() as session:
                demander_travail(session, acteur, CONFIRMATION, {"depot_id": depot_id, "retirer": False})
    _emettre_un_dossier(base_ordinaire, deux_acteurs[0])
    assert executer_en_attente(base_ordinaire, reglages) == 3
    for acteur, parcours in zip(deux_acteurs, (41, 1), strict=True):
        with cloison(acteur.etablissement_id), base_ordinaire.lecture() as session:
            assert {etat for (etat,) in lignes(session, select(col(Travail.etat)))} == {"fini"}
            assert {etat for (etat,) in lignes(session, select(col(Depot.etat)))} == {"confirme"}
            assert lignes(session, select(func.count()).select_from(Parcours))[0][0] == parcours
            assert verifier_le_journal(session, acteur.etablissement_id).intacte
    with cloison(deux_acteurs[0].etablissement_id), base_ordinaire.lecture() as session:
        ((fichier,),) = lignes(session, select(col(Rapport.fichier)))
    assert (reglages.dossier_rapports / str(fichier)).read_bytes().startswith(b"%PDF")


def _emettre_un_dossier(base: Base, acteur: Acteur) -> None:
    with cloison(acteur.etablissement_id):
        with base.ecriture() as session:
            formation = creer_formation(session, acteur, code="but-emis")
            ranger_apprentis(session, acteur, formation, annee=2023, nombre=40, rompus=6)
            repondre(session, acteur, formation, "1.S1.1", "tenu")
        with base.lecture() as session:
            dossier = assembler_dossier(session, acteur, formation)
        with base.ecriture() as session:
            emettre_rapport(session, acteur, formation, dossier)


def test_le_menage_sert_tous_les_etablissements_et_garde_les_fichiers_encore_dus(
    base_ordinaire: BaseSQL, reglages: Reglages, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    for rang, acteur in enumerate(deux_acteurs):
        with cloison(acteur.etablissement_id):
            recevoir(base_ordinaire, acteur, reglages, FichierDepose(f"{rang}.csv", en_csv([ligne(rang)])))
    pieces = Coffre.de(reglages).pieces()
    hier = time.time() - timedelta(days=2).total_seconds()
    for nom in pieces:
        os.utime(reglages.dossier_depots / nom, (hier, hier))
    assert purger_les_depots(base_ordinaire, reglages, datetime.now(FUSEAU).date()) == 0
    assert Coffre.de(reglages).pieces().keys() == pieces.keys()
    assert purger_les_depots(base_ordinaire, reglages, date(2100, 1, 1)) == 2
    assert Coffre.de(reglages).pieces() == {}


def test_le_menage_technique_sert_tous_les_etablissements_meme_demande_par_l_un(
    base_ordinaire: BaseSQL, reglages: Reglages, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    vieux = datetime(2020, 1, 1, tzinfo=UTC)
    for acteur in deux_acteurs:
        with cloison(acteur.etablissement_id), base_ordinaire.ecriture() as session:
            parti = {"genre": "invitation", "cree_le": vieux, "envoye_le": vieux}
            session.add(CourrielSortant(etablissement_id=acteur.etablissement_id, **parti))
    with cloison(deux_acteurs[0].etablissement_id):
        assert faire_le_menage(base_ordinaire, reglages, maintenant())["courriel_sortant"] == 2


PROCESSUS = """
import sys, time
from pathlib import Path
from sqlalchemy import select
from sqlmodel import col
from appli.base import BaseSQL
from appli.travaux import Ouvriers
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from charte.modeles import Etablissement

reglages = Reglages(Path(sys.argv[1]), sys.argv[2], b"0" * 32, b"0" * 32, b"0" * 32)

def nommer(base, reglages, acteur, parametres, avance):
    with base.lecture() as session:
        return ", ".join(nom for (nom,) in lignes(session, select(col(Etablissement.nom))))

Ouvriers(BaseSQL(reglages.url_base), reglages, {"nommer": nommer}).demarrer()
time.sleep(300)
"""


def test_les_ouvriers_prennent_le_travail_de_chaque_etablissement(
    base_ordinaire: BaseSQL, url_ordinaire: str, tmp_path: Path, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    for acteur in deux_acteurs:
        with cloison(acteur.etablissement_id), base_ordinaire.ecriture() as session:
            demander_travail(session, acteur, "nommer", {})
    lance = [sys.executable, "-c", PROCESSUS, str(tmp_path), url_ordinaire]
    processus = subprocess.Popen(lance, env={**os.environ, "PYTHONPATH": os.getcwd()})
    try:
        limite = time.monotonic() + PATIENCE
        while travaux_a_faire(base_ordinaire) and time.monotonic() < limite:
            time.sleep(0.1)
    finally:
        processus.kill()
        processus.wait()
    with hors_cloison(), base_ordinaire.lecture() as session:
        dits = [message for (message,) in lignes(session, select(col(Travail.message)).order_by(col(Travail.id)))]
    assert dits == ["Université d'Ici", "Université d'Ailleurs"]


def test_la_demonstration_se_prepare_avec_un_role_ordinaire(base_ordinaire: BaseSQL, reglages: Reglages) -> None:
    preparation = preparer(reglages, base_ordinaire, date(2026, 11, 21))
    assert not preparation.deja_prete
    assert preparer(reglages, base_ordinaire, date(2026, 11, 21)).deja_prete
    assert _compter(base_ordinaire, Etablissement) == 0, "la préparation finie, la cloison est retombée"
    with hors_cloison(), base_ordinaire.lecture() as session:
        ((etablissement_id,),) = lignes(session, select(col(Etablissement.id)))
        assert verifier_le_journal(session, etablissement_id).intacte
    with cloison(etablissement_id):
        assert _compter(base_ordinaire, Formation) == 14
        assert _compter(base_ordinaire, Parcours) > 1100


@pytest.fixture
def commande(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url_ordinaire: str) -> CliRunner:
    """La ligne de commande sur une base PostgreSQL vide, avec un rôle ordinaire."""
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path / "installation"))
    monkeypatch.setenv("TRAJECTOIRE_BASE", url_ordinaire)
    return CliRunner()


def test_la_ligne_de_commande_agit_dans_l_etablissement_choisi(
    commande: CliRunner, base_ordinaire: BaseSQL, tmp_path: Path
) -> None:
    fichier = tmp_path / "apprentis.csv"
    fichier.write_bytes(en_csv([ligne(0), ligne(1)]))
    importe = commande.invoke(principale, ["importer", str(fichier), "--etablissement", "0352756F"])
    assert importe.exit_code == 0, importe.output
    with hors_cloison(), base_ordinaire.ecriture() as session:
        session.add(Etablissement(nom="Université d'Ailleurs", uai="0442953W"))
    ici = commande.invoke(principale, ["formations", "--json", "--etablissement", "0352756F"])
    assert len(json.loads(ici.output)) == 1
    ailleurs = commande.invoke(principale, ["formations", "--json", "--etablissement", "0442953W"])
    assert json.loads(ailleurs.output) == []
    lequel = commande.invoke(principale, ["formations"])
    assert (lequel.exit_code, "0352756F, 0442953W" in lequel.output) == (2, True)
    options = ["compte", "--courriel", "a@ici.invalid", "--nom", "A", "--role", "lecteur", "--lien"]
    cree = commande.invoke(principale, [*options, "--etablissement", "0442953W"])
    assert cree.output.startswith("Compte créé : a@ici.invalid"), cree.output
    verifie = commande.invoke(principale, ["journal", "verifier", "--json"])
    assert [chaine["rupture"] for chaine in json.loads(verifie.output)["chaines"]] == [None, None]
    assert all(chaine["entrees"] for chaine in json.loads(verifie.output)["chaines"])
    assert _compter(base_ordinaire, EntreeJournal) == 0, "la commande finie, la cloison est retombée"


@pytest.mark.parametrize("ordinaire", [True, False])
def test_le_diagnostic_dit_si_le_role_passe_outre_la_cloison(
    url_ordinaire: str, serveur_postgresql: str, tmp_path: Path, ordinaire: bool
) -> None:
    url = url_ordinaire if ordinaire else url_ordinaire.replace("trajectoire_ordinaire@", "postgres@")
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path), "TRAJECTOIRE_BASE": url}
    (constat,) = [c for c in constater(env) if c.sujet == "Base"]
    assert constat.detail.startswith("postgresql, schéma 0")
    assert constat.etat == ("bon" if ordinaire else "manque")
    assert ("« postgres » passe outre la cloison" in constat.detail) is not ordinaire
