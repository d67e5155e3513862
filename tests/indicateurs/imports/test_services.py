"""Déposer, prévisualiser, confirmer, purger : une transaction, rien d'effacé sans décision, chacun chez soi."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from charte.acteur import DroitManquant, Role
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.format import charger_format
from indicateurs.imports.services import (
    DepotFerme,
    FichierDepose,
    abandonner,
    confirmer,
    deposer,
    diagnostic_du_depot,
    enregistrer_examen,
    examiner,
    fichier_du_depot,
    lire_depot,
    lister_depots,
    previsualiser,
    purger,
)
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours, Promotion
from tests.conftest import creer_compte
from tests.indicateurs.imports.fabrique import en_csv, ligne, siret, uai


@pytest.fixture
def coffre(reglages):
    return Coffre.de(reglages)


@pytest.fixture
def poser(base, acteur, coffre, reglages):
    """`poser(ligne, …)` : dépose et diagnostique un fichier ; rend l'identifiant du dépôt."""

    def poser(*contenu, qui=acteur, octets=None):
        fichier = FichierDepose("apprentis.csv", octets or en_csv(list(contenu)))
        examen = examiner(fichier, reglages.cle_identite)
        with base.ecriture() as session:
            depot_id = deposer(session, qui, fichier, coffre, 30)
            enregistrer_examen(session, qui, depot_id, examen, coffre)
        return depot_id

    return poser


@pytest.fixture
def ranger(base, acteur, coffre, poser):
    """`ranger(ligne, …)` : dépose, prévisualise, confirme ; rend (aperçu, bilan)."""

    def ranger(*contenu, qui=acteur, retirer=False):
        depot_id = poser(*contenu, qui=qui)
        with base.lecture() as session:
            apercu = previsualiser(session, qui, depot_id, coffre)
        with base.ecriture() as session:
            return apercu, confirmer(session, qui, depot_id, coffre, retirer=retirer)

    return ranger


def compter(base, modele):
    with base.lecture() as session:
        return lignes(session, select(func.count()).select_from(modele))[0][0]


def tout(base, *colonnes):
    with base.lecture() as session:
        return [tuple(rangee) for rangee in lignes(session, select(*(col(c) for c in colonnes)).order_by(colonnes[0]))]


def nombres(bilan):
    return bilan.ajouts, bilan.changements, bilan.retraits, bilan.inchanges


def test_un_premier_fichier_s_ajoute_en_entier(base, ranger):
    apercu, bilan = ranger(*[ligne(n) for n in range(5)])
    assert nombres(apercu.bilan) == nombres(bilan) == (5, 0, 0, 0)
    assert [compter(base, m) for m in (Apprenti, Parcours, Contrat, Formation, Cfa, Promotion)] == [5, 5, 5, 1, 1, 1]
    assert tout(base, Parcours.annee_scolaire)[0] == ("2023-2024",)
    assert tout(base, Promotion.annee) == [(2023,)]


def test_le_meme_fichier_une_seconde_fois_ne_change_rien(base, ranger):
    fichier = [ligne(n, cause_rupture_contrat="x" * 400, contrat_date_rupture="2024-01-02") for n in range(5)]
    fichier += [ligne(9, formation_cfd=None), ligne(10, annee_scolaire="n'importe")]
    ranger(*fichier)
    avant = tout(base, Parcours.id, Parcours.depot_id, Parcours.date_fin)
    apercu, bilan = ranger(*fichier)
    assert apercu.rien
    assert not apercu.a_decider
    assert nombres(bilan) == (0, 0, 0, 7)
    assert tout(base, Parcours.id, Parcours.depot_id, Parcours.date_fin) == avant


def test_les_organisations_inconnues_naissent_a_completer(base, ranger):
    ranger(ligne(0))
    assert tout(base, Cfa.nom, Cfa.uai, Cfa.a_completer) == [(f"CFA {uai(990001)}", uai(990001), True)]
    [(code, libelle, a_completer)] = tout(base, Formation.code, Formation.libelle, Formation.a_completer)
    assert (libelle, a_completer) == ("BTS EXEMPLE", True)
    assert code == f"RNCP99001-99000101-{uai(990001)}-{uai(990002)}"


def test_une_formation_connue_est_reconnue(base, acteur, ranger):
    with base.ecriture() as session:
        cfa = Cfa(etablissement_id=acteur.etablissement_id, nom="CFA d'essai", uai=uai(990001))
        session.add(cfa)
        session.flush()
        session.add(
            Formation(
                etablissement_id=acteur.etablissement_id, cfa_id=cfa.id, code="BTS-1", libelle="Un BTS",
                rncp="RNCP99001", cfd="99000101", uai_formateur=uai(990002),
            )
        )  # fmt: skip
    ranger(ligne(0))
    assert tout(base, Formation.code) == [("BTS-1",)]


def test_une_mise_a_jour_change_ajoute_et_ne_vide_rien(base, ranger):
    ranger(ligne(0, obtention_diplome_formation=None, date_exclusion_formation="2024-02-01"), ligne(1))
    neuve = ligne(
        0, obtention_diplome_formation="OUI", date_exclusion_formation=None, contrat_date_rupture="2024-01-15",
        contrat_date_debut_2="2024-03-01", siret_employeur_2=siret(4),
    )  # fmt: skip
    apercu, bilan = ranger(neuve, ligne(1))
    assert nombres(bilan) == (0, 1, 0, 1)
    assert {(v.champ, v.avant, v.apres) for v in apercu.changements} == {
        ("obtention", "", "oui"), ("date_rupture", "", "15/01/2024"),
    }  # fmt: skip
    assert [(v.ligne, v.champ, v.avant, v.apres) for v in apercu.tues] == [(2, "date_exclusion", "01/02/2024", "")]
    assert apercu.a_decider
    assert tout(base, Parcours.id, Parcours.obtention, Parcours.date_exclusion)[0][1:] == (True, date(2024, 2, 1))
    assert compter(base, Contrat) == 3


def test_un_fichier_d_une_annee_plus_ancienne_ne_fait_que_combler_les_vides(base, ranger):
    ranger(ligne(0, annee_scolaire="2024-2025", date_fin_formation="2025-07-01", annee_formation=None))
    _, bilan = ranger(ligne(0, annee_scolaire="2023-2024", date_fin_formation="2025-08-31", annee_formation="1"))
    assert nombres(bilan) == (0, 1, 0, 0)
    parcours = tout(base, Parcours.date_fin, Parcours.annee_formation, Parcours.annee_scolaire)
    assert parcours == [(date(2025, 7, 1), 1, "2024-2025")]


def test_ce_que_le_fichier_ne_dit_plus_est_montre_et_garde_sauf_decision(base, ranger):
    double = ligne(0, contrat_date_rupture="2024-01-15", contrat_date_debut_2="2024-03-01")
    ranger(double, ligne(1), ligne(2, annee_scolaire="2022-2023"))
    apercu, bilan = ranger(ligne(0))
    assert (apercu.bilan.retraits, apercu.contrats_absents, apercu.valeurs_tues) == (1, 1, 1)
    assert [r.nature for r in apercu.retraits] == ["parcours", "contrat"]
    assert nombres(bilan) == (0, 0, 0, 1)
    assert (compter(base, Parcours), compter(base, Contrat)) == (3, 4)
    _, decide = ranger(ligne(0), retirer=True)
    assert nombres(decide) == (0, 1, 1, 0)
    assert (compter(base, Parcours), compter(base, Contrat), compter(base, Apprenti)) == (2, 2, 2)
    assert tout(base, Contrat.id, Contrat.date_rupture)[0][1] is None


def test_une_personne_dont_la_ligne_est_ecartee_n_est_pas_dite_disparue(ranger):
    ranger(ligne(0), ligne(1))
    apercu, _ = ranger(ligne(0), ligne(1, date_fin_formation="31/02/2024"))
    assert not apercu.a_decider


def test_deux_formations_d_une_personne_restent_deux_parcours(base, ranger):
    ranger(ligne(0), ligne(0, formation_rncp="RNCP99002", formation_cfd="99000102"))
    assert (compter(base, Apprenti), compter(base, Parcours), compter(base, Formation)) == (1, 2, 2)


def test_un_depot_ne_se_confirme_qu_une_fois(base, acteur, coffre, poser):
    depot_id = poser(ligne(0))
    with base.ecriture() as session:
        confirmer(session, acteur, depot_id, coffre)
    with pytest.raises(DepotFerme), base.ecriture() as session:
        confirmer(session, acteur, depot_id, coffre)
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    assert (depot.etat, depot.ajouts, depot.lues, depot.retenues) == ("confirme", 1, 1, 1)


def test_un_echec_en_chemin_ne_range_rien(base, acteur, coffre, poser, monkeypatch):
    depot_id = poser(ligne(0))

    def echouer(*_, **__):
        raise RuntimeError("panne simulée")

    monkeypatch.setattr("indicateurs.imports.services.rangement._ranger_contrats", echouer)
    with pytest.raises(RuntimeError), base.ecriture() as session:
        confirmer(session, acteur, depot_id, coffre)
    assert [compter(base, m) for m in (Apprenti, Parcours, Formation, Cfa)] == [0, 0, 0, 0]


def test_le_fichier_est_garde_chiffre_avec_son_empreinte_et_son_auteur(base, acteur, coffre, poser):
    depot_id = poser(ligne(0, nom_apprenant="Secretissime"))
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    assert depot.auteur == acteur.nom
    assert depot.purger_le == maintenant().date() + timedelta(days=30)
    assert len(depot.empreinte) == 64
    assert b"Secretissime" in fichier_du_depot(depot, coffre)
    for piece in coffre.dossier.iterdir():
        assert b"ecretissime" not in piece.read_bytes()
        assert piece.stat().st_mode & 0o077 == 0


def test_le_diagnostic_se_relit_tel_quel(base, acteur, coffre, poser, reglages):
    contenu = en_csv([ligne(0), ligne(1, date_fin_formation="x"), ligne(2, sexe_apprenant="Z")])
    depot_id = poser(octets=contenu)
    with base.lecture() as session:
        relu = diagnostic_du_depot(lire_depot(session, acteur, depot_id), coffre)
    neuf = examiner(FichierDepose("apprentis.csv", contenu), reglages.cle_identite).diagnostic
    assert relu.en_json() == neuf.en_json()
    assert relu.lignes.equals(neuf.lignes)
    assert relu.personnes_ecartees == neuf.personnes_ecartees != frozenset()


def test_une_piece_alteree_ou_deplacee_est_refusee(coffre):
    nom, autre = coffre.nouveau_nom(), coffre.nouveau_nom()
    coffre.ranger(nom, b"contenu")
    assert coffre.relire(nom) == b"contenu"
    (coffre.dossier / nom).rename(coffre.dossier / autre)
    for mauvais in (autre, nom, "../cles.json"):
        with pytest.raises(PieceIllisible):
            coffre.relire(mauvais)


def test_un_fichier_illisible_laisse_un_depot_qui_le_dit(base, acteur, coffre, poser):
    depot_id = poser(octets=b"bonjour;au revoir\r\n")
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
        with pytest.raises(DepotFerme):
            previsualiser(session, acteur, depot_id, coffre)
    assert depot.etat == "illisible"
    assert "aucun en-tête connu" in depot.message


def test_la_purge_efface_les_fichiers_echus_et_eux_seuls(base, acteur, coffre, poser):
    depot_id = poser(ligne(0))
    echeance = maintenant().date() + timedelta(days=30)
    with base.ecriture() as session:
        assert purger(session, echeance - timedelta(days=1), coffre) == 0
    assert len(coffre.pieces()) == 2
    with base.ecriture() as session:
        assert purger(session, echeance, coffre) == 1
    assert coffre.pieces() == {}
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    assert (depot.purge, depot.lues) == (True, 1)


def test_abandonner_efface_le_fichier(base, acteur, coffre, poser):
    depot_id = poser(ligne(0))
    with base.ecriture() as session:
        abandonner(session, acteur, depot_id, coffre)
    assert coffre.pieces() == {}
    with pytest.raises(DepotFerme), base.ecriture() as session:
        confirmer(session, acteur, depot_id, coffre)


def test_un_autre_etablissement_ne_voit_ni_ne_touche_rien(base, autre_acteur, coffre, poser):
    depot_id = poser(ligne(0))
    with base.lecture() as session:
        assert lister_depots(session, autre_acteur) == []
        for lire in (lambda: lire_depot(session, autre_acteur, depot_id),
                     lambda: previsualiser(session, autre_acteur, depot_id, coffre)):  # fmt: skip
            with pytest.raises(Introuvable):
                lire()
    with pytest.raises(Introuvable), base.ecriture() as session:
        abandonner(session, autre_acteur, depot_id, coffre)


def test_la_meme_personne_dans_deux_etablissements_y_est_deux_fois(base, autre_acteur, ranger):
    ranger(ligne(0))
    _, bilan = ranger(ligne(0), qui=autre_acteur)
    assert nombres(bilan) == (1, 0, 0, 0)
    assert (compter(base, Apprenti), compter(base, Cfa)) == (2, 2)


def test_il_faut_le_droit_de_deposer(base, coffre):
    lecteur = creer_compte(base, "Autre", Role.LECTEUR, "lecteur@autre.invalid")
    with pytest.raises(DroitManquant), base.ecriture() as session:
        deposer(session, lecteur, FichierDepose("a.csv", b"x"), coffre, 30)


def test_chaque_geste_est_au_journal_sans_rien_de_nominatif(base, ranger):
    ranger(ligne(0, nom_apprenant="Secretissime"))
    entrees = tout(base, EntreeJournal.id, EntreeJournal.acte, EntreeJournal.apres)
    assert [entree[1] for entree in entrees] == ["fichier déposé", "dépôt confirmé"]
    assert "ecretissime" not in repr(entrees)
    assert entrees[1][2]["ajouts"] == 1


@pytest.mark.postgresql
def test_le_meme_trajet_sur_postgresql(base_postgresql, coffre, reglages):
    qui = creer_compte(base_postgresql, "Université PG", Role.REFERENT_QUALITE, "pg@exemple.invalid")
    bilans = []
    for contenu in ([ligne(0), ligne(1)], [ligne(0), ligne(1)], [ligne(0, contrat_date_rupture="2024-01-15")]):
        fichier = FichierDepose("a.csv", en_csv(contenu))
        with base_postgresql.ecriture() as session:
            depot_id = deposer(session, qui, fichier, coffre, 30)
            enregistrer_examen(session, qui, depot_id, examiner(fichier, reglages.cle_identite), coffre)
            bilans.append(nombres(confirmer(session, qui, depot_id, coffre, retirer=True)))
    assert bilans == [(2, 0, 0, 0), (0, 0, 0, 2), (0, 1, 1, 0)]
    assert compter(base_postgresql, Depot) == 3


@pytest.mark.parametrize("retirer", [False, True])
@pytest.mark.parametrize("contenu", [(), (ligne(0, date_fin_formation="31/02/2025"),)], ids=["vide", "tout_ecarte"])
def test_un_fichier_dont_rien_n_est_retenu_se_range_sans_rien_changer(base, acteur, coffre, poser, contenu, retirer):
    premier, depot_id = poser(ligne(0)), poser(*contenu)
    with base.ecriture() as session:
        confirmer(session, acteur, premier, coffre)
        apercu = previsualiser(session, acteur, depot_id, coffre)
        bilan = confirmer(session, acteur, depot_id, coffre, retirer=retirer)
        restent = lignes(session, select(func.count(col(Parcours.id))))
    assert apercu.rien
    assert (bilan.ajouts, bilan.changements, bilan.retraits) == (0, 0, 0)
    assert tuple(restent[0]) == (1,)


def test_un_fichier_sans_aucun_contrat_se_range(base, acteur, coffre, poser):
    vides = {colonne.champ: None for colonne in charger_format().colonnes if colonne.contrat}
    depots = [poser(ligne(0, **vides)) for _ in range(2)]
    with base.ecriture() as session:
        premier, second = (confirmer(session, acteur, depot_id, coffre) for depot_id in depots)
    assert (premier.ajouts, second.ajouts, second.inchanges) == (1, 0, 1)


def test_une_ecriture_coupee_net_part_avec_les_pieces_sans_depot(base, coffre, monkeypatch):
    def couper(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", couper)
    with pytest.raises(KeyboardInterrupt):
        coffre.ranger(coffre.nouveau_nom(), b"des noms")
    (reste,) = coffre.dossier.iterdir()
    os.utime(reste, (0, 0))
    with base.ecriture() as session:
        purger(session, maintenant().date(), coffre)
    assert list(coffre.dossier.iterdir()) == []
