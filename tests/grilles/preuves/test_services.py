"""Déposer, réviser, citer, retirer, effacer : sur SQLite et PostgreSQL ; qui voit et change quoi."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.travaux import balayer_les_preuves
from charte.acteur import Acteur, DroitManquant, Mandat, Origine, Role
from charte.commun.base import Base, lignes
from charte.commun.coffre import PieceIllisible, empreinte_fichier
from charte.commun.frein import DepotFreine
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from grilles.arrete.modeles import Instantane
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee
from grilles.preuves.coffre import coffre_des_preuves
from grilles.preuves.modeles import FichierDePreuve
from grilles.preuves.reception import Envoi, deposer_preuve, effacer_preuve, joindre_des_fichiers
from grilles.preuves.services.alertes import alertes_de_preuves
from grilles.preuves.services.ecriture import (
    CommandeDeCitation,
    CommandeDePreuve,
    ConflitDePreuve,
    PreuveQuiSert,
    PreuveSansContenu,
    citer,
    modifier_preuve,
)
from grilles.preuves.services.fichiers import FICHIERS_MAXIMAUX, TropDeFichiers, retirer_fichier
from grilles.preuves.services.lecture import (
    A_RENOUVELER,
    Recherche,
    aujourd_hui,
    lire_bibliotheque,
    lire_fiche,
    lire_fichier,
    lire_preuve,
)
from grilles.preuves.services.usage import preuves_scellees
from grilles.preuves.types import FichierRefuse
from grilles.preuves.vues import FichePreuve
from grilles.services import GrilleFigee, ouvrir_grille
from grilles.services.preuves import CommandePreuve, ajouter_preuve, retirer_preuve
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.preuves.conftest import ELEMENT, Deposer, DeuxCfa, creer_deux_cfa, deposeur
from tests.grilles.preuves.fabrique import PDF, PNG

AUTRE_PDF = PDF.replace(b"Catalog", b"Catalog ")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def une_base(request: pytest.FixtureRequest) -> BaseSQL:
    """La même chose sur les deux bases."""
    base: BaseSQL = request.getfixturevalue("base" if request.param == "sqlite" else "base_postgresql")
    return base


def fiche(base: Base, acteur: Acteur, preuve: int) -> FichePreuve:
    with base.lecture() as session:
        return lire_fiche(session, acteur, preuve, aujourd_hui())


def test_le_trajet_d_une_preuve(une_base: BaseSQL, reglages: Reglages) -> None:
    acteur = creer_compte(une_base, "Université d'essai", Role.REFERENT_QUALITE, "r@essai.invalid")
    formation = creer_formation(une_base, acteur)
    deposer = deposeur(une_base, reglages)
    preuve = deposer(
        acteur, fichiers=(("livret.pdf", PDF), ("plan.png", PNG)), citee=formation, proprietaire="Scolarité"
    )
    vue = fiche(une_base, acteur, preuve)
    assert [(f.rang, f.revision, f.nom, f.empreinte) for f in vue.en_vigueur] == [
        (1, 1, "livret.pdf", empreinte_fichier(PDF)),
        (2, 1, "plan.png", empreinte_fichier(PNG)),
    ]
    assert [(c.element, c.emplacement, c.formation_id) for c in vue.citations] == [(ELEMENT, "page 4", formation)]
    joindre_des_fichiers(une_base, acteur, reglages, preuve, [Envoi("livret-v2.pdf", AUTRE_PDF)], rang=1)
    joindre_des_fichiers(une_base, acteur, reglages, preuve, [Envoi("copie.pdf", AUTRE_PDF)], rang=1)
    with une_base.ecriture() as session:
        retirer_fichier(session, acteur, preuve, 2)
    vue = fiche(une_base, acteur, preuve)
    assert [(f.rang, f.revision, f.nom) for f in vue.en_vigueur] == [(1, 2, "livret-v2.pdf")]
    assert {(f.rang, f.revision) for f in vue.passees} == {(1, 1), (2, 1)}
    coffre = coffre_des_preuves(reglages)
    assert [coffre.relire(f.piece) for f in vue.fichiers] == [AUTRE_PDF, PDF, PNG]
    assert all(PDF[:40] not in piece.read_bytes() for piece in coffre.dossier.iterdir())
    assert [e.acte for e in vue.historique] == [
        "fichier retiré", "fichier révisé", "fichier joint", "fichier joint", "preuve déposée",
    ]  # fmt: skip
    with une_base.ecriture() as session:
        retirer_fichier(session, acteur, preuve, 2, remettre=True)
    assert len(fiche(une_base, acteur, preuve).en_vigueur) == 2


def test_une_revision_ne_change_pas_et_ne_s_efface_que_si_rien_ne_s_en_sert(
    une_base: BaseSQL, reglages: Reglages
) -> None:
    acteur = creer_compte(une_base, "Université d'essai", Role.REFERENT_QUALITE, "r@essai.invalid")
    formation = creer_formation(une_base, acteur)
    deposer = deposeur(une_base, reglages)
    preuve, libre = deposer(acteur, citee=formation), deposer(acteur, "Jamais citée")

    def tenter(ordre: Any) -> None:
        with une_base.ecriture() as session:
            session.connection().execute(ordre)

    for ordre in (
        update(FichierDePreuve).values(empreinte="0" * 64),
        update(FichierDePreuve).values(nom="autre.pdf"),
        delete(FichierDePreuve).where(col(FichierDePreuve.preuve_id) == preuve),
    ):
        with pytest.raises(DBAPIError, match="révision de fichier"):
            tenter(ordre)
    with pytest.raises(PreuveQuiSert):
        effacer_preuve(une_base, acteur, reglages, preuve)
    assert len(coffre_des_preuves(reglages).pieces()) == 2
    effacer_preuve(une_base, acteur, reglages, libre)
    assert len(coffre_des_preuves(reglages).pieces()) == 1
    with pytest.raises(Introuvable):
        fiche(une_base, acteur, libre)


def test_une_preuve_scellee_ne_s_efface_plus_meme_decitee(une_base: BaseSQL, reglages: Reglages) -> None:
    acteur = creer_compte(une_base, "Université d'essai", Role.REFERENT_QUALITE, "r@essai.invalid")
    formation = creer_formation(une_base, acteur)
    preuve = deposeur(une_base, reglages)(acteur, citee=formation)
    empreinte = fiche(une_base, acteur, preuve).fichiers[0].empreinte
    contenu = f'{{"fichiers":{{"{preuve}":[{{"empreinte":"{empreinte}"}}]}},"materiaux":{{"preuves":{{}}}}}}'
    with une_base.ecriture() as session:
        grille = ouvrir_grille(session, acteur, formation)
        session.add(Instantane(
            etablissement_id=acteur.etablissement_id, grille_id=grille.id, version=1, contenu=contenu, niveaux="{}",
            empreinte="0" * 64, arrete_par="x", arrete_le=fiche(une_base, acteur, preuve).preuve.depose_le,
        ))  # fmt: skip
        session.connection().execute(delete(PreuveCitee))
    assert not fiche(une_base, acteur, preuve).supprimable
    with pytest.raises(PreuveQuiSert):
        effacer_preuve(une_base, acteur, reglages, preuve)
    with pytest.raises(DBAPIError, match="révision de fichier"), une_base.ecriture() as session:
        session.connection().execute(delete(FichierDePreuve))


def test_ce_qu_un_instantane_porte() -> None:
    contenu = '{"fichiers":{"7":[]},"materiaux":{"preuves":{"1.S1.1":[{"id":3},{"id":12}]}}}'
    assert preuves_scellees(contenu) == {3, 7, 12}
    assert preuves_scellees("{}") == set()


def test_deux_cfa_d_un_etablissement_ne_voient_que_leurs_preuves(une_base: BaseSQL, reglages: Reglages) -> None:
    acteur = creer_compte(une_base, "Université d'essai", Role.REFERENT_QUALITE, "r@essai.invalid")
    deux = creer_deux_cfa(une_base, acteur)
    deposer = deposeur(une_base, reglages)
    sienne = deposer(deux.d_une, "Du CFA un", citee=deux.une)
    de_l_autre = deposer(deux.d_autre, "Du CFA deux", citee=deux.autre)
    partagee = deposer(acteur, "Règlement commun", partagee=True)
    with une_base.ecriture() as session:
        citer(session, deux.d_autre, CommandeDeCitation(deux.autre, ELEMENT, partagee))
        for preuve in (sienne, 987_654):
            with pytest.raises(Introuvable):
                citer(session, deux.d_autre, CommandeDeCitation(deux.autre, ELEMENT, preuve))
        with pytest.raises(Introuvable):
            citer(session, deux.d_autre, CommandeDeCitation(deux.une, ELEMENT, de_l_autre))
    for qui, vues in ((deux.d_une, {sienne, partagee}), (deux.d_autre, {de_l_autre, partagee}),
                      (acteur, {sienne, de_l_autre, partagee})):  # fmt: skip
        with une_base.lecture() as session:
            lue = lire_bibliotheque(session, qui, Recherche(), aujourd_hui())
        assert {p.preuve.id for p in lue.preuves} == vues
    assert fiche(une_base, deux.d_une, partagee).citations == (), "l'autre CFA n'apprend pas qui la cite"
    with pytest.raises(Introuvable):
        fiche(une_base, deux.d_une, de_l_autre)
    with une_base.lecture() as session, pytest.raises(Introuvable):
        lire_fichier(session, deux.d_une, de_l_autre, 1, 1)


def test_on_ne_change_que_ce_qui_est_chez_soi(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, deux_cfa: DeuxCfa
) -> None:
    deposer = deposeur(base, reglages)
    du_referent = deposer(acteur, "Du référent, citée chez un")
    sienne = deposer(deux_cfa.d_une, "Du CFA, citée des deux côtés", partagee=True)
    with base.ecriture() as session:
        citer(session, acteur, CommandeDeCitation(deux_cfa.une, ELEMENT, du_referent))
        citer(session, acteur, CommandeDeCitation(deux_cfa.autre, ELEMENT, sienne))
    assert fiche(base, deux_cfa.d_une, du_referent).modifiable, "tout ce qui s'en sert est à lui"
    assert fiche(base, deux_cfa.d_une, sienne).modifiable, "il l'a déposée"
    assert not fiche(base, deux_cfa.d_autre, sienne).modifiable
    with base.ecriture() as session:
        citer(session, acteur, CommandeDeCitation(deux_cfa.autre, ELEMENT, du_referent))
    assert not fiche(base, deux_cfa.d_une, du_referent).modifiable, "elle sert aussi à l'autre"
    with base.ecriture() as session, pytest.raises(DroitManquant):
        modifier_preuve(session, deux_cfa.d_une, du_referent, CommandeDePreuve("Autre"), version=1)
    with pytest.raises(DroitManquant):
        joindre_des_fichiers(base, deux_cfa.d_une, reglages, du_referent, [Envoi("x.pdf", PDF)])
    with pytest.raises(DroitManquant):
        effacer_preuve(base, deux_cfa.d_une, reglages, du_referent)


def test_un_lecteur_lit_et_ne_depose_pas(base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int) -> None:
    preuve = deposer(acteur, citee=formation_id)
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lectrice")
    assert not fiche(base, lecteur, preuve).modifiable
    with pytest.raises(DroitManquant):
        deposer(lecteur)
    membre = creer_collegue(base, acteur, Role.MEMBRE_INSTANCE, "Membre", (Mandat(Role.MEMBRE_INSTANCE),))
    with pytest.raises(Introuvable):
        fiche(base, membre, preuve)


def test_un_autre_etablissement_ne_voit_ni_ne_touche_rien(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, reglages: Reglages, deposer: Deposer
) -> None:
    preuve = deposer(acteur, partagee=True)
    for geste in (
        lambda: fiche(base, autre_acteur, preuve),
        lambda: effacer_preuve(base, autre_acteur, reglages, preuve),
        lambda: joindre_des_fichiers(base, autre_acteur, reglages, preuve, [Envoi("x.pdf", PDF)]),
    ):
        with pytest.raises(Introuvable):
            geste()
    assert len(fiche(base, acteur, preuve).fichiers) == 1


def test_deux_changements_simultanes_ne_s_ecrasent_pas(base: BaseSQL, acteur: Acteur, deposer: Deposer) -> None:
    preuve = deposer(acteur)
    with base.ecriture() as session:
        modifier_preuve(
            session, acteur, preuve, CommandeDePreuve("Nouveau titre", date_fin=date(2030, 1, 1)), version=1
        )
    with base.ecriture() as session, pytest.raises(ConflitDePreuve) as conflit:
        modifier_preuve(session, acteur, preuve, CommandeDePreuve("Perdu ?"), version=1)
    assert (conflit.value.autre.titre, conflit.value.autre.version) == ("Nouveau titre", 2)
    assert fiche(base, acteur, preuve).preuve.titre == "Nouveau titre"


def test_une_preuve_s_ouvre_toujours(base: BaseSQL, acteur: Acteur, deposer: Deposer) -> None:
    with pytest.raises(PreuveSansContenu):
        deposer(acteur, fichiers=())
    lien = deposer(acteur, fichiers=(), adresse="https://intranet.exemple.invalid/x")
    with base.ecriture() as session, pytest.raises(PreuveSansContenu):
        modifier_preuve(session, acteur, lien, CommandeDePreuve("Sans lien"), version=1)
    seul = deposer(acteur)

    def retirer() -> None:
        with base.ecriture() as session:
            retirer_fichier(session, acteur, seul, 1)

    with pytest.raises(PreuveSansContenu):
        retirer()
    assert len(fiche(base, acteur, seul).en_vigueur) == 1, "rien n'a été enregistré"


def test_rien_n_est_chiffre_si_un_seul_fichier_est_refuse(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, deposer: Deposer
) -> None:
    with pytest.raises(FichierRefuse):
        deposer(acteur, fichiers=(("bon.pdf", PDF), ("mauvais.exe", b"MZ")))
    assert coffre_des_preuves(reglages).pieces() == {}
    with base.lecture() as session:
        assert lignes(session, select(col(Preuve.id))) == []


def test_une_transaction_defaite_ne_laisse_qu_une_piece_que_le_balayage_emporte(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, deposer: Deposer
) -> None:
    gardee = deposer(acteur)
    with pytest.raises(Introuvable):
        joindre_des_fichiers(base, acteur, reglages, 987_654, [Envoi("x.pdf", AUTRE_PDF)])
    coffre = coffre_des_preuves(reglages)
    assert len(coffre.pieces()) == 2
    assert balayer_les_preuves(base, reglages) == 0, "une transaction pourrait être en cours"
    for chemin in coffre.dossier.iterdir():
        os.utime(chemin, (0, 0))
    assert balayer_les_preuves(base, reglages) == 1
    assert coffre.relire(fiche(base, acteur, gardee).fichiers[0].piece) == PDF


def test_les_depots_sont_freines_par_les_pages_seulement(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> None:
    serres = replace(reglages, depots_mo_par_jour=0)
    deposer_preuve(base, acteur, reglages, CommandeDePreuve("La première"), [Envoi("x.pdf", PDF)])
    commande = CommandeDePreuve("Une de trop")
    with pytest.raises(DepotFreine):
        deposer_preuve(base, replace(acteur, origine=Origine.WEB), serres, commande, [Envoi("x.pdf", PDF)])
    assert len(coffre_des_preuves(reglages).pieces()) == 1
    deposer_preuve(base, replace(acteur, origine=Origine.COMMANDE), serres, commande, [Envoi("x.pdf", PDF)])


def test_une_preuve_ne_garde_pas_un_nombre_infini_de_fichiers(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, deposer: Deposer
) -> None:
    preuve = deposer(acteur)
    envois = [Envoi(f"{rang}.txt", f"texte {rang}".encode()) for rang in range(FICHIERS_MAXIMAUX)]
    with pytest.raises(TropDeFichiers):
        joindre_des_fichiers(base, acteur, reglages, preuve, envois)
    assert len(fiche(base, acteur, preuve).fichiers) == 1


def test_une_grille_arretee_ne_recoit_plus_de_preuve(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    preuve = deposer(acteur, citee=formation_id)
    with base.ecriture() as session:
        session.connection().execute(update(Grille).values(etat="arretee"))
        session.connection().execute(update(Campagne).values(etat="arretee"))
    with base.ecriture() as session, pytest.raises(GrilleFigee):
        citer(session, acteur, CommandeDeCitation(formation_id, "1.S1.1", preuve))


def test_citer_deux_fois_met_a_jour_l_emplacement(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    preuve = deposer(acteur, citee=formation_id)
    with base.ecriture() as session:
        citer(session, acteur, CommandeDeCitation(formation_id, ELEMENT, preuve, "annexe 2"))
    assert [c.emplacement for c in fiche(base, acteur, preuve).citations] == ["annexe 2"]


def test_la_bibliotheque_se_cherche_et_montre_d_abord_ce_qui_presse(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    jour = aujourd_hui()
    perimee = deposer(acteur, "Convention périmée", date_fin=jour - timedelta(days=1), proprietaire="Scolarité")
    bientot = deposer(acteur, "À renouveler", date_fin=jour + timedelta(days=10))
    bonne = deposer(acteur, "100 % des livrets", citee=formation_id, fichiers=(("annexe_1.pdf", PDF),))

    def chercher(**champs: Any) -> list[int]:
        with base.lecture() as session:
            return [p.preuve.id for p in lire_bibliotheque(session, acteur, Recherche(**champs), jour).preuves]

    assert chercher() == [perimee, bientot, bonne]
    assert chercher(validite=A_RENOUVELER) == [perimee, bientot]
    assert chercher(validite="perimee") == [perimee]
    assert chercher(mots="convention périmée") == [perimee]
    assert chercher(mots="100 %") == [bonne]
    assert chercher(mots="annexe_1") == [bonne]
    assert chercher(mots="annexe%1") == []
    assert chercher(proprietaire="Scolarité") == [perimee]
    assert chercher(formation_id=formation_id) == [bonne]
    assert chercher(page=99) == [perimee, bientot, bonne]


def test_les_alertes_ne_parlent_que_des_preuves_citees_dans_une_grille_ouverte(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, deux_cfa: DeuxCfa
) -> None:
    jour, deposer = aujourd_hui(), deposeur(base, reglages)
    perimee = deposer(acteur, "Périmée", citee=deux_cfa.une, date_fin=jour - timedelta(days=3))
    bientot = deposer(acteur, "Bientôt", citee=deux_cfa.autre, date_fin=jour + timedelta(days=3))
    deposer(acteur, "Pas citée", date_fin=jour - timedelta(days=3))
    deposer(acteur, "Valable", citee=deux_cfa.une)

    def alertes(qui: Acteur) -> list[int]:
        with base.lecture() as session:
            return [a.preuve_id for a in alertes_de_preuves(session, qui)]

    assert alertes(acteur) == [perimee, bientot]
    assert alertes(deux_cfa.d_une) == [perimee]
    assert alertes(creer_collegue(base, acteur, Role.LECTEUR, "Lecteur")) == []
    with base.ecriture() as session:
        session.connection().execute(update(Campagne).values(etat="arretee"))
    assert alertes(acteur) == []


def test_une_piece_alteree_se_dit(base: BaseSQL, acteur: Acteur, reglages: Reglages, deposer: Deposer) -> None:
    preuve = deposer(acteur)
    (piece,) = coffre_des_preuves(reglages).dossier.iterdir()
    Path(piece).write_bytes(piece.read_bytes()[:-1] + b"x")
    with base.lecture() as session:
        fichier = lire_fichier(session, acteur, preuve, 1, 1)
    with pytest.raises(PieceIllisible):
        coffre_des_preuves(reglages).relire(fichier.piece)


def test_oter_une_citation_n_efface_une_preuve_que_si_ce_n_etait_qu_un_lien(
    base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    garde = deposer(acteur, citee=formation_id)

    def decrire(session: Session) -> set[int]:
        return {numero for (numero,) in lignes(session, select(col(Preuve.id)))}

    with base.ecriture() as session:
        adresse = "https://intranet.exemple.invalid/x"
        lien = ajouter_preuve(session, acteur, CommandePreuve(formation_id, "1.S1.1", "Lien", adresse))
        assert decrire(session) == {garde, lien}
        retirer_preuve(session, acteur, formation_id, "1.S1.1", preuve_id=lien)
        retirer_preuve(session, acteur, formation_id, ELEMENT, preuve_id=garde)
        assert decrire(session) == {garde}, "un fichier déposé ne disparaît pas d'une citation ôtée"
    with base.lecture() as session:
        assert lire_preuve(session, acteur, garde, aujourd_hui()).version == 1


def test_le_journal_ne_garde_ni_titre_ni_nom_de_fichier(base: BaseSQL, acteur: Acteur, deposer: Deposer) -> None:
    preuve = deposer(acteur, "Titre de Camille Exemple", fichiers=(("camille.pdf", PDF),))
    with base.ecriture() as session:
        modifier_preuve(session, acteur, preuve, CommandeDePreuve("Camille encore"), version=1)
    with base.lecture() as session:
        entrees = lignes(session, select(col(EntreeJournal.avant), col(EntreeJournal.apres)))
        assert "amille" not in str(entrees)
        assert session.execute(text("SELECT count(*) FROM journal")).scalar() == 3
