"""Un référentiel externe, ses éditions datées et leurs lignes (types purs).

Sources : code du travail, D6316-1-1 (Qualiopi) et L6231-2 (missions du CFA) ; Hcéres et CTI pour leurs repères. Chaque
édition porte sa source publique, chaque ligne dit ce qu'on sait de son énoncé (`Releve`).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from charte.commun.donnees import DonneeGelee
from charte.textes import Texte

APPRENTISSAGE = 4
"""Rang des actions de formation par apprentissage dans l'article L6313-1 du code du travail."""

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Za-z0-9.\-]*$")]
CleEdition = Annotated[str, StringConstraints(pattern=r"^[a-z0-9\-]+$")]


class EditionAbsente(LookupError):
    """Le référentiel ou l'édition demandés n'existent pas, ou rien n'était en vigueur ce jour-là."""


class CleReferentiel(StrEnum):
    """Ce au regard de quoi des preuves se rangent ; `CHARTE` est la charte elle-même."""

    CHARTE = "charte"
    QUALIOPI = "qualiopi"
    MISSIONS_CFA = "missions_cfa"
    HCERES = "hceres"
    CTI = "cti"


class Releve(StrEnum):
    """Ce qu'on sait de l'énoncé d'une ligne."""

    OFFICIEL = "officiel"
    RELEVE = "releve"
    REPUTE_INCHANGE = "repute_inchange"
    EXISTANTE = "existante"
    A_VERIFIER = "a_verifier"

    @property
    def dit(self) -> str:
        """Le même en français, pour les pages et les index."""
        return _RELEVES[self]

    @property
    def sur(self) -> bool:
        """Faux quand l'énoncé ou l'intitulé reste à vérifier sur le texte."""
        return self not in (Releve.REPUTE_INCHANGE, Releve.A_VERIFIER)


_RELEVES = {
    Releve.OFFICIEL: "texte officiel",
    Releve.RELEVE: "énoncé relevé dans une reprise publique du texte",
    Releve.REPUTE_INCHANGE: "réputé inchangé, à confirmer sur le texte",
    Releve.EXISTANTE: "référence existante, intitulé abrégé",
    Releve.A_VERIFIER: "à vérifier",
}


class Source(DonneeGelee):
    """Référence publique d'une édition."""

    reference: Texte
    adresse: Annotated[str, StringConstraints(pattern=r"^https://\S+$")]


class Critere(DonneeGelee):
    """Un groupe de lignes, tel que le référentiel le donne."""

    numero: Reference
    titre: Texte


class Ligne(DonneeGelee):
    """Une ligne d'une édition. `actions` : rangs de l'article L6313-1 concernés, vide si la question ne se pose pas."""

    reference: Reference
    texte: Texte
    releve: Releve
    titre: str = ""
    critere: str = ""
    specifique: bool = False
    actions: tuple[Annotated[int, Field(ge=1, le=4)], ...] = ()

    @property
    def vaut_pour_l_apprentissage(self) -> bool:
        """Vrai si la ligne s'applique aux formations par apprentissage (L6313-1, 4°)."""
        return not self.actions or APPRENTISSAGE in self.actions


class Lignes(DonneeGelee):
    """Le fichier d'une édition : ses critères et ses lignes, dans l'ordre du texte."""

    referentiel: CleReferentiel
    edition: CleEdition
    criteres: tuple[Critere, ...] = ()
    lignes: Annotated[tuple[Ligne, ...], Field(min_length=1)]


class FicheEdition(DonneeGelee):
    """Une édition et ses dates ; `depuis` et `jusqu_a` sont compris, None : non établi ou sans terme connu."""

    edition: CleEdition
    titre: Texte
    source: Source
    note: Texte
    depuis: date | None = None
    jusqu_a: date | None = None

    @model_validator(mode="after")
    def _dates_dans_l_ordre(self) -> "FicheEdition":
        if self.depuis and self.jusqu_a and self.jusqu_a < self.depuis:
            raise ValueError(f"l'édition {self.edition} finit avant de commencer")
        return self

    def en_vigueur(self, jour: date) -> bool:
        """Vrai si l'édition vaut ce jour-là."""
        return (self.depuis is None or self.depuis <= jour) and (self.jusqu_a is None or jour <= self.jusqu_a)


class FicheReferentiel(DonneeGelee):
    """Un référentiel et ses éditions, de la plus ancienne à la plus récente ; `prefixe` : le nom d'une ligne."""

    cle: CleReferentiel
    nom: Texte
    titre: Texte
    prefixe: Texte
    avertissement: Texte
    editions: Annotated[tuple[FicheEdition, ...], Field(min_length=1)]


class Fiches(DonneeGelee):
    """Le fichier qui liste les référentiels."""

    referentiels: Annotated[tuple[FicheReferentiel, ...], Field(min_length=1)]


@dataclass(frozen=True)
class EditionDeReferentiel:
    """Une édition complète : sa fiche, ses critères et ses lignes."""

    referentiel: CleReferentiel
    fiche: FicheEdition
    criteres: tuple[Critere, ...]
    lignes: tuple[Ligne, ...]

    @property
    def edition(self) -> str:
        """La clé de l'édition (« 2019 », « 2026 », « reperes »)."""
        return self.fiche.edition

    @cached_property
    def par_reference(self) -> dict[str, Ligne]:
        """Les lignes, par leur référence."""
        return {ligne.reference: ligne for ligne in self.lignes}

    def ligne(self, reference: str) -> Ligne:
        """La ligne de cette référence ; lève `KeyError` si l'édition ne l'a pas."""
        try:
            return self.par_reference[reference]
        except KeyError:
            raise KeyError(f"{self.referentiel} {self.edition} n'a pas de ligne « {reference} »") from None


@dataclass(frozen=True)
class Referentiel:
    """Un référentiel et ses éditions complètes, de la plus ancienne à la plus récente."""

    fiche: FicheReferentiel
    editions: tuple[EditionDeReferentiel, ...]

    @property
    def cle(self) -> CleReferentiel:
        """La clé du référentiel."""
        return self.fiche.cle

    def edition(self, cle: str) -> EditionDeReferentiel:
        """L'édition de cette clé ; lève `EditionAbsente` si elle n'existe pas."""
        for edition in self.editions:
            if edition.edition == cle:
                return edition
        connues = ", ".join(edition.edition for edition in self.editions)
        raise EditionAbsente(f"{self.fiche.nom} n'a pas d'édition « {cle} » ; éditions : {connues}")


def edition_en_vigueur(referentiel: Referentiel, jour: date) -> EditionDeReferentiel:
    """L'édition qui vaut ce jour-là ; lève `EditionAbsente` avant la première ou après la dernière."""
    for edition in referentiel.editions:
        if edition.fiche.en_vigueur(jour):
            return edition
    raise EditionAbsente(f"{referentiel.fiche.nom} : aucune édition en vigueur le {jour.isoformat()}")
