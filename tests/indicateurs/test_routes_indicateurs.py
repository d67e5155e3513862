"""Les pages d'indicateurs : cartes, « pourquoi ce chiffre ? », masques, droits, adresses d'ailleurs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import MandatTenu
from charte.acteur import Acteur, Role
from tests.indicateurs.fabriques import Jeu, ranger

AU = "2026-11-21"
BUT = Jeu("BUT Informatique", effectif=20, rompus=3, diplomes=16)
PETIT = Jeu("Licence rare", effectif=3, rompus=1, rncp="RNCP22222", uai="0352758H")


def _lire(client: Any, adresse: str, statut: int = 200) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == statut, reponse.text[:500]
    return BeautifulSoup(reponse.text, "html.parser")


def test_sans_donnee_la_page_dit_le_premier_geste(client: Any) -> None:
    page = _lire(client, "/indicateurs")
    assert "Aucune donnée pour l’instant" in page.text
    assert page.select_one('.vide a[href="/depots"]')


def test_une_carte_dit_la_valeur_l_effectif_et_l_intervalle(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    page = _lire(client, f"/indicateurs?au={AU}")
    carte = next(c for c in page.select(".carte") if "Rupture brute" in c.text)
    assert "15,0\u202f%" in carte.text
    assert "3 sur 20 contrats" in carte.text
    assert "5,2\u202f% à 36,0\u202f%" in carte.text
    assert "Promotion 2023-2024" in carte.text


def test_pourquoi_ce_chiffre_donne_definition_et_fichier(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    page = _lire(client, f"/indicateurs/rupture_brute_9_mois?au={AU}")
    fiche = page.select_one("#pourquoi")
    assert fiche is not None
    for attendu in ("rupture_brute_9_mois@", "extraction.xlsx", "9\u00a0lignes retenues", "1\u00a0écartée", "Dares"):
        assert attendu in fiche.text
    dessin = page.select_one("figure svg[role=img]")
    assert dessin is not None
    assert not page.select("[style]"), "la politique de sécurité refuse tout style en ligne"


def test_un_petit_effectif_ne_fuit_nulle_part(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    (petit,) = ranger(base, acteur, PETIT)
    for adresse in (f"/diplomes/{petit}/indicateurs", "/indicateurs/rupture_brute_9_mois", "/indicateurs"):
        page = _lire(client, f"{adresse}?au={AU}")
        texte = page.select_one("main").text  # type: ignore[union-attr]
        assert "n.d. (effectif < 5)" in texte
        assert "33,3" not in texte
        assert "1 sur 3" not in texte


def test_un_lecteur_ne_voit_pas_les_petits_effectifs_meme_en_le_demandant(
    connecter: Callable[[Acteur], Any], base: BaseSQL, acteur: Acteur
) -> None:
    (petit,) = ranger(base, acteur, PETIT)
    adresse = f"/diplomes/{petit}/indicateurs?au={AU}&brut=1"
    referent = _lire(connecter(acteur), adresse)
    assert "1 sur 3 contrats" in referent.text
    with base.ecriture() as session:
        session.connection().execute(
            update(MandatTenu).where(col(MandatTenu.compte_id) == acteur.compte_id).values(role=Role.LECTEUR.value)
        )
    lecteur = _lire(connecter(replace(acteur, role=Role.LECTEUR)), adresse)
    assert "1 sur 3" not in lecteur.text


@pytest.mark.parametrize(
    "adresse",
    [
        "/indicateurs/inconnu",
        "/indicateurs?perimetre=cfa-9999999Z",
        "/indicateurs?au=31/02/2026",
        "/diplomes/999999/indicateurs",
    ],
)
def test_une_adresse_qui_ne_mene_a_rien_repond_404(client: Any, adresse: str) -> None:
    _lire(client, adresse, statut=404)


def test_le_diplome_d_un_autre_etablissement_repond_404(
    client: Any, base: BaseSQL, acteur: Acteur, autre_acteur: Acteur
) -> None:
    (ailleurs,) = ranger(base, autre_acteur, BUT)
    _lire(client, f"/diplomes/{ailleurs}/indicateurs", statut=404)
    _lire(client, f"/indicateurs?perimetre=diplome-{ailleurs}", statut=404)
    _lire(client, f"/indicateurs/abandon?perimetre=diplome-{ailleurs}", statut=404)
