"""Les services du plan, sur les deux bases : ouvrir, changer sans écraser, suivre, prouver, clore, dans sa portée."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from charte.modeles import Formation
from grilles.plan.formulaires import (
    FormulaireAction,
    FormulaireCloture,
    FormulaireFinDeRisque,
    FormulairePassage,
    FormulairePreuveDAction,
    FormulaireRisque,
    FormulaireSuivi,
)
from grilles.plan.services.lecture import (
    actions_en_retard,
    aujourd_hui,
    comptes_porteurs,
    lire_action,
    lire_notes,
    lister_actions,
)
from grilles.plan.services.preuves import ActionFermee, citer_une_preuve, ne_plus_citer, preuves_citables, preuves_de
from grilles.plan.services.risques import (
    ConflitDeRisque,
    clore_ou_rouvrir,
    lire_risque,
    lister_risques,
    modifier_risque,
)
from grilles.plan.services.saisie import (
    ConflitDAction,
    PassageImpossible,
    clore,
    modifier_action,
    noter_le_suivi,
    passer,
)
from grilles.plan.vues import Action
from grilles.services import CommandePreuve, ajouter_preuve
from grilles.services.saisie import SaisieRefusee
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.plan.conftest import LIEN, RISQUE, SAISIE, Lieu

HIER = aujourd_hui() - timedelta(days=1)


def lue(lieu: Lieu, action_id: int) -> Action:
    with lieu.base.lecture() as session:
        return lire_action(session, lieu.acteur, action_id)


def changer(lieu: Lieu, action_id: int, **champs: Any) -> None:
    formulaire = FormulaireAction.model_validate({**SAISIE, "version": 1, **champs})
    with lieu.base.ecriture() as session:
        modifier_action(session, lieu.acteur, action_id, formulaire, lieu.annuaire)


def faire_passer(lieu: Lieu, action_id: int, passage: str, motif: str = "") -> None:
    with lieu.base.ecriture() as session:
        passer(session, lieu.acteur, action_id, FormulairePassage(passage=passage, motif=motif))


def finir(
    lieu: Lieu, action_id: int, effet: str = "obtenu", reevaluation: str = "Deux ruptures au lieu de six."
) -> Action:
    with lieu.base.ecriture() as session:
        formulaire = FormulaireCloture(effet_constate=effet, reevaluation=reevaluation)
        return clore(session, lieu.acteur, action_id, formulaire)


def actes(lieu: Lieu, objet: str) -> list[str]:
    with lieu.base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).where(col(EntreeJournal.objet) == objet)
        return [acte for (acte,) in lignes(session, requete.order_by(col(EntreeJournal.rang)))]


def test_une_action_s_ouvre_et_se_lit(lieu: Lieu) -> None:
    action = lue(lieu, lieu.ouvrir())
    assert (action.etat, action.version, action.element) == ("a_faire", 1, "1.S1.1")
    assert (action.ou, action.origine_lue) == ("Licence professionnelle Métiers de l'essai", "Écart à la charte")
    assert actes(lieu, f"action:{action.id}") == ["action ouverte"]


def test_une_action_pour_tout_l_etablissement_se_lit_de_qui_le_tient(lieu: Lieu) -> None:
    partout = lieu.ouvrir(formation_id="", element="")
    assert lue(lieu, partout).ou == "Tout l’établissement"
    assert lieu.formation is not None
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, lieu.formation)
    etroit = lieu.comme(creer_collegue(lieu.base, lieu.acteur, Role.RESPONSABLE_FORMATION, "Etroit", (mandat,)))
    du_diplome = lieu.ouvrir()
    with lieu.base.lecture() as session:
        assert [a.id for a in lister_actions(session, etroit.acteur)] == [du_diplome]
        assert {a.id for a in lister_actions(session, lieu.acteur)} == {du_diplome, partout}
        with pytest.raises(Introuvable):
            lire_action(session, etroit.acteur, partout)
    with pytest.raises(SaisieRefusee, match="Choisissez un diplôme"):
        etroit.ouvrir(formation_id="", element="")


@pytest.mark.parametrize("portee", [Portee.CFA, Portee.FORMATION])
def test_chacun_ne_lit_et_n_ecrit_que_dans_sa_portee(lieu: Lieu, portee: Portee) -> None:
    ailleurs = creer_formation(lieu.base, lieu.acteur, "RNCP99002-0442953W")
    assert lieu.formation is not None
    with lieu.base.lecture() as session:
        cfa = session.get_one(Formation, lieu.formation).cfa_id
    objet = lieu.formation if portee is Portee.FORMATION else cfa
    partie = Partie.CFA if portee is Portee.CFA else Partie.ETABLISSEMENT
    mandat = Mandat(Role.RESPONSABLE_FORMATION, portee, objet, partie)
    etroit = lieu.comme(creer_collegue(lieu.base, lieu.acteur, Role.RESPONSABLE_FORMATION, "Etroit", (mandat,)))
    sienne, autre = lieu.ouvrir(), lieu.ouvrir(formation_id=str(ailleurs))
    with lieu.base.lecture() as session:
        assert [a.id for a in lister_actions(session, etroit.acteur)] == [sienne]
    faire_passer(etroit, sienne, "commencer")
    for interdit in (
        lambda: faire_passer(etroit, autre, "commencer"),
        lambda: changer(etroit, autre, intitule="Autre"),
        lambda: etroit.citer(autre),
        lambda: etroit.ouvrir(formation_id=str(ailleurs)),
    ):
        with pytest.raises(Introuvable):
            interdit()


def test_un_lecteur_lit_sans_ecrire(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    lecteur = lieu.comme(creer_collegue(lieu.base, lieu.acteur, Role.LECTEUR, "Lecteur"))
    assert lue(lecteur, action_id).id == action_id
    with pytest.raises(DroitManquant):
        lecteur.ouvrir()
    with pytest.raises(Introuvable):
        faire_passer(lecteur, action_id, "commencer")


def test_un_autre_etablissement_n_atteint_rien(lieu: Lieu) -> None:
    action_id, risque_id = lieu.ouvrir(), lieu.inscrire()
    autre = creer_compte(lieu.base, "Université d'Ailleurs", Role.ADMINISTRATEUR, "admin@ailleurs.invalid")
    formation = creer_formation(lieu.base, autre, "RNCP99003-0442953W")
    la_bas = Lieu(lieu.base, autre, formation)
    with lieu.base.lecture() as session:
        assert lister_actions(session, autre) == []
        assert lister_risques(session, autre) == []
        assert actions_en_retard(session, autre) == []
    for geste in (
        lambda: lue(la_bas, action_id),
        lambda: faire_passer(la_bas, action_id, "commencer"),
        lambda: la_bas.citer(action_id),
        lambda: finir(la_bas, action_id),
        lambda: la_bas.ouvrir(formation_id=str(lieu.formation)),
        lambda: la_bas.ouvrir(origine="risque", risque_id=str(risque_id)),
    ):
        with pytest.raises(Introuvable):
            geste()


@pytest.mark.parametrize(
    "champs",
    [{"element": "9.Z9.9"}, {"element": "1"}, {"indicateur": "inconnu"}, {"risque_id": "98765"}, {"jalon_id": "98765"}],
)
def test_une_origine_inconnue_est_introuvable(lieu: Lieu, champs: dict[str, str]) -> None:
    with pytest.raises(Introuvable):
        lieu.ouvrir(**champs)


def test_un_risque_d_un_autre_diplome_ne_se_cite_pas(lieu: Lieu) -> None:
    ailleurs = creer_formation(lieu.base, lieu.acteur, "RNCP99002-0442953W")
    risque_id = lieu.inscrire(formation_id=str(ailleurs))
    with pytest.raises(Introuvable):
        lieu.ouvrir(origine="risque", risque_id=str(risque_id))
    assert lieu.ouvrir(formation_id=str(ailleurs), origine="risque", risque_id=str(risque_id))


def test_le_porteur_est_un_compte_qui_lit_l_action(lieu: Lieu) -> None:
    assert lieu.formation is not None
    ailleurs = creer_formation(lieu.base, lieu.acteur, "RNCP99002-0442953W")
    mandats = [Mandat(Role.LECTEUR, Portee.FORMATION, numero) for numero in (lieu.formation, ailleurs)]
    du_diplome, d_ailleurs = (
        creer_collegue(lieu.base, lieu.acteur, Role.LECTEUR, nom, (mandat,))
        for nom, mandat in zip(("Ici", "Ailleurs"), mandats, strict=True)
    )
    with lieu.base.lecture() as session:
        offerts = dict(comptes_porteurs(session, lieu.acteur, lieu.annuaire, lieu.formation))
        partout = dict(comptes_porteurs(session, lieu.acteur, lieu.annuaire, None))
    assert {lieu.acteur.compte_id, du_diplome.compte_id} == offerts.keys()
    assert partout.keys() == {lieu.acteur.compte_id}
    assert lue(lieu, lieu.ouvrir(porteur_id=str(du_diplome.compte_id))).porteur_id == du_diplome.compte_id
    with pytest.raises(SaisieRefusee, match="doit pouvoir lire"):
        lieu.ouvrir(porteur_id=str(d_ailleurs.compte_id))


def test_changer_monte_la_version_et_redire_ne_change_rien(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    changer(lieu, action_id, intitule="Rencontrer chacun deux fois")
    changer(lieu, action_id, intitule="Rencontrer chacun deux fois")
    action = lue(lieu, action_id)
    assert (action.intitule, action.version, action.element) == ("Rencontrer chacun deux fois", 2, "1.S1.1")
    assert actes(lieu, f"action:{action_id}") == ["action ouverte", "action modifiée"]


def test_deux_redacteurs_le_second_voit_l_autre_version(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    changer(lieu, action_id, intitule="La première")
    with pytest.raises(ConflitDAction) as conflit:
        changer(lieu, action_id, intitule="La seconde")
    assert (conflit.value.formulaire.intitule, conflit.value.autre.intitule) == ("La seconde", "La première")
    changer(lieu, action_id, intitule="Les deux réunies", version=2)
    assert lue(lieu, action_id).version == 3


def test_vingt_redacteurs_a_la_fois_un_seul_passe(lieu: Lieu) -> None:
    action_id, depart = lieu.ouvrir(), Barrier(20)

    def ecrire(rang: int) -> str:
        depart.wait()
        try:
            changer(lieu, action_id, intitule=f"Version {rang}")
        except ConflitDAction as conflit:
            return conflit.autre.intitule
        return f"Version {rang}"

    with ThreadPoolExecutor(20) as fils:
        vues = set(fils.map(ecrire, range(20)))
    assert vues == {lue(lieu, action_id).intitule}
    assert lue(lieu, action_id).version == 2


def test_le_chemin_ordinaire_jusqu_a_la_cloture(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    faire_passer(lieu, action_id, "commencer")
    with lieu.base.ecriture() as session:
        noter_le_suivi(session, lieu.acteur, action_id, FormulaireSuivi(texte="La moitié est vue."))
    lieu.citer(action_id)
    close = finir(lieu, action_id)
    assert (close.etat, close.close_le, close.effet_lu) == ("close", aujourd_hui(), "Effet obtenu")
    with lieu.base.lecture() as session:
        notes = lire_notes(session, lieu.acteur, action_id)
    assert [(n.etat, n.texte) for n in notes] == [
        ("close", "Deux ruptures au lieu de six."), ("en_cours", "La moitié est vue."), ("en_cours", "Commencer."),
    ]  # fmt: skip
    assert actes(lieu, f"action:{action_id}") == [
        "action ouverte", "action commencée", "suivi d’action noté", "preuve citée par une action", "action close",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("preuve", "effet", "texte", "champ"),
    [
        (None, "obtenu", "Fait.", "preuves"),
        ({"date_effet": (aujourd_hui() + timedelta(days=30)).isoformat()}, "obtenu", "Fait.", "preuves"),
        ({}, "", "Fait.", "effet_constate"),
        ({}, "obtenu", "", "reevaluation"),
    ],
)
def test_elle_ne_se_clot_pas_sans_preuve_ni_reevaluation(
    lieu: Lieu, preuve: dict[str, str] | None, effet: str, texte: str, champ: str
) -> None:
    action_id = lieu.ouvrir()
    faire_passer(lieu, action_id, "commencer")
    if preuve is not None:
        lieu.citer(action_id, **preuve)
    with pytest.raises(SaisieRefusee) as refus:
        finir(lieu, action_id, effet, texte)
    assert refus.value.champ == champ
    assert lue(lieu, action_id).etat == "en_cours"


def test_la_base_refuse_une_cloture_sans_reevaluation(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    ordre = text("UPDATE action_amelioration SET etat = 'close' WHERE id = :id")
    with pytest.raises(DBAPIError, match="close_et_reevaluee"), lieu.base.ecriture() as session:
        super(Session, session).execute(ordre, {"id": action_id})


def test_une_action_close_ne_bouge_plus(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    faire_passer(lieu, action_id, "commencer")
    preuve_id = lieu.citer(action_id)
    finir(lieu, action_id, "sans_effet")
    assert lue(lieu, action_id).suite_proposee
    for geste in (
        lambda: changer(lieu, action_id, intitule="Autre"),
        lambda: faire_passer(lieu, action_id, "abandonner", "Non."),
        lambda: faire_passer(lieu, action_id, "reprendre", "Si."),
        lambda: finir(lieu, action_id),
    ):
        with pytest.raises(PassageImpossible, match="close"):
            geste()
    with pytest.raises(ActionFermee):
        lieu.citer(action_id)
    with pytest.raises(ActionFermee), lieu.base.ecriture() as session:
        ne_plus_citer(session, lieu.acteur, action_id, preuve_id)


def test_clore_n_est_pas_un_simple_changement_d_etat(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    faire_passer(lieu, action_id, "commencer")
    lieu.citer(action_id)
    with pytest.raises(PassageImpossible):
        faire_passer(lieu, action_id, "clore", "Fini.")


def test_abandonner_et_reprendre_veulent_une_raison(lieu: Lieu) -> None:
    action_id = lieu.ouvrir()
    with pytest.raises(SaisieRefusee, match="pourquoi"):
        faire_passer(lieu, action_id, "abandonner")
    faire_passer(lieu, action_id, "abandonner", "Le diplôme ferme.")
    with pytest.raises(PassageImpossible, match="abandonnée"):
        finir(lieu, action_id)
    faire_passer(lieu, action_id, "reprendre", "Il rouvre.")
    assert lue(lieu, action_id).etat == "a_faire"


def test_deux_gestes_a_la_fois_un_seul_passe(lieu: Lieu) -> None:
    action_id, depart = lieu.ouvrir(), Barrier(8)

    def commencer(_rang: int) -> bool:
        depart.wait()
        try:
            faire_passer(lieu, action_id, "commencer")
        except PassageImpossible:
            return False
        return True

    with ThreadPoolExecutor(8) as fils:
        assert sum(fils.map(commencer, range(8))) == 1
    with lieu.base.lecture() as session:
        assert len(lire_notes(session, lieu.acteur, action_id)) == 1


def test_les_preuves_du_diplome_se_citent_celles_d_ailleurs_non(lieu: Lieu) -> None:
    assert lieu.formation is not None
    ailleurs = creer_formation(lieu.base, lieu.acteur, "RNCP99002-0442953W")
    with lieu.base.ecriture() as session:
        ici, la_bas = (
            ajouter_preuve(session, lieu.acteur, CommandePreuve(formation, "1.S1.1", "Livret", f"{LIEN}?{formation}"))
            for formation in (lieu.formation, ailleurs)
        )
    action_id = lieu.ouvrir()
    with lieu.base.lecture() as session:
        citables = preuves_citables(session, lieu.acteur, lire_action(session, lieu.acteur, action_id))
    assert [numero for numero, _ in citables] == [ici]
    for _ in range(2):
        with lieu.base.ecriture() as session:
            formulaire = FormulairePreuveDAction(preuve_id=ici, emplacement="page 4")
            citer_une_preuve(session, lieu.acteur, action_id, formulaire)
    etrangere = FormulairePreuveDAction(preuve_id=la_bas)
    with pytest.raises(Introuvable), lieu.base.ecriture() as session:
        citer_une_preuve(session, lieu.acteur, action_id, etrangere)
    with lieu.base.ecriture() as session:
        [citee] = preuves_de(session, lieu.acteur, action_id)
        assert (citee.id, citee.emplacement, citee.validite) == (ici, "page 4", "valable")
        ne_plus_citer(session, lieu.acteur, action_id, ici)
    with lieu.base.lecture() as session:
        assert preuves_de(session, lieu.acteur, action_id) == ()


def test_les_retards_sont_ceux_que_l_on_peut_faire_avancer_ou_que_l_on_porte(lieu: Lieu) -> None:
    lecteur = creer_collegue(lieu.base, lieu.acteur, Role.LECTEUR, "Lecteur")
    ancienne = lieu.ouvrir(echeance=(HIER - timedelta(days=9)).isoformat())
    portee = lieu.ouvrir(echeance=HIER.isoformat(), porteur_id=str(lecteur.compte_id))
    lieu.ouvrir(echeance=aujourd_hui().isoformat())
    abandonnee = lieu.ouvrir(echeance=HIER.isoformat())
    faire_passer(lieu, abandonnee, "abandonner", "Plus lieu.")
    with lieu.base.lecture() as session:
        assert [(a.id, a.retard) for a in actions_en_retard(session, lieu.acteur)] == [(ancienne, 10), (portee, 1)]
        assert [a.id for a in actions_en_retard(session, lecteur)] == [portee]


def test_une_non_conformite_prend_l_echeance_du_texte(lieu: Lieu) -> None:
    constat = {"origine": "audit", "gravite": "majeure", "constate_le": "2026-03-12", "echeance": ""}
    action = lue(lieu, lieu.ouvrir(**constat))
    assert action.echeance is not None
    assert action.reglementaire is not None
    assert action.echeance == action.reglementaire.jour
    assert action.echeance.isoformat() == "2026-06-12"


def test_un_risque_s_inscrit_se_change_se_clot_se_rouvre(lieu: Lieu) -> None:
    risque_id = lieu.inscrire()

    def changer_le_risque(acteur: Acteur, **champs: Any) -> None:
        formulaire = FormulaireRisque.model_validate({**RISQUE, "version": 1, **champs})
        with lieu.base.ecriture() as session:
            modifier_risque(session, acteur, risque_id, formulaire)

    changer_le_risque(lieu.acteur, gravite="2")
    with pytest.raises(ConflitDeRisque) as conflit:
        changer_le_risque(lieu.acteur, gravite="1")
    assert (conflit.value.formulaire.gravite, conflit.value.autre.gravite) == (1, 2)
    for etat in ("clos", "clos", "ouvert"):
        with lieu.base.ecriture() as session:
            clore_ou_rouvrir(session, lieu.acteur, risque_id, FormulaireFinDeRisque(etat=etat, motif_cloture="Dit."))
    with lieu.base.lecture() as session:
        assert lire_risque(session, lieu.acteur, risque_id).etat == "ouvert"
    attendus = ["risque inscrit", "risque modifié", "risque clos", "risque rouvert"]
    assert actes(lieu, f"risque:{risque_id}") == attendus


def test_les_risques_se_lisent_dans_leur_portee(lieu: Lieu) -> None:
    assert lieu.formation is not None
    du_diplome, partout = lieu.inscrire(), lieu.inscrire(formation_id="")
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, lieu.formation)
    etroit = creer_collegue(lieu.base, lieu.acteur, Role.RESPONSABLE_FORMATION, "Etroit", (mandat,))
    with lieu.base.lecture() as session:
        assert [r.id for r in lister_risques(session, etroit)] == [du_diplome]
        assert {r.id for r in lister_risques(session, lieu.acteur)} == {du_diplome, partout}
    with pytest.raises(SaisieRefusee, match="Choisissez un diplôme"):
        lieu.comme(etroit).inscrire(formation_id="")
