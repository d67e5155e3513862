"""Les coffres des preuves : les fichiers, gardés tant qu'une preuve en répond, et les archives d'audit, d'un jour."""

from charte.commun.coffre import Coffre
from charte.commun.reglages import Reglages


def coffre_des_preuves(reglages: Reglages) -> Coffre:
    """Où sont les fichiers des preuves d'une installation."""
    return Coffre(reglages.dossier_preuves, reglages.cle_fichiers, reglages.cle_fichiers_ancienne)


def coffre_des_exports(reglages: Reglages) -> Coffre:
    """Où sont les archives d'audit d'une installation."""
    return Coffre(reglages.dossier_exports, reglages.cle_fichiers, reglages.cle_fichiers_ancienne)


def oublier_les_exports(reglages: Reglages, avant: float | None = None) -> int:
    """Efface les archives d'audit écrites avant cet instant (secondes), toutes sans instant ; rend leur nombre."""
    coffre = coffre_des_exports(reglages)
    echues = [nom for nom, ecrite in coffre.pieces().items() if avant is None or ecrite < avant]
    for nom in echues:
        coffre.oublier(nom)
    return len(echues)
