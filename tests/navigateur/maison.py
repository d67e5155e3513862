"""L'application servie dans le processus du test : un établissement plein, un vide, un compte par rôle, une panne.

Ses pages s'énumèrent depuis ses routes, leurs adresses se composent des objets de `tests.appli.univers` : une page
nouvelle est essayée sans que personne l'ajoute ici.
"""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from litestar import get
from playwright.sync_api import Browser, BrowserContext

import appli.routes
from appli.application import Application, creer_application
from appli.base import BaseSQL
from appli.cookies import nom_du_cookie
from appli.modeles import Compte
from charte.acteur import Acteur, Geste, Role
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from charte.commun.web import acces
from tests.appli.test_cloisonnement import adresse, routes_de
from tests.appli.univers import peupler_un_etablissement
from tests.conftest import CLE, creer_compte
from tests.grilles.conftest import creer_collegue
from tests.reserve import ouvrir_la_session

MARQUE = "but-informatique-parcours-realisation-d-applications"
PANNE = "/panne-d-essai"
EXTRAIT = "/ouvert/{uai:str}/{annee:int}/extrait"
SANS_PAGE = {PANNE, "/connexion/retour/{fournisseur:str}", EXTRAIT}
"""Ce qui n'est pas une page entière pour qui tape l'adresse : la panne voulue, le retour d'un fournisseur (éprouvé dans
test_oidc), l'extrait qu'un autre site encadre (ni bandeau, ni pied)."""
DEMARRAGE_MAXIMAL_S = 20
VARIANTES = ("/charte?q=livret", "/charte?q=zzzz", "/journal?texte=zzzz", "/connexion?suite=/journal")
"""Des questions posées à une page, qui la montrent autrement (trouvé, rien trouvé, une suite)."""
SANS_SESSION, VIDE = "sans session", "établissement vide"


@get(PANNE, opt=acces(Geste.PUBLIC), sync_to_thread=True)
def tomber_en_panne() -> str:
    """Une route qui échoue toujours, pour voir la page que l'on montre alors."""
    raise RuntimeError("panne d'essai")


@dataclass(frozen=True)
class Visiteur:
    """Qui regarde : son nom dans les messages, son courriel (vide : personne n'est connecté)."""

    nom: str
    courriel: str


Peuplement = Callable[[BaseSQL, Reglages], tuple[dict[str, int], dict[str, Visiteur]]]
"""Range des objets dans une base vide ; rend leurs identifiants et les visiteurs, par nom."""


@dataclass(frozen=True)
class Maison:
    """L'application servie, ses objets et ses visiteurs."""

    adresse: str
    application: Application
    objets: dict[str, int]
    visiteurs: dict[str, Visiteur]

    def pages(self) -> dict[str, str]:
        """Adresse → route, pour toute route qui se lit ; les variantes portent la route de leur page."""
        routes = [
            chemin for methode, chemin in routes_de(self.application) if methode == "GET" and chemin not in SANS_PAGE
        ]
        fixes = {adresse(chemin, self.objets): chemin for chemin in routes if not chemin.startswith("/statique/")}
        return {**fixes, **{variante: variante.partition("?")[0] for variante in VARIANTES}}


@contextmanager
def servir(
    dossier: Path, base_modele: Path, peupler: Peuplement | None = None, *, ouvriers: bool = False
) -> Iterator[Maison]:
    """Sert l'application peuplée sur la boucle locale, le temps du bloc ; sans `peupler`, de l'univers au complet."""
    shutil.copyfile(base_modele, dossier / "trajectoire.sqlite")
    reglages = Reglages(
        dossier=dossier,
        url_base=f"sqlite:///{dossier / 'trajectoire.sqlite'}",
        cle_identite=CLE,
        cle_fichiers=CLE,
        cle_web=CLE,
        contact_securite="mailto:securite@quatre-vents.invalid",
        courrier=ServeurDeCourrier("127.0.0.1", 9, "qualite@quatre-vents.invalid"),
    )
    base = BaseSQL(reglages.url_base)
    objets, visiteurs = (peupler or _peupler)(base, reglages)
    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, tomber_en_panne))
        application = creer_application(reglages, base, ouvriers=ouvriers)
    with _ecouter(application) as ou:
        yield Maison(ou, application, objets, visiteurs)
    base.fermer()


def _peupler(base: BaseSQL, reglages: Reglages) -> tuple[dict[str, int], dict[str, Visiteur]]:
    premier = creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, "referent@quatre-vents.invalid")
    ailleurs = creer_compte(base, "Université du Grand Large", Role.ADMINISTRATEUR, "vide@grand-large.invalid")
    objets = peupler_un_etablissement(base, premier, reglages, MARQUE)
    acteurs = {role.value: creer_collegue(base, premier, role, f"collegue {role.value}") for role in Role}
    visiteurs = {nom: Visiteur(nom, _courriel(base, qui)) for nom, qui in {**acteurs, VIDE: ailleurs}.items()}
    return objets, {**visiteurs, SANS_SESSION: Visiteur(SANS_SESSION, "")}


def _courriel(base: BaseSQL, qui: Acteur) -> str:
    with base.lecture() as session:
        return str(session.get_one(Compte, qui.compte_id).courriel)


@contextmanager
def _ecouter(application: Application) -> Iterator[str]:
    prise = socket.socket()
    prise.bind(("127.0.0.1", 0))
    serveur = uvicorn.Server(uvicorn.Config(application, log_config=None, access_log=False, server_header=False))
    fil = threading.Thread(target=serveur.run, kwargs={"sockets": [prise]}, daemon=True)
    fil.start()
    limite = time.monotonic() + DEMARRAGE_MAXIMAL_S
    while not serveur.started:
        assert time.monotonic() < limite, "l'application d'essai n'a pas démarré"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{prise.getsockname()[1]}"
    serveur.should_exit = True
    fil.join(timeout=DEMARRAGE_MAXIMAL_S)
    prise.close()


@contextmanager
def entrer(navigateur: Browser, maison: Maison, nom: str) -> Iterator[BrowserContext]:
    """Un navigateur connecté sous ce visiteur (ou personne), le temps du bloc ; la connexion a ses essais à elle."""
    contexte = navigateur.new_context(base_url=maison.adresse, locale="fr-FR", timezone_id="Europe/Paris")
    if courriel := maison.visiteurs[nom].courriel:
        etat = maison.application.state
        jeton = ouvrir_la_session(etat.base, courriel)
        contexte.add_cookies([{"name": nom_du_cookie(etat.reglages), "value": jeton, "url": maison.adresse}])
    yield contexte
    contexte.close()


@dataclass(frozen=True)
class Reponse:
    """Ce qu'une adresse répond à un visiteur ; `page` : le HTML, vide si ce n'en est pas."""

    statut: int
    page: str

    @property
    def titre(self) -> str:
        """Le titre de l'onglet."""
        return self.page.partition("<title>")[2].partition("</title>")[0]


def demander(contexte: BrowserContext, ou: str) -> Reponse:
    """Demande une adresse sans la montrer, sans suivre les redirections."""
    reponse = contexte.request.get(ou, max_redirects=0)
    page = "text/html" in reponse.headers.get("content-type", "")
    return Reponse(reponse.status, reponse.text() if page else "")
