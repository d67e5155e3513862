"""Ce que les tests des personnes partagent : un coffre, et de quoi ranger un fichier d'apprentis fictifs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import (
    Apercu,
    Bilan,
    FichierDepose,
    confirmer,
    deposer,
    enregistrer_examen,
    examiner,
    previsualiser,
)
from tests.indicateurs.imports.fabrique import en_csv

NEUVE = bytes(range(100, 132))
Ranger = Callable[..., tuple[Apercu, Bilan]]


@pytest.fixture
def coffre(reglages: Reglages) -> Coffre:
    """Le coffre de l'installation du test."""
    return Coffre.de(reglages)


@pytest.fixture
def poser(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> Callable[..., int]:
    """`poser(ligne, …, sous=réglages)` : dépose et diagnostique un fichier ; rend l'identifiant du dépôt."""

    def poser_un(*contenu: dict[str, Any], qui: Acteur = acteur, sous: Reglages = reglages) -> int:
        fichier = FichierDepose("apprentis.csv", en_csv(list(contenu)))
        examen = examiner(fichier, sous.cle_identite, ancienne=sous.cle_identite_ancienne)
        with base.ecriture() as session:
            depot_id = deposer(session, qui, fichier, Coffre.de(sous), 30)
            enregistrer_examen(session, qui, depot_id, examen, Coffre.de(sous))
        return depot_id

    return poser_un


@pytest.fixture
def ranger(base: BaseSQL, acteur: Acteur, reglages: Reglages, poser: Callable[..., int]) -> Ranger:
    """`ranger(ligne, …)` : dépose, prévisualise, confirme ; rend (aperçu, bilan)."""

    def ranger_un(*contenu: dict[str, Any], qui: Acteur = acteur, sous: Reglages = reglages) -> tuple[Apercu, Bilan]:
        depot_id = poser(*contenu, qui=qui, sous=sous)
        with base.lecture() as session:
            apercu = previsualiser(session, qui, depot_id, Coffre.de(sous))
        with base.ecriture() as session:
            return apercu, confirmer(session, qui, depot_id, Coffre.de(sous))

    return ranger_un


@pytest.fixture
def apres(reglages: Reglages) -> Reglages:
    """Les mêmes réglages pendant un changement de la clé d'identité."""
    return replace(reglages, cle_identite=NEUVE, cle_identite_ancienne=reglages.cle_identite)
