"""Le frein aux envois de fichiers : tant par heure, tant d'octets par jour, pour un établissement (pur).

Ce qui est déjà rangé sert de compteur : chaque table qui garde des fichiers porte leur instant et leur taille.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU, nombre, pluriel

HEURE, JOUR = timedelta(hours=1), timedelta(days=1)


class DepotFreine(Exception):
    """Trop de dépôts : le message, à montrer, dit la borne et l'heure du prochain essai ; `secondes` d'ici là."""

    def __init__(self, message: str, secondes: int) -> None:
        super().__init__(message)
        self.secondes = secondes


@dataclass(frozen=True)
class Bornes:
    """Ce qu'un établissement peut déposer : fichiers par heure glissante, octets par jour glissant."""

    par_heure: int
    octets_par_jour: int

    @classmethod
    def de(cls, reglages: Reglages) -> "Bornes":
        """Les bornes d'une installation."""
        return cls(reglages.depots_par_heure, reglages.depots_mo_par_jour * 2**20)


def prochain_depot(
    passes: Sequence[tuple[datetime, int]], taille: int, instant: datetime, bornes: Bornes
) -> datetime | None:
    """L'instant où un fichier de cette taille pourra être déposé ; None : tout de suite.

    `passes` : (instant, octets) des dépôts du dernier jour, du plus récent au plus ancien.
    """
    attentes = []
    recents = [quand for quand, _ in passes if quand > instant - HEURE]
    if len(recents) >= bornes.par_heure:
        attentes.append(recents[bornes.par_heure - 1] + HEURE)
    total = taille
    for quand, octets in passes:
        total += octets
        if total > bornes.octets_par_jour:
            attentes.append(quand + JOUR)
            break
    return max(attentes, default=None)


def freiner(passes: Sequence[tuple[datetime, int]], taille: int, instant: datetime, bornes: Bornes) -> None:
    """Lève `DepotFreine` si un fichier de `taille` octets doit attendre ; `passes` comme dans `prochain_depot`."""
    retour = prochain_depot(passes, taille, instant, bornes)
    if retour is not None:
        raise DepotFreine(_dire(retour, bornes), max(1, ceil((retour - instant).total_seconds())))


def _dire(retour: datetime, bornes: Bornes) -> str:
    quand = retour.astimezone(FUSEAU)
    return (
        f"Votre établissement a beaucoup déposé : {pluriel(bornes.par_heure, 'fichier')} par heure et "
        f"{nombre(bornes.octets_par_jour // 2**20)} Mo par jour au plus. Rien n’a été enregistré ; recommencez après "
        f"{quand:%H:%M} le {quand:%d/%m/%Y} (heure de Paris)."
    )
