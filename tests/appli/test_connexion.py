"""Se connecter, rester connecté, se déconnecter : ni fixation, ni rejeu, ni redirection ailleurs."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update
from sqlmodel import col

from appli.application import creer_application
from appli.base import BaseSQL
from appli.modeles import Compte, SessionWeb
from appli.securite import adresse_locale, empreinte_de
from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.reglages import Reglages
from tests.conftest import MOT_DE_PASSE, Client, jeton_de, se_connecter

COURRIEL = "referent@quatre-vents.invalid"


def test_sans_session_une_page_mene_a_la_connexion_puis_y_ramene(client_anonyme: Client, acteur: Acteur) -> None:
    reponse = client_anonyme.get("/journal?numero=2")
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion?suite=/journal%3Fnumero%3D2")
    page = client_anonyme.get(reponse.headers["location"]).text
    assert 'name="suite" value="/journal?numero=2"' in page
    saisies = {
        "_csrf": jeton_de(page),
        "courriel": f" {COURRIEL.upper()} ",
        "mot_de_passe": MOT_DE_PASSE,
        "suite": "/journal",
    }
    entree = client_anonyme.post("/connexion", data=saisies)
    assert (entree.status_code, entree.headers["location"]) == (303, "/journal")
    assert client_anonyme.get("/journal").status_code == 200


@pytest.mark.parametrize(
    ("courriel", "mot_de_passe"), [(COURRIEL, "faux"), ("inconnu@exemple.invalid", MOT_DE_PASSE), ("", "")]
)
def test_un_refus_ne_dit_pas_si_le_compte_existe(
    client_anonyme: Client, acteur: Acteur, courriel: str, mot_de_passe: str
) -> None:
    reponse = se_connecter(client_anonyme, courriel, mot_de_passe)
    assert reponse.status_code == 422
    assert "ne correspond à aucun compte" in reponse.text
    assert "trajectoire" not in reponse.cookies
    assert client_anonyme.get("/").status_code == 303


def test_un_compte_desactive_n_entre_plus_meme_avec_sa_session(client: Client, base: BaseSQL, acteur: Acteur) -> None:
    assert client.get("/").status_code == 200
    with base.ecriture() as session:
        session.execute(update(Compte).where(col(Compte.id) == acteur.compte_id).values(actif=False))
    assert client.get("/").status_code == 303


def test_un_cookie_choisi_d_avance_ne_devient_jamais_valable(
    client_anonyme: Client, navigateur: Callable[[], Client], acteur: Acteur
) -> None:
    choisi = "jeton-choisi-par-un-attaquant"
    client_anonyme.cookies.set("trajectoire", choisi)
    assert se_connecter(client_anonyme, COURRIEL).status_code == 303
    assert client_anonyme.get("/").status_code == 200
    attaquant = navigateur()
    attaquant.cookies.set("trajectoire", choisi)
    assert attaquant.get("/").status_code == 303


def test_un_jeton_rejoue_apres_la_deconnexion_ne_vaut_plus_rien(client: Client) -> None:
    jeton = client.cookies["trajectoire"]
    sortie = client.post("/deconnexion")
    assert sortie.headers["clear-site-data"] == '"storage"', "les brouillons du navigateur partent avec la session"
    assert (sortie.status_code, sortie.headers["location"]) == (303, "/connexion")
    assert "trajectoire" not in client.cookies
    client.cookies.set("trajectoire", jeton)
    assert client.get("/").status_code == 303


def test_se_reconnecter_revoque_la_session_precedente(client: Client, base: BaseSQL) -> None:
    ancien = client.cookies["trajectoire"]
    saisies = {"courriel": COURRIEL, "mot_de_passe": MOT_DE_PASSE}
    assert client.post("/connexion", data=saisies).status_code == 303
    assert client.cookies["trajectoire"] != ancien
    with base.lecture() as session:
        empreintes = [e for (e,) in lignes(session, select(col(SessionWeb.empreinte)))]
    assert empreintes == [empreinte_de(client.cookies["trajectoire"])]


@pytest.mark.parametrize("colonne", ["vue_le", "expire_le"])
def test_une_session_inactive_ou_trop_vieille_se_ferme(client: Client, base: BaseSQL, colonne: str) -> None:
    with base.ecriture() as session:
        session.execute(update(SessionWeb).values({colonne: maintenant() - timedelta(hours=5)}))
    assert client.get("/").status_code == 303


def test_le_jeton_n_est_pas_dans_la_base(client: Client, reglages: Reglages) -> None:
    jeton = client.cookies["trajectoire"].encode()
    for fichier in Path(reglages.dossier).glob("trajectoire.sqlite*"):
        assert jeton not in fichier.read_bytes()


def test_sous_https_le_cookie_est_verrouille(reglages: Reglages, base: BaseSQL, acteur: Acteur) -> None:
    from dataclasses import replace

    application = creer_application(replace(reglages, https=True), base, ouvriers=False)
    with TestClient(application, base_url="https://essai.invalid") as client:
        client.follow_redirects = False
        reponse = se_connecter(client, COURRIEL)
        sortie = client.post("/deconnexion")
    poses, effaces = (r.headers.get_list("set-cookie") for r in (reponse, sortie))
    assert [c.split("=")[0] for c in poses] == ["__Host-trajectoire", "__Host-trajectoire-visite"]
    assert [c.split("=")[0] for c in effaces] == ["__Host-trajectoire"]
    # Un effacement sans Secure serait refusé par le navigateur, et le cookie y resterait.
    for cookie in (*poses, *effaces):
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= {m.strip() for m in cookie.split(";")}
        assert "Domain" not in cookie
    assert ["Max-Age=0" in cookie for cookie in (*poses, *effaces)] == [False, True, True]
    assert "max-age=" in reponse.headers["strict-transport-security"]


def test_les_comptes_d_un_clic_n_existent_que_sur_la_demonstration(
    client_anonyme: Client, reglages: Reglages, base: BaseSQL, acteur: Acteur
) -> None:
    from dataclasses import replace

    page = client_anonyme.get("/connexion").text
    assert "démonstration" not in page.lower()
    saisies = {"_csrf": jeton_de(page), "compte": str(acteur.compte_id)}
    assert client_anonyme.post("/connexion", data=saisies).status_code == 422
    with TestClient(creer_application(replace(reglages, demonstration=True), base, ouvriers=False)) as client:
        client.follow_redirects = False
        page = client.get("/connexion").text
        assert "Comptes de démonstration" in page
        saisies["_csrf"] = jeton_de(page)
        assert client.post("/connexion", data=saisies).status_code == 303
        assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("demandee", "suivie"),
    [
        ("/grilles/3?poste=1", "/grilles/3?poste=1"),
        ("", "/"),
        (None, "/"),
        ("https://ailleurs.invalid", "/"),
        ("//ailleurs.invalid", "/"),
        ("/\\ailleurs.invalid", "/"),
        ("/a\\b", "/"),
        ("/page\r\nset-cookie: x", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_la_suite_reste_sur_ce_site(demandee: str | None, suivie: str) -> None:
    assert adresse_locale(demandee) == suivie


def test_deux_sessions_du_meme_compte_vivent_leur_vie(connecter: Callable[[Acteur], Client], acteur: Acteur) -> None:
    premiere, seconde = connecter(acteur), connecter(acteur)
    premiere.post("/deconnexion")
    assert premiere.get("/").status_code == 303
    assert seconde.get("/").status_code == 200


def test_nulle_variable_n_ouvre_sans_mot_de_passe(reglages: Reglages) -> None:
    """Seule la commande « demo » pose la démonstration : sur une vraie base, elle laisserait entrer n'importe qui."""
    from charte.commun.reglages import charger_reglages

    env = {"TRAJECTOIRE_DOSSIER": str(reglages.dossier), "TRAJECTOIRE_DEMO": "oui", "TRAJECTOIRE_DEMONSTRATION": "oui"}
    assert charger_reglages(env).demonstration is False
    assert charger_reglages(env, demonstration=True).demonstration is True


def _condense(base: BaseSQL, acteur: Acteur) -> str:
    with base.lecture() as session:
        return str(lignes(session, select(col(Compte.condense)).where(col(Compte.id) == acteur.compte_id))[0][0])


def test_un_condense_d_un_cout_ancien_passe_sous_celui_d_aujourd_hui(
    client_anonyme: Client, base: BaseSQL, acteur: Acteur
) -> None:
    from argon2 import PasswordHasher, extract_parameters

    ancien = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(MOT_DE_PASSE)
    with base.ecriture() as session:
        session.execute(update(Compte).where(col(Compte.id) == acteur.compte_id).values(condense=ancien))
    assert se_connecter(client_anonyme, COURRIEL, "un mot de passe faux").status_code == 422
    assert _condense(base, acteur) == ancien
    assert se_connecter(client_anonyme, COURRIEL).status_code == 303
    neuf = _condense(base, acteur)
    assert extract_parameters(neuf).memory_cost == 19 * 1024
    client_anonyme.post("/deconnexion")
    assert se_connecter(client_anonyme, COURRIEL).status_code == 303
    assert _condense(base, acteur) == neuf, "au coût du jour, rien ne se recondense"


def test_une_connexion_reussie_est_au_journal(client: Client) -> None:
    client.get("/")
    assert "connexion" in client.get("/journal?acte=connexion").text
    assert "1 entrée" in client.get("/journal?acte=connexion").text.replace("\u00a0", " ")
