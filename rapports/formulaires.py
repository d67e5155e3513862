"""Les saisies des pages du conseil."""

from datetime import date

from pydantic import BaseModel, ConfigDict, field_validator

from charte.commun.base import maintenant
from charte.commun.saisies import lire_jour
from charte.commun.typographie import FUSEAU, jour


class FormulaireDossier(BaseModel):
    """La date des données d'un dossier à éditer ; vide : celle du dernier fichier rangé."""

    model_config = ConfigDict(extra="ignore")

    au: date | None = None

    @field_validator("au", mode="before")
    @classmethod
    def _lue(cls, valeur: object) -> object:
        return lire_jour(valeur) if isinstance(valeur, str) else valeur

    @field_validator("au")
    @classmethod
    def _passee(cls, valeur: date | None) -> date | None:
        aujourd_hui = maintenant().astimezone(FUSEAU).date()
        if valeur is not None and valeur > aujourd_hui:
            raise ValueError(f"Le {jour(valeur)} n'est pas encore passé ; choisissez une date jusqu'à aujourd'hui.")
        return valeur
