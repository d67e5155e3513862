"""Un fournisseur d'identité sur la boucle locale, honnête par défaut, que chaque test rend hostile à sa façon."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "client-de-test", "secret+de/test:é"
Reponse = tuple[int, str, bytes]


def b64(octets: bytes) -> str:
    """Base 64 d'adresse, sans remplissage."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def cle_neuve(kid: str) -> RSAKey:
    """Une clé RSA de signature."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


CLE, AUTRE_CLE = cle_neuve("premiere"), cle_neuve("seconde")


@dataclass
class Hostile:
    """Le fournisseur : ce qu'il dit (`personne`), et ce qu'un test y change."""

    adresse: str = ""
    personne: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    """Ce qui remplace une valeur du jeton d'identité ; None l'ôte."""
    change_userinfo: dict[str, Any] = field(default_factory=dict)
    decouverte: dict[str, Any] = field(default_factory=dict)
    cle: RSAKey = field(default_factory=lambda: CLE)
    publiees: tuple[RSAKey, ...] = (CLE,)
    signer: Callable[[dict[str, Any]], str] | None = None
    userinfo_signe: bool = False
    reponses: dict[str, Callable[[], Reponse]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    encodage: str = ""
    acces: str = "acces-secret-" + "a" * 30
    emis: list[str] = field(default_factory=list)
    appels: list[str] = field(default_factory=list)

    def autoriser(self, depart: str) -> dict[str, str]:
        """Ce que la personne ramène d'un départ accepté : `code` et `state`."""
        demande = {nom: valeurs[0] for nom, valeurs in parse_qs(urlsplit(depart).query).items()}
        code = f"code-{uuid4().hex}"
        self.codes[code] = demande
        self.emis += [code, demande["state"], demande["nonce"]]
        return {"code": code, "state": demande["state"]}

    def signe(self, contenu: dict[str, Any]) -> str:
        """Un jeton de ce fournisseur."""
        jeton = self.signer(contenu) if self.signer else signer(contenu, self.cle)
        self.emis.append(jeton)
        return jeton

    def repondre(self, methode: str, chemin: str, corps: str, entetes: Any) -> Reponse:
        """La réponse à une demande de l'outil."""
        self.appels.append(chemin)
        if chemin in self.reponses:
            return self.reponses[chemin]()
        page = {
            "/.well-known/openid-configuration": lambda: _json({**self._decouverte(), **self.decouverte}),
            "/jwks": lambda: _json({"keys": [cle.as_dict(private=False) for cle in self.publiees]}),
            "/token": lambda: self._echanger(corps, entetes),
            "/userinfo": lambda: self._userinfo(entetes),
        }.get(chemin)
        return page() if page else (404, "text/plain", b"")

    def _decouverte(self) -> dict[str, Any]:
        return {
            "issuer": self.adresse,
            "authorization_endpoint": f"{self.adresse}/authorize",
            "token_endpoint": f"{self.adresse}/token",
            "userinfo_endpoint": f"{self.adresse}/userinfo",
            "jwks_uri": f"{self.adresse}/jwks",
        }

    def _echanger(self, corps: str, entetes: Any) -> Reponse:
        recu = {nom: valeurs[0] for nom, valeurs in parse_qs(corps).items()}
        demande = self.codes.pop(recu.get("code", ""), None)
        preuve = b64(hashlib.sha256(recu.get("code_verifier", "").encode()).digest())
        justes = (
            demande is not None
            and _client(recu, entetes.get("Authorization", "")) == (CLIENT, SECRET)
            and recu.get("grant_type") == "authorization_code"
            and recu.get("redirect_uri") == demande["redirect_uri"]
            and demande.get("code_challenge", preuve) == preuve
        )
        if demande is None or not justes:
            return _json({"error": "invalid_grant"}, 400)
        jeton = self.signe(self._identite(demande["nonce"]))
        self.emis.append(self.acces)
        return _json({"access_token": self.acces, "token_type": "Bearer", "expires_in": 60, "id_token": jeton})

    def _identite(self, nonce: str) -> dict[str, Any]:
        instant = int(time.time())
        juste = {
            "iss": self.adresse,
            "sub": self.personne.get("sub", "sujet-1"),
            "aud": CLIENT,
            "exp": instant + 60,
            "iat": instant,
            "nonce": nonce,
            "at_hash": b64(hashlib.sha256(self.acces.encode()).digest()[:16]),
        }
        return _sans_vides({**juste, **self.change})

    def _userinfo(self, entetes: Any) -> Reponse:
        if entetes.get("Authorization") != f"Bearer {self.acces}":
            return _json({"error": "invalid_token"}, 401)
        if not self.userinfo_signe:
            return _json(_sans_vides({"sub": "sujet-1", **self.personne, **self.change_userinfo}))
        base_ = {"sub": "sujet-1", "iss": self.adresse, "aud": CLIENT, **self.personne, **self.change_userinfo}
        return 200, "application/jwt", self.signe(_sans_vides(base_)).encode()


def signer(contenu: dict[str, Any], cle: RSAKey, **entete: Any) -> str:
    """Un jeton signé par cette clé, en RS256 si rien d'autre n'est dit."""
    return jwt.encode({"alg": "RS256", "kid": cle.kid, **entete}, contenu, cle, algorithms=["RS256", "RS512"])


def sans_signature(contenu: dict[str, Any]) -> str:
    """Un jeton « alg: none »."""
    return f"{_partie({'alg': 'none'})}.{_partie(contenu)}."


def signer_par_la_cle_publique(contenu: dict[str, Any]) -> str:
    """Un jeton HS256 dont le secret est la clé publique RSA : l'attaque par confusion d'algorithmes."""
    corps = f"{_partie({'alg': 'HS256', 'kid': CLE.kid})}.{_partie(contenu)}"
    publique = CLE.as_pem(private=False)
    return f"{corps}.{b64(hmac.new(publique, corps.encode(), hashlib.sha256).digest())}"


def _partie(contenu: dict[str, Any]) -> str:
    return b64(json.dumps(contenu).encode())


def _client(recu: dict[str, str], autorisation: str) -> tuple[str, str]:
    if not autorisation.startswith("Basic "):
        return recu.get("client_id", ""), recu.get("client_secret", "")
    identifiant, _, secret = base64.b64decode(autorisation[6:]).decode().partition(":")
    return unquote_plus(identifiant), unquote_plus(secret)


def _sans_vides(contenu: dict[str, Any]) -> dict[str, Any]:
    return {nom: valeur for nom, valeur in contenu.items() if valeur is not None}


def _json(contenu: dict[str, Any], statut: int = 200) -> Reponse:
    return statut, "application/json", json.dumps(contenu).encode()


@contextmanager
def servir(hostile: Hostile) -> Iterator[Hostile]:
    """Sert ce fournisseur sur la boucle locale."""

    class Guichet(BaseHTTPRequestHandler):
        def _servir(self) -> None:
            longueur = int(self.headers.get("Content-Length") or 0)
            corps = self.rfile.read(longueur).decode()
            statut, genre, octets = hostile.repondre(self.command, urlsplit(self.path).path, corps, self.headers)
            self.send_response(statut)
            self.send_header("Content-Type", genre)
            if 300 <= statut < 400:
                self.send_header("Location", octets.decode())
                octets = b""
            self.send_header("Content-Length", str(len(octets)))
            if hostile.encodage:
                self.send_header("Content-Encoding", hostile.encodage)
            self.end_headers()
            try:
                self.wfile.write(octets)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = _servir  # noqa: N815 (noms imposés par http.server)

        def log_message(self, format: str, *args: Any) -> None:
            """Rien sur la sortie des tests."""

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Guichet)
    hostile.adresse = f"http://127.0.0.1:{serveur.server_port}"
    fil = threading.Thread(target=serveur.serve_forever, args=(0.02,), daemon=True)
    fil.start()
    try:
        yield hostile
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()
