"""Compter : les expressions de chaque définition, évaluées par le moteur choisi, en comptes additifs par cellule.

Une cellule est un groupe (formation et année), croisé avec une modalité quand on ventile. Toutes les expressions
logiques d'une table s'évaluent d'un coup : leurs réponses forment un motif de bits, et l'on compte les couples
(cellule, motif). Le coût ne dépend donc presque pas du nombre d'indicateurs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from indicateurs.catalogue import charger_ventilations
from indicateurs.compilation import Compilateur
from indicateurs.definitions import Definition
from indicateurs.rattachement import Entiers
from indicateurs.tables import TablesPretes, colonne_de_ventilation

__all__ = ["Comptes", "Durees", "Moteur", "compter", "sommer", "vers_moteur"]

Moteur = Literal["polars", "pandas", "duckdb", "pyspark"]
Reels = NDArray[np.float64]
Cadre = Any
"""Une table vue par narwhals : paresseuse ou non selon le moteur."""

_BITS_MAX = 36
_CREUSES = {"contrats": "date_rupture"}
"""Une colonne souvent vide : ce qui l'exige ne se compte que sur les lignes où elle est connue."""


@dataclass(frozen=True)
class Durees:
    """Comptes de survie : par cellule et durée en jours, contrats dont le suivi s'arrête là, et ruptures parmi eux."""

    cellules: Entiers
    jours: Entiers
    suivis: Entiers
    ruptures: Entiers


@dataclass
class Comptes:
    """Les comptes d'une ventilation (ou d'aucune) : un tableau par « clé.compte », aligné sur les cellules.

    Une cellule vaut groupe × `modalites` + rang de la modalité ; `modalites` vaut 1 sans ventilation.
    """

    modalites: int
    nombre: int
    colonnes: dict[str, Reels] = field(default_factory=dict)
    durees: dict[str, Durees] = field(default_factory=dict)


def compter(
    pretes: TablesPretes,
    definitions: Iterable[Definition],
    au: date,
    *,
    ventilation: str | None = None,
    moteur: Moteur = "polars",
    horizons: bool = True,
) -> Comptes:
    """Compte chaque définition dont la table a des lignes.

    Colonnes rendues, par clé : `numerateur`, `denominateur`, `effectif` ; `carres` pour une moyenne. Une probabilité
    a ses `durees`, tronquées à l'horizon de la définition si `horizons` (au-delà, rien ne change la probabilité).
    """
    modalites = len(charger_ventilations()[ventilation].cles) if ventilation else 1
    comptes = Comptes(modalites, pretes.groupes.height * modalites)
    par_table: dict[str, list[Definition]] = {}
    for definition in definitions:
        if pretes.sait(definition) and (ventilation is None or ventilation in definition.ventilations):
            par_table.setdefault(definition.calcul.table, []).append(definition)
    for nom, concernees in par_table.items():
        cadre = vers_moteur(pretes.tables[nom], moteur)
        _Table(nom, cadre, comptes, au, ventilation=ventilation).compter(concernees, horizons=horizons)
    return comptes


def sommer(rangs: Entiers, valeurs: NDArray[Any], nombre: int) -> Reels:
    """La somme des valeurs de chaque rang, de 0 à `nombre` − 1."""
    # Sans aucune ligne, numpy oublie les poids et rend des entiers.
    return np.bincount(rangs, weights=valeurs, minlength=nombre).astype(np.float64, copy=False)


def vers_moteur(table: pl.DataFrame, moteur: Moteur) -> Cadre:
    """La table dans le moteur choisi, vue par narwhals."""
    if moteur == "polars":
        return nw.from_native(table.lazy())
    textes = [nom for nom, genre in table.schema.items() if genre in (pl.Enum, pl.Categorical)]
    table = table.with_columns(pl.col(textes).cast(pl.String))
    if moteur == "pandas":
        return nw.from_native(table.to_pandas())
    if moteur == "duckdb":
        import duckdb

        return nw.from_native(duckdb.from_arrow(table.to_arrow()))
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    return nw.from_native(session.createDataFrame(table.to_arrow()))


class _Table:
    """Les définitions d'une même table, comptées ensemble."""

    def __init__(self, nom: str, cadre: Cadre, comptes: Comptes, au: date, *, ventilation: str | None) -> None:
        self.nom, self.cadre, self.comptes, self.compilateur = nom, cadre, comptes, Compilateur(au)
        self.sur_les_cas = ventilation is not None and charger_ventilations()[ventilation].sur_les_cas
        self.groupe = nw.col("groupe").cast(nw.Int64)
        self.cellule = self.groupe
        if ventilation:
            self.cellule = self.groupe * comptes.modalites + nw.col(colonne_de_ventilation(ventilation))

    def compter(self, definitions: Sequence[Definition], *, horizons: bool) -> None:
        self._logiques([d for d in definitions if d.calcul.cas is not None and d.calcul.effectif_sur == "lignes"])
        for definition in definitions:
            if definition.unite == "probabilite":
                self._durees(definition, int(definition.parametres["jours"]) if horizons else None)  # type: ignore[arg-type]
            elif definition.calcul.cas is None or definition.calcul.effectif_sur == "parcours":
                self._sommes(definition)

    def _logiques(self, definitions: Sequence[Definition]) -> None:
        """Cohorte et cas de chaque définition, en bits ; ce qui exige une colonne creuse se compte à part."""
        partout: dict[str, nw.Expr] = {}
        creux: dict[str, nw.Expr] = {}
        creuse = _CREUSES.get(self.nom)
        for definition in definitions:
            cohorte, cas = definition.expressions["cohorte"], definition.expressions["cas"]
            cohorte_lue = self.compilateur.logique(cohorte)
            ou_cohorte = creux if creuse in cohorte.exigees else partout
            ou_cas = creux if creuse in cohorte.exigees | cas.exigees else partout
            ou_cohorte[f"{definition.cle}.effectif"] = cohorte_lue
            ou_cas[f"{definition.cle}.numerateur"] = cohorte_lue & self.compilateur.logique(cas)
        if creux:
            self._compter_bits(self.cadre.filter(~nw.col(str(creuse)).is_null()), creux)
        self._compter_bits(self.cadre, partout)
        for definition in definitions:
            self.comptes.colonnes[f"{definition.cle}.denominateur"] = self.comptes.colonnes[
                f"{definition.cle}.effectif"
            ]

    def _compter_bits(self, cadre: Cadre, logiques: dict[str, nw.Expr]) -> None:
        noms = list(logiques)
        entiers = [nom for nom in noms if self.sur_les_cas and nom.endswith(".effectif")]
        self._compter_lot(cadre, {nom: logiques[nom] for nom in entiers}, self.groupe, self.comptes.modalites)
        repartis = [nom for nom in noms if nom not in entiers]
        for debut in range(0, len(repartis), _BITS_MAX):
            lot = {nom: logiques[nom] for nom in repartis[debut : debut + _BITS_MAX]}
            self._compter_lot(cadre, lot, self.cellule, 1)

    def _compter_lot(self, cadre: Cadre, lot: dict[str, nw.Expr], cellule: nw.Expr, repeter: int) -> None:
        """`repeter` : le compte d'un groupe entier vaut pour chacune de ses modalités."""
        if not lot:
            return
        motif = nw.lit(0, nw.Int64)
        for rang, logique in enumerate(lot.values()):
            motif = motif + logique.cast(nw.Int64) * (1 << rang)
        cellules, motifs, nombres = self._denombrer(cadre.select(c=cellule, m=motif), len(lot))
        nombre = self.comptes.nombre // repeter
        for rang, nom in enumerate(lot):
            dits = (motifs >> rang) & 1 == 1
            somme = sommer(cellules[dits], nombres[dits], nombre)
            self.comptes.colonnes[nom] = np.repeat(somme, repeter) if repeter > 1 else somme

    def _denombrer(self, choisies: Cadre, bits: int) -> tuple[Entiers, Entiers, Entiers]:
        """Les couples (cellule, motif) où un bit au moins est vrai, et combien de lignes en ont."""
        if self.cadre.implementation.is_polars():
            # Un seul entier par ligne, trié : plus rapide qu'un regroupement de cent mille couples.
            codes = (
                choisies.select(k=nw.col("c") * (1 << bits) + nw.col("m")).collect("polars").to_native()["k"].to_numpy()
            )
            distincts, nombres = np.unique(codes[(codes & ((1 << bits) - 1)) != 0], return_counts=True)
            return distincts >> bits, distincts & ((1 << bits) - 1), nombres
        groupees = choisies.filter(nw.col("m") != 0).group_by("c", "m").agg(n=nw.len())
        lues = _en_polars(groupees)
        return tuple(lues[nom].to_numpy().astype(np.int64) for nom in ("c", "m", "n"))  # type: ignore[return-value]

    def _sommes(self, definition: Definition) -> None:
        """Sommes de valeurs, de carrés, de numérateurs et de dénominateurs."""
        cohorte = self.compilateur.logique(definition.expressions["cohorte"])
        termes = {nom: expression.alias(nom) for nom, expression in self._termes(definition).items()}
        retenues = self.cadre.filter(cohorte).select(
            self.cellule.alias("c"), *((nw.col("parcours"),) if definition.calcul.effectif_sur == "parcours" else ()),
            *termes.values(),
        )  # fmt: skip
        for nom in termes:
            retenues = retenues.filter(~nw.col(nom).is_null())
        if definition.unite == "moyenne":
            retenues = retenues.with_columns(carres=nw.col("numerateur") * nw.col("numerateur"))
        noms = [*termes, *(("carres",) if definition.unite == "moyenne" else ())]
        if definition.calcul.effectif_sur == "parcours":
            par_parcours = retenues.group_by("c", "parcours").agg(nw.col(*noms).sum())
            groupees = par_parcours.group_by("c").agg(nw.col(*noms).sum(), effectif=nw.len())
        else:
            groupees = retenues.group_by("c").agg(nw.col(*noms).sum(), effectif=nw.len())
        self._ranger(definition, _en_polars(groupees))

    def _termes(self, definition: Definition) -> dict[str, nw.Expr]:
        lues = definition.expressions
        if definition.calcul.cas is not None:
            cas = self.compilateur.logique(lues["cas"]).cast(nw.Int64).cast(nw.Float64)
            return {"numerateur": cas, "denominateur": cas * 0 + 1}
        if definition.unite == "moyenne":
            return {"numerateur": self.compilateur.nombre(lues["valeur"]).cast(nw.Float64)}
        return {nom: self.compilateur.nombre(lues[nom]).cast(nw.Float64) for nom in ("numerateur", "denominateur")}

    def _ranger(self, definition: Definition, sommes: pl.DataFrame) -> None:
        cellules = sommes["c"].to_numpy().astype(np.int64)
        for nom in sommes.columns[1:]:
            valeurs = sommes[nom].cast(pl.Float64).to_numpy()
            self.comptes.colonnes[f"{definition.cle}.{nom}"] = sommer(cellules, valeurs, self.comptes.nombre)
        colonnes, cle = self.comptes.colonnes, definition.cle
        if definition.calcul.table in ("enquetes",):
            # Ce que compte une enquête, ce sont des personnes : le seuil porte sur les sollicitées.
            colonnes[f"{cle}.effectif"] = colonnes[f"{cle}.denominateur"]
        colonnes.setdefault(f"{cle}.denominateur", colonnes[f"{cle}.effectif"])

    def _durees(self, definition: Definition, horizon: int | None) -> None:
        cohorte = self.compilateur.logique(definition.expressions["cohorte"])
        duree = self.compilateur.nombre(definition.expressions["duree"]).cast(nw.Int64)
        evenement = self.compilateur.logique(definition.expressions["evenement"]).cast(nw.Int64)
        lues = self.cadre.filter(cohorte).select(c=self.cellule, d=duree, e=evenement)
        if horizon is not None:
            au_dela = nw.col("d") > horizon
            lues = lues.with_columns(
                d=nw.when(au_dela).then(nw.lit(horizon + 1)).otherwise(nw.col("d")).cast(nw.Int64),
                e=nw.when(au_dela).then(nw.lit(0)).otherwise(nw.col("e")).cast(nw.Int64),
            )
        if self.cadre.implementation.is_polars():
            lues = lues.with_columns(n=nw.lit(1, nw.Int64))
        else:
            lues = lues.group_by("c", "d", "e").agg(n=nw.len())
        self._ranger_durees(definition, _en_polars(lues))

    def _ranger_durees(self, definition: Definition, lues: pl.DataFrame) -> None:
        cellules, jours, evenements, nombres = (lues[nom].to_numpy().astype(np.int64) for nom in ("c", "d", "e", "n"))
        pas = int(jours.max()) + 1 if len(jours) else 1
        codes, inverse = np.unique(cellules * pas + jours, return_inverse=True)
        suivis = sommer(inverse, nombres, len(codes)).astype(np.int64)
        ruptures = sommer(inverse, nombres * evenements, len(codes)).astype(np.int64)
        durees = Durees(codes // pas, codes % pas, suivis, ruptures)
        colonnes, cle = self.comptes.colonnes, definition.cle
        self.comptes.durees[cle] = durees
        for nom, valeurs in (("effectif", suivis), ("numerateur", ruptures)):
            colonnes[f"{cle}.{nom}"] = sommer(durees.cellules, valeurs, self.comptes.nombre)
        colonnes[f"{cle}.denominateur"] = colonnes[f"{cle}.effectif"]


def _en_polars(cadre: Cadre) -> pl.DataFrame:
    lu = cadre.collect("polars") if isinstance(cadre, nw.LazyFrame) else cadre
    return pl.DataFrame(lu.to_polars())
