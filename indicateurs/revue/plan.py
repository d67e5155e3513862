"""Ce que la revue attend de qui tient le plan d'actions : `appli` le branche (dépendance `plan`).

`indicateurs` ne connaît pas `grilles` : la revue dit l'action à ouvrir, et lit ce qu'elle est devenue.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from sqlmodel import Session

from charte.acteur import Acteur
from indicateurs.revue.contenu import ActionScellee

__all__ = ["ActionDemandee", "PlanDActions", "PlanRefuse"]


class PlanRefuse(Exception):
    """Le plan refuse l'action : le champ, ce qui ne va pas et le remède."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ
        self.message = message


@dataclass(frozen=True)
class ActionDemandee:
    """Une action à ouvrir, d'origine « indicateur ». `formation_id` None : pour tout l'établissement."""

    indicateur: str
    intitule: str
    description: str
    porteur: str
    echeance: date
    formation_id: int | None
    renvoi: str


@runtime_checkable
class PlanDActions(Protocol):
    """Celui qui tient le plan d'actions."""

    def ouvrir(self, session: Session, acteur: Acteur, demandee: ActionDemandee) -> int:
        """Ouvre l'action, dans la transaction de la session, et rend son numéro ; lève `PlanRefuse`."""
        ...

    def lieux(self, session: Session, acteur: Acteur) -> list[tuple[int | None, str]]:
        """(numéro, libellé) de chaque diplôme où l'acteur peut ouvrir une action ; None : tout l'établissement."""
        ...

    def lire(self, session: Session, acteur: Acteur, numeros: Collection[int]) -> Mapping[int, ActionScellee]:
        """Les actions que l'acteur atteint, par numéro."""
        ...
