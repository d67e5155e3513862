"""Ce que les modèles de saisie partagent : leur base, une ligne, un texte, un jour, une longueur au plus."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from charte.commun.saisies import lire_jour, lire_ligne

__all__ = ["Jour", "Ligne", "Saisie", "Texte", "borner", "lire_texte"]


_CONTROLES = dict.fromkeys((n for n in (*range(32), *range(127, 160)) if chr(n) not in "\n\t"), "")
_FINS_DE_LIGNE = dict.fromkeys(map(ord, "\r\v\f\x85"), "\n")


def lire_texte(brut: Any) -> str:
    """Un texte de plusieurs lignes : toute fin de ligne en « \\n », contrôles ôtés, bords nettoyés ; sinon vide."""
    if not isinstance(brut, str):
        return ""
    return brut.replace("\r\n", "\n").translate(_CONTROLES | _FINS_DE_LIGNE).strip()


def borner(valeur: str, maximum: int, nom: str = "Ce texte") -> str:
    """Le texte ; lève `ValueError` (combien, au plus combien) s'il est trop long : il n'est jamais coupé."""
    if len(valeur) > maximum:
        raise ValueError(f"{nom} fait {len(valeur)} caractères ; {maximum} au plus. Il est gardé ci-dessous.")
    return valeur


Ligne = Annotated[str, BeforeValidator(lire_ligne)]
Texte = Annotated[str, BeforeValidator(lire_texte)]
Jour = Annotated[date | None, BeforeValidator(lire_jour)]


class Saisie(BaseModel):
    """Base d'un formulaire : gelé, les champs inconnus ignorés, les absents soumis aux mêmes règles que les vides."""

    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)
