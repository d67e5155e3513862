"""Des tables pandas reçues aux tables que les formules comptent : dates, statuts, groupes, retours.

Tout ce que les formules comparent est préparé ici une fois : dates à minuit, groupe en entier, statut à la
date d'observation et dernier statut, premier autre contrat de la même personne après une rupture.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl

from indicateurs.lecture import TableInvalide, citer, exiger_colonnes, exiger_presence, exiger_unicite, lire_dates
from indicateurs.parcours import calculer_parcours, derniers_de_chacun

__all__ = ["CLES_DE_GROUPE", "Moteur", "TablesPretes", "preparer", "promotion_de"]

Moteur = Literal["polars", "pandas"]
STATUTS_CALCULES = ("statut_au", "dernier_statut")
CLES_DE_GROUPE = ("rncp", "cfd", "uai_responsable", "uai_formateur")
"""Une formation : diplôme (RNCP, code formation diplôme), CFA responsable, lieu de formation."""

_COLONNES_PARCOURS = ("id_parcours", *CLES_DE_GROUPE, "date_entree", "date_fin", "date_exclusion", "obtention")
_COLONNES_CONTRATS = ("id_parcours", "rang", "date_debut", "date_fin", "date_rupture")
_DATES_CONTRAT = ("date_debut", "date_fin", "date_rupture")
_MOIS_DE_RENTREE = 8
_JOURS_POSSIBLES = 1 << 23


@dataclass(frozen=True)
class TablesPretes:
    """Tables du moteur choisi ; `groupes` (pandas) donne les clés de chaque entier de la colonne `groupe`."""

    apprentis: nw.DataFrame[pl.DataFrame] | nw.DataFrame[pd.DataFrame]
    contrats: nw.DataFrame[pl.DataFrame] | nw.DataFrame[pd.DataFrame]
    groupes: pd.DataFrame


def promotion_de(entrees: pd.Series) -> pd.Series:
    """Année scolaire de la date d'entrée, qui change au 1er août : « 2024-2025 »."""
    debut = entrees.dt.year - (entrees.dt.month < _MOIS_DE_RENTREE).astype("int64")
    annees = {annee: f"{annee}-{annee + 1}" for annee in debut.unique()}
    promotions: pd.Series = debut.map(annees).astype("str")
    return promotions


def preparer(
    parcours: pd.DataFrame, contrats: pd.DataFrame, au: date, moteur: Moteur, *, statuts: bool = True
) -> TablesPretes:
    """Prépare les deux tables à la date d'observation `au` (colonnes : voir `indicateurs.moteur`).

    `statuts` faux laisse de côté le calcul des parcours, quand nulle formule ne lit un statut.

    Lève `TableInvalide` comme `calculer_parcours`.
    """
    exiger_colonnes(parcours, _COLONNES_PARCOURS, "parcours")
    exiger_unicite(parcours["id_parcours"].reset_index(drop=True), "parcours", "id_parcours")
    contrats = _ou_vide(contrats)
    exiger_colonnes(contrats, _COLONNES_CONTRATS, "contrats")
    rangs = pd.Series(np.arange(len(parcours)))
    lus = _lire_contrats(contrats, parcours["id_parcours"])
    apprentis = _lire_apprentis(parcours, rangs)
    if statuts:
        _ajouter_statuts(apprentis, lus, au)
    groupes = _grouper(parcours, apprentis)
    lus["groupe"] = apprentis["groupe"].to_numpy()[lus["id_apprenti"].to_numpy()]
    lus = _dernier_de_chaque_jour(lus)
    colonnes = ["groupe", "date_fin", "resultat_connu", "diplome", *(STATUTS_CALCULES if statuts else ())]
    return TablesPretes(
        _pour(apprentis[colonnes], moteur),
        _avec_retour(_pour(lus[["groupe", "personne", *_DATES_CONTRAT]], moteur)),
        groupes,
    )


def _ou_vide(contrats: pd.DataFrame) -> pd.DataFrame:
    return contrats if len(contrats) else pd.DataFrame(columns=list(_COLONNES_CONTRATS))


def _lire_apprentis(parcours: pd.DataFrame, rangs: pd.Series) -> pd.DataFrame:
    ids = parcours["id_parcours"].reset_index(drop=True)
    lus = {"id_apprenti": rangs}
    for colonne in ("date_entree", "date_fin", "date_exclusion"):
        lus[colonne] = lire_dates(parcours[colonne], ids, f"parcours.{colonne}")
    for colonne in ("date_entree", "date_fin"):
        exiger_presence(lus[colonne].notna().to_numpy(), ids, f"parcours.{colonne}")
    resultat = parcours["obtention"].astype("boolean").reset_index(drop=True)
    lus["resultat_connu"] = resultat.notna().astype("bool")
    lus["diplome"] = resultat.fillna(False).astype("bool")
    return pd.DataFrame(lus)


def _lire_contrats(contrats: pd.DataFrame, connus: pd.Series) -> pd.DataFrame:
    ids = contrats["id_parcours"].reset_index(drop=True)
    rang_apprenti = pd.Index(connus).get_indexer(pd.Index(ids))
    inconnus = np.flatnonzero(rang_apprenti < 0)
    if len(inconnus):
        raise TableInvalide(
            f"contrats.id_parcours : {len(inconnus)} contrat(s) sans parcours correspondant "
            f"(exemple : {citer(ids, inconnus[0])}) ; ajoutez le parcours ou retirez le contrat."
        )
    personne = contrats["id_personne"] if "id_personne" in contrats.columns else pd.Series(rang_apprenti)
    codes = pd.factorize(personne.reset_index(drop=True))[0]
    # Une personne absente ne rapproche pas deux contrats : chacun reste seul avec son parcours.
    seules = np.where(codes < 0, -1 - rang_apprenti, codes)
    lus = {"id_apprenti": rang_apprenti, "personne": seules, "rang": contrats["rang"].to_numpy()}
    for colonne in _DATES_CONTRAT:
        lus[colonne] = lire_dates(contrats[colonne], ids, f"contrats.{colonne}").to_numpy()
    exiger_presence(~np.isnat(lus["date_debut"]), ids, "contrats.date_debut")
    return pd.DataFrame(lus)


def _ajouter_statuts(apprentis: pd.DataFrame, contrats: pd.DataFrame, au: date) -> None:
    """Statut à la date d'observation et dernier statut ; texte vide si la frise n'a aucun jour jusque-là."""
    frise = calculer_parcours(apprentis, contrats)
    rangs, statuts = frise["id_apprenti"].to_numpy(), frise["statut"]
    commencee = np.flatnonzero(frise["depuis"].to_numpy() <= np.datetime64(au, "us"))
    for colonne, lignes in (("statut_au", commencee), ("dernier_statut", np.arange(len(frise)))):
        derniers = lignes[derniers_de_chacun(rangs[lignes])]
        connus = pd.Series(statuts.to_numpy()[derniers], index=rangs[derniers], dtype="str")
        apprentis[colonne] = connus.reindex(range(len(apprentis)), fill_value="")


def _grouper(parcours: pd.DataFrame, apprentis: pd.DataFrame) -> pd.DataFrame:
    cles = parcours[list(CLES_DE_GROUPE)].reset_index(drop=True).astype("str")
    cles["promotion"] = promotion_de(apprentis["date_entree"])
    par_cle = cles.groupby(list(cles.columns), dropna=False, sort=True)
    apprentis["groupe"] = par_cle.ngroup()
    groupes = cles.assign(groupe=apprentis["groupe"]).drop_duplicates("groupe")
    return groupes.sort_values("groupe").reset_index(drop=True)


def _dernier_de_chaque_jour(contrats: pd.DataFrame) -> pd.DataFrame:
    """Deux contrats d'un parcours qui débutent le même jour : le dernier de la liste remplace l'autre."""
    jours = contrats["date_debut"].to_numpy().astype("datetime64[D]").astype("int64")
    if not pd.Series(contrats["id_apprenti"].to_numpy() * _JOURS_POSSIBLES + jours).duplicated().any():
        return contrats
    tries = contrats.sort_values("rang", kind="stable")
    return tries.drop_duplicates(["id_apprenti", "date_debut"], keep="last").sort_index()


def _pour(table: pd.DataFrame, moteur: Moteur) -> nw.DataFrame[pl.DataFrame] | nw.DataFrame[pd.DataFrame]:
    """La table dans le moteur choisi, vue par narwhals."""
    table = table.reset_index(drop=True)
    if moteur == "pandas":
        return nw.from_native(table, eager_only=True)
    return nw.from_native(pl.from_pandas(table), eager_only=True)


def _avec_retour(contrats: nw.DataFrame) -> nw.DataFrame:  # type: ignore[type-arg]
    """Ajoute `retour` : début du premier AUTRE contrat de la personne, le jour de la rupture ou après."""
    contrats = contrats.with_row_index("contrat")
    rompus = contrats.filter(~nw.col("date_rupture").is_null()).select("contrat", "personne", "date_rupture")
    autres = contrats.select("personne", autre=nw.col("contrat"), retour=nw.col("date_debut"))
    retours = (
        rompus.join(autres, on="personne", how="inner")
        .filter(nw.col("autre") != nw.col("contrat"), nw.col("retour") >= nw.col("date_rupture"))
        .group_by("contrat")
        .agg(nw.col("retour").min())
    )
    return contrats.join(retours, on="contrat", how="left")


def a_minuit(au: date) -> datetime:
    """La date d'observation, comparable aux colonnes de dates."""
    return datetime(au.year, au.month, au.day)  # noqa: DTZ001 (des jours, sans fuseau)
