"""Compter : les expressions de chaque définition, évaluées par le moteur choisi, en comptes additifs par cellule.

Une cellule est un groupe (formation et année), croisé avec une modalité quand on ventile. Toutes les expressions
logiques d'une table s'évaluent d'un coup. Sur polars, chacune est une colonne de bits. Ailleurs, leurs réponses forment
un motif, et le moteur ne rend que les couples (cellule, motif) et leur nombre.
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
"""Réponses qu'un motif porte, hors de polars."""


@dataclass(frozen=True)
class Durees:
    """Comptes de survie : par cellule et durée en jours, contrats dont le suivi s'arrête là, et ruptures parmi eux.

    Une cellule et un jour peuvent y paraître deux fois : contrats rompus, et contrats qui ne le sont pas.
    """

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


def sommer(rangs: NDArray[Any], valeurs: NDArray[Any] | None, nombre: int) -> Reels:
    """La somme des valeurs (None : une par ligne) de chaque rang, de 0 à `nombre` − 1."""
    # Sans poids, ou sans aucune ligne, numpy rend des entiers.
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
        """Les lignes choisies. Hors de polars, le moteur les regroupe : `n` dit combien chacune en vaut."""
        if choisies.implementation.is_polars():
            return _en_polars(choisies)
        sommees = [nw.col(*sommes).sum()] if sommes else []
        return _en_polars(choisies.group_by(*self.cles, *cles).agg(*sommees, n=nw.len()))

    def _chaque(self, definition: Definition, lue: pl.DataFrame) -> Iterator[tuple[Comptes, Entiers]]:
        """Pour chaque ventilation permise : ses comptes, et la cellule de chaque ligne lue."""
        for ventilation, comptes in self.comptes.items():
            if ventilation is None or ventilation in definition.ventilations:
                yield comptes, _cellules(lue, ventilation, comptes)

    def _logiques(self, definitions: Sequence[Definition]) -> None:
        """Cohorte et cas de chaque définition."""
        bits = []
        for definition in definitions:
            cohorte, cas = (self.compilateur.logique(definition.expressions[champ]) for champ in ("cohorte", "cas"))
            bits += [_Bit(definition, "effectif", cohorte), _Bit(definition, "numerateur", cohorte & cas)]
        taille = max(1, len(bits)) if self.cadre.implementation.is_polars() else _BITS_MAX
        for debut in range(0, len(bits), taille):
            lot = bits[debut : debut + taille]
            lue = self._evaluer([bit.logique for bit in lot])
            lignes = lue.select(nom for nom in (*self.cles, "n") if nom in lue.columns)
            for rang, bit in enumerate(lot):
                self._compter_bit(bit, lignes.filter(lue[str(rang)]))
        for definition in definitions:
            _egaler(self.comptes, definition, "denominateur", "effectif")
            self._reduire_aux_cas(definition)

    def _reduire_aux_cas(self, definition: Definition) -> None:
        """Quand seuls les cas se répartissent, c'est sur eux que le seuil porte : un motif rare désigne quelqu'un."""
        for ventilation, comptes in self.comptes.items():
            if ventilation in definition.ventilations and charger_ventilations()[ventilation].sur_les_cas:
                comptes.colonnes[f"{definition.cle}.effectif"] = comptes.colonnes[f"{definition.cle}.numerateur"]

    def _evaluer(self, logiques: Sequence[nw.Expr]) -> pl.DataFrame:
        """La réponse à chaque expression, dans une colonne qui porte son rang."""
        cles = [nw.col(cle) for cle in self.cles]
        if self.cadre.implementation.is_polars():
            return _en_polars(self.cadre.select(*cles, **{str(rang): dite for rang, dite in enumerate(logiques)}))
        motif = nw.lit(0, nw.Int64)
        for rang, logique in enumerate(logiques):
            motif = motif + logique.cast(nw.Int64) * (1 << rang)
        lue = self._lire(self.cadre.select(*cles, m=motif).filter(nw.col("m") != 0), "m")
        return lue.with_columns(((pl.col("m") // (1 << r)) % 2 == 1).alias(str(r)) for r in range(len(logiques)))

    def _compter_bit(self, bit: "_Bit", dites: pl.DataFrame) -> None:
        """Range le nombre de lignes dites de chaque cellule, pour chaque ventilation permise."""
        nombres = _nombres(dites)
        for ventilation, comptes in self.comptes.items():
            if ventilation is None:
                somme = sommer(_cellules(dites, None, comptes), nombres, comptes.nombre)
            elif ventilation not in bit.definition.ventilations:
                continue
            elif charger_ventilations()[ventilation].sur_les_cas and bit.compte == "effectif":
                # Quand seuls les cas se répartissent, la cohorte d'un groupe vaut pour chacune de ses modalités.
                entiere = sommer(_cellules(dites, None, comptes), nombres, comptes.nombre // comptes.modalites)
                somme = np.repeat(entiere, comptes.modalites)
            else:
                somme = sommer(_cellules(dites, ventilation, comptes), nombres, comptes.nombre)
            comptes.colonnes[f"{bit.definition.cle}.{bit.compte}"] = somme

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
        poids = _premieres(lue["parcours"].to_numpy()) if par_parcours else _nombres(lue)
        for comptes, cellules in self._chaque(definition, lue):
            for nom in noms:
                comptes.colonnes[f"{definition.cle}.{nom}"] = sommer(cellules, lue[nom].to_numpy(), comptes.nombre)
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
    groupes = lue["groupe"].cast(pl.Int64)
    if ventilation is not None:
        groupes = groupes * comptes.modalites + lue[colonne_de_ventilation(ventilation)]
    return groupes.to_numpy()


def _nombres(lue: pl.DataFrame) -> Entiers | None:
    """Combien vaut chaque ligne ; None si chacune en vaut une."""
    return lue["n"].to_numpy().astype(np.int64) if "n" in lue.columns else None


def _premieres(parcours: Entiers) -> NDArray[np.bool_]:
    """La première ligne de chaque parcours."""
    lignes = np.arange(len(parcours))
    premieres = np.full(int(parcours.max(initial=-1)) + 1, len(parcours))
    np.minimum.at(premieres, parcours, lignes)
    dites: NDArray[np.bool_] = premieres[parcours] == lignes
    return dites


def _egaler(comptes: dict[str | None, Comptes], definition: Definition, compte: str, autre: str) -> None:
    for tous in comptes.values():
        if f"{definition.cle}.{autre}" in tous.colonnes:
            tous.colonnes[f"{definition.cle}.{compte}"] = tous.colonnes[f"{definition.cle}.{autre}"]


def _ranger_durees(comptes: Comptes, cle: str, cellules: Entiers, lue: pl.DataFrame) -> None:
    jours, evenements = (lue[nom].to_numpy().astype(np.int64) for nom in ("d", "e"))
    pas = int(jours.max(initial=0)) + 1
    codes, nombres = _denombrer((cellules * pas + jours) * 2 + evenements, _nombres(lue))
    durees = Durees(codes // 2 // pas, codes // 2 % pas, nombres, nombres * (codes % 2))
    comptes.durees[cle] = durees
    for nom, valeurs in (("effectif", durees.suivis), ("numerateur", durees.ruptures)):
        comptes.colonnes[f"{cle}.{nom}"] = sommer(durees.cellules, valeurs, comptes.nombre)
    comptes.colonnes[f"{cle}.denominateur"] = comptes.colonnes[f"{cle}.effectif"]


def _denombrer(codes: Entiers, nombres: Entiers | None) -> tuple[Entiers, Entiers]:
    """Les codes distincts, et le nombre de lignes de chacun."""
    if nombres is None:
        # Trier des entiers, puis les compter : plus rapide qu'un regroupement de centaines de milliers de couples.
        return np.unique(codes, return_counts=True)
    distincts, inverse = np.unique(codes, return_inverse=True)
    return distincts, sommer(inverse, nombres, len(distincts)).astype(np.int64)


def _en_polars(cadre: Cadre) -> pl.DataFrame:
    lu = cadre.collect("polars") if isinstance(cadre, nw.LazyFrame) else cadre
    return pl.DataFrame(lu.to_polars())
