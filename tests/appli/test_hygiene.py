"""Les exigences de sécurité qui tiennent à toutes les pages à la fois : en-têtes, jetons, champs, cookies."""

import re
import stat
from collections.abc import Callable
from contextlib import nullcontext
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from appli.comptes.envoi import EnvoiRate, Lettre, expedier
from appli.securite import CSP, condenser, empreinte_de, nouveau_jeton
from appli.statiques import DOSSIER
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.reglages import charger_reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from charte.modeles import Etablissement
from tests.appli.routes_connues import ROUTES_CONNUES
from tests.conftest import Client, creer_compte

PAGES = ("/", "/diplomes", "/indicateurs", "/conseils", "/parties", "/charte", "/journal", "/depots", "/accessibilite")


def _directives() -> dict[str, list[str]]:
    return {nom: valeurs for nom, *valeurs in (morceau.split() for morceau in CSP.split(";"))}


def test_la_politique_de_contenu_n_admet_que_ce_site(client: Client) -> None:
    directives = _directives()
    for fermee in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert directives[fermee] == ["'none'"]
    assert {valeur for valeurs in directives.values() for valeur in valeurs} == {"'none'", "'self'", "data:"}
    assert [nom for nom, valeurs in directives.items() if "data:" in valeurs] == ["img-src"]
    assert {client.get(page).headers["content-security-policy"] for page in (*PAGES, "/rien-ici")} == {CSP}


def test_nul_autre_site_n_est_admis_a_lire(client: Client) -> None:
    ailleurs = {"Origin": "https://ailleurs.invalid", "Access-Control-Request-Method": "GET"}
    for methode in ("GET", "OPTIONS", "HEAD"):
        for page in (*PAGES, "/charte.json"):
            entetes = client.request(methode, page, headers=ailleurs).headers
            assert [nom for nom in entetes if nom.startswith("access-control-")] == []
            assert entetes["cross-origin-resource-policy"] == "same-origin"


def test_le_jeton_de_session_n_est_dans_aucune_page(client: Client) -> None:
    jeton = client.cookies["trajectoire"]
    for page in PAGES:
        texte = client.get(page).text
        assert jeton not in texte
        assert empreinte_de(jeton) not in texte


def test_toute_page_connectee_permet_de_se_deconnecter(client: Client) -> None:
    for page in (*PAGES, "/rien-ici"):
        assert re.search(r'<form[^>]*action="/deconnexion".*?Se déconnecter', client.get(page).text, re.DOTALL), page


ECRITURES = sorted(chemin for methode, chemin in ROUTES_CONNUES if methode == "POST")


@pytest.mark.parametrize("chemin", ECRITURES)
def test_le_jeton_de_formulaire_est_exige_de_toute_ecriture(
    connecter: Callable[[Acteur], Client], base: BaseSQL, chemin: str
) -> None:
    client = connecter(creer_compte(base, "Université", Role.ADMINISTRATEUR, "admin@exemple.invalid"))
    del client.headers["X-CSRF-Token"]
    adresse = re.sub(r"\{\w+:int\}", "1", re.sub(r"\{\w+:str\}", "x", chemin))
    assert client.post(adresse, data={"nom": "x"}).status_code == 403


def test_toute_route_lit_par_get_ou_ecrit_par_post() -> None:
    assert {methode for methode, _ in ROUTES_CONNUES} == {"GET", "HEAD", "POST"}


def test_un_jeton_porte_256_bits_et_ne_se_repete_pas(monkeypatch: pytest.MonkeyPatch) -> None:
    demandes: list[int] = []

    def noter(octets: int) -> str:
        demandes.append(octets)
        return "x"

    jetons = {nouveau_jeton() for _ in range(1_000)}
    assert len(jetons) == 1_000
    assert {len(jeton) for jeton in jetons} == {43}
    monkeypatch.setattr("secrets.token_urlsafe", noter)
    nouveau_jeton()
    assert demandes == [32], "le générateur cryptographique du système donne 256 bits"


def test_un_mot_de_passe_est_garde_en_argon2id_au_cout_dit() -> None:
    reglage = extract_parameters(condenser("une phrase de passe"))
    assert (reglage.type, reglage.memory_cost, reglage.time_cost, reglage.parallelism) == (Type.ID, 19 * 1024, 2, 1)
    assert reglage.salt_len >= 16
    assert condenser("une phrase de passe") != condenser("une phrase de passe"), "chaque condensé a son sel"


def test_les_cles_engendrees_ne_sont_lisibles_que_du_compte(tmp_path: Path) -> None:
    dossier = tmp_path / "neuf"
    lus = charger_reglages({"TRAJECTOIRE_DOSSIER": str(dossier)})
    assert stat.S_IMODE((dossier / "cles.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(dossier.stat().st_mode) & 0o077 == 0
    assert len({lus.cle_identite, lus.cle_fichiers, lus.cle_web}) == 3
    assert {len(cle) for cle in (lus.cle_identite, lus.cle_fichiers, lus.cle_web)} == {32}


def test_un_dossier_statique_ne_se_liste_pas(client_anonyme: Client) -> None:
    feuille = client_anonyme.get("/connexion").text.split('rel="stylesheet" href="')[1].split('"')[0]
    racine = feuille.rsplit("/", 1)[0]
    for dossier in ("", "/", "/polices", "/polices/", "/tiers/"):
        reponse = client_anonyme.get(racine + dossier)
        assert reponse.status_code == 404
        assert not [nom for nom in ("EMPREINTES", "grille.js", ".woff2", "LICENCE") if nom in reponse.text]


def _etablissement(base: BaseSQL, acteur: Acteur) -> dict[str, Any]:
    champs = (Etablissement.id, Etablissement.nom, Etablissement.uai, Etablissement.ville)
    filtre = col(Etablissement.id) == acteur.etablissement_id
    with base.lecture() as session:
        trouve = lignes(session, select(*(col(c) for c in champs)).where(filtre))[0]
    return dict(zip(("id", "nom", "uai", "ville"), trouve, strict=True))


def test_un_champ_de_trop_n_est_jamais_ecrit(connecter: Callable[[Acteur], Client], base: BaseSQL) -> None:
    admin = creer_compte(base, "Université", Role.ADMINISTRATEUR, "admin@exemple.invalid")
    autre = creer_compte(base, "Autre université", Role.LECTEUR, "lecteur@exemple.invalid")
    intrus = {"id": "99", "etablissement_id": str(autre.etablissement_id), "role": "administrateur", "actif": "0"}
    reponse = connecter(admin).post("/parties/etablissement", data={"nom": "Université renommée", **intrus})
    assert reponse.status_code == 303
    lu = _etablissement(base, admin)
    assert (lu["id"], lu["nom"]) == (admin.etablissement_id, "Université renommée")
    assert _etablissement(base, autre)["nom"] == "Autre université"


def test_un_parametre_ne_passe_pas_d_une_source_a_l_autre(connecter: Callable[[Acteur], Client], base: BaseSQL) -> None:
    """Ni l'adresse ni un cookie ne remplissent un formulaire ; répété, un champ n'est pas pris au hasard."""
    admin = creer_compte(base, "Université", Role.ADMINISTRATEUR, "admin@exemple.invalid")
    client = connecter(admin)
    client.cookies.set("nom", "Cookie")
    assert client.post("/parties/etablissement?nom=Adresse", data={"ville": "Lyon"}).status_code == 422
    double = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/parties/etablissement", content="nom=Un&nom=Deux", headers=double).status_code == 422
    assert _etablissement(base, admin)["nom"] == "Université"


def test_un_champ_de_mot_de_passe_masque_se_colle_et_se_remplit(client: Client, client_anonyme: Client) -> None:
    pages = {"/connexion": client_anonyme.get("/connexion").text}
    pages |= {a: client.get(a).text for a in ("/mon-compte/mot-de-passe", "/mon-compte/second-facteur")}
    for adresse, texte in pages.items():
        champs = [
            c
            for c in re.findall(r"<input[^>]*>", texte)
            if re.search(r'name="(mot_de_passe|actuel|nouveau|encore)"', c)
        ]
        assert champs, adresse
        for champ in champs:
            assert 'type="password"' in champ
            assert re.search(r'autocomplete="(current|new)-password"', champ), champ
            assert "maxlength" not in champ
            assert "readonly" not in champ
    scripts = " ".join(f.read_text("utf-8") for f in DOSSIER.glob("*.js"))
    assert not re.search(r"paste|oncopy|contextmenu", scripts)


@pytest.mark.parametrize(
    "pour", ["a@b.invalid\r\nBcc: espion@ailleurs.invalid", "a@b.invalid\nSubject: x", "a@b.invalid\rX: y"]
)
def test_un_retour_a_la_ligne_n_ajoute_pas_d_en_tete_a_un_courriel(monkeypatch: pytest.MonkeyPatch, pour: str) -> None:
    partis: list[object] = []
    monkeypatch.setattr("smtplib.SMTP", lambda *_, **__: partis.append("connexion") or nullcontext(_Relais(partis)))
    serveur = ServeurDeCourrier("127.0.0.1", 9, "qualite@exemple.invalid")
    expedier(serveur, Lettre("a@b.invalid", "Sujet", "Corps"))
    assert partis == ["connexion", "a@b.invalid"], "sans retour à la ligne, la lettre part"
    for lettre in (Lettre(pour, "Sujet", "Corps"), Lettre("a@b.invalid", f"Sujet {pour}", "Corps")):
        with pytest.raises((ValueError, EnvoiRate)):
            expedier(serveur, lettre)
    assert partis == ["connexion", "a@b.invalid"]


class _Relais:
    """Un relais qui note à qui l'on écrit."""

    def __init__(self, partis: list[object]) -> None:
        self.partis = partis

    def send_message(self, message: EmailMessage) -> None:
        self.partis.append(message["To"])
