"""Écrire une table en CSV français, sans qu'un tableur y lise une formule.

Un texte qui se lirait comme une formule (OWASP, « CSV Injection ») part précédé d'une apostrophe, que `relire_cellule`
ôte ; un nombre donné comme nombre reste un nombre, négatif compris.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

Cellule = str | int | float | Decimal | None
# Un tableur passe sur ce qui précède (espaces, guillemets, caractères sans largeur) et lit aussi les signes pleine
# chasse.
_FORMULE = re.compile(r"[\s'\"\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]*[=+\-@＝＋－＠\t\r\n]")


def ecrire_csv(entetes: Sequence[str], lignes: Iterable[Sequence[Cellule]]) -> str:
    """Table en CSV : point-virgule, fin de ligne CRLF, virgule décimale, apostrophe devant ce qui ferait formule."""
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerows([[ecrire_cellule(c) for c in ligne] for ligne in (entetes, *lignes)])
    return sortie.getvalue()


def ecrire_cellule(valeur: Cellule) -> str:
    """Le texte d'une cellule ; None : vide."""
    if valeur is None:
        return ""
    if not isinstance(valeur, str):
        return str(valeur).replace(".", ",")
    return f"'{valeur}" if ferait_formule(valeur) else valeur


def relire_cellule(texte: str) -> str:
    """Le texte d'avant `ecrire_cellule`."""
    return texte[1:] if texte.startswith("'") and ferait_formule(texte[1:]) else texte


def ferait_formule(texte: str) -> bool:
    """Vrai si un tableur pourrait prendre ce texte pour une formule."""
    return _FORMULE.match(texte) is not None
