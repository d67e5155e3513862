"""La vie d'une campagne : ses états, ses passages, et ce qu'on peut écrire dans chacun. Fonctions pures.

Règle de l'outil (la charte demande un dialogue, 3.1, sans en dire les temps) :

- en préparation, on règle la campagne : rien ne s'écrit dans les grilles ;
- ouverte, chaque partie dit sa position ; la concertée s'écrit aussi, pour les petites équipes qui font les deux d'un
  même mouvement ;
- en concertation, les positions des parties sont closes ; la concertée seule s'écrit ;
- arrêtée, plus rien.

On revient d'un pas avec un motif, qui se lit sur la page de conduite. Une grille arrêtée ne s'écrit plus, quel que soit
l'état de sa campagne.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from charte.acteur import Geste, Partie
from charte.commun.typographie import pluriel

GRILLE_ARRETEE = "arretee"


class EtatDeCampagne(StrEnum):
    """Où en est une campagne."""

    PREPARATION = "preparation"
    OUVERTE = "ouverte"
    EN_CONCERTATION = "en_concertation"
    ARRETEE = "arretee"

    @property
    def en_clair(self) -> str:
        """L'état tel qu'on le lit."""
        return _EN_CLAIR[self]


_EN_CLAIR = {
    EtatDeCampagne.PREPARATION: "en préparation",
    EtatDeCampagne.OUVERTE: "ouverte",
    EtatDeCampagne.EN_CONCERTATION: "en concertation",
    EtatDeCampagne.ARRETEE: "arrêtée",
}
_POSITIONS_CLOSES = (
    "Les positions des parties sont closes : la campagne est en concertation. Écrivez dans la position concertée, ou "
    "demandez à qui pilote la campagne de rouvrir les positions."
)
_EN_PREPARATION = "La campagne est en préparation : les réponses s’écriront dès qu’elle sera ouverte."
_CAMPAGNE_ARRETEE = "La campagne est arrêtée : ses réponses ne changent plus."
_GRILLE_ARRETEE = "Cette grille est arrêtée : ses réponses ne changent plus. La rouvrir demande un motif."


def peut_ecrire(etat_campagne: str, etat_grille: str | None, partie: Partie) -> str | None:
    """Pourquoi la position de cette partie ne s'écrit pas maintenant ; None si elle s'écrit.

    `etat_grille` None : la grille n'existe pas encore. Une preuve se cite quand la concertée s'écrit.
    """
    if etat_campagne == EtatDeCampagne.ARRETEE:
        return _CAMPAGNE_ARRETEE
    if etat_grille == GRILLE_ARRETEE:
        return _GRILLE_ARRETEE
    if etat_campagne == EtatDeCampagne.PREPARATION:
        return _EN_PREPARATION
    if etat_campagne == EtatDeCampagne.EN_CONCERTATION and partie is not Partie.CONCERTEE:
        return _POSITIONS_CLOSES
    return None


@dataclass(frozen=True)
class Faits:
    """Ce qu'un passage a besoin de savoir : formations de la campagne, réponses écrites, grilles arrêtées."""

    formations: int = 0
    reponses: int = 0
    grilles_arretees: int = 0


@dataclass(frozen=True)
class Passage:
    """Un passage d'un état à un autre : qui peut le faire, ce qu'il exige, ce qu'il change.

    `obstacle` : la raison qui l'empêche, vide sinon. `effet` : ce que le lecteur doit savoir avant de le faire.
    """

    cle: str
    de: EtatDeCampagne
    vers: EtatDeCampagne
    libelle: str
    effet: str
    acte: str
    motif_exige: bool = False
    geste: Geste = Geste.PILOTER_CAMPAGNE
    obstacle: Callable[[Faits], str] = lambda _faits: ""


def _aucune_formation(faits: Faits) -> str:
    return "" if faits.formations else "La campagne n’a aucune formation : choisissez-en au moins une."


def _deja_des_reponses(faits: Faits) -> str:
    if not faits.reponses:
        return ""
    ecrites = pluriel(faits.reponses, "réponse est déjà écrite", "réponses sont déjà écrites")
    return f"{ecrites} : la campagne ne revient plus en préparation. Changez plutôt ses échéances."


PASSAGES: tuple[Passage, ...] = (
    Passage(
        "ouvrir",
        EtatDeCampagne.PREPARATION,
        EtatDeCampagne.OUVERTE,
        "Ouvrir la campagne",
        "Chaque partie peut écrire sa position ; l’édition de la charte et les formations ne changeront plus.",
        "campagne ouverte",
        obstacle=_aucune_formation,
    ),
    Passage(
        "concerter",
        EtatDeCampagne.OUVERTE,
        EtatDeCampagne.EN_CONCERTATION,
        "Passer en concertation",
        "Les positions de l’établissement et des CFA se ferment ; la position concertée seule s’écrit.",
        "campagne en concertation",
    ),
    Passage(
        "arreter",
        EtatDeCampagne.EN_CONCERTATION,
        EtatDeCampagne.ARRETEE,
        "Arrêter la campagne",
        "Chaque grille commencée est figée, avec son empreinte ; plus rien ne s’y écrit.",
        "campagne arrêtée",
    ),
    Passage(
        "revenir_en_preparation",
        EtatDeCampagne.OUVERTE,
        EtatDeCampagne.PREPARATION,
        "Revenir en préparation",
        "Plus personne n’écrit tant que la campagne n’est pas rouverte.",
        "campagne remise en préparation",
        motif_exige=True,
        obstacle=_deja_des_reponses,
    ),
    Passage(
        "rouvrir_les_positions",
        EtatDeCampagne.EN_CONCERTATION,
        EtatDeCampagne.OUVERTE,
        "Rouvrir les positions",
        "L’établissement et les CFA peuvent de nouveau changer leur position.",
        "positions rouvertes",
        motif_exige=True,
    ),
    Passage(
        "rouvrir_la_concertation",
        EtatDeCampagne.ARRETEE,
        EtatDeCampagne.EN_CONCERTATION,
        "Rouvrir la campagne",
        "Les grilles restent arrêtées : chacune se rouvre à part, avec son motif et une nouvelle version.",
        "campagne rouverte",
        motif_exige=True,
    ),
)
"""Tous les passages ; ce qui n'y est pas n'existe pas."""


def passages_depuis(etat: str) -> tuple[Passage, ...]:
    """Les passages possibles depuis un état, le pas en avant d'abord."""
    return tuple(passage for passage in PASSAGES if passage.de == etat)


def trouver_le_passage(etat: str, cle: str) -> Passage | None:
    """Le passage de ce nom depuis cet état ; None s'il n'existe pas."""
    return next((passage for passage in passages_depuis(etat) if passage.cle == cle), None)


def refus_du_passage(passage: Passage, faits: Faits, motif: str) -> str:
    """Ce qui empêche le passage, vide si rien : un obstacle, puis un motif qui manque."""
    obstacle = passage.obstacle(faits)
    if obstacle:
        return obstacle
    if passage.motif_exige and not motif.strip():
        return "Dites en une phrase pourquoi on revient en arrière : ce motif se lira sur cette page."
    return ""
