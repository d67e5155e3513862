"""Ranger les faits d'une source : rattachés à la bonne personne et au bon parcours, redéposés sans rien changer."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.reglages import Reglages
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import FichierDepose, examiner, ranger_fichier
from indicateurs.rgpd.conservation import parcours_echus, purger_les_parcours
from indicateurs.rgpd.effacement import effacer
from indicateurs.rgpd.personne import lire_fiche
from indicateurs.services.lectures import lire_tables
from indicateurs.sources.attaches import AUTRE_FORMATION, HORS_PERIODE, INCONNUE, PLUSIEURS
from indicateurs.sources.services.faits import DOUBLON, NATURES, preparer_les_faits, ranger_les_faits
from indicateurs.sources.services.satisfaction import preparer_la_satisfaction, ranger_la_satisfaction
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.imports.fabrique import en_csv, ligne, uai
from tests.indicateurs.sources.rangement import lues, qui

LICENCE = {
    "formation_rncp": "RNCP99002",
    "formation_cfd": "99000102",
    "date_entree_formation": "2025-09-01",
    "date_fin_formation": "2026-08-31",
    "annee_scolaire": "2025-2026",
    "contrat_date_debut": "2025-09-15",
    "contrat_date_fin": "2026-08-31",
}


def ranger_des_apprentis(base: BaseSQL, acteur: Acteur, reglages: Reglages, *contenu: dict[str, Any]) -> int:
    """Range un fichier d'apprentis ; rend l'identifiant d'un dépôt."""
    fichier = FichierDepose("apprentis.csv", en_csv(list(contenu)))
    examen = examiner(fichier, reglages.cle_identite)
    assert examen.diagnostic is not None
    with base.ecriture() as session:
        ranger_fichier(session, acteur, (fichier, examen.diagnostic), Coffre.de(reglages))
    return 1


@pytest.fixture
def depot(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> int:
    """Trois apprentis rangés ; le premier a fait deux formations."""
    return ranger_des_apprentis(base, acteur, reglages, *(ligne(n) for n in range(3)), ligne(0, **LICENCE))


@pytest.fixture
def ranger(base: BaseSQL, acteur: Acteur, depot: int) -> Callable[..., tuple[int, int, list[tuple[int, str]]]]:
    """`ranger(source, ligne, …)` : range des faits ; rend (ajouts, changements, [(ligne refusée, raison)])."""

    def ranger_un(nature: str, *lignes: dict[str, Any], par: Acteur = acteur) -> tuple[int, int, list[tuple[int, str]]]:
        with base.ecriture() as session:
            plan = preparer_les_faits(session, par, lues(nature, *lignes), NATURES[nature])
            ranger_les_faits(session, par, plan, depot)
        return len(plan.ecart.ajouts), int(plan.ecart.changees.sum()), [(r.ligne, r.raison) for r in plan.refus]

    return ranger_un


def table(base: BaseSQL, acteur: Acteur, nom: str) -> list[dict[str, Any]]:
    with base.lecture() as session:
        lue = lire_tables(session, acteur)[nom].astype("object")
    return [
        {str(nom): valeur for nom, valeur in rangee.items()}
        for rangee in lue.where(lue.notna(), None).to_dict("records")
    ]


def test_les_resultats_rejoignent_le_bon_parcours_et_se_redeposent_sans_rien_changer(
    base: BaseSQL, acteur: Acteur, ranger: Callable[..., Any]
) -> None:
    lignes = [
        {**qui(0), "rncp": "RNCP99001", "annee": 2025, "present": True, "admis": True},
        {**qui(0), "rncp": "", "annee": 2026, "present": True, "admis": False},
        {"empreinte_ine": qui(1)["empreinte_ine"], "rncp": "", "annee": 2025, "present": False},
    ]
    assert ranger("resultat", *lignes) == (3, 0, [])
    assert ranger("resultat", *lignes) == (0, 0, [])
    lus = [(r["annee"], r["present"], r["admis"]) for r in table(base, acteur, "resultats")]
    assert lus == [(2025, True, True), (2026, True, False), (2025, False, None)]
    corrige = {**lignes[2], "present": True, "admis": True}
    assert ranger("resultat", corrige) == (0, 1, [])
    assert [r["admis"] for r in table(base, acteur, "resultats")] == [True, False, True]


def test_chaque_ligne_qui_ne_rejoint_rien_se_dit_et_reste_dehors(
    base: BaseSQL, acteur: Acteur, ranger: Callable[..., Any]
) -> None:
    ajouts, _, refus = ranger(
        "heures",
        {**qui(1), "annee": 2023, "prevues": 400.0, "rncp": "RNCP99001"},
        {**qui(8), "annee": 2023, "prevues": 400.0, "rncp": "RNCP99001"},
        {**qui(1), "annee": 2023, "prevues": 400.0, "rncp": "RNCP99777"},
        {**qui(1), "annee": 2030, "prevues": 400.0, "rncp": ""},
        {**qui(1), "annee": 2023, "prevues": 380.0, "rncp": ""},
    )
    assert (ajouts, refus) == (1, [
        (2, DOUBLON[0]), (3, INCONNUE[0]), (4, AUTRE_FORMATION[0]), (5, HORS_PERIODE[0])
    ])  # fmt: skip
    assert [h["prevues"] for h in table(base, acteur, "heures")] == [380.0]


def test_deux_parcours_possibles_ne_se_devinent_pas(ranger: Callable[..., Any]) -> None:
    dit = {**qui(0), "mois": 6, "repondu": True, "situation": "emploi"}
    assert ranger("situation", dit) == (0, 0, [(2, PLUSIEURS[0])])
    assert ranger("situation", {**dit, "rncp": "RNCP99002"}) == (1, 0, [])
    assert ranger("situation", {**dit, "date_entree": date(2023, 9, 1)}) == (1, 0, [])


def test_les_rencontres_sans_numero_gardent_leur_rang_d_un_depot_a_l_autre(
    base: BaseSQL, acteur: Acteur, ranger: Callable[..., Any]
) -> None:
    premiere = {**qui(1), "nature": "employeur", "prevue_du": date(2023, 11, 1), "tenue_le": None}
    seconde = {**qui(1), "nature": "employeur", "prevue_du": date(2024, 5, 1), "tenue_le": date(2024, 5, 12)}
    vides: dict[str, Any] = {"prevue_au": date(2024, 6, 1), "rang": None}
    assert ranger("rencontre", {**seconde, **vides})[0] == 1
    tenue = {**premiere, **vides, "tenue_le": date(2023, 11, 8)}
    assert ranger("rencontre", tenue, {**seconde, **vides})[:2] == (1, 0)
    assert ranger("rencontre", {**seconde, **vides}, tenue)[:2] == (0, 0)
    assert {(r["rang"], r["prevue_du"].date()) for r in table(base, acteur, "rencontres")} == {
        (1, date(2024, 5, 1)), (2, date(2023, 11, 1))
    }  # fmt: skip


def test_l_enquete_rejoint_la_formation_et_ses_repondants_restent_des_numeros(
    base: BaseSQL, acteur: Acteur, depot: int
) -> None:
    def noter(session: Session, *notes: float, **autres: Any) -> tuple[int, int, int, int]:
        lignes = [
            {"rncp": "RNCP99001", "annee": 2024, "public": "apprentis", "question": "ensemble", "note": note,
             "note_min": 0.0, "note_max": 10.0, "sollicites": 24, **autres}
            for note in notes
        ]  # fmt: skip
        plan = preparer_la_satisfaction(session, acteur, lues("satisfaction", *lignes))
        ranger_la_satisfaction(session, acteur, plan, depot, retirer=True)
        return len(plan.notes.ajouts), int(plan.notes.changees.sum()), len(plan.absentes), len(plan.refus)

    with base.ecriture() as session:
        assert noter(session, 7.0, 8.0, 9.0) == (3, 0, 0, 0)
        assert noter(session, 7.0, 8.0, 9.0) == (0, 0, 0, 0)
        assert noter(session, 7.0, 6.0) == (0, 1, 1, 0)
        assert noter(session, 7.0, rncp="RNCP00000") == (0, 0, 0, 1)
    assert [n["note"] for n in table(base, acteur, "satisfaction")] == [7.0, 6.0]
    assert [(e["sollicites"], e["uai_responsable"]) for e in table(base, acteur, "enquetes")] == [(24, uai(990001))]


def test_un_cfa_ne_rattache_qu_a_ses_apprentis_et_n_apprend_rien_des_autres(
    base: BaseSQL, acteur: Acteur, depot: int, reglages: Reglages, ranger: Callable[..., Any]
) -> None:
    ranger_des_apprentis(base, acteur, reglages, ligne(5, etablissement_responsable_uai=uai(990009)))
    from tests.indicateurs.imports.test_depots_d_un_cfa import nommer_cfa

    cfa = nommer_cfa(base, acteur, uai(990010))
    etranger = creer_collegue(
        base, acteur, Role.REFERENT_QUALITE, "CFA", (Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa, Partie.CFA),)
    )
    dit = {**qui(5), "annee": 2024, "present": True}
    assert ranger("resultat", dit, par=etranger) == (0, 0, [(2, INCONNUE[0])])


def test_effacer_une_personne_ote_ses_faits_et_aucune_source_ne_la_fait_revenir(
    base: BaseSQL, acteur: Acteur, depot: int, reglages: Reglages, ranger: Callable[..., Any]
) -> None:
    ranger("resultat", {**qui(1), "annee": 2025, "admis": True}, {**qui(2), "annee": 2025, "admis": True})
    ranger("heures", {**qui(1), "annee": 2024, "prevues": 400.0})
    with base.ecriture() as session:
        fiche = lire_fiche(session, acteur, 2)
        effacer(session, acteur, 2, (), Coffre.de(reglages))
    assert [fait.nature for fait in fiche.parcours[0].faits] == ["Résultat d’examen", "Heures de formation"]
    assert fiche.en_json()["parcours"][0]["faits"][1]["valeurs"]["Heures prévues"] == 400.0
    assert [len(table(base, acteur, nom)) for nom in ("parcours", "resultats", "heures")] == [3, 1, 0]
    par_ine = {"empreinte_ine": qui(1)["empreinte_ine"], "annee": 2025, "admis": True}
    with base.ecriture() as session:
        plan = preparer_les_faits(session, acteur, lues("resultats", par_ine), NATURES["resultat"])
    assert (plan.effacees.personnes, plan.effacees.lignes, len(plan.ecart.ajouts)) == (1, 1, 0)


def test_la_purge_des_parcours_emporte_leurs_faits(
    base: BaseSQL, acteur: Acteur, depot: int, ranger: Callable[..., Any]
) -> None:
    ranger("heures", *({**qui(n), "annee": 2024, "prevues": 400.0} for n in range(1, 3)))
    with base.ecriture() as session:
        purger_les_parcours(session, acteur, parcours_echus(session, acteur, date(2025, 12, 31)))
    assert [len(table(base, acteur, nom)) for nom in ("parcours", "heures")] == [1, 0]
