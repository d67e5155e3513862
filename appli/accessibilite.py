"""La déclaration d'accessibilité : un fichier daté, lu strictement, où aucun critère ne manque.

Source des critères : RGAA 4.1.2, https://accessibilite.numerique.gouv.fr/methode/criteres-et-tests/.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele

FICHIER = Path(__file__).parent / "donnees" / "accessibilite.yaml"
CRITERES_PAR_THEME = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""Le nombre de critères de chacun des treize thèmes (106 en tout)."""
ETATS = {
    "automatique": "contrôlé automatiquement",
    "regarde": "regardé",
    "a_verifier": "à vérifier",
    "sans_objet": "sans objet",
}
"""L'état d'un critère et son mot ; aucun ne dit « conforme » : seul un audit peut le dire."""


class Essai(DonneeGelee):
    """Ce qui a été essayé, et comment."""

    quoi: str = Field(min_length=1)
    comment: str = Field(min_length=1)


class Outil(DonneeGelee):
    """Un outil d'essai et sa version."""

    nom: str
    version: str


class Environnement(DonneeGelee):
    """Où les essais ont été faits."""

    systeme: str
    navigateur: str
    aide: str


class Constat(DonneeGelee):
    """Des critères d'un thème qui partagent un état, et ce qui le fonde."""

    numeros: tuple[str, ...] = Field(min_length=1)
    etat: Literal["automatique", "regarde", "a_verifier", "sans_objet"]
    preuve: str = Field(min_length=1)

    @property
    def mot(self) -> str:
        """L'état en clair."""
        return ETATS[self.etat]


class Theme(DonneeGelee):
    """Un thème du référentiel : chacun de ses critères y figure une fois, et une seule."""

    numero: int = Field(ge=1, le=len(CRITERES_PAR_THEME))
    titre: str
    criteres: tuple[Constat, ...]

    @model_validator(mode="after")
    def _verifier_les_criteres(self) -> Self:
        lus = sorted(numero for constat in self.criteres for numero in constat.numeros)
        attendus = sorted(f"{self.numero}.{rang + 1}" for rang in range(CRITERES_PAR_THEME[self.numero - 1]))
        ecarts = sorted(set(lus) ^ set(attendus)) + [n for n in set(lus) if lus.count(n) > 1]
        if ecarts:
            raise ValueError(f"critères manquants, inconnus ou répétés : {', '.join(ecarts)}")
        return self


class Declaration(DonneeGelee):
    """La déclaration entière. Sans audit, l'état ne peut être que « non conforme »."""

    referentiel: Literal["RGAA 4.1.2"]
    etablie_le: date
    etat: Literal["non_conforme"]
    raison: str
    audit: str
    essais: tuple[Essai, ...] = Field(min_length=1)
    outils: tuple[Outil, ...] = Field(min_length=1)
    environnements: tuple[Environnement, ...] = Field(min_length=1)
    technologies: tuple[str, ...] = Field(min_length=1)
    non_conformites: tuple[str, ...]
    derogations: tuple[str, ...]
    exemptions: tuple[str, ...]
    alternatives: str
    themes: tuple[Theme, ...]

    @model_validator(mode="after")
    def _verifier_les_themes(self) -> Self:
        if [theme.numero for theme in self.themes] != list(range(1, len(CRITERES_PAR_THEME) + 1)):
            raise ValueError("les treize thèmes, de 1 à 13, dans l’ordre")
        return self

    def comptes(self) -> dict[str, int]:
        """Mot d'état → nombre de critères."""
        constats = [constat for theme in self.themes for constat in theme.criteres]
        return {mot: sum(len(c.numeros) for c in constats if c.etat == etat) for etat, mot in ETATS.items()}


@cache
def charger_declaration(fichier: Path = FICHIER) -> Declaration:
    """La déclaration d'accessibilité. Lève `DonneesInvalides` si le fichier est douteux."""
    return charger_modele(fichier, Declaration)
