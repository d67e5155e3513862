"""Ce qu'une source ne peut pas nourrir, dit à qui la dépose : les indicateurs, par leur nom, puis la raison."""

import re
from collections.abc import Iterable

from indicateurs.definitions import charger_definitions
from indicateurs.sources.format import FormatSource

_HORIZON = re.compile(r"\bà (\d+) mois")


def limites(format_: FormatSource) -> tuple[str, ...]:
    """Une phrase par raison : « Obtention du diplôme, Échec au diplôme. SIFA se remplit avant les examens… »."""
    return tuple(f"{', '.join(_noms(non.indicateurs))}. {non.motif}" for non in format_.ne_nourrit_pas)


def _noms(cles: Iterable[str]) -> list[str]:
    """Les libellés ; ceux que seule l'échéance distingue ne font qu'un (« Insertion à 6, 12 et 18 mois »)."""
    definitions = charger_definitions()
    echeances: dict[str, list[str]] = {}
    for cle in cles:
        libelle = definitions[cle].libelle
        dite = _HORIZON.search(libelle)
        echeances.setdefault(_HORIZON.sub("à {} mois", libelle), []).extend([dite[1]] if dite else [])
    return [modele.replace("{}", _enumerer(mois)) for modele, mois in echeances.items()]


def _enumerer(mois: list[str]) -> str:
    return " et ".join(filter(None, (", ".join(mois[:-1]), *mois[-1:])))
