"""Le lanceur est un script valable, qui dit son aide sans rien installer."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.coherence.fichiers import RACINE

SCRIPTS = (RACINE / "lancer", RACINE / ".ci" / "run")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_le_script_est_executable_et_bien_forme(script: Path) -> None:
    assert os.access(script, os.X_OK)
    interprete = "bash" if script.read_text("utf-8").startswith("#!/bin/bash\n") else "sh"
    assert subprocess.run([interprete, "-n", script], check=False).returncode == 0


def test_sans_argument_le_lanceur_dit_ses_gestes() -> None:
    resultat = subprocess.run(
        [RACINE / "lancer"], capture_output=True, text=True, check=False, env={"PATH": os.defpath}
    )
    assert resultat.returncode == 0
    assert all(geste in resultat.stdout for geste in ("demo", "tests", "installer", "COMMANDE"))


def test_la_construction_passe_par_le_lanceur_et_n_admet_aucun_test_saute() -> None:
    lignes = (RACINE / ".ci" / "run").read_text("utf-8").splitlines()
    assert lignes[-2:] == ["export CI=true", "exec ./lancer tests"]
    assert "set -euo pipefail" in lignes
