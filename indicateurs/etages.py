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

__all__ = ["CLES_DE_MESURE", "CLES_PAR_NIVEAU", "NIVEAUX", "Etagees", "Niveau", "Tranche", "etager"]

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
CLES_DE_MESURE = ("niveau", *CLES_DE_FORMATION, *ATTRIBUTS, "promotion", "ventilation", "modalite")
_COMPTES = ("numerateur", "denominateur", "effectif", "carres")


@dataclass(frozen=True)
class Tranche:
    """Les lignes d'un indicateur. `suites` : les cellules où il se compte, en intervalles (début inclus, fin exclue).

    `nombres` : `numerateur`, `effectif`, et selon l'unité `denominateur`, `carres`, `survie`, `variance` ; une valeur
    par cellule, dans l'ordre.
    """

    definition: Definition
    suites: tuple[tuple[int, int], ...]
    nombres: dict[str, Reels]


@dataclass(frozen=True)
class Etagees:
    """Les cellules de tous les niveaux (colonnes `CLES_DE_MESURE`), et une tranche par indicateur compté.

    Les clés d'une cellule ne se répètent pas d'un indicateur à l'autre : c'est ce qui tient une nation en mémoire.
    """

    cellules: pl.DataFrame
    tranches: tuple[Tranche, ...]


@dataclass(frozen=True)
class _Etage:
    """Les cellules d'un niveau : leurs clés, et le rang de celle où va chaque groupe (−1 : aucune)."""

    cles: pl.DataFrame
    places: Entiers


@dataclass(frozen=True)
class _Bloc:
    """Les cellules d'un étage (et d'une ventilation), et les nombres de chaque indicateur dans ces cellules."""

    cles: pl.DataFrame
    nombres: dict[str, dict[str, Reels]]


def etager(
    groupes: pl.DataFrame,
    comptes: Mapping[str | None, Comptes],
    definitions: Sequence[Definition],
    niveaux: Sequence[Niveau],
    temps: Sequence[bool],
    *,
    ventiles: Sequence[bool],
) -> Etagees:
    """Les comptes à chaque niveau, dans l'ordre des définitions puis des étages.

    `comptes` : par ventilation (None : sans) ; `temps` : vrai pour les promotions, faux pour leur cumul ; `ventiles` :
    ceux de ces temps où paraissent les ventilations.
    """
    dates = [(par_an, _etage(groupes, niveau, par_an)) for niveau in niveaux for par_an in temps]
    tous, au_ventile = [etage for _, etage in dates], [etage for par_an, etage in dates if par_an in ventiles]
    blocs = [
        bloc
        for axe, comptees in comptes.items()
        for bloc in _blocs(au_ventile if axe else tous, axe, comptees, definitions)
    ]
    vides = pl.DataFrame(schema=dict.fromkeys(CLES_DE_MESURE, pl.String))
    tranches = tuple(tranche for definition in definitions if (tranche := _tranche(definition, blocs)) is not None)
    return Etagees(pl.concat([vides, *(bloc.cles for bloc in blocs)]), tranches)


def _tranche(definition: Definition, blocs: Sequence[_Bloc]) -> Tranche | None:
    """Réunit les nombres d'un indicateur (et les retire des blocs) ; des blocs qui se suivent font une seule suite."""
    suites: list[tuple[int, int]] = []
    lus: list[dict[str, Reels]] = []
    debut = 0
    for bloc in blocs:
        fin = debut + bloc.cles.height
        siens = bloc.nombres.pop(definition.cle, None)
        if siens is not None:
            lus.append(siens)
            suites.append((suites.pop()[0] if suites and suites[-1][1] == debut else debut, fin))
        debut = fin
    if not lus:
        return None
    return Tranche(definition, tuple(suites), {nom: np.concatenate([siens[nom] for siens in lus]) for nom in lus[0]})


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
    tous = bool(gardees.all())
    rangs = places if tous else places[gardees]
    deja: dict[int, Reels] = {}
    sommes = {}
    for nom in _COMPTES:
        fins = comptes.colonnes.get(f"{definition.cle}.{nom}")
        if fins is None or (nom == "denominateur" and definition.denominateur is None):
            continue
        # Souvent, le dénominateur est l'effectif : la même colonne ne se somme qu'une fois.
        if id(fins) not in deja:
            deja[id(fins)] = sommer(rangs, fins if tous else fins[gardees], nombre)
        sommes[nom] = deja[id(fins)]
    return sommes | _survie(definition, comptes, places, nombre)


def _survie(definition: Definition, comptes: Comptes, places: Entiers, nombre: int) -> dict[str, Reels]:
    if definition.cle not in comptes.durees:
        return {}
    durees = comptes.durees[definition.cle]
    cellules = places[durees.cellules]
    dedans = cellules >= 0
    horizon = int(definition.parametres["jours"])  # type: ignore[arg-type]
    fins = (durees.jours[dedans], durees.suivis[dedans], durees.ruptures[dedans])
    survie, variance = probabilites(cellules[dedans], *fins, nombre=nombre, horizon=horizon)
    return {"survie": survie, "variance": variance}
