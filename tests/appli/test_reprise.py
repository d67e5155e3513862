"""Une session finie pendant une saisie : rien n'est perdu, rien ne part sans un clic, rien ne part sous un autre."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import SessionWeb
from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.modeles import Composante
from tests.conftest import Client, se_connecter

FICHE = "/parties/composantes/nouvelle"
COURRIEL = "referent@quatre-vents.invalid"
PIEGE = '"><script>alert(1)</script>\r\nÎle & « fin »'
D_ICI = {"Origin": "http://testserver.local", "Sec-Fetch-Site": "same-origin"}


def saisie_de(page: str) -> dict[str, str]:
    """Les champs cachés du formulaire de la fiche, tels qu'un navigateur les renverrait."""
    formulaire = re.search(rf'<form class="formulaire" method="post" action="{FICHE}">(.*?)</form>', page, re.DOTALL)
    assert formulaire, "la page ne propose rien à renvoyer"
    champs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', formulaire[1])
    return {nom: html.unescape(texte) for nom, texte in champs}


def formulaire_ouvert(client: Client) -> dict[str, str]:
    """Ce que la fiche, ouverte, enverra : son jeton, sa marque d'auteur et ce qui y est tapé."""
    trouves = re.findall(r'name="(_csrf|_auteur)" value="([0-9a-f]{64})"', client.get(FICHE).text)
    return {**dict(trouves), "nom": PIEGE}


@pytest.fixture
def expirer(client: Client, base: BaseSQL) -> Callable[[], None]:
    """`expirer()` : la session de `client` n'existe plus, son navigateur n'en sait rien."""

    def finir() -> None:
        del client.headers["X-CSRF-Token"]
        with base.ecriture() as session:
            session.execute(delete(SessionWeb))

    client.headers.update(D_ICI)
    client.headers["Origin"] = str(client.base_url).rstrip("/")
    return finir


def composantes(base: BaseSQL) -> list[str]:
    """Les noms rangés."""
    with base.lecture() as session:
        return [nom for (nom,) in lignes(session, select(col(Composante.nom)))]


def reconnecter(client: Client, courriel: str = COURRIEL) -> None:
    """Se reconnecte comme dans un autre onglet : la page de la saisie garde son vieux jeton."""
    assert se_connecter(client, courriel).status_code == 303
    del client.headers["X-CSRF-Token"]


def test_la_saisie_attend_puis_repart_d_un_clic_apres_la_connexion(
    client: Client, base: BaseSQL, expirer: Callable[[], None]
) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    attente = client.post(FICHE, data=envoi)
    assert attente.status_code == 401
    assert "Rien n’a encore été enregistré" in attente.text
    assert "<script>alert" not in attente.text
    gardee = saisie_de(attente.text)
    assert gardee == {"_auteur": envoi["_auteur"], "nom": PIEGE}
    assert client.post(FICHE, data=gardee).status_code == 401, "reprendre avant de se connecter ne perd rien non plus"
    reconnecter(client)
    relecture = client.post(FICHE, data=gardee)
    assert relecture.status_code == 403
    assert "Envoyer cette saisie" in relecture.text
    assert (
        html.escape(PIEGE.split("\r", maxsplit=1)[0]).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
        in relecture.text
    )
    assert composantes(base) == [], "rien ne part sans le clic"
    assert client.post(FICHE, data=saisie_de(relecture.text)).status_code == 303
    assert composantes(base) == ['"><script>alert(1)</script> Île & « fin »']


def test_un_jeton_d_avant_une_reconnexion_ne_perd_pas_la_saisie(
    client: Client, base: BaseSQL, expirer: Callable[[], None]
) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    reconnecter(client)
    relecture = client.post(FICHE, data=envoi)
    assert (relecture.status_code, composantes(base)) == (403, [])
    assert saisie_de(relecture.text)["nom"] == PIEGE


def test_sous_un_autre_compte_la_saisie_ne_se_montre_ni_ne_part(
    client: Client, base: BaseSQL, expirer: Callable[[], None], autre_acteur: Acteur
) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    reconnecter(client, "referent@autre-rive.invalid")
    refus = client.post(FICHE, data=envoi)
    assert refus.status_code == 403
    assert "d’un autre compte" in refus.text
    assert "Île" not in refus.text
    assert composantes(base) == []


@pytest.mark.parametrize(
    "entetes",
    [
        {"Origin": "https://ailleurs.invalid"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"HX-Request": "true"},
    ],
)
def test_un_envoi_dont_l_origine_n_est_pas_d_ici_mene_a_la_connexion(
    client: Client, expirer: Callable[[], None], entetes: dict[str, str]
) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    reponse = client.post(FICHE, data=envoi, headers=entetes)
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion")


def test_sans_preuve_d_origine_rien_ne_se_reprend(client: Client, expirer: Callable[[], None]) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    del client.headers["Origin"]
    assert client.post(FICHE, data=envoi).status_code == 303
    reconnecter(client)
    assert "Envoyer cette saisie" not in client.post(FICHE, data=envoi).text


@pytest.mark.parametrize("marque", ["", "0" * 64, "x", "0" * 63 + "é"])
def test_une_marque_inventee_ne_fait_rien_envoyer(
    client: Client, base: BaseSQL, expirer: Callable[[], None], marque: str
) -> None:
    expirer()
    reconnecter(client)
    refus = client.post(FICHE, data={"_auteur": marque, "nom": "forgé"})
    assert refus.status_code == 403
    assert "forgé" not in refus.text
    assert composantes(base) == []


@pytest.mark.parametrize("champ", ["mot_de_passe", "nouveau_mot_de_passe", "code_totp", "code_de_secours", "jeton"])
def test_un_secret_ne_revient_jamais_dans_une_page(client: Client, expirer: Callable[[], None], champ: str) -> None:
    envoi = {**formulaire_ouvert(client), champ: "une phrase secrète"}
    expirer()
    reponse = client.post(FICHE, data=envoi)
    assert reponse.status_code == 303
    assert "secrète" not in reponse.text


def test_trop_de_champs_ne_se_reprennent_pas(client: Client, expirer: Callable[[], None]) -> None:
    envoi: dict[str, Any] = {**formulaire_ouvert(client), "autre": ["x"] * 200}
    expirer()
    assert client.post(FICHE, data=envoi).status_code == 303


@pytest.mark.parametrize("octets", [b"petit", b"x" * 1_200_000])
def test_un_fichier_est_a_choisir_de_nouveau_et_la_page_le_dit(
    client: Client, expirer: Callable[[], None], octets: bytes
) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    reponse = client.post("/depots", data=envoi, files={"fichier": ("apprentis.csv", octets)})
    assert reponse.status_code == 401
    assert "il faudra le choisir de nouveau" in reponse.text
    assert "apprentis.csv" not in reponse.text


def test_l_adresse_de_renvoi_reste_sur_ce_site(client: Client, expirer: Callable[[], None]) -> None:
    envoi = formulaire_ouvert(client)
    expirer()
    reponse = client.post(FICHE + "?suite=https://ailleurs.invalid", data=envoi)
    assert f'action="{FICHE}?suite=https' in reponse.text
    for action in re.findall(r'action="([^"]*)"', reponse.text):
        assert re.match(r"/(?![/\\])", action)
