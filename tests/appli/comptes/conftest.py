"""Un administrateur, et un vrai serveur de courrier sur la boucle locale."""

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from appli.base import BaseSQL
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, Role
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from tests.conftest import Client, creer_compte, jeton_de

ADRESSE = "https://qualite.quatre-vents.invalid"
ADMIN = "admin@quatre-vents.invalid"
NOUVEAU = "sept bougies vertes au port"


@dataclass
class Boite:
    """Ce qu'a reçu le serveur ; `refuser` : ce qu'il répond à un destinataire, vide s'il l'accepte."""

    recus: list[EmailMessage] = field(default_factory=list)
    refuser: str = ""

    async def handle_RCPT(self, _serveur: Any, _session: Any, enveloppe: Any, adresse: str, _options: Any) -> str:  # noqa: N802
        """Accepte ou refuse un destinataire."""
        if self.refuser:
            return self.refuser
        enveloppe.rcpt_tos.append(adresse)
        return "250 OK"

    async def handle_DATA(self, _serveur: Any, _session: Any, enveloppe: Any) -> str:  # noqa: N802
        """Garde un courriel."""
        lu = message_from_bytes(enveloppe.content, policy=policy.default)
        assert isinstance(lu, EmailMessage)
        self.recus.append(lu)
        return "250 OK"

    def dernier(self, pour: str) -> str:
        """Le texte du dernier courriel reçu par cette adresse."""
        trouves = [m for m in self.recus if m["To"] == pour]
        assert trouves, f"rien pour {pour} parmi {[m['To'] for m in self.recus]}"
        return str(trouves[-1].get_content())

    def code(self, pour: str) -> str:
        """Le secret du lien du dernier courriel."""
        trouve = re.search(rf"{re.escape(ADRESSE)}/lien#([\w-]+)", self.dernier(pour))
        assert trouve, self.dernier(pour)
        return trouve[1]


def port_libre() -> int:
    """Un port libre de la boucle locale."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


@pytest.fixture
def boite() -> Iterator[tuple[Boite, int]]:
    """Un serveur de courrier véritable : ce qu'il reçoit, et son port."""
    recu, port = Boite(), port_libre()
    serveur = Controller(recu, hostname="127.0.0.1", port=port)
    serveur.start()
    yield recu, port
    serveur.stop()


@pytest.fixture
def courrier(boite: tuple[Boite, int]) -> Boite:
    """Ce qu'a reçu le serveur de courrier."""
    return boite[0]


@pytest.fixture
def reglages(reglages: Reglages, boite: tuple[Boite, int]) -> Reglages:
    """Les réglages du test, courrier compris."""
    serveur = ServeurDeCourrier("127.0.0.1", boite[1], "qualite@quatre-vents.invalid")
    return replace(reglages, courrier=serveur, adresse_publique=ADRESSE)


@pytest.fixture
def admin(base: BaseSQL) -> Acteur:
    """L'administrateur d'un premier établissement."""
    return creer_compte(base, "Université des Quatre-Vents", Role.ADMINISTRATEUR, ADMIN)


@pytest.fixture
def page_admin(connecter: Callable[[Acteur], Client], admin: Acteur) -> Client:
    """Un navigateur connecté sous l'administrateur."""
    return connecter(admin)


@pytest.fixture
def poster_le_courrier(base: BaseSQL, reglages: Reglages) -> Callable[[], int]:
    """Envoie tout ce qui attend ; rend le nombre de travaux."""
    return lambda: executer_en_attente(base, reglages)


def choisir(client: Client, code: str, mot_de_passe: str = NOUVEAU, encore: str | None = None) -> Any:
    """Suit un lien jusqu'au choix du mot de passe."""
    jeton = jeton_de(client.get("/lien").text)
    saisies = {"_csrf": jeton, "jeton": code, "nouveau": mot_de_passe, "encore": encore or mot_de_passe}
    return client.post("/lien/mot-de-passe", data=saisies)


def inviter(
    client: Client, courriel: str, role: Role = Role.LECTEUR, portee: str = "etablissement", nom: str = "Lou Bo"
) -> Any:
    """Invite une personne."""
    saisies = {"courriel": courriel, "nom": nom, "role": role.value, "portee": portee}
    return client.post("/comptes/invitation", data=saisies)
