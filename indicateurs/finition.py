"""La finition commune : valeur et intervalle à 95 % selon l'unité, affichage. Rien n'est arrondi avant l'affichage.

- part : rapport des comptes, intervalle de Wilson ;
- moyenne : somme sur nombre de valeurs, intervalle de Student ;
- rapport (d'heures) : rapport des sommes, sans intervalle : ce n'est pas une proportion de personnes ;
- probabilité : un moins la survie de Kaplan et Meier, intervalle log-log (`indicateurs.survie`).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from charte.commun.typographie import part
from indicateurs.definitions import Definition

__all__ = [
    "QUANTILE_95",
    "afficher_masque",
    "afficher_taux",
    "finir",
    "intervalle_de_moyenne",
    "intervalle_de_wilson",
    "poser_taux",
    "quantile_de_student",
]

QUANTILE_95 = 1.959963984540054
"""Quantile à 97,5 % de la loi normale centrée réduite (intervalle bilatéral à 95 %)."""

Reels = NDArray[np.float64]


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


def poser_taux(mesures: pd.DataFrame) -> pd.DataFrame:
    """Ajoute `taux`, `ic_bas`, `ic_haut` (fractions, NaN sans dénominateur) à `numerateur`, `denominateur`.

    Dénominateur nul ou absent : pas de taux, jamais 0 ni −1.
    """
    cas = mesures["numerateur"].to_numpy(dtype="float64", na_value=np.nan)
    cohorte = mesures["denominateur"].to_numpy(dtype="float64", na_value=np.nan)
    with np.errstate(invalid="ignore"):  # hors d'une part, le rapport peut passer 1 : sa borne ne se lit pas
        bas, haut = intervalle_de_wilson(cas, cohorte)
    taux = cas / np.where(cohorte > 0, cohorte, np.nan)
    return mesures.assign(taux=taux, ic_bas=bas, ic_haut=haut)


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


def finir(mesures: pd.DataFrame, definitions: Sequence[Definition]) -> pd.DataFrame:
    """Ajoute `taux`, `ic_bas`, `ic_haut` selon l'unité de chaque indicateur ; NaN sans dénominateur ou si masqué.

    `mesures` porte les comptes, `masque`, et `carres`, `survie`, `variance` (NaN quand ils ne s'appliquent pas).
    """
    finies = poser_taux(mesures)
    unites = finies["indicateur"].map({d.cle: d.unite for d in definitions}).to_numpy()
    valeurs = [finies[nom].to_numpy(copy=True) for nom in ("taux", "ic_bas", "ic_haut")]
    for bornes in valeurs[1:]:
        bornes[unites == "rapport"] = np.nan
    _poser(valeurs, unites == "moyenne", _moyennes(finies, unites == "moyenne"))
    _poser(valeurs, unites == "probabilite", _probabilites(finies, unites == "probabilite"))
    for definition in definitions:
        if definition.bornes is not None:
            siennes = (finies["indicateur"] == definition.cle).to_numpy()
            for bornes in valeurs[1:]:
                bornes[siennes] = np.clip(bornes[siennes], *definition.bornes)
    return finies.assign(taux=valeurs[0], ic_bas=valeurs[1], ic_haut=valeurs[2])


def _poser(valeurs: list[Reels], lesquelles: NDArray[np.bool_], posees: tuple[Reels, ...]) -> None:
    for colonne, valeur in zip(valeurs, posees, strict=True):
        colonne[lesquelles] = valeur


def _moyennes(finies: pd.DataFrame, lesquelles: NDArray[np.bool_]) -> tuple[Reels, ...]:
    choisies = finies[lesquelles]
    somme, nombre = (choisies[nom].to_numpy("float64", na_value=np.nan) for nom in ("numerateur", "denominateur"))
    return intervalle_de_moyenne(somme, choisies["carres"].to_numpy("float64"), nombre)


def _probabilites(finies: pd.DataFrame, lesquelles: NDArray[np.bool_]) -> tuple[Reels, ...]:
    from indicateurs.survie import bornes

    choisies = finies[lesquelles]
    montrees = choisies["denominateur"].to_numpy("float64", na_value=0.0) > 0
    survie = np.where(montrees, choisies["survie"].to_numpy("float64"), np.nan)
    bas, haut = bornes(survie, choisies["variance"].to_numpy("float64"))
    return 1 - survie, 1 - haut, 1 - bas


def afficher_masque(seuil: int) -> str:
    """Ce qui remplace une valeur masquée : « n.d. (effectif < 5) »."""
    return f"n.d. (effectif < {seuil})"


def afficher_taux(taux: float | None, *, masque: bool, seuil: int) -> str:
    """Taux pour l'affichage : « 12,4 % », « – » sans dénominateur, « n.d. (effectif < 5) » si masqué."""
    if masque:
        return afficher_masque(seuil)
    return part(None if taux is None or np.isnan(taux) else float(taux))
