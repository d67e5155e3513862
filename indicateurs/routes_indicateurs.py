"""Les pages d'indicateurs, par sujet : `indicateurs/pages/`."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from indicateurs.pages import routes_exports, routes_indicateur, routes_lignes, routes_tableau

ROUTES: Sequence[HTTPRouteHandler] = (
    *routes_tableau.ROUTES,
    *routes_exports.ROUTES,
    *routes_indicateur.ROUTES,
    *routes_lignes.ROUTES,
)
