"""Les huit sujets du conseil de perfectionnement, lus dans les données datées et sourcées."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from charte.commun.donnees import DonneeGelee, charger_modele

FICHIER = Path(__file__).parent / "donnees" / "conseil_perfectionnement.yaml"

Texte = Annotated[str, Field(min_length=1)]


class SourceDesThemes(DonneeGelee):
    """Le texte qui fixe les sujets."""

    titre: Texte
    adresse: Annotated[str, Field(pattern=r"^https://")]
    consulte_le: date


class Theme(DonneeGelee):
    """Un sujet : intitulé abrégé, et ce que l'outil y rattache (lecture de l'outil)."""

    numero: Annotated[int, Field(ge=1, le=8)]
    intitule: Texte
    elements: tuple[Texte, ...]
    indicateurs: tuple[Texte, ...]
    question: Texte


class ConseilDePerfectionnement(DonneeGelee):
    """Les sujets, les indicateurs mis en tête du dossier, le nombre de lignes de décision à imprimer par sujet."""

    source: SourceDesThemes
    indicateurs_cles: tuple[Texte, ...]
    lignes_de_decision: Annotated[int, Field(ge=1, le=10)]
    themes: Annotated[tuple[Theme, ...], Field(min_length=8, max_length=8)]


@lru_cache(maxsize=1)
def charger_conseil() -> ConseilDePerfectionnement:
    """Les sujets du conseil ; lève `DonneesInvalides` si le fichier est fautif."""
    return charger_modele(FICHIER, ConseilDePerfectionnement)
