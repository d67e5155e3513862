"""Les pages de la charte : le texte à lire, à chercher, à citer, le même en JSON ; puis les parties prenantes."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Template

from charte import routes_parties
from charte.acteur import Geste
from charte.chargement import charger_edition
from charte.commun.web import acces, page
from charte.export import edition_en_json
from charte.referentiels import routes as routes_referentiels
from charte.services import voir_charte, voir_comparaison


@get("/charte", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="charte")
def lire_charte(q: FromQuery[str] = "") -> Template:
    """Le texte entier ; `q` surligne et compte les passages qui contiennent tous les mots demandés."""
    return page("charte/charte.html", vue=voir_charte(charger_edition(), q))


@get("/charte/comparaison", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="charte_comparaison")
def comparer_les_editions(avant: FromQuery[str] = "", apres: FromQuery[str] = "") -> Template:
    """Les différences entre deux éditions publiées ; sans choix, les deux dernières."""
    vue = voir_comparaison(avant, apres)
    return page("charte/comparaison.html", statut=422 if vue.erreurs else 200, vue=vue)


@get("/charte.json", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="charte_json", include_in_schema=True)
def donner_charte() -> dict[str, Any]:
    """L'édition courante dans sa forme publique (celle de `trajectoire charte --json`)."""
    return edition_en_json(charger_edition())


ROUTES: Sequence[HTTPRouteHandler] = (
    lire_charte,
    comparer_les_editions,
    donner_charte,
    *routes_parties.ROUTES,
    *routes_referentiels.ROUTES,
)
