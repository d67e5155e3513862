"""Le fichier lu par la ligne de commande et la base lue par les pages donnent les mêmes chiffres."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appli.base import BaseSQL
from appli.commandes import principale
from appli.demonstration.installer import preparer
from appli.installation import acteur_de_commande
from appli.migrations import migrer
from charte.commun.reglages import Reglages
from indicateurs.services.mesures import Mesure, mesurer

JOUR = date(2026, 11, 21)
COMPTES = ("numerateur", "denominateur", "taux", "ic_bas", "ic_haut", "masque")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reglages, BaseSQL]]:
    dossier = tmp_path_factory.mktemp("memes-chiffres")
    reglages = Reglages(dossier, f"sqlite:///{dossier / 'trajectoire.sqlite'}", b"i" * 32, b"f" * 32, b"w" * 32)
    base = BaseSQL(reglages.url_base)
    migrer(base)
    preparer(reglages, base, JOUR)
    yield reglages, base
    base.fermer()


def _du_fichier(fichier: Path) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    commande = ["indicateurs", str(fichier), "--au", JOUR.isoformat(), "--par", "formation", "--brut", "--json"]
    sortie = CliRunner().invoke(principale, commande)
    assert sortie.exit_code == 0, sortie.stderr
    return {
        (ligne["indicateur"], *ligne["groupe"].values()): tuple(ligne[compte] for compte in COMPTES)
        for ligne in json.loads(sortie.stdout)
    }


def _des_pages(base: BaseSQL) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    with base.lecture() as session:
        tableau = mesurer(session, acteur_de_commande(session), JOUR, brut=True)
    return {
        (indicateur, *perimetre.cle, mesure.promotion): _comptes(mesure)
        for perimetre in tableau.perimetres
        if perimetre.niveau == "formation"
        for indicateur in tableau.definitions
        for mesure in tableau.serie(indicateur, perimetre)
    }


def _comptes(mesure: Mesure) -> tuple[Any, ...]:
    return tuple(getattr(mesure, compte) for compte in COMPTES)


def test_la_ligne_de_commande_et_les_pages_donnent_les_memes_chiffres(
    installation: tuple[Reglages, BaseSQL],
) -> None:
    reglages, base = installation
    des_pages = _des_pages(base)
    # Les autres fichiers n'alimentent que la base : la ligne de commande lit une extraction à la fois.
    rangees = [f for f in sorted((reglages.dossier / "exemples").glob("cfa-*")) if "suite" not in f.name]
    assert len(rangees) == 2
    des_fichiers = {cle: comptes for fichier in rangees for cle, comptes in _du_fichier(fichier).items()}
    assert len(des_fichiers) > 14 * 11
    nourris = {cle[0] for cle in des_fichiers}
    assert des_fichiers.keys() == {cle for cle in des_pages if cle[0] in nourris}
    for cle, comptes in des_fichiers.items():
        assert comptes == pytest.approx(des_pages[cle], nan_ok=True), cle
