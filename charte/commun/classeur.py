"""Écrire une table en classeur (.xlsx) : chaque cellule a son type, aucun texte ne devient une formule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from charte.commun.csv_francais import ferait_formule

Valeur = str | int | float | date | None
LONGUEUR_MAXIMALE = 32_000
"""Caractères d'une cellule ; un tableur n'en garde pas plus de 32 767."""
FORME_DU_JOUR = "dd/mm/yyyy"
_LARGEUR_LARGE, _LARGEUR_ETROITE = 48, 18


@dataclass(frozen=True)
class Feuille:
    """Une feuille d'un classeur ; `larges` : les en-têtes des colonnes de texte long."""

    titre: str
    entetes: Sequence[str]
    lignes: Sequence[Sequence[Valeur]]
    larges: Sequence[str] = ()


def en_classeur(
    titre: str, entetes: Sequence[str], lignes: Sequence[Sequence[Valeur]], *, larges: Sequence[str] = ()
) -> bytes:
    """Octets d'un .xlsx d'une feuille ; `larges` : les en-têtes des colonnes de texte long.

    Un nombre reste un nombre, un jour un jour (JJ/MM/AAAA) ; un texte reste un texte, même s'il commence par « = ».
    """
    return en_classeur_de_feuilles((Feuille(titre, entetes, lignes, larges),))


def en_classeur_de_feuilles(feuilles: Sequence[Feuille]) -> bytes:
    """Octets d'un .xlsx, une feuille après l'autre, aux mêmes règles qu'`en_classeur`."""
    livre = Workbook()
    for rang, contenu in enumerate(feuilles):
        _remplir(livre.worksheets[0] if rang == 0 else livre.create_sheet(), contenu)
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


def _remplir(feuille: Any, contenu: Feuille) -> None:
    feuille.title = contenu.titre[:31]
    for place, entete in enumerate(contenu.entetes, start=1):
        _ecrire(feuille, 1, place, entete).font = Font(bold=True)
        largeur = _LARGEUR_LARGE if entete in contenu.larges else _LARGEUR_ETROITE
        feuille.column_dimensions[get_column_letter(place)].width = largeur
    for rang, ligne in enumerate(contenu.lignes, start=2):
        for place, valeur in enumerate(ligne, start=1):
            _ecrire(feuille, rang, place, valeur)
    feuille.freeze_panes = "A2"
    feuille.auto_filter.ref = f"A1:{get_column_letter(len(contenu.entetes))}{len(contenu.lignes) + 1}"


def _ecrire(feuille: Any, rang: int, place: int, valeur: Valeur) -> Any:
    cellule = feuille.cell(rang, place)
    cellule.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(valeur, str):
        cellule.value = ILLEGAL_CHARACTERS_RE.sub("", valeur)[:LONGUEUR_MAXIMALE]
        cellule.data_type = "s"
        cellule.quotePrefix = ferait_formule(valeur)
    elif valeur is not None:
        cellule.value = valeur
        if isinstance(valeur, date):
            cellule.number_format = FORME_DU_JOUR
    return cellule
