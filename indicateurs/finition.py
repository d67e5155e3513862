"""La finition commune : valeur et intervalle à 95 % selon l'unité, affichage. Rien n'est arrondi avant l'affichage.

- part : rapport des comptes, intervalle de Wilson ;
- moyenne : somme sur nombre de valeurs, intervalle de Student ;
- rapport (d'heures) : rapport des sommes, sans intervalle : ce n'est pas une proportion de personnes ;
- probabilité : un moins la survie de Kaplan et Meier, intervalle log-log (`indicateurs.survie`).
"""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from indicateurs.definitions import Definition

__all__ = [
    "QUANTILE_95",
    "afficher_masque",
    "finir",
    "intervalle_de_moyenne",
    "intervalle_de_wilson",
    "quantile_de_student",
    "taux_et_bornes",
]

QUANTILE_95 = 1.959963984540054
"""Quantile à 97,5 % de la loi normale centrée réduite (intervalle bilatéral à 95 %)."""

Reels = NDArray[np.float64]
_FINIES = ("taux", "ic_bas", "ic_haut")


def intervalle_de_wilson(numerateur: Reels, denominateur: Reels) -> tuple[Reels, Reels]:
    """Bornes de l'intervalle de Wilson à 95 %, par élément ; NaN si le dénominateur est nul ou absent.

    Source : E. B. Wilson, « Probable inference, the law of succession, and statistical inference », Journal
    of the American Statistical Association, 1927.
    """
    n = np.where(denominateur > 0, denominateur, np.nan)
    p, z2 = numerateur / n, QUANTILE_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    demi = QUANTILE_95 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    # Aux extrêmes la borne est exacte ; le calcul flottant s'en écarterait d'un epsilon.
    bas = np.where(p == 0, 0.0, np.maximum(centre - demi, 0.0))
    haut = np.where(p == 1, 1.0, np.minimum(centre + demi, 1.0))
    return np.where(np.isnan(n), np.nan, bas), np.where(np.isnan(n), np.nan, haut)


def taux_et_bornes(numerateur: Reels, denominateur: Reels) -> tuple[Reels, Reels, Reels]:
    """Le taux et son intervalle de Wilson, par élément ; NaN si le dénominateur est nul ou absent, jamais 0 ni −1."""
    with np.errstate(invalid="ignore"):  # hors d'une part, le rapport peut passer 1 : sa borne ne se lit pas
        bas, haut = intervalle_de_wilson(numerateur, denominateur)
    return numerateur / np.where(denominateur > 0, denominateur, np.nan), bas, haut


def intervalle_de_moyenne(somme: Reels, carres: Reels, nombre: Reels) -> tuple[Reels, Reels, Reels]:
    """Moyenne et bornes de son intervalle de Student à 95 %, par élément ; NaN sans valeur, bornes NaN pour une seule.

    Source : Student, « The probable error of a mean », Biometrika, 1908 (variance estimée à n − 1 degrés de liberté).
    """
    n = np.where(nombre > 0, nombre, np.nan)
    moyenne = somme / n
    with np.errstate(divide="ignore", invalid="ignore"):
        # La soustraction peut rendre un négatif infime quand toutes les valeurs sont égales.
        variance = np.maximum(carres - n * moyenne**2, 0.0) / np.where(n > 1, n - 1, np.nan)
        demi = _quantiles(n) * np.sqrt(variance / n)
    return moyenne, moyenne - demi, moyenne + demi


def _quantiles(nombres: Reels) -> Reels:
    distincts, inverse = np.unique(nombres, return_inverse=True)
    quantiles = [quantile_de_student(int(n) - 1) if n > 1 else np.nan for n in distincts]
    return np.array(quantiles, dtype=np.float64)[inverse]


@lru_cache(maxsize=4096)
def quantile_de_student(degres: int) -> float:
    """Quantile à 97,5 % de la loi de Student, à 1e-9 près.

    Source : M. Abramowitz et I. Stegun, « Handbook of mathematical functions », 1964, 26.7.3 et 26.7.4 (fonction de
    répartition en somme finie, retournée par dichotomie), 26.7.5 (développement au-delà de mille degrés).
    """
    if degres > 1000:
        return _student_developpe(degres)
    bas, haut = 0.0, 13.0  # le quantile décroît de 12,71 (un degré) vers 1,96
    while haut - bas > 1e-11:
        milieu = (bas + haut) / 2
        bas, haut = (milieu, haut) if _couverture(milieu, degres) < 0.95 else (bas, milieu)
    return (bas + haut) / 2


def _student_developpe(degres: int) -> float:
    x = NormalDist().inv_cdf(0.975)
    termes = ((x**3 + x) / 4, (5 * x**5 + 16 * x**3 + 3 * x) / 96, (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384)
    return x + math.fsum(terme / degres**rang for rang, terme in enumerate(termes, start=1))


def _couverture(t: float, degres: int) -> float:
    """Probabilité que la variable de Student tombe entre −t et t."""
    angle = math.atan(t / math.sqrt(degres))
    terme, somme = 1.0, 0.0
    for rang in range(2 + degres % 2, degres + 1, 2):
        somme += terme
        terme *= math.cos(angle) ** 2 * (rang - 1) / rang
    if degres % 2 == 0:
        return math.sin(angle) * somme
    return 2 / math.pi * (angle + math.sin(angle) * math.cos(angle) * somme)


def finir(definition: Definition, nombres: Mapping[str, Reels]) -> dict[str, Reels]:
    """`taux`, `ic_bas`, `ic_haut` d'un indicateur, par élément ; NaN sans dénominateur, et pour un effectif.

    `nombres` : `numerateur`, et selon l'unité `denominateur`, `carres`, `survie`, `variance`.
    """
    if definition.unite not in _CALCULS:
        return {nom: np.full(len(nombres["numerateur"]), np.nan) for nom in _FINIES}
    taux, *bornes = _CALCULS[definition.unite](nombres)
    if definition.bornes is not None:
        bornes = [np.clip(borne, *definition.bornes) for borne in bornes]
    return dict(zip(_FINIES, (taux, *bornes), strict=True))


def _part(comptes: Mapping[str, Reels]) -> tuple[Reels, Reels, Reels]:
    return taux_et_bornes(comptes["numerateur"], comptes["denominateur"])


def _rapport(comptes: Mapping[str, Reels]) -> tuple[Reels, Reels, Reels]:
    taux, bas, _ = _part(comptes)
    sans = np.full_like(bas, np.nan)
    return taux, sans, sans


def _moyenne(comptes: Mapping[str, Reels]) -> tuple[Reels, Reels, Reels]:
    return intervalle_de_moyenne(comptes["numerateur"], comptes["carres"], comptes["denominateur"])


def _probabilite(comptes: Mapping[str, Reels]) -> tuple[Reels, Reels, Reels]:
    from indicateurs.survie import bornes

    survie = np.where(np.nan_to_num(comptes["denominateur"]) > 0, comptes["survie"], np.nan)
    bas, haut = bornes(survie, comptes["variance"])
    return 1 - survie, 1 - haut, 1 - bas


_CALCULS: dict[str, Callable[[Mapping[str, Reels]], tuple[Reels, Reels, Reels]]] = {
    "part": _part,
    "rapport": _rapport,
    "moyenne": _moyenne,
    "probabilite": _probabilite,
}
"""Par unité ; un effectif n'a pas de taux."""


def afficher_masque(seuil: int) -> str:
    """Ce qui remplace une valeur masquée : « n.d. (effectif < 5) »."""
    return f"n.d. (effectif < {seuil})"
