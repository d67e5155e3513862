"""Reconnaître une personne et réunir ses lignes : une personne, une formation, toutes années réunies."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.imports import diagnostiquer, tables_depuis
from indicateurs.imports.identite import empreinte_ine, empreinte_personne, normaliser_nom
from tests.indicateurs.imports.fabrique import CLE, en_csv, en_xlsx, ligne, siret, uai


def tables(*lignes):
    return tables_depuis(diagnostiquer(en_csv(list(lignes)), "essai.csv", CLE))


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Lefèvre", "lefevre"), ("LE FEVRE", "lefevre"), ("Le-Fèvre", "lefevre"), ("D'Arc", "darc"), ("D’ARC", "darc"),
        ("Œuvrard", "oeuvrard"), ("ŁUKASZ", "lukasz"), ("Straße", "strasse"), ("Nguyễn", "nguyen"), ("Ñandú", "nandu"),
        ("\u00a0Jean\u202fPaul ", "jeanpaul"),
    ],
)  # fmt: skip
def test_un_nom_se_reconnait_accents_casse_tirets_et_espaces_a_part(texte, attendu):
    assert normaliser_nom(texte) == attendu


@given(st.text(max_size=40))
def test_normaliser_deux_fois_ne_change_rien(texte):
    assert normaliser_nom(normaliser_nom(texte)) == normaliser_nom(texte)


def test_l_empreinte_depend_de_la_cle_et_de_chaque_partie():
    naissance = date(2002, 1, 1)
    reference = empreinte_personne(CLE, "Lefèvre", "Anne-Lise", naissance)
    assert reference == empreinte_personne(CLE, "LE FEVRE", "anne lise", naissance)
    autres = {
        empreinte_personne(b"autre cle", "Lefèvre", "Anne-Lise", naissance),
        empreinte_personne(CLE, "Lefèvr", "eAnne-Lise", naissance),
        empreinte_personne(CLE, "Lefèvre", "Anne-Lise", date(2002, 1, 2)),
        empreinte_personne(CLE, "Anne-Lise", "Lefèvre", naissance),
        empreinte_ine(CLE, "lefevre"),
    }
    assert reference not in autres
    assert len(autres) == 5


def test_aucun_nom_ne_reste_dans_les_lignes_retenues():
    lu = diagnostiquer(en_csv([ligne(0, nom_apprenant="Secretissime")]), "a.csv", CLE)
    assert "ecretissime" not in lu.lignes.to_csv()
    assert not any("nom" in nom for nom in lu.lignes.columns)


def test_l_annee_suivante_est_le_meme_parcours_et_ses_contrats_s_unissent():
    premiere = ligne(0, contrat_date_rupture="2024-03-01")
    seconde = {
        **premiere, "nom_apprenant": premiere["nom_apprenant"].upper(), "annee_scolaire": "2024-2025",
        "annee_formation": "2", "contrat_date_rupture": None, "contrat_date_debut_2": "2024-05-02",
        "siret_employeur_2": siret(77), "date_fin_formation": "2025-07-15",
    }  # fmt: skip
    for lignes in ([premiere, seconde], [seconde, premiere]):
        lues = tables(*lignes)
        [parcours] = lues["parcours"].to_dict("records")
        assert (parcours["annee_scolaire"], parcours["annee_formation"]) == (2024, 2)
        assert parcours["date_fin"] == pd.Timestamp("2025-07-15")
        contrats = lues["contrats"]
        assert contrats["rang"].tolist() == [1, 2]
        assert contrats["date_debut"].astype(str).tolist() == ["2023-09-15", "2024-05-02"]
        assert contrats["date_rupture"].iloc[0] == pd.Timestamp("2024-03-01")


def test_une_cellule_vide_n_efface_jamais_une_valeur():
    premiere = ligne(0, obtention_diplome_formation="OUI", date_exclusion_formation="2024-01-10")
    seconde = {**premiere, "annee_scolaire": "2024-2025"}
    seconde |= {"obtention_diplome_formation": None, "date_exclusion_formation": None, "sexe_apprenant": None}
    [parcours] = tables(premiere, seconde)["parcours"].to_dict("records")
    assert parcours["obtention"] is True
    assert parcours["date_exclusion"] == pd.Timestamp("2024-01-10")
    assert parcours["sexe"] == "F"


def test_dans_la_meme_annee_la_derniere_ligne_du_fichier_l_emporte():
    lues = tables(ligne(0, libelle_court_formation="Avant"), ligne(0, libelle_court_formation="Après"))
    assert lues["parcours"]["libelle"].tolist() == ["Après"]


@pytest.mark.parametrize(
    "autre",
    [
        {"formation_rncp": "RNCP99002"}, {"formation_cfd": "99000102"}, {"formation_cfd": None},
        {"etablissement_responsable_uai": uai(990003)}, {"etablissement_formateur_uai": uai(990003)},
    ],
)  # fmt: skip
def test_une_autre_formation_ou_un_autre_lieu_fait_un_autre_parcours(autre):
    lues = tables(ligne(0), ligne(0, **autre))["parcours"]
    assert len(lues) == 2
    assert lues["id_personne"].nunique() == 1


def test_dans_une_ligne_deux_debuts_egaux_le_dernier_remplace_l_autre():
    double = ligne(0, contrat_date_rupture="2024-01-10", contrat_date_debut_2="2023-09-15", siret_employeur_2=siret(5))
    [contrat] = tables(double)["contrats"].to_dict("records")
    assert contrat["siret_employeur"] == siret(5)
    assert pd.isna(contrat["date_rupture"])


def test_sans_ligne_retenue_les_tables_sont_vides_et_gardent_leurs_colonnes():
    for lignes in ([], [ligne(0, nom_apprenant=None)]):
        lues = tables(*lignes)
        assert [len(table) for table in lues.values()] == [0, 0, 0]
        assert {"id_parcours", "date_debut", "rang"} <= set(lues["contrats"].columns)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_repeter_un_fichier_ne_cree_rien(numeros):
    lignes = [ligne(n) for n in numeros]
    une, deux = tables(*lignes), tables(*lignes, *lignes)
    for nom in ("parcours", "contrats"):
        pd.testing.assert_frame_equal(
            une[nom].drop(columns="ligne").sort_values("id_parcours", ignore_index=True),
            deux[nom].drop(columns="ligne").sort_values("id_parcours", ignore_index=True),
        )
    assert len(une["parcours"]) == len(set(numeros))


def test_csv_et_classeur_donnent_les_memes_tables():
    lignes = [ligne(n) for n in range(5)]
    classeur = tables_depuis(diagnostiquer(en_xlsx(lignes), "a.xlsx", CLE))
    for nom, table in tables(*lignes).items():
        pd.testing.assert_frame_equal(table, classeur[nom])
