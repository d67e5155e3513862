"""Chaque ligne jugée par la définition qui la compte : cohorte, raisons, apport ; cela redonne les comptes."""

import re
from datetime import date

import pandas as pd
import pytest

from indicateurs.catalogue import charger_motifs
from indicateurs.definitions import Definition, charger_definitions
from indicateurs.detail import conditions, dire, faits_de, juger
from indicateurs.moteur import calculer
from indicateurs.tables import preparer

AU = date(2026, 11, 21)
DEFINITIONS = charger_definitions()
ANNULE = charger_motifs()["contrat_annule"].libelle
FORMATION = {"rncp": "RNCP1", "cfd": None, "uai_responsable": "0352756F", "uai_formateur": "0352756F"}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    ruptures = [None, "2024-01-10", "2025-01-10", "2024-02-01", None, "2023-09-20"]
    motifs = [None, "accord", None, "contrat_annule", None, "diplome_obtenu"]
    debuts = ["2023-09-04"] * 4 + ["2026-09-07", "2023-09-04"]
    parcours = pd.DataFrame(
        {
            "id_parcours": [11, 12, 13, 14, 15, 16],
            **FORMATION,
            "date_entree": debuts,
            "date_fin": ["2025-08-31"] * 4 + ["2027-08-31", "2025-08-31"],
            "date_exclusion": None,
            "obtention": pd.array([True, False, None, None, None, True], dtype="boolean"),
        }
    )
    contrats = pd.DataFrame(
        {
            "id_parcours": parcours["id_parcours"],
            "id_personne": parcours["id_parcours"],
            "rang": 1,
            "date_debut": debuts,
            "date_fin": parcours["date_fin"],
            "date_rupture": ruptures,
            "motif_rupture": motifs,
        }
    )
    heures = pd.DataFrame(
        {"id_parcours": [11, 12], "annee": [2023, 2023], "prevues": [400.0, 400.0], "realisees": [390.5, None]}
    )
    return {"parcours": parcours, "contrats": contrats, "heures": heures}


@pytest.mark.parametrize(
    "cle", ["rupture_brute_9_mois", "rupture_duree_totale", "abandon", "obtention", "effectif_apprentis"]
)
def test_les_jugements_redonnent_les_comptes(tables: dict[str, pd.DataFrame], cle: str) -> None:
    definition = DEFINITIONS[cle]
    juges = juger(preparer(tables, [definition], AU).tables[definition.calcul.table], definition, AU)
    mesure = calculer(tables, {cle: definition}, au=AU, par=["total"], cumul=True).query("promotion.isna()").iloc[0]
    assert sum(j.cohorte for j in juges) == mesure["effectif"]
    assert sum(j.apport == "oui" for j in juges) == mesure["numerateur"]


def test_une_ligne_ecartee_dit_la_condition_qu_elle_ne_remplit_pas(tables: dict[str, pd.DataFrame]) -> None:
    definition = DEFINITIONS["rupture_brute_9_mois"]
    table = preparer(tables, [definition], AU).tables["contrats"]
    juges = juger(table, definition, AU)
    assert [j.cohorte for j in juges] == [True, True, True, False, False, True]
    assert juges[3].raisons == (f"pas de : motif de la fin anticipée parmi {ANNULE}",)
    assert juges[4].raisons == ("« début du contrat + 9 mois » au plus tard « jour d’observation »",)
    assert [j.apport for j in juges] == ["non", "oui", "non", "", "", "non"]
    faits = dict(faits_de(table.to_dicts()[1], definition))
    assert faits["début du contrat"] == date(2023, 9, 4)
    assert faits["fin anticipée"] == date(2024, 1, 10)


def test_un_rapport_et_une_probabilite_disent_leurs_nombres(tables: dict[str, pd.DataFrame]) -> None:
    heures, survie = DEFINITIONS["realisation"], DEFINITIONS["rupture_9_mois_estimee"]
    apports = [j.apport for j in juger(preparer(tables, [heures], AU).tables["heures"], heures, AU)]
    assert apports == [
        "au numérateur : 390,5 ; au dénominateur : 400",
        "au numérateur : inconnue ; au dénominateur : 400",
    ]
    suivis = [j.apport for j in juger(preparer(tables, [survie], AU).tables["contrats"], survie, AU)]
    assert suivis[1] == "rupture observée ; durée de suivi, en jours : 128"
    assert suivis[4].startswith("suivi sans rupture")


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda d: str(d.cle))
def test_toute_condition_se_dit_en_francais(definition: Definition) -> None:
    """Aucune condition n'est dite par un nom de fonction de la langue des définitions."""
    for champ in definition.expressions:
        for condition in conditions(definition, champ) if champ in ("cohorte", "cas") else ():
            dite = dire(condition, {})  # sans les mots du catalogue : les colonnes gardent leur nom
            assert dite
            assert not re.search(r"\w\(|plus_|jours_entre|==|<=|>=", dite), dite
