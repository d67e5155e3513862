"""Mettre en service, renouveler, retirer son second facteur. Le mot de passe est redemandé à chaque changement."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template
from markupsafe import Markup

from appli.comptes.confirmation import dire_l_attente, reprocher_le_mot_de_passe
from appli.comptes.courrier import alerter
from appli.comptes.envoi import mettre_au_courrier
from appli.comptes.mon_compte import condense_de
from appli.comptes.second_facteur import (
    accepter_un_code,
    codes_restants,
    est_en_service,
    exiger_un_compte,
    mettre_en_service,
    preparer_le_secret,
    renouveler_les_codes,
    retirer_le_second_facteur,
    secret_en_preparation,
)
from appli.comptes.totp import adresse_du_secret, dessiner_le_code_qr, en_groupes
from appli.entree import adresse_de
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai_de_code
from appli.presentation import Requete, reglages_de, visite_de
from appli.sessions import Visite, fermer_les_sessions
from charte.acteur import Acteur, Geste
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers

ICI = "/mon-compte/second-facteur"
FAUX = "Ce code n’est pas le bon, ou il a déjà servi. Vérifiez l’heure du téléphone, puis donnez le code suivant."


@get(ICI, opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True, name="second_facteur")
def voir_le_second_facteur(request: Requete, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Où en est mon second facteur : absent, préparé (secret à lire), en service."""
    return _page(request, base, acteur)


@post(f"{ICI}/preparation", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def preparer(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Engendre un secret, à lire sur la page ; il ne sert qu'une fois vérifié."""
    erreurs = reprocher_le_mot_de_passe(request, base, acteur, "mot_de_passe", data.get("mot_de_passe"))
    if erreurs:
        return _page(request, base, acteur, erreurs)
    with base.ecriture() as session:
        preparer_le_secret(session, reglages_de(request), exiger_un_compte(acteur))
    return vers(ICI)


@post(f"{ICI}/mise-en-service", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True, status_code=200)
def activer(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Met le second facteur en service si le code répond au secret ; montre, une seule fois, les codes de secours."""
    with base.lecture() as session:
        if secret_en_preparation(session, reglages_de(request), exiger_un_compte(acteur)) is None:
            return vers(ICI)
    try:
        codes = _activer(base, request, acteur, str(data.get("code") or ""))
    except EssaiFreine as frein:
        return _page(request, base, acteur, [ErreurDeChamp("code", dire_l_attente(frein))])
    if codes is None:
        return _page(request, base, acteur, [ErreurDeChamp("code", FAUX)])
    return page("appli/comptes/codes.html", codes=codes, neuf=True)


def _activer(base: Base, requete: Requete, acteur: Acteur, code: str) -> list[str] | None:
    reglages, visite, compte_id = reglages_de(requete), visite_de(requete), exiger_un_compte(acteur)
    essai = reconnaitre_l_essai_de_code(reglages.cle_web, compte_id, adresse_de(requete))
    with base.ecriture() as session:
        exiger_un_essai(session, essai, maintenant())
    with base.ecriture() as session:
        codes = mettre_en_service(session, reglages, acteur, code)
        if codes is not None:
            oublier_l_essai(session, essai)
            fermer_les_sessions(session, compte_id, sauf=visite.session_id)
            mettre_au_courrier(session, reglages, acteur, compte_id, alerter("second_facteur"))
        return codes


@post(f"{ICI}/codes", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True, status_code=200)
def changer_les_codes(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Dix codes de secours neufs, montrés une fois ; les anciens ne valent plus rien."""
    if empechement := _empechement(request, data, base, acteur):
        return empechement
    with base.ecriture() as session:
        codes = renouveler_les_codes(session, reglages_de(request), acteur)
    return page("appli/comptes/codes.html", codes=codes, neuf=False)


@post(f"{ICI}/retrait", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def retirer(
    request: Requete, data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Retire le second facteur ; les autres sessions se ferment."""
    if empechement := _empechement(request, data, base, acteur):
        return empechement
    _retirer(base, reglages_de(request), visite_de(request), acteur)
    return vers("/mon-compte?fait=second_facteur_retire")


def _empechement(request: Requete, data: Saisies, base: Base, acteur: Acteur) -> Template | Redirect | None:
    """Ce qu'il faut rendre au lieu d'agir : rien n'est en service, ou le mot de passe et le code ne vont pas."""
    if not _en_service(base, acteur):
        return vers(ICI)
    erreurs = _fautes(request, data, base, acteur)
    return _page(request, base, acteur, erreurs) if erreurs else None


def _retirer(base: Base, reglages: Reglages, visite: Visite, acteur: Acteur) -> None:
    compte_id = exiger_un_compte(acteur)
    with base.ecriture() as session:
        retirer_le_second_facteur(session, acteur, compte_id)
        fermer_les_sessions(session, compte_id, sauf=visite.session_id)
        mettre_au_courrier(session, reglages, acteur, compte_id, alerter("second_facteur_retire"))


def _fautes(requete: Requete, data: Saisies, base: Base, acteur: Acteur) -> list[ErreurDeChamp]:
    """Ce qui manque pour changer un second facteur en service : le mot de passe, puis un code."""
    if erreurs := reprocher_le_mot_de_passe(requete, base, acteur, "mot_de_passe", data.get("mot_de_passe")):
        return erreurs
    reglages, compte_id = reglages_de(requete), exiger_un_compte(acteur)
    essai = reconnaitre_l_essai_de_code(reglages.cle_web, compte_id, adresse_de(requete))
    try:
        with base.ecriture() as session:
            exiger_un_essai(session, essai, maintenant())
    except EssaiFreine as frein:
        return [ErreurDeChamp("code", dire_l_attente(frein))]
    with base.ecriture() as session:
        if not accepter_un_code(session, reglages, compte_id, str(data.get("code") or "")):
            return [ErreurDeChamp("code", FAUX)]
        oublier_l_essai(session, essai)
    return []


def _en_service(base: Base, acteur: Acteur) -> bool:
    with base.lecture() as session:
        return est_en_service(session, exiger_un_compte(acteur))


def _page(requete: Requete, base: Base, acteur: Acteur, erreurs: list[ErreurDeChamp] | None = None) -> Template:
    compte_id, reglages = exiger_un_compte(acteur), reglages_de(requete)
    contexte: dict[str, Any] = {"secret": "", "code_qr": ""}
    with base.lecture() as session:
        contexte["avec_mot_de_passe"] = condense_de(session, compte_id) is not None
        contexte["en_service"] = est_en_service(session, compte_id)
        contexte["codes"] = codes_restants(session, compte_id)
        secret = secret_en_preparation(session, reglages, compte_id)
    if secret:
        adresse = adresse_du_secret(secret, visite_de(requete).courriel, "Trajectoire")
        contexte["secret"] = en_groupes(secret)
        # Le dessin est composé ici, d'un secret engendré ici : rien de saisi n'y entre sans y être encodé.
        contexte["code_qr"] = Markup(dessiner_le_code_qr(adresse))  # noqa: S704
    return page("appli/comptes/second_facteur.html", statut=422 if erreurs else 200, erreurs=erreurs or [], **contexte)


ROUTES = (voir_le_second_facteur, preparer, activer, changer_les_codes, retirer)
