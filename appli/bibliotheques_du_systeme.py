"""Les bibliothèques du système que WeasyPrint appelle (Pango et les siennes), cherchées sans importer WeasyPrint."""

import ctypes
import ctypes.util
import sys

BIBLIOTHEQUES = {
    "libgobject-2.0.so.0": "gobject-2.0",
    "libpango-1.0.so.0": "pango-1.0",
    "libpangoft2-1.0.so.0": "pangoft2-1.0",
    "libharfbuzz.so.0": "harfbuzz",
    "libharfbuzz-subset.so.0": "harfbuzz-subset",
    "libfontconfig.so.1": "fontconfig",
}
"""Nom exact sous Linux, et nom court que `find_library` sait retrouver ailleurs (macOS)."""


def bibliotheques_manquantes() -> list[str]:
    """Les noms courts de celles que le système ne sait pas charger ; une liste vide si les PDF sont possibles."""
    return [court for exact, court in BIBLIOTHEQUES.items() if not _se_charge(exact, court)]


def _se_charge(exact: str, court: str) -> bool:
    for nom in (exact, ctypes.util.find_library(court) if sys.platform == "darwin" else None):
        if nom is None:
            continue
        try:
            ctypes.CDLL(nom)
        except OSError:
            continue
        return True
    return False


if __name__ == "__main__":
    sys.exit(1 if bibliotheques_manquantes() else 0)
