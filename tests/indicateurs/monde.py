"""Des mondes quelconques pour juger le moteur : leurs tables, et ce que la référence naïve y compte."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from tests.indicateurs.reference_mesures import (
    ContratDit,
    Enquete,
    Formation,
    Jeune,
    Ligne,
    Monde,
    Note,
    Rencontre,
    Situation,
    contributions,
)

CLES = ["rncp", "cfd", "uai_responsable", "uai_formateur"]
FORMATIONS: tuple[Formation, ...] = (
    ("RNCP1", "32033422", "R1", "F1"),
    ("RNCP1", "32033422", "R1", "F2"),
    ("RNCP2", "32033422", "R2", "F1"),
)
COMPOSANTES = {FORMATIONS[0]: "IUT", FORMATIONS[1]: "IUT", FORMATIONS[2]: "Faculté"}
REGIONS = {FORMATIONS[0]: "Bretagne", FORMATIONS[2]: "Bretagne"}
AU = date(2026, 6, 30)
PUBLICS = ("apprentis", "maitres", "tuteurs", "employeurs")

jours = st.one_of(
    st.sampled_from([date(2024, 8, 31), date(2024, 5, 31), date(2025, 2, 28), date(2025, 11, 30), AU]),
    st.integers(0, 900).map(lambda n: date(2024, 6, 1) + timedelta(days=n)),
)
peut_etre = st.none() | jours
_logique = st.sampled_from([None, True, False])
contrats = st.builds(
    ContratDit,
    debut=jours,
    fin=peut_etre,
    rupture=peut_etre,
    motif=st.sampled_from([None, None, "accord", "diplome_obtenu", "contrat_annule"]),
    effectif=st.sampled_from([None, 9, 10, 250]),
)
_rencontres = st.builds(
    Rencontre,
    nature=st.sampled_from(["employeur", "visite", "validation_mission"]),
    prevue_du=peut_etre,
    tenue_le=peut_etre,
)
_situations = st.lists(
    st.builds(
        Situation,
        mois=st.sampled_from([6, 12, 18, 24, 30]),
        repondu=st.booleans(),
        situation=st.sampled_from([None, "emploi", "emploi", "recherche", "etudes", "autre"]),
        type_contrat=st.sampled_from([None, "cdi", "cdd", "independant"]),
        adequation=_logique,
        recherche=st.sampled_from([None, 0.0, 2.5, -1.0]),
    ),
    max_size=3,
    unique_by=lambda situation: situation.mois,
).map(tuple)
_annees = st.integers(2023, 2026)
_heures = st.sampled_from([None, 0.0, 120.5, 400.0])
jeunes = st.builds(
    Jeune,
    personne=st.integers(0, 4),
    groupe=st.sampled_from(FORMATIONS),
    entree=jours,
    fin=jours,
    exclusion=peut_etre,
    obtention=_logique,
    contrats=st.lists(contrats, max_size=3).map(tuple),
    sexe=st.sampled_from([None, "F", "H"]),
    naissance=st.sampled_from([None, 1990, 2003, 2008]),
    niveau=st.sampled_from([None, 5, 6]),
    rqth=_logique,
    resultats=st.lists(st.tuples(_annees, _logique, _logique), max_size=2, unique_by=lambda r: r[0]).map(tuple),
    heures=st.lists(st.tuples(_annees, _heures, _heures), max_size=2, unique_by=lambda h: h[0]).map(tuple),
    rencontres=st.lists(_rencontres, max_size=3).map(tuple),
    situations=_situations,
)
_notes = st.builds(
    Note,
    groupe=st.sampled_from(FORMATIONS),
    annee=st.integers(2024, 2025),
    public=st.sampled_from(PUBLICS),
    question=st.sampled_from(["ensemble", "suivi", "locaux"]),
    repondant=st.integers(0, 3),
    note=st.sampled_from([None, 1.0, 3.0, 7.5, 11.0]),
    mini=st.sampled_from([0.0, 1.0, None]),
    maxi=st.sampled_from([5.0, 10.0, 1.0]),
)
_enquetes = st.builds(
    Enquete,
    groupe=st.sampled_from(FORMATIONS),
    annee=st.integers(2024, 2025),
    public=st.sampled_from(PUBLICS),
    sollicites=st.sampled_from([None, 0, 2, 9]),
)
mondes = st.builds(
    Monde,
    jeunes=st.lists(jeunes, min_size=1, max_size=10).map(tuple),
    notes=st.lists(_notes, max_size=8).map(tuple),
    enquetes=st.lists(_enquetes, max_size=3, unique_by=lambda e: (e.groupe, e.annee, e.public)).map(tuple),
    composantes=st.just(COMPOSANTES),
    regions=st.just(REGIONS),
)


def en_tables(monde: Monde) -> dict[str, pd.DataFrame]:
    """Les tables du moteur ; celles qui n'ont aucune ligne restent, vides."""
    porteurs = list(enumerate(monde.jeunes))
    return {
        "parcours": pd.DataFrame(
            [_parcours(rang, jeune, monde) for rang, jeune in porteurs],
            columns=[
                "id_parcours", *CLES, "date_entree", "date_fin", "date_exclusion", "obtention", "composante", "region",
                "niveau", "sexe", "annee_naissance", "rqth",
            ],
        ),
        "contrats": _table(
            ["id_parcours", "id_personne", "rang", "date_debut", "date_fin", "date_rupture", "motif_rupture",
             "effectif_employeur"],
            [
                (i, f"p{j.personne}", rang, c.debut, c.fin, c.rupture, c.motif, c.effectif)
                for i, j in porteurs
                for rang, c in enumerate(j.contrats)
                if isinstance(c, ContratDit)
            ],
        ),
        "resultats": _table(
            ["id_parcours", "annee", "present", "admis"],
            [(i, *r) for i, j in porteurs for r in j.resultats],
        ),
        "heures": _table(
            ["id_parcours", "annee", "prevues", "realisees"],
            [(i, *h) for i, j in porteurs for h in j.heures],
        ),
        "rencontres": _table(
            ["id_parcours", "nature", "rang", "prevue_du", "tenue_le"],
            [(i, r.nature, n, r.prevue_du, r.tenue_le) for i, j in porteurs for n, r in enumerate(j.rencontres)],
        ),
        "situations": _table(
            ["id_parcours", "mois", "repondu", "situation", "type_contrat", "adequation", "recherche_mois"],
            [(i, *vars(s).values()) for i, j in porteurs for s in j.situations],
        ),
        "satisfaction": _table(
            [*CLES, "annee", "public", "question", "repondant", "note", "note_min", "note_max"],
            [(*n.groupe, n.annee, n.public, n.question, n.repondant, n.note, n.mini, n.maxi) for n in monde.notes],
        ),
        "enquetes": _table(
            [*CLES, "annee", "public", "sollicites"],
            [(*e.groupe, e.annee, e.public, e.sollicites) for e in monde.enquetes],
        ),
    }  # fmt: skip


def _table(colonnes: list[str], lignes: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(lignes, columns=colonnes)


def _parcours(rang: int, jeune: Jeune, monde: Monde) -> tuple[Any, ...]:
    return (
        rang, *jeune.groupe, jeune.entree, jeune.fin, jeune.exclusion, jeune.obtention,
        monde.composantes.get(jeune.groupe), monde.regions.get(jeune.groupe), jeune.niveau, jeune.sexe,
        jeune.naissance, jeune.rqth,
    )  # fmt: skip


Adresse = tuple[str, str, tuple[str, ...], str | None, str | None, str | None]
"""Indicateur, niveau, clés du niveau, promotion (None : cumul), ventilation, modalité."""


def attendues(monde: Monde, au: date, ventilations: dict[str, set[str]]) -> dict[Adresse, list[Ligne]]:
    """Les lignes de la référence, rangées sous chaque cellule où elles comptent.

    `ventilations` : par indicateur, celles qu'il permet (« motif », qui ne répartit que les cas, est laissée de côté).
    """
    rangees: dict[Adresse, list[Ligne]] = defaultdict(list)
    for ligne in contributions(monde, au):
        for niveau, cles in _niveaux(monde, ligne.groupe):
            for periode in (ligne.promotion, None):
                rangees[ligne.cle, niveau, cles, periode, None, None].append(ligne)
                for ventilation in ventilations[ligne.cle]:
                    modalite = ligne.modalites[ventilation]
                    rangees[ligne.cle, niveau, cles, periode, ventilation, modalite].append(ligne)
    return rangees


def _niveaux(monde: Monde, groupe: Formation) -> list[tuple[str, tuple[str, ...]]]:
    # La composante et la région se lisent dans les parcours : une formation sans parcours n'en a pas.
    suivie = any(jeune.groupe == groupe for jeune in monde.jeunes)
    composante = monde.composantes.get(groupe) if suivie else None
    region = monde.regions.get(groupe) if suivie else None
    return [
        ("formation", groupe),
        ("formateur", (groupe[3],)),
        ("responsable", (groupe[2],)),
        *([("composante", (composante,))] if composante else []),
        *([("region", (region,))] if region else []),
        ("total", ()),
    ]
