"""Se connecter, se déconnecter."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template
from sqlmodel import Session

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
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.web import Saisies, acces, page, vers

COMPTES_MONTRES = 8
REFUS = "Le courriel ou le mot de passe ne correspond à aucun compte."


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
    data: Saisies,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Ouvre une session neuve et pose son cookie ; une session déjà ouverte est révoquée."""
    suite = str(data.get("suite") or "")
    with base.ecriture() as session:
        compte = _compte_demande(session, data, demonstration=reglages.demonstration)
        if compte is None:
            return _page_de_connexion(base, reglages, suite, refus=REFUS, courriel=str(data.get("courriel") or ""))
        fermer_session(session, visite.ancre)
        jeton = ouvrir_session(session, compte)
    reponse = vers(adresse_locale(suite))
    _poser_le_cookie(reponse, reglages, "", jeton)
    reponse.delete_cookie(nom_du_cookie(reglages, "-visite"))
    return reponse


@post("/deconnexion", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def se_deconnecter(
    base: NamedDependency[Base], visite: NamedDependency[Visite], reglages: NamedDependency[Reglages]
) -> Redirect:
    """Révoque la session et efface le cookie."""
    with base.ecriture() as session:
        fermer_session(session, visite.ancre)
    reponse = vers("/connexion")
    reponse.delete_cookie(nom_du_cookie(reglages))
    # Un brouillon de grille gardé par le navigateur ne doit pas attendre la personne suivante sur un poste partagé.
    reponse.headers["Clear-Site-Data"] = '"storage"'
    return reponse


def _compte_demande(session: Session, data: dict[str, Any], *, demonstration: bool) -> CompteConnu | None:
    if demonstration and data.get("compte"):
        return next((c for c in comptes_actifs(session) if str(c.id) == str(data["compte"])), None)
    return authentifier(session, str(data.get("courriel") or ""), str(data.get("mot_de_passe") or ""))


def _page_de_connexion(
    base: Base, reglages: Reglages, suite: str | None, *, refus: str = "", courriel: str = ""
) -> Template:
    comptes: list[CompteConnu] = []
    if reglages.demonstration:
        with base.lecture() as session:
            comptes = comptes_actifs(session)[:COMPTES_MONTRES]
    return page(
        "appli/connexion.html",
        statut=422 if refus else 200,
        refus=refus,
        saisi=courriel,
        suite=adresse_locale(suite),
        comptes=comptes,
    )


def _poser_le_cookie(reponse: Template | Redirect, reglages: Reglages, suffixe: str, valeur: str) -> None:
    reponse.set_cookie(
        nom_du_cookie(reglages, suffixe),
        valeur,
        max_age=int(DUREE.total_seconds()),
        path="/",
        httponly=True,
        secure=reglages.https,
        samesite="lax",
    )


ROUTES = (montrer_la_connexion, se_connecter, se_deconnecter)
