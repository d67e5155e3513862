"""Se connecter par un fournisseur d'identité, dans un vrai navigateur : aller, identification, retour."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from appli.base import BaseSQL
from charte.acteur import Role
from tests.appli.oidc.conftest import UAI, declarer
from tests.appli.oidc.reel import COURRIEL, inscrire, lancer
from tests.conftest import creer_compte
from tests.navigateur.conftest import _attendre, _port_libre
from tests.navigateur.controles import controler

pytestmark = pytest.mark.navigateur


@dataclass(frozen=True)
class Sites:
    """L'outil et son fournisseur, chacun dans son processus, et ce que l'outil écrit sur sa sortie."""

    outil: str
    fournisseur: str
    sortie: Path


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Sites]:
    """`trajectoire serveur`, réglé comme le dit docs/connexion-unique.md."""
    dossier, port = tmp_path_factory.mktemp("oidc"), _port_libre()
    shutil.copyfile(base_modele, dossier / "trajectoire.sqlite")
    base = BaseSQL(f"sqlite:///{dossier / 'trajectoire.sqlite'}")
    creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, COURRIEL, UAI)
    base.fermer()
    adresse, sortie = f"http://127.0.0.1:{port}", dossier / "sortie.txt"
    with lancer() as fournisseur, sortie.open("w") as flux:
        client = inscrire(fournisseur, f"{adresse}/connexion/retour/reel")
        fichier = dossier / "fournisseurs.toml"
        fichier.write_text(declarer("reel", fournisseur, "deconnexion = true", client.client_id), "utf-8")
        reglages = {
            "TRAJECTOIRE_DOSSIER": str(dossier),
            "TRAJECTOIRE_FOURNISSEURS": str(fichier),
            "TRAJECTOIRE_ADRESSE_PUBLIQUE": adresse,
            "SECRET_D_ESSAI": client.secret,
        }
        commande = [Path(sys.executable).parent / "trajectoire", "serveur", "--port", str(port), "--sans-ouvriers"]
        serveur = subprocess.Popen(commande, env={**os.environ, **reglages}, stdout=flux, stderr=subprocess.STDOUT)
        try:
            _attendre(serveur, port, sortie)
            yield Sites(adresse, fournisseur, sortie)
        finally:
            serveur.terminate()
            serveur.wait(timeout=20)


def _contexte(navigateur: Browser, sites: Sites, *, javascript: bool = True) -> BrowserContext:
    contexte = navigateur.new_context(base_url=sites.outil, locale="fr-FR", java_script_enabled=javascript)
    ici = (sites.outil, sites.fournisseur)
    # La page du fournisseur d'essai demande une feuille de style à un autre site : nul test ne sort de la machine.
    contexte.route("**/*", lambda route: route.continue_() if route.request.url.startswith(ici) else route.abort())
    return contexte


def _sans_renvoi(route: Route) -> None:
    reponse = route.fetch()
    route.fulfill(response=reponse, body=re.sub(r"<meta http-equiv=.refresh.[^>]*>", "", reponse.text()))


def _erreurs_d_ici(message: ConsoleMessage, sites: Sites) -> list[str]:
    """Ce que le navigateur reproche à nos pages ; celles du fournisseur d'essai ne sont pas les nôtres."""
    return [message.text] if message.type == "error" and message.location["url"].startswith(sites.outil) else []


def _partir(page: Page) -> None:
    page.goto("/connexion?suite=/journal")
    page.get_by_role("button", name="Se connecter avec Compte reel").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_un_clic_une_identification_et_l_on_est_chez_soi_puis_un_clic_et_l_on_est_sorti_des_deux(
    navigateur: Browser, sites: Sites, javascript: bool
) -> None:
    contexte, fautes = _contexte(navigateur, sites, javascript=javascript), list[str]()
    page = contexte.new_page()
    page.on("console", lambda message: fautes.extend(_erreurs_d_ici(message, sites)))
    _partir(page)
    page.wait_for_url(re.compile(re.escape(sites.fournisseur)))
    page.get_by_role("button", name="referente").click()
    page.wait_for_url(f"{sites.outil}/journal")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Journal")
    assert fautes == []
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(re.compile(re.escape(f"{sites.fournisseur}/oauth2/end_session")))
    page.goto("/journal")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    assert fautes == []
    contexte.close()


def test_les_pages_de_l_aller_et_du_refus_se_lisent_comme_les_autres(navigateur: Browser, sites: Sites) -> None:
    contexte = _contexte(navigateur, sites)
    page = contexte.new_page()
    page.goto("/connexion")
    assert controler(page) == []
    # Retenu ici, l'aller montre la page que voit qui a coupé les renvois automatiques.
    contexte.route(f"{sites.fournisseur}/**", lambda route: route.abort())
    contexte.route("**/connexion/fournisseurs/reel", _sans_renvoi)
    _partir(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Vous allez vers Compte reel"))
    expect(page.get_by_role("link", name="Continuer vers Compte reel")).to_be_visible()
    assert controler(page) == []
    page.goto("/connexion/retour/reel?state=inconnu&code=code-secret-du-retour")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cette connexion n’est plus valable")
    assert controler(page) == []
    page.get_by_role("link", name="Aller à la connexion").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
    contexte.close()
    ecrit = sites.sortie.read_text("utf-8")
    assert "connexion par reel refusée" in ecrit
    assert "code-secret-du-retour" not in ecrit
    assert COURRIEL not in ecrit
