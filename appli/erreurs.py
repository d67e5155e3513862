"""Les pages d'erreur : ce qui s'est passé et quoi faire, dans la charpente du site, sans rien révéler."""

import logging
from urllib.parse import quote

from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template
from litestar.types import ExceptionHandlersMap

from appli.gardes import ConnexionRequise, RequeteForgee, SecondFacteurRequis
from appli.presentation import Requete, visite_de
from appli.refus import noter_le_refus, route_de
from appli.reprise import (
    demander_de_se_reconnecter,
    proposer_de_renvoyer,
    refuser_un_autre_compte,
    reprise_permise,
)
from appli.traces import consigner_la_panne
from charte.acteur import DroitManquant
from charte.commun.web import page, vers

JOURNAL = logging.getLogger("trajectoire.erreurs")

VISITEUR_PARTI = "client disconnected prematurely"
"""Ce que dit Litestar 2.25, sous un code 500, d'un envoi coupé en route : ce n'est pas une panne de l'outil."""

_TEXTES: dict[int, tuple[str, str, str]] = {
    400: (
        "Cette demande est incomplète",
        "L’adresse ou le formulaire envoyé ne contient pas ce que la page attend.",
        "Revenez à la page précédente et recommencez.",
    ),
    403: (
        "Ce formulaire n’est plus valable",
        "Il a été ouvert il y a trop longtemps, ou dans une autre session. Rien n’a été enregistré.",
        "Revenez à la page précédente, rechargez-la, puis recommencez.",
    ),
    404: (
        "Il n’y a rien à cette adresse",
        "La page n’existe pas, ou votre compte n’y a pas accès.",
        "Vérifiez l’adresse, ou repartez de l’accueil.",
    ),
    405: (
        "Cette page ne s’ouvre pas ainsi",
        "L’adresse existe, mais elle attend l’envoi d’un formulaire.",
        "Repartez de l’accueil pour retrouver le formulaire.",
    ),
    409: (
        "Quelqu’un a écrit avant vous",
        "Ce que vous modifiez a changé depuis que vous l’avez ouvert. Rien n’a été écrasé.",
        "Rechargez la page pour voir les deux textes.",
    ),
    413: (
        "Cet envoi est trop volumineux",
        "Il dépasse la taille, ou le nombre de champs, que cette page accepte. Rien n’a été enregistré.",
        "Découpez un fichier, par exemple une année scolaire à la fois ; raccourcissez un texte, et recommencez.",
    ),
    422: (
        "Une valeur n’a pas pu être lue",
        "Le formulaire contient une valeur que la page ne comprend pas. Rien n’a été enregistré.",
        "Revenez au formulaire et corrigez la valeur.",
    ),
    500: (
        "L’outil n’a pas pu répondre",
        "Une erreur est survenue de notre côté. Ce que vous veniez d’envoyer n’a pas été enregistré.",
        "Recommencez dans un instant ; si cela persiste, prévenez l’administrateur de l’outil.",
    ),
}


def page_d_erreur(statut: int) -> Template:
    """La page d'un code d'erreur ; un code sans texte prend celui de sa famille."""
    titre, message, remede = _TEXTES.get(statut) or _TEXTES[500 if statut >= 500 else 400]
    return page("appli/erreur.html", statut=statut, code=statut, titre=titre, message=message, remede=remede)


def demander_la_connexion(requete: Requete, erreur: ConnexionRequise) -> Redirect | Template:
    """Mène à la connexion, qui ramènera à la page demandée ; une saisie faite reste dans la page."""
    if erreur.saisie is not None:
        return demander_de_se_reconnecter(erreur.saisie)
    demande = requete.url.path if requete.method == "GET" else "/"
    if requete.method == "GET" and requete.url.query:
        demande += f"?{requete.url.query}"
    return vers("/connexion" if demande == "/" else f"/connexion?suite={quote(demande, safe='/')}")


def dire_l_erreur_http(requete: Requete, erreur: HTTPException) -> Template:
    """Une erreur prévue : sa page, sans le détail interne."""
    if erreur.detail == VISITEUR_PARTI:
        return page_d_erreur(400)
    if erreur.status_code >= 500:
        return dire_la_panne(requete, erreur)
    noter_le_refus(requete, erreur.status_code)
    return page_d_erreur(erreur.status_code)


def dire_le_refus(requete: Requete, refus: RequeteForgee) -> Template:
    """Un jeton périmé : la saisie repart d'un clic si son auteur est celui qui est connecté."""
    noter_le_refus(requete, refus.status_code)
    if refus.saisie is None or not refus.saisie.champs or visite_de(requete).acteur is None:
        return page_d_erreur(refus.status_code)
    if not reprise_permise(requete, refus.saisie):
        return refuser_un_autre_compte()
    return proposer_de_renvoyer(refus.saisie)


def demander_un_second_facteur(_requete: Requete, _erreur: SecondFacteurRequis) -> Template:
    """403 : le compte n'atteint que ses propres pages tant qu'il n'a pas de second facteur."""
    return page("appli/second_facteur_exige.html", statut=403)


def dire_introuvable(requete: Requete, _erreur: DroitManquant) -> Template:
    """Hors droit : la même page que si rien n'existait."""
    noter_le_refus(requete, 404, "droit manquant")
    return page_d_erreur(404)


def dire_la_panne(requete: Requete, erreur: Exception) -> Template:
    """Une erreur imprévue : journalisée avec sa trace, montrée sans détail."""
    consigner_la_panne(JOURNAL, f"Erreur imprévue sur {requete.method} {route_de(requete)}", erreur)
    return page_d_erreur(500)


TRAITEMENTS: ExceptionHandlersMap = {
    ConnexionRequise: demander_la_connexion,
    DroitManquant: dire_introuvable,
    RequeteForgee: dire_le_refus,
    SecondFacteurRequis: demander_un_second_facteur,
    HTTPException: dire_l_erreur_http,
    Exception: dire_la_panne,
}
