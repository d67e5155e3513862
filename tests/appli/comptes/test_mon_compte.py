"""Mon compte : mot de passe oublié ou changé, sessions fermées à distance, établissement changé."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

import appli.comptes.routes_lien
from appli.base import BaseSQL
from appli.comptes.appareils import reconnaitre_l_appareil
from appli.mandats import donner_un_mandat
from appli.modeles import CourrielSortant, LienUnique, SessionWeb
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import lignes, maintenant
from tests.appli.comptes.conftest import ADMIN, NOUVEAU, Boite, choisir
from tests.conftest import MOT_DE_PASSE, Client, creer_compte, jeton_de, se_connecter


def _oublier(client: Client, courriel: str) -> Any:
    jeton = jeton_de(client.get("/mot-de-passe-oublie").text)
    return client.post("/mot-de-passe-oublie", data={"_csrf": jeton, "courriel": courriel})


def test_le_mot_de_passe_oublie_se_choisit_par_le_lien_et_ferme_tout(
    page_admin: Client, client_anonyme: Client, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    assert _oublier(client_anonyme, ADMIN.upper()).status_code == 200
    assert poster_le_courrier() == 1
    code = courrier.code(ADMIN)
    assert choisir(client_anonyme, code, "quatre-vents-2026").status_code == 422, "le nom de l'établissement se devine"
    assert choisir(client_anonyme, code).status_code == 303
    assert page_admin.get("/").status_code == 303
    assert se_connecter(client_anonyme, ADMIN).status_code == 422
    assert se_connecter(client_anonyme, ADMIN, NOUVEAU).status_code == 303
    poster_le_courrier()
    assert "Votre mot de passe vient d’être changé" in courrier.dernier(ADMIN)


def test_demander_un_lien_ne_dit_pas_si_le_compte_existe(
    navigateur: Callable[[], Client], base: BaseSQL, admin: Acteur, poster_le_courrier: Callable[[], int]
) -> None:
    connu, inconnu = _oublier(navigateur(), ADMIN), _oublier(navigateur(), "personne@exemple.invalid")
    sans_jeton = [re.sub(r"[0-9a-f]{64}", "J", r.text) for r in (connu, inconnu)]
    assert sans_jeton[0] == sans_jeton[1]
    assert (connu.status_code, connu.headers.keys()) == (inconnu.status_code, inconnu.headers.keys())
    assert poster_le_courrier() == 1


def test_la_reponse_part_avant_que_l_on_cherche_le_compte(
    client_anonyme: Client, admin: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Le temps de réponse ne peut rien dire : le travail qui dépend du compte suit la réponse."""
    prepares: list[str] = []
    monkeypatch.setattr(appli.comptes.routes_lien, "demander_un_lien", lambda _s, _r, qui: prepares.append(qui))
    reponse_type = appli.comptes.routes_lien.BackgroundTask
    crees: list[Any] = []

    def retenir(*arguments: Any) -> Any:
        assert prepares == [], "rien n'est cherché tant que la réponse n'est pas partie"
        crees.append(arguments)
        return reponse_type(*arguments)

    monkeypatch.setattr(appli.comptes.routes_lien, "BackgroundTask", retenir)
    assert _oublier(client_anonyme, ADMIN).status_code == 200
    assert len(crees) == 1
    assert prepares == [ADMIN]


def test_les_demandes_de_lien_se_freinent_et_ne_noient_pas_une_boite(
    navigateur: Callable[[], Client], base: BaseSQL, admin: Acteur
) -> None:
    client = navigateur()
    assert [_oublier(client, ADMIN).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    with base.lecture() as session:
        assert len(lignes(session, select(col(LienUnique.id)))) == 3
    with base.lecture() as session:
        assert len(lignes(session, select(col(CourrielSortant.id)))) == 3


def test_un_lien_de_reinitialisation_vaut_une_heure(
    client_anonyme: Client, base: BaseSQL, admin: Acteur, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    _oublier(client_anonyme, ADMIN)
    poster_le_courrier()
    with base.lecture() as session:
        cree, expire = lignes(session, select(col(LienUnique.cree_le), col(LienUnique.expire_le)))[0]
    assert expire - cree == timedelta(hours=1)
    with base.ecriture() as session:
        session.execute(update(LienUnique).values(expire_le=maintenant() - timedelta(seconds=1)))
    assert choisir(client_anonyme, courrier.code(ADMIN)).status_code == 422


def test_changer_de_mot_de_passe_demande_l_actuel_et_ferme_les_autres_sessions(
    page_admin: Client, connecter: Callable[[Acteur], Client], admin: Acteur
) -> None:
    autre, avant = connecter(admin), page_admin.cookies["trajectoire"]
    bon = {"actuel": MOT_DE_PASSE, "nouveau": NOUVEAU, "encore": NOUVEAU}
    for champ, valeur, dit in (
        ("actuel", "ce n'est pas lui", "pas votre mot de passe actuel"),
        ("nouveau", "court", "il en faut au moins 12"),
        ("nouveau", "admin@quatre-vents", "il se devine"),
        ("encore", "autre chose", "ne sont pas les mêmes"),
    ):
        refus = page_admin.post("/mon-compte/mot-de-passe", data={**bon, champ: valeur})
        assert refus.status_code == 422
        assert dit in refus.text
        assert NOUVEAU not in refus.text
    meme = page_admin.post("/mon-compte/mot-de-passe", data={**bon, "nouveau": MOT_DE_PASSE, "encore": MOT_DE_PASSE})
    assert "déjà votre mot de passe" in meme.text
    assert autre.get("/").status_code == 200
    assert page_admin.post("/mon-compte/mot-de-passe", data=bon).status_code == 303
    assert autre.get("/").status_code == 303
    assert page_admin.get("/mon-compte").status_code == 200
    assert page_admin.cookies["trajectoire"] != avant
    page_admin.cookies.set("trajectoire", avant)
    assert page_admin.get("/").status_code == 303, "l'ancien jeton ne se rejoue pas"


def test_le_mot_de_passe_redemande_se_freine(page_admin: Client) -> None:
    essai = {"actuel": "ce n'est pas lui", "nouveau": NOUVEAU, "encore": NOUVEAU}
    for _ in range(6):
        page_admin.post("/mon-compte/mot-de-passe", data=essai)
    frein = page_admin.post("/mon-compte/mot-de-passe", data={**essai, "actuel": MOT_DE_PASSE})
    assert "Trop d’essais ont échoué" in frein.text
    assert page_admin.get("/mon-compte").status_code == 200


def test_mes_sessions_se_voient_et_se_ferment(
    page_admin: Client, navigateur: Callable[[], Client], base: BaseSQL, autre_acteur: Acteur,
    connecter: Callable[[Acteur], Client],
) -> None:  # fmt: skip
    etranger = connecter(autre_acteur)
    autre = navigateur()
    autre.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    se_connecter(autre, ADMIN)
    page = page_admin.get("/mon-compte").text
    assert "Firefox, Windows" in page
    assert page.count("(celle-ci)") == 1
    with base.lecture() as session:
        requete = select(col(SessionWeb.id), col(SessionWeb.compte_id), col(SessionWeb.appareil))
        lues = [tuple(ligne) for ligne in lignes(session, requete)]
    sienne = next(i for i, _, appareil in lues if appareil == "Firefox, Windows")
    d_un_autre = next(i for i, compte, _ in lues if compte == autre_acteur.compte_id)
    for numero in (d_un_autre, 987_654, "9" * 40, "zzz"):
        assert page_admin.post("/mon-compte/sessions", data={"lesquelles": str(numero)}).status_code == 303
    assert etranger.get("/").status_code == 200
    jeton = autre.cookies["trajectoire"]
    page_admin.post("/mon-compte/sessions", data={"lesquelles": str(sienne)})
    assert autre.get("/").status_code == 303
    autre.cookies.set("trajectoire", jeton)
    assert autre.get("/").status_code == 303, "une session fermée ne se rejoue pas"
    assert page_admin.get("/").status_code == 200


def test_partout_ailleurs_puis_partout(connecter: Callable[[Acteur], Client], admin: Acteur) -> None:
    ici, autres = connecter(admin), [connecter(admin) for _ in range(2)]
    ici.post("/mon-compte/sessions", data={"lesquelles": "autres"})
    assert [c.get("/").status_code for c in (ici, *autres)] == [200, 303, 303]
    sortie = ici.post("/mon-compte/sessions", data={"lesquelles": "toutes"})
    assert sortie.headers["location"] == "/connexion"
    assert sortie.headers["clear-site-data"] == '"storage"'
    assert ici.get("/").status_code == 303


def test_changer_d_etablissement_change_de_jeton(
    connecter: Callable[[Acteur], Client], base: BaseSQL, admin: Acteur
) -> None:
    ailleurs = creer_compte(base, "Université de l'Autre Rive", Role.LECTEUR, "jo@autre-rive.invalid").etablissement_id
    inconnu = creer_compte(base, "Institut sans lien", Role.LECTEUR, "x@sans-lien.invalid").etablissement_id
    with base.ecriture() as session:
        donner_un_mandat(session, admin.compte_id or 0, ailleurs, Mandat(Role.LECTEUR))
    client = connecter(admin)
    assert client.get("/comptes").status_code == 200
    avant = client.cookies["trajectoire"]
    for refuse in (inconnu, 987_654, "", "zzz"):
        assert client.post("/espace", data={"etablissement_id": str(refuse)}).status_code == 404
    assert client.post("/espace", data={"etablissement_id": str(ailleurs)}).headers["location"] == "/"
    assert client.get("/comptes").status_code == 404, "lecteur là-bas"
    page = client.get("/mon-compte").text
    assert re.search(rf'<option value="{ailleurs}" selected>', page)
    client.cookies.set("trajectoire", avant)
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("agent", "dit"),
    [
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 (KHTML) Version/18 Safari/605",
            "Safari, macOS",
        ),
        ("Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) FxiOS/140.0 Safari/605", "Firefox, iPhone"),
        ("curl/8.0", "appareil inconnu"),
        ("<script>" + "x" * 9000, "appareil inconnu"),
        ("", "appareil inconnu"),
    ],
)
def test_l_appareil_se_dit_en_deux_familles(agent: str, dit: str) -> None:
    assert reconnaitre_l_appareil(agent) == dit
