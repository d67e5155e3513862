"""La page qui attend un travail de fond : vraie progression, on peut partir et revenir."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from appli.securite import adresse_locale
from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import Base
from charte.commun.travaux import etat_du_travail
from charte.commun.web import Introuvable, acces, page


@get("/travaux/{travail_id:int}", opt=acces(Geste.LIRE), sync_to_thread=True, name="travail")
def suivre_un_travail(
    travail_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    suite: FromQuery[str] = "/",
) -> Template:
    """Où en est un travail ; fini, il mène à `suite`. Qui ne lit pas tout l'établissement ne suit que les siens."""
    siens = not etendue(acteur, Geste.LIRE).tout
    with base.lecture() as session:
        travail = etat_du_travail(session, acteur, travail_id, siens=siens)
    if travail is None:
        raise Introuvable
    return page("appli/travail.html", travail=travail, suite=adresse_locale(suite))


ROUTES = (suivre_un_travail,)
