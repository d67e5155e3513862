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
from tests.navigateur.maison import SANS_SESSION, VARIANTES, VIDE, Maison, demander, entrer, servir

pytestmark = pytest.mark.navigateur

VISITEURS = (SANS_SESSION, *(role.value for role in Role), VIDE)
ADMINISTRATEUR = Role.ADMINISTRATEUR.value


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("maison"), base_modele) as servie:
        yield servie


@pytest.fixture(scope="module")
def deja_vues() -> dict[str, set[str]]:
    """Route → les contenus déjà contrôlés : deux rôles qui voient la même chose ne la contrôlent qu'une fois."""
    return {}


def test_chaque_adresse_se_montre_a_quelqu_un(navigateur: Browser, maison: Maison) -> None:
    """Une page que personne ne peut ouvrir ici ne serait contrôlée nulle part."""
    muettes = {route: ou for ou, route in maison.pages().items()}
    for nom in (ADMINISTRATEUR, SANS_SESSION, *VISITEURS):
        if muettes:
            with entrer(navigateur, maison, nom) as contexte:
                muettes = {route: ou for route, ou in muettes.items() if demander(contexte, ou).statut >= 400}
    assert not muettes, f"complétez tests/appli/univers.py pour que ces pages s'ouvrent : {sorted(muettes)}"


@pytest.mark.parametrize("nom", VISITEURS)
def test_chaque_page_de_ce_visiteur(
    navigateur: Browser, maison: Maison, deja_vues: dict[str, set[str]], nom: str
) -> None:
    fautes, titres = [], dict[str, str]()
    with entrer(navigateur, maison, nom) as contexte:
        page = contexte.new_page()
        for ou, route in maison.pages().items():
            reponse = demander(contexte, ou)
            vues = deja_vues.setdefault(route, set())
            if reponse.statut != 200 or not reponse.signature or reponse.signature in vues:
                continue
            page.goto(ou)
            fautes += [f"{nom}, {ou} : {faute}" for faute in controler(page, complet=not vues)]
            vues.add(reponse.signature)
            if ou not in VARIANTES and (jumelle := titres.setdefault(page.title(), ou)) != ou:
                fautes.append(f"{nom} : {ou} et {jumelle} ont le même titre, « {page.title()} »")
    assert not fautes, "\n".join(fautes)


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
