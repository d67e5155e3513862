"""Un signe de ponctuation ne commence jamais une ligne ; ce qui se recopie reste tel qu'il a été tapé."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.commun.typographie import composer_une_page, espacer


@pytest.mark.parametrize(
    ("tape", "compose"),
    [
        ("Pourquoi ce chiffre ?", "Pourquoi ce chiffre\u202f?"),
        ("Vite ! Puis ; enfin : 95 %", "Vite\u202f! Puis\u202f; enfin\u00a0: 95\u202f%"),
        ("« qualité »", "«\u00a0qualité\u00a0»"),
        ("https://a.fr/?q=1", "https://a.fr/?q=1"),
        ("à 14:32", "à 14:32"),
    ],
)
def test_les_espaces_deviennent_insecables(tape: str, compose: str) -> None:
    assert espacer(tape) == compose


@pytest.mark.parametrize(
    "intact",
    [
        '<a title="Quoi ?" href="/d?q=l\'un : deux">',
        "<textarea>L'un : deux ?</textarea>",
        "<code>a : b</code>",
        "<style>p { color : red }</style>",
    ],
)
def test_une_balise_et_une_saisie_restent_intactes(intact: str) -> None:
    assert composer_une_page(intact) == intact


def test_le_texte_d_une_page_prend_ses_apostrophes() -> None:
    assert composer_une_page("<p>L'un, l&#39;autre</p> <b>Mot</b> : suite") == (
        "<p>L’un, l’autre</p> <b>Mot</b>\u00a0: suite"
    )


@given(st.text(alphabet="ab <>/«»:;?!%&'\n"))
def test_composer_deux_fois_ne_change_plus_rien(texte: str) -> None:
    assert composer_une_page(composer_une_page(texte)) == composer_une_page(texte)
