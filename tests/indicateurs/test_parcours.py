"""La règle des parcours : exemples publiés, bords, référence jour à jour, invariants, entrées douteuses."""

import json
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.lecture import TableInvalide
from indicateurs.parcours import STATUTS, calculer_parcours, statuts_au
from tests.indicateurs.reference_parcours import Contrat, parcours_jour_a_jour

EXEMPLES = json.loads((Path(__file__).parent / "exemples_parcours.json").read_text("utf-8"))
COLONNES_CONTRATS = ["id_apprenti", "rang", "date_debut", "date_fin", "date_rupture"]
JOUR_ZERO = date(2024, 1, 1)

Cas = tuple[date, date, list[Contrat], date | None]


def en_tables(cas: list[Cas]) -> tuple[pd.DataFrame, pd.DataFrame]:
    apprentis = [
        {"id_apprenti": i, "date_entree": entree, "date_fin": fin, "date_exclusion": exclusion}
        for i, (entree, fin, _, exclusion) in enumerate(cas)
    ]
    contrats = [(i, rang, c.debut, c.fin, c.rupture) for i, cas_i in enumerate(cas) for rang, c in enumerate(cas_i[2])]
    colonnes = ["id_apprenti", "date_entree", "date_fin", "date_exclusion"]
    return pd.DataFrame(apprentis, columns=colonnes), pd.DataFrame(contrats, columns=COLONNES_CONTRATS)


def en_listes(parcours: pd.DataFrame, nombre: int) -> list[list[tuple[date, str]]]:
    listes: list[list[tuple[date, str]]] = [[] for _ in range(nombre)]
    for ligne in parcours.itertuples():
        listes[ligne.id_apprenti].append((ligne.depuis.date(), ligne.statut))
    return listes


def calculer_un(entree: str, fin: str, contrats: list[tuple[str, str, str]] = (), exclusion: str = "") -> Any:
    apprentis = pd.DataFrame([{"id_apprenti": "A", "date_entree": entree, "date_fin": fin}])
    table = pd.DataFrame([("A", rang, *contrat) for rang, contrat in enumerate(contrats)], columns=COLONNES_CONTRATS)
    parcours = calculer_parcours(apprentis.assign(date_exclusion=exclusion), table)
    return [f"{ligne.depuis:%Y-%m-%d} {ligne.statut}" for ligne in parcours.itertuples()]


def en_date(texte: str | None) -> date | None:
    return date.fromisoformat(texte) if texte else None


def tables_des_exemples() -> tuple[pd.DataFrame, pd.DataFrame]:
    apprentis = pd.DataFrame(
        [
            {
                "id_apprenti": exemple["id"],
                "date_entree": exemple["entree_formation"],
                "date_fin": exemple["fin_formation"],
                "date_exclusion": exemple["exclusion"],
            }
            for exemple in EXEMPLES
        ]
    )
    contrats = pd.DataFrame(
        [
            (exemple["id"], rang, contrat["debut"], contrat["fin"], contrat["rupture"])
            for exemple in EXEMPLES
            for rang, contrat in enumerate(exemple["contrats"])
        ],
        columns=COLONNES_CONTRATS,
    )
    return apprentis, contrats


@pytest.mark.parametrize("exemple", EXEMPLES, ids=[exemple["id"] for exemple in EXEMPLES])
def test_les_exemples_publies_sont_reproduits_au_jour_pres(exemple: dict[str, Any]) -> None:
    parcours = calculer_parcours(*tables_des_exemples())
    obtenu = parcours[parcours["id_apprenti"] == exemple["id"]]
    attendu = [(pd.Timestamp(etape["depuis"]), etape["statut"]) for etape in exemple["attendu_parcours"]]
    assert list(zip(obtenu["depuis"], obtenu["statut"], strict=True)) == attendu
    au = statuts_au(parcours, exemple["date_calcul"]).set_index("id_apprenti")["statut"]
    assert au[exemple["id"]] == exemple["attendu_en_cours"]


@pytest.mark.parametrize("exemple", EXEMPLES, ids=[exemple["id"] for exemple in EXEMPLES])
def test_la_reference_jour_a_jour_reproduit_aussi_les_exemples(exemple: dict[str, Any]) -> None:
    contrats = [
        Contrat(date.fromisoformat(c["debut"]), en_date(c["fin"]), en_date(c["rupture"])) for c in exemple["contrats"]
    ]
    entree, fin = date.fromisoformat(exemple["entree_formation"]), date.fromisoformat(exemple["fin_formation"])
    obtenu = parcours_jour_a_jour(entree, fin, contrats, en_date(exemple["exclusion"]))
    assert obtenu == [(date.fromisoformat(e["depuis"]), e["statut"]) for e in exemple["attendu_parcours"]]


# Les bords sont choisis, puis décalés d'un jour ou deux : c'est là que les règles se touchent.
BORDS = sorted({b + e for b in (0, 60, 90, 180, 270, 365, 425) for e in (-2, -1, 0, 1, 2)})
jours_pres_des_bords = st.one_of(st.sampled_from(BORDS), st.integers(-20, 460)).map(
    lambda rang: JOUR_ZERO + timedelta(days=rang)
)
contrats_quelconques = st.builds(
    Contrat,
    debut=jours_pres_des_bords,
    fin=st.none() | jours_pres_des_bords,
    rupture=st.none() | jours_pres_des_bords,
)
cas_quelconques = st.tuples(
    jours_pres_des_bords,
    jours_pres_des_bords,
    st.lists(contrats_quelconques, max_size=5),
    st.one_of(st.none(), st.none(), jours_pres_des_bords),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(cas_quelconques, min_size=1, max_size=20))
def test_le_calcul_par_intervalles_egale_la_reference_jour_a_jour(cas: list[Cas]) -> None:
    obtenus = en_listes(calculer_parcours(*en_tables(cas)), len(cas))
    assert obtenus == [parcours_jour_a_jour(*un_cas) for un_cas in cas]


@settings(max_examples=100, deadline=None)
@given(st.lists(cas_quelconques, max_size=10))
def test_les_invariants_d_une_frise(cas: list[Cas]) -> None:
    obtenus = en_listes(calculer_parcours(*en_tables(cas)), len(cas))
    for (entree, fin, contrats, _), frise in zip(cas, obtenus, strict=True):
        debut = min([entree, *(c.debut for c in contrats)])
        jours, statuts = [jour for jour, _ in frise], [statut for _, statut in frise]
        assert jours[:1] == ([debut] if debut <= fin else [])
        assert all(avant < apres <= fin for avant, apres in pairwise(jours))
        assert all(avant != apres for avant, apres in pairwise(statuts))
        assert set(statuts) <= set(STATUTS)


@settings(max_examples=60, deadline=None)
@given(st.lists(cas_quelconques, min_size=1, max_size=8), jours_pres_des_bords)
def test_le_statut_a_une_date_est_le_dernier_changement(cas: list[Cas], jour: date) -> None:
    parcours = calculer_parcours(*en_tables(cas))
    attendus = {
        i: next((statut for depuis, statut in reversed(frise) if depuis <= jour), "INSCRIT")
        for i, frise in enumerate(en_listes(parcours, len(cas)))
        if frise
    }
    au = statuts_au(parcours.sample(frac=1, random_state=0), jour)
    assert dict(zip(au["id_apprenti"], au["statut"], strict=True)) == attendus


def test_une_rupture_le_jour_du_debut_ne_couvre_rien_mais_ouvre_la_frise() -> None:
    assert calculer_un("2024-09-10", "2025-08-31", [("2024-09-01", "2025-08-31", "2024-09-01")]) == [
        "2024-09-01 INSCRIT",
        "2024-11-30 ABANDON",
    ]


def test_le_dernier_de_la_liste_remplace_le_contrat_du_meme_jour() -> None:
    memes = [("2024-10-01", "2025-08-31", ""), ("2024-10-01", "2025-08-31", "2025-01-01")]
    assert calculer_un("2024-10-01", "2025-03-31", memes) == ["2024-10-01 APPRENTI", "2025-01-01 RUPTURANT"]
    assert calculer_un("2024-10-01", "2025-03-31", memes[::-1]) == [
        "2024-10-01 APPRENTI",
        "2025-03-31 FIN_DE_FORMATION",
    ]


def test_des_contrats_bout_a_bout_ne_font_pas_de_rupturant() -> None:
    suite = [("2024-09-01", "2024-12-31", ""), ("2025-01-01", "2025-08-31", "")]
    assert calculer_un("2024-09-01", "2025-08-31", suite) == [
        "2024-09-01 APPRENTI",
        "2025-08-31 FIN_DE_FORMATION",
    ]


def test_une_exclusion_le_dernier_jour_l_emporte_sur_la_fin() -> None:
    contrats = [("2024-09-01", "2025-08-31", "")]
    assert calculer_un("2024-09-01", "2025-08-31", contrats, "2025-08-31") == [
        "2024-09-01 APPRENTI",
        "2025-08-31 ABANDON",
    ]


def test_une_exclusion_avant_l_entree_donne_un_abandon_des_le_debut() -> None:
    contrats = [("2024-09-01", "2025-08-31", "")]
    assert calculer_un("2024-09-01", "2025-08-31", contrats, "2024-01-01") == ["2024-09-01 ABANDON"]


def test_un_contrat_posterieur_a_la_formation_rend_la_fin_naturelle() -> None:
    assert calculer_un("2024-09-01", "2025-08-31", [("2025-10-01", "2026-08-31", "")]) == [
        "2024-09-01 INSCRIT",
        "2024-11-30 ABANDON",
        "2025-08-31 FIN_DE_FORMATION",
    ]


def test_une_formation_finie_avant_son_entree_n_a_aucun_jour() -> None:
    assert calculer_un("2025-09-01", "2024-08-31") == []


def test_une_formation_d_un_jour_finit_le_jour_meme() -> None:
    assert calculer_un("2024-09-01", "2024-09-01") == ["2024-09-01 FIN_DE_FORMATION"]


def test_toutes_les_ecritures_de_dates_donnent_le_meme_parcours() -> None:
    apprentis, contrats = tables_des_exemples()
    attendu = calculer_parcours(apprentis, contrats)
    for convertir in (
        lambda s: pd.to_datetime(s).astype("datetime64[ns]"),
        lambda s: pd.to_datetime(s).astype("datetime64[s]"),
        lambda s: pd.to_datetime(s).dt.tz_localize("Europe/Paris"),
        lambda s: pd.Series([en_date(v) if isinstance(v, str) else None for v in s], dtype=object),
        lambda s: pd.Series(
            [datetime.fromisoformat(v) + timedelta(hours=7) if isinstance(v, str) else pd.NaT for v in s],
            dtype=object,
        ),
        lambda s: s.astype(object).where(s.notna(), ""),
        lambda s: pd.to_datetime(s).dt.date.astype(pd.ArrowDtype(pa.date32())),
        lambda s: s.where(s.isna(), s + "T00:00:00.000Z"),
    ):
        autres = [
            t.assign(**{c: convertir(t[c]) for c in t.columns if c.startswith("date_")}) for t in (apprentis, contrats)
        ]
        pd.testing.assert_frame_equal(calculer_parcours(*autres), attendu)


def test_l_ordre_des_lignes_et_les_index_n_y_changent_rien() -> None:
    apprentis, contrats = tables_des_exemples()
    attendu = calculer_parcours(apprentis, contrats)
    melange = contrats.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(calculer_parcours(apprentis.set_index(apprentis.index + 7), melange), attendu)
    inverse = calculer_parcours(apprentis[::-1], contrats)
    assert list(inverse["id_apprenti"].unique()) == list(apprentis["id_apprenti"])[::-1]


def test_le_resultat_est_type_meme_sans_apprenti_ni_contrat() -> None:
    apprentis, _ = en_tables([])
    vide = calculer_parcours(apprentis, pd.DataFrame())
    assert list(vide.columns) == ["id_apprenti", "depuis", "statut"]
    assert vide["depuis"].dtype.kind == "M"
    assert vide["statut"].dtype == "str"
    assert statuts_au(vide, "2025-01-01").empty


def test_les_entrees_ne_sont_pas_modifiees() -> None:
    apprentis, contrats = tables_des_exemples()
    copies = apprentis.copy(), contrats.copy()
    calculer_parcours(apprentis, contrats)
    pd.testing.assert_frame_equal(apprentis, copies[0])
    pd.testing.assert_frame_equal(contrats, copies[1])


@pytest.mark.parametrize(
    ("colonne", "valeur", "message"),
    [
        ("date_entree", None, r"apprentis.date_entree : 1 valeur\(s\) obligatoire"),
        ("date_fin", pd.NaT, r"apprentis.date_fin : 1 valeur\(s\) obligatoire"),
        ("date_exclusion", "31/02/2024", r"apprentis.date_exclusion : 1 date\(s\) illisible.*31/02/2024"),
        ("date_exclusion", "N/A", r"apprentis.date_exclusion : 1 date\(s\) illisible.*N/A"),
        (
            "date_exclusion",
            np.datetime64("12024-09-01", "s"),
            r"apprentis.date_exclusion : 1 date\(s\) illisible.*12024",
        ),
        ("date_exclusion", "2024-09", r"apprentis.date_exclusion : 1 date\(s\) illisible.*2024-09"),
        ("date_exclusion", 45000, r"apprentis.date_exclusion : 1 date\(s\) illisible.*45000"),
        ("id_apprenti", None, r"apprentis.id_apprenti : 1 valeur\(s\) obligatoire"),
        ("id_apprenti", "B", r"apprentis.id_apprenti : 1 identifiant\(s\) en double \(exemple : 'B'\)"),
    ],
)
def test_un_apprenti_douteux_est_refuse(colonne: str, valeur: Any, message: str) -> None:
    apprentis = pd.DataFrame(
        {"id_apprenti": ["A", "B"], "date_entree": "2024-09-01", "date_fin": "2025-08-31", "date_exclusion": None}
    ).astype(object)
    apprentis.loc[0, colonne] = valeur
    with pytest.raises(TableInvalide, match=message):
        calculer_parcours(apprentis, pd.DataFrame(columns=COLONNES_CONTRATS))


@pytest.mark.parametrize(
    ("colonne", "valeur", "message"),
    [
        ("id_apprenti", "Z", r"contrats.id_apprenti : 1 contrat\(s\) sans apprenti.*'Z'"),
        ("date_debut", None, r"contrats.date_debut : 1 valeur\(s\) obligatoire"),
        ("date_rupture", "bientôt", r"contrats.date_rupture : 1 date\(s\) illisible.*bientôt"),
        ("rang", np.nan, r"contrats.rang : 1 valeur\(s\) obligatoire"),
    ],
)
def test_un_contrat_douteux_est_refuse(colonne: str, valeur: Any, message: str) -> None:
    apprentis, contrats = tables_des_exemples()
    contrats = contrats.astype(object)
    contrats.loc[0, colonne] = valeur
    with pytest.raises(TableInvalide, match=message):
        calculer_parcours(apprentis, contrats)


def test_une_colonne_absente_est_nommee() -> None:
    with pytest.raises(TableInvalide, match=r"apprentis : colonne\(s\) absente\(s\) : date_exclusion"):
        calculer_parcours(tables_des_exemples()[0].drop(columns="date_exclusion"), pd.DataFrame())


def test_un_identifiant_entier_se_cite_sans_le_nom_de_son_type() -> None:
    apprentis, contrats = en_tables([(JOUR_ZERO, JOUR_ZERO, [Contrat(JOUR_ZERO, None, None)], None)])
    with pytest.raises(TableInvalide, match=r"\(exemple : 7\)"):
        calculer_parcours(apprentis, contrats.assign(id_apprenti=7))
