"""Les adresses d'une table de mesures, et ce qui les lie : chacune est une somme de cellules fines.

Une adresse est un niveau, ses clés et une promotion (ou le cumul). Les cellules fines sont les formations par
promotion. Un étage est un niveau, par promotion ou en cumul : il range chaque cellule fine sous une adresse au plus.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["ABSENTE", "Booleens", "Charpente", "Entiers", "Relation", "coder", "combiner", "dresser", "reperer"]

Entiers = NDArray[np.int64]
Booleens = NDArray[np.bool_]

ABSENTE = -1
_IDENTITE = ("rncp", "cfd", "uai_responsable", "uai_formateur")
_PARENTS = ("composante", "region")
_COLONNE_DU_NIVEAU = {"formateur": "uai_formateur", "responsable": "uai_responsable"}


@dataclass(frozen=True)
class Relation:
    """Des adresses d'un étage qui sont chacune la somme de plusieurs adresses d'un étage plus fin.

    `parents` : une adresse par groupe ; `enfants` : les adresses des groupes, mises bout à bout ; `debuts` : le rang
    du premier enfant de chaque groupe. `dessus`, `dessous` : les deux étages, du parent et des enfants.
    """

    parents: Entiers
    enfants: Entiers
    debuts: Entiers
    dessus: Entiers
    dessous: Entiers

    @cached_property
    def groupes(self) -> Entiers:
        """Le rang du groupe de chaque enfant."""
        return np.repeat(np.arange(len(self.parents)), np.diff(self.debuts, append=len(self.enfants)))

    def groupe(self, rang: int) -> Entiers:
        """Les enfants du groupe."""
        fin = self.debuts[rang + 1] if rang + 1 < len(self.debuts) else len(self.enfants)
        return self.enfants[self.debuts[rang] : fin]


@dataclass(frozen=True)
class Charpente:
    """`fines` : l'adresse de chaque cellule fine. `etages` : pour chaque étage, l'adresse où va chaque cellule fine
    (`ABSENTE` : aucune), du plus fin au plus large ; le premier est celui des cellules fines. `cumul` : par adresse.
    """

    fines: Entiers
    etages: tuple[Entiers, ...]
    cumul: Booleens
    relations: tuple[Relation, ...]

    def verifier(self, nombres: Entiers, quoi: str) -> None:
        """Refuse des nombres qui ne s'additionnent pas (`nombres` : un entier par adresse).

        Lève `ValueError` : le secret suppose des sommes, et ne protégerait rien d'autre.
        """
        for etage in self.etages[1:]:
            connues = etage != ABSENTE
            sommes = np.bincount(etage[connues], nombres[self.fines[connues]], len(nombres))
            faux = np.flatnonzero((np.bincount(etage[connues], minlength=len(nombres)) > 0) & (sommes != nombres))
            if len(faux):
                raise ValueError(
                    f"{quoi} : une cellule dit {nombres[faux[0]]}, mais la somme de ses formations est "
                    f"{int(sommes[faux[0]])} ; donnez tous les niveaux d'un même calcul, sans en retirer de lignes."
                )


def reperer(mesures: pd.DataFrame, series: Entiers) -> tuple[Entiers, pd.DataFrame]:
    """L'adresse de chaque ligne, et une ligne de codes par adresse (`niveau`, clés, `promotion`).

    Les codes sont des entiers (0 : absent), sauf `niveau`. `series` : ce que la ligne mesure ; une adresse n'y paraît
    qu'une fois. Lève `ValueError` si deux lignes disent la même cellule.
    """
    niveaux = mesures["niveau"].astype("str")
    hauts = [n for n in niveaux.unique().tolist() if n not in ("formation", "total")]
    colonnes = dict.fromkeys([*_IDENTITE, *_PARENTS, *(_COLONNE_DU_NIVEAU.get(n, n) for n in hauts), "promotion"])
    codes = pd.DataFrame({nom: coder(mesures[nom]) for nom in colonnes if nom in mesures.columns})
    codes.insert(0, "niveau", niveaux.to_numpy())
    # Les mêmes clés sous deux composantes sont deux formations ; sinon la composante n'est qu'un renseignement.
    for identite in (_IDENTITE, (*_IDENTITE, *_PARENTS)):
        adresses = _numeroter(codes, identite)
        if not _en_double(adresses, series):
            return adresses, codes.iloc[_premieres(adresses)].reset_index(drop=True)
    raise ValueError("Deux mesures disent la même cellule (indicateur, ventilation, niveau, clés, promotion).")


def coder(colonne: pd.Series) -> Entiers:
    """Un entier par valeur, dans l'ordre de première parution (0 : absente)."""
    return np.asarray(pd.factorize(colonne)[0], dtype="int64") + 1


def _numeroter(codes: pd.DataFrame, identite: Iterable[str]) -> Entiers:
    """Numéros d'adresse, dans l'ordre de première parution : seules comptent les clés du niveau."""
    rangs, noms = pd.factorize(codes["niveau"])
    clefs = [np.asarray(rangs, dtype="int64"), codes["promotion"].to_numpy()]
    for colonne in codes.columns[1:-1]:
        concernes = [_compte(niveau, colonne, identite) for niveau in noms]
        clefs.append(np.where(np.asarray(concernes)[rangs], codes[colonne].to_numpy(), 0))
    return combiner(clefs)


def _compte(niveau: str, colonne: str, identite: Iterable[str]) -> bool:
    if niveau == "formation":
        return colonne in identite
    return niveau != "total" and colonne == _COLONNE_DU_NIVEAU.get(niveau, niveau)


def combiner(clefs: list[Entiers]) -> Entiers:
    """Un numéro par combinaison de clés entières positives, dans l'ordre de première parution."""
    numeros = clefs[0]
    for clef in clefs[1:]:
        numeros = np.asarray(pd.factorize(numeros * (int(clef.max(initial=0)) + 1) + clef)[0], dtype="int64")
    return numeros


def _premieres(numeros: Entiers) -> Entiers:
    return np.asarray(np.unique(numeros, return_index=True)[1], dtype="int64")


def _en_double(adresses: Entiers, series: Entiers) -> bool:
    vues = np.zeros((int(series.max(initial=0)) + 1, int(adresses.max(initial=0)) + 1), dtype=bool)
    vues[series, adresses] = True
    return int(vues.sum()) < len(adresses)


def dresser(adresses: pd.DataFrame) -> Charpente:
    """La charpente des adresses que rend `reperer`."""
    cumul = adresses["promotion"].to_numpy() == 0
    au_plus_fin = (adresses["niveau"] == _niveau_fin(adresses)).to_numpy()
    par_an = au_plus_fin & ~cumul
    fines = np.flatnonzero(par_an if par_an.any() else au_plus_fin)
    etages = [_ranger(adresses, lignes, fines) for lignes in _etages(adresses, cumul)]
    # Du plus fin au plus large, les cellules fines d'abord : nul étage n'en compte plus.
    etages.sort(key=lambda e: (not np.array_equal(e, fines), -len(np.unique(e))))
    niveaux, relations = adresses["niveau"].to_numpy(), []
    for fin, large in combinations(etages, 2):
        un, autre = int(fin.max(initial=ABSENTE)), int(large.max(initial=ABSENTE))
        if ABSENTE not in (un, autre) and (niveaux[un] == niveaux[autre] or cumul[un] == cumul[autre]):
            relations.extend(_lier(fin, large))
    courtes = sorted(relations, key=lambda r: len(r.enfants) / len(r.parents))
    return Charpente(fines, tuple(etages), cumul, tuple(courtes))


def _niveau_fin(adresses: pd.DataFrame) -> str:
    """Les formations ; à défaut, le niveau qui a le plus d'adresses."""
    combien = adresses["niveau"].value_counts()
    return "formation" if "formation" in combien.index else str(combien.index[0])


def _etages(adresses: pd.DataFrame, cumul: Booleens) -> list[Entiers]:
    """Les adresses de chaque niveau, par promotion puis en cumul."""
    niveaux = adresses["niveau"].to_numpy()
    etages = [(niveaux == n) & (cumul == c) for c in (False, True) for n in dict.fromkeys(niveaux.tolist())]
    return [np.flatnonzero(etage) for etage in etages if etage.any()]


def _ranger(adresses: pd.DataFrame, lignes: Entiers, fines: Entiers) -> Entiers:
    """L'adresse, parmi `lignes` (un étage), qui contient chaque cellule fine."""
    niveau = adresses["niveau"].iloc[lignes[0]]
    par_an = adresses["promotion"].iloc[lignes[0]] != 0
    colonnes = _cles(niveau, adresses, lignes) + (["promotion"] if par_an else [])
    ensemble = np.concatenate([lignes, fines])
    zeros = np.zeros(len(ensemble), dtype="int64")
    clefs = combiner([zeros, *(adresses[nom].to_numpy()[ensemble] for nom in colonnes)])
    adresse_de = np.full(int(clefs.max(initial=0)) + 1, ABSENTE, dtype="int64")
    adresse_de[clefs[: len(lignes)]] = lignes
    return adresse_de[clefs[len(lignes) :]]


def _cles(niveau: str, adresses: pd.DataFrame, lignes: Entiers) -> list[str]:
    if niveau != "formation":
        return [] if niveau == "total" else [_COLONNE_DU_NIVEAU.get(niveau, niveau)]
    parents = [nom for nom in _PARENTS if nom in adresses.columns]
    presentes = [nom for nom in _IDENTITE if nom in adresses.columns]
    par_formation = adresses[[*presentes, "promotion"]].iloc[lignes]
    return presentes + (parents if par_formation.duplicated().any() else [])


def _lier(dessous: Entiers, dessus: Entiers) -> list[Relation]:
    """Les adresses de `dessus` qui sont des sommes entières d'adresses de `dessous` : une relation, ou rien."""
    taille = int(max(dessus.max(), dessous.max())) + 1
    connues = (dessus != ABSENTE) & (dessous != ABSENTE)
    paires, combien = np.unique(dessus[connues] * taille + dessous[connues], return_counts=True)
    parents, enfants = paires // taille, paires % taille
    entiers = combien == np.bincount(dessous[dessous != ABSENTE], minlength=taille)[enfants]
    couvert = np.bincount(parents[entiers], combien[entiers], taille)
    gardees = entiers & (couvert == np.bincount(dessus[dessus != ABSENTE], minlength=taille))[parents]
    if not gardees.any():
        return []
    uniques, debuts = np.unique(parents[gardees], return_index=True)
    return [Relation(uniques, enfants[gardees], debuts, dessus, dessous)]
