"""Les lignes qui font un chiffre : sous leur numéro interne, dans la cohorte ou non, pourquoi, et d'où elles viennent.

Aucun nom : l'outil n'en range pas. Réservé à qui lit les effectifs sans masque.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur, Geste, etendue, exiger
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from indicateurs.definitions import Definition
from indicateurs.detail import Fait, Jugement, colonnes_lues, faits_de, juger
from indicateurs.mesures import Perimetre
from indicateurs.modeles import Contrat, Depot, Parcours
from indicateurs.moteur import CLES_PAR_NIVEAU
from indicateurs.services.faits import FAITS_DES_PARCOURS
from indicateurs.services.lectures import lire_tables
from indicateurs.tables import TablesPretes, preparer

__all__ = ["LigneDeMesure", "LignesDeMesure", "lire_les_lignes", "noter_l_extraction", "se_detaille"]

_MODELES: dict[str, type[SQLModel]] = {
    "parcours": Parcours,
    "contrats": Contrat,
    **{nom: modele for nom, (modele, _) in FAITS_DES_PARCOURS.items()},
}
_ORDRES = {"contrats": ("parcours_id", "rang")}
"""L'ordre de lecture des tables qui ne se lisent pas par numéro (`services.lectures`)."""


@dataclass(frozen=True)
class LigneDeMesure:
    """Une ligne jugée. `parcours` : numéro interne ; `fichier`, `depot`, `ligne` : où elle a été lue.

    `objet` : le numéro interne de ce qu'elle est (parcours, contrat, rencontre…). `colonnes` : ce que chaque fait lit.
    """

    parcours: int
    promotion: str
    faits: tuple[tuple[str, Fait], ...]
    jugement: Jugement
    colonnes: tuple[str, ...]
    fichier: str
    ligne: int
    depot: int
    objet: int


@dataclass(frozen=True)
class LignesDeMesure:
    """Les lignes d'un périmètre, celles de la cohorte d'abord ; `cohorte` : combien y sont."""

    lignes: tuple[LigneDeMesure, ...]
    cohorte: int
    promotions: tuple[str, ...]


def se_detaille(definition: Definition) -> bool:
    """Vrai si l'indicateur compte des lignes de parcours ; les notes d'une enquête, anonymes, ne se détaillent pas."""
    return definition.calcul.table in _MODELES


def lire_les_lignes(
    session: Session, acteur: Acteur, definition: Definition, perimetre: Perimetre, *, au: date, promotion: str = ""
) -> LignesDeMesure:
    """Les lignes d'un indicateur dans un périmètre que l'appelant a vérifié être dans l'étendue de l'acteur.

    `promotion` vide : toutes. Lève `DroitManquant`.
    """
    exiger(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    pretes = preparer(recues := lire_tables(session, acteur), [definition], au)
    table = pretes.tables.get(definition.calcul.table)
    if table is None:
        return LignesDeMesure((), 0, ())
    numerotee = table.with_row_index("place")
    du_perimetre = _groupes(pretes, perimetre)
    promotions = tuple(sorted(set(du_perimetre.values())))
    gardes = [groupe for groupe, annee in du_perimetre.items() if promotion in ("", annee)]
    retenue = numerotee.filter(pl.col("groupe").is_in(gardes))
    ids = recues["parcours"]["id_parcours"].tolist()
    d_ou = _provenances(session, acteur, definition)
    jugees = [
        LigneDeMesure(
            ids[ligne["parcours"]],
            du_perimetre[ligne["groupe"]],
            faits_de(ligne, definition),
            jugement,
            colonnes_lues(ligne, definition),
            *d_ou[ligne["place"]],
        )
        for ligne, jugement in zip(retenue.to_dicts(), juger(retenue, definition, au), strict=True)
    ]
    jugees.sort(key=lambda lue: not lue.jugement.cohorte)
    return LignesDeMesure(tuple(jugees), sum(lue.jugement.cohorte for lue in jugees), promotions)


def _groupes(pretes: TablesPretes, perimetre: Perimetre) -> dict[int, str]:
    """Les groupes (formation et promotion) d'un périmètre, et la promotion de chacun."""
    noms = CLES_PAR_NIVEAU[perimetre.niveau]
    return {
        rang: groupe["promotion"]
        for rang, groupe in enumerate(pretes.groupes.to_dicts())
        if tuple(groupe[nom] for nom in noms) == perimetre.cle
    }


def _provenances(session: Session, acteur: Acteur, definition: Definition) -> Sequence[tuple[str, int, int, int]]:
    """(fichier, ligne, dépôt, numéro interne) de chaque ligne de la table, dans l'ordre où `lire_tables` la lit.

    Le nom d'un fichier peut nommer quelqu'un : hors de son étendue, l'acteur n'en lit que le numéro de dépôt.
    """
    modele: Any = _MODELES[definition.calcul.table]
    ordre = _ORDRES.get(definition.calcul.table, ("id",))
    requete = (
        select(col(Depot.id), col(Depot.nom_fichier), col(Depot.cfa_id), col(modele.ligne), col(modele.id))
        .select_from(modele)
        .join(Depot, col(Depot.id) == col(modele.depot_id))
        .where(col(modele.etablissement_id) == acteur.etablissement_id)
        .order_by(*(col(getattr(modele, champ)) for champ in ordre))
    )
    atteint = etendue(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    return [
        (nom if atteint.tout or cfa_id in atteint.cfas else f"Dépôt n° {depot_id}", ligne, depot_id, objet)
        for depot_id, nom, cfa_id, ligne, objet in lignes(session, requete)
    ]


def noter_l_extraction(session: Session, acteur: Acteur, definition: Definition, perimetre: Perimetre) -> None:
    """Journalise que les lignes d'un indicateur sont emportées (elles parlent de personnes, sans les nommer)."""
    exiger(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    journaliser(
        session, acteur, "lignes d’un indicateur emportées", f"indicateur:{definition.cle}",
        apres={"perimetre": perimetre.adresse, "definition": definition.identifiant},
    )  # fmt: skip
