"""Entre la base et pandas : lire ce qui est rangé en tables typées, écrire des tables en lots."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Executable, bindparam, delete, insert, update
from sqlmodel import Session, SQLModel

from charte.commun.base import lignes

LOT = 5_000
_GENRES = {"date": "datetime64[s]", "entier": "Int64", "booleen": "boolean", "texte": "str", "nombre": "Float64"}


def lire_table(session: Session, requete: Executable, genres: dict[str, str]) -> pd.DataFrame:
    """Résultat d'une requête par colonnes, en table typée ; `genres` : colonne → date, entier, nombre, booleen
    ou texte."""
    lues = [tuple(ligne) for ligne in lignes(session, requete)]
    colonnes = zip(*lues, strict=True) if lues else ([] for _ in genres)
    return pd.DataFrame(
        {nom: _serie(list(valeurs), genre) for (nom, genre), valeurs in zip(genres.items(), colonnes, strict=True)}
    )


def table_vide(genres: dict[str, str]) -> pd.DataFrame:
    """Une table sans ligne, aux types de `lire_table`."""
    return pd.DataFrame({nom: _serie([], genre) for nom, genre in genres.items()})


def _serie(valeurs: list[Any], genre: str) -> pd.Series:
    if genre == "date":
        return pd.Series(pd.to_datetime(pd.Series(valeurs, dtype="object"))).astype("datetime64[s]")
    return pd.Series(valeurs, dtype=_GENRES[genre])


def enregistrements(table: pd.DataFrame, colonnes: Sequence[str]) -> list[dict[str, Any]]:
    """Lignes d'une table en dictionnaires de valeurs Python (dates, entiers, None pour l'absence)."""
    listes = [_valeurs(table[nom]) for nom in colonnes]
    return [dict(zip(colonnes, valeurs, strict=True)) for valeurs in zip(*listes, strict=True)]


def _valeurs(serie: pd.Series) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(serie.dtype):
        jours: list[Any] = serie.to_numpy().astype("datetime64[D]").tolist()
        return jours
    absentes = serie.isna().tolist()
    valeurs = serie.astype("object").tolist()
    return [None if absente else valeur for valeur, absente in zip(valeurs, absentes, strict=True)]


def inserer(session: Session, modele: type[SQLModel], rangees: Sequence[dict[str, Any]]) -> None:
    """Insère des lignes par lots, sans passer par des objets."""
    for debut in range(0, len(rangees), LOT):
        session.connection().execute(insert(modele), list(rangees[debut : debut + LOT]))


def modifier(session: Session, modele: type[SQLModel], rangees: Sequence[dict[str, Any]]) -> None:
    """Récrit des lignes par lots ; chaque dictionnaire porte `id` et les colonnes à récrire (les mêmes pour tous)."""
    if not rangees:
        return
    colonnes = [nom for nom in rangees[0] if nom != "id"]
    table = modele.__table__  # type: ignore[attr-defined]
    ordre = update(table).where(table.c.id == bindparam("id_")).values({nom: bindparam(f"{nom}_") for nom in colonnes})
    for debut in range(0, len(rangees), LOT):
        lot = [{f"{nom}_": valeur for nom, valeur in rangee.items()} for rangee in rangees[debut : debut + LOT]]
        session.connection().execute(ordre, lot)


def supprimer(session: Session, modele: type[SQLModel], colonne: str, valeurs: Sequence[int]) -> None:
    """Supprime par lots les lignes dont `colonne` est parmi `valeurs`."""
    table = modele.__table__  # type: ignore[attr-defined]
    for debut in range(0, len(valeurs), 500):
        session.connection().execute(delete(table).where(table.c[colonne].in_(valeurs[debut : debut + 500])))
