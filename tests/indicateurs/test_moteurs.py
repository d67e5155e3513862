"""Les mêmes expressions sur polars, pandas, DuckDB et Spark : les mêmes mesures à 1e-9 près."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import polars as pl
import pytest

from indicateurs.comptes import Moteur
from indicateurs.moteur import calculer
from tests.indicateurs.monde import AU, FORMATIONS, PUBLICS, en_tables
from tests.indicateurs.reference_mesures import ContratDit, Enquete, Jeune, Monde, Note, Rencontre, Situation

AXES = ["sexe", "motif"]


def un_monde() -> Monde:
    """Vingt-quatre parcours qui donnent une ligne au moins à chaque indicateur."""
    return Monde(
        tuple(_jeune(rang) for rang in range(24)),
        tuple(
            Note(FORMATIONS[n % 3], 2024, PUBLICS[n % 4], ("ensemble", "suivi")[n // 4 % 2], n, float(n % 6), 0.0, 5.0)
            for n in range(24)
        ),
        tuple(Enquete(FORMATIONS[n % 3], 2024, PUBLICS[n % 4], 10) for n in range(12)),
        dict.fromkeys(FORMATIONS, "IUT"),
    )


def _jeune(rang: int) -> Jeune:
    debut, fin = date(2023, 9, 1 + rang), date(2025, 8, 31)
    rupture = date(2024, 1, 31) if rang % 3 == 0 else None
    motif = (None, "accord", "diplome_obtenu", "contrat_annule")[rang % 4]
    suite = (ContratDit(date(2024, 4, 1), fin),) if rang % 6 == 0 else ()
    situation = ("emploi", "recherche", "etudes", None)[rang % 4]
    return Jeune(
        rang, FORMATIONS[rang % 3], debut, fin, None, (None, True, False)[rang % 3],
        (ContratDit(debut, fin, rupture, motif, rang * 10), *suite),
        sexe=("F", "H", None)[rang % 3],
        naissance=2003,
        resultats=((2025, rang % 5 != 0, rang % 2 == 0),),
        heures=((2023, 400.0, 380.5 + rang), (2024, 300.0, None)),
        rencontres=(
            Rencontre("employeur", None, date(2023, 10, 2)),
            Rencontre("employeur", None, date(2025, 8, 1) if rang % 2 else None),
            Rencontre("validation_mission", date(2023, 9, 1), date(2023, 9, 1 + rang)),
        ),
        situations=tuple(
            Situation(mois, rang % 7 != 0, situation, ("cdi", "cdd")[rang % 2], rang % 2 == 0, 1.5)
            for mois in (6, 12, 18, 24, 30)
        ),
    )  # fmt: skip


def egales(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("moteur", ["pandas", "duckdb"])
def test_chaque_moteur_donne_les_mesures_de_polars(moteur: Moteur) -> None:
    tables = en_tables(un_monde())
    options: dict[str, Any] = {"au": AU, "ventiler": AXES, "cumul": True}
    reference = calculer(tables, **options)
    assert (reference[reference["niveau"] == "total"].groupby("indicateur")["effectif"].max() > 0).all()
    egales(reference, calculer(tables, moteur=moteur, **options))


def test_une_table_de_polars_paresseuse_ou_parquet_donne_les_memes_mesures(tmp_path: Any) -> None:
    tables = en_tables(un_monde())
    attendues = calculer(tables, au=AU, ventiler=AXES)
    polars = {nom: pl.from_pandas(table.infer_objects()) for nom, table in tables.items()}
    egales(calculer(polars, au=AU, ventiler=AXES), attendues)
    parcourues = {}
    for nom, table in polars.items():
        table.write_parquet(tmp_path / f"{nom}.parquet")
        parcourues[nom] = pl.scan_parquet(tmp_path / f"{nom}.parquet")
    egales(calculer(parcourues, au=AU, ventiler=AXES), attendues)


@pytest.fixture
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.mark.reparti
@pytest.mark.timeout(600)
@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("spark")
def test_spark_execute_les_memes_expressions() -> None:
    tables = en_tables(un_monde())
    reference = calculer(tables, au=AU, ventiler=AXES, cumul=True)
    egales(reference, calculer(tables, au=AU, ventiler=AXES, cumul=True, moteur="pyspark"))
