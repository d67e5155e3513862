"""Une promotion est partielle tant qu'un des siens n'a pas eu le temps d'être compté : chaque fenêtre, au jour près."""

from datetime import date, timedelta

import pandas as pd
import pytest

from indicateurs.definitions import charger_definitions
from indicateurs.maturite import lire_la_maturite

CLES = {"rncp": "R1", "cfd": None, "uai_responsable": "A", "uai_formateur": "A"}
JOUR = timedelta(days=1)


def tables(fin: date = date(2026, 7, 3), debut: date = date(2024, 11, 30)) -> dict[str, pd.DataFrame]:
    parcours = [
        {"id_parcours": 1, **CLES, "date_entree": date(2024, 9, 2), "date_fin": date(2025, 7, 4)},
        {"id_parcours": 2, **CLES, "date_entree": date(2024, 9, 2), "date_fin": fin},
        {"id_parcours": 3, **CLES, "date_entree": date(2023, 9, 4), "date_fin": date(2024, 7, 5)},
    ]
    contrats = [
        {"id_parcours": 1, "date_debut": date(2024, 9, 2), "date_fin": date(2025, 8, 31)},
        {"id_parcours": 2, "date_debut": debut, "date_fin": None},
    ]
    return {"parcours": pd.DataFrame(parcours), "contrats": pd.DataFrame(contrats)}


@pytest.mark.parametrize(
    ("cle", "clos_le"),
    [
        ("rupture_brute_9_mois", date(2025, 8, 30)),
        ("rupture_nette_9_mois", date(2026, 2, 28)),
        ("rupture_duree_totale", date(2025, 8, 31)),
        ("obtention", date(2026, 7, 3)),
        ("insertion_6_mois", date(2027, 1, 3)),
        ("insertion_30_mois", date(2029, 1, 3)),
        ("interruption", date(2026, 1, 1)),
        ("satisfaction_apprentis", date(2025, 8, 1)),
    ],
)
def test_une_fenetre_se_ferme_quand_le_dernier_a_ete_observe(cle: str, clos_le: date) -> None:
    definition, ici = charger_definitions()[cle], ("R1", None, "A", "A")
    for au, partielle in ((clos_le - JOUR, True), (clos_le, False)):
        lue = lire_la_maturite(tables(), au)
        assert lue.partielle(definition, "formation", ici, "2024-2025") is partielle
        assert lue.partielle(definition, "total", (), "2024-2025") is partielle
        assert not lue.partielle(definition, "total", (), None)
    assert not lire_la_maturite(tables(), clos_le).partielle(definition, "total", (), "2023-2024")


def test_un_effectif_s_observe_sans_attendre() -> None:
    effectif = charger_definitions()["effectif_apprentis"]
    assert not lire_la_maturite(tables(), date(2024, 10, 1)).partielle(effectif, "total", (), "2024-2025")


def test_chaque_taux_dit_quand_sa_fenetre_se_ferme() -> None:
    assert {d.cle for d in charger_definitions().values() if d.fenetre_close is None} == {
        cle for cle in charger_definitions() if cle.startswith("effectif_")
    }
