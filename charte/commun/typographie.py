"""Écrire à la française : nombres, parts, dates, pluriels, espaces. Arrondi à l'affichage seulement, demi au pair."""

import re
from collections.abc import Iterator
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
# Une page en a peu : des motifs qui commencent par un signe fixe les trouvent cinq fois plus vite qu'un motif commun.
_SIGNE_DOUBLE = re.compile(r" [;!?%:»]")
_GUILLEMET = re.compile(r"« ")
_APOSTROPHES = (re.compile(r"'(?<=\w')(?=\w)"), re.compile(r"&#39;(?<=\w&#39;)(?=\w)"))
_TEL_QUEL = re.compile(r"<(textarea|script|style|code|pre)\b.*?</\1\s*>", re.DOTALL)
"""Ce qui se recopie sans y toucher : une saisie, du code."""


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
    morceaux: list[str] = []
    debut = 0
    gardes = _TEL_QUEL.finditer(html)
    garde = next(gardes, None)
    for ou, _, fin, signe in sorted(_a_composer(html)):
        while garde is not None and garde.end() <= ou:
            garde = next(gardes, None)
        if ou < debut or _dans_une_balise(html, ou) or (garde is not None and garde.start() <= ou):
            continue
        morceaux += (html[debut:ou], signe)
        debut = fin
    return "".join((*morceaux, html[debut:]))


def _dans_une_balise(html: str, ou: int) -> bool:
    return html.rfind("<", 0, ou) > html.rfind(">", 0, ou) and html.find(">", ou) >= 0


def _a_composer(html: str) -> Iterator[tuple[int, int, int, str]]:
    """(début, rang, fin, remplacement) de chaque signe ; au même endroit, le premier rang l'emporte."""
    for trouve in _SIGNE_DOUBLE.finditer(html):
        yield trouve.start(), 0, trouve.start() + 1, INSECABLE if trouve[0][1] in ":»" else FINE
    for trouve in _GUILLEMET.finditer(html):
        yield trouve.start() + 1, 1, trouve.end(), INSECABLE
    for motif in _APOSTROPHES:
        for trouve in motif.finditer(html):
            yield trouve.start(), 0, trouve.end(), "’"
