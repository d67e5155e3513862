"""Un fournisseur qui ment, tarde ou se mélange : rien ne s'ouvre, rien ne s'écrit, la page le dit simplement."""

import gzip
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from appli.base import BaseSQL
from appli.modeles import AvantConnexion, Compte, MandatTenu
from appli.oidc import distant
from charte.acteur import Acteur, Role
from charte.commun.base import maintenant
from tests.appli.oidc.conftest import AUTRE_UAI, COURRIEL, Visiteur, allers
from tests.appli.oidc.serveur import (
    AUTRE_CLE,
    CLE,
    Hostile,
    cle_neuve,
    sans_signature,
    signer,
    signer_par_la_cle_publique,
)
from tests.conftest import Client, creer_compte, jeton_de

Verifier = Callable[[Visiteur, Any, str], None]
NON_VERIFIEE = "La réponse de Compte premier n’a pas pu être vérifiée"
PERIMEE = "Cette connexion n’est plus valable"
MUETTE = "Compte premier ne répond pas"
SANS_ACCES = "Votre établissement ne vous a pas encore ouvert d’accès"

MENSONGES: dict[str, dict[str, Any]] = {
    "mauvais nonce": {"nonce": "un-autre-nonce"},
    "sans nonce": {"nonce": None},
    "autre destinataire": {"aud": "un-autre-client"},
    "sans destinataire": {"aud": None},
    "plusieurs destinataires sans azp": {"aud": ["client-de-test", "un-autre-client"]},
    "azp d'un autre": {"azp": "un-autre-client"},
    "autre émetteur": {"iss": "https://ailleurs.invalid"},
    "périmé": {"exp": int(time.time()) - 600},
    "sans échéance": {"exp": None},
    "sans date": {"iat": None},
    "né dans le futur": {"iat": int(time.time()) + 86_400},
    "pas encore valable": {"nbf": int(time.time()) + 86_400},
    "at_hash d'un autre jeton": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "sans sujet": {"sub": None},
    "sujet démesuré": {"sub": "s" * 256},
    "sujet que nulle base ne range": {"sub": "s\0"},
    "sujet qui n'est pas un texte": {"sub": 12},
}


@pytest.mark.parametrize("mensonge", list(MENSONGES))
def test_un_jeton_d_identite_menteur_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, mensonge: str
) -> None:
    hostile.change = MENSONGES[mensonge]
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


SIGNATURES: dict[str, Callable[[dict[str, Any]], str]] = {
    "alg none": sans_signature,
    "HS256 par la clé publique": signer_par_la_cle_publique,
    "clé inconnue": lambda contenu: signer(contenu, AUTRE_CLE),
    "autre clé sous le kid publié": lambda contenu: signer(contenu, AUTRE_CLE, kid=CLE.kid),
    "signature tronquée": lambda contenu: signer(contenu, CLE)[:-8],
    "pas un jeton": lambda _contenu: "n'importe quoi",
    "algorithme non déclaré": lambda contenu: signer(contenu, CLE, alg="RS512"),
}


@pytest.mark.parametrize("signature", list(SIGNATURES))
def test_une_mauvaise_signature_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, signature: str
) -> None:
    hostile.signer = SIGNATURES[signature]
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


def test_une_cle_changee_se_retrouve_sans_redemarrer_mais_on_ne_la_redemande_pas_sans_fin(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur
) -> None:
    assert visiteur.passer(hostile).status_code == 303
    visiteur.client.cookies.clear()
    hostile.cle, hostile.publiees = AUTRE_CLE, (AUTRE_CLE,)
    assert visiteur.passer(hostile).status_code == 303
    visiteur.client.cookies.clear()
    lues = hostile.appels.count("/jwks")
    forge = cle_neuve("forgee")
    hostile.signer = lambda contenu: signer(contenu, forge)
    for _ in range(3):
        assert visiteur.passer(hostile).status_code == 502
    assert hostile.appels.count("/jwks") == lues


def test_un_retour_ne_se_rejoue_pas(visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL) -> None:
    retour = hostile.autoriser(visiteur.partir())
    assert visiteur.revenir(retour).status_code == 303
    sujet = visiteur.client.cookies["trajectoire"]
    rejoue = visiteur.revenir(retour)
    assert (rejoue.status_code, PERIMEE in rejoue.text) == (400, True)
    assert visiteur.client.cookies["trajectoire"] == sujet
    assert allers(base) == 0


def test_un_code_rejoue_avec_un_etat_neuf_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, navigateur: Callable[[], Client], rien_ne_s_ouvre: Verifier
) -> None:
    premier = hostile.autoriser(visiteur.partir())
    autre_visiteur = Visiteur(navigateur())
    second = hostile.autoriser(autre_visiteur.partir())
    # Le code volé est d'un autre navigateur : son vérificateur PKCE et son nonce ne sont pas ici.
    reponse = autre_visiteur.revenir({**second, "code": premier["code"]})
    rien_ne_s_ouvre(autre_visiteur, reponse, MUETTE)


@pytest.mark.parametrize("options", ["pkce = false"])
def test_sans_pkce_le_nonce_arrete_encore_un_code_vole(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, navigateur: Callable[[], Client], rien_ne_s_ouvre: Verifier
) -> None:
    premier, autre_visiteur = hostile.autoriser(visiteur.partir()), Visiteur(navigateur())
    second = hostile.autoriser(autre_visiteur.partir())
    rien_ne_s_ouvre(autre_visiteur, autre_visiteur.revenir({**second, "code": premier["code"]}), NON_VERIFIEE)


def test_l_etat_d_un_autre_navigateur_n_ouvre_rien_et_lui_reste(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, navigateur: Callable[[], Client], rien_ne_s_ouvre: Verifier
) -> None:
    retour, victime = hostile.autoriser(visiteur.partir()), Visiteur(navigateur())
    victime.client.get("/connexion")
    rien_ne_s_ouvre(victime, victime.revenir(retour), PERIMEE)
    assert visiteur.revenir(retour).status_code == 303


@pytest.mark.parametrize("etat", ["", "inconnu", "x" * 5000])
def test_un_retour_que_personne_n_attend_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, etat: str
) -> None:
    visiteur.client.get("/connexion")
    rien_ne_s_ouvre(visiteur, visiteur.revenir({"code": "c", "state": etat}), PERIMEE)
    assert "/token" not in hostile.appels


def test_un_retour_trop_tardif_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL, rien_ne_s_ouvre: Verifier
) -> None:
    retour = hostile.autoriser(visiteur.partir())
    with base.ecriture() as session:
        session.execute(update(AvantConnexion).values(expire_le=maintenant()))
    rien_ne_s_ouvre(visiteur, visiteur.revenir(retour), PERIMEE)


def test_deux_fournisseurs_ne_se_melangent_pas(
    visiteur: Visiteur, hostile: Hostile, autre: Hostile, referente: Acteur, base: BaseSQL, rien_ne_s_ouvre: Verifier
) -> None:
    retour = hostile.autoriser(visiteur.partir("premier"))
    rien_ne_s_ouvre(visiteur, visiteur.revenir(retour, "second"), PERIMEE)
    assert "/token" not in autre.appels
    assert allers(base) == 0, "un état présenté au mauvais fournisseur est perdu"
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile, iss=autre.adresse), NON_VERIFIEE)
    hostile.change = {"iss": autre.adresse}
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


def test_un_fournisseur_qui_promet_de_se_nommer_doit_le_faire(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier
) -> None:
    hostile.decouverte = {"authorization_response_iss_parameter_supported": True}
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)
    assert visiteur.passer(hostile, iss=hostile.adresse).status_code == 303


@pytest.mark.parametrize(
    ("erreur", "titre"),
    [
        ("access_denied", "La connexion n’a pas été accordée"),
        ("login_required", "La connexion n’a pas été accordée"),
        ("server_error", MUETTE),
        ("<script>alert(1)</script>", MUETTE),
    ],
)
def test_une_erreur_du_fournisseur_se_dit_en_francais(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, erreur: str, titre: str
) -> None:
    retour = {"error": erreur, "error_description": "détail-du-fournisseur", "state": ""}
    retour["state"] = hostile.autoriser(visiteur.partir())["state"]
    reponse = visiteur.revenir(retour)
    rien_ne_s_ouvre(visiteur, reponse, titre)
    assert "détail-du-fournisseur" not in reponse.text
    assert "alert(1)" not in reponse.text


@pytest.mark.parametrize("change", [{"sub": "un-autre"}, {"sub": None}, {"email_verified": False, "sub": "un-autre"}])
def test_l_userinfo_d_un_autre_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, change: dict[str, Any]
) -> None:
    hostile.change_userinfo = change
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


@pytest.mark.parametrize("options", ["userinfo_signe = true"])
@pytest.mark.parametrize(
    ("signe", "change"),
    [
        (False, {}),
        (True, {"iss": "https://ailleurs.invalid"}),
        (True, {"aud": "un-autre-client"}),
        (True, {"aud": None}),
        (True, {"exp": 1}),
        (True, {"sub": "un-autre"}),
    ],
)
def test_un_userinfo_qui_devait_etre_signe_est_verifie(
    visiteur: Visiteur,
    hostile: Hostile,
    referente: Acteur,
    rien_ne_s_ouvre: Verifier,
    signe: bool,
    change: dict[str, Any],
) -> None:
    hostile.userinfo_signe, hostile.change_userinfo = signe, change
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


@pytest.mark.parametrize("options", ["userinfo_signe = true"])
def test_un_userinfo_signe_par_une_autre_cle_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier
) -> None:
    hostile.userinfo_signe = True
    hostile.signer = lambda contenu: signer(contenu, CLE if "nonce" in contenu else AUTRE_CLE)
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), NON_VERIFIEE)


@pytest.mark.parametrize(
    "personne",
    [
        {"email": COURRIEL},
        {"email": COURRIEL, "email_verified": False},
        {"email": COURRIEL, "email_verified": "true"},
        {"email_verified": True},
        {"email": "deux@fois@quatre-vents.invalid", "email_verified": True},
        {"email": ["liste@quatre-vents.invalid"], "email_verified": True},
    ],
)
def test_un_courriel_que_rien_ne_garantit_ne_lie_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, personne: dict[str, Any]
) -> None:
    hostile.personne = personne
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), "Compte premier ne garantit pas votre courriel")


def test_le_courriel_d_un_autre_etablissement_ne_lie_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL, rien_ne_s_ouvre: Verifier
) -> None:
    hostile.personne["email"] = "referente@autre-rive.invalid"
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), SANS_ACCES)


@pytest.fixture
def voisine(base: BaseSQL, referente: Acteur) -> Acteur:
    """Un compte d'un autre établissement, au courriel d'un domaine que le fournisseur dit être d'ici."""
    return creer_compte(base, "Autre Rive", Role.REFERENT_QUALITE, "voisine@quatre-vents.invalid", AUTRE_UAI)


def test_un_compte_sans_droit_dans_l_etablissement_du_domaine_ne_se_lie_pas(
    visiteur: Visiteur, hostile: Hostile, voisine: Acteur, rien_ne_s_ouvre: Verifier
) -> None:
    hostile.personne["email"] = "voisine@quatre-vents.invalid"
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), SANS_ACCES)


@pytest.mark.parametrize("changement", ["desactive", "sans_mandat"])
def test_un_compte_ferme_ne_se_rouvre_pas_par_un_fournisseur(
    visiteur: Visiteur,
    hostile: Hostile,
    referente: Acteur,
    base: BaseSQL,
    rien_ne_s_ouvre: Verifier,
    changement: str,
) -> None:
    ferme = update(Compte).values(actif=False)
    with base.ecriture() as session:
        retire = update(MandatTenu).values(retire_le=maintenant())
        session.execute(ferme if changement == "desactive" else retire)
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), SANS_ACCES)


def test_un_courriel_rendu_a_une_autre_personne_ne_lui_ouvre_pas_le_compte(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, navigateur: Callable[[], Client]
) -> None:
    assert visiteur.passer(hostile).status_code == 303
    hostile.personne["sub"] = "la-suivante"
    suivante = Visiteur(navigateur())
    reponse = suivante.passer(hostile)
    assert (reponse.status_code, SANS_ACCES in reponse.text) == (403, True)
    assert suivante.client.get("/journal").status_code == 303


PANNES: dict[str, Callable[[], tuple[int, str, bytes]]] = {
    "erreur 500": lambda: (500, "text/html", b"<h1>panne</h1>"),
    "trop long": lambda: (200, "application/json", b'{"a": "' + b"a" * 300_000 + b'"}'),
    "pas du JSON": lambda: (200, "application/json", b"<html>"),
    "une liste": lambda: (200, "application/json", b"[]"),
    "redirection": lambda: (302, "text/plain", b"http://169.254.169.254/secret"),
}


@pytest.mark.parametrize("panne", list(PANNES))
@pytest.mark.parametrize("chemin", ["/token", "/userinfo"])
def test_un_fournisseur_en_panne_au_retour_n_ouvre_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier, panne: str, chemin: str
) -> None:
    hostile.reponses[chemin] = PANNES[panne]
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), MUETTE)


def test_une_reponse_compressee_n_est_pas_depliee(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, rien_ne_s_ouvre: Verifier
) -> None:
    retour = hostile.autoriser(visiteur.partir())
    bombe = gzip.compress(b" " * 20_000_000)
    hostile.encodage, hostile.reponses["/token"] = "gzip", lambda: (200, "application/json", bombe)
    rien_ne_s_ouvre(visiteur, visiteur.revenir(retour), MUETTE)


def _depart(client: Client) -> Any:
    jeton = jeton_de(client.get("/connexion").text)
    return client.post("/connexion/fournisseurs/premier", data={"_csrf": jeton})


@pytest.mark.parametrize("panne", list(PANNES))
@pytest.mark.parametrize("chemin", ["/.well-known/openid-configuration", "/jwks"])
def test_un_fournisseur_en_panne_au_depart_se_dit_et_n_est_pas_rappele_aussitot(
    client_anonyme: Client, hostile: Hostile, base: BaseSQL, panne: str, chemin: str
) -> None:
    hostile.reponses[chemin] = PANNES[panne]
    for _ in range(3):
        reponse = _depart(client_anonyme)
        assert (reponse.status_code, MUETTE in reponse.text) == (502, True)
    assert hostile.appels.count(chemin) == 1
    assert allers(base) == 0


@pytest.mark.parametrize(
    "decouverte",
    [
        {"issuer": "https://ailleurs.invalid"},
        {"token_endpoint": "http://ailleurs.invalid/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"userinfo_endpoint": 12},
    ],
)
def test_une_decouverte_douteuse_est_ecartee(
    client_anonyme: Client, hostile: Hostile, decouverte: dict[str, Any]
) -> None:
    hostile.decouverte = decouverte
    assert _depart(client_anonyme).status_code == 502


def test_un_fournisseur_qui_distille_ses_octets_ne_retient_pas_l_outil(
    visiteur: Visiteur,
    hostile: Hostile,
    referente: Acteur,
    rien_ne_s_ouvre: Verifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distant, "DELAI_D_ATTENTE", 0.3)

    def tarder() -> tuple[int, str, bytes]:
        time.sleep(1)
        return 200, "application/json", b"{}"

    hostile.reponses["/token"] = tarder
    debut = time.monotonic()
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), MUETTE)
    assert time.monotonic() - debut < 5
    monkeypatch.setattr(distant, "DELAI_TOTAL", -1.0)
    hostile.reponses["/token"] = lambda: (200, "application/json", b"{}")
    rien_ne_s_ouvre(visiteur, visiteur.passer(hostile), MUETTE)
