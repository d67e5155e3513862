"""Les pages des référentiels : leurs éditions, leurs lignes en face de la charte, ce qui change. Textes publics."""

from collections.abc import Sequence
from datetime import datetime

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Template

from charte.acteur import Geste
from charte.chargement import charger_edition
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable, acces, page
from charte.referentiels.chargement import charger_passage, charger_referentiels
from charte.referentiels.rapprochement import charger_correspondances
from charte.referentiels.referentiel import EditionAbsente, Referentiel
from charte.referentiels.vues import resumer, voir_changements, voir_edition

_EDITION = "/charte/referentiels/{referentiel:str}/{edition:str}"


@get("/charte/referentiels", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="referentiels")
def lister_les_referentiels() -> Template:
    """Chaque référentiel, ses éditions et celle qui vaut aujourd'hui."""
    jour = datetime.now(FUSEAU).date()
    vues = resumer(charger_referentiels(), charger_correspondances(), jour)
    return page("charte/referentiels.html", referentiels=vues)


@get(_EDITION, opt=acces(Geste.PUBLIC), sync_to_thread=True, name="referentiel")
def lire_une_edition(referentiel: FromPath[str], edition: FromPath[str]) -> Template:
    """Les lignes d'une édition et les éléments de la charte qui y répondent."""
    lu = _chercher(referentiel)
    try:
        lignes = lu.edition(edition)
    except EditionAbsente as absente:
        raise Introuvable from absente
    jour = datetime.now(FUSEAU).date()
    correspondances, table = charger_correspondances(), charger_passage(referentiel, edition)
    vue = voir_edition(lu, lignes, correspondances, charger_edition(), table=table, jour=jour)
    return page("charte/referentiels_edition.html", vue=vue)


@get(_EDITION + "/changements", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="changements_de_referentiel")
def lire_les_changements(referentiel: FromPath[str], edition: FromPath[str]) -> Template:
    """Ce qu'une édition ajoute, retire ou reformule par rapport à celle qui la précède."""
    try:
        vue = voir_changements(_chercher(referentiel), edition, charger_passage(referentiel, edition))
    except EditionAbsente as absente:
        raise Introuvable from absente
    return page("charte/referentiels_changements.html", vue=vue)


def _chercher(cle: str) -> Referentiel:
    """Le référentiel externe de cette clé ; la charte a sa propre page."""
    for referentiel in charger_referentiels():
        if referentiel.cle == cle:
            return referentiel
    raise Introuvable


ROUTES: Sequence[HTTPRouteHandler] = (lister_les_referentiels, lire_une_edition, lire_les_changements)
