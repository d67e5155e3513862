"""Ce que montre la page de tous les contrôles : ce qu'on a choisi d'y voir. Fonctions pures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grilles.controles.catalogue import GRAVITES, charger_controles
from grilles.controles.services import Controles

MONTRES = 5
"""Constats montrés par diplôme sur la page d'ensemble ; la sienne les montre tous."""


@dataclass(frozen=True)
class Choix:
    """Ce qu'on veut voir ; vide : tout."""

    gravite: str = ""
    cle: str = ""
    poste: int = 0

    @classmethod
    def lire(cls, gravite: str, cle: str, poste: str) -> "Choix":
        """Le choix d'une adresse ; une valeur inconnue ne choisit rien."""
        return cls(
            gravite if gravite in GRAVITES else "",
            cle if cle in charger_controles() else "",
            int(poste) if poste in ("1", "2", "3", "4") else 0,
        )

    def garder(self, lus: Controles) -> Controles:
        """Le même diplôme, ses constats choisis."""
        gardes = [
            constat
            for constat in lus.constats
            if self.gravite in ("", constat.gravite)
            and self.cle in ("", constat.cle)
            and self.poste in (0, constat.poste)
        ]
        return replace(lus, constats=tuple(gardes))


def par_controle(tous: Sequence[Controles]) -> list[tuple[str, str, int]]:
    """(clé, titre, nombre de constats) de chaque contrôle qui a vu quelque chose, dans l'ordre des contrôles."""
    comptes = Counter(constat.cle for lus in tous for constat in lus.constats)
    return [(cle, controle.titre, comptes[cle]) for cle, controle in charger_controles().items() if comptes[cle]]
