"""L'enveloppe d'un classeur : une archive honnête, bornée, sans rien qui s'exécute ni ne mène ailleurs.

Chaque pièce est décompressée une fois, par blocs, avant que tout autre lecteur n'ouvre le fichier : c'est la taille
réelle qui compte, pas celle que l'archive annonce. Choix et bornes : docs/decisions/0025.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from charte.commun.releve import ReleveDeFeuille

PIECES_MAXIMALES = 2_000
FEUILLE_MAXIMALE = 512 * 2**20
TEXTES_MAXIMAUX = 128 * 2**20
AUTRE_MAXIMAL = 32 * 2**20
TOTAL_MAXIMAL = 640 * 2**20
"""Octets décompressés : une feuille, la table des textes, toute autre pièce, l'ensemble. 100 000 lignes pleines du
format en font 300 millions environ."""
_BLOC, _QUEUE = 2**20, 2**16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHIFFRE_OLE = "EncryptedPackage".encode("utf-16-le")
# Les pièces d'un classeur (psmdcp : les propriétés qu'écrivent les logiciels bâtis sur .NET) et ses images.
_EXTENSIONS = frozenset(
    {
        "xml",
        "rels",
        "vml",
        "psmdcp",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "bmp",
        "tif",
        "tiff",
        "emf",
        "wmf",
        "wdp",
        "webp",
        "svg",
    }
)
_FEUILLE = re.compile(r"xl/worksheets/[^/]+\.xml")
_MACROS = ("vbaproject", "vbadata", "xl/macrosheets/", "xl/intlmacrosheets/", "xl/dialogsheets/", "customui/")
_LIAISONS = ("xl/externallinks/", "xl/connections", "xl/querytables/", "xl/model/", "xl/webextensions/")
_INCORPORES = ("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")
_LIEN_EXTERNE = re.compile(rb"<[^<>]{0,2000}TargetMode\s*=\s*[\"']External[\"'][^<>]{0,2000}>", re.IGNORECASE)
_HYPERLIEN = re.compile(rb"Type\s*=\s*[\"'][^\"'<>]{0,200}/hyperlink[\"']")


class FichierIllisible(ValueError):
    """Le fichier ne peut pas être lu du tout ; le message tient en une ligne, claire pour qui l'a déposé."""


@dataclass(frozen=True)
class Enveloppe:
    """Ce que l'examen de l'archive a vu : ses feuilles (par pièce), et ce qu'elle pèse en tout, en octets."""

    feuilles: dict[str, ReleveDeFeuille]
    taille: int


def est_un_ole(octets: bytes) -> bool:
    """Vrai pour un ancien format de bureautique, ou un fichier chiffré par un mot de passe."""
    return octets.startswith(_OLE)


def dire_un_ole(octets: bytes, nom: str) -> str:
    """Pourquoi un tel fichier ne se lit pas, et le remède."""
    if _CHIFFRE_OLE in octets:
        return f"« {nom} » est protégé par un mot de passe : enregistrez-en une copie sans mot de passe."
    return f"« {nom} » est dans un ancien format de bureautique (.xls, .doc) : enregistrez-le au format .xlsx."


def examiner_l_enveloppe(octets: bytes, nom: str) -> Enveloppe:
    """Examine toute l'archive ; lève `FichierIllisible`, en disant ce qu'il faut en ôter et comment."""
    try:
        with zipfile.ZipFile(BytesIO(octets)) as archive:
            pieces = archive.infolist()
            _refuser_autre_archive({piece.filename for piece in pieces}, nom)
            _verifier_le_sommaire(octets, archive, pieces, nom)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error) as erreur:
        if isinstance(erreur, FichierIllisible):
            raise
        raise _abime(nom) from erreur
    total, feuilles = 0, {}
    for piece in pieces:
        releve = ReleveDeFeuille() if _FEUILLE.fullmatch(piece.filename) else None
        total += _parcourir(octets, piece, nom, TOTAL_MAXIMAL - total, releve)
        if releve is not None:
            feuilles[piece.filename] = releve
    return Enveloppe(feuilles, total)


def _abime(nom: str) -> FichierIllisible:
    return FichierIllisible(f"« {nom} » est un classeur abîmé : ouvrez-le et enregistrez-le de nouveau.")


def _refuser_autre_archive(noms: set[str], nom: str) -> None:
    if "xl/workbook.xml" in noms:
        return
    if "xl/workbook.bin" in noms or "mimetype" in noms:
        raise FichierIllisible(f"« {nom} » est dans un autre format de tableur : enregistrez-le au format .xlsx.")
    raise FichierIllisible(f"« {nom} » est une archive, pas un classeur : déposez le fichier .xlsx lui-même.")


def _verifier_le_sommaire(octets: bytes, archive: zipfile.ZipFile, pieces: list[zipfile.ZipInfo], nom: str) -> None:
    # Un sommaire qui n'est pas tout à la fin, ou suivi d'un commentaire, peut être lu autrement par un autre lecteur.
    if archive.comment or octets[-22:-18] != b"PK\x05\x06" or len(pieces) > PIECES_MAXIMALES:
        raise _abime(nom)
    noms = [piece.filename.casefold() for piece in pieces]
    if len(set(noms)) < len(noms):
        raise _abime(nom)
    fin = 0
    for piece in sorted(pieces, key=lambda p: p.header_offset):
        _verifier_la_piece(piece, nom)
        # Des pièces qui se recouvrent multiplient les mêmes octets (« bombe sans récursion », D. Fifield, 2019).
        if piece.header_offset < fin:
            raise _abime(nom)
        fin = piece.header_offset + 30 + len(piece.orig_filename) + piece.compress_size
    for motifs, quoi in ((_MACROS, "macros"), (_LIAISONS, "liaisons"), (_INCORPORES, "objets")):
        if any(motif in piece for piece in noms for motif in motifs):
            raise FichierIllisible(_REFUS[quoi].format(nom=nom))


def _verifier_la_piece(piece: zipfile.ZipInfo, nom: str) -> None:
    chemin = PurePosixPath(piece.filename)
    if piece.flag_bits & 0x41:
        raise FichierIllisible(
            f"« {nom} » est protégé par un mot de passe : enregistrez-en une copie sans mot de passe."
        )
    lien = stat.S_ISLNK(piece.external_attr >> 16)
    hors = chemin.is_absolute() or ".." in chemin.parts or "\\" in piece.orig_filename or "\x00" in piece.orig_filename
    if lien or hors or ":" in piece.filename or piece.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _abime(nom)
    genre = piece.filename.rpartition(".")[2].lower()
    imprimante = piece.filename.startswith("xl/printerSettings/") and genre == "bin"
    if not (piece.is_dir() or genre in _EXTENSIONS or imprimante or "vba" in piece.filename.lower()):
        raise FichierIllisible(_REFUS["objets"].format(nom=nom))


_REFUS = {
    "macros": "« {nom} » contient des macros : dans votre tableur, enregistrez-le au format « Classeur Excel "
    "(.xlsx) », sans macros, et déposez cette copie.",
    "liaisons": "« {nom} » va chercher des données dans un autre fichier ou un autre service : dans votre tableur, "
    "rompez ces liaisons (Données, Modifier les liens, Rompre la liaison), enregistrez, et déposez de nouveau.",
    "objets": "« {nom} » contient un fichier, un contrôle ou un objet incorporé : copiez le tableau seul dans un "
    "nouveau classeur (Collage spécial, Valeurs), et déposez-le.",
    "entites": "« {nom} » contient une définition de document (DOCTYPE) qu'aucun tableur n'écrit : ouvrez-le et "
    "enregistrez-le de nouveau au format .xlsx.",
    "demesure": "« {nom} » est démesuré une fois décompressé : rien n'a été lu. Découpez-le (par année, par exemple).",
}


def _parcourir(octets: bytes, piece: zipfile.ZipInfo, nom: str, reste: int, releve: ReleveDeFeuille | None) -> int:
    """Décompresse une pièce par blocs, coupés entre deux balises ; rend sa taille réelle."""
    bornes = {"xl/sharedStrings.xml": TEXTES_MAXIMAUX}
    borne = min(reste, FEUILLE_MAXIMALE if releve is not None else bornes.get(piece.filename, AUTRE_MAXIMAL))
    taille, queue = 0, b""
    for bloc in _blocs(octets, piece, nom):
        if not taille and _est_du_xml(piece):
            _refuser_un_autre_codage(bloc, nom)
        taille += len(bloc)
        if taille > borne:
            raise FichierIllisible(_REFUS["demesure"].format(nom=nom))
        morceau = queue + bloc
        coupe = morceau.rfind(b"<") if taille < piece.file_size else len(morceau)
        examine, queue = morceau[: max(coupe, 0)], morceau[max(coupe, 0) :][-_QUEUE:]
        _refuser_le_contenu(piece, examine, nom)
        if releve is not None:
            releve.noter(examine)
    if taille != piece.file_size:
        raise _abime(nom)
    return taille


def _est_du_xml(piece: zipfile.ZipInfo) -> bool:
    return piece.filename.lower().endswith((".xml", ".rels", ".vml", ".svg"))


def _refuser_un_autre_codage(debut: bytes, nom: str) -> None:
    """Un XML qui n'est pas en UTF-8 cacherait à cet examen ce que le tableur y lirait."""
    declare = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})", debut)
    if b"\x00" in debut[:64] or (declare and declare[1].lower() not in (b"utf-8", b"us-ascii")):
        raise _abime(nom)


def _refuser_le_contenu(piece: zipfile.ZipInfo, morceau: bytes, nom: str) -> None:
    if _est_du_xml(piece) and (b"<!DOCTYPE" in morceau or b"<!ENTITY" in morceau):
        raise FichierIllisible(_REFUS["entites"].format(nom=nom))
    if piece.filename == "[Content_Types].xml" and b"macroEnabled" in morceau:
        raise FichierIllisible(_REFUS["macros"].format(nom=nom))
    if piece.filename.lower().endswith(".rels"):
        for lien in _LIEN_EXTERNE.finditer(morceau):
            if not _HYPERLIEN.search(lien[0]):
                raise FichierIllisible(_REFUS["liaisons"].format(nom=nom))


def _blocs(octets: bytes, piece: zipfile.ZipInfo, nom: str) -> Iterator[bytes]:
    """Les octets décompressés d'une pièce, lus sans croire la taille annoncée ; la somme de contrôle est vérifiée."""
    comprime = _octets_comprimes(octets, piece, nom)
    somme = 0
    for bloc in _decompresser(comprime, piece, nom):
        somme = zlib.crc32(bloc, somme)
        yield bloc
    if somme != piece.CRC:
        raise _abime(nom)


def _octets_comprimes(octets: bytes, piece: zipfile.ZipInfo, nom: str) -> memoryview:
    entete = octets[piece.header_offset : piece.header_offset + 30]
    if len(entete) < 30 or entete[:4] != b"PK\x03\x04":
        raise _abime(nom)
    longueur_nom, longueur_extra = struct.unpack("<HH", entete[26:30])
    debut = piece.header_offset + 30
    brut = octets[debut : debut + longueur_nom]
    if brut not in (piece.orig_filename.encode("utf-8"), piece.orig_filename.encode("cp437", "replace")):
        raise _abime(nom)
    debut += longueur_nom + longueur_extra
    return memoryview(octets)[debut : debut + piece.compress_size]


def _decompresser(comprime: memoryview, piece: zipfile.ZipInfo, nom: str) -> Iterator[bytes]:
    """Blocs d'un mégaoctet au plus, quel que soit le taux de compression."""
    morceaux = (bytes(comprime[debut : debut + _QUEUE]) for debut in range(0, len(comprime), _QUEUE))
    if piece.compress_type == zipfile.ZIP_STORED:
        yield from morceaux
        return
    flux = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for morceau in morceaux:
            entree = morceau
            while entree:
                yield flux.decompress(entree, _BLOC)
                entree = flux.unconsumed_tail
    except zlib.error as erreur:
        raise _abime(nom) from erreur
    if not flux.eof or flux.unused_data:
        raise _abime(nom)


def relire_la_piece(octets: bytes, piece: str, nom: str) -> Iterator[bytes]:
    """Les blocs décompressés d'une pièce déjà examinée."""
    with zipfile.ZipFile(BytesIO(octets)) as archive:
        fiche = archive.getinfo(piece)
    return _blocs(octets, fiche, nom)
