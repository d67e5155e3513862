"""Ce qu'une suite de valeurs permet d'affirmer, en mots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from indicateurs.definitions import Definition
from indicateurs.mesures import Mesure
from indicateurs.unites import Echelle

__all__ = ["Sens", "Tendance", "constat", "genre_d_evolution", "tendance"]

Sens = Literal["hausse", "baisse", "aucun"]
Genre = Literal["hausse", "baisse", "stable", "insuffisant"]
Bornes = tuple[float | None, float | None]


@dataclass(frozen=True)
class Tendance:
    """L'évolution de la première à la dernière valeur connue. `favorable` : None si rien ne se dit."""

    genre: Genre
    mots: str
    favorable: bool | None = None


def genre_d_evolution(avant: Bornes, apres: Bornes) -> Literal["hausse", "baisse", "stable"]:
    """Une évolution n'est dite que si les intervalles à 95 % sont disjoints.

    Règle prudente de l'outil : des intervalles qui se touchent ne disent rien de sûr.
    """
    (avant_bas, avant_haut), (apres_bas, apres_haut) = avant, apres
    if avant_bas is None or avant_haut is None or apres_bas is None or apres_haut is None:
        return "stable"
    if apres_haut < avant_bas:
        return "baisse"
    return "hausse" if apres_bas > avant_haut else "stable"


def tendance(serie: Sequence[Mesure], sens: Sens) -> Tendance:
    """La tendance d'une série (de la plus ancienne à la plus récente) ; ni masque ni promotion partielle n'y entre.

    D'une promotion partielle, seuls les premiers sont comptés : elle ne se compare pas à une autre, et les mots disent
    qu'elle n'entre pas dans la tendance. Rien ne se dit d'un indicateur sans sens souhaité.
    """
    connues = _connues(serie)
    dite, hors = _dire(connues, sens), _hors(connues)
    return replace(dite, mots=f"{dite.mots}{hors}") if dite.mots else dite


def _dire(connues: Sequence[Mesure], sens: Sens) -> Tendance:
    """La tendance des promotions complètes, sans un mot des autres."""
    closes = [mesure for mesure in connues if not mesure.partielle]
    if sens == "aucun" or not connues:
        return Tendance("insuffisant", "")
    if len(closes) >= 2:
        return _comparer(closes[0], closes[-1], sens)
    nombre = "une seule" if closes or len(connues) == 1 else "aucune"
    return Tendance("insuffisant", f"{nombre} année {'connue' if len(connues) == 1 else 'complète'}")


def _hors(connues: Sequence[Mesure]) -> str:
    """« ; 2025-2026, encore partielle, n’y entre pas », ou rien."""
    noms = [mesure.promotion or "" for mesure in connues if mesure.partielle]
    if not noms:
        return ""
    suite = "encore partielle, n’y entre pas" if len(noms) == 1 else "encore partielles, n’y entrent pas"
    return f" ; {' et '.join(noms)}, {suite}"


def _comparer(premiere: Mesure, derniere: Mesure, sens: Sens) -> Tendance:
    genre = genre_d_evolution((premiere.ic_bas, premiere.ic_haut), (derniere.ic_bas, derniere.ic_haut))
    depuis = f"depuis {premiere.promotion}"
    if genre == "stable":
        return Tendance(genre, f"pas d’évolution nette {depuis}")
    suite = ", dans le sens souhaité" if genre == sens else ", à l’opposé du sens souhaité"
    return Tendance(genre, f"en {genre} {depuis}{suite}", genre == sens)


def constat(definition: Definition, serie: Sequence[Mesure], echelle: Echelle, cible: float | None = None) -> str:
    """Le titre d'un graphique d'évolution : ce qu'il montre, chiffres compris, l'écart à la cible, ce qui est partiel.

    La valeur dite est celle de la dernière promotion complète, s'il y en a une.
    """
    libelle, connues = definition.libelle, _connues(serie)
    if not connues:
        return f"{libelle} : aucune valeur affichable"
    closes = [mesure for mesure in connues if not mesure.partielle] or connues
    derniere = closes[-1]
    suite = "" if cible is None or derniere.taux is None else _ecart_a_la_cible(derniere.taux, cible, echelle)
    suite += _hors(connues)
    lue = f"{echelle.ecrire(derniere.taux)} pour {derniere.promotion}"
    dite = _dire(connues, definition.sens)
    if dite.genre == "insuffisant":
        seule = "une seule année connue" if len(connues) == 1 else dite.mots
        return f"{libelle} : {lue}, {seule}{suite}" if seule else f"{libelle} : {lue}{suite}"
    if dite.genre == "stable":
        return f"{libelle} : {dite.mots} ({lue}){suite}"
    de, vers = echelle.ecrire(closes[0].taux), echelle.ecrire(derniere.taux)
    return f"{libelle} : {dite.mots}, de {de} à {vers}{suite}"


def _ecart_a_la_cible(valeur: float, cible: float, echelle: Echelle) -> str:
    if abs(valeur - cible) < 0.0005:
        return " ; la cible est atteinte"
    return f" ; l’écart à la cible est de {echelle.ecart(valeur - cible)}"


def _connues(serie: Sequence[Mesure]) -> list[Mesure]:
    return [mesure for mesure in serie if not mesure.masque and mesure.taux is not None and mesure.promotion]
