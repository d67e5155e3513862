"""Les paliers locaux d'un poste comme valeurs, que lit la règle des niveaux ; leurs règles : `jalons.regles`."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PalierLocal:
    """Un jalon ou une cible locale convenus. `element` : l'exigence ou l'engagement dont il vient, s'il y en a un."""

    id: int
    intitule: str
    atteint: bool
    etat: str
    echeance: date | None
    element: str | None


@dataclass(frozen=True)
class PaliersLocaux:
    """Les jalons (le numéro de chacun est son rang ici, à partir de 1) et les cibles locales d'un poste."""

    jalons: tuple[PalierLocal, ...]
    cibles: tuple[PalierLocal, ...]


AUCUN = PaliersLocaux((), ())
"""Un poste pour lequel rien n'a été convenu : ses paliers sont ceux du texte national."""
