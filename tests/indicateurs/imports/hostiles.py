"""Des fichiers hostiles, engendrés : bombes, mensonges, contenus actifs. Aucun ne fait quoi que ce soit d'ici."""

import io
import os
import resource
import struct
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from indicateurs.imports import FichierIllisible, diagnostiquer
from tests.indicateurs.imports.fabrique import CLE, ENTETES, classeur, en_csv, en_xlsx, ligne, octets

FEUILLE, TEXTES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MEGA = 2**20
MEMOIRE, CALCUL = 4 * 2**30, 100
"""Adresses permises (octets) et calcul (s) d'une lecture : au-delà, son processus meurt."""
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def refaire(change: Callable[[dict[str, bytes]], object], base: bytes | None = None) -> bytes:
    """Un classeur juste dont on change les pièces."""
    with zipfile.ZipFile(io.BytesIO(base or en_xlsx([ligne(0)]))) as archive:
        pieces = {nom: archive.read(nom) for nom in archive.namelist()}
    change(pieces)
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in pieces.items():
            archive.writestr(nom, contenu)
    return flux.getvalue()


def avec(nom: str, contenu: bytes = b"x") -> bytes:
    """Un classeur juste, une pièce en plus."""
    return refaire(lambda pieces: pieces.update({nom: contenu}))


def bombe(nom: str, megas: int, motif: bytes = b"\0") -> bytes:
    """Un classeur dont une pièce fait tant de mégaoctets une fois décompressée."""
    flux, bloc = io.BytesIO(refaire(lambda pieces: pieces.pop(nom, None))), motif * (MEGA // len(motif))
    with zipfile.ZipFile(flux, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(nom, "w") as piece:
        for _ in range(megas):
            piece.write(bloc)
    return flux.getvalue()


def bombe_de_textes() -> bytes:
    """Une table de textes faite d'une multitude d'entrées minuscules."""
    debut = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return refaire(lambda p: p.update({TEXTES: debut + b"<si><t/></si>" * 9_000_000 + b"</sst>"}))


def dans_la_feuille(avant: bytes, apres: bytes) -> bytes:
    """Un classeur dont le XML de la feuille est changé."""

    def changer(pieces: dict[str, bytes]) -> None:
        assert avant in pieces[FEUILLE]
        pieces[FEUILLE] = pieces[FEUILLE].replace(avant, apres, 1)

    return refaire(changer)


def entites(externe: bool = False) -> bytes:
    """« Un milliard de rires », ou une entité qui lirait un fichier du serveur."""
    rires = b"".join(b'<!ENTITY r%d "%s">' % (n, b"&r%d;" % (n - 1) * 10) for n in range(1, 10))
    corps = b'<!ENTITY r9 SYSTEM "file:///etc/passwd">' if externe else b'<!ENTITY r0 "rire">' + rires

    def changer(pieces: dict[str, bytes]) -> None:
        xml = pieces[FEUILLE].split(b"?>", 1)[-1].replace(b"<sheetData>", b"<sheetData><!--&r9;-->", 1)
        pieces[FEUILLE] = b'<?xml version="1.0"?><!DOCTYPE x [' + corps + b"]>" + xml

    return refaire(changer)


def lien_externe(genre: str) -> bytes:
    """Une relation qui mène hors du fichier."""
    lien = f'<Relationship Id="rIdX" Type="{_TYPE}{genre}" Target="http://ailleurs.invalid/x" TargetMode="External"/>'

    def changer(pieces: dict[str, bytes]) -> None:
        rels = pieces["xl/_rels/workbook.xml.rels"]
        pieces["xl/_rels/workbook.xml.rels"] = rels.replace(b"</Relationships>", lien.encode() + b"</Relationships>")

    return refaire(changer)


def mensonge(taille: int) -> bytes:
    """Une feuille de 64 Mo qui s'annonce à cette taille, dans l'en-tête comme au sommaire."""
    brut = bytearray(bombe(FEUILLE, 64, b" "))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for debut in _places(bytes(brut), signature):
            if FEUILLE.encode() in brut[debut : debut + 100]:
                brut[debut + place : debut + place + 4] = struct.pack("<I", taille)
    return bytes(brut)


def _places(brut: bytes, signature: bytes) -> list[int]:
    trouvees, place = [], brut.find(signature)
    while place >= 0:
        trouvees.append(place)
        place = brut.find(signature, place + 1)
    return trouvees


def recouvrement() -> bytes:
    """Deux pièces du sommaire qui désignent les mêmes octets."""
    brut = bytearray(en_xlsx([ligne(0)]))
    sommaires = _places(bytes(brut), b"PK\x01\x02")
    brut[sommaires[1] + 42 : sommaires[1] + 46] = brut[sommaires[0] + 42 : sommaires[0] + 46]
    return bytes(brut)


def chiffre() -> bytes:
    """Une pièce annoncée comme chiffrée."""
    brut = bytearray(en_xlsx([ligne(0)]))
    for debut in _places(bytes(brut), b"PK\x01\x02"):
        brut[debut + 8] |= 1
    return bytes(brut)


def lien_symbolique() -> bytes:
    """Une pièce qui est un lien vers un fichier du serveur."""
    flux = io.BytesIO(en_xlsx([ligne(0)]))
    with zipfile.ZipFile(flux, "a") as archive:
        fiche = zipfile.ZipInfo("xl/media/image1.png")
        fiche.external_attr = 0o120777 << 16
        archive.writestr(fiche, "/etc/passwd")
    return flux.getvalue()


def en_double() -> bytes:
    """Deux pièces du même nom, à la casse près : chaque lecteur pourrait en choisir une."""
    flux = io.BytesIO(en_xlsx([ligne(0)]))
    with zipfile.ZipFile(flux, "a") as archive:
        archive.writestr("XL/worksheets/Sheet1.xml", b"<worksheet/>")
    return flux.getvalue()


def multitude() -> bytes:
    """Une archive de 20 000 pièces vides."""
    return refaire(lambda pieces: pieces.update({f"xl/media/image{n}.png": b"" for n in range(20_000)}))


def gigogne() -> bytes:
    """Une archive qui en contient une autre, et ainsi de suite, comme celles qui se contiennent elles-mêmes."""
    brut = b"x" * 100_000
    for _ in range(8):
        flux = io.BytesIO()
        with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(10):
                archive.writestr(f"{n}.zip", brut)
        brut = flux.getvalue()
    return avec("xl/media/encore.zip", brut)


def formule(place: str = "=DATE(2024,1,31)", resultat: bool = False) -> bytes:
    """Une formule dans la feuille de données (colonne des ruptures, ligne 2)."""
    livre = classeur([ligne(0)])
    livre.active.cell(2, ENTETES.index("contrat_date_rupture") + 1, place)
    brut = octets(livre)
    if not resultat:
        return brut

    def calculer(pieces: dict[str, bytes]) -> None:
        pieces[FEUILLE] = (
            pieces[FEUILLE].replace(b"</f><v />", b"</f><v>45322</v>").replace(b"</f><v></v>", b"</f><v>1</v>")
        )

    return refaire(calculer, brut)


def macro_renommee() -> bytes:
    """Un .xlsm : son type de contenu le dit, même renommé .xlsx et sans son module."""

    def changer(pieces: dict[str, bytes]) -> None:
        types = pieces["[Content_Types].xml"]
        pieces["[Content_Types].xml"] = types.replace(
            b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml"
        )

    return refaire(changer)


def borner() -> None:
    """Borne ce que le processus prend d'adresses et de calcul."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMOIRE, MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (CALCUL, CALCUL))


def executer(fichier: str) -> None:
    """Dans un processus borné : lit, puis dit secondes de calcul, Mio de plus, Mio en tout, message."""
    diagnostiquer(en_xlsx([ligne(0)]), "échauffement.xlsx", CLE)
    contenu = Path(fichier).read_bytes()
    avant = time.process_time()
    depart = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        diagnostiquer(contenu, "essai.xlsx", CLE)
        message = "lu"
    except FichierIllisible as erreur:
        message = str(erreur)
    pointe = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{time.process_time() - avant:.2f}|{(pointe - depart) / 1024:.0f}|{pointe / 1024:.0f}|{message}")


def csv_geant(morceau: bytes, fois: int) -> bytes:
    """Un .csv juste suivi d'un morceau répété."""
    return en_csv([ligne(0)]) + morceau * fois


def _executer_a_part(fichier: str) -> NoReturn:
    code = 1
    try:
        borner()
        executer(fichier)
        sys.stdout.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def servir() -> None:
    """Chaque ligne reçue nomme un fichier, lu dans un processus à lui ; les bibliothèques ne se chargent qu'une fois.

    Un processus mort en chemin se dit par son code, à la place du message.
    """
    for fichier in sys.stdin:
        enfant = os.fork()
        if enfant == 0:
            _executer_a_part(fichier.rstrip("\n"))
        if code := os.waitpid(enfant, 0)[1]:
            print(f"inf|{MEMOIRE}|{MEMOIRE}|mort en chemin, code {code}", flush=True)


if __name__ == "__main__":
    servir()
