"""Une famille : un masque, et les cohortes qu'il protège ; la suppression complémentaire, relation par relation.

Une famille a une colonne pour une mesure, une par modalité pour une ventilation (une adresse y est publiée entière ou
pas du tout).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from indicateurs.secret.adresses import Booleens, Charpente, Entiers, Relation

__all__ = ["Famille", "fermer"]


@dataclass
class Famille:
    """`cohortes` : adresses × colonnes ; `cache` : le masque en cours, par adresse, qui ne fait que croître.

    `suites` : les familles qui, aux adresses dites, masqueront ce que masque celle-ci. `sures` : ce qu'on a déjà trouvé
    sans fuite (une colonne, et l'empreinte de sommes liées).
    """

    charpente: Charpente
    cohortes: Entiers
    seuil: int
    cache: Booleens = field(init=False)
    suites: list[tuple["Famille", Booleens]] = field(init=False, default_factory=list)
    sures: set[tuple[int, int]] = field(init=False, default_factory=set)
    _fermees: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.cache = np.asarray(((self.cohortes > 0) & (self.cohortes < self.seuil)).any(axis=1))

    @cached_property
    def _par_taille(self) -> Entiers:
        """Le rang de chaque adresse, de la plus petite à la plus grande."""
        tri = np.argsort(self.cohortes.sum(axis=1), kind="stable")
        rangs = np.empty(len(tri), dtype="int64")
        rangs[tri] = np.arange(len(tri))
        return rangs

    def trahies(self) -> Entiers:
        """Par adresse, le nombre de sommes qu'elle trahirait, et de familles qui devraient la masquer à sa suite.

        Une somme est trahie quand nulle autre de ses adresses n'est masquée.
        """
        combien = np.zeros(len(self.cache), dtype="int64")
        for relation in self.charpente.relations:
            intactes = ~(np.logical_or.reduceat(self.cache[relation.enfants], relation.debuts))
            intactes &= ~self.cache[relation.parents]
            combien[relation.parents] += intactes
            combien[relation.enfants] += intactes[relation.groupes]
        for suite, ou in self.suites:
            combien += ou & ~suite.cache
        return combien

    def masquer_une(self, candidates: Entiers, colonnes: Booleens, trahies: Entiers, *, cumul: bool) -> int | None:
        """Masque l'adresse qui en trahit le moins d'autres, puis la plus petite, et la rend ; None s'il n'y en a pas.

        Elle compte quelqu'un dans une des `colonnes`. `cumul` : un cumul passe d'abord.
        """
        utiles = candidates[~self.cache[candidates] & (self.cohortes[candidates][:, colonnes] > 0).any(axis=1)]
        if not len(utiles):
            return None
        apres = ~self.charpente.cumul[utiles] if cumul else np.zeros(len(utiles), dtype=bool)
        choisie = int(utiles[np.lexsort((self._par_taille[utiles], trahies[utiles], apres))[0]])
        self.cache[choisie] = True
        return choisie

    def deja_fermee(self, relation: Relation) -> bool:
        """Vrai si rien ne s'est masqué dans la relation depuis `noter_fermee`."""
        return self._fermees.get(id(relation)) == self._masquees(relation)

    def noter_fermee(self, relation: Relation) -> None:
        """La relation ne demande plus rien, tant que rien d'autre ne s'y masque."""
        self._fermees[id(relation)] = self._masquees(relation)

    def _masquees(self, relation: Relation) -> int:
        enfants, parents = self.cache[relation.enfants], self.cache[relation.parents]
        return int(np.count_nonzero(enfants)) + int(np.count_nonzero(parents))


def fermer(famille: Famille) -> None:
    """Masque, sur place : nulle relation ne garde une seule adresse masquée, ni un reste sous le seuil."""
    change = True
    while change:
        change, trahies = False, cache(famille.trahies)
        for relation in famille.charpente.relations:
            if famille.deja_fermee(relation):
                continue
            if _fermer_une(famille, relation, trahies):
                change = True
            else:
                famille.noter_fermee(relation)


def _fermer_une(famille: Famille, relation: Relation, trahies: Callable[[], Entiers]) -> bool:
    """Les groupes d'une relation n'ont nulle adresse commune : ils se traitent d'un coup."""
    cachees = famille.cache[relation.enfants]
    combien = np.add.reduceat(cachees.astype("int64"), relation.debuts)
    restes = np.add.reduceat(famille.cohortes[relation.enfants] * cachees[:, None], relation.debuts)
    du_parent = famille.cache[relation.parents]
    faibles = (restes > 0) & (restes < famille.seuil)
    seules = np.where(du_parent, combien == 0, combien == 1)
    change, cumul = False, famille.charpente.cumul
    for groupe in np.flatnonzero(seules | (~du_parent & faibles.any(axis=1))).tolist():
        colonnes = np.ones_like(faibles[groupe]) if seules[groupe] else faibles[groupe]
        parts, total = relation.groupe(groupe), relation.parents[[groupe]]
        # Le cumul passe avant ses promotions ; ailleurs, un total n'est masqué qu'à défaut de ses parts.
        essais = [np.append(parts, total)] if cumul[total[0]] != cumul[parts[0]] else [parts, total]
        change |= any(famille.masquer_une(essai, colonnes, trahies(), cumul=True) is not None for essai in essais)
    return change
