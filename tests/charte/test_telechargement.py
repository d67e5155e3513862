"""Le nom d'un fichier servi : lisible, exact, et sans rien que le disque ou l'en-tête prendrait mal."""

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.commun.telechargement import (
    LONGUEUR_MAXIMALE,
    disposition,
    joindre,
    joindre_le_fichier,
    nom_sur,
)


@pytest.mark.parametrize(
    ("nom", "sur"),
    [
        ("Été 2024.xlsx", "Été 2024.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\moi\\notes.csv", "notes.csv"),
        ("facture\u202excod.exe", "facturexcod.exe"),
        ('a"b;c\r\nSet-Cookie: x=1.pdf', "ab;cSet-Cookie x=1.pdf"),
        ("con.xlsx", "fichier-con.xlsx"),
        ("", "fichier"),
        (".htaccess", "htaccess"),
        ("..", "fichier"),
        ("x\x00.csv", "x.csv"),
    ],
)
def test_un_nom_devient_sur_en_restant_lisible(nom: str, sur: str) -> None:
    assert nom_sur(nom) == sur


@given(st.text(max_size=400))
def test_aucun_nom_ne_sort_de_l_en_tete_ni_du_dossier(nom: str) -> None:
    sur, entete = nom_sur(nom), disposition(nom)
    assert 0 < len(sur) <= LONGUEUR_MAXIMALE
    assert Path(sur).name == sur
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(c) for c in sur}
    trouve = re.fullmatch(r"attachment; filename=\"([ !#-~]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", entete)
    assert trouve, entete
    assert unquote(trouve[2]) == sur
    assert not set(trouve[1]) & set("%;'\"\\")


def test_le_genre_et_le_contenu_partent_tels_quels(tmp_path: Path) -> None:
    reponse = joindre("\ufeffété", "été.csv", "text/csv")
    assert (reponse.content, reponse.media_type) == ("\ufeffété".encode(), "text/csv")
    fichier = tmp_path / "a.pdf"
    fichier.write_bytes(b"%PDF")
    assert joindre_le_fichier(fichier, "é.pdf", "application/pdf").headers["Content-Disposition"] == disposition(
        "é.pdf"
    )
