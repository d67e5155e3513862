"""La chaîne du journal : chaque entrée porte l'empreinte de la précédente, un changement après coup se voit.

L'empreinte est le SHA-256 (FIPS 180-4) du JSON canonique de l'entrée : clés triées, sans espace, ASCII, instant UTC à
la microseconde. Elle suit un établissement, du rang 1 au dernier.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ORIGINE_DE_CHAINE = "0" * 64
"""L'« empreinte précédente » de la première entrée."""


@dataclass(frozen=True)
class Maillon:
    """Une entrée du journal, telle que la base la rend."""

    etablissement_id: int
    rang: int
    compte_id: int | None
    auteur: str
    quand: datetime
    origine: str
    acte: str
    objet: str
    avant: dict[str, Any] | None
    apres: dict[str, Any] | None
    empreinte_precedente: str
    empreinte: str = ""


@dataclass(frozen=True)
class Illisible:
    """Une entrée que la base ne sait plus rendre (date ou JSON abîmés)."""

    rang: int


@dataclass(frozen=True)
class Rupture:
    """La première entrée qui ne tient plus : son rang, son instant s'il se lit, et ce qui ne va pas."""

    rang: int
    quand: datetime | None
    raison: str


@dataclass(frozen=True)
class EtatDeLaChaine:
    """Ce que dit une vérification. `nombre` : entrées intactes ; `empreinte` : celle de la dernière."""

    nombre: int
    empreinte: str
    rupture: Rupture | None = None
    contient: bool = True
    """Faux si une empreinte attendue (notée hors de la base) n'est celle d'aucune entrée intacte."""

    @property
    def intacte(self) -> bool:
        """Vrai si rien n'a été changé, ôté ni glissé."""
        return self.rupture is None and self.contient


def normaliser(valeur: dict[str, Any] | None) -> dict[str, Any] | None:
    """La valeur telle qu'elle reviendra de la base (clés en texte, listes). Lève `ValueError` sur NaN ou l'infini."""
    if valeur is None:
        return None
    relue: dict[str, Any] = json.loads(json.dumps(valeur, allow_nan=False))
    return relue


def calculer_empreinte(maillon: Maillon) -> str:
    """SHA-256 (64 chiffres hexadécimaux) de l'entrée et de l'empreinte précédente."""
    contenu = {
        "etablissement": maillon.etablissement_id,
        "rang": maillon.rang,
        "compte": maillon.compte_id,
        "auteur": maillon.auteur,
        "quand": maillon.quand.astimezone(UTC).isoformat(timespec="microseconds"),
        "origine": maillon.origine,
        "acte": maillon.acte,
        "objet": maillon.objet,
        "avant": maillon.avant,
        "apres": maillon.apres,
        "precedente": maillon.empreinte_precedente,
    }
    canonique = json.dumps(contenu, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonique.encode("ascii")).hexdigest()


def verifier_la_chaine(maillons: Iterable[Maillon | Illisible], attendue: str | None = None) -> EtatDeLaChaine:
    """Parcourt les entrées d'UN établissement par rang croissant et s'arrête à la première qui ne tient plus."""
    precedente, nombre, vue = ORIGINE_DE_CHAINE, 0, attendue is None
    for maillon in maillons:
        raison = _faute(maillon, nombre + 1, precedente)
        if raison or isinstance(maillon, Illisible):
            quand = maillon.quand if isinstance(maillon, Maillon) else None
            return EtatDeLaChaine(nombre, precedente, Rupture(maillon.rang, quand, raison), vue)
        precedente, nombre = maillon.empreinte, nombre + 1
        vue = vue or precedente == attendue
    return EtatDeLaChaine(nombre, precedente, None, vue)


def _faute(maillon: Maillon | Illisible, attendu: int, precedente: str) -> str:
    """Ce qui ne va pas dans cette entrée, ou vide."""
    if isinstance(maillon, Illisible):
        return "un de ses champs ne se lit plus"
    if maillon.rang != attendu:
        return f"le rang {attendu} était attendu : une entrée a été ôtée ou ajoutée"
    if maillon.empreinte_precedente != precedente:
        return "elle ne suit pas l'entrée précédente"
    try:
        juste = calculer_empreinte(maillon) == maillon.empreinte
    except (TypeError, ValueError, AttributeError):
        return "un de ses champs ne se lit plus"
    return "" if juste else "son contenu a été changé après coup"
