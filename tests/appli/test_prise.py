"""La prise telle que `trajectoire serveur` l'ouvre : découpage des requêtes, adresse du visiteur, en-têtes dits."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click
import pytest
import uvicorn
from click.testing import CliRunner

from appli.application import Application
from appli.commandes.serveur import Mandataires, options_de_prise, serveur

Prise = tuple[str, int]
Ouvrir = Callable[..., Prise]


async def _dire_le_visiteur(scope: Any, _receive: Any, send: Any) -> None:
    contenu = json.dumps(scope["client"][0]).encode()
    entetes = [(b"content-type", b"application/json"), (b"content-length", str(len(contenu)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": entetes})
    await send({"type": "http.response.body", "body": contenu})


@contextmanager
def _servir(application: Any, mandataires: list[str]) -> Iterator[Prise]:
    prise = socket.create_server(("127.0.0.1", 0))
    reglage = uvicorn.Config(application, **options_de_prise(mandataires), lifespan="off")
    service = uvicorn.Server(reglage)
    fil = threading.Thread(target=service.run, kwargs={"sockets": [prise]}, daemon=True)
    fil.start()
    limite = time.monotonic() + 20
    while not service.started and time.monotonic() < limite:
        time.sleep(0.01)
    assert service.started
    yield prise.getsockname()
    service.should_exit = True
    fil.join(20)
    prise.close()


@pytest.fixture
def ouvrir() -> Iterator[Ouvrir]:
    """`ouvrir(application, mandataires)` : l'adresse d'un vrai serveur."""
    with ExitStack() as pile:
        yield lambda application, mandataires=(): pile.enter_context(_servir(application, list(mandataires)))


def _envoyer(adresse: Prise, brut: bytes) -> bytes:
    with socket.create_connection(adresse, timeout=10) as prise:
        prise.sendall(brut)
        morceaux = []
        while morceau := prise.recv(65_536):
            morceaux.append(morceau)
    return b"".join(morceaux)


def _visiteur(adresse: Prise, *entetes: str) -> str:
    lignes = ["GET / HTTP/1.1", "Host: essai", "Connection: close", *entetes, "", ""]
    return str(json.loads(_envoyer(adresse, "\r\n".join(lignes).encode()).rpartition(b"\r\n\r\n")[2]))


@pytest.mark.parametrize(
    "entete", ["X-Forwarded-For: 203.0.113.9", "X-Real-IP: 203.0.113.9", "Forwarded: for=203.0.113.9"]
)
def test_sans_mandataire_declare_nul_en_tete_ne_change_l_adresse(ouvrir: Ouvrir, entete: str) -> None:
    assert _visiteur(ouvrir(_dire_le_visiteur), entete) == "127.0.0.1"


def test_un_mandataire_declare_dit_l_adresse_du_visiteur(ouvrir: Ouvrir) -> None:
    adresse = ouvrir(_dire_le_visiteur, ["127.0.0.1"])
    assert _visiteur(adresse, "X-Forwarded-For: 203.0.113.9") == "203.0.113.9"
    assert _visiteur(adresse) == "127.0.0.1"


def test_ce_que_le_visiteur_ecrit_lui_meme_ne_passe_pas(ouvrir: Ouvrir) -> None:
    """Le mandataire ajoute l'adresse qu'il voit à la fin : ce qui la précède vient du visiteur, et ne compte pas."""
    adresse = ouvrir(_dire_le_visiteur, ["127.0.0.1"])
    assert _visiteur(adresse, "X-Forwarded-For: 198.51.100.1, 203.0.113.9") == "203.0.113.9"
    assert _visiteur(adresse, "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 203.0.113.9") == "203.0.113.9"


def test_un_autre_mandataire_n_est_pas_cru(ouvrir: Ouvrir) -> None:
    assert _visiteur(ouvrir(_dire_le_visiteur, ["192.0.2.10"]), "X-Forwarded-For: 203.0.113.9") == "127.0.0.1"


@pytest.mark.parametrize("saisie", ["*", "tout le monde", "192.0.2.300", "192.0.2.1/24"])
def test_un_mandataire_est_une_adresse(saisie: str) -> None:
    resultat = CliRunner().invoke(serveur, ["--mandataires", saisie])
    assert resultat.exit_code == 2
    assert "n'est ni une adresse ni un réseau" in resultat.output


def test_plusieurs_mandataires_se_lisent() -> None:
    lus = Mandataires().convert(" 192.0.2.10, 2001:db8::/32 ,", None, None)
    assert lus == ["192.0.2.10", "2001:db8::/32"]
    assert isinstance(Mandataires(), click.ParamType)


@pytest.mark.parametrize(
    "requete",
    [
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nContent-Length: +5\r\n\r\nabcde",
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nX: a\r\n b\x00c\r\n\r\n",
        b"GET /charte HTTP/1.1\r\nHost: essai\r\nHost: autre\r\n\r\n",
        b"GET /charte HTTP/1.1\r\n\r\n",
    ],
    ids=[
        "deux tailles",
        "codage inconnu",
        "espace avant deux-points",
        "taille signee",
        "zero",
        "deux hotes",
        "sans hote",
    ],
)
def test_une_requete_ambigue_est_refusee(ouvrir: Ouvrir, application: Application, requete: bytes) -> None:
    reponse = _envoyer(ouvrir(application), requete)
    assert reponse.startswith(b"HTTP/1.1 4")
    assert reponse.count(b"HTTP/1.1 ") == 1


def test_quand_deux_longueurs_se_contredisent_le_decoupage_par_morceaux_l_emporte(ouvrir: Ouvrir) -> None:
    """RFC 9112, 6.3 : `Content-Length` est ignoré ; la fin du corps est celle des morceaux."""
    recus = []

    async def lire(scope: Any, receive: Any, send: Any) -> None:
        corps = b""
        while True:
            message = await receive()
            corps += message.get("body", b"")
            if not message.get("more_body"):
                break
        recus.append((scope["path"], corps))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    suite = b"GET /suite HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n\r\n"
    entete = b"POST /debut HTTP/1.1\r\nHost: essai\r\nTransfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n"
    _envoyer(ouvrir(lire), entete + b"3\r\nabc\r\n0\r\n\r\n" + suite)
    assert recus == [("/debut", b"abc"), ("/suite", b"")]


@pytest.mark.parametrize("methode", ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PATCH"])
def test_une_methode_sans_emploi_est_refusee(ouvrir: Ouvrir, application: Application, methode: str) -> None:
    brut = f"{methode} /charte HTTP/1.1\r\nHost: essai\r\nX-Secret: valeur\r\nConnection: close\r\n\r\n".encode()
    reponse = _envoyer(ouvrir(application), brut)
    assert reponse.startswith((b"HTTP/1.1 405", b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"valeur" not in reponse


def test_la_reponse_ne_dit_ni_serveur_ni_version(ouvrir: Ouvrir, application: Application) -> None:
    brut = b"GET /accessibilite HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n\r\n"
    entetes = _envoyer(ouvrir(application), brut).partition(b"\r\n\r\n")[0].lower()
    assert entetes.startswith(b"http/1.1 200")
    assert not [mot for mot in (b"server:", b"x-powered-by", b"uvicorn", b"litestar", b"python") if mot in entetes]
