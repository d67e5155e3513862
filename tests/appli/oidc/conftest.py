"""Une installation qui déclare deux fournisseurs d'essai, et un navigateur qui va de l'un à l'autre."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from appli.base import BaseSQL
from appli.modeles import AvantConnexion, Compte, IdentiteFederee, MandatTenu, SessionWeb
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from tests.appli.oidc.serveur import CLIENT, SECRET, Hostile, servir
from tests.conftest import Client, creer_compte, jeton_de

UAI, AUTRE_UAI = "0750001A", "0690002B"
ADRESSE = "https://trajectoire.example"
COURRIEL = "referente@quatre-vents.invalid"
MODELE = """
[[fournisseur]]
cle = "{cle}"
libelle = "{libelle}"
emetteur = "{emetteur}"
client_id = "{client}"
client_secret_variable = "SECRET_D_ESSAI"
{options}

[[fournisseur.domaine]]
nom = "quatre-vents.invalid"
uai = "0750001A"
creation = true

[[fournisseur.domaine]]
nom = "sur-invitation.invalid"
uai = "0750001A"
"""


def declarer(cle: str, emetteur: str, options: str = "", client: str = CLIENT) -> str:
    """Le TOML d'un fournisseur d'essai."""
    return MODELE.format(cle=cle, libelle=f"Compte {cle}", emetteur=emetteur, client=client, options=options)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """Le fournisseur que les tests dérèglent."""
    with servir(Hostile(personne={"email": COURRIEL, "email_verified": True})) as sien:
        yield sien


@pytest.fixture
def autre() -> Iterator[Hostile]:
    """Un second fournisseur, pour les mélanges."""
    with servir(Hostile(personne={"sub": "sujet-1", "email": COURRIEL, "email_verified": True})) as sien:
        yield sien


@pytest.fixture
def options() -> str:
    """Ce qu'un test ajoute à la déclaration du premier fournisseur."""
    return ""


@pytest.fixture
def reglages(
    reglages: Reglages, hostile: Hostile, autre: Hostile, options: str, monkeypatch: pytest.MonkeyPatch
) -> Reglages:
    """Les réglages, avec deux fournisseurs déclarés."""
    monkeypatch.setenv("SECRET_D_ESSAI", SECRET)
    fichier = reglages.dossier / "fournisseurs.toml"
    fichier.write_text(declarer("premier", hostile.adresse, options) + declarer("second", autre.adresse), "utf-8")
    return replace(reglages, fournisseurs=fichier, adresse_publique=ADRESSE)


@pytest.fixture
def referente(base: BaseSQL) -> Acteur:
    """Un compte de l'établissement que désigne le domaine déclaré."""
    return creer_compte(base, "Université des Quatre-Vents", Role.REFERENT_QUALITE, COURRIEL, UAI)


@dataclass
class Visiteur:
    """Un navigateur qui passe par un fournisseur."""

    client: Client

    def partir(self, cle: str = "premier", suite: str = "/journal") -> str:
        """L'adresse du fournisseur où l'on est conduit."""
        page = self.client.get(f"/connexion?suite={suite}").text
        saisies = {"_csrf": jeton_de(page), "suite": suite}
        reponse = self.client.post(f"/connexion/fournisseurs/{cle}", data=saisies)
        assert reponse.status_code == 200, reponse.text
        trouve = re.search(r'<a class="bouton" href="([^"]+)"', reponse.text)
        assert trouve
        return unescape(trouve[1])

    def revenir(self, retour: dict[str, str], cle: str = "premier") -> Any:
        """La réponse de l'outil au retour."""
        return self.client.get(f"/connexion/retour/{cle}", params=retour)

    def passer(self, hostile: Hostile, cle: str = "premier", **change: str) -> Any:
        """Le tour entier ; `change` remplace un paramètre du retour."""
        return self.revenir({**hostile.autoriser(self.partir(cle)), **change}, cle)


@pytest.fixture
def visiteur(client_anonyme: Client) -> Visiteur:
    """Un visiteur sans session."""
    return Visiteur(client_anonyme)


COMPTEES = (Compte, IdentiteFederee, MandatTenu, SessionWeb, EntreeJournal)


def compter(base: BaseSQL) -> dict[str, int]:
    """Le nombre de lignes de ce qu'une connexion écrit."""
    with base.lecture() as session:
        return {t.__tablename__: lignes(session, select(func.count()).select_from(t))[0][0] for t in COMPTEES}


def allers(base: BaseSQL) -> int:
    """Le nombre d'allers dont on attend le retour."""
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(AvantConnexion))[0][0])


@pytest.fixture
def rien_ne_s_ouvre(
    base: BaseSQL, hostile: Hostile, autre: Hostile, reglages: Reglages, caplog: pytest.LogCaptureFixture
) -> Callable[[Visiteur, Any, str], None]:
    """Vérifie qu'un refus n'a rien ouvert, rien écrit, rien montré ni journalisé de secret."""
    avant = compter(base)

    def verifier(visiteur: Visiteur, reponse: Any, titre: str) -> None:
        assert 400 <= reponse.status_code < 600
        assert reponse.status_code != 500
        assert titre in reponse.text.replace("\N{NO-BREAK SPACE}", " ")
        assert not [c for c in reponse.headers.get_list("set-cookie") if "trajectoire=" in c]
        assert visiteur.client.get("/journal").status_code == 303
        assert compter(base) == avant
        secrets = [*hostile.emis, *autre.emis, SECRET, COURRIEL]
        fichiers = b"".join(f.read_bytes() for f in Path(reglages.dossier).glob("trajectoire.sqlite*"))
        for secret in secrets:
            assert secret not in caplog.text
            assert secret == COURRIEL or secret not in reponse.text
            assert secret == COURRIEL or secret.encode() not in fichiers

    return verifier
