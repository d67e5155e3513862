"""Ce qu'on lit d'une campagne : des valeurs gelées."""

from dataclasses import dataclass
from datetime import date, datetime

from charte.acteur import Situation
from grilles.campagnes.regles import EtatDeCampagne
from grilles.regles import libelle_annee


@dataclass(frozen=True)
class FicheCampagne:
    """Une campagne et ses réglages."""

    id: int
    annee: int
    libelle: str
    edition: str
    etat: str
    toutes_formations: bool
    echeance_positions: date | None
    echeance_concertation: date | None
    relances: str
    consigne: str
    version: int

    @property
    def annee_scolaire(self) -> str:
        """« 2026-2027 »."""
        return libelle_annee(self.annee)

    @property
    def etat_en_clair(self) -> str:
        """« en concertation »."""
        return EtatDeCampagne(self.etat).en_clair

    @property
    def adresse(self) -> str:
        """L'adresse de son tableau d'avancement."""
        return f"/campagnes/{self.id}"


@dataclass(frozen=True)
class RetourLu:
    """Un pas en arrière : d'où, vers où, pourquoi, par qui, quand."""

    depuis: str
    vers: str
    motif: str
    revenu_par: str
    revenu_le: datetime

    @property
    def en_clair(self) -> str:
        """« en concertation, puis ouverte »."""
        return f"{EtatDeCampagne(self.depuis).en_clair}, puis {EtatDeCampagne(self.vers).en_clair}"


@dataclass(frozen=True)
class FormationDeCampagne:
    """Une formation de l'établissement : est-elle de la campagne, son échéance à elle, sa grille.

    `inscrite` : nommée dans la campagne (choisie, ou avec une échéance à elle) ; `retenue` : elle en est.
    """

    id: int
    code: str
    libelle: str
    cfa_id: int
    cfa: str
    composante_id: int | None
    composante: str
    inscrite: bool
    retenue: bool
    echeance: date | None
    grille_id: int | None
    etat_grille: str | None = None

    @property
    def situation(self) -> Situation:
        """Où elle se trouve, pour la règle des mandats."""
        return Situation(self.id, self.cfa_id, self.composante_id)
