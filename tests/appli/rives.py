"""Une base déjà garnie, que chaque essai recopie : la peupler prendrait à chacun deux secondes de processeur.

Un fichier d'essais l'emploie en important ses pièces : `from tests.appli.rives import acteur, depart, deux_rives`…
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from tests.appli.routes_connues import AILLEURS, ICI
from tests.appli.univers import peupler_un_etablissement
from tests.conftest import CLE

Ids = Mapping[str, int]
COURRIER = ServeurDeCourrier("127.0.0.1", 9, "qualite@rive.invalid")
"""Du courrier que rien ne fait partir : sans lui, on n'invite pas quand plusieurs établissements sont là."""


@dataclass(frozen=True)
class Garnie:
    """Une base garnie deux fois : son dossier, ses acteurs, et les objets de chacune des deux marques."""

    dossier: Path
    acteurs: tuple[Acteur, Acteur]
    objets: tuple[Ids, Ids]


def garnir(
    dossiers: pytest.TempPathFactory, base_modele: Path, acteurs: Callable[[BaseSQL], tuple[Acteur, Acteur]]
) -> Garnie:
    """Dans une copie de la base migrée, un objet de chaque sorte pour l'un (marque ICI), puis l'autre (AILLEURS)."""
    dossier = dossiers.mktemp("garnie")
    shutil.copytree(base_modele.parent, dossier, dirs_exist_ok=True)
    reglages = Reglages(dossier, f"sqlite:///{dossier / 'trajectoire.sqlite'}", CLE, CLE, CLE, courrier=COURRIER)
    base = BaseSQL(reglages.url_base)
    ici, ailleurs = acteurs(base)
    objets = [peupler_un_etablissement(base, qui, reglages, m) for qui, m in ((ici, ICI), (ailleurs, AILLEURS))]
    base.fermer()
    return Garnie(dossier, (ici, ailleurs), (objets[0], objets[1]))


@pytest.fixture
def reglages(reglages: Reglages) -> Reglages:
    """Avec du courrier."""
    return replace(reglages, courrier=COURRIER)


@pytest.fixture
def depart(rives: Garnie) -> Path:
    """La base de deux établissements, garnie."""
    return rives.dossier


@pytest.fixture
def acteur(rives: Garnie) -> Acteur:
    """Le référent qualité d'ici."""
    return rives.acteurs[0]


@pytest.fixture
def autre_acteur(rives: Garnie) -> Acteur:
    """Le référent qualité d'ailleurs."""
    return rives.acteurs[1]


@pytest.fixture
def deux_rives(rives: Garnie) -> tuple[Ids, Ids]:
    """Les objets d'ici, puis ceux de l'autre établissement."""
    return rives.objets
