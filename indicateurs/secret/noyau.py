"""Ce qu'un système de sommes détermine : élimination exacte, modulo un nombre premier.

Les inconnues (colonnes) sont ce qui est caché ; une ligne est une combinaison d'inconnues dont la valeur se lit. Une
combinaison se déduit si, et seulement si, elle est nulle sur tout le noyau : les façons de changer les inconnues sans
rien changer de ce qui se lit.

Une ligne qui porte seule une inconnue s'élimine sans calcul, et peut en laisser d'autres seules à leur tour : on pèle
ainsi presque tout, et l'élimination de Gauss ne voit que ce qui reste, bloc par bloc.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from indicateurs.secret.adresses import Booleens, Entiers

__all__ = ["PREMIER", "Bloc", "Creuse", "Pelee", "Reduite", "Somme", "deductibles", "peler", "reduire", "restes_sous"]

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

    def ajuster(self, tirees: Entiers) -> None:
        """Fait, sur place, d'un vecteur au hasard (modulo `PREMIER`) un vecteur du noyau."""
        tirees[self.pivots] = 0
        compensees = (self.matrice[:, : len(tirees)] * tirees % PREMIER).sum(axis=1)
        tirees[self.pivots] = -compensees % PREMIER

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


@dataclass(frozen=True)
class Creuse:
    """Des lignes de 0 et de 1 : la ligne et l'inconnue de chaque coefficient, triées par ligne."""

    lignes: Entiers
    inconnues: Entiers

    def garder(self, places: Booleens) -> "Creuse":
        """Les coefficients choisis ; les lignes et les inconnues gardent leur numéro."""
        return Creuse(self.lignes[places], self.inconnues[places])

    def sommer(self, valeurs: Entiers, hauteur: int) -> Entiers:
        """La somme de chaque ligne (modulo `PREMIER`), pour ces valeurs des inconnues."""
        return np.bincount(self.lignes, valeurs[self.inconnues], hauteur).astype("int64") % PREMIER

    def seules(self, largeur: int) -> Entiers:
        """Les lignes dont nulle autre ne porte une inconnue (`largeur` : le nombre d'inconnues)."""
        partagees = np.bincount(self.inconnues, minlength=largeur)[self.inconnues] > 1
        liees = np.bincount(self.lignes, partagees)
        presentes: Entiers = np.unique(self.lignes[liees[self.lignes] == 0])
        return presentes

    def blocs(self) -> list["Bloc"]:
        """Les lignes par blocs : deux blocs n'ont nulle inconnue commune."""
        if not len(self.lignes):
            return []
        rangs, lignes = np.unique(self.lignes, return_inverse=True)
        du_bloc = _separer(lignes, self.inconnues)[lignes]
        ordre = np.argsort(du_bloc, kind="stable")
        du_bloc, lignes = du_bloc[ordre], lignes[ordre]
        premieres = np.diff(lignes, prepend=-1) != 0
        ici = np.cumsum(premieres) - 1
        largeur = int(self.inconnues.max()) + 1
        noms, la = np.unique(du_bloc * largeur + self.inconnues[ordre], return_inverse=True)
        bornes = np.append(np.flatnonzero(np.diff(du_bloc, prepend=-1)), len(lignes))
        blocs = []
        for debut, fin in pairwise(bornes.tolist()):
            du, au = int(la[debut:fin].min()), int(la[debut:fin].max()) + 1
            siennes = rangs[lignes[debut:fin][premieres[debut:fin]]]
            blocs.append(Bloc(siennes, noms[du:au] % largeur, ici[debut:fin] - ici[debut], la[debut:fin] - du))
        return blocs


@dataclass(frozen=True)
class Bloc:
    """Des lignes liées entre elles, leurs inconnues, et la place (ligne, colonne) de leurs coefficients."""

    lignes: Entiers
    inconnues: Entiers
    ici: Entiers
    la: Entiers

    @property
    def taille(self) -> int:
        """Le nombre de coefficients, nuls compris."""
        return len(self.lignes) * len(self.inconnues)

    def reduire(self, poids: Entiers, seuil: int) -> Reduite:
        """Le bloc réduit, un témoin par ligne gardant trace de sa part ; `poids` : de chaque inconnue.

        D'abord les inconnues d'au moins `seuil`, celles que peu de lignes portent avant les autres : cela mêle moins.
        """
        combien, ici = np.bincount(self.la), poids[self.inconnues]
        return reduire(self._dresser(temoins=True), np.where(ici >= seuil, seuil + len(self.lignes) - combien, ici))

    def reduire_sans_temoin(self) -> Reduite:
        """Le bloc réduit, ses pivots pris parmi les inconnues que peu de lignes portent."""
        combien = np.bincount(self.la)
        return reduire(self._dresser(temoins=False), len(self.lignes) - combien)

    def _dresser(self, *, temoins: bool) -> Entiers:
        hauteur, largeur = len(self.lignes), len(self.inconnues)
        matrice = np.zeros((hauteur, largeur + hauteur * temoins), dtype="int64")
        matrice[self.ici, self.la] = 1
        if temoins:
            matrice[np.arange(hauteur), largeur + np.arange(hauteur)] = 1
        return matrice


def _separer(lignes: Entiers, inconnues: Entiers) -> Entiers:
    """Le bloc de chaque ligne (0, 1, 2…)."""
    debuts = np.flatnonzero(np.diff(lignes, prepend=-1))
    chefs = np.arange(int(inconnues.max(initial=-1)) + 1)
    while True:
        des_lignes = np.minimum.reduceat(chefs[inconnues], debuts)
        suivants = chefs.copy()
        np.minimum.at(suivants, inconnues, des_lignes[lignes])
        if (suivants == chefs).all():
            return np.asarray(des_lignes, dtype="int64")
        chefs = suivants[suivants]


@dataclass(frozen=True)
class Pelee:
    """Un système pelé. `couches` : les lignes ôtées ensemble, et l'inconnue que chacune portait seule ; `coeur` : ce
    qui reste. L'inconnue d'une couche ne paraît plus dans les couches suivantes, ni dans le cœur.
    """

    sommes: Creuse
    couches: list[tuple[Entiers, Entiers]]
    coeur: Creuse

    def tirer(
        self, hasard: np.random.Generator, hauteur: int, largeur: int, coeur: Iterable[tuple[Bloc, Reduite]]
    ) -> Entiers:
        """Un vecteur du noyau, au hasard (modulo `PREMIER`). `coeur` : les blocs du cœur, réduits."""
        valeurs = hasard.integers(1, PREMIER, largeur)
        for bloc, reduite in coeur:
            du_bloc = valeurs[bloc.inconnues]
            reduite.ajuster(du_bloc)
            valeurs[bloc.inconnues] = du_bloc
        for lignes, pivots in reversed(self.couches):
            valeurs[pivots] = 0
            valeurs[pivots] = -self.sommes.sommer(valeurs, hauteur)[lignes] % PREMIER
        return valeurs

    def exprimer(self, combinaison: Entiers, hauteur: int, coeur: Iterable[tuple[Bloc, Reduite]]) -> Entiers:
        """La part de chaque ligne dans une combinaison d'inconnues qui se déduit (modulo `PREMIER`)."""
        reste, parts = combinaison.copy(), np.zeros(hauteur, dtype="int64")
        for lignes, pivots in self.couches:
            de_la_couche = np.zeros(hauteur, dtype="int64")
            de_la_couche[lignes] = reste[pivots]
            otees = np.bincount(self.sommes.inconnues, de_la_couche[self.sommes.lignes], len(reste))
            reste = (reste - otees.astype("int64")) % PREMIER
            parts += de_la_couche
        for bloc, reduite in coeur:
            temoins = reduite.exprimer(reste[bloc.inconnues])[len(bloc.inconnues) :]
            parts[bloc.lignes] = -temoins % PREMIER
        return parts


def peler(sommes: Creuse, permises: Booleens) -> Pelee:
    """Ôte, couche après couche, les lignes qui portent seules une inconnue permise.

    Une combinaison de lignes où nulle inconnue permise ne paraît n'en comprend aucune des lignes ôtées.
    """
    coeur = sommes
    couches: list[tuple[Entiers, Entiers]] = []
    while True:
        porteuses = np.bincount(coeur.inconnues, minlength=len(permises))
        (seules,) = (permises & (porteuses == 1))[coeur.inconnues].nonzero()
        if not len(seules):
            return Pelee(sommes, couches, coeur)
        lignes, premieres = np.unique(coeur.lignes[seules], return_index=True)
        couches.append((lignes, coeur.inconnues[seules[premieres]]))
        restantes = np.ones(int(coeur.lignes[-1]) + 1, dtype=bool)
        restantes[lignes] = False
        coeur = coeur.garder(restantes[coeur.lignes])


def restes_sous(reduite: Reduite, poids: Entiers, seuil: int) -> list[Entiers]:
    """Les témoins des ensembles d'inconnues (lignes de 0 et de 1) qui se déduisent, et ne pèsent pas le seuil.

    `reduite` : réduite selon ces poids, tous positifs. Rien de rendu : il n'y a pas de fuite. Un système trop mêlé pour
    que toutes ses combinaisons s'essaient en est une. Un ensemble qui se déduit est une somme de lignes distinctes,
    chaque pivot y comptant une fois ; sans coefficient négatif, chacune est un ensemble, qui ne pèse pas plus.
    """
    legeres = poids[reduite.pivots] < seuil
    toutes, pivots = reduite.matrice[legeres], reduite.pivots[legeres]
    lignes, temoins = toutes[:, : len(poids)], toutes[:, len(poids) :]
    petites = _pesent_peu(lignes, poids, seuil)
    if petites.any():
        return list(temoins[petites])
    melees = np.flatnonzero((lignes > _ENTIER_SUR).any(axis=1))
    trouvees = _essayer(lignes, poids[pivots], melees, poids, seuil)
    return [temoins[trouvees].sum(axis=0) % PREMIER] if trouvees else []


def _pesent_peu(sommes: Entiers, poids: Entiers, seuil: int) -> Booleens:
    """La somme est un ensemble (chaque inconnue y compte une fois), et pèse moins que le seuil."""
    return np.asarray((sommes <= 1).all(axis=-1) & (np.where(sommes == 1, poids, 0).sum(axis=-1) < seuil))


def _essayer(lignes: Entiers, des_pivots: Entiers, melees: Entiers, poids: Entiers, seuil: int) -> list[int]:
    """Les lignes d'une combinaison qui pèse peu : elles se touchent, l'une est mêlée, leurs pivots pèsent peu."""
    non_nulles = lignes != 0
    a_essayer = [(frozenset([rang]), lignes[rang]) for rang in melees.tolist()]
    vues = {rangs for rangs, _ in a_essayer}
    while a_essayer:
        rangs, somme = a_essayer.pop()
        if _pesent_peu(somme, poids, seuil):
            return list(rangs)
        if len(vues) > _ESSAIS:
            return [int(melees[0])]
        libre = seuil - des_pivots[list(rangs)].sum()
        proches = np.flatnonzero(_a_ajouter(somme, non_nulles) & (des_pivots < libre))
        for rang in proches.tolist():
            if rang not in rangs and (suite := rangs | {rang}) not in vues:
                vues.add(suite)
                a_essayer.append((suite, (somme + lignes[rang]) % PREMIER))
    return []


def _a_ajouter(somme: Entiers, non_nulles: Booleens) -> Booleens:
    """Les lignes dont l'une est d'un plus grand ensemble : celles qui réparent un coefficient, ou les voisines."""
    fautives = np.flatnonzero(somme > 1)
    if len(fautives):
        porteuses = non_nulles[:, fautives]
        return np.asarray(porteuses[:, porteuses.sum(axis=0).argmin()])
    return np.asarray(non_nulles[:, somme != 0].any(axis=1))
