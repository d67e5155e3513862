"""Avec un vrai fournisseur d'identité, lancé par les tests sur la boucle locale (oidc-provider-mock, PyPI)."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import Compte, IdentiteFederee, SessionWeb
from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from tests.appli.oidc.conftest import ADRESSE, COURRIEL, Visiteur, declarer
from tests.conftest import Client

PERSONNES = {
    "referente": {"email": COURRIEL, "email_verified": True, "given_name": "Ada", "family_name": "Fictive"},
    "nouvelle": {"email": "Nouvelle@quatre-vents.invalid", "email_verified": True, "given_name": "Nina"},
    "non-verifiee": {"email": COURRIEL, "email_verified": False},
}
DEMARRAGE_MAXIMAL_S = 30


@dataclass(frozen=True)
class Reel:
    """Le fournisseur : son adresse, et le client que l'outil y a déclaré."""

    adresse: str
    client_id: str
    secret: str

    def accepter(self, depart: str, qui: str) -> dict[str, str]:
        """La personne s'identifie et accepte : ce qu'elle ramène."""
        return self._repondre(depart, {"sub": qui})

    def refuser(self, depart: str) -> dict[str, str]:
        """La personne refuse : ce qu'elle ramène."""
        return self._repondre(depart, {"action": "deny"})

    def _repondre(self, depart: str, saisies: dict[str, str]) -> dict[str, str]:
        assert httpx.get(depart).status_code == 200
        reponse = httpx.post(depart, data=saisies)
        assert reponse.status_code == 302
        ou = urlsplit(reponse.headers["location"])
        assert f"{ou.scheme}://{ou.netloc}{ou.path}" == f"{ADRESSE}/connexion/retour/reel"
        return dict(parse_qsl(ou.query))


@pytest.fixture(scope="module")
def serveur() -> Iterator[str]:
    """L'adresse du fournisseur, dans son propre processus."""
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        port = int(prise.getsockname()[1])
    personnes = [f"--user-claims={json.dumps({'sub': sub, **dit})}" for sub, dit in PERSONNES.items()]
    commande = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-registration", *personnes]
    with subprocess.Popen(
        [*commande, "--require-nonce"], env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as processus:
        try:
            _attendre(processus, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            processus.terminate()


def _attendre(processus: subprocess.Popen[bytes], port: int) -> None:
    limite = time.monotonic() + DEMARRAGE_MAXIMAL_S
    while time.monotonic() < limite and processus.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("Le fournisseur d'essai n'a pas démarré.", pytrace=False)


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
def reel(serveur: str, request: pytest.FixtureRequest) -> Reel:
    """Le fournisseur, où l'outil vient d'être déclaré ; il vérifie l'adresse de retour, le secret et le nonce."""
    demande = {"redirect_uris": [f"{ADRESSE}/connexion/retour/reel"], "token_endpoint_auth_method": request.param}
    client = httpx.post(f"{serveur}/oauth2/clients", json=demande).json()
    return Reel(serveur, client["client_id"], client["client_secret"])


@pytest.fixture
def reglages(
    reglages: Reglages, reel: Reel, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Reglages:
    """Les réglages, avec ce seul fournisseur."""
    methode = request.node.callspec.params["reel"]
    monkeypatch.setenv("SECRET_D_ESSAI", reel.secret)
    fichier = reglages.dossier / "fournisseurs.toml"
    options = f'authentification = "{methode}"'
    fichier.write_text(declarer("reel", reel.adresse, options, reel.client_id), "utf-8")
    return replace(reglages, fournisseurs=fichier, adresse_publique=ADRESSE)


def _lus(base: BaseSQL, *colonnes: Any) -> list[tuple[Any, ...]]:
    with base.lecture() as session:
        return [tuple(ligne) for ligne in lignes(session, select(*(col(c) for c in colonnes)))]


def test_une_personne_connue_entre_sans_mot_de_passe_puis_par_son_sujet(
    visiteur: Visiteur, reel: Reel, referente: Acteur, base: BaseSQL, navigateur: Callable[[], Client]
) -> None:
    choisi = visiteur.client.cookies
    choisi.set("trajectoire", "jeton-choisi-par-un-attaquant")
    reponse = visiteur.revenir(reel.accepter(visiteur.partir("reel"), "referente"), "reel")
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/journal")
    poses = [c.split("=")[0] for c in reponse.headers.get_list("set-cookie")]
    assert poses == ["trajectoire", "trajectoire-visite"]
    page = visiteur.client.get("/journal")
    assert page.status_code == 200
    assert "compte lié à un fournisseur" in page.text
    assert _lus(base, IdentiteFederee.fournisseur, IdentiteFederee.sujet, IdentiteFederee.compte_id) == [
        ("reel", "referente", referente.compte_id)
    ]
    assert _lus(base, SessionWeb.methode, SessionWeb.second_facteur_attendu) == [("fournisseur", False)]
    attaquant = navigateur()
    attaquant.cookies.set("trajectoire", "jeton-choisi-par-un-attaquant")
    assert attaquant.get("/journal").status_code == 303
    # Le lien tient au sujet : la personne peut changer de courriel chez son fournisseur.
    httpx.put(f"{reel.adresse}/users/referente", json={"email": "autre@ailleurs.invalid"})
    suivante = Visiteur(navigateur())
    retour = reel.accepter(suivante.partir("reel"), "referente")
    httpx.put(f"{reel.adresse}/users/referente", json=PERSONNES["referente"])
    assert suivante.revenir(retour, "reel").status_code == 303
    assert len(_lus(base, IdentiteFederee.id)) == 1


def test_une_inconnue_d_un_domaine_declare_recoit_un_compte_au_moindre_role(
    visiteur: Visiteur, reel: Reel, referente: Acteur, base: BaseSQL
) -> None:
    reponse = visiteur.revenir(reel.accepter(visiteur.partir("reel"), "nouvelle"), "reel")
    assert reponse.status_code == 303
    connus = {courriel: (nom, condense) for courriel, nom, condense in _lus(base, *_COLONNES)}
    assert connus["nouvelle@quatre-vents.invalid"] == ("Nina", None)
    assert "Nina" in visiteur.client.get("/charte").text
    assert visiteur.client.get("/journal").status_code == 404


_COLONNES = (Compte.courriel, Compte.nom, Compte.condense)


def test_une_personne_qui_refuse_ou_dont_le_courriel_n_est_pas_verifie_n_entre_pas(
    visiteur: Visiteur, reel: Reel, referente: Acteur, base: BaseSQL
) -> None:
    refus = visiteur.revenir(reel.refuser(visiteur.partir("reel")) | _etat(visiteur), "reel")
    assert refus.status_code in (400, 403)
    reponse = visiteur.revenir(reel.accepter(visiteur.partir("reel"), "non-verifiee"), "reel")
    assert (reponse.status_code, "ne garantit pas votre courriel" in reponse.text) == (403, True)
    assert _lus(base, IdentiteFederee.id) == []
    assert _lus(base, SessionWeb.id) == []


def _etat(_visiteur: Visiteur) -> dict[str, str]:
    return {}


def test_la_page_de_connexion_montre_un_bouton_par_fournisseur(visiteur: Visiteur, reel: Reel) -> None:
    page = visiteur.client.get("/connexion?suite=/journal").text
    formulaire = re.search(r'<form method="post" action="/connexion/fournisseurs/reel">(.*?)</form>', page, re.DOTALL)
    assert formulaire
    assert "Se connecter avec Compte reel" in formulaire[1]
    assert 'name="suite" value="/journal"' in formulaire[1]
