"""Où finit une image (pur) : ce qui suit sa fin n'est pas de l'image, et un lecteur ne le montre à personne.

Sources : W3C PNG (troncons, IEND), ITU T.81 annexe B (marqueurs JPEG), GIF 89a (blocs, « trailer »), RFC 9649 (RIFF).
Un téléphone range parfois une seconde image JPEG après la première (CIPA DC-007, « multi-picture ») : elle est admise.
Des zéros ou des fins de ligne de remplissage aussi.
"""

import re
from collections.abc import Callable

_REMPLISSAGE = b"\x00\r\n"
_EOI, _SOS = b"\xd9", b"\xda"
_DEVANT = re.compile(rb"\xff*(?=\xff)")
_MARQUEUR = re.compile(rb"\xff(?![\x00\xff\xd0-\xd7])")
"""Dans les données : ni un octet échappé, ni une reprise, ni du remplissage."""
_SUIVANTE = re.compile(rb"\x00*\xff\xd8(?=\xff)")
MORCEAUX = 300_000
"""Plus qu'une image n'a de morceaux : au-delà, elle est faite pour qu'on s'y perde."""
IMAGES = 64
INCOMPLETE = "est une image incomplète : enregistrez-la de nouveau, puis déposez-la."
SUITE = (
    "porte autre chose après la fin de l'image : ouvrez-la, enregistrez-la de nouveau (ou faites-en une capture "
    "d'écran), et déposez cette copie."
)


def examiner_la_fin(octets: bytes, fin_de: Callable[[bytes], int | None]) -> str:
    """Ce qui cloche à la fin d'une image, vide si rien ; `fin_de` : où elle finit, None si elle est coupée."""
    fin = fin_de(octets)
    if fin is None or fin > len(octets):
        return INCOMPLETE
    return SUITE if octets[fin:].strip(_REMPLISSAGE) else ""


def fin_d_un_png(octets: bytes) -> int | None:
    """L'octet qui suit le tronçon IEND."""
    ou = 8
    for _ in range(MORCEAUX):
        suivant = ou + 12 + int.from_bytes(octets[ou : ou + 4], "big")
        if octets[ou + 4 : ou + 8] == b"IEND":
            return suivant
        ou = suivant
    return None


def fin_d_un_jpeg(octets: bytes) -> int | None:
    """L'octet qui suit le dernier marqueur EOI, les images qui se suivent comprises."""
    fin = _fin_d_une_image_jpeg(octets, 2)
    for _ in range(IMAGES):
        suivante = _SUIVANTE.match(octets, fin) if fin is not None else None
        if suivante is None:
            return fin
        fin = _fin_d_une_image_jpeg(octets, suivante.end())
    return fin


def _fin_d_une_image_jpeg(octets: bytes, ou: int) -> int | None:
    for _ in range(MORCEAUX):
        trouve = _DEVANT.match(octets, ou)
        if trouve is None:
            return None
        ou = trouve.end()
        marqueur = octets[ou + 1 : ou + 2]
        if marqueur == _EOI:
            return ou + 2
        ou += 2 + max(2, int.from_bytes(octets[ou + 2 : ou + 4], "big"))
        if marqueur == _SOS:
            suivant = _MARQUEUR.search(octets, ou)
            ou = suivant.start() if suivant else len(octets)
    return None


def fin_d_un_gif(octets: bytes) -> int | None:
    """L'octet qui suit le « trailer »."""
    ou = 13 + _table_de_couleurs(octets, 10)
    for _ in range(MORCEAUX):
        sorte = octets[ou] if ou < len(octets) else 0
        if sorte == 0x3B:
            return ou + 1
        if sorte == 0x2C:
            ou += 11 + _table_de_couleurs(octets, ou + 9)
        elif sorte == 0x21:
            ou += 2
        else:
            return None
        ou = _apres_les_sous_blocs(octets, ou)
    return None


def _table_de_couleurs(octets: bytes, drapeaux: int) -> int:
    """La taille d'une table de couleurs, d'après l'octet qui l'annonce ; 0 s'il n'y en a pas."""
    lu = octets[drapeaux] if drapeaux < len(octets) else 0
    return 3 * 2 ** ((lu & 7) + 1) if lu & 0x80 else 0


def _apres_les_sous_blocs(octets: bytes, ou: int) -> int:
    for _ in range(MORCEAUX):
        if ou >= len(octets) or not octets[ou]:
            return ou + 1
        ou += octets[ou] + 1
    return len(octets)


def fin_d_un_webp(octets: bytes) -> int | None:
    """La fin que l'en-tête RIFF annonce (la taille y est complétée à un nombre pair)."""
    taille = int.from_bytes(octets[4:8], "little")
    return 8 + taille + taille % 2
