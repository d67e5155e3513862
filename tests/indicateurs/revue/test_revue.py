"""Mener une revue : elle se prépare à plusieurs, s'arrête, et ne change plus, ni par l'outil ni par la base."""

import json
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from grilles.plan.modeles import ActionAmelioration
from indicateurs.modeles import Contrat
from indicateurs.revue.formulaires import FormulaireArret, FormulaireDecision, FormulaireDonnees
from indicateurs.revue.modeles import NoteDeRevue, Revue
from indicateurs.revue.plan import PlanRefuse
from indicateurs.revue.services.ecriture import (
    ConflitDeRevue,
    IndicateurDecide,
    RevueFermee,
    SaisieDeRevueRefusee,
    arreter,
    decider_d_une_action,
    repondre,
    rouvrir,
)
from indicateurs.revue.services.lecture import lire_le_scelle, lire_une_revue, lister_les_revues
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.revue.fabrique import CLE, PLAN, Lieu, dire, figer, lire, ouvrir, peupler, textes

DEUX_BASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture
def lieu(base: BaseSQL) -> Lieu:
    return peupler(base)


def du_cfa(lieu: Lieu, cfa: int, role: Role = Role.REFERENT_QUALITE, nom: str = "du CFA") -> Acteur:
    return creer_collegue(lieu.base, lieu.acteur, role, nom, (Mandat(role, Portee.CFA, cfa, Partie.CFA),))


def executer(base: BaseSQL, requete: Any) -> None:
    with base.ecriture() as session:
        super(Session, session).execute(requete)


@pytest.mark.parametrize("sorte", DEUX_BASES)
def test_une_revue_arretee_ne_change_plus_ni_par_l_outil_ni_par_la_base(
    request: pytest.FixtureRequest, sorte: str
) -> None:
    base: BaseSQL = request.getfixturevalue("base" if sorte == "sqlite" else "base_postgresql")
    lieu = peupler(base)
    revue = ouvrir(lieu, lieu.cfa)
    dire(lieu, revue)
    avant = lire(lieu, revue).contenu
    empreinte = figer(lieu, revue)
    executer(base, update(Contrat).values(date_rupture=None))
    lu = lire(lieu, revue)
    assert lu.contenu.indicateurs == avant.indicateurs
    with base.lecture() as session:
        scelle = lire_le_scelle(session, lieu.acteur, lu.revue)
    assert calculer_empreinte(scelle) == empreinte == lu.revue.empreinte
    assert lu.contenu.sources[0].empreinte == "ab" * 32
    assert "extraction.xlsx" not in scelle
    with pytest.raises(RevueFermee):
        dire(lieu, revue, texte="Après coup.", version=1)
    neuve = insert(NoteDeRevue).values(
        etablissement_id=lieu.acteur.etablissement_id, revue_id=revue, indicateur="x", avis="garder", commentaire="",
        version=1, modifie_par="x", modifie_le=maintenant(),
    )  # fmt: skip
    for ordre in (
        update(Revue).values(conclusion="Autre"), delete(Revue), update(NoteDeRevue).values(commentaire="Autre"),
        delete(NoteDeRevue), neuve,
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="arrêtée"):
            executer(base, ordre)


def test_un_effectif_masque_n_est_ni_lu_ni_scelle(lieu: Lieu) -> None:
    revue = ouvrir(lieu, lieu.autre_cfa)
    (vu,) = [i for i in lire(lieu, revue).contenu.indicateurs if i.cle == CLE]
    assert vu.derniere is not None
    assert vu.derniere.masque
    assert lire(lieu, revue).contenu.part_connue == "n.d."
    figer(lieu, revue)
    with lieu.base.lecture() as session:
        lu = json.loads(lire_le_scelle(session, lieu.acteur, lire_une_revue(session, lieu.acteur, revue)))
    for indicateur in lu["indicateurs"]:
        for mesure in indicateur["serie"]:
            if mesure["masque"]:
                assert {mesure[nom] for nom in ("numerateur", "denominateur", "taux", "ic_bas", "ic_haut")} == {None}


def test_deux_plumes_ne_s_ecrasent_pas(lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    dire(lieu, revue, texte="Le mien.")
    with pytest.raises(ConflitDeRevue) as conflit:
        dire(lieu, revue, texte="Le sien.", version=0)
    assert conflit.value.autre == {"avis": "garder", "commentaire": "Le mien."}
    dire(lieu, revue, texte="Les deux.", version=conflit.value.version)
    premier = FormulaireDonnees(donnees_completes="oui", note_donnees="Tout y est.", version=1)
    second = premier.model_copy(update={"note_donnees": "Il manque 2021."})
    with lieu.base.ecriture() as session:
        repondre(session, lieu.acteur, revue, premier)
    with lieu.base.ecriture() as session, pytest.raises(ConflitDeRevue):
        repondre(session, lieu.acteur, revue, second)


def test_une_note_ecrite_entre_temps_arrete_l_arret(lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    dossier = lire(lieu, revue)
    dire(lieu, revue)
    with lieu.base.ecriture() as session, pytest.raises(ConflitDeRevue):
        arreter(session, lieu.acteur, revue, FormulaireArret(conclusion="Vite.", version=1), dossier.contenu)
    assert not lire(lieu, revue).revue.arretee


def test_agir_ouvre_une_action_du_plan_une_seule_fois(lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    saisie = FormulaireDecision(intitule="Revoir l’accueil", porteur="direction", echeance="2027-06-30")
    sur = IndicateurDecide(CLE, "Rupture brute : 15,0 %.")

    def decider() -> int:
        with lieu.base.ecriture() as session:
            return decider_d_une_action(session, lieu.acteur, revue, sur=sur, saisie=saisie, plan=PLAN)

    with pytest.raises(Introuvable):
        decider()
    dire(lieu, revue, avis="agir")
    numero = decider()
    with pytest.raises(SaisieDeRevueRefusee, match="déjà"):
        decider()
    with lieu.base.lecture() as session:
        a = session.get_one(ActionAmelioration, numero)
        assert (a.origine, a.indicateur, a.renvoi) == ("indicateur", CLE, "revue annuelle 2026")
        assert a.description == "Rupture brute : 15,0 %.\nStable."
    vu = lire(lieu, revue).contenu.indicateur(CLE)
    assert vu is not None
    assert vu.action is not None
    assert (vu.action.id, vu.action.intitule) == (numero, "Revoir l’accueil")


def test_le_plan_dit_ce_qu_il_refuse(lieu: Lieu) -> None:
    referent = du_cfa(lieu, lieu.cfa)
    revue = ouvrir(lieu, lieu.cfa, acteur=referent)
    dire(lieu, revue, avis="agir")
    saisie = FormulaireDecision(intitule="Agir", porteur="direction", echeance="2027-06-30")
    sur = IndicateurDecide(CLE, "")
    with lieu.base.ecriture() as session, pytest.raises(PlanRefuse, match="Choisissez un diplôme"):
        decider_d_une_action(session, referent, revue, sur=sur, saisie=saisie, plan=PLAN)


def test_rouvrir_fait_une_autre_version_reprise_de_la_premiere(lieu: Lieu) -> None:
    revue = ouvrir(lieu, lieu.cfa)
    dire(lieu, revue, texte="Repris.")
    with lieu.base.ecriture() as session, pytest.raises(RevueFermee):
        rouvrir(session, lieu.acteur, revue, "Trop tôt.")
    empreinte = figer(lieu, revue)
    with lieu.base.ecriture() as session:
        suite = rouvrir(session, lieu.acteur, revue, "Un fichier retrouvé.")
    with lieu.base.ecriture() as session, pytest.raises(RevueFermee, match="déjà"):
        rouvrir(session, lieu.acteur, revue, "Encore.")
    neuve, ancienne = lire(lieu, suite), lire(lieu, revue)
    assert (neuve.revue.rang, neuve.contenu.motif, neuve.revue.conclusion) == (
        2,
        "Un fichier retrouvé.",
        "Rien ne presse.",
    )
    vu = neuve.contenu.indicateur(CLE)
    assert vu is not None
    assert vu.commentaire == "Repris."
    assert ancienne.revue.empreinte == empreinte
    with pytest.raises(SaisieDeRevueRefusee, match="déjà sa revue"):
        ouvrir(lieu, lieu.cfa)


def test_l_an_d_apres_se_compare_a_la_derniere_arretee(lieu: Lieu) -> None:
    premiere = ouvrir(lieu, lieu.cfa, annee=2025)
    dire(lieu, premiere, texte="L’an passé.")
    assert lire(lieu, premiere).contenu.comparee_a is None
    figer(lieu, premiere)
    suite = lire(lieu, ouvrir(lieu, lieu.cfa))
    assert (suite.contenu.comparee_a, suite.contenu.changements) == (2025, ())
    assert suite.precedente is not None
    assert suite.precedente.indicateur(CLE) is not None
    assert lire(lieu, ouvrir(lieu, lieu.autre_cfa)).precedente is None


def test_chacun_ne_voit_et_ne_mene_que_les_siennes(lieu: Lieu, autre_acteur: Acteur) -> None:
    tout, ici, la = ouvrir(lieu), ouvrir(lieu, lieu.cfa), ouvrir(lieu, lieu.autre_cfa)
    lecteur = du_cfa(lieu, lieu.cfa, Role.LECTEUR, "lecteur du CFA")
    responsable = creer_collegue(
        lieu.base, lieu.acteur, Role.RESPONSABLE_FORMATION, "responsable",
        (Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, lieu.diplome),),
    )  # fmt: skip
    with lieu.base.lecture() as session:
        vues = [
            {r.id for r in lister_les_revues(session, qui)} for qui in (lieu.acteur, lecteur, responsable, autre_acteur)
        ]
        for qui, hors in ((lecteur, tout), (lecteur, la), (responsable, ici), (autre_acteur, ici)):
            with pytest.raises(Introuvable):
                lire_une_revue(session, qui, hors)
    assert vues == [{tout, ici, la}, {ici}, set(), set()]
    with pytest.raises(DroitManquant):
        ouvrir(lieu, lieu.cfa, annee=2024, acteur=lecteur)
    referent = du_cfa(lieu, lieu.cfa)
    with pytest.raises(DroitManquant):
        ouvrir(lieu, lieu.autre_cfa, annee=2024, acteur=referent)
    with pytest.raises(SaisieDeRevueRefusee):
        ouvrir(lieu, None, annee=2024, acteur=referent)
    with pytest.raises(Introuvable):
        ouvrir(lieu, lieu.cfa, annee=2024, acteur=autre_acteur)


def test_le_journal_ne_porte_aucun_texte_libre(lieu: Lieu) -> None:
    revue = ouvrir(lieu, lieu.cfa)
    dire(lieu, revue, texte="Un secret de commentaire.")
    with lieu.base.ecriture() as session:
        saisie = FormulaireDonnees(donnees_completes="oui", note_donnees="Un secret de note.", version=1)
        repondre(session, lieu.acteur, revue, saisie)
    figer(lieu, revue, "Un secret de conclusion.")
    assert "Un secret de conclusion." in textes(lire(lieu, revue).contenu)
    with lieu.base.lecture() as session:
        colonnes = (EntreeJournal.acte, EntreeJournal.objet, EntreeJournal.avant, EntreeJournal.apres)
        entrees = [tuple(e) for e in lignes(session, select(*(col(c) for c in colonnes)))]
    actes = [acte for acte, objet, *_ in entrees if objet == f"revue:{revue}"]
    assert actes == ["revue ouverte", "indicateur revu", "revue complétée", "revue arrêtée"]
    assert "secret" not in repr(entrees)
