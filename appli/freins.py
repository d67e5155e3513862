"""Les freins à la connexion : après quelques échecs, il faut attendre, de plus en plus longtemps.

Deux compteurs, tous deux en base : par compte ET adresse (un campus partage une adresse, et personne ne doit pouvoir
fermer la porte d'un autre depuis ailleurs) ; par compte seul, au seuil bien plus haut, contre une attaque répartie. La
base n'en garde que des empreintes à clé, du courriel tel que tapé comme de l'adresse. Choix : docs/decisions/0020.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from appli.modeles import TentativeConnexion


@dataclass(frozen=True)
class Frein:
    """`libres` échecs sans attente, puis `premiere`, doublée à chaque échec jusqu'à `maximum`.

    Un compteur qui n'a pas bougé depuis `oubli` repart de zéro.
    """

    libres: int
    premiere: timedelta
    maximum: timedelta
    oubli: timedelta

    def attente(self, echecs: int) -> timedelta:
        """Ce qu'il faut attendre après ce nombre d'échecs de suite."""
        rang = echecs - self.libres
        if rang < 0:
            return timedelta(0)
        # L'exposant est borné : au-delà le maximum est atteint, et 2**10000 minutes ne s'écrit pas.
        return min(self.premiere * (1 << min(rang, 20)), self.maximum)


FREIN_DU_COUPLE = Frein(5, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24))
"""Par compte et adresse : 5 essais libres, puis 1, 2, 4… minutes, une heure au plus."""
FREIN_DU_COMPTE = Frein(36, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=24))
"""Par compte, toutes adresses : 36 essais libres, puis de 5 secondes à une minute. C'est plus que ce qu'une adresse
seule peut essayer en un jour, et cela laisse moins de 100 échecs par heure : le plafond par compte de l'OWASP ASVS
4.0.3 (exigence 2.2.1). L'ASVS 5.0.0 ne chiffre plus, il demande un frein documenté (6.1.1) et en service (6.3.1)."""


FREIN_DU_CODE = Frein(10, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24))
"""Par compte, pour le second facteur : qui essaie a déjà le mot de passe, et six chiffres se devinent mieux. Une
quarantaine d'essais par jour au plus, soit une chance sur huit mille."""


FREIN_DE_L_ADRESSE = Frein(40, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=24))
"""Par adresse, pour un code d'avis : personne n'y a de compte. Une minute au plus, car un campus partage la sienne ; un
code a 256 bits, le frein ne sert qu'à ne pas se laisser marteler."""


@dataclass(frozen=True)
class Essai:
    """Qui essaie : l'empreinte du couple compte et adresse, et celle du compte seul, avec son frein."""

    couple: str
    compte: str
    frein_du_compte: Frein = FREIN_DU_COMPTE

    @property
    def freins(self) -> tuple[tuple[str, Frein], ...]:
        """Chaque empreinte et son frein, toujours dans le même ordre : deux essais ne se bloquent pas l'un l'autre."""
        return ((self.compte, self.frein_du_compte), (self.couple, FREIN_DU_COUPLE))


def reconnaitre_l_essai(cle: bytes, courriel: str, adresse: str) -> Essai:
    """L'essai de ce courriel (casse et espaces autour sans effet) depuis cette adresse de connexion."""
    compte = courriel.strip().lower()
    return Essai(_empreinte(cle, "couple", compte, _reseau(adresse)), _empreinte(cle, "compte", compte))


def reconnaitre_l_essai_de_code(cle: bytes, compte_id: int, adresse: str) -> Essai:
    """L'essai d'un second facteur : compté à part de celui du mot de passe, que l'on a déjà réussi."""
    compte, reseau = str(compte_id), _reseau(adresse)
    return Essai(_empreinte(cle, "code", compte, reseau), _empreinte(cle, "code du compte", compte), FREIN_DU_CODE)


def reconnaitre_la_demande_de_lien(cle: bytes, courriel: str, adresse: str) -> Essai:
    """La demande d'un lien de réinitialisation : chacune compte, qu'un compte existe ou non."""
    compte, reseau = courriel.strip().lower(), _reseau(adresse)
    return Essai(_empreinte(cle, "lien", compte, reseau), _empreinte(cle, "lien du compte", compte))


def reconnaitre_l_essai_d_avis(cle: bytes, ancre: str, adresse: str) -> Essai:
    """L'essai d'un code d'avis : compté par navigateur et adresse, et par adresse, au seuil d'une classe entière."""
    reseau = _reseau(adresse)
    return Essai(
        _empreinte(cle, "avis", ancre, reseau), _empreinte(cle, "avis de l'adresse", reseau), FREIN_DE_L_ADRESSE
    )


def _reseau(adresse: str) -> str:
    """L'adresse telle que le frein la compte : un abonné IPv6 dispose d'un /64 entier, il n'y a donc que lui."""
    try:
        lue = ip_address(adresse)
    except ValueError:
        return adresse
    if isinstance(lue, IPv4Address):
        return str(lue)
    return str(lue.ipv4_mapped or ip_network((lue.packed, 64), strict=False))


def _empreinte(cle: bytes, *parties: str) -> str:
    # Chaque partie est précédée de sa longueur : deux découpages d'un même texte ne se confondent pas.
    texte = "".join(f"{len(partie)}:{partie}" for partie in ("tentative", *parties))
    return hmac.new(cle, texte.encode(), hashlib.sha256).hexdigest()


class EssaiFreine(Exception):
    """Un frein joue : le mot de passe n'est pas regardé. `reessayer_le` : l'instant où un essai sera permis."""

    def __init__(self, reessayer_le: datetime, instant: datetime) -> None:
        super().__init__(f"réessayer le {reessayer_le}")
        self.reessayer_le = reessayer_le
        self.secondes = ceil((reessayer_le - instant).total_seconds())

    @property
    def minutes(self) -> int:
        """L'attente en minutes, arrondie au-dessus."""
        return ceil(self.secondes / 60)


def exiger_un_essai(session: Session, essai: Essai, instant: datetime) -> None:
    """Compte d'avance un échec, ou lève `EssaiFreine` (rien n'est alors compté).

    Compté avant de vérifier le mot de passe : des essais simultanés ne passent pas tous avant le premier refus. Un
    succès l'efface ensuite (`oublier_l_essai`).
    """
    lus = [_verrouiller(session, empreinte, frein, instant) for empreinte, frein in essai.freins]
    retour = max(reessayer_le for _, reessayer_le in lus)
    if retour > instant:
        raise EssaiFreine(retour, instant)
    for (empreinte, frein), (echecs, _) in zip(essai.freins, lus, strict=True):
        valeurs = {"dernier_le": instant, "reessayer_le": instant + frein.attente(echecs + 1)}
        _changer(session, empreinte, echecs=echecs + 1, **valeurs)


def _verrouiller(session: Session, empreinte: str, frein: Frein, instant: datetime) -> tuple[int, datetime]:
    """(échecs de suite, instant du prochain essai) ; la ligne reste tenue jusqu'à la fin de la transaction."""
    connexion = session.connection()
    inserer = postgresql.insert if connexion.dialect.name == "postgresql" else sqlite.insert
    # Créer et verrouiller en une instruction : deux premiers essais simultanés ne se heurtent ni ne s'ignorent.
    ajout = inserer(TentativeConnexion).values(
        empreinte=empreinte, echecs=0, dernier_le=instant, reessayer_le=instant
    )  # fmt: skip
    tenu = ajout.on_conflict_do_update(index_elements=["empreinte"], set_={"empreinte": ajout.excluded.empreinte})
    echecs, dernier_le, reessayer_le = connexion.execute(tenu.returning(*_LUES)).one()
    return (0, instant) if instant - dernier_le > frein.oubli else (echecs, reessayer_le)


_LUES = (col(TentativeConnexion.echecs), col(TentativeConnexion.dernier_le), col(TentativeConnexion.reessayer_le))


def _changer(session: Session, empreinte: str, **valeurs: Any) -> None:
    connue = col(TentativeConnexion.empreinte) == empreinte
    session.connection().execute(update(TentativeConnexion).where(connue).values(**valeurs))


def oublier_l_essai(session: Session, essai: Essai) -> None:
    """Après un succès : le couple repart de zéro, et le compte perd l'échec compté d'avance.

    Le compteur du compte n'est pas vidé : le titulaire qui se connecte ne rend pas ses essais à qui l'attaque ailleurs.
    """
    # Le compte d'abord, comme en comptant : deux transactions qui se croisent ne s'attendent pas l'une l'autre.
    moins_un = {"echecs": col(TentativeConnexion.echecs) - 1, "reessayer_le": col(TentativeConnexion.dernier_le)}
    _changer(session, essai.compte, **moins_un)
    session.connection().execute(
        delete(TentativeConnexion).where(col(TentativeConnexion.empreinte) == essai.couple)
    )  # fmt: skip


def purger_les_tentatives(session: Session, instant: datetime) -> int:
    """Efface les compteurs que plus rien ne lit ; rend leur nombre."""
    limite = instant - max(FREIN_DU_COUPLE.oubli, FREIN_DU_COMPTE.oubli)
    effacees = delete(TentativeConnexion).where(col(TentativeConnexion.dernier_le) < limite)
    return int(session.connection().execute(effacees).rowcount)
