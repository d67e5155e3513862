"""Le secret : masquer sous le seuil, puis ce qui permettrait de retrouver une valeur masquée par différence.

Suppression primaire : une cohorte de moins de `seuil` personnes ou contrats (une cohorte vide ne dévoile
personne : elle reste montrée). Suppression complémentaire : tant qu'une cellule masquée, ou un reste de moins
de `seuil`, se déduit des cellules montrées, une voisine est masquée avec elle, la plus petite d'abord, le cumul
des promotions avant une promotion. Un reste compte autant qu'une cellule : de deux formations d'une personne, un
total qui dit « 2 sur 2 » dévoile chacune.

Les cellules sont liées par des sommes : un niveau est la somme des formations, le cumul est la somme des
promotions. Une cellule masquée se déduit exactement quand elle est seule dans une combinaison de ces sommes :
c'est ce que cherche `deductibles`, par élimination, sur des entiers. Le masque se décide donc sur TOUS
les niveaux à la fois, et reste le même quelle que soit la page.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["deductibles", "masquer", "relier"]

Entiers = NDArray[np.int64]
Booleens = NDArray[np.bool_]
Somme = dict[int, int]
"""Une relation entre cellules : le total (−1) et ses parts (+1), de somme nulle."""
Ligne = dict[str, object]
Adresse = tuple[object, ...]
Famille = tuple[int, bytes]
"""Un seuil et des cohortes : les indicateurs qui les partagent ont le même masque."""

_PREMIER = (1 << 61) - 1
"""Nombre premier de l'élimination : des entiers bornés, sans flottant. Les coefficients valent −1, 0 ou 1 ; les
déterminants en jeu restent infiniment plus petits que lui, et s'annulent donc modulo lui seulement s'ils sont nuls."""

_CLES = ("rncp", "cfd", "uai_responsable", "uai_formateur")
_COMPTES = ["numerateur", "denominateur", "effectif"]


def masquer(mesures: pd.DataFrame, seuils: Mapping[str, int]) -> pd.DataFrame:
    """Rend les mesures avec `masque` ; les comptes d'une cellule masquée sont vidés.

    `mesures` : tous les niveaux, par promotion et en cumul (`promotion` absente), les mêmes cellules dans le
    même ordre pour chaque `indicateur` ; `seuils` : par indicateur.
    """
    rendues = mesures.assign(masque=False)
    indicateurs = list(dict.fromkeys(mesures["indicateur"]))
    if not indicateurs:
        return rendues
    places = {cle: (mesures["indicateur"] == cle).to_numpy() for cle in indicateurs}
    cellules = mesures[places[indicateurs[0]]]
    effectifs = {cle: mesures["effectif"].to_numpy(dtype="int64")[place] for cle, place in places.items()}
    cumul = cellules["promotion"].isna().to_numpy()
    caches = _choisir(effectifs, seuils, relier(cellules), cumul)
    for cle, place in places.items():
        rendues.loc[place, "masque"] = caches[cle]
    rendues.loc[rendues["masque"], _COMPTES] = pd.NA
    return rendues


def relier(cellules: pd.DataFrame) -> list[Somme]:
    """Les sommes qui lient les cellules : chaque niveau aux formations, chaque cumul aux promotions."""
    cles = cellules[[*_CLES, "promotion"]].astype(object)
    lignes = cast(list[Ligne], cles.where(cles.notna(), None).to_dict("records"))
    niveaux = cellules["niveau"].tolist()
    parts: dict[Adresse, list[int]] = defaultdict(list)
    for rang, (niveau, ligne) in enumerate(zip(niveaux, lignes, strict=True)):
        if niveau == "formation":
            for plus_haut in ("formateur", "responsable", "total"):
                parts[_adresse(plus_haut, ligne)].append(rang)
        if ligne["promotion"] is not None:
            parts[_adresse(niveau, {**ligne, "promotion": None})].append(rang)
    adresses = {_adresse(n, ligne): rang for rang, (n, ligne) in enumerate(zip(niveaux, lignes, strict=True))}
    # Un cumul de niveau reçoit à la fois des formations et des promotions : deux sommes distinctes.
    return [somme for a, rangs in parts.items() for somme in _separer(adresses[a], rangs, niveaux)]


def _separer(total: int, rangs: list[int], niveaux: list[str]) -> list[Somme]:
    dans_le_temps = [r for r in rangs if niveaux[r] == niveaux[total]]
    dans_l_espace = [r for r in rangs if niveaux[r] != niveaux[total]]
    return [{total: -1, **dict.fromkeys(part, 1)} for part in (dans_le_temps, dans_l_espace) if part]


def _adresse(niveau: str, ligne: Ligne) -> Adresse:
    noms = {"formation": _CLES, "formateur": ("uai_formateur",), "responsable": ("uai_responsable",), "total": ()}
    return (niveau, *(ligne[nom] for nom in noms[niveau]), ligne["promotion"])


def _choisir(
    effectifs: dict[str, Entiers], seuils: Mapping[str, int], sommes: list[Somme], cumul: Booleens
) -> dict[str, Booleens]:
    """Masques de tous les indicateurs, jusqu'à ce qu'aucun n'en trahisse un autre."""
    familles: dict[Famille, list[str]] = defaultdict(list)
    for cle, nombres in effectifs.items():
        familles[seuils[cle], nombres.tobytes()].append(cle)
    nombres_de = {famille: effectifs[cles[0]] for famille, cles in familles.items()}
    caches = {f: (nombres_de[f] > 0) & (nombres_de[f] < f[0]) for f in familles}
    while True:
        for famille in familles:
            _completer(caches[famille], nombres_de[famille], sommes, cumul, famille[0])
        if not _propager(caches, nombres_de):
            return {cle: caches[famille] for famille, cles in familles.items() for cle in cles}


def _propager(caches: dict[Famille, Booleens], nombres: dict[Famille, Entiers]) -> bool:
    """Deux indicateurs de même cohorte dans une cellule la masquent ensemble : l'un trahirait l'autre."""
    change = False
    for famille, autre in permutations(caches, 2):
        pareilles = (nombres[famille] == nombres[autre]) & (nombres[famille] > 0)
        nouvelles = pareilles & caches[autre] & ~caches[famille]
        caches[famille][nouvelles] = True
        change |= bool(nouvelles.any())
    return change


def _completer(cache: Booleens, nombres: Entiers, sommes: list[Somme], cumul: Booleens, seuil: int) -> None:
    """Suppression complémentaire, sur place : les sommes une à une, puis leurs combinaisons."""
    courtes = sorted(sommes, key=len)
    while True:
        _fermer(cache, nombres, courtes, cumul, seuil)
        restes = _restes(sommes, np.flatnonzero(cache).tolist())
        trahies = {c for reste in restes if _devoile(reste, nombres, seuil) for c in reste}
        if not trahies:
            return
        proches = [somme for somme in courtes if trahies & somme.keys()]
        candidates = (_voisine(somme, cache, nombres, cumul) for somme in [*proches, *courtes])
        voisine = next((cellule for cellule in candidates if cellule is not None), None)
        if voisine is None:  # tout ce qui n'est pas nul est masqué : il n'y a plus rien à déduire
            return
        cache[voisine] = True


def _devoile(reste: Somme, nombres: Entiers, seuil: int) -> bool:
    """Ce qui reste masqué d'une somme est une seule cellule, ou une cohorte connue de moins de `seuil`."""
    ajoutees = all(coefficient == 1 for coefficient in reste.values())
    return len(reste) == 1 or (bool(reste) and ajoutees and int(nombres[list(reste)].sum()) < seuil)


def _fermer(cache: Booleens, nombres: Entiers, sommes: list[Somme], cumul: Booleens, seuil: int) -> None:
    """Aucune somme ne garde une seule cellule masquée, ni un reste sous le seuil."""
    change = True
    while change:
        change = False
        for somme in sommes:
            if _devoile({c: k for c, k in somme.items() if cache[c]}, nombres, seuil):
                voisine = _voisine(somme, cache, nombres, cumul)
                if voisine is not None:
                    cache[voisine] = change = True


def _voisine(somme: Somme, cache: Booleens, nombres: Entiers, cumul: Booleens) -> int | None:
    """La cellule de la somme à masquer en plus : le cumul d'abord, sinon la plus petite non nulle."""
    utiles = [c for c in somme if not cache[c] and nombres[c] > 0]
    if not utiles:
        return None
    return min(utiles, key=lambda c: (not cumul[c], nombres[c], c))


def deductibles(sommes: Iterable[Somme], cachees: Iterable[int]) -> set[int]:
    """Les cellules cachées qu'une combinaison de sommes isole."""
    return {cellule for reste in _restes(sommes, cachees) if len(reste) == 1 for cellule in reste}


def _restes(sommes: Iterable[Somme], cachees: Iterable[int]) -> list[Somme]:
    """Ce que les sommes disent des seules cellules cachées : élimination de Gauss-Jordan modulo `_PREMIER`."""
    cachees = set(cachees)
    pivots: dict[int, Somme] = {}
    porteurs: dict[int, set[int]] = defaultdict(set)
    for somme in sommes:
        ligne = {c: k % _PREMIER for c, k in somme.items() if c in cachees}
        for pivot in [c for c in ligne if c in pivots]:
            _soustraire(ligne, pivots[pivot], ligne[pivot])
        if not ligne:
            continue
        pivot = min(ligne, key=lambda c: len(porteurs[c]))
        if ligne[pivot] != 1:
            echelle = pow(ligne[pivot], -1, _PREMIER)
            ligne = {c: k * echelle % _PREMIER for c, k in ligne.items()}
        for autre in list(porteurs[pivot]):
            _soustraire(pivots[autre], ligne, pivots[autre][pivot])
            for c in ligne:
                (porteurs[c].add if c in pivots[autre] else porteurs[c].discard)(autre)
        pivots[pivot] = ligne
        for c in ligne:
            porteurs[c].add(pivot)
    return list(pivots.values())


def _soustraire(ligne: Somme, autre: Somme, facteur: int) -> None:
    for cellule, valeur in autre.items():
        reste = (ligne.get(cellule, 0) - facteur * valeur) % _PREMIER
        if reste:
            ligne[cellule] = reste
        else:
            ligne.pop(cellule, None)
