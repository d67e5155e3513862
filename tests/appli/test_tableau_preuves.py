"""L'accueil dit les preuves à renouveler à qui peut le faire, et à personne d'autre."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.reglages import Reglages
from grilles.preuves.services.lecture import aujourd_hui
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.preuves.conftest import deposeur
from tests.reserve import Client


@pytest.mark.parametrize(("jours", "dit"), [(-1, "Renouveler 1 preuve périmée"), (30, "Renouveler 1 preuve")])
def test_l_accueil_dit_les_preuves_a_renouveler(
    client: Client,
    connecter: Callable[[Acteur], Client],
    base: BaseSQL,
    acteur: Acteur,
    reglages: Reglages,
    *,
    jours: int,
    dit: str,
) -> None:
    fin = aujourd_hui() + timedelta(days=jours)
    deposeur(base, reglages)(acteur, citee=creer_formation(base, acteur), date_fin=fin)
    accueil = client.get("/").text.replace("\u00a0", " ")
    assert dit in accueil
    assert "/preuves?validite=a_renouveler" in accueil
    lecteur = connecter(creer_collegue(base, acteur, Role.LECTEUR, "Lectrice"))
    assert "Renouveler" not in lecteur.get("/").text
