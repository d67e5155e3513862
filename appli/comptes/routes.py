"""Toutes les pages des comptes."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from appli.comptes import (
    routes_administration,
    routes_code,
    routes_envoi,
    routes_lien,
    routes_mon_compte,
    routes_second_facteur,
)

ROUTES: Sequence[HTTPRouteHandler] = (
    *routes_code.ROUTES,
    *routes_lien.ROUTES,
    *routes_mon_compte.ROUTES,
    *routes_second_facteur.ROUTES,
    *routes_administration.ROUTES,
    *routes_envoi.ROUTES,
)
