"""Rappeler par courriel ce qu'il reste à faire : chaque paquet dit quoi et à qui, `appli` envoie, jamais deux fois.

Un paquet donne une `Source`, qu'`appli/relances.py` réunit. Elle rend TOUT ce qui est dû ce jour-là, déjà parti ou
non : l'unicité (genre, objet, compte, motif) est tenue par la table `relance`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.annuaire import Plume

TRAVAIL_DE_RELANCE = "relances"
"""Le genre du travail « Relancer maintenant » ; paramètres : `source` et `objet_id`."""
TOLERANCE_JOURS = 3
"""Un rappel manqué (machine arrêtée, fin de semaine) part encore ces jours-là, puis se tait."""


@dataclass(frozen=True)
class Rappel:
    """Un rappel dû à un compte. `motif` : pour quelle échéance ; le même ne part pas deux fois.

    `sujet` et `paragraphes` : du texte simple, sans nom d'apprenti ; les liens y sont écrits en entier.
    """

    compte_id: int
    genre: str
    objet_id: int
    motif: str
    sujet: str
    paragraphes: tuple[str, ...]


@dataclass(frozen=True)
class Tournee:
    """Le jour (à l'heure de Paris), l'adresse du site pour écrire les liens, et les comptes de l'établissement."""

    jour: date
    adresse_publique: str
    plumes: tuple[Plume, ...]


Source = Callable[[Session, Acteur, Tournee], Iterable[Rappel]]
"""`(session, acteur, tournee)` vers les rappels dus, dans l'établissement de l'acteur."""


def lire_les_seuils(texte: str) -> tuple[int, ...]:
    """« 14,3,-1 » vers (14, 3, -1) : jours avant l'échéance (après, si négatif). Lève `ValueError`."""
    return tuple(sorted({int(morceau) for morceau in texte.split(",") if morceau.strip()}, reverse=True))


def seuil_du(seuils: tuple[int, ...], echeance: date, jour: date) -> int | None:
    """Le seuil atteint ce jour-là ; None s'il n'y en a pas, ou s'il est passé depuis plus que la tolérance."""
    reste = (echeance - jour).days
    atteints = [seuil for seuil in seuils if 0 <= seuil - reste <= TOLERANCE_JOURS]
    return min(atteints, default=None)
