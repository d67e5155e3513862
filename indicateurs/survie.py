"""L'estimateur de Kaplan et Meier : la part des contrats rompus au fil des jours, contrats en cours compris.

Un contrat sans rupture est censuré à la date d'observation, ou à sa fin s'il est déjà fini. Les comptes (jours,
contrats dont le suivi s'arrête, ruptures) s'additionnent : la courbe d'un CFA vient de la somme de ceux de ses
formations, jamais d'une moyenne de courbes.

Sources : E. L. Kaplan et P. Meier, « Nonparametric estimation from incomplete observations », Journal of the American
Statistical Association, 1958 ; variance de Greenwood (1926) ; intervalle log-log de J. D. Kalbfleisch et
R. L. Prentice, « The statistical analysis of failure time data », 2002, chapitre 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicateurs.finition import QUANTILE_95

__all__ = ["MoisDeSuivi", "Survie", "au_fil_des_mois", "bornes", "estimer", "probabilites", "regrouper"]

JOURS_PAR_MOIS = 365.25 / 12
MOIS_MONTRES = 36

Entiers = NDArray[np.int64]
Reels = NDArray[np.float64]


@dataclass(frozen=True)
class Survie:
    """La courbe, une valeur par jour où un suivi s'arrête : `survie` juste après ce jour, et son intervalle à 95 %."""

    jours: Entiers
    a_risque: Entiers
    ruptures: Entiers
    censures: Entiers
    survie: Reels
    ic_bas: Reels
    ic_haut: Reels


@dataclass(frozen=True)
class MoisDeSuivi:
    """La courbe lue `mois` mois (`jour` jours) après le début : contrats `suivis` au-delà, probabilité de `rupture`.

    `ic_bas`, `ic_haut` : son intervalle à 95 %, None tant qu'il n'est pas défini.
    """

    mois: int
    jour: int
    suivis: int
    rupture: float
    ic_bas: float | None
    ic_haut: float | None


def estimer(jours: Entiers, suivis: Entiers, ruptures: Entiers) -> Survie:
    """La courbe d'une population, de comptes par jour distinct et croissant.

    `suivis` : contrats dont le suivi s'arrête ce jour-là, ruptures comprises. Sans aucun suivi, la courbe est vide.
    """
    zeros = np.zeros(len(jours), dtype=np.int64)
    a_risque = _a_risque(zeros, suivis)
    with np.errstate(divide="ignore", invalid="ignore"):
        survie = np.exp(np.cumsum(_pas(a_risque, ruptures)))
        variance = np.cumsum(_greenwood(a_risque, ruptures))
    bas, haut = bornes(survie, variance)
    return Survie(jours, a_risque, ruptures, suivis - ruptures, survie, bas, haut)


def au_fil_des_mois(courbe: Survie, seuil: int) -> list[MoisDeSuivi]:
    """La courbe mois par mois, jusqu'à ce que moins de `seuil` contrats soient encore suivis : ce qui s'en montre.

    Au mois près : un jour dirait la date d'une rupture.
    """
    lus = (_au_mois(courbe, mois) for mois in range(MOIS_MONTRES + 1))
    return [mois for mois in lus if mois.suivis >= seuil]


def _au_mois(courbe: Survie, mois: int) -> MoisDeSuivi:
    jour = round(mois * JOURS_PAR_MOIS)
    rang = int(np.searchsorted(courbe.jours, jour, side="right")) - 1
    suivis = int((courbe.ruptures + courbe.censures)[courbe.jours > jour].sum())
    if rang < 0:
        return MoisDeSuivi(mois, jour, suivis, 0.0, None, None)
    rupture, bas, haut = 1 - float(courbe.survie[rang]), float(courbe.ic_bas[rang]), float(courbe.ic_haut[rang])
    if np.isnan(bas) or np.isnan(haut):
        return MoisDeSuivi(mois, jour, suivis, rupture, None, None)
    return MoisDeSuivi(mois, jour, suivis, rupture, 1 - haut, 1 - bas)


def probabilites(
    cellules: Entiers, jours: Entiers, suivis: Entiers, ruptures: Entiers, *, nombre: int, horizon: int
) -> tuple[Reels, Reels]:
    """Survie et somme de Greenwood à l'horizon (en jours), pour `nombre` cellules à la fois.

    Les comptes peuvent répéter une cellule et un jour ; leur ordre n'importe pas.
    """
    pas = int(jours.max(initial=0)) + 1
    codes, suivis, ruptures = _par_code(cellules * pas + jours, suivis, ruptures, nombre * pas)
    cellules, jours = codes // pas, codes % pas
    a_risque = _a_risque(cellules, suivis)
    utiles = (ruptures > 0) & (jours <= horizon)
    cellules, a_risque, ruptures = cellules[utiles], a_risque[utiles], ruptures[utiles]
    with np.errstate(divide="ignore"):
        somme = np.bincount(cellules, weights=_pas(a_risque, ruptures), minlength=nombre)
    variance = np.bincount(cellules, weights=_greenwood(a_risque, ruptures), minlength=nombre)
    return np.exp(somme), variance.astype(np.float64)


def _par_code(codes: Entiers, suivis: Entiers, ruptures: Entiers, etendue: int) -> tuple[Entiers, Entiers, Entiers]:
    """Les codes distincts, croissants, et les comptes de chacun ; sans trier s'il y a peu de codes possibles."""
    if etendue <= 4 * len(codes):
        sommes = [np.bincount(codes, weights=comptes, minlength=etendue) for comptes in (suivis, ruptures)]
        distincts = np.flatnonzero(sommes[0])
        return distincts, *(somme[distincts].astype(np.int64) for somme in sommes)  # type: ignore[return-value]
    ordre = np.argsort(codes)
    codes, suivis, ruptures = codes[ordre], suivis[ordre], ruptures[ordre]
    premiers = np.flatnonzero(np.r_[True, np.diff(codes) != 0]) if len(codes) else ordre
    if len(premiers):
        suivis, ruptures = np.add.reduceat(suivis, premiers), np.add.reduceat(ruptures, premiers)
    return codes[premiers], suivis, ruptures


def regrouper(jours: Entiers, suivis: Entiers, ruptures: Entiers) -> tuple[Entiers, Entiers, Entiers]:
    """Les comptes de plusieurs groupes, additionnés par jour : ce que `estimer` attend."""
    distincts, places = np.unique(jours, return_inverse=True)
    sommes = [np.bincount(places, weights=c, minlength=len(distincts)).astype(np.int64) for c in (suivis, ruptures)]
    return distincts, sommes[0], sommes[1]


def _a_risque(cellules: Entiers, suivis: Entiers) -> Entiers:
    """Contrats encore suivis la veille de chaque jour, dans chaque cellule (lignes triées par cellule puis jour)."""
    if not len(suivis):
        return suivis
    cumul = np.cumsum(suivis)
    derniers = np.flatnonzero(np.r_[np.diff(cellules) != 0, True])
    totaux = cumul[derniers]
    rangs = np.cumsum(np.r_[False, np.diff(cellules) != 0])
    restants: Entiers = totaux[rangs] - cumul + suivis
    return restants


def _pas(a_risque: Entiers, ruptures: Entiers) -> Reels:
    pas: Reels = np.log(a_risque - ruptures) - np.log(a_risque)
    return pas


def _greenwood(a_risque: Entiers, ruptures: Entiers) -> Reels:
    """Terme de la variance ; nul quand plus personne ne reste, où la survie est nulle et l'intervalle sans objet."""
    reste = a_risque - ruptures
    termes: Reels = np.where(reste > 0, ruptures / (a_risque * np.where(reste > 0, reste, 1)), 0.0)
    return termes


def bornes(survie: Reels, variance: Reels) -> tuple[Reels, Reels]:
    """Intervalle log-log à 95 % de la survie ; sans rupture ou sans survivant, absent (NaN) : il n'est pas défini."""
    defini = (survie > 0) & (survie < 1)
    sure = np.where(defini, survie, 0.5)
    ecart = QUANTILE_95 * np.sqrt(variance) / np.log(sure)
    centre = np.log(-np.log(sure))
    bas, haut = np.exp(-np.exp(centre - ecart)), np.exp(-np.exp(centre + ecart))
    return np.where(defini, bas, np.nan), np.where(defini, haut, np.nan)
