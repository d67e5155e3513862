"""Fichiers d'essai de chaque source : une ligne juste par format, que chaque test salit. Aucune personne réelle."""

import csv
import io
from collections.abc import Mapping, Sequence

from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import charger_source
from tests.indicateurs.imports.fabrique import CLE, siret, uai

QUI = {
    "nom_apprenant": "Nomfictif",
    "prenom_apprenant": "Prénom",
    "date_de_naissance_apprenant": "12/03/2003",
    "ine_apprenant": "0000000001A",
}
OU = {
    "formation_rncp": "RNCP99001",
    "formation_cfd": "99000101",
    "etablissement_responsable_uai": uai(990001),
    "etablissement_formateur_uai": uai(990002),
}
JUSTES: dict[str, dict[str, str]] = {
    "resultats": {**QUI, **OU, "annee_session": "2025", "present": "OUI", "admis": "ajourné"},
    "heures": {**QUI, **OU, "annee_scolaire": "2024-2025", "heures_prevues": "450", "heures_realisees": "432,5"},
    "rencontres": {
        **QUI, **OU, "nature": "employeur", "rang": "1",
        "prevue_du": "15/11/2024", "prevue_au": "15/01/2025", "tenue_le": "20/02/2025",
    },
    "enquete_insertion": {
        **QUI, **OU, "mois_apres_sortie": "6 mois", "a_repondu": "oui", "situation": "En poste",
        "type_contrat": "CDI", "adequation": "plutôt oui", "duree_recherche_mois": "1,5",
    },
    "satisfaction": {
        **OU, "annee_scolaire": "2024-2025", "public": "apprentis", "question": "ensemble", "numero_repondant": "1",
        "note": "8", "note_min": "0", "note_max": "10", "nombre_sollicites": "24",
    },
    "sifa_2024": {
        "ine_rnie": "0000000001A", "numero_uai": uai(990001), "type_cfa": "02", "sit_form": uai(990002),
        "uai_eple": "NC", "nat_str_jur": "NC", "statut": "APP", "diplome": "99000101", "rncp": "RNCP99001",
        "dur_form_theo": "24", "dur_form_reelle": "24", "an_form": "1A", "nom": "NOMFICTIF", "prenom_1": "PRENOM",
        "date_nais": "12032003", "sexe": "2", "handi": "0", "date_entree_cfa": "02092024",
        "date_deb_cont": "09092024", "date_rupt_cont": "", "nbsal_emp": "25", "siret_emp": siret(9900000300000),
    },
    "insersup": {
        "date_jeu": "2025_S2", "etablissement": uai(990001), "uo_lib": "Université fictive",
        "type_diplome": "master_LMD", "libelle_diplome": "INFORMATIQUE", "obtention_diplome": "diplômé",
        "genre": "ensemble", "nationalite": "ensemble", "regime_inscription": "ensemble", "promo": "2022",
        "nb_sortants": "32", "nb_poursuivants": "8", "tx_sortants_en_emploi_sal_fr_12": "87.5",
        "tx_sortants_en_emploi_non_sal_12": "6.25",
    },
    "inserjeunes_cfa": {
        "annee": "cumul 2022-2023", "uai": uai(990001), "libelle": "CFA FICTIF", "region": "Région",
        "taux_emploi_6_mois": "71", "taux_emploi_6_mois_attendu": "68", "va_emploi_6_mois": "3",
        "taux_contrats_interrompus": "12", "taux_poursuite_etudes": "40",
    },
    "inserjeunes_cfa_niveau": {
        "annee": "cumul 2022-2023", "uai": uai(990001), "libelle": "CFA FICTIF", "niveau_formation": "BTS",
        "taux_emploi_6_mois": "71", "taux_interruption_formation": "9", "taux_poursuite_etudes": "nd",
    },
}  # fmt: skip


def ligne(cle: str, **changements: str) -> dict[str, str]:
    """Une ligne sans aucune anomalie ; `changements` remplace des cellules."""
    return {**JUSTES[cle], **changements}


def en_csv(cle: str, *lignes: Mapping[str, str], separateur: str = ";") -> bytes:
    """Le fichier d'un format, tel que son logiciel l'écrit (SIFA : toutes les colonnes, sans titres)."""
    format_ = charger_source(cle)
    champs = list(format_.par_champ) if format_.sans_entete else list(dict.fromkeys(c for li in lignes for c in li))
    titres = [] if format_.sans_entete else [[format_.par_champ[champ].nom for champ in champs]]
    return rangees_en_csv([*titres, *([li.get(champ, "") for champ in champs] for li in lignes)], separateur)


def rangees_en_csv(rangees: Sequence[Sequence[str]], separateur: str = ";") -> bytes:
    """Des rangées de textes en .csv UTF-8."""
    flux = io.StringIO()
    csv.writer(flux, delimiter=separateur).writerows(rangees)
    return flux.getvalue().encode()


def diagnostic(cle: str, *lignes: Mapping[str, str]) -> Diagnostic:
    """Le diagnostic d'un fichier de ce format, fait de ces lignes."""
    return diagnostiquer_source(en_csv(cle, *lignes), f"{cle}.csv", cle, CLE)


def constats(diagnostic_: Diagnostic) -> set[tuple[str, str, str]]:
    """(colonne citée, cause, gravité) de chaque anomalie."""
    return {(a.colonne, a.cause, a.gravite) for a in diagnostic_.anomalies}
