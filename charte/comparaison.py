"""Comparer deux éditions de la charte, élément évalué par élément évalué : gardé, déplacé, reformulé, ajouté, retiré.

Les identifiants suivent la place dans le texte : une puce insérée décale ses suivantes. Le texte passe donc d'abord.
Règle de l'outil, la même dans les deux sens :

1. même identifiant et mêmes mots : identique ;
2. mêmes mots ailleurs : déplacé ;
3. mots proches : reformulé, au même endroit dès la moitié de mots communs, ailleurs dès les trois quarts ;
4. le reste est retiré d'un côté, ajouté de l'autre.

Deux éléments ne se rapprochent que s'ils se répondent sur la même échelle : les actions et sous-actions entre elles,
les engagements et exigences entre eux. L'apostrophe et les espaces ne comptent pas.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property

from charte.concernes import elements_evalues
from charte.edition import Edition, Element, Genre

PROCHE_SUR_PLACE = 0.5
PROCHE_AILLEURS = 0.75
_ACTIONS = (Genre.ACTION, Genre.SOUS_ACTION)
_JETON = re.compile(r"\s*(?:\w+(?:['’-]\w+)*|[^\w\s])")


class Sort(StrEnum):
    """Ce que devient un élément d'une édition à l'autre."""

    IDENTIQUE = "identique"
    REFORMULE = "reformule"
    DEPLACE = "deplace"
    SUPPRIME = "supprime"


class Etat(StrEnum):
    """Ce que devient un passage d'un texte reformulé."""

    GARDE = "garde"
    RETIRE = "retire"
    AJOUTE = "ajoute"


@dataclass(frozen=True)
class Devenir:
    """Le sort d'un élément, et l'identifiant sous lequel il vit dans la nouvelle édition (None s'il est retiré)."""

    sort: Sort
    nouvel_id: str | None


@dataclass(frozen=True)
class Segment:
    """Un passage d'un texte reformulé, espaces de tête compris."""

    texte: str
    etat: Etat


@dataclass(frozen=True)
class Paire:
    """Le même élément dans les deux éditions."""

    avant: Element
    apres: Element

    @property
    def deplacee(self) -> bool:
        """Vrai si l'identifiant change."""
        return self.avant.id != self.apres.id

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Le texte d'une édition à l'autre, mot à mot."""
        return segmenter(self.avant.texte, self.apres.texte)


@dataclass(frozen=True)
class Differences:
    """Tout ce qui change de l'édition `avant` à l'édition `apres`, dans l'ordre des textes."""

    avant: str
    apres: str
    identiques: tuple[Paire, ...]
    deplaces: tuple[Paire, ...]
    reformules: tuple[Paire, ...]
    ajoutes: tuple[Element, ...]
    supprimes: tuple[Element, ...]

    @property
    def aucune(self) -> bool:
        """Vrai si rien ne change."""
        return not (self.deplaces or self.reformules or self.ajoutes or self.supprimes)

    def devenir(self, element: str) -> Devenir:
        """Ce que devient un élément évalué de l'ancienne édition ; `KeyError` si elle ne l'a pas."""
        try:
            return self._devenirs[element]
        except KeyError:
            raise KeyError(f"la charte {self.avant} n'a pas d'élément évalué « {element} »") from None

    @cached_property
    def _devenirs(self) -> dict[str, Devenir]:
        listes = (
            (Sort.IDENTIQUE, self.identiques),
            (Sort.DEPLACE, self.deplaces),
            (Sort.REFORMULE, self.reformules),
        )
        devenirs = {paire.avant.id: Devenir(sort, paire.apres.id) for sort, paires in listes for paire in paires}
        return devenirs | {element.id: Devenir(Sort.SUPPRIME, None) for element in self.supprimes}


def comparer_editions(avant: Edition, apres: Edition) -> Differences:
    """Les différences entre deux éditions, sur les actions, sous-actions, engagements et exigences."""
    anciens, nouveaux = elements_evalues(avant), elements_evalues(apres)
    paires: list[Paire] = []
    for proximite in (_identite, _memes_mots, _mots_proches):
        paires += _apparier(_restants(anciens, paires, "avant"), _restants(nouveaux, paires, "apres"), proximite)
    rang = {element.id: i for i, element in enumerate(nouveaux)}
    paires.sort(key=lambda paire: rang[paire.apres.id])
    memes, autres = _trier(paires)
    return Differences(
        avant=avant.edition,
        apres=apres.edition,
        identiques=tuple(paire for paire in memes if not paire.deplacee),
        deplaces=tuple(paire for paire in memes if paire.deplacee),
        reformules=tuple(autres),
        ajoutes=tuple(_restants(nouveaux, paires, "apres")),
        supprimes=tuple(_restants(anciens, paires, "avant")),
    )


def _trier(paires: Iterable[Paire]) -> tuple[list[Paire], list[Paire]]:
    """Les paires de mêmes mots, puis les reformulées."""
    memes: list[Paire] = []
    autres: list[Paire] = []
    for paire in paires:
        (memes if _memes_mots(paire.avant, paire.apres) else autres).append(paire)
    return memes, autres


def _restants(elements: Iterable[Element], paires: Iterable[Paire], cote: str) -> list[Element]:
    """Les éléments qu'aucune paire ne tient de ce côté (« avant » ou « apres »)."""
    pris = {getattr(paire, cote).id for paire in paires}
    return [element for element in elements if element.id not in pris]


def _apparier(
    anciens: Sequence[Element], nouveaux: Sequence[Element], proximite: Callable[[Element, Element], float]
) -> Iterator[Paire]:
    """Les paires les plus proches d'abord ; à égalité, le même poste, puis un ordre qui ne dépend pas du sens."""
    candidats = [
        (-score, ancien.poste != nouveau.poste, sorted((ancien.id, nouveau.id)), ancien, nouveau)
        for ancien in anciens
        for nouveau in nouveaux
        if _meme_echelle(ancien, nouveau) and (score := proximite(ancien, nouveau))
    ]
    pris: set[tuple[str, str]] = set()
    for _, _, _, ancien, nouveau in sorted(candidats, key=lambda candidat: candidat[:3]):
        if not pris & {("avant", ancien.id), ("apres", nouveau.id)}:
            pris |= {("avant", ancien.id), ("apres", nouveau.id)}
            yield Paire(ancien, nouveau)


def _meme_echelle(ancien: Element, nouveau: Element) -> bool:
    return (ancien.genre in _ACTIONS) is (nouveau.genre in _ACTIONS)


def _identite(ancien: Element, nouveau: Element) -> float:
    return float(ancien.id == nouveau.id) and _memes_mots(ancien, nouveau)


def _memes_mots(ancien: Element, nouveau: Element) -> float:
    return float(_a_plat(ancien.texte) == _a_plat(nouveau.texte))


def _mots_proches(ancien: Element, nouveau: Element) -> float:
    """La part de mots communs (indice de Dice), ou zéro si elle est sous le seuil."""
    part = part_commune(ancien.texte, nouveau.texte)
    return part if part >= (PROCHE_SUR_PLACE if ancien.id == nouveau.id else PROCHE_AILLEURS) else 0.0


def part_commune(un: str, autre: str) -> float:
    """Mots communs, comptés deux fois, sur la somme des mots des deux textes : de 0 à 1, la même dans les deux sens."""
    mots_un, mots_autre = (Counter(re.findall(r"\w+", texte.casefold())) for texte in (un, autre))
    total = mots_un.total() + mots_autre.total()
    return 2 * (mots_un & mots_autre).total() / total if total else 0.0


def _a_plat(texte: str) -> str:
    """Le texte sans ses variantes de typographie : une apostrophe, une espace."""
    return " ".join(texte.replace("’", "'").split())


def segmenter(avant: str, apres: str) -> tuple[Segment, ...]:
    """Le passage d'un texte à l'autre : sans les retraits on lit `apres`, sans les ajouts on lit `avant`."""
    anciens, nouveaux = _JETON.findall(avant), _JETON.findall(apres)
    comparables = [_a_plat(jeton) for jeton in anciens], [_a_plat(jeton) for jeton in nouveaux]
    segments: list[Segment] = []
    for operation, i, j, k, m in SequenceMatcher(None, *comparables, autojunk=False).get_opcodes():
        if operation == "equal":
            segments.append(Segment("".join(nouveaux[k:m]), Etat.GARDE))
            continue
        segments += [Segment("".join(anciens[i:j]), Etat.RETIRE)] if i < j else []
        segments += [Segment("".join(nouveaux[k:m]), Etat.AJOUTE)] if k < m else []
    return tuple(segments)
