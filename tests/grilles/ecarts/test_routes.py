"""La page des écarts : ce qu'on y lit, le tri, la reprise des accords, les textes hostiles."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from grilles.modeles import Campagne
from grilles.services import Conflit
from grilles.services.saisie import CommandeReponse
from grilles.vues import ReponseLue
from tests.conftest import Client
from tests.grilles.ecarts.test_services import concertees, dire, peupler


@pytest.fixture
def adresse(base: BaseSQL, acteur: Acteur, formation_id: int) -> str:
    """La page d'une grille qui a de tout."""
    peupler(base, acteur, formation_id)
    return f"/diplomes/{formation_id}/ecarts"


def soupe(reponse: Any) -> BeautifulSoup:
    return BeautifulSoup(reponse.text, "html.parser")


def texte(noeud: Any) -> str:
    return " ".join(noeud.get_text(" ").split())


def elements(page: BeautifulSoup) -> list[str]:
    return [texte(renvoi) for renvoi in page.select(".ecart__renvoi")]


def test_la_page_montre_chaque_voix_et_mene_a_la_position_concertee(client: Client, adresse: str) -> None:
    page = soupe(client.get(adresse))
    assert elements(page) == ["1.S1.4", "3.S1.1", "1.S1.1", "1.S1.5", "1.S1.3"]
    premier = texte(page.select(".ecart")[0])
    for dit in ("2 crans d’écart", "Nous n’en voyons rien.", "Employeurs (1)", "À écrire"):
        assert dit in premier
    assert [a["href"] for a in page.select(".ecart__suite a")[:2]] == [
        adresse.replace("ecarts", "grille/1?partie=concertee#e-1-S1-4"),
        adresse.replace("ecarts", "grille/3?partie=concertee#e-3-S1-1"),
    ]
    assert client.get(adresse.replace("ecarts", "grille/1?partie=concertee")).status_code == 200
    assert "délégué d’essai" not in page.text


@pytest.mark.parametrize(
    ("question", "attendus"),
    [
        ("poste=3", ["3.S1.1"]),
        ("sorte=silence", ["1.S1.3"]),
        ("sans_concertee=oui&poste=1", ["1.S1.4", "1.S1.5", "1.S1.3"]),
        ("poste=zzz&sorte=zzz&sans_concertee=zzz", ["1.S1.4", "3.S1.1", "1.S1.1", "1.S1.5", "1.S1.3"]),
        ("poste=4", []),
    ],
)
def test_le_tri_est_dans_l_adresse(client: Client, adresse: str, question: str, attendus: list[str]) -> None:
    page = soupe(client.get(f"{adresse}?{question}"))
    assert elements(page) == attendus
    assert ("Aucun écart de cette sorte" in page.text) is (not attendus)


def test_sans_ecart_la_page_le_dit(client: Client, formation_id: int) -> None:
    assert "Aucun écart" in client.get(f"/diplomes/{formation_id}/ecarts").text


@pytest.mark.parametrize(
    ("saisie", "repris", "dit"),
    [({}, 1, "1 accord repris"), ({"malgre_les_avis": "oui"}, 2, "2 accords repris")],
)
def test_les_accords_se_reprennent(
    client: Client, base: BaseSQL, acteur: Acteur, adresse: str, saisie: dict[str, str], repris: int, dit: str
) -> None:
    avant = len(concertees(base, acteur, int(adresse.split("/")[2])))
    reponse = client.post(adresse + "/accords", data=saisie)
    assert (reponse.status_code, reponse.headers["location"]) == (303, f"{adresse}?repris={repris}")
    assert len(concertees(base, acteur, int(adresse.split("/")[2]))) == avant + repris
    assert dit in texte(soupe(client.get(reponse.headers["location"])).select_one("[role=status]"))


def test_une_annee_illisible_se_dit(client: Client, adresse: str) -> None:
    reponse = client.post(adresse + "/accords", data={"annee": "zzz"})
    assert reponse.status_code == 422
    assert "nombre entier attendu" in texte(soupe(reponse).select_one("#resume-erreurs"))


def test_un_conflit_ou_une_campagne_arretee_se_dit_et_ne_change_rien(
    client: Client, base: BaseSQL, acteur: Acteur, adresse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    formation = int(adresse.split("/")[2])

    def heurter(*_: Any) -> None:
        raise Conflit(CommandeReponse(formation, "1.S1.2", "tenu"), ReponseLue())

    with monkeypatch.context() as remplace:
        remplace.setattr("grilles.ecarts.services.enregistrer_reponse", heurter)
        reponse = client.post(adresse + "/accords")
    assert (reponse.status_code, "rien n’a été repris" in reponse.text) == (409, True)
    with base.ecriture() as session:
        session.execute(update(Campagne).values(etat="arretee"))
    reponse = client.post(adresse + "/accords")
    assert (reponse.status_code, "arrêtée" in reponse.text) == (409, True)
    assert set(concertees(base, acteur, formation)) == {"1.S1.1"}


def test_qui_ne_fait_que_lire_n_a_pas_le_geste(
    connecter: Callable[[Acteur], Client], collegue: Callable[[Role, str], Acteur], adresse: str
) -> None:
    lecteur = connecter(collegue(Role.LECTEUR, "Lise Lectrice"))
    page = soupe(lecteur.get(adresse))
    assert not page.select("form[method=post][action$=accords]")
    assert "Voir dans la grille" in page.text
    assert lecteur.post(adresse + "/accords").status_code == 404


def test_un_texte_hostile_reste_du_texte(client: Client, base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    dire(base, acteur, formation_id, e_1_S1_1=("tenu", hostile), c_1_S1_1=("sans_objet", hostile))
    page = soupe(client.get(f"/diplomes/{formation_id}/ecarts"))
    assert [texte(p).removeprefix("Motif : ") for p in page.select(".voix__texte")] == [hostile, hostile]
    assert not page.select("main script, main img, [style]")
