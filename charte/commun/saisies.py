"""Lire ce qui se tape dans un formulaire : une ligne de texte, un jour."""

from datetime import date, datetime
from typing import Any

ANNEES = range(1900, 2101)
"""Hors de là, c'est une faute de frappe (« 0205 » pour « 2025 »)."""


def lire_ligne(brut: Any) -> str:
    """Un texte d'une ligne : caractères de contrôle ôtés, espaces réduites à une, bords nettoyés ; sinon vide."""
    if not isinstance(brut, str):
        return ""
    return " ".join("".join(c for c in brut if c.isprintable() or c.isspace()).split())


def lire_jour(brut: Any) -> date | None:
    """Une date AAAA-MM-JJ (celle du navigateur) ou JJ/MM/AAAA ; vide : None. Lève `ValueError`, remède compris."""
    texte = lire_ligne(brut)
    if not texte:
        return None
    for forme in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            lu = datetime.strptime(texte, forme).date()  # noqa: DTZ007 (un jour, sans heure)
        except ValueError:
            continue
        if lu.year in ANNEES:
            return lu
    raise ValueError(f"« {texte[:40]} » n'est pas une date ; écrivez-la JJ/MM/AAAA, par exemple 12/03/2026.")
