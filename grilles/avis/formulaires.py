"""Les saisies des avis : demander un avis, et le donner. Chaque refus dit le champ et le remède."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from charte.commun.saisies import lire_jour, lire_ligne
from charte.commun.web import ErreurDeChamp, lire_formulaire
from grilles.avis.regles import ELEMENTS_MAXIMAUX
from grilles.formulaires import Annee, Version

COMMENTAIRE_MAXIMAL, LONGUEUR_D_ELEMENT = 2_000, 20
INCONNU = "Cet élément n’est pas de la charte : rechargez la page, puis cochez de nouveau."
_COURRIEL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
SANS_REPONSE = "Choisissez une réponse (« Je ne sais pas » convient) : votre commentaire l’accompagnera."
RIEN_DE_REPONDU = "Répondez à une question au moins. Si vous préférez ne pas répondre, fermez simplement la page."


def _repere(brut: Any) -> str:
    lu = lire_ligne(brut)
    if not lu:
        raise ValueError("Donnez un repère pour vous y retrouver, par exemple « délégué de M2 ».")
    if len(lu) > 120:
        raise ValueError(f"Ce repère fait {len(lu)} caractères ; 120 suffisent.")
    return lu


def _courriel(brut: Any) -> str:
    lu = lire_ligne(brut).lower()
    if lu and (len(lu) > 254 or not _COURRIEL.fullmatch(lu)):
        raise ValueError("Cette adresse ne se lit pas ; écrivez-la comme prenom.nom@exemple.fr, sans accent.")
    return lu


def _echeance(brut: Any) -> date:
    lue = lire_jour(brut)
    if lue is None:
        raise ValueError("Donnez la date jusqu’à laquelle le lien vaut, par exemple 12/03/2027.")
    return lue


def _elements(brut: Any) -> tuple[str, ...]:
    """Les cases cochées, chacune une fois ; une seule case arrive comme un texte."""
    choisis = [brut] if isinstance(brut, str) else list(brut or ())
    uniques = tuple(dict.fromkeys(str(element) for element in choisis))
    if not uniques:
        raise ValueError("Cochez au moins un élément sur lequel demander l’avis.")
    if any(len(element) > LONGUEUR_D_ELEMENT for element in uniques):
        raise ValueError(INCONNU)
    if len(uniques) > ELEMENTS_MAXIMAUX:
        raise ValueError(
            f"{len(uniques)} éléments cochés ; gardez-en {ELEMENTS_MAXIMAUX} au plus : on répond sur un téléphone."
        )
    return uniques


def _texte(brut: Any) -> str:
    texte = str(brut or "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if len(texte) > COMMENTAIRE_MAXIMAL:
        raise ValueError(
            f"Ce commentaire fait {len(texte)} caractères ; {COMMENTAIRE_MAXIMAL} au plus. Il est gardé ci-dessous."
        )
    return texte


def _etat(brut: Any) -> Any:
    return brut or None


class FormulaireDemande(BaseModel):
    """Un avis à demander."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    annee: Annee = None
    public: Literal["apprentis", "employeurs"]
    repere: Annotated[str, BeforeValidator(_repere), Field(validate_default=True)] = ""
    courriel: Annotated[str, BeforeValidator(_courriel)] = ""
    echeance: Annotated[date, BeforeValidator(_echeance), Field(validate_default=True)] = None  # type: ignore[assignment]
    elements: Annotated[tuple[str, ...], BeforeValidator(_elements), Field(validate_default=True)] = ()


class FormulaireAvis(BaseModel):
    """La réponse à une question. `version` : celle qu'on avait sous les yeux (0 : aucune réponse)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    etat: Annotated[Literal["tenu", "en_partie", "non_tenu", "ne_sait_pas"] | None, BeforeValidator(_etat)] = None
    commentaire: Annotated[str, BeforeValidator(_texte)] = ""
    version: Version = 0


@dataclass(frozen=True)
class AvisSaisi:
    """Une réponse valable, prête à ranger."""

    element: str
    etat: str
    commentaire: str
    version: int


def champ_de(nom: str, element: str) -> str:
    """Le nom d'un champ pour une question : `etat`, `1.S1.4` → `etat-1-S1-4`."""
    return f"{nom}-{element.replace('.', '-')}"


def lire_les_avis(
    saisies: Mapping[str, Any], elements: Sequence[str]
) -> tuple[tuple[AvisSaisi, ...], list[ErreurDeChamp]]:
    """Les réponses aux questions posées, et elles seules : tout autre champ est ignoré."""
    lus: list[AvisSaisi] = []
    fautes: list[ErreurDeChamp] = []
    for element in elements:
        bruts = {nom: saisies.get(champ_de(nom, element)) for nom in FormulaireAvis.model_fields}
        formulaire, erreurs = lire_formulaire(FormulaireAvis, bruts)
        fautes += [ErreurDeChamp(champ_de(erreur.champ, element), erreur.message) for erreur in erreurs]
        if formulaire is not None and formulaire.etat is not None:
            lus.append(AvisSaisi(element, formulaire.etat, formulaire.commentaire, formulaire.version))
        elif formulaire is not None and formulaire.commentaire:
            fautes.append(ErreurDeChamp(champ_de("etat", element), SANS_REPONSE))
    if not lus and not fautes:
        fautes.append(ErreurDeChamp(champ_de("etat", elements[0]), RIEN_DE_REPONDU))
    return tuple(lus), fautes
