"""Citer de nouveau une preuve que la grille cite déjà : un choix et un bouton, avec ou sans script."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from grilles.services import CommandePreuve, ajouter_preuve, lire_grille
from tests.grilles.conftest import creer_formation
from tests.reserve import Client

HTMX = {"HX-Request": "true"}


@pytest.fixture
def preuve_id(base: BaseSQL, acteur: Acteur, formation_id: int) -> int:
    """Une preuve citée une fois, à l'appui de 1.S1.1."""
    lien = CommandePreuve(formation_id, "1.S1.1", "Compte rendu", "https://exemple.invalid/cr.pdf", emplacement="p. 4")
    with base.ecriture() as session:
        return ajouter_preuve(session, acteur, lien)


def citees(base: BaseSQL, acteur: Acteur, formation_id: int, element: str) -> list[tuple[int, str]]:
    with base.lecture() as session:
        ligne = lire_grille(session, acteur, formation_id).ligne(element)
    return [(preuve.id, preuve.emplacement) for preuve in ligne.preuves]


def envoyer(client: Client, formation_id: int, element: str, saisies: dict[str, Any], *, htmx: bool = True) -> Any:
    entetes = HTMX if htmx else {}
    return client.post(f"/diplomes/{formation_id}/grille/preuves/{element}", data=saisies, headers=entetes)


def choix(page: str, conteneur: str) -> list[str]:
    return [str(option["value"]) for option in BeautifulSoup(page, "html.parser").select(f"{conteneur} select option")]


@pytest.mark.parametrize("htmx", [True, False])
def test_un_choix_suffit_a_citer_de_nouveau(
    *, client: Client, base: BaseSQL, acteur: Acteur, formation_id: int, preuve_id: int, htmx: bool
) -> None:
    page = client.get(f"/diplomes/{formation_id}/grille/1").text
    assert choix(page, "#preuves-e-1-S1-2") == [str(preuve_id)]
    reponse = envoyer(client, formation_id, "1.S1.2", {"preuve": str(preuve_id)}, htmx=htmx)
    assert reponse.status_code == (200 if htmx else 303)
    assert citees(base, acteur, formation_id, "1.S1.2") == [(preuve_id, "")]


def test_la_citer_deux_fois_au_meme_endroit_ne_change_rien(
    client: Client, base: BaseSQL, acteur: Acteur, formation_id: int, preuve_id: int
) -> None:
    envoyer(client, formation_id, "1.S1.1", {"preuve": str(preuve_id)})
    assert citees(base, acteur, formation_id, "1.S1.1") == [(preuve_id, "p. 4")]


def test_sans_preuve_citee_il_n_y_a_rien_a_choisir_puis_chaque_ligne_l_offre(client: Client, formation_id: int) -> None:
    assert choix(client.get(f"/diplomes/{formation_id}/grille/1").text, "main") == []
    lien = {"titre": "Livret", "adresse": "https://exemple.invalid/livret.pdf"}
    fragment = envoyer(client, formation_id, "1.S1.1", lien).text
    assert choix(fragment, "[hx-swap-oob='innerHTML:.preuves__connues']") != []


@pytest.mark.parametrize("saisie", ["987654321", "0", "-1", "zzz", "9" * 30])
def test_un_numero_forge_ne_cite_rien(
    *, client: Client, base: BaseSQL, acteur: Acteur, formation_id: int, preuve_id: int, saisie: str
) -> None:
    reponse = envoyer(client, formation_id, "1.S1.2", {"preuve": saisie}, htmx=False)
    assert reponse.status_code == (404 if saisie == "987654321" else 422)
    assert citees(base, acteur, formation_id, "1.S1.2") == []
    assert preuve_id


def test_la_preuve_d_un_autre_etablissement_n_existe_pas(
    client: Client, base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    ailleurs = creer_formation(base, autre_acteur)
    lien = CommandePreuve(ailleurs, "1.S1.1", "D'ailleurs", "https://exemple.invalid/x.pdf")
    with base.ecriture() as session:
        etrangere = ajouter_preuve(session, autre_acteur, lien)
    assert envoyer(client, formation_id, "1.S1.2", {"preuve": str(etrangere)}).status_code == 404
    assert citees(base, acteur, formation_id, "1.S1.2") == []


def test_un_envoi_vide_est_refuse(client: Client, base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    assert envoyer(client, formation_id, "1.S1.1", {}).status_code == 422
    assert citees(base, acteur, formation_id, "1.S1.1") == []


def test_qui_ne_fait_que_lire_n_a_rien_a_choisir(
    connecter: Any, collegue: Any, formation_id: int, preuve_id: int
) -> None:
    lecteur = connecter(collegue(Role.LECTEUR, "Sacha Noël"))
    assert choix(lecteur.get(f"/diplomes/{formation_id}/grille/1").text, "main") == []
    assert envoyer(lecteur, formation_id, "1.S1.2", {"preuve": str(preuve_id)}).status_code in (403, 404)
