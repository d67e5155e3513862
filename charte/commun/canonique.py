"""Le JSON canonique d'un contenu scellé et son empreinte : les mêmes valeurs donnent toujours les mêmes octets."""

import hashlib
import json

__all__ = ["calculer_empreinte", "ecrire_canonique"]


def ecrire_canonique(valeurs: object) -> str:
    """JSON à clés triées, sans espace ni fin de ligne, en UTF-8 ; un nombre qui n'en est pas un est refusé."""
    return json.dumps(valeurs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def calculer_empreinte(texte: str) -> str:
    """SHA-256 (64 chiffres hexadécimaux) d'un texte en UTF-8."""
    return hashlib.sha256(texte.encode("utf-8")).hexdigest()
