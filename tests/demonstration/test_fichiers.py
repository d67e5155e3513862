"""Les extractions engendrées : acceptées telles quelles par l'import, sauf les fautes semées exprès."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from appli.demonstration.fichiers import (
    CSV_AVEC_MARQUE,
    CSV_DE_TABLEUR,
    Ecriture,
    LigneEcrite,
    ecrire_csv,
    ecrire_xlsx,
    lignes_du_cfa,
    nom_de_fichier,
)
from appli.demonstration.generateur import ApprentiEngendre, annee_scolaire, engendrer
from appli.demonstration.salissures import SALISSURES, mettre_a_jour, separer_les_tardives
from appli.demonstration.universite import charger_universite
from indicateurs.imports.consolidation import consolider
from indicateurs.imports.diagnostic import Diagnostic, diagnostiquer
from indicateurs.imports.format import charger_format

JOUR = date(2026, 11, 21)
CLE = b"k" * 32


@pytest.fixture(scope="module")
def apprentis() -> list[ApprentiEngendre]:
    return engendrer(charger_universite(), JOUR)


@pytest.fixture(scope="module")
def lignes(apprentis: list[ApprentiEngendre]) -> list[LigneEcrite]:
    return lignes_du_cfa(charger_universite(), "horizons", apprentis, JOUR)


def _diagnostic(chemin: Path) -> Diagnostic:
    return diagnostiquer(chemin, chemin.name, CLE)


def test_le_classeur_du_cfa_interne_passe_sans_anomalie(apprentis: list[ApprentiEngendre], tmp_path: Path) -> None:
    chemin = tmp_path / "interne.xlsx"
    lignes = lignes_du_cfa(charger_universite(), "interne", apprentis, JOUR)
    ecrire_xlsx(chemin, lignes)
    diagnostic = _diagnostic(chemin)
    assert diagnostic.anomalies == ()
    assert (diagnostic.lues, diagnostic.retenues) == (len(lignes), len(lignes))
    assert diagnostic.feuille == "Apprenants"


@pytest.mark.parametrize("ecriture", [CSV_DE_TABLEUR, CSV_AVEC_MARQUE, Ecriture("utf-8", ",")])
def test_le_csv_passe_dans_chaque_encodage(lignes: list[LigneEcrite], ecriture: Ecriture, tmp_path: Path) -> None:
    chemin = tmp_path / "horizons.csv"
    ecrire_csv(chemin, lignes, ecriture)
    diagnostic = _diagnostic(chemin)
    assert (diagnostic.anomalies, diagnostic.retenues) == ((), len(lignes))


def test_les_lignes_de_deux_annees_font_un_seul_parcours(
    apprentis: list[ApprentiEngendre], lignes: list[LigneEcrite], tmp_path: Path
) -> None:
    chemin = tmp_path / "horizons.csv"
    ecrire_csv(chemin, lignes, CSV_DE_TABLEUR)
    attendus = [apprenti for apprenti in apprentis if apprenti.formation.cfa == "horizons"]
    consolide = consolider(_diagnostic(chemin).lignes)
    assert len(lignes) > len(attendus) == len(consolide["parcours"])
    assert len(consolide["contrats"]) == sum(len(apprenti.contrats) for apprenti in attendus)
    ruptures = sum(contrat.rupture is not None for apprenti in attendus for contrat in apprenti.contrats)
    assert consolide["contrats"]["date_rupture"].notna().sum() == ruptures > 20


@pytest.mark.parametrize("jour", [JOUR, date(2026, 8, 1), date(2026, 9, 4), date(2027, 7, 31), date(2028, 2, 29)])
@pytest.mark.parametrize("cfa", ["interne", "horizons"])
def test_chaque_faute_semee_est_vue_et_seules_les_bloquantes_ecartent(cfa: str, jour: date, tmp_path: Path) -> None:
    universite = charger_universite()
    lignes = lignes_du_cfa(universite, cfa, engendrer(universite, jour), jour)
    gardees, tardives = separer_les_tardives(lignes, annee_scolaire(jour), 12)
    chemin = tmp_path / "suite.csv"
    ecrire_csv(chemin, mettre_a_jour(gardees, tardives, jour - timedelta(days=3)), CSV_AVEC_MARQUE)
    diagnostic = _diagnostic(chemin)
    fautives = {anomalie.ligne for anomalie in diagnostic.anomalies}
    assert len(fautives) == len(SALISSURES)
    assert diagnostic.ecartees == sum(salissure.bloquante for salissure in SALISSURES)
    assert diagnostic.lues == diagnostic.retenues + diagnostic.ecartees


def test_la_mise_a_jour_ne_retire_personne_et_n_ajoute_qu_une_rupture(lignes: list[LigneEcrite]) -> None:
    gardees, tardives = separer_les_tardives(lignes, JOUR.year, 12)
    suite = mettre_a_jour(gardees, tardives, date(2026, 11, 18))
    changees = [(avant, apres) for avant, apres in zip(gardees, suite, strict=False) if avant != apres]
    assert len(gardees) + len(tardives) == len(lignes)
    assert len(suite) == len(lignes) + 1
    assert [apres["contrat_date_rupture"] for _, apres in changees] == [date(2026, 11, 18)]


def test_les_colonnes_ecrites_sont_toutes_du_format_et_nul_courriel_n_est_vrai(lignes: list[LigneEcrite]) -> None:
    connues = {colonne.champ for colonne in charger_format().colonnes}
    assert {champ for ligne in lignes for champ in ligne} <= connues
    assert all(str(ligne["email_contact"]).endswith("@valmont.example") for ligne in lignes)


def test_le_nom_de_fichier_dit_le_cfa_et_les_annees() -> None:
    assert nom_de_fichier("cfa-interne", 2024, 2026, ".xlsx") == "cfa-interne-2024-2027.xlsx"
