"""L'avis d'un apprenti, sur un téléphone : avec le lien, puis sans JavaScript ; ce qu'en voient les écarts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from charte.acteur import Role
from tests.navigateur.controles import HAUTEUR, TELEPHONE, controler, suivre
from tests.navigateur.maison import Maison, entrer, servir

pytestmark = pytest.mark.navigateur


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("avis"), base_modele) as servie:
        yield servie


@contextmanager
def telephone(navigateur: Browser, maison: Maison, *, script: bool = True) -> Iterator[BrowserContext]:
    """Un téléphone sans session."""
    contexte = navigateur.new_context(
        base_url=maison.adresse,
        locale="fr-FR",
        viewport={"width": TELEPHONE, "height": HAUTEUR},
        java_script_enabled=script,
    )
    yield contexte
    contexte.close()


def exiger_accessible(page: Page) -> None:
    assert controler(page) == [], page.url
    page.set_viewport_size({"width": TELEPHONE, "height": HAUTEUR})


def demander(page: Page, formation: int) -> str:
    """Demande un avis sans adresse ; rend le code montré une fois."""
    page.goto(f"/diplomes/{formation}/avis")
    page.get_by_role("link", name="Demander à un apprenti").click()
    page.get_by_label("Repère").fill("délégué de L3")
    suivre(page, page.get_by_role("button", name="Demander cet avis"))
    assert controler(page) == []
    return page.locator(".code-a-remettre").last.inner_text()


def test_du_lien_au_merci_sur_un_telephone(navigateur: Browser, maison: Maison) -> None:
    formation = maison.objets["formation"]
    with entrer(navigateur, maison, Role.REFERENT_QUALITE.value) as bureau:
        code = demander(bureau.new_page(), formation)
        with telephone(navigateur, maison) as poche:
            page = poche.new_page()
            demandees: list[str] = []
            page.on("request", lambda requete: demandees.append(requete.url))
            page.goto(f"/avis#{code}")
            expect(page.get_by_label("Votre code")).to_have_value(code)
            assert code not in page.url
            suivre(page, page.get_by_role("button", name="Voir les questions"))
            exiger_accessible(page)
            page.get_by_role("group", name="Un livret d’apprentissage").get_by_label("Non tenu").check()
            page.get_by_role("button", name="Envoyer mon avis").click()
            expect(page.get_by_role("heading", name="Merci de votre avis")).to_be_visible()
            exiger_accessible(page)
            assert [url for url in demandees if code in url.partition("#")[0]] == []
        _lire_au_bureau(bureau.new_page(), formation)


def _lire_au_bureau(page: Page, formation: int) -> None:
    page.goto(f"/diplomes/{formation}/avis")
    expect(page.get_by_role("heading", name="Apprentis (2)")).to_be_visible()
    assert controler(page) == []
    page.goto(f"/diplomes/{formation}/ecarts")
    expect(page.get_by_role("article", name="Un livret d’apprentissage")).to_contain_text("Apprentis (1)")


def test_sans_javascript_le_code_se_colle_et_une_erreur_garde_tout(navigateur: Browser, maison: Maison) -> None:
    with entrer(navigateur, maison, Role.REFERENT_QUALITE.value) as bureau:
        code = demander(bureau.new_page(), maison.objets["formation"])
    with telephone(navigateur, maison, script=False) as poche:
        page = poche.new_page()
        page.goto("/avis")
        page.get_by_label("Votre code").fill("un code faux")
        page.get_by_role("button", name="Voir les questions").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
        page.get_by_label("Votre code").fill(code)
        page.get_by_role("button", name="Voir les questions").click()
        page.get_by_text("Ajouter un commentaire").first.click()
        page.get_by_label("Votre commentaire").first.fill("Sans avoir coché.")
        page.get_by_role("button", name="Envoyer mon avis").click()
        expect(page.get_by_role("alert")).to_contain_text("Choisissez une réponse")
        expect(page.get_by_label("Votre commentaire").first).to_have_value("Sans avoir coché.")
        page.get_by_label("Je ne sais pas").first.check()
        page.get_by_role("button", name="Envoyer mon avis").click()
        expect(page.get_by_role("heading", name="Merci de votre avis")).to_be_visible()
