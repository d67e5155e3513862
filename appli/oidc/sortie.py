"""Se déconnecter aussi du fournisseur, s'il le demande (« RP-initiated logout »).

Il veut revoir le jeton d'identité qu'il a donné ; l'outil ne le garde pas, il attend, scellé, dans un cookie.
"""

import base64
import json
from urllib.parse import urlencode

from litestar.response import Redirect, Template

from appli.cookies import nom_du_cookie, poser_le_cookie
from appli.oidc.configuration import Fournisseur
from appli.oidc.distant import FournisseurInjoignable, Fournisseurs
from appli.presentation import Requete, reglages_de
from appli.securite import nouveau_jeton
from appli.sessions import Visite
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise
from charte.commun.web import page

SUFFIXE = "-fournisseur"
USAGE_DU_SCEAU = "sortie d'un fournisseur"
LONGUEUR_MAXIMALE = 3500
"""Caractères de la valeur du cookie : au-delà de 4 096 en tout, un navigateur ne le garde pas."""


def retenir_le_jeton(reponse: Redirect, reglages: Reglages, fournisseur: Fournisseur, jeton: str) -> None:
    """Confie au navigateur, scellé, de quoi se déconnecter du fournisseur ; rien s'il ne l'a pas demandé."""
    clair = json.dumps([fournisseur.cle, jeton]).encode()
    scelle = base64.urlsafe_b64encode(_sceau(reglages).sceller(clair, SUFFIXE)).decode()
    if fournisseur.deconnexion and len(scelle) <= LONGUEUR_MAXIMALE:
        poser_le_cookie(reponse, reglages, SUFFIXE, scelle)


def conduire_a_la_sortie(requete: Requete) -> Template | None:
    """La page qui mène se déconnecter du fournisseur, ou None s'il n'y a pas lieu (ou s'il ne répond pas)."""
    reglages = reglages_de(requete)
    scelle = requete.cookies.get(nom_du_cookie(reglages, SUFFIXE))
    sortie = _lire_la_sortie(requete, scelle) if scelle else None
    if sortie is None:
        return None
    # La page se compose sans la session qui vient de se fermer.
    requete.scope["state"]["visite"] = Visite(ancre=nouveau_jeton())
    libelle, adresse = sortie
    reponse = page("appli/sortie.html", libelle=libelle, adresse=adresse)
    poser_le_cookie(reponse, reglages, SUFFIXE, "", duree=0)
    return reponse


def _lire_la_sortie(requete: Requete, scelle: str) -> tuple[str, str] | None:
    """(libellé, adresse de sortie) du fournisseur ; un cookie altéré ou périmé ne mène nulle part."""
    fournisseurs: Fournisseurs | None = requete.app.state.fournisseurs
    try:
        clair = _sceau(reglages_de(requete)).ouvrir(base64.urlsafe_b64decode(scelle), SUFFIXE)
        cle, jeton = json.loads(clair)
        fournisseur = fournisseurs.get(cle) if fournisseurs else None
        fin = fournisseurs.decouvrir(fournisseur).fin if fournisseurs and fournisseur else None
    except (SceauBrise, ValueError, FournisseurInjoignable):
        return None
    if fournisseurs is None or fournisseur is None or fin is None:
        return None
    demande = {"id_token_hint": jeton, "state": nouveau_jeton(), "post_logout_redirect_uri": fournisseurs.connexion}
    return fournisseur.libelle, f"{fin}{'&' if '?' in fin else '?'}{urlencode(demande)}"


def _sceau(reglages: Reglages) -> Sceau:
    return Sceau.de(reglages, USAGE_DU_SCEAU)
