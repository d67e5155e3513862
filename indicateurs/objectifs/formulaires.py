"""Les saisies d'un objectif. Chaque refus dit le champ et le remède ; ce qui peut être visé est dans les règles."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from charte.commun.formulaire import Jour, Ligne, Saisie, Texte, borner
from charte.commun.saisies import lire_ligne
from charte.commun.typographie import FUSEAU
from indicateurs.objectifs.regles import annee_de

RANGS = (1, 2, 3, 4, 5)
"""Cinq jalons au plus : un par an jusqu'à l'échéance suffit."""
_NOMBRE = re.compile(r"(\d{1,7})(?:[.,](\d{1,4}))?\s*%?")
_ESPACES = str.maketrans("", "", " \u00a0\u202f")


def _nombre(brut: Any) -> float | None:
    texte = lire_ligne(brut).translate(_ESPACES)
    if not texte:
        return None
    trouve = _NOMBRE.fullmatch(texte)
    if trouve is None:
        raise ValueError(f"« {texte[:40]} » n'est pas un nombre ; écrivez par exemple 12 ou 12,5.")
    return float(f"{trouve[1]}.{trouve[2] or 0}")


def _annee(brut: Any) -> int | None:
    texte = lire_ligne(brut)
    if not texte:
        return None
    lue = annee_de(texte)
    if lue is None or not 2000 <= lue <= 2100:
        raise ValueError(f"« {texte[:40]} » n'est pas une année ; écrivez celle de la rentrée, par exemple 2026.")
    return lue


def _borne(maximum: int, nom: str) -> Callable[[str], str]:
    def controler(valeur: str) -> str:
        return borner(valeur, maximum, nom)

    return controler


Nombre = Annotated[float | None, BeforeValidator(_nombre)]
Annee = Annotated[int | None, BeforeValidator(_annee)]
Version = Annotated[int, BeforeValidator(lambda brut: brut or 0), Field(ge=0, le=2**31 - 1)]


class FormulaireObjectif(Saisie):
    """Un objectif à convenir ou à réviser ; les valeurs telles qu'elles se lisent (« 12,5 » pour 12,5 %)."""

    perimetre: Ligne = ""
    indicateur: Ligne = ""
    reference_periode: Ligne = ""
    reference_valeur: Nombre = None
    cible: Nombre = None
    echeance: Jour = None
    annee_1: Annee = None
    palier_1: Nombre = None
    annee_2: Annee = None
    palier_2: Nombre = None
    annee_3: Annee = None
    palier_3: Nombre = None
    annee_4: Annee = None
    palier_4: Nombre = None
    annee_5: Annee = None
    palier_5: Nombre = None
    convenu_par: Ligne = ""
    convenu_le: Jour = None
    instance: Ligne = ""
    motif: Texte = ""
    version: Version = 0

    _perimetre_borne = field_validator("perimetre")(_borne(60, "Le périmètre"))
    _indicateur_borne = field_validator("indicateur")(_borne(60, "La clé de l'indicateur"))
    _periode_bornee = field_validator("reference_periode")(_borne(20, "L'année de référence"))
    _instance_bornee = field_validator("instance")(_borne(200, "Le nom de l'instance"))
    _motif_borne = field_validator("motif")(_borne(2000, "La raison"))

    @field_validator("cible")
    @classmethod
    def _cible_donnee(cls, valeur: float | None) -> float | None:
        if valeur is None:
            raise ValueError("Donnez la valeur à atteindre, par exemple 8 ou 8,5.")
        return valeur

    @field_validator("echeance")
    @classmethod
    def _echeance_donnee(cls, valeur: date | None) -> date | None:
        if valeur is None:
            raise ValueError("Donnez l'échéance, par exemple 31/08/2028.")
        return valeur

    @field_validator("convenu_par")
    @classmethod
    def _accord_dit(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites qui l'a convenu, par sa fonction : « l'établissement et le CFA ». Jamais un nom.")
        return _borne(200, "« Qui l'a convenu »")(valeur)

    @field_validator("convenu_le")
    @classmethod
    def _accord_passe(cls, valeur: date | None) -> date | None:
        if valeur is None:
            raise ValueError("Donnez le jour de l'accord, par exemple 12/03/2026.")
        if valeur > datetime.now(FUSEAU).date():
            raise ValueError("Ce jour n'est pas encore venu : notez l'accord quand il est donné.")
        return valeur

    def jalons(self) -> tuple[tuple[int, int | None, float | None], ...]:
        """(rang, année, valeur) des jalons dont l'une ou l'autre est donnée."""
        dits = ((rang, getattr(self, f"annee_{rang}"), getattr(self, f"palier_{rang}")) for rang in RANGS)
        return tuple(dit for dit in dits if dit[2] is not None)


class FormulaireRetrait(Saisie):
    """Un objectif à retirer, et pourquoi."""

    motif: Texte = ""
    version: Version = 0

    _motif_borne = field_validator("motif")(_borne(2000, "La raison"))
