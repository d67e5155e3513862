"""TOUTES les routes × identifiants d'un autre établissement × rôles : rien ne se voit, rien ne change.

Une route nouvelle fait échouer ce fichier tant qu'elle n'est pas dans `ROUTES_CONNUES`, avec le geste qu'elle demande.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.params import FromPath

import appli.routes
from appli.application import Application, creer_application
from appli.base import BaseSQL
from appli.gardes import _gestionnaires
from appli.statiques import prefixe_statique
from charte.acteur import Acteur, Geste, Role, peut
from charte.commun.reglages import Reglages
from charte.commun.web import acces
from tests.appli.rives import Ids, acteur, autre_acteur, depart, deux_rives, reglages
from tests.appli.routes_connues import AILLEURS, ICI, INCONNU, OBJETS, ROUTES_CONNUES, VALEURS, Cas
from tests.appli.univers import empreintes
from tests.conftest import Client, jeton_de
from tests.grilles.conftest import creer_collegue

__all__ = ["acteur", "autre_acteur", "depart", "deux_rives", "reglages"]
SANS_REGLAGE = {"/.well-known/security.txt", "/connexion/retour/{fournisseur:str}"}
"""Sans contact ni fournisseur réglé, ces pages n'existent pas (éprouvées dans test_securite et tests/appli/oidc)."""
SANS_ATTENTE = {"/connexion/code", "/avis/reponses", "/avis/merci"}
"""Sans session qui attend son second facteur, ou sans code d'avis montré, ces pages ramènent à celle d'avant."""
PARAMETRE = re.compile(r"\{(\w+)(?::\w+)?\}")
HTMX = {"HX-Request": "true"}
HOSTILES: tuple[dict[str, str], ...] = ({}, {"etat": "zzz", "annee": "zzz", "au": "zzz", "nom": "", "niveau": "zzz"})
"""Des saisies refusées : valider avant de vérifier l'appartenance dirait qu'un objet existe."""


PROTEGEES = {route: cas for route, cas in ROUTES_CONNUES.items() if cas.geste is not Geste.PUBLIC}


def routes_de(application: Litestar) -> dict[tuple[str, str], Geste]:
    """Chaque route de l'application : (méthode, adresse) → geste demandé."""
    return {
        (str(methode), route.path.replace(prefixe_statique(), "/statique")): gestionnaire.opt["geste"]
        for route in application.routes
        for gestionnaire in _gestionnaires(route)
        for methode in gestionnaire.http_methods  # type: ignore[attr-defined]
    }


def exiger_la_table(application: Litestar) -> None:
    """Échoue en nommant chaque route sans cas, chaque cas sans route et chaque geste qui ne dit pas pareil."""
    servies, connues = routes_de(application), {route: cas.geste for route, cas in ROUTES_CONNUES.items()}
    ecarts = [f"{m} {a} : ajoutez-la à ROUTES_CONNUES, avec son geste" for m, a in servies.keys() - connues.keys()]
    ecarts += [f"{m} {a} : n'existe plus, ôtez-la de ROUTES_CONNUES" for m, a in connues.keys() - servies.keys()]
    ecarts += [
        f"{m} {a} : demande « {servies[m, a]} », la table dit « {connues[m, a]} »"
        for m, a in servies.keys() & connues.keys()
        if servies[m, a] is not connues[m, a]
    ]
    ecarts += [
        f"{m} {a} : dites dans OBJETS ou VALEURS ce qu'est « {nom} »"
        for m, a in servies
        for nom in PARAMETRE.findall(a)
        if nom not in OBJETS and nom not in VALEURS
    ]
    assert not ecarts, "\n".join(sorted(ecarts))


def adresse(chemin: str, ids: Ids) -> str:
    """L'adresse d'une route pour ces objets."""
    return PARAMETRE.sub(lambda p: str(ids[OBJETS[p[1]]]) if p[1] in OBJETS else VALEURS[p[1]], chemin)


def intrusions(chemin: str, ici: Ids, ailleurs: Ids) -> Iterator[tuple[str, str]]:
    """(adresse étrangère, adresse inconnue) : chaque identifiant à son tour, les autres d'ici, puis tous ensemble."""
    sortes = [OBJETS[nom] for nom in PARAMETRE.findall(chemin) if nom in OBJETS]
    for changees in [[sorte] for sorte in sortes] + ([sortes] if len(sortes) > 1 else []):
        etranger = {**ici, **{sorte: ailleurs[sorte] for sorte in changees}}
        yield adresse(chemin, etranger), adresse(chemin, {**ici, **dict.fromkeys(changees, INCONNU)})


def envois(methode: str, cas: Cas, *, permis: bool = True) -> list[dict[str, Any]]:
    """Ce qu'une intrusion essaie : la saisie juste et des saisies refusées, avec et sans htmx.

    Sans le geste (`permis` faux), la garde répond avant de lire la saisie : la juste suffit à le prouver.
    """
    if methode == "GET":
        return [{}, {"headers": HTMX}]
    saisies = (cas.saisies, *HOSTILES) if permis else (cas.saisies,)
    return [{"data": saisie, "headers": entetes} for saisie in saisies for entetes in ({}, HTMX)]


def vue(reponse: Any, demandee: str) -> tuple[int, str, str, str]:
    """Tout ce qu'un curieux peut comparer d'une réponse, l'adresse demandée mise à part."""
    genre, ailleurs = reponse.headers.get("content-type", ""), reponse.headers.get("location", "")
    return reponse.status_code, genre, ailleurs, reponse.text.replace(demandee, "ADRESSE")


def controler(client: Client, methode: str, essai: tuple[str, str], envoi: dict[str, Any]) -> list[str]:
    """Les fuites d'une intrusion : autre chose qu'un 404, ou un 404 qui ne ressemble pas à celui d'un inconnu."""
    etrangere, inconnue = essai
    obtenue = vue(client.request(methode, etrangere, **envoi), etrangere)
    attendue = vue(client.request(methode, inconnue, **envoi), inconnue)
    dit = f"{methode} {etrangere} {envoi.get('data', '')} : {obtenue[0]}"
    fuites = [f"{dit} au lieu de 404"] if obtenue[0] != 404 else []
    fuites += [f"{dit}, réponse différente de celle d'un inconnu"] if obtenue != attendue else []
    return fuites + ([f"{dit}, montre l'autre établissement"] if AILLEURS in obtenue[3] else [])


@pytest.fixture
def ouvrir(base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client]) -> Callable[[Role], Client]:
    """`ouvrir(role)` : un navigateur connecté ici, sous un compte de ce rôle."""

    def ouvrir_un(role: Role) -> Client:
        return connecter(creer_collegue(base, acteur, role, f"collegue {role.value}"))

    return ouvrir_un


def test_la_table_connait_toutes_les_routes(application: Application) -> None:
    exiger_la_table(application)


@get("/essai/{rapport_id:int}/{objet_id:int}", opt=acces(Geste.LIRE), sync_to_thread=True)
def route_oubliee(rapport_id: FromPath[int], objet_id: FromPath[int]) -> str:
    """Une route que la table ne connaît pas."""
    return f"{rapport_id} {objet_id}"


def test_une_route_inconnue_de_la_table_se_dit(
    reglages: Reglages, base: BaseSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appli.routes, "ROUTES", (*appli.routes.ROUTES[1:], route_oubliee))
    with pytest.raises(AssertionError) as echec:
        exiger_la_table(creer_application(reglages, base, ouvriers=False))
    dit = str(echec.value)
    assert "GET /essai/{rapport_id:int}/{objet_id:int} : ajoutez-la à ROUTES_CONNUES" in dit
    assert "ce qu'est « objet_id »" in dit
    assert "« rapport_id »" not in dit
    assert "GET / : n'existe plus, ôtez-la de ROUTES_CONNUES" in dit


@pytest.mark.parametrize("role", list(Role))
def test_l_identifiant_d_un_autre_etablissement_est_inconnu(
    ouvrir: Callable[[Role], Client], base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    exiger_l_inconnu(ouvrir(role), role, base, reglages, deux_rives)


def exiger_l_inconnu(
    client: Client, role: Role, base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids]
) -> None:
    """Toutes les routes, avec chaque identifiant d'ailleurs : la réponse d'un identifiant inconnu, et rien d'écrit."""
    avant = empreintes(base, reglages)
    fuites, essais = [], 0
    for (methode, chemin), cas in PROTEGEES.items():
        permis = peut(Acteur(0, "", role), cas.geste)
        for essai in intrusions(chemin, *deux_rives):
            for envoi in envois(methode, cas, permis=permis):
                fuites += controler(client, methode, essai, envoi)
                essais += 1
    assert not fuites, "\n".join(fuites)
    assert essais > 100
    assert empreintes(base, reglages) == avant


@pytest.mark.parametrize("role", list(Role))
def test_un_role_sans_le_geste_ne_distingue_pas_ce_qui_existe(
    ouvrir: Callable[[Role], Client], base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    client, ici = ouvrir(role), deux_rives[0]
    avant = empreintes(base, reglages)
    fuites = []
    for (methode, chemin), cas in PROTEGEES.items():
        if not peut(Acteur(0, "", role), cas.geste):
            essai = adresse(chemin, ici), adresse(chemin, dict.fromkeys(ici, INCONNU))
            for envoi in envois(methode, cas, permis=False):
                fuites += controler(client, methode, essai, envoi)
    assert not fuites, "\n".join(fuites)
    assert empreintes(base, reglages) == avant


@pytest.mark.parametrize("role", list(Role))
def test_ce_qui_est_permis_ici_repond_et_ne_montre_rien_d_ailleurs(
    ouvrir: Callable[[Role], Client], deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    exiger_la_reponse(ouvrir(role), role, deux_rives[0])


def exiger_la_reponse(client: Client, role: Role, ici: Ids) -> None:
    """Le témoin des refus : avec ses propres objets et le bon rôle, chaque route répond, donc le 404 vient d'eux."""
    refus = []
    for (methode, chemin), cas in PROTEGEES.items():
        if peut(Acteur(0, "", role), cas.geste):
            saisies = None if methode == "GET" else cas.saisies
            avant = client.cookies["trajectoire"]
            reponse = client.request(methode, adresse(chemin, ici), data=saisies, files=cas.fichiers)
            if (
                client.cookies["trajectoire"] != avant
            ):  # un geste qui change de jeton change aussi celui des formulaires
                client.headers["X-CSRF-Token"] = jeton_de(client.get("/accessibilite").text)
            if reponse.status_code not in (200, 303) or AILLEURS in reponse.text:
                refus.append(f"{methode} {adresse(chemin, ici)} : {reponse.status_code}")
    assert not refus, "\n".join(refus)


def test_la_marque_d_ailleurs_se_lit_chez_elle(
    connecter: Callable[[Acteur], Client], autre_acteur: Acteur, deux_rives: tuple[Ids, Ids]
) -> None:
    client = connecter(autre_acteur)
    for liste in ("/", "/diplomes", "/indicateurs", "/parties", "/conseils", "/depots"):
        page = client.get(liste).text
        assert AILLEURS in page, liste
        assert ICI not in page, liste


def test_sans_session_tout_mene_a_la_connexion_et_rien_ne_change(
    client_anonyme: Client, base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids]
) -> None:
    client_anonyme.headers["X-CSRF-Token"] = jeton_de(client_anonyme.get("/connexion").text)
    avant = empreintes(base, reglages)
    for (methode, chemin), cas in PROTEGEES.items():
        for envoi in envois(methode, cas):
            demandee = adresse(chemin, deux_rives[1])
            reponse = client_anonyme.request(methode, demandee, **envoi)
            suite = f"?suite={demandee}" if methode == "GET" and demandee != "/" else ""
            assert (reponse.status_code, reponse.headers["location"]) == (303, f"/connexion{suite}"), demandee
    assert empreintes(base, reglages) == avant


def test_sans_session_les_pages_publiques_ne_montrent_rien_des_etablissements(
    client_anonyme: Client, deux_rives: tuple[Ids, Ids]
) -> None:
    for methode, chemin in ROUTES_CONNUES.keys() - PROTEGEES.keys():
        if methode == "GET":
            reponse = client_anonyme.get(adresse(chemin, {}).replace("/statique", prefixe_statique()))
            attendu = 404 if chemin in SANS_REGLAGE else 303 if chemin in SANS_ATTENTE else 200
            assert reponse.status_code == attendu, chemin
            assert AILLEURS not in reponse.text
            assert "Autre Rive" not in reponse.text


def test_un_identifiant_etranger_dans_une_saisie_ou_une_question_est_inconnu(
    ouvrir: Callable[[Role], Client], base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids]
) -> None:
    ici, ailleurs = deux_rives
    client = ouvrir(Role.ADMINISTRATEUR)
    avant = empreintes(base, reglages)
    saisies = {"libelle": "BUT renommé", "code": "but-renomme"}
    fiche = f"/parties/formations/{ici['formation']}"
    saisie = [{**saisies, "composante_id": str(numero)} for numero in (ailleurs["composante"], INCONNU)]
    etrangere, inconnue = [vue(client.post(fiche, data=donnees), fiche) for donnees in saisie]
    assert etrangere == inconnue
    assert etrangere[0] == 404
    for perimetre in (f"diplome-{ailleurs['formation']}", f"cfa-{ailleurs['cfa']}", f"diplome-{INCONNU}", "zzz"):
        for page in ("/indicateurs", f"/indicateurs/{VALEURS['cle']}"):
            assert client.get(page, params={"perimetre": perimetre}).status_code == 404, (page, perimetre)
    assert client.get("/indicateurs", params={"perimetre": f"diplome-{ici['formation']}"}).status_code == 200
    assert empreintes(base, reglages) == avant
