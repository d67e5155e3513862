"""Les services des grilles : ouvrir, répondre sans rien écraser, citer, lire les niveaux ; SQLite et PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import event, func, select, update
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Role
from charte.chargement import charger_edition
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee, Reponse
from grilles.niveaux import CIBLE, EN_DECA, SOCLE
from grilles.regles import ids_des_actions
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    Conflit,
    GrilleFigee,
    SaisieRefusee,
    ajouter_preuve,
    annee_courante,
    enregistrer_reponse,
    lire_grille,
    niveaux,
    ouvrir_grille,
    resume_pour_rapport,
    retirer_preuve,
)
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_formation

EDITION = charger_edition("2023-10")
ELEMENTS = [p.id for poste in EDITION.postes for p in (*poste.engagements, *poste.exigences)]
ACTIONS = [i for poste in EDITION.postes for i in ids_des_actions(poste)]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ou(request: pytest.FixtureRequest) -> tuple[BaseSQL, Acteur, int]:
    """Une base, un acteur, une formation ; sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    acteur = creer_compte(base, "Université des Essais", Role.REFERENT_QUALITE, "referent@essais.invalid")
    return base, acteur, creer_formation(base, acteur)


def repondre(base: BaseSQL, acteur: Acteur, formation_id: int, element: str = "1.S1.1", **champs):  # type: ignore[no-untyped-def]
    commande = CommandeReponse(formation_id=formation_id, element=element, **{"etat": "tenu", **champs})
    with base.ecriture() as session:
        return enregistrer_reponse(session, acteur, commande)


def lue(base: BaseSQL, acteur: Acteur, formation_id: int, annee: int | None = None):  # type: ignore[no-untyped-def]
    with base.lecture() as session:
        return lire_grille(session, acteur, formation_id, annee)


def compter(base: BaseSQL, table: type) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(table))[0][0])


def prouver(base: BaseSQL, acteur: Acteur, formation_id: int, element: str, **champs) -> None:  # type: ignore[no-untyped-def]
    """Répond « tenu » et cite une preuve qui vaut."""
    repondre(base, acteur, formation_id, element, **champs)
    adresse = f"https://intranet.essais.invalid/{element}"
    with base.ecriture() as session:
        ajouter_preuve(session, acteur, CommandePreuve(formation_id, element, "Livret", adresse, **champs))


def figer(base: BaseSQL) -> None:
    with base.ecriture() as session:
        super(Session, session).execute(update(Campagne).values(etat="arretee"))


def test_lire_n_ecrit_rien_et_montre_toute_la_charte(ou) -> None:
    base, acteur, formation_id = ou
    grille = lue(base, acteur, formation_id)
    assert not grille.commencee
    assert [ligne.id for poste in grille.postes for ligne in poste.lignes if ligne.id in ELEMENTS] == ELEMENTS
    assert (grille.avancement.total, grille.avancement_actions.total) == (41, 52)
    assert compter(base, Campagne) == compter(base, Grille) == 0


def test_ouvrir_deux_fois_donne_la_meme_grille(ou) -> None:
    base, acteur, formation_id = ou
    with base.ecriture() as session:
        premiere = ouvrir_grille(session, acteur, formation_id)
    with base.ecriture() as session:
        assert ouvrir_grille(session, acteur, formation_id) == premiere
    assert premiere.edition == "2023-10"
    assert premiere.campagne == f"Auto-évaluation {annee_courante()}-{annee_courante() + 1}"
    assert compter(base, Campagne) == compter(base, Grille) == 1


def test_vingt_ouvertures_simultanees_ne_font_qu_une_grille(ou) -> None:
    base, acteur, formation_id = ou
    depart = Barrier(20)

    def ouvrir(_rang: int) -> int:
        depart.wait()
        with base.ecriture() as session:
            return ouvrir_grille(session, acteur, formation_id).id

    with ThreadPoolExecutor(20) as fils:
        assert len(set(fils.map(ouvrir, range(20)))) == 1
    assert compter(base, Grille) == 1


def test_une_reponse_se_range_et_se_relit(ou) -> None:
    base, acteur, formation_id = ou
    reponse = repondre(base, acteur, formation_id, commentaire="Vu en comité.\nÀ suivre.")
    assert (reponse.version, reponse.modifie_par) == (1, acteur.nom)
    ligne = lue(base, acteur, formation_id).ligne("1.S1.1")
    assert (ligne.etat.cle, ligne.commentaire, ligne.sans_preuve) == ("tenu", "Vu en comité.\nÀ suivre.", True)


def test_la_version_monte_a_chaque_changement_et_le_journal_le_dit(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id)
    assert repondre(base, acteur, formation_id, etat="en_partie", version=1).version == 2
    with base.lecture() as session:
        actes = lignes(session, select(col(EntreeJournal.acte), col(EntreeJournal.avant), col(EntreeJournal.apres)))
    assert [acte for acte, _, _ in actes].count("réponse enregistrée") == 2
    assert actes[-1][1] == {"etat": "tenu", "version": 1}
    assert actes[-1][2] == {"element": "1.S1.1", "etat": "en_partie", "version": 2}


def test_le_journal_ne_porte_pas_les_textes_saisis(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id, commentaire="Propos confié en réunion")
    with base.lecture() as session:
        journal = str(lignes(session, select(col(EntreeJournal.avant), col(EntreeJournal.apres))))
    assert "Propos" not in journal


def test_renvoyer_la_meme_reponse_ne_change_rien_et_n_est_pas_un_conflit(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id)
    assert repondre(base, acteur, formation_id, version=0).version == 1


def test_une_version_depassee_rend_les_deux_textes_et_n_ecrase_rien(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id, commentaire="commun")
    repondre(base, acteur, formation_id, commentaire="le sien", version=1)
    with pytest.raises(Conflit) as conflit:
        repondre(base, acteur, formation_id, etat="non_tenu", commentaire="le mien", version=1)
    assert conflit.value.commande.commentaire == "le mien"
    assert (conflit.value.autre.commentaire, conflit.value.autre.version) == ("le sien", 2)
    assert lue(base, acteur, formation_id).ligne("1.S1.1").commentaire == "le sien"


def test_deux_ecrivains_simultanes_un_seul_range_l_autre_est_averti(ou) -> None:
    base, acteur, formation_id = ou
    depart = Barrier(2)

    def ecrire(texte: str) -> str:
        depart.wait()
        try:
            repondre(base, acteur, formation_id, "2.S1.1", commentaire=texte)
        except Conflit as conflit:
            return f"{conflit.commande.commentaire} contre {conflit.autre.commentaire}"
        return "rangé"

    for tour in range(5):
        with base.ecriture() as session:
            super(Session, session).execute(Reponse.__table__.delete())
        with ThreadPoolExecutor(2) as fils:
            issues = sorted(fils.map(ecrire, ("a", "b")))
        garde = lue(base, acteur, formation_id).ligne("2.S1.1").commentaire
        perdu = "b" if garde == "a" else "a"
        assert issues == [f"{perdu} contre {garde}", "rangé"], tour


def test_vingt_ecrivains_sur_vingt_reponses_ne_perdent_rien(ou) -> None:
    base, acteur, formation_id = ou
    depart = Barrier(20)

    def ecrire(rang: int) -> None:
        depart.wait()
        repondre(base, acteur, formation_id, ELEMENTS[rang], commentaire=f"texte {rang}")
        repondre(base, acteur, formation_id, ELEMENTS[rang], commentaire=f"texte {rang} bis", version=1)

    with ThreadPoolExecutor(20) as fils:
        list(fils.map(ecrire, range(20)))
    grille = lue(base, acteur, formation_id)
    assert [grille.ligne(e).commentaire for e in ELEMENTS[:20]] == [f"texte {n} bis" for n in range(20)]


@pytest.mark.parametrize("motif", ["", "   "])
def test_sans_objet_demande_un_motif(ou, motif) -> None:
    base, acteur, formation_id = ou
    with pytest.raises(SaisieRefusee, match="demande un motif") as refus:
        repondre(base, acteur, formation_id, etat="sans_objet", motif=motif)
    assert refus.value.champ == "motif"
    assert repondre(base, acteur, formation_id, etat="sans_objet", motif="Diplôme sans alternance.").version == 1


@pytest.mark.parametrize(("element", "etat"), [("1.S1.1", "en_place"), ("1.1.1", "tenu"), ("1.1.1", "sans_objet")])
def test_un_etat_d_une_autre_echelle_est_refuse(base, acteur, formation_id, element, etat) -> None:
    with pytest.raises(SaisieRefusee, match="choisissez parmi"):
        repondre(base, acteur, formation_id, element, etat=etat, motif="m")


@pytest.mark.parametrize("element", ["9.S1.1", "1.1", "1.S1", "V.1.2", "E.3", "'; DROP TABLE reponse; --"])
def test_un_element_que_la_grille_n_evalue_pas_est_introuvable(base, acteur, formation_id, element) -> None:
    with pytest.raises(Introuvable):
        repondre(base, acteur, formation_id, element)


def test_on_peut_oter_une_reponse_donnee_par_erreur(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id)
    repondre(base, acteur, formation_id, etat=None, version=1)
    assert lue(base, acteur, formation_id).ligne("1.S1.1").etat is None


def test_un_lecteur_ne_peut_rien_ecrire(base, acteur, formation_id) -> None:
    lecteur = replace(acteur, role=Role.LECTEUR)
    with pytest.raises(DroitManquant):
        repondre(base, lecteur, formation_id)
    with base.ecriture() as session, pytest.raises(DroitManquant):
        retirer_preuve(session, lecteur, formation_id, "1.S1.1", preuve_id=1)
    assert compter(base, Campagne) == 0


def test_un_autre_etablissement_ne_voit_ni_n_ecrit_rien(base, acteur, autre_acteur, formation_id) -> None:
    repondre(base, acteur, formation_id)
    for geste in (repondre, lue):
        with pytest.raises(Introuvable):
            geste(base, autre_acteur, formation_id)
    with base.lecture() as session:
        assert niveaux(session, autre_acteur, [formation_id]) == {}


def test_une_campagne_arretee_ne_se_change_plus(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id)
    preuve_id = citer(base, acteur, formation_id)
    figer(base)
    with pytest.raises(GrilleFigee, match="arrêtée"):
        repondre(base, acteur, formation_id, etat="non_tenu", version=1)
    with pytest.raises(GrilleFigee):
        citer(base, acteur, formation_id, titre="Autre")
    with base.ecriture() as session, pytest.raises(GrilleFigee):
        retirer_preuve(session, acteur, formation_id, "1.S1.1", preuve_id=preuve_id)
    grille = lue(base, acteur, formation_id)
    assert grille.figee
    assert (grille.ligne("1.S1.1").etat.cle, len(grille.ligne("1.S1.1").preuves)) == ("tenu", 1)


def citer(base: BaseSQL, acteur: Acteur, formation_id: int, titre: str = "Compte rendu") -> int:
    commande = CommandePreuve(formation_id, "1.S1.1", titre, "https://exemple.invalid/cr.pdf", date(2026, 3, 12))
    with base.ecriture() as session:
        return ajouter_preuve(session, acteur, commande)


def test_une_preuve_se_cite_se_compte_et_se_retire(ou) -> None:
    base, acteur, formation_id = ou
    repondre(base, acteur, formation_id)
    assert lue(base, acteur, formation_id).tenus_sans_preuve == 1
    preuve_id = citer(base, acteur, formation_id)
    assert citer(base, acteur, formation_id) == preuve_id
    grille = lue(base, acteur, formation_id)
    (preuve,) = grille.ligne("1.S1.1").preuves
    assert (preuve.titre, preuve.date_effet, preuve.depose_par) == ("Compte rendu", date(2026, 3, 12), acteur.nom)
    assert grille.tenus_sans_preuve == 0
    with base.ecriture() as session:
        retiree = retirer_preuve(session, acteur, formation_id, "1.S1.1", preuve_id=preuve_id)
    assert retiree.adresse == "https://exemple.invalid/cr.pdf"
    assert compter(base, Preuve) == compter(base, PreuveCitee) == 0


def test_une_preuve_ne_se_retire_pas_d_ailleurs(base, acteur, autre_acteur, formation_id) -> None:
    preuve_id = citer(base, acteur, formation_id)
    autre_formation = creer_formation(base, autre_acteur, "RNCP00001-0352757G")
    with base.ecriture() as session:
        ouvrir_grille(session, autre_acteur, autre_formation)
        for qui, formation, element in (
            (autre_acteur, formation_id, "1.S1.1"),
            (autre_acteur, autre_formation, "1.S1.1"),
            (acteur, formation_id, "1.S1.2"),
        ):
            with pytest.raises(Introuvable):
                retirer_preuve(session, qui, formation, element, preuve_id=preuve_id)
    assert compter(base, PreuveCitee) == 1


def test_les_niveaux_de_toutes_les_formations_en_deux_requetes(ou) -> None:
    base, acteur, formation_id = ou
    vierge = creer_formation(base, acteur, "RNCP00002-0352758H")
    for puce in EDITION.poste(4).engagements:
        prouver(base, acteur, formation_id, puce.id)
    for puce in (*EDITION.poste(1).engagements, *EDITION.poste(1).exigences):
        prouver(base, acteur, formation_id, puce.id)
    repondre(base, acteur, formation_id, EDITION.poste(2).engagements[0].id)
    requetes: list[str] = []
    event.listen(base.moteur, "before_cursor_execute", lambda *a: requetes.append(a[2]))
    with base.lecture() as session:
        tous = niveaux(session, acteur, [formation_id, vierge, 999_999])
    assert sum(r.lstrip().upper().startswith("SELECT") for r in requetes) == 2
    assert set(tous) == {formation_id, vierge}
    assert tous[formation_id].niveaux == {1: CIBLE, 2: EN_DECA, 3: EN_DECA, 4: SOCLE}
    assert (tous[formation_id].avancement.renseignes, tous[formation_id].tenus_sans_preuve) == (12, 1)
    assert (tous[vierge].commencee, set(tous[vierge].niveaux.values())) == (False, {EN_DECA})
    grille = lue(base, acteur, formation_id)
    assert {p.numero: p.bilan.niveau for p in grille.postes} == tous[formation_id].niveaux


def test_le_resume_compare_a_l_annee_d_avant(ou) -> None:
    base, acteur, formation_id = ou
    avant = annee_courante() - 1
    for puce in EDITION.poste(4).engagements:
        prouver(base, acteur, formation_id, puce.id, annee=avant)
    with base.lecture() as session:
        resume = resume_pour_rapport(session, acteur, formation_id)
        assert resume.poste(4).precedent == SOCLE
        assert resume.poste(4).bilan.niveau == EN_DECA
        assert resume_pour_rapport(session, acteur, formation_id, avant).poste(4).precedent is None
    assert (resume.annee, resume.commencee) == (annee_courante(), False)


def test_le_resume_porte_tout_ce_que_le_rapport_ecrit(base, acteur, formation_id) -> None:
    repondre(base, acteur, formation_id, "3.S1.2", etat="sans_objet", motif="Secrétariat mutualisé.", commentaire="Vu.")
    repondre(base, acteur, formation_id, "2.2.2.1", etat="engagee")
    with base.lecture() as session:
        resume = resume_pour_rapport(session, acteur, formation_id)
    ligne = resume.ligne("3.S1.2")
    assert (ligne.texte, ligne.etat.libelle, ligne.motif, ligne.commentaire) == (
        EDITION.element("3.S1.2").texte,
        "Sans objet",
        "Secrétariat mutualisé.",
        "Vu.",
    )
    assert resume.poste(3).bilan.comptes == {"": 14, "sans_objet": 1}
    assert resume.poste(2).bilan.comptes_actions["engagee"] == 1
    assert resume.ligne("2.2.2").sous_lignes[0].etat.libelle == "Engagée"
    assert resume.empreinte_edition == EDITION.empreinte
    assert len(ACTIONS) == 52


def test_une_grille_garde_l_edition_de_sa_campagne(base, acteur, formation_id) -> None:
    repondre(base, acteur, formation_id)
    with base.lecture() as session:
        (edition, empreinte), *_ = lignes(session, select(col(Campagne.edition), col(Campagne.empreinte_edition)))
    assert (edition, empreinte) == ("2023-10", EDITION.empreinte)
