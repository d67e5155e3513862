"""Une année ou un numéro qu'aucune base ne porte, dans une adresse : la page des introuvables, jamais une panne."""

from collections.abc import Callable

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur
from tests.conftest import Client
from tests.grilles.conftest import creer_formation

DU_DIPLOME = (
    "grille?annee={}", "grille/1?annee={}", "grille/arreter?annee={}", "ecarts?annee={}", "avis?annee={}",
    "avis/demande?annee={}", "controles?annee={}", "arretes/{}/1", "arretes/2026/{}", "jalons/revision/{}",
)  # fmt: skip
NUMEROS = ("formation={}", "formation=1&jalon={}", "risque={}", "suite={}")


@pytest.mark.parametrize("annee", ["9999", "10000", "99999999999", "9" * 30])
def test_une_annee_impossible_est_introuvable(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], annee: str
) -> None:
    client, diplome = connecter(acteur), f"/diplomes/{creer_formation(base, acteur)}"
    assert client.get(f"{diplome}/controles").status_code == 200
    for page in DU_DIPLOME:
        assert client.get(f"{diplome}/{page.format(annee)}").status_code == 404, page


@pytest.mark.parametrize("numero", ["-1", "0", "99999999999", "9" * 30])
def test_un_numero_impossible_est_introuvable(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], numero: str
) -> None:
    client = connecter(acteur)
    creer_formation(base, acteur)
    assert client.get("/actions/nouvelle").status_code == 200
    for question in NUMEROS:
        assert client.get(f"/actions/nouvelle?{question.format(numero)}").status_code == 404, question


@pytest.mark.parametrize("version", ["2147483648", "9" * 30])
def test_une_version_impossible_se_refuse(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], version: str
) -> None:
    """Trop grande pour une colonne, elle n'atteint pas la base."""
    client, diplome = connecter(acteur), f"/diplomes/{creer_formation(base, acteur)}"
    campagne = {"libelle": "C", "edition": "2023-10", "relances": "7", "annee": "2031", "toutes_formations": "toutes"}
    reglee = client.post("/campagnes/nouvelle", data=campagne).headers["location"].removesuffix("/conduite")
    assert client.post(f"{diplome}/jalons", data={"intitule": "Réunir.", "poste": "1"}).status_code == 303
    for adresse, saisies in (
        (f"{reglee}/reglages", {**campagne, "consigne": "x"}),
        (f"{diplome}/jalons/1/modifier", {"intitule": "Réunir deux fois."}),
        (f"{diplome}/grille/reponses/1.S1.1", {"etat": "tenu"}),
    ):
        assert client.post(adresse, data={**saisies, "version": version}).status_code in (409, 422), adresse
