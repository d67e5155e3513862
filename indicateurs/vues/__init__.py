"""Des mesures aux valeurs que les pages montrent : cartes, tableaux, figures. Pur : ni page, ni base."""

from indicateurs.vues.cartes import STATUTS

__all__ = ["STATUTS"]
