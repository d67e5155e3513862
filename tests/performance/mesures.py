"""Tous les indicateurs d'une nation : le temps, la mémoire, et deux étalons mesurés dans le même passage.

    python -m tests.performance.mesures [--contrats 1000000] [--json]

- (a) le plancher : décoder une fois, avec polars, les fichiers Parquet dont les indicateurs ont besoin ;
- (b) les mêmes comptes en SQL, par DuckDB, sur les mêmes fichiers (`tests/performance/sql_nation.py`).

Chaque mesure se fait dans un processus à elle (médiane de trois passages, après un tour à blanc). Les comptes du moteur
et ceux de DuckDB sont rapprochés, indicateur par indicateur, promotion par promotion, à tous les niveaux : un écart est
une faute, et la commande rend 1. Le calcul des parcours, que seuls demandent les indicateurs de statut, est chronométré
à part.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from indicateurs.moteur import Niveau
from tests.performance.nation import AU, Nation, engendrer
from tests.performance.sql_nation import CLES, NIVEAUX, requete

PASSAGES = 3
ECART_PERMIS = 1e-9
TABLES = ("parcours", "contrats", "resultats", "heures", "rencontres", "situations")
PAR: tuple[Niveau, ...] = ("formation", "formateur", "responsable", "region", "total")

Mesure = dict[str, Any]


def chronometrer(calcul: Callable[[], Any]) -> tuple[float, float, Any]:
    """(secondes, secondes de processeur, résultat) : médiane de `PASSAGES`, après un tour à blanc."""
    resultat = calcul()
    durees, travaux = [], []
    for _ in range(PASSAGES):
        resultat = None  # la mémoire que l'on mesure est celle d'un calcul, non de deux résultats
        depart, travail = time.perf_counter(), time.process_time()
        resultat = calcul()
        durees.append(time.perf_counter() - depart)
        travaux.append(time.process_time() - travail)
    return median(durees), median(travaux), resultat


def memoire_mo() -> int:
    """Le plus haut de la mémoire de ce processus, en Mo."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def a_part(travail: Callable[[Nation], Mesure], nation: Nation) -> Mesure:
    """Le résultat d'une mesure faite dans un processus neuf."""
    with multiprocessing.get_context("spawn").Pool(1) as reserve:
        return reserve.apply(travail, (nation,))


def plancher(nation: Nation) -> Mesure:
    """Décoder une fois les fichiers."""
    import polars as pl

    duree, travail, _ = chronometrer(lambda: [pl.read_parquet(nation.fichier(nom)) for nom in TABLES])
    return {"plancher_s": duree, "plancher_cpu_s": travail}


def moteur(nation: Nation) -> Mesure:
    """Tous les indicateurs sans statut, de la formation à la nation."""
    import polars as pl

    from indicateurs.definitions import charger_definitions
    from indicateurs.moteur import calculer

    definitions = {cle: d for cle, d in charger_definitions().items() if not d.lit_les_statuts}
    tables = {nom: pl.scan_parquet(nation.fichier(nom)) for nom in TABLES}
    duree, travail, mesures = chronometrer(lambda: calculer(tables, definitions, au=AU, par=PAR))
    memoire = memoire_mo()
    sommes = mesures[mesures["indicateur"].isin(CLES)].groupby(["indicateur", "niveau", "promotion"])
    comptes = sommes[["numerateur", "denominateur"]].agg(["sum", "max"])
    return {"secondes": duree, "cpu_s": travail, "rss_mo": memoire, "lignes": len(mesures), "comptes": comptes}


def duckdb(nation: Nation) -> Mesure:
    """Les mêmes comptes en SQL, rendus en pandas comme le moteur les rend."""
    import duckdb

    with duckdb.connect() as connexion:
        duree, travail, lus = chronometrer(lambda: connexion.execute(requete(nation)).df())
        return {"duckdb_s": duree, "duckdb_cpu_s": travail, "duckdb_rss_mo": memoire_mo(), "comptes": _resumer(lus)}


def _resumer(lus: pd.DataFrame) -> pd.DataFrame:
    """Par indicateur, niveau et promotion : la somme et le plus grand des comptes."""
    niveaux = [cle for cle in NIVEAUX.values() if cle]
    niveau = pd.Series("total", index=lus.index)
    for nom, cle in NIVEAUX.items():
        if cle:
            niveau[lus[cle].notna() & lus[[c for c in niveaux if c != cle]].isna().all(axis=1)] = nom
    promotion = lus["annee"].map(lambda annee: f"{annee}-{annee + 1}")
    blocs = []
    for cle in CLES:
        nombres = lus[[f"{cle}.numerateur", f"{cle}.denominateur"]].set_axis(["numerateur", "denominateur"], axis=1)
        blocs.append(nombres.assign(indicateur=cle, niveau=niveau, promotion=promotion))
    sommes = pd.concat(blocs).groupby(["indicateur", "niveau", "promotion"])
    return sommes[["numerateur", "denominateur"]].agg(["sum", "max"])


def parcours(nation: Nation) -> Mesure:
    """`calculer_parcours` sur tous les apprentis."""
    import polars as pl

    from indicateurs.parcours import calculer_parcours

    apprentis = pl.read_parquet(nation.fichier("parcours")).to_pandas().rename(columns={"id_parcours": "id_apprenti"})
    contrats = pl.read_parquet(nation.fichier("contrats")).to_pandas().rename(columns={"id_parcours": "id_apprenti"})
    duree, travail, _ = chronometrer(lambda: calculer_parcours(apprentis, contrats))
    return {"parcours_s": duree, "parcours_cpu_s": travail, "apprentis": len(apprentis)}


def ecarts(obtenus: pd.DataFrame, attendus: pd.DataFrame) -> list[str]:
    """Les comptes sur lesquels le moteur et DuckDB ne sont pas d'accord."""
    lus, fautes = obtenus.reindex(attendus.index).astype("float64"), []
    for nom, quoi in attendus.columns:
        sql, lu = attendus[nom, quoi].astype("float64"), lus[nom, quoi]
        faux = ~((sql - lu).abs() <= ECART_PERMIS * sql.abs().clip(lower=1.0))
        fautes += [f"{cle} : {nom} ({quoi}) {lu[cle]} au lieu de {sql[cle]}" for cle in attendus.index[faux]]
    return fautes


def mesurer(contrats: int) -> tuple[Mesure, list[str]]:
    """Toutes les mesures d'une nation de ce nombre de contrats, et les écarts entre les deux calculs."""
    with tempfile.TemporaryDirectory() as dossier:
        nation = engendrer(Path(dossier), contrats)
        rendues: Mesure = {"contrats": contrats}
        for travail in (plancher, moteur, duckdb, parcours):
            lue = a_part(travail, nation)
            rendues |= {f"{travail.__name__}.comptes" if cle == "comptes" else cle: v for cle, v in lue.items()}
    fautes = ecarts(rendues.pop("moteur.comptes"), rendues.pop("duckdb.comptes"))
    return {cle: round(v, 3) if isinstance(v, float) else v for cle, v in rendues.items()}, fautes


def _dire(m: Mesure) -> str:
    return "\n".join(
        (
            f"{m['contrats']} contrats, {m['apprentis']} apprentis ; {m['lignes']} lignes rendues",
            f"moteur   : {m['secondes']:.2f} s (processeur {m['cpu_s']:.2f} s), {m['rss_mo']} Mo",
            f"plancher : {m['plancher_s']:.2f} s (processeur {m['plancher_cpu_s']:.2f} s) ; "
            f"rapport {m['secondes'] / m['plancher_s']:.1f}, processeur {m['cpu_s'] / m['plancher_cpu_s']:.1f}",
            f"DuckDB   : {m['duckdb_s']:.2f} s (processeur {m['duckdb_cpu_s']:.2f} s) ; "
            f"rapport {m['secondes'] / m['duckdb_s']:.2f}, processeur {m['cpu_s'] / m['duckdb_cpu_s']:.2f}",
            f"parcours : {m['parcours_s']:.2f} s (processeur {m['parcours_cpu_s']:.2f} s)",
        )
    )


def principale(arguments: Sequence[str] | None = None) -> int:
    """La commande ; rend 1 si les deux calculs ne sont pas d'accord."""
    analyse = argparse.ArgumentParser(prog="python -m tests.performance.mesures", description="Une nation d'apprentis.")
    analyse.add_argument("--contrats", type=int, default=1_000_000)
    analyse.add_argument("--json", action="store_true", help="un objet JSON, sur une ligne")
    options = analyse.parse_args(arguments)
    mesure, fautes = mesurer(options.contrats)
    print(json.dumps(mesure) if options.json else _dire(mesure))
    for faute in fautes[:20]:
        print(faute, file=sys.stderr)
    return 1 if fautes else 0


if __name__ == "__main__":
    sys.exit(principale())
