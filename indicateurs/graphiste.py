"""Ce que les pages d'indicateurs attendent de qui dessine : `rapports` dessine, `appli` branche."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from indicateurs.definitions import Definition
from indicateurs.services.mesures import Mesure


@dataclass(frozen=True)
class Dessin:
    """Un graphique prêt à inclure : SVG sûr (aucun style en ligne), constat en titre, table de ses données."""

    svg: str
    titre: str
    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]


@runtime_checkable
class Graphiste(Protocol):
    """Celui qui dessine les graphiques des pages."""

    def evolution(self, definition: Definition, serie: tuple[Mesure, ...], seuil: int) -> Dessin:
        """Le taux par promotion, avec son intervalle à 95 %."""
        ...
