"""Les tableaux d'un indicateur : promotion par promotion, et périmètre par périmètre."""

from collections.abc import Iterable

from indicateurs.mesures import Perimetre, TableauDeMesures
from indicateurs.vues.valeurs import annee_de, cellules

__all__ = ["lignes_de_serie", "lignes_par_perimetre"]


def lignes_de_serie(tableau: TableauDeMesures, cle: str, perimetre: Perimetre) -> list[tuple[str, ...]]:
    """Promotion, puis les cellules d'`entetes` ; toutes promotions ensemble en dernier."""
    definition, seuil = tableau.definitions[cle], tableau.seuil(cle)
    mesures = [*tableau.serie(cle, perimetre), tableau.ensemble(cle, perimetre)]
    return [
        (annee_de(mesure, definition), *cellules(mesure, definition, seuil)) for mesure in mesures if mesure is not None
    ]


def lignes_par_perimetre(
    tableau: TableauDeMesures, cle: str, perimetres: Iterable[Perimetre]
) -> list[tuple[Perimetre, tuple[str, ...]]]:
    """Un indicateur, toutes promotions ensemble, dans l'ordre des périmètres (alphabétique : jamais un classement)."""
    definition, seuil = tableau.definitions[cle], tableau.seuil(cle)
    return [(p, cellules(tableau.ensemble(cle, p), definition, seuil)) for p in perimetres]
