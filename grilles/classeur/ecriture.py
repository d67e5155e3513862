"""Écrire le classeur d'une grille : une ligne par élément, listes déroulantes, colonnes officielles protégées."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from charte.commun.csv_francais import ferait_formule
from charte.commun.typographie import jour
from charte.edition import Genre
from grilles.classeur.aide import LARGEURS_DE_L_AIDE, lignes_de_l_aide
from grilles.classeur.contenu import (
    COLONNES,
    FEUILLE,
    FEUILLE_AIDE,
    FEUILLE_REFERENCE,
    LIGNE_DES_VERSIONS,
    Dite,
    Reference,
    Tire,
    epurer,
)
from grilles.echelle import charger_echelle
from grilles.presentation import POSITIONS
from grilles.vues import GrilleLue, Groupe, Ligne, PosteLu, PreuveLue, ReponseLue

LONGUEUR_MAXIMALE = 32_000
"""Caractères d'une cellule ; un tableur n'en garde pas plus de 32 767."""
_PROTEGE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_TITRE, _OFFICIEL, _SAISIE, _TEXTE = "Grille titre", "Grille officiel", "Grille saisie", "Grille texte"
_COLONNE_DES_LISTES = {Genre.ENGAGEMENT: "E", Genre.EXIGENCE: "E", Genre.ACTION: "F", Genre.SOUS_ACTION: "F"}


def ecrire_le_classeur(grille: GrilleLue) -> bytes:
    """Octets du .xlsx : la grille entière, pour la partie lue ; « Mode d'emploi » et « Référence » à côté."""
    livre = Workbook()
    _poser_les_styles(livre)
    feuille = livre.worksheets[0]
    feuille.title = FEUILLE
    lignes = list(_lignes(grille))
    _ecrire_la_grille(feuille, grille, lignes)
    _ecrire_l_aide(livre.create_sheet(FEUILLE_AIDE), grille)
    _ecrire_la_reference(livre.create_sheet(FEUILLE_REFERENCE), reference_de(grille))
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def _poser_les_styles(livre: Workbook) -> None:
    """Les styles nommés : poser à chaque cellule ses propres attributs prenait deux secondes."""
    place = Alignment(wrap_text=True, vertical="top")
    for nom, gras, fond in ((_TITRE, True, "DCE4EE"), (_OFFICIEL, False, "F2F1EC"), (_TEXTE, False, "")):
        style = NamedStyle(nom, font=Font(bold=gras), alignment=place)
        if fond:
            style.fill = PatternFill("solid", fgColor=fond)
        livre.add_named_style(style)
    ouverte = Protection(locked=False)
    livre.add_named_style(NamedStyle(_SAISIE, alignment=place, number_format="@", protection=ouverte))


def reference_de(grille: GrilleLue) -> Reference:
    """Ce que le classeur emporte pour reconnaître sa grille au retour."""
    tires = {
        ligne.id: Tire(ligne.reponse.version, dite_par(ligne.reponse).empreinte)
        for poste in grille.postes
        for ligne in poste.lignes
    }
    return Reference(grille.code, grille.annee, grille.partie, grille.edition, grille.empreinte_edition, tires)


def dite_par(reponse: ReponseLue) -> Dite:
    """Le contenu d'une réponse, tel que le classeur le porte."""
    return Dite(reponse.etat, epurer(reponse.motif), epurer(reponse.commentaire))


def _lignes(grille: GrilleLue) -> Iterator[tuple[PosteLu, Groupe, Ligne]]:
    for poste in grille.postes:
        for groupe in (*poste.socle, *poste.cible, *poste.perimetres):
            for tete in groupe.lignes:
                for ligne in (tete, *tete.sous_lignes):
                    yield poste, groupe, ligne


def _ecrire_la_grille(feuille: Worksheet, grille: GrilleLue, lignes: list[tuple[PosteLu, Groupe, Ligne]]) -> None:
    for place, colonne in enumerate(COLONNES, start=1):
        _ecrire(feuille, 1, place, colonne.entete, _TITRE)
        feuille.column_dimensions[get_column_letter(place)].width = colonne.largeur
    for rang, (poste, groupe, ligne) in enumerate(lignes, start=2):
        valeurs = _valeurs(grille, poste, groupe, ligne)
        for place, colonne in enumerate(COLONNES, start=1):
            _ecrire(feuille, rang, place, valeurs.get(colonne.cle, ""), _SAISIE if colonne.saisie else _OFFICIEL)
    _poser_les_listes(feuille, lignes)
    feuille.freeze_panes = "F2"
    feuille.auto_filter.ref = f"A1:{get_column_letter(len(COLONNES))}{len(lignes) + 1}"
    _proteger(feuille)
    _preparer_l_impression(feuille)


def _valeurs(grille: GrilleLue, poste: PosteLu, groupe: Groupe, ligne: Ligne) -> dict[str, str]:
    return {
        "element": ligne.id,
        "poste": f"{poste.numero}. {poste.titre}",
        "groupe": groupe.titre,
        "genre": ligne.genre.value,
        "texte": ligne.texte,
        "etat": ligne.etat.libelle if ligne.etat else "",
        "motif": epurer(ligne.motif),
        "commentaire": epurer(ligne.commentaire),
        "preuves": "\n".join(_dire_la_preuve(preuve) for preuve in ligne.preuves),
        "autres": _autres_positions(grille, ligne),
    }


def _dire_la_preuve(preuve: PreuveLue) -> str:
    dits = (preuve.titre, preuve.adresse, preuve.emplacement, preuve.date_fin and f"jusqu'au {jour(preuve.date_fin)}")
    return ", ".join(dit for dit in dits if dit)


def _autres_positions(grille: GrilleLue, ligne: Ligne) -> str:
    echelle = charger_echelle()
    dites = [
        f"{POSITIONS[partie]} : {echelle.etat(lue.etat).libelle}" + (f" – {lue.commentaire}" if lue.commentaire else "")
        for partie, lue in grille.autres_positions(ligne.id)
        if lue.etat
    ]
    return "\n".join([*dites, *(["Reprise de l'an passé, à confirmer dans la grille"] if ligne.a_confirmer else [])])


def _poser_les_listes(feuille: Worksheet, lignes: list[tuple[PosteLu, Groupe, Ligne]]) -> None:
    place = get_column_letter(1 + [colonne.cle for colonne in COLONNES].index("etat"))
    listes: dict[str, DataValidation] = {}
    for rang, (_, _, ligne) in enumerate(lignes, start=2):
        lettre = _COLONNE_DES_LISTES[ligne.genre]
        if lettre not in listes:
            listes[lettre] = _liste(lettre, len(charger_echelle().etats(ligne.genre)))
            feuille.add_data_validation(listes[lettre])
        listes[lettre].add(f"{place}{rang}")


def _liste(lettre: str, nombre: int) -> DataValidation:
    premiere = LIGNE_DES_VERSIONS + 1
    plage = f"{quote_sheetname(FEUILLE_REFERENCE)}!${lettre}${premiere}:${lettre}${premiere + nombre - 1}"
    liste = DataValidation(type="list", formula1=plage, allow_blank=True)
    liste.errorTitle, liste.error = "État inconnu", "Choisissez un état dans la liste."
    return liste


def _proteger(feuille: Worksheet) -> None:
    """Sans mot de passe : la protection évite un faux geste, elle n'interdit rien."""
    feuille.protection.sheet = True
    for permis in ("formatColumns", "formatRows", "formatCells", "autoFilter"):
        setattr(feuille.protection, permis, False)


def _preparer_l_impression(feuille: Worksheet) -> None:
    feuille.page_setup.orientation, feuille.page_setup.paperSize = "landscape", 8
    feuille.page_setup.fitToWidth, feuille.page_setup.fitToHeight = 1, 0
    feuille.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    feuille.print_title_rows = "1:1"


def _ecrire_l_aide(feuille: Worksheet, grille: GrilleLue) -> None:
    for rang, (gras, cellules) in enumerate(lignes_de_l_aide(grille), start=1):
        for place, texte in enumerate(cellules, start=1):
            _ecrire(feuille, rang, place, texte, _TITRE if gras else _TEXTE)
    for lettre, largeur in LARGEURS_DE_L_AIDE.items():
        feuille.column_dimensions[lettre].width = largeur
    _proteger(feuille)


def _ecrire_la_reference(feuille: Worksheet, reference: Reference) -> None:
    _ecrire(feuille, 1, 1, "Cette feuille sert au retour du fichier : ne la changez pas.", _TITRE)
    for rang, (libelle, valeur) in enumerate(reference.rubriques(), start=2):
        _ecrire(feuille, rang, 1, libelle)
        _ecrire(feuille, rang, 2, valeur)
    echelle = charger_echelle()
    colonnes: tuple[tuple[str, list[str]], ...] = (
        ("Élément", list(reference.tires)),
        ("Version", [str(tire.version) for tire in reference.tires.values()]),
        ("Empreinte", [tire.empreinte for tire in reference.tires.values()]),
        ("", []),
        ("États des engagements", [etat.libelle for etat in echelle.engagements]),
        ("États des actions", [etat.libelle for etat in echelle.actions]),
    )
    for place, (titre, valeurs) in enumerate(colonnes, start=1):
        feuille.column_dimensions[get_column_letter(place)].width = 26
        for rang, texte in enumerate((titre, *valeurs), start=LIGNE_DES_VERSIONS):
            _ecrire(feuille, rang, place, texte)
    _proteger(feuille)


def _ecrire(feuille: Worksheet, rang: int, place: int, texte: str, style: str = _TEXTE) -> None:
    """Une cellule de texte : jamais une formule, et telle quelle au retour (« _x0041_ » ne devient pas « A »)."""
    cellule: Any = feuille.cell(rang, place)
    cellule.style = style
    if texte:
        cellule.value = _PROTEGE.sub("_x005F_", epurer(texte))[:LONGUEUR_MAXIMALE]
        cellule.data_type = "s"
        cellule.quotePrefix = ferait_formule(texte)
