"""Les saisies d'une publication. Chaque refus dit le champ et le remède."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from charte.commun.saisies import lire_ligne


def _texte(brut: Any) -> str:
    return brut.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip() if isinstance(brut, str) else ""


Ligne = Annotated[str, BeforeValidator(lire_ligne)]
Texte = Annotated[str, BeforeValidator(_texte)]


class _Saisie(BaseModel):
    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


class FormulairePublication(_Saisie):
    """Publier ce qu'on a sous les yeux (`marque`) ; `correction` : ce que cette version corrige, phrase publique."""

    marque: Ligne = ""
    correction: Texte = ""

    @field_validator("marque")
    @classmethod
    def _marque_bornee(cls, valeur: str) -> str:
        return valeur[:64]

    @field_validator("correction")
    @classmethod
    def _correction_bornee(cls, valeur: str) -> str:
        return _borner(valeur)


class FormulaireRetrait(_Saisie):
    """Retirer un tableau, et pourquoi."""

    motif: Texte = ""

    @field_validator("motif")
    @classmethod
    def _motif_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites en une phrase pourquoi le tableau se retire.")
        return _borner(valeur)


def _borner(valeur: str) -> str:
    if len(valeur) > 2000:
        raise ValueError(f"Ce texte fait {len(valeur)} caractères ; 2000 au plus. Il est gardé ci-dessous.")
    return valeur
