"""Kaplan et Meier : les mêmes chiffres que lifelines, ex aequo et cas limites compris."""

import warnings
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.courbes import courbe, lire_les_courbes
from indicateurs.definitions import charger_definitions
from indicateurs.survie import Survie, estimer, probabilites, regrouper
from tests.indicateurs.monde import AU, FORMATIONS, en_tables
from tests.indicateurs.reference_mesures import ContratDit, Jeune, Monde

suivis = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


def courbe_de(lignes: list[tuple[int, bool]]) -> Survie:
    jours = np.array([jour for jour, _ in lignes], dtype=np.int64)
    ruptures = np.array([rompu for _, rompu in lignes], dtype=np.int64)
    return estimer(*regrouper(jours, np.ones_like(jours), ruptures))


def de_lifelines(lignes: list[tuple[int, bool]]) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter

        ajuste = KaplanMeierFitter().fit([jour for jour, _ in lignes], [rompu for _, rompu in lignes], label="s")
    table: pd.DataFrame = ajuste.survival_function_.join(ajuste.confidence_interval_)
    return table.set_axis(["s", "bas", "haut"], axis=1)


@settings(max_examples=15, deadline=None)
@given(suivis)
def test_la_courbe_est_celle_de_lifelines(lignes: list[tuple[int, bool]]) -> None:
    notre, leur = courbe_de(lignes), de_lifelines(lignes).loc[sorted({float(jour) for jour, _ in lignes})]
    np.testing.assert_allclose(notre.survie, leur["s"], rtol=0, atol=1e-9)
    # Sans rupture ou sans survivant, l'intervalle log-log n'est pas défini : lifelines rend 1 ou 0, nous rien.
    defini = (notre.survie > 0) & (notre.survie < 1)
    np.testing.assert_allclose(notre.ic_bas[defini], leur["bas"][defini], rtol=0, atol=1e-9)
    np.testing.assert_allclose(notre.ic_haut[defini], leur["haut"][defini], rtol=0, atol=1e-9)
    assert np.isnan(notre.ic_bas[~defini]).all()


@settings(max_examples=40, deadline=None)
@given(suivis, suivis, st.integers(0, 30))
def test_la_probabilite_de_plusieurs_cellules_est_celle_de_chaque_courbe(
    une: list[tuple[int, bool]], autre: list[tuple[int, bool]], horizon: int
) -> None:
    # Deux cellules mêlées, des jours répétés, une troisième vide.
    lignes = [(0, *ligne) for ligne in une] + [(2, *ligne) for ligne in autre]
    cellules, jours, ruptures = (np.array(colonne, dtype=np.int64) for colonne in zip(*lignes, strict=True))
    survie, _ = probabilites(cellules, jours, np.ones_like(jours), ruptures, nombre=3, horizon=horizon)
    for cellule, siennes in ((0, une), (2, autre)):
        entiere = courbe_de(siennes)
        avant = np.flatnonzero(entiere.jours <= horizon)
        attendue = entiere.survie[avant[-1]] if len(avant) else 1.0
        assert survie[cellule] == pytest.approx(attendue, abs=1e-12)
    assert survie[1] == 1.0


def test_les_cas_limites() -> None:
    tous_rompus = courbe_de([(3, True), (3, True), (9, True)])
    np.testing.assert_allclose(tous_rompus.survie, [1 / 3, 0], atol=1e-12)
    assert courbe_de([(5, False), (8, False)]).survie.tolist() == [1.0, 1.0]
    assert len(estimer(*(np.empty(0, dtype=np.int64) for _ in range(3))).jours) == 0
    # Une censure le jour d'une rupture : le contrat censuré était encore suivi ce jour-là.
    assert courbe_de([(4, True), (4, False)]).survie.tolist() == [0.5]


DEBUT, AN = date(2025, 9, 1), timedelta(days=365)


def un_monde(effectif: int) -> Monde:
    """`effectif` contrats : le premier sur cinq rompt après cent jours et son rang, les autres courent."""
    jeunes = []
    for rang in range(effectif):
        rupture = DEBUT + timedelta(days=100 + rang) if rang % 5 == 0 else None
        contrat = ContratDit(DEBUT, date(2027, 8, 31), rupture)
        jeunes.append(Jeune(rang, FORMATIONS[rang % 3], DEBUT, date(2027, 8, 31), None, None, (contrat,)))
    return Monde(tuple(jeunes))


def test_la_courbe_d_un_perimetre_suit_les_contrats_en_cours() -> None:
    rendue = courbe(en_tables(un_monde(30)), au=AU, par=["formateur", "total"])
    total = rendue[rendue["niveau"] == "total"]
    assert total["a_risque"].iloc[0] == 30
    assert total["jours"].iloc[-1] == (AU - DEBUT).days
    assert total["rupture"].iloc[-1] == pytest.approx(6 / 30)
    assert total["censures"].sum() == 24
    assert (total["ic_bas"] <= total["rupture"]).all()
    assert (total["rupture"] <= total["ic_haut"]).all()
    assert rendue[rendue["niveau"] == "formateur"]["uai_formateur"].unique().tolist() == ["F1", "F2"]


def test_sous_le_seuil_la_courbe_se_tait_ou_s_arrete() -> None:
    petite = courbe(en_tables(un_monde(4)), au=AU, diffusion="interne")
    assert petite.empty
    montree = courbe(en_tables(un_monde(30)), au=AU, diffusion="publique")
    assert (montree["a_risque"] >= 20).all()
    assert montree[["ruptures", "censures"]].isna().all(axis=None)
    assert montree["jours"].tolist()[:4] == [0, 30, 61, 91]


def test_une_promotion_masquee_tait_la_courbe_du_carnet_comme_celle_des_pages() -> None:
    grand = un_monde(30).jeunes
    avant = [
        replace(jeune, personne=100 + rang, entree=DEBUT - AN, contrats=(ContratDit(DEBUT - AN, DEBUT, None),))
        for rang, jeune in enumerate(grand[:3])
    ]
    tables = en_tables(Monde((*grand, *avant)))
    assert courbe(tables, au=AU, diffusion="interne").empty
    assert not courbe(tables, au=AU).empty


def test_la_courbe_du_carnet_est_celle_que_les_pages_lisent() -> None:
    tables = en_tables(un_monde(30))
    lues = lire_les_courbes(tables, charger_definitions(), AU)
    assert lues is not None
    sienne = lues.courbe("formateur", ("F1",))
    assert sienne is not None
    rendue = courbe(tables, au=AU, par=["formateur"])
    lieu = rendue[rendue["uai_formateur"] == "F1"]
    assert lieu["jours"].tolist() == sienne.jours.tolist()
    np.testing.assert_array_equal(lieu["survie"], sienne.survie)
    np.testing.assert_array_equal(lieu["ic_bas"], 1 - sienne.ic_haut)


def test_sans_contrat_il_n_y_a_pas_de_courbe() -> None:
    tables: dict[str, Any] = en_tables(un_monde(6))
    assert courbe({**tables, "contrats": tables["contrats"].head(0)}, au=AU).empty
