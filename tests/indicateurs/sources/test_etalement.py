"""Une enquête à une colonne par question : suggérée, lue, rangée comme une ligne par réponse, et gardée."""

import html
import io
import re

import openpyxl
import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.enveloppe import FichierIllisible
from charte.commun.reglages import Reglages
from indicateurs.imports.annotation import annoter
from indicateurs.imports.colonnes import rapprocher
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.sources import etalement
from indicateurs.sources.correspondance import Correspondance, Entetes, appliquer, lire_entetes, verifier
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.etalement import nom_de_question
from indicateurs.sources.format import SOURCES, charger_source
from indicateurs.sources.modeles import CorrespondanceDeColonnes, Enquete, NoteDeSatisfaction
from tests.indicateurs.imports.fabrique import CLE, ligne
from tests.indicateurs.sources.fabrique import rangees_en_csv
from tests.indicateurs.sources.test_depots_routes import confirmer, envoyer, tout
from tests.indicateurs.sources.test_depots_services import APPRENTIS, ranger_dans
from tests.reserve import Client

ENSEMBLE = "G01Q01. Dans l'ensemble, êtes-vous satisfait de votre formation ?"
SUIVI = "G01Q02. Le suivi de votre alternance vous satisfait-il ?"
ACCUEIL = "G02Q01[SQ001]. Notez l'accueil au CFA"
TITRES = ["ID de la réponse", "Date de soumission", "Âge", "Code RNCP", ENSEMBLE, SUIVI, ACCUEIL, "Q9. Que changer ?"]
RANGEES = [
    ["11", "2025-05-02 10:00:00", "19", "RNCP99001", "8", "6", "10", "rien"],
    ["12", "2025-05-02 11:00:00", "21", "RNCP99001", "9", "sans opinion", "11", "la cantine"],
    ["13", "2025-05-03 09:00:00", "20", "RNCP99001", "", "", "", ""],
    ["14", "2025-05-04 09:00:00", "22", "RNCP99001", "7", "très bien", "9", ""],
]
ENQUETE = rangees_en_csv([TITRES, *RANGEES])
FIXES = {"annee_scolaire": "2024-2025", "public": "apprentis", "note_min": "0", "note_max": "10"}
"""Ce que la page fait donner pour toutes les lignes."""


def entetes() -> Entetes:
    return lire_entetes(ENQUETE, "enquete.csv")


def correspondance(**changements: str) -> Correspondance:
    champs = {"numero_repondant": TITRES[0], "formation_rncp": "Code RNCP"}
    questions = {ENSEMBLE: "ensemble", SUIVI: "suivi", ACCUEIL: nom_de_question(ACCUEIL), **changements}
    dites = {titre: question for titre, question in questions.items() if question}
    return Correspondance("satisfaction", champs, FIXES, entetes().empreinte, dites)


def lue() -> Diagnostic:
    return appliquer(correspondance(), ENQUETE, "enquete.csv", CLE)


def test_les_questions_se_suggerent_a_leur_titre_et_a_leurs_reponses() -> None:
    vu = rapprocher(entetes(), "satisfaction")
    assert {ligne.titre: ligne.choix for ligne in vu.questions if ligne.choix} == {
        ENSEMBLE: "ensemble", SUIVI: "suivi", ACCUEIL: "autre",
    }  # fmt: skip
    raisons = {ligne.titre: ligne.raison for ligne in vu.questions}
    assert "ne sont pas des nombres" in raisons["Q9. Que changer ?"]
    assert {ligne.champ: ligne.titre for ligne in vu.lignes if ligne.titre} == {
        "formation_rncp": "Code RNCP", "numero_repondant": "ID de la réponse",
    }  # fmt: skip


@pytest.mark.parametrize("cle", ["resultats", "heures", APPRENTIS])
def test_les_autres_sources_n_ont_pas_de_questions(cle: str) -> None:
    assert rapprocher(entetes(), cle).questions == ()


def test_un_fichier_a_une_ligne_par_reponse_garde_ses_colonnes() -> None:
    long = rangees_en_csv([["Item", "Score", "Année scolaire", "Public"], ["suivi", "8", "2024-2025", "apprentis"]])
    vu = rapprocher(lire_entetes(long, "long.csv"), "satisfaction")
    assert not vu.par_question
    assert {ligne.champ: ligne.titre for ligne in vu.lignes}["note"] == "Score"


def test_etalee_l_enquete_vaut_une_ligne_par_reponse() -> None:
    long = [["formation_rncp", *FIXES, "numero_repondant", "question", "note"]]
    for rangee in RANGEES:
        for question, note in zip(("ensemble", "suivi", nom_de_question(ACCUEIL)), rangee[4:7], strict=True):
            if note not in ("", "sans opinion"):
                long.append([rangee[3], *FIXES.values(), rangee[0], question, note])
    direct = diagnostiquer_source(rangees_en_csv(long), "long.csv", "satisfaction", CLE)
    sienne = lue()
    comptes = (sienne.lues, sienne.retenues, sienne.ecartees)
    assert comptes == (direct.lues, direct.retenues, direct.ecartees) == (8, 6, 2)
    colonnes = [nom for nom in direct.lignes if nom != "ligne"]
    assert sienne.lignes[colonnes].to_dict("records") == direct.lignes[colonnes].to_dict("records")
    assert sienne.lignes["ligne"].tolist() == [2, 2, 2, 3, 5, 5]


def test_chaque_faute_est_dite_a_sa_ligne_et_a_sa_colonne() -> None:
    diagnostic = lue()
    assert [(a.ligne, a.colonne, a.valeur, a.cause) for a in diagnostic.anomalies] == [
        (3, ACCUEIL, "11", "note_hors_echelle"), (5, SUIVI, "très bien", "nombre_illisible"),
    ]  # fmt: skip
    assert all(anomalie.remede for anomalie in diagnostic.anomalies)
    livre = openpyxl.load_workbook(io.BytesIO(annoter(ENQUETE, diagnostic)))
    assert livre["Fichier"].cell(5, 6).comment.text.startswith("BLOQUANT")
    assert "8\u00a0réponses lues" in str(livre["Diagnostic"]["A2"].value)


def test_la_faute_d_une_ligne_ne_se_dit_qu_une_fois() -> None:
    fautive = ENQUETE.replace(b"11;2025", b"onze;2025", 1)
    anomalies = appliquer(correspondance(), fautive, "e.csv", CLE).anomalies
    assert [(a.ligne, a.colonne, a.valeur) for a in anomalies if a.ligne == 2] == [(2, TITRES[0], "onze")]


def test_les_comptes_de_la_lecture_se_disent() -> None:
    notes = " ".join(lue().notes)
    assert "3\u00a0répondants, 3\u00a0questions, 8\u00a0réponses" in notes
    assert "1\u00a0ligne sans aucune réponse" in notes
    sans_numero = Correspondance("satisfaction", {"formation_rncp": "Code RNCP"}, FIXES, "", correspondance().questions)
    numerotee = appliquer(sans_numero, ENQUETE, "e.csv", CLE)
    assert sorted(set(numerotee.lignes["repondant"])) == [1, 2, 4]
    assert "numérotées" in " ".join(numerotee.notes)


def test_deux_titres_longs_au_meme_debut_restent_deux_questions() -> None:
    debut = "G03Q01. Dans quelle mesure êtes-vous satisfait de chacun des points suivants ? "
    noms = [nom_de_question(f"{debut}[{quoi}]") for quoi in ("Les locaux", "Le matériel")]
    assert len(set(noms)) == 2
    assert all(len(nom) <= 60 for nom in noms)


@pytest.mark.parametrize(
    ("fautive", "dit"),
    [
        (correspondance(**{ACCUEIL: "suivi"}), "Deux colonnes donnent la question « suivi »"),
        (correspondance(**{"Code RNCP": "suivi"}), "donnée à deux champs"),
        (Correspondance("satisfaction", {"note": "Âge"}, FIXES, "", {SUIVI: "suivi"}), "« note » vient déjà"),
        (Correspondance("satisfaction", {}, {"public": "rh"}, "", {SUIVI: "suivi"}), "Il manque « note_max »"),
        (Correspondance("resultats", {"admis": "A"}, {}, "", {SUIVI: "suivi"}), "pas de question en colonnes"),
    ],
)
def test_des_questions_fautives_sont_dites(fautive: Correspondance, dit: str) -> None:
    assert any(dit in faute for faute in verifier(fautive))


def test_trop_de_reponses_se_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(etalement, "REPONSES_MAXIMALES", 7)
    with pytest.raises(FichierIllisible, match="8 réponses"):
        lue()


def ce_que_la_page_envoie(page: str) -> dict[str, str]:
    """Les champs du formulaire, tels que les envoie sans script un navigateur où l'on n'a rien touché."""
    formulaire = page[page.index('<form method="post"') :]
    envoyes = dict(re.findall(r'<input type="(?:hidden|text)" name="([^"]+)" value="([^"]*)"', formulaire))
    for nom, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', formulaire, re.DOTALL):
        choisie = re.search(r'<option value="([^"]*)" selected>', options)
        envoyes[nom] = html.unescape(choisie[1]) if choisie else ""
    return envoyes


def test_l_aller_retour_par_la_page(client: Client, base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    ranger_dans(base, reglages, acteur)(APPRENTIS, ligne(0))
    adresse = client.get(envoyer(client, ENQUETE)).headers["location"].removesuffix("/colonnes")
    page = client.get(f"{adresse}/colonnes?source=satisfaction").text
    assert "<details open>" in page
    assert "Une colonne par question" not in client.get(f"{adresse}/colonnes?source=resultats").text
    envoyes = ce_que_la_page_envoie(page)
    sans_echelle = client.post(f"{adresse}/colonnes", data=envoyes)
    assert sans_echelle.status_code == 422
    assert "qui vaut pour toutes les questions" in sans_echelle.text
    assert ce_que_la_page_envoie(sans_echelle.text) == envoyes
    fixes = {f"fixe-{champ}": texte for champ, texte in FIXES.items()}
    faux = client.post(f"{adresse}/colonnes", data={**envoyes, **fixes, "fixe-public": "marins"})
    assert faux.status_code == 422
    assert re.search("Public interrogé, «.marins.»", html.unescape(faux.text))
    choix = {**envoyes, **fixes, "nom": "Enquête de mai"}
    assert client.post(f"{adresse}/colonnes", data=choix).status_code == 303
    diagnostic = client.get(adresse).text
    assert "8\u00a0réponses lues" in diagnostic
    repris = ce_que_la_page_envoie(client.get(f"{adresse}/colonnes?source=satisfaction").text)
    assert repris == {**envoyes, **fixes}, "relire autrement repart de ce qui est choisi"
    apercu = client.get(f"{adresse}/confirmation").text
    assert re.search(r"À ajouter</th>\s*<td[^>]*>6<", apercu)
    confirmer(client, adresse)
    notes = tout(base, NoteDeSatisfaction.repondant, NoteDeSatisfaction.question, NoteDeSatisfaction.note)
    assert sorted(notes)[:2] == [(11, "ensemble", 8.0), (11, nom_de_question(ACCUEIL), 10.0)]
    assert (len(notes), tout(base, Enquete.annee, Enquete.public)) == (6, [(2024, "apprentis")])
    [(gardee,)] = tout(base, CorrespondanceDeColonnes.colonnes)
    assert gardee["questions"][SUIVI] == "suivi"
    suivant = envoyer(client, ENQUETE + b"15;2025-05-05 09:00:00;20;RNCP99001;6;6;6;\r\n")
    assert "Enquête de mai" in client.get(suivant).text
    reprise = client.get(f"{suivant}/colonnes?source=satisfaction&gardee=1").text
    assert ce_que_la_page_envoie(reprise)["question-6"] == "autre"
    confirmer(client, suivant)
    assert len(tout(base, NoteDeSatisfaction.id)) == 9


def test_seule_la_satisfaction_se_lit_en_colonnes() -> None:
    assert [cle for cle in SOURCES if etalement.codes_des_questions(charger_source(cle))] == ["satisfaction"]
