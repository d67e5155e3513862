"""Comparer : ce que devient chaque réponse, d'une édition à l'autre compris, et rien qui se perde."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charte.chargement import charger_edition
from charte.concernes import elements_evalues
from charte.edition import Edition, Genre
from grilles.comparaisons.regles import (
    Changement,
    Cote,
    Sort,
    comparer_les_etats,
    comparer_les_grilles,
    grands_ecarts,
)
from grilles.echelle import charger_echelle
from grilles.niveaux import CIBLE, EN_DECA, SOCLE, jalon
from tests.charte.editions_fictives import fictive, inserer, reecrire, retirer
from tests.charte.test_comparaison import editions

EDITION = charger_edition()
ELEMENTS = elements_evalues(EDITION)


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        (None, None, Changement.AUCUNE),
        ("tenu", "tenu", Changement.PAREIL),
        ("non_tenu", "en_partie", Changement.HAUSSE),
        ("tenu", "non_tenu", Changement.BAISSE),
        ("non_engagee", "en_place_et_evaluee", Changement.HAUSSE),
        (None, "tenu", Changement.NOUVELLE),
        ("tenu", None, Changement.PARTIE),
        ("sans_objet", "tenu", Changement.AUTRE),
        ("tenu", "sans_objet", Changement.AUTRE),
        ("sans_objet", "sans_objet", Changement.PAREIL),
    ],
)
def test_ce_que_devient_une_reponse(avant: str | None, apres: str | None, attendu: Changement) -> None:
    assert comparer_les_etats(avant, apres) is attendu


def test_d_une_edition_a_l_autre_chaque_element_dit_son_sort() -> None:
    apres = fictive(
        inserer("1.1", 0, "Bilan carbone des déplacements"),
        reecrire("2.S2", 0, "sous une semaine", "sous trois jours ouvrés"),
        retirer("4.C1", 2),
    )
    etats = {"1.1.1": "engagee", "2.S2.1": "tenu", "4.C1.3": "non_tenu"}
    vue = comparer_les_grilles(Cote(EDITION, etats, {1: SOCLE}), Cote(apres, {"1.1.2": "en_place"}, {1: jalon(1)}))
    assert not vue.meme_edition
    par_id = {(e.avant.id if e.avant else None, e.apres.id if e.apres else None): e for e in vue.elements}
    assert par_id[None, "1.1.1"].sort is Sort.AJOUTE
    assert (par_id["1.1.1", "1.1.2"].sort, par_id["1.1.1", "1.1.2"].changement) == (Sort.DEPLACE, Changement.HAUSSE)
    reformule = par_id["2.S2.1", "2.S2.1"]
    assert (reformule.sort, reformule.changement, bool(reformule.segments)) == (Sort.REFORMULE, Changement.PARTIE, True)
    retire = par_id["4.C1.3", None]
    assert (retire.sort, retire.etat_avant, retire.remarquable) == (Sort.RETIRE, "non_tenu", True)
    assert vue.postes[0].changement is Changement.HAUSSE


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [(SOCLE, SOCLE, Changement.PAREIL), (CIBLE, EN_DECA, Changement.BAISSE), (jalon(1), jalon(2), Changement.HAUSSE)],
)
def test_ce_que_devient_un_niveau(avant, apres, attendu) -> None:
    vue = comparer_les_grilles(Cote(EDITION, {}, {1: avant}), Cote(EDITION, {}, {1: apres}))
    assert vue.postes[0].changement is attendu


@settings(max_examples=15, deadline=None)
@given(editions(), editions())
def test_aucun_element_ni_aucune_reponse_ne_se_perd(avant: Edition, apres: Edition) -> None:
    siens = {
        e.id: "tenu" if e.genre in (Genre.ENGAGEMENT, Genre.EXIGENCE) else "engagee" for e in elements_evalues(avant)
    }
    vue = comparer_les_grilles(Cote(avant, siens, {}), Cote(apres, {}, {}))
    assert sorted(e.avant.id for e in vue.elements if e.avant) == sorted(siens)
    assert [e.apres.id for e in vue.elements if e.apres] == [e.id for e in elements_evalues(apres)]
    assert sum(e.etat_avant is not None for e in vue.elements) == len(siens)
    assert sum(len(vue.du_poste(poste.numero)) for poste in vue.postes) == len(vue.elements)


def test_les_grands_ecarts_suivent_le_texte_et_le_libelle() -> None:
    etats = {
        "BUT B": {"1.S1.1": "tenu", "4.S1.1": "non_tenu", "1.S1.2": "en_partie"},
        "BUT A": {"1.S1.1": "non_tenu", "4.S1.1": "tenu", "1.S1.2": "tenu"},
        "BUT C": {"1.S1.1": "non_tenu", "4.S1.1": "sans_objet"},
    }
    ecarts = grands_ecarts(etats, ELEMENTS)
    assert [ecart.element.id for ecart in ecarts] == ["1.S1.1", "4.S1.1"]
    assert ecarts[0].par_etat == (("tenu", ("BUT B",)), ("non_tenu", ("BUT A", "BUT C")))
    assert [etat for etat, _ in ecarts[1].par_etat] == ["tenu", "non_tenu", "sans_objet"]


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.dictionaries(
            st.sampled_from([e.id for e in ELEMENTS if e.genre is Genre.ENGAGEMENT]),
            st.sampled_from([etat.cle for etat in charger_echelle().engagements]),
        ),
    )
)
def test_les_grands_ecarts_ne_rangent_personne(etats: dict[str, dict[str, str]]) -> None:
    ordre = {element.id: rang for rang, element in enumerate(ELEMENTS)}
    ecarts = grands_ecarts(etats, ELEMENTS)
    assert [ordre[e.element.id] for e in ecarts] == sorted(ordre[e.element.id] for e in ecarts)
    for ecart in ecarts:
        assert ecart.crans >= 2
        assert sorted(nom for _, noms in ecart.par_etat for nom in noms) == sorted(
            nom for nom, siens in etats.items() if ecart.element.id in siens
        )
