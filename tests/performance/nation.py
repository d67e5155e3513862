"""Une nation d'apprentis, engendrée d'une graine : contrats, parcours et ce que les sources y ajoutent, en Parquet.

Rien de réel : des nombres tirés au hasard, aux ordres de grandeur publics (un million de contrats, 12 000 formations,
900 CFA, 18 régions, cinq rentrées). Les textes sont encodés par dictionnaire, comme tout Parquet bien écrit.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

AU = date(2026, 11, 20)
RENTREES = (2021, 2022, 2023, 2024, 2025)
HORIZONS = (6, 12, 18, 24, 30)
REGIONS, CFAS_POUR_UN_MILLION, FORMATIONS_POUR_UN_MILLION = 18, 900, 12_000
_JAMAIS = np.datetime64("NaT", "D")

Entiers = NDArray[np.int64]
Jours = NDArray[np.datetime64]


@dataclass(frozen=True)
class Nation:
    """Les fichiers d'une nation engendrée, et combien de lignes ils portent."""

    dossier: Path
    contrats: int
    apprentis: int

    def fichier(self, table: str) -> Path:
        """Le fichier Parquet d'une table."""
        return self.dossier / f"{table}.parquet"


def engendrer(dossier: Path, contrats: int, graine: int = 2026) -> Nation:
    """Écrit une nation de `contrats` contrats (neuf apprentis pour dix contrats) ; même graine, mêmes fichiers."""
    hasard = np.random.default_rng(graine)
    apprentis = contrats * 9 // 10
    taille = contrats / 1_000_000
    nation = Nation(dossier, contrats, apprentis)
    formation = hasard.integers(0, max(1, int(FORMATIONS_POUR_UN_MILLION * taille)), apprentis)
    cfas = max(1, int(CFAS_POUR_UN_MILLION * taille))
    parcours = _parcours(hasard, formation, cfas)
    _ecrire(nation, "parcours", parcours)
    _ecrire(nation, "contrats", _contrats(hasard, parcours, contrats))
    _ecrire(nation, "resultats", _resultats(hasard, parcours))
    _ecrire(nation, "heures", _heures(hasard, parcours))
    _ecrire(nation, "rencontres", _rencontres(hasard, parcours))
    _ecrire(nation, "situations", _situations(hasard, parcours))
    return nation


def _ecrire(nation: Nation, table: str, donnees: pl.DataFrame) -> None:
    nation.dossier.mkdir(parents=True, exist_ok=True)
    donnees.write_parquet(nation.fichier(table), compression="zstd")


def _choisir(codes: Entiers, textes: list[str]) -> pl.Series:
    return pl.Series(textes, dtype=pl.String).gather(codes).cast(pl.Categorical)


def _parcours(hasard: np.random.Generator, formation: Entiers, cfas: int) -> pl.DataFrame:
    n = len(formation)
    entree = np.array([f"{annee}-09-01" for annee in RENTREES], dtype="datetime64[D]")[hasard.integers(0, 5, n)]
    entree = entree + hasard.integers(0, 30, n)
    fin = entree + hasard.choice([340, 705, 1070], n)
    exclue = hasard.random(n) < 0.03
    obtention = np.where(fin < np.datetime64(AU), hasard.random(n) < 0.9, None)
    cfa = formation % cfas
    return pl.DataFrame(
        {
            "id_parcours": np.arange(n, dtype="int64"),
            "id_personne": np.arange(n, dtype="int64"),
            "id_formation": formation,
            "rncp": _choisir(formation, [f"RNCP{i:05}" for i in range(int(formation.max()) + 1)]),
            "cfd": _choisir(formation % 400, [f"320334{i:02}" for i in range(400)]),
            "uai_responsable": _choisir(cfa, [f"R{i:06}A" for i in range(cfas)]),
            "uai_formateur": _choisir(formation % (2 * cfas), [f"F{i:06}B" for i in range(2 * cfas)]),
            "region": _choisir(cfa % REGIONS, [f"Région {i:02}" for i in range(REGIONS)]),
            "niveau": (3 + formation % 5).astype("int8"),
            "sexe": _choisir(hasard.integers(0, 2, n), ["F", "H"]),
            "annee_naissance": (_annee(entree) - hasard.integers(16, 30, n)).astype("int16"),
            "rqth": hasard.random(n) < 0.02,
            "annee_formation": (1 + formation % 3).astype("int8"),
            "date_entree": entree,
            "date_fin": fin,
            "date_exclusion": np.where(exclue, entree + hasard.integers(1, 330, n), _JAMAIS),
            "obtention": pl.Series(obtention.tolist(), dtype=pl.Boolean),
        }
    )


def _annee(jours: Jours) -> Entiers:
    return jours.astype("datetime64[Y]").astype("int64") + 1970


def _contrats(hasard: np.random.Generator, parcours: pl.DataFrame, n: int) -> pl.DataFrame:
    apprentis = len(parcours)
    porteurs = np.r_[np.arange(apprentis), hasard.choice(apprentis, n - apprentis, replace=False)]
    rang = np.r_[np.ones(apprentis, dtype="int8"), np.full(n - apprentis, 2, dtype="int8")]
    entree = parcours["date_entree"].to_numpy()[porteurs]
    debut = entree + np.where(rang == 1, hasard.integers(-30, 60, n), hasard.integers(60, 330, n))
    rompu = hasard.random(n) < np.where(rang == 1, 0.2, 0.1)
    rupture = np.where(rompu, debut + hasard.integers(1, 400, n), _JAMAIS)
    rupture = np.where(rupture <= np.datetime64(AU), rupture, _JAMAIS)
    motifs = ["accord", "initiative_apprenti", "quarante_cinq_jours", "liquidation_judiciaire"]
    return pl.DataFrame(
        {
            "id_parcours": porteurs,
            "id_personne": porteurs,
            "rang": rang,
            "date_debut": debut,
            "date_fin": np.maximum(parcours["date_fin"].to_numpy()[porteurs], debut + 30),
            "date_rupture": rupture,
            "motif_rupture": pl.select(
                pl.when(pl.Series(~np.isnat(rupture))).then(_choisir(hasard.integers(0, 4, n), motifs))
            ).to_series(),
            "effectif_employeur": hasard.choice([4, 20, 120, 900], n).astype("int32"),
        }
    )


def _finis(parcours: pl.DataFrame) -> Entiers:
    return np.flatnonzero(parcours["date_fin"].to_numpy() <= np.datetime64(AU)).astype("int64")


def _resultats(hasard: np.random.Generator, parcours: pl.DataFrame) -> pl.DataFrame:
    finis = _finis(parcours)
    present = hasard.random(len(finis)) < 0.93
    admis = np.where(present, hasard.random(len(finis)) < 0.9, None)
    annee = parcours["date_fin"].dt.year().to_numpy()[finis].astype("int16")
    return pl.DataFrame(
        {"id_parcours": finis, "annee": annee, "present": present, "admis": pl.Series(admis.tolist(), dtype=pl.Boolean)}
    )


def _heures(hasard: np.random.Generator, parcours: pl.DataFrame) -> pl.DataFrame:
    n = len(parcours)
    prevues = hasard.choice([400.0, 450.0, 550.0], n)
    realisees = prevues * hasard.uniform(0.8, 1.0, n)
    annee = parcours["date_entree"].dt.year().to_numpy().astype("int16")
    return pl.DataFrame({"id_parcours": np.arange(n), "annee": annee, "prevues": prevues, "realisees": realisees})


def _rencontres(hasard: np.random.Generator, parcours: pl.DataFrame) -> pl.DataFrame:
    n = len(parcours)
    entree, fin = parcours["date_entree"].to_numpy(), parcours["date_fin"].to_numpy()
    debuts = np.where(hasard.random(n) < 0.8, entree + hasard.integers(5, 80, n), _JAMAIS)
    finales = np.where(hasard.random(n) < 0.7, fin - hasard.integers(5, 80, n), _JAMAIS)
    return pl.DataFrame(
        {
            "id_parcours": np.r_[np.arange(n), np.arange(n)],
            "nature": _choisir(np.zeros(2 * n, dtype="int64"), ["employeur"]),
            "rang": np.repeat(np.array([1, 2], dtype="int8"), n),
            "prevue_du": np.r_[entree, fin - 60],
            "prevue_au": np.r_[entree + 60, fin],
            "tenue_le": np.r_[debuts, finales],
        }
    )


def _situations(hasard: np.random.Generator, parcours: pl.DataFrame) -> pl.DataFrame:
    finis = _finis(parcours)
    porteurs = np.repeat(finis, len(HORIZONS))
    mois = np.tile(np.array(HORIZONS, dtype="int8"), len(finis))
    ages = (np.datetime64(AU) - parcours["date_fin"].to_numpy()[porteurs]).astype("int64")
    connus = ages > mois.astype("int64") * 31
    porteurs, mois = porteurs[connus], mois[connus]
    n = len(porteurs)
    repondu = hasard.random(n) < 0.6
    tirage = hasard.random(n)
    situation = np.select([tirage < 0.6, tirage < 0.75, tirage < 0.95], [0, 1, 2], 3)
    situations = _choisir(situation, ["emploi", "recherche", "etudes", "autre"])
    emploi = repondu & (situation == 0)
    types = _choisir(hasard.integers(0, 3, n), ["cdi", "cdd", "alternance"])
    en_emploi = pl.when(pl.Series(emploi))
    return pl.DataFrame({"id_parcours": porteurs, "mois": mois, "repondu": repondu}).with_columns(
        pl.when(pl.Series(repondu)).then(situations).alias("situation"),
        en_emploi.then(types).alias("type_contrat"),
        en_emploi.then(pl.Series(hasard.random(n) < 0.8)).alias("adequation"),
        en_emploi.then(pl.Series(hasard.uniform(0, 9, n).round(1))).alias("recherche_mois"),
    )
