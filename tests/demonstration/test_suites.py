"""Les suites de l'université fictive : reproductibles, plausibles, et d'accord avec l'extraction du CFA."""

import csv
from datetime import date
from pathlib import Path

import pytest

from appli.demonstration.fichiers_des_suites import FORMATS, SONDAGE, ecrire_les_suites
from appli.demonstration.generateur import ApprentiEngendre, engendrer
from appli.demonstration.suites import Suites, engendrer_les_suites
from appli.demonstration.universite import charger_universite

JOUR = date(2026, 11, 21)


@pytest.fixture(scope="module")
def apprentis() -> list[ApprentiEngendre]:
    return engendrer(charger_universite(), JOUR)


@pytest.fixture(scope="module")
def suites(apprentis: list[ApprentiEngendre]) -> Suites:
    return engendrer_les_suites(apprentis, JOUR)


def test_meme_graine_memes_suites(apprentis: list[ApprentiEngendre], suites: Suites) -> None:
    assert engendrer_les_suites(apprentis, JOUR) == suites
    assert engendrer_les_suites(apprentis, JOUR, graine=1) != suites


def test_l_examen_dit_ce_que_dit_l_extraction(suites: Suites) -> None:
    assert all(examen.admis == examen.apprenti.recu for examen in suites.examens)
    assert all(examen.present or examen.admis is None for examen in suites.examens)


def test_rien_n_est_connu_apres_le_jour_dit(suites: Suites) -> None:
    assert all(rencontre.tenue is None or rencontre.tenue <= JOUR for rencontre in suites.rencontres)
    assert all(devenir.apprenti.fin < JOUR for devenir in suites.devenirs)
    assert all(heures.realisees <= heures.prevues for heures in suites.heures)


def test_l_emploi_et_les_reponses_ressemblent_aux_reperes(suites: Suites) -> None:
    a_six_mois = [devenir for devenir in suites.devenirs if devenir.mois == 6]
    actifs = [d for d in a_six_mois if d.situation in ("emploi", "recherche")]
    assert 0.75 <= sum(d.situation == "emploi" for d in actifs) / len(actifs) <= 0.90
    assert 0.50 <= sum(d.situation is not None for d in a_six_mois) / len(a_six_mois) <= 0.75
    for public, bas, haut in (("apprentis", 0.45, 0.80), ("employeurs", 0.10, 0.40)):
        enquetes = {(a.formation.code, a.annee): a.sollicites for a in suites.avis if a.public == public}
        repondants = {(a.formation.code, a.annee, a.repondant) for a in suites.avis if a.public == public}
        assert bas <= len(repondants) / sum(enquetes.values()) <= haut


def test_les_fichiers_portent_chaque_suite(tmp_path: Path, suites: Suites) -> None:
    chemins = ecrire_les_suites(tmp_path, charger_universite(), suites)
    assert tuple(chemins) == FORMATS
    lues = {cle: _lire(chemin) for cle, chemin in chemins.items()}
    assert len(lues["resultats"]) == len(suites.examens)
    assert len(lues["satisfaction"]) == len(suites.avis)
    assert "nom_apprenant" not in lues["satisfaction"][0]
    assert lues["enquete_insertion"][0]["mois_apres_sortie"] == "6"
    assert "Que faites-vous ?" in (tmp_path / SONDAGE).read_text("utf-8-sig").splitlines()[0]


def _lire(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        return list(csv.DictReader(flux, delimiter=";"))
