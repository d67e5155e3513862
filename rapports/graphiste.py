"""Le graphiste des pages : les mêmes figures à l'écran et dans le PDF."""

from indicateurs.definitions import Definition
from indicateurs.graphiste import Dessin
from indicateurs.services.mesures import Mesure
from rapports.conversions import indicateur_conseil
from rapports.graphiques import graphique_evolution

__all__ = ["GraphisteDesPages"]


class GraphisteDesPages:
    """Dessine pour les pages d'indicateurs (protocole `indicateurs.graphiste.Graphiste`)."""

    def evolution(self, definition: Definition, serie: tuple[Mesure, ...], seuil: int) -> Dessin:
        """Le taux par promotion, avec son intervalle à 95 %."""
        graphique = graphique_evolution(indicateur_conseil(definition, serie), seuil)
        return Dessin(graphique.svg, graphique.titre, graphique.entetes, graphique.lignes)
