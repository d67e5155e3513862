"""« Mon compte » : identité, mandats, mot de passe, sessions, changement d'établissement."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from appli.comptes.confirmation import renouveler_le_cookie, reprocher_le_mot_de_passe
from appli.comptes.mon_compte import (
    changer_le_mot_de_passe,
    condense_de,
    fermer_mes_sessions,
    fermer_une_session,
    lire_mes_sessions,
)
from appli.comptes.personnes import lire_mes_mandats
from appli.comptes.routes_lien import fautes_du_choix
from appli.comptes.second_facteur import codes_restants, est_en_service, exiger_un_compte
from appli.cookies import poser_le_cookie
from appli.presentation import Requete
from appli.securite import condenser
from appli.sessions import Visite, changer_d_espace
from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Introuvable, Saisies, acces, page, vers

MEME = "C’est déjà votre mot de passe. Choisissez-en un autre."
FAITS = {
    "mot_de_passe": "Votre mot de passe est changé. Vos autres sessions sont fermées.",
    "sessions": "Vos autres sessions sont fermées.",
    "session": "Cette session est fermée.",
    "second_facteur_retire": "La connexion ne demande plus de code.",
}


@get("/mon-compte", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True, name="mon_compte")
def voir_mon_compte(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    visite: NamedDependency[Visite],
    fait: FromQuery[str] = "",
) -> Template:
    """Qui je suis ici, ce que je peux y faire, d'où je suis connecté."""
    compte_id = exiger_un_compte(acteur)
    with base.lecture() as session:
        contexte: dict[str, Any] = {
            "mandats": lire_mes_mandats(session, acteur),
            "sessions": lire_mes_sessions(session, compte_id),
            "avec_mot_de_passe": condense_de(session, compte_id) is not None,
            "second_facteur": est_en_service(session, compte_id),
            "codes": codes_restants(session, compte_id),
        }
    return page("appli/comptes/mon_compte.html", visite=visite, fait=FAITS.get(fait, ""), **contexte)


@get("/mon-compte/mot-de-passe", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def ouvrir_le_mot_de_passe() -> Template:
    """Le formulaire qui change le mot de passe."""
    return page("appli/comptes/mot_de_passe.html", erreurs=[])


@post("/mon-compte/mot-de-passe", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def ranger_le_mot_de_passe(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Change le mot de passe, sur preuve de l'actuel ; les autres sessions se ferment, celle-ci change de jeton."""
    visite: Visite = request.scope["state"]["visite"]
    nouveau = str(data.get("nouveau") or "")
    erreurs = reprocher_le_mot_de_passe(request, base, acteur, "actuel", data.get("actuel"))
    erreurs = erreurs or fautes_du_choix(
        nouveau, data.get("encore"), acteur.nom, visite.courriel, tuple(e.nom for e in visite.espaces)
    )
    if not erreurs and nouveau == data.get("actuel"):
        erreurs = [ErreurDeChamp("nouveau", MEME)]
    if erreurs:
        return page("appli/comptes/mot_de_passe.html", statut=422, erreurs=erreurs)
    reponse = vers("/mon-compte?fait=mot_de_passe")
    renouveler_le_cookie(reponse, request, _changer(base, request, visite, acteur, condenser(nouveau)))
    return reponse


def _changer(base: Base, requete: Requete, visite: Visite, acteur: Acteur, condense: str) -> str | None:
    reglages: Reglages = requete.app.state.reglages
    with base.ecriture() as session:
        changer_le_mot_de_passe(session, reglages, visite, acteur, condense)
        return changer_d_espace(session, visite, acteur.etablissement_id)


@post("/mon-compte/sessions", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def fermer_des_sessions(
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Redirect:
    """Ferme une session (`lesquelles` est son numéro), les « autres », ou « toutes »."""
    lesquelles = str(data.get("lesquelles") or "")
    with base.ecriture() as session:
        if lesquelles.isdecimal() and len(lesquelles) < 19:
            fermer_une_session(session, acteur, int(lesquelles))
        elif lesquelles in ("autres", "toutes"):
            fermer_mes_sessions(session, acteur, sauf=visite.session_id if lesquelles == "autres" else None)
    if lesquelles in ("toutes", str(visite.session_id)):
        return _sortir(reglages)
    return vers(f"/mon-compte?fait={'sessions' if lesquelles == 'autres' else 'session'}")


def _sortir(reglages: Reglages) -> Redirect:
    reponse = vers("/connexion")
    poser_le_cookie(reponse, reglages, "", "", duree=0)
    reponse.headers["Clear-Site-Data"] = '"storage"'
    return reponse


@post("/espace", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def changer_d_etablissement(
    request: Requete, data: Saisies, base: NamedDependency[Base], visite: NamedDependency[Visite]
) -> Redirect:
    """Passe dans un autre de mes établissements, sous un jeton neuf ; celui d'un autre est introuvable."""
    demande = str(data.get("etablissement_id") or "")
    choisi = next((e for e in visite.espaces if str(e.etablissement_id) == demande), None)
    if choisi is None:
        raise Introuvable
    reponse = vers("/")
    with base.ecriture() as session:
        renouveler_le_cookie(reponse, request, changer_d_espace(session, visite, choisi.etablissement_id))
    return reponse


ROUTES = (
    voir_mon_compte,
    ouvrir_le_mot_de_passe,
    ranger_le_mot_de_passe,
    fermer_des_sessions,
    changer_d_etablissement,
)
