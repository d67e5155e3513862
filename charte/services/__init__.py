"""Les services de la charte et de ses parties prenantes, par sujet."""

from charte.services.comparaison import voir_comparaison
from charte.services.parties import (
    ACompleter,
    compter_a_completer,
    lire_cfa,
    lire_composante,
    lire_convention,
    lire_etablissement,
    lire_formation,
    lire_parties,
    lister_composantes,
)
from charte.services.portee import cfas_atteints, composantes_atteintes, formations_atteintes, situer
from charte.services.saisie_parties import (
    SaisieRefusee,
    ajouter_composante,
    ajouter_convention,
    modifier_cfa,
    modifier_convention,
    modifier_etablissement,
    modifier_formation,
    renommer_composante,
)
from charte.services.texte import voir_charte

__all__ = [
    "ACompleter",
    "SaisieRefusee",
    "ajouter_composante",
    "ajouter_convention",
    "cfas_atteints",
    "composantes_atteintes",
    "compter_a_completer",
    "formations_atteintes",
    "lire_cfa",
    "lire_composante",
    "lire_convention",
    "lire_etablissement",
    "lire_formation",
    "lire_parties",
    "lister_composantes",
    "modifier_cfa",
    "modifier_convention",
    "modifier_etablissement",
    "modifier_formation",
    "renommer_composante",
    "situer",
    "voir_charte",
    "voir_comparaison",
]
