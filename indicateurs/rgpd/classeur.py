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
from indicateurs.rgpd.faits import FaitTenu, Source
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
    "motif_rupture": "Motif légal de la rupture",
    "siret_employeur": "SIRET de l’employeur",
    "effectif_employeur": "Effectif de l’employeur",
    "source": "D’où vient la donnée",
}
_LARGEURS = {"A": 42, "B": 70}


def dire(valeur: Any) -> str:
    """Une valeur en français ; « non renseigné » pour une absence."""
    if valeur is None or valeur == "":
        return "non renseigné"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, float):
        return f"{valeur:g}".replace(".", ",")
    return jour(valeur) if isinstance(valeur, date) else str(valeur)


def decrire(objet: Fiche | ParcoursTenu | ContratTenu | FaitTenu) -> Iterator[tuple[str, str]]:
    """(nom du champ, valeur en français) de chaque champ simple d'un objet, source comprise."""
    if isinstance(objet, FaitTenu):
        yield from ((nom, dire(valeur)) for nom, valeur in objet.valeurs.items())
        yield _source(objet.source)
        return
    for champ in fields(objet):
        valeur = getattr(objet, champ.name)
        if champ.name == "source":
            yield _source(valeur)
        elif not isinstance(valeur, tuple):
            yield NOMS[champ.name], dire(valeur)


def _source(source: Source) -> tuple[str, str]:
    depose = moment(source.depose_le)
    return NOMS["source"], f"fichier « {source.fichier} », déposé le {depose}, ligne {source.ligne}"


def decrire_tout(fiche: Fiche) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """La personne, ses parcours, leurs contrats et leurs faits, ce que disent les sources : (titre, couples)."""
    yield "La personne", list(decrire(fiche))
    for rang, parcours in enumerate(fiche.parcours, start=1):
        yield f"Parcours {rang}", list(decrire(parcours))
        for contrat in parcours.contrats:
            yield f"Parcours {rang}, contrat {contrat.rang}", list(decrire(contrat))
        for numero, fait in enumerate(parcours.faits, start=1):
            yield f"Parcours {rang}, {fait.nature.lower()} ({numero})", list(decrire(fait))
    for numero, valeur in enumerate(fiche.valeurs, start=1):
        yield f"{valeur.nature} ({numero})", list(decrire(valeur))


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
    for titre, couples in decrire_tout(fiche):
        yield titre, ""
        yield from couples
