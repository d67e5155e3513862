"""Les exemples des définitions : une petite table que l'on compte de tête, et ce que l'indicateur doit y trouver."""

from pathlib import Path
from typing import Any

import pandas as pd

from charte.commun.donnees import lire_yaml
from indicateurs.definitions import Definition
from indicateurs.moteur import calculer

__all__ = ["EXEMPLES", "tables_de", "verifier_exemple"]

EXEMPLES = Path(__file__).parent / "exemples"
FORMATION = {"rncp": "RNCP35497", "cfd": "32033422", "uai_responsable": "0750001X", "uai_formateur": "0750002Y"}
DATES = {"date_entree": "2024-09-02", "date_fin": "2026-08-31", "date_exclusion": None}
ECRITES = ("parcours", "contrats", "resultats", "heures", "rencontres", "situations", "satisfaction", "enquetes")


def tables_de(exemple: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Les tables d'un exemple ; ce qu'il ne dit pas d'un parcours est une formation de deux ans, la même pour tous."""
    parcours = [{**FORMATION, **DATES, "obtention": None, **ligne} for ligne in exemple["parcours"]]
    tables = {nom: pd.DataFrame(exemple[nom]) for nom in ECRITES[2:] if nom in exemple}
    for nom in ("satisfaction", "enquetes"):
        if nom in tables:
            tables[nom] = tables[nom].assign(**FORMATION)
    contrats = [{"rang": 0, **ligne} for ligne in exemple.get("contrats", [])]
    vides = ["id_parcours", "rang", "date_debut", "date_fin", "date_rupture"]
    return {
        "parcours": pd.DataFrame(parcours),
        "contrats": pd.DataFrame(contrats) if contrats else pd.DataFrame(columns=vides),
        **tables,
    }


def verifier_exemple(definition: Definition, chemin: Path) -> None:
    """Calcule l'exemple et compare ce qu'il attend (numérateur, dénominateur, effectif, taux)."""
    exemple = lire_yaml(chemin)
    mesures = calculer(tables_de(exemple), {definition.cle: definition}, au=exemple["au"], par=["total"], cumul=True)
    total = mesures[mesures["promotion"].isna()].iloc[0]
    for nom, attendu in exemple["attendu"].items():
        obtenu = total[nom]
        vu = pd.isna(obtenu) if attendu is None else abs(float(obtenu) - attendu) < 1e-9
        assert vu, f"{chemin.name} : {nom} : {obtenu} au lieu de {attendu}"
