"""Les saisies des parties prenantes : établissement, CFA, convention, composante, formation."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator

from charte.commun.saisies import lire_jour, lire_ligne
from charte.identifiants import exiger_siret, exiger_uai
from charte.regles import CODE_MAXIMAL
from charte.vues import NATURES, NIVEAUX

_CODE = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")


def _oui_ou_non(brut: Any) -> bool:
    reponses = {"oui": True, "non": False}
    if (texte := lire_ligne(brut)) not in reponses:
        raise ValueError("Dites si ce CFA est interne à l'établissement ou partenaire.")
    return reponses[texte]


def _niveau(brut: Any) -> int | None:
    texte = lire_ligne(brut)
    if texte and texte not in {str(niveau) for niveau, _ in NIVEAUX}:
        raise ValueError(f"« {texte[:40]} » n'est pas un niveau ; choisissez-en un de 3 à 8.")
    return int(texte) if texte else None


def _identifiant(brut: Any) -> int | None:
    texte = lire_ligne(brut)
    if texte and not re.fullmatch(r"[0-9]{1,18}", texte):
        raise ValueError("Choisissez une composante de la liste.")
    return int(texte) if texte else None


Texte = Annotated[str, BeforeValidator(lire_ligne)]


class _Saisie(BaseModel):
    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


class _SaisieAvecSiret(_Saisie):
    nom: Texte = ""
    siret: Texte = ""

    @field_validator("nom")
    @classmethod
    def _nom_donne(cls, valeur: str) -> str:
        return _exiger(valeur, "Donnez un nom : c'est lui que liront les pages et le conseil.")

    @field_validator("siret")
    @classmethod
    def _siret_juste(cls, valeur: str) -> str:
        return exiger_siret(valeur) if valeur else ""


class FormulaireEtablissement(_SaisieAvecSiret):
    """L'établissement de l'acteur."""

    uai: Texte = ""
    ville: Texte = ""

    @field_validator("uai")
    @classmethod
    def _uai_juste(cls, valeur: str) -> str:
        return exiger_uai(valeur) if valeur else ""

    @field_validator("ville")
    @classmethod
    def _ville_bornee(cls, valeur: str) -> str:
        return _borner(valeur, 120)


class FormulaireCfa(_SaisieAvecSiret):
    """Un CFA : son nom, et s'il est interne à l'établissement."""

    interne: Annotated[bool | None, BeforeValidator(_oui_ou_non)] = None


class FormulaireConvention(_Saisie):
    """Ce qui lie un CFA à l'établissement, et quand."""

    nature: Texte = ""
    reference_document: Texte = ""
    date_debut: Annotated[date | None, BeforeValidator(lire_jour)] = None
    date_fin: Annotated[date | None, BeforeValidator(lire_jour)] = None

    @field_validator("nature")
    @classmethod
    def _nature_connue(cls, valeur: str) -> str:
        if valeur not in NATURES:
            raise ValueError("Choisissez une convention ou un document interne.")
        return valeur

    @field_validator("reference_document")
    @classmethod
    def _reference_bornee(cls, valeur: str) -> str:
        return _borner(valeur, 200)

    @field_validator("date_debut")
    @classmethod
    def _debut_donne(cls, valeur: date | None) -> date:
        if valeur is None:
            raise ValueError("Donnez la date de début : elle dit depuis quand ce texte s'applique.")
        return valeur

    @field_validator("date_fin")
    @classmethod
    def _fin_apres_le_debut(cls, valeur: date | None, info: ValidationInfo) -> date | None:
        debut = info.data.get("date_debut")
        if valeur and debut and valeur < debut:
            raise ValueError(
                f"La fin ({valeur:%d/%m/%Y}) précède le début ({debut:%d/%m/%Y}) ; corrigez l'une des deux, "
                "ou laissez la fin vide si le texte court toujours."
            )
        return valeur


class FormulaireComposante(_Saisie):
    """Le nom d'une composante."""

    nom: Texte = ""

    @field_validator("nom")
    @classmethod
    def _nom_donne(cls, valeur: str) -> str:
        return _exiger(valeur, "Donnez un nom à la composante, par exemple « IUT de Valmont ».")


class FormulaireFormation(_Saisie):
    """Ce que l'établissement dit d'une formation ; codes nationaux et lieux viennent des fichiers."""

    libelle: Texte = ""
    code: Texte = ""
    niveau: Annotated[int | None, BeforeValidator(_niveau)] = None
    composante_id: Annotated[int | None, BeforeValidator(_identifiant)] = None

    @field_validator("libelle")
    @classmethod
    def _libelle_donne(cls, valeur: str) -> str:
        return _exiger(valeur, "Donnez le libellé du diplôme, par exemple « BUT Informatique ».")

    @field_validator("code")
    @classmethod
    def _code_simple(cls, valeur: str) -> str:
        _exiger(valeur, "Donnez un code court, par exemple « but-informatique ».", CODE_MAXIMAL)
        if not _CODE.fullmatch(valeur):
            raise ValueError(
                f"« {valeur} » : un code n'a que des lettres sans accent, des chiffres et, entre eux, des tirets, "
                "points ou soulignés, par exemple « but-informatique »."
            )
        return valeur


def _exiger(valeur: str, remede: str, maximum: int = 200) -> str:
    if not valeur:
        raise ValueError(remede)
    return _borner(valeur, maximum)


def _borner(valeur: str, maximum: int) -> str:
    if len(valeur) > maximum:
        raise ValueError(f"Ce texte fait {len(valeur)} caractères ; {maximum} au plus. Raccourcissez-le.")
    return valeur
