"""Les pages composées par `appli` : connexion, accueil, diplômes, pages du pied."""

from collections.abc import Sequence

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Template

from appli import routes_connexion, routes_pied, routes_travaux
from charte.acteur import Geste
from charte.commun.web import acces, page


@get("/", opt=acces(Geste.LIRE), sync_to_thread=True, name="accueil")
def montrer_l_accueil() -> Template:
    """L'accueil de l'établissement."""
    return page("appli/accueil.html")


ROUTES: Sequence[HTTPRouteHandler] = (
    montrer_l_accueil,
    *routes_connexion.ROUTES,
    *routes_pied.ROUTES,
    *routes_travaux.ROUTES,
)
