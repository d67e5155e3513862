"""Le modèle vide d'un format : la feuille à remplir, ses listes de choix, une ligne d'exemple, les explications."""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.modele_vide import ATTENDUS, modele_vide
from indicateurs.sources.format import ColonneSource, FormatSource, charger_source

FEUILLE_A_REMPLIR, FEUILLE_D_EXPLICATIONS = "À remplir", "Explications"
LIGNES_PREPAREES = 10_000
"""Lignes où les listes de choix se proposent."""
_OUI_NON = ("OUI", "NON")
_ATTENDUS = {
    **ATTENDUS,
    "annee_formation_sifa": "1A à 5A",
    "date_compacte": "JJMMAAAA, huit chiffres",
    "naissance_compacte": "JJMMAAAA, huit chiffres",
    "annee_civile": "AAAA, par exemple 2025",
    "annee_debut": "AAAA-AAAA, par exemple 2024-2025",
    "entier": "Nombre entier",
    "nombre": "Nombre, zéro ou plus",
    "nombre_signe": "Nombre",
    "heures": "Heures : 35 ou 35,5",
    "echeance": "6, 12, 18, 24 ou 30",
    "code": "Un des choix de la liste",
    "code_booleen": "OUI ou NON",
    "question": "Nom court de la question",
    "promotion": "AAAA, ou AAAA,AAAA pour un cumul",
    "millesime": "Celui du jeu ouvert",
    "effectif_marque": "Effectif, ou nd, na, *, **",
    "taux_marque": "Pourcentage, ou nd, na, *, **",
    "ecart_marque": "Points, ou nd, na",
}


def modele_de(cle: str) -> bytes:
    """Octets du .xlsx vide d'un format, toutes ses colonnes au format Texte (aucun zéro de tête ne s'y perd).

    Une ligne d'exemple y figure : laissée dans le fichier, elle est reconnue et écartée. Un format sans en-tête n'a pas
    de ligne de titres.
    """
    if cle == FORMAT_DES_APPRENTIS:
        return modele_vide()
    format_ = charger_source(cle)
    livre = Workbook()
    feuille = livre.worksheets[0]
    feuille.title = FEUILLE_A_REMPLIR
    _preparer(feuille, format_)
    _expliquer(livre.create_sheet(FEUILLE_D_EXPLICATIONS), format_)
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def nom_du_modele(cle: str) -> str:
    """Nom du fichier donné à télécharger : « modele-enquete-insertion.xlsx »."""
    return f"modele-{'apprentis' if cle == FORMAT_DES_APPRENTIS else cle.replace('_', '-')}.xlsx"


def _preparer(feuille: Worksheet, format_: FormatSource) -> None:
    premiere = 1 if format_.sans_entete else 2
    derniere = premiere + LIGNES_PREPAREES
    for place, colonne in enumerate(format_.colonnes, start=1):
        lettre = get_column_letter(place)
        feuille.column_dimensions[lettre].width = max(14, len(colonne.nom) + 2)
        if not format_.sans_entete:
            feuille.cell(1, place, colonne.nom).font = Font(bold=True)
        exemple = feuille.cell(premiere, place)
        exemple.value, exemple.number_format = colonne.exemple or None, "@"
        feuille.column_dimensions[lettre].number_format = "@"
        if choix := _choix(colonne):
            liste = DataValidation(type="list", formula1=f'"{",".join(choix)}"', allow_blank=True)
            liste.errorTitle, liste.error = colonne.nom[:30], f"Choisissez : {', '.join(choix)}."[:250]
            feuille.add_data_validation(liste)
            liste.add(f"{lettre}{premiere}:{lettre}{derniere - 1}")
    feuille.freeze_panes = f"A{premiere}" if premiere > 1 else None


def _choix(colonne: ColonneSource) -> tuple[str, ...]:
    """Valeurs de la liste déroulante ; vide si la colonne est libre."""
    if colonne.type in ("booleen", "code_booleen"):
        return _OUI_NON
    return colonne.choix or (tuple(colonne.codes) if colonne.type == "code" else ())


def _expliquer(feuille: Worksheet, format_: FormatSource) -> None:
    for texte in _presentation(format_):
        feuille.append([texte])
    feuille.append([])
    titres = (feuille.max_row or 0) + 2
    for place, titre in enumerate(("Rang", "Colonne", "Attendu", "Sans elle", "Ce que l'outil en fait"), start=1):
        feuille.cell(titres, place, titre).font = Font(bold=True)
    for rang, colonne in enumerate(format_.colonnes, start=1):
        feuille.cell(titres + rang, 1, rang)
        textes = (colonne.nom, _attendu(colonne), _exigence(colonne, format_), _usage(colonne, format_))
        for place, texte in enumerate(textes, start=2):
            feuille.cell(titres + rang, place, texte)
    for lettre, largeur in zip("ABCDE", (8, 40, 46, 40, 70), strict=True):
        feuille.column_dimensions[lettre].width = largeur
    feuille["A1"].font = Font(bold=True, size=14)


def _presentation(format_: FormatSource) -> list[str]:
    textes = [format_.titre, f"Une ligne : {format_.une_ligne}."]
    if format_.sans_entete:
        textes.append(
            "Ce fichier se dépose SANS ligne de titres : chaque colonne se lit à son rang. N'ajoutez, n'ôtez et ne "
            "déplacez aucune colonne."
        )
    textes.append("La première ligne remplie est un exemple : remplacez-la ; laissée telle quelle, elle est écartée.")
    if format_.rattachement == "identite":
        textes.append(
            "Une personne se reconnaît à son nom, son prénom et sa date de naissance, ou à son INE : il faut l'un ou "
            "l'autre. Seule une empreinte en est gardée."
        )
    if format_.rattachement == "formation":
        textes.append("Ce fichier est anonyme : aucune colonne n'y porte de nom, de courriel ni de numéro d'étudiant.")
    textes += [f"Ne nourrit pas {', '.join(n.indicateurs)} : {n.motif}" for n in format_.ne_nourrit_pas]
    textes += [f"À vérifier. {texte}" for texte in format_.a_verifier]
    textes.append(f"Source : {format_.source}. {format_.reference} (consulté le {format_.consulte_le:%d/%m/%Y}).")
    return textes


def _attendu(colonne: ColonneSource) -> str:
    if colonne.attendu:
        return colonne.attendu
    return f"Un de : {', '.join(colonne.codes)}" if colonne.type == "code" else _ATTENDUS[colonne.type]


def _exigence(colonne: ColonneSource, format_: FormatSource) -> str:
    if colonne.requise == "oui":
        return "la ligne est écartée"
    for groupe in format_.un_des:
        if colonne.champ in groupe:
            return f"il faut {' ou '.join(format_.par_champ[champ].nom for champ in groupe)}"
    if colonne.champ in format_.champs_d_identite:
        return "il faut l'identité ou l'INE"
    if format_.rattachement == "formation" and colonne.champ in ("formation_rncp", "formation_cfd"):
        return "il faut le RNCP ou le code diplôme"
    return "la ligne est gardée"


def _usage(colonne: ColonneSource, format_: FormatSource) -> str:
    if not colonne.lue:
        return f"Jamais lue ({colonne.motif})."
    if colonne.champ in format_.champs_d_identite:
        return "Sert à reconnaître la personne ; seule une empreinte en est gardée."
    return "Vérifiée, non gardée." if colonne.lecture == "controlee" else "Vérifiée et gardée."
