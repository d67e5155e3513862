"""Avec un vrai fournisseur d'identité, lancé par les tests sur la boucle locale (oidc-provider-mock, PyPI)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
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
from tests.appli.oidc.conftest import ADRESSE, Visiteur, declarer
from tests.appli.oidc.reel import PERSONNES, Reel, inscrire, lancer
from tests.conftest import Client


@pytest.fixture(scope="module")
def serveur() -> Iterator[str]:
    """L'adresse du fournisseur."""
    with lancer() as adresse:
        yield adresse


@pytest.fixture(params=["client_secret_basic", "client_secret_post"])
def reel(serveur: str, request: pytest.FixtureRequest) -> Reel:
    """Le fournisseur, où l'outil vient d'être déclaré ; il vérifie l'adresse de retour, le secret et le nonce."""
    return inscrire(serveur, f"{ADRESSE}/connexion/retour/reel", request.param)


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
    visiteur.client.cookies.set("trajectoire", "jeton-choisi-par-un-attaquant")
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


def test_une_personne_dont_le_courriel_n_est_pas_verifie_n_entre_pas(
    visiteur: Visiteur, reel: Reel, referente: Acteur, base: BaseSQL
) -> None:
    reponse = visiteur.revenir(reel.accepter(visiteur.partir("reel"), "non-verifiee"), "reel")
    assert (reponse.status_code, "ne garantit pas votre courriel" in reponse.text) == (403, True)
    assert _lus(base, IdentiteFederee.id) == []
    assert _lus(base, SessionWeb.id) == []


def test_une_personne_qui_refuse_n_entre_pas(visiteur: Visiteur, reel: Reel, base: BaseSQL) -> None:
    depart = visiteur.partir("reel")
    # Ce fournisseur oublie `state` dans un refus, que le protocole lui demande : on le remet.
    refus = {"state": dict(parse_qsl(urlsplit(depart).query))["state"], **reel.refuser(depart)}
    reponse = visiteur.revenir(refus, "reel")
    assert (reponse.status_code, "La connexion n’a pas été accordée" in reponse.text) == (403, True)
    assert _lus(base, SessionWeb.id) == []


def test_la_page_de_connexion_montre_un_bouton_par_fournisseur(visiteur: Visiteur, reel: Reel) -> None:
    page = visiteur.client.get("/connexion?suite=/journal").text
    formulaire = re.search(r'<form method="post" action="/connexion/fournisseurs/reel">(.*?)</form>', page, re.DOTALL)
    assert formulaire
    assert "Se connecter avec Compte reel" in formulaire[1]
    assert 'name="suite" value="/journal"' in formulaire[1]
