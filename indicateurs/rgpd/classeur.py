"""L'extraction d'une personne en classeur : deux colonnes, ce dont il s'agit et la valeur, lisibles sans l'outil."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from charte.commun.typographie import jour, moment
from indicateurs.imports.annotation import ecrire_texte
from indicateurs.rgpd.personne import ContratTenu, Fiche, ParcoursTenu

NOMS = {
    "numero": "Numéro interne",
    "connue_par_ine": "Reconnue aussi par son INE (empreinte)",
    "sexe": "Sexe",
    "annee_naissance": "Année de naissance",
    "rqth": "Reconnaissance de travailleur handicapé",
    "formation": "Formation",
    "cfa": "CFA",
    "uai_formateur": "UAI du lieu de formation",
    "annee_scolaire": "Dernière année scolaire",
    "annee_formation": "Année de formation",
    "date_inscription": "Date d’inscription",
    "date_entree": "Date d’entrée",
    "date_fin": "Date de fin",
    "date_exclusion": "Date d’exclusion",
    "cause_exclusion": "Cause d’exclusion",
    "obtention": "Diplôme obtenu",
    "date_obtention": "Date d’obtention",
    "duree_theorique_mois": "Durée prévue (mois)",
    "rang": "Rang du contrat",
    "date_debut": "Début du contrat",
    "date_rupture": "Date de rupture",
    "cause_rupture": "Cause de rupture",
    "siret_employeur": "SIRET de l’employeur",
    "source": "D’où vient la donnée",
}
_LARGEURS = {"A": 42, "B": 70}


def dire(valeur: Any) -> str:
    """Une valeur en français ; « non renseigné » pour une absence."""
    if valeur is None or valeur == "":
        return "non renseigné"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return jour(valeur) if isinstance(valeur, date) else str(valeur)


def decrire(objet: Fiche | ParcoursTenu | ContratTenu) -> Iterator[tuple[str, str]]:
    """(nom du champ, valeur en français) de chaque champ simple d'un objet, source comprise."""
    for champ in fields(objet):
        valeur = getattr(objet, champ.name)
        if champ.name == "source":
            depose = moment(valeur.depose_le)
            yield NOMS["source"], f"fichier « {valeur.fichier} », déposé le {depose}, ligne {valeur.ligne}"
        elif not isinstance(valeur, tuple):
            yield NOMS[champ.name], dire(valeur)


def en_classeur(fiche: Fiche, entete: list[tuple[str, str]]) -> bytes:
    """Octets d'un .xlsx ; `entete` : ce qui précède les données (responsable, finalité, droits…), en couples."""
    livre = Workbook()
    feuille = livre.worksheets[0]
    feuille.title = "Données"
    for colonne, largeur in _LARGEURS.items():
        feuille.column_dimensions[colonne].width = largeur
    for rang, (nom, valeur) in enumerate(_rangees(fiche, entete), start=1):
        titre = ecrire_texte(feuille, rang, 1, nom)
        ecrire_texte(feuille, rang, 2, valeur).alignment = Alignment(wrap_text=True, vertical="top")
        titre.alignment = Alignment(wrap_text=True, vertical="top")
        if not valeur:
            titre.font = Font(bold=True)
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def _rangees(fiche: Fiche, entete: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield from entete
    yield "La personne", ""
    yield from decrire(fiche)
    for numero, parcours in enumerate(fiche.parcours, start=1):
        yield f"Parcours {numero}", ""
        yield from decrire(parcours)
        for contrat in parcours.contrats:
            yield f"Parcours {numero}, contrat {contrat.rang}", ""
            yield from decrire(contrat)
