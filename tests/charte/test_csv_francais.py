"""Le CSV français : ce qu'un tableur en lit, et ce qu'il ne doit pas exécuter."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from charte.commun.csv_francais import Cellule, ecrire_cellule, ecrire_csv, relire_cellule

DECLENCHEURS = "=+-@＝＋－＠\t\r\n"
HOSTILES = st.builds(
    "{}{}{}".format,
    st.text(alphabet=" '\"\u00a0\u200b\ufeff\x00", max_size=4),
    st.sampled_from([*DECLENCHEURS, "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://x")', ""]),
    st.text(max_size=20),
)


@pytest.mark.parametrize("cellule", ["=1+1", "+33", "-2", "@cmd", "\tcmd", "＝1", " =1", "'=1", "\ufeff=1"])
def test_une_cellule_ne_devient_pas_une_formule(cellule: str) -> None:
    assert ecrire_csv(("a",), ((cellule,),)) == f"a\r\n'{cellule}\r\n"


def test_ce_qui_se_lit_sans_danger_reste_tel_quel() -> None:
    for texte in ("", "BUT Informatique", "1 = 1", "l’an 2024-2025", "a@b.invalid", "'tel quel'", "12,5", "« -2 »"):
        assert ecrire_cellule(texte) == texte


@pytest.mark.parametrize(
    ("nombre", "ecrit"), [(-2, "-2"), (-1.5, "-1,5"), (Decimal("-0.25"), "-0,25"), (0, "0"), (None, "")]
)
def test_un_nombre_negatif_reste_un_nombre(nombre: Cellule, ecrit: str) -> None:
    assert ecrire_csv(("a",), ((nombre, "x"),)) == f"a\r\n{ecrit};x\r\n"


@given(HOSTILES)
@example("=cmd|' /C calc'!A0")
@example("\n=1")
def test_toute_cellule_hostile_est_du_texte_et_se_relit(cellule: str) -> None:
    ecrite = ecrire_cellule(cellule)
    nue = ecrite.lstrip(' \u00a0\u200b\ufeff\x00"')
    assert nue[:1] not in tuple(DECLENCHEURS), f"{ecrite!r} serait lu comme une formule"
    assert relire_cellule(ecrite) == cellule
    assert ecrite in (cellule, f"'{cellule}")


@given(st.lists(st.lists(HOSTILES, min_size=2, max_size=2), max_size=4))
def test_la_table_garde_ses_cases(lignes: list[list[str]]) -> None:
    [_, *relues] = csv.reader(io.StringIO(ecrire_csv(("a", "b"), lignes), newline=""), delimiter=";")
    assert [[relire_cellule(c) for c in ligne] for ligne in relues] == lignes


def test_une_cellule_qui_porte_un_point_virgule_est_entre_guillemets() -> None:
    assert ecrire_csv(("a", "b"), (("1;2", 'dit "oui"'),)) == 'a;b\r\n"1;2";"dit ""oui"""\r\n'
