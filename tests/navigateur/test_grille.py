"""La grille dans un vrai navigateur : le clavier, l'enregistrement au fil de l'eau, et rien de perdu."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.navigateur

ENREGISTRE = re.compile(r"Enregistré à \d\d:\d\d")


def _ouvrir_poste(page: Page, numero: int, rang: int = 0) -> str:
    page.goto("/diplomes")
    adresse = page.locator("main a[href^='/diplomes/']").nth(rang).get_attribute("href")
    page.goto(f"{adresse}/grille/{numero}")
    return f"{adresse}/grille/{numero}"


def _ligne(page: Page, element: str):  # type: ignore[no-untyped-def]
    return page.locator(f"#e-{element.replace('.', '-')}")


@pytest.fixture
def onglet(visite: BrowserContext) -> Iterator[Page]:
    """Un onglet où un refus du serveur, une coupure voulue ou un rechargement ne comptent pas comme des fautes."""
    fautes: list[str] = []
    page = visite.new_page()
    page.on("pageerror", lambda erreur: fautes.append(str(erreur)))
    yield page
    page.close()
    assert fautes == []


def test_au_clavier_un_chiffre_par_reponse_et_tout_s_enregistre(onglet: Page) -> None:
    _ouvrir_poste(onglet, 4)
    for element, chiffre, etat in (("4.S1.1", "2", "en_partie"), ("4.S1.2", "3", "non_tenu"), ("4.S1.3", "1", "tenu")):
        onglet.keyboard.press("j")
        expect(_ligne(onglet, element)).to_be_focused()
        onglet.keyboard.press("0")
        onglet.keyboard.press(chiffre)
        expect(_ligne(onglet, element).locator(".ligne__suivi")).to_have_text(ENREGISTRE)
        onglet.keyboard.press("Escape")
        _ligne(onglet, element).focus()
        expect(_ligne(onglet, element).locator(f"input[value={etat}]")).to_be_checked()
    onglet.reload()
    expect(_ligne(onglet, "4.S1.2").locator("input[value=non_tenu]")).to_be_checked()


def test_taper_vite_un_long_commentaire_ne_se_contredit_pas(onglet: Page) -> None:
    _ouvrir_poste(onglet, 1)
    _ligne(onglet, "1.S1.1").focus()
    onglet.keyboard.press("c")
    onglet.keyboard.press("ControlOrMeta+A")
    for mot in ("Comité", " réuni", " en mars", " ; suite", " en juin."):
        onglet.keyboard.type(mot, delay=15)
        onglet.wait_for_timeout(1300)
    expect(onglet.locator(".conflit")).to_have_count(0)
    onglet.reload()
    expect(_ligne(onglet, "1.S1.1").locator("textarea[name=commentaire]")).to_have_value(
        "Comité réuni en mars ; suite en juin."
    )


def test_une_coupure_garde_le_texte_puis_l_envoie(onglet: Page, visite: BrowserContext) -> None:
    _ouvrir_poste(onglet, 3)
    visite.set_offline(True)
    _ligne(onglet, "3.S1.1").focus()
    onglet.keyboard.press("c")
    onglet.keyboard.press("ControlOrMeta+A")
    onglet.keyboard.type("Écrit pendant la coupure")
    expect(_ligne(onglet, "3.S1.1").locator(".suivi__garde")).to_contain_text("gardé sur cet ordinateur")
    visite.set_offline(False)
    expect(_ligne(onglet, "3.S1.1").locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    assert onglet.evaluate("Object.keys(localStorage).filter(c => c.includes('3.S1.1'))") == []


def test_quitter_la_page_en_pleine_frappe_ne_perd_rien(onglet: Page) -> None:
    adresse = _ouvrir_poste(onglet, 2)
    _ligne(onglet, "2.S1.1").focus()
    onglet.keyboard.press("c")
    onglet.keyboard.press("ControlOrMeta+A")
    onglet.keyboard.type("Pas encore envoyé")
    onglet.goto("/charte")
    onglet.goto(adresse)
    expect(_ligne(onglet, "2.S1.1").locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    onglet.reload()
    expect(_ligne(onglet, "2.S1.1").locator("textarea[name=commentaire]")).to_have_value("Pas encore envoyé")


def test_deux_onglets_sur_la_meme_ligne_montrent_les_deux_textes(onglet: Page, visite: BrowserContext) -> None:
    adresse = _ouvrir_poste(onglet, 2)
    autre = visite.new_page()
    autre.goto(adresse)
    for qui, texte in ((autre, "le premier"), (onglet, "le second")):
        _ligne(qui, "2.S2.1").focus()
        qui.keyboard.press("c")
        qui.keyboard.press("ControlOrMeta+A")
        qui.keyboard.type(texte)
        expect(_ligne(qui, "2.S2.1").locator(".suivi__fait, .conflit").first).not_to_have_text("")
        qui.wait_for_timeout(1500)
    panneau = _ligne(onglet, "2.S2.1").locator(".conflit")
    expect(panneau).to_contain_text("le premier")
    expect(panneau).to_contain_text("le second")
    onglet.get_by_role("button", name="Garder le mien").click()
    expect(panneau).to_have_count(0)
    autre.reload()
    expect(_ligne(autre, "2.S2.1").locator("textarea[name=commentaire]")).to_have_value("le second")
    autre.close()
