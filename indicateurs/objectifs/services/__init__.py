"""Lire, convenir, réviser et retirer des objectifs ; ce que les autres pages en demandent."""

from indicateurs.objectifs.services.lecture import objectifs_du_perimetre

__all__ = ["objectifs_du_perimetre"]
