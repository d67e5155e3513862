"""La courbe de rupture de chaque périmètre, à une date d'observation, sous le même secret que les mesures."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from indicateurs.comptes import Durees, compter
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.entree import Table
from indicateurs.etages import CLES_PAR_NIVEAU, Niveau
from indicateurs.moteur import calculer
from indicateurs.survie import Survie, estimer, regrouper
from indicateurs.tables import preparer

__all__ = ["INDICATEUR", "courbe"]

INDICATEUR = "rupture_9_mois_estimee"
COLONNES = ("jours", "a_risque", "ruptures", "censures", "survie", "rupture", "ic_bas", "ic_haut")


def courbe(
    tables: Mapping[str, Table],
    *,
    au: date,
    par: Sequence[Niveau] = ("total",),
    diffusion: Diffusion | None = None,
    definition: Definition | None = None,
) -> pd.DataFrame:
    """Rend la courbe de Kaplan et Meier de chaque groupe des niveaux de `par`, toutes promotions ensemble.

    Colonnes : `niveau`, les clés des niveaux, puis `jours` (depuis le début du contrat), `a_risque`, `ruptures` et
    `censures` (contrats), `survie` et `rupture` (fractions : la part tenue, la part rompue jusqu'à ce jour inclus),
    `ic_bas` et `ic_haut` (intervalle à 95 % de `rupture`, NaN tant qu'il n'y a aucune rupture). Une ligne par jour où
    un suivi s'arrête ; aucune pour un groupe sans contrat.

    Sous une `diffusion`, un groupe dont la mesure est masquée n'a aucune ligne, et une courbe s'arrête où il reste
    moins de contrats à suivre que le seuil ; `ruptures` et `censures`, qui diraient un jour et une personne, sont
    vides.
    """
    definition = definition or charger_definitions()[INDICATEUR]
    pretes = preparer(tables, [definition], au)
    durees = compter(pretes, [definition], au, horizons=False).durees.get(definition.cle)
    montres = _montres(tables, definition, au, par, diffusion)
    lignes = []
    for niveau in par:
        cles = list(CLES_PAR_NIVEAU[niveau])
        for rangs, valeurs in _groupes(pretes.groupes.to_pandas(), cles):
            if durees is not None and (niveau, *valeurs) in montres:
                lignes.append(
                    _table(_estimer(durees, rangs), {"niveau": niveau, **dict(zip(cles, valeurs, strict=True))})
                )
    rendue = pd.concat(lignes, ignore_index=True) if lignes else pd.DataFrame()
    rendue = rendue.reindex(columns=["niveau", *_cles_de(par), *COLONNES])
    return rendue if diffusion is None else _taire(rendue, definition.seuils.pour(diffusion))


def _cles_de(par: Sequence[Niveau]) -> list[str]:
    return list(dict.fromkeys(cle for niveau in par for cle in CLES_PAR_NIVEAU[niveau]))


def _montres(
    tables: Mapping[str, Table], definition: Definition, au: date, par: Sequence[Niveau], diffusion: Diffusion | None
) -> set[tuple[Any, ...]]:
    """Les groupes dont la mesure se montre, sous la forme (niveau, clés…)."""
    mesures = calculer(tables, {definition.cle: definition}, au=au, par=par, diffusion=diffusion, cumul=True)
    montrees = mesures[mesures["promotion"].isna() & ~mesures["masque"].astype(bool)].astype(object)
    return {
        (ligne["niveau"], *(_texte(ligne[cle]) for cle in CLES_PAR_NIVEAU[ligne["niveau"]]))
        for ligne in montrees.to_dict("records")
    }


def _groupes(groupes: pd.DataFrame, cles: list[str]) -> list[tuple[np.ndarray[Any, Any], tuple[Any, ...]]]:
    if not cles:
        return [(np.arange(len(groupes)), ())]
    ranges = groupes.groupby(cles, dropna=False, sort=True).indices
    return [
        (np.asarray(rangs), tuple(map(_texte, valeurs if isinstance(valeurs, tuple) else (valeurs,))))
        for valeurs, rangs in ranges.items()
    ]


def _texte(valeur: Any) -> str | None:
    return None if pd.isna(valeur) else str(valeur)


def _estimer(durees: Durees, groupes: np.ndarray[Any, Any]) -> Survie:
    siennes = np.isin(durees.cellules, groupes)
    return estimer(*regrouper(durees.jours[siennes], durees.suivis[siennes], durees.ruptures[siennes]))


def _table(survie: Survie, cles: Mapping[str, Any]) -> pd.DataFrame:
    colonnes = {
        "jours": survie.jours,
        "a_risque": survie.a_risque,
        "ruptures": survie.ruptures,
        "censures": survie.censures,
        "survie": survie.survie,
        "rupture": 1 - survie.survie,
        "ic_bas": 1 - survie.ic_haut,
        "ic_haut": 1 - survie.ic_bas,
    }
    return pd.DataFrame(colonnes).assign(**cles)


def _taire(rendue: pd.DataFrame, seuil: int) -> pd.DataFrame:
    montree = rendue[rendue["a_risque"] >= seuil].reset_index(drop=True)
    return montree.assign(ruptures=np.nan, censures=np.nan)
