"""La finition : taux, intervalle de Wilson, affichage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicateurs.finition import QUANTILE_95, afficher_masque, intervalle_de_wilson, taux_et_bornes


def wilson(cas: int, cohorte: int) -> tuple[float, float]:
    bas, haut = intervalle_de_wilson(np.array([float(cas)]), np.array([float(cohorte)]))
    return float(bas[0]), float(haut[0])


@pytest.mark.parametrize(
    ("cas", "cohorte", "bas", "haut"),
    [
        # Valeurs du tableau I de Newcombe, « Two-sided confidence intervals for the single proportion » (1998).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 1 - 0.1170, 1.0),
    ],
)
def test_wilson_donne_les_valeurs_publiees(cas: int, cohorte: int, bas: float, haut: float) -> None:
    assert wilson(cas, cohorte) == pytest.approx((bas, haut), abs=6e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_encadre_le_taux_et_resout_son_equation(paire: tuple[int, int]) -> None:
    cas, cohorte = paire
    taux = cas / cohorte
    for borne, exacte in zip(wilson(cas, cohorte), (cas == 0, cas == cohorte), strict=True):
        if not exacte:
            ecart = QUANTILE_95 * math.sqrt(borne * (1 - borne) / cohorte)
            assert abs(borne - taux) == pytest.approx(ecart, rel=1e-6, abs=1e-9)
    bas, haut = wilson(cas, cohorte)
    assert 0 <= bas <= taux <= haut <= 1


def test_sans_denominateur_il_n_y_a_ni_taux_ni_intervalle() -> None:
    absent = np.nan
    finies = taux_et_bornes(np.array([0.0, 3.0, absent, 2.0]), np.array([0.0, absent, absent, 8.0]))
    assert [np.isnan(colonne).tolist() for colonne in finies] == [[True, True, True, False]] * 3
    assert finies[0][3] == 0.25


def test_le_taux_n_est_arrondi_qu_a_l_affichage() -> None:
    assert taux_et_bornes(np.array([1.0]), np.array([3.0]))[0][0] == 1 / 3


def test_l_affichage_dit_le_masque() -> None:
    assert afficher_masque(20) == "n.d. (effectif < 20)"
