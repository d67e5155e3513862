"""Toute page se lit au clavier, sur un petit écran, et passe les contrôles automatiques d'accessibilité."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from appli.demonstration.universite import MOT_DE_PASSE
from tests.navigateur.conftest import Site

pytestmark = pytest.mark.navigateur

PAGES = (
    "/",
    "/diplomes",
    "/indicateurs",
    "/conseils",
    "/charte",
    "/depots",
    "/parties",
    "/parties/cfa/1",
    "/parties/cfa/2/conventions/nouvelle",
    "/parties/composantes/nouvelle",
    "/parties/formations/1",
    "/accessibilite",
    "/donnees-personnelles",
    "/journal",
    "/journal?texte=import&du=2020-01-01",
    "/journal/verification",
)
GRAVES = ("serious", "critical")
TELEPHONE = {"width": 380, "height": 800}


def _fautes_graves(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{v['id']} : {n['target']}" for v in violations if v["impact"] in GRAVES for n in v["nodes"]]


def _premier_diplome(page: Page) -> str:
    page.goto("/diplomes")
    adresse = page.locator("main a[href^='/diplomes/']").first.get_attribute("href")
    assert adresse
    return adresse


@pytest.mark.parametrize("adresse", PAGES)
def test_axe_ne_trouve_rien_de_grave(page: Page, adresse: str) -> None:
    reponse = page.goto(adresse)
    assert reponse
    assert reponse.status == 200
    assert _fautes_graves(page) == []


@pytest.mark.parametrize("suite", ["", "/grille", "/grille/1"])
def test_axe_ne_trouve_rien_de_grave_sur_un_diplome(page: Page, suite: str) -> None:
    reponse = page.goto(_premier_diplome(page) + suite)
    assert reponse
    assert reponse.status == 200
    assert _fautes_graves(page) == []


@pytest.mark.parametrize("adresse", PAGES)
def test_380_pixels_suffisent(page: Page, adresse: str) -> None:
    page.set_viewport_size(TELEPHONE)
    page.goto(adresse)
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


@pytest.mark.parametrize("suite", ["", "/grille", "/grille/1"])
def test_380_pixels_suffisent_a_un_diplome(page: Page, suite: str) -> None:
    page.set_viewport_size(TELEPHONE)
    page.goto(_premier_diplome(page) + suite)
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]


def test_on_se_connecte_au_clavier_seul(navigateur: Browser, site: Site) -> None:
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR")
    page = contexte.new_page()
    page.goto("/connexion")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    for texte in ("lecture@valmont.example", MOT_DE_PASSE):
        page.keyboard.press("Tab")
        page.keyboard.type(texte)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    assert page.url == f"{site.adresse}/"
    contexte.close()


def test_un_mot_de_passe_faux_se_dit_sans_dire_lequel(navigateur: Browser, site: Site) -> None:
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR")
    page = contexte.new_page()
    page.goto("/connexion")
    page.get_by_label("Courriel").fill("lecture@valmont.example")
    page.get_by_label("Mot de passe").fill("ce n'est pas lui")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Courriel").input_value() == "lecture@valmont.example"
    assert _fautes_graves(page) == []
    contexte.close()


def test_la_page_d_une_adresse_inconnue_ramene_a_l_accueil(navigateur: Browser, site: Site) -> None:
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR")
    page = contexte.new_page()
    reponse = page.goto("/rien/ici")
    assert reponse
    assert reponse.status == 404
    expect(page.get_by_role("link", name="Accueil").first).to_be_visible()
    contexte.close()
