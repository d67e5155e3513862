"""Des tables reçues (pandas, polars, polars paresseux ou Parquet parcouru) aux colonnes que le moteur compte.

Rien ne passe par pandas quand la table est de polars. Une date devient un nombre de jours depuis 1970, un vrai ou faux
devient 0 ou 1 ; une valeur illisible est refusée, jamais prise pour une absence.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from indicateurs.catalogue import Genre
from indicateurs.lecture import TableInvalide, citer, exiger_colonnes, lire_dates

__all__ = ["Table", "en_pandas", "est_vide", "lire_colonnes", "noms_de", "texte_ou_rien"]

Table = pd.DataFrame | pl.DataFrame | pl.LazyFrame


def noms_de(table: Table) -> list[str]:
    """Les colonnes d'une table reçue."""
    return table.collect_schema().names() if isinstance(table, pl.LazyFrame) else [str(nom) for nom in table.columns]


def est_vide(table: Table | None) -> bool:
    """Vrai pour une table absente, ou dont on sait sans la lire qu'elle n'a aucune ligne."""
    return table is None or (not isinstance(table, pl.LazyFrame) and len(table) == 0)


def en_pandas(colonne: pl.Series) -> pd.Series:
    """Une colonne pour un message d'erreur, ou pour un module qui ne connaît que pandas."""
    return pd.Series(colonne.to_list(), dtype=object)


def lire_colonnes(
    table: Table, nom: str, *, requises: Iterable[str], genres: Mapping[str, Genre | None], ids: str | None = None
) -> pl.DataFrame:
    """Les colonnes de `genres` que la table porte, au genre dit (None : un identifiant, laissé tel quel).

    `ids` : la colonne que cite un message. Lève `TableInvalide` si une colonne de `requises` manque, si une valeur est
    illisible.
    """
    presents = noms_de(table)
    exiger_colonnes(pd.DataFrame(columns=presents), requises, nom)
    voulues = [colonne for colonne in genres if colonne in presents]
    if isinstance(table, pl.LazyFrame):
        # D'un seul tenant : les colonnes déduites le sont, et un moteur recopie ce qui n'est pas aligné.
        table = table.select(voulues).collect().rechunk()
    identifiants = table[ids] if ids in presents else pd.Series(range(len(table)))
    return pl.DataFrame(
        [
            _lire(table[colonne], genres[colonne], identifiants, f"{nom}.{colonne}").rename(colonne)
            for colonne in voulues
        ]
    )


def _lire(valeurs: Any, genre: Genre | None, ids: Any, ou: str) -> pl.Series:
    lue = _deja_lisible(valeurs, genre) if isinstance(valeurs, pl.Series) else None
    if lue is not None:
        return lue
    valeurs = en_pandas(valeurs) if isinstance(valeurs, pl.Series) else valeurs.reset_index(drop=True)
    match genre:
        case "date":
            return _jours(valeurs, pd.Series(list(ids)), ou)
        case "logique":
            return _vrai_ou_faux(valeurs, ou)
        case "nombre":
            return _nombres(valeurs, ou)
        case "texte":
            textes = valeurs.astype("str").astype(object)
            return pl.Series(textes.where(valeurs.notna(), None).to_list(), dtype=pl.String)
    return _identifiants(valeurs)


def _deja_lisible(valeurs: pl.Series, genre: Genre | None) -> pl.Series | None:
    """La colonne de polars au genre voulu, ou None si ses valeurs sont à lire une à une."""
    lu, rendue = valeurs.dtype, None
    if genre is None:
        rendue = valeurs
    elif genre == "date" and lu.is_temporal():
        rendue = (valeurs if lu == pl.Date else valeurs.dt.date()).to_physical()
    elif genre == "logique" and lu == pl.Boolean:
        rendue = valeurs.cast(pl.Int8)
    elif genre == "nombre" and lu.is_numeric():
        rendue = valeurs.fill_nan(None) if lu.is_float() else valeurs
    elif genre == "texte":
        rendue = valeurs if lu in (pl.String, pl.Categorical, pl.Enum) else valeurs.cast(pl.String)
    return rendue


def _jours(valeurs: pd.Series, ids: pd.Series, ou: str) -> pl.Series:
    jours = lire_dates(valeurs, ids.reset_index(drop=True), ou).to_numpy().astype("datetime64[D]")
    return pl.Series(jours).to_physical()


def _vrai_ou_faux(valeurs: pd.Series, ou: str) -> pl.Series:
    try:
        lus = valeurs.astype("boolean")
    except (TypeError, ValueError) as erreur:
        raise TableInvalide(f"{ou} : vrai ou faux attendu (ou vide si l'on ne sait pas).") from erreur
    return pl.Series(lus.astype("Int8").to_numpy(dtype="float64", na_value=np.nan)).fill_nan(None).cast(pl.Int8)


def _nombres(valeurs: pd.Series, ou: str) -> pl.Series:
    lus = pd.to_numeric(valeurs, errors="coerce")
    perdus = np.flatnonzero(lus.isna().to_numpy() & valeurs.notna().to_numpy())
    if len(perdus):
        raise TableInvalide(f"{ou} : nombre attendu (exemple : {citer(valeurs, perdus[0])}).")
    reels = pl.Series(lus.to_numpy(dtype="float64", na_value=np.nan)).fill_nan(None)
    return reels.cast(pl.Int64) if bool((reels.drop_nulls() % 1 == 0).all()) else reels


def _identifiants(valeurs: pd.Series) -> pl.Series:
    if pd.api.types.is_integer_dtype(valeurs.dtype) or valeurs.isna().all():
        return pl.Series(valeurs.astype("Int64").to_list(), dtype=pl.Int64)
    objets = valeurs.astype(object).where(valeurs.notna(), None)
    if pd.api.types.is_float_dtype(valeurs.dtype) and (valeurs.dropna() % 1 == 0).all():
        return pl.Series(valeurs.astype("Int64").to_list(), dtype=pl.Int64)
    if pd.api.types.infer_dtype(objets, skipna=True) == "string":
        return pl.Series(objets.to_list(), dtype=pl.String)
    # Des identifiants de plusieurs types : 7 et « 7 » restent deux personnes.
    return pl.Series([None if valeur is None else repr(valeur) for valeur in objets], dtype=pl.String)


def texte_ou_rien(valeur: Any) -> str | None:
    """Une clé lue de pandas, en texte ; None si elle manque."""
    return None if pd.isna(valeur) else str(valeur)
