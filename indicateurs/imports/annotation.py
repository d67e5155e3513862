"""Rendre à l'utilisateur son propre fichier, cellules fautives colorées et commentées, diagnostic en tête."""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from charte.commun.enveloppe import examiner_l_enveloppe
from charte.commun.typographie import pluriel
from indicateurs.imports.diagnostic import UNITES, Diagnostic
from indicateurs.imports.fautes import BLOQUANT, Anomalie
from indicateurs.imports.format import charger_format, normaliser_entete
from indicateurs.imports.lecture_csv import lire_les_rangees, lire_rangees

LIGNES_ANNOTABLES = 20_000
OCTETS_ANNOTABLES = 80 * 2**20
ANOMALIES_LISTEES = 50_000
AUTEUR = "Trajectoire"
FEUILLE_DIAGNOSTIC = "Diagnostic"
TITRE_DIAGNOSTIC = "Diagnostic du fichier"
_FOND = {
    "bloquant": PatternFill("solid", fgColor="F4CCCD"),
    "avertissement": PatternFill("solid", fgColor="FCE8B8"),
}
_MOT = {"bloquant": "BLOQUANT", "avertissement": "AVERTISSEMENT"}
_GRAS = Font(bold=True)
_LARGEURS = (8, 34, 28, 16, 70, 70)
_SANS_FOND = PatternFill()


def annoter(octets: bytes, diagnostic: Diagnostic) -> bytes:
    """Octets d'un .xlsx : le fichier déposé, annoté, précédé d'une feuille « Diagnostic ».

    Le classeur d'origine est gardé (formats, autres feuilles), ses formules rendues en texte : ce que l'outil donne à
    télécharger ne calcule ni n'appelle rien. Un .csv devient un classeur dont toutes les cellules sont du texte.
    Au-delà de `LIGNES_ANNOTABLES` lignes ou d'`OCTETS_ANNOTABLES` décompressés, seule la feuille « Diagnostic » est
    rendue : recopier cellule à cellule prendrait des minutes et trop de mémoire.
    """
    with warnings.catch_warnings():
        # Le classeur de l'utilisateur peut porter des extensions qu'openpyxl laisse de côté en prévenant.
        warnings.simplefilter("ignore")
        livre, feuille, rangs = _ouvrir(octets, diagnostic)
        places = _places(feuille, diagnostic, rangs) if feuille else {}
        if feuille:
            _annoter_cellules(feuille, diagnostic, rangs, places)
        _ecrire_diagnostic(livre, diagnostic, feuille, rangs, places)
        flux = BytesIO()
        livre.save(flux)
    return flux.getvalue()


def _ouvrir(octets: bytes, diagnostic: Diagnostic) -> tuple[Workbook, Worksheet | None, dict[int, int]]:
    """Classeur, feuille à annoter (None : diagnostic seul) et ligne du fichier → ligne de la feuille."""
    if diagnostic.lues > LIGNES_ANNOTABLES:
        return _classeur_vide(), None, {}
    if diagnostic.feuille is None:
        return _depuis_csv(octets, diagnostic)
    try:
        if examiner_l_enveloppe(octets, diagnostic.nom).taille > OCTETS_ANNOTABLES:
            return _classeur_vide(), None, {}
        livre = load_workbook(BytesIO(octets), keep_links=False)
        feuille = livre[diagnostic.feuille]
    # Un XML que ce lecteur refuse (entité inconnue) lève une SyntaxError : ElementTree.ParseError en est une.
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError):
        return _classeur_vide(), None, {}
    if not isinstance(feuille, Worksheet):
        return _classeur_vide(), None, {}
    _oter_annotations(livre, feuille)
    _oter_formules(livre)
    return livre, feuille, {}


def _classeur_vide() -> Workbook:
    livre = Workbook()
    livre.remove(livre.worksheets[0])
    return livre


def _depuis_csv(octets: bytes, diagnostic: Diagnostic) -> tuple[Workbook, Worksheet, dict[int, int]]:
    livre, rangs = _classeur_vide(), {}
    feuille = livre.create_sheet("Fichier")
    for rang, (ligne, rangee) in enumerate(_rangees(octets, diagnostic), start=1):
        rangs[ligne] = rang
        for place, texte in enumerate(rangee, start=1):
            if texte:
                ecrire_texte(feuille, rang, place, texte)
    return livre, feuille, rangs


def _rangees(octets: bytes, diagnostic: Diagnostic) -> Iterator[tuple[int, list[str]]]:
    if diagnostic.encodage and diagnostic.separateur:
        return lire_les_rangees(octets, diagnostic.encodage, diagnostic.separateur)
    return lire_rangees(octets, diagnostic.nom, charger_format())


def ecrire_texte(feuille: Worksheet, rang: int, place: int, texte: str) -> Cell:
    """Écrit un texte qui restera un texte : ni formule (« =… », « +… », « @… »), ni caractère interdit."""
    cellule = feuille.cell(rang, place)
    if not isinstance(cellule, Cell):
        raise TypeError("Une cellule fusionnée ne s'écrit pas.")
    cellule.value = ILLEGAL_CHARACTERS_RE.sub("", texte)[:32_000]
    cellule.data_type = "s"
    if texte[:1] in ("=", "+", "-", "@", "\t", "\r"):
        cellule.quotePrefix = True
    return cellule


def _oter_annotations(livre: Workbook, feuille: Worksheet) -> None:
    """Ôte ce qu'une annotation précédente avait posé : le fichier corrigé repart propre."""
    for autre in list(livre.worksheets):
        if autre.title.startswith(FEUILLE_DIAGNOSTIC) and autre["A1"].value == TITRE_DIAGNOSTIC:
            livre.remove(autre)
    for cellule in _cellules(feuille):
        if cellule.comment and cellule.comment.author == AUTEUR:
            cellule.comment = None
            cellule.fill = _SANS_FOND


def _oter_formules(livre: Workbook) -> None:
    for feuille in livre.worksheets:
        for cellule in _cellules(feuille):
            if cellule.data_type == "f":
                valeur = cellule.value
                texte = valeur if isinstance(valeur, str) else f"={getattr(valeur, 'text', '')}"
                ecrire_texte(feuille, cellule.row, cellule.column, texte)


def _cellules(feuille: Worksheet) -> list[Cell]:
    # Les cellules présentes, pas le rectangle qui les contient : une seule au loin en ferait des milliards.
    return [cellule for cellule in feuille._cells.values() if isinstance(cellule, Cell)]


def _places(feuille: Worksheet, diagnostic: Diagnostic, rangs: dict[int, int]) -> dict[str, int]:
    """Colonne (à partir de 1) de chaque champ : celle du diagnostic, ou d'après la ligne d'en-tête de la feuille."""
    if diagnostic.places:
        return dict(diagnostic.places)
    entete = rangs.get(diagnostic.ligne_entete, diagnostic.ligne_entete)
    titres = [feuille.cell(entete, place).value for place in range(1, feuille.max_column + 1)]
    champs = [normaliser_entete(str(titre)) if titre else "" for titre in titres]
    return {champ: place for place, champ in reversed(list(enumerate(champs, start=1))) if champ}


def _annoter_cellules(
    feuille: Worksheet, diagnostic: Diagnostic, rangs: dict[int, int], places: dict[str, int]
) -> None:
    par_cellule: dict[tuple[int, int], list[Anomalie]] = defaultdict(list)
    for anomalie in diagnostic.anomalies:
        if place := places.get(anomalie.colonne):
            par_cellule[rangs.get(anomalie.ligne, anomalie.ligne), place].append(anomalie)
    for (rang, place), anomalies in par_cellule.items():
        cellule = feuille.cell(rang, place)
        if isinstance(cellule, Cell):
            _annoter_cellule(cellule, anomalies)


def _annoter_cellule(cellule: Cell, anomalies: list[Anomalie]) -> None:
    gravite = min((a.gravite for a in anomalies), key=lambda g: g != BLOQUANT)
    dits = [f"{_MOT[a.gravite]} – {a.message}\nRemède : {a.remede}" for a in anomalies]
    if cellule.comment:
        dits.append(f"Commentaire d'origine : {cellule.comment.text}")
    cellule.fill = _FOND[gravite]
    cellule.comment = Comment("\n\n".join(dits), AUTEUR, width=360, height=60 + 60 * len(dits))


def _ecrire_diagnostic(
    livre: Workbook,
    diagnostic: Diagnostic,
    feuille: Worksheet | None,
    rangs: dict[int, int],
    places: dict[str, int],
) -> None:
    page = livre.create_sheet(FEUILLE_DIAGNOSTIC, 0)
    livre.active = 0
    for autre in livre.worksheets[1:]:
        autre.sheet_view.tabSelected = False
    for rang, texte in enumerate(_resume(diagnostic, feuille is None), start=1):
        ecrire_texte(page, rang, 1, texte)
    page["A1"].font = Font(bold=True, size=14)
    titres = (page.max_row or 1) + 2
    for place, titre in enumerate(("Ligne", "Colonne", "Valeur", "Gravité", "Ce qui ne va pas", "Remède"), start=1):
        ecrire_texte(page, titres, place, titre).font = _GRAS
        page.column_dimensions[get_column_letter(place)].width = _LARGEURS[place - 1]
    page.freeze_panes = page.cell(titres + 1, 1)
    for rang, anomalie in enumerate(diagnostic.anomalies[:ANOMALIES_LISTEES], start=titres + 1):
        _ecrire_anomalie(page, rang, anomalie)
        if feuille and (colonne := places.get(anomalie.colonne)):
            adresse = f"{get_column_letter(colonne)}{rangs.get(anomalie.ligne, anomalie.ligne)}"
            _lier(page.cell(rang, 1), f"{quote_sheetname(feuille.title)}!{adresse}")


def _lier(cellule: Cell | MergedCell, adresse: str) -> None:
    if isinstance(cellule, Cell):
        cellule.hyperlink = Hyperlink(ref=cellule.coordinate, location=adresse)


def _ecrire_anomalie(page: Worksheet, rang: int, anomalie: Anomalie) -> None:
    page.cell(rang, 1, anomalie.ligne)
    textes = (anomalie.colonne, anomalie.valeur, anomalie.gravite, anomalie.message, anomalie.remede)
    for place, texte in enumerate(textes, start=2):
        ecrire_texte(page, rang, place, texte).alignment = Alignment(wrap_text=place > 4, vertical="top")
    page.cell(rang, 4).fill = _FOND[anomalie.gravite]


def _resume(diagnostic: Diagnostic, seul: bool) -> Iterable[str]:
    yield TITRE_DIAGNOSTIC
    yield (
        f"{pluriel(diagnostic.lues, *UNITES[diagnostic.par_question])} = "
        f"{pluriel(diagnostic.retenues, 'retenue')} + {pluriel(diagnostic.ecartees, 'écartée')}."
    )
    ecarte = "sa réponse" if diagnostic.par_question else "sa ligne"
    yield f"Une cellule rouge écarte {ecarte} ; une cellule jaune est un avertissement, la ligne est gardée."
    if diagnostic.colonnes_inconnues:
        yield f"Colonnes inconnues, laissées de côté : {', '.join(diagnostic.colonnes_inconnues)}."
    if diagnostic.feuilles_ignorees:
        yield f"Feuilles non lues, qui portent aussi des en-têtes connus : {', '.join(diagnostic.feuilles_ignorees)}."
    if seul:
        yield "Le fichier est trop grand pour être annoté cellule par cellule : voici la liste de ses anomalies."
    if len(diagnostic.anomalies) > ANOMALIES_LISTEES:
        yield f"Seules les {ANOMALIES_LISTEES} premières anomalies sont listées."
