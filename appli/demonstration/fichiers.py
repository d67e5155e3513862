"""Écrit les extractions des deux CFA fictifs dans la disposition réelle à 62 colonnes (xlsx et csv)."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from appli.demonstration.generateur import ApprentiEngendre, annees_suivies
from appli.demonstration.universite import Universite, siret, uai
from indicateurs.imports.format import charger_format

Valeur = str | date
LigneEcrite = dict[str, Valeur]
"""Une ligne d'extraction : nom de colonne vers valeur ; une colonne absente reste vide."""

FORMAT_EXCEL_DES_DATES = "DD/MM/YYYY"
MOIS_PAR_ANNEE = 12


@dataclass(frozen=True)
class Ecriture:
    """Comment un logiciel écrit ses csv."""

    encodage: str
    separateur: str = ";"


CSV_DE_TABLEUR = Ecriture("cp1252")
CSV_AVEC_MARQUE = Ecriture("utf-8-sig")


def lignes_du_cfa(
    universite: Universite, cfa: str, apprentis: Iterable[ApprentiEngendre], aujourdhui: date
) -> list[LigneEcrite]:
    """Les lignes de l'extraction d'un CFA, triées comme un logiciel le ferait : année, formation, nom."""
    lignes = [
        _ligne(universite, apprenti, annee, annee_de_formation, connu)
        for apprenti in apprentis
        if apprenti.formation.cfa == cfa
        for annee, annee_de_formation, connu in annees_suivies(apprenti, aujourdhui)
    ]
    cles = ("annee_scolaire", "formation_rncp", "nom_apprenant", "prenom_apprenant")
    return sorted(lignes, key=lambda ligne: tuple(str(ligne[cle]) for cle in cles))


def _ligne(
    universite: Universite, apprenti: ApprentiEngendre, annee: int, annee_de_formation: int, connu: date
) -> LigneEcrite:
    ligne: LigneEcrite = {
        **_personne(apprenti),
        **_lieu(universite, apprenti),
        **_formation(apprenti),
        "annee_scolaire": f"{annee}-{annee + 1}",
        "annee_formation": str(annee_de_formation),
    }
    ligne.update(_issue(apprenti, connu))
    connus = [contrat for contrat in apprenti.contrats if contrat.debut <= connu]
    for rang, contrat in enumerate(connus, start=1):
        suffixe = "" if rang == 1 else f"_{rang}"
        ligne[f"contrat_date_debut{suffixe}"] = contrat.debut
        ligne[f"contrat_date_fin{suffixe}"] = contrat.fin
        ligne[f"siret_employeur{suffixe}"] = contrat.siret
        if contrat.rupture and contrat.rupture <= connu:
            ligne[f"contrat_date_rupture{suffixe}"] = contrat.rupture
            ligne[f"cause_rupture_contrat{suffixe}"] = contrat.cause or ""
    return ligne


def _personne(apprenti: ApprentiEngendre) -> LigneEcrite:
    personne = apprenti.personne
    numero = sum(map(ord, personne.ine)) % 100
    return {
        "nom_apprenant": personne.nom,
        "prenom_apprenant": personne.prenom,
        "date_de_naissance_apprenant": personne.naissance,
        "sexe_apprenant": personne.sexe,
        "ine_apprenant": personne.ine,
        "email_contact": f"apprenti.{personne.ine.lower()}@valmont.example",
        "adresse_apprenant": f"{numero + 1} rue des Essais",
        "code_postal_apprenant": "96000",
        # Tranche de numéros réservée à la fiction (Arcep).
        "tel_apprenant": f"06399800{numero:02d}",
    }


def _lieu(universite: Universite, apprenti: ApprentiEngendre) -> LigneEcrite:
    cfa, lieu = universite.cfa(apprenti.formation.cfa), universite.lieu(apprenti.formation.lieu)
    return {
        "type_cfa": "02" if cfa.interne else "09",
        "etablissement_responsable_uai": uai(cfa.uai),
        "etablissement_responsable_siret": siret(cfa.siren),
        "etablissement_formateur_uai": uai(lieu.uai),
        "etablissement_formateur_siret": siret(lieu.siren, lieu.nic),
    }


def _formation(apprenti: ApprentiEngendre) -> LigneEcrite:
    formation = apprenti.formation
    return {
        "formation_rncp": formation.rncp,
        "formation_cfd": formation.cfd,
        "libelle_court_formation": formation.libelle,
        "date_inscription_formation": date(apprenti.promotion, 7, 10),
        "date_entree_formation": apprenti.entree,
        "date_fin_formation": apprenti.fin,
        "duree_theorique_formation_mois": str(len(formation.annees) * MOIS_PAR_ANNEE),
        "formation_presentielle": "OUI",
    }


def _issue(apprenti: ApprentiEngendre, connu: date) -> LigneEcrite:
    issue: LigneEcrite = {}
    if apprenti.exclusion and apprenti.exclusion <= connu:
        issue["date_exclusion_formation"] = apprenti.exclusion
        issue["cause_exclusion_formation"] = apprenti.cause_exclusion or ""
    if apprenti.recu is not None and connu >= apprenti.fin:
        issue["obtention_diplome_formation"] = "OUI" if apprenti.recu else "NON"
        if apprenti.jury:
            issue["date_obtention_diplome_formation"] = apprenti.jury
    return issue


def ecrire_xlsx(chemin: Path, lignes: Sequence[Mapping[str, Valeur]]) -> None:
    """Un classeur à deux feuilles (notice, puis extraction), dates en vraies dates de tableur."""
    from openpyxl import Workbook

    classeur = Workbook(write_only=True)
    notice = classeur.create_sheet("Notice")
    notice.append(["Extraction fictive, engendrée pour la démonstration de Trajectoire."])
    feuille = classeur.create_sheet("Apprenants")
    colonnes = charger_format().colonnes
    feuille.append([colonne.entete for colonne in colonnes])
    for ligne in lignes:
        feuille.append([_cellule(feuille, ligne.get(colonne.champ)) for colonne in colonnes])
    classeur.save(chemin)


def _cellule(feuille: Any, valeur: Valeur | None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(valeur, date):
        return valeur
    cellule = WriteOnlyCell(feuille, value=datetime(valeur.year, valeur.month, valeur.day))  # noqa: DTZ001 (sans fuseau)
    cellule.number_format = FORMAT_EXCEL_DES_DATES
    return cellule


def ecrire_csv(chemin: Path, lignes: Sequence[Mapping[str, Valeur]], ecriture: Ecriture) -> None:
    """Un csv, dates en JJ/MM/AAAA."""
    colonnes = charger_format().colonnes
    with chemin.open("w", encoding=ecriture.encodage, newline="") as flux:
        plume = csv.writer(flux, delimiter=ecriture.separateur)
        plume.writerow([colonne.entete for colonne in colonnes])
        plume.writerows([[_en_texte(ligne.get(colonne.champ)) for colonne in colonnes] for ligne in lignes])


def _en_texte(valeur: Valeur | None) -> str:
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return valeur or ""


def nom_de_fichier(debut: str, premiere: int, derniere: int, fin: str) -> str:
    """« cfa-interne-2024-2027.xlsx » ; rien d'autre que des lettres, chiffres, tirets."""
    return re.sub(r"[^a-z0-9.-]", "-", f"{debut}-{premiere}-{derniere + 1}{fin}")
