"""Les migrations du schéma (Alembic), passées par `migrer` au démarrage et par la ligne de commande."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from appli.base import BaseSQL

DOSSIER = Path(__file__).parent
_VERROU_CONSULTATIF = 7_305_118_202


def configuration(connexion: Connection) -> Config:
    """Configuration d'Alembic liée à une connexion ouverte."""
    config = Config()
    config.set_main_option("script_location", str(DOSSIER))
    config.attributes["connexion"] = connexion
    return config


def migrer(base: BaseSQL) -> None:
    """Amène le schéma à la dernière version, sous verrou : plusieurs processus peuvent démarrer ensemble."""
    with base.moteur.connect() as connexion, connexion.begin():
        if connexion.dialect.name == "postgresql":
            connexion.execute(text(f"SELECT pg_advisory_xact_lock({_VERROU_CONSULTATIF})"))
        command.upgrade(configuration(connexion), "head")
