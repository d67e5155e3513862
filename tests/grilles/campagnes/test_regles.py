"""La table des passages et de ce qui s'écrit, lue comme un responsable qualité la lirait."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from charte.acteur import Partie
from charte.commun.typographie import INSECABLE
from grilles.campagnes.regles import (
    PASSAGES,
    EtatDeCampagne,
    Faits,
    passages_depuis,
    peut_ecrire,
    refus_du_passage,
    trouver_le_passage,
)
from grilles.modeles import ETATS_DE_CAMPAGNE

EXEMPLES = yaml.safe_load((Path(__file__).parent / "exemples_campagne.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("cas", EXEMPLES["ecrire"], ids=lambda cas: f"{cas['campagne']}-{cas['grille']}")
def test_ce_qui_s_ecrit(cas: dict[str, Any]) -> None:
    grille = None if cas["grille"] == "pas commencée" else cas["grille"]
    permises = {partie.value for partie in Partie if peut_ecrire(cas["campagne"], grille, partie) is None}
    assert permises == set(cas["parties"])


@pytest.mark.parametrize("cas", EXEMPLES["passages"], ids=lambda cas: f"{cas['de']}-{cas['passage']}")
def test_chaque_passage(cas: dict[str, Any]) -> None:
    passage = trouver_le_passage(cas["de"], cas["passage"])
    if "vers" not in cas:
        assert passage is None
        return
    assert passage is not None
    assert passage.vers == cas["vers"]
    refus = refus_du_passage(passage, Faits(**cas.get("faits", {})), cas.get("motif", "")).replace(INSECABLE, " ")
    assert cas["refus"] in refus if "refus" in cas else refus == ""


def test_les_etats_sont_ceux_de_la_base_et_chacun_a_une_sortie() -> None:
    assert tuple(EtatDeCampagne) == ETATS_DE_CAMPAGNE
    assert all(passages_depuis(etat) for etat in EtatDeCampagne)
    assert len({(passage.de, passage.cle) for passage in PASSAGES}) == len(PASSAGES)
    assert {etat.en_clair for etat in EtatDeCampagne} == {"en préparation", "ouverte", "en concertation", "arrêtée"}


def test_un_refus_dit_le_remede() -> None:
    assert "rouvrir les positions" in str(peut_ecrire("en_concertation", "ouverte", Partie.CFA))
    assert "dès qu’elle sera ouverte" in str(peut_ecrire("preparation", None, Partie.CONCERTEE))
