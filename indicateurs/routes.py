"""Les pages de ce paquet : indicateurs, dépôt de données, objectifs, repères, revue annuelle, publications."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from indicateurs import routes_import, routes_indicateurs
from indicateurs.objectifs import routes as routes_objectifs
from indicateurs.publication import routes as routes_publication
from indicateurs.reperes import routes as routes_reperes
from indicateurs.revue import routes as routes_revue
from indicateurs.revue import routes_etapes, routes_familles

ROUTES: Sequence[HTTPRouteHandler] = (
    *routes_indicateurs.ROUTES,
    *routes_import.ROUTES,
    *routes_objectifs.ROUTES,
    *routes_reperes.ROUTES,
    *routes_revue.ROUTES,
    *routes_etapes.ROUTES,
    *routes_familles.ROUTES,
    *routes_publication.ROUTES,
)
