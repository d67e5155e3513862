"""Les saisies des pages de comptes ; chaque erreur dit le champ et le remède."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from charte.acteur import Role
from charte.commun.saisies import lire_ligne

_COURRIEL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _courriel(brut: Any) -> str:
    lu = lire_ligne(brut).lower()
    if not lu:
        raise ValueError("Donnez le courriel de la personne.")
    if len(lu) > 254 or not _COURRIEL.fullmatch(lu):
        raise ValueError("Ce courriel ne se lit pas ; écrivez-le comme prenom.nom@exemple.fr, sans accent.")
    return lu


def _nom(brut: Any) -> str:
    lu = lire_ligne(brut)
    if not lu:
        raise ValueError("Donnez le nom de la personne, tel qu’on le lira dans l’outil et au journal.")
    if len(lu) > 200:
        raise ValueError(f"Ce nom fait {len(lu)} caractères ; 200 suffisent.")
    return lu


def _role(brut: Any) -> Role:
    if str(brut) not in {role.value for role in Role}:
        raise ValueError("Choisissez un rôle dans la liste.")
    return Role(str(brut))


class FormulaireMandat(BaseModel):
    """Un rôle et le code de ce qu'il couvre."""

    role: Annotated[Role, BeforeValidator(_role)]
    portee: Annotated[str, BeforeValidator(lire_ligne), Field(max_length=40)] = ""


class FormulaireInvitation(FormulaireMandat):
    """Une personne à inviter."""

    courriel: Annotated[str, BeforeValidator(_courriel)]
    nom: Annotated[str, BeforeValidator(_nom)]
