"""Toute page se lit au clavier, sur un petit écran, et passe les contrôles automatiques d'accessibilité."""

import pytest
from playwright.sync_api import Browser, Page, expect

from appli.demonstration.universite import MOT_DE_PASSE
from tests.navigateur.conftest import Site
from tests.navigateur.controles import BUREAU, TELEPHONE, fautes_axe, fautes_de_largeur, mesurer

pytestmark = pytest.mark.navigateur

PAGES = ("/", "/diplomes", "/indicateurs", "/conseils", "/parties", "/depots", "/journal")
SUITES = ("", "/grille", "/grille/1", "/indicateurs", "/conseil", "/historique")
"""Les pages les plus chargées ; toutes les autres, sous chaque rôle, sont dans `test_toutes_les_pages.py`."""


def test_les_pages_remplies_tiennent_dans_l_ecran(page: Page) -> None:
    """Dix diplômes, deux CFA, des années de chiffres : ce que l'univers d'essai, plus petit, ne montre pas."""
    page.goto("/diplomes")
    diplome = page.locator("main a[href^='/diplomes/']").first.get_attribute("href")
    fautes, titres = [], []
    for ou in (*PAGES, *(f"{diplome}{suite}" for suite in SUITES)):
        reponse = page.goto(ou)
        assert reponse
        assert reponse.status == 200
        titres.append(page.title())
        trouvees = [*mesurer(page, "structure"), *fautes_axe(page), *fautes_de_largeur(page, BUREAU, TELEPHONE)]
        fautes += [f"{ou} : {faute}" for faute in trouvees]
    assert not fautes, "\n".join(fautes)
    assert len(set(titres)) == len(titres), titres


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
    assert fautes_axe(page) == []
    contexte.close()


def test_la_page_d_une_adresse_inconnue_ramene_a_l_accueil(navigateur: Browser, site: Site) -> None:
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR")
    page = contexte.new_page()
    reponse = page.goto("/rien/ici")
    assert reponse
    assert reponse.status == 404
    expect(page.get_by_role("link", name="Accueil").first).to_be_visible()
    contexte.close()
