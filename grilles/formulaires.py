"""Les saisies d'une grille : une réponse, une preuve. Chaque refus dit le champ et le remède."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from charte.acteur import Partie
from charte.commun.saisies import lire_jour

COMMENTAIRE_MAXIMAL = 5000
MOTIF_MAXIMAL = 2000
NUMERO_MAXIMAL = 10**18


def _texte(brut: Any) -> str:
    """Un texte saisi : fins de ligne ramenées à une seule forme, caractère nul ôté, bords nettoyés."""
    return str(brut or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


def _ou_rien(brut: Any) -> Any:
    return brut if str(brut or "").strip() else None


Etat = Annotated[str, Field(max_length=20)]
TexteLibre = Annotated[str, BeforeValidator(_texte)]
Annee = Annotated[Annotated[int, Field(ge=2000, le=2100)] | None, BeforeValidator(_ou_rien)]
Version = Annotated[int, BeforeValidator(lambda brut: brut or 0), Field(ge=0, le=2**31 - 1)]


class _Saisie(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    annee: Annee = None
    filtre: Literal["", "a_faire", "a_confirmer", "desaccords", "sans_preuve"] = ""
    partie: Partie = Partie.CONCERTEE


class FormulairePresence(BaseModel):
    """Une page ouverte qui se signale."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    annee: Annee = None
    poste: Annotated[Annotated[int, Field(ge=1, le=20)] | None, BeforeValidator(_ou_rien)] = None


class FormulaireReponse(_Saisie):
    """Une réponse. `resolution` : ce que l'auteur décide d'un conflit, devant la version `version_vue`."""

    etat: Annotated[Etat | None, BeforeValidator(_ou_rien)] = None
    motif: TexteLibre = ""
    commentaire: TexteLibre = ""
    version: Version = 0
    resolution: Literal["", "mien", "sien", "fusion"] = ""
    version_vue: Version = 0
    commentaire_fusion: TexteLibre = ""

    @field_validator("motif")
    @classmethod
    def _motif_borne(cls, valeur: str) -> str:
        return _borner(valeur, MOTIF_MAXIMAL, "Le motif")

    @field_validator("commentaire", "commentaire_fusion")
    @classmethod
    def _commentaire_borne(cls, valeur: str) -> str:
        return _borner(valeur, COMMENTAIRE_MAXIMAL, "Le commentaire")


class FormulairePreuve(_Saisie):
    """Une preuve à citer : un lien nouveau, ou `preuve`, le numéro d'une preuve que la grille cite déjà."""

    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    preuve: Annotated[Annotated[int, Field(ge=1, le=NUMERO_MAXIMAL)] | None, BeforeValidator(_ou_rien)] = None
    titre: TexteLibre = ""
    adresse: TexteLibre = ""
    date_effet: Annotated[date | None, BeforeValidator(lire_jour)] = None

    @field_validator("titre")
    @classmethod
    def _titre_donne(cls, valeur: str, info: ValidationInfo) -> str:
        if info.data.get("preuve"):
            return ""
        if not valeur:
            raise ValueError("Donnez un titre à la preuve : c'est ce que liront le conseil et les auditeurs.")
        return _borner(" ".join(valeur.split()), 200, "Le titre")

    @field_validator("adresse")
    @classmethod
    def _adresse_du_web(cls, valeur: str, info: ValidationInfo) -> str:
        return "" if info.data.get("preuve") else verifier_adresse(valeur)


def verifier_adresse(valeur: str) -> str:
    """L'adresse, si c'est celle d'une page web ; lève `ValueError` en disant le remède."""
    if not valeur:
        raise ValueError("Collez l'adresse du document, par exemple https://intranet.exemple.fr/livret.pdf.")
    try:
        lue = urlsplit(valeur)
        identifiants = "@" in lue.netloc
        hote = lue.hostname or ""
    except ValueError:
        lue, hote, identifiants = urlsplit(""), "", False
    if lue.scheme not in ("http", "https") or not hote or any(c.isspace() or not c.isprintable() for c in valeur):
        raise ValueError(
            f"« {valeur[:80]} » n'est pas une adresse de page web ; elle doit commencer par https:// ou http://."
        )
    if identifiants:
        raise ValueError("L'adresse contient un identifiant ou un mot de passe ; retirez ce qui précède « @ ».")
    return _borner(valeur, 1000, "L'adresse")


def _borner(valeur: str, maximum: int, nom: str) -> str:
    if len(valeur) > maximum:
        raise ValueError(f"{nom} fait {len(valeur)} caractères ; {maximum} au plus. Votre texte est gardé ci-dessous.")
    return valeur
