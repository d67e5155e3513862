"""Les pages qui ne se montrent qu'après un envoi : la fiche d'une personne, son effacement, son retrait confirmé."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from charte.acteur import Role
from tests.navigateur.controles import controler
from tests.navigateur.maison import Maison, entrer, servir

pytestmark = pytest.mark.navigateur


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("maison"), base_modele) as servie:
        yield servie


def test_trouver_puis_effacer_une_personne(navigateur: Browser, maison: Maison) -> None:
    with entrer(navigateur, maison, Role.REFERENT_QUALITE.value) as contexte:
        page = contexte.new_page()
        page.goto("/donnees-personnelles/personne")
        page.get_by_label("Numéro interne").fill("1")
        page.get_by_role("button", name="Chercher", exact=True).click()
        expect(page.get_by_role("heading", name="Ce qui est gardé")).to_be_visible()
        assert page.url.endswith("/donnees-personnelles/personne")
        assert controler(page, complet=True) == []
        page.get_by_role("button", name="Effacer cette personne…").click()
        expect(page.get_by_role("heading", name="Effacer une personne")).to_be_visible()
        assert controler(page, complet=True) == []
        page.get_by_label("L’identité de la personne et sa demande sont vérifiées").check()
        page.get_by_label("Écrivez « effacer »").fill("effacer")
        page.get_by_role("button", name="Effacer la personne").click()
        expect(page.get_by_role("status")).to_contain_text("La personne est effacée")
        assert controler(page, complet=True) == []
