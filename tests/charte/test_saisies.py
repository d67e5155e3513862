"""Ce qui se tape dans un formulaire : une ligne de texte, un jour."""

from datetime import date

import pytest

from charte.commun.formulaire import lire_texte
from charte.commun.saisies import lire_jour, lire_ligne


@pytest.mark.parametrize(
    ("brut", "lu"),
    [("  UFR \u00a0 Droit\n", "UFR Droit"), ("a\x00b\u200bc", "abc"), (None, ""), (["a", "b"], ""), (" \t", "")],
)
def test_une_ligne_se_nettoie(brut: object, lu: str) -> None:
    assert lire_ligne(brut) == lu


@pytest.mark.parametrize(
    ("brut", "lu"),
    [("2026-03-12", date(2026, 3, 12)), (" 12/03/2026 ", date(2026, 3, 12)), ("", None), (None, None)],
)
def test_un_jour_se_lit(brut: object, lu: date | None) -> None:
    assert lire_jour(brut) == lu


@pytest.mark.parametrize("brut", ["hier", "31/02/2026", "03/12/26", "0205-09-01", "2026-03-12T00:00"])
def test_un_jour_illisible_dit_comment_l_ecrire(brut: str) -> None:
    with pytest.raises(ValueError, match="écrivez-la JJ/MM/AAAA"):
        lire_jour(brut)


@pytest.mark.parametrize(
    ("brut", "lu"),
    [
        (" a\r\nb\rc\n", "a\nb\nc"),
        ("a\vb\fc\x85d", "a\nb\nc\nd"),
        ("a\x00\x1b[31m\x7f\tb", "a[31m\tb"),
        ("\u202ea é \U0001f600", "\u202ea é \U0001f600"),
        (None, ""),
    ],
)
def test_un_texte_perd_ses_controles_et_garde_ses_lignes(brut: object, lu: str) -> None:
    assert lire_texte(brut) == lu
