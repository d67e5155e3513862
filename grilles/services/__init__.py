"""Les services des grilles : lire, saisir, citer des preuves."""

from grilles.services.lecture import annee_courante, lire_grille, niveaux, resume_pour_rapport
from grilles.services.preuves import CommandePreuve, ajouter_preuve, retirer_preuve
from grilles.services.saisie import (
    CommandeReponse,
    Conflit,
    GrilleFigee,
    SaisieRefusee,
    enregistrer_reponse,
    ouvrir_grille,
)

__all__ = [
    "CommandePreuve",
    "CommandeReponse",
    "Conflit",
    "GrilleFigee",
    "SaisieRefusee",
    "ajouter_preuve",
    "annee_courante",
    "enregistrer_reponse",
    "lire_grille",
    "niveaux",
    "ouvrir_grille",
    "resume_pour_rapport",
    "retirer_preuve",
]
