"""Les pages de la revue, du premier geste à la relecture scellée."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.canonique import calculer_empreinte
from tests.conftest import Client
from tests.indicateurs.revue.fabrique import CLE, Lieu, figer, ouvrir, peupler


@pytest.fixture
def lieu(base: BaseSQL) -> Lieu:
    return peupler(base)


@pytest.fixture
def client(connecter: Callable[[Acteur], Client], lieu: Lieu) -> Client:
    return connecter(lieu.acteur)


def lire(client: Any, adresse: str, statut: int = 200) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == statut, reponse.text[:500]
    return BeautifulSoup(reponse.text, "html.parser")


def poster(client: Any, adresse: str, **saisies: str) -> Any:
    return client.post(adresse, data=saisies)


def test_du_premier_geste_a_la_relecture(client: Client, lieu: Lieu) -> None:
    suite = poster(client, "/revues", annee="2026", cfa_id=str(lieu.cfa), observee_le="15/10/2026").headers["location"]
    assert suite == "/revues/1/donnees"
    etapes = [a["href"].removeprefix("/revues/1/") for a in lire(client, suite).select(".etapes a")]
    assert [etape.partition("/")[0] for etape in etapes] == [
        "donnees",
        "definitions",
        "familles",
        "decisions",
        "arret",
    ]
    suite = poster(client, suite, donnees_completes="oui", version="1").headers["location"]
    suite = poster(client, suite, definitions_justes="oui", version="2").headers["location"]
    vues = []
    while "/familles/" in suite:
        vues.append(suite)
        page = lire(client, suite)
        saisies = {str(champ["name"]): str(champ.get("value", "")) for champ in page.select('input[type="hidden"]')}
        saisies |= {str(champ["name"]): "Vu." for champ in page.select("textarea")}
        saisies |= {
            f"avis_{nom[12:]}": "agir" if CLE in nom else "garder" for nom in saisies if nom[:12] == "commentaire_"
        }
        suite = poster(client, suite, **saisies).headers["location"]
    assert suite == "/revues/1/decisions"
    assert len(vues) == len(set(vues)) == len(lire(client, vues[0]).select(".familles li"))
    page = lire(client, suite)
    assert [h.text for h in page.select(".decision h3")] == ["Rupture brute à 9 mois"]
    saisies = {"intitule": "Revoir l’accueil", "porteur": "direction", "echeance": "2027-06-30", "formation_id": ""}
    assert poster(client, f"/revues/1/decisions/{CLE}", **saisies).status_code == 303
    assert lire(client, suite).select_one(".decision a").text == "Revoir l’accueil"  # type: ignore[union-attr]
    manque = lire(client, "/revues/1/arret").select_one("#manque + p + ul")
    assert manque is not None
    assert [li.text for li in manque.select("li")] == ["Étape 5\u00a0: écrivez en une phrase ce que la revue retient."]
    assert poster(client, "/revues/1/arret", conclusion="On tient.", version="3").headers["location"] == "/revues/1"
    scellee = lire(client, "/revues/1")
    code = scellee.select_one("code.empreinte")
    assert code is not None
    emporte = client.get("/revues/arretees/1/contenu.json")
    assert calculer_empreinte(emporte.text) == code.text
    assert 'filename="revue-2026-0352756F-v1.json"' in emporte.headers["content-disposition"]
    assert client.get("/revues/1/donnees").headers["location"] == "/revues/1"
    assert client.get("/revues/1/revue.csv").text.startswith("indicateur;cle;definition;unite;periode;annee;")


def test_une_saisie_refusee_revient_telle_quelle(client: Client, lieu: Lieu) -> None:
    reponse = poster(client, "/revues", annee="26", cfa_id="", observee_le="2099-01-01")
    assert reponse.status_code == 422
    assert 'value="26"' in reponse.text
    futur = poster(client, "/revues", annee="2026", cfa_id="", observee_le="2099-01-01")
    assert (futur.status_code, "pas encore venu" in futur.text) == (422, True)
    revue = ouvrir(lieu)
    sans_avis = poster(client, f"/revues/{revue}/indicateurs/{CLE}", avis="", commentaire="Mon texte.")
    assert (sans_avis.status_code, "Mon texte." in sans_avis.text) == (422, True)
    sans_qui = poster(client, f"/revues/{revue}/indicateurs/{CLE}", avis="agir", commentaire="Agir.")
    assert sans_qui.status_code == 303
    refus = poster(client, f"/revues/{revue}/decisions/{CLE}", intitule="Rencontrer", porteur="", echeance="")
    page = BeautifulSoup(refus.text, "html.parser")
    assert refus.status_code == 422
    assert {a["href"] for a in page.select(".resume-erreurs a")} == {"#porteur", "#echeance"}
    assert page.select_one("#intitule")["value"] == "Rencontrer"  # type: ignore[index]


def test_un_conflit_montre_les_deux_textes(client: Client, lieu: Lieu) -> None:
    adresse = f"/revues/{ouvrir(lieu)}/indicateurs/{CLE}"
    assert poster(client, adresse, avis="garder", commentaire="Le premier.", version="0").status_code == 303
    second = poster(client, adresse, avis="revoir", commentaire="Le second.", version="0")
    page = BeautifulSoup(second.text, "html.parser")
    assert second.status_code == 409
    tableau = page.select_one("#conflit table")
    assert tableau is not None
    for attendu in ("Le premier.", "Le second.", "Garder tel quel", "Revoir l’objectif"):
        assert attendu in tableau.text
    assert page.select_one('input[name="version"]')["value"] == "1"  # type: ignore[index]
    assert poster(client, adresse, avis="revoir", commentaire="Les deux.", version="1").status_code == 303


def test_apres_l_arret_toute_saisie_est_refusee_et_se_rouvre_avec_un_motif(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    ailleurs = f"/revues/{revue}/indicateurs/{CLE}"
    figer(lieu, revue)
    for adresse, saisies in (
        (ailleurs, {"avis": "garder"}),
        (f"/revues/{revue}/donnees", {"donnees_completes": "oui", "version": "1"}),
        (f"/revues/{revue}/arret", {"version": "1"}),
    ):
        reponse = client.post(adresse, data=saisies)
        assert (reponse.status_code, "elle ne change plus" in reponse.text) == (409, True), adresse
    motif = f"/revues/arretees/{revue}/reouverture"
    assert poster(client, motif, motif=" ").status_code == 422
    assert poster(client, motif, motif="Un oubli.").headers["location"] == f"/revues/{revue + 1}"
    assert "Un oubli." in lire(client, f"/revues/{revue + 1}").text
    assert "Une version plus récente" in lire(client, f"/revues/{revue}").text
    assert client.get(f"/revues/arretees/{revue + 1}/contenu.json").status_code == 404


def test_un_indicateur_sans_donnee_ne_se_note_pas(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    for cle in ("effectif_inscrits", "inconnu"):
        assert client.get(f"/revues/{revue}/indicateurs/{cle}").status_code == 404
        assert poster(client, f"/revues/{revue}/indicateurs/{cle}", avis="garder").status_code == 404
