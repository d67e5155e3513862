"""Le dépôt d'un fichier au clavier seul : choisir, lire le diagnostic, confirmer, abandonner ; le lien d'évitement."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.navigateur.conftest import Site

pytestmark = pytest.mark.navigateur

PRESSIONS_MAXIMALES = 120


def _jusqu_a(page: Page, nom: str, touche: str = "Tab") -> None:
    """Presse la touche jusqu'à l'élément dont le texte (ou le libellé) commence ainsi."""
    for _ in range(PRESSIONS_MAXIMALES):
        page.keyboard.press(touche)
        ici = page.evaluate(
            "() => { const e = document.activeElement; const l = e.labels && e.labels[0];"
            " return (l ? l.textContent : e.textContent || '').trim().replace(/\\s+/g, ' '); }"
        )
        if ici.startswith(nom):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
    pytest.fail(f"« {nom} » ne s'atteint pas au clavier sur {page.url}")


def _choisir(page: Page, fichier: Path) -> None:
    """Ouvre le choix de fichier au clavier. L'écoute est posée avant : sous charge, elle viendrait trop tard."""
    page.once("filechooser", lambda choix: choix.set_files(fichier))
    page.goto("/depots")
    _jusqu_a(page, "Fichier à déposer")
    page.keyboard.press("Space")
    expect(page.locator("input[type=file]")).to_have_value(re.compile(re.escape(fichier.name)))


def _deposer(page: Page, fichier: Path) -> None:
    _choisir(page, fichier)
    _jusqu_a(page, "Diagnostiquer ce fichier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Diagnostic du fichier")


def test_on_depose_on_lit_le_diagnostic_et_on_confirme_sans_souris(page: Page, site: Site) -> None:
    _deposer(page, next(site.exemples.glob("cfa-interne-*-suite.xlsx")))
    _jusqu_a(page, "Continuer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Confirmer le dépôt")
    _jusqu_a(page, "Revenir au diagnostic")
    _jusqu_a(page, "Ranger ces données", "Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Données rangées")


def test_on_abandonne_un_depot_sans_souris(page: Page, site: Site) -> None:
    _deposer(page, next(site.exemples.glob("cfa-interne-*-suite.xlsx")))
    _jusqu_a(page, "Abandonner ce dépôt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Déposer des données")
    expect(page.get_by_role("row").filter(has_text="abandonné").first).to_be_visible()


def test_un_fichier_refuse_rend_la_main_au_bon_endroit(page: Page, tmp_path: Path) -> None:
    texte = tmp_path / "notes.txt"
    texte.write_text("Rien d'une extraction.", "utf-8")
    _choisir(page, texte)
    _jusqu_a(page, "Diagnostiquer ce fichier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fichier illisible")
    _jusqu_a(page, "repartez d’un modèle vide")
    _jusqu_a(page, "Déposer un autre fichier", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Fichier à déposer")).to_be_visible()


@pytest.mark.parametrize("ou", ["/", "/depots", "/journal"])
def test_le_lien_d_evitement_vient_d_abord_et_saute_la_navigation(page: Page, ou: str) -> None:
    page.goto(ou)
    page.keyboard.press("Tab")
    lien = page.get_by_role("link", name="Aller au contenu")
    expect(lien).to_be_focused()
    expect(lien).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
