"""Le fichier rendu annoté, et le modèle vide."""

import io

import openpyxl
import pytest

from indicateurs.imports import annotation, diagnostiquer
from indicateurs.imports.annotation import annoter
from indicateurs.imports.format import charger_format
from indicateurs.imports.modele_vide import modele_vide
from tests.indicateurs.imports.fabrique import CLE, ENTETES, classeur, en_csv, en_xlsx, ligne, octets

RUPTURE = ENTETES.index("contrat_date_rupture") + 1
SEXE = ENTETES.index("sexe_apprenant") + 1


def annote(contenu):
    diagnostic = diagnostiquer(contenu, "essai", CLE)
    return diagnostic, openpyxl.load_workbook(io.BytesIO(annoter(contenu, diagnostic)))


SALES = [ligne(0), ligne(1, contrat_date_rupture="31/02/2024", sexe_apprenant="X")]


@pytest.mark.parametrize(("contenu", "titre"), [(en_xlsx(SALES), "Modèle"), (en_csv(SALES), "Fichier")])
def test_les_cellules_fautives_sont_colorees_et_commentees_avec_des_mots(contenu, titre):
    _, livre = annote(contenu)
    assert livre.sheetnames == ["Diagnostic", titre]
    feuille = livre[titre]
    bloquee, avertie = feuille.cell(3, RUPTURE), feuille.cell(3, SEXE)
    assert bloquee.value == "31/02/2024"
    assert bloquee.comment.text.startswith("BLOQUANT")
    assert avertie.comment.text.startswith("AVERTISSEMENT")
    assert bloquee.fill.fgColor.rgb != avertie.fill.fgColor.rgb
    assert feuille.cell(2, RUPTURE).comment is None


def test_la_feuille_diagnostic_liste_tout_et_mene_a_la_cellule():
    diagnostic, livre = annote(en_xlsx(SALES))
    page = livre["Diagnostic"]
    rangees = [r for r in page.iter_rows(values_only=True) if isinstance(r[0], int)]
    assert [(r[0], r[1], r[3]) for r in rangees] == [(a.ligne, a.colonne, a.gravite) for a in diagnostic.anomalies]
    liens = [c.hyperlink.location for c in page["A"] if c.hyperlink]
    assert liens[0] == "'Modèle'!D3"
    assert "= 1\u00a0retenue + 1\u00a0écartée" in page["A2"].value


def test_la_ligne_annotee_est_la_bonne_apres_une_cellule_a_plusieurs_lignes():
    _, livre = annote(en_csv([ligne(0, adresse_apprenant="a\nb"), ligne(1, sexe_apprenant="X")]))
    assert livre["Fichier"].cell(3, SEXE).comment.text.startswith("AVERTISSEMENT")


def test_une_formule_glissee_dans_une_valeur_reste_un_texte():
    piege = '=HYPERLINK("http://exemple.invalid")'
    contenu = en_csv([ligne(0, contrat_date_rupture=piege, nom_apprenant="@SUM(1)")])
    _, livre = annote(contenu)
    types = {c.data_type for feuille in livre for rangee in feuille.iter_rows() for c in rangee}
    assert "f" not in types
    assert livre["Fichier"].cell(2, 1).quotePrefix
    assert livre["Fichier"].cell(2, RUPTURE).value == piege


def test_le_classeur_d_origine_est_garde_avec_ses_autres_feuilles_et_ses_commentaires():
    source = classeur(SALES)
    source.create_sheet("Notes")["A1"] = "=1+1"
    source["Notes"]["XFD1048576"].number_format = "dd/mm/yyyy"
    source["Modèle"].cell(3, SEXE).comment = openpyxl.comments.Comment("à voir", "Moi")
    _, livre = annote(octets(source))
    assert (livre["Notes"]["A1"].value, livre["Notes"]["A1"].data_type) == ("=1+1", "s")
    assert "Commentaire d'origine : à voir" in livre["Modèle"].cell(3, SEXE).comment.text


def test_le_fichier_annote_puis_corrige_se_redepose_sans_trace():
    _, livre = annote(en_xlsx(SALES))
    livre["Modèle"].cell(3, RUPTURE).value = "2024-02-28"
    contenu = octets(livre)
    diagnostic, repris = annote(contenu)
    assert (diagnostic.lues, diagnostic.retenues, diagnostic.feuille) == (2, 2, "Modèle")
    assert repris.sheetnames == ["Diagnostic", "Modèle"]
    corrigee = repris["Modèle"].cell(3, RUPTURE)
    assert corrigee.comment is None
    assert corrigee.fill.fill_type is None


def test_un_fichier_immense_ne_rend_que_son_diagnostic(monkeypatch):
    monkeypatch.setattr(annotation, "LIGNES_ANNOTABLES", 1)
    _, livre = annote(en_xlsx(SALES))
    assert livre.sheetnames == ["Diagnostic"]


def test_le_modele_vide_se_lit_sans_aucune_ligne_et_garde_les_62_colonnes():
    contenu = modele_vide()
    diagnostic = diagnostiquer(contenu, "modele.xlsx", CLE)
    assert (diagnostic.lues, diagnostic.feuille, diagnostic.colonnes_absentes) == (0, "Modèle", ())
    titres = [c.value for c in openpyxl.load_workbook(io.BytesIO(contenu))["Modèle"][1]]
    assert titres == [c.entete for c in charger_format().colonnes]
    assert len(titres) == 62
