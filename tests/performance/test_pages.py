"""La mesure des pages : un essai léger, ses fautes semées, et l'essai entier (marque `performance`)."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.performance import pages
from tests.performance.installation import installer
from tests.performance.pages import PAGES, PAS_ENCORE, Scene, garnir, mesurer, principale


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """L'application garnie, une fois pour tout le fichier."""
    with installer("sqlite") as ou:
        yield garnir(ou)


def test_chaque_page_se_mesure(scene: Scene) -> None:
    mesures, fautes = mesurer(scene, demandes=1, echauffement=0)
    assert fautes == []
    assert [m.page for m in mesures] == [nom for nom in PAGES if nom not in PAS_ENCORE]
    assert all(m.cpu_ms > 0 and m.octets > 1000 for m in mesures)


def test_une_page_inconnue_ou_incomplete_est_une_faute(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAS_ENCORE", frozenset({"poste 1"}))
    monkeypatch.setattr(pages, "PAGES", {"nulle part": "/nulle/part", "poste 1": PAGES["poste 1"]})
    _, fautes = mesurer(scene, demandes=1, echauffement=0)
    assert fautes == ["nulle part répond 404", "poste 1 est servie : retirez-la de PAS_ENCORE"]
    partielle = b"<article data-ligne>" * (scene.lignes - 1)
    assert "ne montre que" in scene.manque("grille entière", 200, partielle)
    assert scene.manque("grille entière", 200, partielle + b"<article data-ligne>") == ""


def test_le_profil_dit_ou_passe_le_temps(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "DEMANDES", 1)
    pages.profiler(replace(scene), "accueil")
    assert "tottime" in capsys.readouterr().out
    assert mesurer(scene, demandes=1, echauffement=0)[0], "les fils reviennent après le profil"


@pytest.mark.performance
@pytest.mark.timeout(300)
def test_le_cout_de_chaque_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert principale(["--json"]) == 0
    mesures = json.loads(capsys.readouterr().out)
    with capsys.disabled():
        print("", *mesures, sep="\n")
    assert {m["page"] for m in mesures} == PAGES.keys() - PAS_ENCORE
