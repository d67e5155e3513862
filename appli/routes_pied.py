"""La page de l'accessibilité ; et à qui signaler une faille."""

from datetime import timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Response, Template

from appli.accessibilite import charger_declaration
from charte.acteur import Geste
from charte.commun.base import maintenant
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable, acces, page

VALIDITE_DU_CONTACT = timedelta(days=180)


@get("/accessibilite", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="accessibilite")
def montrer_l_accessibilite(reglages: NamedDependency[Reglages]) -> Template:
    """La déclaration d'accessibilité : ce qui est essayé, et ce qui ne l'est pas."""
    return page("appli/accessibilite.html", d=charger_declaration(), contact=reglages.contact_accessibilite)


@get("/.well-known/security.txt", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="contact_securite")
def dire_a_qui_signaler(reglages: NamedDependency[Reglages]) -> Response[str]:
    """À qui signaler une faille (RFC 9116) ; n'existe que si l'établissement a donné un contact."""
    if not reglages.contact_securite:
        raise Introuvable
    fin = maintenant() + VALIDITE_DU_CONTACT
    texte = f"Contact: {reglages.contact_securite}\nExpires: {fin:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: fr, en\n"
    return Response(texte, media_type="text/plain")


ROUTES = (montrer_l_accessibilite, dire_a_qui_signaler)
