"""Le secret : un attaquant qui sait résoudre des systèmes linéaires ne retrouve aucune valeur masquée."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.secret import deductibles, masquer, relier

CLES = ["rncp", "cfd", "uai_responsable", "uai_formateur"]
NIVEAUX = {"formation": CLES, "formateur": ["uai_formateur"], "responsable": ["uai_responsable"], "total": []}
SEUIL = 5

Base = dict[tuple[str, str, str, str], int]
"""(formation, responsable, formateur, promotion) -> effectif"""


def etager(bases: dict[str, Base]) -> pd.DataFrame:
    """Toutes les cellules, à tous les niveaux, promotions et cumul."""
    tables = []
    for indicateur, base in bases.items():
        fin = pd.DataFrame([(*cle, nombre) for cle, nombre in base.items()])
        fin.columns = pd.Index(["rncp", "uai_responsable", "uai_formateur", "promotion", "effectif"])
        fin["cfd"] = "50022145"
        for (niveau, cles), temps in product(NIVEAUX.items(), (["promotion"], [])):
            groupes = [*cles, *temps]
            etage = (
                fin.groupby(groupes)[["effectif"]].sum().reset_index()
                if groupes
                else pd.DataFrame({"effectif": [fin["effectif"].sum()]})
            )
            tables.append(etage.assign(niveau=niveau, indicateur=indicateur))
    mesures = pd.concat(tables, ignore_index=True)
    for colonne in [*CLES, "promotion"]:
        mesures[colonne] = mesures[colonne].astype("str")
    mesures["effectif"] = mesures["effectif"].astype("Int64")
    return mesures.assign(numerateur=mesures["effectif"] // 2, denominateur=mesures["effectif"])


def indices_trouves_par_l_attaquant(mesures: pd.DataFrame) -> set[int]:
    """Cellules masquées que le système des sommes détermine : leur ligne du noyau est nulle."""
    cellules = mesures.reset_index(drop=True)
    caches = np.flatnonzero(cellules["masque"])
    if not len(caches):
        return set()
    fines = cellules[(cellules["niveau"] == "formation") & cellules["promotion"].notna()].index
    # Chaque cellule est une somme de cellules fines ; l'attaquant connaît celles qui sont montrées.
    poids = np.ones((len(cellules), len(fines)))
    for colonne in [*CLES, "promotion"]:
        valeurs = cellules[colonne].fillna("").to_numpy(dtype=object)
        # Une clé absente (niveau plus haut, cumul) laisse passer toutes les cellules fines.
        poids *= (valeurs[:, None] == valeurs[fines][None, :]) | (valeurs[:, None] == "")
    connues = poids[~cellules["masque"].to_numpy()]
    _, singulieres, droite = np.linalg.svd(connues, full_matrices=True) if len(connues) else (0, [], np.eye(len(fines)))
    noyau = droite[int(np.sum(np.asarray(singulieres) > 1e-9)) :]
    return {int(i) for i in caches if np.abs(noyau @ poids[i]).max(initial=0.0) < 1e-9}


noms = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["R1", "R2"]),
    st.sampled_from(["F1", "F2"]),
    st.sampled_from(["2023-2024", "2024-2025", "2025-2026"]),
)
effectifs = st.one_of(st.integers(0, 8), st.integers(0, 60))
hierarchies = st.dictionaries(noms, effectifs, min_size=1, max_size=16)


@settings(max_examples=20, deadline=None)
@given(hierarchies)
def test_nulle_valeur_masquee_ne_se_deduit_des_valeurs_montrees(base: Base) -> None:
    rendues = masquer(etager({"abandon": base}), {"abandon": SEUIL})
    assert indices_trouves_par_l_attaquant(rendues) == set()


@settings(max_examples=10, deadline=None)
@given(hierarchies)
def test_la_suppression_primaire_est_entiere_et_les_valeurs_montrees_sont_exactes(base: Base) -> None:
    avant = etager({"abandon": base})
    apres = masquer(avant, {"abandon": SEUIL})
    sous_le_seuil = (avant["effectif"] > 0) & (avant["effectif"] < SEUIL)
    assert apres.loc[sous_le_seuil, "masque"].all()
    assert not apres.loc[avant["effectif"] == 0, "masque"].any()
    comptes = ["numerateur", "denominateur", "effectif"]
    pd.testing.assert_frame_equal(apres.loc[~apres["masque"], comptes], avant.loc[~apres["masque"], comptes])
    assert apres.loc[apres["masque"], comptes].isna().all().all()
    if not sous_le_seuil.any():
        assert not apres["masque"].any()


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(noms, st.tuples(effectifs, effectifs), min_size=1, max_size=12))
def test_deux_indicateurs_de_meme_cohorte_se_masquent_ensemble(
    paires: dict[tuple[str, str, str, str], tuple[int, int]],
) -> None:
    grandes: Base = {cle: max(paire) for cle, paire in paires.items()}
    petites: Base = {cle: paire[0] for cle, paire in paires.items()}
    avant = etager({"rupture_brute_9_mois": grandes, "rupture_nette_9_mois": petites})
    apres = masquer(avant, dict.fromkeys(("rupture_brute_9_mois", "rupture_nette_9_mois"), SEUIL))
    cohortes = [avant[avant["indicateur"] == cle]["effectif"].to_numpy() for cle in avant["indicateur"].unique()]
    masques = [apres[apres["indicateur"] == cle]["masque"].to_numpy() for cle in avant["indicateur"].unique()]
    assert (masques[0] == masques[1])[cohortes[0] == cohortes[1]].all()
    for cle in avant["indicateur"].unique():
        assert indices_trouves_par_l_attaquant(apres[apres["indicateur"] == cle]) == set()


def masques_de(base: Base) -> set[tuple[str, ...]]:
    apres = masquer(etager({"abandon": base}), {"abandon": SEUIL})
    masquees = apres.loc[apres["masque"], ["niveau", "rncp", "promotion"]].fillna("")
    return {tuple(v for v in ligne if v) for ligne in masquees.to_numpy().tolist()}


def test_une_seule_petite_formation_entraine_la_plus_petite_voisine() -> None:
    base = {(nom, "R", "F", "2024-2025"): n for nom, n in (("A", 3), ("B", 40), ("C", 12), ("D", 90))}
    assert masques_de(base) == {
        ("formation", "A", "2024-2025"),
        ("formation", "C", "2024-2025"),
        ("formation", "A"),
        ("formation", "C"),
    }


def test_une_petite_promotion_masque_le_cumul_plutot_qu_une_autre_promotion() -> None:
    base = {("A", "R", "F", "2023-2024"): 30, ("A", "R", "F", "2024-2025"): 3}
    assert ("formation", "A", "2023-2024") not in masques_de(base)
    assert ("formation", "A") in masques_de(base)


def test_un_reste_sous_le_seuil_ne_se_lit_pas_par_difference() -> None:
    # Le total montré, moins les grandes formations, dirait « 2 personnes » : une chacune, et leur résultat avec.
    base = {(nom, "R", "F", "2024-2025"): n for nom, n in (("A", 1), ("B", 1), ("C", 30), ("D", 40))}
    assert ("formation", "C", "2024-2025") in masques_de(base)
    assert ("formation", "D", "2024-2025") not in masques_de(base)


@settings(max_examples=12, deadline=None)
@given(hierarchies)
def test_tout_reste_d_un_total_montre_atteint_le_seuil(base: Base) -> None:
    avant = etager({"abandon": base})
    cache = masquer(avant, {"abandon": SEUIL})["masque"].to_numpy()
    for somme in relier(avant):
        total = next(cellule for cellule, coefficient in somme.items() if coefficient == -1)
        reste = [c for c in somme if cache[c]]
        assert cache[total] or not reste or avant["effectif"].iloc[reste].sum() >= SEUIL


def test_deux_petites_formations_se_couvrent_l_une_l_autre() -> None:
    base = {(nom, "R", "F", "2024-2025"): n for nom, n in (("A", 3), ("B", 4), ("C", 12))}
    assert not any("C" in cellule for cellule in masques_de(base))


def test_un_effectif_nul_ne_devoile_personne() -> None:
    base = {(nom, "R", "F", "2024-2025"): n for nom, n in (("A", 0), ("B", 12))}
    assert masques_de(base) == set()


def test_une_combinaison_de_sommes_trahit_une_cellule_que_nulle_somme_n_isole() -> None:
    # a + b, a + c et b + c connus : chacune se déduit, alors que chaque somme cache deux cellules.
    assert deductibles([{0: 1, 1: 1}, {0: 1, 2: 1}, {1: 1, 2: 1}], [0, 1, 2]) == {0, 1, 2}
    assert deductibles([{0: 1, 1: 1}, {0: 1, 2: 1}], [0, 1, 2]) == set()


@pytest.mark.parametrize("graine", range(5))
def test_les_sommes_relient_bien_les_cellules(graine: int) -> None:
    hasard = np.random.default_rng(graine)
    base = {
        (f"A{hasard.integers(4)}", f"R{hasard.integers(2)}", f"F{hasard.integers(2)}", f"{a}-{a + 1}"): int(
            hasard.integers(50)
        )
        for a in (2022, 2023, 2024)
        for _ in range(5)
    }
    mesures = etager({"abandon": base})
    nombres = mesures["effectif"].to_numpy(dtype="int64")
    sommes = relier(mesures)
    assert all(sum(nombres[c] * k for c, k in somme.items()) == 0 for somme in sommes)
    assert set().union(*sommes) == set(range(len(mesures)))
