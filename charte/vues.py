"""Ce que les pages des parties prenantes montrent : des valeurs, dites dans les mots de la charte."""

from dataclasses import dataclass
from datetime import date

from charte.commun.typographie import jour as ecrire_le_jour
from charte.regles import Lien, Situation, lien_a_venir, lien_en_vigueur, lien_passe

NATURES = {"convention": "convention", "document_interne": "document interne"}
NIVEAUX = (
    (3, "niveau 3 (CAP)"),
    (4, "niveau 4 (baccalauréat)"),
    (5, "niveau 5 (bac + 2)"),
    (6, "niveau 6 (bac + 3 ou bac + 4)"),
    (7, "niveau 7 (bac + 5)"),
    (8, "niveau 8 (doctorat)"),
)
"""Cadre national des certifications professionnelles (code du travail, D6113-19) ; repères d'années usuels."""

_SITUATIONS = {
    Situation.SANS_CFA: ("aucun CFA", "Les CFA naissent du premier fichier d’apprentis déposé."),
    Situation.INTERNE: ("CFA interne", "Le CFA est interne à l’établissement d’enseignement supérieur."),
    Situation.PARTENAIRES: ("CFA partenaires", "L’établissement s’appuie sur un ou des CFA partenaires."),
    Situation.MIXTE: ("situation mixte", "L’établissement a un CFA interne et s’appuie aussi sur un CFA partenaire."),
}


@dataclass(frozen=True)
class EtablissementLu:
    """L'établissement ; une chaîne vide dit « non communiqué »."""

    nom: str
    uai: str
    siret: str
    ville: str


@dataclass(frozen=True)
class CfaLu:
    """Un CFA et les textes qui le lient à l'établissement, au jour `jour`. Liens : le plus récent d'abord."""

    id: int
    nom: str
    uai: str
    siret: str
    interne: bool
    a_completer: bool
    liens: tuple[Lien, ...]
    jour: date

    @property
    def en_vigueur(self) -> Lien | None:
        """Le texte qui court aujourd'hui, admis pour ce CFA."""
        return lien_en_vigueur(self.interne, self.liens, self.jour)

    @property
    def manque(self) -> str:
        """« Il manque la convention avec … » ; vide si un texte court, ou si l'on ne sait pas encore ce qu'il faut."""
        if self.a_completer or self.en_vigueur:
            return ""
        texte = "le document interne (ou la convention)" if self.interne else "la convention"
        return f"Il manque {texte} avec {self.nom}"

    @property
    def precision(self) -> str:
        """Ce qu'on sait d'un texte passé ou à venir, quand il en manque un."""
        if not self.manque:
            return ""
        if suivant := lien_a_venir(self.interne, self.liens, self.jour):
            return f"Le prochain texte commence le {ecrire_le_jour(suivant.date_debut)}."
        if dernier := lien_passe(self.interne, self.liens, self.jour):
            return f"Le dernier a pris fin le {ecrire_le_jour(dernier.date_fin)}."
        return ""


@dataclass(frozen=True)
class ComposanteLue:
    """Une composante et le nombre de ses formations."""

    id: int
    nom: str
    formations: int


@dataclass(frozen=True)
class FormationLue:
    """Une formation : ce qui l'identifie dans les fichiers (codes, lieux) et ce que l'établissement en dit."""

    id: int
    libelle: str
    code: str
    rncp: str
    cfd: str
    niveau: int | None
    cfa: str
    uai_cfa: str
    composante_id: int | None
    composante: str | None
    uai_formateur: str
    a_completer: bool


@dataclass(frozen=True)
class PartiesPrenantes:
    """La vue d'ensemble ; ce qui est à compléter vient d'abord."""

    etablissement: EtablissementLu
    situation: Situation
    cfas: tuple[CfaLu, ...]
    composantes: tuple[ComposanteLue, ...]
    formations: tuple[FormationLue, ...]

    @property
    def mots_de_la_situation(self) -> tuple[str, str]:
        """(« situation mixte », la phrase de la charte)."""
        if self.situation is Situation.SANS_CFA and self.cfas:
            return "situation à préciser", "Dites de chaque CFA s’il est interne ou partenaire."
        return _SITUATIONS[self.situation]

    @property
    def cfas_a_completer(self) -> int:
        """CFA nés d'un import, dont on ne sait encore ni le nom, ni s'ils sont internes."""
        return sum(cfa.a_completer for cfa in self.cfas)

    @property
    def formations_a_completer(self) -> int:
        """Formations nées d'un import, à nommer."""
        return sum(formation.a_completer for formation in self.formations)
