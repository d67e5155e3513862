"""Les routes JSON, éprouvées par schemathesis d'après la description OpenAPI que l'outil en donne lui-même."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from appli.application import Application, _gestionnaires
from appli.securite import entetes_de_securite
from tests.fuzz.test_fuzz import GRAINE

NON_JSON = ("Template", "Redirect", "File", "Response", "Stream")
"""Ce que les gestionnaires rendent quand ils ne répondent pas en JSON."""


@pytest.fixture
def schema(application: Application) -> Any:
    """Le schéma lu là où tout programme le lirait."""
    return schemathesis.openapi.from_asgi("/openapi.json", application)


def test_les_routes_json_tiennent_leur_description(schema: Any) -> None:
    operations = [trouvee.ok() for trouvee in schema.get_all_operations()]
    # schemathesis écarte l'adresse d'où il tient la description.
    assert {operation.path for operation in operations} == set(schema.raw_schema["paths"]) - {"/openapi.json"}
    assert operations
    for operation in operations:

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @seed(GRAINE)
        @given(cas=operation.as_strategy())
        def essayer(cas: schemathesis.Case[Any]) -> None:
            reponse = cas.call_and_validate()
            attendus = entetes_de_securite(https=False)
            assert {nom: reponse.headers[nom] for nom in attendus} == {nom: [v] for nom, v in attendus.items()}

        essayer()


def test_toute_route_json_est_decrite_et_elle_seule() -> None:
    for route in _gestionnaires():
        rendu = str(route.fn.__annotations__["return"])
        en_json = not any(nom in rendu for nom in NON_JSON)
        assert (route.include_in_schema is True) is en_json, (
            f"{route.paths} : include_in_schema=True si elle rend du JSON"
        )


def test_la_description_ne_dit_que_le_public(schema: Any) -> None:
    brut = schema.raw_schema
    assert brut["openapi"].startswith("3.1")
    assert brut["info"]["title"] == "Trajectoire"
    assert all(set(methodes) == {"get"} for methodes in brut["paths"].values())
