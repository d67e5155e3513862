"""L'échelle de l'outil : les états possibles d'un engagement, d'une exigence, d'une action.

La charte n'en fixe aucune ; celle-ci est donnée et étiquetée comme nôtre dans `donnees/echelle.yaml`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele
from charte.edition import Genre

FICHIER = Path(__file__).parent / "donnees" / "echelle.yaml"
EVALUES = (Genre.ENGAGEMENT, Genre.EXIGENCE, Genre.ACTION, Genre.SOUS_ACTION)
"""Les genres d'éléments de la charte qu'une grille évalue."""


class Etat(DonneeGelee):
    """Un état de l'échelle. `satisfait` : compte pour le niveau. `rang` : None si l'état ne se compare pas."""

    cle: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    libelle: Annotated[str, Field(min_length=1)]
    aide: Annotated[str, Field(min_length=1)]
    ton: Literal["tenu", "partie", "manque", "neutre"]
    satisfait: bool
    rang: int | None = None
    motif_exige: bool = False


class Echelle(DonneeGelee):
    """Les deux échelles, avec l'avertissement qui les accompagne partout."""

    version: str
    titre: str
    avertissement: str
    engagements: tuple[Etat, ...]
    actions: tuple[Etat, ...]

    @model_validator(mode="after")
    def _cles_uniques(self) -> "Echelle":
        cles = [etat.cle for etat in (*self.engagements, *self.actions)]
        if len(set(cles)) != len(cles):
            raise ValueError("chaque état doit avoir sa propre clé")
        return self

    def etats(self, genre: Genre) -> tuple[Etat, ...]:
        """Les états que peut prendre un élément de ce genre ; lève `KeyError` si une grille ne l'évalue pas."""
        if genre not in EVALUES:
            raise KeyError(f"une grille n'évalue pas : {genre}")
        return self.engagements if genre in (Genre.ENGAGEMENT, Genre.EXIGENCE) else self.actions

    def etat(self, cle: str) -> Etat:
        """L'état de cette clé ; lève `KeyError` s'il n'existe pas."""
        for etat in (*self.engagements, *self.actions):
            if etat.cle == cle:
                return etat
        raise KeyError(f"l'échelle n'a pas d'état « {cle} »")


@lru_cache(maxsize=1)
def charger_echelle() -> Echelle:
    """L'échelle livrée, lue une fois par processus ; lève `DonneesInvalides` si son fichier est fautif."""
    return charger_modele(FICHIER, Echelle)
