"""L'application prêtée d'un essai à l'autre : ni la base, ni les réglages, ni les routes d'avant n'y survivent."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from litestar import get

import appli.routes
from appli.base import BaseSQL
from appli.migrations import migrer
from charte.acteur import Acteur, Geste, Role
from charte.commun.reglages import Reglages
from charte.commun.web import acces
from tests.conftest import creer_compte
from tests.reserve import faire_entrer, ouvrir_un_client, preter


@get("/essai-de-la-reserve", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def page_d_essai() -> str:
    """Une page qu'un seul essai ajoute."""
    return "ajoutée"


def test_elle_ne_se_prete_pas_deux_fois_a_la_fois(reglages: Reglages, base: BaseSQL) -> None:
    with preter(reglages, base) as une, preter(reglages, base) as autre:
        assert une is not autre
    with preter(reglages, base) as rendue:
        assert rendue in (une, autre)


def test_rien_de_l_essai_d_avant_n_y_reste(reglages: Reglages, base: BaseSQL, acteur: Acteur, tmp_path: Path) -> None:
    with ExitStack() as pile:
        client = ouvrir_un_client(pile, reglages, base)
        faire_entrer(client, base, "referent@quatre-vents.invalid")
        assert "Quatre-Vents" in client.get("/").text
        premiere, cookies = client.app, dict(client.cookies)
        premiere.state.essai = "reste"
    neuve = BaseSQL(f"sqlite:///{tmp_path / 'neuve.sqlite'}")
    migrer(neuve)
    creer_compte(neuve, "Université du Grand Large", Role.LECTEUR, "lecteur@grand-large.invalid")
    with ExitStack() as pile:
        client = ouvrir_un_client(pile, replace(reglages, url_base=str(neuve.moteur.url), https=True), neuve)
        assert client.app is premiere
        assert "essai" not in client.app.state
        client.cookies.update(cookies)
        assert client.get("/").status_code == 303, "la session d'avant n'ouvre rien"
        assert "strict-transport-security" in client.get("/connexion").headers
    neuve.fermer()


def test_elle_a_les_routes_du_moment(reglages: Reglages, base: BaseSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as pile:
        assert ouvrir_un_client(pile, reglages, base).get("/essai-de-la-reserve").status_code == 404
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, page_d_essai))
    with ExitStack() as pile:
        assert ouvrir_un_client(pile, reglages, base).get("/essai-de-la-reserve").text == "ajoutée"
