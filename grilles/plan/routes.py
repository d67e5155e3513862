"""La liste des actions, d'un diplôme ou de tout ce que l'acteur lit, et ce qu'on en emporte."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.classeur import en_classeur
from charte.commun.csv_francais import ecrire_csv
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX, joindre
from charte.commun.web import acces, page
from grilles.plan import routes_action, routes_risques
from grilles.plan.agenda import TYPE, en_agenda
from grilles.plan.exports import ENTETES_DES_ACTIONS, LARGES, en_cellules, table_des_actions
from grilles.plan.pages import composer_la_liste
from grilles.plan.regles import ORIGINES, PRIORITES
from grilles.plan.vues import lire_filtres

Requete = Request[Any, Any, State]


@get("/actions", opt=acces(Geste.LIRE), sync_to_thread=True, name="actions")
def voir_le_plan(request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les actions que l'acteur lit, les plus pressantes d'abord."""
    with base.lecture() as session:
        liste = composer_la_liste(session, acteur, lire_filtres(request.query_params.items()))
    return page("grilles/plan/actions.html", liste=liste, origines=ORIGINES, priorites=PRIORITES)


@get("/diplomes/{formation_id:int}/actions", opt=acces(Geste.LIRE), sync_to_thread=True, name="actions_du_diplome")
def voir_le_plan_d_un_diplome(
    request: Requete, formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Les actions d'un diplôme."""
    filtres = replace(lire_filtres(request.query_params.items()), diplome=formation_id, cfa=None)
    with base.lecture() as session:
        liste = composer_la_liste(session, acteur, filtres, formation_id)
    return page("grilles/plan/actions.html", liste=liste, origines=ORIGINES, priorites=PRIORITES)


@get("/actions.xlsx", opt=acces(Geste.LIRE), sync_to_thread=True, name="actions_xlsx")
def emporter_le_classeur(
    request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Response[bytes]:
    """Les actions montrées, en classeur typé."""
    with base.lecture() as session:
        liste = composer_la_liste(session, acteur, lire_filtres(request.query_params.items()))
    classeur = en_classeur("Plan d’actions", ENTETES_DES_ACTIONS, table_des_actions(liste.actions), larges=LARGES)
    return joindre(classeur, "plan-d-actions.xlsx", XLSX)


@get("/actions.csv", opt=acces(Geste.LIRE), sync_to_thread=True, name="actions_csv")
def emporter_le_csv(request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Response[bytes]:
    """Les actions montrées, en CSV français."""
    with base.lecture() as session:
        liste = composer_la_liste(session, acteur, lire_filtres(request.query_params.items()))
    texte = ecrire_csv(ENTETES_DES_ACTIONS, en_cellules(table_des_actions(liste.actions)))
    return joindre("\ufeff" + texte, "plan-d-actions.csv", "text/csv")


@get("/actions.ics", opt=acces(Geste.LIRE), sync_to_thread=True, name="actions_ics")
def emporter_l_agenda(
    request: Requete,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Response[bytes]:
    """Les échéances des actions montrées, pour un agenda ; leurs liens ne se croient jamais de l'en-tête Host."""
    with base.lecture() as session:
        liste = composer_la_liste(session, acteur, lire_filtres(request.query_params.items()))
    agenda = en_agenda(liste.actions, reglages.adresse_publique, "Plan d’actions")
    return joindre(agenda, "plan-d-actions.ics", TYPE)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_le_plan,
    voir_le_plan_d_un_diplome,
    emporter_le_classeur,
    emporter_le_csv,
    emporter_l_agenda,
    *routes_action.ROUTES,
    *routes_risques.ROUTES,
)
