"""Écrire à la française : nombres, parts, dates, pluriels. Arrondi à l'affichage seulement, demi au pair."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

INSECABLE = "\u00a0"
FINE = "\u202f"
FUSEAU = ZoneInfo("Europe/Paris")


def nombre(valeur: int | float, decimales: int = 0) -> str:
    """`1284` → « 1 284 » (espace fine insécable), `12.35` à une décimale → « 12,4 »."""
    quantum = Decimal(1).scaleb(-decimales)
    arrondi = Decimal(repr(valeur)).quantize(quantum, rounding=ROUND_HALF_EVEN)
    motif = "#,##0" + ("." + "0" * decimales if decimales else "")
    return str(format_decimal(arrondi, format=motif, locale="fr_FR"))


def part(valeur: float | None, decimales: int = 1) -> str:
    """Fraction en pour-cent : `0.124` → « 12,4 % » ; None → « – »."""
    if valeur is None:
        return "–"
    return f"{nombre(float(Decimal(repr(valeur)) * 100), decimales)}{FINE}%"


def pluriel(n: int, singulier: str, plusieurs: str | None = None) -> str:
    """Compte accordé : 0 et 1 au singulier (« 0 apprenti », « 1 apprenti », « 2 apprentis »)."""
    mot = singulier if abs(n) < 2 else (plusieurs or singulier + "s")
    return f"{nombre(n)}{INSECABLE}{mot}"


def jour(valeur: date | datetime | None) -> str:
    """« 12 mars 2026 » (« 1er » pour le premier du mois) ; None → « – »."""
    if valeur is None:
        return "–"
    texte = str(format_date(valeur, format="d MMMM y", locale="fr_FR"))
    return "1er" + texte[1:] if texte.startswith("1 ") else texte


def moment(valeur: datetime | None) -> str:
    """« 12 mars 2026 à 14:32 », heure de Paris ; None → « – »."""
    if valeur is None:
        return "–"
    heure = format_datetime(valeur, "HH:mm", tzinfo=FUSEAU, locale="fr_FR")
    return f"{jour(valeur.astimezone(FUSEAU))} à {heure}"
