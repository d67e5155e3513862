"""Les saisies de la revue annuelle. Chaque refus dit le champ et le remède."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from charte.commun.formulaire import Jour, Ligne, Saisie, Texte, borner
from charte.commun.saisies import lire_ligne
from indicateurs.revue.regles import AVIS, AVIS_LUS

PRENDRE = {"mien": "Garder le mien", "sien": "Garder l’autre", "deux": "Garder les deux, l’autre d’abord"}
MOTIF_EXIGE = "Dites en une phrase pourquoi la revue se rouvre."


def _entier(brut: Any) -> int | None:
    texte = lire_ligne(brut) if isinstance(brut, str) else str(brut or "")
    if texte and not re.fullmatch(r"[0-9]{1,18}", texte):
        raise ValueError("Choisissez dans la liste.")
    return int(texte) if texte else None


def _oui_non(brut: Any) -> bool | None:
    return {"oui": True, "non": False}.get(lire_ligne(brut))


Entier = Annotated[int | None, BeforeValidator(_entier)]
Reponse = Annotated[bool | None, BeforeValidator(_oui_non)]
Version = Annotated[int, BeforeValidator(lambda brut: _entier(brut) or 0), Field(ge=0, le=2**31 - 1)]


class FormulaireOuverture(Saisie):
    """Une revue à ouvrir. `cfa_id` vide : l'établissement entier."""

    annee: Entier = None
    cfa_id: Entier = None
    observee_le: Jour = None

    @field_validator("annee")
    @classmethod
    def _annee_plausible(cls, valeur: int | None) -> int:
        if valeur is None or not 2000 <= valeur <= 2100:
            raise ValueError("Donnez l’année de la revue en quatre chiffres, par exemple 2026.")
        return valeur

    @field_validator("observee_le")
    @classmethod
    def _jour_donne(cls, valeur: date | None) -> date:
        if valeur is None:
            raise ValueError("Donnez le jour où l’on observe, par exemple 15/10/2026.")
        return valeur


class FormulaireDonnees(Saisie):
    """Étape 1 : les données sont-elles complètes ?"""

    donnees_completes: Reponse = None
    note_donnees: Texte = ""
    version: Version = 0

    @field_validator("donnees_completes")
    @classmethod
    def _reponse_donnee(cls, valeur: bool | None) -> bool:
        return _exiger_une_reponse(valeur)

    @field_validator("note_donnees")
    @classmethod
    def _bornee(cls, valeur: str) -> str:
        return borner(valeur, 2000)


class FormulaireDefinitions(Saisie):
    """Étape 2 : les définitions sont-elles toujours justes ?"""

    definitions_justes: Reponse = None
    note_definitions: Texte = ""
    version: Version = 0

    @field_validator("definitions_justes")
    @classmethod
    def _reponse_donnee(cls, valeur: bool | None) -> bool:
        return _exiger_une_reponse(valeur)

    @field_validator("note_definitions")
    @classmethod
    def _bornee(cls, valeur: str) -> str:
        return borner(valeur, 2000)


def _exiger_une_reponse(valeur: bool | None) -> bool:
    if valeur is None:
        raise ValueError("Répondez par oui ou par non ; la note peut nuancer.")
    return valeur


class FormulaireNote(Saisie):
    """Étape 3 : ce qu'on dit d'un indicateur, et ce qu'on en fait."""

    avis_permis: ClassVar[Mapping[str, str]] = AVIS

    avis: Ligne = ""
    commentaire: Texte = ""
    version: Version = 0

    @field_validator("avis")
    @classmethod
    def _avis_connu(cls, valeur: str) -> str:
        if valeur not in cls.avis_permis:
            raise ValueError("Choisissez ce qu’on en fait : garder, revoir l’objectif, ou agir.")
        return valeur

    @field_validator("commentaire")
    @classmethod
    def _borne(cls, valeur: str) -> str:
        return borner(valeur, 5000)


class FormulaireNoteDeFamille(FormulaireNote):
    """Étape 3, famille par famille : la note d'un indicateur parmi d'autres ; sans réponse, il reste à voir.

    `avant` : l'empreinte de ce que la page montrait ; `prendre` : après un conflit, quel texte on garde.
    """

    avis_permis: ClassVar[Mapping[str, str]] = AVIS_LUS

    avant: Ligne = ""
    prendre: Ligne = "mien"

    @field_validator("avis", mode="before")
    @classmethod
    def _sans_reponse(cls, brut: Any) -> Any:
        return lire_ligne(brut) or "a_voir"

    @field_validator("avant")
    @classmethod
    def _avant_borne(cls, valeur: str) -> str:
        return valeur[:16]

    @field_validator("prendre")
    @classmethod
    def _choix_connu(cls, valeur: str) -> str:
        if valeur not in PRENDRE:
            raise ValueError("Dites quel texte garder : le vôtre, l’autre, ou les deux.")
        return valeur


class FormulaireDecision(Saisie):
    """Étape 4 : l'action à ouvrir. `formation_id` vide : pour tout l'établissement."""

    intitule: Ligne = ""
    porteur: Ligne = ""
    echeance: Jour = None
    formation_id: Entier = None

    @field_validator("intitule")
    @classmethod
    def _intitule_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites en une phrase ce qui sera fait.")
        return borner(valeur, 300)

    @field_validator("porteur")
    @classmethod
    def _porteur_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites quelle fonction porte l’action, par exemple « responsable pédagogique ».")
        return borner(valeur, 120)

    @field_validator("echeance")
    @classmethod
    def _echeance_donnee(cls, valeur: date | None) -> date:
        if valeur is None:
            raise ValueError("Donnez une échéance, par exemple 30/06/2027 : sans elle, rien ne rappelle l’action.")
        return valeur


class FormulaireArret(Saisie):
    """Étape 5 : ce que la revue retient."""

    conclusion: Texte = ""
    version: Version = 0

    @field_validator("conclusion")
    @classmethod
    def _bornee(cls, valeur: str) -> str:
        return borner(valeur, 5000)


class FormulaireReouverture(Saisie):
    """Rouvrir une revue arrêtée, et pourquoi."""

    motif: Texte = ""

    @field_validator("motif")
    @classmethod
    def _motif_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError(MOTIF_EXIGE)
        return borner(valeur, 2000)
