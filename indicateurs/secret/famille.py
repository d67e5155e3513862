"""Une famille : un masque, et les cohortes qu'il protège ; la suppression complémentaire, relation par relation.

Une famille a une colonne pour une mesure, une par modalité pour une ventilation (une adresse y est publiée entière ou
pas du tout).
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from indicateurs.secret.adresses import Booleens, Charpente, Entiers, Relation

__all__ = ["Famille", "fermer"]


@dataclass
class Famille:
    """`cohortes` : adresses × colonnes ; `cache` : le masque en cours, par adresse, qui ne fait que croître."""

    charpente: Charpente
    cohortes: Entiers
    seuil: int
    cache: Booleens = field(init=False)
    suites: list[tuple["Famille", Booleens]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.cache = np.asarray(((self.cohortes > 0) & (self.cohortes < self.seuil)).any(axis=1))

    @cached_property
    def _par_taille(self) -> Entiers:
        """Le rang de chaque adresse, de la plus petite à la plus grande."""
        tri = np.argsort(self.cohortes.sum(axis=1), kind="stable")
        rangs = np.empty(len(tri), dtype="int64")
        rangs[tri] = np.arange(len(tri))
        return rangs

    def isolees(self) -> Entiers:
        """Par adresse, le nombre de sommes qu'elle trahirait : celles où nulle autre adresse n'est masquée."""
        combien = np.zeros(len(self.cache), dtype="int64")
        for relation in self.charpente.relations:
            intactes = ~(np.add.reduceat(self.cache[relation.enfants], relation.debuts) | self.cache[relation.parents])
            combien[relation.parents] += intactes
            combien[relation.enfants] += intactes[relation.groupes]
        return combien

    def masquer_une(self, candidates: Entiers, colonnes: Booleens, isolees: Entiers, *, cumul: bool) -> int | None:
        """Masque l'adresse qui en trahit le moins d'autres, puis la plus petite, et la rend ; None s'il n'y en a pas.

        Elle compte quelqu'un dans une des `colonnes`. `cumul` : un cumul passe d'abord.
        """
        utiles = candidates[~self.cache[candidates] & (self.cohortes[candidates][:, colonnes] > 0).any(axis=1)]
        if not len(utiles):
            return None
        apres = ~self.charpente.cumul[utiles] if cumul else np.zeros(len(utiles), dtype=bool)
        trahies = isolees[utiles] + self._entrainees(utiles)
        choisie = int(utiles[np.lexsort((self._par_taille[utiles], trahies, apres))[0]])
        self.cache[choisie] = True
        return choisie

    def _entrainees(self, adresses: Entiers) -> Entiers:
        """Le nombre de familles qui devront masquer chaque adresse à la suite de celle-ci."""
        combien = np.zeros(len(adresses), dtype="int64")
        for suite, ou in self.suites:
            combien += ou[adresses] & ~suite.cache[adresses]
        return combien


def fermer(famille: Famille) -> None:
    """Masque, sur place : nulle relation ne garde une seule adresse masquée, ni un reste sous le seuil."""
    change = True
    while change:
        change = False
        isolees = famille.isolees()
        for relation in famille.charpente.relations:
            change |= _fermer_une(famille, relation, isolees)


def _fermer_une(famille: Famille, relation: Relation, isolees: Entiers) -> bool:
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
        change |= any(famille.masquer_une(essai, colonnes, isolees, cumul=True) is not None for essai in essais)
    return change
