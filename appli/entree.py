"""Entrer : la même porte pour un mot de passe, un fournisseur d'identité ou la démonstration.

Si la personne a un second facteur, la session ouverte n'ouvre encore rien : elle attend le code, dix minutes, sous un
cookie à elle (`-attente`). Sinon le cookie de session est posé. `appareil_de` et `adresse_de` lisent la requête.
"""

from dataclasses import dataclass
from urllib.parse import quote

from litestar.response import Redirect
from sqlmodel import Session

from appli.comptes.appareils import reconnaitre_l_appareil
from appli.cookies import poser_le_cookie
from appli.presentation import Requete
from appli.securite import adresse_locale
from appli.sessions import ATTENTE_DU_CODE, CompteConnu, Visite, fermer_session, ouvrir_session
from charte.commun.reglages import Reglages
from charte.commun.web import vers


@dataclass(frozen=True)
class Entree:
    """Le jeton d'une session neuve ; `code_attendu` : elle n'ouvrira qu'après le second facteur."""

    jeton: str
    code_attendu: bool


def faire_entrer(session: Session, visite: Visite, compte: CompteConnu, methode: str, appareil: str) -> Entree:
    """Ouvre une session neuve et révoque celle de la visite ; à appeler une fois la personne reconnue."""
    fermer_session(session, visite.ancre)
    jeton = ouvrir_session(session, compte, methode, appareil=appareil, attendre=compte.second_facteur)
    return Entree(jeton, compte.second_facteur)


def conduire(entree: Entree, reglages: Reglages, suite: str | None) -> Redirect:
    """Pose les cookies et mène à la suite, ou à la page qui demande le code."""
    demandee = adresse_locale(suite)
    if entree.code_attendu:
        reponse = vers("/connexion/code" if demandee == "/" else f"/connexion/code?suite={quote(demandee, safe='/')}")
        poser_le_cookie(reponse, reglages, "-attente", entree.jeton, duree=ATTENTE_DU_CODE.total_seconds())
        return reponse
    reponse = vers(demandee)
    poser_le_cookie(reponse, reglages, "", entree.jeton)
    poser_le_cookie(reponse, reglages, "-visite", "", duree=0)
    return reponse


def appareil_de(requete: Requete) -> str:
    """La famille de navigateur et de système de cette requête."""
    return reconnaitre_l_appareil(requete.headers.get("user-agent", ""))


def adresse_de(requete: Requete) -> str:
    """L'adresse de la prise, jamais un en-tête : celui-ci, n'importe qui l'écrit (docs/installation.md)."""
    return requete.client.host if requete.client else ""
