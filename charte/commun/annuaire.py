"""Ce que les autres paquets savent des comptes : qui agit ici, avec quels mandats. `appli`, qui les garde, le donne."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sqlmodel import Session

from charte.acteur import Acteur


@dataclass(frozen=True)
class Plume:
    """Un compte qui peut se connecter. `nom` : tel qu'on le montre ici ; `acteur` : ses mandats d'ici."""

    compte_id: int
    nom: str
    acteur: Acteur


@runtime_checkable
class Annuaire(Protocol):
    """Celui qui connaît les comptes."""

    def plumes(self, session: Session, etablissement_id: int) -> tuple[Plume, ...]:
        """Les comptes actifs qui tiennent un mandat dans cet établissement, par nom."""
        ...
