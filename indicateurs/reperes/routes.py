"""La page des repères : tous ceux que l'outil connaît, livrés et importés, avec leur mise en garde."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.saisies import lire_ligne
from charte.commun.web import acces, page
from indicateurs.reperes.services import lire_les_importes
from indicateurs.reperes.vues import NOMS_DES_JEUX, groupes_importes, groupes_livres

GABARIT = "indicateurs/reperes/reperes.html"
LONGUEUR_CHERCHEE = 80


@get("/indicateurs/reperes", opt=acces(Geste.LIRE), sync_to_thread=True, name="reperes")
def voir_les_reperes(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    jeu: FromQuery[str] = "",
    cherche: FromQuery[str] = "",
    numero: FromQuery[str] = "1",
) -> Template:
    """Les repères livrés, puis les lignes importées, filtrées par jeu et par nom."""
    dit, rang = lire_ligne(cherche)[:LONGUEUR_CHERCHEE], int(numero) if numero.isdecimal() and len(numero) < 7 else 1
    choisi = jeu if jeu in NOMS_DES_JEUX else ""
    with base.lecture() as session:
        lue = lire_les_importes(session, acteur, choisi, dit, rang)
    jeux = [("", "Tous les jeux"), *((nom, NOMS_DES_JEUX.get(nom, nom)) for nom in lue.jeux)]
    suite = urlencode({"jeu": choisi, "cherche": dit, "numero": ""})
    choix: dict[str, Any] = {"jeux": jeux, "jeu": choisi, "cherche": dit, "lue": lue, "suite": suite}
    return page(GABARIT, livres=groupes_livres(), importes=groupes_importes(lue.lignes), **choix)


ROUTES: Sequence[HTTPRouteHandler] = (voir_les_reperes,)
