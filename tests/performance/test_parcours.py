"""Mesures imprimées : un million d'apprentis, un peu plus de contrats ; aucun seuil qui dépende de la machine.

Lancer : pytest -m performance tests/performance/test_parcours.py -s
"""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicateurs.definitions import charger_definitions
from indicateurs.moteur import calculer
from indicateurs.parcours import calculer_parcours, statuts_au

pytestmark = [pytest.mark.performance, pytest.mark.timeout(600)]

APPRENTIS = 1_000_000
CONTRATS = 1_040_000
FORMATIONS = 3_000
AU = date(2026, 11, 20)
SANS_PARCOURS = {"rupture_brute_9_mois", "rupture_nette_9_mois", "rupture_duree_totale", "obtention", "echec"}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    hasard = np.random.default_rng(2026)
    absente = np.datetime64("NaT")
    entree = np.datetime64("2021-09-01") + hasard.integers(0, 5, APPRENTIS) * 365 + hasard.integers(0, 30, APPRENTIS)
    formation = hasard.integers(0, FORMATIONS, APPRENTIS)
    exclusion = np.where(hasard.random(APPRENTIS) < 0.03, entree + hasard.integers(0, 400, APPRENTIS), absente)
    parcours = pd.DataFrame(
        {
            "id_parcours": np.arange(APPRENTIS),
            "rncp": pd.Categorical.from_codes(formation, [f"RNCP{i:05}" for i in range(FORMATIONS)]).astype("str"),
            "cfd": pd.Series(["32033422"] * APPRENTIS, dtype="str"),
            "uai_responsable": pd.Categorical.from_codes(formation % 7, [f"R{i}" for i in range(7)]).astype("str"),
            "uai_formateur": pd.Categorical.from_codes(formation % 23, [f"F{i}" for i in range(23)]).astype("str"),
            "date_entree": entree,
            "date_fin": entree + hasard.integers(300, 1000, APPRENTIS),
            "date_exclusion": exclusion,
            "obtention": pd.array(hasard.choice([True, False], APPRENTIS), dtype="boolean"),
        }
    )
    porteurs = np.r_[hasard.permutation(APPRENTIS), hasard.integers(0, APPRENTIS, CONTRATS - APPRENTIS)]
    debut = entree[porteurs] + hasard.integers(-60, 200, CONTRATS)
    rupture = np.where(hasard.random(CONTRATS) < 0.2, debut + hasard.integers(0, 500, CONTRATS), absente)
    contrats = pd.DataFrame(
        {
            "id_parcours": porteurs,
            "id_personne": porteurs,
            "rang": np.arange(CONTRATS),
            "date_debut": debut,
            "date_fin": debut + hasard.integers(200, 900, CONTRATS),
            "date_rupture": rupture,
        }
    )
    return {"parcours": parcours, "contrats": contrats}


def chronometrer(nom: str, calcul: Callable[[], Any]) -> tuple[float, Any]:
    depart, travail = time.perf_counter(), time.process_time()
    resultat = calcul()
    duree, travail = time.perf_counter() - depart, time.process_time() - travail
    print(f"{nom} : {duree:.2f} s (processeur : {travail:.2f} s)")
    return duree, resultat


def test_les_parcours_d_un_million_d_apprentis(tables: dict[str, pd.DataFrame]) -> None:
    apprentis = tables["parcours"].rename(columns={"id_parcours": "id_apprenti"})
    contrats = tables["contrats"].rename(columns={"id_parcours": "id_apprenti"})
    print()
    _, parcours = chronometrer(
        "calculer_parcours, 1 000 000 d'apprentis", lambda: calculer_parcours(apprentis, contrats)
    )
    _, au = chronometrer("statuts_au", lambda: statuts_au(parcours, AU))
    assert len(au) == APPRENTIS


def test_les_indicateurs_d_un_million_de_contrats(tables: dict[str, pd.DataFrame]) -> None:
    print()
    chronometrer("calculer (11 indicateurs, parcours compris), polars", lambda: calculer(tables, au=AU))
    memes = {cle: d for cle, d in charger_definitions().items() if cle in SANS_PARCOURS}
    duree, mesures = chronometrer("calculer (les 5 sans parcours), polars", lambda: calculer(tables, memes, au=AU))
    chronometrer("les mêmes, pandas sous narwhals", lambda: calculer(tables, memes, au=AU, moteur="pandas"))
    reference, attendus = chronometrer("les mêmes, pandas idiomatique", lambda: en_pandas(tables))
    print(f"rapport : pandas idiomatique / moteur = {reference / duree:.2f}")
    for cle, (cas, cohorte) in attendus.items():
        obtenu = mesures[(mesures["indicateur"] == cle) & (mesures["niveau"] == "total")]
        assert (obtenu["numerateur"].sum(), obtenu["effectif"].sum()) == (cas, cohorte)


def en_pandas(tables: dict[str, pd.DataFrame]) -> dict[str, tuple[int, int]]:
    """Ce qu'écrirait un bon pandas, sans les parcours : cinq indicateurs, par formation et promotion."""
    parcours, contrats = tables["parcours"], tables["contrats"]
    contrats = contrats.drop_duplicates(["id_parcours", "date_debut"], keep="last")
    au = pd.Timestamp(AU)
    cles = ["rncp", "cfd", "uai_responsable", "uai_formateur", "promotion"]
    rentree = parcours["date_entree"].dt.year - (parcours["date_entree"].dt.month < 8)
    parcours = parcours.assign(promotion=rentree.astype("str") + "-" + (rentree + 1).astype("str"))
    c = contrats.merge(parcours[["id_parcours", *cles]], on="id_parcours")
    c["contrat"] = np.arange(len(c))
    debut, rupture = c["date_debut"], c["date_rupture"]
    neuf = debut + pd.DateOffset(months=9)
    tot = (rupture >= debut) & (rupture < neuf)
    paires = c.loc[rupture.notna(), ["contrat", "id_personne", "date_rupture"]].merge(
        c[["contrat", "id_personne", "date_debut"]], on="id_personne", suffixes=("", "_autre")
    )
    borne = paires["date_rupture"] + pd.DateOffset(months=6)
    dans = (paires["date_debut"] >= paires["date_rupture"]) & (paires["date_debut"] < borne)
    revenus = paires.loc[dans & (paires["contrat"] != paires["contrat_autre"]), "contrat"].unique()
    quinze = debut + pd.DateOffset(months=15) <= au
    echus = c["date_fin"] <= au
    c = c.assign(
        brute=(neuf <= au) & tot,
        brute_n=neuf <= au,
        nette=quinze & tot & ~c["contrat"].isin(revenus),
        nette_n=quinze,
        duree=echus & (rupture < c["date_fin"]),
        duree_n=echus,
    )
    sommes = c.groupby(cles, dropna=False)[["brute", "brute_n", "nette", "nette_n", "duree", "duree_n"]].sum().sum()
    connus = parcours[parcours["obtention"].notna()]
    recus = connus.groupby(cles, dropna=False)["obtention"].agg(["sum", "count"]).sum()
    return {
        "rupture_brute_9_mois": (sommes["brute"], sommes["brute_n"]),
        "rupture_nette_9_mois": (sommes["nette"], sommes["nette_n"]),
        "rupture_duree_totale": (sommes["duree"], sommes["duree_n"]),
        "obtention": (recus["sum"], recus["count"]),
        "echec": (recus["count"] - recus["sum"], recus["count"]),
    }
