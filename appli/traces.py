"""Le journal technique : les pannes et les refus, une ligne JSON chacun, sur la sortie d'erreur.

Ni nom, ni courriel, ni adresse, ni valeur saisie : un compte y est son numéro, un courriel tapé et une adresse y sont
des marques (empreintes à clé), assez pour rapprocher deux lignes. Ce qui s'y écrit : docs/securite/regles.md.
"""

import hashlib
import hmac
import json
import logging
import logging.config
import traceback
from datetime import UTC, datetime
from typing import Any

SECURITE = logging.getLogger("trajectoire.securite")
_FINS_DE_LIGNE = {ord(signe): f"\\u{ord(signe):04x}" for signe in "\x7f\x85\u2028\u2029"}
"""Ce que JSON laisse tel quel et qu'un lecteur de journaux peut prendre pour une fin de ligne."""


def consigner_la_panne(journal: logging.Logger, quoi: str, erreur: BaseException) -> None:
    """Écrit `quoi`, la sorte de l'erreur et de ses causes, et les lignes de code traversées, jamais son message."""
    journal.error("%s : %s", quoi, _sans_message(erreur))


def _sans_message(erreur: BaseException) -> str:
    maillons = []
    suivante: BaseException | None = erreur
    while suivante is not None:
        maillons.append(f"{type(suivante).__qualname__}\n{''.join(traceback.format_tb(suivante.__traceback__))}")
        suivante = suivante.__cause__ or suivante.__context__
    return "dû à ".join(maillons)


def consigner_un_refus(quoi: str, **details: str | int | None) -> None:
    """Écrit ce que l'application a refusé (« connexion refusée ») ; un détail vide ne s'écrit pas.

    Les détails nomment qui (`compte` : son numéro, ou la marque du courriel tapé), d'où (`source` : la marque de
    l'adresse) et où (`route` : le modèle de l'adresse, jamais l'adresse elle-même, qui peut porter un secret).
    """
    SECURITE.warning(quoi, extra={"details": {nom: valeur for nom, valeur in details.items() if valeur}})


def marquer(cle: bytes, genre: str, texte: str) -> str:
    """16 chiffres hexadécimaux qui reconnaissent un texte sans le dire ; vide si le texte l'est."""
    return hmac.new(cle, f"trace:{genre}:{texte}".encode(), hashlib.sha256).hexdigest()[:16] if texte else ""


class LigneJSON(logging.Formatter):
    """Une entrée, une ligne : instant UTC, niveau, journal, texte, détails ; jamais le message d'une exception."""

    def format(self, record: logging.LogRecord) -> str:
        """La ligne ; le JSON échappe ce qui la couperait en deux."""
        contenu: dict[str, Any] = {
            "quand": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "niveau": record.levelname,
            "journal": record.name,
            "quoi": record.getMessage(),
            **getattr(record, "details", {}),
        }
        if record.exc_info and record.exc_info[1]:
            contenu["erreur"] = _sans_message(record.exc_info[1])
        return json.dumps(contenu, ensure_ascii=False).translate(_FINS_DE_LIGNE)


def ouvrir_les_traces() -> None:
    """Envoie en JSON à la sortie d'erreur toute entrée WARNING ou plus, de l'application comme du serveur web."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": LigneJSON}},
            "handlers": {"sortie": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": "WARNING", "handlers": ["sortie"]},
        }
    )
