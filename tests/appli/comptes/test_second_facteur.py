"""Le second facteur : mis en service sur preuve, demandé à la connexion, jamais deux fois le même code."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlmodel import col

import appli.comptes.second_facteur
from appli.base import BaseSQL
from appli.comptes.second_facteur import accepter_un_code, resceller_les_secrets
from appli.comptes.totp import PAS_S, adresse_du_secret, dessiner_le_code_qr, est_un_code_de_secours, pas_du_code
from appli.modeles import CodeDeSecours, Compte
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from tests.appli.comptes.conftest import ADMIN, Boite
from tests.conftest import MOT_DE_PASSE, Client, jeton_de, se_connecter
from tests.grilles.conftest import creer_collegue

ICI = "/mon-compte/second-facteur"
SECRET_RFC = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Le secret ASCII « 12345678901234567890 » des vecteurs de la RFC 6238 (annexe B), en base 32."""


class Horloge:
    """Une heure que le test avance."""

    def __init__(self) -> None:
        self.instant = datetime.now(UTC)

    def __call__(self) -> datetime:
        """L'heure qu'il est."""
        return self.instant

    def code(self, secret: str) -> str:
        """Le code qu'affiche le téléphone."""
        return pyotp.TOTP(secret).at(self.instant)

    def avancer(self, secondes: float) -> None:
        """Laisse passer du temps."""
        self.instant += timedelta(seconds=secondes)


@pytest.fixture
def horloge(monkeypatch: pytest.MonkeyPatch) -> Horloge:
    """L'heure des codes."""
    heure = Horloge()
    monkeypatch.setattr(appli.comptes.second_facteur, "maintenant", heure)
    return heure


def _activer(client: Client, horloge: Horloge) -> tuple[str, list[str]]:
    """Met le second facteur en service ; rend le secret et les codes de secours."""
    assert client.post(f"{ICI}/preparation", data={"mot_de_passe": MOT_DE_PASSE}).status_code == 303
    page = client.get(ICI).text
    trouve = re.search(r"Secret à recopier : <code>([A-Z2-7 ]+)</code>", page.replace("\u00a0", " "))
    assert trouve, page
    assert "<svg role=" in page
    secret = trouve[1].replace(" ", "")
    codes = client.post(f"{ICI}/mise-en-service", data={"code": horloge.code(secret)})
    assert codes.status_code == 200
    return secret, re.findall(r"<li><code>([\w-]{14})</code>", codes.text)


def _entrer(client: Client, courriel: str, code: str, suite: str = "/") -> int:
    """Mot de passe, puis code ; rend le statut de la seconde étape."""
    client.headers.pop("X-CSRF-Token", None)
    page = client.get("/connexion").text
    saisies = {"_csrf": jeton_de(page), "courriel": courriel, "mot_de_passe": MOT_DE_PASSE, "suite": suite}
    entree = client.post("/connexion", data=saisies)
    assert entree.headers["location"].startswith("/connexion/code")
    assert "trajectoire" not in client.cookies, "rien n'est encore ouvert"
    assert client.get("/mon-compte").status_code == 303
    page = client.get(entree.headers["location"]).text
    reponse = client.post("/connexion/code", data={"_csrf": jeton_de(page), "code": code, "suite": suite})
    return reponse.status_code


@pytest.mark.parametrize(
    ("secondes", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_les_codes_sont_ceux_de_la_rfc_6238(secondes: int, code: str) -> None:
    instant = datetime.fromtimestamp(secondes, UTC)
    assert pas_du_code(SECRET_RFC, f"{code[:3]} {code[3:]}", instant, None) == secondes // PAS_S
    assert pas_du_code(SECRET_RFC, code, instant, secondes // PAS_S) is None, "déjà accepté"
    assert pas_du_code(SECRET_RFC, code, instant + timedelta(seconds=PAS_S), None) is not None
    assert pas_du_code(SECRET_RFC, code, instant + timedelta(seconds=3 * PAS_S), None) is None


@pytest.mark.parametrize("faux", ["", "000000", "28708", "2870822", "abcdef", "٢٨٧٠٨٢"])
def test_un_code_faux_ne_passe_pas(faux: str) -> None:
    assert pas_du_code(SECRET_RFC, faux, datetime.fromtimestamp(59, UTC), None) is None


def test_le_code_qr_tient_dans_la_politique_de_contenu() -> None:
    dessin = dessiner_le_code_qr(adresse_du_secret(SECRET_RFC, "a@b.invalid", "Trajectoire"))
    assert "style" not in dessin
    assert "script" not in dessin
    assert adresse_du_secret(SECRET_RFC, "a@b.invalid", "Trajectoire").startswith(
        "otpauth://totp/Trajectoire:a%40b.invalid?"
    )


def test_de_la_mise_en_service_a_la_connexion(
    page_admin: Client,
    navigateur: Callable[[], Client],
    horloge: Horloge,
    courrier: Boite,
    poster_le_courrier: Callable[[], int],
) -> None:
    secret, codes = _activer(page_admin, horloge)
    assert len(set(codes)) == 10
    assert all(est_un_code_de_secours(code) for code in codes)
    poster_le_courrier()
    assert "demande maintenant un code" in courrier.dernier(ADMIN)
    client = navigateur()
    assert _entrer(client, ADMIN, horloge.code(secret)) == 422, "le code de la mise en service a déjà servi"
    horloge.avancer(PAS_S)
    assert _entrer(client, ADMIN, horloge.code(secret), "/comptes") == 303
    assert client.get("/comptes").status_code == 200
    assert _entrer(navigateur(), ADMIN, horloge.code(secret)) == 422, "rejoué"
    assert _entrer(navigateur(), ADMIN, codes[0].lower().replace("-", " ")) == 303
    assert _entrer(navigateur(), ADMIN, codes[0]) == 422, "un code de secours ne sert qu'une fois"
    assert "9 codes de secours" in client.get("/mon-compte").text.replace("\u00a0", " ")


def test_le_mot_de_passe_seul_n_ouvre_rien(
    page_admin: Client, navigateur: Callable[[], Client], horloge: Horloge
) -> None:
    _activer(page_admin, horloge)
    client = navigateur()
    saisies = {"_csrf": jeton_de(client.get("/connexion").text), "courriel": ADMIN, "mot_de_passe": MOT_DE_PASSE}
    assert client.post("/connexion", data=saisies).headers["location"] == "/connexion/code"
    attente = client.cookies["trajectoire-attente"]
    assert client.get("/").status_code == 303
    client.cookies.set("trajectoire", attente)
    assert client.get("/").status_code == 303, "le jeton d'attente n'est pas une session"
    assert navigateur().get("/connexion/code").headers["location"] == "/connexion"


def test_les_codes_se_freinent_par_compte(
    page_admin: Client, navigateur: Callable[[], Client], horloge: Horloge
) -> None:
    secret, _ = _activer(page_admin, horloge)
    horloge.avancer(PAS_S)
    statuts = [_entrer(navigateur(), ADMIN, "123456") for _ in range(6)]
    assert statuts == [422] * 5 + [429]
    assert _entrer(navigateur(), ADMIN, horloge.code(secret)) == 429, "freiné, le code n'est pas regardé"


def test_renouveler_et_retirer_demandent_le_mot_de_passe_et_un_code(
    page_admin: Client, base: BaseSQL, horloge: Horloge
) -> None:
    secret, anciens = _activer(page_admin, horloge)
    horloge.avancer(PAS_S)
    bon = {"mot_de_passe": MOT_DE_PASSE, "code": horloge.code(secret)}
    for geste in ("codes", "retrait"):
        assert page_admin.post(f"{ICI}/{geste}", data={**bon, "mot_de_passe": "faux"}).status_code == 422
        assert page_admin.post(f"{ICI}/{geste}", data={**bon, "code": "000000"}).status_code == 422
    neufs = re.findall(r"<li><code>([\w-]{14})</code>", page_admin.post(f"{ICI}/codes", data=bon).text)
    assert len(neufs) == 10
    assert not set(neufs) & set(anciens)
    assert page_admin.post(f"{ICI}/retrait", data={**bon, "code": anciens[0]}).status_code == 422
    assert page_admin.post(f"{ICI}/retrait", data={**bon, "code": neufs[0]}).status_code == 303
    with base.lecture() as session:
        assert lignes(session, select(col(CodeDeSecours.id))) == []
        assert (
            lignes(session, select(col(Compte.totp), col(Compte.totp_depuis), col(Compte.totp_pas)))[0] == (None,) * 3
        )
    assert "Sans second facteur" in page_admin.get("/mon-compte").text


def test_l_administrateur_ote_un_second_facteur_perdu_sauf_si_le_compte_sert_ailleurs(
    page_admin: Client, connecter: Callable[[Acteur], Client], navigateur: Callable[[], Client], base: BaseSQL,
    admin: Acteur, horloge: Horloge, courrier: Boite, poster_le_courrier: Callable[[], int],
) -> None:  # fmt: skip
    from appli.mandats import donner_un_mandat, retirer_les_mandats
    from charte.acteur import Mandat
    from tests.conftest import creer_compte

    collegue = creer_collegue(base, admin, Role.LECTEUR, "Ana Bel")
    client = connecter(collegue)
    _activer(client, horloge)
    ailleurs = creer_compte(base, "Autre Rive", Role.LECTEUR, "x@autre-rive.invalid").etablissement_id
    retrait, compte_id = f"/comptes/{collegue.compte_id}/second-facteur/retrait", collegue.compte_id or 0
    with base.ecriture() as session:
        donner_un_mandat(session, compte_id, ailleurs, Mandat(Role.LECTEUR))
    assert page_admin.post(retrait).status_code == 422
    with base.ecriture() as session:
        retirer_les_mandats(session, compte_id, ailleurs)
    assert page_admin.post(retrait).status_code == 303
    assert client.get("/").status_code == 303, "ses sessions sont fermées"
    poster_le_courrier()
    assert "ne demande plus de code" in courrier.dernier("ana.bel@quatre-vents.invalid")
    assert se_connecter(navigateur(), "ana.bel@quatre-vents.invalid").headers["location"] == "/"


def test_un_changement_de_cle_garde_les_seconds_facteurs(
    page_admin: Client, base: BaseSQL, reglages: Reglages, admin: Acteur, horloge: Horloge
) -> None:
    secret, codes = _activer(page_admin, horloge)
    change = replace(reglages, cle_fichiers=bytes(reversed(range(32))), cle_fichiers_ancienne=reglages.cle_fichiers)
    compte_id = admin.compte_id or 0
    horloge.avancer(PAS_S)
    with base.ecriture() as session:
        assert accepter_un_code(session, change, compte_id, codes[0])
        assert resceller_les_secrets(session, change) == (1, 0)
        assert resceller_les_secrets(session, change) == (0, 0)
        assert accepter_un_code(session, replace(change, cle_fichiers_ancienne=None), compte_id, horloge.code(secret))
        assert not accepter_un_code(session, reglages, compte_id, horloge.code(secret))
