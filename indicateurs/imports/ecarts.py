"""Ce qu'un fichier change à ce qui est rangé : ajouts, changements, ce qu'il ne dit plus."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import pandas as pd

_DETAIL = ("rang", "champ", "avant", "apres")
SOURCE = "_source_{}"
"""Colonne facultative d'une table rangée : la source de chaque valeur d'un champ (absente : aucune)."""
DIT = "_dit_{}"
"""Colonne de `communes` : ce que le fichier dit d'un champ, avant toute décision (avec `SOURCE` seulement)."""


@dataclass(frozen=True)
class Ecart:
    """L'écart entre deux tables de même clé.

    `ajouts` : lignes nouvelles. `communes` : lignes des deux tables, avec `<champ>` (ce qu'il faut ranger) et
    `<champ>_avant`. `changees` : masque, sur `communes`, des lignes à récrire. `details` : une ligne par valeur
    changée (`rang` dans `communes`, `champ`, `avant`, `apres`). `tues` : même forme, valeurs rangées que le fichier
    ne donne plus (elles restent, sauf si l'utilisateur les retire). `desaccords` : même forme, valeurs rangées qui
    viennent d'une autre source et que le fichier dit autrement ; elles restent.
    """

    ajouts: pd.DataFrame
    communes: pd.DataFrame
    changees: pd.Series
    details: pd.DataFrame
    tues: pd.DataFrame
    desaccords: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_DETAIL)))


def comparer(
    anciennes: pd.DataFrame,
    nouvelles: pd.DataFrame,
    cle: Sequence[str],
    champs: Sequence[str],
    *,
    retirer: bool,
    source: str = "",
    prendre: Set[str] = frozenset(),
) -> Ecart:
    """Compare deux tables de mêmes colonnes ; la clé y est unique.

    `nouvelles` porte une colonne booléenne `prime` : vraie si la ligne est au moins aussi récente que l'ancienne
    (sinon elle ne fait que combler les vides). Une valeur absente n'efface rien, sauf `retirer` si sa ligne prime.
    `source` : celle du fichier. Une valeur rangée qui vient d'une autre (colonnes `SOURCE`) n'est remplacée que si son
    champ est dans `prendre`, et jamais vidée.
    """
    jointes = nouvelles.merge(anciennes, on=list(cle), how="left", suffixes=("", "_avant"), indicator="_presence")
    nouveau = jointes["_presence"] == "left_only"
    communes = jointes[~nouveau].drop(columns="_presence").reset_index(drop=True)
    changees = pd.Series(data=False, index=communes.index)
    details: list[pd.DataFrame] = []
    tues: list[pd.DataFrame] = []
    desaccords: list[pd.DataFrame] = []
    for champ in champs:
        neuf, avant = communes[champ], communes[f"{champ}_avant"]
        d_une_autre = _d_une_autre_source(communes, champ, source)
        remplace = neuf.notna() & (avant.isna() | (communes["prime"] & differents(neuf, avant)))
        refuse = remplace & avant.notna() & d_une_autre & (champ not in prendre)
        remplace &= ~refuse
        tu = neuf.isna() & avant.notna() & communes["prime"] & ~d_une_autre
        for listes, masque in ((details, remplace), (tues, tu), (desaccords, refuse)):
            listes.append(_detail(communes, champ, masque))
        garder = ~remplace & ~tu if retirer else ~remplace
        if SOURCE.format(champ) in communes:
            communes[DIT.format(champ)] = neuf
        communes[champ] = neuf.where(~garder, avant)
        changees |= remplace | (tu if retirer else False)
    ajouts = nouvelles[nouveau.to_numpy()].reset_index(drop=True)
    return Ecart(ajouts, communes, changees, pd.concat(details), pd.concat(tues), pd.concat(desaccords))


def _d_une_autre_source(communes: pd.DataFrame, champ: str, source: str) -> pd.Series:
    if (colonne := SOURCE.format(champ)) not in communes:
        return pd.Series(data=False, index=communes.index)
    return communes[colonne].notna() & (communes[colonne] != source).fillna(value=False).astype(bool)


def differents(une: pd.Series, autre: pd.Series) -> pd.Series:
    """Vrai là où deux valeurs présentes diffèrent (une absence n'est pas une différence)."""
    return (une != autre).fillna(value=False).astype(bool) & une.notna() & autre.notna()


def _detail(communes: pd.DataFrame, champ: str, masque: pd.Series) -> pd.DataFrame:
    choisies = communes.loc[masque]
    return pd.DataFrame(
        {
            "rang": choisies.index.to_numpy(),
            "champ": [champ] * len(choisies),
            "avant": choisies[f"{champ}_avant"].astype("object").to_list(),
            "apres": choisies[champ].astype("object").to_list(),
        },
        columns=["rang", "champ", "avant", "apres"],
    ).astype({"avant": "object", "apres": "object"})
