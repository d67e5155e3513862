"""Les pages composées par `appli` : accueil, diplômes, connexion, travaux, pages du pied."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from appli import routes_connexion, routes_diplomes, routes_journal, routes_openapi, routes_pied, routes_travaux
from appli.avis import routes_demandes as routes_avis
from appli.avis import routes_lien as routes_lien_avis
from appli.comptes import routes as routes_comptes
from appli.donnees_personnelles import routes as routes_donnees
from appli.oidc import routes as routes_oidc
from appli.ouvert import routes as routes_ouvertes

ROUTES: Sequence[HTTPRouteHandler] = (
    *routes_diplomes.ROUTES,
    *routes_connexion.ROUTES,
    *routes_comptes.ROUTES,
    *routes_avis.ROUTES,
    *routes_lien_avis.ROUTES,
    *routes_oidc.ROUTES,
    *routes_ouvertes.ROUTES,
    *routes_travaux.ROUTES,
    *routes_journal.ROUTES,
    *routes_pied.ROUTES,
    *routes_donnees.ROUTES,
    *routes_openapi.ROUTES,
)
