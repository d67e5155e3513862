"""Le tableau d'avancement : ce qu'il compte, qui il attend, ce que chacun en voit."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update
from sqlmodel import col

from charte.acteur import Partie
from grilles.arrete.contenu import Releve, lire_releve
from grilles.arrete.lecture import preuves_a_citer
from grilles.arrete.services import CommandeArrete, arreter_grille
from grilles.campagnes.services.suivi import lire_le_suivi, totaux_par_poste
from grilles.campagnes.suivi import Filtre, LigneDeSuivi, SuiviDePoste, filtrer, qui_on_attend, resumer
from grilles.campagnes.vues import FicheCampagne
from grilles.modeles import Preuve, Reponse
from grilles.regles import Avancement
from grilles.services import lire_grille
from tests.grilles.campagnes.conftest import ACTIONS, ECHEANCE, ELEMENTS, Univers

AVANT, APRES = date(2026, 11, 1), date(2026, 12, 2)
FINI, PAS_FINI = Avancement(3, 3), Avancement(1, 3)


def _suivre(univers: Univers, campagne: FicheCampagne, qui: str = "", jour: date = AVANT) -> dict[str, LigneDeSuivi]:
    acteur = univers.acteurs.get(qui, univers.pilote)
    lignes = univers.lire(lire_le_suivi, acteur, campagne, jour)
    return {ligne.formation.code: ligne for ligne in lignes}


@pytest.mark.parametrize(
    ("etat", "grille", "etablissement", "cfa", "concertee", "sans_preuve", "attend"),
    [
        ("preparation", None, PAS_FINI, PAS_FINI, PAS_FINI, 0, ()),
        ("ouverte", None, PAS_FINI, PAS_FINI, PAS_FINI, 0, (Partie.ETABLISSEMENT, Partie.CFA)),
        ("ouverte", "ouverte", FINI, PAS_FINI, PAS_FINI, 0, (Partie.CFA,)),
        ("ouverte", "ouverte", FINI, FINI, PAS_FINI, 0, ()),
        ("ouverte", "ouverte", PAS_FINI, PAS_FINI, FINI, 2, ()),
        ("ouverte", "arretee", PAS_FINI, PAS_FINI, PAS_FINI, 0, ()),
        ("en_concertation", "ouverte", PAS_FINI, PAS_FINI, PAS_FINI, 0, (Partie.CONCERTEE,)),
        ("en_concertation", "ouverte", FINI, FINI, FINI, 1, (Partie.CONCERTEE,)),
        ("en_concertation", "ouverte", PAS_FINI, PAS_FINI, FINI, 0, ()),
        ("arretee", "ouverte", PAS_FINI, PAS_FINI, PAS_FINI, 3, ()),
    ],
)
def test_qui_on_attend(
    etat: str,
    grille: str | None,
    etablissement: Avancement,
    cfa: Avancement,
    concertee: Avancement,
    sans_preuve: int,
    attend: tuple[Partie, ...],
) -> None:
    assert qui_on_attend(etat, grille, SuiviDePoste(1, etablissement, cfa, concertee, sans_preuve)) == attend


def test_les_totaux_sont_ceux_de_la_charte() -> None:
    totaux = totaux_par_poste("2023-10")
    assert list(totaux) == [1, 2, 3, 4]
    assert sum(concertee for _, _, concertee in totaux.values()) == len(ELEMENTS) == 93
    assert all(0 < cfa <= tout and 0 < etablissement <= tout for etablissement, cfa, tout in totaux.values())


def test_ce_que_le_tableau_compte(univers: Univers) -> None:
    campagne = univers.creer()
    for partie, etat in ((Partie.ETABLISSEMENT, "tenu"), (Partie.CFA, "en_partie")):
        univers.repondre("chimie", "1.S1.1", etat, partie)
        univers.repondre("chimie", "2.S1.1", etat, partie)
    univers.repondre("chimie", "2.S1.1", "tenu")
    univers.repondre("chimie", "1.S1.2", "tenu")
    univers.prouver("chimie", "1.S1.2")
    suivi = _suivre(univers, campagne)
    assert list(suivi) == ["chimie", "droit", "gestion"]
    un, deux, *_ = suivi["chimie"].postes
    assert (un.etablissement.renseignes, un.cfa.renseignes, un.concertee.renseignes) == (1, 1, 1)
    assert (un.desaccords, un.sans_preuve) == (1, 0)
    assert (deux.desaccords, deux.sans_preuve) == (0, 1), "la concertée a tranché ; sa preuve manque"
    assert suivi["droit"].somme.concertee == Avancement(0, 93)
    assert suivi["droit"].attend_en_clair == "l’établissement et le CFA"


@pytest.mark.parametrize("reprise", [Partie.ETABLISSEMENT, Partie.CFA])
def test_un_desaccord_de_l_an_passe_n_en_est_pas_un_tant_que_personne_ne_l_a_redit(
    univers: Univers, reprise: Partie
) -> None:
    campagne = univers.creer()
    for partie, etat in ((Partie.ETABLISSEMENT, "tenu"), (Partie.CFA, "en_partie")):
        univers.repondre("chimie", "1.S1.1", etat, partie)
    formation = univers.formations["chimie"]
    assert _suivre(univers, campagne)["chimie"].somme.desaccords == 1
    assert univers.lire(lire_grille, univers.pilote, formation, campagne.annee).en_desaccord("1.S1.1")
    with univers.base.ecriture() as session:
        des_siennes = update(Reponse).where(col(Reponse.partie) == reprise.value)
        session.connection().execute(des_siennes.values(a_confirmer=True))
    assert _suivre(univers, campagne)["chimie"].somme.desaccords == 0
    assert not univers.lire(lire_grille, univers.pilote, formation, campagne.annee).en_desaccord("1.S1.1")


def test_une_preuve_qui_ne_vaut_plus_manque(univers: Univers) -> None:
    campagne = univers.creer()
    univers.repondre("chimie", "1.S1.1", "tenu")
    univers.prouver("chimie", "1.S1.1")
    assert _suivre(univers, campagne)["chimie"].somme.sans_preuve == 0
    with univers.base.ecriture() as session:
        session.connection().execute(update(Preuve).values(date_fin=date(2026, 10, 31)))
    assert _suivre(univers, campagne)["chimie"].somme.sans_preuve == 1
    assert _suivre(univers, campagne, jour=date(2026, 10, 31))["chimie"].somme.sans_preuve == 0


def test_une_grille_arretee_garde_les_preuves_qui_manquaient_ce_jour_la(univers: Univers) -> None:
    """Ni l'échéance d'une preuve, ni une date récrite depuis, ni un relevé d'avant ce compte n'y changent rien."""
    campagne = univers.creer()
    for element in ("1.S1.1", "1.S1.2", "2.S1.1"):
        univers.repondre("chimie", element, "tenu")
    univers.repondre("droit", "1.S1.1", "tenu")
    univers.prouver("chimie", "1.S1.1")
    univers.prouver("droit", "1.S1.1")
    univers.ecrire(arreter_grille, univers.pilote, CommandeArrete(univers.formations["chimie"], campagne.annee))
    with univers.base.ecriture() as session:
        session.connection().execute(update(Preuve).values(date_fin=date(2026, 10, 31)))
    suivi = _suivre(univers, campagne)
    assert [poste.sans_preuve for poste in suivi["chimie"].postes] == [1, 1, 0, 0]
    assert suivi["droit"].somme.sans_preuve == 1
    assert univers.lire(preuves_a_citer, univers.pilote, campagne.id) == {
        suivi["chimie"].formation.grille_id: {1: 1, 2: 1, 3: 0, 4: 0}
    }
    assert _relu_sans_ce_compte(univers, campagne) == suivi["chimie"].postes


def _relu_sans_ce_compte(univers: Univers, campagne: FicheCampagne) -> object:
    def d_avant(texte: str) -> Releve:
        releve = lire_releve(texte)
        assert releve.preuves_a_citer is not None
        return replace(releve, preuves_a_citer=None)

    with pytest.MonkeyPatch.context() as remplace:
        remplace.setattr("grilles.arrete.lecture.lire_releve", d_avant)
        return _suivre(univers, campagne)["chimie"].postes


def test_ce_qui_est_repris_et_pas_confirme_n_est_ni_fait_ni_a_prouver(univers: Univers) -> None:
    campagne = univers.creer()
    for element in ("1.S1.1", "1.S1.2"):
        univers.repondre("chimie", element, "tenu")
    with univers.base.ecriture() as session:
        reprise = update(Reponse).where(col(Reponse.element) == "1.S1.1").values(a_confirmer=True)
        session.connection().execute(reprise)
    un = _suivre(univers, campagne)["chimie"].postes[0]
    assert (un.concertee.renseignes, un.sans_preuve, un.a_confirmer) == (1, 1, 1)
    univers.ecrire(arreter_grille, univers.pilote, CommandeArrete(univers.formations["chimie"], campagne.annee))
    assert _suivre(univers, campagne)["chimie"].postes[0] == un


def test_les_retards_viennent_d_abord_et_les_filtres_se_cumulent(univers: Univers) -> None:
    campagne = univers.creer()
    for element in ELEMENTS:
        univers.repondre("chimie", element, "en_place" if element in ACTIONS else "en_partie")
    lignes = tuple(_suivre(univers, campagne, jour=APRES).values())
    tries = filtrer(lignes, Filtre(), APRES)
    assert [ligne.formation.code for ligne in tries] == ["droit", "gestion", "chimie"]
    assert [ligne.en_retard(APRES) for ligne in tries] == [True, True, False]
    assert [ligne.en_retard(ECHEANCE) for ligne in tries] == [False, False, False]

    def codes(**filtre: object) -> list[str]:
        return [ligne.formation.code for ligne in filtrer(lignes, Filtre(**filtre), APRES)]  # type: ignore[arg-type]

    assert codes(retard=True) == ["droit", "gestion"]
    assert codes(cfa=univers.cfas["partenaire"]) == ["gestion"]
    assert codes(composante=univers.composante) == ["chimie"]
    assert codes(attend="cfa", cfa=univers.cfas["interne"]) == ["droit"]
    [chimie] = filtrer(lignes, Filtre(poste=2, composante=univers.composante), APRES)
    assert [suivi.poste for suivi in chimie.postes] == [2]
    resume = resumer(lignes, APRES)
    assert (resume.formations, resume.commencees, resume.en_retard, resume.attend_cfa) == (3, 1, 2, 2)


def test_un_cfa_ne_voit_que_ses_diplomes(univers: Univers) -> None:
    campagne = univers.creer()
    assert list(_suivre(univers, campagne, "cfa")) == ["chimie", "droit"]
    assert list(_suivre(univers, campagne, "responsable")) == ["chimie"]
    assert list(_suivre(univers, campagne, "doyen")) == ["chimie"]


def test_l_echeance_suit_l_etat(univers: Univers) -> None:
    campagne = univers.creer()
    assert _suivre(univers, campagne)["droit"].echeance == ECHEANCE
    univers_concerte = univers.fiche(campagne.id)
    assert univers_concerte.echeance_concertation == date(2027, 1, 15)
