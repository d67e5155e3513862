"""Fichiers d'essai dans le vrai format : lignes justes, que chaque test salit à sa façon. Aucune personne réelle."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import openpyxl

from charte.identifiants import lettre_uai
from indicateurs.imports.format import charger_format

CLE = b"cle-d-essai-de-trente-deux-octet"
ENTETES = [colonne.champ for colonne in charger_format().colonnes]


def uai(numero: int) -> str:
    """UAI fictif, à la lettre juste."""
    return f"{numero:07d}{lettre_uai(f'{numero:07d}')}"


def siret(numero: int) -> str:
    """SIRET fictif à la clé de Luhn juste."""
    base = f"{numero:013d}"
    doubles = [2 * int(c) if rang % 2 == 0 else int(c) for rang, c in enumerate(base)]
    somme = sum(d - 9 if d > 9 else d for d in doubles)
    return base + str(-somme % 10)


def ligne(numero: int = 0, **changements: Any) -> dict[str, Any]:
    """Une ligne sans aucune anomalie ; `changements` remplace des cellules (None : vide)."""
    entree = date(2023, 9, 1) + timedelta(days=numero % 10)
    juste: dict[str, Any] = {
        "nom_apprenant": f"Nom{_lettres(numero)}",
        "prenom_apprenant": f"Prénom{_lettres(numero // 7)}",
        "date_de_naissance_apprenant": (date(2002, 1, 1) + timedelta(days=numero % 1500)).isoformat(),
        "sexe_apprenant": "FH"[numero % 2],
        "email_contact": "personne@exemple.invalid",
        "adresse_apprenant": "1, rue de l'Exemple",
        "code_postal_apprenant": "00000",
        "ine_apprenant": f"{numero:010d}A",
        "rqth_apprenant": "NON",
        "etablissement_responsable_uai": uai(990001),
        "etablissement_responsable_siret": siret(9900000100010),
        "etablissement_formateur_uai": uai(990002),
        "etablissement_formateur_siret": siret(9900000200010),
        "annee_scolaire": "2023-2024",
        "annee_formation": "1",
        "formation_rncp": "RNCP99001",
        "formation_cfd": "99000101",
        "date_inscription_formation": "2023-08-15",
        "date_entree_formation": entree.isoformat(),
        "date_fin_formation": "2025-08-31",
        "duree_theorique_formation_mois": "24",
        "libelle_court_formation": "BTS EXEMPLE",
        "contrat_date_debut": "2023-09-15",
        "contrat_date_fin": "2025-08-31",
        "siret_employeur": siret(9900000300000 + numero % 50),
    }
    return {**juste, **changements}


def _lettres(numero: int) -> str:
    texte = ""
    while True:
        numero, reste = divmod(numero, 26)
        texte += "abcdefghijklmnopqrstuvwxyz"[reste]
        if not numero:
            return texte


def en_csv(
    lignes: list[dict[str, Any]], separateur: str = ";", encodage: str = "utf-8", entetes: list[str] | None = None
) -> bytes:
    """Octets d'un .csv de ces lignes."""
    flux = io.StringIO(newline="")
    ecrivain = csv.writer(flux, delimiter=separateur, lineterminator="\r\n")
    titres = ENTETES if entetes is None else entetes
    ecrivain.writerow(titres)
    for cellules in lignes:
        ecrivain.writerow(["" if cellules.get(champ) is None else cellules[champ] for champ in titres])
    return flux.getvalue().encode(encodage)


def classeur(
    lignes: list[dict[str, Any]], titre: str = "Modèle", entetes: list[str] | None = None
) -> openpyxl.Workbook:
    """Classeur à une feuille de ces lignes."""
    livre = openpyxl.Workbook()
    feuille = livre.active
    feuille.title = titre
    titres = ENTETES if entetes is None else entetes
    feuille.append(titres)
    for cellules in lignes:
        feuille.append([cellules.get(champ) for champ in titres])
    return livre


def octets(livre: openpyxl.Workbook) -> bytes:
    """Octets d'un classeur."""
    flux = io.BytesIO()
    livre.save(flux)
    return flux.getvalue()


def en_xlsx(lignes: list[dict[str, Any]]) -> bytes:
    """Octets d'un .xlsx de ces lignes."""
    return octets(classeur(lignes))
