"""L'aller chez un fournisseur : ce qu'on en retient jusqu'au retour, lié au navigateur, à usage unique."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from appli.modeles import AvantConnexion
from appli.oidc.configuration import Fournisseur
from appli.oidc.refus import ConnexionRefusee, Raison
from appli.securite import adresse_locale, empreinte_de, nouveau_jeton
from charte.commun.base import lignes, maintenant
from charte.commun.sceau import Sceau, SceauBrise

USAGE_DU_SCEAU = "aller chez un fournisseur"
DUREE = timedelta(minutes=10)
PAR_VISITE = 3
"""Allers en cours d'un même navigateur ; le plus ancien s'en va."""
EN_TOUT = 10_000
"""Allers en cours de toute l'installation."""


@dataclass(frozen=True)
class Aller:
    """Un aller commencé : l'état envoyé, les secrets qui prouveront le retour, où aller ensuite."""

    fournisseur: str
    etat: str
    nonce: str
    verificateur: str
    suite: str

    def adresse(self, fournisseur: Fournisseur, autorisation: str, retour: str) -> str:
        """L'adresse du fournisseur où conduire le navigateur."""
        condense = hashlib.sha256(self.verificateur.encode()).digest()
        preuve = base64.urlsafe_b64encode(condense).rstrip(b"=").decode()
        demande = {
            "response_type": "code",
            "client_id": fournisseur.client_id,
            "redirect_uri": retour,
            "scope": " ".join(fournisseur.portees),
            "state": self.etat,
            "nonce": self.nonce,
            **({"acr_values": fournisseur.acr_demandes} if fournisseur.acr_demandes else {}),
            **({"code_challenge": preuve, "code_challenge_method": "S256"} if fournisseur.pkce else {}),
        }
        return f"{autorisation}{'&' if '?' in autorisation else '?'}{urlencode(demande)}"


def commencer(session: Session, sceau: Sceau, ancre: str, fournisseur: str, suite: str | None) -> Aller:
    """Retient un aller neuf, lié à cette visite. Lève `ConnexionRefusee` s'il y en a déjà trop en tout."""
    purger_les_allers(session)
    nombre = lignes(session, select(func.count()).select_from(AvantConnexion))[0][0]
    if nombre >= EN_TOUT:
        raise ConnexionRefusee(Raison.TROP_DE_DEPARTS, "trop d'allers en cours")
    _oublier_les_anciens(session, empreinte_de(ancre))
    aller = Aller(fournisseur, nouveau_jeton(), nouveau_jeton(), nouveau_jeton(), _suite(suite))
    empreinte = empreinte_de(aller.etat)
    session.add(
        AvantConnexion(
            empreinte=empreinte,
            ancre=empreinte_de(ancre),
            fournisseur=fournisseur,
            secrets=sceau.sceller(json.dumps([aller.nonce, aller.verificateur]).encode(), empreinte),
            suite=aller.suite,
            expire_le=maintenant() + DUREE,
        )
    )
    return aller


def _suite(suite: str | None) -> str:
    locale = adresse_locale(suite)
    return locale if len(locale) <= 1000 else "/"


def _oublier_les_anciens(session: Session, ancre: str) -> None:
    siens = select(col(AvantConnexion.empreinte)).where(col(AvantConnexion.ancre) == ancre)
    anciens = siens.order_by(col(AvantConnexion.expire_le).desc()).offset(PAR_VISITE - 1)
    trop = [empreinte for (empreinte,) in lignes(session, anciens)]
    session.connection().execute(delete(AvantConnexion).where(col(AvantConnexion.empreinte).in_(trop)))


@dataclass(frozen=True)
class Retour:
    """Ce que la base retenait d'un aller, retiré d'elle."""

    empreinte: str
    fournisseur: str
    secrets: bytes
    suite: str
    expire_le: datetime


def retirer(session: Session, ancre: str, etat: str) -> Retour | None:
    """Ce que la base retenait de cet état pour cette visite ; il n'y est plus, et ne resservira pas."""
    empreinte = empreinte_de(etat)
    siens = (col(AvantConnexion.empreinte) == empreinte, col(AvantConnexion.ancre) == empreinte_de(ancre))
    lus = (AvantConnexion.fournisseur, AvantConnexion.secrets, AvantConnexion.suite, AvantConnexion.expire_le)
    # Un seul ordre : de deux retours simultanés du même état, un seul le trouve.
    retire = delete(AvantConnexion).where(*siens).returning(*(col(c) for c in lus))
    trouves = [tuple(ligne) for ligne in session.connection().execute(retire).all()]
    return next((Retour(empreinte, *lu) for lu in trouves), None)


def reprendre(retour: Retour | None, sceau: Sceau, fournisseur: str, etat: str) -> Aller:
    """L'aller de ce retour. Lève `ConnexionRefusee` s'il est inconnu, périmé ou d'un autre fournisseur."""
    if retour is None:
        raise ConnexionRefusee(Raison.PERIMEE, "état inconnu ou d'un autre navigateur")
    if retour.expire_le <= maintenant():
        raise ConnexionRefusee(Raison.PERIMEE, "état périmé")
    if retour.fournisseur != fournisseur:
        raise ConnexionRefusee(Raison.PERIMEE, "état d'un autre fournisseur")
    try:
        nonce, verificateur = json.loads(sceau.ouvrir(retour.secrets, retour.empreinte))
    except SceauBrise as erreur:
        raise ConnexionRefusee(Raison.PERIMEE, "état scellé par une autre clé") from erreur
    return Aller(fournisseur, etat, nonce, verificateur, retour.suite)


def purger_les_allers(session: Session) -> int:
    """Efface les allers dont on n'attend plus le retour ; rend leur nombre."""
    effaces = delete(AvantConnexion).where(col(AvantConnexion.expire_le) <= maintenant())
    return int(session.connection().execute(effaces).rowcount)
