"""La revue famille par famille : un seul enregistrement, deux plumes sans rien perdre, des saisies hostiles."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.journal import EntreeJournal
from grilles.plan.modeles import ActionAmelioration
from indicateurs.revue.modeles import Revue
from tests.indicateurs.revue.fabrique import CLE, Lieu, dire, figer, lire, ouvrir, peupler
from tests.indicateurs.saisies_hostiles import EN_OCTETS, HOSTILES
from tests.reserve import Client

AUTRE = "rupture_45_jours"


@pytest.fixture
def lieu(base: BaseSQL) -> Lieu:
    return peupler(base)


@pytest.fixture
def client(connecter: Callable[[Acteur], Client], lieu: Lieu) -> Client:
    return connecter(lieu.acteur)


def page(reponse: Any, statut: int = 200) -> BeautifulSoup:
    assert reponse.status_code == statut, reponse.text[:500]
    return BeautifulSoup(reponse.text, "html.parser")


def formulaire(lue: BeautifulSoup) -> dict[str, str]:
    """Ce qu'un navigateur enverrait sans rien toucher."""
    saisies = {str(c["name"]): str(c.get("value", "")) for c in lue.select('main input[type="hidden"]')}
    saisies |= {str(c["name"]): c.text.removeprefix("\n") for c in lue.select("main textarea")}
    return saisies | {str(c["name"]): str(c["value"]) for c in lue.select('main input[type="radio"][checked]')}


def notes(lieu: Lieu, revue: int) -> dict[str, tuple[str, str]]:
    contenu = lire(lieu, revue).contenu
    return {i.cle: (i.avis, i.commentaire) for i in contenu.indicateurs if i.version}


def test_toute_une_famille_s_enregistre_d_un_geste(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    adresse = f"/revues/{revue}/familles/ruptures"
    lue = page(client.get(adresse))
    assert len(lue.select(".a-revoir")) == len(lue.select("textarea")) > 3
    assert len({e["id"] for e in lue.select("[id]")}) == len(lue.select("[id]"))
    assert "17,4" in lue.select_one(f'section[aria-labelledby="i-{CLE}"]').text  # type: ignore[union-attr]
    saisies = formulaire(lue) | {f"avis_{CLE}": "agir", f"commentaire_{CLE}": "Trop.", f"commentaire_{AUTRE}": "Peu."}
    reponse = client.post(adresse, data=saisies)
    assert reponse.headers["location"] == f"/revues/{revue}/familles/parcours"
    # Un commentaire sans réponse se garde, et l'indicateur reste à voir ; les autres n'ont pas de note.
    assert notes(lieu, revue) == {CLE: ("agir", "Trop."), AUTRE: ("a_voir", "Peu.")}
    assert client.post(adresse, data=formulaire(page(client.get(adresse)))).status_code == 303
    assert {i.version for i in lire(lieu, revue).contenu.indicateurs if i.version} == {1}
    for absente in ("effectifs", "inconnue", "satisfaction"):
        assert client.get(f"/revues/{revue}/familles/{absente}").status_code == 404
        assert client.post(f"/revues/{revue}/familles/{absente}", data=saisies).status_code == 404


def test_deux_plumes_sur_deux_indicateurs_ne_se_genent_pas(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    adresse = f"/revues/{revue}/familles/ruptures"
    ancienne = formulaire(page(client.get(adresse)))
    dire(lieu, revue, AUTRE, texte="La première.")
    assert client.post(adresse, data=ancienne | {f"commentaire_{CLE}": "La seconde."}).status_code == 303
    assert notes(lieu, revue) == {AUTRE: ("garder", "La première."), CLE: ("a_voir", "La seconde.")}


@pytest.mark.parametrize(
    ("prendre", "gardee"),
    [
        ("mien", ("agir", "Le second.")),
        ("sien", ("garder", "Le premier.")),
        ("deux", ("agir", "Le premier.\n\nLe second.")),
    ],
)
def test_deux_plumes_sur_le_meme_la_seconde_voit_la_premiere_et_choisit(
    client: Client, lieu: Lieu, prendre: str, gardee: tuple[str, str]
) -> None:
    revue = ouvrir(lieu)
    adresse = f"/revues/{revue}/familles/ruptures"
    mienne = formulaire(page(client.get(adresse)))
    mienne |= {f"avis_{CLE}": "agir", f"commentaire_{CLE}": "Le second.", f"commentaire_{AUTRE}": "À part."}
    dire(lieu, revue, CLE, texte="Le premier.")
    heurt = page(client.post(adresse, data=mienne), 409)
    assert notes(lieu, revue) == {CLE: ("garder", "Le premier.")}
    assert [a["href"] for a in heurt.select("#conflit a")] == [f"#commentaire_{CLE}"]
    section = heurt.select_one(f'section[aria-labelledby="i-{CLE}"]')
    assert section is not None
    assert "Le premier." in section.text
    assert section.select_one("textarea").text.strip() == "Le second."  # type: ignore[union-attr]
    reprise = formulaire(heurt)
    assert (reprise[f"prendre_{CLE}"], reprise[f"commentaire_{AUTRE}"]) == ("mien", "À part.")
    assert client.post(adresse, data=reprise | {f"prendre_{CLE}": prendre}).status_code == 303
    assert notes(lieu, revue) == {CLE: gardee, AUTRE: ("a_voir", "À part.")}


def test_un_troisieme_ecrit_refait_choisir(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    adresse = f"/revues/{revue}/familles/ruptures"
    mienne = formulaire(page(client.get(adresse))) | {f"commentaire_{CLE}": "Le troisième."}
    dire(lieu, revue, CLE, texte="Le premier.")
    reprise = formulaire(page(client.post(adresse, data=mienne), 409))
    dire(lieu, revue, CLE, texte="Le deuxième.", version=1)
    for prendre in ("sien", "deux", "mien"):
        encore = page(client.post(adresse, data=reprise | {f"prendre_{CLE}": prendre}), 409)
        assert "Le deuxième." in encore.text
        assert formulaire(encore)[f"commentaire_{CLE}"].strip() == "Le troisième."
    assert notes(lieu, revue) == {CLE: ("garder", "Le deuxième.")}


@pytest.mark.parametrize("sorte", sorted(HOSTILES))
def test_une_saisie_hostile_revient_en_422_ou_se_garde_comme_un_texte(client: Client, lieu: Lieu, sorte: str) -> None:
    revue, texte = ouvrir(lieu), HOSTILES[sorte]
    adresse = f"/revues/{revue}/familles/ruptures"
    vierge = formulaire(page(client.get(adresse)))
    for champ in ("avis", "version", "prendre", "avant", "commentaire"):
        reponse = client.post(adresse, data=vierge | {f"commentaire_{CLE}": "Un texte.", f"{champ}_{CLE}": texte})
        assert reponse.status_code in (303, 409, 422), (champ, reponse.status_code)
        assert "<script>alert" not in reponse.text
    for suite, champs in (
        (f"indicateurs/{CLE}", ("avis", "commentaire", "version")),
        ("donnees", ("donnees_completes", "note_donnees", "version")),
        ("arret", ("version",)),
    ):
        for champ in champs:
            saisies = {"avis": "garder", "donnees_completes": "oui", "version": "9", champ: texte}
            statut = client.post(f"/revues/{revue}/{suite}", data=saisies).status_code
            assert statut in (303, 409, 422), (suite, champ, statut)
    ouverture = client.post("/revues", data={"annee": texte, "cfa_id": texte, "observee_le": texte})
    assert ouverture.status_code == 422
    assert client.get(adresse).status_code == client.get(f"/revues/{revue}/revue.csv").status_code == 200
    assert "\x00" not in repr(notes(lieu, revue))
    assert not re.search(r"<script>alert", client.get(adresse).text)


FORMULAIRE = "application/x-www-form-urlencoded"
A_DECIDER = ("rupture_brute_9_mois", "rupture_45_jours", "rupture_nette_9_mois", "abandon")
FACULTATIFS = {"note_definitions", "conclusion", "formation_id"}
STRICTS = {"definitions_justes", "echeance", "formation_id"}
SUITE = {
    "note_definitions": ("/revues/{}/definitions", {"definitions_justes": "oui"}),
    "definitions_justes": ("/revues/{}/definitions", {}),
    **{
        champ: (f"/revues/{{}}/decisions/{cle}", {"intitule": "Voir", "porteur": "CFA", "echeance": "2027-06-30"})
        for champ, cle in zip(("intitule", "porteur", "echeance", "formation_id"), A_DECIDER, strict=True)
    },
    "conclusion": ("/revues/{}/arret", {}),
    "motif": ("/revues/arretees/{}/reouverture", {}),
}
"""Champ → où il s'envoie, et avec quoi ; dans l'ordre où une revue les demande."""


def ecrits(lieu: Lieu) -> list[str]:
    """Tout ce que la base garde d'une revue et de ses actions, et ce que le journal en dit."""
    with lieu.base.lecture() as session:
        tables = (Revue, ActionAmelioration, EntreeJournal)
        return [ligne.model_dump_json() for table in tables for ligne in session.scalars(select(table))]


def refuser(champ: str, garde: str | None) -> bool:
    """Ce champ doit-il refuser une valeur dont un texte garderait ceci ?"""
    if garde is None:
        return True
    return champ in STRICTS if garde else champ not in FACULTATIFS


def version(lieu: Lieu, revue: int) -> dict[str, str]:
    return {"version": str(lire(lieu, revue).revue.version)}


@pytest.mark.parametrize("sorte", sorted(EN_OCTETS))
def test_des_octets_hostiles_sont_refuses_sans_rien_ecrire_ou_gardes_sans_leur_poison(
    client: Client, lieu: Lieu, sorte: str
) -> None:
    revue, (octets, garde) = ouvrir(lieu), EN_OCTETS[sorte]
    for cle in A_DECIDER:
        dire(lieu, revue, cle, avis="agir")
    for champ, (ou, reste) in SUITE.items():
        if champ == "motif" and not lire(lieu, revue).revue.arretee:
            figer(lieu, revue)
        avant = ecrits(lieu)
        corps = "&".join(f"{nom}={valeur}" for nom, valeur in {**reste, **version(lieu, revue), champ: octets}.items())
        reponse = client.post(ou.format(revue), content=corps, headers={"content-type": FORMULAIRE})
        refuse = refuser(champ, garde)
        assert reponse.status_code == (422 if refuse else 303), (champ, reponse.text[:300])
        neufs = [ligne for ligne in ecrits(lieu) if ligne not in avant]
        assert bool(neufs) is not refuse, champ
        assert refuse or not garde or json.dumps(garde, ensure_ascii=False)[1:-1] in "".join(neufs), champ
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\\u00", "".join(neufs)), champ
    assert client.get(f"/revues/{revue}").status_code == client.get(f"/revues/{revue}/revue.csv").status_code == 200


def test_une_revue_arretee_ne_se_note_plus_par_famille(client: Client, lieu: Lieu) -> None:
    revue = ouvrir(lieu)
    adresse = f"/revues/{revue}/familles/ruptures"
    saisies = formulaire(page(client.get(adresse))) | {f"avis_{CLE}": "garder"}
    figer(lieu, revue)
    assert client.get(adresse).headers["location"] == f"/revues/{revue}"
    refus = client.post(adresse, data=saisies)
    assert (refus.status_code, "elle ne change plus" in refus.text) == (409, True)
