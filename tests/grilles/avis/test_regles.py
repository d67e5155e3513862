"""Où en est une demande, jusqu'à quand, et quand l'avis est clos : tables d'exemples."""

from datetime import UTC, date, datetime, timedelta

import pytest

from grilles.avis.modeles import ETATS_D_AVIS
from grilles.avis.modeles import PUBLICS as PUBLICS_EN_BASE
from grilles.avis.regles import (
    AIDES,
    DELAI_MAXIMAL,
    ETATS,
    LIBELLES,
    PUBLICS,
    EtatDeDemande,
    etat_de,
    pourquoi_clos,
    refus_d_echeance,
)
from grilles.modeles import ETATS_DE_CAMPAGNE, ETATS_DE_GRILLE

JOUR = date(2026, 11, 22)
HIER, DEMAIN = JOUR - timedelta(days=1), JOUR + timedelta(days=1)
FAIT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rendu", "retire", "echeance", "attendu"),
    [
        (None, None, DEMAIN, "demande"), (None, None, JOUR, "demande"), (None, None, HIER, "echu"),
        (FAIT, None, DEMAIN, "rendu"), (FAIT, None, HIER, "rendu"),
        (None, FAIT, DEMAIN, "retire"), (FAIT, FAIT, HIER, "retire"),
    ],
)  # fmt: skip
def test_l_etat_d_une_demande(rendu: datetime | None, retire: datetime | None, echeance: date, attendu: str) -> None:
    assert etat_de(rendu, retire, echeance, JOUR) == EtatDeDemande(attendu)


def test_chaque_etat_et_chaque_public_a_son_mot() -> None:
    assert set(ETATS) == set(EtatDeDemande)
    assert tuple(LIBELLES) == ETATS_D_AVIS == tuple(AIDES)
    assert tuple(PUBLICS) == PUBLICS_EN_BASE


@pytest.mark.parametrize(
    ("echeance", "refus"),
    [
        (HIER, "passée"), (JOUR, ""), (DEMAIN, ""), (JOUR + DELAI_MAXIMAL, ""),
        (JOUR + DELAI_MAXIMAL + timedelta(days=1), "90 jours au plus"),
    ],
)  # fmt: skip
def test_l_echeance_est_bornee(echeance: date, refus: str) -> None:
    dit = refus_d_echeance(echeance, JOUR)
    assert refus in dit
    assert bool(dit) is bool(refus)


@pytest.mark.parametrize("grille", [None, *ETATS_DE_GRILLE])
@pytest.mark.parametrize("campagne", ETATS_DE_CAMPAGNE)
def test_un_avis_ne_se_donne_que_campagne_et_grille_ouvertes(campagne: str, grille: str | None) -> None:
    clos = pourquoi_clos(campagne, grille)
    assert bool(clos) is not (campagne == "ouverte" and grille != "arretee")
    mots = {"preparation": "pas encore ouverte", "en_concertation": "dialogue", "arretee": "arrêtée", "ouverte": ""}
    if grille != "arretee":
        assert mots[campagne] in clos
    elif campagne != "preparation":
        assert "arrêtée" in clos


def test_sans_campagne_rien_n_est_clos() -> None:
    assert pourquoi_clos(None, None) == ""
