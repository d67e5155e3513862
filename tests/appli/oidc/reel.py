"""Un vrai fournisseur d'identité (oidc-provider-mock, PyPI), dans son processus, sur la boucle locale."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

COURRIEL = "referente@quatre-vents.invalid"
PERSONNES = {
    "referente": {"email": COURRIEL, "email_verified": True, "given_name": "Ada", "family_name": "Fictive"},
    "nouvelle": {"email": "Nouvelle@quatre-vents.invalid", "email_verified": True, "given_name": "Nina"},
    "non-verifiee": {"email": COURRIEL, "email_verified": False},
}
DEMARRAGE_MAXIMAL_S = 30


@dataclass(frozen=True)
class Reel:
    """Le fournisseur : son adresse, et le client que l'outil y a déclaré."""

    adresse: str
    client_id: str
    secret: str

    def accepter(self, depart: str, qui: str) -> dict[str, str]:
        """La personne s'identifie et accepte : ce qu'elle ramène."""
        return self._repondre(depart, {"sub": qui})

    def refuser(self, depart: str) -> dict[str, str]:
        """La personne refuse : ce qu'elle ramène."""
        return self._repondre(depart, {"action": "deny"})

    def _repondre(self, depart: str, saisies: dict[str, str]) -> dict[str, str]:
        assert httpx.get(depart).status_code == 200
        reponse = httpx.post(depart, data=saisies)
        assert reponse.status_code == 302
        ou = urlsplit(reponse.headers["location"])
        assert ou.path == "/connexion/retour/reel"
        return dict(parse_qsl(ou.query))


@contextmanager
def lancer() -> Iterator[str]:
    """Le temps du bloc, un fournisseur qui exige client déclaré, secret et nonce ; rend son adresse."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = int(prise.getsockname()[1])
    personnes = [f"--user-claims={json.dumps({'sub': sub, **dit})}" for sub, dit in PERSONNES.items()]
    commande = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-registration"]
    with subprocess.Popen(
        [*commande, "--require-nonce", *personnes],
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as processus:
        try:
            _attendre(processus, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            processus.terminate()


def _attendre(processus: subprocess.Popen[bytes], port: int) -> None:
    limite = time.monotonic() + DEMARRAGE_MAXIMAL_S
    while time.monotonic() < limite and processus.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("Le fournisseur d'essai n'a pas démarré.", pytrace=False)


def inscrire(serveur: str, retour: str, methode: str = "client_secret_basic") -> Reel:
    """Déclare l'outil chez ce fournisseur, avec cette seule adresse de retour."""
    demande = {"redirect_uris": [retour], "token_endpoint_auth_method": methode}
    client = httpx.post(f"{serveur}/oauth2/clients", json=demande).json()
    return Reel(serveur, client["client_id"], client["client_secret"])
