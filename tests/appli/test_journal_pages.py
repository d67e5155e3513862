"""La page du journal : chercher, feuilleter, vérifier, emporter ; jamais ce qui est d'un autre établissement."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, text

import charte.commun.journal
from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal, journaliser
from tests.conftest import Client, creer_compte

QUAND = {
    "grille remplie": datetime(2026, 3, 1, 22, 59, tzinfo=UTC),
    "dépôt confirmé": datetime(2026, 3, 1, 23, 1, tzinfo=UTC),
    "preuve 100 % ajoutée": datetime(2026, 3, 5, 12, tzinfo=UTC),
}


@pytest.fixture
def journal(base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trois entrées datées de l'établissement de l'acteur, une d'ailleurs ; la connexion du client vient après."""
    for acte, quand in QUAND.items():
        monkeypatch.setattr(charte.commun.journal, "maintenant", lambda quand=quand: quand)
        with base.ecriture() as session:
            journaliser(session, acteur, acte, f"objet:{quand.day}")
            journaliser(session, autre_acteur, "geste d’ailleurs", "objet:ailleurs")
    monkeypatch.undo()


def _actes(client: Client, **recherche: Any) -> list[str]:
    reponse = client.get("/journal", params=recherche)
    assert reponse.status_code == 200
    page = BeautifulSoup(reponse.text, "html.parser")
    return [rangee.find_all("td")[3].text for rangee in page.select("tbody tr")]


@pytest.mark.parametrize(
    ("recherche", "attendus"),
    [
        ({"texte": "grille"}, ["grille remplie"]),
        ({"texte": "OBJET:5"}, ["preuve 100 % ajoutée"]),
        ({"texte": "100 %"}, ["preuve 100 % ajoutée"]),
        ({"texte": "%"}, ["preuve 100 % ajoutée"]),
        ({"texte": "ailleurs"}, []),
        ({"acte": "dépôt confirmé"}, ["dépôt confirmé"]),
        ({"acte": "geste d’ailleurs"}, []),
        ({"du": "2026-03-02", "au": "2026-03-02"}, ["dépôt confirmé"]),
        ({"au": "01/03/2026"}, ["grille remplie"]),
        ({"du": "2026-03-02", "au": "2026-03-31", "texte": "preuve"}, ["preuve 100 % ajoutée"]),
    ],
)
def test_chercher(client: Client, journal: None, recherche: dict[str, str], attendus: list[str]) -> None:
    trouves = [acte.replace("\u202f", " ").replace("\u00a0", " ") for acte in _actes(client, **recherche)]
    assert [acte for acte in trouves if acte != "connexion"] == attendus


@pytest.mark.parametrize("adresse", ["/journal", "/journal.csv", "/journal/verification"])
def test_rien_d_un_autre_etablissement(client: Client, journal: None, adresse: str) -> None:
    reponse = client.request("POST" if adresse.endswith(".csv") else "GET", adresse)
    assert reponse.status_code == 200
    assert "ailleurs" not in reponse.text


@pytest.mark.parametrize("adresse", ["/journal", "/journal/verification"])
def test_lire_n_ecrit_rien_et_demande_le_droit(
    base: BaseSQL, client: Client, connecter: Any, client_anonyme: Client, adresse: str
) -> None:
    def entrees() -> int:
        with base.lecture() as session:
            return int(lignes(session, select(func.count()).select_from(EntreeJournal))[0][0])

    avant = entrees()
    assert client.get(adresse).status_code == 200
    assert client_anonyme.get(adresse).status_code == 303
    assert entrees() == avant
    lecteur = creer_compte(base, "Université des Lecteurs", Role.LECTEUR, "lecteur@exemple.invalid")
    assert connecter(lecteur).get(adresse).status_code == 404


@pytest.mark.parametrize(
    ("recherche", "champ"), [({"du": "hier"}, "du"), ({"du": "2026-03-05", "au": "2026-03-01"}, "au")]
)
def test_une_date_refusee_se_dit_pres_de_son_champ(client: Client, recherche: dict[str, str], champ: str) -> None:
    reponse = client.get("/journal", params=recherche)
    assert reponse.status_code == 422
    page = BeautifulSoup(reponse.text, "html.parser")
    assert page.select_one(f'.resume-erreurs a[href="#{champ}"]')
    assert page.select_one(f'#{champ}[aria-invalid="true"]')


def test_la_recherche_suit_les_pages_et_l_export(client: Client, base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        for numero in range(51):
            journaliser(session, acteur, "geste & <b>", f"objet:{numero}")
    premiere = BeautifulSoup(client.get("/journal?texte=geste+%26").text, "html.parser")
    suivante = premiere.select_one('a[rel="next"]')
    assert suivante is not None
    assert suivante["href"] == "/journal?texte=geste+%26&numero=2"
    seconde = BeautifulSoup(client.get(str(suivante["href"])).text, "html.parser")
    assert [r.find_all("td")[4].text for r in seconde.select("tbody tr")] == ["objet:0"]
    champs = seconde.select('form[action="/journal.csv"] input[type=hidden]')
    fichier = client.post("/journal.csv", data={str(champ["name"]): str(champ["value"]) for champ in champs})
    assert fichier.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in fichier.headers["content-disposition"]
    assert fichier.text.count("geste & <b>") == 51
    assert "connexion" not in fichier.text


def test_la_page_dit_d_ou_et_ou_la_chaine_se_rompt(client: Client, base: BaseSQL) -> None:
    page = BeautifulSoup(client.get("/journal").text, "html.parser")
    assert [c.text for c in page.select("tbody tr td")][2:4] == ["page", "connexion"]
    assert "chaîne intacte" in client.get("/journal/verification").text
    with base.moteur.begin() as connexion:
        connexion.execute(text("DROP TRIGGER journal_sans_modification"))
        connexion.execute(text("UPDATE journal SET objet = 'compte:99'"))
    rompue = client.get("/journal/verification").text
    assert "chaîne rompue" in rompue
    assert "son contenu a été changé après coup" in rompue


def test_les_colonnes_du_tableau_sont_nommees(client: Client) -> None:
    page = BeautifulSoup(client.get("/journal").text, "html.parser")
    assert [th.text for th in page.select('thead th[scope="col"]')][:2] == ["Rang", "Quand"]
    assert page.select_one("tbody tr th[scope='row']")
    champs = {str(c["id"]) for c in page.select("form.recherche-journal :is(input, select)")}
    assert champs == {str(label["for"]) for label in page.select("form.recherche-journal label")}
