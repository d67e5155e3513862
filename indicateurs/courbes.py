"""Les courbes de rupture : comptées une fois par formation et promotion, additionnées pour chaque périmètre."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from indicateurs.comptes import Durees, compter
from indicateurs.definitions import Definition
from indicateurs.etages import CLES_PAR_NIVEAU, Niveau
from indicateurs.survie import Survie, estimer
from indicateurs.tables import preparer

__all__ = ["CLE_DE_LA_COURBE", "CourbesDeRupture", "lire_les_courbes"]

CLE_DE_LA_COURBE = "rupture_9_mois_estimee"


@dataclass(frozen=True)
class CourbesDeRupture:
    """Les durées de suivi de chaque groupe (formation et promotion) ; une courbe est faite de leur somme."""

    groupes: pl.DataFrame
    durees: Durees

    def courbe(self, niveau: Niveau, cle: tuple[str | None, ...]) -> Survie | None:
        """La courbe d'un périmètre, toutes promotions ensemble ; None s'il n'a aucun contrat."""
        dites = [
            pl.col(nom).eq_missing(pl.lit(valeur)) for nom, valeur in zip(CLES_PAR_NIVEAU[niveau], cle, strict=True)
        ]
        dedans = self.groupes.select(pl.all_horizontal(*dites, pl.lit(True)).alias("dedans"))["dedans"].to_numpy()
        siennes = np.broadcast_to(dedans, self.groupes.height)[self.durees.cellules]
        if not siennes.any():
            return None
        jours, places = np.unique(self.durees.jours[siennes], return_inverse=True)
        return estimer(jours, *(_sommer(compte[siennes], places, len(jours)) for compte in self._comptes))

    @property
    def _comptes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return self.durees.suivis, self.durees.ruptures


def _sommer(compte: NDArray[np.int64], places: NDArray[Any], nombre: int) -> NDArray[np.int64]:
    return np.bincount(places, weights=compte, minlength=nombre).astype(np.int64)


def lire_les_courbes(
    tables: Mapping[str, pd.DataFrame], definitions: Mapping[str, Definition], au: date
) -> CourbesDeRupture | None:
    """Les durées de tous les contrats ; None si l'indicateur n'existe pas ou n'a aucune ligne."""
    definition = definitions.get(CLE_DE_LA_COURBE)
    if definition is None:
        return None
    pretes = preparer(tables, [definition], au)
    durees = compter(pretes, [definition], au, horizons=False).durees.get(CLE_DE_LA_COURBE)
    return CourbesDeRupture(pretes.groupes, durees) if durees is not None else None
