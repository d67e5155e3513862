"""Un PostgreSQL où l'application a un rôle ordinaire : un superutilisateur, lui, ne verrait jamais la cloison."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.migrations import migrer
from charte.acteur import Acteur, Role
from charte.commun.base import Base
from tests.appli.rives import Garnie, garnir
from tests.conftest import creer_compte
from tests.reserve_postgresql import creer, jeter, preter_une_base

ROLE, MODELE = "trajectoire_ordinaire", "modele_ordinaire"


def adresse_ordinaire(serveur: str, nom: str) -> str:
    """L'adresse de la base `nom` pour le rôle ordinaire."""
    return re.sub(r"//[^/]*/postgres(?=\?|$)", f"//{ROLE}@/{nom}", serveur)


@pytest.fixture(scope="session")
def modele_ordinaire(serveur_postgresql: str) -> str:
    """Une base PostgreSQL migrée une fois par le rôle ordinaire, que chaque test recopie ; rend son nom."""
    with psycopg.connect(serveur_postgresql, autocommit=True) as connexion:
        # Un autre dossier d'essais peut l'avoir déjà préparée : une session en ouvre une par dossier qui la reprend.
        if connexion.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone():
            return MODELE
        connexion.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE".encode())
        connexion.execute(f"CREATE DATABASE {MODELE} OWNER {ROLE}".encode())
    base = BaseSQL(adresse_ordinaire(serveur_postgresql, MODELE))
    migrer(base)
    base.fermer()
    return MODELE


@contextmanager
def copie_ordinaire(serveur: str, modele: str) -> Iterator[str]:
    """L'adresse d'une copie de la base `modele`, dont le rôle ordinaire est propriétaire, le temps du bloc."""
    if modele == MODELE:
        with preter_une_base(serveur, modele, ROLE) as nom:
            yield adresse_ordinaire(serveur, nom)
        return
    nom = creer(serveur, modele, ROLE)
    yield adresse_ordinaire(serveur, nom)
    jeter(serveur, nom)


def creer_deux_acteurs(base: Base) -> tuple[Acteur, Acteur]:
    """Un référent qualité dans chacun de deux établissements."""
    with hors_cloison():
        ici = creer_compte(base, "Université d'Ici", Role.REFERENT_QUALITE, "referent@ici.invalid", "0352756F")
        return ici, creer_compte(base, "Université d'Ailleurs", Role.REFERENT_QUALITE, "r@ailleurs.invalid", "0442953W")


@pytest.fixture(scope="session")
def rives(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Garnie:
    """Un objet de chaque sorte dans chacun de deux établissements ; les essais en recopient le dossier."""
    return garnir(tmp_path_factory, base_modele, creer_deux_acteurs)


@pytest.fixture
def url_ordinaire(serveur_postgresql: str, modele_ordinaire: str) -> Iterator[str]:
    """L'adresse d'une base PostgreSQL migrée et vide, dont le rôle ordinaire est propriétaire."""
    with copie_ordinaire(serveur_postgresql, modele_ordinaire) as url:
        yield url


@pytest.fixture
def base_ordinaire(url_ordinaire: str) -> Iterator[BaseSQL]:
    """Une base PostgreSQL migrée et vide, ouverte par le rôle ordinaire : la cloison y vaut."""
    base = BaseSQL(url_ordinaire)
    yield base
    base.fermer()


@pytest.fixture
def deux_acteurs(base_ordinaire: BaseSQL) -> tuple[Acteur, Acteur]:
    """Un référent qualité dans chacun de deux établissements de `base_ordinaire`."""
    return creer_deux_acteurs(base_ordinaire)
