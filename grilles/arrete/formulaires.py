"""Les saisies d'un arrêté : l'instance devant laquelle une grille s'arrête, le motif d'une réouverture."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from charte.commun.saisies import lire_ligne
from grilles.arrete.services import MOTIF_EXIGE
from grilles.formulaires import Annee, TexteLibre

INSTANCE_MAXIMALE, MOTIF_MAXIMAL = 200, 2000


class FormulaireArrete(BaseModel):
    """Arrêter une grille. `instance` : « conseil de perfectionnement du 12 mars 2026 », ou rien."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    annee: Annee = None
    instance: Annotated[str, BeforeValidator(lire_ligne)] = ""

    @field_validator("instance")
    @classmethod
    def _instance_bornee(cls, valeur: str) -> str:
        return _borner(valeur, INSTANCE_MAXIMALE, "L’instance")


class FormulaireReouverture(BaseModel):
    """Rouvrir une grille arrêtée : pourquoi."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    motif: TexteLibre = ""

    @field_validator("motif")
    @classmethod
    def _motif_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError(MOTIF_EXIGE)
        return _borner(valeur, MOTIF_MAXIMAL, "Le motif")


def _borner(valeur: str, maximum: int, nom: str) -> str:
    if len(valeur) > maximum:
        raise ValueError(f"{nom} fait {len(valeur)} caractères ; {maximum} au plus. Votre texte est gardé ci-dessous.")
    return valeur
