"""Les décisions prises devant l'aperçu d'un classeur."""

from collections.abc import Mapping
from typing import Any

from grilles.classeur.services import GARDER_LA_GRILLE, PRENDRE_LE_FICHIER, Decisions

CHOIX, VUE, VIDER = "choix-", "vue-", "vider-"


def lire_les_decisions(brut: Mapping[str, Any]) -> Decisions:
    """Les choix d'un envoi ; une valeur inconnue ne tranche rien."""
    choix = {e: v for e, v in _champs(brut, CHOIX).items() if v in (GARDER_LA_GRILLE, PRENDRE_LE_FICHIER)}
    vues = {e: int(v) for e, v in _champs(brut, VUE).items() if v.isascii() and v.isdecimal() and len(v) < 10}
    return Decisions(choix, vues, frozenset(e for e, v in _champs(brut, VIDER).items() if v == "oui"))


def _champs(brut: Mapping[str, Any], debut: str) -> dict[str, str]:
    return {nom.removeprefix(debut): str(valeur) for nom, valeur in brut.items() if nom.startswith(debut)}
