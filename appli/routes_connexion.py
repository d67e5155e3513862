"""Se connecter, se déconnecter."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template
from sqlalchemy import update
from sqlmodel import Session, col

from appli.cloison import hors_cloison
from appli.cookies import poser_le_cookie
from appli.entree import Entree, adresse_de, appareil_de, conduire, faire_entrer
from appli.freins import EssaiFreine, exiger_un_essai, oublier_l_essai, reconnaitre_l_essai
from appli.modeles import Compte
from appli.oidc.sortie import conduire_a_la_sortie
from appli.presentation import Requete
from appli.refus import noter_le_refus
from appli.securite import a_recondenser, adresse_locale, condenser
from appli.sessions import (
    CompteConnu,
    Visite,
    authentifier,
    comptes_actifs,
    fermer_session,
)
from charte.acteur import Geste
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU, pluriel
from charte.commun.web import Saisies, acces, page, vers

COMPTES_MONTRES = 8
REFUS = "Le courriel ou le mot de passe ne correspond à aucun compte. Vérifiez les deux, puis recommencez."
FAITS = {"mot_de_passe": "Votre mot de passe est enregistré. Connectez-vous."}


@get("/connexion", opt=acces(Geste.PUBLIC), sync_to_thread=True, name="connexion")
def montrer_la_connexion(
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
    suite: FromQuery[str | None] = None,
    fait: FromQuery[str] = "",
) -> Template | Redirect:
    """La page de connexion ; qui est déjà connecté va à sa page."""
    if visite.acteur is not None:
        return vers(adresse_locale(suite))
    reponse = _page_de_connexion(base, reglages, suite, fait=FAITS.get(fait, ""))
    poser_le_cookie(reponse, reglages, "-visite", visite.ancre)
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
        entree = _entrer(base, reglages, visite, data, request)
    except EssaiFreine as frein:
        noter_le_refus(request, 429, "connexion freinée", courriel=courriel)
        return _page_de_connexion(base, reglages, suite, refus=_dire_l_attente(frein), courriel=courriel, frein=frein)
    if entree is None:
        noter_le_refus(request, 422, "connexion refusée", courriel=courriel)
        return _page_de_connexion(base, reglages, suite, refus=REFUS, courriel=courriel)
    return conduire(entree, reglages, suite)


@post("/deconnexion", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def se_deconnecter(
    request: Requete,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Redirect | Template:
    """Révoque la session et efface le cookie ; mène se déconnecter du fournisseur d'où l'on venait, s'il le demande."""
    with base.ecriture() as session:
        fermer_session(session, visite.ancre)
    reponse = conduire_a_la_sortie(request) or vers("/connexion")
    poser_le_cookie(reponse, reglages, "", "", duree=0)
    # Un brouillon de grille gardé par le navigateur ne doit pas attendre la personne suivante sur un poste partagé.
    reponse.headers["Clear-Site-Data"] = '"storage"'
    return reponse


@hors_cloison()
def _entrer(base: Base, reglages: Reglages, visite: Visite, data: dict[str, Any], requete: Requete) -> Entree | None:
    """L'entrée d'une personne reconnue, ou None si le mot de passe ne va pas. Lève `EssaiFreine`."""
    appareil = appareil_de(requete)
    if reglages.demonstration and data.get("compte"):
        with base.ecriture() as session:
            compte = next((c for c in comptes_actifs(session) if str(c.id) == str(data["compte"])), None)
            return faire_entrer(session, visite, compte, "demonstration", appareil) if compte else None
    courriel = str(data.get("courriel") or "")
    essai = reconnaitre_l_essai(reglages.cle_web, courriel, adresse_de(requete))
    with base.ecriture() as session:
        exiger_un_essai(session, essai, maintenant())
    # Le mot de passe se vérifie hors de toute écriture : 44 ms de calcul ne tiennent pas le verrou de la base.
    mot_de_passe = str(data.get("mot_de_passe") or "")
    with base.lecture() as session:
        compte = authentifier(session, courriel, mot_de_passe)
    if compte is None:
        return None
    neuf = condenser(mot_de_passe) if compte.condense and a_recondenser(compte.condense) else None
    with base.ecriture() as session:
        oublier_l_essai(session, essai)
        if neuf:
            _remplacer_le_condense(session, compte, neuf)
        return faire_entrer(session, visite, compte, "mot_de_passe", appareil)


def _remplacer_le_condense(session: Session, compte: CompteConnu, neuf: str) -> None:
    """Le coût a monté depuis : le mot de passe, juste, passe sous le nouveau (sauf s'il vient d'être changé)."""
    inchange = (col(Compte.id) == compte.id, col(Compte.condense) == compte.condense)
    session.connection().execute(update(Compte).where(*inchange).values(condense=neuf))


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
    fait: str = "",
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
        fait=fait,
        refus=refus,
        saisi=courriel,
        suite=adresse_locale(suite),
        comptes=comptes,
    )
    if frein:
        reponse.headers["Retry-After"] = str(frein.secondes)
    return reponse


ROUTES = (montrer_la_connexion, se_connecter, se_deconnecter)
