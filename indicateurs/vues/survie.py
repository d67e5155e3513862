"""La courbe des ruptures : la probabilité d'avoir rompu, mois après mois, contrats en cours compris."""

import numpy as np

from charte.commun.typographie import nombre
from indicateurs.graphiste import Point, Trace
from indicateurs.survie import Survie
from indicateurs.unites import PART

__all__ = ["trace_de_survie"]

JOURS_PAR_MOIS = 365.25 / 12
MOIS_MONTRES = 36
REPERE_EN_MOIS = 9
PAS_DE_L_AXE, PAS_LONG = 3, 6


def trace_de_survie(courbe: Survie, seuil: int) -> Trace | None:
    """Un point par mois, du début du contrat ; la courbe s'arrête quand moins de `seuil` contrats sont encore suivis.

    Au mois près : un jour dirait la date d'une rupture. Le seuil du secret porte, lui, sur la cohorte entière.
    """
    points = [_au_mois(courbe, mois) for mois in range(MOIS_MONTRES + 1)]
    gardes = [point for point in points if point is not None and point[1] >= seuil]
    if len(gardes) < 2:
        return None
    pas = PAS_LONG if gardes[-1][0] > 18 else PAS_DE_L_AXE
    return Trace(
        sorte="survie",
        identifiant="courbe-des-ruptures",
        titre=_constat(gardes),
        points=tuple(_point(garde, pas) for garde in gardes),
        entetes=(
            "Depuis le début du contrat",
            "Probabilité d’avoir rompu",
            "Contrats encore suivis",
            "Intervalle à 95 %",
        ),
        lignes=tuple(_ligne(*garde) for garde in gardes if garde[0] % PAS_DE_L_AXE == 0),
        axe="mois depuis le début du contrat ; n : contrats encore suivis",
    )


Mois = tuple[int, int, float, float | None, float | None]
"""(mois, contrats encore suivis, probabilité d'avoir rompu, borne basse, borne haute)."""


def _au_mois(courbe: Survie, mois: int) -> Mois | None:
    jour = round(mois * JOURS_PAR_MOIS)
    rang = int(np.searchsorted(courbe.jours, jour, side="right")) - 1
    suivis = int((courbe.ruptures + courbe.censures)[courbe.jours > jour].sum())
    if rang < 0:
        return mois, suivis, 0.0, None, None
    bas, haut = float(courbe.ic_bas[rang]), float(courbe.ic_haut[rang])
    if np.isnan(bas) or np.isnan(haut):
        return mois, suivis, 1 - float(courbe.survie[rang]), None, None
    bornes = sorted((1 - bas, 1 - haut))
    return mois, suivis, 1 - float(courbe.survie[rang]), bornes[0], bornes[1]


def _point(garde: Mois, pas: int) -> Point:
    mois, suivis, valeur, bas, haut = garde
    sous = f"n = {nombre(suivis)}" if mois % pas == 0 else ""
    jalon = valeur if mois == REPERE_EN_MOIS else None
    return Point(_nom(mois), valeur, bas, haut, sous, jalon=jalon, abscisse=float(mois))


def _nom(mois: int) -> str:
    return f"{mois} mois" if mois else "début"


def _ligne(mois: int, suivis: int, valeur: float, bas: float | None, haut: float | None) -> tuple[str, ...]:
    entre = "" if bas is None else f"{PART.ecrire(bas)} à {PART.ecrire(haut)}"
    return _nom(mois), PART.ecrire(valeur), nombre(suivis), entre


def _constat(points: list[Mois]) -> str:
    a_neuf = next((point for point in points if point[0] == REPERE_EN_MOIS), None)
    if a_neuf is None:
        dernier = points[-1]
        return f"Ruptures au fil du contrat : {PART.ecrire(dernier[2])} à {_nom(dernier[0])}, avant d’en savoir plus"
    return f"Ruptures au fil du contrat : la probabilité d’avoir rompu à 9 mois est de {PART.ecrire(a_neuf[2])}"
