"""Écrire à la française : nombres, parts, dates, pluriels, espaces. Arrondi à l'affichage seulement, demi au pair."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

INSECABLE = "\u00a0"
FINE = "\u202f"
FUSEAU = ZoneInfo("Europe/Paris")
_AVANT_HAUTE = re.compile(r" (?=[;!?%])")
_AVANT_DOUBLE = re.compile(r" (?=[:»])")
_APRES_GUILLEMET = re.compile(r"(?<=«) ")
_APOSTROPHE = re.compile(r"(?<=\w)(?:'|&#39;)(?=\w)")
# Ce qui se recopie tel quel (une saisie, du code) ou n'est pas du texte (une balise) ; puis le texte.
_MORCEAU_DE_PAGE = re.compile(r"<(textarea|script|style|code|pre)\b.*?</\1\s*>|<[^>]*>|[^<]+", re.DOTALL)


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


def espacer(texte: str) -> str:
    """Espaces insécables devant « : ; ? ! % » et dans les guillemets : un signe ne commence jamais une ligne."""
    texte = _AVANT_HAUTE.sub(FINE, texte)
    texte = _AVANT_DOUBLE.sub(INSECABLE, texte)
    return _APRES_GUILLEMET.sub(INSECABLE, texte)


def composer_une_page(html: str) -> str:
    """Le même HTML, texte composé à la française : espaces insécables, apostrophes ; balises et saisies intactes."""
    return _MORCEAU_DE_PAGE.sub(_composer_un_morceau, html)


def _composer_un_morceau(trouve: re.Match[str]) -> str:
    morceau = trouve[0]
    return morceau if morceau.startswith("<") else _APOSTROPHE.sub("’", espacer(morceau))
