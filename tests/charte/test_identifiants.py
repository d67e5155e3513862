"""Les clés d'un UAI et d'un SIRET, telles que les formulaires les exigent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.identifiants import cle_siret_juste, exiger_siret, exiger_uai, lettre_uai


@pytest.mark.parametrize(("saisi", "lu"), [("0123456S", "0123456S"), (" 0123456 s ", "0123456S")])
def test_un_uai_juste_se_lit(saisi: str, lu: str) -> None:
    assert exiger_uai(saisi) == lu


@pytest.mark.parametrize(
    ("saisi", "raison"),
    [
        ("0123456A", "on attend « 0123456S »"),
        ("123456S", "7 chiffres et une lettre"),
        ("", "7 chiffres et une lettre"),
        ("٠١٢٣٤٥٦S", "7 chiffres et une lettre"),
    ],
)
def test_un_uai_faux_dit_le_remede(saisi: str, raison: str) -> None:
    with pytest.raises(ValueError, match=raison):
        exiger_uai(saisi)


@pytest.mark.parametrize(
    ("saisi", "lu"),
    [
        ("999 000 013 00014", "99900001300014"),
        ("999.000.013.00014", "99900001300014"),
        ("35600000049837", "35600000049837"),
    ],
)
def test_un_siret_juste_se_lit(saisi: str, lu: str) -> None:
    assert exiger_siret(saisi) == lu


@pytest.mark.parametrize(
    ("saisi", "raison"),
    [("99900001300017", "clé de Luhn"), ("9990000130001", "14 chiffres"), ("un siret", "14 chiffres")],
)
def test_un_siret_faux_dit_le_remede(saisi: str, raison: str) -> None:
    with pytest.raises(ValueError, match=raison):
        exiger_siret(saisi)


@given(st.integers(0, 9_999_999), st.integers(1, 9))
def test_un_chiffre_change_change_la_lettre(numero: int, ecart: int) -> None:
    chiffres = f"{numero:07d}"
    autres = chiffres[:-1] + str((int(chiffres[-1]) + ecart) % 10)
    assert lettre_uai(chiffres) != lettre_uai(autres)


@given(st.text("0123456789", min_size=13, max_size=13).filter(lambda debut: not debut.startswith("356000000")))
def test_une_seule_cle_convient_a_un_siret(debut: str) -> None:
    assert sum(cle_siret_juste(f"{debut}{cle}") for cle in range(10)) == 1
