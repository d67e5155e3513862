"""Ce que deux sources réunies ne doivent pas faire : une formation finie avant son entrée, un contrat en double."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from indicateurs.imports.ecarts import Ecart
from indicateurs.sources.attaches import Refus

JOURS_VOISINS = 45
CONTRAT_VOISIN = (
    "Une autre source a déjà rangé, pour ce parcours, un contrat qui débute à quelques jours de celui-ci.",
    "Si c'est le même, corrigez la date de début dans une des deux sources ; il n'est pas ajouté une seconde fois.",
)
DATES_INVERSEES = (
    "Les dates de cette ligne et celles d'une autre source feraient finir la formation avant son entrée.",
    "Rien n'en est changé : corrigez la date fausse dans sa source, ou prenez les deux dates de ce fichier.",
)


def sans_dates_inversees(ecart: Ecart, champs: Sequence[str]) -> tuple[Ecart, tuple[Refus, ...]]:
    """Un parcours que les dates retenues de deux sources feraient finir avant son entrée reste tel quel, et se dit."""
    communes = ecart.communes
    inverses = (communes["date_fin"] < communes["date_entree"]) & ecart.changees
    if not inverses.any():
        return ecart, ()
    rangs = set(communes.index[inverses])
    communes = communes.copy()
    for champ in champs:
        communes[champ] = communes[champ].where(~inverses, communes[f"{champ}_avant"])
    refus = tuple(Refus(int(ligne), *DATES_INVERSEES) for ligne in communes.loc[inverses, "ligne"])
    garder = [table[~table["rang"].isin(rangs)] for table in (ecart.details, ecart.tues, ecart.desaccords)]
    return Ecart(ecart.ajouts, communes, ecart.changees & ~inverses, *garder), refus


def sans_contrats_voisins(
    ecart: Ecart, rangs: pd.DataFrame, contrats: pd.DataFrame, source: str
) -> tuple[Ecart, tuple[Refus, ...]]:
    """Un contrat qui commence à quelques jours d'un autre, d'une autre source, est sans doute le même : il se dit."""
    cle = ["id_parcours", "date_debut"]
    dits = pd.MultiIndex.from_frame(rangs[cle]).isin(pd.MultiIndex.from_frame(contrats[cle]))
    autres = rangs.loc[(rangs["proprietaire"] != source).to_numpy() & ~dits, cle]
    if autres.empty or ecart.ajouts.empty:
        return ecart, ()
    paires = ecart.ajouts[[*cle, "ligne"]].merge(autres, on="id_parcours", suffixes=("", "_range"))
    proches = paires[(paires["date_debut"] - paires["date_debut_range"]).abs() <= pd.Timedelta(days=JOURS_VOISINS)]
    voisins = ecart.ajouts["ligne"].isin(proches["ligne"]) & ecart.ajouts["id_parcours"].isin(proches["id_parcours"])
    refus = tuple(Refus(int(ligne), *CONTRAT_VOISIN) for ligne in sorted(set(proches["ligne"])))
    return replace(ecart, ajouts=ecart.ajouts[~voisins].reset_index(drop=True)), refus
