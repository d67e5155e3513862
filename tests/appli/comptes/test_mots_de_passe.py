"""Un mot de passe se juge sur sa longueur et sur ce que l'on essaierait en premier, sans exiger de signes."""

import unicodedata

import pytest

from appli.comptes.mots_de_passe import LONGUEUR_MAXIMALE, REMEDE, normaliser, reprocher
from appli.securite import condenser, verifier

CONTEXTE = ("Trajectoire", "Université des Quatre-Vents", "Jeanne Lempereur", "jeanne.lempereur@quatre-vents.invalid")


@pytest.mark.parametrize(
    "bon",
    [
        "correct cheval batterie agrafe",
        "une phrase de passe fictive",
        "mzkqvbpxnrtw",
        "83729164201755",
        "soleil noir et bateaux verts",
        "Les vents tournent a Quimper le mardi",
        "é" * 3 + "toile filante au nord",
        "  deux espaces devant  ",
        "日本語の長い合言葉です。春",
        "x" + "kéral 77 bulots, " * 11,
    ],
)
def test_un_bon_mot_de_passe_n_a_pas_besoin_de_signes(bon: str) -> None:
    assert reprocher(bon, CONTEXTE) is None


@pytest.mark.parametrize(
    "courant",
    [
        "motdepasse2024!", "M0tDePa$$e1234", "azertyuiop123", "Azerty123456", "qwertyuiop12", "soleilsoleil",
        "doudou-doudou", "aaaaaaaaaaaaa", "abababababab", "123456789012", "0987654321098", "abcdefghijklm",
        "password1234", "1qaz2wsx3edc", "Trajectoire1", "universite2026", "Été été été été", "P@ssword2026!",
    ],
)  # fmt: skip
def test_ce_que_l_on_essaie_en_premier_est_refuse(courant: str) -> None:
    faute = reprocher(courant)
    assert faute == f"Ce mot de passe est de ceux que l’on essaie en premier. {REMEDE}"


@pytest.mark.parametrize(
    "devine", ["quatre-vents-2026", "lempereur.jeanne", "JeanneLempereur!", "quatreventsjeanne", "Lempereur 1978 07"]
)
def test_ce_que_l_on_devine_de_la_personne_est_refuse(devine: str) -> None:
    faute = reprocher(devine, CONTEXTE)
    assert faute
    assert "il se devine" in faute
    assert reprocher(devine) is None


def test_trop_court_ou_trop_long_dit_combien() -> None:
    assert reprocher("mzkq vbpx")
    assert "fait 9 caractères ; il en faut au moins 12" in str(reprocher("mzkq vbpx"))
    assert "201 caractères" in str(reprocher("mzkqv bpxnr " * 16 + "zaqkwopln"))
    assert reprocher(("mzkqv bpxnr " * 17)[:LONGUEUR_MAXIMALE]) is None


def test_le_meme_mot_de_passe_tape_sur_un_autre_clavier_ouvre() -> None:
    compose = "l’été à Orléans, déjà"
    condense = condenser(compose)
    assert verifier(unicodedata.normalize("NFD", compose), condense)
    assert verifier(compose.replace(" ", "\u00a0"), condense)
    assert not verifier(compose.replace("été", "ete"), condense)
    assert normaliser("e\u0301") == "é"
    assert len("e\u0301" * 6) == 12, "la longueur se compte après normalisation"
    assert reprocher("e\u0301" * 6)
