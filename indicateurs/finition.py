"""La finition commune : taux, intervalle de Wilson à 95 %, affichage. Rien n'est arrondi avant l'affichage."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from charte.commun.typographie import part

__all__ = ["QUANTILE_95", "afficher_masque", "afficher_taux", "intervalle_de_wilson", "poser_taux"]

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
    bas, haut = intervalle_de_wilson(cas, cohorte)
    taux = cas / np.where(cohorte > 0, cohorte, np.nan)
    return mesures.assign(taux=taux, ic_bas=bas, ic_haut=haut)


def afficher_masque(seuil: int) -> str:
    """Ce qui remplace une valeur masquée : « n.d. (effectif < 5) »."""
    return f"n.d. (effectif < {seuil})"


def afficher_taux(taux: float | None, *, masque: bool, seuil: int) -> str:
    """Taux pour l'affichage : « 12,4 % », « – » sans dénominateur, « n.d. (effectif < 5) » si masqué."""
    if masque:
        return afficher_masque(seuil)
    return part(None if taux is None or np.isnan(taux) else float(taux))
