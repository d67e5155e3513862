"""Sceller un secret que la base doit garder et relire : chiffré et authentifié, une clé dérivée par usage.

La clé de chaque usage est tirée de celle des fichiers (HKDF-SHA-256) : un texte scellé pour un usage ne s'ouvre ni pour
un autre, ni dans une autre ligne (`contexte`). Pendant un changement de clé, ce qui est sous l'ancienne s'ouvre encore.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from charte.commun.reglages import Reglages

_ENTETE = b"TRS1"
_TAILLE_NONCE = 12


class SceauBrise(Exception):
    """Un texte scellé est altéré, d'un autre usage, d'une autre ligne, ou sous une clé que l'on n'a plus."""


@dataclass(frozen=True)
class Sceau:
    """Les clés (32 octets) d'un usage : la courante d'abord, puis l'ancienne pendant un changement."""

    cles: tuple[bytes, ...]

    @classmethod
    def de(cls, reglages: Reglages, usage: str) -> "Sceau":
        """Le sceau d'un usage (« courriel », « second facteur »…) dans cette installation."""
        sources = (reglages.cle_fichiers, reglages.cle_fichiers_ancienne)
        return cls(tuple(deriver(source, usage) for source in sources if source is not None))

    def sceller(self, clair: bytes, contexte: str) -> bytes:
        """Le texte scellé ; `contexte` (« compte:12 ») devra être redit pour l'ouvrir."""
        return _ENTETE + chiffrer(clair, contexte, self.cles[0])

    def ouvrir(self, scelle: bytes, contexte: str) -> bytes:
        """Le texte en clair. Lève `SceauBrise`."""
        for cle in self.cles:
            if (clair := _ouvrir(scelle, contexte, cle)) is not None:
                return clair
        raise SceauBrise("Un secret gardé en base ne s'ouvre pas : il est altéré, ou la clé des fichiers a changé.")

    def sous_la_cle_courante(self, scelle: bytes, contexte: str) -> bool:
        """Vrai si le texte s'ouvre sous la clé courante."""
        return _ouvrir(scelle, contexte, self.cles[0]) is not None


def deriver(source: bytes, usage: str) -> bytes:
    """La clé (32 octets) d'un usage, tirée d'une clé de l'installation ; deux usages n'ont jamais la même."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"trajectoire:{usage}".encode()).derive(source)


def _ouvrir(scelle: bytes, contexte: str, cle: bytes) -> bytes | None:
    if not scelle.startswith(_ENTETE):
        return None
    return dechiffrer(scelle.removeprefix(_ENTETE), contexte, cle)


def chiffrer(clair: bytes, contexte: str, cle: bytes) -> bytes:
    """AES-256-GCM : nonce (12 octets) puis texte chiffré ; `contexte`, authentifié, devra être redit."""
    nonce = secrets.token_bytes(_TAILLE_NONCE)
    return nonce + AESGCM(cle).encrypt(nonce, clair, contexte.encode())


def dechiffrer(chiffre: bytes, contexte: str, cle: bytes) -> bytes | None:
    """L'inverse de `chiffrer` ; None si le texte est altéré, ou d'une autre clé, ou d'un autre contexte."""
    nonce, corps = chiffre[:_TAILLE_NONCE], chiffre[_TAILLE_NONCE:]
    try:
        return AESGCM(cle).decrypt(nonce, corps, contexte.encode())
    except (InvalidTag, ValueError):
        return None
