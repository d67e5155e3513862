"""Les rappels d'une campagne : à qui il reste quelque chose, au bon jour, une fois ; jamais à qui a fini."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.donnees_personnelles.comptes import effacer_les_comptes
from appli.relances import faire_la_tournee
from charte.acteur import Partie, Role
from charte.commun.base import lignes, maintenant
from charte.commun.rappels import Rappel, Tournee
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from grilles.campagnes.lettres import ResteAFaire, paragraphes, sujet
from grilles.campagnes.rappels import rappels_a_la_demande, rappels_dus
from grilles.campagnes.services.conduite import changer_les_formations, passer
from grilles.modeles import Relance
from tests.grilles.campagnes.conftest import ACTIONS, ECHEANCE, ELEMENTS, Univers
from tests.grilles.conftest import creer_collegue

J14 = ECHEANCE - timedelta(days=14)


def _dus(univers: Univers, plumes: Any, jour: date) -> dict[str, Rappel]:
    noms = {plume.compte_id: plume.nom.split("@")[0] for plume in plumes}
    tournee = Tournee(jour, "https://qualite.exemple.invalid", plumes)
    return {
        noms[r.compte_id]: r
        for r in univers.lire(lambda *details: list(rappels_dus(*details)), univers.pilote, tournee)
    }


def _tout_repondre(univers: Univers, code: str, partie: Partie) -> None:
    for element in ELEMENTS:
        univers.repondre(code, element, "en_place" if element in ACTIONS else "en_partie", partie)


def test_au_jour_dit_chacun_recoit_ce_qu_il_lui_reste(univers: Univers, plumes: Any) -> None:
    campagne = univers.creer()
    assert _dus(univers, plumes, J14 - timedelta(days=1)) == {}
    dus = _dus(univers, plumes, J14)
    assert set(dus) == {"cfa", "responsable", "pilote"}
    assert dus["cfa"].motif == "ouverte 2026-12-01 J-14"
    assert dus["cfa"].objet_id == campagne.id
    texte = "\n".join(dus["cfa"].paragraphes)
    assert "Diplôme de chimie" in texte
    assert "Diplôme de droit" in texte
    assert "Diplôme de gestion" not in texte
    assert f"/diplomes/{univers.formations['droit']}/grille?annee=2026&partie=cfa" in texte
    assert "pour le 1er décembre 2026" in texte
    assert "Diplôme de chimie" not in "\n".join(dus["pilote"].paragraphes), "la chimie a son responsable"


def test_qui_a_fini_ne_recoit_rien(univers: Univers, plumes: Any) -> None:
    univers.creer()
    _tout_repondre(univers, "chimie", Partie.ETABLISSEMENT)
    assert set(_dus(univers, plumes, J14)) == {"cfa", "pilote"}


def test_chaque_echeance_a_ses_rappels(univers: Univers, plumes: Any) -> None:
    campagne = univers.creer()
    plus_tot = {univers.formations["chimie"]: (True, ECHEANCE - timedelta(days=10))}
    univers.ecrire(changer_les_formations, univers.pilote, campagne.id, plus_tot, 1)
    assert set(_dus(univers, plumes, J14)) == {"cfa", "pilote"}
    avant = _dus(univers, plumes, J14 - timedelta(days=10))
    assert set(avant) == {"cfa", "responsable"}
    assert "Diplôme de droit" not in "\n".join(avant["cfa"].paragraphes)


def test_en_concertation_l_etablissement_seul_est_rappele(univers: Univers, plumes: Any) -> None:
    campagne = univers.creer()
    univers.ecrire(passer, univers.pilote, campagne.id, "concerter", depuis="ouverte")
    dus = _dus(univers, plumes, date(2027, 1, 12))
    assert set(dus) == {"pilote", "responsable"}
    assert "pour la position concertée" in "\n".join(dus["responsable"].paragraphes)


@pytest.mark.parametrize("etat", ["preparation", "ouverte"])
def test_en_preparation_personne_n_est_rappele(univers: Univers, plumes: Any, etat: str) -> None:
    univers.creer(etat=etat)
    assert bool(_dus(univers, plumes, J14)) is (etat == "ouverte")


def test_la_tournee_n_envoie_pas_deux_fois(univers: Univers, reglages: Reglages) -> None:
    univers.creer()
    reglages = replace(reglages, courrier=ServeurDeCourrier("127.0.0.1", 9, "q@ici.invalid"))
    assert faire_la_tournee(univers.base, reglages, J14) == 3
    assert faire_la_tournee(univers.base, reglages, J14) == 0
    assert faire_la_tournee(univers.base, reglages, J14 + timedelta(days=1)) == 0
    assert faire_la_tournee(univers.base, reglages, ECHEANCE - timedelta(days=3)) == 3


def test_a_la_demande_un_courriel_par_compte_avec_l_echeance_la_plus_proche(univers: Univers, plumes: Any) -> None:
    campagne = univers.creer()
    plus_tot = {univers.formations["chimie"]: (True, date(2026, 11, 20))}
    univers.ecrire(changer_les_formations, univers.pilote, campagne.id, plus_tot, 1)
    tournee = Tournee(date(2026, 11, 18), "", plumes)
    rappels = univers.lire(lambda *details: list(rappels_a_la_demande(*details)), univers.pilote, tournee)
    assert len(rappels) == len({rappel.compte_id for rappel in rappels}) == 3
    assert {rappel.motif for rappel in rappels} == {"demande 2026-11-18"}
    assert [r.sujet.replace("\xa0", " ") for r in rappels if r.compte_id == univers.acteurs["cfa"].compte_id] == [
        "Auto-évaluation 2026-2027 : il reste 2 jours"
    ]


@pytest.mark.parametrize(
    ("echeance", "dit"),
    [
        (None, "votre réponse est attendue"),
        (date(2026, 12, 2), "il reste 1 jour"),
        (date(2026, 12, 1), "l’échéance est aujourd’hui"),
        (date(2026, 11, 29), "l’échéance est passée depuis 2 jours"),
    ],
)
def test_le_sujet_dit_l_echeance(echeance: date | None, dit: str) -> None:
    assert sujet("Campagne", echeance, date(2026, 12, 1)).replace("\xa0", " ") == f"Campagne : {dit}"


def test_une_longue_liste_est_coupee_et_le_dit() -> None:
    restes = [ResteAFaire(n, f"Diplôme {n}", Partie.CFA, 3) for n in range(20)]
    corps = paragraphes("https://q.invalid", 2026, restes, None, "Commencez par le poste 1.")
    assert sum(bloc.startswith("- ") for bloc in corps) == 15
    assert any("5\xa0autres grilles" in bloc for bloc in corps)
    assert any("Commencez par le poste 1." in bloc for bloc in corps)


def test_un_compte_efface_n_est_plus_ni_designe_ni_note_comme_rappele(univers: Univers, reglages: Reglages) -> None:
    univers.creer()
    reglages = replace(reglages, courrier=ServeurDeCourrier("127.0.0.1", 9, "q@ici.invalid"))
    faire_la_tournee(univers.base, reglages, J14)
    admin = creer_collegue(univers.base, univers.pilote, Role.ADMINISTRATEUR, "admin")
    parti = univers.acteurs["responsable"].compte_id or 0
    univers.ecrire(effacer_les_comptes, admin, [parti], maintenant() + timedelta(days=1))
    with univers.base.lecture() as session:
        restants = {compte for (compte,) in lignes(session, select(col(Relance.compte_id)))}
    assert restants == {univers.pilote.compte_id, univers.acteurs["cfa"].compte_id}
