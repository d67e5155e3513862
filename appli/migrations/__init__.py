"""Les migrations du schéma (Alembic), passées par `migrer` au démarrage et par la ligne de commande."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from appli.base import BaseSQL
from appli.cloison import hors_cloison

DOSSIER = Path(__file__).parent
_VERROU_CONSULTATIF = 7_305_118_202


def configuration(connexion: Connection) -> Config:
    """Configuration d'Alembic liée à une connexion ouverte."""
    config = Config()
    config.set_main_option("script_location", str(DOSSIER))
    config.attributes["connexion"] = connexion
    return config


@hors_cloison()
def migrer(base: BaseSQL) -> None:
    """Amène le schéma à la dernière version, sous verrou : plusieurs processus peuvent démarrer ensemble."""
    with base.moteur.connect() as connexion, sans_cles_etrangeres(connexion), connexion.begin():
        if connexion.dialect.name == "postgresql":
            connexion.execute(text(f"SELECT pg_advisory_xact_lock({_VERROU_CONSULTATIF})"))
        command.upgrade(configuration(connexion), "head")
        _exiger_des_references_justes(connexion)


@contextmanager
def sans_cles_etrangeres(connexion: Connection) -> Iterator[None]:
    """Sur SQLite, suspend les clés étrangères le temps des migrations.

    Changer une colonne y refait la table entière : l'ancienne, supprimée, emporterait en cascade les lignes qui s'y
    réfèrent. PostgreSQL change la colonne sur place.
    """
    if connexion.dialect.name != "sqlite":
        yield
        return
    brute: Any = connexion.connection.driver_connection
    brute.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        brute.execute("PRAGMA foreign_keys=ON")


def _exiger_des_references_justes(connexion: Connection) -> None:
    if connexion.dialect.name == "sqlite" and (perdues := connexion.execute(text("PRAGMA foreign_key_check")).all()):
        raise RuntimeError(f"La migration a rompu des références de « {perdues[0][0]} » : rien n'est enregistré.")
