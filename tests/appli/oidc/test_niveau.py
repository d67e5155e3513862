"""Le niveau d'authentification exigé d'un fournisseur (`acr`) : demandé à l'aller, vérifié au retour."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from charte.acteur import Acteur, Role
from charte.commun.reglages import Reglages
from tests.appli.oidc.conftest import COURRIEL, Visiteur
from tests.appli.oidc.serveur import Hostile
from tests.conftest import creer_compte

NON_VERIFIEE = "La réponse de Compte premier n’a pas pu être vérifiée"
FORT = "https://refeds.example/profile/mfa"


@pytest.fixture
def referente(base: Any, reglages: Reglages) -> Acteur:
    """Un compte de l'établissement du domaine déclaré."""
    return creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, COURRIEL, uai="0750001A")


def _demande(visiteur: Visiteur) -> list[str]:
    return parse_qs(urlsplit(visiteur.partir()).query).get("acr_values", [])


@pytest.mark.parametrize("options", [f'acr_exiges = ["eidas2", "{FORT}"]'])
@pytest.mark.parametrize("acr", [None, "eidas1", "", f" {FORT}", ["eidas2"], "eidas2 eidas1", 2])
def test_un_niveau_insuffisant_n_ouvre_rien(
    visiteur: Visiteur,
    hostile: Hostile,
    referente: Acteur,
    rien_ne_s_ouvre: Callable[[Visiteur, Any, str], None],
    acr: object,
) -> None:
    hostile.change = {"acr": acr}
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


@pytest.mark.parametrize("options", [f'acr_exiges = ["eidas2", "{FORT}"]'])
@pytest.mark.parametrize("acr", ["eidas2", FORT])
def test_le_niveau_exige_ouvre(visiteur: Visiteur, hostile: Hostile, referente: Acteur, acr: str) -> None:
    assert _demande(visiteur) == [f"eidas2 {FORT}"]
    hostile.change = {"acr": acr}
    assert visiteur.passer(hostile).status_code == 303
    assert visiteur.client.get("/journal").status_code == 200


@pytest.mark.parametrize(
    ("options", "demande"),
    [
        ("", []),
        ('acr_values = "eidas1"', ["eidas1"]),
        ('acr_values = "eidas1 eidas2"\nacr_exiges = ["eidas2"]', ["eidas1 eidas2"]),
    ],
)
def test_ce_qui_est_demande_se_regle(visiteur: Visiteur, demande: list[str], options: str) -> None:
    assert _demande(visiteur) == demande
