"""Le tableau de sécurité dit vrai : complet, à jour, et chaque preuve citée existe et tourne."""

import ast
import re
from collections import Counter

import pytest
from pydantic import ValidationError

from tests.coherence.asvs import (
    DOCUMENT,
    Etat,
    Exigence,
    ancre,
    charger_le_tableau,
    fonctions_de,
    rediger,
    titres_de,
)
from tests.coherence.fichiers import RACINE

TABLEAU = charger_le_tableau()
LIGNES_PAR_SECTION = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
"""Exigences de niveau 1 ou 2 par section de l'ASVS 5.0.0 (d'après son fichier CSV) : elles s'y suivent sans trou."""
MARQUES_REFUSEES = ("skip", "skipif", "xfail", "performance")


def test_toutes_les_exigences_des_niveaux_1_et_2_y_sont_une_fois() -> None:
    numeros = [exigence.numero for exigence in TABLEAU.exigences]
    attendus = [f"{section}.{rang}" for section, nombre in LIGNES_PAR_SECTION.items() for rang in range(1, nombre + 1)]
    assert numeros == attendus
    assert len(numeros) == 253
    assert Counter(exigence.niveau for exigence in TABLEAU.exigences) == {1: 70, 2: 183}
    for chapitre in TABLEAU.chapitres:
        assert {exigence.numero.split(".")[0] for exigence in chapitre.exigences} == {str(chapitre.numero)}


def _tests_cites() -> list[str]:
    return sorted({p for e in TABLEAU.exigences for p in e.preuve if "::" in p})


def test_chaque_test_cite_existe_et_tourne() -> None:
    fautes = []
    for cite in _tests_cites():
        chemin, _, nom = cite.partition("::")
        fichier = RACINE / chemin
        trouvees = [f for f in fonctions_de(fichier) if f.name == nom] if fichier.is_file() else []
        if not trouvees or not nom.startswith("test_"):
            fautes.append(f"{cite} n'existe pas")
        elif any(marque in _decorateurs(trouvees[0], fichier.read_text("utf-8")) for marque in MARQUES_REFUSEES):
            fautes.append(f"{cite} ne tourne pas à chaque construction")
    assert fautes == []
    assert len(_tests_cites()) > 100


def _decorateurs(fonction: ast.FunctionDef, texte: str) -> set[str]:
    """Les mots des décorateurs de ce test et des marques de son module."""
    marques = " ".join(ast.unparse(d) for d in fonction.decorator_list if "parametrize" not in ast.unparse(d))
    module = " ".join(re.findall(r"^pytestmark\s*=.*$", texte, flags=re.MULTILINE))
    return set(re.findall(r"\w+", f"{marques} {module}"))


def test_chaque_document_cite_existe_et_a_ce_titre() -> None:
    fautes = []
    for exigence in TABLEAU.exigences:
        for preuve in exigence.preuve:
            fichier, _, endroit = preuve.partition("::")[0].partition("#")
            if not (RACINE / fichier).is_file():
                fautes.append(f"{exigence.numero} : {fichier} n'existe pas")
            elif endroit and endroit not in titres_de(RACINE / fichier):
                fautes.append(f"{exigence.numero} : {fichier} n'a pas de titre « {endroit} »")
    assert fautes == []


def test_le_document_est_a_jour() -> None:
    ecrit = DOCUMENT.read_text("utf-8")
    assert rediger(ecrit, TABLEAU) == ecrit, "lancez : python -m tests.coherence.asvs"
    assert ecrit.count("<!-- asvs:") == ecrit.count("<!-- /asvs -->") == 4


def test_le_document_dit_la_source_et_la_licence() -> None:
    ecrit = DOCUMENT.read_text("utf-8")
    assert TABLEAU.norme.version == "5.0.0"
    for dit in (TABLEAU.norme.titre, TABLEAU.norme.source, "CC BY-SA 4.0", "OWASP Foundation"):
        assert dit in ecrit, dit


def test_une_ligne_sans_preuve_ni_raison_est_refusee() -> None:
    ligne = {"numero": "1.1.1", "niveau": 2, "exige": "Une exigence"}
    for etat in (Etat.TENU, Etat.EN_PARTIE):
        with pytest.raises(ValidationError, match="sans preuve"):
            Exigence.model_validate({**ligne, "etat": etat, "raison": "parce que"})
    for etat in (Etat.EN_PARTIE, Etat.SANS_OBJET, Etat.EXPLOITANT, Etat.NON_TENU):
        with pytest.raises(ValidationError, match="sans raison"):
            Exigence.model_validate({**ligne, "etat": etat, "preuve": ["README.md"]})


def test_une_ancre_se_compose_comme_sur_une_forge() -> None:
    assert ancre("V10. OAuth et OIDC") == "v10-oauth-et-oidc"
    assert ancre("Les clés, et l'état : 3") == "les-clés-et-létat--3"
