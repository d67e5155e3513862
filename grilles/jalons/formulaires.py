"""Les saisies des jalons : en écrire un, noter une décision, citer une preuve, réviser. Chaque refus dit le remède.

Ce qu'une décision exige est dans les règles (`grilles.jalons.regles`) ; ici, on ne fait que lire ce qui est tapé.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from charte.commun.saisies import lire_jour, lire_ligne
from grilles.formulaires import verifier_adresse

CLE_MAXIMALE = 60
_NOMBRE = re.compile(r"(\d{1,7})(?:[.,](\d{1,4}))?\s*%?")
_ESPACES = str.maketrans("", "", " \u00a0\u202f")


def _texte(brut: Any) -> str:
    return str(brut or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


def _nombre(brut: Any) -> float | None:
    texte = lire_ligne(brut).translate(_ESPACES)
    if not texte:
        return None
    trouve = _NOMBRE.fullmatch(texte)
    if trouve is None:
        raise ValueError(f"« {texte[:40]} » n'est pas un nombre ; écrivez par exemple 12 ou 12,5.")
    return float(f"{trouve[1]}.{trouve[2] or 0}")


def _identifiant(brut: Any) -> int | None:
    texte = lire_ligne(brut)
    if texte and not re.fullmatch(r"[0-9]{1,18}", texte):
        raise ValueError("Choisissez une preuve de la liste.")
    return int(texte) if texte else None


def _oui_non_ou_rien(brut: Any) -> bool | None:
    texte = lire_ligne(brut)
    if texte not in ("", "oui", "non"):
        raise ValueError("Répondez par oui ou par non.")
    return None if not texte else texte == "oui"


def _coche(brut: Any) -> bool:
    if (texte := lire_ligne(brut)) not in ("", "oui"):
        raise ValueError("Cochez la case, ou laissez-la vide.")
    return texte == "oui"


def _borne(maximum: int, nom: str) -> Callable[[str], str]:
    """Un contrôle de longueur, dont le message nomme le champ."""

    def controler(valeur: str) -> str:
        if len(valeur) > maximum:
            raise ValueError(f"{nom} fait {len(valeur)} caractères ; {maximum} au plus. Votre texte est gardé ici.")
        return valeur

    return controler


Ligne = Annotated[str, BeforeValidator(lire_ligne)]
Texte = Annotated[str, BeforeValidator(_texte)]
Jour = Annotated[date | None, BeforeValidator(lire_jour)]
Preuve = Annotated[int | None, BeforeValidator(_identifiant)]
Version = Annotated[int, BeforeValidator(lambda brut: brut or 0), Field(ge=0, le=2**31 - 1)]
Poste = Annotated[int, BeforeValidator(lambda brut: brut or 0), Field(ge=1, le=99)]


class _Saisie(BaseModel):
    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


class FormulaireJalon(_Saisie):
    """Ce qu'on écrit d'un jalon. `valeur_visee` : telle qu'elle se lit (« 12,5 » pour 12,5 %)."""

    intitule: Ligne = ""
    preuve_attendue: Ligne = ""
    element: Ligne = ""
    indicateur: Ligne = ""
    sens: Literal["", "au_moins", "au_plus"] = ""
    valeur_visee: Annotated[float | None, BeforeValidator(_nombre)] = None
    echeance: Jour = None
    porteur: Ligne = ""
    moyens: Texte = ""
    version: Version = 0

    _element_borne = field_validator("element")(_borne(20, "Le renvoi à la charte"))
    _indicateur_borne = field_validator("indicateur")(_borne(CLE_MAXIMALE, "La clé de l'indicateur"))
    _preuve_bornee = field_validator("preuve_attendue")(_borne(500, "Ce qui le montrera"))
    _porteur_borne = field_validator("porteur")(_borne(120, "« Qui le porte »"))
    _moyens_bornes = field_validator("moyens")(_borne(1000, "Le texte des moyens"))

    @field_validator("intitule")
    @classmethod
    def _intitule_donne(cls, valeur: str) -> str:
        if not valeur:
            raise ValueError("Dites en une phrase ce qui sera fait, assez précis pour qu'on sache s'il l'est.")
        return _borne(500, "L'intitulé")(valeur)


class FormulaireProposition(FormulaireJalon):
    """Un jalon à ajouter. `origine` : la clé de la proposition de l'outil reprise, vide si elle est locale."""

    poste: Poste = 0
    nature: Literal["jalon", "cible"] = "jalon"
    origine: Ligne = ""

    _origine_bornee = field_validator("origine")(_borne(CLE_MAXIMALE, "La clé de la proposition"))


class FormulaireDecision(_Saisie):
    """Ce qui s'est décidé d'un jalon. `preuve` : celle qui le montre ; `valeur_vue` : son indicateur l'appuie."""

    le: Jour = None
    par: Ligne = ""
    instance: Ligne = ""
    motif: Texte = ""
    echeance: Jour = None
    preuve: Preuve = None
    valeur_vue: Annotated[bool, BeforeValidator(_coche)] = False
    version: Version = 0

    _par_borne = field_validator("par")(_borne(200, "« Qui a donné son accord »"))
    _instance_bornee = field_validator("instance")(_borne(200, "Le nom de l'instance"))
    _motif_borne = field_validator("motif")(_borne(1500, "Le motif"))


class FormulaireRevision(FormulaireDecision):
    """Ce que la révision annuelle décide d'un jalon, et si son indicateur convient encore."""

    acte: Ligne = ""
    pertinent: Annotated[bool | None, BeforeValidator(_oui_non_ou_rien)] = None

    @field_validator("acte")
    @classmethod
    def _acte_choisi(cls, valeur: str) -> str:
        if valeur not in ("maintien", "report", "abandon", "atteinte"):
            raise ValueError(
                "Choisissez ce qui est décidé : le maintenir, le reporter, l'abandonner ou le dire atteint."
            )
        return valeur


class FormulaireConclusion(_Saisie):
    """Ce qui clôt la révision annuelle."""

    le: Jour = None
    instance: Ligne = ""
    conclusion: Texte = ""

    _instance_bornee = field_validator("instance")(_borne(200, "Le nom de l'instance"))
    _conclusion_bornee = field_validator("conclusion")(_borne(5000, "La conclusion"))


class FormulairePreuveDeJalon(_Saisie):
    """Une preuve à citer : une que le diplôme a déjà (`preuve`), ou un lien nouveau."""

    preuve: Preuve = None
    titre: Ligne = ""
    adresse: Texte = ""
    date_effet: Jour = None
    date_fin: Jour = None
    emplacement: Ligne = ""

    _emplacement_borne = field_validator("emplacement")(_borne(200, "L'emplacement"))

    @field_validator("titre")
    @classmethod
    def _titre_donne(cls, valeur: str, infos: ValidationInfo) -> str:
        if not valeur and infos.data.get("preuve") is None:
            raise ValueError("Choisissez une preuve déjà citée, ou donnez le titre d'une nouvelle.")
        return _borne(200, "Le titre")(valeur)

    @field_validator("adresse")
    @classmethod
    def _adresse_du_web(cls, valeur: str, infos: ValidationInfo) -> str:
        return verifier_adresse(valeur) if valeur or infos.data.get("preuve") is None else ""

    @field_validator("date_fin")
    @classmethod
    def _fin_apres_debut(cls, valeur: date | None, infos: ValidationInfo) -> date | None:
        debut = infos.data.get("date_effet")
        if valeur and debut and valeur < debut:
            raise ValueError("La preuve ne peut pas finir avant de valoir ; vérifiez les deux dates.")
        return valeur


class FormulaireRang(_Saisie):
    """Dans quel sens un jalon change de place."""

    sens: Literal["monter", "descendre"] = "monter"
