"""L'archive d'un document bureautique déposé en preuve : honnête, bornée, sans macros ni renvoi caché (pur).

Rien n'en est extrait : on la parcourt pour refuser ce qui s'exécuterait, ou se décompresserait sans fin, chez qui
l'ouvrira. Mêmes refus que pour un classeur de données (docs/decisions/0025), élargis aux documents et OpenDocument.
"""

import re
import stat
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

PIECES_MAXIMALES = 5_000
TOTAL_MAXIMAL = 512 * 2**20
"""Octets décompressés de toute l'archive, documents incorporés compris."""
PROFONDEUR_MAXIMALE = 2
"""Un diagramme incorpore un classeur : cela se voit ; davantage d'étages ne se voit pas dans un vrai document."""
_BLOC = 2**20
_QUEUE = 4096
_ACTIFS = (
    "vbaproject", "vbadata", "macrosheets/", "dialogsheets/", "activex", "customui/", "oleobject", "ctrlprops/",
    "webextensions/", "externallinks/", "connections.xml", "querytables/",
)  # fmt: skip
_ACTIFS_ODF = ("basic/", "scripts/", "dialogs/")
_LIEN_EXTERNE = re.compile(rb"<[^<>]{0,2000}TargetMode\s*=\s*[\"']External[\"'][^<>]{0,2000}>", re.IGNORECASE)
_HYPERLIEN = re.compile(rb"Type\s*=\s*[\"'][^\"'<>]{0,200}/hyperlink[\"']")
_SCRIPT_ODF = re.compile(rb"<script:event-listener|vnd\.sun\.star\.script:|<script:module")
_DEFINITION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_INCORPORES = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
ABIMEE = "est abîmé, ou n'a pas le contenu que son nom annonce : ouvrez-le, enregistrez-le de nouveau, puis déposez-le."
ACTIVE = (
    "contient des macros, un objet actif ou une liaison vers un autre fichier : enregistrez-le sans eux, ou "
    "exportez-le en PDF, et déposez cette copie."
)
PROTEGEE = "est protégé par un mot de passe : enregistrez-en une copie sans mot de passe."
DEMESUREE = "est démesuré une fois décompressé : il n'a pas été gardé. Exportez-le en PDF, ou allégez-le."


class ArchiveRefusee(ValueError):
    """Un document refusé ; le message se lit après le nom du fichier."""


def examiner_l_archive(octets: bytes, attendu: str, reste: int = TOTAL_MAXIMAL, profondeur: int = 0) -> int:
    """Parcourt l'archive et rend ce qu'elle pèse décompressée, en octets ; lève `ArchiveRefusee`.

    `attendu` : la pièce qui fait d'elle un document (« word/document.xml »), ou le type d'un OpenDocument.
    """
    if octets.startswith(b"\xd0\xcf\x11\xe0"):
        raise ArchiveRefusee(PROTEGEE)
    try:
        with zipfile.ZipFile(BytesIO(octets)) as archive:
            pieces = archive.infolist()
            _verifier_le_sommaire(archive, pieces, attendu)
            total = 0
            for piece in pieces:
                total += _parcourir(archive, piece, reste - total, profondeur)
            return total
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as erreur:
        raise ArchiveRefusee(ABIMEE) from erreur


def _verifier_le_sommaire(archive: zipfile.ZipFile, pieces: list[zipfile.ZipInfo], attendu: str) -> None:
    noms = [piece.filename.casefold() for piece in pieces]
    if not octets_d_un_document(archive, attendu) or len(pieces) > PIECES_MAXIMALES or len(set(noms)) < len(noms):
        raise ArchiveRefusee(ABIMEE)
    actifs = _ACTIFS if "/" in attendu and attendu.endswith(".xml") else _ACTIFS_ODF
    if any(actif in nom if actifs is _ACTIFS else nom.startswith(actif) for nom in noms for actif in actifs):
        raise ArchiveRefusee(ACTIVE)
    fin = 0
    for piece in sorted(pieces, key=lambda p: p.header_offset):
        _verifier_la_piece(piece)
        # Des pièces qui se recouvrent multiplient les mêmes octets (« bombe sans récursion », D. Fifield, 2019).
        if piece.header_offset < fin:
            raise ArchiveRefusee(ABIMEE)
        fin = piece.header_offset + 30 + len(piece.orig_filename) + piece.compress_size


def octets_d_un_document(archive: zipfile.ZipFile, attendu: str) -> bool:
    """Vrai si l'archive est bien le document que son nom annonce."""
    noms = set(archive.namelist())
    if attendu.endswith(".xml"):
        return {attendu, "[Content_Types].xml"} <= noms
    if "mimetype" not in noms or archive.getinfo("mimetype").file_size > 200:
        return False
    return "content.xml" in noms and archive.read("mimetype").decode("ascii", "replace").strip() == attendu


def _verifier_la_piece(piece: zipfile.ZipInfo) -> None:
    chemin = PurePosixPath(piece.filename)
    if piece.flag_bits & 0x41:
        raise ArchiveRefusee(PROTEGEE)
    hors = chemin.is_absolute() or ".." in chemin.parts or "\\" in piece.orig_filename or "\x00" in piece.orig_filename
    permise = piece.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if hors or stat.S_ISLNK(piece.external_attr >> 16) or ":" in piece.filename or not permise:
        raise ArchiveRefusee(ABIMEE)


def _parcourir(archive: zipfile.ZipFile, piece: zipfile.ZipInfo, reste: int, profondeur: int) -> int:
    """Décompresse une pièce par blocs, sans croire la taille annoncée ; rend sa taille réelle."""
    incorpore = _INCORPORES.get(piece.filename.rpartition(".")[2].lower())
    taille, queue, gardes = 0, b"", []
    with archive.open(piece) as flux:
        while bloc := flux.read(_BLOC):
            taille += len(bloc)
            if taille > reste:
                raise ArchiveRefusee(DEMESUREE)
            _refuser_le_contenu(piece.filename.lower(), queue + bloc)
            queue = bloc[-_QUEUE:]
            if incorpore:
                gardes.append(bloc)
    if incorpore:
        if profondeur >= PROFONDEUR_MAXIMALE:
            raise ArchiveRefusee(DEMESUREE)
        taille += examiner_l_archive(b"".join(gardes), incorpore, reste - taille, profondeur + 1)
    return taille


def _refuser_le_contenu(nom: str, morceau: bytes) -> None:
    if not nom.endswith((".xml", ".rels", ".vml", ".svg", ".rdf")):
        return
    if _DEFINITION.search(morceau):
        raise ArchiveRefusee(ABIMEE)
    if nom == "[content_types].xml" and b"macroEnabled" in morceau:
        raise ArchiveRefusee(ACTIVE)
    if nom == "content.xml" and _SCRIPT_ODF.search(morceau):
        raise ArchiveRefusee(ACTIVE)
    if nom.endswith(".rels") and any(not _HYPERLIEN.search(lien[0]) for lien in _LIEN_EXTERNE.finditer(morceau)):
        raise ArchiveRefusee(ACTIVE)
