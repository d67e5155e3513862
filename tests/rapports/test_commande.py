"""`trajectoire rapport conseil` : le PDF depuis le terminal, et des refus qui disent quoi faire."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appli.base import BaseSQL
from appli.commandes import principale
from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from tests.rapports.lecture_pdf import arbre, ouvrir
from tests.rapports.peuplement import creer_formation


@pytest.fixture
def installation(base: BaseSQL, acteur: Acteur, reglages: Reglages, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Une installation à deux formations ; rend son dossier."""
    with base.ecriture() as session:
        creer_formation(session, acteur, "but-informatique", "0352756F")
        creer_formation(session, acteur, "master-chimie", "0350936C")
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(reglages.dossier))
    return reglages.dossier


def lancer(*arguments: str) -> Result:
    """La commande, sorties séparées."""
    return CliRunner().invoke(principale, ["rapport", "conseil", *arguments])


def test_le_pdf_s_ecrit_au_lieu_demande(installation: Path) -> None:
    sortie = installation / "conseil.pdf"
    resultat = lancer("--formation", "but-informatique", "--sortie", str(sortie), "--au", "2026-11-02")
    assert resultat.exit_code == 0, resultat.output
    assert "pages" in resultat.output
    texte = arbre(ouvrir(sortie.read_bytes())).texte
    assert "Formation but-informatique" in texte
    assert "2 novembre 2026" in texte


def test_un_code_inconnu_est_dit_avec_les_codes_proches(installation: Path) -> None:
    resultat = lancer("--formation", "but-infor", "--sortie", str(installation / "x.pdf"))
    assert resultat.exit_code == 2
    assert "Aucune formation ne porte le code « but-infor »" in resultat.output
    assert "but-informatique" in resultat.output
    assert not (installation / "x.pdf").exists()


def test_une_base_vide_dit_d_importer(base: BaseSQL, reglages: Reglages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(reglages.dossier))
    resultat = lancer("--formation", "x", "--sortie", str(reglages.dossier / "x.pdf"))
    assert resultat.exit_code == 2
    assert "trajectoire importer" in resultat.output


def test_un_lieu_ou_l_on_ne_peut_ecrire_est_dit(installation: Path) -> None:
    resultat = lancer("--formation", "master-chimie", "--sortie", str(installation / "absent" / "x.pdf"))
    assert resultat.exit_code == 2
    assert "ne peut pas s'écrire" in resultat.output
