"""Ce qu'un attaquant essaierait sur les comptes, joué sur SQLite et sur PostgreSQL (rôle ordinaire)."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.comptes.mots_de_passe import LONGUEUR_LUE, LONGUEUR_MAXIMALE, normaliser, reprocher
from appli.modeles import Compte, MandatTenu
from appli.securite import condenser, verifier
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, Role
from charte.commun.base import lignes, maintenant
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from tests.appli.comptes.conftest import ADRESSE, Boite, boite, choisir, courrier, inviter
from tests.conftest import MOT_DE_PASSE, Client, creer_compte, jeton_de, se_connecter
from tests.grilles.conftest import creer_collegue
from tests.reserve import ouvrir_un_client

__all__ = ["boite", "courrier"]
A, Z = "admin@a.invalid", "admin@z.invalid"
LECTEUR_DE_Z, INCONNU = "lecteur.de.z@quatre-vents.invalid", "inconnu.de.tous@quatre-vents.invalid"
NEUF = "sept bougies vertes au port"


@dataclass(frozen=True)
class Scene:
    """Deux établissements sur une même base, un administrateur dans chacun, un lecteur chez Z."""

    base: BaseSQL
    reglages: Reglages
    a: Acteur
    z: Acteur
    lecteur: Acteur
    ouvrir: Callable[[Reglages | None], Client]

    def entrer(self, courriel: str, mot_de_passe: str = MOT_DE_PASSE, reglages: Reglages | None = None) -> Client:
        """Un navigateur connecté."""
        client = self.ouvrir(reglages)
        assert se_connecter(client, courriel, mot_de_passe).status_code == 303
        return client

    def lire(self, requete: Any) -> list[tuple[Any, ...]]:
        """Ce que dit la base, tous établissements."""
        with hors_cloison(), self.base.lecture() as session:
            return [tuple(ligne) for ligne in lignes(session, requete)]

    def poster(self) -> int:
        """Envoie le courrier qui attend."""
        return executer_en_attente(self.base, self.reglages)


@pytest.fixture(params=["base", pytest.param("base_ordinaire", marks=pytest.mark.postgresql)])
def scene(request: pytest.FixtureRequest, reglages: Reglages, boite: tuple[Boite, int]) -> Iterator[Scene]:
    """La scène, sur SQLite puis sur un PostgreSQL dont le rôle n'a aucun privilège."""
    base: BaseSQL = request.getfixturevalue(request.param)
    serveur = ServeurDeCourrier("127.0.0.1", boite[1], "qualite@quatre-vents.invalid")
    regles = replace(reglages, courrier=serveur, adresse_publique=ADRESSE)
    with hors_cloison():
        a = creer_compte(base, "Université A", Role.ADMINISTRATEUR, A, "0352756F")
        z = creer_compte(base, "Université Z", Role.ADMINISTRATEUR, Z, "0442953W")
        lecteur = creer_collegue(base, z, Role.LECTEUR, "lecteur de z")
    with ExitStack() as pile:

        def ouvrir(autres: Reglages | None = None) -> Client:
            return ouvrir_un_client(pile, autres or regles, base)

        yield Scene(base, regles, a, z, lecteur, ouvrir)


def se_presenter(client: Client, courriel: str, mot_de_passe: str) -> Any:
    """Envoie la page de connexion telle quelle, sans rien exiger de la réponse."""
    jeton = jeton_de(client.get("/connexion").text)
    return client.post("/connexion", data={"_csrf": jeton, "courriel": courriel, "mot_de_passe": mot_de_passe})


def ensemble(*gestes: Callable[[], int]) -> list[int]:
    """Joue ces gestes au même instant, chacun dans son fil ; rend leurs statuts."""
    statuts, depart = [0] * len(gestes), threading.Barrier(len(gestes))

    def jouer(rang: int) -> None:
        depart.wait()
        statuts[rang] = gestes[rang]()

    fils = [threading.Thread(target=jouer, args=(rang,)) for rang in range(len(gestes))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return statuts


def test_un_mot_de_passe_demesure_n_arrete_pas_le_serveur() -> None:
    """Normaliser un mégaoctet de signes diacritiques prendrait des minutes, verrou global tenu."""
    condense, demesure = condenser(NEUF), "a" + "\u0315" * 250_000 + "\u0300" * 250_000
    depart = time.process_time()
    assert not verifier(demesure, condense)
    assert reprocher(demesure) == f"Ce mot de passe fait 500001 caractères ; {LONGUEUR_MAXIMALE} suffisent."
    assert time.process_time() - depart < 2


def test_la_borne_ne_tronque_aucun_mot_de_passe_admis() -> None:
    """Aucun caractère ne se compose de plus de quatre autres : ce qui dépasse la borne reste trop long une fois lu."""
    for decompose in ("e\u0301", "\u01d6", "\u1112\u1161\u11ab", "\u03b1\u0313\u0342\u0345"):
        assert len(normaliser(decompose * LONGUEUR_LUE)) > LONGUEUR_MAXIMALE


@pytest.mark.parametrize(
    "courriel", ["\0", "a\0b@a.invalid", f"{A}\0", "\ufffd", "é" * 400, "a@b.invalid\r\nBcc: v@v.invalid"]
)
def test_un_courriel_impossible_est_un_compte_inconnu(scene: Scene, courriel: str) -> None:
    client = scene.ouvrir(None)
    assert se_presenter(client, courriel, MOT_DE_PASSE).status_code == 422
    jeton = jeton_de(client.get("/mot-de-passe-oublie").text)
    # Ce qui n'a pas la forme d'un courriel se dit ; le reste se répond comme pour un compte qui existe.
    attendu = 200 if "@" in courriel else 422
    assert client.post("/mot-de-passe-oublie", data={"_csrf": jeton, "courriel": courriel}).status_code == attendu


def test_un_lien_d_invitation_suivi_par_trois_personnes_au_meme_instant_n_en_sert_qu_une(
    scene: Scene,
    courrier: Boite,
) -> None:
    assert inviter(scene.entrer(A), INCONNU).status_code == 303
    scene.poster()
    code = courrier.code(INCONNU)

    def preparer(mot_de_passe: str) -> Callable[[], int]:
        client = scene.ouvrir(None)
        saisies = {"_csrf": jeton_de(client.get("/lien").text), "jeton": code, "nouveau": mot_de_passe}
        return lambda: client.post("/lien/mot-de-passe", data={**saisies, "encore": mot_de_passe}).status_code

    choix = (NEUF, "neuf chats roses au grenier", "dix chiens gris au jardin")
    assert sorted(ensemble(*(preparer(choisi) for choisi in choix))) == [303, 422, 422]
    entres = [se_presenter(scene.ouvrir(None), INCONNU, choisi).status_code for choisi in choix]
    assert sorted(entres) == [303, 422, 422]


def test_sans_courrier_nul_ne_prend_d_avance_le_compte_qu_un_autre_etablissement_invitera(scene: Scene) -> None:
    """Qui inviterait le premier choisirait le mot de passe, et entrerait chez l'autre par le mandat qu'il donne."""
    sans = replace(scene.reglages, courrier=None)
    pour_a = scene.entrer(A, reglages=sans)
    for qui in ("future@z.invalid", LECTEUR_DE_Z):
        page = inviter(pour_a, qui)
        assert page.status_code == 422
        assert "prouve pas le courriel" in page.text
    assert not scene.lire(select(col(Compte.id)).where(col(Compte.courriel) == "future@z.invalid"))
    inviter(scene.entrer(A), INCONNU)
    ((compte_id,),) = scene.lire(select(col(Compte.id)).where(col(Compte.courriel) == INCONNU))
    renvoi = pour_a.post(f"/comptes/{compte_id}/invitation")
    assert renvoi.status_code == 422
    assert "code-a-remettre" not in renvoi.text


def test_rien_ne_dit_a_qui_invite_que_la_personne_a_deja_un_compte_ailleurs(scene: Scene) -> None:
    servi = {"totp_depuis": maintenant(), "derniere_connexion": maintenant()}
    with hors_cloison(), scene.base.ecriture() as session:
        session.execute(update(Compte).where(col(Compte.courriel) == LECTEUR_DE_Z).values(**servi))
    client = scene.entrer(A)
    vues = [_ce_que_voit_qui_invite(scene, client, qui) for qui in (INCONNU, LECTEUR_DE_Z)]
    assert vues[0] == vues[1]
    assert (
        len(set(re.findall(r"Invitation ou rôle donné|Invitation\b|Rôle donné", client.get("/boite-d-envoi").text)))
        == 1
    )


def _ce_que_voit_qui_invite(scene: Scene, client: Client, qui: str) -> list[tuple[int, str]]:
    """L'invitation, la fiche, la liste, le renvoi, le retrait du second facteur et des sessions, numéros ôtés."""
    reponses = [inviter(client, qui)]
    ((compte_id,),) = scene.lire(select(col(Compte.id)).where(col(Compte.courriel) == qui))
    reponses.append(client.get(f"/comptes/{compte_id}"))
    gestes = ("invitation", "second-facteur/retrait", "sessions")
    reponses += [client.post(f"/comptes/{compte_id}/{geste}") for geste in gestes]
    sans_numeros = (
        (r.status_code, re.sub(r'\d+|value="\w+"', "", (r.headers.get("location", "") + r.text).replace(qui, "")))
        for r in reponses
    )
    return list(sans_numeros)


def test_inviter_quelqu_un_ne_ferme_pas_ses_sessions_ailleurs(scene: Scene) -> None:
    chez_z, pour_a = scene.entrer(LECTEUR_DE_Z), scene.entrer(A)
    inviter(pour_a, LECTEUR_DE_Z)
    for geste in ("sessions", "desactivation"):
        pour_a.post(f"/comptes/{scene.lecteur.compte_id}/{geste}")
        assert chez_z.get("/mon-compte").status_code == 200, geste


def test_un_role_retire_ferme_les_sessions_qui_agissent_ici(scene: Scene) -> None:
    pour_a, venu = scene.entrer(A), scene.entrer(LECTEUR_DE_Z)
    inviter(pour_a, LECTEUR_DE_Z)
    assert venu.post("/espace", data={"etablissement_id": str(scene.a.etablissement_id)}).status_code == 303
    assert pour_a.post(f"/comptes/{scene.lecteur.compte_id}/desactivation").status_code == 303
    assert venu.get("/mon-compte").status_code == 303


def test_deux_administrateurs_qui_se_retirent_l_un_l_autre_en_laissent_un(scene: Scene) -> None:
    tenus = (
        col(MandatTenu.etablissement_id) == scene.a.etablissement_id,
        col(MandatTenu.role) == Role.ADMINISTRATEUR.value,
        col(MandatTenu.retire_le).is_(None),
    )
    for tour in range(6):
        with hors_cloison():
            creer_collegue(scene.base, scene.a, Role.ADMINISTRATEUR, f"admin bis {tour}")
        un, autre = scene.lire(
            select(col(MandatTenu.id), col(MandatTenu.compte_id), col(Compte.courriel))
            .join(Compte, col(Compte.id) == col(MandatTenu.compte_id))
            .where(*tenus)
        )
        gestes = []
        for moi, lui in ((un, autre), (autre, un)):
            client = scene.entrer(moi[2])
            gestes.append(lambda c=client, m=lui: c.post(f"/comptes/{m[1]}/mandats/{m[0]}/retrait").status_code)
        assert 500 not in ensemble(*gestes)
        assert scene.lire(select(func.count()).select_from(MandatTenu).where(*tenus)) == [(1,)]


def test_un_administrateur_n_atteint_ni_le_compte_ni_la_session_d_un_autre_etablissement(scene: Scene) -> None:
    pour_a, chez_z = scene.entrer(A), scene.entrer(LECTEUR_DE_Z)
    qui = scene.lecteur.compte_id
    ((mandat,),) = scene.lire(select(col(MandatTenu.id)).where(col(MandatTenu.compte_id) == qui))
    saisies = {"role": "administrateur", "portee": "etablissement", "etablissement_id": str(scene.z.etablissement_id)}
    for geste in ("mandats", "desactivation", "reactivation", "invitation", "sessions", "second-facteur/retrait"):
        assert pour_a.post(f"/comptes/{qui}/{geste}", data=saisies).status_code == 404
    assert pour_a.post(f"/comptes/{scene.a.compte_id}/mandats/{mandat}/retrait").status_code == 404
    assert pour_a.post("/espace", data={"etablissement_id": str(scene.z.etablissement_id)}).status_code == 404
    assert chez_z.get("/mon-compte").status_code == 200


def test_le_lien_demande_mene_au_site_regle_quoi_que_dise_l_hote(scene: Scene, courrier: Boite) -> None:
    client = scene.ouvrir(None)
    saisies = {"_csrf": jeton_de(client.get("/mot-de-passe-oublie").text), "courriel": LECTEUR_DE_Z}
    faux = {"Host": "mechant.invalid", "X-Forwarded-Host": "mechant.invalid"}
    assert client.post("/mot-de-passe-oublie", data=saisies, headers=faux).status_code == 200
    echeance = time.monotonic() + 10
    while not scene.poster() and time.monotonic() < echeance:
        time.sleep(0.02)
    code = courrier.code(LECTEUR_DE_Z)
    assert "mechant" not in courrier.dernier(LECTEUR_DE_Z)
    assert choisir(scene.ouvrir(None), code).status_code == 303
    assert choisir(scene.ouvrir(None), code).status_code == 422
    assert scene.entrer(LECTEUR_DE_Z, "sept bougies vertes au port").get("/").status_code == 200


def mettre_en_service(client: Client) -> tuple[str, list[str]]:
    """Met un second facteur en service ; rend le code qui l'a prouvé et les codes de secours."""
    ici = "/mon-compte/second-facteur"
    assert client.post(f"{ici}/preparation", data={"mot_de_passe": MOT_DE_PASSE}).status_code == 303
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", client.get(ici).text)
    assert secret
    code = pyotp.TOTP(secret[0].replace(" ", "")).now()
    page = client.post(f"{ici}/mise-en-service", data={"code": code})
    assert page.status_code == 200
    return code, re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.text)


def attendre_le_code(scene: Scene, courriel: str) -> tuple[Client, str]:
    """Un navigateur qui a donné le mot de passe et doit donner le code ; rend aussi le jeton du formulaire."""
    client = scene.ouvrir(None)
    assert se_presenter(client, courriel, MOT_DE_PASSE).headers["location"] == "/connexion/code"
    return client, jeton_de(client.get("/connexion/code").text)


def test_un_second_facteur_ne_se_rejoue_ne_se_contourne_ni_ne_se_double(scene: Scene) -> None:
    code, secours = mettre_en_service(scene.entrer(Z))
    client, jeton = attendre_le_code(scene, Z)
    assert client.post("/connexion/code", data={"_csrf": jeton, "code": code}).status_code == 422
    voleur = scene.ouvrir(None)
    voleur.cookies.set("trajectoire", client.cookies["trajectoire-attente"])
    for adresse in ("/", "/mon-compte", "/comptes", "/mon-compte/second-facteur"):
        assert voleur.get(adresse).status_code == 303, adresse
    prets = [attendre_le_code(scene, Z) for _ in range(3)]
    essais = [
        lambda c=c, j=j: c.post("/connexion/code", data={"_csrf": j, "code": secours[0]}).status_code for c, j in prets
    ]
    # Le frein peut répondre avant que le code ne soit regardé ; un seul entre, dans tous les cas.
    entre, *refuses = sorted(ensemble(*essais))
    assert entre == 303
    assert set(refuses) <= {422, 429}


def test_une_session_qui_attend_son_code_meurt_avec_le_dernier_role(scene: Scene) -> None:
    _, secours = mettre_en_service(scene.entrer(LECTEUR_DE_Z))
    client, jeton = attendre_le_code(scene, LECTEUR_DE_Z)
    pour_z = scene.entrer(Z)
    assert pour_z.post(f"/comptes/{scene.lecteur.compte_id}/desactivation").status_code == 303
    reponse = client.post("/connexion/code", data={"_csrf": jeton, "code": secours[0]})
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion")
    assert client.get("/mon-compte").status_code == 303


def test_les_essais_d_un_code_se_comptent_par_compte_et_non_par_session(scene: Scene) -> None:
    """Redonner le mot de passe ouvre une autre attente, pas dix essais de plus."""
    mettre_en_service(scene.entrer(Z))
    statuts = []
    for _ in range(7):
        client, jeton = attendre_le_code(scene, Z)
        saisies = {"_csrf": jeton, "code": "000000"}
        statuts += [client.post("/connexion/code", data=saisies).status_code for _ in range(2)]
    assert statuts[:5] == [422] * 5
    assert set(statuts[5:]) == {429}
