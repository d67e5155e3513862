"""Chaque indicateur, à chaque niveau, promotion et modalité : le moteur égale la référence naïve."""

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import given, settings

from indicateurs.catalogue import charger_ventilations
from indicateurs.definitions import Definition, charger_definitions
from indicateurs.moteur import CLES_PAR_NIVEAU, Niveau, calculer
from tests.indicateurs.monde import Adresse, attendues, en_tables, jours, mondes
from tests.indicateurs.reference_mesures import Ligne, Monde, survie

DEFINITIONS = charger_definitions()
AXES = [cle for cle, ventilation in charger_ventilations().items() if not ventilation.sur_les_cas]
VENTILATIONS = {cle: set(d.ventilations) & set(AXES) for cle, d in DEFINITIONS.items()}


def adresse(mesure: dict[str, Any]) -> Adresse:
    niveau: Niveau = mesure["niveau"]
    dites = (mesure[nom] for nom in ("promotion", "ventilation", "modalite"))
    cles = tuple(str(mesure[cle]) for cle in CLES_PAR_NIVEAU[niveau])
    return (mesure["indicateur"], niveau, cles, *(None if pd.isna(v) else str(v) for v in dites))  # type: ignore[return-value]


def est_trop_jeune(definition: Definition, promotion: object, au: date) -> bool:
    """Une probabilité à N jours d'une promotion dont le premier jour possible date de moins de N jours."""
    if definition.unite != "probabilite" or pd.isna(promotion):  # type: ignore[call-overload]
        return False
    premier_jour = date(int(str(promotion)[:4]), 8, 1)
    return premier_jour + timedelta(days=int(definition.parametres["jours"])) > au  # type: ignore[arg-type]


def valeur(definition: Definition, lignes: list[Ligne]) -> float | None:
    """Le taux, la moyenne ou la probabilité que disent les lignes."""
    numerateur, denominateur = math.fsum(x.numerateur for x in lignes), math.fsum(x.denominateur for x in lignes)
    if definition.unite == "effectif" or not denominateur:
        return None
    if definition.unite == "probabilite":
        return 1 - survie(lignes, int(definition.parametres["jours"]))  # type: ignore[arg-type]
    return numerateur / denominateur


def comparer(mesure: dict[str, Any], definition: Definition, lignes: list[Ligne], au: date) -> None:
    ou = (definition.cle, mesure["niveau"], mesure["promotion"], mesure["ventilation"], mesure["modalite"])
    attendus: list[tuple[str, float | None]] = [
        ("numerateur", math.fsum(x.numerateur for x in lignes)),
        ("effectif", sum(x.effectif for x in lignes)),
        ("denominateur", None if definition.unite == "effectif" else math.fsum(x.denominateur for x in lignes)),
        ("taux", None if est_trop_jeune(definition, mesure["promotion"], au) else valeur(definition, lignes)),
    ]
    for nom, attendu in attendus:
        if attendu is None:
            assert pd.isna(mesure[nom]), (ou, nom)
        else:
            assert abs(mesure[nom] - attendu) <= 1e-9, (ou, nom, mesure[nom], attendu)


@settings(max_examples=10, deadline=None)
@given(mondes, jours)
def test_le_moteur_egale_la_reference_naive_partout(monde: Monde, au: date) -> None:
    mesures = calculer(en_tables(monde), DEFINITIONS, au=au, ventiler=AXES, cumul=True).to_dict("records")
    dites = attendues(monde, au, VENTILATIONS)
    vues: set[Adresse] = set()
    for mesure in mesures:
        ou = adresse(mesure)  # type: ignore[arg-type]
        assert ou not in vues, f"deux fois : {ou}"
        vues.add(ou)
        comparer(mesure, DEFINITIONS[ou[0]], dites.get(ou, []), au)  # type: ignore[arg-type]
    assert {ou for ou, lignes in dites.items() if sum(x.effectif for x in lignes)} <= vues


@settings(max_examples=10, deadline=None)
@given(mondes, jours)
def test_le_motif_repartit_les_ruptures_et_garde_le_denominateur_entier(monde: Monde, au: date) -> None:
    ruptures = {cle: d for cle, d in DEFINITIONS.items() if "motif" in d.ventilations}
    mesures = calculer(en_tables(monde), ruptures, au=au, ventiler=["motif"], par=["total"], cumul=True)
    croisees = mesures[mesures["ventilation"] == "motif"].to_dict("records")
    entieres = mesures[mesures["ventilation"].isna()].to_dict("records")
    for entiere in entieres:
        siennes = [
            m
            for m in croisees
            if m["indicateur"] == entiere["indicateur"] and str(m["promotion"]) == str(entiere["promotion"])
        ]
        assert all(m["denominateur"] == entiere["denominateur"] for m in siennes)
        assert all(m["effectif"] == m["numerateur"] for m in siennes)
        if entiere["effectif"]:
            assert sum(m["numerateur"] for m in siennes) == entiere["numerateur"]


@settings(max_examples=10, deadline=None)
@given(mondes, jours)
def test_un_motif_rare_ne_se_montre_pas(monde: Monde, au: date) -> None:
    ruptures = {cle: d for cle, d in DEFINITIONS.items() if "motif" in d.ventilations}
    mesures = calculer(en_tables(monde), ruptures, au=au, ventiler=["motif"], cumul=True, diffusion="interne")
    montrees = mesures[mesures["ventilation"].notna() & ~mesures["masque"]]
    assert not montrees["numerateur"].between(1, 4).any()


@settings(max_examples=10, deadline=None)
@given(mondes, jours)
def test_une_table_absente_ne_donne_aucune_ligne(monde: Monde, au: date) -> None:
    tables = en_tables(monde)
    seules = {nom: tables[nom] for nom in ("parcours", "contrats")}
    entieres, reduites = calculer(tables, au=au), calculer(seules, au=au)
    muets = {cle for cle, d in DEFINITIONS.items() if d.calcul.table not in seules} | {"rencontres_employeur"}
    assert not muets & set(reduites["indicateur"])
    assert set(reduites["indicateur"]) == DEFINITIONS.keys() - muets
    assert set(entieres["indicateur"]) >= set(reduites["indicateur"])
