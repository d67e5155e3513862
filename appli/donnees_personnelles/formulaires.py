"""Les saisies de la page « Une personne » : ce que l'établissement sait d'elle, et les confirmations."""

import re
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from charte.commun.saisies import lire_jour, lire_ligne
from indicateurs.imports.valeurs import lire_ine
from indicateurs.rgpd.critere import Critere

_NUMERO_MAXIMAL = 2**63 - 1


class FormulairePersonne(BaseModel):
    """Un INE, ou nom, prénom et naissance, ou un numéro interne."""

    model_config = ConfigDict(extra="ignore")

    ine: str | None = None
    numero: int | None = None
    naissance: date | None = None
    nom: str = Field(default="", max_length=200)
    prenom: str = Field(default="", max_length=200)

    @field_validator("nom", "prenom", mode="before")
    @classmethod
    def _texte(cls, brut: Any) -> str:
        return lire_ligne(brut)

    @field_validator("ine", mode="before")
    @classmethod
    def _ine(cls, brut: Any) -> str | None:
        texte = lire_ligne(brut).replace(" ", "")
        if not texte:
            return None
        lu = lire_ine(texte)
        if lu.faute is not None:
            raise ValueError(f"{lu.faute.message} Recopiez-le, ou cherchez par le nom et la date de naissance.")
        return str(lu.valeur)

    @field_validator("numero", mode="before")
    @classmethod
    def _numero(cls, brut: Any) -> int | None:
        texte = lire_ligne(brut)
        if not texte:
            return None
        if _numero_lisible(texte) is None:
            raise ValueError("Le numéro interne ne compte que des chiffres ; il est sur l'extraction de la personne.")
        return int(texte)

    @field_validator("naissance", mode="before")
    @classmethod
    def _naissance(cls, brut: Any) -> date | None:
        return lire_jour(brut)

    @model_validator(mode="after")
    def _assez(self) -> "FormulairePersonne":
        if self.ine is None and self.numero is None and not (self.nom and self.prenom and self.naissance):
            raise ValueError("Donnez un INE, ou le nom, le prénom et la date de naissance, ou le numéro interne.")
        return self

    @property
    def critere(self) -> Critere:
        """Ce qu'il faut chercher."""
        return Critere(self.ine, self.nom or None, self.prenom or None, self.naissance, self.numero)


def _numero_lisible(texte: Any) -> int | None:
    # La longueur d'abord : convertir des milliers de chiffres est refusé par Python.
    if not isinstance(texte, str) or not re.fullmatch(r"[0-9]{1,19}", texte):
        return None
    return int(texte) if int(texte) <= _NUMERO_MAXIMAL else None


def lire_numero(saisies: dict[str, Any], champ: str = "apprenti") -> int:
    """Le numéro porté par un champ caché ; 0 (que rien ne porte) s'il est illisible."""
    return _numero_lisible(saisies.get(champ)) or 0


def lire_choix(saisies: dict[str, Any], champ: str) -> list[int]:
    """Les numéros cochés d'un groupe de cases (une seule valeur, ou une liste)."""
    brut = saisies.get(champ)
    return [lire_numero({champ: valeur}, champ) for valeur in (brut if isinstance(brut, list) else [brut])]
