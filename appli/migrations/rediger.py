"""Rédige une migration depuis les modèles : `python -m appli.migrations.rediger "ce qui change"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from appli.base import BaseSQL
from appli.migrations import DOSSIER, configuration, sans_cles_etrangeres


def rediger(message: str) -> None:
    """Compare les modèles aux migrations déjà écrites et ajoute un fichier numéroté à la suite."""
    numero = f"{len(list((DOSSIER / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as dossier:
        base = BaseSQL(f"sqlite:///{Path(dossier) / 'vide.sqlite'}")
        with base.moteur.connect() as connexion, sans_cles_etrangeres(connexion), connexion.begin():
            command.upgrade(configuration(connexion), "head")
            command.revision(configuration(connexion), message, autogenerate=True, rev_id=numero)
        base.fermer()


if __name__ == "__main__":
    rediger(sys.argv[1])
