"""Ce que les essais au hasard ont fait tomber un jour, un test par cause."""

import asyncio
import logging

import pytest

from appli.application import Application
from appli.securite import entetes_de_securite, hote_lisible
from appli.statiques import prefixe_statique
from tests.conftest import Client
from tests.fuzz.sonde import Envoi, Recue, envoyer

LIMITE = b"multipart/form-data; boundary=ici"


def jouer(application: Application, envoi: Envoi) -> Recue:
    """La réponse à un envoi, en-têtes de sécurité vérifiés."""
    recue = asyncio.run(envoyer(application, envoi))
    for nom, valeur in entetes_de_securite(https=False).items():
        assert recue.entete(nom.encode()) == valeur.encode(), nom
    return recue


def morceau(entetes: bytes, contenu: bytes) -> bytes:
    """Un formulaire d'un seul champ."""
    return b"--ici\r\n" + entetes + b"\r\n\r\n" + contenu + b"\r\n--ici--\r\n"


def de_la_session(client: Client) -> tuple[tuple[bytes, bytes], ...]:
    """Le cookie et le jeton d'un navigateur connecté."""
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    return (b"cookie", cookies.encode()), (b"x-csrf-token", client.headers["X-CSRF-Token"].encode())


@pytest.mark.parametrize(
    "hote", [b"2026-01-01 05:25:40", b"[::1", b"[....]", b"a:99999", b"a:b", b"a b", b"\xbd", b"a/b"]
)
def test_un_hote_illisible_est_refuse(application: Application, hote: bytes) -> None:
    recue = jouer(application, Envoi("GET", b"/charte", ((b"host", hote),)))
    assert recue.statut == 400
    assert b"Host" in recue.corps


def test_deux_hotes_sont_refuses(application: Application) -> None:
    deux = ((b"host", b"un.exemple"), (b"Host", b"deux.exemple"))
    assert jouer(application, Envoi("GET", b"/charte", deux)).statut == 400


@pytest.mark.parametrize(
    "hote", [b"", b"exemple.fr", b"exemple.fr:8000", b"127.0.0.1:65535", b"[::1]:8000", b"a_b-c.invalid"]
)
def test_un_hote_ordinaire_passe(hote: bytes) -> None:
    assert hote_lisible([(b"host", hote)])
    assert hote_lisible([])


@pytest.mark.parametrize("nom", [b"a" * 300, b"%F0%9F%8E%93" * 80, b"%00.css", b"..%2f..%2fpyproject.toml"])
def test_un_fichier_statique_au_nom_impossible_n_existe_pas(application: Application, nom: bytes) -> None:
    assert jouer(application, Envoi("GET", prefixe_statique().encode() + b"/" + nom)).statut == 404


@pytest.mark.parametrize(
    "corps",
    [
        morceau(b'Content-Disposition: form-data; name="_csrf"', b"*\xe2"),
        morceau(b'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=nimporte', b"a"),
    ],
    ids=["hors UTF-8", "codage inconnu"],
)
@pytest.mark.parametrize("adresse", [b"/depots", b"/connexion", b"/parties/composantes/nouvelle"])
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
def test_un_texte_illisible_dans_un_envoi_est_une_demande_mal_faite(
    application: Application, client: Client, adresse: bytes, corps: bytes
) -> None:
    entetes = ((b"content-type", LIMITE), *de_la_session(client))
    assert jouer(application, Envoi("POST", adresse, entetes, corps)).statut == 400


def test_un_visiteur_parti_en_route_n_est_pas_une_panne(
    application: Application, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    entetes = ((b"content-type", b"application/x-www-form-urlencoded"), *de_la_session(client))
    with caplog.at_level(logging.ERROR):
        recue = jouer(application, Envoi("POST", b"/parties/composantes/nouvelle", entetes, b"nom=IUT+d", coupe=True))
    assert recue.statut == 400
    assert caplog.records == []
