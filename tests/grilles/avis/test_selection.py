"""Ce qu'on demande d'office à chaque public : vérifié contre le texte, refusé s'il est faux."""

from pathlib import Path

import pytest
import yaml

from charte.chargement import charger_edition
from charte.commun.donnees import DonneesInvalides
from charte.concernes import elements_evalues
from grilles.avis.regles import ELEMENTS_MAXIMAUX
from grilles.avis.selection import DOSSIER, charger_preselection, lire_preselection

FICHIER = DOSSIER / "2023-10.yaml"


def test_chaque_public_a_de_quoi_repondre_sans_se_lasser() -> None:
    for proposes in charger_preselection("2023-10").values():
        assert 8 <= len(proposes) <= ELEMENTS_MAXIMAUX // 2
    ids = {element.id for element in elements_evalues(charger_edition("2023-10"))}
    assert {e for proposes in charger_preselection("2023-10").values() for e in proposes} <= ids


def test_une_edition_sans_fichier_ne_propose_rien() -> None:
    assert charger_preselection("2099-01") == {"apprentis": {}, "employeurs": {}}


@pytest.mark.parametrize(
    ("change", "dit"),
    [({"element": "9.S1.1"}, "la charte n'a pas cet élément évalué"), ({"element": "1.1.5"}, "donné deux fois")],
)
def test_un_fichier_faux_se_dit(tmp_path: Path, change: dict[str, str], dit: str) -> None:
    contenu = yaml.safe_load(FICHIER.read_text("utf-8"))
    contenu["publics"]["apprentis"][0].update(change)
    (tmp_path / "2023-10.yaml").write_text(yaml.safe_dump(contenu, allow_unicode=True), "utf-8")
    with pytest.raises(DonneesInvalides, match=dit):
        lire_preselection(tmp_path / "2023-10.yaml")
