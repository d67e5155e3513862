"""Les réglages d'une installation : dossier, base, clés, durées. Lus dans l'environnement, sinon engendrés une fois."""

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOSSIER_PAR_DEFAUT = Path(".donnees")
CONSERVATION_DES_DEPOTS_JOURS = 90


@dataclass(frozen=True)
class Reglages:
    """Réglages d'une installation.

    `cle_identite` : 32 octets, empreinte à clé des personnes (en changer rompt le lien entre années).
    `cle_fichiers` : 32 octets, chiffrement des fichiers déposés.
    `cle_web` : 32 octets, signature des formulaires.
    `conservation_depots_jours` : délai de purge des fichiers bruts, en jours.
    `contact_securite` : à qui signaler une faille (adresse « mailto: » ou « https: »), vide si personne.
    """

    dossier: Path
    url_base: str
    cle_identite: bytes
    cle_fichiers: bytes
    cle_web: bytes
    conservation_depots_jours: int = CONSERVATION_DES_DEPOTS_JOURS
    https: bool = False
    demonstration: bool = False
    contact_securite: str = ""

    @property
    def dossier_depots(self) -> Path:
        """Fichiers déposés, chiffrés, hors de tout dossier servi."""
        return self.dossier / "depots"

    @property
    def dossier_rapports(self) -> Path:
        """Rapports émis, gelés."""
        return self.dossier / "rapports"


def charger_reglages(environnement: Mapping[str, str] | None = None, *, demonstration: bool = False) -> Reglages:
    """Réglages tirés de `TRAJECTOIRE_*` ; ce qui manque est engendré dans le dossier et gardé."""
    env = os.environ if environnement is None else environnement
    dossier = Path(env.get("TRAJECTOIRE_DOSSIER") or DOSSIER_PAR_DEFAUT).resolve()
    dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
    cles = _cles(dossier, env)
    return Reglages(
        dossier=dossier,
        url_base=env.get("TRAJECTOIRE_BASE") or f"sqlite:///{dossier / 'trajectoire.sqlite'}",
        cle_identite=cles["identite"],
        cle_fichiers=cles["fichiers"],
        cle_web=cles["web"],
        conservation_depots_jours=int(env.get("TRAJECTOIRE_CONSERVATION_JOURS") or CONSERVATION_DES_DEPOTS_JOURS),
        https=env.get("TRAJECTOIRE_HTTPS", "") in ("1", "oui"),
        demonstration=demonstration,
        contact_securite=_contact(env.get("TRAJECTOIRE_CONTACT_SECURITE", "").strip()),
    )


def _cles(dossier: Path, env: Mapping[str, str]) -> dict[str, bytes]:
    noms = ("identite", "fichiers", "web")
    fournies = {nom: env[f"TRAJECTOIRE_CLE_{nom.upper()}"] for nom in noms if env.get(f"TRAJECTOIRE_CLE_{nom.upper()}")}
    if len(fournies) < len(noms):
        fournies = {**_cles_du_dossier(dossier / "cles.json", noms), **fournies}
    return {nom: _decoder(nom, fournies[nom]) for nom in noms}


def _cles_du_dossier(fichier: Path, noms: tuple[str, ...]) -> dict[str, str]:
    try:
        contenu: dict[str, str] = json.loads(fichier.read_text("utf-8"))
        return contenu
    except FileNotFoundError:
        contenu = {nom: base64.b64encode(secrets.token_bytes(32)).decode() for nom in noms}
    try:
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _cles_du_dossier(fichier, noms)
    with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
        json.dump(contenu, flux, indent=1)
    return contenu


def _decoder(nom: str, texte: str) -> bytes:
    try:
        cle = base64.b64decode(texte, validate=True)
    except ValueError as erreur:
        raise ValueError(f"La clé « {nom} » n'est pas en base 64.") from erreur
    if len(cle) != 32:
        raise ValueError(f"La clé « {nom} » fait {len(cle)} octets ; il en faut 32, en base 64.")
    return cle


def _contact(donne: str) -> str:
    """Le contact en adresse : un courriel reçoit « mailto: ». Lève `ValueError` s'il n'est ni l'un ni l'autre."""
    adresse = donne if ":" in donne or not donne else f"mailto:{donne}"
    if adresse and not re.fullmatch(r"mailto:[^\s@:]+@[^\s@:]+|https://\S+", adresse):
        raise ValueError(f"TRAJECTOIRE_CONTACT_SECURITE : « {donne} » n'est ni un courriel ni une adresse https://….")
    return adresse
