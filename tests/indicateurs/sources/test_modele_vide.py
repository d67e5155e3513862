"""Le modèle vide de chaque format : il se lit, son exemple est écarté, une fois rempli il est retenu."""

import io

import openpyxl
import pytest

from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.modele_vide import FEUILLE_A_REMPLIR, FEUILLE_D_EXPLICATIONS, modele_de, nom_du_modele
from tests.indicateurs.imports.fabrique import CLE
from tests.indicateurs.sources.fabrique import ligne

A_REMPLIR = [cle for cle in SOURCES if charger_source(cle).lignes != "repere"]


@pytest.mark.parametrize("cle", A_REMPLIR)
def test_du_modele_vide_au_fichier_retenu(cle):
    vide = modele_de(cle)
    lu = diagnostiquer_source(vide, "modele.xlsx", cle, CLE)
    assert (lu.lues, lu.retenues, {a.cause for a in lu.anomalies}) == (1, 0, {"ligne_exemple"})
    livre, format_ = openpyxl.load_workbook(io.BytesIO(vide)), charger_source(cle)
    feuille, premiere = livre[FEUILLE_A_REMPLIR], 1 if format_.sans_entete else 2
    for place, champ in enumerate(format_.par_champ, start=1):
        feuille.cell(premiere, place).value = ligne(cle).get(champ)
    flux = io.BytesIO()
    livre.save(flux)
    rempli = diagnostiquer_source(flux.getvalue(), "modele.xlsx", cle, CLE)
    assert (rempli.lues, rempli.retenues, rempli.anomalies) == (1, 1, ())


@pytest.mark.parametrize("cle", A_REMPLIR)
def test_les_colonnes_a_code_ont_une_liste_et_tout_est_explique(cle):
    livre, format_ = openpyxl.load_workbook(io.BytesIO(modele_de(cle))), charger_source(cle)
    listes = {plage.split(":")[0][:-1] for v in livre[FEUILLE_A_REMPLIR].data_validations.dataValidation
              for plage in str(v.sqref).split()}  # fmt: skip
    attendues = {
        openpyxl.utils.get_column_letter(place)
        for place, colonne in enumerate(format_.colonnes, start=1)
        if colonne.type in ("code", "booleen", "code_booleen", "echeance")
    }
    assert listes == attendues
    textes = [str(c.value) for rangee in livre[FEUILLE_D_EXPLICATIONS].iter_rows() for c in rangee if c.value]
    assert {colonne.nom for colonne in format_.colonnes} <= set(textes)
    assert any(format_.source in texte for texte in textes)
    assert format_.sans_entete == any("SANS ligne de titres" in texte for texte in textes)
    for non in format_.ne_nourrit_pas:
        assert any(non.motif in texte for texte in textes)


def test_le_nom_du_modele_dit_son_format():
    assert nom_du_modele("enquete_insertion") == "modele-enquete-insertion.xlsx"
    assert nom_du_modele("tableau_de_bord_v3") == "modele-apprentis.xlsx"
