"""Un chiffre cité et l'écart à ce qu'on vise, en mots ; jamais un verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grilles.mesure_citee import MesureCitee, dire_l_ecart, dire_la_visee, dire_une_valeur, est_du_cote_vise


def mesure(valeur: float | None, unite: str = "part") -> MesureCitee:
    return MesureCitee("abandon", "Abandon", "texte", valeur, unite, "promotion 2024-2025", "abandon@2026-11", "dépôt")


@pytest.mark.parametrize(
    ("valeur", "unite", "attendu"),
    [
        (0.1, "part", "10\u202f%"),
        (0.124, "part", "12,4\u202f%"),
        (1, "part", "100\u202f%"),
        (45, "effectif", "45"),
        (2.5, "effectif", "2,5"),
    ],
)
def test_une_valeur_dans_son_unite(valeur: float, unite: str, attendu: str) -> None:
    assert dire_une_valeur(valeur, unite) == attendu


def test_ce_qui_est_vise() -> None:
    assert dire_la_visee("au_plus", 0.1, "part") == "au plus 10\u202f%"
    assert dire_la_visee("au_moins", 45, "effectif") == "au moins 45"
    with pytest.raises(ValueError, match="environ"):
        dire_la_visee("environ", 0.1, "part")


@pytest.mark.parametrize(
    ("valeur", "unite", "visee", "attendu"),
    [
        (0.124, "part", 0.1, "2,4 points au-dessus de la valeur visée"),
        (0.0955, "part", 0.1, "0,4 point au-dessous de la valeur visée"),
        (0.09, "part", 0.1, "1\u00a0point au-dessous de la valeur visée"),
        (0.1004, "part", 0.1, "à la valeur visée"),
        (42, "effectif", 45, "3 au-dessous de la valeur visée"),
        (None, "part", 0.1, ""),
    ],
)
def test_l_ecart_en_mots(valeur: float | None, unite: str, visee: float, attendu: str) -> None:
    assert dire_l_ecart(mesure(valeur, unite), visee) == attendu


def test_du_cote_vise_bornes_comprises() -> None:
    assert est_du_cote_vise(mesure(0.1), "au_plus", 0.1) is True
    assert est_du_cote_vise(mesure(0.1), "au_moins", 0.1) is True
    assert est_du_cote_vise(mesure(0.12), "au_plus", 0.1) is False
    assert est_du_cote_vise(mesure(None), "au_plus", 0.1) is None


@given(
    valeur=st.floats(min_value=0, max_value=1),
    visee=st.floats(min_value=0, max_value=1),
)
def test_l_ecart_va_du_cote_de_la_valeur(valeur: float, visee: float) -> None:
    dit = dire_l_ecart(mesure(valeur), visee)
    assert "au-dessus" not in dit or valeur > visee
    assert "au-dessous" not in dit or valeur < visee
    assert dit
