"""Ce que l'application refuse, et ce que toute réponse porte."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from litestar import Litestar, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.testing import TestClient
from sqlalchemy import text

import appli.routes
from appli.application import CORPS_MAXIMAL, creer_application
from appli.base import BaseSQL
from appli.gardes import RouteSansRegle, exiger_les_regles
from appli.securite import jeton_de_formulaire
from charte.acteur import Acteur, DroitManquant, Geste
from charte.commun.reglages import Reglages
from charte.commun.web import acces
from tests.conftest import Client, creer_compte, jeton_de

EN_TETES = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=()",
    "cache-control": "no-store",
}


@get("/essai/panne", opt=acces(Geste.PUBLIC), sync_to_thread=True)
def tomber_en_panne() -> None:
    """Une erreur imprévue qui porte un nom."""
    raise RuntimeError("DUPONT Jeanne, table secrete")


@get("/essai/droit", opt=acces(Geste.LIRE), sync_to_thread=True)
def manquer_de_droit() -> None:
    """Un service qui refuse."""
    raise DroitManquant("geste interdit")


@post("/essai/fichier", opt=acces(Geste.LIRE), sync_to_thread=True, request_max_body_size=3_000_000)
def recevoir(data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]) -> str:
    """Un dépôt : rend la taille du fichier reçu."""
    fichier: UploadFile = data["fichier"]
    return str(len(fichier.file.read()))


@pytest.fixture
def client_d_essai(monkeypatch: pytest.MonkeyPatch, connecter: Callable[[Acteur], Client], acteur: Acteur) -> Client:
    """Un navigateur connecté à une application qui porte aussi les routes d'essai."""
    essais = (tomber_en_panne, manquer_de_droit, recevoir)
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, *essais))
    return connecter(acteur)


def _verifier_les_entetes(reponse: Any) -> None:
    for nom, debut in EN_TETES.items():
        assert reponse.headers.get(nom, "").startswith(debut), f"{nom} : {reponse.headers.get(nom)!r}"
    assert "unsafe" not in reponse.headers["content-security-policy"]
    assert "server" not in reponse.headers


@pytest.mark.parametrize(
    ("methode", "adresse", "statut"),
    [
        ("GET", "/", 200),
        ("GET", "/connexion", 303),
        ("GET", "/rien-ici", 404),
        ("GET", "/diplomes/99", 404),
        ("GET", "/diplomes/abc", 404),
        ("GET", "/essai/droit", 404),
        ("GET", "/deconnexion", 405),
        ("GET", "/journal?numero=abc", 400),
        ("GET", "/essai/panne", 500),
        ("OPTIONS", "/", 404),
    ],
)
def test_toute_reponse_porte_les_entetes_et_une_page_en_francais(
    client_d_essai: Client, methode: str, adresse: str, statut: int
) -> None:
    reponse = client_d_essai.request(methode, adresse)
    assert reponse.status_code == statut
    _verifier_les_entetes(reponse)
    if statut >= 400:
        assert '<html lang="fr">' in reponse.text
        assert not [
            mot for mot in ("Traceback", "DUPONT", "secrete", "geste interdit", "litestar") if mot in reponse.text
        ]


def test_un_refus_de_jeton_porte_aussi_les_entetes(client: Client) -> None:
    del client.headers["X-CSRF-Token"]
    reponse = client.post("/deconnexion")
    assert reponse.status_code == 403
    _verifier_les_entetes(reponse)
    assert "Rien n’a été enregistré" in reponse.text


@pytest.mark.parametrize(
    "entetes",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "jeton inventé".encode("ascii", "replace").decode()},
        {"Origin": "https://ailleurs.invalid"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_une_ecriture_venue_d_ailleurs_est_refusee(client: Client, entetes: dict[str, str]) -> None:
    assert client.post("/deconnexion", headers=entetes).status_code == 403
    assert client.get("/").status_code == 200


def test_le_jeton_d_un_autre_ne_vaut_rien(
    connecter: Callable[[Acteur], Client], acteur: Acteur, autre_acteur: Acteur, reglages: Reglages
) -> None:
    premiere, seconde = connecter(acteur), connecter(autre_acteur)
    volee = {"X-CSRF-Token": premiere.headers["X-CSRF-Token"]}
    assert seconde.post("/deconnexion", headers=volee).status_code == 403
    assert (
        seconde.post("/deconnexion", headers={"X-CSRF-Token": jeton_de_formulaire(reglages.cle_web, "")}).status_code
        == 403
    )
    assert seconde.post("/deconnexion").status_code == 303


def test_la_connexion_aussi_demande_un_jeton(client_anonyme: Client, acteur: Acteur) -> None:
    assert client_anonyme.post("/connexion", data={"courriel": "x", "mot_de_passe": "y"}).status_code == 403
    jeton = jeton_de(client_anonyme.get("/connexion").text)
    client_anonyme.cookies.clear()
    assert client_anonyme.post("/connexion", data={"_csrf": jeton, "courriel": "x"}).status_code == 403


def test_le_jeton_se_lit_dans_un_champ_ou_un_entete_meme_avec_un_fichier(client_d_essai: Client) -> None:
    jeton = client_d_essai.headers.pop("X-CSRF-Token")
    fichier = {"fichier": ("a.csv", b"x" * 2_000_000)}
    assert client_d_essai.post("/essai/fichier", files=fichier).status_code == 403
    recu = client_d_essai.post("/essai/fichier", files=fichier, data={"_csrf": jeton})
    assert (recu.status_code, recu.text) == (201, "2000000")
    recu = client_d_essai.post("/essai/fichier", files=fichier, headers={"X-CSRF-Token": jeton})
    assert (recu.status_code, recu.text) == (201, "2000000")


def test_un_envoi_trop_gros_est_refuse(client_d_essai: Client) -> None:
    gros = {"fichier": ("a.csv", b"x" * 3_100_000)}
    assert client_d_essai.post("/essai/fichier", files=gros).status_code == 413
    assert client_d_essai.post("/deconnexion", data={"a": "x" * CORPS_MAXIMAL}).status_code in (303, 413)
    jeton = client_d_essai.headers.pop("X-CSRF-Token", "")
    refus = client_d_essai.post("/connexion", data={"_csrf": jeton, "a": "x" * CORPS_MAXIMAL})
    assert refus.status_code == 413


def test_une_route_sans_regle_empeche_de_demarrer() -> None:
    @get("/oubliee", sync_to_thread=True)
    def oubliee() -> str:
        return "ouverte à tous"

    with pytest.raises(RouteSansRegle, match="/oubliee"):
        exiger_les_regles(Litestar([oubliee], openapi_config=None).routes)


def test_chaque_role_n_a_que_ses_gestes(base: BaseSQL, connecter: Callable[[Acteur], Client]) -> None:
    from charte.acteur import Role

    lecteur = creer_compte(base, "Université lectrice", Role.LECTEUR, "lecteur@exemple.invalid")
    client = connecter(lecteur)
    assert client.get("/diplomes").status_code == 200
    assert client.get("/journal").status_code == 404
    assert "/journal" not in client.get("/").text


def test_lire_n_ecrit_rien(client: Client, base: BaseSQL, autre_acteur: Acteur) -> None:
    def photographie() -> dict[str, list[Any]]:
        with base.lecture() as session:
            tables = [
                t for (t,) in session.connection().execute(text("SELECT name FROM sqlite_master WHERE type='table'"))
            ]
            return {t: [tuple(x) for x in session.connection().execute(text(f'SELECT * FROM "{t}"'))] for t in tables}  # noqa: S608

    avant = photographie()
    adresses = ("/", "/diplomes", "/indicateurs", "/conseils", "/charte", "/journal", "/accessibilite", "/rien")
    for adresse in adresses:
        assert client.get(adresse).status_code in (200, 404)
    assert photographie() == avant


def test_les_fichiers_statiques_se_gardent_longtemps(client_anonyme: Client) -> None:
    page = client_anonyme.get("/connexion").text
    feuille = page.split('rel="stylesheet" href="')[1].split('"')[0]
    reponse = client_anonyme.get(feuille)
    assert reponse.status_code == 200
    assert "immutable" in reponse.headers["cache-control"]
    assert reponse.headers["x-content-type-options"] == "nosniff"
    assert client_anonyme.get("/statique/autre/trajectoire.css").status_code == 404
    assert client_anonyme.get(feuille.rsplit("/", 1)[0] + "/../../reglages.py").status_code == 404


def test_sous_https_toute_reponse_impose_https(reglages: Reglages, base: BaseSQL) -> None:
    from dataclasses import replace

    application = creer_application(replace(reglages, https=True), base, ouvriers=False)
    with TestClient(application) as client:
        assert client.get("/rien").headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_nulle_variable_ne_montre_les_traces_d_une_panne(
    monkeypatch: pytest.MonkeyPatch, connecter: Callable[[Acteur], Client], acteur: Acteur
) -> None:
    monkeypatch.setenv("LITESTAR_DEBUG", "1")
    monkeypatch.setenv("LITESTAR_PDB", "1")
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES, tomber_en_panne))
    reponse = connecter(acteur).get("/essai/panne")
    assert (reponse.status_code, "DUPONT" in reponse.text, "Traceback" in reponse.text) == (500, False, False)


def test_tout_texte_dit_son_codage(client: Client) -> None:
    feuille = client.get("/charte").text.split('rel="stylesheet" href="')[1].split('"')[0]
    icone = feuille.rsplit("/", 1)[0] + "/icone.svg"
    genres = {a: client.get(a).headers["content-type"] for a in ("/charte", feuille, icone)}
    genres["/journal.csv"] = client.post("/journal.csv").headers["content-type"]
    assert genres == {
        "/charte": "text/html; charset=utf-8",
        "/journal.csv": "text/csv; charset=utf-8",
        feuille: "text/css; charset=utf-8",
        icone: "image/svg+xml; charset=utf-8",
    }
    assert client.get("/charte.json").headers["content-type"] == "application/json"


def test_security_txt_n_existe_que_si_un_contact_est_donne(client: Client, reglages: Reglages, base: BaseSQL) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from charte.commun.reglages import charger_reglages

    adresse, env = "/.well-known/security.txt", {"TRAJECTOIRE_DOSSIER": str(reglages.dossier)}
    assert client.get(adresse).status_code == 404
    lus = charger_reglages({**env, "TRAJECTOIRE_CONTACT_SECURITE": "rssi@exemple.invalid"})
    with TestClient(creer_application(replace(reglages, contact_securite=lus.contact_securite), base)) as anonyme:
        reponse = anonyme.get(adresse)
    assert reponse.headers["content-type"] == "text/plain; charset=utf-8"
    champs = dict(ligne.split(": ", 1) for ligne in reponse.text.splitlines())
    assert champs["Contact"] == "mailto:rssi@exemple.invalid"
    fin = datetime.fromisoformat(champs["Expires"])
    assert timedelta(days=30) < fin - datetime.now(UTC) < timedelta(days=365)


@pytest.mark.parametrize(
    "contact", ["rssi", "http://exemple.invalid", "a@b.invalid\nContact: x", "mailto:a b@c.invalid"]
)
def test_un_contact_illisible_se_dit_au_demarrage(reglages: Reglages, contact: str) -> None:
    from charte.commun.reglages import charger_reglages

    env = {"TRAJECTOIRE_DOSSIER": str(reglages.dossier), "TRAJECTOIRE_CONTACT_SECURITE": contact}
    with pytest.raises(ValueError, match="TRAJECTOIRE_CONTACT_SECURITE"):
        charger_reglages(env)
