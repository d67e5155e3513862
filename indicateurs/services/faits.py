"""Ce que les sources complémentaires ont rangé, en tables pour le moteur : résultats, heures, rencontres, enquêtes…"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.modeles import Cfa, Formation
from indicateurs.modeles import Parcours
from indicateurs.sources.modeles import Enquete, Heures, NoteDeSatisfaction, Rencontre, Resultat, Situation

__all__ = ["FAITS_DES_PARCOURS", "depots_des_faits", "lire_faits"]

FAITS_DES_PARCOURS: dict[str, tuple[type[SQLModel], dict[str, str]]] = {
    "resultats": (Resultat, {"annee": "Int64", "present": "boolean", "admis": "boolean"}),
    "heures": (Heures, {"annee": "Int64", "prevues": "Float64", "realisees": "Float64"}),
    "rencontres": (
        Rencontre,
        {
            "nature": "str",
            "rang": "Int64",
            "prevue_du": "datetime64[s]",
            "prevue_au": "datetime64[s]",
            "tenue_le": "datetime64[s]",
        },
    ),
    "situations": (
        Situation,
        {
            "mois": "Int64",
            "repondu": "boolean",
            "situation": "str",
            "type_contrat": "str",
            "adequation": "boolean",
            "recherche_mois": "Float64",
        },
    ),
}
"""Table du moteur → table rangée, et ses colonnes typées (après `id_parcours`)."""

_FORMATION = {"id_formation": "Int64", "rncp": "str", "cfd": "str", "uai_responsable": "str", "uai_formateur": "str"}
_ENQUETE = {"annee": "Int64", "public": "str"}
_NOTE = {"question": "str", "repondant": "Int64", "note": "Float64", "note_min": "Float64", "note_max": "Float64"}


def lire_faits(session: Session, acteur: Acteur) -> dict[str, pd.DataFrame]:
    """Les tables « resultats », « heures », « rencontres », « situations », « satisfaction » et « enquetes ».

    Tout l'établissement de l'acteur ; une table sans ligne a ses colonnes. Les dates sont à minuit, les absences des
    valeurs manquantes ; `annee` des heures est celle de la rentrée. Les quatre premières portent `id_parcours`, les
    deux dernières les clés de la formation.
    """
    tables = {
        nom: _table(session, _par_parcours(acteur, modele, champs), {"id_parcours": "Int64", **champs})
        for nom, (modele, champs) in FAITS_DES_PARCOURS.items()
    }
    notes = _par_formation(acteur, *(col(getattr(NoteDeSatisfaction, champ)) for champ in _NOTE)).join(
        NoteDeSatisfaction, col(NoteDeSatisfaction.enquete_id) == col(Enquete.id)
    )
    tables["satisfaction"] = _table(session, notes, {**_FORMATION, **_ENQUETE, **_NOTE})
    sollicites = _par_formation(acteur, col(Enquete.sollicites))
    tables["enquetes"] = _table(session, sollicites, {**_FORMATION, **_ENQUETE, "sollicites": "Int64"})
    for nom in ("satisfaction", "enquetes"):
        for code in ("rncp", "cfd"):
            tables[nom][code] = tables[nom][code].replace("", None)
    return tables


def _par_parcours(acteur: Acteur, modele: type[SQLModel], champs: dict[str, str]) -> Select[Any]:
    colonnes = [col(getattr(modele, champ)) for champ in ("parcours_id", *champs)]
    ici = col(modele.etablissement_id) == acteur.etablissement_id  # type: ignore[attr-defined]
    return select(*colonnes).where(ici).order_by(col(modele.id))  # type: ignore[attr-defined]


def _par_formation(acteur: Acteur, *valeurs: Mapped[Any]) -> Select[Any]:
    cles = (col(Formation.id), col(Formation.rncp), col(Formation.cfd), col(Cfa.uai), col(Formation.uai_formateur))
    return (
        select(*cles, col(Enquete.annee), col(Enquete.public), *valeurs)
        .select_from(Enquete)
        .join(Formation, col(Formation.id) == col(Enquete.formation_id))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(col(Enquete.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Enquete.id))
    )


def _table(session: Session, requete: Select[Any], genres: dict[str, str]) -> pd.DataFrame:
    lues = [tuple(ligne) for ligne in lignes(session, requete)]
    colonnes: Sequence[Sequence[Any]] = list(zip(*lues, strict=True)) if lues else [() for _ in genres]
    return pd.DataFrame(
        {
            nom: pd.Series(pd.to_datetime(pd.Series(list(valeurs), dtype="object")), dtype=genre)
            if genre.startswith("datetime")
            else pd.Series(list(valeurs), dtype=genre)
            for (nom, genre), valeurs in zip(genres.items(), colonnes, strict=True)
        }
    )


def depots_des_faits(ceux: ColumnElement[bool]) -> list[Select[Any]]:
    """Les requêtes des dépôts d'où viennent des faits de formations répondant à la condition `ceux`."""
    requetes: list[Select[Any]] = [
        select(col(modele.depot_id))  # type: ignore[attr-defined]
        .join(Parcours, col(Parcours.id) == col(modele.parcours_id))  # type: ignore[attr-defined]
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .where(ceux)
        for modele, _ in FAITS_DES_PARCOURS.values()
    ]
    par_formation = select(col(Enquete.depot_id)).join(Formation, col(Formation.id) == col(Enquete.formation_id))
    return [*requetes, par_formation.where(ceux)]
