"""`trajectoire grille verifier` : toutes les grilles arrêtées d'une installation, entières ou non."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from appli.base import BaseSQL
from appli.commandes import principale
from appli.installation import ouvrir
from charte.acteur import Role
from tests.conftest import creer_compte
from tests.grilles.arrete.test_arreter import arreter, au_socle
from tests.grilles.conftest import creer_formation


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseSQL]:
    """Une installation où deux établissements ont chacun arrêté une grille."""
    for nom in [nom for nom in os.environ if nom.startswith("TRAJECTOIRE_")]:
        monkeypatch.delenv(nom)
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    _, base = ouvrir()
    for rang, nom in enumerate(("Quatre-Vents", "Autre Rive")):
        uai = f"035000{rang}A"
        acteur = creer_compte(base, nom, Role.REFERENT_QUALITE, f"referent{rang}@rive.invalid", uai)
        formation = creer_formation(base, acteur, f"RNCP3534{rang}-035275{rang}F")
        au_socle(base, acteur, formation)
        arreter(base, acteur, formation)
    yield base
    base.fermer()


def lancer(*mots: str) -> Result:
    return CliRunner().invoke(principale, ["grille", "verifier", *mots], standalone_mode=False)


def test_tout_est_entier(installation: BaseSQL) -> None:
    fait = lancer()
    assert fait.return_value == 0
    assert fait.output.count("1\u00a0grille arrêtée, toutes entières") == 2


def test_une_grille_changee_se_nomme_et_le_code_de_retour_le_dit(installation: BaseSQL) -> None:
    with installation.ecriture() as session:
        session.connection().execute(text("DROP TRIGGER instantane_scelle_update"))
        session.connection().execute(text("UPDATE instantane SET contenu = contenu || ' ' WHERE grille_id = 2"))
    fait = lancer()
    assert fait.return_value == 1
    assert "RNCP35341-0352751F" in fait.output
    assert "hors de l'outil" in fait.output
    assert lancer("--etablissement", "0350000A").return_value == 0
    lus = json.loads(lancer("--json").output)["etablissements"]
    assert [[arrete["entier"] for arrete in un["arretes"]] for un in lus] == [[True], [False]]


def test_un_etablissement_inconnu_se_dit(installation: BaseSQL) -> None:
    assert "Aucun établissement 0359999Z" in str(lancer("--etablissement", "0359999Z").exception)


def test_une_base_neuve_n_a_rien_a_verifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    monkeypatch.delenv("TRAJECTOIRE_BASE", raising=False)
    fait = lancer()
    assert (fait.return_value, fait.output.startswith("0 grille arrêtée")) == (0, True)
