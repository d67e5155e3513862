"""Ce que les pages des avis reçoivent : des valeurs gelées."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from charte.edition import Genre
from grilles.avis.lecture import GrilleVisee
from grilles.avis.regles import ETATS, LIBELLES, PUBLICS, EtatDeDemande


@dataclass(frozen=True)
class DemandeLue:
    """Une demande, pour qui écrit dans la grille : lui seul en lit le repère."""

    id: int
    public: str
    repere: str
    etat: EtatDeDemande
    echeance: date
    demande_le: datetime
    elements: int
    reponses: int

    @property
    def mention(self) -> tuple[str, str]:
        """(mot, ton) de son état."""
        return ETATS[self.etat]

    @property
    def nom_du_public(self) -> str:
        """« Apprentis » ou « Employeurs »."""
        return PUBLICS[self.public]

    @property
    def retiree(self) -> bool:
        """Vrai si elle a été retirée."""
        return self.etat is EtatDeDemande.RETIRE


@dataclass(frozen=True)
class AvisSurUnElement:
    """Ce qu'un public dit d'un élément : le nombre d'avis par état, et les commentaires, sans nom ni ordre."""

    element: str
    texte: str
    comptes: Mapping[str, int]
    commentaires: tuple[tuple[str, str], ...]

    @property
    def mentions(self) -> list[tuple[str, str, int]]:
        """(ton, mot, nombre) de chaque réponse donnée, dans l'ordre de l'échelle."""
        return [(ton, mot, n) for etat, (mot, ton) in LIBELLES.items() if (n := self.comptes.get(etat, 0))]

    def mot(self, etat: str) -> tuple[str, str]:
        """(mot, ton) d'un état."""
        return LIBELLES[etat]


@dataclass(frozen=True)
class AvisDUnPublic:
    """Les avis d'un public ; `combien` : nombre de personnes qui ont répondu."""

    public: str
    combien: int
    elements: tuple[AvisSurUnElement, ...]

    @property
    def nom(self) -> str:
        """« Apprentis (2) »."""
        return f"{PUBLICS[self.public]} ({self.combien})"


@dataclass(frozen=True)
class PageAvis:
    """La page des avis d'une grille. `demandes` : vide pour qui ne fait que lire. `clos` : pourquoi, vide sinon."""

    grille: GrilleVisee
    demandes: tuple[DemandeLue, ...]
    publics: tuple[AvisDUnPublic, ...]
    clos: str


@dataclass(frozen=True)
class Choix:
    """Un élément que l'on peut demander ; `raison` : pourquoi il l'est d'office, vide sinon."""

    element: str
    genre: Genre
    texte: str
    raison: str


@dataclass(frozen=True)
class Question:
    """Une question posée par un lien, et ce que la personne y a déjà répondu (`version` 0 : rien)."""

    element: str
    texte: str
    parent: str = ""
    etat: str = ""
    commentaire: str = ""
    version: int = 0


@dataclass(frozen=True)
class PageDuLien:
    """Ce que voit la personne : qui demande, sur quel diplôme, jusqu'à quand, et ses questions par poste.

    `clos` : pourquoi l'avis ne se donne plus ; vide s'il se donne. `rendu` : elle a déjà répondu.
    """

    demande_id: int
    etablissement: str
    formation: str
    annee_scolaire: str
    public: str
    echeance: date
    rendu: bool
    clos: str
    postes: tuple[tuple[int, str, tuple[Question, ...]], ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Toutes les questions, dans l'ordre du texte."""
        return tuple(question for _, _, siennes in self.postes for question in siennes)

    @property
    def repondues(self) -> int:
        """Nombre de questions qui ont une réponse."""
        return sum(bool(question.version) for question in self.questions)
