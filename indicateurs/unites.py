"""Écrire une valeur dans son unité, et l'axe où elle se dessine : les mêmes mots partout."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from charte.commun.typographie import INSECABLE, nombre, part

__all__ = ["PART", "Echelle"]

_PALIERS = (0.2, 0.4, 0.6, 0.8)
_PAS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Echelle:
    """Une unité à lire : « part » (fraction, écrite en pour-cent) ou « nombre », son mot, et le haut de son axe.

    `mot` : « jours », « mois », « sur 10 ». `plafond` : le plus que la valeur puisse valoir (None : sans plafond).
    """

    genre: Literal["part", "nombre"] = "part"
    mot: str = ""
    plafond: float | None = 1.0

    def ecrire(self, valeur: float | None, decimales: int = 1) -> str:
        """« 12,4 % », « 7,8 sur 10 », « 112,3 jours » ; None → « – »."""
        if valeur is None:
            return "–"
        if self.genre == "part":
            return part(valeur, decimales)
        return nombre(valeur, decimales) + (f"{INSECABLE}{self.mot}" if self.mot else "")

    def ecart(self, valeur: float) -> str:
        """Une différence, sans signe : « 1,8 point », « 2,0 points », « 0,4 jour »."""
        lu = round(abs(valeur) * (100 if self.genre == "part" else 1), 1)
        mot = "points" if self.genre == "part" or self.mot.startswith("sur ") else self.mot
        if lu < 2 and mot != "mois":
            mot = mot.removesuffix("s")
        return f"{nombre(lu, 1)}{INSECABLE}{mot}".strip()

    def haut(self, valeurs: Iterable[float | None]) -> float:
        """Le plus petit palier fixe qui contienne toutes les valeurs : l'axe ne bouge pas au moindre écart."""
        connues = [v for v in valeurs if v is not None]
        if self.genre == "part":
            plus_haut = max(connues, default=_PALIERS[0])
            return next((palier for palier in _PALIERS if plus_haut <= palier), max(1.0, _rond(plus_haut)))
        return self.plafond if self.plafond is not None else _rond(max(connues, default=1.0))

    def sur_l_axe(self, valeur: float) -> str:
        """Une graduation : « 40 % », « 120 »."""
        arrondie = round(valeur, 4)
        if self.genre == "part":
            return part(arrondie, 0)
        return nombre(arrondie, 0 if float(arrondie).is_integer() else 1)


def _rond(valeur: float) -> float:
    """Le premier nombre rond (1, 2 ou 5 × 10ⁿ) qui n'est pas dépassé."""
    decade = 1.0
    while decade * 10 < valeur:
        decade *= 10
    while decade > valeur > 0:
        decade /= 10
    return next((decade * pas for pas in _PAS if valeur <= decade * pas), valeur)


PART = Echelle()
"""Une proportion : de 0 à 100 %."""
