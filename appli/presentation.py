"""Ce que tout gabarit connaît de la requête : l'acteur, ses droits, l'adresse, le jeton de formulaire."""

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from litestar import Request
from litestar.datastructures import State
from markupsafe import Markup

from appli.securite import jeton_de_formulaire
from appli.sessions import Visite
from charte.acteur import Acteur, Geste, peut
from charte.commun.reglages import Reglages

VERSION = version("trajectoire")
Requete = Request[Any, Any, State]
ENTREES = (
    ("/", "Accueil"),
    ("/diplomes", "Diplômes"),
    ("/indicateurs", "Indicateurs"),
    ("/conseils", "Conseils"),
    ("/charte", "Charte"),
)
"""La navigation principale."""


CHAMP_DE_L_AUTEUR = "_auteur"


def marque_d_auteur(cle: bytes, acteur: Acteur) -> str:
    """La marque de qui reçoit un formulaire : sa saisie ne se reprendra que sous ce compte, dans cet établissement."""
    texte = f"auteur:{acteur.compte_id}:{acteur.etablissement_id}"
    return hmac.new(cle, texte.encode(), hashlib.sha256).hexdigest()


def champs_de_formulaire(cle: bytes, visite: Visite) -> Markup:
    """Les champs cachés de tout formulaire : le jeton de la session, la marque de l'auteur s'il est connecté."""
    cache = Markup('<input type="hidden" name="{}" value="{}">')
    champs = cache.format("_csrf", jeton_de_formulaire(cle, visite.ancre))
    if visite.acteur is not None:
        champs += cache.format(CHAMP_DE_L_AUTEUR, marque_d_auteur(cle, visite.acteur))
    return champs


def visite_de(requete: Requete) -> Visite:
    """La visite posée par l'application avant toute route."""
    visite: Visite = requete.scope["state"]["visite"]
    return visite


def reglages_de(requete: Requete) -> Reglages:
    """Les réglages de l'application qui sert la requête."""
    reglages: Reglages = requete.app.state.reglages
    return reglages


def variables_de_gabarit(requete: Requete) -> dict[str, Any]:
    """Les variables ajoutées à tout gabarit rendu pour une requête."""
    visite, reglages = visite_de(requete), reglages_de(requete)
    jeton = jeton_de_formulaire(reglages.cle_web, visite.ancre)
    return {
        "acteur": visite.acteur,
        "courriel": visite.courriel,
        "etablissement_nom": visite.etablissement_nom,
        "espaces": visite.espaces,
        "peut": _droits(visite.acteur),
        "chemin": requete.url.path,
        "navigation_courante": _entree(requete.url.path),
        **_onglets(requete.url.path),
        "csrf_jeton": jeton,
        "csrf": cache(partial(champs_de_formulaire, reglages.cle_web, visite)),
        "demonstration": reglages.demonstration,
        "fournisseurs": fournisseurs_a_montrer(requete),
    }


def fournisseurs_a_montrer(requete: Requete) -> tuple[tuple[str, str], ...]:
    """(clé, libellé) de chaque fournisseur d'identité déclaré, dans l'ordre du fichier."""
    fournisseurs = requete.app.state.fournisseurs
    return tuple((f.cle, f.libelle) for f in fournisseurs.fichier.fournisseur) if fournisseurs else ()


def _droits(acteur: Acteur | None) -> Callable[[str], bool]:
    """`peut("deposer")` dans un gabarit."""
    return lambda geste: acteur is not None and peut(acteur, Geste(geste))


_ONGLETS = (
    ("", "Vue d’ensemble"),
    ("/grille", "Grille"),
    ("/jalons", "Jalons"),
    ("/indicateurs", "Indicateurs"),
    ("/preuves", "Preuves"),
    ("/actions", "Actions"),
    ("/conseil", "Dossier du conseil"),
    ("/historique", "Historique"),
)
_DIPLOME = re.compile(r"(/diplomes/\d+)(/[^/]+)?(/.*)?")


def _onglets(chemin: str) -> dict[str, Any]:
    """Les rubriques d'un diplôme : de vraies pages, tenues par trois paquets."""
    trouve = _DIPLOME.fullmatch(chemin)
    if trouve is None:
        return {"onglets_de_diplome": (), "onglet_courant": ""}
    racine = trouve[1]
    return {
        "onglets_de_diplome": tuple((racine + suite, mot) for suite, mot in _ONGLETS),
        "onglet_courant": racine + (trouve[2] or ""),
    }


_RATTACHEES = {
    "campagnes": "diplomes",
    "actions": "diplomes",
    "audit": "diplomes",
    "depots": "indicateurs",
    "formations": "diplomes",
    "grilles": "diplomes",
    "parties": "diplomes",
    "preuves": "diplomes",
    "publications": "indicateurs",
    "rapports": "conseils",
    "revues": "indicateurs",
    "risques": "diplomes",
}


def _entree(chemin: str) -> str:
    premier = chemin.split("/", 2)[1]
    return f"/{_RATTACHEES.get(premier, premier)}"
