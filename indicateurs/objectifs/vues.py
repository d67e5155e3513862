"""Ce que portent les pages d'objectifs : un objectif lu, et où l'on en est. Pur."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from indicateurs.objectifs.mots import Situation, dire_une_valeur
from indicateurs.objectifs.regles import Sens, Vise

__all__ = ["Contenu", "ObjectifLu", "ObjectifVu", "PointVise"]


@dataclass(frozen=True)
class Contenu:
    """Ce qu'on écrit d'un objectif : ce qui est visé, qui l'a convenu (une fonction, une instance), quand."""

    vise: Vise
    convenu_par: str
    convenu_le: date
    instance: str = ""
    motif: str = ""


@dataclass(frozen=True)
class ObjectifLu:
    """Un objectif tel qu'il est rangé. `formation_id` et `cfa_id` absents : tout l'établissement."""

    id: int
    formation_id: int | None
    cfa_id: int | None
    indicateur: str
    definition: str
    contenu: Contenu
    remplace_par_id: int | None
    retire_le: date | None
    version: int
    modifie_par: str
    modifie_le: datetime

    @property
    def vivant(self) -> bool:
        """Vrai s'il n'est ni remplacé ni retiré."""
        return self.remplace_par_id is None and self.retire_le is None

    @property
    def adresse(self) -> str:
        """Sa page."""
        return f"/indicateurs/objectifs/{self.id}"


@dataclass(frozen=True)
class PointVise:
    """Une valeur visée, pour un graphique : disque pour un jalon, losange pour la cible ; plein si atteint."""

    annee: int
    valeur: float
    texte: str
    genre: Literal["jalon", "cible"]
    atteint: bool | None


@dataclass(frozen=True)
class ObjectifVu:
    """Un objectif, l'indicateur qu'il vise, son périmètre, et où l'on en est."""

    objectif: ObjectifLu
    libelle: str
    unite: str
    sens: Sens
    perimetre: str
    perimetre_adresse: str
    reference: str
    points: tuple[PointVise, ...]
    situation: Situation

    @property
    def cible(self) -> str:
        """« 8 % »."""
        return dire_une_valeur(self.objectif.contenu.vise.cible, self.unite)

    @property
    def jalons(self) -> tuple[PointVise, ...]:
        """Ses jalons, par année."""
        return tuple(point for point in self.points if point.genre == "jalon")

    @property
    def visees(self) -> dict[int, float]:
        """Année → valeur visée ; la cible est à l'année de son échéance."""
        return {point.annee: point.valeur for point in self.points}
