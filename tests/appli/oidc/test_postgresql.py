"""Le tour entier sur PostgreSQL, sous la cloison et un rôle ordinaire : lier, créer, refuser, arriver à deux."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.modeles import Compte, IdentiteFederee
from charte.acteur import Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from tests.appli.oidc.conftest import COURRIEL, UAI, Visiteur
from tests.appli.oidc.serveur import Hostile
from tests.conftest import creer_compte
from tests.reserve import ouvrir_un_client

pytestmark = pytest.mark.postgresql


def _comptes(base: BaseSQL) -> list[tuple[str, int]]:
    requete = select(col(Compte.courriel), col(IdentiteFederee.id))
    with hors_cloison(), base.lecture() as session:
        joints = requete.join(IdentiteFederee, col(IdentiteFederee.compte_id) == col(Compte.id), isouter=True)
        return [tuple(ligne) for ligne in lignes(session, joints.order_by(col(Compte.id)))]


@pytest.fixture
def visiteurs(reglages: Reglages, base_ordinaire: BaseSQL, url_ordinaire: str) -> Iterator[list[Visiteur]]:
    """Deux navigateurs, chacun servi par son application sur la même base."""
    with hors_cloison():
        creer_compte(base_ordinaire, "Université des Quatre-Vents", Role.REFERENT_QUALITE, COURRIEL, UAI)
    with ExitStack() as pile:
        ouverts = []
        for _ in range(2):
            client = ouvrir_un_client(pile, replace(reglages, url_base=url_ordinaire), base_ordinaire)
            ouverts.append(Visiteur(client))
        yield ouverts


def test_sous_la_cloison_on_lie_on_cree_et_deux_arrivees_n_en_font_qu_une(
    visiteurs: list[Visiteur], base_ordinaire: BaseSQL, hostile: Hostile
) -> None:
    premier = visiteurs[0]
    assert premier.passer(hostile).status_code == 303
    assert premier.client.get("/journal").status_code == 200
    premier.client.cookies.clear()
    hostile.personne = {"email": "x@ailleurs.invalid", "email_verified": True, "sub": "autre"}
    assert premier.passer(hostile).status_code == 403
    hostile.personne = {"email": "neuve@quatre-vents.invalid", "email_verified": True, "sub": "neuve"}
    assert _revenir_ensemble(visiteurs, hostile) == [303, 303]
    connus = _comptes(base_ordinaire)
    assert [courriel for courriel, _ in connus] == [COURRIEL, "neuve@quatre-vents.invalid"]
    assert all(lien is not None for _, lien in connus)


def _revenir_ensemble(visiteurs: list[Visiteur], hostile: Hostile) -> list[int]:
    """Les statuts des retours simultanés de la même personne."""
    retours = [(visiteur, hostile.autoriser(visiteur.partir())) for visiteur in visiteurs]
    with ThreadPoolExecutor(len(retours)) as fils:
        return [reponse.status_code for reponse in fils.map(lambda r: r[0].revenir(r[1]), retours)]
