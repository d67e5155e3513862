"""Ce qu'un système de sommes détermine : élimination exacte, modulo un nombre premier.

Les inconnues (colonnes) sont ce qui est caché ; une ligne est une combinaison d'inconnues dont la valeur se lit. Une
combinaison se déduit si, et seulement si, elle est nulle sur tout le noyau : les façons de changer les inconnues sans
rien changer de ce qui se lit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from indicateurs.secret.adresses import Booleens, Entiers

__all__ = ["PREMIER", "Reduite", "Somme", "deductibles", "reduire", "restes_sous", "separer"]

Somme = dict[int, int]
"""Une combinaison d'inconnues : ses coefficients, par inconnue."""

PREMIER = (1 << 31) - 1
"""Nombre premier de l'élimination : des entiers bornés, sans flottant. Les coefficients valent −1, 0 ou 1 ; les
déterminants en jeu restent infiniment plus petits que lui, et s'annulent donc modulo lui seulement s'ils sont nuls."""

_ENTIER_SUR = 1000
"""Un coefficient qui ne le dépasse pas est un entier positif ; les négatifs et les fractions sont bien plus grands."""

_ESSAIS = 2000
"""Au-delà de tant de combinaisons on ne les essaie plus toutes : dans le doute, il y a fuite."""


@dataclass(frozen=True)
class Reduite:
    """Une matrice réduite : le pivot de chaque ligne y vaut 1, et 0 dans les autres lignes."""

    matrice: Entiers
    pivots: Entiers

    def tirer(self, hasard: np.random.Generator, colonnes: int) -> Entiers:
        """Un vecteur du noyau, au hasard (modulo `PREMIER`)."""
        tirees = hasard.integers(1, PREMIER, colonnes)
        tirees[self.pivots] = 0
        compensees = (self.matrice[:, :colonnes] * tirees % PREMIER).sum(axis=1)
        tirees[self.pivots] = -compensees % PREMIER
        return tirees

    def exprimer(self, combinaison: Entiers) -> Entiers:
        """Ce qui reste d'une combinaison, une fois les lignes retranchées (colonnes de la matrice, témoins compris)."""
        reste = np.zeros(self.matrice.shape[1], dtype="int64")
        reste[: len(combinaison)] = combinaison
        for pivot, ligne in zip(self.pivots, self.matrice, strict=True):
            if reste[pivot]:
                reste = (reste - reste[pivot] * ligne) % PREMIER
        return reste


def reduire(matrice: Entiers, poids: Entiers) -> Reduite:
    """Élimination de Gauss-Jordan, l'inconnue la plus lourde de chaque ligne prise pour pivot.

    Elle le reste : une ligne n'en reçoit d'autres que par un pivot qu'elle portait, plus lourd. Les lignes dont
    le pivot pèse moins qu'un seuil engendrent donc tout ce qui se déduit des seules inconnues sous ce seuil. Les
    colonnes au-delà de `poids` sont des témoins : elles suivent leur ligne, et ne sont jamais des pivots.
    """
    reduite = matrice % PREMIER
    pivots = np.full(len(reduite), -1)
    for rang, ligne in enumerate(reduite):
        (inconnues,) = ligne[: len(poids)].nonzero()
        if len(inconnues):
            pivots[rang] = inconnues[poids[inconnues].argmax()]
            _eliminer(reduite, rang, int(pivots[rang]))
    return Reduite(reduite[pivots >= 0], pivots[pivots >= 0])


def _eliminer(matrice: Entiers, rang: int, colonne: int) -> None:
    ligne = matrice[rang]
    if (pivot := int(ligne[colonne])) != 1:
        ligne *= pow(pivot, -1, PREMIER)
        ligne %= PREMIER
    (autres,), (touchees,) = matrice[:, colonne].nonzero(), ligne.nonzero()
    autres = autres[autres != rang]
    if len(autres):
        places = autres[:, None], touchees
        matrice[places] = (matrice[places] - matrice[autres, colonne][:, None] * ligne[touchees]) % PREMIER


def deductibles(sommes: Iterable[Mapping[int, int]], cachees: Iterable[int]) -> set[int]:
    """Les cellules cachées qu'une combinaison de sommes isole (les autres cellules se lisent)."""
    inconnues = {cellule: rang for rang, cellule in enumerate(sorted(set(cachees)))}
    lignes = [{inconnues[c]: k for c, k in somme.items() if c in inconnues} for somme in sommes]
    matrice = np.zeros((len(lignes), len(inconnues)), dtype="int64")
    for rang, ligne in enumerate(lignes):
        matrice[rang, list(ligne)] = list(ligne.values())
    reduite = reduire(matrice, np.zeros(len(inconnues), dtype="int64"))
    seules = reduite.pivots[(reduite.matrice != 0).sum(axis=1) == 1]
    noms = list(inconnues)
    return {noms[rang] for rang in seules.tolist()}


def separer(lignes: Entiers, inconnues: Entiers) -> Entiers:
    """Le bloc de chaque ligne : deux blocs n'ont nulle inconnue commune.

    `lignes`, `inconnues` : les coefficients non nuls, un par rang, triés par ligne (0, 1, 2…).
    """
    debuts = np.flatnonzero(np.diff(lignes, prepend=-1))
    chefs = np.arange(int(inconnues.max(initial=-1)) + 1)
    while True:
        des_lignes = np.minimum.reduceat(chefs[inconnues], debuts)
        suivants = chefs.copy()
        np.minimum.at(suivants, inconnues, des_lignes[lignes])
        if (suivants == chefs).all():
            return np.asarray(des_lignes, dtype="int64")
        chefs = suivants[suivants]


def restes_sous(reduite: Reduite, poids: Entiers, seuil: int) -> list[Entiers]:
    """Les ensembles d'inconnues (lignes de 0 et de 1) qui se déduisent, et ne pèsent pas le seuil (ni zéro).

    `reduite` : réduite selon ces poids. Rien de rendu : il n'y a pas de fuite. Un système trop mêlé pour que toutes ses
    combinaisons s'essaient en est une. Un ensemble qui se déduit est une somme de lignes distinctes, chaque pivot y
    comptant une fois ; sans coefficient négatif, chacune est elle-même un ensemble, qui ne pèse pas plus.
    """
    lignes, pivots = reduite.matrice, reduite.pivots
    legeres = poids[pivots] < seuil
    lignes, pivots = lignes[legeres], pivots[legeres]
    petites = _pesent_peu(lignes, poids, seuil)
    if petites.any():
        return list(lignes[petites])
    melees = (lignes > _ENTIER_SUR).any(axis=1)
    return _essayer(lignes, poids[pivots], np.flatnonzero(melees), poids, seuil) if melees.any() else []


def _pesent_peu(sommes: Entiers, poids: Entiers, seuil: int) -> Booleens:
    """La somme est un ensemble (chaque inconnue y compte une fois), et pèse moins que le seuil."""
    ensembles = (sommes <= 1).all(axis=-1)
    pesees = np.where(ensembles, np.where(sommes == 1, poids, 0).sum(axis=-1), 0)
    return np.asarray((pesees > 0) & (pesees < seuil))


def _essayer(lignes: Entiers, des_pivots: Entiers, melees: Entiers, poids: Entiers, seuil: int) -> list[Entiers]:
    """Les combinaisons qui se touchent, dont une ligne est mêlée, tant que leurs pivots pèsent moins que le seuil."""
    non_nulles = lignes != 0
    a_essayer = [frozenset([rang]) for rang in melees.tolist() if des_pivots[rang] < seuil]
    vues = set(a_essayer)
    while a_essayer:
        rangs = a_essayer.pop()
        somme = lignes[list(rangs)].sum(axis=0) % PREMIER
        if _pesent_peu(somme, poids, seuil):
            return [somme]
        if len(vues) > _ESSAIS:
            return [lignes[melees[0]]]
        libre = seuil - des_pivots[list(rangs)].sum()
        proches = np.flatnonzero(_a_ajouter(somme, non_nulles) & (des_pivots < libre))
        suites = {rangs | {rang} for rang in proches.tolist() if rang not in rangs} - vues
        a_essayer.extend(suites)
        vues |= suites
    return []


def _a_ajouter(somme: Entiers, non_nulles: Booleens) -> Booleens:
    """Les lignes dont l'une est d'un plus grand ensemble : celles qui réparent un coefficient, ou les voisines."""
    fautives = np.flatnonzero(somme > 1)
    if len(fautives):
        porteuses = non_nulles[:, fautives]
        return np.asarray(porteuses[:, porteuses.sum(axis=0).argmin()])
    return np.asarray(non_nulles[:, somme != 0].any(axis=1))
