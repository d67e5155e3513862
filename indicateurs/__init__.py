"""Des fichiers d'apprentis aux indicateurs : imports, parcours, définitions, mesures, secret.

`calculer`, `courbe`, `calculer_parcours`, `statuts_au` et `charger_definitions` sont accessibles ici ; ils ne chargent
pandas et polars qu'au premier emploi, pour que l'application démarre vite.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from indicateurs.courbes import courbe
    from indicateurs.definitions import charger_definitions
    from indicateurs.moteur import calculer
    from indicateurs.parcours import calculer_parcours, statuts_au

__all__ = ["calculer", "calculer_parcours", "charger_definitions", "courbe", "statuts_au"]

_MODULES = {
    "calculer": "indicateurs.moteur",
    "calculer_parcours": "indicateurs.parcours",
    "charger_definitions": "indicateurs.definitions",
    "courbe": "indicateurs.courbes",
    "statuts_au": "indicateurs.parcours",
}


def __getattr__(nom: str) -> Any:
    """Charge le module d'un nom public à son premier emploi."""
    if nom not in _MODULES:
        raise AttributeError(f"module 'indicateurs' has no attribute {nom!r}")
    return getattr(import_module(_MODULES[nom]), nom)
