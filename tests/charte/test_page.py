"""La page de la charte : chaque passage a son adresse, la recherche se compte, notre lecture est étiquetée."""

from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

from charte.acteur import Partie
from charte.chargement import charger_edition
from charte.concernes import charger_concernes, elements_evalues
from charte.export import edition_en_json
from tests.conftest import Client


@pytest.fixture
def livre(client_anonyme: Client) -> BeautifulSoup:
    reponse = client_anonyme.get("/charte")
    assert reponse.status_code == 200
    return BeautifulSoup(reponse.text, "html.parser")


def chercher(client: Client, saisie: str) -> BeautifulSoup:
    reponse = client.get(f"/charte?q={quote(saisie)}")
    assert reponse.status_code == 200
    return BeautifulSoup(reponse.text, "html.parser")


def test_chaque_element_a_une_ancre_unique(livre: BeautifulSoup) -> None:
    ancres = [str(balise["id"]) for balise in livre.select("[id]")]
    assert len(ancres) == len(set(ancres))
    assert {f"a-{identifiant}" for identifiant in charger_edition().ids()} <= set(ancres)


def test_chaque_lien_interne_mene_quelque_part(livre: BeautifulSoup) -> None:
    ancres = {str(balise["id"]) for balise in livre.select("[id]")}
    liens = [str(lien["href"])[1:] for lien in livre.select("main a[href^='#']")]
    assert len(liens) > 200
    assert set(liens) <= ancres


def test_les_notes_s_appellent_et_se_quittent(livre: BeautifulSoup) -> None:
    assert [a["href"] for a in livre.select("sup a")] == [f"#note-{n}" for n in range(1, 7)]
    assert [a["href"] for a in livre.select(".notes li > a")] == [f"#appel-{n}" for n in range(1, 7)]


def test_un_engagement_montre_son_texte_son_chiffre_et_notre_lecture(livre: BeautifulSoup) -> None:
    puce = livre.find(id="a-2.S2.1")
    assert puce is not None
    texte = " ".join(puce.get_text(" ").split())
    assert "valide la mission ou les projets au regard des objectifs de formation" in texte
    assert [chiffre.get_text() for chiffre in puce.select(".chiffre")] == ["≤\u00a01\u00a0semaine"]
    lecture = puce.select_one("details.lecture-outil summary")
    assert lecture is not None
    assert " ".join(lecture.get_text().split()) == "lecture de l’outil : périmètre 2.2, E.3, EMP.1"


def test_un_engagement_mene_aux_elements_sur_lesquels_il_porte_et_retour(livre: BeautifulSoup) -> None:
    concernes = charger_concernes()
    for engagement, elements in (("E.10", ["3.S1.3"]), ("CFA.2.2", ["1.3.4", "3.3.3"]), ("CFA.4", None)):
        attendus = list(concernes.elements(engagement)) if elements is None else elements
        lecture = livre.select_one(f"[id='a-{engagement}'] details.lecture-outil")
        assert lecture is not None
        assert "lecture de l’outil" in lecture.get_text()
        assert [a["href"] for a in lecture.select("a")] == [f"#a-{element}" for element in attendus]
        for element in attendus:
            assert livre.select(f"[id='a-{element}'] > div > details.lecture-outil a[href='#a-{engagement}']")


def test_chaque_element_evalue_dit_qui_donne_sa_position(livre: BeautifulSoup) -> None:
    mots = {Partie.ETABLISSEMENT: "l’établissement", Partie.CFA: "le CFA"}
    for element in elements_evalues(charger_edition()):
        lecture = livre.select_one(f"[id='a-{element.id}'] > div > details.lecture-outil")
        assert lecture is not None, element.id
        attendu = " et ".join(mots[partie] for partie in charger_concernes().parties(element.id))
        assert f"Position donnée par {attendu}." in lecture.get_text()


def test_un_engagement_sans_portee_dit_pourquoi(livre: BeautifulSoup) -> None:
    lecture = livre.select_one("[id='a-APP.2.1'] details.lecture-outil")
    assert lecture is not None
    assert "ne porte sur aucun élément de l’annexe" in lecture.get_text()
    assert "Le respect du règlement intérieur est une règle de vie" in lecture.get_text()


def test_la_page_porte_tout_le_texte(livre: BeautifulSoup) -> None:
    edition = charger_edition()
    main = " ".join(livre.main.get_text().split()) if livre.main else ""
    lisible = main.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    appels = {paragraphe.id for paragraphe in edition.paragraphes() if paragraphe.appels}
    for identifiant in set(edition.ids()) - appels:
        assert edition.element(identifiant).texte in lisible, identifiant


def test_la_recherche_compte_surligne_et_s_efface(client_anonyme: Client) -> None:
    page = chercher(client_anonyme, "RUPTURE contrat")
    statut = page.select_one("[role=status]")
    assert statut is not None
    assert "4\u00a0passages pour «\u00a0RUPTURE contrat\u00a0»." in " ".join(statut.get_text().split(" "))
    assert [a["href"] for a in page.select(".reponses li > a")] == [
        "#a-CFA.1",
        "#a-CFA.2.2",
        "#a-3.3.3",
        "#a-4.S1.1",
    ]
    assert {m.get_text() for m in page.select("#a-3\\.3\\.3 mark")} == {"rupture", "contrat"}
    assert page.select_one(".reponses a[href='/charte']") is not None


@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ("licorne", "Aucun passage ne contient «\u00a0licorne\u00a0»"),
        ("?!", "Saisissez au moins une lettre ou un chiffre"),
        ("<script>alert(1)</script>", "Aucun passage ne contient «\u00a0<script>alert(1)</script>\u00a0»"),
    ],
)
def test_une_recherche_sans_reponse_le_dit(client_anonyme: Client, saisie: str, message: str) -> None:
    page = chercher(client_anonyme, saisie)
    statut = page.select_one("[role=status]")
    assert statut is not None
    assert message in statut.get_text()
    assert page.select("mark") == []
    assert page.main is not None
    assert page.main.select("script") == []


def test_une_saisie_demesuree_est_coupee(client_anonyme: Client) -> None:
    page = chercher(client_anonyme, "a" * 5000)
    champ = page.select_one("input[name=q]")
    assert champ is not None
    assert champ["value"] == "a" * 100


def test_le_json_est_celui_de_la_commande(client_anonyme: Client) -> None:
    reponse = client_anonyme.get("/charte.json")
    assert reponse.headers["content-type"].startswith("application/json")
    assert reponse.json() == edition_en_json(charger_edition())
