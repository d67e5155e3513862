"""Le clavier seul : déposer un fichier, lire un indicateur, convenir d'un objectif, publier ; le lien d'évitement."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.navigateur.conftest import Site
from tests.navigateur.controles import arriver

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


def _entrer(page: Page, nom: str, titre: str, touche: str = "Tab") -> None:
    """Va à ce lien ou à ce bouton, le presse, et arrive à la page dont le titre commence ainsi."""
    _jusqu_a(page, nom, touche)
    with arriver(page):
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"^{titre}"))


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


def _remplir(page: Page, **saisies: str) -> None:
    """Passe d'un champ au suivant et y tape sa valeur ; une date se tape comme elle se lit."""
    for champ, valeur in saisies.items():
        while page.evaluate("document.activeElement.name") != champ:
            page.keyboard.press("Tab")
            assert page.evaluate("!!document.activeElement.form"), f"« {champ} » ne s'atteint pas"
        page.keyboard.type(valeur)


def test_on_lit_un_indicateur_et_son_calcul_sans_souris(page: Page) -> None:
    page.goto("/")
    _entrer(page, "Indicateurs", "Indicateurs")
    _entrer(page, "Rupture brute à 9 mois", "Rupture brute")
    _jusqu_a(page, "Pourquoi ce chiffre ?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Pourquoi ce chiffre ?")).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Les lignes qui font ce chiffre")).to_be_focused()


def test_on_convient_d_un_objectif_puis_on_publie_sans_souris(page: Page) -> None:
    page.goto("/indicateurs/rupture_brute_9_mois")
    _jusqu_a(page, "Périmètre observé")
    page.keyboard.type("BUT Informatique")
    _entrer(page, "Afficher", "Rupture brute")
    _entrer(page, "Noter un objectif", "Noter un objectif")
    _jusqu_a(page, "Cible")
    _remplir(page, cible="8,5", echeance="12122040", convenu_par="l’établissement, le CFA", convenu_le="01012026")
    _entrer(page, "Noter l’objectif", "Rupture brute")
    expect(page.get_by_role("status")).to_have_text("L’objectif est noté.")
    expect(page.locator("main")).to_contain_text("pour le 12 décembre 2040")
    _entrer(page, "Indicateurs", "Indicateurs")
    _entrer(page, "Les tableaux publiés", "Tableaux publiés", "Shift+Tab")
    _entrer(page, "Préparer le tableau", "Publier le tableau")
    _entrer(page, "Publier", "Tableau 20")
    expect(page.get_by_role("heading", name="En ligne")).to_be_visible()


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
