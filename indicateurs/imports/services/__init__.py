"""Les services du dépôt de données : déposer, prévisualiser, confirmer, abandonner, purger."""

from indicateurs.imports.services.bilan import Apercu, Bilan
from indicateurs.imports.services.confirmation import confirmer, previsualiser, ranger_fichier
from indicateurs.imports.services.depots import (
    DepotFerme,
    DepotVu,
    Examen,
    FichierDepose,
    abandonner,
    deposer,
    diagnostic_du_depot,
    enregistrer_examen,
    examiner,
    fichier_du_depot,
    lire_depot,
    lister_depots,
    noter_la_reprise,
    noter_travail,
    purger,
)

__all__ = [
    "Apercu",
    "Bilan",
    "DepotFerme",
    "DepotVu",
    "Examen",
    "FichierDepose",
    "abandonner",
    "confirmer",
    "deposer",
    "diagnostic_du_depot",
    "enregistrer_examen",
    "examiner",
    "fichier_du_depot",
    "lire_depot",
    "lister_depots",
    "noter_la_reprise",
    "noter_travail",
    "previsualiser",
    "purger",
    "ranger_fichier",
]
