"""Les mesures en fichiers, relues : types, définition, jour, seuil, sources ; aucune formule, aucun nombre masqué."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import pyarrow.parquet as pq
import pytest

from charte.commun.csv_francais import relire_cellule
from indicateurs.definitions import charger_definitions
from indicateurs.mesures import Mesure, Perimetre, SourceDesDonnees, TableauDeMesures
from indicateurs.vues.fichiers import (
    CHAMPS,
    TITRES,
    LigneEmportee,
    empreinte_des_sources,
    en_csv,
    en_csv_brut,
    en_parquet,
    en_xlsx,
    lignes_a_emporter,
)

PIEGE = "=cmd|' /C calc'!A0"
TOTAL = Perimetre("total", (), PIEGE, "total")
MASQUEE = Mesure("2023-2024", None, None, None, None, None, True)
SOURCE = SourceDesDonnees(
    "@extraction.xlsx", "ab" * 32, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), 9, 1
)
NOMBRES = ("numerateur", "denominateur", "effectif", "valeur", "ic_bas", "ic_haut")


@pytest.fixture(scope="module")
def tableau() -> TableauDeMesures:
    serie = (Mesure("2022-2023", 12, 97, 12 / 97, 0.07, 0.2, False, 97), MASQUEE)
    ensemble = Mesure(None, 13, 99, 13 / 99, 0.08, 0.21, False, 99)
    croisees = (("F", Mesure(None, 12, 96, 0.125, 0.07, 0.2, False, 96)), ("H", replace(MASQUEE, promotion=None)))
    return TableauDeMesures(
        date(2026, 11, 21), "interne", charger_definitions(), (TOTAL,), (SOURCE,),
        {("rupture_brute_9_mois", "total", ()): (*serie, ensemble)},
        {("rupture_brute_9_mois", "sexe", "total", ()): croisees},
    )  # fmt: skip


@pytest.fixture(scope="module")
def lignes(tableau: TableauDeMesures) -> list[LigneEmportee]:
    return lignes_a_emporter(tableau, tableau.perimetres, tuple(tableau.definitions))


def test_chaque_ligne_dit_sa_definition_son_jour_son_seuil_et_ses_sources(
    tableau: TableauDeMesures, lignes: list[LigneEmportee]
) -> None:
    assert [(ligne.promotion, ligne.ventilation, ligne.modalite, ligne.masque) for ligne in lignes] == [
        ("2022-2023", "", "", False), ("2023-2024", "", "", True), ("toutes", "", "", False),
        ("toutes", "sexe", "F", False), ("toutes", "sexe", "H", True),
    ]  # fmt: skip
    for ligne in lignes:
        assert ligne.definition == tableau.definitions["rupture_brute_9_mois"].identifiant
        assert (ligne.observe_le, ligne.seuil) == (date(2026, 11, 21), 5)
        assert ligne.empreinte_des_sources == empreinte_des_sources(tableau) != ""


def test_un_tableau_sans_masque_ne_sort_pas(tableau: TableauDeMesures) -> None:
    with pytest.raises(ValueError, match="secret"):
        lignes_a_emporter(replace(tableau, diffusion=None), tableau.perimetres, ("obtention",))


def test_le_csv_francais_se_relit(lignes: list[LigneEmportee]) -> None:
    texte = en_csv(lignes)
    assert texte.startswith("\ufeff")
    entetes, *lues = csv.reader(io.StringIO(texte[1:], newline=""), delimiter=";")
    assert tuple(entetes) == TITRES
    premiere, masquee = (dict(zip(TITRES, lue, strict=True)) for lue in lues[:2])
    assert premiere["Valeur"].startswith("0,1237")
    assert (premiere["Observé le"], premiere["Masqué"]) == ("21/11/2026", "non")
    assert relire_cellule(premiere["Périmètre"]) == PIEGE
    assert premiere["Périmètre"] == "'" + PIEGE
    assert [masquee[t] for t in ("Numérateur", "Dénominateur", "Effectif", "Valeur")] == [""] * 4
    assert (masquee["Lecture"], masquee["Masqué"]) == ("n.d. (effectif < 5)", "oui")


def test_le_csv_pour_une_machine_se_relit(lignes: list[LigneEmportee]) -> None:
    premiere, masquee, *_ = csv.DictReader(io.StringIO(en_csv_brut(lignes), newline=""))
    assert tuple(premiere) == CHAMPS
    assert float(premiere["valeur"]) == pytest.approx(12 / 97)
    assert (premiere["observe_le"], premiere["masque"], masquee["masque"]) == ("2026-11-21", "false", "true")
    assert [masquee[champ] for champ in NOMBRES] == [""] * len(NOMBRES)
    assert premiere["libelle_du_perimetre"] == "'" + PIEGE


def test_le_classeur_a_ses_types_ses_definitions_et_ses_sources(
    tableau: TableauDeMesures, lignes: list[LigneEmportee]
) -> None:
    livre = openpyxl.load_workbook(io.BytesIO(en_xlsx(lignes, tableau)))
    assert livre.sheetnames == ["Mesures", "Définitions", "Sources"]
    assert not [c for f in livre for rangee in f.iter_rows() for c in rangee if c.data_type == "f"]
    premiere = dict(zip(TITRES, next(livre["Mesures"].iter_rows(min_row=2)), strict=True))
    assert premiere["Valeur"].value == pytest.approx(12 / 97)
    assert premiere["Effectif"].value == 97
    assert premiere["Observé le"].is_date
    masquee = dict(zip(TITRES, next(livre["Mesures"].iter_rows(min_row=3)), strict=True))
    assert [masquee[t].value for t in ("Numérateur", "Dénominateur", "Effectif", "Valeur")] == [None] * 4
    definition = tableau.definitions["rupture_brute_9_mois"]
    dites = [c.value for c in next(livre["Définitions"].iter_rows(min_row=2))]
    assert dites[0] == definition.identifiant
    assert dites[-1] == definition.empreinte
    assert livre["Sources"]["B2"].value == "ab" * 32


def test_le_parquet_est_type_et_porte_ses_definitions(tableau: TableauDeMesures, lignes: list[LigneEmportee]) -> None:
    table = pq.read_table(io.BytesIO(en_parquet(lignes, tableau)))
    genres = {champ.name: str(champ.type) for champ in table.schema}
    assert (genres["observe_le"], genres["valeur"], genres["masque"], genres["effectif"]) == (
        "date32[day]", "double", "bool", "int64",
    )  # fmt: skip
    masquees = [ligne for ligne in table.to_pylist() if ligne["masque"]]
    assert masquees
    assert all(ligne[champ] is None for ligne in masquees for champ in NOMBRES)
    notes = {cle.decode(): valeur.decode() for cle, valeur in table.schema.metadata.items()}
    assert json.loads(notes["empreintes_des_sources"]) == ["ab" * 32]
    assert json.loads(notes["definitions"]) == {
        "rupture_brute_9_mois": tableau.definitions["rupture_brute_9_mois"].identifiant
    }
    assert notes["observe_le"] == "2026-11-21"


def test_sans_mesure_les_fichiers_n_ont_que_leur_tete(tableau: TableauDeMesures) -> None:
    assert en_csv([]).count("\r\n") == 1
    assert pq.read_table(io.BytesIO(en_parquet([], tableau))).num_rows == 0
    assert openpyxl.load_workbook(io.BytesIO(en_xlsx([], tableau)))["Mesures"].max_row == 1
