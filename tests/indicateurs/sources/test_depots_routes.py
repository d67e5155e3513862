"""Déposer n'importe quelle source par les pages : reconnue, ou rapprochée colonne par colonne ; puis trancher."""

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from indicateurs.modeles import Depot
from indicateurs.sources.format import SOURCES
from indicateurs.sources.modeles import CorrespondanceDeColonnes, Resultat
from tests.conftest import creer_compte
from tests.indicateurs.imports.fabrique import en_csv, ligne
from tests.indicateurs.sources.test_depots_services import APPRENTIS, fichier, sifa
from tests.reserve import Client

LOCAL = "Nom de famille;Prénom usuel;Né le;Session;Note jury\r\nNoma;Prénoma;01/01/2002;2025;admis\r\n".encode()
"""Un fichier d'un autre logiciel : ses colonnes ne sont celles d'aucun format."""
CHOIX = {
    "source": "resultats", "colonne-nom_apprenant": "Nom de famille", "colonne-prenom_apprenant": "Prénom usuel",
    "colonne-date_de_naissance_apprenant": "Né le", "colonne-annee_session": "Session", "colonne-admis": "Note jury",
    "fixe-formation_rncp": "RNCP99001",
}  # fmt: skip


def envoyer(client: Client, octets: bytes, source: str = "") -> str:
    reponse = client.post("/depots", data={"source": source}, files={"fichier": ("local.csv", octets)})
    assert reponse.status_code == 303, reponse.text
    adresse: str = reponse.headers["location"]
    return adresse


def lire(client: Client, adresse: str) -> str:
    return html.unescape(client.get(adresse).text).replace("'", "’")


def confirmer(client: Client, adresse: str, **choix: str) -> str:
    assert client.post(f"{adresse}/confirmation", data=choix).headers["location"] == adresse
    page: str = client.get(adresse).text
    return page


@pytest.fixture
def ranges(client: Client) -> None:
    """Un apprenti rangé, rompu le 1er février 2024."""
    confirmer(client, envoyer(client, en_csv([ligne(0, contrat_date_rupture="2024-02-01")])))


def tout(base: BaseSQL, *colonnes: Any) -> list[tuple[Any, ...]]:
    with base.lecture() as session:
        return [tuple(rangee) for rangee in lignes(session, select(*(col(c) for c in colonnes)).order_by(colonnes[0]))]


def test_une_source_se_reconnait_a_son_contenu_et_se_range(client: Client, base: BaseSQL, ranges: None) -> None:
    identite = {nom: ligne(0)[nom] for nom in ("nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant")}
    session = {"formation_rncp": "RNCP99001", "annee_session": "2025", "present": "OUI", "admis": "OUI"}
    inconnu = {"nom_apprenant": "Inconnu", "prenom_apprenant": "Jamais", "date_de_naissance_apprenant": "01/01/2001"}
    adresse = envoyer(client, fichier("resultats", {**identite, **session}, {**inconnu, **session}))
    assert re.search(r"lu au format «.Résultats d’examen.»", lire(client, adresse))
    page = client.get(f"{adresse}/confirmation").text
    assert "1\u00a0ligne laissée de côté" in page
    assert "Aucun apprenti rangé" in page
    assert "Jamais" not in page
    page = confirmer(client, adresse)
    assert "1\u00a0ajout" in page
    assert "1\u00a0ligne laissée de côté" in page
    assert tout(base, Resultat.annee, Resultat.admis) == [(2025, True)]


def test_des_colonnes_inconnues_se_rapprochent_et_se_retiennent(client: Client, base: BaseSQL, ranges: None) -> None:
    adresse = envoyer(client, LOCAL)
    colonnes = client.get(adresse).headers["location"]
    assert "Résultats d" in client.get(colonnes).text
    page = client.get(f"{colonnes}?source=resultats").text
    assert re.search(r'name="colonne-nom_apprenant".*?<option value="Nom de famille" selected>', page, re.DOTALL)
    assert "Noma" in page
    faute = client.post(colonnes, data={**CHOIX, "colonne-annee_session": ""})
    assert faute.status_code == 422
    assert "annee_session" in faute.text
    assert 'value="RNCP99001"' in faute.text
    assert client.post(colonnes, data={**CHOIX, "nom": "Export du jury"}).headers["location"] == adresse
    assert "1\u00a0ajout" in confirmer(client, adresse)
    assert tout(base, CorrespondanceDeColonnes.nom) == [("Export du jury",)]
    suivant = envoyer(client, LOCAL)
    assert "Export du jury" in client.get(suivant).text
    assert tout(base, Depot.id, Depot.format)[-1][1] == "resultats"
    dit = repr(tout(base, EntreeJournal.id, EntreeJournal.acte, EntreeJournal.apres))
    assert not [texte for texte in ("Noma", "Prénoma", "Export du jury") if texte in dit]


def test_deux_sources_en_desaccord_se_montrent_et_se_tranchent(client: Client, ranges: None) -> None:
    adresse = envoyer(client, fichier("sifa_2024", sifa(0, date_rupt_cont="15012024")))
    page = client.get(f"{adresse}/confirmation").text
    assert "Ce que deux sources disent autrement" in page
    assert "01/02/2024" in page
    assert "15/01/2024" in page
    assert 'name="choix-contrat.date_rupture" value="garder" checked' in page
    assert "Tableau de bord" in page
    confirmer(client, adresse, **{"choix-contrat.date_rupture": "prendre"})
    encore = client.get(envoyer(client, en_csv([ligne(0, contrat_date_rupture="2024-02-01")])) + "/confirmation").text
    assert "SIFA 2024" in encore


def test_chaque_format_a_son_modele_et_ce_qu_il_nourrit(client: Client) -> None:
    page = lire(client, "/depots")
    assert "Obtention du diplôme, Échec au diplôme. SIFA se remplit avant les examens" in page
    assert "Insertion à 6, 12, 18, 24 et 30 mois (enquête locale), Emploi stable à 6, 12" in page
    for cle in (APPRENTIS, *SOURCES):
        assert f'href="/depots/modeles/{cle}.xlsx"' in page
    livre = openpyxl.load_workbook(io.BytesIO(client.get("/depots/modeles/heures.xlsx").content))
    assert livre.worksheets[0]["A2"].value
    assert [client.get(f"/depots/modeles/{nom}").status_code for nom in ("autre.xlsx", "heures")] == [404, 404]


def test_le_depot_et_la_correspondance_d_un_autre_etablissement_restent_introuvables(
    client: Client, base: BaseSQL, connecter: Any
) -> None:
    colonnes = client.get(envoyer(client, LOCAL)).headers["location"]
    client.post(colonnes, data={**CHOIX, "nom": "Export du jury"})
    etranger: Acteur = creer_compte(base, "Autre", Role.REFERENT_QUALITE, "autre@ailleurs.invalid")
    autre = connecter(etranger)
    assert autre.get(colonnes).status_code == 404
    assert autre.post(colonnes, data=CHOIX).status_code == 404
    sien = autre.get(envoyer(autre, LOCAL)).headers["location"]
    assert "Export du jury" not in autre.get(sien).text
    assert autre.get(f"{sien}?source=resultats&gardee=1").status_code == 404
    assert client.get(colonnes).status_code == 200


def test_un_format_qui_n_existe_pas_se_refuse(client: Client) -> None:
    reponse = client.post("/depots", data={"source": "autre"}, files={"fichier": ("a.csv", LOCAL)})
    assert reponse.status_code == 422
    assert "Choisissez le format" in reponse.text


def test_le_nom_d_une_correspondance_d_un_autre_fichier_ne_se_reprend_pas(client: Client, base: BaseSQL) -> None:
    premier = client.get(envoyer(client, LOCAL)).headers["location"]
    assert client.post(premier, data={**CHOIX, "nom": "Export du jury"}).status_code == 303
    autre = client.get(envoyer(client, LOCAL.replace(b"Session", b"Exercice"))).headers["location"]
    faute = client.post(autre, data={**CHOIX, "colonne-annee_session": "Exercice", "nom": "Export du jury"})
    assert faute.status_code == 422
    assert "donnez-lui un autre nom" in faute.text
    assert 'value="Export du jury"' in faute.text
    [(colonnes,)] = tout(base, CorrespondanceDeColonnes.colonnes)
    assert "Session" in str(colonnes)


@pytest.mark.parametrize("gardee", ["999999", "-1", str(2**63), "9" * 30])
def test_une_correspondance_qui_n_existe_pas_est_inconnue(client: Client, gardee: str) -> None:
    colonnes = client.get(envoyer(client, LOCAL)).headers["location"]
    assert client.get(f"{colonnes}?source=resultats&gardee={gardee}").status_code == 404


def test_un_fichier_sans_titres_ne_se_rapproche_pas_et_le_dit(client: Client) -> None:
    adresse = envoyer(client, b"\r\n\r\n")
    refus = client.post(f"{adresse}/colonnes", data=CHOIX)
    assert refus.status_code == 422


def test_le_premier_choix_de_format_part_d_un_vrai_navigateur(client: Client) -> None:
    """Une liste obligatoire au premier choix vide arrêterait le formulaire avant tout envoi."""
    page = client.get("/depots").text
    trouve = re.search(r'<select id="source"[^>]*>.*?<option value="([^"]*)" selected>', page, re.DOTALL)
    assert trouve is not None
    assert trouve[1]
    assert client.get(envoyer(client, LOCAL, trouve[1])).headers["location"].endswith("/colonnes")
