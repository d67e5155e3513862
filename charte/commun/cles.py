"""Les clés d'une installation : lues dans l'environnement ou dans `cles.json`, engendrées une fois, changées à la main.

Une clé qui change garde son ancienne à côté, le temps que ce qui était sous elle passe sous la neuve : identité et
fichiers ne se perdent pas, et un arrêt en chemin se reprend. Choix : docs/decisions/0023.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

NOMS = ("identite", "fichiers", "web")
AVEC_ANCIENNE = ("identite", "fichiers")
SUFFIXE = "_ancienne"
_TAILLE = 32


class ChangementRefuse(Exception):
    """La clé ne peut pas être changée (ou l'ancienne oubliée) ainsi ; le message dit pourquoi et quoi faire."""


def lire_les_cles(dossier: Path, env: Mapping[str, str]) -> dict[str, bytes]:
    """Les clés (32 octets) par nom, `<nom>_ancienne` comprise s'il y en a une ; ce qui manque est engendré et gardé.

    L'environnement l'emporte. Lève `ValueError` si une clé est mal écrite.
    """
    fournies = {nom: env[variable(nom)] for nom in _tous() if env.get(variable(nom))}
    if any(nom not in fournies for nom in NOMS):
        du_fichier = _lire_ou_engendrer(dossier / "cles.json")
        # L'ancienne d'une clé donnée par l'environnement ne se lit pas dans le fichier : elle ne serait pas la sienne.
        siennes = {nom: cle for nom, cle in du_fichier.items() if nom.removesuffix(SUFFIXE) not in fournies}
        fournies = {**siennes, **fournies}
    return {nom: _decoder(nom, texte) for nom, texte in fournies.items() if nom in _tous()}


def variable(nom: str) -> str:
    """La variable d'environnement d'une clé : `fichiers_ancienne` → `TRAJECTOIRE_CLE_FICHIERS_ANCIENNE`."""
    return f"TRAJECTOIRE_CLE_{nom.upper()}"


def changer_de_cle(dossier: Path, env: Mapping[str, str], nom: str) -> bool:
    """Engendre une clé neuve et garde l'ancienne à côté ; faux si un changement est déjà en cours (rien n'est fait).

    Lève `ChangementRefuse` si la clé vient de l'environnement : l'outil ne peut pas l'y récrire.
    """
    if env.get(variable(nom)):
        if env.get(variable(nom + SUFFIXE)):
            return False
        raise ChangementRefuse(_PAR_L_ENVIRONNEMENT[nom in AVEC_ANCIENNE].format(variable(nom)))
    with _seul(dossier):
        cles = _lire_ou_engendrer(dossier / "cles.json")
        if nom + SUFFIXE in cles:
            return False
        if nom in AVEC_ANCIENNE:
            cles[nom + SUFFIXE] = cles[nom]
        cles[nom] = _engendrer()
        _ecrire(dossier / "cles.json", cles)
    return True


_PAR_L_ENVIRONNEMENT = {
    True: "Cette clé est donnée par {0} : mettez-y la neuve, l'ancienne dans {0}_ANCIENNE, puis relancez la commande.",
    False: "Cette clé est donnée par {0} : mettez-y la neuve et redémarrez.",
}


def oublier_l_ancienne(dossier: Path, env: Mapping[str, str], nom: str) -> bool:
    """Ôte l'ancienne clé, pour toujours ; faux s'il n'y en a pas. Lève `ChangementRefuse` (environnement)."""
    if env.get(variable(nom + SUFFIXE)):
        raise ChangementRefuse(f"L'ancienne clé est donnée par {variable(nom + SUFFIXE)} : ôtez cette variable.")
    with _seul(dossier):
        cles = _lire_ou_engendrer(dossier / "cles.json")
        if cles.pop(nom + SUFFIXE, None) is None:
            return False
        _ecrire(dossier / "cles.json", cles)
    return True


def _tous() -> tuple[str, ...]:
    return (*NOMS, *(nom + SUFFIXE for nom in AVEC_ANCIENNE))


@contextmanager
def _seul(dossier: Path) -> Iterator[None]:
    """Un seul changement à la fois ; le verrou tombe avec le processus, même tué."""
    with (dossier / "cles.verrou").open("w") as verrou:
        try:
            fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as erreur:
            raise ChangementRefuse("Un autre changement de clé est en cours ; réessayez ensuite.") from erreur
        yield


def _lire_ou_engendrer(fichier: Path) -> dict[str, str]:
    try:
        contenu: dict[str, str] = json.loads(fichier.read_text("utf-8"))
        return contenu
    except FileNotFoundError:
        contenu = {nom: _engendrer() for nom in NOMS}
    provisoire = _ecrire_a_cote(fichier, contenu)
    try:
        # Un lien n'écrase rien : de deux processus qui démarrent ensemble, le second prend les clés du premier.
        os.link(provisoire, fichier)
    except FileExistsError:
        return _lire_ou_engendrer(fichier)
    finally:
        provisoire.unlink()
    return contenu


def _ecrire(fichier: Path, cles: dict[str, str]) -> None:
    """Remplace le fichier d'un coup : coupé net, il porte les anciennes clés ou les neuves, jamais un mélange."""
    _ecrire_a_cote(fichier, cles).replace(fichier)


def _ecrire_a_cote(fichier: Path, cles: dict[str, str]) -> Path:
    provisoire = fichier.with_suffix(f".{secrets.token_hex(8)}")
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
        json.dump(cles, flux, indent=1)
        flux.flush()
        os.fsync(flux.fileno())
    return provisoire


def _engendrer() -> str:
    return base64.b64encode(secrets.token_bytes(_TAILLE)).decode()


def _decoder(nom: str, texte: str) -> bytes:
    try:
        cle = base64.b64decode(texte, validate=True)
    except ValueError as erreur:
        raise ValueError(f"La clé « {nom} » n'est pas en base 64.") from erreur
    if len(cle) != _TAILLE:
        raise ValueError(f"La clé « {nom} » fait {len(cle)} octets ; il en faut {_TAILLE}, en base 64.")
    return cle
