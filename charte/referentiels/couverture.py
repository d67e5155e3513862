"""Quelles lignes d'un référentiel nos preuves couvrent-elles ? Règle de l'outil, pure.

Une preuve répond à une ligne si elle y est jointe directement, ou si elle est jointe à un élément de la charte que
l'établissement a confirmé lui correspondre. Une correspondance seulement proposée laisse la ligne « à confirmer ». La
règle ne dit jamais « non conforme » : elle dit ce qu'on a, et ce qu'on n'a pas encore.

Exemples lisibles, qui sont aussi des tests : `donnees/exemples_couverture.yaml`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from charte.referentiels.correspondance import (
    TEXTE_MEME,
    CleCorrespondance,
    Confiance,
    Correspondance,
    Correspondances,
)
from charte.referentiels.referentiel import CleReferentiel, EditionDeReferentiel, Ligne


class Validite(StrEnum):
    """Ce que vaut une preuve un jour donné."""

    VALABLE = "valable"
    PERIMEE = "périmée"
    A_VENIR = "à venir"


class EtatDeLigne(StrEnum):
    """Où en est une ligne, en toutes lettres."""

    COUVERTE = "couverte"
    A_CONFIRMER = "à confirmer"
    PERIMEE = "périmée"
    RIEN = "rien"


@dataclass(frozen=True)
class Preuve:
    """Une preuve vue d'ici : son identifiant et ce qu'elle vaut ce jour-là."""

    id: int
    validite: Validite = Validite.VALABLE


@dataclass(frozen=True)
class Decision:
    """Ce que l'établissement a dit d'une correspondance : confirmée, ou écartée."""

    element: str
    referentiel: CleReferentiel
    edition: str
    reference: str
    confirmee: bool

    @property
    def cle(self) -> CleCorrespondance:
        """La correspondance visée."""
        return (self.element, self.referentiel, self.edition, self.reference)


@dataclass(frozen=True)
class LigneACouvrir:
    """Une ligne d'une édition et les correspondances que l'outil propose."""

    referentiel: CleReferentiel
    edition: str
    ligne: Ligne
    correspondances: tuple[Correspondance, ...] = ()


@dataclass(frozen=True)
class PreuveDeLigne:
    """Une preuve qui répond à une ligne, et par où : `element` None : jointe directement ; `confiance` alors None.

    `confirmee` est vrai d'une preuve directe et d'une correspondance confirmée par l'établissement.
    """

    preuve: int
    validite: Validite
    element: str | None
    confiance: Confiance | None
    confirmee: bool


@dataclass(frozen=True)
class LigneDAudit:
    """Une ligne, son état et les preuves qui lui répondent, la plus sûre d'abord."""

    reference: str
    texte: str
    etat: EtatDeLigne
    preuves: tuple[PreuveDeLigne, ...]


def validite_d_une_preuve(effet: date | None, echeance: date | None, jour: date) -> Validite:
    """Ce que vaut ce jour-là une preuve valable de `effet` à `echeance`, jours compris ; None : sans borne."""
    if echeance is not None and echeance < jour:
        return Validite.PERIMEE
    return Validite.A_VENIR if effet is not None and effet > jour else Validite.VALABLE


def lignes_a_couvrir(
    edition: EditionDeReferentiel, correspondances: Correspondances, *, apprentissage: bool = True
) -> tuple[LigneACouvrir, ...]:
    """Les lignes d'une édition avec leurs correspondances ; par défaut, celles qui valent pour l'apprentissage."""
    return tuple(
        LigneACouvrir(
            edition.referentiel,
            edition.edition,
            ligne,
            correspondances.par_ligne.get((edition.referentiel, edition.edition, ligne.reference), ()),
        )
        for ligne in edition.lignes
        if ligne.vaut_pour_l_apprentissage or not apprentissage
    )


def dresser_couverture(
    lignes: Iterable[LigneACouvrir],
    preuves_par_element: Mapping[str, Iterable[Preuve]],
    preuves_directes: Mapping[str, Iterable[Preuve]],
    decisions: Iterable[Decision] = (),
) -> tuple[LigneDAudit, ...]:
    """L'état de chaque ligne, dans l'ordre donné.

    `preuves_par_element` : par élément de la charte ; `preuves_directes` : par référence de ligne, pour cette édition.
    Lève `ValueError` si deux décisions se contredisent sur la même correspondance.
    """
    dites = _ranger(decisions)
    par_element = {element: tuple(preuves) for element, preuves in preuves_par_element.items()}
    return tuple(
        _auditer(ligne, par_element, tuple(preuves_directes.get(ligne.ligne.reference, ())), dites) for ligne in lignes
    )


def _ranger(decisions: Iterable[Decision]) -> dict[CleCorrespondance, bool]:
    dites: dict[CleCorrespondance, bool] = {}
    for decision in decisions:
        if dites.setdefault(decision.cle, decision.confirmee) != decision.confirmee:
            raise ValueError(f"deux décisions contraires sur {' '.join(decision.cle)} : gardez la dernière")
    return dites


def _auditer(
    ligne: LigneACouvrir,
    par_element: Mapping[str, tuple[Preuve, ...]],
    directes: tuple[Preuve, ...],
    decisions: Mapping[CleCorrespondance, bool],
) -> LigneDAudit:
    trouvees = [PreuveDeLigne(p.id, p.validite, None, None, True) for p in directes]
    for element, (confiance, confirmee) in _chemins(ligne, decisions).items():
        preuves = par_element.get(element, ())
        trouvees += [PreuveDeLigne(p.id, p.validite, element, confiance, confirmee) for p in preuves]
    rangees = tuple(sorted(trouvees, key=_ordre))
    return LigneDAudit(ligne.ligne.reference, ligne.ligne.texte, _etat(rangees), rangees)


def _chemins(
    ligne: LigneACouvrir, decisions: Mapping[CleCorrespondance, bool]
) -> dict[str, tuple[Confiance | None, bool]]:
    """Les éléments par où une preuve peut venir : proposés et non écartés, ou ajoutés par l'établissement."""
    chemins: dict[str, tuple[Confiance | None, bool]] = {}
    for c in ligne.correspondances:
        confirmee = decisions.get(c.cle, True if c.statut == TEXTE_MEME else None)
        if confirmee is not False:
            chemins[c.element] = (c.confiance, confirmee is True)
    ici = (ligne.referentiel, ligne.edition, ligne.ligne.reference)
    for (element, *cible), confirmee in decisions.items():
        if confirmee and tuple(cible) == ici:
            chemins.setdefault(element, (None, True))
    return chemins


def _etat(preuves: tuple[PreuveDeLigne, ...]) -> EtatDeLigne:
    valables = [p for p in preuves if p.validite is Validite.VALABLE]
    if any(p.confirmee for p in valables):
        return EtatDeLigne.COUVERTE
    if valables:
        return EtatDeLigne.A_CONFIRMER
    return EtatDeLigne.PERIMEE if any(p.validite is Validite.PERIMEE for p in preuves) else EtatDeLigne.RIEN


_RANG_DE_VALIDITE = {Validite.VALABLE: 0, Validite.A_VENIR: 1, Validite.PERIMEE: 2}


def _ordre(p: PreuveDeLigne) -> tuple[int, bool, bool, int, int, str]:
    """Valables d'abord, puis confirmées, puis directes, puis la plus sûre ; à égalité, par identifiant."""
    confiance = p.confiance.rang if p.confiance else 0
    return (_RANG_DE_VALIDITE[p.validite], not p.confirmee, p.element is not None, confiance, p.preuve, p.element or "")
