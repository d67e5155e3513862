"""Le dossier d'une grille arrêtée dit sa version et l'empreinte de son contenu, sans le nom de qui l'a arrêtée."""

from appli.base import BaseSQL
from charte.acteur import Acteur
from grilles.arrete.services import CommandeArrete, arreter_grille
from rapports.dossier import depuis_instantane, en_instantane
from rapports.rendu import rendre_html
from rapports.services import assembler_dossier
from tests.rapports.peuplement import creer_formation, repondre


def test_le_dossier_porte_la_version_et_l_empreinte(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        formation = creer_formation(session, acteur)
        repondre(session, acteur, formation, "1.S1.1", "tenu")
    with base.lecture() as session:
        avant = assembler_dossier(session, acteur, formation)
    with base.ecriture() as session:
        scelle = arreter_grille(session, acteur, CommandeArrete(formation, instance="Conseil du 12 mars"))
    with base.lecture() as session:
        dossier = assembler_dossier(session, acteur, formation)
    assert avant.arrete is None
    assert dossier.arrete is not None
    assert (dossier.arrete.version, dossier.arrete.empreinte) == (1, scelle.empreinte)
    assert depuis_instantane(en_instantane(dossier)) == dossier
    html = rendre_html(dossier)
    assert html.count(scelle.empreinte) == 1
    assert "Conseil du 12 mars" in html
    assert acteur.nom not in html
