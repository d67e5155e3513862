"""Les courbes de rupture : comptées une fois par formation et promotion, additionnées pour chaque périmètre.

Une courbe se montre si ni sa cohorte ni aucune de ses promotions n'est masquée : le nombre de contrats encore suivis,
mois après mois, dirait l'effectif de la promotion récente que l'on masque. Pages et carnets ont la même règle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from indicateurs.comptes import Durees, compter
from indicateurs.definitions import Definition, Diffusion, charger_definitions
from indicateurs.entree import Table, texte_ou_rien
from indicateurs.etages import CLES_PAR_NIVEAU, Niveau
from indicateurs.moteur import calculer
from indicateurs.survie import Survie, au_fil_des_mois, estimer, regrouper
from indicateurs.tables import preparer

__all__ = ["CLE_DE_LA_COURBE", "CourbesDeRupture", "courbe", "lire_les_courbes", "se_montre"]

CLE_DE_LA_COURBE = "rupture_9_mois_estimee"
COLONNES = ("jours", "a_risque", "ruptures", "censures", "survie", "rupture", "ic_bas", "ic_haut")
Rangs = NDArray[np.intp]
Cle = tuple[str | None, ...]


@dataclass(frozen=True)
class CourbesDeRupture:
    """Les durées de suivi de chaque groupe (formation et promotion) ; une courbe est faite de leur somme."""

    groupes: pl.DataFrame
    durees: Durees

    def courbe(self, niveau: Niveau, cle: Cle) -> Survie | None:
        """La courbe d'un périmètre, toutes promotions ensemble ; None s'il n'a aucun contrat."""
        dites = [
            pl.col(nom).eq_missing(pl.lit(valeur)) for nom, valeur in zip(CLES_PAR_NIVEAU[niveau], cle, strict=True)
        ]
        dedans = self.groupes.select(pl.all_horizontal(*dites, pl.lit(True)).alias("dedans"))["dedans"].to_numpy()
        return self._estimer(np.flatnonzero(np.broadcast_to(dedans, self.groupes.height)))

    def toutes(self, niveau: Niveau) -> Iterator[tuple[Cle, Survie]]:
        """(clé, courbe) de chaque périmètre d'un niveau qui a des contrats."""
        cles = list(CLES_PAR_NIVEAU[niveau])
        for cle, rangs in _groupes(self.groupes.to_pandas(), cles):
            survie = self._estimer(rangs)
            if survie is not None:
                yield cle, survie

    def _estimer(self, rangs: Rangs) -> Survie | None:
        siennes = np.isin(self.durees.cellules, rangs)
        if not siennes.any():
            return None
        comptes = (self.durees.jours, self.durees.suivis, self.durees.ruptures)
        return estimer(*regrouper(*(compte[siennes] for compte in comptes)))


def lire_les_courbes(
    tables: Mapping[str, Table], definitions: Mapping[str, Definition], au: date
) -> CourbesDeRupture | None:
    """Les durées de tous les contrats ; None si l'indicateur n'existe pas ou n'a aucune ligne."""
    definition = definitions.get(CLE_DE_LA_COURBE)
    if definition is None:
        return None
    pretes = preparer(tables, [definition], au)
    durees = compter(pretes, [definition], au, horizons=False).durees.get(CLE_DE_LA_COURBE)
    return CourbesDeRupture(pretes.groupes, durees) if durees is not None else None


def se_montre(masques: Iterable[bool]) -> bool:
    """Vrai si aucune des mesures d'un périmètre (ses promotions et leur ensemble) n'est masquée, et s'il y en a."""
    dits = list(masques)
    return bool(dits) and not any(dits)


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

    Sous une `diffusion`, un groupe dont la mesure, ou celle d'une promotion, est masquée n'a aucune ligne ; les autres
    en ont une par mois (un jour dirait la date d'une rupture), jusqu'à ce qu'il reste moins de contrats à suivre que
    le seuil. `a_risque` : les contrats suivis au-delà de ce mois ; `ruptures` et `censures` sont alors vides.

    Lève `TableInvalide` si les tables ne permettent pas le calcul.
    """
    definition = definition or charger_definitions()[CLE_DE_LA_COURBE]
    lues = lire_les_courbes(tables, {definition.cle: definition}, au)
    seuil = None if diffusion is None else definition.seuils.pour(diffusion)
    montres = _montres(tables, definition, au, par, diffusion)
    lignes = [
        _table(survie, seuil).assign(niveau=niveau, **dict(zip(CLES_PAR_NIVEAU[niveau], cle, strict=True)))
        for niveau in par
        for cle, survie in (lues.toutes(niveau) if lues is not None else ())
        if (niveau, *cle) in montres
    ]
    rendue = pd.concat(lignes, ignore_index=True) if lignes else pd.DataFrame()
    return rendue.reindex(columns=["niveau", *_cles_de(par), *COLONNES])


def _cles_de(par: Sequence[Niveau]) -> list[str]:
    return list(dict.fromkeys(cle for niveau in par for cle in CLES_PAR_NIVEAU[niveau]))


def _montres(
    tables: Mapping[str, Table], definition: Definition, au: date, par: Sequence[Niveau], diffusion: Diffusion | None
) -> set[tuple[Any, ...]]:
    """Les groupes dont la courbe se montre, sous la forme (niveau, clés…)."""
    mesures = calculer(tables, {definition.cle: definition}, au=au, par=par, diffusion=diffusion, cumul=True)
    masques: dict[tuple[Any, ...], list[bool]] = {}
    for ligne in mesures.astype(object).to_dict("records"):
        groupe = (ligne["niveau"], *(texte_ou_rien(ligne[cle]) for cle in CLES_PAR_NIVEAU[ligne["niveau"]]))
        masques.setdefault(groupe, []).append(bool(ligne["masque"]))
    return {groupe for groupe, dits in masques.items() if se_montre(dits)}


def _groupes(groupes: pd.DataFrame, cles: list[str]) -> list[tuple[Cle, Rangs]]:
    if not cles:
        return [((), np.arange(len(groupes)))]
    ranges = groupes.groupby(cles, dropna=False, sort=True).indices
    return [
        (tuple(map(texte_ou_rien, valeurs if isinstance(valeurs, tuple) else (valeurs,))), np.asarray(rangs))
        for valeurs, rangs in ranges.items()
    ]


def _table(survie: Survie, seuil: int | None) -> pd.DataFrame:
    if seuil is not None:
        mois = au_fil_des_mois(survie, seuil)
        valeurs = [(m.jour, m.suivis, np.nan, np.nan, 1 - m.rupture, m.rupture, m.ic_bas, m.ic_haut) for m in mois]
        return pd.DataFrame(valeurs, columns=list(COLONNES)).astype({"ic_bas": "float64", "ic_haut": "float64"})
    rompue = (1 - survie.survie, 1 - survie.ic_haut, 1 - survie.ic_bas)
    colonnes = (survie.jours, survie.a_risque, survie.ruptures, survie.censures, survie.survie, *rompue)
    return pd.DataFrame(dict(zip(COLONNES, colonnes, strict=True)))
