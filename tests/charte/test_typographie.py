"""Un signe de ponctuation ne commence jamais une ligne ; ce qui se recopie reste tel qu'il a été tapé."""

import re

import pytest
from hypothesis import given, settings
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
        "<div>\n <p> <textarea>L'un : deux ?</textarea> </p>\n</div>",
        "<ul><li><pre><b>l'un</b> : deux</pre></li></ul>",
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


FRAGMENTS = ("<b>", "</b>", "<pre>", "<pre title='l'a'>", "</pre>", " ", "\n", "l'a", "« a »", " :", "a ?", "<")


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_prendre_les_balises_d_un_coup_ne_change_rien(page: str) -> None:
    """Une lecture naïve, une balise à la fois, donne la même page."""
    un_a_un = re.findall(r"(?s)<pre\b.*?</pre\s*>|<[^>]*>|[^<]+|<", page)
    assert composer_une_page(page) == "".join(m if m[0] == "<" else composer_une_page(m) for m in un_a_un)


_PIECES = (
    *("<p>", "</p>", "<b title='a : b'>", "<textarea>", "</textarea>", "<code>", "</code >", "<!-- a : b -->", ">"),
    *(" ", "'", "&#39;", "«", "»", ":", ";", "!", "?", "%", "a", "é", "_", "\n", "&amp;"),
)


def morceau_par_morceau(html: str) -> str:
    """La même règle, dite lentement : chaque morceau de texte, l'un après l'autre."""

    def composer(trouve: re.Match[str]) -> str:
        morceau = trouve[0]
        return morceau if morceau[0] == "<" else re.sub(r"(?<=\w)(?:'|&#39;)(?=\w)", "’", espacer(morceau))

    motif = r"<(textarea|script|style|code|pre)\b.*?</\1\s*>|<[^>]*>|[^<]+"
    return re.sub(motif, composer, html, flags=re.DOTALL)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_une_page_se_compose_comme_ses_morceaux_un_a_un(html: str) -> None:
    assert composer_une_page(html) == morceau_par_morceau(html)
