"""Compter : les expressions de chaque définition, évaluées par le moteur choisi, en comptes additifs par cellule.

Une cellule est un groupe (formation et année), croisé avec une modalité quand on ventile. Toutes les expressions
logiques d'une table s'évaluent d'un coup : leurs réponses forment un motif de bits, et l'on compte les couples
(cellule, motif). Le coût ne dépend donc presque pas du nombre d'indicateurs.
"""

from collections.abc import Iterable, Iterator, Sequence
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

__all__ = ["Comptes", "Durees", "Moteur", "compter", "denombrer", "sommer", "vers_moteur"]

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
    """Les comptes d'une seule ventilation (voir `denombrer`)."""
    tous = denombrer(pretes, definitions, au, ventilations=(ventilation,), moteur=moteur, horizons=horizons)
    return tous[ventilation]


def denombrer(
    pretes: TablesPretes,
    definitions: Iterable[Definition],
    au: date,
    *,
    ventilations: Sequence[str | None] = (None,),
    moteur: Moteur = "polars",
    horizons: bool = True,
) -> dict[str | None, Comptes]:
    """Compte chaque définition dont la table a des lignes, pour chaque ventilation (None : sans) qu'elle permet.

    Colonnes rendues, par clé : `numerateur`, `denominateur`, `effectif` ; `carres` pour une moyenne. Une probabilité
    a ses `durees`, tronquées à l'horizon de la définition si `horizons` (au-delà, rien ne change la probabilité).
    """
    rendus = {}
    for ventilation in ventilations:
        modalites = len(charger_ventilations()[ventilation].cles) if ventilation else 1
        rendus[ventilation] = Comptes(modalites, pretes.groupes.height * modalites)
    par_table: dict[str, list[Definition]] = {}
    for definition in definitions:
        if pretes.sait(definition):
            par_table.setdefault(definition.calcul.table, []).append(definition)
    for nom, concernees in par_table.items():
        cadre = vers_moteur(pretes.tables[nom], moteur)
        _Table(nom, cadre, rendus, au).compter(concernees, horizons=horizons)
    return rendus


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
    """Les définitions d'une même table : chaque expression s'évalue une fois, pour toutes les ventilations."""

    def __init__(self, nom: str, cadre: Cadre, comptes: dict[str | None, Comptes], au: date) -> None:
        self.nom, self.cadre, self.comptes, self.compilateur = nom, cadre, comptes, Compilateur(au)
        axes = [colonne_de_ventilation(cle) for cle in comptes if cle is not None]
        presentes = cadre.collect_schema().names()
        self.cles = ["groupe", *(axe for axe in axes if axe in presentes)]

    def compter(self, definitions: Sequence[Definition], *, horizons: bool) -> None:
        self._logiques([d for d in definitions if d.calcul.cas is not None and d.calcul.effectif_sur == "lignes"])
        for definition in definitions:
            if definition.unite == "probabilite":
                self._durees(definition, int(definition.parametres["jours"]) if horizons else None)  # type: ignore[arg-type]
            elif definition.calcul.cas is None or definition.calcul.effectif_sur == "parcours":
                self._sommes(definition)

    def _lire(self, choisies: Cadre, *cles: str, sommes: Sequence[str] = ()) -> pl.DataFrame:
        """Les lignes choisies, avec `n` : combien chacune en vaut. Hors de polars, le moteur regroupe lui-même."""
        if choisies.implementation.is_polars():
            return _en_polars(choisies.with_columns(n=nw.lit(1, nw.Int64)))
        sommees = [nw.col(*sommes).sum()] if sommes else []
        return _en_polars(choisies.group_by(*self.cles, *cles).agg(*sommees, n=nw.len()))

    def _chaque(self, definition: Definition, lue: pl.DataFrame) -> Iterator[tuple[Comptes, Entiers]]:
        """Pour chaque ventilation permise : ses comptes, et la cellule de chaque ligne lue."""
        for ventilation, comptes in self.comptes.items():
            if ventilation is None or ventilation in definition.ventilations:
                yield comptes, _cellules(lue, ventilation, comptes)

    def _logiques(self, definitions: Sequence[Definition]) -> None:
        """Cohorte et cas de chaque définition, en bits ; ce qui exige une colonne creuse se compte à part."""
        partout: list[_Bit] = []
        creux: list[_Bit] = []
        creuse = _CREUSES.get(self.nom)
        for definition in definitions:
            cohorte, cas = definition.expressions["cohorte"], definition.expressions["cas"]
            cohorte_lue = self.compilateur.logique(cohorte)
            ou_cohorte = creux if creuse in cohorte.exigees else partout
            ou_cas = creux if creuse in cohorte.exigees | cas.exigees else partout
            ou_cohorte.append(_Bit(definition, "effectif", cohorte_lue))
            ou_cas.append(_Bit(definition, "numerateur", cohorte_lue & self.compilateur.logique(cas)))
        for debut in range(0, len(creux), _BITS_MAX):
            self._compter_lot(self.cadre.filter(~nw.col(str(creuse)).is_null()), creux[debut : debut + _BITS_MAX])
        for debut in range(0, len(partout), _BITS_MAX):
            self._compter_lot(self.cadre, partout[debut : debut + _BITS_MAX])
        for definition in definitions:
            _egaler(self.comptes, definition, "denominateur", "effectif")
            self._reduire_aux_cas(definition)

    def _reduire_aux_cas(self, definition: Definition) -> None:
        """Quand seuls les cas se répartissent, c'est sur eux que le seuil porte : un motif rare désigne quelqu'un."""
        for ventilation, comptes in self.comptes.items():
            if ventilation in definition.ventilations and charger_ventilations()[ventilation].sur_les_cas:
                comptes.colonnes[f"{definition.cle}.effectif"] = comptes.colonnes[f"{definition.cle}.numerateur"]

    def _compter_lot(self, cadre: Cadre, lot: Sequence["_Bit"]) -> None:
        motif = nw.lit(0, nw.Int64)
        for rang, bit in enumerate(lot):
            motif = motif + bit.logique.cast(nw.Int64) * (1 << rang)
        choisies = cadre.select(*(nw.col(cle) for cle in self.cles), m=motif).filter(nw.col("m") != 0)
        lue = self._lire(choisies, "m")
        for ventilation, comptes in self.comptes.items():
            permis = [
                (rang, bit)
                for rang, bit in enumerate(lot)
                if ventilation is None or ventilation in bit.definition.ventilations
            ]
            if permis:
                self._compter_bits(lue, ventilation, comptes, permis, len(lot))

    def _compter_bits(
        self,
        lue: pl.DataFrame,
        ventilation: str | None,
        comptes: Comptes,
        permis: list[tuple[int, "_Bit"]],
        largeur: int,
    ) -> None:
        cases = _denombrer(_cellules(lue, ventilation, comptes), lue, largeur)
        entiers = cases
        if ventilation and charger_ventilations()[ventilation].sur_les_cas:
            entiers = _denombrer(_cellules(lue, None, comptes), lue, largeur)
        for rang, bit in permis:
            # Quand seuls les cas se répartissent, la cohorte d'un groupe vaut pour chacune de ses modalités.
            repeter = comptes.modalites if entiers is not cases and bit.compte == "effectif" else 1
            cellules, motifs, nombres = entiers if repeter > 1 else cases
            dits = (motifs >> rang) & 1 == 1
            somme = sommer(cellules[dits], nombres[dits], comptes.nombre // repeter)
            comptes.colonnes[f"{bit.definition.cle}.{bit.compte}"] = np.repeat(somme, repeter) if repeter > 1 else somme

    def _sommes(self, definition: Definition) -> None:
        """Sommes de valeurs, de carrés, de numérateurs et de dénominateurs."""
        termes = self._termes(definition)
        par_parcours = definition.calcul.effectif_sur == "parcours"
        plus = ["parcours"] if par_parcours else []
        retenues = self.cadre.filter(self.compilateur.logique(definition.expressions["cohorte"])).select(
            *(nw.col(cle) for cle in (*self.cles, *plus)), **termes
        )
        for nom in termes:
            retenues = retenues.filter(~nw.col(nom).is_null())
        noms = list(termes)
        if definition.unite == "moyenne":
            retenues = retenues.with_columns(carres=nw.col("numerateur") * nw.col("numerateur"))
            noms.append("carres")
        lue = self._lire(retenues, *plus, sommes=noms)
        premieres = lue["parcours"].is_first_distinct().to_numpy() if par_parcours else None
        for comptes, cellules in self._chaque(definition, lue):
            for nom in noms:
                comptes.colonnes[f"{definition.cle}.{nom}"] = sommer(cellules, lue[nom].to_numpy(), comptes.nombre)
            poids = lue["n"].to_numpy() if premieres is None else premieres
            comptes.colonnes[f"{definition.cle}.effectif"] = sommer(cellules, poids, comptes.nombre)
        if definition.unite == "moyenne":
            _egaler(self.comptes, definition, "denominateur", "effectif")
        elif definition.calcul.table == "enquetes":
            # Ce que compte une enquête, ce sont des personnes : le seuil porte sur les sollicitées.
            _egaler(self.comptes, definition, "effectif", "denominateur")

    def _termes(self, definition: Definition) -> dict[str, nw.Expr]:
        lues = definition.expressions
        if definition.calcul.cas is not None:
            cas = self.compilateur.logique(lues["cas"]).cast(nw.Int64).cast(nw.Float64)
            return {"numerateur": cas, "denominateur": cas * 0 + 1}
        if definition.unite == "moyenne":
            return {"numerateur": self.compilateur.nombre(lues["valeur"]).cast(nw.Float64)}
        return {nom: self.compilateur.nombre(lues[nom]).cast(nw.Float64) for nom in ("numerateur", "denominateur")}

    def _durees(self, definition: Definition, horizon: int | None) -> None:
        duree = self.compilateur.nombre(definition.expressions["duree"]).cast(nw.Int64)
        evenement = self.compilateur.logique(definition.expressions["evenement"]).cast(nw.Int64)
        retenues = self.cadre.filter(self.compilateur.logique(definition.expressions["cohorte"])).select(
            *(nw.col(cle) for cle in self.cles), d=duree, e=evenement
        )
        if horizon is not None:
            au_dela = nw.col("d") > horizon
            retenues = retenues.with_columns(
                d=nw.when(au_dela).then(nw.lit(horizon + 1)).otherwise(nw.col("d")).cast(nw.Int64),
                e=nw.when(au_dela).then(nw.lit(0)).otherwise(nw.col("e")).cast(nw.Int64),
            )
        lue = self._lire(retenues, "d", "e")
        for comptes, cellules in self._chaque(definition, lue):
            _ranger_durees(comptes, definition.cle, cellules, lue)


@dataclass(frozen=True)
class _Bit:
    """Une réponse logique à compter : celle de la cohorte (`effectif`) ou des cas (`numerateur`)."""

    definition: Definition
    compte: str
    logique: nw.Expr


def _cellules(lue: pl.DataFrame, ventilation: str | None, comptes: Comptes) -> Entiers:
    groupes: Entiers = lue["groupe"].to_numpy().astype(np.int64)
    if ventilation is not None:
        groupes = groupes * comptes.modalites + lue[colonne_de_ventilation(ventilation)].to_numpy()
    return groupes


def _denombrer(cellules: Entiers, lue: pl.DataFrame, largeur: int) -> tuple[Entiers, Entiers, Entiers]:
    """Les couples (cellule, motif) distincts, et le nombre de lignes de chacun.

    Un seul entier par ligne, trié par numpy : plus rapide qu'un regroupement de centaines de milliers de couples.
    """
    codes, nombres = (cellules << largeur) | lue["m"].to_numpy(), lue["n"].to_numpy()
    if len(nombres) and nombres.max() == 1:
        distincts, comptes = np.unique(codes, return_counts=True)
    else:
        distincts, inverse = np.unique(codes, return_inverse=True)
        comptes = sommer(inverse, nombres, len(distincts)).astype(np.int64)
    return distincts >> largeur, distincts & ((1 << largeur) - 1), comptes


def _egaler(comptes: dict[str | None, Comptes], definition: Definition, compte: str, autre: str) -> None:
    for tous in comptes.values():
        if f"{definition.cle}.{autre}" in tous.colonnes:
            tous.colonnes[f"{definition.cle}.{compte}"] = tous.colonnes[f"{definition.cle}.{autre}"]


def _ranger_durees(comptes: Comptes, cle: str, cellules: Entiers, lue: pl.DataFrame) -> None:
    jours, evenements, nombres = (lue[nom].to_numpy().astype(np.int64) for nom in ("d", "e", "n"))
    pas = int(jours.max()) + 1 if len(jours) else 1
    codes, inverse = np.unique(cellules * pas + jours, return_inverse=True)
    suivis = sommer(inverse, nombres, len(codes)).astype(np.int64)
    ruptures = sommer(inverse, nombres * evenements, len(codes)).astype(np.int64)
    durees = Durees(codes // pas, codes % pas, suivis, ruptures)
    comptes.durees[cle] = durees
    for nom, valeurs in (("effectif", suivis), ("numerateur", ruptures)):
        comptes.colonnes[f"{cle}.{nom}"] = sommer(durees.cellules, valeurs, comptes.nombre)
    comptes.colonnes[f"{cle}.denominateur"] = comptes.colonnes[f"{cle}.effectif"]


def _en_polars(cadre: Cadre) -> pl.DataFrame:
    lu = cadre.collect("polars") if isinstance(cadre, nw.LazyFrame) else cadre
    return pl.DataFrame(lu.to_polars())
