"""L'objectif d'un indicateur, tel qu'une carte et un graphique le montrent."""

from dataclasses import dataclass

__all__ = ["ObjectifVu"]


@dataclass(frozen=True)
class ObjectifVu:
    """Ce qui est visé. `jalons` : année de rentrée → valeur ; `manque` : « il manque 3 contrats tenus… », ou vide."""

    cible: float
    texte: str
    manque: str = ""
    jalons: tuple[tuple[int, float], ...] = ()
    adresse: str = ""
