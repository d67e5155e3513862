"""Mots de passe, jetons, contrôle d'origine et en-têtes de sécurité : rien ici ne touche la base."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from appli.comptes.mots_de_passe import normaliser

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ENTETES = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_HOTE = re.compile(r"[\w.:\[\]-]*", re.ASCII)
_HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}

# 19 Mio et deux passes : le minimum de l'OWASP, 44 ms par essai ; les valeurs par défaut en prennent 285.
_argon2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def condenser(mot_de_passe: str) -> str:
    """Condensé argon2id d'un mot de passe, sel compris."""
    return _argon2.hash(normaliser(mot_de_passe))


def verifier(mot_de_passe: str, condense: str | None) -> bool:
    """Vrai si le mot de passe répond au condensé ; un compte inconnu (None) coûte le même temps."""
    try:
        _argon2.verify(condense or _leurre(), normaliser(mot_de_passe))
    except (VerificationError, InvalidHashError):
        return False
    return condense is not None


def a_recondenser(condense: str) -> bool:
    """Vrai si ce condensé date d'un autre coût que celui d'aujourd'hui."""
    return _argon2.check_needs_rehash(condense)


@cache
def _leurre() -> str:
    return condenser(secrets.token_urlsafe(24))


def nouveau_jeton() -> str:
    """Jeton opaque de 256 bits."""
    return secrets.token_urlsafe(32)


def empreinte_de(jeton: str) -> str:
    """SHA-256 d'un jeton : ce que la base en garde."""
    return hashlib.sha256(jeton.encode()).hexdigest()


def jeton_de_formulaire(cle: bytes, ancre: str) -> str:
    """Jeton anti-falsification lié à une session (ou à une visite) par `ancre`."""
    return hmac.new(cle, f"formulaire:{ancre}".encode(), hashlib.sha256).hexdigest()


def jeton_valable(cle: bytes, ancre: str, jeton: str) -> bool:
    """Vrai si `jeton` a été émis pour cette session ; la comparaison prend un temps constant."""
    return hmac.compare_digest(jeton_de_formulaire(cle, ancre).encode(), jeton.encode())


def hote_lisible(entetes: Iterable[tuple[bytes, bytes]]) -> bool:
    """Vrai s'il y a au plus un en-tête `Host`, et qu'il dit un hôte et un port (RFC 9110, 7.2 : sinon, 400)."""
    hotes = [valeur.decode("latin-1") for nom, valeur in entetes if nom.lower() == b"host"]
    if len(hotes) != 1 or not _HOTE.fullmatch(hotes[0]):
        return not hotes
    try:
        port = urlsplit(f"//{hotes[0]}").port
    except ValueError:
        return False
    return port is None or port > 0


def meme_origine(entetes: Mapping[str, str]) -> bool:
    """Vrai si rien ne dit que la requête vient d'un autre site (`Sec-Fetch-Site`, `Origin`)."""
    if entetes.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origine = entetes.get("origin")
    return origine is None or urlsplit(origine).netloc == entetes.get("host", "")


def adresse_locale(adresse: str | None) -> str:
    """L'adresse si elle reste sur ce site, sinon `/` : une redirection ne doit pas mener ailleurs."""
    if not adresse or not adresse.startswith("/") or adresse.startswith(("//", "/\\")):
        return "/"
    return adresse if adresse.isprintable() and "\\" not in adresse else "/"


def entetes_de_securite(*, https: bool) -> dict[str, str]:
    """Les en-têtes posés sur toute réponse, erreurs comprises."""
    return {**_ENTETES, **_HSTS} if https else dict(_ENTETES)
