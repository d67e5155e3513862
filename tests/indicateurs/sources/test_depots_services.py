"""Chaque source, du fichier au rangement : rien d'une autre source ne s'efface sans qu'on l'ait voulu."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel import select as sqlmodel_select

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from charte.modeles import Cfa
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import (
    Apercu,
    Bilan,
    FichierDepose,
    Lecture,
    confirmer,
    deposer,
    enregistrer_examen,
    examiner,
    previsualiser,
)
from indicateurs.modeles import Contrat, Depot, Parcours
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.services.lectures import jour_d_observation, jours_des_depots, lire_tables
from indicateurs.sources.format import charger_source
from indicateurs.sources.modeles import ValeurDeSource
from indicateurs.sources.services.faits import NATURES
from indicateurs.sources.services.provenance import provenance
from tests.conftest import creer_compte
from tests.indicateurs.imports.fabrique import en_csv, ligne, uai

Ranger = Callable[..., tuple[Apercu, Bilan]]
APPRENTIS = "tableau_de_bord_v3"
"""Un fichier du Tableau de bord de l'apprentissage."""


def fichier(source: str, *contenu: dict[str, Any]) -> bytes:
    """Octets d'un .csv d'une source, en-tête compris si elle en a un ; les champs du format, par leur nom."""
    if source == APPRENTIS:
        return en_csv(list(contenu))
    format_ = charger_source(source)
    flux = io.StringIO(newline="")
    ecrivain = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    if not format_.sans_entete:
        ecrivain.writerow([colonne.nom for colonne in format_.colonnes])
    for cellules in contenu:
        ecrivain.writerow([cellules.get(colonne.champ) or "" for colonne in format_.colonnes])
    return flux.getvalue().encode()


def sifa(numero: int, **changements: Any) -> dict[str, Any]:
    """La ligne SIFA de l'apprenti de `fabrique.ligne(numero)` ; `changements` remplace des cellules."""
    modele = ligne(numero)
    jour = {nom: "".join(reversed(modele[nom].split("-"))) for nom in
            ("date_de_naissance_apprenant", "date_entree_formation", "contrat_date_debut")}  # fmt: skip
    juste = {
        "ine_rnie": modele["ine_apprenant"], "numero_uai": uai(990001), "sit_form": uai(990002), "statut": "APP",
        "diplome": "99000101", "rncp": "RNCP99001", "dur_form_theo": "24", "an_form": "1A",
        "nom": modele["nom_apprenant"].upper(), "prenom_1": modele["prenom_apprenant"].upper(),
        "date_nais": jour["date_de_naissance_apprenant"], "sexe": "21"[numero % 2], "handi": "0",
        "date_entree_cfa": jour["date_entree_formation"], "date_deb_cont": jour["contrat_date_debut"],
        "nbsal_emp": "25", "siret_emp": modele["siret_employeur"],
    }  # fmt: skip
    return {**juste, **changements}


def ranger_dans(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> Ranger:
    """`ranger(source, ligne, …)` : dépose, prévisualise, confirme ; rend (aperçu, bilan)."""
    coffre = Coffre.de(reglages)

    def ranger(source: str, *contenu: dict[str, Any], prendre: tuple[str, ...] = ()) -> tuple[Apercu, Bilan]:
        depose = FichierDepose(f"{source}.csv", fichier(source, *contenu))
        examen = examiner(depose, reglages.cle_identite, lecture=Lecture(source))
        assert examen.diagnostic is not None, examen.message
        assert examen.diagnostic.ecartees == 0, examen.diagnostic.anomalies
        with base.ecriture() as session:
            depot = deposer(session, acteur, depose, coffre, 30, lecture=Lecture(source))
            enregistrer_examen(session, acteur, depot, examen, coffre)
        with base.lecture() as session:
            apercu = previsualiser(session, acteur, depot, coffre)
        with base.ecriture() as session:
            return apercu, confirmer(session, acteur, depot, coffre, prendre=frozenset(prendre))

    return ranger


@pytest.fixture
def ranger(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> Ranger:
    return ranger_dans(base, reglages, acteur)


def nombres(bilan: Bilan) -> tuple[int, int, int, int]:
    return bilan.ajouts, bilan.changements, bilan.inchanges, bilan.refusees


def compter(base: BaseSQL, modele: Any) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(modele))[0][0])


def colonne(base: BaseSQL, attribut: Any) -> list[Any]:
    with base.lecture() as session:
        return [valeur for (valeur,) in lignes(session, select(col(attribut)))]


def contenu(base: BaseSQL, acteur: Acteur) -> dict[str, list[dict[str, Any]]]:
    with base.lecture() as session:
        tables = lire_tables(session, acteur)
    textes = {nom: table.astype("str").fillna("").replace(["None", "NaT"], "") for nom, table in tables.items()}
    return {
        nom: [{str(champ): valeur for champ, valeur in rangee.items()} for rangee in table.to_dict("records")]
        for nom, table in textes.items()
    }


def test_sifa_remplit_les_vides_et_ne_contredit_rien_en_silence(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(APPRENTIS, ligne(0), ligne(1))
    rompu = sifa(0, date_rupt_cont="15012024", sexe="1")
    apercu, bilan = ranger("sifa_2024", rompu, sifa(1))
    assert (nombres(bilan), apercu.a_decider) == ((0, 2, 0, 0), False)
    (groupe,) = apercu.desaccords
    (dit,) = groupe.exemples
    assert (groupe.cle, dit.ligne, dit.avant, dit.apres) == ("apprenti.sexe", 1, "F", "H")
    assert dit.origine is not None
    assert "Tableau de bord" in dit.origine.source
    parcours, contrats = contenu(base, acteur)["parcours"], contenu(base, acteur)["contrats"]
    assert [p["sexe"] for p in parcours] == ["F", "H"]
    assert [(c["effectif_employeur"], c["date_rupture"]) for c in contrats] == [("25", "2024-01-15"), ("25", "")]
    assert nombres(ranger("sifa_2024", rompu, sifa(1))[1]) == (0, 0, 2, 0)
    assert nombres(ranger(APPRENTIS, ligne(0), ligne(1))[1]) == (0, 0, 2, 0)
    with base.lecture() as session:
        dites = provenance(session, acteur, "contrat", 1)
        gardees = provenance(session, acteur, "apprenti", 1)["sexe"]
    assert (dites["date_rupture"].source, dites["date_rupture"].ligne) == ("sifa_2024", 1)
    assert dites["date_fin"].source == APPRENTIS
    assert (gardees.source, [(a.source, a.valeur) for a in gardees.autres]) == (APPRENTIS, [("sifa_2024", "H")])


def test_prendre_ce_fichier_garde_l_autre_valeur_a_cote(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(APPRENTIS, ligne(0, contrat_date_rupture="2024-02-01"))
    dit = sifa(0, date_rupt_cont="15012024")
    apercu, _ = ranger("sifa_2024", dit)
    assert [groupe.cle for groupe in apercu.desaccords] == ["contrat.date_rupture"]
    assert contenu(base, acteur)["contrats"][0]["date_rupture"] == "2024-02-01"
    assert nombres(ranger("sifa_2024", dit, prendre=("contrat.date_rupture",))[1]) == (0, 1, 0, 0)
    assert contenu(base, acteur)["contrats"][0]["date_rupture"] == "2024-01-15"
    with base.lecture() as session:
        dite = provenance(session, acteur, "contrat", 1)["date_rupture"]
    assert (dite.source, [(a.source, a.valeur) for a in dite.autres]) == ("sifa_2024", [(APPRENTIS, "2024-02-01")])
    apercu, bilan = ranger(APPRENTIS, ligne(0, contrat_date_rupture="2024-02-01"))
    assert ([groupe.cle for groupe in apercu.desaccords], nombres(bilan)) == (["contrat.date_rupture"], (0, 0, 1, 0))
    ranger(APPRENTIS, ligne(0, contrat_date_rupture="2024-02-01"), prendre=("contrat.date_rupture",))
    assert contenu(base, acteur)["contrats"][0]["date_rupture"] == "2024-02-01"


def test_sifa_cree_ce_qui_manque_puis_le_tableau_de_bord_le_complete(
    base: BaseSQL, acteur: Acteur, ranger: Ranger
) -> None:
    assert nombres(ranger("sifa_2024", sifa(0), sifa(1))[1]) == (2, 0, 0, 0)
    assert [p["date_fin"] for p in contenu(base, acteur)["parcours"]] == ["2025-08-31", "2025-09-01"]
    apercu, bilan = ranger(APPRENTIS, ligne(0), ligne(1))
    assert (nombres(bilan), apercu.desaccords, apercu.a_decider) == ((0, 2, 0, 0), (), False)
    assert [p["date_fin"] for p in contenu(base, acteur)["parcours"]] == ["2025-08-31", "2025-08-31"]
    assert (compter(base, Parcours), compter(base, Contrat)) == (2, 2)
    for source, dites in (("sifa_2024", (sifa(0), sifa(1))), (APPRENTIS, (ligne(0), ligne(1)))):
        assert nombres(ranger(source, *dites)[1]) == (0, 0, 2, 0)


def test_une_ligne_sifa_qui_ferait_un_double_est_refusee_et_dite(base: BaseSQL, ranger: Ranger) -> None:
    ranger(APPRENTIS, ligne(0), ligne(1))
    _, bilan = ranger(
        "sifa_2024",
        sifa(0, rncp=""),
        sifa(1, date_deb_cont="20092023"),
        sifa(7, rncp="", diplome="99000777"),
        sifa(8, dur_form_theo=""),
    )
    assert (bilan.ajouts, bilan.refusees) == (0, 3)
    assert (compter(base, Parcours), compter(base, Contrat)) == (2, 2)


def test_chaque_source_se_range_et_se_redepose_sans_rien_changer(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(APPRENTIS, ligne(0))
    identite = {nom: ligne(0)[nom] for nom in ("nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant")}
    formation = {"formation_rncp": "RNCP99001", "formation_cfd": "99000101"}
    annees = {"annee_session": "2025", "annee_scolaire": "2024-2025"}
    dits: dict[str, dict[str, Any]] = {
        "resultats": {"present": "OUI", "admis": "OUI"},
        "heures": {"heures_prevues": "450", "heures_realisees": "432,5"},
        "rencontres": {"nature": "employeur", "prevue_du": "15/11/2024", "tenue_le": "12/12/2024"},
        "enquete_insertion": {"mois_apres_sortie": "6", "a_repondu": "OUI", "situation": "emploi",
                              "type_contrat": "CDI"},
        "satisfaction": {"public": "apprentis", "question": "ensemble", "numero_repondant": "1", "note": "8",
                         "note_min": "0", "note_max": "10", "nombre_sollicites": "24"},
    }  # fmt: skip
    assert {charger_source(source).lignes for source in dits} == {*NATURES, "satisfaction"}
    for source, dite in dits.items():
        une = {**identite, **formation, **annees, **dite}
        assert (source, nombres(ranger(source, une)[1])) == (source, (1, 0, 0, 0))
        apercu, bilan = ranger(source, une)
        assert (source, nombres(bilan), apercu.rien) == (source, (0, 0, 1, 0), True)
    ranges = contenu(base, acteur)
    assert (ranges["heures"][0]["realisees"], ranges["situations"][0]["type_contrat"]) == ("432.5", "cdi")
    assert (ranges["satisfaction"][0]["note"], ranges["enquetes"][0]["sollicites"]) == ("8.0", "24")


def test_un_jeu_ouvert_devient_des_reperes_tels_que_publies(base: BaseSQL, ranger: Ranger) -> None:
    publie = {
        "date_jeu": "2025_S2", "etablissement": uai(990003), "uo_lib": "Université fictive",
        "type_diplome": "master_LMD", "libelle_diplome": "INFORMATIQUE", "obtention_diplome": "diplômé",
        "genre": "ensemble", "nationalite": "ensemble", "regime_inscription": "ensemble", "promo": "2022",
        "nb_sortants": "32", "tx_sortants_en_emploi_sal_fr_12": "87.5", "tx_sortants_en_emploi_non_sal_12": "nd",
    }  # fmt: skip
    assert nombres(ranger("insersup", publie)[1]) == (3, 0, 0, 0)
    assert nombres(ranger("insersup", publie)[1]) == (0, 0, 3, 0)
    corrige = {**publie, "tx_sortants_en_emploi_sal_fr_12": "88"}
    assert nombres(ranger("insersup", corrige)[1]) == (0, 1, 2, 0)
    colonnes = ("indicateur", "mois", "valeur", "denominateur", "marqueur", "population", "schema_")
    with base.lecture() as session:
        requete = select(*(col(getattr(RepereImporte, nom)) for nom in colonnes)).order_by(
            col(RepereImporte.indicateur)
        )
        lus = [tuple(rangee) for rangee in lignes(session, requete)]
    assert lus == [
        ("nb_sortants", 0, 32.0, None, "", "diplome", "A"),
        ("tx_non_salarie", 12, None, 32, "nd", "diplome", "A"),
        ("tx_salarie", 12, 0.88, 32, "", "diplome", "A"),
    ]


@pytest.mark.postgresql
def test_le_meme_trajet_sur_postgresql(base_postgresql: BaseSQL, reglages: Reglages) -> None:
    acteur = creer_compte(base_postgresql, "Université PG", Role.REFERENT_QUALITE, "pg@exemple.invalid")
    ranger = ranger_dans(base_postgresql, reglages, acteur)
    ranger("sifa_2024", sifa(0))
    assert nombres(ranger(APPRENTIS, ligne(0, sexe_apprenant="H"))[1]) == (0, 1, 0, 0)
    assert colonne(base_postgresql, ValeurDeSource.format).count(APPRENTIS) > 0
    publie = {"annee": "cumul 2022-2023", "uai": uai(990001), "taux_emploi_6_mois": "62"}
    assert nombres(ranger("inserjeunes_cfa", publie)[1]) == (1, 0, 0, 0)
    assert nombres(ranger("inserjeunes_cfa", publie)[1]) == (0, 0, 1, 0)


def test_un_depot_fait_au_nom_d_un_cfa_n_atteint_que_ses_apprentis(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, ranger: Ranger
) -> None:
    ailleurs = {"etablissement_responsable_uai": uai(990003), "etablissement_formateur_uai": uai(990004)}
    ranger(APPRENTIS, ligne(1), ligne(2, **ailleurs))
    with base.lecture() as session:
        cfas = dict(tuple(cfa) for cfa in lignes(session, select(col(Cfa.uai), col(Cfa.id))))
    du_cfa = replace(acteur, mandats=(Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfas[uai(990001)], Partie.CFA),))
    depose = FichierDepose("resultats.csv", fichier("resultats", *(_resultat(numero) for numero in (1, 2))))
    examen = examiner(depose, reglages.cle_identite, lecture=Lecture("resultats"))
    with base.ecriture() as session:
        depot = deposer(session, du_cfa, depose, Coffre.de(reglages), 30, lecture=Lecture("resultats"))
        enregistrer_examen(session, du_cfa, depot, examen, Coffre.de(reglages))
    with base.ecriture() as session:  # la référente de l'établissement, qui atteint tout, confirme
        assert nombres(confirmer(session, acteur, depot, Coffre.de(reglages))) == (1, 0, 0, 1)


def test_on_observe_le_jour_des_contrats_pas_celui_d_une_enquete(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(APPRENTIS, ligne(1))
    ranger("resultats", _resultat(1))
    with base.ecriture() as session:
        for depot in session.exec(sqlmodel_select(Depot)):
            depot.confirme_le = datetime(2026, 3, 2 if depot.format == APPRENTIS else 20, 12, tzinfo=UTC)
    with base.lecture() as session:
        assert jour_d_observation(session, acteur) == date(2026, 3, 2)
        assert jours_des_depots(session, acteur) == [date(2026, 3, 2)]


def _resultat(numero: int) -> dict[str, Any]:
    """La ligne d'un fichier de résultats qui ne dit ni son CFA ni son diplôme."""
    identite = ("nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant", "ine_apprenant")
    return {**{nom: ligne(numero)[nom] for nom in identite}, "annee_session": "2025", "present": "OUI", "admis": "OUI"}
