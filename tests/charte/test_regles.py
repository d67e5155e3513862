"""Le code d'une formation, la situation de l'établissement, ce qui lie un CFA : règles pures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.regles import (
    CODE_MAXIMAL,
    Lien,
    Situation,
    code_formation,
    code_libre,
    lien_a_venir,
    lien_en_vigueur,
    lien_passe,
    natures_admises,
    situation,
)

JOUR = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("rncp", "cfd", "responsable", "formateur", "code"),
    [
        ("RNCP35345", "25032608", "0352756F", "0352756F", "RNCP35345-25032608-0352756F"),
        ("RNCP35345", "", "0352756F", "0350001A", "RNCP35345-0352756F-0350001A"),
        ("", "25032608", "0352756F", "0352756F", "25032608-0352756F"),
    ],
)
def test_le_code_dit_les_codes_puis_les_lieux(rncp: str, cfd: str, responsable: str, formateur: str, code: str) -> None:
    assert code_formation(rncp, cfd, responsable, formateur) == code


def test_un_code_pris_recoit_un_rang() -> None:
    assert code_libre("but", set()) == "but"
    assert code_libre("but", {"but"}) == "but-2"
    assert code_libre("but", {"but", "but-2", "but-3"}) == "but-4"


@given(st.integers(1, 12), st.integers(CODE_MAXIMAL - 3, CODE_MAXIMAL + 20))
def test_les_codes_restent_uniques_et_bornes(combien: int, longueur: int) -> None:
    pris: set[str] = set()
    for _ in range(combien):
        code = code_libre("x" * longueur, pris)
        assert code not in pris
        assert len(code) <= CODE_MAXIMAL
        pris.add(code)


@pytest.mark.parametrize(
    ("internes", "attendue"),
    [
        ([], Situation.SANS_CFA),
        ([True], Situation.INTERNE),
        ([False, False], Situation.PARTENAIRES),
        ([True, False], Situation.MIXTE),
    ],
)
def test_la_situation_se_lit_dans_les_cfa(internes: list[bool], attendue: Situation) -> None:
    assert situation(internes) is attendue


def lien(debut: str, fin: str | None = None, nature: str = "convention") -> Lien:
    return Lien(1, 1, nature, "", date.fromisoformat(debut), date.fromisoformat(fin) if fin else None)


@pytest.mark.parametrize(
    ("debut", "fin", "court"),
    [
        ("2026-03-12", None, True),
        ("2026-03-13", None, False),
        ("2025-09-01", "2026-03-12", True),
        ("2025-09-01", "2026-03-11", False),
    ],
)
def test_un_texte_court_du_premier_au_dernier_jour(debut: str, fin: str | None, court: bool) -> None:
    assert (lien_en_vigueur(False, [lien(debut, fin)], JOUR) is not None) is court


def test_un_document_interne_ne_lie_pas_un_cfa_partenaire() -> None:
    document = lien("2025-09-01", nature="document_interne")
    assert lien_en_vigueur(True, [document], JOUR) == document
    assert lien_en_vigueur(False, [document], JOUR) is None
    assert natures_admises(False) == ("convention",)


def test_une_convention_lie_aussi_un_cfa_interne() -> None:
    assert lien_en_vigueur(True, [lien("2025-09-01")], JOUR) is not None
    assert set(natures_admises(True)) == {"convention", "document_interne"}


def test_le_plus_proche_se_dit() -> None:
    textes = [
        lien("2020-09-01", "2021-08-31"), lien("2021-09-01", "2025-08-31"), lien("2026-09-01"), lien("2027-09-01"),
    ]  # fmt: skip
    assert lien_en_vigueur(False, textes, JOUR) is None
    assert lien_passe(False, textes, JOUR) == textes[1]
    assert lien_a_venir(False, textes, JOUR) == textes[2]
    assert lien_en_vigueur(False, [lien("2020-09-01"), lien("2025-09-01")], JOUR) == lien("2025-09-01")
