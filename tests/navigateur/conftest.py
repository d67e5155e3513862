"""Une démonstration servie par la commande véritable, et un navigateur véritable qui s'y promène."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

NAVIGATEURS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DEMARRAGE_MAXIMAL_S = 120
# Cinq secondes d'office : trop peu quand trois navigateurs se partagent deux cœurs lents. Une attente comblée n'en dure
# pas plus longtemps.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Site:
    """La démonstration servie : son adresse et son dossier."""

    adresse: str
    dossier: Path

    @property
    def exemples(self) -> Path:
        """Les extractions à déposer."""
        return self.dossier / "exemples"


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _demo(dossier: Path, *options: str) -> dict[str, Any]:
    """La commande et son environnement, pour lancer la démonstration dans ce dossier."""
    commande = [Path(sys.executable).parent / "trajectoire", "demo", *options]
    return {"args": commande, "env": {**os.environ, "TRAJECTOIRE_DOSSIER": str(dossier)}}


@pytest.fixture(scope="session")
def demonstration_prete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Le dossier d'une démonstration préparée par la commande véritable ; chaque fichier d'essais le recopie.

    Un seul ouvrier la prépare, les autres attendent la sienne.
    """
    ici = tmp_path_factory.getbasetemp()
    dossier = (ici.parent if "PYTEST_XDIST_WORKER" in os.environ else ici) / "demonstration-prete"
    with dossier.with_suffix(".verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        if not dossier.exists():
            neuf = dossier.with_suffix(".en-cours")
            faite = subprocess.run(**_demo(neuf, "--preparer"), capture_output=True, text=True, check=False)
            assert faite.returncode == 0, faite.stdout + faite.stderr
            neuf.rename(dossier)
    return dossier


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, demonstration_prete: Path) -> Iterator[Site]:
    """`trajectoire demo --port N`, dans un dossier neuf."""
    dossier, port = tmp_path_factory.mktemp("demonstration"), _port_libre()
    shutil.copytree(demonstration_prete, dossier, dirs_exist_ok=True)
    journal = dossier / "sortie.txt"
    with journal.open("w") as sortie:
        serveur = subprocess.Popen(
            **_demo(dossier, "--port", str(port)),
            stdout=sortie,
            stderr=subprocess.STDOUT,
        )
        try:
            _attendre(serveur, port, journal)
            yield Site(f"http://127.0.0.1:{port}", dossier)
        finally:
            serveur.terminate()
            serveur.wait(timeout=20)


def _attendre(serveur: subprocess.Popen[bytes], port: int, journal: Path) -> None:
    limite = time.monotonic() + DEMARRAGE_MAXIMAL_S
    while time.monotonic() < limite:
        if serveur.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"La démonstration n'a pas démarré :\n{journal.read_text('utf-8')}", pytrace=False)


@pytest.fixture(scope="package")
def navigateur() -> Iterator[Browser]:
    """Le Chromium du système (sans fenêtres s'il y est), ou celui que désigne TRAJECTOIRE_CHROMIUM.

    Un seul pour les fichiers de ce dossier qui se suivent ; fermé avant un autre, dont il gênerait `asyncio.run`.
    """
    candidats = (os.environ.get("TRAJECTOIRE_CHROMIUM", ""), *NAVIGATEURS)
    executable = next(filter(None, map(shutil.which, candidats)), None)
    if executable is None:
        pytest.fail("Aucun Chromium : lancez ./lancer tests, qui sait l'installer.", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def visite(navigateur: Browser, site: Site) -> Iterator[BrowserContext]:
    """Une visite connectée sous le compte de la référente ; toute requête vers un autre site est une faute."""
    contexte = navigateur.new_context(base_url=site.adresse, locale="fr-FR", timezone_id="Europe/Paris")
    contexte.route(
        "**/*", lambda route: route.continue_() if route.request.url.startswith(site.adresse) else route.abort()
    )
    page = contexte.new_page()
    page.goto("/connexion")
    page.get_by_role("button", name="Référente qualité").click()
    page.get_by_role("button", name="Se déconnecter").wait_for()
    page.close()
    yield contexte
    contexte.close()


def _ratees(requete: Request) -> list[str]:
    # Quitter une page ou prendre un fichier interrompt des requêtes : ce n'est pas une faute.
    raison = requete.failure or ""
    return [] if "ERR_ABORTED" in raison else [f"{requete.url} : {raison}"]


@pytest.fixture
def page(visite: BrowserContext) -> Iterator[Page]:
    """Un onglet connecté ; une erreur de script ou une ressource manquante fait échouer le test."""
    fautes: list[str] = []
    onglet = visite.new_page()
    onglet.on("pageerror", lambda erreur: fautes.append(str(erreur)))
    onglet.on("requestfailed", lambda requete: fautes.extend(_ratees(requete)))
    onglet.on("console", lambda message: fautes.append(message.text) if message.type == "error" else None)
    yield onglet
    onglet.close()
    assert fautes == []
