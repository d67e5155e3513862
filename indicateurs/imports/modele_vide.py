"""Le modèle vide à remplir, engendré depuis la description du format : une feuille à remplir, une d'explications."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from indicateurs.imports.format import Colonne, charger_format

ATTENDUS = {
    "texte": "Texte",
    "nom": "Au moins une lettre",
    "date": "JJ/MM/AAAA ou AAAA-MM-JJ",
    "date_naissance": "JJ/MM/AAAA ou AAAA-MM-JJ",
    "booleen": "OUI ou NON",
    "siret": "14 chiffres",
    "uai": "7 chiffres et une lettre",
    "rncp": "RNCP et 5 chiffres",
    "cfd": "8 caractères",
    "ine": "11 caractères",
    "annee_scolaire": "AAAA-AAAA",
    "annee_formation": "1 à 5",
    "sexe": "H ou F",
    "duree": "1 à 48 mois",
}


def modele_vide() -> bytes:
    """Octets du .xlsx vide, aux 62 colonnes, toutes au format Texte (aucun zéro de tête ne s'y perd)."""
    format_ = charger_format()
    livre = Workbook()
    feuille = livre.worksheets[0]
    feuille.title = "Modèle"
    for place, colonne in enumerate(format_.colonnes, start=1):
        feuille.cell(1, place, colonne.entete).font = Font(bold=True)
        dimension = feuille.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.number_format = max(14, len(colonne.entete) + 2), "@"
    feuille.freeze_panes = "C2"
    _decrire(livre, format_.colonnes, f"Source : {format_.source}.")
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def _decrire(livre: Workbook, colonnes: tuple[Colonne, ...], source: str) -> None:
    feuille = livre.create_sheet("Explications")
    feuille.append(["Colonne", "Attendu", "Sans elle", "Ce que l'outil en fait"])
    for cellule in feuille[1]:
        cellule.font = Font(bold=True)
    for colonne in colonnes:
        feuille.append([colonne.champ, ATTENDUS[colonne.type], _exigence(colonne), _usage(colonne)])
    feuille.append([])
    feuille.append([source])
    for lettre, largeur in zip("ABCD", (44, 30, 34, 60), strict=True):
        feuille.column_dimensions[lettre].width = largeur
    feuille["A1"].alignment = Alignment(vertical="top")


def _exigence(colonne: Colonne) -> str:
    if colonne.requise == "oui":
        return "la ligne est écartée"
    if colonne.requise == "un_des_deux":
        return "il faut RNCP ou code diplôme"
    return "requise dès qu'il y a un contrat" if colonne.role == "debut" else "la ligne est gardée"


def _usage(colonne: Colonne) -> str:
    if colonne.lecture == "non_lue":
        return f"Jamais lue ({colonne.motif})."
    if colonne.type == "nom" or colonne.type in ("date_naissance", "ine"):
        return "Sert à reconnaître la personne ; seule une empreinte en est gardée."
    return "Vérifiée, non gardée." if colonne.lecture == "controlee" else "Vérifiée et gardée."
