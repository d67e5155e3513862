"""Ce qu'une preuve vaut un jour donné : table d'exemples."""

from datetime import date

import pytest

from grilles.preuves.regles import A_VENIR, BIENTOT, COMPTE, LIBELLES, PERIMEE, VALABLE, validite

JOUR = date(2026, 11, 22)

EXEMPLES = [
    # date d'effet, date de fin, validité
    (None, None, VALABLE),
    (date(2020, 1, 1), None, VALABLE),
    (JOUR, None, VALABLE),
    (date(2026, 11, 23), None, A_VENIR),
    (date(2026, 12, 1), date(2026, 12, 15), A_VENIR),
    (None, date(2026, 11, 21), PERIMEE),
    (date(2025, 9, 1), date(2026, 8, 31), PERIMEE),
    (None, JOUR, BIENTOT),
    (None, date(2027, 1, 21), BIENTOT),
    (None, date(2027, 1, 22), VALABLE),
]


@pytest.mark.parametrize(("effet", "fin", "attendue"), EXEMPLES)
def test_validite(effet: date | None, fin: date | None, attendue: str) -> None:
    assert validite(effet, fin, JOUR) == attendue


def test_le_preavis_se_choisit() -> None:
    assert validite(None, date(2026, 12, 22), JOUR, preavis=29) == VALABLE
    assert validite(None, date(2026, 12, 22), JOUR, preavis=30) == BIENTOT


def test_seule_une_preuve_en_vigueur_compte() -> None:
    assert {VALABLE, BIENTOT} == COMPTE
    assert set(LIBELLES) > COMPTE
