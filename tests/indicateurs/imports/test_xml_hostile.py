"""Un classeur est du XML reçu d'un inconnu : nulle entité externe ne s'y lit, nulle entité n'y explose."""

import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.annotation import annoter
from indicateurs.imports.diagnostic import Diagnostic, diagnostiquer
from tests.indicateurs.imports.fabrique import CLE, en_xlsx, ligne

SECRET = "SECRET-DU-SERVEUR"
PIECES = {
    "xl/workbook.xml": 'name="Modèle',
    "xl/sharedStrings.xml": "<t>Nom",
    "xl/worksheets/sheet1.xml": "<sheetData>",
    "xl/_rels/workbook.xml.rels": 'Target="',
}
"""Chaque pièce du classeur et un texte qu'elle porte, après lequel l'entité est employée."""
TEMPS_MAXIMAL_S = 5
RIRES = "".join(f'<!ENTITY r{n} "{f"&r{n - 1};" * 10}">' for n in range(1, 10))


def _salir(piece: str, declaration: str, entite: str) -> bytes:
    """Un classeur juste dont une pièce déclare une entité et l'emploie."""
    sortie = BytesIO()
    with zipfile.ZipFile(BytesIO(en_xlsx([ligne(0), ligne(1)]))) as lue, zipfile.ZipFile(sortie, "w") as ecrite:
        for nom in lue.namelist():
            texte = lue.read(nom)
            if nom == piece:
                corps = texte.decode().partition("?>")[2] if texte.startswith(b"<?xml") else texte.decode()
                assert PIECES[piece] in corps
                employee = corps.replace(PIECES[piece], PIECES[piece] + entite)
                texte = f'<?xml version="1.0"?><!DOCTYPE a [{declaration}]>{employee}'.encode()
            ecrite.writestr(nom, texte)
    return sortie.getvalue()


def _lire(octets: bytes) -> tuple[Diagnostic | None, bytes]:
    try:
        lu = diagnostiquer(octets, "hostile.xlsx", CLE)
    except FichierIllisible:
        return None, b""
    return lu, annoter(octets, lu)


def _tout(rendu: bytes) -> str:
    if not rendu:
        return ""
    with zipfile.ZipFile(BytesIO(rendu)) as archive:
        return "".join(archive.read(nom).decode("utf-8", "replace") for nom in archive.namelist())


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("genre", ["SYSTEM", 'PUBLIC "x"'])
def test_une_entite_externe_ne_se_lit_pas(piece: str, genre: str, tmp_path: Path) -> None:
    fichier = tmp_path / "secret.txt"
    fichier.write_text(SECRET, "utf-8")
    lu, rendu = _lire(_salir(piece, f'<!ENTITY e {genre} "{fichier.as_uri()}">', "&e;"))
    assert SECRET not in repr(lu)
    assert SECRET not in _tout(rendu)


@pytest.mark.parametrize("piece", PIECES)
def test_une_entite_qui_explose_est_refusee(piece: str) -> None:
    debut = time.perf_counter()
    lu, rendu = _lire(_salir(piece, f'<!ENTITY r0 "ha">{RIRES}', "&r9;"))
    assert time.perf_counter() - debut < TEMPS_MAXIMAL_S
    assert "hahaha" not in repr(lu)
    assert "hahaha" not in _tout(rendu)


@pytest.mark.parametrize("piece", PIECES)
def test_une_piece_qui_n_est_pas_du_xml_ne_fait_pas_de_panne(piece: str) -> None:
    sortie = BytesIO()
    with zipfile.ZipFile(BytesIO(en_xlsx([ligne(0)]))) as lue, zipfile.ZipFile(sortie, "w") as ecrite:
        for nom in lue.namelist():
            ecrite.writestr(nom, b"<a><b" if nom == piece else lue.read(nom))
    _lire(sortie.getvalue())
