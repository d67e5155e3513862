"""Le graphiste des pages : les mêmes figures à l'écran, en fichier et dans le PDF."""

from typing import Literal

from indicateurs.graphiste import Dessin, Trace
from rapports.traces import figure_seule, figurer

__all__ = ["GraphisteDesPages"]


class GraphisteDesPages:
    """Dessine pour les pages d'indicateurs (protocole `indicateurs.graphiste.Graphiste`)."""

    def dessiner(self, trace: Trace) -> Dessin:
        """La figure d'une page."""
        figure = figurer(trace)
        return Dessin(figure.identifiant, figure.svg, figure.titre, figure.entetes, figure.lignes)

    def emporter(self, trace: Trace, pied: str, genre: Literal["svg", "png"]) -> bytes:
        """La figure seule, titre et pied compris."""
        return figure_seule(trace, pied, genre)
