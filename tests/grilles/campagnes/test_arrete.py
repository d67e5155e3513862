"""Arrêter une campagne : chaque grille figée porte les indicateurs que ses jalons citent."""

from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from grilles.arrete.contenu import lire_contenu
from grilles.arrete.modeles import Instantane
from grilles.campagnes.travaux import ARRETE, travaux
from grilles.modeles import Campagne
from tests.grilles.arrete.test_arreter import au_socle, executer, lue
from tests.grilles.arrete.test_routes import Lecteur, citer_un_indicateur


def test_les_indicateurs_cites_sont_scelles(
    base: BaseSQL, acteur: Acteur, formation_id: int, reglages: Reglages
) -> None:
    au_socle(base, acteur, formation_id)
    citer_un_indicateur(base, acteur, formation_id, "abandon", "convenu")
    executer(base, update(Campagne).values(etat="en_concertation"))
    with base.lecture() as session:
        [(campagne,)] = lignes(session, select(col(Campagne.id)))
    vus: list[tuple[int, int]] = []
    demande = {"campagne": campagne, "instance": "Conseil du 12 mars"}
    travaux(Lecteur())[ARRETE](base, reglages, acteur, demande, lambda fait, total: vus.append((fait, total)))
    with base.lecture() as session:
        [(texte,)] = lignes(session, select(col(Instantane.contenu)))
    contenu = lire_contenu(texte)
    assert [(mesure.cle, mesure.valeur) for mesure in contenu.mesures] == [("abandon", 0.124)]
    assert contenu.instance == "Conseil du 12 mars"
    assert lue(base, acteur, formation_id).figee
    assert vus == [(0, 1), (1, 1)]
