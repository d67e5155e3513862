"""Envoyer des octets à l'application comme le ferait un serveur, et dire ce qui ne va pas dans sa réponse.

Un client HTTP corrigerait ou refuserait ce qu'on veut envoyer : l'application est appelée directement en ASGI.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from appli.application import Application
from appli.securite import entetes_de_securite

MARQUE = "<zz9\"'>zz9"
"""Glissée dans les saisies : rendue telle quelle dans une page, elle en sortirait."""
_ECHO = re.compile(rb"<zz9|zz9[\"']")
STATUTS = frozenset({200, 303, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429})
REPONSE_MAXIMALE_S = 20.0


@dataclass(frozen=True, repr=False)
class Envoi:
    """Une requête, à l'octet près. `cible` : l'adresse demandée, question comprise ; `coupe` : le client s'en va."""

    methode: str
    cible: bytes
    entetes: tuple[tuple[bytes, bytes], ...] = ()
    corps: bytes = b""
    coupe: bool = False
    qui: str = "anonyme"

    def __repr__(self) -> str:
        # Hypothesis écrit ses exemples : un envoi d'un demi-mégaoctet n'y tient pas.
        return str(self)

    def __str__(self) -> str:
        corps = self.corps if len(self.corps) < 600 else self.corps[:600] + b"..."
        cible = self.cible if len(self.cible) < 600 else self.cible[:600] + b"..."
        entetes = [(nom, valeur[:200]) for nom, valeur in self.entetes]
        return f"{self.qui} {self.methode} {cible!r}\n  {entetes}\n  {len(self.corps)} octets : {corps!r}"


@dataclass
class Recue:
    """Ce que l'application a répondu."""

    statut: int = 0
    entetes: list[tuple[bytes, bytes]] = field(default_factory=list)
    corps: bytes = b""

    def entete(self, nom: bytes) -> bytes:
        """Le premier en-tête de ce nom, vide s'il manque."""
        return next((valeur for cle, valeur in self.entetes if cle.lower() == nom), b"")


class Plaintes(logging.Handler):
    """Ce que l'application consigne d'au moins « erreur » pendant un essai."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lignes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Garde une ligne."""
        self.lignes.append(record.getMessage())

    def vider(self) -> list[str]:
        """Les lignes gardées depuis la dernière fois."""
        lignes, self.lignes = self.lignes, []
        return lignes


def _portee(envoi: Envoi) -> dict[str, Any]:
    chemin, _, question = envoi.cible.partition(b"?")
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http",
        "method": envoi.methode, "root_path": "", "raw_path": chemin, "query_string": question,
        "path": unquote(chemin.decode("ascii")), "headers": list(envoi.entetes), "state": {},
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50_000),
    }  # fmt: skip


async def envoyer(application: Application, envoi: Envoi) -> Recue:
    """La réponse de l'application ; lève ce qu'elle laisse échapper (un serveur en ferait un 500)."""
    milieu = len(envoi.corps) // 2
    morceaux: list[dict[str, Any]] = [
        {"type": "http.request", "body": envoi.corps[:milieu], "more_body": True},
        {"type": "http.disconnect"} if envoi.coupe else {"type": "http.request", "body": envoi.corps[milieu:]},
    ]
    recue = Recue()

    async def recevoir() -> dict[str, Any]:
        if not morceaux:
            # Le client attend sa réponse : dire qu'il est parti couperait court à l'envoi d'un fichier.
            await asyncio.Event().wait()
        return morceaux.pop(0)

    async def noter(message: Any) -> None:
        if message["type"] == "http.response.start":
            recue.statut, recue.entetes = message["status"], [(bytes(n), bytes(v)) for n, v in message["headers"]]
        elif message["type"] == "http.response.body":
            recue.corps += message.get("body", b"")

    await asyncio.wait_for(application(_portee(envoi), recevoir, noter), REPONSE_MAXIMALE_S)  # type: ignore[arg-type]
    return recue


def fautes(envoi: Envoi, recue: Recue, plaintes: list[str]) -> list[str]:
    """Ce qui ne va pas dans une réponse ; une requête coupée n'en attend pas, mais ne doit rien casser."""
    trouvees = [f"consigné : {ligne}" for ligne in plaintes]
    if envoi.coupe and recue.statut == 0:
        return trouvees
    if recue.statut not in STATUTS:
        trouvees.append(f"statut {recue.statut}")
    attendus = entetes_de_securite(https=False)
    # Un fichier à télécharger porte une politique plus serrée encore que celle des pages.
    serree = recue.entete(b"content-security-policy").startswith(b"default-src 'none'")
    manquants = [
        nom
        for nom, valeur in attendus.items()
        if recue.entete(nom.encode()) != valeur.encode() and not (serree and nom == "content-security-policy")
    ]
    if manquants:
        trouvees.append(f"en-têtes de sécurité absents : {', '.join(manquants)}")
    if any(set(b"\r\n\x00") & set(nom + valeur) for nom, valeur in recue.entetes):
        trouvees.append("un en-tête de réponse porte un caractère de contrôle")
    suite = recue.entete(b"location")
    if suite and (not suite.startswith(b"/") or suite.startswith((b"//", b"/\\"))):
        trouvees.append(f"redirige hors du site : {suite!r}")
    if recue.entete(b"content-type").startswith(b"text/html") and _ECHO.search(recue.corps):
        trouvees.append("rend une saisie sans l'échapper")
    return trouvees
