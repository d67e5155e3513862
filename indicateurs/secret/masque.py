"""Masquer une table de mesures : la base, les ventilations, et ce que les indicateurs disent les uns des autres."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicateurs.secret.adresses import Booleens, Charpente, Entiers, coder, combiner, dresser, reperer
from indicateurs.secret.famille import Famille, fermer
from indicateurs.secret.fuites import completer
from indicateurs.secret.noyau import Somme

__all__ = ["masquer", "relier"]

Reels = NDArray[np.float64]
Cle = tuple[str, str]
"""Un indicateur et une ventilation (vide : la mesure elle-même)."""

_SANS = ""
_COMPTES = ("numerateur", "denominateur", "effectif", "carres")


@dataclass(frozen=True)
class _Serie:
    """Un indicateur dans une ventilation : sa cohorte et ses cas (NaN : inconnus), adresses × modalités."""

    cohortes: Entiers
    cas: Reels

    def a(self, places: Entiers) -> "_Serie":
        """La même, à ces adresses seulement."""
        return _Serie(np.ascontiguousarray(self.cohortes[places]), self.cas[places])


@dataclass(frozen=True)
class _Etendue:
    """Les adresses où paraît une ventilation, numérotées à part, et ce qui les lie entre elles."""

    charpente: Charpente
    places: Entiers


@dataclass(frozen=True)
class _Lien:
    """Là où `ou` est vrai, la cohorte de la seconde famille se lit dans ce que la première publie."""

    de: Famille
    vers: Famille
    ou: Booleens


def masquer(
    mesures: pd.DataFrame,
    seuils: Mapping[str, int],
    *,
    compris: Mapping[str, int] | None = None,
    groupes: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Rend les mesures avec `masque` ; les comptes et les sommes d'une cellule masquée sont vidés.

    `mesures` : une ligne par `indicateur` × `niveau` × clés × `promotion` (absente : le cumul), et, si elles sont
    ventilées, × `ventilation` × `modalite` (absentes : la mesure elle-même, qui accompagne toujours ses ventilations).
    Les cellules de formation disent leurs parents (`uai_formateur`, `uai_responsable`, `composante`, `region`) ; un
    niveau est désigné par la colonne de son nom. `effectif` est la cohorte, en personnes ou en contrats, dont les
    niveaux et le cumul sont les sommes. Des ventilations peuvent ne paraître qu'au cumul (aucune à nulle promotion) :
    leurs promotions, que rien ne montre, n'y sont alors pas protégées. `seuils` : par indicateur. `compris` : les
    seuils d'une autre diffusion, dont les cellules masquées le restent dans celle-ci (qui lit les deux n'en apprend
    pas plus). `groupes` : par indicateur, ce dont il compte les lignes (les contrats, les parcours…) ; deux cohortes de
    deux groupes égales quelque part ne le sont que par hasard. Sans lui, toutes sont tenues pour les mêmes.

    Lève `ValueError` si les effectifs ne s'additionnent pas, ou si deux lignes disent la même cellule.
    """
    rendues = mesures.assign(masque=False)
    if len(mesures):
        rendues["masque"] = _Table(mesures, groupes or {}).masquer(seuils, compris)
    for compte in _COMPTES:
        if compte in rendues.columns:
            rendues.loc[rendues["masque"], compte] = pd.NA
    return rendues


def relier(cellules: pd.DataFrame) -> list[Somme]:
    """Les sommes qui lient les lignes d'un indicateur : le total (−1) et ses parts (+1), de somme nulle."""
    _, adresses = reperer(cellules, np.zeros(len(cellules), dtype="int64"))
    return [
        {int(parent): -1, **dict.fromkeys(relation.groupe(rang).tolist(), 1)}
        for relation in dresser(adresses).relations
        for rang, parent in enumerate(relation.parents)
    ]


class _Table:
    """Les mesures, par adresse."""

    def __init__(self, mesures: pd.DataFrame, groupes: Mapping[str, str]) -> None:
        self._groupes = groupes
        noms = [_textes(mesures, nom) for nom in ("indicateur", "ventilation", "modalite")]
        self._de_la_ligne = combiner([coder(textes) for textes in noms])
        self._adresses, self._cles = reperer(mesures, self._de_la_ligne)
        premieres = np.unique(self._de_la_ligne, return_index=True)[1]
        parus = zip(*(textes.iloc[premieres].tolist() for textes in noms), strict=True)
        self._etiquettes = [(str(i), str(v), str(m)) for i, v, m in parus]
        self._etendues = self._etendre()
        self._effectifs = self._poser(mesures["effectif"], 0.0).astype("int64")
        self._cas = self._poser(mesures["numerateur"], np.nan)
        for etiquette, effectifs in zip(self._etiquettes, self._effectifs, strict=True):
            etendue = self._etendues[etiquette[1]]
            etendue.charpente.verifier(effectifs[etendue.places], " ".join(filter(None, etiquette)))

    def _etendre(self) -> dict[str, _Etendue]:
        """Par ventilation : toutes les adresses, ou celles du cumul si elle ne paraît que là."""
        partout = _Etendue(dresser(self._cles), np.arange(len(self._cles)))
        etendues = dict.fromkeys((ventilation for _, ventilation, _ in self._etiquettes), partout)
        cumul = np.flatnonzero(partout.charpente.cumul)
        if len(cumul) in (0, len(self._cles)):
            return etendues
        au_cumul = _Etendue(dresser(self._cles.iloc[cumul].reset_index(drop=True)), cumul)
        par_an = ~partout.charpente.cumul[self._adresses]
        parues_par_an = {self._etiquettes[rang][1] for rang in np.unique(self._de_la_ligne[par_an]).tolist()}
        return {v: etendue if v in parues_par_an else au_cumul for v, etendue in etendues.items()}

    def _poser(self, valeurs: pd.Series, absente: float) -> Reels:
        """Les valeurs, séries × adresses."""
        posees = np.full((len(self._etiquettes), len(self._cles)), absente)
        posees[self._de_la_ligne, self._adresses] = valeurs.to_numpy(dtype="float64", na_value=absente)
        return posees

    def masquer(self, seuils: Mapping[str, int], compris: Mapping[str, int] | None) -> Booleens:
        """Le masque de chaque ligne."""
        decider = partial(_decider, self._etendues, self._series(), groupes=self._groupes)
        caches = decider(seuils, decider(compris, {}) if compris else {})
        par_serie = np.array([caches[indicateur, ventilation] for indicateur, ventilation, _ in self._etiquettes])
        masque: Booleens = par_serie[self._de_la_ligne, self._adresses]
        return masque

    def _series(self) -> dict[Cle, _Serie]:
        rangs = {etiquette: rang for rang, etiquette in enumerate(self._etiquettes)}
        modalites: dict[str, list[str]] = {}
        for _, ventilation, modalite in sorted(self._etiquettes):
            modalites.setdefault(ventilation, []).append(modalite)
        return {
            (indicateur, ventilation): self._serie(
                indicateur, ventilation, dict.fromkeys(modalites[ventilation]), rangs
            )
            for indicateur, ventilation, _ in self._etiquettes
        }

    def _serie(
        self, indicateur: str, ventilation: str, modalites: Iterable[str], rangs: Mapping[tuple[str, str, str], int]
    ) -> _Serie:
        if (base := rangs.get((indicateur, _SANS, _SANS))) is None:
            raise ValueError(f"{indicateur} : une ventilation ({ventilation}) sans la mesure qu'elle répartit.")
        colonnes = [rangs.get((indicateur, ventilation, modalite)) for modalite in modalites]
        cohortes, cas = (_aligner(nombres, colonnes) for nombres in (self._effectifs, self._cas))
        if ventilation != _SANS:
            # Ce que nulle modalité ne dit se lit par différence ; des modalités qui se recoupent n'ont pas de reste.
            reste = self._effectifs[base] - cohortes.sum(axis=1)
            reste = np.where((reste < 0).any(), 0, reste)
            cohortes = np.column_stack([cohortes, reste])
            cas = np.column_stack([cas, self._cas[base] - cas.sum(axis=1)])
        return _Serie(np.ascontiguousarray(cohortes), cas)


def _aligner(nombres: NDArray[Any], colonnes: Iterable[int | None]) -> NDArray[Any]:
    """Adresses × modalités ; une modalité qui ne paraît pas ne compte personne."""
    nulle = np.zeros_like(nombres[0])
    return np.column_stack([nulle if colonne is None else nombres[colonne] for colonne in colonnes])


def _textes(mesures: pd.DataFrame, nom: str) -> "pd.Series[str]":
    if nom not in mesures.columns:
        return pd.Series(_SANS, index=mesures.index, dtype="str")
    return mesures[nom].astype("str").fillna(_SANS)


def _decider(
    etendues: Mapping[str, _Etendue],
    series: Mapping[Cle, _Serie],
    seuils: Mapping[str, int],
    deja: Mapping[Cle, Booleens],
    *,
    groupes: Mapping[str, str],
) -> dict[Cle, Booleens]:
    """Le masque, par adresse, de chaque série ; `deja` : ce qui est masqué de toute façon."""
    bases: dict[Cle, Famille] = {}
    caches: dict[Cle, Booleens] = {}
    for ventilation in sorted({ventilation for _, ventilation in series}):  # la base (sans nom) d'abord
        etendue = etendues[ventilation]
        concernees = {cle: serie.a(etendue.places) for cle, serie in series.items() if cle[1] == ventilation}
        formees = _former(etendue.charpente, concernees, seuils, bases)
        for cle, famille in formees.items():
            for masque in (deja.get(cle), caches.get((cle[0], _SANS))):
                famille.cache |= False if masque is None else masque[etendue.places]
        _accorder(_uniques(formees.values()), _lier(concernees, formees, groupes))
        for cle, famille in formees.items():
            caches[cle] = np.zeros(len(series[cle].cohortes), dtype=bool)
            caches[cle][etendue.places] = famille.cache
        if ventilation == _SANS:
            bases = formees
    return caches


def _former(
    charpente: Charpente, series: Mapping[Cle, _Serie], seuils: Mapping[str, int], bases: Mapping[Cle, Famille]
) -> dict[Cle, Famille]:
    """Une famille par seuil et par cohortes : les indicateurs qui les partagent ont le même masque."""
    par_contenu: dict[tuple[int, int, bytes], Famille] = {}
    formees = {}
    for cle, serie in series.items():
        seuil = seuils[cle[0]]
        contenu = (id(bases.get((cle[0], _SANS))), seuil, serie.cohortes.tobytes())
        if contenu not in par_contenu:
            par_contenu[contenu] = Famille(charpente, serie.cohortes, seuil)
        formees[cle] = par_contenu[contenu]
    return formees


def _uniques(familles: Iterable[Famille]) -> list[Famille]:
    return list({id(famille): famille for famille in familles}.values())


def _lier(series: Mapping[Cle, _Serie], familles: Mapping[Cle, Famille], groupes: Mapping[str, str]) -> list[_Lien]:
    """Deux cohortes du même groupe, égales dans une cellule, la masquent ensemble ; de même des cas qui sont la cohorte
    d'un autre, fût-il d'un autre groupe.

    Une cohorte n'est tenue pour prise parmi les cas que si elle ne les dépasse nulle part ; si elle leur est égale
    partout, même une cohorte vide en dit trop.
    """
    uniques, de_groupes = _uniques(familles.values()), dict[int, set[str]]()
    for (indicateur, _), famille in familles.items():
        de_groupes.setdefault(id(famille), set()).add(groupes.get(indicateur, _SANS))
    liens = [
        _Lien(de, vers, ou)
        for de, vers in permutations(uniques, 2)
        if de_groupes[id(de)] & de_groupes[id(vers)]
        and de.cohortes.shape == vers.cohortes.shape
        and (ou := (de.cohortes == vers.cohortes).all(axis=1) & (de.cohortes > 0).any(axis=1)).any()
    ]
    for cle, serie in series.items():
        for cas in (serie.cas, serie.cohortes - serie.cas):
            liens.extend(_prendre(familles[cle], cas, vers) for vers in uniques if _est_prise(vers.cohortes, cas))
    return [lien for lien in liens if lien.de is not lien.vers and lien.ou.any()]


def _est_prise(cohortes: Entiers, cas: Reels) -> bool:
    return cohortes.shape == cas.shape and bool(cohortes.any()) and bool((cohortes <= cas).all())


def _prendre(de: Famille, cas: Reels, vers: Famille) -> _Lien:
    pareilles = (vers.cohortes == cas).all(axis=1)
    return _Lien(de, vers, pareilles if pareilles.all() else pareilles & (vers.cohortes > 0).any(axis=1))


def _accorder(familles: list[Famille], liens: list[_Lien]) -> None:
    """Complète les masques, jusqu'à ce qu'aucun n'en trahisse un autre."""
    for lien in liens:
        lien.de.suites.append((lien.vers, lien.ou))
    a_revoir = familles
    while a_revoir:
        _fermer_ensemble(a_revoir, liens)
        for famille in a_revoir:
            completer(famille)
        a_revoir = _uniques(lien.vers for lien in liens if _etendre(lien))


def _fermer_ensemble(familles: list[Famille], liens: list[_Lien]) -> None:
    """Ce qui se voit relation par relation d'abord, dans toutes les familles : le reste coûte davantage."""
    while familles:
        for famille in familles:
            fermer(famille)
        familles = _uniques(lien.vers for lien in liens if _etendre(lien))


def _etendre(lien: _Lien) -> bool:
    nouvelles = lien.ou & lien.de.cache & ~lien.vers.cache
    lien.vers.cache |= nouvelles
    return bool(nouvelles.any())
