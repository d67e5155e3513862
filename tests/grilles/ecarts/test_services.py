"""Les écarts lus en base, et les accords repris en une transaction ; SQLite et PostgreSQL."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import Base, exiger_id, lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from charte.concernes import charger_concernes
from grilles.arrete.services import CommandeArrete, arreter_grille, rouvrir_grille
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.avis.services import retirer
from grilles.ecarts.regles import Sorte, Voix
from grilles.ecarts.services import lire_les_ecarts, reprendre_les_accords
from grilles.ecarts.vues import EcartsLus, Tri
from grilles.modeles import Grille, Reponse
from grilles.services import (
    CommandeReponse,
    GrilleFigee,
    SaisieRefusee,
    enregistrer_reponse,
    lire_grille,
    ouvrir_grille,
)
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation

DEUX_CRANS, UN_CRAN, ACCORD_SIMPLE, MUET, SANS_OBJET = "1.S1.4", "1.S1.1", "1.S1.2", "1.S1.3", "1.S1.5"
ETABLISSEMENT_SEUL = "2.S2.1"


def dire(base: Base, acteur: Acteur, formation: int, **dits: tuple[str, str]) -> None:
    """`e_1_S1_1=("tenu", "texte")` : la position d'une partie (`e` : établissement, `c` : CFA, `k` : concertée)."""
    parties = {"e": Partie.ETABLISSEMENT, "c": Partie.CFA, "k": Partie.CONCERTEE}
    with base.ecriture() as session:
        ouvrir_grille(session, acteur, formation)
    with base.ecriture() as session:
        for cle, (etat, texte) in dits.items():
            partie, element = cle.split("_", 1)
            session.add(_reponse(session, formation, parties[partie], element.replace("_", "."), etat, texte))


def _reponse(session: Session, formation: int, partie: Partie, element: str, etat: str, texte: str) -> Reponse:
    grille = lignes(
        session, select(col(Grille.id), col(Grille.etablissement_id)).where(col(Grille.formation_id) == formation)
    )[0]
    motif = texte if etat == "sans_objet" else ""
    return Reponse(
        etablissement_id=grille[1], grille_id=grille[0], element=element, partie=partie.value, etat=etat, motif=motif,
        commentaire="" if motif else texte, modifie_par="essai", modifie_le=maintenant(),
    )  # fmt: skip


def donner_un_avis(base: Base, formation: int, public: str, dits: dict[str, tuple[str, str]], **demande: Any) -> None:
    """Un avis rendu par lien, rangé tel quel."""
    with base.ecriture() as session:
        grille = lignes(
            session, select(col(Grille.id), col(Grille.etablissement_id)).where(col(Grille.formation_id) == formation)
        )[0]
        nombre = len(lignes(session, select(col(DemandeAvis.id))))
        rangee = DemandeAvis(
            etablissement_id=grille[1], grille_id=grille[0], public=public, repere="délégué d’essai",
            jeton=f"{nombre:064x}", elements=list(dits), echeance=date(2099, 1, 1), demande_par="essai",
            demande_le=maintenant(), rendu_le=maintenant(), **demande,
        )  # fmt: skip
        session.add(rangee)
        session.flush()
        for element, (etat, texte) in dits.items():
            communs = {"etablissement_id": grille[1], "demande_id": exiger_id(rangee.id), "donne_le": maintenant()}
            session.add(Avis(**communs, element=element, etat=etat, commentaire=texte))


def peupler(base: Base, acteur: Acteur, formation: int) -> None:
    """Un écart de chaque sorte, un accord, et un avis d'apprenti et un d'employeur."""
    dire(
        base, acteur, formation,
        e_1_S1_4=("tenu", "Fait chaque année."), c_1_S1_4=("non_tenu", "Nous n’en voyons rien."),
        e_1_S1_1=("tenu", ""), c_1_S1_1=("en_partie", ""), k_1_S1_1=("en_partie", "Dit au dialogue."),
        e_1_S1_2=("tenu", "Deux conseils."), c_1_S1_2=("tenu", "Présents aux deux."),
        e_1_S1_3=("tenu", ""), e_1_S1_5=("sans_objet", "Pas encore de promotion."), c_1_S1_5=("tenu", ""),
        e_2_S2_1=("tenu", ""), e_3_S1_1=("tenu", ""), c_3_S1_1=("tenu", ""),
    )  # fmt: skip
    donner_un_avis(base, formation, "apprentis", {"3.S1.1": ("non_tenu", "Jamais vu."), "1.S1.2": ("ne_sait_pas", "")})
    donner_un_avis(base, formation, "employeurs", {"1.S1.4": ("en_partie", "")})


@pytest.fixture
def garnie(base: BaseSQL, acteur: Acteur, formation_id: int) -> int:
    """Une formation dont la grille a de tout."""
    peupler(base, acteur, formation_id)
    return formation_id


def lire(base: Base, acteur: Acteur, formation: int, annee: int | None = None) -> EcartsLus:
    with base.lecture() as session:
        return lire_les_ecarts(session, acteur, formation, annee)


def concertees(base: Base, acteur: Acteur, formation: int) -> dict[str, Any]:
    with base.lecture() as session:
        grille = lire_grille(session, acteur, formation)
    return {li.id: li.reponse for poste in grille.postes for li in poste.lignes if li.reponse.version}


def test_le_plus_grand_ecart_d_abord_puis_l_ordre_du_texte(base: BaseSQL, acteur: Acteur, garnie: int) -> None:
    lus = lire(base, acteur, garnie)
    assert [e.element for e in lus.ecarts] == [DEUX_CRANS, "3.S1.1", UN_CRAN, SANS_OBJET, MUET]
    assert lus.ecarts[-1].ecart.silences == (Voix.CFA,)
    assert lus.par_sorte == {"crans": 3, "sans_objet": 1, "silence": 1}
    un = lus.ecarts[0]
    assert [(nom, [p.commentaire for p in dites]) for _, nom, dites in un.voix] == [
        ("Établissement", ["Fait chaque année."]), ("CFA", ["Nous n’en voyons rien."]), ("Employeurs (1)", [""]),
        ("Position concertée", []),
    ]  # fmt: skip


def test_le_silence_d_une_organisation_qui_n_est_pas_concernee_n_est_pas_un_ecart(
    base: BaseSQL, acteur: Acteur, garnie: int
) -> None:
    assert charger_concernes().parties(ETABLISSEMENT_SEUL) == (Partie.ETABLISSEMENT,)
    assert ETABLISSEMENT_SEUL not in {e.element for e in lire(base, acteur, garnie).ecarts}


@pytest.mark.parametrize(
    ("tri", "attendus"),
    [
        (Tri(poste=3), ["3.S1.1"]),
        (Tri(sorte="sans_objet"), [SANS_OBJET]),
        (Tri(sorte=Sorte.SILENCE), [MUET]),
        (Tri(sans_concertee=True, poste=1), [DEUX_CRANS, SANS_OBJET, MUET]),
        (Tri(), [DEUX_CRANS, "3.S1.1", UN_CRAN, SANS_OBJET, MUET]),
    ],
)
def test_le_tri_garde_ce_qu_on_demande(
    base: BaseSQL, acteur: Acteur, garnie: int, tri: Tri, attendus: list[str]
) -> None:
    assert [e.element for e in lire(base, acteur, garnie).gardes(tri)] == attendus


def test_une_reponse_a_confirmer_ne_se_compare_pas_mais_se_lit(base: BaseSQL, acteur: Acteur, garnie: int) -> None:
    with base.ecriture() as session:
        session.execute(
            update(Reponse)
            .where(col(Reponse.element) == DEUX_CRANS, col(Reponse.partie) == "cfa")
            .values(a_confirmer=True)
        )
    (ecart,) = [e for e in lire(base, acteur, garnie).ecarts if e.element == DEUX_CRANS]
    assert (ecart.ecart.crans, ecart.ecart.silences) == (1, (Voix.CFA,))
    assert ecart.paroles[Voix.CFA][0].a_confirmer


def test_les_avis_d_une_demande_retiree_ne_comptent_plus(base: BaseSQL, acteur: Acteur, garnie: int) -> None:
    with base.ecriture() as session:
        session.execute(update(DemandeAvis).values(retire_le=maintenant()))
    lus = lire(base, acteur, garnie)
    assert "3.S1.1" not in {e.element for e in lus.ecarts}
    assert "3.S1.1" in {a.element for a in lus.accords}


def test_les_accords_se_reprennent_d_un_geste_et_le_journal_en_garde_la_liste(
    base: BaseSQL, acteur: Acteur, garnie: int
) -> None:
    with base.ecriture() as session:
        assert reprendre_les_accords(session, acteur, garnie) == 1
    reprises = concertees(base, acteur, garnie)
    assert set(reprises) == {UN_CRAN, ACCORD_SIMPLE}
    assert reprises[ACCORD_SIMPLE].etat == "tenu"
    dit = "L’établissement et le CFA disent la même chose."
    assert reprises[ACCORD_SIMPLE].commentaire == (
        f"{dit}\nÉtablissement : « Deux conseils. »\nCFA : « Présents aux deux. »"
    )
    with base.lecture() as session:
        requete = select(col(EntreeJournal.acte), col(EntreeJournal.apres)).order_by(col(EntreeJournal.rang))
        actes = lignes(session, requete)
    assert [acte for acte, _ in actes[-2:]] == ["réponse enregistrée", "accords repris"]
    assert actes[-1][1] == {"elements": [ACCORD_SIMPLE], "malgre_les_avis": False}
    with base.ecriture() as session:
        assert reprendre_les_accords(session, acteur, garnie) == 0
        assert reprendre_les_accords(session, acteur, garnie, malgre_les_avis=True) == 1
    assert concertees(base, acteur, garnie)["3.S1.1"].etat == "tenu"


def test_un_sans_objet_partage_garde_les_deux_motifs(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    long = "x" * 2000
    dire(
        base, acteur, formation_id, e_1_S1_1=("sans_objet", "Une raison."), c_1_S1_1=("sans_objet", "Une autre."),
        e_1_S1_2=("sans_objet", "La même."), c_1_S1_2=("sans_objet", "La même."),
        e_1_S1_3=("sans_objet", long), c_1_S1_3=("sans_objet", long + "y"),
    )  # fmt: skip
    with base.ecriture() as session:
        assert reprendre_les_accords(session, acteur, formation_id) == 3
    reprises = concertees(base, acteur, formation_id)
    assert reprises["1.S1.1"].motif == "Établissement : Une raison.\nCFA : Une autre."
    assert reprises["1.S1.2"].motif == "La même."
    assert len(reprises["1.S1.3"].motif) <= 2000


@pytest.mark.parametrize("a_confirmer", [True, False])
def test_ce_qui_est_ecrit_en_position_concertee_n_est_jamais_recouvert(
    base: BaseSQL, acteur: Acteur, garnie: int, a_confirmer: bool
) -> None:
    dire(base, acteur, garnie, k_1_S1_2=("en_partie", "Notre lecture."))
    with base.ecriture() as session:
        session.execute(update(Reponse).where(col(Reponse.partie) == "concertee").values(a_confirmer=a_confirmer))
    with base.ecriture() as session:
        assert reprendre_les_accords(session, acteur, garnie) == 0
    assert concertees(base, acteur, garnie)[ACCORD_SIMPLE].commentaire == "Notre lecture."


def test_une_position_concertee_vide_se_reprend(base: BaseSQL, acteur: Acteur, garnie: int) -> None:
    for version, texte in enumerate(("brouillon", "")):
        with base.ecriture() as session:
            commande = CommandeReponse(garnie, ACCORD_SIMPLE, None, "", texte, version)
            enregistrer_reponse(session, acteur, commande)
    with base.ecriture() as session:
        assert reprendre_les_accords(session, acteur, garnie) == 1


def test_un_refus_en_chemin_n_ecrit_rien(
    base: BaseSQL, acteur: Acteur, garnie: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    veritable = enregistrer_reponse
    faits: list[str] = []

    def refuser_le_second(session: Session, qui: Acteur, commande: CommandeReponse) -> Any:
        if faits:
            raise GrilleFigee("arrêtée entre-temps")
        faits.append(commande.element)
        return veritable(session, qui, commande)

    monkeypatch.setattr("grilles.ecarts.services.enregistrer_reponse", refuser_le_second)
    with pytest.raises(GrilleFigee), base.ecriture() as session:
        reprendre_les_accords(session, acteur, garnie, malgre_les_avis=True)
    assert faits
    assert set(concertees(base, acteur, garnie)) == {UN_CRAN}


def test_qui_n_ecrit_que_la_position_du_cfa_ne_reprend_pas_les_accords(
    base: BaseSQL, acteur: Acteur, garnie: int
) -> None:
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, garnie, Partie.CFA)
    cfa = creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "Sacha du CFA", (mandat,))
    with base.ecriture() as session, pytest.raises(DroitManquant):
        reprendre_les_accords(session, cfa, garnie)
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lise Lectrice")
    with base.ecriture() as session, pytest.raises(DroitManquant):
        reprendre_les_accords(session, lecteur, garnie)
    assert len(lire(base, lecteur, garnie).ecarts) == 5


def test_les_ecarts_d_une_grille_arretee_sont_ceux_du_jour_de_l_arrete(
    base: BaseSQL, acteur: Acteur, garnie: int
) -> None:
    with base.ecriture() as session:
        session.connection().execute(update(Reponse).where(col(Reponse.element) == MUET).values(a_confirmer=True))
    avant = lire(base, acteur, garnie)
    with base.ecriture() as session:
        arreter_grille(session, acteur, CommandeArrete(garnie))
        [numero] = lignes(session, select(col(DemandeAvis.id)).where(col(DemandeAvis.public) == "employeurs"))[0]
        with pytest.raises(SaisieRefusee, match="scellés"):
            retirer(session, acteur, garnie, numero)
    with base.ecriture() as session:
        session.connection().execute(update(DemandeAvis).values(retire_le=maintenant()))
        session.connection().execute(update(Avis).values(etat="tenu", commentaire="Réécrit."))
    assert (lire(base, acteur, garnie).ecarts, len(avant.ecarts)) == (avant.ecarts, 4)
    with base.ecriture() as session:
        rouvrir_grille(session, acteur, garnie, "Un avis à relire.")
    assert lire(base, acteur, garnie).ecarts != avant.ecarts


def test_la_grille_d_un_autre_etablissement_est_inconnue(base: BaseSQL, autre_acteur: Acteur, garnie: int) -> None:
    with base.lecture() as session, pytest.raises(Introuvable):
        lire_les_ecarts(session, autre_acteur, garnie)
    with base.ecriture() as session, pytest.raises(Introuvable):
        reprendre_les_accords(session, autre_acteur, garnie)


def test_une_annee_sans_grille_n_existe_pas_et_une_grille_pas_commencee_n_a_pas_d_ecart(
    base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    assert lire(base, acteur, formation_id).ecarts == ()
    for annee in (1999, 99_999):
        with base.lecture() as session, pytest.raises(Introuvable):
            lire_les_ecarts(session, acteur, formation_id, annee)


@pytest.mark.postgresql
def test_sur_postgresql_comme_sur_sqlite(
    base_postgresql: BaseSQL, base: BaseSQL, acteur: Acteur, garnie: int, collegue: Callable[[Role, str], Acteur]
) -> None:
    with hors_cloison():
        autre = creer_compte(base_postgresql, "Université voisine", Role.REFERENT_QUALITE, "voisin@rive.invalid")
    with cloison(autre.etablissement_id):
        formation = creer_formation(base_postgresql, autre)
        peupler(base_postgresql, autre, formation)
        lus = lire(base_postgresql, autre, formation)
        assert [(e.element, e.ecart) for e in lus.ecarts] == [
            (e.element, e.ecart) for e in lire(base, acteur, garnie).ecarts
        ]
        with base_postgresql.ecriture() as session:
            assert reprendre_les_accords(session, autre, formation, malgre_les_avis=True) == 2
        assert lire(base_postgresql, autre, formation).accords == ()
