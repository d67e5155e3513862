"""Deux rencontres chaque année de formation : le compte du moteur est celui que l'on ferait à la main."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indicateurs.deductions import rencontres
from tests.indicateurs.reference_mesures import Jeune, annees_de_formation

jeunes = st.tuples(
    st.dates(date(2019, 8, 1), date(2024, 12, 31)),
    st.integers(-30, 1500),
    st.lists(st.one_of(st.integers(-40, 1600), st.sampled_from([0, 364, 365, 366, 730, 731])), max_size=8),
)


def jeune(entree: date, duree: int) -> Jeune:
    return Jeune(1, ("R", "", "A", "A"), entree, entree + timedelta(days=duree), None, None, ())


def en_jours(jour: date) -> int:
    return (jour - date(1970, 1, 1)).days


@settings(max_examples=60, deadline=None)
@given(st.lists(jeunes, min_size=1, max_size=4))
@example([(date(2020, 2, 29), 730, [0, 1, 365, 366, 700])])
@example([(date(2023, 9, 4), 364, [3, 3, 350])])
def test_le_compte_annuel_est_celui_d_une_boucle(decrits: list[tuple[date, int, list[int]]]) -> None:
    parcours = pl.DataFrame(
        {
            "date_entree": pl.Series([en_jours(entree) for entree, _, _ in decrits], dtype=pl.Int32),
            "date_fin": pl.Series([en_jours(entree) + duree for entree, duree, _ in decrits], dtype=pl.Int32),
        }
    )
    tenues = [(rang, en_jours(d[0]) + jour) for rang, d in enumerate(decrits) for jour in d[2]]
    table = pl.DataFrame({"nature": ["employeur"] * len(tenues), "tenue_le": [jour for _, jour in tenues]}).cast(
        {"nature": pl.String, "tenue_le": pl.Int32}
    )
    rangs = np.array([rang for rang, _ in tenues], dtype=np.int64)
    groupes = np.zeros(len(decrits), dtype=np.int64)
    (lue,) = [
        colonne
        for colonne in rencontres(table, rangs, parcours, groupes, en_jours(date(2030, 1, 1)))
        if colonne.name == "rencontres_par_an"
    ]
    attendues = []
    for entree, duree, jours in decrits:
        dits = {entree + timedelta(days=jour) for jour in jours}
        annees = annees_de_formation(jeune(entree, duree))
        attendues.append(min(sum(premier <= jour <= dernier for jour in dits) for premier, dernier in annees))
    assert lue.to_list() == attendues
