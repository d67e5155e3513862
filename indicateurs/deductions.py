"""Les colonnes que l'outil déduit avant de compter : retour en contrat, statuts, résultat, rencontres, réponses.

Chaque fonction rend une colonne alignée sur la table qui la porte ; seules les colonnes qu'une définition nomme se
calculent. Les dates sont des jours entiers depuis 1970.
"""

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from indicateurs.catalogue import charger_motifs
from indicateurs.parcours import STATUTS, calculer_parcours, derniers_de_chacun
from indicateurs.rattachement import Entiers, annee_scolaire, numeroter

__all__ = [
    "derniers_de_chaque_jour",
    "fin_d_annee",
    "plus_mois",
    "premiere_duree",
    "rencontres",
    "rentree_suivante",
    "repondants",
    "resultats",
    "retours",
    "statuts",
]

_DECALAGE, _BITS = 1 << 22, 23
_JOURS_PAR_AN = 365.25
_ABSENT, _TOUJOURS = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_SANS_REPONSE = -1
_STATUTS = pl.Series(STATUTS, dtype=pl.Enum(STATUTS))


def _connus(valeurs: pl.Series) -> tuple[Entiers, NDArray[np.bool_]]:
    """Les jours (0 s'ils manquent), et lesquels sont connus."""
    connus: NDArray[np.bool_] = valeurs.is_not_null().to_numpy()
    return valeurs.fill_null(0).to_numpy().astype(np.int64), connus


def _colonne(valeurs: Entiers, nom: str, genre: type[pl.DataType] = pl.Int32) -> pl.Series:
    """Une colonne où `_ABSENT` et `_TOUJOURS`, qui ne tiennent pas dans son genre, sont des valeurs absentes."""
    return pl.Series(nom, valeurs).cast(genre, strict=False)


def _cle(porteurs: Entiers, jours: Entiers) -> Entiers:
    """Un entier dont l'ordre est celui du porteur puis du jour."""
    return (porteurs << _BITS) + (jours + _DECALAGE)


def derniers_de_chaque_jour(rangs: Entiers, debuts: Entiers, ordre: Entiers) -> NDArray[np.bool_]:
    """Les contrats qui comptent : de deux contrats d'un parcours débutant le même jour, le dernier de la liste."""
    gardes = np.ones(len(rangs), dtype=bool)
    plusieurs = np.flatnonzero((np.bincount(rangs) > 1)[rangs]) if len(rangs) else rangs
    cles = _cle(rangs[plusieurs], debuts[plusieurs])
    triees = np.sort(cles)
    if (triees[1:] != triees[:-1]).all():
        return gardes
    tri = np.lexsort((ordre[plusieurs], cles))
    cles, plusieurs = cles[tri], plusieurs[tri]
    gardes[plusieurs[:-1][cles[1:] == cles[:-1]]] = False
    return gardes


def retours(contrats: pl.DataFrame, rangs: Entiers) -> pl.Series:
    """`retour` : début du premier AUTRE contrat de la même personne, le jour de la fin anticipée ou après.

    Sans `id_personne`, la personne est le parcours. Un contrat annulé n'est pas un retour.
    """
    personnes = _personnes(contrats, rangs)
    debuts = contrats["date_debut"].to_numpy().astype(np.int64)
    ruptures, rompus = _connus(contrats["date_rupture"])
    rendus = np.full(len(rangs), _ABSENT)
    plusieurs = _plusieurs_contrats(personnes, rompus)
    possibles = np.flatnonzero(plusieurs & ~_annules(contrats))
    possibles = possibles[np.argsort(_cle(personnes[possibles], debuts[possibles]), kind="stable")]
    cherches = np.flatnonzero(plusieurs & rompus)
    if not len(possibles) or not len(cherches):
        return _colonne(rendus, "retour")
    tries = _cle(personnes[possibles], debuts[possibles])
    places = np.searchsorted(tries, _cle(personnes[cherches], ruptures[cherches]))
    bornees = np.minimum(places, len(possibles) - 1)
    places = np.where((places < len(possibles)) & (possibles[bornees] == cherches), places + 1, places)
    bornees = np.minimum(places, len(possibles) - 1)
    siens = (places < len(possibles)) & (personnes[possibles[bornees]] == personnes[cherches])
    rendus[cherches[siens]] = debuts[possibles[bornees[siens]]]
    return _colonne(rendus, "retour")


def _plusieurs_contrats(personnes: Entiers, rompus: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Les contrats d'une personne qui en a plusieurs, dont l'un rompu : les seuls où chercher un retour."""
    if not len(personnes):
        return np.zeros(0, dtype=bool)
    nombres = np.bincount(personnes)
    a_rompu = np.zeros(len(nombres), dtype=bool)
    a_rompu[personnes[rompus]] = True
    retenues: NDArray[np.bool_] = ((nombres > 1) & a_rompu)[personnes]
    return retenues


def _personnes(contrats: pl.DataFrame, rangs: Entiers) -> Entiers:
    if "id_personne" not in contrats.columns:
        return rangs
    codes, nombre = numeroter(contrats["id_personne"])
    # Une personne absente ne rapproche pas deux contrats : chacun reste seul avec son parcours.
    return np.where(codes < 0, nombre + rangs, codes)


def _annules(contrats: pl.DataFrame) -> NDArray[np.bool_]:
    if "motif_rupture" not in contrats.columns:
        return np.zeros(contrats.height, dtype=bool)
    annulations = [motif.cle for motif in charger_motifs().values() if motif.effet == "annulation"]
    annules: NDArray[np.bool_] = contrats["motif_rupture"].is_in(annulations).fill_null(False).to_numpy()
    return annules


def rentree_suivante(entrees: Entiers) -> Entiers:
    """Le 31 décembre de l'année scolaire qui suit celle de l'entrée."""
    return _jour(annee_scolaire(entrees) + 1, 12, 31)


def fin_d_annee(annees: pl.Series) -> pl.Series:
    """Le 31 juillet qui clôt l'année scolaire commencée en `annee`."""
    distinctes = annees.drop_nulls().unique()
    fins = _jour(distinctes.to_numpy().astype(np.int64) + 1, 7, 31)
    return annees.replace_strict(distinctes, fins, default=None, return_dtype=pl.Int32).alias("fin_annee")


def _jour(annees: Entiers, mois: int, jour: int) -> Entiers:
    """Le rang d'un jour de chaque année."""
    mois_ecoules = ((annees - 1970) * 12 + mois - 1).astype("datetime64[M]")
    jours: Entiers = mois_ecoules.astype("datetime64[D]").astype(np.int64) + jour - 1
    return jours


def plus_mois(jours: pl.Series, mois: int) -> pl.Series:
    """Chaque jour, décalé de mois de calendrier : le 31 devient le dernier jour d'un mois plus court."""
    connus = jours.drop_nulls().to_numpy()
    if not len(connus):
        return jours.cast(pl.Int32)
    # Les jours distincts sont peu nombreux : on décale chacun une fois, puis chaque ligne y lit le sien.
    premier = int(connus.min())
    distincts = pl.Series(np.arange(premier, connus.max() + 1, dtype=np.int32)).cast(pl.Date)
    return distincts.dt.offset_by(f"{mois}mo").to_physical().gather(jours - premier)


def statuts(parcours: pl.DataFrame, contrats: pl.DataFrame, rangs: Entiers, au: date) -> list[pl.Series]:
    """`statut_au`, `dernier_statut` et `statut_rentree` ; absents si la frise n'a aucun jour jusque-là."""
    frise = calculer_parcours(_apprentis(parcours), _contrats(contrats, rangs))
    porteurs = frise["id_apprenti"].to_numpy().astype(np.int64)
    depuis = frise["depuis"].to_numpy().astype("datetime64[D]").astype(np.int64)
    codes = pd.Categorical(frise["statut"], categories=list(STATUTS)).codes.astype(np.int64)
    limites = {
        "statut_au": depuis <= np.datetime64(au, "D").astype(np.int64),
        "dernier_statut": np.ones(len(depuis), dtype=bool),
        "statut_rentree": depuis <= parcours["rentree_suivante"].to_numpy()[porteurs],
    }
    return [_statut(nom, np.flatnonzero(dits), porteurs, codes, parcours.height) for nom, dits in limites.items()]


def _statut(nom: str, lignes: Entiers, porteurs: Entiers, codes: Entiers, nombre: int) -> pl.Series:
    derniers = lignes[derniers_de_chacun(porteurs[lignes])]
    rendus = np.full(nombre, _ABSENT)
    rendus[porteurs[derniers]] = codes[derniers]
    return _STATUTS.gather(_colonne(rendus, nom, pl.UInt32)).alias(nom)


def _apprentis(parcours: pl.DataFrame) -> pd.DataFrame:
    colonnes = {nom: _en_dates(parcours[nom]) for nom in ("date_entree", "date_fin", "date_exclusion")}
    return pd.DataFrame({"id_apprenti": np.arange(parcours.height), **colonnes})


def _contrats(contrats: pl.DataFrame, rangs: Entiers) -> pd.DataFrame:
    colonnes = {nom: _en_dates(contrats[nom]) for nom in ("date_debut", "date_fin", "date_rupture")}
    return pd.DataFrame({"id_apprenti": rangs, "rang": contrats["rang"].to_numpy(), **colonnes})


def _en_dates(jours: pl.Series) -> NDArray[np.datetime64]:
    lus, connus = _connus(jours)
    dates = lus.astype("datetime64[D]").astype("datetime64[s]")
    dates[~connus] = np.datetime64("NaT")
    return dates


def resultats(table: pl.DataFrame | None, rangs: Entiers, parcours: pl.DataFrame) -> list[pl.Series]:
    """`present` et `admis` de la dernière année connue de chaque parcours ; à défaut, `admis` est `obtention`."""
    obtention = parcours["obtention"].cast(pl.Int8).alias("admis")
    if table is None or not table.height:
        return [pl.Series("present", [None], dtype=pl.Int8).new_from_index(0, parcours.height), obtention]
    annees = table["annee"].fill_null(0).to_numpy().astype(np.int64)
    dernieres = np.full(parcours.height, _ABSENT)
    np.maximum.at(dernieres, rangs, annees)
    choisis = np.flatnonzero(annees == dernieres[rangs])
    present, admis = (_reporter(table[nom], choisis, rangs, parcours.height) for nom in ("present", "admis"))
    return [present, admis.zip_with(admis.is_not_null(), obtention)]


def _reporter(valeurs: pl.Series, choisis: Entiers, rangs: Entiers, nombre: int) -> pl.Series:
    """Les réponses choisies, chacune au rang de son parcours ; de deux réponses d'un parcours, la dernière."""
    codes = valeurs.cast(pl.Int8).fill_null(_SANS_REPONSE).to_numpy()
    reportees = np.full(nombre, _SANS_REPONSE, dtype=np.int8)
    reportees[rangs[choisis]] = codes[choisis]
    return pl.Series(valeurs.name, reportees).set(pl.Series(reportees == _SANS_REPONSE), None)


def rencontres(
    table: pl.DataFrame | None, rangs: Entiers, parcours: pl.DataFrame, groupes: Entiers, au: int
) -> list[pl.Series]:
    """`premiere_rencontre`, `derniere_rencontre`, `rencontres_par_an` (avec l'employeur), `rencontres_consignees`."""
    premieres, dernieres = np.full(parcours.height, _TOUJOURS), np.full(parcours.height, _ABSENT)
    consignees, par_an = np.zeros(parcours.height, dtype=np.int8), np.zeros(parcours.height, dtype=np.int32)
    if table is not None and table.height:
        employeur = (table["nature"] == "employeur").fill_null(False)
        consignees = _dans_les_memes_groupes(rangs[np.flatnonzero(employeur.to_numpy())], groupes)
        tenues = employeur & (table["tenue_le"] <= au).fill_null(False)
        porteurs = rangs[np.flatnonzero(tenues.to_numpy())]
        jours = table["tenue_le"].filter(tenues).to_numpy().astype(np.int64)
        entrees, fins = (parcours[nom].to_numpy()[porteurs] for nom in ("date_entree", "date_fin"))
        np.minimum.at(premieres, porteurs, np.where(jours >= entrees, jours, _TOUJOURS))
        np.maximum.at(dernieres, porteurs, np.where(jours <= fins, jours, _ABSENT))
        dedans = (jours >= entrees) & (jours <= fins)
        par_an = _par_an(porteurs[dedans], jours[dedans], parcours)
    return [
        _colonne(premieres, "premiere_rencontre"),
        _colonne(dernieres, "derniere_rencontre"),
        pl.Series("rencontres_par_an", par_an),
        pl.Series("rencontres_consignees", consignees),
    ]


def _par_an(porteurs: Entiers, jours: Entiers, parcours: pl.DataFrame) -> NDArray[np.int32]:
    """Jours de rencontre de l'année de formation qui en a le moins ; les jours sont entre l'entrée et la fin.

    Une année va d'un anniversaire de l'entrée au suivant ; un reste de moins de six mois appartient à la précédente.
    """
    debuts, fins = (parcours[nom].to_numpy() for nom in ("date_entree", "date_fin"))
    annees = np.maximum(np.round((fins - debuts + 1) / _JOURS_PAR_AN).astype(np.int64), 1)
    rendus = np.zeros(parcours.height, dtype=np.int32)
    if not len(porteurs):
        return rendus
    vues = np.sort(_cle(porteurs, jours))
    vues = vues[_debuts(vues)]
    porteurs, jours = vues >> _BITS, (vues & ((1 << _BITS) - 1)) - _DECALAGE
    annees_vues = np.zeros(len(vues), dtype=np.int64)
    for rang in range(1, int(annees[porteurs].max())):
        anniversaires = plus_mois(parcours["date_entree"], 12 * rang).to_numpy()
        annees_vues += (jours >= anniversaires[porteurs]) & (rang < annees[porteurs])
    # Les jours sont dans l'ordre : ceux d'une année se suivent, les années d'un parcours aussi.
    debuts_d_annee = _debuts((porteurs << _BITS) + annees_vues)
    jours_par_annee = np.diff(debuts_d_annee, append=len(vues))
    debuts_de_parcours = _debuts(porteurs[debuts_d_annee])
    annees_comptees = np.diff(debuts_de_parcours, append=len(debuts_d_annee))
    qui = porteurs[debuts_d_annee[debuts_de_parcours]]
    moins = np.minimum.reduceat(jours_par_annee, debuts_de_parcours)
    rendus[qui] = np.where(annees_comptees == annees[qui], moins, 0)
    return rendus


def _debuts(codes: Entiers) -> Entiers:
    """Où commence chaque suite de codes égaux."""
    return np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])


def _dans_les_memes_groupes(rangs: Entiers, groupes: Entiers) -> NDArray[np.int8]:
    """1 pour chaque parcours d'un groupe dont l'un des parcours est de `rangs`."""
    dits = np.zeros(len(groupes), dtype=bool)
    dits[rangs] = True
    suivis = np.zeros(int(groupes.max(initial=-1)) + 1, dtype=np.int8)
    suivis[groupes[dits]] = 1
    return suivis[groupes]


def premiere_duree(situations: pl.DataFrame, rangs: Entiers) -> pl.Series:
    """`duree_deja_connue` : une échéance plus précoce du même parcours donne déjà la durée de recherche."""
    echeances, dites = _connus(situations["echeance"])
    connues = np.flatnonzero(situations["recherche_mois"].is_not_null().to_numpy() & dites)
    premieres = np.full(int(rangs.max(initial=-1)) + 1, _TOUJOURS)
    np.minimum.at(premieres, rangs[connues], echeances[connues])
    return pl.Series("duree_deja_connue", (premieres[rangs] < echeances) & dites).cast(pl.Int8)


def repondants(enquetes: pl.DataFrame, satisfaction: pl.DataFrame | None, cfas: Collection[str | None]) -> pl.Series:
    """`repondants` de chaque enquête : personnes distinctes qui ont noté, ou absent si l'on ne peut pas le savoir.

    Les deux tables portent `groupe` (formation et année) et `public` ; `cfas` : le CFA responsable de chaque groupe.
    """
    if satisfaction is None or not satisfaction.height:
        return pl.Series("repondants", [None], dtype=pl.Int64).new_from_index(0, enquetes.height)
    responsables = pl.DataFrame({"groupe": np.arange(len(cfas)), "cfa": pl.Series(list(cfas), dtype=pl.String)})
    notees = satisfaction.filter(pl.col("note").is_not_null()).with_columns(pl.col("groupe").cast(pl.Int64))
    comptes = notees.group_by("groupe", "public").agg(pl.col("repondant").n_unique().cast(pl.Int64).alias("repondants"))
    deposees = (
        notees.join(responsables, on="groupe")
        .select("cfa", "public", "annee")
        .unique()
        .with_columns(pl.lit(0, pl.Int64).alias("z"))
    )
    rangees = enquetes.select(pl.col("groupe").cast(pl.Int64), "public", "annee").join(
        responsables, on="groupe", how="left", maintain_order="left"
    )
    jointes = rangees.join(comptes, on=["groupe", "public"], how="left", maintain_order="left").join(
        deposees, on=["cfa", "public", "annee"], how="left", nulls_equal=True, maintain_order="left"
    )
    return jointes["repondants"].fill_null(jointes["z"]).alias("repondants")
