"""Cinq ans d'un périmètre sur une page : une ligne par indicateur, une colonne par promotion, la cible au bout."""

from collections.abc import Mapping
from dataclasses import dataclass

from indicateurs.definitions import Definition
from indicateurs.mesures import Mesure, Perimetre, TableauDeMesures
from indicateurs.vues.cartes import ANNEES_MONTREES, a_des_donnees, par_famille
from indicateurs.vues.objectifs import ObjectifVu
from indicateurs.vues.tendance import Tendance, tendance
from indicateurs.vues.valeurs import compte, valeur

__all__ = ["CelluleLue", "CinqAns", "LigneDeCinqAns", "lire_cinq_ans"]


@dataclass(frozen=True)
class CelluleLue:
    """Une valeur et son compte (« 12 sur 97 contrats ») ; masquée, elle ne porte aucun nombre."""

    valeur: str
    compte: str
    masquee: bool


@dataclass(frozen=True)
class LigneDeCinqAns:
    """Un indicateur sur cinq promotions."""

    definition: Definition
    cellules: tuple[CelluleLue, ...]
    tendance: Tendance
    objectif: ObjectifVu | None


@dataclass(frozen=True)
class CinqAns:
    """Le tableau : les promotions en colonnes (la plus ancienne d'abord), les familles en groupes de lignes."""

    promotions: tuple[str, ...]
    groupes: tuple[tuple[str, tuple[LigneDeCinqAns, ...]], ...]


def lire_cinq_ans(tableau: TableauDeMesures, perimetre: Perimetre, objectifs: Mapping[str, ObjectifVu]) -> CinqAns:
    """Les cinq dernières promotions (ou années d'enquête) où un indicateur de ce périmètre a une cohorte."""
    definitions = [d for d in tableau.definitions.values() if a_des_donnees(tableau, d.cle, perimetre)]
    series = {d.cle: {m.promotion: m for m in tableau.serie(d.cle, perimetre)} for d in definitions}
    vues = {p for serie in series.values() for p, mesure in serie.items() if p and _existe(mesure)}
    promotions = tuple(sorted(vues)[-ANNEES_MONTREES:])
    return CinqAns(
        promotions,
        tuple(
            (libelle, tuple(_ligne(tableau, d, series[d.cle], promotions, objectifs.get(d.cle)) for d in siennes))
            for _, libelle, siennes in par_famille(definitions)
        ),
    )


def _existe(mesure: Mesure) -> bool:
    return mesure.masque or bool(mesure.denominateur)


def _ligne(
    tableau: TableauDeMesures,
    definition: Definition,
    serie: Mapping[str | None, Mesure],
    promotions: tuple[str, ...],
    objectif: ObjectifVu | None,
) -> LigneDeCinqAns:
    seuil = tableau.seuil(definition.cle)
    retenues = [serie.get(promotion) for promotion in promotions]
    cellules = tuple(
        CelluleLue(valeur(m, definition, seuil), compte(m, definition), m is not None and m.masque) for m in retenues
    )
    return LigneDeCinqAns(definition, cellules, tendance([m for m in retenues if m], definition.sens), objectif)
