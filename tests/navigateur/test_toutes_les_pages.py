"""TOUTES les pages, vues par chaque rôle : axe, structure, clavier, agrandissement, petits écrans, préférences.

Les pages viennent des routes de l'application : une page nouvelle est essayée d'office.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import get
from litestar.params import FromPath
from playwright.sync_api import Browser

import appli.routes
from appli.application import creer_application
from charte.acteur import Geste, Role
from charte.commun.web import acces
from tests.navigateur.controles import controler
from tests.navigateur.empreinte import empreinte
from tests.navigateur.maison import SANS_SESSION, VARIANTES, VIDE, Maison, demander, entrer, servir

pytestmark = pytest.mark.navigateur

ADMINISTRATEUR = Role.ADMINISTRATEUR.value
ECRIVAINS = (Role.REFERENT_QUALITE.value, ADMINISTRATEUR)
"""Ceux qui voient le plus passent d'abord : leurs pages subissent tous les contrôles, les autres ont peu de plus."""
VISITEURS = (*ECRIVAINS, SANS_SESSION, *(role.value for role in Role if role.value not in ECRIVAINS), VIDE)
PART_NOUVELLE = 0.25
"""Au-delà, une page est tenue pour une autre page : elle subit aussi tous les contrôles."""


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("maison"), base_modele) as servie:
        yield servie


@pytest.fixture(scope="module")
def deja_vus() -> dict[str, set[str]]:
    """Route → les traits déjà contrôlés : deux rôles qui voient la même structure ne la contrôlent qu'une fois."""
    return {}


@pytest.fixture(scope="module")
def ouvertes() -> set[str]:
    """Les routes qui se sont ouvertes à quelqu'un."""
    return set()


@pytest.mark.parametrize("nom", VISITEURS)
def test_chaque_page_de_ce_visiteur(
    navigateur: Browser, maison: Maison, deja_vus: dict[str, set[str]], ouvertes: set[str], nom: str
) -> None:
    fautes, titres = [], dict[str, str]()
    with entrer(navigateur, maison, nom) as contexte:
        page = contexte.new_page()
        for ou, route in maison.pages().items():
            reponse = demander(contexte, ou)
            ouvertes |= {route} if reponse.statut < 400 else set()
            if reponse.statut >= 500:
                fautes.append(f"{nom} : {ou} répond {reponse.statut}")
            if reponse.statut != 200 or not reponse.page:
                continue
            if ou not in VARIANTES and (jumelle := titres.setdefault(reponse.titre, ou)) != ou:
                fautes.append(f"{nom} : {ou} et {jumelle} ont le même titre, « {reponse.titre} »")
            vus, traits = deja_vus.setdefault(route, set()), empreinte(reponse.page)
            if neufs := traits - vus:
                page.goto(ou)
                complet = len(neufs) > PART_NOUVELLE * len(traits)
                fautes += [f"{nom}, {ou} : {faute}" for faute in controler(page, complet=complet)]
                vus |= traits
    assert not fautes, "\n".join(fautes)


def test_chaque_adresse_se_montre_a_quelqu_un(navigateur: Browser, maison: Maison, ouvertes: set[str]) -> None:
    """Une page que personne ne peut ouvrir ici ne serait contrôlée nulle part."""
    muettes = {route: ou for ou, route in maison.pages().items() if route not in ouvertes}
    for nom in VISITEURS:
        if muettes:
            with entrer(navigateur, maison, nom) as contexte:
                muettes = {route: ou for route, ou in muettes.items() if demander(contexte, ou).statut >= 400}
    assert not muettes, f"complétez tests/appli/univers.py pour que ces pages s'ouvrent : {sorted(muettes)}"


@get("/essai/{essai_id:int}", opt=acces(Geste.LIRE), sync_to_thread=True)
def page_oubliee(essai_id: FromPath[int]) -> str:
    """Une page dont l'adresse désigne un objet inconnu de l'univers d'essai."""
    return str(essai_id)


def test_une_page_nouvelle_ne_passe_pas_inapercue(maison: Maison, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, page_oubliee))
    etat = maison.application.state
    neuve = Maison("", creer_application(etat.reglages, etat.base, ouvriers=False), maison.objets, {})
    with pytest.raises(KeyError, match="essai_id"):
        neuve.pages()
