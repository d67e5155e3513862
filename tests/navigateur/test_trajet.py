"""Le trajet entier d'une nouvelle venue : la charte, un dépôt, les chiffres, une réponse, le PDF du conseil."""

import re
from io import BytesIO

import openpyxl
import pikepdf
import pytest
from playwright.sync_api import Page, expect

from tests.navigateur.conftest import Site

pytestmark = pytest.mark.navigateur

ENREGISTRE = re.compile(r"Enregistré à \d\d:\d\d")


def _ouvrir_diplome(page: Page, libelle: str) -> str:
    page.goto("/diplomes")
    page.get_by_role("link", name=libelle, exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(libelle)
    return page.url


def test_on_cherche_dans_la_charte_et_on_suit_une_puce(page: Page) -> None:
    page.goto("/charte")
    page.get_by_label("Chercher dans la charte").fill("livret")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("status")).to_contain_text("pour « livret »")
    reponse = page.get_by_label("Passages trouvés").get_by_role("link", name=re.compile(r"^3\.S1\.1"))
    ancre = reponse.get_attribute("href")
    assert ancre
    reponse.click()
    expect(page.locator(f"[id='{ancre[1:]}']")).to_be_in_viewport()
    expect(page.locator(f"[id='{ancre[1:]}']")).to_contain_text("livret d’apprentissage")


def test_on_depose_un_classeur_on_lit_le_diagnostic_et_on_confirme(page: Page, site: Site) -> None:
    classeur = next(site.exemples.glob("cfa-interne-*-suite.xlsx"))
    page.goto("/depots")
    page.get_by_label("Fichier à déposer").set_input_files(classeur)
    page.get_by_role("button", name="Diagnostiquer ce fichier").click()
    expect(page.get_by_role("heading", name="Diagnostic du fichier")).to_be_visible()
    compte = re.search(
        r"(\d[\d\s]*)\slignes lues = (\d[\d\s]*)\sretenues \+ (\d+)\sécartées", page.locator(".compte").inner_text()
    )
    assert compte
    lues, retenues, ecartees = (int(re.sub(r"\s", "", nombre)) for nombre in compte.groups())
    assert lues == retenues + ecartees
    assert ecartees == 5
    for cause in ("1 date illisible dans contrat_date_rupture", "1 UAI à la lettre fausse"):
        expect(page.get_by_role("heading", name=cause)).to_be_visible()

    with page.expect_download() as attente:
        page.get_by_role("button", name="Reprendre mon fichier annoté").click()
    annote = openpyxl.load_workbook(BytesIO(attente.value.path().read_bytes()))
    remarques = [c.comment.text for feuille in annote for rangee in feuille.iter_rows() for c in rangee if c.comment]
    assert len(remarques) >= 10

    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_role("row", name=re.compile("Ajoutés"))).to_contain_text("7")
    expect(page.get_by_role("row", name=re.compile("dont le fichier ne parle plus"))).to_contain_text("0")
    page.get_by_role("button", name="Ranger ces données").click()
    expect(page.get_by_role("heading", name="Données rangées")).to_be_visible()

    page.goto("/depots")
    page.get_by_label("Fichier à déposer").set_input_files(classeur)
    page.get_by_role("button", name="Diagnostiquer ce fichier").click()
    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_text("confirmer ne changera rien")).to_be_visible()


def test_chaque_taux_dit_pourquoi_ce_chiffre(page: Page) -> None:
    page.goto("/indicateurs")
    page.get_by_role("link", name=re.compile("Obtention")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Obtention")
    page.get_by_role("link", name="Pourquoi ce chiffre ?").first.click()
    fiche = page.locator("#pourquoi")
    for rubrique in ("Ce qu’on compte", "Parmi", "Fenêtre", "Sont laissés de côté", "Définition", "Données"):
        expect(fiche.get_by_text(rubrique, exact=True)).to_be_visible()
    expect(fiche).to_contain_text("cfa-interne-")
    expect(fiche).to_contain_text("obtention")


def test_un_petit_effectif_ne_se_lit_pas(page: Page) -> None:
    page.goto(_ouvrir_diplome(page, "Master Bio-informatique") + "/indicateurs")
    texte = page.locator("main").inner_text()
    assert "n.d." in texte
    assert not re.search(r"\d+,\d\s%", texte)


def test_une_reponse_s_enregistre_seule_et_se_retrouve(page: Page) -> None:
    adresse = _ouvrir_diplome(page, "LP Logistique et transports")
    page.goto(f"{adresse}/grille/3")
    ligne = page.locator("#e-3-S1-1")
    ligne.locator("input[value=en_partie]").check()
    expect(ligne.locator(".ligne__suivi")).to_have_text(ENREGISTRE)
    page.reload()
    expect(page.locator("#e-3-S1-1").locator("input[value=en_partie]")).to_be_checked()
    page.goto(adresse)
    expect(page.locator("main")).to_contain_text("En deçà du socle")


def test_on_telecharge_le_dossier_du_conseil(page: Page) -> None:
    adresse = _ouvrir_diplome(page, "Master Informatique, génie logiciel")
    page.goto(f"{adresse}/conseil")
    page.get_by_role("button", name="Éditer le dossier").click()
    lien = page.get_by_role("link", name=re.compile(r"^PDF, \d+ pages$")).first
    lien.wait_for(timeout=90_000)
    with page.expect_download() as attente:
        # Le navigateur de test ouvre les PDF dans un lecteur : on le lui demande comme un fichier.
        lien.evaluate("lien => lien.setAttribute('download', 'dossier.pdf')")
        lien.click()
    octets = attente.value.path().read_bytes()
    with pikepdf.open(BytesIO(octets)) as pdf:
        assert len(pdf.pages) >= 4
        assert pdf.Root.Lang == "fr-FR"
        assert [nom for nom in pdf.attachments if nom.endswith(".csv")]


def test_la_navigation_mene_partout(page: Page) -> None:
    page.goto("/")
    for entree in ("Diplômes", "Indicateurs", "Conseils", "Charte", "Accueil"):
        page.get_by_role("navigation", name="Navigation principale").get_by_role("link", name=entree).click()
        lien = page.get_by_role("navigation", name="Navigation principale").get_by_role("link", name=entree)
        expect(lien).to_have_attribute("aria-current", "page")
