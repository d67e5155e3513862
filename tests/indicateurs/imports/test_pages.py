"""Les trois temps du dépôt par les pages : fichier, diagnostic, confirmation ; chacun chez soi."""

import io
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from appli.travaux import executer_en_attente
from charte.acteur import Role
from charte.commun.base import lignes
from indicateurs.imports import reception
from indicateurs.modeles import Depot, Parcours
from tests.conftest import creer_compte
from tests.indicateurs.imports.fabrique import en_csv, en_xlsx, ligne


def envoyer(client, contenu, nom="apprentis.csv"):
    return client.post("/depots", files={"fichier": (nom, contenu)})


def compter(base, modele):
    with base.lecture() as session:
        return lignes(session, select(func.count()).select_from(modele))[0][0]


SALE = [ligne(0), ligne(1, date_fin_formation="31/02/2024", nom_apprenant="<script>alert(1)</script>")]


def test_le_trajet_entier(client, base):
    assert "Déposer des données" in client.get("/depots").text
    recu = envoyer(client, en_csv(SALE))
    assert recu.status_code == 303
    adresse = recu.headers["location"]
    diagnostic = client.get(adresse).text
    assert "2\u00a0lignes lues = 1\u00a0retenue + 1\u00a0écartée" in diagnostic
    assert "1\u00a0date illisible dans date_fin_formation" in diagnostic
    assert "<script>alert" not in diagnostic
    apercu = client.get(f"{adresse}/confirmation").text
    assert "Ranger ces données" in apercu
    assert compter(base, Parcours) == 0
    assert client.post(f"{adresse}/confirmation").headers["location"] == adresse
    assert compter(base, Parcours) == 1
    assert "1\u00a0parcours ajouté" in client.get(adresse).text
    assert client.get(f"{adresse}/confirmation").headers["location"] == adresse
    assert "rangé" in client.get("/depots").text


def test_redeposer_montre_ce_que_le_fichier_ne_dit_plus_et_laisse_decider(client, base):
    premier = envoyer(client, en_csv([ligne(0, contrat_date_rupture="2024-01-15"), ligne(1)])).headers["location"]
    client.post(f"{premier}/confirmation")
    second = envoyer(client, en_csv([ligne(0, libelle_court_formation="AUTRE")])).headers["location"]
    apercu = client.get(f"{second}/confirmation").text
    assert "Ce que le fichier ne dit plus" in apercu
    assert "date de rupture" in apercu
    client.post(f"{second}/confirmation", data={"retirer": "1"})
    assert compter(base, Parcours) == 1


def test_reprendre_son_fichier_annote(client):
    adresse = envoyer(client, en_xlsx(SALE), "Été 2024.xlsx").headers["location"]
    reponse = client.post(f"{adresse}/annote.xlsx")
    dit = "attachment; filename=\"Ete 2024-annote.xlsx\"; filename*=UTF-8''%C3%89t%C3%A9%202024-annote.xlsx"
    assert reponse.headers["content-disposition"] == dit
    assert openpyxl.load_workbook(io.BytesIO(reponse.content)).sheetnames == ["Diagnostic", "Modèle"]


def test_telecharger_le_modele_vide(client):
    livre = openpyxl.load_workbook(io.BytesIO(client.get("/depots/modele.xlsx").content))
    assert livre["Modèle"].max_column == 62


@pytest.mark.parametrize("fichiers", [{}, {"fichier": ("", b"")}])
def test_sans_fichier_la_page_revient_avec_le_remede(client, fichiers):
    reponse = client.post("/depots", files=fichiers or {"autre": ("a.txt", b"x")})
    assert reponse.status_code == 422
    assert "Choisissez un fichier .xlsx ou .csv." in reponse.text


def test_un_fichier_illisible_le_dit_sur_sa_page(client):
    page = client.get(envoyer(client, b"bonjour;au revoir\r\n").headers["location"]).text
    assert "aucun en-tête connu" in page
    assert "Continuer" not in page


def test_un_grand_fichier_passe_par_un_travail_de_fond(client, base, reglages, monkeypatch):
    monkeypatch.setattr(reception, "OCTETS_SUR_LE_CHAMP", {True: 0, False: 0})
    monkeypatch.setattr(reception, "LIGNES_SUR_LE_CHAMP", 0)
    suivi = envoyer(client, en_csv(SALE)).headers["location"]
    assert suivi.startswith("/travaux/")
    adresse = suivi.partition("suite=")[2]
    assert client.get(adresse).headers["location"] == suivi
    assert executer_en_attente(base, reglages) == 1
    assert "1\u00a0écartée" in client.get(adresse).text
    assert client.post(f"{adresse}/confirmation").headers["location"].startswith("/travaux/")
    assert executer_en_attente(base, reglages) == 1
    assert compter(base, Parcours) == 1


def test_toutes_les_anomalies_se_lisent_page_par_page(client):
    lignes_sales = [ligne(n, sexe_apprenant="X", annee_formation="9") for n in range(80)]
    adresse = envoyer(client, en_csv(lignes_sales)).headers["location"]
    assert "page 1 sur 2" in client.get(adresse).text
    assert "page 2 sur 2" in client.get(f"{adresse}?numero=99").text


def test_abandonner_efface_le_fichier(client, reglages):
    adresse = envoyer(client, en_csv(SALE)).headers["location"]
    assert client.post(f"{adresse}/abandon").headers["location"] == "/depots"
    assert list(reglages.dossier_depots.iterdir()) == []
    assert "abandonné" in client.get(adresse).text
    assert client.post(f"{adresse}/annote.xlsx").status_code == 404


def test_une_piece_alteree_se_dit_sans_panne(client, reglages):
    adresse = envoyer(client, en_csv(SALE)).headers["location"]
    for piece in reglages.dossier_depots.iterdir():
        piece.write_bytes(b"autre chose")
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    assert "ne peut plus être relu" in reponse.text


def test_deposer_efface_les_fichiers_dont_le_delai_est_passe(client, base, reglages):
    envoyer(client, en_csv(SALE))
    with base.ecriture() as session:
        session.get_one(Depot, 1).purger_le = date(2020, 1, 1)
    envoyer(client, en_csv(SALE))
    assert len(list(reglages.dossier_depots.iterdir())) == 2
    assert "abandonné" in client.get("/depots/1").text


def test_un_autre_etablissement_ou_un_lecteur_ne_trouve_rien(client, connecter, autre_acteur, base):
    adresse = envoyer(client, en_csv(SALE)).headers["location"]
    lecteur = creer_compte(base, "Tiers", Role.LECTEUR, "lecteur@tiers.invalid")
    for autre in (connecter(autre_acteur), connecter(lecteur)):
        for suite in ("", "/confirmation"):
            assert autre.get(f"{adresse}{suite}").status_code == 404
        assert autre.post(f"{adresse}/confirmation").status_code == 404
        assert autre.post(f"{adresse}/annote.xlsx").status_code == 404
        assert autre.post(f"{adresse}/abandon").status_code == 404
    assert compter(base, Depot) == 1


def test_un_get_n_ecrit_rien(client, base):
    adresse = envoyer(client, en_csv([ligne(0)])).headers["location"]
    for suite in ("", "/confirmation"):
        client.get(f"{adresse}{suite}")
    assert compter(base, Parcours) == 0
