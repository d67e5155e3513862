"""Rendre les mesures en pandas, sans recopier pour chaque indicateur les clés d'une cellule.

Une colonne de texte est faite de morceaux : les indicateurs d'une même cellule montrent le même. À l'échelle d'une
nation (des millions de lignes), les textes ne coûtent ainsi ni temps ni mémoire.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from indicateurs.comptes import Reels
from indicateurs.definitions import Definition
from indicateurs.etages import CLES_DE_MESURE, Etagees, Tranche
from indicateurs.finition import finir
from indicateurs.rattachement import MOIS_DE_RENTREE

__all__ = ["en_pandas"]

_MORCEAU = 1 << 16
_NOMBRES = ("numerateur", "denominateur", "effectif", "taux", "ic_bas", "ic_haut")
Morceaux = list[pa.Array]


def en_pandas(etagees: Etagees, au: date) -> pd.DataFrame:
    """Les mesures finies : textes en « str », comptes absents en NA, taux absents en NaN, `masque` à faux."""
    nombres = _finir(etagees, au)
    colonnes: dict[str, Any] = dict(_textes(etagees).to_pandas())
    for nom in ("numerateur", "denominateur"):
        colonnes[nom] = pd.arrays.FloatingArray(nombres[nom], np.isnan(nombres[nom]))
    hauteur = len(nombres["effectif"])
    colonnes["effectif"] = pd.arrays.IntegerArray(nombres["effectif"], np.zeros(hauteur, dtype=bool))
    colonnes["masque"] = np.zeros(hauteur, dtype=bool)
    colonnes |= {nom: nombres[nom] for nom in ("taux", "ic_bas", "ic_haut")}
    return pd.DataFrame(colonnes, copy=False)


def _finir(etagees: Etagees, au: date) -> dict[str, NDArray[Any]]:
    """Comptes, taux et intervalles de toutes les lignes ; NaN pour ce qu'un indicateur n'a pas."""
    hauteur = sum(fin - debut for tranche in etagees.tranches for debut, fin in tranche.suites)
    finies = {nom: np.empty(hauteur, np.int64 if nom == "effectif" else np.float64) for nom in _NOMBRES}
    place = 0
    for tranche in etagees.tranches:
        lues = tranche.nombres | _murir(tranche, etagees.cellules["promotion"], au)
        suivante = place + len(tranche.nombres["effectif"])
        for nom, valeurs in finies.items():
            valeurs[place:suivante] = lues.get(nom, np.nan)
        place = suivante
    return finies


def _murir(tranche: Tranche, promotions: pl.Series, au: date) -> dict[str, Reels]:
    """Taux et intervalle d'un indicateur, sauf s'il est trop tôt pour le dire.

    Une probabilité à neuf mois ne se dit pas d'une promotion qui ne peut pas avoir neuf mois : l'estimateur rendrait la
    part rompue jusqu'ici, et une promotion entrée en septembre paraîtrait aller toujours mieux.
    """
    finies = finir(tranche.definition, tranche.nombres)
    derniere = _derniere_mure(tranche.definition, au)
    if derniere is None:
        return finies
    entrees = pl.concat([promotions[debut:fin] for debut, fin in tranche.suites]).str.slice(0, 4)
    trop_tot: NDArray[np.bool_] = (entrees > derniere).fill_null(False).to_numpy()
    return {nom: np.where(trop_tot, np.nan, valeurs) for nom, valeurs in finies.items()}


def _derniere_mure(definition: Definition, au: date) -> str | None:
    """L'année de la dernière promotion observable jusqu'à l'horizon d'une probabilité."""
    jours = definition.parametres.get("jours")
    if definition.unite != "probabilite" or not isinstance(jours, int):
        return None
    entree = au - timedelta(days=jours)
    return str(entree.year - (entree.month < MOIS_DE_RENTREE))


def _textes(etagees: Etagees) -> pa.Table:
    tranches = etagees.tranches
    morceaux: dict[str, Morceaux] = {
        "indicateur": [m for t in tranches for m in _repeter(t.definition.cle, len(t.nombres["effectif"]))],
        "definition": [m for t in tranches for m in _repeter(t.definition.identifiant, len(t.nombres["effectif"]))],
    }
    for nom in CLES_DE_MESURE:
        morceaux[nom] = _morceler(etagees.cellules[nom], tranches)
    return pa.table({nom: pa.chunked_array(siens, pa.large_string()) for nom, siens in morceaux.items()})


def _morceler(cles: pl.Series, tranches: Sequence[Tranche]) -> Morceaux:
    """Une clé des cellules, pour chaque indicateur : des vues du même texte."""
    textes = cles.to_arrow().cast(pa.large_string())
    return [textes.slice(debut, fin - debut) for tranche in tranches for debut, fin in tranche.suites]


def _repeter(texte: str, nombre: int) -> Morceaux:
    """Le même texte sur `nombre` lignes."""
    entiers, reste = divmod(nombre, _MORCEAU)
    repete = pa.repeat(pa.scalar(texte, pa.large_string()), min(nombre, _MORCEAU))
    return [repete] * entiers + [repete.slice(0, reste)]
