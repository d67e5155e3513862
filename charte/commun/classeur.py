"""Écrire une table en classeur (.xlsx) : chaque cellule a son type, aucun texte ne devient une formule."""

from collections.abc import Sequence
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


def en_classeur(
    titre: str, entetes: Sequence[str], lignes: Sequence[Sequence[Valeur]], *, larges: Sequence[str] = ()
) -> bytes:
    """Octets d'un .xlsx d'une feuille ; `larges` : les en-têtes des colonnes de texte long.

    Un nombre reste un nombre, un jour un jour (JJ/MM/AAAA) ; un texte reste un texte, même s'il commence par « = ».
    """
    livre = Workbook()
    feuille = livre.worksheets[0]
    feuille.title = titre[:31]
    for place, entete in enumerate(entetes, start=1):
        _ecrire(feuille, 1, place, entete).font = Font(bold=True)
        largeur = _LARGEUR_LARGE if entete in larges else _LARGEUR_ETROITE
        feuille.column_dimensions[get_column_letter(place)].width = largeur
    for rang, ligne in enumerate(lignes, start=2):
        for place, valeur in enumerate(ligne, start=1):
            _ecrire(feuille, rang, place, valeur)
    feuille.freeze_panes = "A2"
    feuille.auto_filter.ref = f"A1:{get_column_letter(len(entetes))}{len(lignes) + 1}"
    flux = BytesIO()
    livre.save(flux)
    return flux.getvalue()


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
