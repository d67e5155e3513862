"""Le coût du secret, imprimé (marque `performance`) ; le reste ne dépend pas de la machine."""

import pytest

from tests.performance.secret import mesurer


@pytest.mark.performance
@pytest.mark.timeout(900)
@pytest.mark.parametrize("croise", [False, True])
@pytest.mark.parametrize("seuil", [5, 20])
def test_trois_cents_formations_et_cinq_ventilations(seuil: int, croise: bool) -> None:
    mesure = mesurer(300, 5, seuil, croise=croise)
    print(mesure)
    assert mesure["primaires"] < mesure["masquees"] < mesure["lignes"]
    assert mesure["base_masquees"] <= 2 * mesure["base_primaires"]
