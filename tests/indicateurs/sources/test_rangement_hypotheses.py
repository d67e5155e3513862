"""Quels que soient les fichiers : rien ne se perd, redéposer ne change rien, l'ordre de deux sources d'accord non."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.imports.ecarts import SOURCE, comparer
from indicateurs.sources.attaches import Demande, ParcoursConnu, choisir_parcours
from indicateurs.sources.services.faits import reunir_les_lignes

VALEURS = st.one_of(st.none(), st.integers(0, 3))
TABLES = st.lists(st.tuples(st.integers(1, 4), VALEURS, VALEURS), max_size=8)


@contextmanager
def table(lignes: list[tuple[Any, ...]]) -> Iterator[pd.DataFrame]:
    """Une table (cle, a, b, ligne) aux types de la base."""
    lues = pd.DataFrame(lignes, columns=["cle", "a", "b"]).astype("Int64")
    yield lues.assign(ligne=np.arange(2, len(lues) + 2))


def ranger(rangees: pd.DataFrame, fichier: pd.DataFrame, source: str) -> tuple[pd.DataFrame, int]:
    """Range un fichier dans une table en mémoire, en notant la source de chaque valeur ; rend aussi les changements."""
    ecart = comparer(rangees, fichier.assign(prime=True), ["cle"], ["a", "b"], retirer=False, source=source)
    neuves = ecart.ajouts[["cle", "a", "b"]]
    for champ in ("a", "b"):
        ecrite = pd.Series(source, index=neuves.index, dtype="str").where(neuves[champ].notna(), None)
        neuves = neuves.assign(**{SOURCE.format(champ): ecrite})
        rangs = ecart.details.loc[ecart.details["champ"] == champ, "rang"]
        ecart.communes.loc[rangs, SOURCE.format(champ)] = source
    colonnes = ["cle", "a", "b", SOURCE.format("a"), SOURCE.format("b")]
    dites = ecart.communes.set_index("cle").reindex(rangees["cle"]).reset_index()[colonnes]
    gardees = rangees.set_index("cle")
    connues = dites.set_index("cle")
    finales = connues.where(connues.notna(), gardees.reindex(connues.index)).reset_index()
    reunies = pd.concat([finales[colonnes], neuves[colonnes]], ignore_index=True)
    return reunies.astype(dict.fromkeys(("cle", "a", "b"), "Int64")), len(neuves) + int(ecart.changees.sum())


def vide() -> pd.DataFrame:
    """Une table rangée sans ligne."""
    genres = {"cle": "Int64", "a": "Int64", "b": "Int64", SOURCE.format("a"): "str", SOURCE.format("b"): "str"}
    return pd.DataFrame({nom: pd.Series([], dtype=genre) for nom, genre in genres.items()})


def contenu(rangees: pd.DataFrame) -> set[tuple[Any, ...]]:
    """Les valeurs rangées, sans leur source."""
    objets = rangees[["cle", "a", "b"]].astype("object")
    return set(objets.where(objets.notna(), None).itertuples(index=False, name=None))


@settings(max_examples=12, deadline=None)
@given(TABLES)
def test_rien_ne_se_perd_en_reunissant_les_lignes(lignes: list[tuple[Any, ...]]) -> None:
    with table(lignes) as lues:
        unies, refus = reunir_les_lignes(lues, ["cle"], ["a", "b"])
    assert set(unies["cle"]) == {cle for cle, _, _ in lignes}
    refusees = {dit.ligne for dit in refus}
    for rang, (cle, a, b) in enumerate(lignes, start=2):
        (gardee,) = unies[unies["cle"] == cle].to_dict("records")
        if rang not in refusees:
            assert all(v is None or gardee[nom] == v for nom, v in (("a", a), ("b", b)))


@settings(max_examples=12, deadline=None)
@given(TABLES, TABLES)
def test_redeposer_ne_change_rien_et_aucune_valeur_d_une_autre_source_ne_disparait(
    premier: list[tuple[Any, ...]], second: list[tuple[Any, ...]]
) -> None:
    with table(premier) as lues, table(second) as autres:
        un, _ = reunir_les_lignes(lues, ["cle"], ["a", "b"])
        deux, _ = reunir_les_lignes(autres, ["cle"], ["a", "b"])
    avant, _ = ranger(vide(), un, "apprentis")
    apres, _ = ranger(avant, deux, "sifa")
    assert ranger(apres, deux, "sifa")[1] == 0
    assert ranger(apres, un, "apprentis")[1] == 0
    dits = apres.set_index("cle")
    for rangee in avant.to_dict("records"):
        for champ in ("a", "b"):
            if pd.notna(rangee[champ]):
                assert dits.loc[rangee["cle"], champ] == rangee[champ]


@settings(max_examples=12, deadline=None)
@given(st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=4), st.data())
def test_l_ordre_de_deux_sources_d_accord_n_importe_pas(verite: dict[int, tuple[int, int]], data: Any) -> None:
    def dire() -> pd.DataFrame:
        dites = [(cle, *(data.draw(st.sampled_from([v, None])) for v in couple)) for cle, couple in verite.items()]
        with table([dite for dite in dites if data.draw(st.booleans())]) as lues:
            return reunir_les_lignes(lues, ["cle"], ["a", "b"])[0]

    un, deux = dire(), dire()
    sens, autre = vide(), vide()
    for fichier, source in ((un, "apprentis"), (deux, "sifa")):
        sens, _ = ranger(sens, fichier, source)
    for fichier, source in ((deux, "sifa"), (un, "apprentis")):
        autre, _ = ranger(autre, fichier, source)
    assert contenu(sens) == contenu(autre)


JOURS = st.dates(date(2022, 1, 1), date(2026, 12, 31))
CODES = st.tuples(*(st.sampled_from(["", "x", "y"]) for _ in range(4)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(CODES, JOURS, JOURS), max_size=4), CODES, JOURS)
def test_le_parcours_choisi_ne_depend_pas_de_l_ordre_et_ne_contredit_rien(
    dits: list[tuple[tuple[str, str, str, str], date, date]], codes: tuple[str, str, str, str], jour: date
) -> None:
    candidats = [ParcoursConnu(n, c, min(du, au), max(du, au)) for n, (c, du, au) in enumerate(dits)]
    demande = Demande(codes, du=jour, au=jour)
    choisi = choisir_parcours(candidats, demande)
    assert choisi == choisir_parcours(candidats[::-1], demande)
    if isinstance(choisi, ParcoursConnu):
        assert choisi.date_entree <= jour <= choisi.date_fin
        assert all(not dit or not rang or dit == rang for rang, dit in zip(choisi.codes, codes, strict=True))
