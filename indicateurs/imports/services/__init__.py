"""Les services du dépôt de données : déposer, prévisualiser, confirmer, abandonner, purger."""

from indicateurs.imports.services.accord import LectureChangee, empreinte_de_lecture, exiger_la_meme_lecture
from indicateurs.imports.services.bilan import Apercu, Bilan
from indicateurs.imports.services.confirmation import confirmer, previsualiser, ranger_fichier
from indicateurs.imports.services.depots import (
    A_PRECISER,
    DepotFerme,
    DepotVu,
    Examen,
    FichierDepose,
    Lecture,
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
    preciser_la_lecture,
    purger,
)

__all__ = [
    "A_PRECISER",
    "Apercu",
    "Bilan",
    "DepotFerme",
    "DepotVu",
    "Examen",
    "FichierDepose",
    "Lecture",
    "LectureChangee",
    "abandonner",
    "confirmer",
    "deposer",
    "diagnostic_du_depot",
    "empreinte_de_lecture",
    "enregistrer_examen",
    "examiner",
    "exiger_la_meme_lecture",
    "fichier_du_depot",
    "lire_depot",
    "lister_depots",
    "noter_la_reprise",
    "noter_travail",
    "preciser_la_lecture",
    "previsualiser",
    "purger",
    "ranger_fichier",
]
