"""Le second facteur exigé : qui est visé n'atteint que ses propres pages tant qu'il n'en a pas."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from litestar import get
from sqlalchemy import update
from sqlmodel import col

import appli.routes
from appli.base import BaseSQL
from appli.gardes import ROLES_VISES
from appli.modeles import Compte, SessionWeb
from charte.acteur import Geste, Role
from charte.commun.base import maintenant
from charte.commun.reglages import SECONDS_FACTEURS, Reglages, charger_reglages
from charte.commun.web import acces
from tests.conftest import Client, creer_compte, se_connecter
from tests.reserve import ouvrir_un_client

Ouvrir = Callable[[str, Role], Client]
ATTENDUE = "Un second facteur est demandé"
PAGES = ("/", "/diplomes", "/conseils")


@get("/essai/mon-compte", opt=acces(Geste.AVOIR_UN_COMPTE), sync_to_thread=True)
def essai_de_mon_compte() -> str:
    """Une page de son propre compte."""
    return "mon compte"


@pytest.fixture
def ouvrir(monkeypatch: pytest.MonkeyPatch, reglages: Reglages, base: BaseSQL) -> Iterator[Ouvrir]:
    """`ouvrir(exigence, rôle)` : un navigateur connecté par mot de passe."""
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, essai_de_mon_compte))

    def entrer(exigence: str, role: Role, *, demonstration: bool = False) -> Client:
        courriel = f"{role.value}@exemple.invalid"
        creer_compte(base, f"Université {role.value}", role, courriel)
        regles = replace(reglages, second_facteur=exigence, demonstration=demonstration)
        client = ouvrir_un_client(pile, regles, base)
        assert se_connecter(client, courriel).status_code == 303
        return client

    with ExitStack() as pile:
        yield entrer  # type: ignore[misc]


VISES = [(e, role, role in ROLES_VISES[e]) for e in SECONDS_FACTEURS for role in Role]


@pytest.mark.parametrize(("exigence", "role", "vise"), VISES)
def test_qui_est_vise_n_atteint_que_son_compte(ouvrir: Ouvrir, exigence: str, role: Role, vise: bool) -> None:
    client = ouvrir(exigence, role)
    for page in PAGES:
        reponse = client.get(page)
        assert (ATTENDUE in reponse.text, reponse.status_code == 403) == (vise, vise), page
    assert client.get("/essai/mon-compte").text == "mon compte"
    assert client.get("/accessibilite").status_code == 200
    assert client.post("/deconnexion").status_code == 303


def test_les_roles_vises_sont_ceux_qui_tiennent_les_donnees() -> None:
    assert ROLES_VISES.keys() == set(SECONDS_FACTEURS)
    assert ROLES_VISES["facultatif"] == frozenset()
    assert ROLES_VISES["referents"] == {Role.ADMINISTRATEUR, Role.REFERENT_QUALITE}
    assert ROLES_VISES["tous"] == set(Role)


def test_une_ecriture_aussi_est_arretee(ouvrir: Ouvrir, base: BaseSQL) -> None:
    client = ouvrir("tous", Role.ADMINISTRATEUR)
    reponse = client.post("/parties/etablissement", data={"nom": "Université renommée"})
    assert (reponse.status_code, ATTENDUE in reponse.text) == (403, True)
    assert "renommée" not in client.get("/essai/mon-compte").text


@pytest.mark.parametrize("change", ["totp", "fournisseur"])
def test_un_second_facteur_ou_un_fournisseur_ouvre(ouvrir: Ouvrir, base: BaseSQL, change: str) -> None:
    client = ouvrir("tous", Role.REFERENT_QUALITE)
    assert client.get("/").status_code == 403
    with base.ecriture() as session:
        if change == "totp":
            session.execute(update(Compte).where(col(Compte.actif)).values(totp_depuis=maintenant()))
        else:
            session.execute(update(SessionWeb).values(methode="fournisseur"))
    assert client.get("/").status_code == 200


def test_la_demonstration_n_exige_rien(ouvrir: Ouvrir) -> None:
    assert ouvrir("tous", Role.REFERENT_QUALITE, demonstration=True).get("/").status_code == 200  # type: ignore[call-arg]


def test_le_reglage_se_lit_et_une_faute_se_dit(reglages: Reglages) -> None:
    env = {"TRAJECTOIRE_DOSSIER": str(reglages.dossier)}
    assert charger_reglages(env).second_facteur == "facultatif"
    assert charger_reglages({**env, "TRAJECTOIRE_SECOND_FACTEUR": "tous"}).second_facteur == "tous"
    with pytest.raises(ValueError, match="TRAJECTOIRE_SECOND_FACTEUR : « oui » n'est pas connu"):
        charger_reglages({**env, "TRAJECTOIRE_SECOND_FACTEUR": "oui"})
