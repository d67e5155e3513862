"""TOUTES les pages, vues par chaque rôle : axe, structure, clavier, agrandissement, petits écrans, préférences.

Les pages viennent des routes de l'application : une page nouvelle est essayée d'office.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from litestar import get
from litestar.params import FromPath
from playwright.sync_api import Browser, Page

import appli.routes
from appli.application import creer_application
from charte.acteur import Geste, Role
from charte.commun.web import acces
from tests.navigateur.controles import controler
from tests.navigateur.empreinte import empreinte
from tests.navigateur.maison import SANS_SESSION, VARIANTES, VIDE, Maison, Reponse, demander, entrer, servir

pytestmark = pytest.mark.navigateur

ADMINISTRATEUR = Role.ADMINISTRATEUR.value
ECRIVAINS = (Role.REFERENT_QUALITE.value, ADMINISTRATEUR)
"""Ceux qui voient le plus passent d'abord : leurs pages subissent tous les contrôles, les autres ont peu de plus."""
VISITEURS = (*ECRIVAINS, SANS_SESSION, *(role.value for role in Role if role.value not in ECRIVAINS), VIDE)
PART_NOUVELLE = 0.25
"""Au-delà, une page est tenue pour une autre page : elle subit aussi tous les contrôles."""
LOTS = 16
"""Assez pour que deux ouvriers finissent ensemble ; `tests/repartition.py` donne chaque lot à qui est libre."""
Onglet = Callable[[str], Page]


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("maison"), base_modele) as servie:
        yield servie


@pytest.fixture(scope="module")
def onglet(navigateur: Browser, maison: Maison) -> Iterator[Onglet]:
    """`onglet(nom)` : celui de ce visiteur, ouvert une fois pour tous les lots de cet ouvrier."""
    with ExitStack() as pile:
        yield cache(lambda nom: pile.enter_context(entrer(navigateur, maison, nom)).new_page())


@pytest.fixture(scope="session")
def titres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un dossier commun à tous les ouvriers : les titres déjà vus, quel que soit le lot."""
    ici = tmp_path_factory.getbasetemp()
    dossier = (ici.parent if "PYTEST_XDIST_WORKER" in os.environ else ici) / "titres"
    dossier.mkdir(exist_ok=True)
    return dossier


def premiere_a_porter(titres: Path, nom: str, titre: str, ou: str) -> str:
    """L'adresse qui, la première, a montré ce titre à ce visiteur : celle-ci, ou une autre, de quelque lot que ce soit.

    La fiche naît entière sous son nom, ou pas du tout : deux ouvriers ne peuvent l'écrire tous les deux.
    """
    cle = sha256(f"{nom}\n{titre}".encode()).hexdigest()
    brouillon, fiche = titres / f"{cle}.{os.getpid()}", titres / cle
    brouillon.write_text(ou, "utf-8")
    with suppress(FileExistsError):
        os.link(brouillon, fiche)
    brouillon.unlink()
    return fiche.read_text("utf-8")


def lot_de(maison: Maison, rang: int) -> dict[str, list[str]]:
    """Route → ses adresses, variantes comprises, pour les routes de ce lot : une route n'est jamais partagée."""
    routes = defaultdict[str, list[str]](list)
    for ou, route in maison.pages().items():
        routes[route].append(ou)
    return {route: routes[route] for route in sorted(routes)[rang::LOTS]}


@pytest.mark.parametrize("rang", range(LOTS))
def test_chaque_page_de_ce_lot_vue_par_chacun(maison: Maison, onglet: Onglet, titres: Path, rang: int) -> None:
    fautes = list[str]()
    for route, adresses in lot_de(maison, rang).items():
        ouverte, vus = False, set[str]()
        for nom, ou in product(VISITEURS, adresses):
            reponse = demander(onglet(nom).context, ou)
            ouverte |= reponse.statut < 400
            if reponse.statut >= 500:
                fautes.append(f"{nom} : {ou} répond {reponse.statut}")
            if reponse.statut != 200 or not reponse.page:
                continue
            if ou not in VARIANTES and (jumelle := premiere_a_porter(titres, nom, reponse.titre, ou)) != ou:
                fautes.append(f"{nom} : {ou} et {jumelle} ont le même titre, « {reponse.titre} »")
            fautes += [f"{nom}, {ou} : {faute}" for faute in _regarder(onglet(nom), ou, reponse, vus)]
        if not ouverte:
            fautes.append(f"complétez tests/appli/univers.py pour que cette page s'ouvre à quelqu'un : {route}")
    assert not fautes, "\n".join(fautes)


def _regarder(page: Page, ou: str, reponse: Reponse, vus: set[str]) -> Iterator[str]:
    """Les fautes d'une page dont la structure a du neuf pour sa route ; `vus` en retient les traits."""
    traits = empreinte(reponse.page)
    if neufs := traits - vus:
        page.goto(ou)
        yield from controler(page, complet=len(neufs) > PART_NOUVELLE * len(traits))
        vus |= traits


def test_les_lots_se_partagent_toutes_les_pages(maison: Maison) -> None:
    vues = [(ou, route) for rang in range(LOTS) for route, adresses in lot_de(maison, rang).items() for ou in adresses]
    assert sorted(vues) == sorted(maison.pages().items())


def test_un_titre_deja_porte_se_dit_d_un_lot_a_l_autre(tmp_path: Path) -> None:
    """Deux adresses au même titre se dénoncent, qui que ce soit qui passe d'abord ; deux visiteurs ne se gênent pas."""
    assert premiere_a_porter(tmp_path, "lecteur", "Conseils", "/conseils") == "/conseils"
    assert premiere_a_porter(tmp_path, "lecteur", "Conseils", "/autre") == "/conseils"
    assert premiere_a_porter(tmp_path, "administrateur", "Conseils", "/autre") == "/autre"
    assert premiere_a_porter(tmp_path, "lecteur", "Conseils", "/conseils") == "/conseils"


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
