"""Les documents disent vrai : liens, commandes, glossaire, décisions."""

import re
from pathlib import Path

import pytest

from appli.commandes import COMMANDES
from tests.coherence.fichiers import RACINE, nom

DOCUMENTS = sorted([*RACINE.glob("*.md"), *RACINE.glob("docs/**/*.md")])
LIEN = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
GESTE = re.compile(r"\./lancer +([a-z-]+)|(?<![\w-])trajectoire +([a-z]+)(?= |`|$)", re.MULTILINE)
PAR_LE_LANCEUR = {"tests", "installer", "aide"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=nom)
def test_les_liens_d_un_document_menent_quelque_part(document: Path) -> None:
    liens = [lien for lien in LIEN.findall(document.read_text("utf-8")) if not lien.startswith(("http", "mailto"))]
    assert [lien for lien in liens if not (document.parent / lien).exists()] == []


def test_toute_commande_citee_existe() -> None:
    citees = set()
    for document in DOCUMENTS:
        blocs = re.findall(r"```.*?```|`[^`\n]+`", document.read_text("utf-8"), flags=re.DOTALL)
        citees |= {lance or directe for bloc in blocs for lance, directe in GESTE.findall(bloc)}
    assert citees >= {"demo", "tests", "diagnostic"}
    assert sorted(citees - COMMANDES.keys() - PAR_LE_LANCEUR) == []


def test_les_decisions_se_suivent_et_disent_leur_decision() -> None:
    decisions = sorted((RACINE / "docs" / "decisions").glob("*.md"))
    for rang, decision in enumerate(decisions, start=1):
        texte = decision.read_text("utf-8")
        assert decision.name.startswith(f"{rang:04d}-"), decision.name
        assert texte.startswith(f"# {rang}. "), decision.name
        assert "**Décision.**" in texte, decision.name


def test_tout_reglage_est_documente() -> None:
    """Une variable que le code lit, et que nul document ne dit, ne se règle pas."""
    variable, internes = re.compile(r"TRAJECTOIRE_[A-Z_]*[A-Z]"), {"TRAJECTOIRE_CHROMIUM", "TRAJECTOIRE_CLE"}
    lues = {
        nom_lu
        for paquet in ("appli", "charte", "grilles", "indicateurs", "rapports")
        for fichier in (RACINE / paquet).rglob("*.py")
        for nom_lu in variable.findall(fichier.read_text("utf-8"))
    }
    dites = {nom_dit for document in DOCUMENTS for nom_dit in variable.findall(document.read_text("utf-8"))}
    assert sorted(lues - dites - internes) == []


def test_le_glossaire_definit_les_mots_de_la_maison_une_seule_fois() -> None:
    texte = (RACINE / "docs" / "glossaire.md").read_text("utf-8")
    entrees = [
        mot.strip()
        for cellule in re.findall(r"^\| ([^|]+?) \|", texte, flags=re.MULTILINE)
        if cellule not in ("Mot", "---")
        for mot in re.sub(r"\(.*?\)", "", cellule).split(",")
    ]
    assert len(entrees) == len(set(entrees))
    attendus = {"poste", "périmètre", "action", "engagement", "exigence", "socle", "cible", "jalon", "établissement"}
    attendus |= {
        "CFA",
        "convention",
        "composante",
        "formation",
        "promotion",
        "contrat",
        "rupture",
        "abandon",
        "parcours",
    }
    attendus |= {"cohorte", "mesure", "campagne", "grille", "réponse", "position", "preuve", "comité de pilotage"}
    assert sorted(attendus - set(entrees)) == []


def test_chaque_tableau_du_glossaire_a_deux_colonnes() -> None:
    lignes = (RACINE / "docs" / "glossaire.md").read_text("utf-8").splitlines()
    tableaux = [ligne for ligne in lignes if ligne.startswith("|")]
    assert all(ligne.count("|") == 3 for ligne in tableaux)
