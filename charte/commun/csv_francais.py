"""Écrire une table en CSV français, sans qu'un tableur y lise une formule."""

import csv
import io
from collections.abc import Iterable, Sequence


def ecrire_csv(entetes: Sequence[str], lignes: Iterable[Sequence[str]]) -> str:
    """Table en CSV : point-virgule, fin de ligne CRLF, apostrophe devant ce qui se lirait comme une formule."""
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerows([[_sans_formule(c) for c in ligne] for ligne in (entetes, *lignes)])
    return sortie.getvalue()


def _sans_formule(cellule: str) -> str:
    return f"'{cellule}" if cellule[:1] in ("=", "+", "-", "@", "\t", "\r") else cellule
