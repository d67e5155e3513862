"""Mettre un second facteur en service, accepter un code une fois, le retirer. Le secret est scellé en base."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session, col

from appli.comptes.totp import (
    est_un_code_de_secours,
    nouveau_secret,
    nouveaux_codes_de_secours,
    pas_du_code,
    reduire_le_code,
)
from appli.modeles import CodeDeSecours, Compte
from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise, deriver

USAGE = "second facteur"


def preparer_le_secret(session: Session, reglages: Reglages, compte_id: int) -> None:
    """Range un secret neuf, pas encore en service ; sans effet si un second facteur l'est déjà."""
    scelle = Sceau.de(reglages, USAGE).sceller(nouveau_secret().encode(), _ligne(compte_id))
    libre = (col(Compte.id) == compte_id, col(Compte.totp_depuis).is_(None))
    session.connection().execute(update(Compte).where(*libre).values(totp=scelle, totp_pas=None))


def secret_en_preparation(session: Session, reglages: Reglages, compte_id: int) -> str | None:
    """Le secret préparé et pas encore en service, à montrer à son seul titulaire."""
    scelle, depuis, _ = _lire(session, compte_id)
    return _ouvrir(reglages, compte_id, scelle) if scelle is not None and depuis is None else None


def est_en_service(session: Session, compte_id: int) -> bool:
    """Vrai si la connexion de ce compte demande un code."""
    return _lire(session, compte_id)[1] is not None


def mettre_en_service(session: Session, reglages: Reglages, acteur: Acteur, code: str) -> list[str] | None:
    """Met le secret préparé en service si le code lui répond ; rend les codes de secours, montrés une fois, ou None."""
    compte_id, instant = exiger_un_compte(acteur), maintenant()
    secret = secret_en_preparation(session, reglages, compte_id)
    pas = pas_du_code(secret, code, instant, None) if secret else None
    if pas is None:
        return None
    _changer(session, compte_id, totp_depuis=instant, totp_pas=pas)
    journaliser(session, acteur, "second facteur mis en service", f"compte:{compte_id}")
    return _ecrire_les_codes(session, reglages, compte_id)


def accepter_un_code(session: Session, reglages: Reglages, compte_id: int, code: str) -> bool:
    """Vrai, une seule fois, si ce code, du téléphone ou de secours, est celui du compte."""
    if est_un_code_de_secours(code):
        return _employer_un_code_de_secours(session, reglages, compte_id, code)
    scelle, depuis, dernier = _lire(session, compte_id)
    secret = _ouvrir(reglages, compte_id, scelle) if depuis is not None else None
    pas = pas_du_code(secret, code, maintenant(), dernier) if secret else None
    if pas is None:
        return False
    # Deux envois simultanés du même code : un seul trouve encore le pas d'avant.
    neuf = or_(col(Compte.totp_pas).is_(None), col(Compte.totp_pas) < pas)
    accepte = update(Compte).where(col(Compte.id) == compte_id, neuf).values(totp_pas=pas)
    return int(session.connection().execute(accepte).rowcount) == 1


def renouveler_les_codes(session: Session, reglages: Reglages, acteur: Acteur) -> list[str]:
    """Dix codes de secours neufs ; les anciens ne valent plus rien."""
    compte_id = exiger_un_compte(acteur)
    journaliser(session, acteur, "codes de secours renouvelés", f"compte:{compte_id}")
    return _ecrire_les_codes(session, reglages, compte_id)


def retirer_le_second_facteur(session: Session, acteur: Acteur, compte_id: int) -> bool:
    """Retire le second facteur et ses codes de secours ; faux s'il n'y en avait pas."""
    if not est_en_service(session, compte_id):
        return False
    _changer(session, compte_id, totp=None, totp_depuis=None, totp_pas=None)
    session.connection().execute(delete(CodeDeSecours).where(col(CodeDeSecours.compte_id) == compte_id))
    journaliser(session, acteur, "second facteur retiré", f"compte:{compte_id}")
    return True


def codes_restants(session: Session, compte_id: int) -> int:
    """Le nombre de codes de secours encore bons."""
    bons = (col(CodeDeSecours.compte_id) == compte_id, col(CodeDeSecours.employe_le).is_(None))
    return int(lignes(session, select(func.count()).select_from(CodeDeSecours).where(*bons))[0][0])


def resceller_les_secrets(session: Session, reglages: Reglages) -> tuple[int, int]:
    """Passe sous la clé courante les secrets encore sous l'ancienne ; rend (rescellés, illisibles)."""
    sceau, faits, perdus = Sceau.de(reglages, USAGE), 0, 0
    requete = select(col(Compte.id), col(Compte.totp)).where(col(Compte.totp).is_not(None))
    for compte_id, scelle in lignes(session, requete):
        if sceau.sous_la_cle_courante(scelle, _ligne(compte_id)):
            continue
        secret = _ouvrir(reglages, compte_id, scelle)
        if secret is None:
            perdus += 1
            continue
        _changer(session, compte_id, totp=sceau.sceller(secret.encode(), _ligne(compte_id)))
        faits += 1
    return faits, perdus


def exiger_un_compte(acteur: Acteur) -> int:
    """Le compte de l'acteur ; la ligne de commande n'en a pas (`ValueError`)."""
    if acteur.compte_id is None:
        raise ValueError("Ce geste demande un compte.")
    return acteur.compte_id


def _lire(session: Session, compte_id: int) -> tuple[bytes | None, datetime | None, int | None]:
    requete = select(col(Compte.totp), col(Compte.totp_depuis), col(Compte.totp_pas)).where(col(Compte.id) == compte_id)
    trouves = lignes(session, requete)
    return (trouves[0][0], trouves[0][1], trouves[0][2]) if trouves else (None, None, None)


def _ouvrir(reglages: Reglages, compte_id: int, scelle: bytes | None) -> str | None:
    if scelle is None:
        return None
    try:
        return Sceau.de(reglages, USAGE).ouvrir(scelle, _ligne(compte_id)).decode()
    except SceauBrise:
        return None


def _ligne(compte_id: int) -> str:
    return f"compte:{compte_id}"


def _changer(session: Session, compte_id: int, **valeurs: Any) -> None:
    session.connection().execute(update(Compte).where(col(Compte.id) == compte_id).values(**valeurs))


def _ecrire_les_codes(session: Session, reglages: Reglages, compte_id: int) -> list[str]:
    session.connection().execute(delete(CodeDeSecours).where(col(CodeDeSecours.compte_id) == compte_id))
    codes = nouveaux_codes_de_secours()
    for code in codes:
        empreinte = _empreintes(reglages, compte_id, code)[0]
        session.add(CodeDeSecours(compte_id=compte_id, empreinte=empreinte))
    session.flush()
    return codes


def _employer_un_code_de_secours(session: Session, reglages: Reglages, compte_id: int, code: str) -> bool:
    bon = (
        col(CodeDeSecours.compte_id) == compte_id,
        col(CodeDeSecours.empreinte).in_(_empreintes(reglages, compte_id, code)),
        col(CodeDeSecours.employe_le).is_(None),
    )
    return (
        int(session.connection().execute(update(CodeDeSecours).where(*bon).values(employe_le=maintenant())).rowcount)
        == 1
    )


def _empreintes(reglages: Reglages, compte_id: int, code: str) -> list[str]:
    """L'empreinte à clé d'un code, sous la clé courante, puis sous l'ancienne pendant un changement."""
    texte = f"{compte_id}:{reduire_le_code(code)}".encode()
    sources = (reglages.cle_fichiers, reglages.cle_fichiers_ancienne)
    cles = [deriver(source, "codes de secours") for source in sources if source is not None]
    return [hmac.new(cle, texte, hashlib.sha256).hexdigest() for cle in cles]
