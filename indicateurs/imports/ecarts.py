"""Ce qu'un fichier change à ce qui est rangé : ajouts, changements, ce qu'il ne dit plus."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Ecart:
    """L'écart entre deux tables de même clé.

    `ajouts` : lignes nouvelles. `communes` : lignes des deux tables, avec `<champ>` (ce qu'il faut ranger) et
    `<champ>_avant`. `changees` : masque, sur `communes`, des lignes à récrire. `details` : une ligne par valeur
    changée (`rang` dans `communes`, `champ`, `avant`, `apres`). `tues` : même forme, valeurs rangées que le fichier
    ne donne plus (elles restent, sauf si l'utilisateur les retire).
    """

    ajouts: pd.DataFrame
    communes: pd.DataFrame
    changees: pd.Series
    details: pd.DataFrame
    tues: pd.DataFrame


def comparer(
    anciennes: pd.DataFrame, nouvelles: pd.DataFrame, cle: Sequence[str], champs: Sequence[str], *, retirer: bool
) -> Ecart:
    """Compare deux tables de mêmes colonnes ; la clé y est unique.

    `nouvelles` porte une colonne booléenne `prime` : vraie si la ligne est au moins aussi récente que l'ancienne
    (sinon elle ne fait que combler les vides). Une valeur absente n'efface rien, sauf `retirer` si sa ligne prime.
    """
    jointes = nouvelles.merge(anciennes, on=list(cle), how="left", suffixes=("", "_avant"), indicator="_presence")
    nouveau = jointes["_presence"] == "left_only"
    communes = jointes[~nouveau].drop(columns="_presence").reset_index(drop=True)
    changees = pd.Series(data=False, index=communes.index)
    details, tues = [], []
    for champ in champs:
        neuf, avant = communes[champ], communes[f"{champ}_avant"]
        remplace = neuf.notna() & (avant.isna() | (communes["prime"] & differents(neuf, avant)))
        tu = neuf.isna() & avant.notna() & communes["prime"]
        details.append(_detail(communes, champ, remplace))
        tues.append(_detail(communes, champ, tu))
        garder = ~remplace & ~tu if retirer else ~remplace
        communes[champ] = neuf.where(~garder, avant)
        changees |= remplace | (tu if retirer else False)
    ajouts = nouvelles[nouveau.to_numpy()].reset_index(drop=True)
    return Ecart(ajouts, communes, changees, pd.concat(details), pd.concat(tues))


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
