"""Reconnaître le format à son contenu : jamais à son nom, et demander dans le doute."""

import io

import openpyxl
import pytest

from charte.commun.enveloppe import FichierIllisible
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.modele_vide import modele_de
from indicateurs.sources.reconnaissance import reconnaitre
from tests.indicateurs.imports.fabrique import CLE
from tests.indicateurs.imports.fabrique import en_csv as en_csv_des_apprentis
from tests.indicateurs.imports.fabrique import ligne as apprenti
from tests.indicateurs.sources.fabrique import en_csv, ligne, rangees_en_csv


@pytest.mark.parametrize("cle", SOURCES)
def test_chaque_format_se_reconnait_en_csv_et_en_classeur(cle):
    assert reconnaitre(en_csv(cle, ligne(cle)), "export.dat").cle == cle
    assert reconnaitre(modele_de(cle), "export.dat").cle == cle


def test_le_tableau_des_apprentis_se_reconnait_aussi():
    assert reconnaitre(en_csv_des_apprentis([apprenti(0)]), "a.csv").cle == "tableau_de_bord_v3"
    assert reconnaitre(modele_de("tableau_de_bord_v3"), "a.xlsx").cle == "tableau_de_bord_v3"


def test_un_fichier_de_deux_formats_fait_demander():
    melange = {**ligne("resultats"), **ligne("heures")}
    lue = reconnaitre(rangees_en_csv([list(melange), list(melange.values())]), "suivi.csv")
    assert lue.cle is None
    assert {candidat.cle for candidat in lue.candidats} == {"resultats", "heures"}
    assert "Choisissez" in lue.phrase


@pytest.mark.parametrize("rangees", [[["a", "b"], ["1", "2"]], [["x"] * 47, ["y"] * 47]])
def test_un_fichier_inconnu_propose_la_correspondance(rangees):
    lue = reconnaitre(rangees_en_csv(rangees), "autre.csv")
    assert (lue.cle, lue.candidats) == (None, ())
    assert "correspondre" in lue.phrase


def test_sifa_dans_un_classeur_dont_les_bords_sont_vides():
    champs = list(charger_source("sifa_2024").par_champ)
    juste = ligne("sifa_2024", ine_rnie="", siret_emp="", nbsal_emp="")
    livre = openpyxl.Workbook()
    livre.worksheets[0].append([juste.get(champ) or None for champ in champs])
    livre.create_sheet("Notes").append(["à lire", "avant"])
    flux = io.BytesIO()
    livre.save(flux)
    assert reconnaitre(flux.getvalue(), "sifa.xlsx").cle == "sifa_2024"
    lu = diagnostiquer_source(flux.getvalue(), "sifa.xlsx", "sifa_2024", CLE)
    assert (lu.lues, lu.retenues, lu.feuille) == (1, 1, "Sheet")
    assert lu.colonnes_absentes == ("1 – INE_RNIE", "43 – DATE_RUPT_CONT", "46 – NBSAL_EMP", "47 – SIRET_EMP")


@pytest.mark.parametrize("octets", [b"", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04abime"])
def test_ce_qui_n_est_pas_un_tableau_est_dit(octets):
    with pytest.raises(FichierIllisible, match="«"):
        reconnaitre(octets, "essai.csv")
