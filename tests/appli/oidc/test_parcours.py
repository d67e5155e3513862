"""Le parcours honnête et ses bords : départs bornés, userinfo signé, création, second facteur, cloison."""

import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import AvantConnexion, Compte, IdentiteFederee, MandatTenu
from appli.oidc import etats
from charte.acteur import Acteur, Role
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.modeles import Etablissement
from tests.appli.oidc.conftest import ADRESSE, COURRIEL, Visiteur, allers, compter
from tests.appli.oidc.serveur import Hostile
from tests.conftest import Client, jeton_de


def _lus(base: BaseSQL, *colonnes: Any) -> list[tuple[Any, ...]]:
    with base.lecture() as session:
        return [tuple(ligne) for ligne in lignes(session, select(*(col(c) for c in colonnes)))]


@pytest.mark.parametrize("options", ['userinfo_signe = true\nacr_values = "eidas1"\ncourriel_fait_foi = true'])
def test_a_la_facon_de_proconnect_le_courriel_du_userinfo_signe_fait_foi(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur
) -> None:
    hostile.userinfo_signe, hostile.personne = True, {"email": COURRIEL, "given_name": "Ada"}
    depart = visiteur.partir()
    demande = dict(re.findall(r"[?&]([^=]+)=([^&]+)", depart))
    assert (demande["acr_values"], demande["scope"], demande["code_challenge_method"]) == (
        "eidas1",
        "openid+profile+email",
        "S256",
    )
    assert len(demande["state"]) >= 32
    assert len(demande["nonce"]) >= 32
    assert visiteur.revenir(hostile.autoriser(depart)).status_code == 303


@pytest.mark.parametrize("options", ["courriel_fait_foi = true"])
def test_un_courriel_dit_non_verifie_ne_fait_jamais_foi(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur
) -> None:
    hostile.personne["email_verified"] = False
    assert visiteur.passer(hostile).status_code == 403


def test_l_adresse_de_retour_ne_vient_pas_de_la_requete(visiteur: Visiteur, referente: Acteur) -> None:
    visiteur.client.headers["Host"] = "testserver.local"
    visiteur.client.headers["X-Forwarded-Host"] = "ailleurs.invalid"
    depart = visiteur.partir()
    assert f"redirect_uri={ADRESSE.replace(':', '%3A').replace('/', '%2F')}%2Fconnexion%2Fretour%2Fpremier" in depart
    assert "ailleurs" not in depart


def test_un_depart_veut_un_jeton_et_un_fournisseur_declare(client_anonyme: Client, base: BaseSQL) -> None:
    assert client_anonyme.post("/connexion/fournisseurs/premier").status_code == 403
    jeton = jeton_de(client_anonyme.get("/connexion").text)
    reponse = client_anonyme.post("/connexion/fournisseurs/inconnu", data={"_csrf": jeton})
    assert reponse.status_code == 404
    assert client_anonyme.get("/connexion/retour/inconnu?state=x&code=y").status_code == 404
    assert client_anonyme.get("/connexion/fournisseurs/premier").status_code == 405
    assert allers(base) == 0


def test_la_suite_reste_sur_ce_site(visiteur: Visiteur, hostile: Hostile, referente: Acteur) -> None:
    for suite in ("https://ailleurs.invalid", "//ailleurs.invalid", "/\\ailleurs.invalid"):
        reponse = visiteur.revenir(hostile.autoriser(visiteur.partir(suite=suite)))
        assert (reponse.status_code, reponse.headers["location"]) == (303, "/")
        visiteur.client.cookies.clear()


def test_les_departs_sont_bornes_et_les_anciens_oublies(
    visiteur: Visiteur, base: BaseSQL, navigateur: Callable[[], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(etats.PAR_VISITE + 2):
        visiteur.partir()
    assert allers(base) == etats.PAR_VISITE
    monkeypatch.setattr(etats, "EN_TOUT", etats.PAR_VISITE)
    autre = navigateur()
    jeton = jeton_de(autre.get("/connexion").text)
    reponse = autre.post("/connexion/fournisseurs/premier", data={"_csrf": jeton})
    assert (reponse.status_code, "Trop de connexions sont en cours" in reponse.text) == (503, True)
    with base.ecriture() as session:
        session.execute(update(AvantConnexion).values(expire_le=maintenant()))
    assert autre.post("/connexion/fournisseurs/premier", data={"_csrf": jeton}).status_code == 200
    assert allers(base) == 1


def test_ni_l_etat_ni_le_nonce_ni_le_verificateur_ne_sont_en_clair_dans_la_base(
    visiteur: Visiteur, base: BaseSQL, reglages: Any
) -> None:
    demande = dict(re.findall(r"[?&]([^=]+)=([^&]+)", visiteur.partir()))
    fichiers = b"".join(f.read_bytes() for f in reglages.dossier.glob("trajectoire.sqlite*"))
    for nom in ("state", "nonce", "code_challenge"):
        assert demande[nom].encode() not in fichiers
    assert allers(base) == 1


def test_une_personne_inconnue_hors_des_domaines_ouverts_ne_cree_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL
) -> None:
    avant = compter(base)
    for courriel in ("inconnue@ailleurs.invalid", "inconnue@sur-invitation.invalid", "x@sous.quatre-vents.invalid"):
        hostile.personne = {"email": courriel, "email_verified": True}
        reponse = visiteur.passer(hostile)
        assert reponse.status_code == 403
        assert "Votre établissement ne vous a pas encore ouvert d’accès" in reponse.text
    assert compter(base) == avant


def test_un_domaine_dont_l_etablissement_n_est_pas_la_ne_cree_rien(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL
) -> None:
    with base.ecriture() as session:
        session.execute(update(Etablissement).values(uai=None))
    hostile.personne = {"email": "neuve@quatre-vents.invalid", "email_verified": True}
    assert visiteur.passer(hostile).status_code == 403
    assert len(_lus(base, Compte.id)) == 1


def test_la_creation_donne_le_moindre_role_et_s_inscrit_au_journal_sans_nom(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL
) -> None:
    hostile.personne = {
        "email": " Neuve@Quatre-Vents.invalid",
        "email_verified": True,
        "given_name": "Nina\u0000\n",
        "family_name": "F" * 300,
    }
    assert visiteur.passer(hostile).status_code == 303
    creee = next(ligne for ligne in _lus(base, Compte.courriel, Compte.nom, Compte.id) if ligne[0].startswith("neuve@"))
    assert creee[1] == f"Nina {'F' * 300}"[:200]
    mandats = _lus(base, MandatTenu.compte_id, MandatTenu.role, MandatTenu.portee)
    assert [tenu for tenu in mandats if tenu[0] == creee[2]] == [(creee[2], Role.MEMBRE_INSTANCE, "etablissement")]
    actes = dict(_lus(base, EntreeJournal.acte, EntreeJournal.apres))
    assert actes["compte créé à la connexion"] == {"fournisseur": "premier", "role": "membre_instance"}
    assert actes["connexion"]["methode"] == "fournisseur"


def test_deux_arrivees_simultanees_ne_font_qu_un_compte(
    hostile: Hostile, referente: Acteur, base: BaseSQL, navigateur: Callable[[], Client]
) -> None:
    hostile.personne = {"email": "neuve@quatre-vents.invalid", "email_verified": True}
    visiteurs = [Visiteur(navigateur()) for _ in range(2)]
    retours = [hostile.autoriser(v.partir()) for v in visiteurs]
    statuts: list[int] = []
    fils = [
        threading.Thread(target=lambda v=v, r=r: statuts.append(v.revenir(r).status_code))  # type: ignore[misc]
        for v, r in zip(visiteurs, retours, strict=True)
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert statuts == [303, 303]
    assert len(_lus(base, IdentiteFederee.id)) == 1


def _donner_un_second_facteur(base: BaseSQL) -> None:
    with base.ecriture() as session:
        session.execute(update(Compte).values(totp=b"scelle", totp_depuis=maintenant()))


def test_le_second_facteur_de_l_outil_n_est_pas_demande_en_plus(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL
) -> None:
    _donner_un_second_facteur(base)
    assert visiteur.passer(hostile).headers["location"] == "/journal"
    assert visiteur.client.get("/journal").status_code == 200


@pytest.mark.parametrize("options", ["second_facteur = true"])
def test_le_second_facteur_se_demande_si_le_fournisseur_est_declare_ainsi(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, base: BaseSQL
) -> None:
    _donner_un_second_facteur(base)
    reponse = visiteur.passer(hostile)
    assert reponse.headers["location"] == "/connexion/code?suite=/journal"
    assert visiteur.client.get("/journal").status_code == 303


def test_une_session_deja_ouverte_est_revoquee_par_la_nouvelle(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, navigateur: Callable[[], Client]
) -> None:
    assert visiteur.passer(hostile).status_code == 303
    ancien = visiteur.client.cookies["trajectoire"]
    page = visiteur.client.get("/journal").text
    depart = visiteur.client.post("/connexion/fournisseurs/premier", data={"_csrf": jeton_de(page)})
    trouve = re.search(r'<a class="bouton" href="([^"]+)"', depart.text)
    assert trouve
    assert visiteur.revenir(hostile.autoriser(trouve[1].replace("&amp;", "&"))).status_code == 303
    temoin = navigateur()
    temoin.cookies.set("trajectoire", ancien)
    assert temoin.get("/journal").status_code == 303


SORTIE = {"end_session_endpoint": "https://sso.quatre-vents.example/fin"}


@pytest.mark.parametrize("options", ["deconnexion = true"])
def test_se_deconnecter_mene_se_deconnecter_du_fournisseur_avec_son_jeton(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, reglages: Any
) -> None:
    hostile.decouverte = SORTIE
    entree = visiteur.passer(hostile)
    jeton = hostile.emis[-2]
    assert not [c for c in entree.headers.get_list("set-cookie") if jeton in c]
    assert jeton.encode() not in b"".join(f.read_bytes() for f in reglages.dossier.glob("trajectoire.sqlite*"))
    page = visiteur.client.get("/journal").text
    sortie = visiteur.client.post("/deconnexion", data={"_csrf": jeton_de(page)})
    assert sortie.status_code == 200
    trouve = re.search(r'<a class="bouton" href="([^"]+)"', sortie.text)
    assert trouve
    lue = urlsplit(unescape(trouve[1]))
    demande = dict(parse_qsl(lue.query))
    assert f"{lue.scheme}://{lue.netloc}{lue.path}" == SORTIE["end_session_endpoint"]
    assert (demande["id_token_hint"], demande["post_logout_redirect_uri"]) == (jeton, f"{ADRESSE}/connexion")
    assert len(demande["state"]) >= 32
    assert "Se déconnecter</button>" not in sortie.text
    assert sortie.headers["clear-site-data"] == '"storage"'
    assert not [nom for nom in visiteur.client.cookies if nom in ("trajectoire", "trajectoire-fournisseur")]
    assert visiteur.client.get("/journal").status_code == 303


@pytest.mark.parametrize(
    ("options", "decouverte", "cookie"),
    [
        ("", SORTIE, None),
        ("deconnexion = true", {}, None),
        ("deconnexion = true", SORTIE, "forge"),
        ("deconnexion = true", SORTIE, "Rm9yZ8Op"),
    ],
)
def test_sans_de_quoi_sortir_du_fournisseur_on_se_deconnecte_d_ici(
    visiteur: Visiteur, hostile: Hostile, referente: Acteur, decouverte: dict[str, str], cookie: str | None
) -> None:
    hostile.decouverte = decouverte
    assert visiteur.passer(hostile).status_code == 303
    if cookie:
        visiteur.client.cookies.delete("trajectoire-fournisseur")
        visiteur.client.cookies.set("trajectoire-fournisseur", cookie)
    page = visiteur.client.get("/journal").text
    sortie = visiteur.client.post("/deconnexion", data={"_csrf": jeton_de(page)})
    assert (sortie.status_code, sortie.headers["location"]) == (303, "/connexion")
    assert visiteur.client.get("/journal").status_code == 303
