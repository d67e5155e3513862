"""Sommer les comptes à tous les niveaux : un agrégat est une somme de comptes, son taux un rapport de sommes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from indicateurs.catalogue import charger_ventilations
from indicateurs.comptes import Comptes, Reels, sommer
from indicateurs.definitions import Definition
from indicateurs.rattachement import ATTRIBUTS, CLES_DE_FORMATION, Entiers
from indicateurs.survie import probabilites

__all__ = ["CLES_DE_MESURE", "CLES_PAR_NIVEAU", "NIVEAUX", "NOMBRES", "RANG", "Niveau", "etager"]

Niveau = Literal["formation", "formateur", "responsable", "composante", "region", "total"]
NIVEAUX: tuple[Niveau, ...] = ("formation", "formateur", "responsable", "composante", "region", "total")
CLES_PAR_NIVEAU: dict[Niveau, tuple[str, ...]] = {
    "formation": CLES_DE_FORMATION,
    "formateur": ("uai_formateur",),
    "responsable": ("uai_responsable",),
    "composante": ("composante",),
    "region": ("region",),
    "total": (),
}
CLES_DE_MESURE = (*CLES_DE_FORMATION, *ATTRIBUTS, "promotion", "ventilation", "modalite")
RANG = "rang"
"""La colonne qui dit, pour chaque ligne, la place de sa définition."""
NOMBRES = ("numerateur", "denominateur", "effectif", "carres", "survie", "variance")


@dataclass(frozen=True)
class _Etage:
    """Les cellules d'un niveau : leurs clés, et le rang de celle où va chaque groupe (−1 : aucune)."""

    cles: pl.DataFrame
    places: Entiers


def etager(
    groupes: pl.DataFrame,
    comptes: Mapping[str | None, Comptes],
    definitions: Sequence[Definition],
    niveaux: Sequence[Niveau],
    temps: Sequence[bool],
) -> pl.DataFrame:
    """Une ligne par indicateur × cellule : clés (`CLES_DE_MESURE`), nombres et `RANG`, par indicateur puis par étage.

    `comptes` : par ventilation (None : sans) ; `temps` : vrai pour les promotions, faux pour leur cumul.
    """
    etages = [_etage(groupes, niveau, par_promotion) for niveau in niveaux for par_promotion in temps]
    blocs = [
        bloc for ventilation, comptees in comptes.items() for bloc in _blocs(etages, ventilation, comptees, definitions)
    ]
    if not blocs or not any(bloc.cles.height for bloc in blocs):
        return _vide()
    cellules = pl.concat([bloc.cles for bloc in blocs])
    debuts = np.cumsum([0, *(bloc.cles.height for bloc in blocs)])
    dites: list[tuple[int, Entiers]] = []
    nombres: dict[str, list[Reels]] = {nom: [] for nom in NOMBRES}
    for place, definition in enumerate(definitions):
        for debut, bloc in zip(debuts, blocs, strict=False):
            if definition.cle in bloc.nombres:
                dites.append((place, np.arange(debut, debut + bloc.cles.height)))
                for nom in NOMBRES:
                    nombres[nom].append(bloc.nombres[definition.cle][nom])
    return _assembler(cellules, definitions, dites, nombres)


@dataclass(frozen=True)
class _Bloc:
    """Les cellules d'un étage (et d'une ventilation), et les nombres de chaque indicateur dans ces cellules."""

    cles: pl.DataFrame
    nombres: dict[str, dict[str, Reels]]


def _assembler(
    cellules: pl.DataFrame,
    definitions: Sequence[Definition],
    dites: list[tuple[int, Entiers]],
    nombres: dict[str, list[Reels]],
) -> pl.DataFrame:
    """Une seule table : les clés d'une cellule se répètent pour chaque indicateur, sans être recopiées une à une."""
    rangs = np.concatenate([rangs for _, rangs in dites])
    places = np.repeat([place for place, _ in dites], [len(rangs) for _, rangs in dites])
    noms = [
        pl.Series(nom, textes, dtype=pl.String).gather(places)
        for nom, textes in (
            ("indicateur", [definition.cle for definition in definitions]),
            ("definition", [definition.identifiant for definition in definitions]),
        )
    ]
    comptes = [pl.Series(nom, np.concatenate(valeurs)) for nom, valeurs in nombres.items()]
    return pl.DataFrame([*noms, *cellules[rangs].get_columns(), *comptes, pl.Series(RANG, places)])


def _etage(groupes: pl.DataFrame, niveau: Niveau, par_promotion: bool) -> _Etage:
    cles = [*CLES_PAR_NIVEAU[niveau], *(["promotion"] if par_promotion else [])]
    if not cles:
        return _Etage(_avec_cles(pl.DataFrame({"rang": [0] * min(1, groupes.height)}).drop("rang"), groupes, niveau),
                      np.zeros(groupes.height, dtype=np.int64))  # fmt: skip
    attributs = list(ATTRIBUTS) if niveau == "formation" else []
    distinctes = groupes.group_by(cles).agg(pl.col(attributs).first()).sort(cles, nulls_last=True)
    if niveau in ATTRIBUTS:
        distinctes = distinctes.filter(pl.col(niveau).is_not_null())
    rangs = distinctes.select(cles).with_row_index("rang")
    places = groupes.select(cles).join(rangs, on=cles, how="left", nulls_equal=True, maintain_order="left")["rang"]
    return _Etage(_avec_cles(distinctes, groupes, niveau), places.cast(pl.Int64).fill_null(-1).to_numpy())


def _avec_cles(distinctes: pl.DataFrame, groupes: pl.DataFrame, niveau: Niveau) -> pl.DataFrame:
    hauteur = distinctes.height if distinctes.width else min(1, groupes.height)
    colonnes = [pl.Series("niveau", [niveau], dtype=pl.String).new_from_index(0, hauteur)]
    for nom in (*CLES_DE_FORMATION, *ATTRIBUTS, "promotion"):
        vide = pl.Series(nom, [None], dtype=pl.String).new_from_index(0, hauteur)
        colonnes.append(distinctes[nom] if nom in distinctes.columns else vide)
    return pl.DataFrame(colonnes)


def _blocs(
    etages: Sequence[_Etage], ventilation: str | None, comptes: Comptes, definitions: Sequence[Definition]
) -> Iterator[_Bloc]:
    """Les lignes de chaque indicateur à chaque étage ; ventilé, seules les cellules où quelque chose se compte."""
    concernees = [d for d in definitions if f"{d.cle}.effectif" in comptes.colonnes]
    for etage in etages if concernees else ():
        nombre, places = etage.cles.height * comptes.modalites, etage.places
        if comptes.modalites > 1:
            fines = np.arange(comptes.modalites)
            places = np.where(places[:, None] < 0, -1, places[:, None] * comptes.modalites + fines).ravel()
        nombres = {d.cle: _sommes(d, comptes, places, nombre) for d in concernees}
        if ventilation is None:
            yield _Bloc(_cles_ventilees(etage.cles, None, 1, np.arange(nombre)), nombres)
            continue
        rangs = np.flatnonzero(sum(siens["effectif"] for siens in nombres.values()))
        choisis = {cle: {nom: v[rangs] for nom, v in siens.items()} for cle, siens in nombres.items()}
        yield _Bloc(_cles_ventilees(etage.cles, ventilation, comptes.modalites, rangs), choisis)


def _cles_ventilees(cles: pl.DataFrame, ventilation: str | None, modalites: int, rangs: Entiers) -> pl.DataFrame:
    if ventilation is None:
        vides = [pl.lit(None, pl.String).alias(nom) for nom in ("ventilation", "modalite")]
        return cles.with_columns(vides)
    noms = pl.Series("modalite", charger_ventilations()[ventilation].cles, dtype=pl.String)
    choisies = cles[rangs // modalites]
    return choisies.with_columns(
        pl.lit(ventilation).alias("ventilation"), noms.gather(rangs % modalites).alias("modalite")
    )


def _sommes(definition: Definition, comptes: Comptes, places: Entiers, nombre: int) -> dict[str, Reels]:
    gardees = places >= 0
    rangs = places[gardees]
    sommes = {}
    for nom in NOMBRES[:4]:
        fins = comptes.colonnes.get(f"{definition.cle}.{nom}")
        vide = np.full(nombre, np.nan)
        sommes[nom] = vide if fins is None else sommer(rangs, fins[gardees], nombre)
    sommes |= _survie(definition, comptes, places, nombre)
    if definition.denominateur is None:
        sommes["denominateur"] = np.full(nombre, np.nan)
    return sommes


def _survie(definition: Definition, comptes: Comptes, places: Entiers, nombre: int) -> dict[str, Reels]:
    if definition.cle not in comptes.durees:
        return {nom: np.full(nombre, np.nan) for nom in NOMBRES[4:]}
    durees = comptes.durees[definition.cle]
    cellules = places[durees.cellules]
    dedans = cellules >= 0
    horizon = int(definition.parametres["jours"])  # type: ignore[arg-type]
    fins = (durees.jours[dedans], durees.suivis[dedans], durees.ruptures[dedans])
    survie, variance = probabilites(cellules[dedans], *fins, nombre=nombre, horizon=horizon)
    return {"survie": survie, "variance": variance}


def _vide() -> pl.DataFrame:
    textes = ("indicateur", "definition", "niveau", *CLES_DE_MESURE)
    nombres = dict.fromkeys(NOMBRES, pl.Float64)
    return pl.DataFrame(schema={**dict.fromkeys(textes, pl.String), **nombres, RANG: pl.Int64})
