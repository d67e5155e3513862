"""Se connecter, se déconnecter."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template
from sqlmodel import Session

from appli.cloison import hors_cloison
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai
from appli.presentation import Requete
from appli.refus import noter_le_refus
from appli.securite import adresse_locale
from appli.sessions import (
    DUREE,
    CompteConnu,
    Visite,
    authentifier,
    comptes_actifs,
    fermer_session,
    ouvrir_session,
)
from charte.acteur import Geste
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU, pluriel
from charte.commun.web import Saisies, acces, page, vers

COMPTES_MONTRES = 8
REFUS = "Le courriel ou le mot de passe ne correspond à aucun compte. Vérifiez les deux, puis recommencez."


def nom_du_cookie(reglages: Reglages, suffixe: str = "") -> str:
    """`__Host-` sous https : le navigateur refuse alors qu'un sous-domaine pose le cookie à notre place."""
    return f"{'__Host-' if reglages.https else ''}trajectoire{suffixe}"


@get("/connexion", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="connexion")
def montrer_la_connexion(
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
    suite: FromQuery[str | None] = None,
) -> Template | Redirect:
    """La page de connexion ; qui est déjà connecté va à sa page."""
    if visite.acteur is not None:
        return vers(adresse_locale(suite))
    reponse = _page_de_connexion(base, reglages, suite)
    _poser_le_cookie(reponse, reglages, "-visite", visite.ancre)
    return reponse


@post("/connexion", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def se_connecter(
    request: Requete,
    data: Saisies,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Ouvre une session neuve et pose son cookie ; une session déjà ouverte est révoquée."""
    suite, courriel = str(data.get("suite") or ""), str(data.get("courriel") or "")
    try:
        jeton = _entrer(base, reglages, visite, data, _adresse(request))
    except EssaiFreine as frein:
        noter_le_refus(request, 429, "connexion freinée", courriel=courriel)
        return _page_de_connexion(base, reglages, suite, refus=_dire_l_attente(frein), courriel=courriel, frein=frein)
    if jeton is None:
        noter_le_refus(request, 422, "connexion refusée", courriel=courriel)
        return _page_de_connexion(base, reglages, suite, refus=REFUS, courriel=courriel)
    reponse = vers(adresse_locale(suite))
    _poser_le_cookie(reponse, reglages, "", jeton)
    _poser_le_cookie(reponse, reglages, "-visite", "", duree=0)
    return reponse


@post("/deconnexion", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def se_deconnecter(
    base: NamedDependency[Base], visite: NamedDependency[Visite], reglages: NamedDependency[Reglages]
) -> Redirect:
    """Révoque la session et efface le cookie."""
    with base.ecriture() as session:
        fermer_session(session, visite.ancre)
    reponse = vers("/connexion")
    _poser_le_cookie(reponse, reglages, "", "", duree=0)
    # Un brouillon de grille gardé par le navigateur ne doit pas attendre la personne suivante sur un poste partagé.
    reponse.headers["Clear-Site-Data"] = '"storage"'
    return reponse


@hors_cloison()
def _entrer(base: Base, reglages: Reglages, visite: Visite, data: dict[str, Any], adresse: str) -> str | None:
    """Le jeton d'une session neuve, ou None si le mot de passe ne va pas. Lève `EssaiFreine`."""
    if reglages.demonstration and data.get("compte"):
        with base.ecriture() as session:
            compte = next((c for c in comptes_actifs(session) if str(c.id) == str(data["compte"])), None)
            return _ouvrir(session, visite, compte) if compte else None
    courriel = str(data.get("courriel") or "")
    essai = reconnaitre_l_essai(reglages.cle_web, courriel, adresse)
    with base.ecriture() as session:
        exiger_un_essai(session, essai, maintenant())
    # Le mot de passe se vérifie hors de toute écriture : 44 ms de calcul ne tiennent pas le verrou de la base.
    with base.lecture() as session:
        compte = authentifier(session, courriel, str(data.get("mot_de_passe") or ""))
    if compte is None:
        return None
    with base.ecriture() as session:
        oublier_l_essai(session, essai)
        return _ouvrir(session, visite, compte)


def _ouvrir(session: Session, visite: Visite, compte: CompteConnu) -> str:
    fermer_session(session, visite.ancre)
    return ouvrir_session(session, compte)


def _adresse(requete: Requete) -> str:
    """L'adresse de la prise, jamais un en-tête : celui-ci, n'importe qui l'écrit (docs/installation.md)."""
    return requete.client.host if requete.client else ""


def _dire_l_attente(frein: EssaiFreine) -> str:
    # Un seul texte pour les deux freins et tout courriel : il ne dit ni si le compte existe, ni si un autre essaie.
    duree, quand = pluriel(frein.minutes, "minute"), frein.reessayer_le.astimezone(FUSEAU)
    return f"Trop d’essais ont échoué pour ce courriel. Réessayez dans {duree}, après {quand:%H:%M} (heure de Paris)."


@hors_cloison()
def _page_de_connexion(
    base: Base,
    reglages: Reglages,
    suite: str | None,
    *,
    refus: str = "",
    courriel: str = "",
    frein: EssaiFreine | None = None,
) -> Template:
    comptes: list[CompteConnu] = []
    if reglages.demonstration:
        with base.lecture() as session:
            comptes = comptes_actifs(session)[:COMPTES_MONTRES]
    reponse = page(
        "appli/connexion.html",
        statut=429 if frein else 422 if refus else 200,
        refus=refus,
        saisi=courriel,
        suite=adresse_locale(suite),
        comptes=comptes,
    )
    if frein:
        reponse.headers["Retry-After"] = str(frein.secondes)
    return reponse


def _poser_le_cookie(
    reponse: Template | Redirect, reglages: Reglages, suffixe: str, valeur: str, *, duree: float = DUREE.total_seconds()
) -> None:
    """Pose un cookie ; `duree=0` l'efface. `delete_cookie` oublie `Secure` : un navigateur garde alors un `__Host-`."""
    reponse.set_cookie(
        nom_du_cookie(reglages, suffixe),
        valeur,
        max_age=int(duree),
        path="/",
        httponly=True,
        secure=reglages.https,
        samesite="lax",
    )


ROUTES = (montrer_la_connexion, se_connecter, se_deconnecter)
