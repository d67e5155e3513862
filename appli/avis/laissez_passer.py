"""Le laissez-passer d'une personne qui a montré son code : un cookie signé, de deux heures, sans le secret du lien.

Il porte l'instant, l'empreinte du lien (celle de la base) et une signature à clé : on ne peut ni le forger pour deviner
un lien sans passer par les freins, ni en tirer le secret.
"""

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256

DUREE = timedelta(hours=2)
SUFFIXE = "-avis"
_FORME = re.compile(r"(\d{1,12})\.([0-9a-f]{64})\.([0-9a-f]{64})", re.ASCII)


def signer(cle: bytes, empreinte: str, instant: datetime) -> str:
    """Le laissez-passer de ce lien, à compter de cet instant."""
    seconde = int(instant.timestamp())
    return f"{seconde}.{empreinte}.{_signature(cle, seconde, empreinte)}"


def lire(cle: bytes, cookie: str | None, instant: datetime) -> str | None:
    """L'empreinte du lien, ou None si le laissez-passer manque, est faux ou a plus de deux heures."""
    trouve = _FORME.fullmatch(cookie or "")
    if trouve is None:
        return None
    seconde, empreinte, signature = int(trouve[1]), trouve[2], trouve[3]
    if not hmac.compare_digest(signature, _signature(cle, seconde, empreinte)):
        return None
    age = instant.timestamp() - seconde
    return empreinte if age < DUREE.total_seconds() else None


def _signature(cle: bytes, seconde: int, empreinte: str) -> str:
    return hmac.new(cle, f"avis:{seconde}:{empreinte}".encode(), sha256).hexdigest()
