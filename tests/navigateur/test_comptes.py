"""De l'invitation au second facteur dans un vrai navigateur : le lien, le code QR, les codes, les sessions."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.navigateur.conftest import Site
from tests.navigateur.controles import controler, suivre

pytestmark = pytest.mark.navigateur
LOU, PHRASE = "lou.bo@valmont.example", "sept bougies vertes au port"


@contextmanager
def _navigateur(navigateur: Browser, site: Site) -> Iterator[BrowserContext]:
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR", timezone_id="Europe/Paris")
    yield contexte
    contexte.close()


def _exiger_accessible(page: Page) -> None:
    taille = page.viewport_size
    assert controler(page) == [], page.url
    if taille:
        page.set_viewport_size(taille)


def _inviter(page: Page) -> str:
    """Invite Lou et rend le code du courriel que montre la boîte d'envoi."""
    page.goto("/connexion")
    page.get_by_role("button", name="Administration").click()
    suivre(page, page.get_by_role("link", name="Comptes", exact=True))
    _exiger_accessible(page)
    page.get_by_role("link", name="Inviter une personne").click()
    page.get_by_label("Courriel professionnel").fill(LOU)
    page.get_by_label("Prénom et nom").fill("Lou Bo")
    page.get_by_label("Rôle").select_option("responsable_formation")
    page.get_by_label("Ce qu’il couvre").select_option(index=4)
    page.get_by_role("button", name="Inviter", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("L’invitation est partie")
    suivre(page, page.get_by_role("link", name="La boîte d’envoi"))
    _exiger_accessible(page)
    trouve = re.search(r"/lien#([\w-]+)", page.locator("pre").first.inner_text())
    assert trouve
    return trouve[1]


def _choisir(page: Page, code: str) -> None:
    """Suit le lien, jusqu'au mot de passe enregistré."""
    demandees: list[str] = []
    page.on("request", lambda requete: demandees.append(requete.url))
    page.goto(f"/lien#{code}")
    assert page.get_by_label("Code du courriel").input_value() == code
    assert code not in page.url, "le secret ne reste pas dans l'historique"
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Nouveau mot de passe").fill("motdepasse2024")
    page.get_by_label("Encore une fois").fill("motdepasse2024")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("on essaie en premier")
    _exiger_accessible(page)
    for champ in ("Nouveau mot de passe", "Encore une fois"):
        page.get_by_label(champ).fill(PHRASE)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("Votre mot de passe est enregistré")
    assert [url for url in demandees if code in url.partition("#")[0]] == []


def _se_connecter(page: Page) -> None:
    page.goto("/connexion")
    page.get_by_label("Courriel").fill(LOU)
    page.get_by_label("Mot de passe", exact=True).fill(PHRASE)
    suivre(page, page.get_by_role("button", name="Se connecter", exact=True))


def _mettre_en_service(page: Page) -> tuple[str, list[str]]:
    """Le secret et les codes de secours."""
    suivre(page, page.get_by_role("link", name="Lou Bo"))
    _exiger_accessible(page)
    page.get_by_role("link", name="Mettre un second facteur").click()
    page.get_by_label("Mot de passe actuel").fill(PHRASE)
    page.get_by_role("button", name="Commencer").click()
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    _exiger_accessible(page)
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(pyotp.TOTP(secret).now())
    suivre(page, page.get_by_role("button", name="Mettre en service"))
    codes = page.locator(".codes-de-secours code").all_inner_texts()
    assert len(codes) == 10
    _exiger_accessible(page)
    suivre(page, page.get_by_role("link", name="Je les ai gardés"))
    return secret, codes


def test_de_l_invitation_a_la_session_fermee_a_distance(navigateur: Browser, site: Site) -> None:
    with _navigateur(navigateur, site) as admin, _navigateur(navigateur, site) as bureau:
        page = bureau.new_page()
        _choisir(page, _inviter(admin.new_page()))
        _se_connecter(page)
        page.get_by_role("button", name="Se déconnecter").wait_for()
        _, codes = _mettre_en_service(page)
        suivre(page, page.get_by_role("button", name="Se déconnecter"))
        _se_connecter(page)
        _exiger_accessible(page)
        page.get_by_label("Code à six chiffres").fill("000000")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
        page.get_by_label("Code à six chiffres").fill(codes[0])
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Se déconnecter").wait_for()
        _fermer_l_autre_session(navigateur, site, page, codes[1])


def _fermer_l_autre_session(navigateur: Browser, site: Site, page: Page, code: str) -> None:
    with _navigateur(navigateur, site) as telephone:
        autre = telephone.new_page()
        _se_connecter(autre)
        autre.get_by_label("Code à six chiffres").fill(code)
        autre.get_by_role("button", name="Continuer").click()
        autre.get_by_role("button", name="Se déconnecter").wait_for()
        page.goto("/mon-compte")
        page.get_by_role("button", name="Me déconnecter partout ailleurs").click()
        expect(page.get_by_role("status")).to_contain_text("Vos autres sessions sont fermées")
        autre.goto("/diplomes")
        expect(autre.get_by_role("heading", name="Se connecter")).to_be_visible()
        expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
