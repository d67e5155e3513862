"""Demander, renouveler, retirer, répondre : droits, échéances, verrous, adresse effacée ; SQLite et PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import Base, lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from grilles.avis.formulaires import AvisSaisi
from grilles.avis.modeles import Avis
from grilles.avis.reponses import (
    AvisChange,
    AvisClos,
    LienDAvis,
    LienPerdu,
    lire_la_page,
    reconnaitre_le_lien,
    rendre,
)
from grilles.avis.services import (
    CommandeDemande,
    adresses_echues,
    aujourd_hui,
    demander,
    effacer_les_adresses_echues,
    lire_les_avis,
    renouveler,
    retirer,
)
from grilles.modeles import Campagne, Grille
from grilles.services import SaisieRefusee
from tests.conftest import creer_compte
from tests.grilles.avis.conftest import ELEMENTS, demande_en_base, demander_un_avis, empreinte
from tests.grilles.conftest import creer_collegue, creer_formation

PLUS_TARD = timedelta(days=9)
ADRESSE = "camille@apprentis.invalid"


def commande(formation: int, **change: Any) -> CommandeDemande:
    valeurs = {
        "public": "apprentis", "repere": "délégué de M2", "elements": ELEMENTS,
        "echeance": aujourd_hui() + PLUS_TARD, "empreinte": empreinte("un secret"), "courriel": ADRESSE, **change,
    }  # fmt: skip
    return CommandeDemande(formation, **valeurs)


def demander_a(base: Base, reglages: Reglages, acteur: Acteur, formation: int, **change: Any) -> int:
    with base.ecriture() as session:
        return demander(session, reglages, acteur, commande(formation, **change)).demande_id


def lien(base: Base, code: str = "un secret", jour: date | None = None) -> LienDAvis | None:
    with base.lecture() as session:
        return reconnaitre_le_lien(session, empreinte(code), jour or aujourd_hui())


def repondre(base: Base, qui: LienDAvis | None, *dits: tuple[str, str, str, int]) -> int:
    assert qui is not None
    with base.ecriture() as session:
        return rendre(session, qui, [AvisSaisi(*dit) for dit in dits], maintenant(), aujourd_hui())


def test_demander_scelle_l_adresse_et_ne_garde_que_l_empreinte(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    demande = demande_en_base(base, demander_a(base, reglages, acteur, formation_id))
    assert (demande.jeton, demande.elements) == (empreinte("un secret"), list(ELEMENTS))
    assert demande.courriel is not None
    assert ADRESSE.encode() not in demande.courriel
    with base.lecture() as session:
        journal = lignes(session, select(col(EntreeJournal.acte), col(EntreeJournal.apres)))
    assert ("avis demandé", "délégué" in str(journal), ADRESSE in str(journal)) == (journal[-1][0], False, False)


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"echeance": date(2020, 1, 1)}, "echeance"),
        ({"echeance": date(2099, 1, 1)}, "echeance"),
        ({"elements": ("1.S1.1", "9.9.9")}, "elements"),
        ({"elements": ("1.1",)}, "elements"),
    ],
)
def test_une_demande_fausse_est_refusee(
    *, base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int, change: dict[str, Any], champ: str
) -> None:
    with pytest.raises(SaisieRefusee) as refus:
        demander_a(base, reglages, acteur, formation_id, **change)
    assert refus.value.champ == champ


def test_qui_n_ecrit_pas_dans_la_grille_ne_demande_rien(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lise Lectrice")
    with pytest.raises(DroitManquant):
        demander_a(base, reglages, lecteur, formation_id)
    with pytest.raises(Introuvable):
        demander_a(base, reglages, autre_acteur, formation_id)
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formation_id, Partie.CFA)
    cfa = creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Sacha du CFA", (mandat,))
    assert demander_a(base, reglages, cfa, formation_id)


def test_le_repere_n_est_lu_que_par_qui_ecrit(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    demander_a(base, reglages, acteur, formation_id)
    repondre(base, lien(base), ("1.S1.1", "tenu", "Vu.", 0), ("3.S1.1", "ne_sait_pas", "", 0))
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lise Lectrice")
    with base.lecture() as session:
        pour_qui_ecrit, pour_qui_lit = (lire_les_avis(session, qui, formation_id) for qui in (acteur, lecteur))
    (demande,) = pour_qui_ecrit.demandes
    assert (demande.repere, demande.mention[0], demande.reponses) == ("délégué de M2", "Rendu", 2)
    assert pour_qui_lit.demandes == ()
    assert pour_qui_lit.publics == pour_qui_ecrit.publics
    (apprentis,) = pour_qui_lit.publics
    assert (apprentis.nom, [e.element for e in apprentis.elements]) == ("Apprentis (1)", ["1.S1.1", "3.S1.1"])
    assert apprentis.elements[0].mentions == [("tenu", "Tenu", 1)]


def test_repondre_efface_l_adresse_et_se_journalise_sans_rien_dire(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id)
    assert repondre(base, lien(base), ("1.S1.1", "non_tenu", "Jamais.", 0)) == 1
    assert repondre(base, lien(base), ("1.S1.1", "non_tenu", "Jamais.", 1)) == 0
    assert repondre(base, lien(base), ("1.S1.1", "en_partie", "", 1), ("1.1.6.1", "tenu", "", 0)) == 2
    demande = demande_en_base(base, numero)
    assert (demande.courriel, demande.rendu_le is not None) == (None, True)
    with base.lecture() as session:
        page = lire_la_page(session, _exister(lien(base)), aujourd_hui())
        journal = lignes(
            session, select(*(col(c) for c in (EntreeJournal.acte, EntreeJournal.auteur, EntreeJournal.apres)))
        )
    assert [(q.etat, q.version) for q in page.questions] == [("tenu", 1), ("en_partie", 2), ("", 0)]
    assert page.questions[0].parent.startswith("Recueil et exploitation")
    assert [tuple(ligne) for ligne in journal[-2:]] == [
        ("avis rendu", "Avis par lien", {"demande": numero, "reponses": 1}),
        ("avis changé", "Avis par lien", {"demande": numero, "reponses": 2}),
    ]


def _exister(qui: LienDAvis | None) -> LienDAvis:
    assert qui is not None
    return qui


def test_un_element_qu_on_n_a_pas_demande_ne_se_range_pas(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    demander_a(base, reglages, acteur, formation_id, elements=("1.S1.1",))
    assert repondre(base, lien(base), ("1.S1.1", "tenu", "", 0), ("1.S1.2", "tenu", "", 0)) == 1
    with base.lecture() as session:
        assert [e for (e,) in lignes(session, select(col(Avis.element)))] == ["1.S1.1"]


def test_deux_fenetres_la_seconde_le_sait_et_rien_n_est_ecrit(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    demander_a(base, reglages, acteur, formation_id)
    repondre(base, lien(base), ("1.S1.1", "tenu", "", 0))
    with pytest.raises(AvisChange) as change:
        repondre(base, lien(base), ("3.S1.1", "tenu", "", 0), ("1.S1.1", "non_tenu", "", 0))
    assert change.value.elements == ("1.S1.1",)
    with base.lecture() as session:
        assert [tuple(a) for a in lignes(session, select(col(Avis.element), col(Avis.etat)))] == [("1.S1.1", "tenu")]


@pytest.mark.parametrize("quand", ["echu", "retire", "renouvele", "inconnu"])
def test_un_lien_qui_ne_vaut_plus_ne_dit_rien_et_ne_s_emploie_plus(
    *, base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int, quand: str
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id)
    bon = _exister(lien(base))
    jour = aujourd_hui() + PLUS_TARD + timedelta(days=1) if quand == "echu" else aujourd_hui()
    with base.ecriture() as session:
        if quand == "retire":
            retirer(session, acteur, formation_id, numero)
        elif quand == "renouvele":
            renouveler(session, reglages, acteur, formation_id, demande_id=numero, empreinte=empreinte("neuf"))
    employe = LienDAvis(bon.etablissement_id, numero, empreinte("deviné")) if quand == "inconnu" else bon
    with base.lecture() as session:
        assert reconnaitre_le_lien(session, employe.empreinte, jour) is None
        with pytest.raises(LienPerdu):
            lire_la_page(session, employe, jour)
    with pytest.raises(LienPerdu), base.ecriture() as session:
        rendre(session, employe, [AvisSaisi("1.S1.1", "tenu", "", 0)], maintenant(), jour)
    assert demande_en_base(base, numero).rendu_le is None


def test_un_lien_ne_s_emploie_pas_chez_un_autre(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id)
    detourne = LienDAvis(autre_acteur.etablissement_id, numero, empreinte("un secret"))
    with base.lecture() as session, pytest.raises(LienPerdu):
        lire_la_page(session, detourne, aujourd_hui())
    with base.ecriture() as session, pytest.raises(Introuvable):
        retirer(session, autre_acteur, formation_id, numero)
    autre = creer_formation(base, acteur, "RNCP99001-0352757H")
    with base.ecriture() as session, pytest.raises(Introuvable):
        retirer(session, acteur, autre, numero)


def test_un_nouveau_lien_repousse_l_echeance_et_garde_l_adresse(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id, echeance=aujourd_hui() + timedelta(days=3))
    with base.ecriture() as session:
        invitation = renouveler(session, reglages, acteur, formation_id, demande_id=numero, empreinte=empreinte("neuf"))
    assert (invitation.courriel, invitation.echeance) == (ADRESSE, aujourd_hui() + timedelta(days=14))
    assert lien(base) is None
    assert lien(base, "neuf") is not None


def test_retirer_met_les_reponses_de_cote_et_un_nouveau_lien_les_rend(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id)
    repondre(base, lien(base), ("1.S1.1", "tenu", "", 0))
    with base.ecriture() as session:
        retirer(session, acteur, formation_id, numero)
        retirer(session, acteur, formation_id, numero)
    with base.lecture() as session:
        assert lire_les_avis(session, acteur, formation_id).publics == ()
        actes = [acte for (acte,) in lignes(session, select(col(EntreeJournal.acte)))]
    assert actes.count("demande d’avis retirée") == 1
    with base.ecriture() as session:
        invitation = renouveler(session, reglages, acteur, formation_id, demande_id=numero, empreinte=empreinte("neuf"))
    assert invitation.courriel == ""
    with base.lecture() as session:
        assert len(lire_les_avis(session, acteur, formation_id).publics) == 1


@pytest.mark.parametrize(
    ("campagne", "grille"), [("en_concertation", "ouverte"), ("arretee", "ouverte"), ("ouverte", "arretee")]
)
def test_en_concertation_ou_arretee_l_avis_est_clos_et_le_dit(
    *, base: BaseSQL, reglages: Reglages, acteur: Acteur, formation_id: int, campagne: str, grille: str
) -> None:
    numero = demander_a(base, reglages, acteur, formation_id)
    with base.ecriture() as session:
        session.execute(update(Campagne).values(etat=campagne))
        session.execute(update(Grille).values(etat=grille))
    with base.lecture() as session:
        clos = lire_la_page(session, _exister(lien(base)), aujourd_hui()).clos
    assert "clos" in clos
    with pytest.raises(AvisClos, match="clos"):
        repondre(base, lien(base), ("1.S1.1", "tenu", "", 0))
    assert demande_en_base(base, numero).courriel is not None
    with pytest.raises(SaisieRefusee):
        demander_a(base, reglages, acteur, formation_id, empreinte=empreinte("autre"))
    with base.ecriture() as session, pytest.raises(SaisieRefusee):
        renouveler(session, reglages, acteur, formation_id, demande_id=numero, empreinte=empreinte("neuf"))


def test_le_menage_efface_les_adresses_le_lendemain_de_l_echeance(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    jour = aujourd_hui()
    ailleurs = creer_formation(base, autre_acteur, "RNCP99002-0352756F")
    for qui, ou in ((acteur, formation_id), (autre_acteur, ailleurs)):
        for fin in (jour - timedelta(days=1), jour):
            demander_un_avis(base, qui, ou, fin, b"scellee")
    with base.ecriture() as session:
        assert adresses_echues(session, acteur, jour) == (1, maintenant().date())
        assert effacer_les_adresses_echues(session, jour) == 2
        assert adresses_echues(session, acteur, jour) == (0, None)


@pytest.mark.postgresql
def test_sur_postgresql_deux_envois_du_meme_lien_passent_l_un_apres_l_autre(
    base_postgresql: BaseSQL, reglages: Reglages
) -> None:
    with hors_cloison():
        acteur = creer_compte(base_postgresql, "Université voisine", Role.REFERENT_QUALITE, "voisin@rive.invalid")
    with cloison(acteur.etablissement_id):
        formation = creer_formation(base_postgresql, acteur)
        demander_a(base_postgresql, reglages, acteur, formation)
    with hors_cloison():
        qui = _exister(lien(base_postgresql))

    def envoyer(rang: int) -> str:
        try:
            with cloison(qui.etablissement_id):
                repondre(base_postgresql, qui, ("1.S1.1", "tenu", f"fenêtre {rang}", 0))
        except AvisChange:
            return "change"
        return "range"

    with ThreadPoolExecutor(6) as fils:
        assert sorted(fils.map(envoyer, range(6))) == ["change"] * 5 + ["range"]
    with cloison(acteur.etablissement_id), base_postgresql.lecture() as session:
        assert len(lire_les_avis(session, acteur, formation).publics) == 1
        assert lire_la_page(session, qui, aujourd_hui()).repondues == 1
