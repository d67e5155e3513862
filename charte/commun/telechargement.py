"""Servir un fichier : toujours en pièce jointe, sous son propre type et un nom sûr, jamais affiché par le navigateur.

`appli` y ajoute `nosniff` et, pour toute réponse en pièce jointe, une politique de contenu qui ne permet rien
(`sandbox`) : même ouvert par un navigateur accommodant, le fichier n'agit pas au nom du site.
"""

import unicodedata
from pathlib import Path
from urllib.parse import quote

from litestar import Response
from litestar.response import File

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSP_DU_FICHIER = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
LONGUEUR_MAXIMALE = 120
_INTERDITS = frozenset('/\\:*?"<>|')
_INVISIBLES = ("Cc", "Cf", "Cs", "Co", "Cn")
_RESERVES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def nom_sur(nom: str, secours: str = "fichier") -> str:
    """Un nom de fichier sans danger, extension gardée : ni chemin, ni caractère de contrôle ou de sens d'écriture.

    Source des interdits : Microsoft, « Naming Files, Paths, and Namespaces » ; RFC 6266, section 4.3.
    """
    dernier = nom.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    garde = "".join(c for c in dernier if c not in _INTERDITS and unicodedata.category(c) not in _INVISIBLES)
    propre = " ".join(garde.split()).strip(". ")
    racine, point, extension = propre.rpartition(".")
    if not point:
        racine, extension = propre, ""
    if not racine or racine.casefold() in _RESERVES:
        racine = f"{secours}-{racine}" if racine else secours
    suffixe = f".{extension[:12]}" if extension else ""
    return racine[: LONGUEUR_MAXIMALE - len(suffixe)].rstrip(". ") + suffixe


def disposition(nom: str) -> str:
    """En-tête `Content-Disposition` : pièce jointe, nom en ASCII puis nom exact (RFC 6266, RFC 8187)."""
    sur = nom_sur(nom)
    ascii_ = unicodedata.normalize("NFKD", sur).encode("ascii", "ignore").decode()
    # « % » dans la forme simple : certains navigateurs le décodent, et un nom sûr cesserait de l'être.
    simple = nom_sur("".join(c for c in ascii_ if c not in "%;'"))
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(sur, safe='')}"


def joindre(contenu: bytes | str, nom: str, genre: str) -> Response[bytes]:
    """Réponse en pièce jointe ; `genre` : type MIME. Un texte part en UTF-8, marque d'ordre comprise s'il la porte."""
    octets = contenu.encode() if isinstance(contenu, str) else contenu
    return Response(octets, media_type=genre, headers={"Content-Disposition": disposition(nom)})


def joindre_le_fichier(chemin: Path, nom: str, genre: str) -> File:
    """Comme `joindre`, pour un fichier du disque (lu par morceaux)."""
    entetes = {"Content-Disposition": disposition(nom)}
    return File(chemin, filename=nom_sur(nom), media_type=genre, headers=entetes)
