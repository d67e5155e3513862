"""Partir chez un fournisseur d'identité, en revenir.

Le retour est un GET qui écrit, seule exception de l'outil : le protocole le veut ainsi. L'état à usage unique, lié au
navigateur, y tient la place du jeton de formulaire (docs/decisions/0028).
"""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from appli.entree import appareil_de, conduire
from appli.oidc.configuration import Fournisseur
from appli.oidc.distant import FournisseurInjoignable, Fournisseurs
from appli.oidc.etats import USAGE_DU_SCEAU, commencer, reprendre, retirer
from appli.oidc.ouverture import ouvrir_pour
from appli.oidc.refus import ConnexionRefusee, Raison
from appli.oidc.retour import identifier
from appli.oidc.sortie import retenir_le_jeton
from appli.presentation import Requete
from appli.refus import noter_le_refus
from appli.sessions import Visite
from charte.acteur import Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau
from charte.commun.web import Introuvable, Saisies, acces, page


@post("/connexion/fournisseurs/{fournisseur:str}", opt=acces(Geste.PUBLIC), sync_to_thread=True, status_code=200)
def partir(
    fournisseur: FromPath[str],
    request: Requete,
    data: Saisies,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Template:
    """Retient l'aller et montre la page qui conduit chez le fournisseur."""
    fournisseurs, choisi = _choisir(request, fournisseur)
    try:
        autorisation = _decouvrir(fournisseurs, choisi)
        with base.ecriture() as session:
            aller = commencer(session, _sceau(reglages), visite.ancre, choisi.cle, str(data.get("suite") or ""))
    except ConnexionRefusee as refus:
        return _dire(request, choisi, refus)
    adresse = aller.adresse(choisi, autorisation, fournisseurs.retour(choisi))
    return page("appli/depart.html", libelle=choisi.libelle, adresse=adresse)


@get("/connexion/retour/{fournisseur:str}", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def revenir(
    fournisseur: FromPath[str],
    request: Requete,
    base: NamedDependency[Base],
    visite: NamedDependency[Visite],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Vérifie la réponse du fournisseur, puis ouvre une session neuve et pose son cookie."""
    fournisseurs, choisi = _choisir(request, fournisseur)
    etat = request.query_params.get("state") or ""
    with base.ecriture() as session:
        retenu = retirer(session, visite.ancre, etat)
    try:
        aller = reprendre(retenu, _sceau(reglages), choisi.cle, etat)
        identite = identifier(fournisseurs, choisi, aller, request.query_params)
        entree = ouvrir_pour(base, visite, choisi, identite, appareil_de(request))
    except ConnexionRefusee as refus:
        return _dire(request, choisi, refus)
    reponse = conduire(entree, reglages, aller.suite)
    retenir_le_jeton(reponse, reglages, choisi, identite.jeton)
    return reponse


def _choisir(requete: Requete, cle: str) -> tuple[Fournisseurs, Fournisseur]:
    fournisseurs: Fournisseurs | None = requete.app.state.fournisseurs
    choisi = fournisseurs.get(cle) if fournisseurs else None
    if fournisseurs is None or choisi is None:
        raise Introuvable
    return fournisseurs, choisi


def _sceau(reglages: Reglages) -> Sceau:
    return Sceau.de(reglages, USAGE_DU_SCEAU)


def _decouvrir(fournisseurs: Fournisseurs, fournisseur: Fournisseur) -> str:
    try:
        return fournisseurs.decouvrir(fournisseur).autorisation
    except FournisseurInjoignable as panne:
        raise ConnexionRefusee(Raison.INJOIGNABLE, str(panne)) from None


def _dire(requete: Requete, fournisseur: Fournisseur, refus: ConnexionRefusee) -> Template:
    texte = refus.raison.value
    noter_le_refus(requete, texte.statut, f"connexion par {fournisseur.cle} refusée : {refus.detail}")
    dits = {nom: mots.replace("{nom}", fournisseur.libelle) for nom, mots in vars(texte).items() if nom != "statut"}
    return page("appli/connexion_refusee.html", statut=texte.statut, **dits)


ROUTES = (partir, revenir)
