"""Ce que deux publications des mêmes personnes diraient par différence ; ce que porte, ou tait, un tableau."""

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charte.commun.canonique import ecrire_canonique
from indicateurs.publication.contenu import (
    CFA,
    Cellule,
    Contenu,
    Ligne,
    Rubrique,
    dire,
    ecrire_contenu,
    ecrire_la_table,
    ecrire_les_definitions,
    lire_contenu,
)
from indicateurs.publication.programme import charger_programme
from indicateurs.publication.regles import Colonne, poser_les_gardees, refaire, se_remplace

SEUIL = 20
PROMOTION = "2023-2024"


def montree(n: int, cas: int) -> Cellule:
    return Cellule(PROMOTION, cas, n, cas / n if n else None, 0.1, 0.9)


MASQUEE = Cellule(PROMOTION, masque=True)
AVANT: Colonne = {CFA: montree(100, 80), "a": montree(60, 50), "b": montree(40, 30)}


@pytest.mark.parametrize(
    ("dit", "avant", "apres", "attendu"),
    [
        ("rien ne change", AVANT, AVANT, True),
        ("une personne de plus", AVANT, {**AVANT, CFA: montree(101, 81), "a": montree(61, 51)}, False),
        ("un résultat corrigé", AVANT, {**AVANT, CFA: montree(100, 81), "a": montree(60, 51)}, False),
        ("vingt-cinq de plus", AVANT, {**AVANT, CFA: montree(125, 100), "a": montree(85, 70)}, True),
        ("un diplôme de plus", AVANT, {**AVANT, CFA: montree(130, 100), "c": montree(30, 20)}, True),
        ("un diplôme de moins", {**AVANT, "c": montree(19, 9)}, AVANT, False),
        ("le reste trahit quinze", AVANT, {CFA: montree(140, 110), "a": montree(85, 70), "b": montree(40, 30)}, False),
        ("un masque tombe", {CFA: montree(60, 50), "a": MASQUEE, "b": MASQUEE}, AVANT, False),
        ("un masque disparaît", {CFA: montree(60, 50), "a": MASQUEE}, {CFA: montree(60, 50)}, False),
        ("un masque se pose", AVANT, {CFA: montree(100, 80), "a": MASQUEE, "b": MASQUEE}, True),
        ("rien n'était publié", {}, AVANT, True),
    ],
)
def test_une_promotion_ne_se_refait_que_si_la_difference_ne_dit_rien(
    dit: str, avant: Colonne, apres: Colonne, attendu: bool
) -> None:
    assert se_remplace(avant, apres, SEUIL) is attendu, dit


def test_le_reste_qui_change_de_trop_peu_se_garde() -> None:
    """Le CFA gagne 40, un diplôme montré 25 : les quinze autres seraient seuls dans la différence."""
    avant = {CFA: montree(100, 80), "a": montree(60, 50), "x": MASQUEE, "y": MASQUEE}
    apres = {CFA: montree(140, 110), "a": montree(85, 70), "x": MASQUEE, "y": MASQUEE}
    assert not se_remplace(avant, apres, SEUIL)
    assert se_remplace(avant, {**apres, CFA: montree(125, 100)}, SEUIL)


def test_une_colonne_se_compare_a_chacune_de_celles_en_ligne() -> None:
    plus = {CFA: montree(125, 100), "a": montree(85, 70), "b": montree(40, 30)}
    retour = {CFA: montree(101, 81), "a": montree(61, 51), "b": montree(40, 30)}
    assert refaire([AVANT], plus, SEUIL)
    assert refaire([plus], retour, SEUIL)
    assert not refaire([plus, AVANT], retour, SEUIL)


def test_garder_reprend_toute_la_colonne_et_rien_qu_elle() -> None:
    autre = Cellule("2022-2023", 10, 30, 1 / 3, 0.1, 0.6)
    neuves = (Ligne(CFA, "CFA", (autre, montree(101, 81))), Ligne("a", "A", (montree(61, 51),)), Ligne("n", "N", (
        montree(25, 3),
    )))  # fmt: skip
    posees = poser_les_gardees(neuves, {PROMOTION: AVANT}, {"b": "Diplôme B"})
    assert {ligne.cle: [(c.promotion, c.denominateur, c.gardee) for c in ligne.cellules] for ligne in posees} == {
        CFA: [("2022-2023", 30, False), (PROMOTION, 100, True)], "a": [(PROMOTION, 60, True)],
        "b": [(PROMOTION, 40, True)],
    }  # fmt: skip
    assert next(ligne.libelle for ligne in posees if ligne.cle == "b") == "Diplôme B"


@st.composite
def _revisions(tirer: st.DrawFn) -> tuple[Colonne, Colonne]:
    """Deux états d'un CFA de trois diplômes, chacun sous le secret de sa publication (seuil, puis complément)."""
    comptes = tirer(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=3, max_size=3))
    deltas = tirer(st.lists(st.integers(-10, 40), min_size=3, max_size=3))
    apres = [(max(n + d, 0), cas) for (n, cas), d in zip(comptes, deltas, strict=True)]
    return _publier(comptes), _publier(apres)


def _publier(comptes: list[tuple[int, int]]) -> Colonne:
    presents = {cle: (n, min(cas, n)) for cle, (n, cas) in zip("abc", comptes, strict=True) if n}
    total = (sum(n for n, _ in presents.values()), sum(cas for _, cas in presents.values()))
    petits = {cle for cle, (n, _) in presents.items() if n < SEUIL}
    if petits and (len(petits) == 1 or sum(presents[cle][0] for cle in petits) < SEUIL):
        petits |= {min((c for c in presents if c not in petits), key=lambda c: presents[c][0], default="")} - {""}
    colonne = {cle: MASQUEE if cle in petits else montree(*compte) for cle, compte in presents.items()}
    if total[0]:
        seul = bool(petits) and (len(petits) == 1 or sum(presents[c][0] for c in petits) < SEUIL)
        colonne[CFA] = MASQUEE if total[0] < SEUIL or seul else montree(*total)
    return colonne


@settings(max_examples=300)
@given(_revisions())
def test_ce_qui_se_refait_ne_dit_jamais_moins_de_vingt_personnes(revision: tuple[Colonne, Colonne]) -> None:
    """L'attaquant soustrait deux publications, ligne à ligne puis le total moins les diplômes qu'il voit."""
    avant, apres = revision
    if not se_remplace(avant, apres, SEUIL):
        return
    rien = Cellule(PROMOTION, 0, 0)
    vues = [c for c in {*avant, *apres} if not avant.get(c, rien).masque and not apres.get(c, rien).masque]

    def delta(cle: str) -> tuple[float, float]:
        un, deux = avant.get(cle, rien), apres.get(cle, rien)
        return (deux.denominateur or 0) - (un.denominateur or 0), (deux.numerateur or 0) - (un.numerateur or 0)

    deltas = [delta(cle) for cle in vues if cle != CFA]
    if CFA in vues:
        total = delta(CFA)
        deltas += [total, (total[0] - sum(d for d, _ in deltas), total[1] - sum(c for _, c in deltas))]
    for n, cas in deltas:
        assert (n, cas) == (0, 0) or max(abs(n), abs(cas)) >= SEUIL
    assert not [cle for cle in avant if avant[cle].masque and not apres.get(cle, MASQUEE).masque]


def un_contenu(*cellules: Cellule) -> Contenu:
    rubrique = Rubrique("obtention", "1°", "Obtention", lignes=(Ligne(CFA, "CFA", cellules),))
    return Contenu("Université", "CFA =1", "0352756F", 2026, 1, date(2026, 6, 30), SEUIL, "L6111-8", "", (rubrique,))


CELLULES = st.one_of(
    st.just(MASQUEE), st.builds(montree, st.integers(20, 400), st.integers(0, 20)), st.just(Cellule(PROMOTION))
)


@given(CELLULES, st.text(max_size=20))
def test_le_tableau_publie_est_canonique_et_se_relit(cellule: Cellule, texte: str) -> None:
    contenu = replace(un_contenu(cellule), correction=texte)
    ecrit = ecrire_contenu(contenu)
    assert lire_contenu(ecrit) == contenu
    assert ecrire_canonique(json.loads(ecrit)) == ecrit


def test_une_cellule_masquee_ne_porte_ni_ne_dit_aucun_nombre() -> None:
    with pytest.raises(ValueError, match="masquée"):
        Cellule(PROMOTION, 3, masque=True)
    assert dire(MASQUEE, SEUIL) == "n.d. (effectif < 20)"
    assert dire(montree(40, 35), SEUIL) == "87,5\u202f% (n\u00a0=\u00a040)"
    assert dire(None, SEUIL) == dire(Cellule(PROMOTION), SEUIL) == "–"
    (rang,) = csv.DictReader(io.StringIO(ecrire_la_table((un_contenu(MASQUEE),))), delimiter=";")
    assert rang["non_diffuse"] == "n.d. (effectif < 20)"
    assert [valeur for nom, valeur in rang.items() if nom.endswith(("_nombre", "_0_1")) and valeur] == []


def test_les_csv_se_lisent_sans_marque_ni_formule() -> None:
    table = ecrire_la_table((un_contenu(montree(40, 35)),))
    assert not table.startswith("\ufeff")
    (rang,) = csv.DictReader(io.StringIO(table), delimiter=";")
    assert (rang["taux_fraction_0_1"], rang["effectif_nombre"], rang["niveau"]) == ("0,875", "40", "CFA")
    assert ecrire_les_definitions((un_contenu(),)).splitlines()[0].startswith("rubrique;reference_loi;definition")


def test_le_programme_suit_la_loi() -> None:
    assert [(r.cle, r.loi) for r in charger_programme().rubriques if r.cle != "reponse"] == [
        ("obtention", "1°"), ("poursuite", "2°"), ("interruption", "3°"), ("insertion", "4°"),
        ("valeur_ajoutee", "5°"), ("rupture", "alinéa 2"),
    ]  # fmt: skip
