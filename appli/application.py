"""L'application web : les routes des cinq paquets, la base, les sessions, la sécurité."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from http.cookies import CookieError, SimpleCookie
from typing import Any

from litestar import Litestar
from litestar.concurrency import set_asyncio_executor, sync_to_thread
from litestar.datastructures import CacheControlHeader, MutableScopeHeaders, State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.router import Router
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

import appli.routes
import charte.routes
import grilles.routes
import indicateurs.routes
import rapports.routes
from appli.annuaire import AnnuaireDesComptes
from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from appli.cookies import nom_du_cookie
from appli.envoi import CHAMPS_MAXIMAUX
from appli.erreurs import TRAITEMENTS
from appli.gabarits_jinja import creer_environnement
from appli.gardes import (
    ConnexionRequise,
    exiger_les_regles,
    exiger_un_nom_de_fichier,
    garder_l_acces,
    garder_l_origine,
)
from appli.migrations import migrer
from appli.oidc.ouverture import ouvrir_les_fournisseurs
from appli.ouvert.entetes import entetes_ouverts, est_ouverte
from appli.plan_des_revues import PlanDesRevues
from appli.presentation import ENTREES, VERSION, Requete, reglages_de, visite_de
from appli.routes_openapi import decrire
from appli.securite import entetes_de_securite, hote_lisible, nouveau_jeton
from appli.sessions import Visite, reconnaitre
from appli.statiques import DOSSIER, adresse_statique, prefixe_statique
from appli.travaux import Ouvriers
from charte.acteur import Acteur, Geste
from charte.commun.annuaire import Annuaire
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.telechargement import CSP_DU_FICHIER
from charte.commun.web import acces
from grilles.mesures import LecteurDeMesures
from indicateurs.graphiste import Graphiste
from indicateurs.revue.plan import PlanDActions
from rapports.graphiques import prechauffer
from rapports.graphiste import GraphisteDesPages
from rapports.mesures_citees import MesuresDesIndicateurs

FILS = 32
CORPS_MAXIMAL = 1_000_000
"""Octets d'un envoi ordinaire ; une route de dépôt demande davantage par `request_max_body_size`."""


class Application(Litestar):
    """Application qui reconnaît la visite avant toute route et pose les en-têtes sur toute réponse.

    Les intergiciels de Litestar ne voient ni les adresses inconnues ni certains refus : c'est donc fait ici, autour.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Sert une requête ASGI."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        reglages: Reglages = self.state.reglages
        if not hote_lisible(scope["headers"]):
            await _refuser_l_hote(send, reglages)  # type: ignore[arg-type]
            return
        visite = await _reconnaitre(scope, self.state.base, reglages)
        scope.setdefault("state", {})["visite"] = visite
        privee = not scope["path"].startswith("/statique/")
        entete_seul = privee and scope.get("method") == "HEAD"

        async def envoyer(message: Message) -> None:
            if message["type"] == "http.response.start":
                _poser_les_entetes(message, reglages, privee=privee, chemin=scope["path"])
            elif entete_seul and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)  # type: ignore[arg-type]

        # HEAD reçoit exactement les en-têtes de GET, gardes comprises : il ne peut rien dire de plus que lui.
        servi = {**scope, "method": "GET"} if entete_seul else scope
        with cloison(visite.acteur.etablissement_id if visite.acteur else None):
            await super().__call__(servi, receive, envoyer)  # type: ignore[arg-type]


async def _refuser_l_hote(send: Send, reglages: Reglages) -> None:
    """Un 400 sans page : composer une page veut l'adresse demandée, qui ne se lit pas."""
    depart: Any = {"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]}
    _poser_les_entetes(depart, reglages, privee=True)
    await send(depart)
    await send({"type": "http.response.body", "body": b"En-tete Host illisible.\n", "more_body": False})


async def _reconnaitre(scope: Scope, base: BaseSQL, reglages: Reglages) -> Visite:
    sans_session = scope["path"].startswith("/statique/") or est_ouverte(scope["path"])
    cookies = {} if sans_session else _cookies(scope)
    if jeton := cookies.get(nom_du_cookie(reglages)):
        with hors_cloison():
            visite = await sync_to_thread(reconnaitre, base, jeton)
        if visite:
            return visite
    return Visite(ancre=cookies.get(nom_du_cookie(reglages, "-visite")) or nouveau_jeton())


def _cookies(scope: Scope) -> dict[str, str]:
    brut = b"; ".join(valeur for nom, valeur in scope["headers"] if nom == b"cookie")
    try:
        return {nom: morceau.value for nom, morceau in SimpleCookie(brut.decode("latin-1")).items()}
    except CookieError:
        return {}


def _poser_les_entetes(message: Any, reglages: Reglages, *, privee: bool, chemin: str = "") -> None:
    entetes = MutableScopeHeaders.from_message(message)
    for nom, valeur in entetes_de_securite(https=reglages.https).items():
        entetes[nom] = valeur
    if entetes.get("content-type") == "image/svg+xml":
        entetes["content-type"] = "image/svg+xml; charset=utf-8"
    if entetes.get("content-disposition", "").startswith("attachment"):
        entetes["content-security-policy"] = CSP_DU_FICHIER
    if privee:
        entetes["cache-control"] = "no-store"
    poses, otes = entetes_ouverts(chemin, message["status"])
    for nom, valeur in poses.items():
        if nom != "content-security-policy" or not entetes.get("content-disposition"):
            entetes[nom] = valeur
    for nom in otes:
        del entetes[nom]


async def donner_acteur(request: Requete) -> Acteur:
    """L'acteur de la requête ; une page qui en veut un mène à la connexion."""
    acteur = visite_de(request).acteur
    if acteur is None:
        raise ConnexionRequise
    return acteur


async def donner_visite(request: Requete) -> Visite:
    """La visite, connectée ou non."""
    return visite_de(request)


async def donner_reglages(request: Requete) -> Reglages:
    """Les réglages de l'installation."""
    return reglages_de(request)


async def donner_base(state: State) -> Base:
    """L'accès à la base."""
    base: Base = state.base
    return base


async def donner_graphiste() -> Graphiste:
    """Qui dessine les graphiques des pages."""
    return GraphisteDesPages()


async def donner_mesures() -> LecteurDeMesures:
    """Qui lit la valeur des indicateurs que les grilles citent."""
    return MesuresDesIndicateurs()


async def donner_annuaire() -> Annuaire:
    """Qui connaît les comptes de l'établissement."""
    return AnnuaireDesComptes()


async def donner_plan() -> PlanDActions:
    """Qui tient le plan d'actions, pour la revue annuelle."""
    return PlanDesRevues(AnnuaireDesComptes(), MesuresDesIndicateurs())


def creer_application(reglages: Reglages, base: BaseSQL | None = None, *, ouvriers: bool = True) -> Application:
    """Compose l'application ; au démarrage, la base est migrée et les ouvriers se mettent au travail.

    `ouvriers=False` : les travaux demandés attendent (un autre processus, ou `executer_en_attente`). Lève
    `RouteSansRegle` si une route n'a pas de règle d'accès.
    """
    set_asyncio_executor(_fils())
    application = Application(
        route_handlers=[Router("/", route_handlers=_gestionnaires()), _statiques()],
        dependencies={
            "acteur": Provide(donner_acteur),
            "visite": Provide(donner_visite),
            "reglages": Provide(donner_reglages),
            "base": Provide(donner_base),
            "graphiste": Provide(donner_graphiste),
            "mesures": Provide(donner_mesures),
            "annuaire": Provide(donner_annuaire),
            "plan": Provide(donner_plan),
        },
        exception_handlers=TRAITEMENTS,
        guards=[garder_l_acces, garder_l_origine],
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(_environnement())),
        openapi_config=None,
        logging_config=None,
        # Dits ici : sinon LITESTAR_DEBUG ou LITESTAR_PDB, dans l'environnement, montreraient les traces à tous.
        debug=False,
        pdb_on_exception=False,
        request_max_body_size=CORPS_MAXIMAL,
        multipart_form_part_limit=CHAMPS_MAXIMAUX,
        on_startup=[_demarrer],
        on_shutdown=[_arreter],
        state=composer_l_etat(reglages, base or BaseSQL(reglages.url_base), ouvriers=ouvriers),
    )
    exiger_les_regles(application.routes)
    return application


def composer_l_etat(reglages: Reglages, base: BaseSQL, *, ouvriers: bool) -> State:
    """Tout ce qui, dans une application, tient à une installation : ses routes, elles, n'en savent rien."""
    return State(
        {
            "reglages": reglages,
            "base": base,
            "fournisseurs": ouvrir_les_fournisseurs(reglages),
            "ouvriers": Ouvriers(base, reglages) if ouvriers else None,
            "description": cache(partial(decrire, _gestionnaires())),
        }
    )


def _gestionnaires() -> Sequence[HTTPRouteHandler]:
    # Un seul routeur : inscrits un à un, un GET et un POST de même adresse sont mis deux fois en fil par Litestar 2.25,
    # et la page répond 500.
    paquets = (charte.routes, grilles.routes, indicateurs.routes, rapports.routes, appli.routes)
    return [route for paquet in paquets for route in paquet.ROUTES]


def _statiques() -> Router:
    return create_static_files_router(
        prefixe_statique(),
        [DOSSIER],
        opt=acces(Geste.PUBLIC),
        guards=[exiger_un_nom_de_fichier],
        cache_control=CacheControlHeader(max_age=31_536_000, public=True, immutable=True),
    )


def _environnement() -> Any:
    return creer_environnement(statique=adresse_statique, version=VERSION, navigation_principale=ENTREES)


@cache
def _fils() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(FILS, thread_name_prefix="trajectoire")


async def _demarrer(application: Litestar) -> None:
    await sync_to_thread(migrer, application.state.base)
    if application.state.ouvriers is not None:
        application.state.ouvriers.demarrer()
        threading.Thread(target=prechauffer, name="trajectoire-prechauffage", daemon=True).start()


async def _arreter(application: Litestar) -> None:
    if application.state.ouvriers is not None:
        await sync_to_thread(application.state.ouvriers.arreter)
