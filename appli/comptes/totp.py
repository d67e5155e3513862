"""Le second facteur : codes à usage unique selon l'heure (TOTP, RFC 6238) et codes de secours. Fonctions pures.

Six chiffres, un pas de 30 secondes, HMAC-SHA-1 : ce que toutes les applications des téléphones savent lire.
"""

import hmac
import secrets
from datetime import datetime

import pyotp
import segno

PAS_S = 30
TOLERANCE = 1
"""Pas acceptés avant et après l'heure : une horloge de téléphone décalée d'une demi-minute passe encore."""
NOMBRE_DE_CODES = 10
# Sans 0, 1, I, L, O : un code se recopie d'une feuille sans hésiter. 12 signes parmi 31, soit 59 bits.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def nouveau_secret() -> str:
    """Un secret de 160 bits, en base 32 (RFC 4226, section 4)."""
    return pyotp.random_base32(32)


def en_groupes(secret: str) -> str:
    """« ABCD EFGH … » : le secret tel qu'on le recopie."""
    return " ".join(secret[debut : debut + 4] for debut in range(0, len(secret), 4))


def adresse_du_secret(secret: str, courriel: str, emetteur: str) -> str:
    """L'adresse `otpauth://` que lit une application de codes."""
    return pyotp.TOTP(secret).provisioning_uri(name=courriel, issuer_name=emetteur)


def dessiner_le_code_qr(adresse: str) -> str:
    """Le code QR en SVG, sans style ni script : il se pose tel quel dans une page."""
    dessin: str = segno.make(adresse, error="m", micro=False).svg_inline(
        scale=5, border=4, dark="#000000", light="#ffffff", svgclass=None, lineclass=None
    )
    return dessin.replace("<svg ", '<svg role="img" aria-label="Code QR à lire avec l’application du téléphone" ', 1)


def pas_du_code(secret: str, code: str, instant: datetime, dernier: int | None) -> int | None:
    """Le pas auquel répond ce code, plus récent que le dernier accepté ; None si le code est faux ou rejoué."""
    courant, calcul = int(instant.timestamp()) // PAS_S, pyotp.TOTP(secret)
    saisi = "".join(c for c in code if c in "0123456789")
    for pas in range(courant - TOLERANCE, courant + TOLERANCE + 1):
        juste = hmac.compare_digest(calcul.generate_otp(pas), saisi)
        if juste and (dernier is None or pas > dernier):
            return pas
    return None


def nouveaux_codes_de_secours() -> list[str]:
    """Dix codes « XXXX-XXXX-XXXX », imprévisibles."""
    return [_nouveau_code() for _ in range(NOMBRE_DE_CODES)]


def _nouveau_code() -> str:
    signes = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{signes[:4]}-{signes[4:8]}-{signes[8:]}"


def est_un_code_de_secours(code: str) -> bool:
    """Vrai si la saisie a la forme d'un code de secours (tirets et casse sans effet)."""
    return len(reduire_le_code(code)) == 12


def reduire_le_code(code: str) -> str:
    """Le code de secours sans tirets ni espaces, en capitales."""
    return "".join(c for c in code.upper() if c in _ALPHABET)
