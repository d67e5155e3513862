"""Ce que les pages d'indicateurs attendent de qui dessine : `rapports` dessine, `appli` branche.

Une page dit ce qu'il y a à montrer (`Trace` : des valeurs déjà passées par le secret, et les mots), le graphiste en
fait une figure. Les mêmes valeurs donnent la même figure sur une page, dans un fichier et dans le PDF.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from indicateurs.unites import PART, Echelle

__all__ = ["Dessin", "Graphiste", "Point", "Sorte", "Trace"]

Sorte = Literal["evolution", "barres", "survie"]


@dataclass(frozen=True)
class Point:
    """Une valeur sous son nom (« 2024-2025 », « Femmes ») ; sans valeur, `sous` et `mot` disent pourquoi.

    `sous` : ce qui s'écrit sous l'axe (« n = 118 », « effectif masqué ») ; `mot` : à la place de la valeur (« n.d. »).
    `jalon` : ce qui était visé là. `abscisse` : en mois, pour une courbe ; ailleurs, le rang. `partielle` : tous les
    siens n'ont pas encore eu le temps d'être comptés.
    """

    nom: str
    valeur: float | None
    bas: float | None = None
    haut: float | None = None
    sous: str = ""
    mot: str = "–"
    jalon: float | None = None
    abscisse: float | None = None
    partielle: bool = False


@dataclass(frozen=True)
class Trace:
    """Une figure à dessiner et la table de ses données. `cible` : à atteindre ; `repere` : (nom, valeur) d'ailleurs."""

    sorte: Sorte
    identifiant: str
    titre: str
    points: tuple[Point, ...]
    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]
    echelle: Echelle = PART
    cible: float | None = None
    repere: tuple[str, float] | None = None
    axe: str = ""

    @property
    def description(self) -> str:
        """Ce que lit qui ne voit pas la figure : la table, en phrases."""
        return " ; ".join(f"{ligne[0]} : {', '.join(ligne[1:])}" for ligne in self.lignes) + "."


@dataclass(frozen=True)
class Dessin:
    """Un graphique prêt à inclure : SVG sûr (aucun style en ligne), constat en titre, table de ses données."""

    identifiant: str
    svg: str
    titre: str
    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]


@runtime_checkable
class Graphiste(Protocol):
    """Celui qui dessine les graphiques des pages."""

    def dessiner(self, trace: Trace) -> Dessin:
        """La figure d'une page, sans titre visible : la page le porte."""
        ...

    def emporter(self, trace: Trace, pied: str, genre: Literal["svg", "png"]) -> bytes:
        """La figure seule : son titre au-dessus, `pied` (d'où elle vient, comment elle se calcule) au-dessous."""
        ...
