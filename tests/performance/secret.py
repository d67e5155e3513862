"""Le secret d'un établissement : le temps de processeur, et ce qu'il masque.

    python -m tests.performance.secret [--formations 300] [--ventilations 5] [--seuil 5] [--croise] [--par-an] [--json]

Les comptes viennent de la nation engendrée (`tests/performance/nation.py`), réduite aux formations voulues : cinq
rentrées, une quinzaine d'apprentis par formation et par rentrée. `--croise` y ajoute douze composantes qui croisent les
CFA, le cas le plus dur. Les pages ne ventilent que le cumul ; `--par-an` ventile aussi chaque promotion. Seul `masquer`
est chronométré, sur tous les indicateurs, tous les niveaux, les promotions et leur cumul. « primaires » : les cellules
sous le seuil ; « masquees » : celles-ci et leurs complémentaires, et d'une ventilation l'adresse entière.
« ventilees_montrees » : la part, au cumul, des cellules ventilées qui restent montrées.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from indicateurs.definitions import charger_definitions
from indicateurs.moteur import NIVEAUX, calculer
from indicateurs.secret import masquer
from tests.performance.mesures import TABLES
from tests.performance.nation import AU, FORMATIONS_POUR_UN_MILLION, engendrer

VENTILATIONS = ("sexe", "age", "niveau", "taille_employeur", "handicap")
COMPOSANTES = 12

Mesure = dict[str, Any]


def table(formations: int, ventilations: int, *, croise: bool = False, par_an: bool = False) -> pd.DataFrame:
    """Les mesures non masquées d'un établissement de `formations` formations, et ses premières `ventilations`."""
    with tempfile.TemporaryDirectory() as dossier:
        nation = engendrer(Path(dossier), formations * 1_000_000 // FORMATIONS_POUR_UN_MILLION)
        tables = {nom: pl.read_parquet(nation.fichier(nom)) for nom in TABLES}
    if croise:
        composante = pl.format("Composante {}", pl.col("id_formation") % COMPOSANTES).alias("composante")
        tables["parcours"] = tables["parcours"].with_columns(composante)
    return calculer(
        tables,
        charger_definitions(),
        au=AU,
        par=NIVEAUX,
        ventiler=VENTILATIONS[:ventilations],
        cumul=True,
        ventiler_par_promotion=par_an,
    )


def mesurer(formations: int, ventilations: int, seuil: int, *, croise: bool = False, par_an: bool = False) -> Mesure:
    """Le temps de processeur de `masquer`, et les cellules, sous le seuil puis masquées, de la base et ventilées."""
    mesures = table(formations, ventilations, croise=croise, par_an=par_an)
    seuils = dict.fromkeys(mesures["indicateur"].unique(), seuil)
    depart = time.process_time()
    groupes = {cle: definition.calcul.table for cle, definition in charger_definitions().items()}
    masque = masquer(mesures, seuils, groupes=groupes)["masque"].to_numpy()
    duree = time.process_time() - depart
    sous_le_seuil = ((mesures["effectif"] > 0) & (mesures["effectif"] < seuil)).to_numpy()
    base, cumul = mesures["ventilation"].isna().to_numpy(), mesures["promotion"].isna().to_numpy()
    return {
        "formations": formations,
        "ventilations": ventilations,
        "seuil": seuil,
        "croise": croise,
        "par_an": par_an,
        "cpu_s": round(duree, 2),
        "lignes": len(mesures),
        "primaires": int(sous_le_seuil.sum()),
        "masquees": int(masque.sum()),
        "base_primaires": int(sous_le_seuil[base].sum()),
        "base_masquees": int(masque[base].sum()),
        "ventilees_montrees": round(float((~masque[cumul & ~base]).mean()), 3) if ventilations else None,
    }


def principale(arguments: Sequence[str] | None = None) -> int:
    """La commande ; rend 0."""
    analyse = argparse.ArgumentParser(prog="python -m tests.performance.secret", description="Le coût du secret.")
    analyse.add_argument("--formations", type=int, default=300)
    analyse.add_argument("--ventilations", type=int, default=len(VENTILATIONS), choices=range(len(VENTILATIONS) + 1))
    analyse.add_argument("--seuil", type=int, default=5)
    analyse.add_argument("--croise", action="store_true", help="douze composantes, qui croisent les CFA")
    analyse.add_argument("--par-an", action="store_true", help="les ventilations par promotion aussi")
    analyse.add_argument("--json", action="store_true", help="un objet JSON, sur une ligne")
    options = analyse.parse_args(arguments)
    choix = {"croise": options.croise, "par_an": options.par_an}
    mesure = mesurer(options.formations, options.ventilations, options.seuil, **choix)
    print(json.dumps(mesure) if options.json else "\n".join(f"{nom} : {valeur}" for nom, valeur in mesure.items()))
    return 0


if __name__ == "__main__":
    sys.exit(principale())
