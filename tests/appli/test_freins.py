"""Les freins à la connexion : qui attend, combien de temps, et qui n'attend jamais à cause d'un autre."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

import appli.routes_connexion
from appli.base import BaseSQL
from appli.freins import (
    FREIN_DU_COMPTE,
    FREIN_DU_COUPLE,
    Essai,
    EssaiFreine,
    Frein,
    exiger_un_essai,
    oublier_l_essai,
    purger_les_tentatives,
    reconnaitre_l_essai,
)
from appli.modeles import TentativeConnexion
from appli.securite import verifier
from appli.travaux import Ouvriers
from charte.acteur import Acteur
from charte.commun.base import lignes, maintenant
from charte.commun.reglages import Reglages
from tests.conftest import CLE, Client, se_connecter

MIDI = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HEURE, JOUR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COURRIEL, INCONNU = "referent@quatre-vents.invalid", "personne@quatre-vents.invalid"
ICI, LA_BAS = "192.0.2.1", "198.51.100.7"
ESSAI = reconnaitre_l_essai(CLE, COURRIEL, ICI)


@pytest.fixture(params=["base", pytest.param("base_postgresql", marks=pytest.mark.postgresql)])
def stockage(request: pytest.FixtureRequest) -> BaseSQL:
    """La même épreuve sur SQLite et sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue(request.param)
    return base


def echouer(base: BaseSQL, essai: Essai, instant: datetime) -> datetime | None:
    """Un essai au mauvais mot de passe : None s'il a été permis, sinon l'instant où réessayer."""
    try:
        with base.ecriture() as session:
            exiger_un_essai(session, essai, instant)
    except EssaiFreine as frein:
        return frein.reessayer_le
    return None


def reussir(base: BaseSQL, essai: Essai, instant: datetime) -> None:
    assert echouer(base, essai, instant) is None
    with base.ecriture() as session:
        oublier_l_essai(session, essai)


def essais_permis(freins: list[Frein], duree: timedelta) -> int:
    """Combien d'essais passe en `duree` qui recommence dès que ces freins le laissent faire."""
    ecoule, permis = timedelta(0), 0
    while ecoule < duree:
        permis += 1
        ecoule += max(frein.attente(permis) for frein in freins)
    return permis


@pytest.mark.parametrize(
    ("echecs", "attente"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (10, 32), (11, 60), (12, 60), (10_000, 60)],
)
def test_l_attente_double_puis_plafonne(echecs: int, attente: int) -> None:
    assert FREIN_DU_COUPLE.attente(echecs) == attente * MINUTE


def test_moins_de_cent_echecs_par_heure_sur_un_compte_meme_depuis_mille_adresses() -> None:
    assert FREIN_DU_COMPTE.libres < essais_permis([FREIN_DU_COMPTE], HEURE) < 100


def test_une_adresse_seule_ne_ferme_pas_un_compte_en_un_jour() -> None:
    assert FREIN_DU_COUPLE.libres < essais_permis([FREIN_DU_COUPLE], JOUR) < FREIN_DU_COMPTE.libres


def test_apres_cinq_echecs_il_faut_attendre_de_plus_en_plus(stockage: BaseSQL) -> None:
    instant = MIDI
    assert [echouer(stockage, ESSAI, instant) for _ in range(5)] == [None] * 5
    for attente in (1, 2, 4, 8, 16, 32, 60, 60):
        retour = instant + attente * MINUTE
        assert echouer(stockage, ESSAI, retour - timedelta(seconds=1)) == retour
        instant = retour
        assert echouer(stockage, ESSAI, instant) is None


def test_un_essai_refuse_n_allonge_pas_l_attente(stockage: BaseSQL) -> None:
    for _ in range(5):
        echouer(stockage, ESSAI, MIDI)
    assert {echouer(stockage, ESSAI, MIDI + timedelta(seconds=s)) for s in range(50)} == {MIDI + MINUTE}


def test_un_succes_remet_le_couple_a_zero(stockage: BaseSQL) -> None:
    for _ in range(4):
        echouer(stockage, ESSAI, MIDI)
    reussir(stockage, ESSAI, MIDI)
    assert [echouer(stockage, ESSAI, MIDI) for _ in range(6)] == [None] * 5 + [MIDI + MINUTE]


def test_ni_l_autre_adresse_ni_l_autre_compte_n_attendent(stockage: BaseSQL) -> None:
    for _ in range(6):
        echouer(stockage, ESSAI, MIDI)
    assert echouer(stockage, ESSAI, MIDI) is not None
    reussir(stockage, reconnaitre_l_essai(CLE, COURRIEL, LA_BAS), MIDI)
    reussir(stockage, reconnaitre_l_essai(CLE, "collegue@quatre-vents.invalid", ICI), MIDI)
    assert echouer(stockage, ESSAI, MIDI) == MIDI + MINUTE, "le succès d'ailleurs ne lève pas ce frein"


def test_une_attaque_repartie_est_ralentie_sans_tenir_le_titulaire_dehors(stockage: BaseSQL) -> None:
    essais = [reconnaitre_l_essai(CLE, COURRIEL, f"203.0.113.{n}") for n in range(FREIN_DU_COMPTE.libres + 1)]
    assert [echouer(stockage, essai, MIDI) for essai in essais[:-1]] == [None] * FREIN_DU_COMPTE.libres
    assert echouer(stockage, essais[-1], MIDI) == MIDI + timedelta(seconds=5)
    reussir(stockage, ESSAI, MIDI + timedelta(seconds=5))
    assert echouer(stockage, essais[-1], MIDI + timedelta(seconds=6)) is None, "le succès du titulaire rend son échec"
    assert echouer(stockage, essais[-1], MIDI + timedelta(seconds=7)) is not None, "et rien de plus"


def test_un_compteur_oublie_repart_de_zero_puis_disparait(stockage: BaseSQL) -> None:
    for _ in range(5):
        echouer(stockage, ESSAI, MIDI)
    with stockage.ecriture() as session:
        assert purger_les_tentatives(session, MIDI + JOUR) == 0
    lendemain = MIDI + JOUR + MINUTE
    assert [echouer(stockage, ESSAI, lendemain) for _ in range(6)][:5] == [None] * 5
    with stockage.ecriture() as session:
        assert purger_les_tentatives(session, lendemain + JOUR + MINUTE) == 2
        assert lignes(session, select(col(TentativeConnexion.empreinte))) == []


def test_des_essais_simultanes_sont_tous_comptes(stockage: BaseSQL) -> None:
    with ThreadPoolExecutor(20) as fils:
        retours = list(fils.map(lambda _: echouer(stockage, ESSAI, MIDI), range(40)))
    assert retours.count(None) == FREIN_DU_COUPLE.libres
    assert set(retours) == {None, MIDI + MINUTE}


def test_echecs_et_succes_croises_ne_se_bloquent_pas(stockage: BaseSQL) -> None:
    essais = [reconnaitre_l_essai(CLE, COURRIEL, f"203.0.113.{n}") for n in range(10)]

    def entrer(rang: int) -> None:
        reussir(stockage, essais[rang % 10], MIDI)

    with ThreadPoolExecutor(20) as fils:
        list(fils.map(entrer, range(30)))
    with stockage.lecture() as session:
        restes = lignes(session, select(col(TentativeConnexion.empreinte), col(TentativeConnexion.echecs)))
    assert [tuple(reste) for reste in restes] == [(ESSAI.compte, 0)]


def test_la_base_ne_garde_ni_courriel_ni_adresse(base: BaseSQL) -> None:
    echouer(base, ESSAI, MIDI)
    with base.lecture() as session:
        gardees = [e for (e,) in lignes(session, select(col(TentativeConnexion.empreinte)))]
    assert sorted(gardees) == sorted([ESSAI.couple, ESSAI.compte])
    assert all(len(e) == 64 and not set(e) - set("0123456789abcdef") for e in gardees)
    assert reconnaitre_l_essai(bytes(32), COURRIEL, ICI) != ESSAI, "sans la clé, une empreinte ne se refait pas"


@pytest.mark.parametrize(
    ("une", "autre", "pareilles"),
    [
        (ICI, ICI, True),
        (ICI, LA_BAS, False),
        (ICI, f"::ffff:{ICI}", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("prise-unix", "prise-unix", True),
        ("", ICI, False),
    ],
)
def test_une_adresse_ipv6_compte_pour_son_reseau(une: str, autre: str, pareilles: bool) -> None:
    essais = [reconnaitre_l_essai(CLE, COURRIEL, adresse).couple for adresse in (une, autre)]
    assert (essais[0] == essais[1]) is pareilles


def test_la_casse_et_les_espaces_du_courriel_ne_donnent_pas_d_essais_de_plus() -> None:
    assert reconnaitre_l_essai(CLE, f"  {COURRIEL.upper()} ", ICI) == ESSAI


@pytest.fixture
def horloge(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """`horloge(duree)` : avance l'heure de la page de connexion."""
    debut = [MIDI]
    monkeypatch.setattr(appli.routes_connexion, "maintenant", lambda: debut[0])

    def avancer(duree: timedelta) -> None:
        debut[0] += duree

    return avancer


@pytest.mark.parametrize("courriel", [COURRIEL, INCONNU])
def test_la_page_dit_quand_reessayer_que_le_compte_existe_ou_non(
    *,
    client_anonyme: Client,
    acteur: Acteur,
    horloge: Callable[[timedelta], None],
    courriel: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verifies: list[Any] = []

    def compter(*arguments: Any) -> bool:
        verifies.append(arguments)
        return verifier(*arguments)

    monkeypatch.setattr("appli.sessions.verifier", compter)
    refus = [se_connecter(client_anonyme, courriel, "faux") for _ in range(5)]
    assert [r.status_code for r in refus] == [422] * 5
    assert len(verifies) == 5
    client_anonyme.headers["X-Forwarded-For"] = LA_BAS
    freine = se_connecter(client_anonyme, courriel)
    assert (freine.status_code, freine.headers["retry-after"]) == (429, "60")
    attendu = "Trop d’essais ont échoué pour ce courriel. Réessayez dans 1 minute, après 13:01 (heure de Paris)."
    assert attendu in freine.text.replace("\u00a0", " ")
    assert len(verifies) == 5, "freiné, le mot de passe n'est pas regardé : ni sa justesse ni sa durée ne se devinent"
    horloge(MINUTE)
    assert se_connecter(client_anonyme, courriel).status_code == (303 if courriel == COURRIEL else 422)


def test_un_voisin_entre_pendant_qu_un_autre_attend(
    *,
    client_anonyme: Client,
    navigateur: Callable[[], Client],
    acteur: Acteur,
    horloge: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        se_connecter(client_anonyme, COURRIEL, "faux")
    assert se_connecter(client_anonyme, COURRIEL).status_code == 429
    monkeypatch.setattr(appli.routes_connexion, "adresse_de", lambda _: LA_BAS)
    assert se_connecter(navigateur(), COURRIEL).status_code == 303


def test_le_menage_du_jour_efface_les_compteurs_oublies(base: BaseSQL, reglages: Reglages) -> None:
    echouer(base, ESSAI, maintenant() - 2 * JOUR)
    echouer(base, reconnaitre_l_essai(CLE, INCONNU, ICI), maintenant())
    Ouvriers(base, reglages, {})._faire_le_menage()
    with base.lecture() as session:
        gardees = {e for (e,) in lignes(session, select(col(TentativeConnexion.empreinte)))}
    assert len(gardees) == 2
    assert ESSAI.couple not in gardees
