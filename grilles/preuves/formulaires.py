"""Les saisies des preuves. Chaque refus dit le champ et le remède."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from charte.commun.saisies import lire_jour, lire_ligne
from grilles.formulaires import verifier_adresse
from grilles.preuves.regles import LIBELLES
from grilles.preuves.services.lecture import A_RENOUVELER

MOTS_MAXIMAUX = 200


def _liste(brut: Any) -> list[str]:
    """Les valeurs d'un champ répété : aucune, une, plusieurs."""
    valeurs = brut if isinstance(brut, list) else [brut]
    return [ligne for ligne in (lire_ligne(valeur) for valeur in valeurs) if ligne]


def _entier(brut: Any) -> int:
    texte = lire_ligne(brut)
    return int(texte) if texte.isascii() and texte.isdecimal() and len(texte) <= 18 else 0


def _version(brut: Any) -> int:
    if len(lire_ligne(brut)) > 18:
        raise ValueError("Cette page a été altérée : rouvrez-la, puis recommencez.")
    return _entier(brut)


def _coche(brut: Any) -> bool:
    texte = lire_ligne(brut)
    if texte not in ("", "oui", "non"):
        raise ValueError("Cochez la case pour partager la preuve, ou laissez-la vide.")
    return texte == "oui"


Texte = Annotated[str, BeforeValidator(lire_ligne)]
Jour = Annotated[date | None, BeforeValidator(lire_jour)]
Identifiant = Annotated[int, BeforeValidator(_entier)]


class _Saisie(BaseModel):
    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


def _borner(valeur: str, maximum: int, nom: str) -> str:
    if len(valeur) > maximum:
        raise ValueError(f"{nom} fait {len(valeur)} caractères ; {maximum} au plus. Votre texte est gardé ci-dessous.")
    return valeur


class FormulaireDePreuve(_Saisie):
    """Ce qu'on dit d'une preuve ; un lien est facultatif si l'on joint un fichier."""

    titre: Texte = ""
    adresse: Texte = ""
    date_effet: Jour = None
    date_fin: Jour = None
    proprietaire: Texte = ""
    partagee: Annotated[bool, BeforeValidator(_coche)] = False
    version: Annotated[int, BeforeValidator(_version)] = 0

    @field_validator("titre")
    @classmethod
    def _titre_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Donnez un titre à la preuve : c'est ce que liront le conseil et les auditeurs.")
        return _borner(valeur, 200, "Le titre")

    @field_validator("adresse")
    @classmethod
    def _adresse_du_web(cls, valeur: str) -> str:
        return verifier_adresse(valeur) if valeur else ""

    @field_validator("date_fin")
    @classmethod
    def _dates_dans_l_ordre(cls, valeur: date | None, infos: ValidationInfo) -> date | None:
        effet = infos.data.get("date_effet")
        if valeur is not None and effet is not None and valeur < effet:
            raise ValueError("La preuve finirait avant de prendre effet : vérifiez les deux dates.")
        return valeur

    @field_validator("proprietaire")
    @classmethod
    def _proprietaire_borne(cls, valeur: str) -> str:
        return _borner(valeur, 120, "Qui la tient à jour")


class FormulaireDeCitation(_Saisie):
    """Une preuve existante à citer."""

    preuve: Identifiant = 0
    element: Texte = ""
    emplacement: Texte = ""

    @field_validator("preuve")
    @classmethod
    def _preuve_choisie(cls, valeur: int) -> int:
        if not valeur:
            raise ValueError("Choisissez une preuve de la liste.")
        return valeur

    @field_validator("element")
    @classmethod
    def _element_choisi(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Choisissez l'élément de la charte que la preuve appuie.")
        return _borner(valeur, 20, "L'élément")

    @field_validator("emplacement")
    @classmethod
    def _emplacement_borne(cls, valeur: str) -> str:
        return _borner(valeur, 200, "L'emplacement")


class FormulaireDeRattachement(_Saisie):
    """Une ligne d'un référentiel, « qualiopi/2026/20 », à laquelle rattacher une preuve."""

    ligne: Texte = ""
    emplacement: Texte = ""

    @field_validator("ligne")
    @classmethod
    def _ligne_choisie(cls, valeur: str) -> str:
        if valeur.count("/") != 2:
            raise ValueError("Choisissez une ligne de la liste.")
        return _borner(valeur, 100, "La ligne")

    @field_validator("emplacement")
    @classmethod
    def _emplacement_borne(cls, valeur: str) -> str:
        return _borner(valeur, 200, "L'emplacement")


class FormulaireDeDecision(_Saisie):
    """Ce qu'on décide des correspondances cochées d'une ligne."""

    referentiel: Annotated[Texte, Field(max_length=20)] = ""
    edition: Annotated[Texte, Field(max_length=20)] = ""
    reference: Annotated[Texte, Field(max_length=60)] = ""
    portee: Annotated[Texte, Field(max_length=40)] = ""
    filtre: Annotated[Texte, Field(max_length=20)] = ""
    decision: Annotated[Texte, Field(max_length=20)] = ""
    elements: Annotated[list[str], BeforeValidator(_liste), Field(max_length=100)] = []

    @field_validator("decision")
    @classmethod
    def _decision_connue(cls, valeur: str) -> str:
        if valeur not in ("confirmee", "ecartee", "proposition"):
            raise ValueError("Dites ce que vous décidez : confirmer, écarter, ou revenir à la proposition.")
        return valeur

    @field_validator("elements")
    @classmethod
    def _au_moins_un(cls, valeur: list[str]) -> list[str]:
        if not valeur:
            raise ValueError("Cochez au moins une correspondance.")
        return [_borner(element, 20, "L'élément") for element in valeur]


class FormulaireDAudit(_Saisie):
    """L'audit à emporter."""

    referentiel: Annotated[Texte, Field(max_length=20)] = ""
    edition: Annotated[Texte, Field(max_length=20)] = ""
    portee: Annotated[Texte, Field(max_length=40)] = ""


class FormulaireDeRecherche(_Saisie):
    """Ce qu'on cherche dans la bibliothèque ; une valeur inconnue ne restreint rien."""

    mots: Annotated[Texte, BeforeValidator(lambda brut: lire_ligne(brut)[:MOTS_MAXIMAUX])] = ""
    validite: Texte = ""
    proprietaire: Annotated[Texte, BeforeValidator(lambda brut: lire_ligne(brut)[:120])] = ""
    formation: Identifiant = 0
    page: Identifiant = 1

    @field_validator("validite")
    @classmethod
    def _validite_connue(cls, valeur: str) -> str:
        return valeur if valeur in LIBELLES or valeur == A_RENOUVELER else ""
