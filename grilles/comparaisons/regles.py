"""Comparer deux grilles, ou les grilles d'une campagne : règles pures.

Règle de l'outil (la charte d'octobre 2023 ne dit pas comment comparer) :

- d'une campagne à l'autre, chaque élément monte, baisse ou reste sur l'échelle ; « sans objet » n'y a pas de rang ;
- d'une édition de la charte à l'autre, un élément ajouté, retiré, déplacé ou reformulé se montre toujours : on ne
  compare que les réponses d'un même élément ;
- entre diplômes, ni rang, ni moyenne, ni score : les niveaux côte à côte, par libellé, et les éléments où les réponses
  s'écartent d'au moins deux crans, dans l'ordre du texte.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from charte.comparaison import Differences, Paire, Segment, comparer_editions
from charte.concernes import elements_evalues
from charte.edition import Edition, Element
from grilles.echelle import charger_echelle
from grilles.niveaux import Niveau

GRAND_ECART = 2
"""Crans à partir desquels deux diplômes s'écartent assez pour en parler : seuil de l'outil."""


class Changement(StrEnum):
    """Ce que devient la réponse d'un élément."""

    HAUSSE = "hausse"
    BAISSE = "baisse"
    PAREIL = "pareil"
    AUTRE = "autre"
    NOUVELLE = "nouvelle"
    PARTIE = "partie"
    AUCUNE = "aucune"


class Sort(StrEnum):
    """Ce que devient l'élément lui-même, d'une édition de la charte à l'autre."""

    IDENTIQUE = "identique"
    DEPLACE = "deplace"
    REFORMULE = "reformule"
    AJOUTE = "ajoute"
    RETIRE = "retire"


CHANGEMENTS = {
    Changement.HAUSSE: "monte",
    Changement.BAISSE: "baisse",
    Changement.PAREIL: "inchangé",
    Changement.AUTRE: "change",
    Changement.NOUVELLE: "réponse nouvelle",
    Changement.PARTIE: "réponse absente",
    Changement.AUCUNE: "sans réponse",
}
TONS = {Changement.HAUSSE: "tenu", Changement.BAISSE: "manque", Changement.PARTIE: "partie", Changement.AUTRE: "partie"}
SORTS = {
    Sort.IDENTIQUE: "",
    Sort.DEPLACE: "déplacé dans la nouvelle édition",
    Sort.REFORMULE: "reformulé dans la nouvelle édition",
    Sort.AJOUTE: "ajouté par la nouvelle édition",
    Sort.RETIRE: "retiré par la nouvelle édition",
}


@dataclass(frozen=True)
class Cote:
    """Une grille d'un côté de la comparaison : son édition, l'état concerté de chaque élément, le niveau des postes."""

    edition: Edition
    etats: Mapping[str, str]
    niveaux: Mapping[int, Niveau]


@dataclass(frozen=True)
class ElementCompare:
    """Un élément des deux côtés. `avant` ou `apres` None : il n'existe pas de ce côté. `segments` : mot à mot.

    `element` : tel qu'il se lit maintenant, ou tel qu'il était s'il est retiré.
    """

    element: Element
    avant: Element | None
    apres: Element | None
    sort: Sort
    etat_avant: str | None
    etat_apres: str | None
    segments: tuple[Segment, ...] = ()

    @property
    def changement(self) -> Changement:
        """Ce que devient sa réponse."""
        return comparer_les_etats(self.etat_avant, self.etat_apres)

    @property
    def remarquable(self) -> bool:
        """Vrai si quelque chose change : la réponse, ou le texte."""
        return self.sort is not Sort.IDENTIQUE or self.changement not in (Changement.PAREIL, Changement.AUCUNE)


@dataclass(frozen=True)
class PosteCompare:
    """Le niveau d'un poste de chaque côté ; None si l'édition n'a pas ce poste."""

    numero: int
    titre: str
    avant: Niveau | None
    apres: Niveau | None

    @property
    def changement(self) -> Changement:
        """Ce que devient son niveau."""
        if self.avant is None or self.apres is None:
            return Changement.NOUVELLE if self.avant is None else Changement.PARTIE
        if self.avant == self.apres:
            return Changement.PAREIL
        return Changement.HAUSSE if self.apres > self.avant else Changement.BAISSE


@dataclass(frozen=True)
class Comparaison:
    """Deux grilles d'un même diplôme, tout élément de l'une ou de l'autre compris."""

    postes: tuple[PosteCompare, ...]
    elements: tuple[ElementCompare, ...]
    avant: str
    apres: str

    @property
    def meme_edition(self) -> bool:
        """Vrai si les deux grilles répondent à la même édition de la charte."""
        return self.avant == self.apres

    def nombre(self, changement: Changement) -> int:
        """Combien d'éléments changent ainsi."""
        return sum(element.changement is changement for element in self.elements)

    def du_poste(self, numero: int) -> tuple[ElementCompare, ...]:
        """Les éléments d'un poste, dans l'ordre du texte, ceux qui en sont retirés à la fin."""
        return tuple(element for element in self.elements if element.element.poste == numero)


def comparer_les_etats(avant: str | None, apres: str | None) -> Changement:
    """Ce que devient une réponse. « sans objet » n'a pas de rang : y passer, ou en venir, est un autre changement."""
    if avant == apres:
        return Changement.AUCUNE if avant is None else Changement.PAREIL
    if avant is None or apres is None:
        return Changement.NOUVELLE if avant is None else Changement.PARTIE
    echelle = charger_echelle()
    un, autre = echelle.etat(avant).rang, echelle.etat(apres).rang
    if un is None or autre is None:
        return Changement.AUTRE
    return Changement.HAUSSE if autre > un else Changement.BAISSE


def comparer_les_grilles(avant: Cote, apres: Cote) -> Comparaison:
    """Deux grilles, élément par élément, dans l'ordre du texte de la seconde ; rien ne se perd d'aucun côté."""
    elements = tuple(_elements(avant, apres, _differences(avant.edition, apres.edition)))
    return Comparaison(tuple(_postes(avant, apres)), elements, avant.edition.edition, apres.edition.edition)


def _differences(avant: Edition, apres: Edition) -> Differences:
    if avant.empreinte != apres.empreinte:
        return comparer_editions(avant, apres)
    memes = tuple(Paire(element, element) for element in elements_evalues(apres))
    return Differences(avant.edition, apres.edition, memes, (), (), (), ())


def _elements(avant: Cote, apres: Cote, entre: Differences) -> Iterator[ElementCompare]:
    listes = ((Sort.IDENTIQUE, entre.identiques), (Sort.DEPLACE, entre.deplaces), (Sort.REFORMULE, entre.reformules))
    paires = {paire.apres.id: (sort, paire) for sort, liste in listes for paire in liste}
    for element in elements_evalues(apres.edition):
        if element.id not in paires:
            yield ElementCompare(element, None, element, Sort.AJOUTE, None, apres.etats.get(element.id))
            continue
        sort, paire = paires[element.id]
        dits = avant.etats.get(paire.avant.id), apres.etats.get(element.id)
        segments = paire.segments if sort is Sort.REFORMULE else ()
        yield ElementCompare(element, paire.avant, element, sort, *dits, segments)
    for element in entre.supprimes:
        yield ElementCompare(element, element, None, Sort.RETIRE, avant.etats.get(element.id), None)


def _postes(avant: Cote, apres: Cote) -> Iterator[PosteCompare]:
    titres = {p.numero: p.titre for cote in (avant, apres) for p in cote.edition.postes}
    for numero, titre in sorted(titres.items()):
        yield PosteCompare(numero, titre, avant.niveaux.get(numero), apres.niveaux.get(numero))


@dataclass(frozen=True)
class GrandEcart:
    """Un élément où les diplômes s'écartent. `par_etat` : (état, diplômes), du plus avancé au moins avancé."""

    element: Element
    crans: int
    par_etat: tuple[tuple[str, tuple[str, ...]], ...]


def grands_ecarts(etats: Mapping[str, Mapping[str, str]], elements: Sequence[Element]) -> tuple[GrandEcart, ...]:
    """Les éléments où deux diplômes au moins s'écartent de `GRAND_ECART` crans, dans l'ordre du texte.

    `etats` : diplôme (son libellé) → élément → état. Les diplômes d'un même état se donnent par libellé.
    """
    trouves = (_ecart(element, etats) for element in elements)
    return tuple(ecart for ecart in trouves if ecart is not None)


def _ecart(element: Element, etats: Mapping[str, Mapping[str, str]]) -> GrandEcart | None:
    dits = {diplome: siens[element.id] for diplome, siens in etats.items() if element.id in siens}
    rangs = {etat: charger_echelle().etat(etat).rang for etat in dits.values()}
    ranges = [rang for rang in rangs.values() if rang is not None]
    crans = max(ranges, default=0) - min(ranges, default=0)
    if crans < GRAND_ECART:
        return None
    ordre = sorted(rangs, key=lambda etat: (rangs[etat] is None, -(rangs[etat] or 0)))
    noms = sorted(dits, key=str.casefold)
    return GrandEcart(element, crans, tuple((etat, tuple(nom for nom in noms if dits[nom] == etat)) for etat in ordre))
