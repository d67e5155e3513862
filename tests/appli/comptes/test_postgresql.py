"""Le trajet d'un compte sur PostgreSQL, sous un rôle ordinaire : la cloison ne gêne aucun de ses gestes."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.modeles import Compte
from appli.travaux import executer_en_attente
from charte.acteur import Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from tests.appli.comptes.conftest import ADMIN, NOUVEAU, Boite, choisir, inviter
from tests.conftest import Client, creer_compte, jeton_de, se_connecter
from tests.reserve import ouvrir_un_client

pytestmark = pytest.mark.postgresql
JO = "jo@autre-rive.invalid"
ENCORE = "huit lanternes bleues au quai"


@pytest.fixture
def ouvrir(base_ordinaire: BaseSQL, reglages: Reglages) -> Iterator[Callable[[], Client]]:
    """`ouvrir()` : un navigateur de plus, sans session."""
    with ExitStack() as pile:

        def un() -> Client:
            return ouvrir_un_client(pile, reglages, base_ordinaire)

        yield un


def test_le_trajet_d_un_compte_entre_deux_etablissements(
    ouvrir: Callable[[], Client], base_ordinaire: BaseSQL, reglages: Reglages, courrier: Boite
) -> None:
    with hors_cloison():
        creer_compte(base_ordinaire, "Université des Quatre-Vents", Role.ADMINISTRATEUR, ADMIN)
        creer_compte(base_ordinaire, "Université de l'Autre Rive", Role.LECTEUR, JO)
    admin, jo = ouvrir(), ouvrir()
    se_connecter(admin, ADMIN)
    se_connecter(jo, JO)
    assert inviter(admin, "neuf@quatre-vents.invalid").status_code == 303
    assert inviter(admin, JO, Role.REFERENT_QUALITE).status_code == 303
    assert jo.get("/").status_code == 200, "un rôle donné ailleurs laisse ouverte sa session d'ici"
    assert executer_en_attente(base_ordinaire, reglages) == 2
    neuf = ouvrir()
    assert choisir(neuf, courrier.code("neuf@quatre-vents.invalid")).status_code == 303
    assert se_connecter(neuf, "neuf@quatre-vents.invalid", NOUVEAU).status_code == 303
    assert neuf.get("/mon-compte").status_code == 200
    autre = re.findall(r'<option value="(\d+)"', jo.get("/mon-compte").text)
    assert len(autre) == 2
    assert [jo.post("/espace", data={"etablissement_id": lequel}).status_code for lequel in autre[:1]] == [303]
    _oublier_et_choisir(ouvrir(), courrier, base_ordinaire, reglages)
    assert jo.get("/mon-compte").status_code == 303, "un mot de passe réinitialisé ferme tout, partout"
    fiche = f"/comptes/{_id(base_ordinaire, JO)}"
    assert admin.post(f"{fiche}/desactivation").status_code == 303
    assert admin.post(f"/comptes/{_id(base_ordinaire, ADMIN)}/desactivation").status_code == 422
    assert "Autre Rive" not in admin.get("/comptes").text
    assert admin.get("/boite-d-envoi").text.count("parti") >= 2
    assert se_connecter(jo, JO, ENCORE).status_code == 303, "il lui reste son rôle ailleurs"


def _oublier_et_choisir(client: Client, courrier: Boite, base: BaseSQL, reglages: Reglages) -> None:
    jeton = jeton_de(client.get("/mot-de-passe-oublie").text)
    client.post("/mot-de-passe-oublie", data={"_csrf": jeton, "courriel": JO})
    executer_en_attente(base, reglages)
    assert choisir(client, courrier.code(JO), ENCORE).status_code == 303


def _id(base: BaseSQL, courriel: str) -> int:
    with hors_cloison(), base.lecture() as session:
        return int(lignes(session, select(col(Compte.id)).where(col(Compte.courriel) == courriel))[0][0])
