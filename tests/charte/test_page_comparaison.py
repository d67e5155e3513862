"""La page qui compare deux éditions : une seule publiée, deux publiées, une édition demandée qui n'existe pas."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from charte import chargement
from charte.chargement import charger_edition
from tests.charte.editions_fictives import FICTIVE, fictive, inserer, reecrire, retirer
from tests.conftest import Client

RETOUCHES = (
    inserer("1.1", 5, "Bilan carbone des déplacements"),
    reecrire("2.S2", 0, "sous une semaine", "sous trois jours"),
    retirer("4.2", 2),
)


@pytest.fixture
def deux_editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Un registre de deux éditions : la livrée, et une fictive qui en naît."""
    for edition in (charger_edition(), fictive(*RETOUCHES)):
        contenu = edition.model_dump(mode="json", exclude_defaults=True)
        (tmp_path / f"{edition.edition}.yaml").write_text(yaml.safe_dump(contenu, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(chargement, "DOSSIER", tmp_path)
    yield
    chargement.charger_edition.cache_clear()


def lire(client: Client, adresse: str, statut: int = 200) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == statut
    return BeautifulSoup(reponse.text, "html.parser")


def section(page: BeautifulSoup, titre: str) -> list[str]:
    """Les lignes de la section qui porte ce titre, espaces réduites."""
    trouve = next(h2 for h2 in page.select("h2") if titre in h2.get_text())
    assert trouve.parent is not None
    return [" ".join(li.get_text(" ").split()) for li in trouve.parent.select("li")]


def test_une_seule_edition_se_dit_et_ramene_a_la_charte(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/comparaison?avant=2023-10&apres=2031-01")
    vide = page.select_one("section.vide")
    assert vide is not None
    assert "Une seule édition publiée" in vide.get_text()
    assert "octobre 2023" in vide.get_text()
    assert [lien["href"] for lien in vide.select("a")] == ["/charte"]
    assert page.select("form.choix-editions") == []


def test_la_charte_y_mene(client_anonyme: Client) -> None:
    assert lire(client_anonyme, "/charte").select("main a[href='/charte/comparaison']")


@pytest.mark.usefixtures("deux_editions")
def test_sans_choix_les_deux_dernieres_editions_se_comparent(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/comparaison")
    assert [option["value"] for option in page.select("option[selected]")] == ["2023-10", FICTIVE]
    statut = page.select_one("[role=status]")
    assert statut is not None
    texte = " ".join(statut.get_text().split())
    assert texte == "87 éléments sans changement. Ailleurs : 1 reformulé, 1 ajouté, 1 retiré, 4 déplacés."


@pytest.mark.usefixtures("deux_editions")
def test_chaque_difference_se_lit_a_sa_place(client_anonyme: Client) -> None:
    page = lire(client_anonyme, f"/charte/comparaison?avant=2023-10&apres={FICTIVE}")
    assert section(page, "Ajoutés") == ["1.1.6 Action. Bilan carbone des déplacements"]
    assert [ligne[:16] for ligne in section(page, "Retirés")] == ["4.2.3 Action. Bo"]
    assert [ligne.split(". ")[0] for ligne in section(page, "Déplacés")] == [
        "1.1.7 Auparavant 1.1.6",
        *(f"1.1.7.{n} Auparavant 1.1.6.{n}" for n in range(1, 4)),
    ]
    assert [balise.get_text() for balise in page.select("del")] == ["une semaine"]
    assert [balise.get_text() for balise in page.select("ins")] == ["trois jours"]
    assert "Édition 2023-10, 2.S2.1" in " ".join(section(page, "Reformulés"))
    assert [lien["href"] for lien in page.select("main .passage a.renvoi")] == ["/charte#a-4.2.3"]


@pytest.mark.usefixtures("deux_editions")
def test_une_edition_ne_differe_pas_d_elle_meme(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/comparaison?avant=2023-10&apres=2023-10")
    statut = page.select_one("[role=status]")
    assert statut is not None
    assert "Aucune différence" in statut.get_text()
    assert page.select("main li.passage") == []


@pytest.mark.usefixtures("deux_editions")
def test_une_edition_inconnue_est_refusee_avec_le_remede(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/comparaison?avant=2023-10&apres=<b>1999</b>", 422)
    erreur = page.select_one("#apres-erreur")
    assert erreur is not None
    assert "1999" in erreur.get_text()
    assert "choisissez 2023-10 ou 2031-01" in erreur.get_text()
    assert page.select("main b") == []
    assert page.title is not None
    assert page.title.get_text().startswith("Erreur")
    assert page.select("#avant-erreur, .comparaison") == []
