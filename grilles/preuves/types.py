"""Ce qu'une preuve peut être : l'extension ET le contenu, d'une liste fermée ; rien qui s'exécute (pur).

Source des signatures : ISO 32000 (PDF), W3C PNG, JPEG (ITU T.81), GIF 89a, WebP (RFC 9649). Une image finit où elle le
dit (`grilles.preuves.images`). Un fichier d'une autre sorte est refusé en disant le remède.
Aucun antivirus : docs/securite.md.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from grilles.preuves.archives import ArchiveRefusee, examiner_l_archive
from grilles.preuves.images import (
    examiner_la_fin,
    fin_d_un_gif,
    fin_d_un_jpeg,
    fin_d_un_png,
    fin_d_un_webp,
)

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
EN_CLAIR = "PDF, image (png, jpg, gif, webp), document .docx, .xlsx, .pptx, .odt, .ods, .odp, texte .txt ou .csv"
_PDF_ACTIF = re.compile(rb"/(?:JavaScript|Launch|RichMedia)\b")
_CONTROLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_REMEDES = {
    "doc": "enregistrez-le au format .docx",
    "xls": "enregistrez-le au format .xlsx",
    "ppt": "enregistrez-le au format .pptx",
    "docm": "enregistrez-le sans macros, au format .docx",
    "xlsm": "enregistrez-le sans macros, au format .xlsx",
    "xlsb": "enregistrez-le au format .xlsx",
    "pptm": "enregistrez-le sans macros, au format .pptx",
    "rtf": "enregistrez-le au format .docx ou .pdf",
    "zip": "déposez les fichiers qu'elle contient, un par un ; une preuve peut en avoir plusieurs",
    "7z": "déposez les fichiers qu'elle contient, un par un",
    "rar": "déposez les fichiers qu'elle contient, un par un",
    "html": "enregistrez la page en PDF",
    "htm": "enregistrez la page en PDF",
    "svg": "enregistrez l'image en PDF ou en .png",
    "heic": "enregistrez la photo en .jpg",
    "eml": "enregistrez le message en PDF",
    "msg": "enregistrez le message en PDF",
}


class FichierRefuse(ValueError):
    """Un fichier qui ne peut pas être une preuve ; le message, à montrer, dit pourquoi et le remède."""


@dataclass(frozen=True)
class _Sorte:
    """Une sorte de fichier : son type MIME et ce qui vérifie son contenu (rend ce qui cloche, ou vide)."""

    mime: str
    verifier: Callable[[bytes], str]


def reconnaitre(nom: str, octets: bytes, maximum: int) -> str:
    """Le type MIME du fichier, d'après son nom et son contenu ; `maximum` : taille permise, en octets.

    Lève `FichierRefuse`.
    """
    extension = nom.rpartition(".")[2].lower() if "." in nom else ""
    sorte = _SORTES.get(extension)
    if not octets:
        raise FichierRefuse(f"« {nom} » est vide : vérifiez le fichier, puis déposez-le de nouveau.")
    if len(octets) > maximum:
        raise FichierRefuse(
            f"« {nom} » dépasse {maximum // 2**20} Mo : réduisez-le (images moins fines, pages utiles) ou "
            "citez un lien."
        )
    if sorte is None:
        remede = _REMEDES.get(extension, f"les fichiers admis sont : {EN_CLAIR}")
        raise FichierRefuse(f"« {nom} » n'est pas d'une sorte admise : {remede}.")
    if faute := sorte.verifier(octets):
        raise FichierRefuse(f"« {nom} » {faute}")
    return sorte.mime


def _image(debut: re.Pattern[bytes], fin_de: Callable[[bytes], int | None]) -> Callable[[bytes], str]:
    """Une image commence comme son nom l'annonce, et rien ne la suit."""

    def verifier(octets: bytes) -> str:
        if not debut.match(octets):
            return "n'a pas le contenu que son nom annonce : enregistrez-le de nouveau, puis déposez-le."
        return examiner_la_fin(octets, fin_de)

    return verifier


_PNG = _image(re.compile(rb"\x89PNG\r\n\x1a\n"), fin_d_un_png)
_JPEG = _image(re.compile(rb"\xff\xd8\xff"), fin_d_un_jpeg)
_GIF = _image(re.compile(rb"GIF8[79]a"), fin_d_un_gif)
_WEBP = _image(re.compile(rb"RIFF.{4}WEBP", re.DOTALL), fin_d_un_webp)


def _pdf(octets: bytes) -> str:
    if not octets.startswith(b"%PDF-"):
        return "n'est pas un PDF, malgré son nom : exportez-le de nouveau en PDF."
    if b"%%EOF" not in octets[-2048:]:
        return "est un PDF incomplet : exportez-le de nouveau."
    if _PDF_ACTIF.search(octets):
        return (
            "contient un script ou un élément qui s'exécute : imprimez-le en PDF, ce qui n'en garde que les pages, et "
            "déposez cette copie."
        )
    return ""


def _texte(octets: bytes) -> str:
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        texte = octets.decode("latin-1")
    if _CONTROLE.search(texte):
        return "n'est pas du texte, malgré son nom : enregistrez-le en texte UTF-8, ou déposez-le en PDF."
    return ""


def _archive(attendu: str) -> Callable[[bytes], str]:
    def verifier(octets: bytes) -> str:
        try:
            examiner_l_archive(octets, attendu)
        except ArchiveRefusee as refus:
            return str(refus)
        return ""

    return verifier


_SORTES = {
    "pdf": _Sorte("application/pdf", _pdf),
    "png": _Sorte("image/png", _PNG),
    "jpg": _Sorte("image/jpeg", _JPEG),
    "jpeg": _Sorte("image/jpeg", _JPEG),
    "gif": _Sorte("image/gif", _GIF),
    "webp": _Sorte("image/webp", _WEBP),
    "docx": _Sorte(_OOXML + "wordprocessingml.document", _archive("word/document.xml")),
    "xlsx": _Sorte(_OOXML + "spreadsheetml.sheet", _archive("xl/workbook.xml")),
    "pptx": _Sorte(_OOXML + "presentationml.presentation", _archive("ppt/presentation.xml")),
    "odt": _Sorte(_ODF + "text", _archive(_ODF + "text")),
    "ods": _Sorte(_ODF + "spreadsheet", _archive(_ODF + "spreadsheet")),
    "odp": _Sorte(_ODF + "presentation", _archive(_ODF + "presentation")),
    "txt": _Sorte("text/plain", _texte),
    "csv": _Sorte("text/csv", _texte),
}
EXTENSIONS = tuple(f".{extension}" for extension in _SORTES)
"""Ce que le choix d'un fichier propose d'office."""
