"""Les pages des référentiels : chaque ligne, ce qui y répond dans la charte, ce qui change ; et rien d'inconnu."""

from datetime import date

import pytest
from bs4 import BeautifulSoup

from charte.chargement import charger_edition
from charte.referentiels import charger_correspondances, charger_passage, charger_referentiel, charger_referentiels
from charte.referentiels.referentiel import FicheEdition, Source
from charte.referentiels.vues import dire_les_dates, resumer, voir_changements, voir_edition
from tests.reserve import Client

EDITIONS = [(r.cle.value, e.edition) for r in charger_referentiels() for e in r.editions]


def lire(client: Client, adresse: str) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    return BeautifulSoup(reponse.text, "html.parser")


def plat(texte: str) -> str:
    """Sans la composition typographique de la page."""
    return " ".join(texte.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ").split())


def test_la_charte_mene_aux_referentiels(client_anonyme: Client) -> None:
    assert lire(client_anonyme, "/charte").select_one("a[href='/charte/referentiels']") is not None


def test_l_accueil_mene_a_chaque_edition_et_aux_changements(client_anonyme: Client) -> None:
    liens = {str(a["href"]) for a in lire(client_anonyme, "/charte/referentiels").select("main a")}
    assert {f"/charte/referentiels/{cle}/{edition}" for cle, edition in EDITIONS} <= liens
    assert "/charte/referentiels/qualiopi/2026/changements" in liens
    assert "/charte/referentiels/qualiopi/2019/changements" not in liens


@pytest.mark.parametrize(("cle", "edition"), EDITIONS)
def test_chaque_ligne_montre_son_enonce_et_ses_elements(client_anonyme: Client, cle: str, edition: str) -> None:
    page = lire(client_anonyme, f"/charte/referentiels/{cle}/{edition}")
    ancres = {str(balise["id"]) for balise in page.select("[id]")}
    assert {str(a["href"])[1:] for a in page.select("main a[href^='#']")} <= ancres
    for ligne in charger_referentiel(cle).edition(edition).lignes:
        article = page.find(id=f"l-{ligne.reference}")
        assert article is not None
        assert plat(ligne.texte) in plat(article.get_text())
        vus = [a.get_text() for a in article.select("li a")]
        attendus = charger_correspondances().par_ligne.get((cle, edition, ligne.reference), ())
        assert sorted(vus) == sorted(c.element for c in attendus)
    assert "proposition de l'outil" in plat(page.get_text())


def test_une_ligne_modifiee_dit_ce_qui_change_et_d_ou_vient_chaque_correspondance(client_anonyme: Client) -> None:
    article = lire(client_anonyme, "/charte/referentiels/qualiopi/2026").find(id="l-20")
    assert article is not None
    texte = plat(article.get_text())
    assert "Énoncé modifié." in texte
    assert "participation des apprentis, des formateurs et des entreprises à la gouvernance" in texte
    assert "8 éléments de la charte (confiance : 3 haute, 4 moyenne, 1 faible)" in texte
    assert "Repris de l'indicateur 20 de 2019, énoncé modifié : à confirmer." in texte
    assert "non conforme" not in texte.lower()


def test_une_ligne_que_la_charte_ne_rencontre_pas_le_dit(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/referentiels/qualiopi/2026")
    assert "5 lignes n'ont rien en face dans la charte : 5, 16, 22, 23, 25." in plat(page.get_text())
    assert "La charte n'a rien en face" in plat(page.select_one("#l-16").get_text())  # type: ignore[union-attr]


def test_les_changements_se_lisent_mot_a_mot_et_en_entier(client_anonyme: Client) -> None:
    page = lire(client_anonyme, "/charte/referentiels/qualiopi/2026/changements")
    articles = page.select("article")
    assert len(articles) == 14
    assert "19 sont inchangées ou réputées l'être" in plat(page.get_text())
    assert "l'absence de droits" in plat(articles[0].select("ins")[-1].get_text())
    avant, apres = (charger_referentiel("qualiopi").edition(e).ligne("1").texte for e in ("2019", "2026"))
    assert plat(avant) in plat(articles[0].get_text())
    assert plat(apres) in plat(articles[0].get_text())
    assert not articles[-1].select("ins, del")
    assert "Indicateur 33 nouveau" in plat(articles[-1].get_text())


@pytest.mark.parametrize(
    "adresse", ["iso/2019", "qualiopi/2030", "charte/2023-10", "qualiopi/2019/changements", "cti/reperes/changements"]
)
def test_ce_qui_n_existe_pas_est_introuvable(client_anonyme: Client, adresse: str) -> None:
    assert client_anonyme.get(f"/charte/referentiels/{adresse}").status_code == 404


@pytest.mark.parametrize(("jour", "en_vigueur"), [(date(2026, 10, 31), "2019"), (date(2026, 11, 1), "2026")])
def test_l_accueil_dit_l_edition_en_vigueur_ce_jour_la(jour: date, en_vigueur: str) -> None:
    qualiopi, _, hceres, _ = resumer(charger_referentiels(), charger_correspondances(), jour)
    attendus = (
        ["en vigueur", "n’est plus en vigueur"] if en_vigueur == "2026" else ["pas encore en vigueur", "en vigueur"]
    )
    assert [e.etat for e in qualiopi.editions] == attendus
    assert [e.etat for e in hceres.editions] == ["à vérifier"]
    assert [(e.lignes, e.rapprochees) for e in qualiopi.editions] == [(33, 28), (32, 27)]


@pytest.mark.parametrize(
    ("depuis", "jusqu_a", "dit"),
    [
        (date(2019, 6, 8), date(2026, 10, 31), "du 8 juin 2019 au 31 octobre 2026"),
        (date(2026, 11, 1), None, "depuis le 1er novembre 2026"),
        (None, date(2026, 10, 31), "jusqu’au 31 octobre 2026"),
        (None, None, "dates non établies"),
    ],
)
def test_les_dates_se_disent(depuis: date | None, jusqu_a: date | None, dit: str) -> None:
    source = Source(reference="Essai", adresse="https://exemple.invalid/")
    fiche = FicheEdition(edition="1", titre="Essai", source=source, note="Essai.", depuis=depuis, jusqu_a=jusqu_a)
    assert dire_les_dates(fiche) == dit


def test_sans_table_les_changements_se_calculent_sur_les_textes() -> None:
    qualiopi = charger_referentiel("qualiopi")
    avec, sans = (
        voir_changements(qualiopi, "2026", charger_passage("qualiopi", "2026")),
        voir_changements(qualiopi, "2026", None),
    )
    assert [c.nom for c in avec.changements] == [c.nom for c in sans.changements]
    assert (bool(avec.source), bool(sans.source)) == (True, False)


def test_une_edition_sans_critere_tient_en_un_groupe() -> None:
    missions = charger_referentiel("missions_cfa")
    jour = date(2026, 11, 22)
    tables = (charger_correspondances(), charger_edition())
    vue = voir_edition(
        missions, missions.editions[0], *tables, table=charger_passage("missions_cfa", "2019"), jour=jour
    )
    assert [(g.titre, len(g.lignes)) for g in vue.groupes] == [("", 14)]
    assert vue.onglets == ()
