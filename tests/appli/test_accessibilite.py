"""La déclaration d'accessibilité : fidèle à ses données, complète, et incapable de se dire conforme."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.base import AXE_FILE_PATH
from litestar.testing import TestClient

from appli.accessibilite import CRITERES_PAR_THEME, FICHIER, charger_declaration
from appli.application import creer_application
from appli.base import BaseSQL
from charte.commun.donnees import DonneesInvalides
from charte.commun.reglages import Reglages, charger_reglages
from tests.conftest import Client


def test_les_106_criteres_ont_un_etat() -> None:
    declaration = charger_declaration()
    assert sum(CRITERES_PAR_THEME) == 106
    assert sum(declaration.comptes().values()) == 106


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"etat": "conforme"}, "etat : valeur imprévue"),
        ({"etat": "partiellement_conforme"}, "etat : valeur imprévue"),
        ({"referentiel": "RGAA 3"}, "referentiel : valeur imprévue"),
        ({"etablie_le": "hier"}, "etablie_le : date attendue"),
        ({"note": "bravo"}, "note : clé inconnue"),
        ({"themes": []}, "les treize thèmes"),
    ],
)
def test_une_declaration_douteuse_est_refusee(tmp_path: Path, change: dict[str, object], dit: str) -> None:
    fichier = tmp_path / "accessibilite.yaml"
    fichier.write_text(yaml.safe_dump({**yaml.safe_load(FICHIER.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(DonneesInvalides, match=dit):
        charger_declaration(fichier)


@pytest.mark.parametrize(("ote", "dit"), [("1.3", "1.3"), ("13.12", "13.12")])
def test_un_critere_oublie_se_voit(tmp_path: Path, ote: str, dit: str) -> None:
    fichier = tmp_path / "accessibilite.yaml"
    fichier.write_text(FICHIER.read_text("utf-8").replace(f'"{ote}"', '"99.1"'), "utf-8")
    with pytest.raises(DonneesInvalides, match=f"répétés : {dit}, 99.1"):
        charger_declaration(fichier)


def test_les_versions_dites_sont_celles_des_essais() -> None:
    dites = {outil.nom: outil.version for outil in charger_declaration().outils}
    assert f"axe v{dites['axe-core']}\n" in Path(AXE_FILE_PATH).read_text("utf-8")[:200]
    assert version("axe-playwright-python") == dites["axe-playwright-python"]
    assert version("playwright").startswith(f"{dites['Playwright']}.")


def test_la_page_dit_l_etat_et_ce_qui_reste_a_faire(client_anonyme: Client) -> None:
    page = client_anonyme.get("/accessibilite").text
    for passage in ("non conforme", "RGAA 4.1.2", "Défenseur des droits", "à compléter par l’établissement", "4.12.1"):
        assert passage in page.replace("\u00a0", " "), passage
    assert "partiellement conforme" not in page


def test_le_contact_regle_par_l_etablissement_remplace_la_mention(reglages: Reglages, base: BaseSQL) -> None:
    regles = replace(reglages, contact_accessibilite="mailto:acces@quatre-vents.invalid")
    with TestClient(creer_application(regles, base, ouvriers=False)) as client:
        page = client.get("/accessibilite").text
    assert 'href="mailto:acces@quatre-vents.invalid"' in page
    assert "à compléter par l’établissement" not in page


def test_le_contact_se_regle_par_l_environnement(tmp_path: Path) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path), "TRAJECTOIRE_CONTACT_ACCESSIBILITE": "acces@quatre-vents.invalid"}
    assert charger_reglages(env).contact_accessibilite == "mailto:acces@quatre-vents.invalid"
