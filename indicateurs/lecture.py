"""Lecture prudente des tables pandas reçues de l'extérieur : colonnes, identifiants, dates.

Une valeur illisible n'est jamais prise pour une absence : elle changerait un statut en silence.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "TableInvalide",
    "citer",
    "exiger_colonnes",
    "exiger_presence",
    "exiger_unicite",
    "lire_dates",
    "lire_jours",
]


_PREMIER_JOUR, _DERNIER_JOUR = np.array(["0001-01-01", "9999-12-31"], dtype="datetime64[D]").astype(np.int64)


class TableInvalide(ValueError):
    """Une table reçue ne permet pas le calcul ; le message nomme la table, la colonne et un exemple."""


def citer(valeurs: pd.Series, position: int) -> str:
    """Une valeur de la table, pour un message : `7`, `'7'` (le type distingue un identifiant), jamais `np.int64(7)`."""
    valeur = valeurs.iloc[position]
    if isinstance(valeur, np.datetime64):  # hors calendrier, `item` n'en rendrait qu'un nombre
        return str(valeur)
    return repr(valeur.item() if isinstance(valeur, np.generic) else valeur)


def exiger_colonnes(table: pd.DataFrame, colonnes: Iterable[str], nom: str) -> None:
    """Lève `TableInvalide` si des colonnes manquent."""
    manquantes = [colonne for colonne in colonnes if colonne not in table.columns]
    if manquantes:
        raise TableInvalide(f"{nom} : colonne(s) absente(s) : {', '.join(manquantes)}.")


def exiger_unicite(ids: pd.Series, nom: str, colonne: str = "id_apprenti") -> None:
    """Lève `TableInvalide` si un identifiant est absent ou donné deux fois."""
    exiger_presence(~ids.isna().to_numpy(), ids, f"{nom}.{colonne}")
    doubles = ids[ids.duplicated()]
    if len(doubles):
        raise TableInvalide(
            f"{nom}.{colonne} : {doubles.nunique()} identifiant(s) en double "
            f"(exemple : {citer(doubles, 0)}) ; une seule ligne par identifiant."
        )


def exiger_presence(presentes: NDArray[np.bool_], ids: pd.Series, ou: str) -> None:
    """Lève `TableInvalide` si une valeur obligatoire manque."""
    absentes = np.flatnonzero(~presentes)
    if len(absentes):
        raise TableInvalide(
            f"{ou} : {len(absentes)} valeur(s) obligatoire(s) absente(s) "
            f"(exemple : identifiant {citer(ids, absentes[0])})."
        )


def lire_jours(valeurs: pd.Series, ids: pd.Series, ou: str, absente: int) -> NDArray[np.int64]:
    """Rend une colonne de dates en jours depuis 1970 ; `absente` remplace les valeurs absentes."""
    # Des instants sans fuseau se tronquent au jour sans passer par minuit : trois fois moins de temps.
    lues = valeurs if isinstance(valeurs.dtype, np.dtype) and valeurs.dtype.kind == "M" else None
    jours = (lire_dates(valeurs, ids, ou) if lues is None else lues).to_numpy().astype("datetime64[D]")
    absents, entiers = np.isnat(jours), jours.astype(np.int64)
    hors = ((entiers < _PREMIER_JOUR) | (entiers > _DERNIER_JOUR)) & ~absents
    if hors.any():
        raise _illisible(valeurs.reset_index(drop=True).astype(object), pd.Series(hors), ids, ou)
    entiers[absents] = absente
    return entiers


def lire_dates(valeurs: pd.Series, ids: pd.Series, ou: str) -> pd.Series:
    """Rend une colonne de dates en datetime64[us] à minuit (NaT si absente), index remis à zéro.

    Accepte datetime64 (toute précision, avec ou sans fuseau), dates et instants Python, texte ISO 8601.
    Lève `TableInvalide` sur un nombre ou un texte illisible.
    """
    valeurs = valeurs.reset_index(drop=True)
    if valeurs.dtype.kind != "M" or isinstance(valeurs.dtype, pd.ArrowDtype):
        valeurs = _convertir(valeurs, ids, ou)
    if isinstance(valeurs.dtype, pd.DatetimeTZDtype):
        valeurs = valeurs.dt.tz_localize(None)
    jours: pd.Series = valeurs.dt.as_unit("us").dt.normalize()
    return jours


def _convertir(valeurs: pd.Series, ids: pd.Series, ou: str) -> pd.Series:
    objets = valeurs.astype(object)
    absentes = objets.isna() | (objets == "")
    if absentes.all():
        return pd.Series(pd.NaT, index=valeurs.index, dtype="datetime64[us]")
    if pd.api.types.infer_dtype(objets[~absentes]) in _GENRES_DE_NOMBRES:
        raise _illisible(objets, ~absentes, ids, ou)
    lues = pd.to_datetime(objets.where(~absentes, None), format="ISO8601", errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(lues.dtype):
        raise _illisible(objets, ~absentes, ids, ou)
    # « 2024 » ou « 2024-09 » se liraient au premier du mois : une date incomplète n'est pas une date.
    incompletes = objets.map(lambda valeur: isinstance(valeur, str) and len(valeur) < len("AAAAMMJJ"))
    perdues = (lues.isna() | incompletes) & ~absentes
    if perdues.any():
        raise _illisible(objets, perdues, ids, ou)
    return lues


_GENRES_DE_NOMBRES = {"integer", "floating", "mixed-integer", "mixed-integer-float", "decimal", "boolean"}


def _illisible(objets: pd.Series, fautives: pd.Series, ids: pd.Series, ou: str) -> TableInvalide:
    premiere = int(np.flatnonzero(fautives.to_numpy())[0])
    return TableInvalide(
        f"{ou} : {int(fautives.sum())} date(s) illisible(s) (exemple : {citer(objets, premiere)}, "
        f"identifiant {citer(ids, premiere)}) ; attendu : une date ou un texte AAAA-MM-JJ."
    )
