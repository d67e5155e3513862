"""Parler aux fournisseurs d'identité : découverte, clés, échange du code, userinfo.

Toute réponse est bornée en taille et en temps, aucune redirection n'est suivie, rien de ce qui est lu n'est journalisé.
"""

import base64
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from appli.oidc.configuration import Fichier, Fournisseur, adresse_sure, exiger_une_adresse_sure
from appli.oidc.jetons import Claims, CleInconnue, JetonRefuse, lire_le_jeton

TAILLE_MAXIMALE = 256 * 1024
DELAI_D_ATTENTE = 5.0
"""Secondes sans recevoir un octet."""
DELAI_TOTAL = 10.0
"""Secondes pour une réponse entière : un fournisseur qui distille ses octets ne retient pas un fil."""
FRAICHEUR = 3600.0
"""Secondes pendant lesquelles une découverte et des clés resservent."""
REPOS_APRES_PANNE = 10.0
"""Secondes pendant lesquelles on ne rappelle pas un fournisseur qui vient de manquer."""
REPOS_DES_CLES = 30.0
"""Secondes au moins entre deux relectures des clés demandées par une clé inconnue."""


class FournisseurInjoignable(Exception):
    """Le fournisseur ne répond pas, ou pas comme il devrait ; le message ne dit que le genre de panne."""


@dataclass(frozen=True)
class Decouverte:
    """Ce qu'un fournisseur dit de lui-même (`/.well-known/openid-configuration`)."""

    autorisation: str
    jetons: str
    cles: str
    userinfo: str | None
    fin: str | None
    emetteur_au_retour: bool
    """Vrai s'il promet de se nommer au retour (`iss`, RFC 9207)."""


@dataclass
class _Memoire:
    """Ce qu'on garde d'un fournisseur, et les instants (horloge monotone) où on l'a appris."""

    verrou: threading.Lock = field(default_factory=threading.Lock)
    decouverte: Decouverte | None = None
    cles: KeySet | None = None
    lue_le: float = 0.0
    relue_le: float = float("-inf")
    panne_le: float = float("-inf")


class Fournisseurs:
    """Les fournisseurs déclarés d'une installation, et ce que ce processus a appris d'eux. Se partage entre fils."""

    def __init__(self, fichier: Fichier, secrets: Mapping[str, SecretStr], adresse_publique: str) -> None:
        self.fichier = fichier
        self._adresse_publique = exiger_une_adresse_sure(adresse_publique).rstrip("/")
        self._secrets = secrets
        self._memoires = {f.cle: _Memoire() for f in fichier.fournisseur}
        self._par_cle = {f.cle: f for f in fichier.fournisseur}

    def get(self, cle: str) -> Fournisseur | None:
        """Le fournisseur de cette clé, ou None."""
        return self._par_cle.get(cle)

    @property
    def connexion(self) -> str:
        """L'adresse où revenir, déconnecté de chez le fournisseur."""
        return f"{self._adresse_publique}/connexion"

    def retour(self, fournisseur: Fournisseur) -> str:
        """L'adresse de retour à déclarer chez ce fournisseur ; jamais tirée de la requête, qui peut mentir."""
        return f"{self._adresse_publique}/connexion/retour/{fournisseur.cle}"

    def decouvrir(self, fournisseur: Fournisseur) -> Decouverte:
        """Ce que le fournisseur dit de lui, d'il y a une heure au plus. Lève `FournisseurInjoignable`."""
        return self._fraiche(fournisseur)[0]

    def verifier(self, fournisseur: Fournisseur, jeton: str) -> Claims:
        """Le contenu d'un jeton signé par ce fournisseur ; une clé inconnue fait relire les clés, une fois.

        Lève `JetonRefuse` ou `FournisseurInjoignable`.
        """
        _, cles = self._fraiche(fournisseur)
        try:
            return lire_le_jeton(jeton, cles, fournisseur.algorithmes)
        except CleInconnue:
            return lire_le_jeton(jeton, self._relire_les_cles(fournisseur), fournisseur.algorithmes)

    def echanger(self, fournisseur: Fournisseur, code: str, verificateur: str) -> tuple[str, str]:
        """(jeton d'identité, jeton d'accès) contre un code. Lève `JetonRefuse` ou `FournisseurInjoignable`."""
        corps = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.retour(fournisseur),
            **({"code_verifier": verificateur} if fournisseur.pkce else {}),
        }
        entetes = self._s_authentifier(fournisseur, corps)
        adresse = self.decouvrir(fournisseur).jetons
        reponse = _lire_json(_demander("POST", adresse, data=corps, headers=entetes))
        identite, acces, genre = (reponse.get(nom) for nom in ("id_token", "access_token", "token_type"))
        if not isinstance(identite, str) or not isinstance(acces, str) or str(genre).lower() != "bearer":
            raise JetonRefuse("échange sans jeton d'identité ou d'accès")
        return identite, acces

    def lire_l_userinfo(self, fournisseur: Fournisseur, acces: str) -> tuple[Claims, bool] | None:
        """(données, elles étaient signées), ou None si le fournisseur n'en a pas. Lève comme `verifier`."""
        adresse = self.decouvrir(fournisseur).userinfo
        if adresse is None:
            return None
        reponse = _demander("GET", adresse, headers={"Authorization": f"Bearer {acces}"})
        genre = reponse.headers.get("content-type", "").partition(";")[0].strip().lower()
        if fournisseur.userinfo_signe is not (genre == "application/jwt"):
            raise JetonRefuse("userinfo non signé" if fournisseur.userinfo_signe else "userinfo signé, non déclaré")
        if fournisseur.userinfo_signe:
            return self.verifier(fournisseur, reponse.text.strip()), True
        return _lire_json(reponse), False

    def _s_authentifier(self, fournisseur: Fournisseur, corps: dict[str, str]) -> dict[str, str]:
        secret = self._secrets[fournisseur.cle].get_secret_value()
        if fournisseur.authentification == "client_secret_post":
            corps.update(client_id=fournisseur.client_id, client_secret=secret)
            return {}
        # L'un et l'autre encodés avant d'être réunis : RFC 6749, 2.3.1.
        identifiants = f"{quote_plus(fournisseur.client_id)}:{quote_plus(secret)}".encode()
        return {"Authorization": f"Basic {base64.b64encode(identifiants).decode()}"}

    def _fraiche(self, fournisseur: Fournisseur) -> tuple[Decouverte, KeySet]:
        memoire = self._memoires[fournisseur.cle]
        with memoire.verrou:
            instant = time.monotonic()
            if memoire.decouverte and memoire.cles and instant - memoire.lue_le < FRAICHEUR:
                return memoire.decouverte, memoire.cles
            if instant - memoire.panne_le < REPOS_APRES_PANNE:
                raise FournisseurInjoignable("panne récente")
            try:
                memoire.decouverte = _decouvrir(fournisseur)
                memoire.cles = _lire_les_cles(memoire.decouverte.cles)
            except FournisseurInjoignable:
                memoire.panne_le = time.monotonic()
                raise
            memoire.lue_le = instant
            return memoire.decouverte, memoire.cles

    def _relire_les_cles(self, fournisseur: Fournisseur) -> KeySet:
        """Les clés, relues si elles ne viennent pas de l'être : des jetons forgés ne font pas sonner chez lui."""
        memoire, decouverte = self._memoires[fournisseur.cle], self.decouvrir(fournisseur)
        with memoire.verrou:
            if time.monotonic() - memoire.relue_le < REPOS_DES_CLES and memoire.cles:
                return memoire.cles
            memoire.relue_le = time.monotonic()
            memoire.cles = _lire_les_cles(decouverte.cles)
            return memoire.cles


def _decouvrir(fournisseur: Fournisseur) -> Decouverte:
    lue = _lire_json(_demander("GET", fournisseur.emetteur.rstrip("/") + "/.well-known/openid-configuration"))
    if lue.get("issuer") != fournisseur.emetteur:
        raise FournisseurInjoignable("découverte d'un autre émetteur")
    userinfo, fin = lue.get("userinfo_endpoint"), lue.get("end_session_endpoint")
    if fournisseur.userinfo_signe and userinfo is None:
        raise FournisseurInjoignable("découverte sans userinfo")
    return Decouverte(
        autorisation=_adresse(fournisseur, lue.get("authorization_endpoint")),
        jetons=_adresse(fournisseur, lue.get("token_endpoint")),
        cles=_adresse(fournisseur, lue.get("jwks_uri")),
        userinfo=None if userinfo is None else _adresse(fournisseur, userinfo),
        fin=None if fin is None else _adresse(fournisseur, fin),
        emetteur_au_retour=lue.get("authorization_response_iss_parameter_supported") is True,
    )


def _adresse(fournisseur: Fournisseur, lue: object) -> str:
    # Un émetteur en https ne renvoie pas vers la boucle locale en clair.
    sure = isinstance(lue, str) and adresse_sure(lue)
    if not isinstance(lue, str) or not sure or (fournisseur.emetteur[:6] == "https:" and lue[:6] != "https:"):
        raise FournisseurInjoignable("découverte à l'adresse absente ou peu sûre")
    return lue


def _lire_les_cles(adresse: str) -> KeySet:
    lues = _lire_json(_demander("GET", adresse))
    try:
        return KeySet.import_key_set(lues)  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as erreur:
        raise FournisseurInjoignable("clés illisibles") from erreur


# Décompressée, une réponse courte peut remplir la mémoire avant qu'on l'ait mesurée.
_SANS_COMPRESSION = {"Accept-Encoding": "identity"}


def _demander(methode: str, adresse: str, **envoi: Any) -> httpx.Response:
    """Une réponse 200 entière, bornée en taille et en temps. Lève `FournisseurInjoignable`."""
    fin = time.monotonic() + DELAI_TOTAL
    try:
        with (
            httpx.Client(timeout=DELAI_D_ATTENTE, follow_redirects=False, headers=_SANS_COMPRESSION) as client,
            client.stream(methode, adresse, **envoi) as reponse,
        ):
            if reponse.status_code != 200 or "content-encoding" in reponse.headers:
                raise FournisseurInjoignable(f"réponse {reponse.status_code}, ou compressée")
            return httpx.Response(200, headers=_sans_encodage(reponse.headers), content=_lire(reponse, fin))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as erreur:
        raise FournisseurInjoignable(type(erreur).__name__) from None


def _sans_encodage(entetes: httpx.Headers) -> dict[str, str]:
    return {"content-type": entetes.get("content-type", "")}


def _lire(reponse: httpx.Response, fin: float) -> bytes:
    lu = bytearray()
    for morceau in reponse.iter_bytes():
        lu += morceau
        if len(lu) > TAILLE_MAXIMALE or time.monotonic() > fin:
            raise FournisseurInjoignable("réponse trop longue")
    return bytes(lu)


def _lire_json(reponse: httpx.Response) -> dict[str, Any]:
    try:
        lu = json.loads(reponse.content)
    except ValueError as erreur:
        raise FournisseurInjoignable("réponse illisible") from erreur
    if not isinstance(lu, dict):
        raise FournisseurInjoignable("réponse illisible")
    return lu
