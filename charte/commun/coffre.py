"""Un coffre de fichiers : chiffrés, hors de tout dossier servi, sous des noms sans rapport avec ceux du déposant."""

import hashlib
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from charte.commun.sceau import chiffrer, dechiffrer

_ENTETE, _ENTETE_PAR_MORCEAUX = b"TRJ1", b"TRJM"
_LONGUEUR = struct.Struct(">I")
MORCEAU = 2**20
"""Octets en clair d'un morceau : ce qu'une grande pièce occupe en mémoire, quelle que soit sa taille."""
EXTENSION = ".chiffre"


class PieceIllisible(Exception):
    """Une pièce du coffre est absente, altérée, ou chiffrée d'une autre clé."""


@dataclass(frozen=True)
class Coffre:
    """Dossier et clé (32 octets) des pièces chiffrées en AES-256-GCM ; le nom de la pièce est authentifié.

    `cle_ancienne` : pendant un changement de clé, celle des pièces pas encore rechiffrées.
    """

    dossier: Path
    cle: bytes
    cle_ancienne: bytes | None = None

    def nouveau_nom(self) -> str:
        """Nom de pièce imprévisible, sans rapport avec le fichier déposé."""
        return secrets.token_hex(16) + EXTENSION

    def ranger(self, nom: str, clair: bytes) -> None:
        """Chiffre et écrit une pièce, d'un coup (fichier temporaire puis renommage), lisible du seul compte."""
        with self._ecrire(nom) as flux:
            flux.write(_ENTETE + chiffrer(clair, nom, self.cle))

    def relire(self, nom: str) -> bytes:
        """Octets en clair d'une pièce ; lève `PieceIllisible`."""
        chiffre = self._octets(nom)
        for cle in (self.cle, self.cle_ancienne):
            if cle is not None and (clair := _dechiffrer(chiffre, nom, cle)) is not None:
                return clair
        raise PieceIllisible(f"La pièce {nom} est altérée, ou la clé des fichiers a changé.")

    def par_morceaux(self, nom: str) -> "PieceEnEcriture":
        """Une pièce à écrire au fil de l'eau (`with`), en mémoire bornée ; se relit par `morceaux`."""
        return PieceEnEcriture(self, nom)

    def morceaux(self, nom: str) -> Iterator[bytes]:
        """Les morceaux en clair d'une pièce écrite par `par_morceaux`, dans l'ordre ; lève `PieceIllisible`.

        Chaque morceau est authentifié avec son rang ; le dernier se dit dernier : ni coupe ni échange ne passe.
        """
        try:
            with self._chemin(nom).open("rb") as flux:
                yield from self._dechiffrer_le_flux(flux, nom)
        except OSError as erreur:
            raise PieceIllisible(f"La pièce {nom} n'est plus dans le coffre.") from erreur

    def sous_la_cle_courante(self, nom: str) -> bool:
        """Vrai si la pièce se lit sous la clé courante ; faux sous l'ancienne, ou si elle est illisible ou absente."""
        try:
            return _dechiffrer(self._octets(nom), nom, self.cle) is not None
        except PieceIllisible:
            return False

    def oublier(self, nom: str) -> None:
        """Efface une pièce ; ne dit rien si elle n'y est plus."""
        self._chemin(nom).unlink(missing_ok=True)

    def pieces(self) -> dict[str, float]:
        """Noms des pièces et instants (secondes) de leur écriture."""
        if not self.dossier.is_dir():
            return {}
        return {chemin.name: chemin.stat().st_mtime for chemin in self.dossier.glob(f"*{EXTENSION}")}

    def _dechiffrer_le_flux(self, flux: BinaryIO, nom: str) -> Iterator[bytes]:
        if flux.read(len(_ENTETE_PAR_MORCEAUX)) != _ENTETE_PAR_MORCEAUX:
            raise PieceIllisible(f"La pièce {nom} n'est pas écrite par morceaux.")
        rang, dernier = 0, False
        while not dernier:
            dernier, clair = self._morceau_suivant(flux, nom, rang)
            yield clair
            rang += 1
        if flux.read(1):
            raise PieceIllisible(f"La pièce {nom} est altérée : elle a une suite.")

    def _morceau_suivant(self, flux: BinaryIO, nom: str, rang: int) -> tuple[bool, bytes]:
        tete = flux.read(_LONGUEUR.size)
        taille = _LONGUEUR.unpack(tete)[0] if len(tete) == _LONGUEUR.size else MORCEAU * 2
        chiffre = flux.read(taille) if taille < MORCEAU * 2 else b""
        for cle in (self.cle, self.cle_ancienne):
            for dernier in (False, True):
                if cle is not None and (clair := dechiffrer(chiffre, _contexte(nom, rang, dernier), cle)) is not None:
                    return dernier, clair
        raise PieceIllisible(f"La pièce {nom} est coupée, altérée, ou la clé des fichiers a changé.")

    def _octets(self, nom: str) -> bytes:
        try:
            return self._chemin(nom).read_bytes()
        except OSError as erreur:
            raise PieceIllisible(f"La pièce {nom} n'est plus dans le coffre.") from erreur

    def _ecrire(self, nom: str) -> "_Ecriture":
        self.dossier.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Un nom de pièce : si l'écriture est coupée net, la purge des pièces sans dépôt l'emporte aussi.
        return _Ecriture(self._chemin(f"ecriture-{nom}"), self._chemin(nom))

    def _chemin(self, nom: str) -> Path:
        if Path(nom).name != nom or not nom.endswith(EXTENSION):
            raise PieceIllisible(f"« {nom} » n'est pas un nom de pièce.")
        return self.dossier / nom


class _Ecriture:
    """Un fichier écrit à côté, mis à sa place à la sortie ; rien n'y est si une erreur en sort."""

    def __init__(self, provisoire: Path, place: Path) -> None:
        self._provisoire, self._place = provisoire, place
        descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._flux = os.fdopen(descripteur, "wb")

    def __enter__(self) -> BinaryIO:
        return self._flux

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._flux:
            self._flux.flush()
            os.fsync(self._flux.fileno())
        if genre is None:
            self._provisoire.replace(self._place)


class PieceEnEcriture:
    """Un fichier ouvert en écriture (sans retour en arrière) dont chaque morceau est chiffré à mesure."""

    def __init__(self, coffre: Coffre, nom: str) -> None:
        self._coffre, self._nom, self._rang, self._reste = coffre, nom, 0, bytearray()
        self._ecriture = coffre._ecrire(nom)
        self._flux = self._ecriture.__enter__()
        self._flux.write(_ENTETE_PAR_MORCEAUX)

    def write(self, octets: bytes) -> int:
        """Ajoute des octets ; rend leur nombre."""
        self._reste += octets
        while len(self._reste) > MORCEAU:
            self._poser(bytes(self._reste[:MORCEAU]), dernier=False)
            del self._reste[:MORCEAU]
        return len(octets)

    def flush(self) -> None:
        """Rien à faire : un morceau entamé attend sa suite."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, genre: type[BaseException] | None, erreur: BaseException | None, trace: TracebackType | None
    ) -> None:
        if genre is None:
            self._poser(bytes(self._reste), dernier=True)
        self._ecriture.__exit__(genre, erreur, trace)

    def _poser(self, clair: bytes, *, dernier: bool) -> None:
        chiffre = chiffrer(clair, _contexte(self._nom, self._rang, dernier), self._coffre.cle)
        self._flux.write(_LONGUEUR.pack(len(chiffre)) + chiffre)
        self._rang += 1


def _contexte(nom: str, rang: int, dernier: bool) -> str:
    return f"{nom}:{rang}:{'fin' if dernier else 'suite'}"


def _dechiffrer(chiffre: bytes, nom: str, cle: bytes) -> bytes | None:
    return dechiffrer(chiffre[len(_ENTETE) :], nom, cle)


def empreinte_fichier(octets: bytes) -> str:
    """SHA-256 d'un fichier, en hexadécimal."""
    return hashlib.sha256(octets).hexdigest()


@dataclass(frozen=True)
class BilanDesPieces:
    """Les pièces d'un coffre : passées sous la clé neuve, déjà dessous, illisibles sous les deux (leurs noms)."""

    rechiffrees: int
    deja: int
    illisibles: tuple[str, ...]

    def __add__(self, autre: "BilanDesPieces") -> "BilanDesPieces":
        """Le bilan de deux coffres."""
        return BilanDesPieces(
            self.rechiffrees + autre.rechiffrees, self.deja + autre.deja, self.illisibles + autre.illisibles
        )


def rechiffrer_les_pieces(coffre: Coffre) -> BilanDesPieces:
    """Passe chaque pièce sous la clé courante, une à une ; interrompu, il se reprend sans rien refaire ni perdre."""
    rechiffrees, deja, illisibles = 0, 0, []
    for nom in sorted(coffre.pieces()):
        if coffre.sous_la_cle_courante(nom):
            deja += 1
            continue
        try:
            coffre.ranger(nom, coffre.relire(nom))
        except PieceIllisible:
            illisibles.append(nom)
        else:
            rechiffrees += 1
    return BilanDesPieces(rechiffrees, deja, tuple(illisibles))
