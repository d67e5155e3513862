"""Inviter, choisir son mot de passe, donner et retirer des rôles : chacun chez soi, tout au journal, sans nom."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update
from sqlmodel import col

from appli.application import creer_application
from appli.base import BaseSQL
from appli.modeles import Compte, LienUnique
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from tests.appli.comptes.conftest import ADMIN, NOUVEAU, Boite, choisir, inviter
from tests.conftest import Client, creer_compte, jeton_de, se_connecter
from tests.grilles.conftest import creer_collegue, creer_formation

LOU = "lou.bo@quatre-vents.invalid"


def _id(base: BaseSQL, courriel: str) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(col(Compte.id)).where(col(Compte.courriel) == courriel))[0][0])


def _actes(base: BaseSQL, compte_id: int) -> list[str]:
    with base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).where(col(EntreeJournal.objet) == f"compte:{compte_id}")
        return [acte for (acte,) in lignes(session, requete.order_by(col(EntreeJournal.id)))]


def test_de_l_invitation_a_la_premiere_page(
    page_admin: Client, client_anonyme: Client, base: BaseSQL, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    reponse = inviter(page_admin, f"  {LOU.upper()} ", Role.REFERENT_QUALITE)
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/comptes?fait=invitation")
    assert poster_le_courrier() == 1
    assert "Université des Quatre-Vents vous ouvre un compte dans Trajectoire : référent qualité" in courrier.dernier(
        LOU
    )
    assert courrier.recus[0]["From"] == "qualite@quatre-vents.invalid"
    assert "invité, pas encore venu" in page_admin.get("/comptes").text
    assert choisir(client_anonyme, courrier.code(LOU)).headers["location"] == "/connexion?fait=mot_de_passe"
    assert "Votre mot de passe est enregistré" in client_anonyme.get("/connexion?fait=mot_de_passe").text
    assert se_connecter(client_anonyme, LOU, NOUVEAU).status_code == 303
    assert client_anonyme.get("/").status_code == 200
    liste = page_admin.get("/comptes").text
    assert "Lou Bo" in liste
    assert "invité" not in liste
    assert _actes(base, _id(base, LOU)) == ["compte invité", "mot de passe choisi", "connexion"]


def test_un_lien_ne_sert_qu_une_fois_et_pas_longtemps(
    page_admin: Client,
    navigateur: Callable[[], Client],
    base: BaseSQL,
    courrier: Boite,
    poster_le_courrier: Callable[[], int],
) -> None:
    inviter(page_admin, LOU)
    poster_le_courrier()
    premier, client = courrier.code(LOU), navigateur()
    page_admin.post(f"/comptes/{_id(base, LOU)}/invitation")
    poster_le_courrier()
    second = courrier.code(LOU)
    assert choisir(client, premier).status_code == 422, "le renvoi annule le premier lien"
    with base.ecriture() as session:
        session.execute(update(LienUnique).values(expire_le=maintenant() - timedelta(seconds=1)))
    assert choisir(client, second).status_code == 422, "sept jours ont passé"
    with base.ecriture() as session:
        session.execute(update(LienUnique).values(expire_le=maintenant() + timedelta(hours=1)))
    assert choisir(client, second, "motdepasse2024").status_code == 422, "un mot de passe refusé n'emploie pas le lien"
    assert choisir(client, second, encore="autre chose").status_code == 422
    assert choisir(client, second).status_code == 303
    assert "il a déjà servi" in choisir(client, second, "encore une autre phrase").text
    assert choisir(client, "jeton-invente-de-toutes-pieces").status_code == 422


def test_lire_le_lien_ne_l_emploie_pas_et_le_secret_n_est_dans_aucune_adresse(
    page_admin: Client, client_anonyme: Client, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    inviter(page_admin, LOU)
    poster_le_courrier()
    code = courrier.code(LOU)
    for _ in range(3):
        saisies = {"_csrf": jeton_de(client_anonyme.get("/lien").text), "jeton": f" {code} "}
        page = client_anonyme.post("/lien", data=saisies)
        assert page.status_code == 200
        assert LOU in page.text
    assert choisir(client_anonyme, code).status_code == 303


def test_qui_a_deja_un_compte_ailleurs_recoit_un_mandat_et_rien_ne_le_dit(
    page_admin: Client,
    navigateur: Callable[[], Client],
    base: BaseSQL,
    reglages: Reglages,
    courrier: Boite,
    poster_le_courrier: Callable[[], int],
) -> None:
    ailleurs = creer_compte(base, "Université de l'Autre Rive", Role.LECTEUR, "jo@autre-rive.invalid")
    with base.ecriture() as session:
        avant = maintenant() - timedelta(days=2)
        session.execute(update(Compte).where(col(Compte.id) == ailleurs.compte_id).values(derniere_connexion=avant))
    neuve = inviter(page_admin, LOU)
    connue = inviter(page_admin, "jo@autre-rive.invalid")
    assert (neuve.status_code, neuve.headers["location"]) == (connue.status_code, connue.headers["location"])
    liste = page_admin.get("/comptes").text
    fiches = [page_admin.get(f"/comptes/{_id(base, qui)}").text for qui in (LOU, "jo@autre-rive.invalid")]
    pareilles = [f.replace(LOU, "QUI").replace("jo@autre-rive.invalid", "QUI") for f in fiches]
    neutres = [re.sub(r"/comptes/\d+|/mandats/\d+", "N", f) for f in pareilles]
    assert neutres[0] == neutres[1]
    assert "Autre Rive" not in liste
    assert "Compte lecteur" not in liste
    poster_le_courrier()
    annonce = courrier.dernier("jo@autre-rive.invalid")
    assert "vous a donné un rôle : lecteur, pour tout l’établissement" in annonce
    assert "/lien" not in annonce
    with base.lecture() as session:
        assert session.get_one(Compte, ailleurs.compte_id).nom == "Compte lecteur"
    client = navigateur()
    se_connecter(client, "jo@autre-rive.invalid")
    assert 'name="etablissement_id"' in client.get("/").text


def test_sans_courrier_le_lien_se_remet_en_main_propre(base: BaseSQL, reglages: Reglages, admin: Acteur) -> None:
    with TestClient(creer_application(replace(reglages, courrier=None), base, ouvriers=False)) as client:
        client.follow_redirects = False
        se_connecter(client, ADMIN)
        page = inviter(client, LOU)
        assert page.status_code == 200
        code = page.text.split('code-a-remettre">')[1].split("<")[0]
        client.post("/deconnexion")
        del client.headers["X-CSRF-Token"]
        assert choisir(client, code).status_code == 303
        assert "elle ne peut pas vous écrire" in client.get("/mot-de-passe-oublie").text


@pytest.mark.parametrize(
    ("champ", "valeur", "dit"),
    [
        ("courriel", "pas un courriel", "ne se lit pas"),
        ("courriel", "a@b.fr\r\nBcc: x@y.fr", "ne se lit pas"),
        ("nom", "", "Donnez le nom"),
        ("role", "roi", "Choisissez un rôle"),
        ("portee", "cfa-987654", "Choisissez dans la liste"),
        ("portee", "zzz", "Choisissez dans la liste"),
    ],
)
def test_une_invitation_mal_remplie_dit_ou(page_admin: Client, champ: str, valeur: str, dit: str) -> None:
    saisies = {"courriel": LOU, "nom": "Lou Bo", "role": "lecteur", "portee": "etablissement", champ: valeur}
    page = page_admin.post("/comptes/invitation", data=saisies)
    assert page.status_code == 422
    assert dit in page.text
    assert f'href="#{champ}"' in page.text


def test_les_portees_sont_celles_d_ici_et_se_disent(
    page_admin: Client, base: BaseSQL, admin: Acteur, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    formation = creer_formation(base, admin)
    ailleurs = creer_formation(
        base, creer_compte(base, "Autre Rive", Role.LECTEUR, "x@autre-rive.invalid"), "RNCP1-0352757G"
    )
    assert inviter(page_admin, LOU, Role.ADMINISTRATEUR, f"formation-{formation}-cfa").status_code == 422
    assert inviter(page_admin, LOU, Role.RESPONSABLE_FORMATION, f"formation-{ailleurs}-cfa").status_code == 422
    assert inviter(page_admin, LOU, Role.RESPONSABLE_FORMATION, f"formation-{formation}-cfa").status_code == 303
    poster_le_courrier()
    assert "responsable de formation, pour la formation" in courrier.dernier(LOU)
    assert "au nom du CFA" in courrier.dernier(LOU)
    assert inviter(page_admin, LOU, Role.RESPONSABLE_FORMATION, f"formation-{formation}-cfa").status_code == 422


def test_un_role_qui_change_ferme_les_sessions_et_se_dit(
    page_admin: Client,
    connecter: Callable[[Acteur], Client],
    base: BaseSQL,
    admin: Acteur,
    courrier: Boite,
    poster_le_courrier: Callable[[], int],
) -> None:
    collegue = creer_collegue(base, admin, Role.LECTEUR, "Ana Bel")
    client, fiche = connecter(collegue), f"/comptes/{collegue.compte_id}"
    donnes = {"role": "referent_qualite", "portee": "etablissement"}
    assert page_admin.post(f"{fiche}/mandats", data=donnes).headers["location"] == f"{fiche}?fait=mandat"
    assert client.get("/").status_code == 303
    assert page_admin.post(f"{fiche}/mandats", data=donnes).status_code == 422
    client = connecter(collegue)
    assert client.get("/journal").status_code == 200
    mandat = re.search(rf"{fiche}/mandats/(\d+)/retrait", page_admin.get(fiche).text)
    assert mandat
    assert page_admin.post(f"{fiche}/mandats/{mandat[1]}/retrait").status_code == 303
    assert page_admin.post(f"{fiche}/mandats/{mandat[1]}/retrait").status_code == 404
    assert client.get("/").status_code == 303
    poster_le_courrier()
    assert "vous a retiré ce rôle" in courrier.dernier("ana.bel@quatre-vents.invalid")
    assert [a for a in _actes(base, collegue.compte_id or 0) if a != "connexion"] == ["mandat donné", "mandat retiré"]


def test_desactiver_ferme_la_porte_et_reactiver_rend_les_memes_roles(
    page_admin: Client, connecter: Callable[[Acteur], Client], base: BaseSQL, admin: Acteur
) -> None:
    mandats = (Mandat(Role.LECTEUR), Mandat(Role.REFERENT_QUALITE))
    collegue = creer_collegue(base, admin, Role.REFERENT_QUALITE, "Ana Bel", mandats)
    client, fiche = connecter(collegue), f"/comptes/{collegue.compte_id}"
    assert page_admin.post(f"{fiche}/desactivation").status_code == 303
    assert client.get("/").status_code == 303
    assert se_connecter(client, "ana.bel@quatre-vents.invalid").status_code == 422
    assert "n’a plus de rôle ici" in page_admin.get(fiche).text
    assert page_admin.post(f"{fiche}/reactivation").status_code == 303
    page = page_admin.get(fiche).text
    assert "lecteur, pour tout" in page
    assert "référent qualité, pour tout" in page
    assert connecter(collegue).get("/").status_code == 200


def test_fermer_les_sessions_d_une_personne_ne_change_rien_d_autre(
    page_admin: Client, connecter: Callable[[Acteur], Client], base: BaseSQL, admin: Acteur, autre_acteur: Acteur
) -> None:
    collegue = creer_collegue(base, admin, Role.REFERENT_QUALITE, "Ana Bel", (Mandat(Role.REFERENT_QUALITE),))
    clients, etranger = [connecter(collegue), connecter(collegue)], connecter(autre_acteur)
    fiche = f"/comptes/{collegue.compte_id}"
    assert "Fermer ses sessions" in page_admin.get(fiche).text
    assert page_admin.post(f"{fiche}/sessions").status_code == 303
    assert [client.get("/").status_code for client in clients] == [303, 303]
    assert connecter(collegue).get("/depots").status_code == 200, "ses rôles sont intacts"
    assert page_admin.post(f"/comptes/{autre_acteur.compte_id}/sessions").status_code == 404
    assert etranger.get("/").status_code == 200
    assert page_admin.post(f"/comptes/{admin.compte_id}/sessions").status_code == 303
    assert page_admin.get("/comptes").status_code == 200, "de soi-même, la session présente reste"
    assert "sessions fermées" in _actes(base, collegue.compte_id or 0)


def test_annuler_une_invitation_l_efface_de_la_liste_et_du_courrier(
    page_admin: Client, client_anonyme: Client, base: BaseSQL, courrier: Boite, poster_le_courrier: Callable[[], int]
) -> None:
    inviter(page_admin, LOU)
    poster_le_courrier()
    fiche = f"/comptes/{_id(base, LOU)}"
    assert page_admin.post(f"{fiche}/desactivation").headers["location"] == "/comptes?fait=annulation"
    assert LOU not in page_admin.get("/comptes").text
    assert page_admin.get(fiche).status_code == 404
    assert choisir(client_anonyme, courrier.code(LOU)).status_code == 422


def test_le_dernier_administrateur_ne_peut_pas_partir(page_admin: Client, base: BaseSQL, admin: Acteur) -> None:
    fiche = f"/comptes/{admin.compte_id}"
    refus = page_admin.post(f"{fiche}/desactivation")
    assert refus.status_code == 422
    assert "dernier administrateur" in refus.text
    assert page_admin.get("/comptes").status_code == 200
    creer_collegue(base, admin, Role.ADMINISTRATEUR, "Second Admin")
    jeton = page_admin.cookies["trajectoire"]
    assert page_admin.post(f"{fiche}/desactivation").status_code == 303
    assert page_admin.get("/comptes").status_code == 303
    assert page_admin.cookies.get("trajectoire") != jeton


def test_ni_nom_ni_courriel_au_journal_des_comptes(page_admin: Client, base: BaseSQL) -> None:
    inviter(page_admin, LOU)
    with base.lecture() as session:
        colonnes = (col(EntreeJournal.objet), col(EntreeJournal.avant), col(EntreeJournal.apres))
        textes = str([tuple(ligne) for ligne in lignes(session, select(*colonnes))])
    assert "compte:" in textes
    assert LOU not in textes
    assert "Lou" not in textes
