"""Les tableaux de docs/objectifs.md, docs/reperes.md et docs/roles.md disent ce que disent les données et le code."""

import pytest

from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.typographie import part
from charte.commun.web import Introuvable
from indicateurs.objectifs.services.lecture import Lieu
from indicateurs.objectifs.services.saisie import exiger_d_ecrire
from indicateurs.reperes.repere import charger_publications
from tests.coherence.fichiers import RACINE
from tests.indicateurs.objectifs.fabrique import peupler
from tests.indicateurs.objectifs.test_regles import EXEMPLES
from tests.indicateurs.reperes.test_comparabilite import EXEMPLES as COMPARAISONS

OBJECTIFS = (RACINE / "docs" / "objectifs.md").read_text("utf-8")
ROLES = (RACINE / "docs" / "roles.md").read_text("utf-8")
REPERES = (RACINE / "docs" / "reperes.md").read_text("utf-8")


def tableau(texte: str, entete: str) -> list[list[str]]:
    """Les lignes du tableau dont l'en-tête commence ainsi."""
    suite = texte.split(f"| {entete}", 1)[1].splitlines()[2:]
    lignes = []
    for ligne in suite:
        if not ligne.startswith("|"):
            break
        lignes.append([cellule.strip() for cellule in ligne.strip("|").split("|")])
    return lignes


def test_les_exemples_d_objectifs() -> None:
    assert tableau(OBJECTIFS, "Exemple | Il manque") == [[e["dit"], str(e["manque"])] for e in EXEMPLES["il_manque"]]
    refus = [[e["dit"], ", ".join(e["champs"]) or "–"] for e in EXEMPLES["refus"]]
    assert tableau(OBJECTIFS, "Exemple | Champ à reprendre") == refus


def test_les_exemples_de_comparaisons_et_les_reperes_livres() -> None:
    juges = [[e["dit"], "refusé" if "raisons" in e else "permis"] for e in COMPARAISONS]
    assert tableau(REPERES, "Exemple | Ce que l'outil en fait") == juges
    livres = [
        [
            repere.libelle + (" (à vérifier)" if repere.a_verifier else ""),
            part(repere.valeur).replace("\u202f", " "),
            repere.millesime,
            publication.source.reference.replace("\u00a0", " "),
        ]
        for publication in charger_publications()
        for repere in publication.reperes
    ]
    assert tableau(REPERES, "Repère | Valeur") == livres


def test_qui_fixe_un_objectif_est_ce_que_dit_le_tableau(base, acteur: Acteur) -> None:  # type: ignore[no-untyped-def]
    formation, cfa = peupler(base, acteur)
    lieux = {"un diplôme": Lieu(formation_id=formation), "un CFA": Lieu(cfa_id=cfa), "tout l'établissement": Lieu()}
    tenus = (
        Mandat(Role.REFERENT_QUALITE),
        Mandat(Role.RESPONSABLE_FORMATION),
        Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa, Partie.CFA),
        Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formation),
        Mandat(Role.LECTEUR),
    )
    dits = {ligne[0]: ligne[1:] for ligne in tableau(ROLES, "Objectif de")}
    assert dits.keys() == lieux.keys()
    for nom, lieu in lieux.items():
        for mandat, dit in zip(tenus, dits[nom], strict=True):
            qui = Acteur(acteur.etablissement_id, "Compte fictif", mandat.role, mandats=(mandat,))
            with base.lecture() as session:
                if dit == "oui":
                    exiger_d_ecrire(session, qui, lieu)
                else:
                    with pytest.raises((DroitManquant, Introuvable)):
                        exiger_d_ecrire(session, qui, lieu)
