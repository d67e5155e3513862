"""Les données datées du plan : délais d'une non-conformité d'audit, degrés d'un risque. Fonctions pures."""

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from charte.commun.donnees import DonneeGelee, charger_modele

DONNEES = Path(__file__).parent / "donnees"
Texte = Annotated[str, Field(min_length=1)]
Gravite = Literal["mineure", "majeure"]


class Source(DonneeGelee):
    """Le texte public d'où vient un délai."""

    reference: Texte
    adresse: Texte


class Delai(DonneeGelee):
    """Le délai d'une non-conformité de cette gravité, en mois depuis sa notification."""

    gravite: Gravite
    mois: Annotated[int, Field(ge=1)]
    attendu: Texte
    ensuite: Texte


class EditionDesDelais(DonneeGelee):
    """Des délais, les jours où ils valent (compris) et ce qui reste à en vérifier.

    `toujours_majeures` : les indicateurs du référentiel dont l'écart n'est jamais mineur ; vide si ce n'est pas établi.
    """

    edition: Texte
    depuis: date
    jusqu_a: date | None = None
    source: Source
    a_verifier: Texte
    delais: tuple[Delai, ...]
    toujours_majeures: tuple[str, ...]

    @model_validator(mode="after")
    def _un_delai_par_gravite(self) -> "EditionDesDelais":
        if sorted(delai.gravite for delai in self.delais) != ["majeure", "mineure"]:
            raise ValueError("une édition a un délai pour chaque gravité, mineure et majeure")
        return self

    def vaut(self, jour: date) -> bool:
        """Vrai si cette édition est en vigueur ce jour-là."""
        return self.depuis <= jour and (self.jusqu_a is None or jour <= self.jusqu_a)


class DelaisQualiopi(DonneeGelee):
    """Toutes les éditions des délais ; `date` : le jour du relevé."""

    date: date
    editions: Annotated[tuple[EditionDesDelais, ...], Field(min_length=1)]


@dataclass(frozen=True)
class EcheanceReglementaire:
    """L'échéance d'une non-conformité, le délai et l'édition dont elle vient."""

    jour: date
    delai: Delai
    edition: EditionDesDelais


class Degre(DonneeGelee):
    """Un degré de vraisemblance ou de gravité, et ce qu'il veut dire."""

    degre: Annotated[int, Field(ge=1)]
    libelle: Texte
    aide: Texte


class EchelleDesRisques(DonneeGelee):
    """Les deux échelles de l'outil, et l'avertissement qui les accompagne partout."""

    version: Texte
    titre: Texte
    avertissement: Texte
    vraisemblance: tuple[Degre, ...]
    gravite: tuple[Degre, ...]

    @model_validator(mode="after")
    def _degres_pairs_et_suivis(self) -> "EchelleDesRisques":
        for degres in (self.vraisemblance, self.gravite):
            rangs = [degre.degre for degre in degres]
            if rangs != list(range(1, len(rangs) + 1)) or len(rangs) % 2:
                raise ValueError("les degrés se suivent à partir de 1, en nombre pair")
        return self

    def vraisemblance_de(self, degre: int) -> str:
        """Le mot d'un degré de vraisemblance."""
        return self.vraisemblance[degre - 1].libelle

    def gravite_de(self, degre: int) -> str:
        """Le mot d'un degré de gravité."""
        return self.gravite[degre - 1].libelle


@lru_cache(maxsize=1)
def charger_delais() -> DelaisQualiopi:
    """Les délais livrés, lus une fois par processus ; lève `DonneesInvalides` si le fichier est fautif."""
    return charger_modele(DONNEES / "delais_qualiopi.yaml", DelaisQualiopi)


@lru_cache(maxsize=1)
def charger_echelle_des_risques() -> EchelleDesRisques:
    """L'échelle livrée, lue une fois par processus ; lève `DonneesInvalides` si le fichier est fautif."""
    return charger_modele(DONNEES / "echelle_risques.yaml", EchelleDesRisques)


def ajouter_des_mois(jour: date, mois: int) -> date:
    """Le même quantième, tant de mois plus tard ; le dernier jour du mois s'il n'y existe pas.

    Manière de compter de l'article 641 du code de procédure civile, reprise ici par prudence.
    """
    annee, rang = divmod(jour.year * 12 + jour.month - 1 + mois, 12)
    dernier = calendar.monthrange(annee, rang + 1)[1]
    return date(annee, rang + 1, min(jour.day, dernier))


def echeance_reglementaire(
    gravite: str | None, notifiee_le: date | None, delais: DelaisQualiopi | None = None
) -> EcheanceReglementaire | None:
    """L'échéance d'une non-conformité notifiée ce jour-là ; None sans gravité, sans date, ou avant le premier texte."""
    if gravite is None or notifiee_le is None:
        return None
    for edition in (delais or charger_delais()).editions:
        if edition.vaut(notifiee_le):
            delai = next(d for d in edition.delais if d.gravite == gravite)
            return EcheanceReglementaire(ajouter_des_mois(notifiee_le, delai.mois), delai, edition)
    return None
