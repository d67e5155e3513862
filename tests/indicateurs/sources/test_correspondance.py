"""La correspondance libre : ce que l'on suggère, ce que l'on applique, ce que l'on dit quand les titres changent."""

import io

import openpyxl
import pytest

from charte.commun.donnees import DonneesInvalides, charger_modele
from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.annotation import annoter
from indicateurs.imports.format import FORMATS, charger_format
from indicateurs.sources.correspondance import Correspondance, appliquer, comparer_titres, lire_entetes, verifier
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.suggestion import _Synonymes, charger_synonymes, choisir, suggerer
from tests.indicateurs.imports.fabrique import CLE, ENTETES
from tests.indicateurs.imports.fabrique import ligne as apprenti
from tests.indicateurs.sources.fabrique import en_csv, ligne, rangees_en_csv

TITRES = ["Nom de famille", "Prénom", "Né(e) le", "N° RNCP", "Session", "Résultat du jury", "Courriel"]
RANGEES = [
    ["Nomfictif", "Prénom", "12/03/2003", "RNCP99001", "2025", "Ajourné", "a@exemple.invalid"],
    ["Autrefictif", "Zoé", "01/09/2002", "RNCP99001", "2025", "peut-être", "b@exemple.invalid"],
]
FICHIER = rangees_en_csv([["Export de la scolarité"], TITRES, *RANGEES])


def suggeree():
    """Ce que l'outil coche d'avance, et la colonne qu'il ne fait que proposer, confirmée."""
    entetes = lire_entetes(FICHIER, "export.csv")
    champs = {**choisir(suggerer(entetes, "resultats")), "admis": "Résultat du jury"}
    return Correspondance("resultats", champs, empreinte=entetes.empreinte)


def test_les_titres_se_lisent_sous_un_bandeau_avec_trois_exemples():
    entetes = lire_entetes(FICHIER, "export.csv")
    assert (entetes.titres, entetes.ligne) == (tuple(TITRES), 2)
    assert entetes.exemples["N° RNCP"] == ("RNCP99001", "RNCP99001")


def test_les_titres_d_un_classeur_sont_ceux_de_sa_feuille_la_plus_large():
    livre = openpyxl.Workbook()
    livre.worksheets[0].append(["Notes", "diverses"])
    feuille = livre.create_sheet("Données")
    for rangee in (TITRES, *RANGEES):
        feuille.append(rangee)
    flux = io.BytesIO()
    livre.save(flux)
    entetes = lire_entetes(flux.getvalue(), "export.xlsx")
    assert (entetes.feuille, entetes.titres) == ("Données", tuple(TITRES))
    assert entetes.empreinte == lire_entetes(FICHIER, "a.csv").empreinte


def test_un_fichier_sans_titres_le_dit():
    with pytest.raises(FichierIllisible, match="ligne de titres"):
        lire_entetes(b"1;2\n3;4\n", "nu.csv")


def test_l_empreinte_ne_tient_ni_a_l_ordre_ni_a_la_casse_mais_a_chaque_titre():
    retournees = [rangee[::-1] for rangee in (TITRES, *RANGEES)]
    retournees[0] = [titre.upper() for titre in retournees[0]]
    depart = lire_entetes(FICHIER, "a.csv").empreinte
    assert lire_entetes(rangees_en_csv(retournees, ","), "b.csv").empreinte == depart
    assert lire_entetes(FICHIER.replace(b"Session", "Année".encode()), "c.csv").empreinte != depart


def test_les_suggestions_disent_leur_raison_et_leur_confiance():
    trouvees = suggerer(lire_entetes(FICHIER, "a.csv"), "resultats")
    assert {champ: s.entete for champ, s in trouvees.items()} == {
        "nom_apprenant": "Nom de famille",
        "prenom_apprenant": "Prénom",
        "date_de_naissance_apprenant": "Né(e) le",
        "formation_rncp": "N° RNCP",
        "annee_session": "Session",
        "admis": "Résultat du jury",
    }
    assert trouvees["annee_session"].raison == "autre nom connu"
    assert trouvees["admis"].raison == "nom proche"
    assert trouvees["admis"].confiance < trouvees["annee_session"].confiance


def test_des_valeurs_contraires_font_douter_et_une_forme_parlante_fait_proposer():
    contenu = rangees_en_csv([["Session", "Identité", "Admis"], ["juin", "0000000001A", "oui"]])
    trouvees = suggerer(lire_entetes(contenu, "a.csv"), "resultats")
    assert "ne se lisent pas" in trouvees["annee_session"].raison
    assert (trouvees["ine_apprenant"].entete, trouvees["ine_apprenant"].raison) == (
        "Identité",
        "les valeurs ressemblent à un INE",
    )
    assert choisir(trouvees) == {"admis": "Admis"}


def test_un_titre_ecrit_deux_fois_n_est_pas_propose():
    entetes = lire_entetes(rangees_en_csv([["Note", "note", "Public"], ["1", "2", "x"]]), "a.csv")
    assert entetes.doublons == ("Note", "note")
    assert "note" not in suggerer(entetes, "satisfaction")


@pytest.mark.parametrize("cle", [cle for cle in SOURCES if charger_source(cle).lignes not in ("repere", "contrat")])
def test_les_titres_d_un_format_lui_sont_tous_rendus(cle):
    entetes = lire_entetes(en_csv(cle, ligne(cle)), "a.csv")
    assert choisir(suggerer(entetes, cle)) == {champ: champ for champ in ligne(cle)}


def test_appliquee_la_correspondance_vaut_le_format_et_cite_les_titres_de_l_utilisateur():
    lu = appliquer(suggeree(), FICHIER, "export.csv", CLE)
    assert [(a.ligne, a.colonne, a.valeur) for a in lu.anomalies] == [(4, "Résultat du jury", "peut-être")]
    juste = ligne("resultats", present="")
    direct = diagnostiquer_source(en_csv("resultats", juste), "r.csv", "resultats", CLE)
    assert lu.lignes["id_personne"].tolist() == direct.lignes["id_personne"].tolist()
    assert lu.colonnes_inconnues == ("Courriel",)


def test_le_fichier_de_l_utilisateur_lui_revient_annote_a_sa_colonne():
    livre = openpyxl.load_workbook(io.BytesIO(annoter(FICHIER, appliquer(suggeree(), FICHIER, "e.csv", CLE))))
    cellule = livre["Fichier"].cell(4, 6)
    assert cellule.value == "peut-être"
    assert cellule.comment.text.startswith("BLOQUANT")


def test_une_valeur_fixe_vaut_pour_toutes_les_lignes():
    champs = {
        "nom_apprenant": "Nom de famille",
        "prenom_apprenant": "Prénom",
        "date_de_naissance_apprenant": "Né(e) le",
    }
    fixes = {"annee_session": "2024", "present": "OUI"}
    lu = appliquer(Correspondance("resultats", champs, fixes), FICHIER, "e.csv", CLE)
    assert lu.lignes["annee"].tolist() == [2024, 2024]
    faux = Correspondance("resultats", champs, {**fixes, "annee_session": "hier"})
    assert {a.colonne for a in appliquer(faux, FICHIER, "e.csv", CLE).anomalies} == {"annee_session (valeur fixe)"}


def test_le_tableau_des_apprentis_se_lit_aussi_sous_d_autres_titres():
    lue = apprenti(0, sexe_apprenant="X")
    lus = {colonne.champ for colonne in charger_format().lues}
    gardes = [champ for champ in ENTETES if lue.get(champ) and champ in lus]
    titres = [f"Colonne {rang}" for rang in range(len(gardes))]
    contenu = rangees_en_csv([titres, [str(lue[champ]) for champ in gardes]])
    correspondance = Correspondance("tableau_de_bord_v3", dict(zip(gardes, titres, strict=True)))
    lu = appliquer(correspondance, contenu, "a.csv", CLE)
    assert (lu.retenues, lu.source) == (1, "tableau_de_bord_v3")
    assert [a.colonne for a in lu.anomalies] == [titres[gardes.index("sexe_apprenant")]]


def test_des_titres_changes_sont_dits_et_ce_qui_manque_arrete():
    garde = suggeree()
    memes = comparer_titres(garde, lire_entetes(FICHIER, "a.csv"))
    assert memes.memes
    assert memes.applicable
    change = FICHIER.replace(b"Session", "Rentrée".encode())
    ecart = comparer_titres(garde, lire_entetes(change, "b.csv"))
    assert (ecart.manquants, ecart.applicable, ecart.memes) == (("Session",), False, False)
    assert "Rentrée" in ecart.nouveaux
    with pytest.raises(FichierIllisible, match="Session"):
        appliquer(garde, change, "b.csv", CLE)


def test_une_correspondance_se_range_et_se_relit():
    garde = suggeree()
    assert Correspondance.depuis_dict(garde.en_dict()) == garde
    with pytest.raises(ValueError, match="refaites-la"):
        Correspondance.depuis_dict({"version": 0})


@pytest.mark.parametrize(
    ("champs", "fixes", "dit"),
    [
        ({"nom_apprenant": "A", "inconnu": "B"}, {}, "n'est pas une colonne lue"),
        ({"nom_apprenant": "A", "prenom_apprenant": "A", "annee_session": "B"}, {}, "deux champs"),
        ({"nom_apprenant": "A", "annee_session": "B"}, {"annee_session": "2024"}, "choisissez"),
        ({"nom_apprenant": "A", "prenom_apprenant": "B"}, {}, "Il manque la colonne de « annee_session »"),
        ({"annee_session": "B"}, {}, "au moins deux colonnes"),
        ({"nom_apprenant": "A", "prenom_apprenant": "B"}, {}, "« present » ou « admis »"),
        ({"nom_apprenant": "A", "prenom_apprenant": "B"}, {}, "de qui parle une ligne"),
    ],
)
def test_une_correspondance_fautive_est_dite_et_ne_s_applique_pas(champs, fixes, dit):
    fautive = Correspondance("resultats", champs, fixes)
    assert any(dit in faute for faute in verifier(fautive))
    with pytest.raises(FichierIllisible, match="ne s'applique pas"):
        appliquer(fautive, FICHIER, "a.csv", CLE)


def test_les_synonymes_designent_des_champs_qui_existent(tmp_path):
    lus = {c.champ for cle in SOURCES for c in charger_source(cle).lues} | {c.champ for c in charger_format().lues}
    assert set(charger_synonymes()) <= lus
    chemin = tmp_path / "synonymes.yaml"
    texte = (FORMATS.parent / "synonymes.yaml").read_text("utf-8")
    chemin.write_text(texte.replace("[ine, ", "[ine, INE, ", 1), "utf-8")
    with pytest.raises(DonneesInvalides, match="deux fois"):
        charger_modele(chemin, _Synonymes)
