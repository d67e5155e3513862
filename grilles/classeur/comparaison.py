"""Ce que deviendrait chaque ligne d'un classeur, face à la grille d'aujourd'hui (pur).

Trois voix : ce que la grille disait quand le classeur a été tiré, ce que dit le fichier, ce que la grille dit à
présent. Le fichier n'a rien changé : rien à faire. Lui seul a changé : à enregistrer. Les deux : à choisir.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grilles.classeur.contenu import Dite, PreuveAAjouter, Proposee


class Sort(StrEnum):
    """Ce que devient la réponse d'une ligne."""

    INCHANGEE = "inchangee"
    A_ENREGISTRER = "a_enregistrer"
    VIDEE = "videe"
    EN_CONFLIT = "en_conflit"


@dataclass(frozen=True)
class Actuelle:
    """Ce que la grille dit à présent d'un élément : la réponse, sa version, les preuves citées (titre, lien)."""

    dite: Dite = Dite()  # noqa: RUF009 (une valeur gelée)
    version: int = 0
    preuves: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Comparee:
    """Une ligne comparée. `preuve` : celle qui s'ajouterait, None si elle est déjà citée."""

    proposee: Proposee
    actuelle: Actuelle
    sort: Sort
    preuve: PreuveAAjouter | None

    @property
    def element(self) -> str:
        """Le renvoi de la charte."""
        return self.proposee.element

    @property
    def rubrique(self) -> Sort:
        """Où la ligne se compte : une preuve seule à ajouter est « à enregistrer »."""
        return Sort.A_ENREGISTRER if self.sort is Sort.INCHANGEE and self.preuve else self.sort


def comparer(proposees: Sequence[Proposee], actuelles: Mapping[str, Actuelle]) -> tuple[Comparee, ...]:
    """Le sort de chaque ligne ; un élément sans réponse est en version 0."""
    return tuple(_comparer(proposee, actuelles.get(proposee.element, Actuelle())) for proposee in proposees)


def _comparer(proposee: Proposee, actuelle: Actuelle) -> Comparee:
    preuve = proposee.preuve
    if preuve is not None and (preuve.titre, preuve.adresse) in actuelle.preuves:
        preuve = None
    return Comparee(proposee, actuelle, _sort(proposee, actuelle), preuve)


def _sort(proposee: Proposee, actuelle: Actuelle) -> Sort:
    if proposee.dite == actuelle.dite or not proposee.touchee:
        return Sort.INCHANGEE
    if actuelle.version != proposee.tire.version:
        return Sort.EN_CONFLIT
    return Sort.VIDEE if _efface(proposee.dite, actuelle.dite) else Sort.A_ENREGISTRER


def _efface(dite: Dite, actuelle: Dite) -> bool:
    """Vrai si le fichier retirerait un état ou un commentaire écrits."""
    return bool((actuelle.etat and not dite.etat) or (actuelle.commentaire and not dite.commentaire))


def compter(comparees: Sequence[Comparee]) -> Counter[Sort]:
    """Combien de lignes par rubrique."""
    return Counter(comparee.rubrique for comparee in comparees)
