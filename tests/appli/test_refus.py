"""Ce que l'application refuse laisse une trace, sans adresse, sans courriel, sans valeur saisie."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from litestar import get
from litestar.params import FromPath

import appli.routes
from appli.base import BaseSQL
from appli.freins import FREIN_DU_COUPLE
from charte.acteur import Acteur, DroitManquant, Geste, Role
from charte.commun.web import acces
from tests.conftest import Client, creer_compte, se_connecter

SECRET = "jeton-a-usage-unique"


@get("/essai/lien/{jeton:str}", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def suivre_un_lien(jeton: FromPath[str]) -> None:
    """Un lien secret dont la page tombe en panne."""
    raise RuntimeError(jeton)


@get("/essai/service", opt=acces(Geste.LIRE), sync_to_thread=True)
def manquer_de_droit() -> None:
    """Un service qui refuse."""
    raise DroitManquant("non")


@pytest.fixture
def essais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, suivre_un_lien, manquer_de_droit))


def _refus(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [(e.getMessage(), e.__dict__["details"]) for e in caplog.records if e.name == "trajectoire.securite"]


def test_un_mot_de_passe_faux_puis_le_frein_se_notent(
    client_anonyme: Client, acteur: Acteur, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(FREIN_DU_COUPLE.libres + 1):
        se_connecter(client_anonyme, "Referent@Quatre-Vents.invalid ", "un mot de passe faux")
    notes = _refus(caplog)
    assert [quoi for quoi, _ in notes] == ["connexion refusée"] * FREIN_DU_COUPLE.libres + ["connexion freinée"]
    assert {d["route"] for _, d in notes} == {"/connexion"}
    assert len({(d["courriel"], d["source"]) for _, d in notes}) == 1
    ecrit = caplog.text + str(notes)
    assert not [mot for mot in ("quatre-vents", "Quatre-Vents", "un mot de passe faux") if mot in ecrit]


def test_un_droit_manquant_et_l_objet_d_un_autre_se_notent(
    essais: None, base: BaseSQL, connecter: Callable[[Acteur], Client], caplog: pytest.LogCaptureFixture
) -> None:
    lecteur = creer_compte(base, "Université lectrice", Role.LECTEUR, "lecteur@exemple.invalid")
    client = connecter(lecteur)
    for adresse in ("/depots", "/diplomes/987654", "/essai/service"):
        assert client.get(adresse).status_code == 404
    assert [(quoi, d["route"], d["compte"], d["statut"]) for quoi, d in _refus(caplog)] == [
        ("introuvable ou interdit", "/depots", lecteur.compte_id, 404),
        ("introuvable ou interdit", "/diplomes/{formation_id}", lecteur.compte_id, 404),
        ("droit manquant", "/essai/service", lecteur.compte_id, 404),
    ]


def test_un_formulaire_forge_ou_malforme_se_note(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/deconnexion", headers={"Origin": "https://ailleurs.invalid"})
    client.get("/journal?numero=abc")
    client.put("/journal")
    assert [(quoi, d["statut"], d["methode"]) for quoi, d in _refus(caplog)] == [
        ("formulaire refusé", 403, "POST"),
        ("demande malformée", 400, "GET"),
        ("méthode refusée", 405, "PUT"),
    ]


def test_le_bruit_d_un_visiteur_sans_session_ne_se_note_pas(
    client_anonyme: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client_anonyme.get("/wp-login.php").status_code == 404
    assert _refus(caplog) == []


def test_une_panne_ne_recopie_pas_l_adresse_qui_porte_un_secret(
    essais: None, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get(f"/essai/lien/{SECRET}").status_code == 500
    # Le client d'essai (httpx) peut noter l'adresse qu'il demande : seul compte ce que l'outil écrit.
    ecrit = "\n".join(logging.Formatter().format(note) for note in caplog.records if note.name != "httpx")
    assert "Erreur imprévue sur GET /essai/lien/{jeton}" in ecrit
    assert SECRET not in ecrit
