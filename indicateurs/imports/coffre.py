"""Le coffre des fichiers déposés : chiffrés (ils portent des noms), hors de tout dossier servi, jusqu'à leur purge."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from charte.commun.reglages import Reglages
from charte.commun.sceau import chiffrer, dechiffrer

_ENTETE = b"TRJ1"
EXTENSION = ".chiffre"


class PieceIllisible(Exception):
    """Une pièce du coffre est absente, altérée, ou chiffrée d'une autre clé."""


@dataclass(frozen=True)
class Coffre:
    """Dossier et clé (32 octets) des pièces chiffrées en AES-256-GCM ; le nom de la pièce est authentifié.

    `cle_ancienne` : pendant un changement de clé, celle des pièces pas encore rechiffrées. `identites` : les clés
    d'identité (courante, puis ancienne), sous lesquelles un diagnostic gardé doit se lire ; vide : tel quel.
    """

    dossier: Path
    cle: bytes
    cle_ancienne: bytes | None = None
    identites: tuple[bytes, ...] = ()

    @classmethod
    def de(cls, reglages: Reglages) -> "Coffre":
        """Coffre des dépôts d'une installation."""
        return cls(
            reglages.dossier_depots, reglages.cle_fichiers, reglages.cle_fichiers_ancienne, reglages.cles_identite
        )

    def nouveau_nom(self) -> str:
        """Nom de pièce imprévisible, sans rapport avec le fichier déposé."""
        return secrets.token_hex(16) + EXTENSION

    def ranger(self, nom: str, clair: bytes) -> None:
        """Chiffre et écrit une pièce, d'un coup (fichier temporaire puis renommage), lisible du seul compte."""
        self.dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
        chiffre = _ENTETE + chiffrer(clair, nom, self.cle)
        # Un nom de pièce : si l'écriture est coupée net, la purge des pièces sans dépôt l'emporte aussi.
        provisoire = self._chemin(f"ecriture-{nom}")
        descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(chiffre)
            flux.flush()
            os.fsync(flux.fileno())
        provisoire.replace(self._chemin(nom))

    def relire(self, nom: str) -> bytes:
        """Octets en clair d'une pièce ; lève `PieceIllisible`."""
        try:
            chiffre = self._chemin(nom).read_bytes()
        except OSError as erreur:
            raise PieceIllisible(f"La pièce {nom} n'est plus dans le coffre.") from erreur
        for cle in (self.cle, self.cle_ancienne):
            if cle is not None and (clair := _dechiffrer(chiffre, nom, cle)) is not None:
                return clair
        raise PieceIllisible(f"La pièce {nom} est altérée, ou la clé des fichiers a changé.")

    def sous_la_cle_courante(self, nom: str) -> bool:
        """Vrai si la pièce se lit sous la clé courante ; faux sous l'ancienne, ou si elle est illisible ou absente."""
        try:
            return _dechiffrer(self._chemin(nom).read_bytes(), nom, self.cle) is not None
        except OSError:
            return False

    def oublier(self, nom: str) -> None:
        """Efface une pièce ; ne dit rien si elle n'y est plus."""
        self._chemin(nom).unlink(missing_ok=True)

    def pieces(self) -> dict[str, float]:
        """Noms des pièces et instants (secondes) de leur écriture."""
        if not self.dossier.is_dir():
            return {}
        return {chemin.name: chemin.stat().st_mtime for chemin in self.dossier.glob(f"*{EXTENSION}")}

    def _chemin(self, nom: str) -> Path:
        if Path(nom).name != nom or not nom.endswith(EXTENSION):
            raise PieceIllisible(f"« {nom} » n'est pas un nom de pièce.")
        return self.dossier / nom


def _dechiffrer(chiffre: bytes, nom: str, cle: bytes) -> bytes | None:
    return dechiffrer(chiffre[len(_ENTETE) :], nom, cle)


def empreinte_fichier(octets: bytes) -> str:
    """SHA-256 d'un fichier, en hexadécimal."""
    return hashlib.sha256(octets).hexdigest()
