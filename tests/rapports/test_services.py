"""Assembler, figer et rendre un dossier depuis la base : justesse, secret, cloisonnement, gel."""

import json
from datetime import date

import pytest
from sqlmodel import col, select

from appli.base import BaseSQL
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, DroitManquant, Role
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from indicateurs.modeles import Parcours
from rapports.dossier import DossierConseil
from rapports.pdf import PdfProduit
from rapports.services import assembler_dossier, emettre_rapport, lire_instantane, rapport_emis, rapports_emis
from rapports.travaux import ecrire_pdf, rendre_le_rapport
from tests.rapports.lecture_pdf import arbre, ouvrir
from tests.rapports.peuplement import creer_formation, ranger_apprentis, repondre

AU = date(2026, 11, 2)


@pytest.fixture
def formation_id(base: BaseSQL, acteur: Acteur) -> int:
    """Une formation : 40 apprentis entrés en 2023 (10 ruptures), 41 en 2024 (4 ruptures), 3 en 2025."""
    with base.ecriture() as session:
        identifiant = creer_formation(session, acteur)
        ranger_apprentis(session, acteur, identifiant, annee=2023, nombre=40, rompus=10)
        ranger_apprentis(session, acteur, identifiant, annee=2024, nombre=41, rompus=4)
        ranger_apprentis(session, acteur, identifiant, annee=2025, nombre=3, rompus=1)
        repondre(session, acteur, identifiant, "1.S1.1", "tenu")
    return identifiant


def assembler(base: BaseSQL, acteur: Acteur, formation_id: int, au: date | None = AU) -> DossierConseil:
    """Le dossier, lu dans une session de lecture."""
    with base.lecture() as session:
        return assembler_dossier(session, acteur, formation_id, au)


def test_le_dossier_joint_grille_et_indicateurs(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    dossier = assembler(base, acteur, formation_id)
    assert (dossier.etablissement, dossier.cfa, dossier.cfa_interne) == (
        "Université des Quatre-Vents",
        "CFA but-gmp",
        True,
    )
    assert (dossier.annee_scolaire, dossier.edition, dossier.seuil) == ("2026-2027", "Octobre 2023", 5)
    premier = dossier.postes[0].engagements[0]
    assert (premier.id, premier.etat, premier.commentaire) == ("1.S1.1", "tenu", "Vu en réunion.")
    assert [p.niveau for p in dossier.postes] == ["en_deca"] * 4
    rupture = next(i for i in dossier.indicateurs if i.cle == "rupture_brute_9_mois")
    lues = {v.promotion: (v.numerateur, v.denominateur) for v in rupture.valeurs}
    assert (lues[2023], lues[2024]) == ((10, 40), (4, 41))
    assert [i.cle for i in dossier.indicateurs][-2:] == ["obtention", "echec"]
    assert len(dossier.effectifs) == 5


def test_une_promotion_de_trois_ne_laisse_aucun_nombre_nulle_part(
    base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    dossier = assembler(base, acteur, formation_id)
    masques = []
    for indicateur in dossier.indicateurs:
        petite = next(v for v in indicateur.valeurs if v.promotion == 2025)
        assert not petite.denominateur, indicateur.cle
        assert (petite.taux, petite.ic_bas, petite.ic_haut) == (None, None, None)
        montrees = [v.promotion for v in indicateur.valeurs if v.denominateur] + ["ensemble"] * bool(
            indicateur.ensemble and indicateur.ensemble.denominateur
        )
        masques.append(petite.masque)
        # Trois promotions et leur somme : en montrer trois sur quatre rendrait la quatrième par différence.
        assert not petite.masque or len(montrees) <= 2, indicateur.cle
    assert sum(masques) >= 2


def test_les_sources_ne_donnent_ni_nom_de_fichier_ni_personne(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    dossier = assembler(base, acteur, formation_id)
    assert [s.repere for s in dossier.sources] == [f"Dépôt n° {n} (fichier .xlsx)" for n in (3, 2, 1)]
    with base.ecriture() as session:
        rapport_id = emettre_rapport(session, acteur, formation_id, dossier)
    with base.lecture() as session:
        range_ = json.dumps(lire_instantane(session, acteur, rapport_id).__repr__())
    assert "Dupont" not in range_
    assert acteur.nom not in range_


def test_un_fichier_commun_a_deux_cfa_ne_dit_pas_ses_comptes(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    """Retrancher les lignes d'ici de celles du fichier dirait l'effectif de l'autre CFA."""
    avant = assembler(base, acteur, formation_id).sources
    assert [(s.retenues, s.ecartees) for s in avant] == [(3, 0), (41, 0), (40, 0)]
    with base.ecriture() as session:
        ailleurs = creer_formation(session, acteur, "ailleurs", uai="0352757G")
        ranger_apprentis(session, acteur, ailleurs, annee=2022, nombre=3, rompus=0)
        commun = session.exec(select(Parcours).where(col(Parcours.formation_id) == ailleurs)).first()
        assert commun is not None
        commun.depot_id = 1
    apres = assembler(base, acteur, formation_id).sources
    assert [(s.retenues, s.ecartees) for s in apres] == [(3, 0), (41, 0), (None, None)]


def test_une_formation_nue_donne_un_dossier_qui_le_dit(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        nue = creer_formation(session, acteur, "nue")
    dossier = assembler(base, acteur, nue, None)
    assert (dossier.grille, dossier.indicateurs, dossier.effectifs, dossier.sources) == (False, (), (), ())
    assert {p.niveau for p in dossier.postes} == {None}


def test_la_formation_d_un_autre_etablissement_est_introuvable(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    dossier = assembler(base, acteur, formation_id)
    with base.ecriture() as session:
        rapport_id = emettre_rapport(session, acteur, formation_id, dossier)
    with base.lecture() as session, pytest.raises(Introuvable):
        assembler_dossier(session, autre_acteur, formation_id)
    with base.lecture() as session, pytest.raises(Introuvable):
        rapport_emis(session, autre_acteur, rapport_id)
    with base.lecture() as session, pytest.raises(Introuvable):
        lire_instantane(session, autre_acteur, rapport_id)
    with pytest.raises(Introuvable), base.ecriture() as session:
        emettre_rapport(session, autre_acteur, formation_id, dossier)


def test_un_lecteur_n_edite_pas(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    lecteur = Acteur(acteur.etablissement_id, "Lecteur", Role.LECTEUR)
    dossier = assembler(base, lecteur, formation_id)
    with pytest.raises(DroitManquant), base.ecriture() as session:
        emettre_rapport(session, lecteur, formation_id, dossier)


def test_un_dossier_emis_est_gele_et_son_empreinte_juste(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, formation_id: int
) -> None:
    dossier = assembler(base, acteur, formation_id)
    with base.ecriture() as session:
        rapport_id = emettre_rapport(session, acteur, formation_id, dossier)
    with base.ecriture() as session:
        repondre(session, acteur, formation_id, "1.S1.2", "non_tenu")
    assert executer_en_attente(base, reglages) == 1
    with base.lecture() as session:
        emis = rapport_emis(session, acteur, rapport_id)
        assert [r.id for r in rapports_emis(session, acteur, formation_id)] == [rapport_id]
        fige = lire_instantane(session, acteur, rapport_id)
    assert fige == dossier
    assert emis.fichier == f"{emis.empreinte}.pdf"
    contenu = (reglages.dossier_rapports / str(emis.fichier)).read_bytes()
    texte = arbre(ouvrir(contenu)).texte
    assert "Formation but-gmp" in texte
    assert "10 sur 40" in texte
    assert (emis.pages or 0) > 10


def test_refaire_le_travail_ne_change_pas_un_dossier_emis(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, formation_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with base.ecriture() as session:
        rapport_id = emettre_rapport(session, acteur, formation_id, assembler(base, acteur, formation_id))
    rendus = iter([PdfProduit(b"%PDF premier", 3), PdfProduit(b"%PDF second", 4)])
    monkeypatch.setattr("rapports.travaux.rendre_pdf", lambda _: next(rendus))
    etapes: list[tuple[int, int]] = []
    for _ in range(2):
        rendre_le_rapport(base, reglages, acteur, {"rapport_id": rapport_id}, lambda f, t: etapes.append((f, t)))
    with base.lecture() as session:
        emis = rapport_emis(session, acteur, rapport_id)
    assert emis.pages == 3
    assert (reglages.dossier_rapports / str(emis.fichier)).read_bytes() == b"%PDF premier"
    assert etapes[:3] == [(0, 2), (1, 2), (2, 2)]


def test_le_pdf_ne_s_ecrit_jamais_a_moitie(reglages: Reglages) -> None:
    nom = ecrire_pdf(PdfProduit(b"%PDF-1.7 contenu", 1), reglages.dossier_rapports)
    assert [f.name for f in reglages.dossier_rapports.iterdir()] == [nom]
