"""`trajectoire diagnostic` dit vrai, en français, et ne crée rien."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from appli import diagnostic as module
from appli.base import BaseSQL
from appli.commandes import principale
from appli.diagnostic import Constat, constater
from charte.commun.reglages import Reglages, charger_reglages


def _par_sujet(env: dict[str, str]) -> dict[str, Constat]:
    return {constat.sujet: constat for constat in constater(env)}


def test_une_machine_prete_ne_manque_de_rien(tmp_path: Path) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path / "neuf")}
    constats = _par_sujet(env)
    assert [constat for constat in constats.values() if constat.etat == "manque"] == []
    assert re.fullmatch(r"édition \d{4}-\d\d, empreinte [0-9a-f]{12}…", constats["Texte de la charte"].detail)
    assert constats["Base"].etat == "note"
    assert not (tmp_path / "neuf").exists()


def test_la_commande_sort_en_zero_et_dit_que_rien_ne_manque(tmp_path: Path) -> None:
    resultat = CliRunner().invoke(principale, ["diagnostic"], env={"TRAJECTOIRE_DOSSIER": str(tmp_path)})
    assert resultat.exit_code == 0
    assert resultat.output.endswith("Rien ne manque.\n")


def test_un_manque_sort_en_un_avec_son_remede(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bibliotheques_manquantes", lambda: ["pango-1.0"])
    resultat = CliRunner().invoke(principale, ["diagnostic"], env={"TRAJECTOIRE_DOSSIER": str(tmp_path)})
    assert resultat.exit_code == 1
    assert "✗ Mise en page des PDF : Pango est incomplet (pango-1.0)" in resultat.output
    assert "→ Lancez : " in resultat.output
    assert resultat.output.endswith("À régler : Mise en page des PDF.\n")


def test_une_base_migree_dit_son_schema(base: BaseSQL, reglages: Reglages) -> None:
    constat = _par_sujet({"TRAJECTOIRE_DOSSIER": str(reglages.dossier)})["Base"]
    assert (constat.etat, constat.detail[:14]) == ("bon", "sqlite, schéma")


def test_une_base_vide_sera_mise_a_niveau(tmp_path: Path) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path), "TRAJECTOIRE_BASE": f"sqlite:///{tmp_path / 'autre.sqlite'}"}
    constat = _par_sujet(env)["Base"]
    assert constat.etat == "note"
    assert "schéma vide : il passera en " in constat.detail


def test_une_base_injoignable_se_dit_sans_montrer_le_mot_de_passe(tmp_path: Path) -> None:
    env = {
        "TRAJECTOIRE_DOSSIER": str(tmp_path),
        "TRAJECTOIRE_BASE": "postgresql://quelqu-un:tres-secret@127.0.0.1:9/rien",
    }
    constat = _par_sujet(env)["Base"]
    assert constat.etat == "manque"
    assert "injoignable" in constat.detail
    assert "tres-secret" not in constat.detail + constat.remede


def test_des_cles_lisibles_par_d_autres_sont_signalees(tmp_path: Path) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(tmp_path)}
    charger_reglages(env)
    assert _par_sujet(env)["Clés"].etat == "bon"
    (tmp_path / "cles.json").chmod(0o644)
    constat = _par_sujet(env)["Clés"]
    assert (constat.etat, constat.remede) == ("manque", f"Lancez : chmod 600 {tmp_path / 'cles.json'}")


def test_un_dossier_qui_refuse_l_ecriture_est_signale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Un administrateur écrit partout : c'est la réponse du système que l'on simule, non les droits.
    monkeypatch.setattr(os, "access", lambda *_: False)
    constat = _par_sujet({"TRAJECTOIRE_DOSSIER": str(tmp_path)})["Dossier des données"]
    assert (constat.etat, constat.detail) == ("manque", f"{tmp_path} refuse l'écriture")
