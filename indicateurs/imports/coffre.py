"""Le coffre des fichiers déposés : ils portent des noms et n'y restent que jusqu'à leur purge."""

from dataclasses import dataclass

from charte.commun import coffre
from charte.commun.coffre import EXTENSION, PieceIllisible, empreinte_fichier
from charte.commun.reglages import Reglages

__all__ = ["EXTENSION", "Coffre", "PieceIllisible", "empreinte_fichier"]


@dataclass(frozen=True)
class Coffre(coffre.Coffre):
    """Le coffre des dépôts. `identites` : les clés d'identité (courante, puis ancienne), sous lesquelles un diagnostic
    gardé doit se lire ; vide : tel quel.
    """

    identites: tuple[bytes, ...] = ()

    @classmethod
    def de(cls, reglages: Reglages) -> "Coffre":
        """Coffre des dépôts d'une installation."""
        return cls(
            reglages.dossier_depots, reglages.cle_fichiers, reglages.cle_fichiers_ancienne, reglages.cles_identite
        )
