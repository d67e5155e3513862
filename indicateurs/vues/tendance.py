"""Ce qu'une suite de valeurs permet d'affirmer, en mots."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """La tendance d'une série (de la plus ancienne à la plus récente) ; les valeurs masquées ne comptent pas.

    Rien ne se dit d'un indicateur sans sens souhaité : ses promotions récentes ne valent pas encore les anciennes (un
    délai moyen avant rupture ne compte que les ruptures déjà survenues).
    """
    if sens == "aucun":
        return Tendance("insuffisant", "")
    connues = _connues(serie)
    if len(connues) < 2:
        return Tendance("insuffisant", "une seule année connue" if connues else "")
    premiere, derniere = connues[0], connues[-1]
    genre = genre_d_evolution((premiere.ic_bas, premiere.ic_haut), (derniere.ic_bas, derniere.ic_haut))
    depuis = f"depuis {premiere.promotion}"
    if genre == "stable":
        return Tendance(genre, f"pas d’évolution nette {depuis}")
    suite = ", dans le sens souhaité" if genre == sens else ", à l’opposé du sens souhaité"
    return Tendance(genre, f"en {genre} {depuis}{suite}", genre == sens)


def constat(definition: Definition, serie: Sequence[Mesure], echelle: Echelle, cible: float | None = None) -> str:
    """Le titre d'un graphique d'évolution : ce qu'il montre, chiffres compris, et l'écart à la cible."""
    libelle, connues = definition.libelle, _connues(serie)
    if not connues:
        return f"{libelle} : aucune valeur affichable"
    derniere = connues[-1]
    lue = f"{echelle.ecrire(derniere.taux)} pour {derniere.promotion}"
    suite = "" if cible is None or derniere.taux is None else _ecart_a_la_cible(derniere.taux, cible, echelle)
    if len(connues) == 1:
        return f"{libelle} : {lue}, une seule année connue{suite}"
    dite = tendance(serie, definition.sens)
    if dite.genre in ("stable", "insuffisant"):
        return f"{libelle} : {dite.mots} ({lue}){suite}" if dite.mots else f"{libelle} : {lue}{suite}"
    de, vers = echelle.ecrire(connues[0].taux), echelle.ecrire(derniere.taux)
    return f"{libelle} : {dite.mots}, de {de} à {vers}{suite}"


def _ecart_a_la_cible(valeur: float, cible: float, echelle: Echelle) -> str:
    if abs(valeur - cible) < 0.0005:
        return " ; la cible est atteinte"
    return f" ; l’écart à la cible est de {echelle.ecart(valeur - cible)}"


def _connues(serie: Sequence[Mesure]) -> list[Mesure]:
    return [mesure for mesure in serie if not mesure.masque and mesure.taux is not None and mesure.promotion]
