"""La boîte d'envoi : un courriel se met au courrier dans la transaction du changement, scellé, puis part.

Sans serveur réglé, rien n'est gardé ; la démonstration garde tout, pour le montrer. Un envoi raté se retente à des
délais croissants, puis s'abandonne ; le contenu est effacé dans les deux cas.
"""

import json
import smtplib
import ssl
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlmodel import Session, col

from appli.comptes.courrier import Courriel
from appli.modeles import Compte, CourrielSortant
from charte.acteur import Acteur
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.sceau import Sceau, SceauBrise
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from charte.commun.travaux import demander_travail

USAGE, GENRE_DE_TRAVAIL = "courriel", "courriel"
DELAIS = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 30, 120, 720))
"""Depuis la mise au courrier : le premier essai, puis les suivants ; après le dernier, on abandonne."""
ATTENTE_DU_SERVEUR_S = 20


class EnvoiRate(Exception):
    """Le courriel n'est pas parti ; le message dit pourquoi, sans adresse ni contenu."""


@dataclass(frozen=True)
class Lettre:
    """Un courriel tel qu'il part : destinataire, sujet, corps."""

    pour: str
    sujet: str
    corps: str


def courrier_possible(reglages: Reglages) -> bool:
    """Vrai si un courriel mis au courrier sera envoyé, ou montré (démonstration)."""
    return reglages.courrier is not None or reglages.demonstration


def mettre_au_courrier(
    session: Session, reglages: Reglages, acteur: Acteur, compte_id: int, courriel: Courriel
) -> None:
    """Range le courriel, scellé, et demande son envoi ; sans serveur réglé, ne fait rien."""
    if courrier_possible(reglages):
        compte = session.get_one(Compte, compte_id)
        corps = courriel.texte(compte.nom, reglages.adresse_publique)
        lettre = Lettre(compte.courriel, courriel.sujet, corps)
        _ranger(session, reglages, acteur, lettre, genre=courriel.genre, compte_id=compte_id)


def ecrire_a_une_adresse(session: Session, reglages: Reglages, acteur: Acteur, pour: str, courriel: Courriel) -> None:
    """De même, à qui n'a pas de compte."""
    if courrier_possible(reglages):
        corps = courriel.texte("", reglages.adresse_publique)
        lettre = Lettre(pour, courriel.sujet, corps)
        _ranger(session, reglages, acteur, lettre, genre=courriel.genre, compte_id=None)


def _ranger(
    session: Session, reglages: Reglages, acteur: Acteur, lettre: Lettre, *, genre: str, compte_id: int | None
) -> None:
    range_ = CourrielSortant(
        etablissement_id=acteur.etablissement_id, compte_id=compte_id, genre=genre, cree_le=maintenant()
    )
    session.add(range_)
    session.flush()
    numero = exiger_id(range_.id)
    range_.contenu = Sceau.de(reglages, USAGE).sceller(json.dumps(asdict(lettre)).encode(), _ligne(numero))
    session.flush()
    if reglages.courrier is not None:
        demander_travail(session, acteur, GENRE_DE_TRAVAIL, {"courriel_id": numero})


def prendre_la_lettre(session: Session, reglages: Reglages, courriel_id: int) -> Lettre | None:
    """Compte un essai et rend la lettre ; None si elle est partie, abandonnée, ou tentée à l'instant par un autre."""
    connus = lignes(
        session, select(col(CourrielSortant.contenu), col(CourrielSortant.essais)).where(_en_route(courriel_id))
    )
    if not connus:
        return None
    contenu, essais = connus[0]
    compte = update(CourrielSortant).where(_en_route(courriel_id), col(CourrielSortant.essais) == essais)
    if int(session.connection().execute(compte.values(essais=essais + 1)).rowcount) != 1:
        return None
    return ouvrir_la_lettre(reglages, courriel_id, contenu)


def ouvrir_la_lettre(reglages: Reglages, courriel_id: int, contenu: bytes) -> Lettre | None:
    """La lettre scellée, en clair ; None si la clé a changé."""
    try:
        return Lettre(**json.loads(Sceau.de(reglages, USAGE).ouvrir(contenu, _ligne(courriel_id))))
    except SceauBrise:
        return None


def noter_le_depart(session: Session, courriel_id: int) -> None:
    """Le courriel est parti : son contenu est effacé."""
    parti = update(CourrielSortant).where(col(CourrielSortant.id) == courriel_id)
    session.connection().execute(parti.values(envoye_le=maintenant(), contenu=None))


def abandonner_les_epuises(session: Session) -> None:
    """Efface le contenu des courriels dont tous les essais ont échoué."""
    epuises = update(CourrielSortant).where(
        col(CourrielSortant.contenu).is_not(None), col(CourrielSortant.essais) >= len(DELAIS)
    )
    session.connection().execute(epuises.values(contenu=None))


def courriels_a_retenter(session: Session, instant: datetime) -> list[tuple[int, int, int]]:
    """(courriel, essais faits, établissement) de ceux dont un essai a échoué et dont le suivant est dû."""
    dus = or_(
        *(
            and_(col(CourrielSortant.essais) == rang, col(CourrielSortant.cree_le) <= instant - delai)
            for rang, delai in enumerate(DELAIS)
            if rang
        )
    )
    colonnes = (CourrielSortant.id, CourrielSortant.essais, CourrielSortant.etablissement_id)
    requete = select(*(col(c) for c in colonnes)).where(col(CourrielSortant.contenu).is_not(None), dus)
    return [(int(n), int(essais), int(ou)) for n, essais, ou in lignes(session, requete)]


def expedier(serveur: ServeurDeCourrier, lettre: Lettre) -> None:
    """Remet la lettre au serveur, sous TLS vérifié (sauf sur la machine même). Lève `EnvoiRate`."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = serveur.de, lettre.pour, lettre.sujet
    message["Date"] = format_datetime(maintenant())
    message["Message-ID"] = make_msgid(domain=serveur.de.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(lettre.corps)
    try:
        with _ouvrir(serveur) as connexion:
            if serveur.utilisateur:
                connexion.login(serveur.utilisateur, serveur.mot_de_passe)
            connexion.send_message(message)
    except Exception as erreur:
        raise EnvoiRate(_pourquoi(erreur)) from None


def _ouvrir(serveur: ServeurDeCourrier) -> smtplib.SMTP:
    if serveur.chiffre_d_emblee:
        contexte = ssl.create_default_context()
        return smtplib.SMTP_SSL(serveur.hote, serveur.port, timeout=ATTENTE_DU_SERVEUR_S, context=contexte)
    connexion = smtplib.SMTP(serveur.hote, serveur.port, timeout=ATTENTE_DU_SERVEUR_S)
    try:
        if not serveur.ici:
            connexion.starttls(context=ssl.create_default_context())
    except BaseException:
        connexion.close()
        raise
    return connexion


def _pourquoi(erreur: Exception) -> str:
    """La raison, en une phrase ; jamais le message du serveur, qui recopie souvent l'adresse."""
    raisons: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLError, "le certificat du serveur de courrier n’est pas reconnu"),
        (smtplib.SMTPAuthenticationError, "le serveur de courrier refuse le nom ou le mot de passe réglés"),
        (
            smtplib.SMTPNotSupportedError,
            "le serveur de courrier ne sait pas chiffrer (STARTTLS) ou ne demande pas de nom",
        ),
        (smtplib.SMTPRecipientsRefused, "le serveur de courrier refuse ce destinataire"),
        (smtplib.SMTPSenderRefused, "le serveur de courrier refuse l’adresse d’envoi réglée"),
        (smtplib.SMTPException, "le serveur de courrier a refusé l’envoi"),
        (OSError, "le serveur de courrier ne répond pas"),
    )
    return next((dit for sorte, dit in raisons if isinstance(erreur, sorte)), "le courriel n’a pas pu être composé")


def _en_route(courriel_id: int) -> ColumnElement[bool]:
    return and_(
        col(CourrielSortant.id) == courriel_id,
        col(CourrielSortant.contenu).is_not(None),
        col(CourrielSortant.envoye_le).is_(None),
        col(CourrielSortant.essais) < len(DELAIS),
    )


def _ligne(courriel_id: int) -> str:
    return f"courriel:{courriel_id}"
