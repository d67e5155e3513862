"""Ce que le moteur sait lire, en données : tables et colonnes, familles d'indicateurs, motifs, ventilations."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele

__all__ = [
    "NON_RENSEIGNE",
    "Colonne",
    "Famille",
    "Genre",
    "Modalite",
    "Motif",
    "SourceCitee",
    "Table",
    "Ventilation",
    "charger_familles",
    "charger_motifs",
    "charger_tables",
    "charger_ventilations",
]

_DONNEES = Path(__file__).parent / "donnees"
NON_RENSEIGNE = "non_renseigne"
"""La modalité de ce qui n'est pas connu ; elle se montre comme les autres."""

Texte = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Genre = Literal["date", "nombre", "texte", "logique"]


class SourceCitee(DonneeGelee):
    """D'où vient une règle : titre, référence publique, jour de consultation."""

    titre: Texte
    reference: Texte
    consulte_le: date


class Colonne(DonneeGelee):
    """Une colonne qu'une expression peut nommer ; `deduite` : calculée par l'outil, `statut` : veut les parcours."""

    genre: Genre
    sens: Texte
    requise: bool = False
    deduite: bool = False
    statut: bool = False


class Table(DonneeGelee):
    """Une table reçue : ce qu'est une ligne, ce qui l'identifie, ses colonnes."""

    sens: Texte
    cle: tuple[Texte, ...]
    colonnes: dict[str, Colonne]


class Famille(DonneeGelee):
    """Un groupe d'indicateurs, dans l'ordre des pages."""

    cle: Texte
    libelle: Texte


class Motif(DonneeGelee):
    """Un motif de fin anticipée ; `effet` dit ce que les indicateurs de rupture en font."""

    cle: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    libelle: Texte
    reference: Texte
    effet: Literal["rupture", "fin_anticipee", "annulation"]


class Modalite(DonneeGelee):
    """Une classe : des valeurs, ou un intervalle [de, a]."""

    cle: Texte
    libelle: Texte
    valeurs: tuple[str, ...] = ()
    de: int | None = None
    a: int | None = None


class Ventilation(DonneeGelee):
    """Une ventilation ; `sur_les_cas` : seul le numérateur se répartit, le dénominateur reste entier."""

    cle: Texte
    libelle: Texte
    colonne: Texte
    sur_les_cas: bool = False
    source: SourceCitee | None = None
    modalites: tuple[Modalite, ...]

    @property
    def cles(self) -> tuple[str, ...]:
        """Les modalités dans l'ordre des pages, « non renseigné » en dernier."""
        return (*(modalite.cle for modalite in self.modalites), NON_RENSEIGNE)

    def libelle_de(self, modalite: str) -> str:
        """Le nom d'une modalité pour une page."""
        return {m.cle: m.libelle for m in self.modalites}.get(modalite, "Non renseigné")


class _Tables(RootModel[dict[str, Table]]):
    pass


class _Familles(DonneeGelee):
    familles: tuple[Famille, ...]


class _Motifs(DonneeGelee):
    en_vigueur_depuis: date
    source: SourceCitee
    motifs: Annotated[tuple[Motif, ...], Field(min_length=1)]


class _Ventilations(DonneeGelee):
    ventilations: tuple[Ventilation, ...]

    @model_validator(mode="after")
    def _cles_distinctes(self) -> Self:
        for ventilation in self.ventilations:
            if len(set(ventilation.cles)) != len(ventilation.cles):
                raise ValueError(f"{ventilation.cle} : deux modalités de même clé ; donnez-leur des clés différentes")
        return self


@cache
def charger_tables() -> dict[str, Table]:
    """Les tables du moteur, par nom."""
    return charger_modele(_DONNEES / "tables.yaml", _Tables).root


@cache
def charger_familles() -> dict[str, Famille]:
    """Les familles d'indicateurs, par clé, dans l'ordre des pages."""
    return {famille.cle: famille for famille in charger_modele(_DONNEES / "familles.yaml", _Familles).familles}


@cache
def charger_motifs() -> dict[str, Motif]:
    """Les motifs de fin anticipée d'un contrat, par clé (source : code du travail, dite dans le fichier)."""
    return {motif.cle: motif for motif in charger_modele(_DONNEES / "motifs_de_rupture.yaml", _Motifs).motifs}


@cache
def charger_ventilations() -> dict[str, Ventilation]:
    """Les ventilations par clé ; les modalités de « motif » sont les motifs eux-mêmes."""
    lues = charger_modele(_DONNEES / "ventilations.yaml", _Ventilations).ventilations
    motifs = tuple(Modalite(cle=m.cle, libelle=m.libelle, valeurs=(m.cle,)) for m in charger_motifs().values())
    return {v.cle: v.model_copy(update={"modalites": motifs}) if v.sur_les_cas else v for v in lues}
