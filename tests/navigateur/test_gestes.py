"""Combien de gestes demande une première auto-évaluation, à la souris et au clavier (figure dans docs/performances.md).

Un geste : un clic, ou une touche pressée. Le texte d'un titre se compte à part, lettre par lettre ; une adresse collée
compte pour un geste. On répond aux 23 engagements et aux 18 exigences, et l'on cite une même preuve pour chaque
engagement du poste 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from appli.base import BaseSQL
from charte.acteur import Role
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.reglages import Reglages
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_formation
from tests.navigateur.maison import Maison, Visiteur, entrer, servir

pytestmark = pytest.mark.navigateur

POSTES = {
    p.numero: [puce.id for puce in (*p.engagements, *p.exigences)] for p in charger_edition(EDITION_COURANTE).postes
}
A_PROUVER = [puce.id for puce in charger_edition(EDITION_COURANTE).postes[0].engagements]
TITRE, ADRESSE = "Compte rendu du comité", "https://intranet.exemple.invalid/comite.pdf"
GESTES_A_LA_SOURIS, GESTES_AU_CLAVIER = 65, 115
"""Plafonds : dépassés, c'est qu'une page demande plus qu'avant."""
QUINZE_MINUTES, UN_GESTE_S, UNE_LETTRE_S, LIRE_UNE_LIGNE_S = 900, 1.5, 0.3, 15
"""Secondes : viser et cliquer, taper une lettre, lire et décider d'une ligne ; larges, d'après un usage hésitant."""


def _peupler(base: BaseSQL, _reglages: Reglages) -> tuple[dict[str, int], dict[str, Visiteur]]:
    courriel = "claire@quatre-vents.invalid"
    claire = creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, courriel)
    objets = {"souris": creer_formation(base, claire, "RNCP35001-0352756F")}
    objets["clavier"] = creer_formation(base, claire, "RNCP35002-0352757G")
    return objets, {"claire": Visiteur("claire", courriel)}


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """Deux diplômes que personne n'a commencés."""
    with servir(tmp_path_factory.mktemp("gestes"), base_modele, _peupler) as servie:
        yield servie


@dataclass
class Main:
    """Une main qui compte ce qu'elle fait."""

    page: Page
    gestes: int = 0
    lettres: int = 0

    def cliquer(self, ou: Locator) -> None:
        ou.click()
        self.gestes += 1

    def presser(self, *touches: str) -> None:
        for touche in touches:
            self.page.keyboard.press(touche)
        self.gestes += len(touches)

    def taper(self, texte: str) -> None:
        self.page.keyboard.type(texte)
        self.lettres += len(texte)

    def coller(self, texte: str) -> None:
        self.page.keyboard.insert_text(texte)
        self.gestes += 1

    def presser_jusqu_a(self, touche: str, ou: Locator) -> None:
        for _ in range(40):
            self.presser(touche)
            if ou.evaluate("e => e === document.activeElement"):
                return
        pytest.fail(f"{ou} ne s'atteint pas au clavier")

    @property
    def duree_s(self) -> float:
        """Ce que cela prend : lire et décider de chaque ligne, puis les gestes et les lettres."""
        lignes = sum(map(len, POSTES.values()))
        return lignes * LIRE_UNE_LIGNE_S + self.gestes * UN_GESTE_S + self.lettres * UNE_LETTRE_S

    def dire(self, moyen: str) -> None:
        print(f"{moyen} : {self.gestes} gestes, {self.lettres} lettres, environ {self.duree_s / 60:.0f} minutes")


def _ligne(page: Page, element: str) -> Locator:
    return page.locator(f"#e-{element.replace('.', '-')}")


def _tout_est_dit(page: Page, formation: int) -> None:
    page.goto(f"/diplomes/{formation}/grille")
    expect(page.locator(".grille-compte")).to_contain_text("41 sur 41")
    expect(page.locator(".grille-postes li").first.locator(".niveau__mot")).to_have_text("Socle")


def test_a_la_souris(navigateur: Browser, maison: Maison) -> None:
    with entrer(navigateur, maison, "claire") as contexte:
        page = contexte.new_page()
        page.goto(f"/diplomes/{maison.objets['souris']}/grille")
        main = Main(page)
        main.cliquer(page.get_by_role("button", name="Commencer la grille"))
        for numero, elements in POSTES.items():
            for element in elements:
                main.cliquer(_ligne(page, element).get_by_label("Tenu", exact=True))
                if element in A_PROUVER:
                    _prouver_a_la_souris(main, element)
            expect(_ligne(page, elements[-1]).locator(".suivi__fait")).to_be_visible()
            if numero < len(POSTES):
                main.cliquer(page.get_by_role("link", name=f"Passer au poste {numero + 1}"))
                page.wait_for_url(f"**/grille/{numero + 1}")
        _tout_est_dit(page, maison.objets["souris"])
    main.dire("À la souris")
    assert main.gestes <= GESTES_A_LA_SOURIS
    assert main.duree_s <= QUINZE_MINUTES


def _prouver_a_la_souris(main: Main, element: str) -> None:
    ligne = _ligne(main.page, element)
    main.cliquer(ligne.get_by_text("Ajouter une preuve"))
    if element == A_PROUVER[0]:
        main.cliquer(ligne.get_by_label("Titre"))
        main.taper(TITRE)
        main.cliquer(ligne.get_by_label("Adresse du document"))
        main.coller(ADRESSE)
        main.cliquer(ligne.get_by_role("button", name="Ajouter"))
    else:
        main.cliquer(ligne.get_by_role("button", name="Citer celle-ci"))
    expect(ligne.get_by_role("list", name="Preuves")).to_contain_text(TITRE)


def test_au_clavier(navigateur: Browser, maison: Maison) -> None:
    with entrer(navigateur, maison, "claire") as contexte:
        page = contexte.new_page()
        page.goto(f"/diplomes/{maison.objets['clavier']}/grille")
        main = Main(page)
        main.presser("Tab", "Enter")
        main.presser_jusqu_a("Tab", page.get_by_role("button", name="Commencer la grille"))
        main.presser("Enter")
        for numero, elements in POSTES.items():
            page.wait_for_url(f"**/grille/{numero}")
            page.wait_for_function("document.documentElement.classList.contains('avec-script')")
            for element in elements:
                main.presser("j")
                expect(_ligne(page, element)).to_be_focused()
                main.presser("1")
                if element in A_PROUVER:
                    _prouver_au_clavier(main, element)
            expect(_ligne(page, elements[-1]).locator(".suivi__fait")).to_be_visible()
            if numero < len(POSTES):
                main.presser("n")
        _tout_est_dit(page, maison.objets["clavier"])
    main.dire("Au clavier")
    assert main.gestes <= GESTES_AU_CLAVIER
    assert main.duree_s <= QUINZE_MINUTES


def _prouver_au_clavier(main: Main, element: str) -> None:
    ligne = _ligne(main.page, element)
    main.presser("e")
    if element == A_PROUVER[0]:
        main.taper(TITRE)
        main.presser("Tab")
        main.coller(ADRESSE)
    else:
        main.presser("Tab")
    main.presser("Enter")
    expect(ligne.get_by_role("list", name="Preuves")).to_contain_text(TITRE)
    expect(ligne).to_be_focused()
