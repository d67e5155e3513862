"""Les pages d'indicateurs : cartes, cinq ans, figures, lignes, fichiers, masques, droits, adresses d'ailleurs."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import MandatTenu
from charte.acteur import Acteur, Role
from charte.commun.base import maintenant
from charte.commun.journal import EntreeJournal
from indicateurs.definitions import charger_definitions
from indicateurs.modeles import Apprenti, Contrat, Depot
from indicateurs.objectifs.modeles import Objectif
from indicateurs.services import mesures
from tests.indicateurs.fabriques import RENTREE, Jeu, ranger

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


@pytest.mark.parametrize("cle", sorted(charger_definitions()))
def test_sans_donnee_chaque_indicateur_se_lit_quand_meme(client: Any, cle: str) -> None:
    page = _lire(client, f"/indicateurs/{cle}")
    assert "Aucune donnée pour ce périmètre" in page.text
    assert page.select_one("#pourquoi")


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
        "/indicateurs?vue=camembert",
        "/indicateurs/inconnu/figures/evolution.svg",
        "/indicateurs/abandon/figures/radar.svg",
        "/indicateurs/abandon/figures/evolution.exe",
        "/indicateurs/mesures.csv?indicateur=inconnu",
        "/indicateurs/mesures.csv?forme=pdf",
        "/indicateurs/mesures.xlsx?perimetre=cfa-9999999Z",
        "/indicateurs/abandon/lignes?promotion=1999-2000",
        "/indicateurs/satisfaction_apprentis/lignes",
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


def test_cinq_ans_se_lit_sur_une_page_et_l_adresse_se_partage(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    page = _lire(client, f"/indicateurs?vue=cinq-ans&au={AU}")
    table = page.select_one("table.cinq-ans")
    assert table is not None
    assert [th.text for th in table.select("thead th")] == ["Indicateur", "2023-2024", "Cible", "Évolution"]
    rupture = next(tr for tr in table.select("tr") if "Rupture brute" in tr.text)
    assert "15,0\u202f%3 sur 20 contrats" in rupture.text
    canonique = page.select_one('link[rel="canonical"]')
    assert canonique is not None
    assert canonique["href"] == f"/indicateurs?perimetre=total&au={AU}&vue=cinq-ans"
    retour = _lire(client, str(canonique["href"]))
    assert retour.select_one("table.cinq-ans").text == table.text  # type: ignore[union-attr]


def test_ce_qui_n_a_pas_de_donnee_tient_en_une_ligne(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    dite = _lire(client, f"/indicateurs?au={AU}").select_one(".sans-donnees")
    assert dite is not None
    assert "Réalisation des heures de formation" in dite.text
    assert "un fichier d’heures" in dite.text


@pytest.mark.parametrize("genre", ["svg", "png", "csv"])
def test_une_figure_s_emporte_avec_ce_qui_l_explique(client: Any, base: BaseSQL, acteur: Acteur, genre: str) -> None:
    ranger(base, acteur, BUT)
    reponse = client.get(f"/indicateurs/rupture_brute_9_mois/figures/evolution.{genre}?au={AU}")
    assert reponse.status_code == 200
    nom = f"rupture_brute_9_mois-evolution-total-{AU}.{genre}"
    assert f'filename="{nom}"' in reponse.headers["content-disposition"]
    if genre != "png":
        assert "rupture_brute_9_mois@" in reponse.text.replace("\n", "")


def test_une_ventilation_a_sa_figure_et_sa_table(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    page = _lire(client, f"/indicateurs/rupture_brute_9_mois?au={AU}&par=sexe")
    figure = next(f for f in page.select("figure") if "par sexe" in f.text)
    assert [th.text for th in figure.select("tbody th")] == ["Femmes", "Hommes"]
    assert "sur 10 contrats" in figure.text
    assert [a.text for a in page.select('nav[aria-label="Ventilations"] a')] == ["Sexe", "Motif de la rupture"]


@pytest.mark.parametrize("perimetre", ["total", "tous"])
def test_les_mesures_s_emportent_en_quatre_formes(client: Any, base: BaseSQL, acteur: Acteur, perimetre: str) -> None:
    ranger(base, acteur, BUT)
    suite = f"perimetre={perimetre}&au={AU}&indicateur=rupture_brute_9_mois"
    csv, iso, xlsx, parquet = (
        client.get(f"/indicateurs/mesures.{forme}{suite}") for forme in ("csv?", "csv?forme=iso&", "xlsx?", "parquet?")
    )
    table = pq.read_table(io.BytesIO(parquet.content)).to_pylist()
    assert {ligne["indicateur"] for ligne in table} == {"rupture_brute_9_mois"}
    assert {ligne["perimetre"] for ligne in table} >= {"total"}
    assert (len({ligne["perimetre"] for ligne in table}) > 1) is (perimetre == "tous")
    livre = openpyxl.load_workbook(io.BytesIO(xlsx.content))
    assert livre["Mesures"].max_row - 1 == len(table) == csv.text.count("\r\n") - 1 == iso.text.count("\r\n") - 1
    assert "0,15;" in csv.text
    assert ",0.15," in iso.text


SORTIES = (
    "/indicateurs?", "/indicateurs?vue=cinq-ans&", "/indicateurs/rupture_brute_9_mois?", "/indicateurs/obtention?",
    "/indicateurs/rupture_brute_9_mois?perimetre=diplome-{}&", "/diplomes/{}/indicateurs?",
    "/diplomes/{}/indicateurs?vue=cinq-ans&", "/indicateurs/rupture_brute_9_mois/figures/evolution.svg?",
    "/indicateurs/rupture_brute_9_mois/figures/evolution.csv?perimetre=diplome-{}&",
    "/indicateurs/rupture_brute_9_mois/figures/par-sexe.csv?", "/indicateurs/abandon?par=sexe&",
    "/indicateurs/mesures.csv?perimetre=tous&",
    "/indicateurs/mesures.csv?forme=iso&perimetre=tous&", "/indicateurs/mesures.parquet?perimetre=tous&",
    "/indicateurs/mesures.xlsx?perimetre=tous&", "/indicateurs/rupture_brute_9_mois/figures/evolution.png?",
)  # fmt: skip


def _contenu(reponse: Any) -> Any:
    """Ce qui se lit d'une réponse ; l'heure d'écriture d'un classeur n'en est pas."""
    if "spreadsheetml" in reponse.headers["content-type"]:
        livre = openpyxl.load_workbook(io.BytesIO(reponse.content))
        return [[cellule.value for cellule in rangee] for feuille in livre for rangee in feuille.iter_rows()]
    return reponse.content


def test_ce_qui_est_masque_ne_change_aucune_sortie(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    """Le contenu de chaque sortie est le même, au signe près, quels que soient les nombres sous le seuil."""
    (petit,) = ranger(base, acteur, PETIT)
    adresses = [f"{sortie.format(petit)}au={AU}" for sortie in SORTIES]
    avant = [_contenu(client.get(adresse)) for adresse in adresses]
    with base.ecriture() as session:
        session.connection().execute(update(Contrat).values(date_rupture=RENTREE.replace(month=11)))
        session.connection().execute(update(Apprenti).values(sexe="F"))
    mesures._gardes.clear()  # un vrai changement passe par un dépôt, qui change la version des données
    for adresse, lu in zip(adresses, avant, strict=True):
        assert _contenu(client.get(adresse)) == lu, adresse
    assert "3 sur 3 contrats" in client.get(f"/indicateurs/rupture_brute_9_mois?au={AU}&brut=1").text


def test_les_lignes_disent_cohorte_raison_et_provenance(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    (petit,) = ranger(base, acteur, PETIT)
    page = _lire(client, f"/indicateurs/rupture_brute_9_mois/lignes?perimetre=diplome-{petit}&au={AU}")
    lignes = [[c.text for c in tr.select("th, td")] for tr in page.select(".lignes-de-mesure tbody tr")]
    assert [ligne[2:5] for ligne in lignes] == [["oui", "–", "oui"], ["oui", "–", "non"], ["oui", "–", "non"]]
    assert "03/11/2023" in lignes[0][5]
    assert [ligne[6:] for ligne in lignes] == [[f"n° 1, ligne {rang}"] for rang in (2, 3, 4)]
    assert "extraction.xlsx, Tableau de bord" in page.select_one("[aria-labelledby=titre-sources]").text
    tot = _lire(client, f"/indicateurs/rupture_brute_9_mois/lignes?perimetre=diplome-{petit}&au=2023-12-01")
    premiere = [c.text for c in tot.select(".lignes-de-mesure tbody tr")[0].select("th, td")]
    assert premiere[2] == "non"
    assert "début du contrat + 9 mois" in premiere[3]


def test_emporter_les_lignes_entre_au_journal(client: Any, base: BaseSQL, acteur: Acteur) -> None:
    (petit,) = ranger(base, acteur, PETIT)
    saisies = {"perimetre": f"diplome-{petit}", "au": AU, "promotion": ""}
    reponse = client.post("/indicateurs/abandon/lignes.csv", data=saisies)
    assert reponse.status_code == 200
    assert reponse.text.count("\r\n") == 4
    with base.lecture() as session:
        actes = session.connection().execute(select(col(EntreeJournal.acte), col(EntreeJournal.objet))).all()
    assert ("lignes d’un indicateur emportées", "indicateur:abandon") in [tuple(acte) for acte in actes]


def test_les_lignes_sont_fermees_a_qui_ne_lit_pas_les_petits_effectifs(
    connecter: Callable[[Acteur], Any], base: BaseSQL, acteur: Acteur
) -> None:
    (petit,) = ranger(base, acteur, PETIT)
    with base.ecriture() as session:
        session.connection().execute(
            update(MandatTenu).where(col(MandatTenu.compte_id) == acteur.compte_id).values(role=Role.LECTEUR.value)
        )
    lecteur = connecter(replace(acteur, role=Role.LECTEUR))
    _lire(lecteur, f"/indicateurs/abandon/lignes?perimetre=diplome-{petit}", statut=404)
    assert lecteur.post("/indicateurs/abandon/lignes.csv", data={"perimetre": "total"}).status_code == 404
    fiche = _lire(lecteur, f"/indicateurs/abandon?perimetre=diplome-{petit}&au={AU}")
    assert not fiche.select('a[href*="/lignes"]')


def test_un_objectif_se_lit_sur_la_carte_dans_cinq_ans_et_sur_la_figure(
    client: Any, base: BaseSQL, acteur: Acteur
) -> None:
    ranger(base, acteur, BUT)
    with base.ecriture() as session:
        session.add(
            Objectif(
                etablissement_id=acteur.etablissement_id, indicateur="rupture_brute_9_mois",
                definition=charger_definitions()["rupture_brute_9_mois"].identifiant, cible=0.08,
                echeance=date(2028, 8, 31), convenu_par="conseil", convenu_le=date(2026, 1, 15),
                modifie_par=acteur.nom, modifie_le=maintenant(),
            )
        )  # fmt: skip
    adresses = ("/indicateurs?", "/indicateurs?vue=cinq-ans&", "/indicateurs/rupture_brute_9_mois?")
    bord, cinq_ans, fiche = (_lire(client, f"{adresse}au={AU}") for adresse in adresses)
    carte = next(c for c in bord.select(".carte") if "Rupture brute" in c.text)
    ligne = next(tr for tr in cinq_ans.select("tr") if "Rupture brute" in tr.text)
    for vue in (carte, ligne, fiche.select_one('section[aria-labelledby="titre-objectif"]')):
        assert vue is not None
        assert "Cible 8\u202f%, le 31 août 2028" in vue.text
    dessin = fiche.select_one("figure svg")
    assert dessin is not None
    assert "cible 8,0\u202f%" in dessin.text
    assert "l’écart à la cible est de 7,0\u00a0points" in fiche.select_one("figure").text  # type: ignore[union-attr]


def test_qui_ne_lit_pas_les_petits_effectifs_observe_le_jour_d_un_depot(
    connecter: Callable[[Acteur], Any], base: BaseSQL, acteur: Acteur
) -> None:
    """D'un jour au suivant, une cohorte gagne souvent une personne : leur différence dirait ce qu'il lui arrive."""
    ranger(base, acteur, BUT)
    depose = datetime(2026, 9, 15, 10, tzinfo=UTC)
    with base.ecriture() as session:
        session.connection().execute(update(Depot).values(confirme_le=depose))
    referente = connecter(acteur)
    assert ",2026-03-01," in referente.get("/indicateurs/mesures.csv?forme=iso&au=2026-03-01").text
    assert "les données s’arrêtent au dernier dépôt" in _lire(referente, "/indicateurs?au=2027-08-31").text
    with base.ecriture() as session:
        session.connection().execute(
            update(MandatTenu).where(col(MandatTenu.compte_id) == acteur.compte_id).values(role=Role.LECTEUR.value)
        )
    lecteur = connecter(replace(acteur, role=Role.LECTEUR))
    for au in ("2026-03-01", "2026-09-14", "2026-11-21"):
        assert ",2026-09-15," in lecteur.get(f"/indicateurs/mesures.csv?forme=iso&au={au}").text
        page = _lire(lecteur, f"/indicateurs/rupture_brute_9_mois?au={au}")
        assert "on lit le jour d’un dépôt" in page.text
        assert "au=2026-09-15" in str(page.select_one("link[rel=canonical]"))
