"""La nation engendrée : reproductible, comptée pareil par le moteur et par DuckDB. Le reste s'imprime à la demande."""

from pathlib import Path

import pandas as pd
import pytest

from tests.performance.mesures import duckdb, ecarts, mesurer, moteur, principale
from tests.performance.nation import engendrer


def test_meme_graine_meme_nation(tmp_path: Path) -> None:
    une, autre = engendrer(tmp_path / "a", 1_000), engendrer(tmp_path / "b", 1_000)
    assert une.fichier("contrats").read_bytes() == autre.fichier("contrats").read_bytes()
    assert (
        engendrer(tmp_path / "c", 1_000, graine=1).fichier("contrats").read_bytes()
        != une.fichier("contrats").read_bytes()
    )


def test_le_moteur_et_duckdb_comptent_pareil_et_un_ecart_se_voit(tmp_path: Path) -> None:
    nation = engendrer(tmp_path, 20_000)
    obtenus: pd.DataFrame = moteur(nation)["comptes"]
    attendus: pd.DataFrame = duckdb(nation)["comptes"]
    assert (attendus["denominateur", "sum"] > 0).mean() > 0.7
    assert ecarts(obtenus, attendus) == []
    fausses = obtenus.copy()
    fausses.loc[("obtention", "total", "2022-2023"), ("numerateur", "sum")] += 1
    assert len(ecarts(fausses, attendus)) == 1
    assert ecarts(obtenus.drop(("obtention", "total", "2022-2023")), attendus)


@pytest.mark.performance
@pytest.mark.timeout(900)
def test_une_nation(capsys: pytest.CaptureFixture[str]) -> None:
    assert principale(["--contrats", "1000000"]) == 0
    with capsys.disabled():
        print(capsys.readouterr().out)


@pytest.mark.performance
@pytest.mark.timeout(900)
def test_cinq_millions_de_contrats_tiennent_en_quatre_gigaoctets() -> None:
    mesure, fautes = mesurer(5_000_000)
    print(mesure)
    assert fautes == []
    assert mesure["rss_mo"] <= 4096
