"""Les pages du pied : accessibilité, données personnelles."""

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Template

from charte.acteur import Geste
from charte.commun.reglages import Reglages
from charte.commun.web import acces, page


@get("/accessibilite", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="accessibilite")
def montrer_l_accessibilite() -> Template:
    """Ce qui est fait et vérifié pour l'accessibilité, et ce qui ne l'est pas."""
    return page("appli/accessibilite.html")


@get("/donnees-personnelles", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="donnees_personnelles")
def montrer_les_donnees_personnelles(reglages: NamedDependency[Reglages]) -> Template:
    """Ce que l'outil garde sur les personnes, et combien de temps."""
    return page("appli/donnees_personnelles.html", conservation=reglages.conservation_depots_jours)


ROUTES = (montrer_l_accessibilite, montrer_les_donnees_personnelles)
