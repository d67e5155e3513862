"""Une mémoire de calculs bornée, où deux lecteurs pressés ne font pas deux fois le même calcul."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Valeur = TypeVar("Valeur")


class Memoire(Generic[Valeur]):
    """Les dernières valeurs calculées, par clé ; une valeur dépend de sa clé seule.

    Après un dépôt, tous ceux qui ont une page ouverte veulent les nouveaux chiffres : le premier les calcule, les
    autres l'attendent. Chacun pour soi, vingt calculs d'une demi-seconde se disputeraient le même cœur.
    """

    def __init__(self, capacite: int) -> None:
        self._capacite = capacite
        self._gardees: OrderedDict[Hashable, Valeur] = OrderedDict()
        self._en_cours: dict[Hashable, Lock] = {}
        self._verrou = Lock()

    def lire(self, cle: Hashable, calculer: Callable[[], Valeur]) -> Valeur:
        """La valeur gardée, ou calculée une fois ; une erreur passe à qui calculait, le suivant essaie à son tour."""
        with self._verrou:
            if cle in self._gardees:
                self._gardees.move_to_end(cle)
                return self._gardees[cle]
            tour = self._en_cours.setdefault(cle, Lock())
        with tour:
            with self._verrou:
                if cle in self._gardees:
                    return self._gardees[cle]
            return self._calculer(cle, calculer)

    def _calculer(self, cle: Hashable, calculer: Callable[[], Valeur]) -> Valeur:
        try:
            valeur = calculer()
            with self._verrou:
                self._gardees[cle] = valeur
                while len(self._gardees) > self._capacite:
                    self._gardees.popitem(last=False)
            return valeur
        finally:
            with self._verrou:
                self._en_cours.pop(cle, None)
