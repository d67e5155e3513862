"""Les gardes de toute route : la règle d'accès qu'elle porte, et l'origine de ce qui écrit."""

import re
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.routes import BaseRoute, HTTPRoute

from appli.envoi import lire_le_formulaire
from appli.presentation import Requete, reglages_de, visite_de
from appli.reprise import CHAMP_DU_JETON, Saisie, lire_la_saisie
from appli.securite import jeton_valable, meme_origine
from charte.acteur import Acteur, Geste, Role, peut
from charte.commun.web import Introuvable

Connexion = ASGIConnection[Any, Any, Any, State]
ENTETE_DU_JETON = "x-csrf-token"
NUMERO_MAXIMAL = 2**63 - 1
ROLES_VISES: dict[str, frozenset[Role]] = {
    "facultatif": frozenset(),
    "referents": frozenset({Role.ADMINISTRATEUR, Role.REFERENT_QUALITE}),
    "tous": frozenset(Role),
}
"""De qui le réglage du second facteur l'exige."""
_NOM_DE_FICHIER = re.compile(r"[\w./-]{1,200}", re.ASCII)
_SANS_EFFET = frozenset({"GET", "HEAD", "OPTIONS"})


class ConnexionRequise(Exception):
    """Il faut s'être connecté pour voir cette page. `saisie` : ce qu'un envoi sans session permettrait de reprendre."""

    def __init__(self, saisie: Saisie | None = None) -> None:
        super().__init__("connexion requise")
        self.saisie = saisie


class RequeteForgee(HTTPException):
    """Une écriture dont rien ne prouve qu'elle vient d'une de nos pages."""

    status_code = 403
    detail = "jeton de formulaire absent, périmé ou venu d'un autre site"
    saisie: Saisie | None = None


class SecondFacteurRequis(Exception):
    """L'installation exige un second facteur de ce compte, qui n'en a pas encore."""


class RouteSansRegle(Exception):
    """Une route ne dit pas le geste qu'elle demande : l'application refuse de démarrer."""


async def garder_l_acces(connexion: Connexion, route: BaseRouteHandler) -> None:
    """Vérifie le geste porté par la route ; sans droit, la réponse est la même que si rien n'existait."""
    geste = route.opt.get("geste")
    if geste is None:
        raise Introuvable
    if geste is Geste.PUBLIC:
        return
    acteur = visite_de(_requete(connexion)).acteur
    if acteur is None:
        raise ConnexionRequise(await lire_la_saisie(_requete(connexion)))
    if not peut(acteur, geste):
        raise Introuvable
    if geste is not Geste.AVOIR_UN_COMPTE and _second_facteur_manque(_requete(connexion), acteur):
        raise SecondFacteurRequis
    exiger_des_numeros_possibles(connexion)


def _second_facteur_manque(requete: Requete, acteur: Acteur) -> bool:
    """Vrai si la session, ouverte par un seul mot de passe, est celle d'un compte dont on exige davantage.

    Un fournisseur d'identité a ses propres règles (`acr_exiges`) ; la démonstration n'a rien à protéger.
    """
    visite, reglages = visite_de(requete), reglages_de(requete)
    if reglages.demonstration or visite.methode != "mot_de_passe" or visite.second_facteur:
        return False
    vises = ROLES_VISES[reglages.second_facteur]
    return any(mandat.role in vises for mandat in acteur.mandats)


def exiger_des_numeros_possibles(connexion: Connexion) -> None:
    """Lève `Introuvable` si l'adresse porte un numéro qu'aucune base ne sait ranger : rien ne peut y répondre."""
    nombres = [valeur for valeur in connexion.path_params.values() if isinstance(valeur, int)]
    if any(abs(valeur) > NUMERO_MAXIMAL for valeur in nombres):
        raise Introuvable


async def exiger_un_nom_de_fichier(connexion: Connexion, _route: BaseRouteHandler) -> None:
    """Lève `Introuvable` pour un nom qu'aucun de nos fichiers ne porte ; trop long, le disque en fait une panne."""
    if not _NOM_DE_FICHIER.fullmatch(str(connexion.path_params.get("file_path", ""))):
        raise Introuvable


async def garder_l_origine(connexion: Connexion, _route: BaseRouteHandler) -> None:
    """Refuse une écriture venue d'ailleurs : origine, puis jeton lié à la session (en-tête ou champ)."""
    requete = _requete(connexion)
    if requete.method in _SANS_EFFET:
        return
    if not meme_origine(requete.headers):
        raise RequeteForgee
    formulaire = await lire_le_formulaire(requete)
    if _signe(requete, requete.headers.get(ENTETE_DU_JETON)) or _signe(requete, formulaire.get(CHAMP_DU_JETON)):
        return
    refus = RequeteForgee()
    refus.saisie = await lire_la_saisie(requete)
    await formulaire.close()
    raise refus


def _signe(requete: Requete, jeton: object) -> bool:
    """Vrai si ce jeton a été donné à cette session."""
    return isinstance(jeton, str) and jeton_valable(reglages_de(requete).cle_web, visite_de(requete).ancre, jeton)


def _requete(connexion: Connexion) -> Requete:
    if not isinstance(connexion, Request):
        raise Introuvable
    return connexion


def exiger_les_regles(routes: list[Any]) -> None:
    """Lève `RouteSansRegle` si une route ne porte pas `opt=acces(Geste.…)`."""
    for route in routes:
        for gestionnaire in _gestionnaires(route):
            if not isinstance(gestionnaire.opt.get("geste"), Geste):
                raise RouteSansRegle(f"{route.path} : ajouter opt=acces(Geste.…) à « {gestionnaire} ».")


def _gestionnaires(route: BaseRoute) -> list[BaseRouteHandler]:
    if isinstance(route, HTTPRoute):
        return [g for g in route.route_handlers if set(g.http_methods) != {"OPTIONS"}]
    gestionnaire: BaseRouteHandler = route.route_handler  # type: ignore[attr-defined]
    return [gestionnaire]
