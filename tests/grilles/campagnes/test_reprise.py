"""Reprendre l'an passé : à confirmer, jamais par-dessus, deux fois sans effet, une édition changée ne perd rien."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

import grilles.campagnes.services.reprise as module
from appli.travaux import executants, executer_travail
from charte.acteur import DroitManquant, Partie
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.travaux import demander_travail, etat_du_travail
from charte.comparaison import Differences, Paire, comparer_editions
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.services.conduite import passer
from grilles.campagnes.services.reprise import proposer_une_reprise, reprendre_une_grille
from grilles.campagnes.travaux import REPRISE, reprendre
from grilles.campagnes.vues import FicheCampagne
from grilles.modeles import Grille, PreuveCitee, Reponse
from grilles.services import lire_grille
from tests.grilles.campagnes.conftest import ANNEE, Univers

AVANT = ANNEE - 1
Deux = tuple[FicheCampagne, FicheCampagne]


@pytest.fixture
def deux(univers: Univers) -> Deux:
    """Une campagne passée, répondue, et celle de cette année."""
    avant = univers.creer(AVANT)
    univers.repondre("chimie", "1.S1.1", "tenu", annee=AVANT)
    univers.repondre("chimie", "1.S1.1", "en_partie", Partie.CFA, annee=AVANT)
    univers.repondre("chimie", "2.S1.1", "non_tenu", Partie.ETABLISSEMENT, annee=AVANT)
    univers.prouver("chimie", "1.S1.1", annee=AVANT)
    univers.repondre("droit", "1.S1.1", "tenu", annee=AVANT)
    return avant, univers.creer(ANNEE)


def _reprendre(univers: Univers, reglages: Reglages, deux: Deux, parties: str = "toutes") -> str:
    suivi: list[tuple[int, int]] = []
    parametres = {"depuis": deux[0].id, "vers": deux[1].id, "parties": parties}
    message = reprendre(univers.base, reglages, univers.pilote, parametres, lambda f, t: suivi.append((f, t)))
    assert suivi[-1] == (2, 2)
    return message.replace("\xa0", " ")


def _reponses(univers: Univers, campagne: FicheCampagne) -> dict[tuple[int, str, str], tuple[str | None, bool, int]]:
    requete = (
        select(
            *(col(c) for c in (Grille.formation_id, Reponse.element, Reponse.partie)),
            *(col(c) for c in (Reponse.etat, Reponse.a_confirmer, Reponse.version)),
        )
        .join(Grille, col(Grille.id) == col(Reponse.grille_id))
        .where(col(Grille.campagne_id) == campagne.id)
    )
    with univers.base.lecture() as session:
        return {(f, e, p): (etat, bool(a), v) for f, e, p, etat, a, v in lignes(session, requete)}


def test_tout_se_reprend_a_confirmer_avec_ses_preuves_et_recommencer_ne_change_rien(
    univers: Univers, reglages: Reglages, deux: Deux
) -> None:
    chimie = univers.formations["chimie"]
    message = _reprendre(univers, reglages, deux)
    assert message == "4 réponses reprises de 2025-2026, à confirmer, dans 2 grilles."
    reprises = _reponses(univers, deux[1])
    assert reprises[chimie, "1.S1.1", "cfa"] == ("en_partie", True, 1)
    assert all(a_confirmer for _, a_confirmer, _ in reprises.values())
    grille = univers.lire(lire_grille, univers.pilote, chimie, ANNEE)
    assert [preuve.titre for preuve in grille.ligne("1.S1.1").preuves] == ["Livret"]
    assert grille.poste(1).bilan.avancement.renseignes == 1
    assert "à confirmer" in grille.poste(1).bilan.manques[0].raison
    assert _reprendre(univers, reglages, deux).startswith("0 réponse reprise")
    assert _reponses(univers, deux[1]) == reprises
    with univers.base.lecture() as session:
        assert len(lignes(session, select(col(PreuveCitee.id)))) == 2


def test_rien_n_est_ecrase(univers: Univers, reglages: Reglages, deux: Deux) -> None:
    univers.repondre("chimie", "1.S1.1", "non_tenu")
    assert _reprendre(univers, reglages, deux).startswith("3 réponses")
    assert _reponses(univers, deux[1])[univers.formations["chimie"], "1.S1.1", "concertee"] == ("non_tenu", False, 1)


def test_la_concertee_seule(univers: Univers, reglages: Reglages, deux: Deux) -> None:
    assert _reprendre(univers, reglages, deux, "concertee").startswith("2 réponses")
    assert {partie for _, _, partie in _reponses(univers, deux[1])} == {"concertee"}


def test_en_concertation_les_positions_closes_ne_se_reprennent_pas(
    univers: Univers, reglages: Reglages, deux: Deux
) -> None:
    univers.ecrire(passer, univers.pilote, deux[1].id, "concerter", depuis="ouverte")
    assert _reprendre(univers, reglages, deux).startswith("2 réponses")


def test_redire_une_reponse_reprise_la_confirme(univers: Univers, reglages: Reglages, deux: Deux) -> None:
    from grilles.services import CommandeReponse, enregistrer_reponse

    _reprendre(univers, reglages, deux)
    commande = CommandeReponse(univers.formations["droit"], "1.S1.1", "tenu", "", "Vu.", 1, ANNEE)
    univers.ecrire(enregistrer_reponse, univers.pilote, commande)
    reponse = _reponses(univers, deux[1])[univers.formations["droit"], "1.S1.1", "concertee"]
    assert reponse == ("tenu", False, 2)


def test_le_travail_reprend_apres_un_arret(
    univers: Univers, reglages: Reglages, deux: Deux, monkeypatch: pytest.MonkeyPatch
) -> None:
    parametres = {"depuis": deux[0].id, "vers": deux[1].id, "parties": "toutes"}
    vraie, faites = reprendre_une_grille, []

    def tomber(*details: Any) -> int:
        if faites:
            raise KeyboardInterrupt
        faites.append(1)
        return vraie(*details)

    from grilles.campagnes import travaux

    monkeypatch.setattr(travaux, "reprendre_une_grille", tomber)
    travail = univers.ecrire(demander_travail, univers.pilote, REPRISE, parametres)
    with pytest.raises(KeyboardInterrupt):
        executer_travail(univers.base, reglages, travail, executants())
    assert len(_reponses(univers, deux[1])) == 3
    monkeypatch.setattr(travaux, "reprendre_une_grille", vraie)
    executer_travail(univers.base, reglages, travail, executants())
    etat = univers.lire(etat_du_travail, univers.pilote, travail)
    assert (etat.etat, etat.fait, etat.total) == ("fini", 2, 2)
    assert len(_reponses(univers, deux[1])) == 4


@pytest.fixture
def edition_changee(monkeypatch: pytest.MonkeyPatch) -> Callable[[Differences], None]:
    """`edition_changee(differences)` : ce que devient chaque élément d'une campagne à l'autre."""
    return lambda differences: monkeypatch.setattr(module, "comparer", lambda _avant, _apres: differences)


def test_d_une_edition_a_l_autre_rien_ne_se_perd_en_silence(
    univers: Univers, reglages: Reglages, deux: Deux, edition_changee: Callable[[Differences], None]
) -> None:
    edition = charger_edition("2023-10")
    meme = comparer_editions(edition, edition)
    un, ailleurs, retire = (edition.element(e) for e in ("1.S1.1", "1.S1.2", "2.S1.1"))
    gardes = tuple(p for p in meme.identiques if p.avant.id not in {un.id, ailleurs.id, retire.id})
    changements = Differences("2023-10", "2030-01", gardes, (), (Paire(un, ailleurs),), (un,), (retire,))
    edition_changee(changements)
    proposee = univers.lire(proposer_une_reprise, univers.pilote, deux[1])
    assert [element.id for element in proposee.changements.supprimes] == ["2.S1.1"]
    assert _reprendre(univers, reglages, deux).startswith("3 réponses")
    assert {element for _, element, _ in _reponses(univers, deux[1])} == {"1.S1.2"}


def test_ce_qui_est_propose(univers: Univers, deux: Deux) -> None:
    proposee = univers.lire(proposer_une_reprise, univers.pilote, deux[1])
    assert (proposee.depuis.annee, proposee.grilles, proposee.reponses, proposee.concertees) == (AVANT, 2, 4, 2)
    assert proposee.changements.aucune
    assert univers.lire(proposer_une_reprise, univers.pilote, deux[0]) is None


def test_une_reprise_a_rebours_ou_sans_droit_est_refusee(univers: Univers, reglages: Reglages, deux: Deux) -> None:
    with pytest.raises(SaisieRefusee, match="plus ancienne"):
        _reprendre(univers, reglages, (deux[1], deux[0]))
    parametres = {"depuis": deux[0].id, "vers": deux[1].id, "parties": "toutes"}
    with pytest.raises(DroitManquant):
        reprendre(univers.base, reglages, univers.acteurs["cfa"], parametres, lambda _f, _t: None)


def test_la_reprise_va_au_journal(univers: Univers, reglages: Reglages, deux: Deux) -> None:
    _reprendre(univers, reglages, deux)
    with univers.base.lecture() as session:
        requete = select(col(EntreeJournal.apres)).where(col(EntreeJournal.acte) == "réponses reprises")
        dits = [apres for (apres,) in lignes(session, requete)]
    assert dits == [
        {"depuis": AVANT, "preuves": 1, "reponses": 3},
        {"depuis": AVANT, "preuves": 0, "reponses": 1},
    ]
