"""Les pages des contrôles : un diplôme, tous les diplômes que l'acteur lit."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import acces, page
from grilles.controles.services import controler_tout, controler_un_diplome
from grilles.controles.vues import MONTRES, Choix, par_controle
from grilles.mesures import LecteurDeMesures


@get("/diplomes/{formation_id:int}/controles", opt=acces(Geste.LIRE), sync_to_thread=True, name="controles_du_diplome")
def voir_les_controles_d_un_diplome(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    annee: FromQuery[int | None] = None,
) -> Template:
    """Ce qui se contredit, manque ou presse dans un diplôme, et où y remédier."""
    with base.lecture() as session:
        lus = controler_un_diplome(session, acteur, formation_id, mesures, annee)
    return page("grilles/controles/diplome.html", lus=lus)


@get("/controles", opt=acces(Geste.LIRE), sync_to_thread=True, name="controles")
def voir_les_controles(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    gravite: FromQuery[str] = "",
    controle: FromQuery[str] = "",
    poste: FromQuery[str] = "",
) -> Template:
    """Les contrôles de tous les diplômes que l'acteur lit, par libellé."""
    choix = Choix.lire(gravite, controle, poste)
    with base.lecture() as session:
        tous = controler_tout(session, acteur, mesures.unites())
    vus = [choix.garder(lus) for lus in tous]
    montres = [lus for lus in vus if lus.constats]
    contexte: dict[str, Any] = {"tous": tous, "montres": montres, "choix": choix, "par_controle": par_controle(tous)}
    return page("grilles/controles/controles.html", montres_par_diplome=MONTRES, **contexte)


ROUTES = (voir_les_controles_d_un_diplome, voir_les_controles)
