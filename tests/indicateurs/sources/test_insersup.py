"""InserSup, lu sur dix lignes officielles.

`insersup_lignes_officielles.csv` : dix lignes du jeu ouvert fr-esr-insersup (SIES, ministère chargé de l'enseignement
supérieur, Licence Ouverte 2.0, promotion 2022, publication 2025_S2, consultées le 21 novembre 2026), quatorze de leurs
colonnes : https://data.enseignementsup-recherche.gouv.fr/explore/dataset/fr-esr-insersup
"""

from pathlib import Path

import pytest

from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.reconnaissance import reconnaitre
from tests.indicateurs.imports.fabrique import CLE
from tests.indicateurs.sources.fabrique import diagnostic, ligne

OFFICIELLES = (Path(__file__).parent / "insersup_lignes_officielles.csv").read_bytes()
# (UAI, population) → taux d'emploi à 12 mois montré par le ministère (salarié + non salarié), et sortants.
MONTRES = {
    ("0450855K", "diplome"): (93.75, 32),
    ("0450855K", "ensemble"): (90.91, 33),
    ("0342490X", "diplome"): (74.04, 2342),
    ("0342490X", "ensemble"): (73.13, 2478),
    ("0921204J", "diplome"): (70.58, 1465),
    ("0921204J", "ensemble"): (68.2, 1704),
    ("0597239Y", "diplome"): (57.69, 976),
    ("0597239Y", "ensemble"): (58.07, 1612),
    ("0383546Y", "diplome"): (52.96, 708),
    ("0383546Y", "ensemble"): (53.36, 909),
}


@pytest.fixture(scope="module")
def lues():
    return diagnostiquer_source(OFFICIELLES, "fr-esr-insersup.csv", "insersup", CLE)


def test_les_dix_lignes_se_lisent_sans_une_anomalie(lues):
    assert reconnaitre(OFFICIELLES, "export.csv").cle == "insersup"
    assert (lues.lues, lues.retenues, lues.anomalies) == (10, 10, ())
    assert lues.notes == ("Schéma A reconnu.",)


def test_le_total_vide_se_retrouve_de_ses_parts_au_centieme(lues):
    table = lues.lignes
    sommes = (table["tx_salarie_12"] + table["tx_non_salarie_12"]).round(2)
    trouvees = zip(table["uai"], table["obtention_diplome"], sommes, table["nb_sortants"], strict=True)
    assert {(uai, issue): (somme, sortants) for uai, issue, somme, sortants in trouvees} == MONTRES
    assert table["tx_emploi_12"].isna().all()


def test_diplome_et_ensemble_restent_deux_lignes(lues):
    assert lues.lignes["obtention_diplome"].value_counts().to_dict() == {"diplome": 5, "ensemble": 5}


def test_le_schema_b_donne_ses_effectifs_par_echeance():
    schema_a = ligne("insersup")
    schema_b = {**schema_a, "nb_sortants_12": schema_a["nb_sortants"], "nb_poursuivants_12": "8"}
    del schema_b["nb_sortants"], schema_b["nb_poursuivants"]
    lu = diagnostic("insersup", schema_b)
    assert (lu.retenues, lu.anomalies, lu.notes) == (1, (), ("Schéma B reconnu.",))
    assert lu.lignes["nb_sortants_12"].tolist() == [32]
    assert lu.lignes["nb_sortants"].isna().all()


@pytest.mark.parametrize(
    ("texte", "nombre", "marque"),
    [("32", 32, ""), ("130 *", 130, "*"), ("12 **", 12, "**"), ("nd", None, "nd"), ("NA", None, "na"), ("", None, "")],
)
def test_un_marqueur_se_garde_a_cote_du_nombre(texte, nombre, marque):
    lignes = diagnostic("insersup", ligne("insersup", nb_sortants=texte)).lignes
    assert lignes["nb_sortants"].isna().tolist() == [nombre is None]
    assert lignes["nb_sortants"].fillna(-1).tolist() == [-1 if nombre is None else nombre]
    assert lignes["nb_sortants_marque"].tolist() == [marque]


def test_sans_effectif_le_fichier_dit_que_les_taux_n_ont_pas_de_denominateur():
    nu = {champ: texte for champ, texte in ligne("insersup").items() if not champ.startswith("nb_")}
    assert "dénominateur" in diagnostic("insersup", nu).notes[0]
