"""« Pourquoi ce chiffre ? » : chaque ligne dit de quel fichier vient chacune des valeurs qu'un indicateur y lit."""

import re
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.reglages import Reglages
from indicateurs.modeles import Depot
from indicateurs.services import origines
from tests.indicateurs.imports.fabrique import ligne
from tests.indicateurs.sources.test_depots_services import APPRENTIS, ranger_dans, sifa

AU = "2025-12-01"
RUPTURE = "fin anticipée"


@pytest.fixture
def ranges(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    """Dépôt 1 : deux apprentis. Dépôt 2, SIFA : la rupture du premier. Dépôt 3 : son résultat. Dépôt 4 : ses heures."""
    ranger = ranger_dans(base, reglages, acteur)
    sans_diplome = {"obtention_diplome_formation": "", "date_obtention_diplome_formation": ""}
    ranger(APPRENTIS, ligne(0, **sans_diplome), ligne(1, **sans_diplome))
    ranger("sifa_2024", sifa(0, date_rupt_cont="15012024"))
    identite = {nom: ligne(0)[nom] for nom in ("nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant")}
    ranger("resultats", {**identite, "annee_session": "2025", "present": "OUI", "admis": "OUI"})
    heures = {"annee_scolaire": "2023-2024", "heures_prevues": "400", "heures_realisees": "390"}
    ranger("heures", {**identite, **heures})


def sources(client: Any, cle: str) -> tuple[list[str], str]:
    """La colonne « Sources » de la page des lignes, et sa légende."""
    reponse = client.get(f"/indicateurs/{cle}/lignes?perimetre=total&au={AU}")
    assert reponse.status_code == 200, reponse.text[:300]
    page = BeautifulSoup(reponse.text, "html.parser")
    assert [th.text for th in page.select(".lignes-de-mesure thead th")][-1] == "Sources"
    dites = [re.sub(r"\s+", " ", tr.select("td")[-1].text) for tr in page.select(".lignes-de-mesure tbody tr")]
    legende = page.select_one("[aria-labelledby=titre-sources]")
    assert legende is not None
    return sorted(dites), re.sub(r"\s+", " ", legende.text)


def test_une_valeur_remplie_par_une_autre_source_le_dit(client: Any, ranges: None) -> None:
    dites, legende = sources(client, "rupture_brute_9_mois")
    assert dites == [f"n° 1, ligne 2 ; {RUPTURE} : n° 2, ligne 1", "n° 1, ligne 3"]
    assert "n° 1 : tableau_de_bord_v3.csv, Tableau de bord de l’apprentissage" in legende
    assert "n° 2 : sifa_2024.csv, SIFA 2024" in legende
    assert "n° 3" not in legende


def test_une_colonne_deduite_dit_les_fichiers_dont_elle_se_deduit(client: Any, ranges: None) -> None:
    dites, legende = sources(client, "obtention")
    assert dites == ["n° 1, ligne 2 ; admis, présent à l’examen : n° 3, ligne 2", "n° 1, ligne 3"]
    assert "n° 3 : resultats.csv, Résultats d’examen" in legende


def test_un_fait_vient_d_une_seule_ligne(client: Any, ranges: None) -> None:
    dites, legende = sources(client, "realisation")
    assert dites == ["n° 4, ligne 2"]
    assert "heures.csv" in legende


def test_le_fichier_emporte_nomme_chaque_source(client: Any, ranges: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origines, "PAR_REQUETE", 1)
    saisies = {"perimetre": "total", "au": AU, "promotion": ""}
    emporte = client.post("/indicateurs/rupture_brute_9_mois/lignes.csv", data=saisies).text
    assert emporte.splitlines()[0].endswith("Fichier;Ligne;Sources")
    assert re.search(r"dépôt n° 1 \(tableau_de_bord_v3.csv, Tableau de bord.*\), ligne 2 ; fin anticipée", emporte)
    assert re.search(r"dépôt n° 2 \(sifa_2024.csv, SIFA 2024, \d\d/\d\d/\d{4}\), ligne 1", emporte)


def test_hors_de_l_etendue_un_depot_ne_dit_pas_son_fichier(base: BaseSQL, acteur: Acteur, ranges: None) -> None:
    with base.ecriture() as session:
        session.connection().execute(update(Depot).where(col(Depot.id) == 1).values(cfa_id=1))
    du_cfa = replace(acteur, mandats=(Mandat(Role.REFERENT_QUALITE, Portee.CFA, 1, Partie.CFA),))
    with base.lecture() as session:
        depots = origines._depots(session, du_cfa, {1, 2})
    assert [(depot.id, depot.nom) for depot in depots.values()] == [(1, "tableau_de_bord_v3.csv"), (2, "")]
