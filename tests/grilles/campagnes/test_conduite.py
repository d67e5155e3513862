"""Conduire une campagne : une par année, verrou optimiste, formations choisies, passages, journal, droits."""

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlmodel import col

from charte.acteur import DroitManquant, Partie
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.services.conduite import (
    CampagneChangee,
    changer_les_formations,
    creer_campagne,
    modifier_campagne,
    passer,
)
from grilles.campagnes.services.lecture import lire_campagne, lire_formations, lister_campagnes, lister_les_retours
from grilles.services import GrilleFigee, ouvrir_grille
from tests.grilles.campagnes.conftest import ANNEE, ECHEANCE, REGLAGES, Univers

CHOISIES = replace(REGLAGES, toutes_formations=False)


def _actes(univers: Univers) -> list[str]:
    with univers.base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).order_by(col(EntreeJournal.rang))
        return [acte for (acte,) in lignes(session, requete)]


def test_une_campagne_par_annee_et_le_refus_dit_laquelle(univers: Univers) -> None:
    univers.creer(etat="preparation")
    with pytest.raises(SaisieRefusee) as refus:
        univers.ecrire(creer_campagne, univers.pilote, ANNEE, replace(REGLAGES, libelle="Une autre"))
    assert refus.value.champ == "annee"
    assert "2026-2027 : « Auto-évaluation 2026-2027 », en préparation" in refus.value.message
    assert [fiche.libelle for fiche in univers.lire(lister_campagnes, univers.pilote)] == [REGLAGES.libelle]


def test_ce_qui_a_change_entre_temps_se_dit_et_rien_n_est_perdu(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation")
    un = replace(REGLAGES, version=1, echeance_positions=date(2026, 12, 20))
    univers.ecrire(modifier_campagne, univers.pilote, campagne.id, un)
    deux = replace(REGLAGES, version=1, libelle="Campagne d'automne")
    with pytest.raises(CampagneChangee) as conflit:
        univers.ecrire(modifier_campagne, univers.pilote, campagne.id, deux)
    assert conflit.value.fiche.version == 2
    assert conflit.value.differences == (
        ("Nom", "Auto-évaluation 2026-2027"),
        ("Échéance des positions", "20 décembre 2026"),
    )
    assert univers.fiche(campagne.id).echeance_positions == date(2026, 12, 20)
    assert _actes(univers) == ["campagne créée", "campagne réglée"]


def test_les_memes_reglages_n_ecrivent_rien(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation")
    univers.ecrire(modifier_campagne, univers.pilote, campagne.id, replace(REGLAGES, version=1))
    assert univers.fiche(campagne.id).version == 1
    assert _actes(univers) == ["campagne créée"]


def test_des_formations_choisies_et_leur_echeance(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation", commande=CHOISIES)
    assert univers.lire(lire_formations, univers.pilote, campagne) == []
    voulues = {univers.formations["chimie"]: (True, date(2026, 11, 20)), univers.formations["droit"]: (False, None)}
    assert univers.ecrire(changer_les_formations, univers.pilote, campagne.id, voulues, 1) == (1, 0)
    [chimie] = univers.lire(lire_formations, univers.pilote, univers.fiche(campagne.id))
    assert (chimie.code, chimie.echeance, chimie.composante) == ("chimie", date(2026, 11, 20), "IUT de Valmont")
    assert univers.ecrire(changer_les_formations, univers.pilote, campagne.id, voulues, 1) == (0, 0)
    rien = {univers.formations["chimie"]: (False, None)}
    with pytest.raises(CampagneChangee):
        univers.ecrire(changer_les_formations, univers.pilote, campagne.id, rien, 1)
    assert univers.ecrire(changer_les_formations, univers.pilote, campagne.id, rien, 2) == (0, 1)


def test_une_formation_dont_la_grille_est_commencee_reste(univers: Univers) -> None:
    campagne = univers.creer()
    univers.repondre("chimie", "1.S1.1", "tenu")
    univers.ecrire(modifier_campagne, univers.pilote, campagne.id, replace(CHOISIES, version=1))
    fiche = univers.fiche(campagne.id)
    assert [f.code for f in univers.lire(lire_formations, univers.pilote, fiche)] == ["chimie"]
    with pytest.raises(SaisieRefusee, match="a déjà sa grille"):
        univers.ecrire(
            changer_les_formations, univers.pilote, campagne.id, {univers.formations["chimie"]: (False, None)}, 2
        )
    with pytest.raises(GrilleFigee, match="n'est pas de la campagne"):
        univers.ecrire(ouvrir_grille, univers.pilote, univers.formations["droit"], ANNEE)


def test_toutes_les_formations_n_inscrit_que_celles_qui_ont_une_echeance(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation")
    voulues = {univers.formations["chimie"]: (True, ECHEANCE), univers.formations["droit"]: (True, None)}
    univers.ecrire(changer_les_formations, univers.pilote, campagne.id, voulues, 1)
    lues = univers.lire(lire_formations, univers.pilote, univers.fiche(campagne.id))
    assert [(f.code, f.inscrite, f.retenue) for f in lues] == [
        ("chimie", True, True),
        ("droit", False, True),
        ("gestion", False, True),
    ]


def test_l_edition_ne_change_plus_une_fois_ouverte_mais_les_echeances_oui(univers: Univers) -> None:
    campagne = univers.creer()
    plus_tard = replace(REGLAGES, version=1, echeance_positions=date(2027, 1, 1))
    assert univers.ecrire(modifier_campagne, univers.pilote, campagne.id, plus_tard).echeance_positions.year == 2027
    with pytest.raises(SaisieRefusee) as refus:
        univers.ecrire(modifier_campagne, univers.pilote, campagne.id, replace(REGLAGES, edition="2030-01", version=2))
    assert refus.value.champ == "edition"


def test_les_passages_s_enchainent_et_vont_au_journal(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation")
    with pytest.raises(GrilleFigee, match="en préparation"):
        univers.repondre("chimie", "1.S1.1", "tenu")
    assert univers.ecrire(passer, univers.pilote, campagne.id, "ouvrir", depuis="preparation") == "ouverte"
    univers.repondre("chimie", "1.S1.1", "tenu", Partie.CFA)
    with pytest.raises(SaisieRefusee, match="1\xa0réponse est déjà écrite"):
        univers.ecrire(
            passer, univers.pilote, campagne.id, "revenir_en_preparation", depuis="ouverte", motif="trop tôt"
        )
    univers.ecrire(passer, univers.pilote, campagne.id, "concerter", depuis="ouverte")
    with pytest.raises(GrilleFigee, match="positions des parties sont closes"):
        univers.repondre("chimie", "1.S1.2", "tenu", Partie.CFA)
    with pytest.raises(SaisieRefusee) as refus:
        univers.ecrire(passer, univers.pilote, campagne.id, "rouvrir_les_positions", depuis="en_concertation")
    assert refus.value.champ == "motif"
    retour = {"depuis": "en_concertation", "motif": "Le CFA n'a pas fini."}
    assert univers.ecrire(passer, univers.pilote, campagne.id, "rouvrir_les_positions", **retour) == "ouverte"
    assert _actes(univers)[-1] == "positions rouvertes"
    [lu] = univers.lire(lister_les_retours, univers.pilote, univers.fiche(campagne.id))
    assert (lu.en_clair, lu.motif) == ("en concertation, puis ouverte", "Le CFA n'a pas fini.")


def test_le_journal_ne_porte_aucun_texte_libre_d_une_campagne(univers: Univers) -> None:
    """Un nom, une consigne, un motif peuvent nommer quelqu'un : le journal dit qu'ils ont changé, et où les lire."""
    libre = "Camille Exemple l’a demandé"
    nommee = univers.creer(commande=replace(REGLAGES, libelle=libre, consigne=libre))
    univers.ecrire(modifier_campagne, univers.pilote, nommee.id, replace(REGLAGES, libelle="Autre", version=1))
    pas = {"depuis": "ouverte", "motif": libre}
    univers.ecrire(passer, univers.pilote, nommee.id, "revenir_en_preparation", **pas)
    dites = select(col(EntreeJournal.avant), col(EntreeJournal.apres)).order_by(col(EntreeJournal.rang))
    entrees = univers.lire(lignes, dites)
    assert "Camille" not in json.dumps([tuple(entree) for entree in entrees], ensure_ascii=False)
    assert entrees[-1].apres == {"etat": "preparation", "retour": 1}


def test_un_passage_demande_depuis_un_etat_perime_se_dit(univers: Univers) -> None:
    campagne = univers.creer()
    with pytest.raises(CampagneChangee) as conflit:
        univers.ecrire(passer, univers.pilote, campagne.id, "ouvrir", depuis="preparation")
    assert conflit.value.differences == (("État", "ouverte"),)
    with pytest.raises(SaisieRefusee, match="n’existe pas"):
        univers.ecrire(passer, univers.pilote, campagne.id, "envoler", depuis="ouverte")


def test_une_campagne_sans_formation_ne_s_ouvre_pas(univers: Univers) -> None:
    campagne = univers.creer(etat="preparation", commande=CHOISIES)
    with pytest.raises(SaisieRefusee, match="aucune formation"):
        univers.ecrire(passer, univers.pilote, campagne.id, "ouvrir", depuis="preparation")


@pytest.mark.parametrize("nom", ["cfa", "responsable", "doyen"])
def test_seul_qui_pilote_l_etablissement_conduit(univers: Univers, nom: str) -> None:
    campagne, qui = univers.creer(), univers.acteurs[nom]
    with pytest.raises(DroitManquant):
        univers.ecrire(creer_campagne, qui, 2030, REGLAGES)
    with pytest.raises(DroitManquant):
        univers.ecrire(modifier_campagne, qui, campagne.id, REGLAGES)
    with pytest.raises(DroitManquant):
        univers.ecrire(changer_les_formations, qui, campagne.id, {}, 1)
    with pytest.raises(DroitManquant):
        univers.ecrire(passer, qui, campagne.id, "concerter", depuis="ouverte")


def test_un_autre_etablissement_ne_la_voit_pas(univers: Univers) -> None:
    campagne = univers.creer()
    ailleurs = replace(univers.pilote, etablissement_id=univers.pilote.etablissement_id + 1000)
    with pytest.raises(Introuvable):
        univers.lire(lire_campagne, ailleurs, campagne.id)
    assert univers.lire(lister_campagnes, ailleurs) == ()


def test_une_campagne_nee_d_une_grille_se_conduit_aussi(univers: Univers) -> None:
    univers.repondre("chimie", "1.S1.1", "tenu", annee=2025)
    [nee] = univers.lire(lister_campagnes, univers.pilote)
    assert (nee.annee, nee.etat, nee.toutes_formations) == (2025, "ouverte", True)
    assert univers.ecrire(passer, univers.pilote, nee.id, "concerter", depuis="ouverte") == "en_concertation"
