"""La base des essais au hasard : SQLite, puis un vrai PostgreSQL (les octets nuls n'y cassent pas au même endroit)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appli.base import BaseSQL
from charte.commun.reglages import Reglages


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def base(request: pytest.FixtureRequest, reglages: Reglages, base_modele: Path) -> Iterator[BaseSQL]:
    """Une base migrée et vide, de chaque sorte."""
    if request.param == "postgresql":
        yield request.getfixturevalue("base_postgresql")
        return
    shutil.copyfile(base_modele, reglages.dossier / "trajectoire.sqlite")
    base = BaseSQL(reglages.url_base)
    yield base
    base.fermer()
