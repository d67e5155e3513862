"""Les saisies du plan d'actions et des risques. Chaque refus dit le champ et le remède."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from charte.commun.saisies import lire_jour, lire_ligne
from grilles.formulaires import verifier_adresse
from grilles.plan.delais import echeance_reglementaire
from grilles.plan.modeles import DEGRES
from grilles.plan.regles import GRAVITES, ORIGINES, ORIGINES_DE_RISQUE, PRIORITES

_CLE = re.compile(r"[A-Za-z0-9_.]*")


def _texte(brut: Any) -> str:
    """Un texte libre : fins de ligne d'une seule forme, caractère nul ôté, bords nettoyés."""
    return brut.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip() if isinstance(brut, str) else ""


def _numero(brut: Any) -> int | None:
    texte = str(brut) if isinstance(brut, int) else lire_ligne(brut)
    if texte and not re.fullmatch(r"[0-9]{1,18}", texte):
        raise ValueError("Choisissez dans la liste.")
    return int(texte) if texte else None


def _ou_rien(brut: Any) -> str | None:
    return lire_ligne(brut) or None


Ligne = Annotated[str, BeforeValidator(lire_ligne)]
Texte = Annotated[str, BeforeValidator(_texte)]
Numero = Annotated[int | None, BeforeValidator(_numero)]
Jour = Annotated[date | None, BeforeValidator(lire_jour)]
Mot = Annotated[str | None, BeforeValidator(_ou_rien)]
Version = Annotated[int, BeforeValidator(lambda brut: _numero(brut) or 0), Field(ge=0, le=2**31 - 1)]


class _Saisie(BaseModel):
    # Sans `validate_default`, un champ absent de l'envoi échapperait à ses règles.
    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)


class FormulaireAction(_Saisie):
    """Une action à ouvrir ou à changer. `version` : celle qu'on avait sous les yeux (0 à l'ouverture)."""

    formation_id: Numero = None
    intitule: Ligne = ""
    description: Texte = ""
    origine: Ligne = ""
    renvoi: Ligne = ""
    element: Mot = None
    indicateur: Mot = None
    jalon_id: Numero = None
    risque_id: Numero = None
    gravite: Mot = None
    constate_le: Jour = None
    porteur: Ligne = ""
    porteur_id: Numero = None
    echeance: Jour = None
    priorite: Ligne = "moyenne"
    moyens: Texte = ""
    effet_attendu: Texte = ""
    version: Version = 0

    @field_validator("intitule")
    @classmethod
    def _intitule_donne(cls, valeur: str) -> str:
        return borner(exiger(valeur, "Dites en une phrase ce qui sera fait."), 300)

    @field_validator("description")
    @classmethod
    def _description_bornee(cls, valeur: str) -> str:
        return borner(valeur, 2000)

    @field_validator("origine")
    @classmethod
    def _origine_connue(cls, valeur: str) -> str:
        return parmi(valeur, ORIGINES, "Dites d’où vient l’action")

    @field_validator("renvoi")
    @classmethod
    def _renvoi_borne(cls, valeur: str) -> str:
        return borner(valeur, 120)

    @field_validator("element", "indicateur")
    @classmethod
    def _cle_lisible(cls, valeur: str | None, info: ValidationInfo) -> str | None:
        maximum = 20 if info.field_name == "element" else 60
        if valeur is not None and (len(valeur) > maximum or not _CLE.fullmatch(valeur)):
            raise ValueError("Ce renvoi n’est pas de ceux que l’outil donne ; revenez à la page d’où vous veniez.")
        return valeur

    @field_validator("gravite")
    @classmethod
    def _gravite_d_audit(cls, valeur: str | None, info: ValidationInfo) -> str | None:
        if valeur is None:
            return None
        if info.data.get("origine") != "audit":
            raise ValueError("La gravité ne se dit que d’un constat d’audit : changez l’origine, ou ôtez la gravité.")
        return parmi(valeur, GRAVITES, "Dites si la non-conformité est mineure ou majeure")

    @field_validator("constate_le")
    @classmethod
    def _notification_donnee(cls, valeur: date | None, info: ValidationInfo) -> date | None:
        if valeur is None and info.data.get("gravite"):
            raise ValueError("Donnez le jour où le certificateur a notifié la non-conformité : le délai en part.")
        return valeur

    @field_validator("porteur")
    @classmethod
    def _porteur_donne(cls, valeur: str) -> str:
        return borner(
            exiger(valeur, "Dites quelle fonction porte l’action, par exemple « responsable pédagogique »."), 120
        )

    @field_validator("echeance")
    @classmethod
    def _echeance_donnee(cls, valeur: date | None, info: ValidationInfo) -> date | None:
        """Vide, c'est celle du texte, pour une non-conformité d'audit."""
        legale = echeance_reglementaire(info.data.get("gravite"), info.data.get("constate_le"))
        donnee = valeur or (legale.jour if legale else None)
        if donnee is None:
            raise ValueError("Donnez une échéance, par exemple 30/06/2027 : sans elle, rien ne rappelle l’action.")
        return donnee

    @field_validator("priorite")
    @classmethod
    def _priorite_connue(cls, valeur: str) -> str:
        return parmi(valeur, PRIORITES, "Choisissez une priorité")

    @field_validator("moyens", "effet_attendu")
    @classmethod
    def _mille_au_plus(cls, valeur: str) -> str:
        return borner(valeur, 1000)


class FormulaireSuivi(_Saisie):
    """Une note d'avancement."""

    texte: Texte = ""

    @field_validator("texte")
    @classmethod
    def _texte_donne(cls, valeur: str) -> str:
        return borner(exiger(valeur, "Écrivez ce qui a avancé, ou ce qui bloque."), 2000)


class FormulairePassage(_Saisie):
    """Un changement d'état, et pourquoi."""

    passage: Ligne = ""
    motif: Texte = ""

    @field_validator("passage")
    @classmethod
    def _passage_borne(cls, valeur: str) -> str:
        return borner(valeur, 20)

    @field_validator("motif")
    @classmethod
    def _motif_borne(cls, valeur: str) -> str:
        return borner(valeur, 2000)


class FormulaireCloture(_Saisie):
    """Ce que l'action a donné."""

    effet_constate: Ligne = ""
    reevaluation: Texte = ""

    @field_validator("effet_constate")
    @classmethod
    def _effet_borne(cls, valeur: str) -> str:
        return borner(valeur, 20)

    @field_validator("reevaluation")
    @classmethod
    def _reevaluation_bornee(cls, valeur: str) -> str:
        return borner(valeur, 2000)


class FormulairePreuveDAction(_Saisie):
    """Une preuve à citer : une de celles du diplôme (`preuve_id`), ou un lien nouveau."""

    preuve_id: Numero = None
    titre: Ligne = ""
    adresse: Ligne = ""
    date_effet: Jour = None
    emplacement: Ligne = ""

    @field_validator("titre")
    @classmethod
    def _titre_donne(cls, valeur: str, info: ValidationInfo) -> str:
        if info.data.get("preuve_id") is None:
            exiger(valeur, "Choisissez une preuve du diplôme, ou donnez un titre au lien que vous ajoutez.")
        return borner(valeur, 200)

    @field_validator("adresse")
    @classmethod
    def _adresse_du_web(cls, valeur: str, info: ValidationInfo) -> str:
        return verifier_adresse(valeur) if valeur or info.data.get("preuve_id") is None else ""

    @field_validator("emplacement")
    @classmethod
    def _emplacement_borne(cls, valeur: str) -> str:
        return borner(valeur, 200)


def _degre(brut: Any) -> int:
    texte = str(brut) if isinstance(brut, int) else lire_ligne(brut)
    if texte not in {str(degre) for degre in range(1, DEGRES + 1)}:
        raise ValueError(f"Choisissez un degré, de 1 à {DEGRES}.")
    return int(texte)


Degre = Annotated[int, BeforeValidator(_degre)]


class FormulaireRisque(_Saisie):
    """Un risque à inscrire ou à changer."""

    formation_id: Numero = None
    intitule: Ligne = ""
    cause: Texte = ""
    effet: Texte = ""
    vraisemblance: Degre = 0
    gravite: Degre = 0
    prevention: Texte = ""
    porteur: Ligne = ""
    origine: Ligne = "autre"
    renvoi: Ligne = ""
    version: Version = 0

    @field_validator("intitule")
    @classmethod
    def _intitule_donne(cls, valeur: str) -> str:
        return borner(exiger(valeur, "Nommez le risque en une phrase : ce qui pourrait arriver."), 300)

    @field_validator("cause", "effet")
    @classmethod
    def _mille_au_plus(cls, valeur: str) -> str:
        return borner(valeur, 1000)

    @field_validator("prevention")
    @classmethod
    def _prevention_bornee(cls, valeur: str) -> str:
        return borner(valeur, 2000)

    @field_validator("porteur", "renvoi")
    @classmethod
    def _cent_vingt_au_plus(cls, valeur: str) -> str:
        return borner(valeur, 120)

    @field_validator("origine")
    @classmethod
    def _origine_connue(cls, valeur: str) -> str:
        return parmi(valeur, ORIGINES_DE_RISQUE, "Dites d’où vient le risque")


class FormulaireFinDeRisque(_Saisie):
    """Clore ou rouvrir un risque, et pourquoi."""

    etat: Ligne = ""
    motif_cloture: Texte = ""

    @field_validator("etat")
    @classmethod
    def _etat_connu(cls, valeur: str) -> str:
        return parmi(valeur, {"clos": "Clos", "ouvert": "Ouvert"}, "Dites si le risque est clos ou ouvert")

    @field_validator("motif_cloture")
    @classmethod
    def _motif_donne(cls, valeur: str) -> str:
        return borner(exiger(valeur, "Dites en une phrase pourquoi."), 1000)


def exiger(valeur: str, remede: str) -> str:
    """La valeur, si elle n'est pas vide ; lève `ValueError` avec le remède."""
    if not valeur:
        raise ValueError(remede)
    return valeur


def borner(valeur: str, maximum: int) -> str:
    """La valeur, si elle tient ; lève `ValueError` en disant de combien elle dépasse."""
    if len(valeur) > maximum:
        raise ValueError(f"Ce texte fait {len(valeur)} caractères ; {maximum} au plus. Il est gardé ci-dessous.")
    return valeur


def parmi(valeur: str, permises: dict[str, str], remede: str) -> str:
    """La valeur, si elle est permise ; lève `ValueError` en les nommant."""
    if valeur not in permises:
        mots = ", ".join(mot[0].lower() + mot[1:] for mot in permises.values())
        raise ValueError(f"{remede} : {mots}.")
    return valeur
