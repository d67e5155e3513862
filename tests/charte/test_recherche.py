"""Chercher dans la charte : accents, casse, débuts de mots, surlignage à sa place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.chargement import charger_edition
from charte.recherche import Morceau, composer, extrait, lire_requete, normaliser, repond, typographier
from charte.services import voir_charte
from charte.textes import Appel


@pytest.mark.parametrize(
    ("saisie", "mots"),
    [
        ("  Évaluation ", ("evaluation",)),
        ("« rupture », contrat ?", ("rupture", "contrat")),
        ("l’employeur", ("l'employeur",)),
        ("rupture RUPTURE", ("rupture",)),
        ("mise en œuvre", ("mise", "en", "oeuvre")),
        ("", ()),
        (" ?! ", ()),
    ],
)
def test_une_saisie_se_lit_en_mots_normalises(saisie: str, mots: tuple[str, ...]) -> None:
    assert lire_requete(saisie).mots == mots


@pytest.mark.parametrize(
    ("saisie", "texte", "attendu"),
    [
        ("EVALUATION", "Une évaluation, a minima", True),
        ("évaluat", "Evaluation de la qualité", True),
        ("valuation", "Une évaluation", False),
        ("evaluation", "une auto-évaluation", True),
        ("contrat rupture", "Accompagnement en cas de rupture de contrat", True),
        ("contrat abandon", "Accompagnement en cas de rupture de contrat", False),
        ("de", "devenir", False),
        ("de", "le suivi de l'apprenti", True),
        ("apprenti", "l'apprentissage", True),
        ("oeuvre", "mettre en œuvre", True),
        ("c++ [", "rien de tel", False),
        ("3.s1.6", "rien de tel", True),
        ("3.S1", "rien de tel", False),
    ],
)
def test_un_passage_repond_s_il_contient_tous_les_mots(saisie: str, texte: str, attendu: bool) -> None:
    assert repond(lire_requete(saisie), "3.S1.6", texte) is attendu


def test_une_requete_vide_ne_trouve_rien() -> None:
    assert not repond(lire_requete("…"), "1.1", "…")


def test_le_surlignage_garde_les_accents_du_texte() -> None:
    assert composer("Une évaluation, a minima", ("evaluation",)) == (
        Morceau("Une "),
        Morceau("évaluation", marque=True),
        Morceau(", a minima"),
    )


def test_deux_mots_et_un_appel_de_note_se_placent() -> None:
    morceaux = composer("Mettre en œuvre l'appui", ("oeuvre", "mettre"), (Appel(apres="œuvre", note=3),))
    assert morceaux == (
        Morceau("Mettre", marque=True),
        Morceau(" en "),
        Morceau("œuvre", marque=True, note=3),
        Morceau(" l’appui"),
    )


@given(st.text(alphabet="aàéœÉß'’ .(:;", max_size=40), st.text(alphabet="aeoséœ'", max_size=6))
def test_le_surlignage_ne_perd_ni_n_ajoute_rien(texte: str, saisie: str) -> None:
    morceaux = composer(texte, lire_requete(saisie).mots)
    assert "".join(morceau.texte for morceau in morceaux) == typographier(texte)


@given(st.text(max_size=60))
def test_normaliser_situe_chaque_caractere_rendu(texte: str) -> None:
    normalise, positions = normaliser(texte)
    assert len(normalise) == len(positions)
    assert list(positions) == sorted(positions)
    assert all(0 <= position < len(texte) for position in positions)


def test_la_typographie_ne_change_pas_la_longueur() -> None:
    assert typographier("l'appui : oui ; non (missions 1, 2 et 5)") == (
        "l’appui\u00a0: oui\u202f; non (missions\u00a01, 2 et\u00a05)"
    )


def test_un_extrait_garde_le_mot_et_son_voisinage() -> None:
    long = "début " * 40 + "rupture" + " suite" * 40
    court = extrait(composer(long, ("rupture",)))
    assert [morceau.marque for morceau in court] == [False, True, False]
    assert court[0].texte.startswith("… ")
    assert court[2].texte.endswith(" …")
    assert sum(len(morceau.texte) for morceau in court) < 200
    assert extrait(composer("rupture courte", ("rupture",))) == composer("rupture courte", ("rupture",))


@pytest.mark.parametrize(
    ("saisie", "attendus"),
    [
        ("handicap", {"V.2.3", "CFA.1", "3.1.4", "3.3.1.1", "3.S1.3"}),
        ("RUPTURE contrat", {"CFA.1", "CFA.2.2", "3.3.3", "4.S1.1"}),
        ("hceres", {"note-6"}),
        ("2.s2.1", {"2.S2.1"}),
        ("licorne", set()),
    ],
)
def test_la_recherche_dans_la_charte_rend_ces_passages(saisie: str, attendus: set[str]) -> None:
    vue = voir_charte(charger_edition(), saisie)
    assert {reponse.id for reponse in vue.reponses} == attendus


def test_seuls_les_passages_trouves_sont_surlignes() -> None:
    vue = voir_charte(charger_edition(), "rupture contrat")
    marques = {cle for cle, morceaux in vue.textes.items() if any(m.marque for m in morceaux)}
    assert marques == {"CFA.1", "CFA.2.2", "3.3.3", "4.S1.1"}


def test_sans_recherche_rien_n_est_surligne() -> None:
    vue = voir_charte(charger_edition())
    assert vue.reponses == ()
    assert not any(m.marque for morceaux in vue.textes.values() for m in morceaux)


@pytest.mark.parametrize("mot", ["a.c", "(a+)+", "a|b", "[a-z]", "c*"])
def test_les_signes_d_une_expression_se_cherchent_tels_quels(mot: str) -> None:
    morceaux = composer(f"abc axc aaa b c cc {mot} fin", (mot,))
    assert [morceau.texte for morceau in morceaux if morceau.marque] == [mot]
