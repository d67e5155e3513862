"""La description OpenAPI des routes qui répondent en JSON ; les pages ne sont pas une interface de programme."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig

from appli.presentation import VERSION, Requete
from charte.acteur import Geste
from charte.commun.web import acces

CE_QUE_C_EST = (
    "Les données publiques de Trajectoire, à lire par un programme. Les pages et leurs formulaires ne sont pas "
    "décrits : ils s’adressent à des personnes et peuvent changer."
)


def decrire(routes: Iterable[HTTPRouteHandler]) -> dict[str, Any]:
    """Le document OpenAPI 3.1 des routes qui se disent décrites (`include_in_schema=True`), et d'elles seules.

    Le greffon de Litestar servirait aussi sa propre page d'erreur et une adresse de plus : une application qui ne sert
    rien engendre la description, une route ordinaire la donne.
    """
    config = OpenAPIConfig(title="Trajectoire", version=VERSION, description=CE_QUE_C_EST, use_handler_docstrings=True)
    decrites = [route for route in routes if route.include_in_schema is True]
    return Litestar(route_handlers=decrites, openapi_config=config, logging_config=None).openapi_schema.to_schema()


@get("/openapi.json", opt=acces(Geste.PUBLIC), sync_to_thread=False, name="openapi", include_in_schema=True)
def donner_la_description(request: Requete) -> dict[str, Any]:
    """La description OpenAPI de ce que l'outil donne en JSON."""
    description: dict[str, Any] = request.app.state.description()
    return description


ROUTES = (donner_la_description,)
