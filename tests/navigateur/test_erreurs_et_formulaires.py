"""Les pages d'erreur et tous les formulaires refusés : le focus va au résumé, le résumé mène aux champs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, Response

from charte.acteur import Role
from tests.navigateur.controles import arriver, controler, mesurer
from tests.navigateur.maison import PANNE, SANS_SESSION, Maison, demander, entrer, servir

pytestmark = pytest.mark.navigateur

HOSTILE = """formulaire => {
  formulaire.noValidate = true;
  for (const champ of formulaire.elements) {
    if (["hidden", "submit", "button"].includes(champ.type)) continue;
    if (champ.type === "radio" || champ.type === "checkbox") { champ.checked = false; continue; }
    if (champ.tagName === "SELECT") champ.add(new Option("zzz", "zzz", true, true));
    else if (champ.type === "date") { champ.type = "text"; champ.value = "zzz"; }
    else if (champ.type !== "file") champ.value = champ.required ? "" : "z".repeat(6000);
  }
  setTimeout(() => formulaire.requestSubmit());
}"""
"""Remplit un formulaire de ce qu'aucun ne peut accepter, puis l'envoie sans le contrôle du navigateur ; l'envoi part
après la réponse à l'essai, que la page suivante interromprait."""
RIEN_A_REFUSER = ("/reprise",)
"""Des boutons radio dont l'absence vaut le choix d'office : rien n'y est faux."""
LOTS = 4
"""Chaque lot de pages va à l'ouvrier libre, et essaie au moins sept formulaires."""
AVEC_SAISIES = "form[method=post]:has(input:not([type=hidden], [type=checkbox]), select, textarea)"
LIENS_DU_RESUME = """() => [...document.querySelectorAll(".resume-erreurs li")].flatMap(ligne => {
  const lien = ligne.querySelector("a");
  const champ = lien && document.getElementById(decodeURIComponent(lien.hash.slice(1)));
  if (!champ) return [`sans lien vers un champ : ${ligne.textContent.trim()}`];
  const decrit = (champ.getAttribute("aria-describedby") || "").split(/\\s+/).map(id => document.getElementById(id));
  const dit = decrit.some(e => e && e.textContent.trim() === ligne.textContent.trim());
  return [
    champ.getAttribute("aria-invalid") === "true" ? [] : [`${champ.name} : sans aria-invalid`],
    dit ? [] : [`${champ.name} : le message n'est pas relié au champ`],
  ].flat();
})"""


@pytest.fixture(scope="module")
def maison(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Iterator[Maison]:
    """L'application, servie une fois pour tout le fichier."""
    with servir(tmp_path_factory.mktemp("maison"), base_modele) as servie:
        yield servie


def _sans_jeton(page: Page) -> None:
    page.goto("/connexion")
    with arriver(page):
        page.locator("main form").first.evaluate(
            "f => { f.noValidate = true; f.elements._csrf.value = '0'; setTimeout(() => f.submit()); }"
        )


def _trop_gros(page: Page) -> None:
    page.goto("/connexion")
    with arriver(page):
        page.locator("main form").first.evaluate(
            "f => { f.elements.suite.value = 'z'.repeat(1200000); setTimeout(() => f.submit()); }"
        )


def _connexion_refusee(page: Page) -> None:
    page.goto("/connexion")
    page.get_by_label("Courriel").fill("personne@quatre-vents.invalid")
    page.get_by_label("Mot de passe").fill("ce n'est pas lui")
    with arriver(page):
        page.get_by_role("button", name="Se connecter", exact=True).click()


def _trop_d_essais(page: Page) -> None:
    for _ in range(7):
        _connexion_refusee(page)


def _aller(adresse: str) -> Callable[[Page], None]:
    def aller(page: Page) -> None:
        page.goto(adresse)

    return aller


ERREURS: dict[int, Callable[[Page], None]] = {
    403: _sans_jeton,
    404: _aller("/rien/ici"),
    405: _aller("/deconnexion"),
    413: _trop_gros,
    422: _connexion_refusee,
    429: _trop_d_essais,
    500: _aller(PANNE),
}


@pytest.mark.parametrize("statut", ERREURS)
def test_une_page_d_erreur_se_lit_comme_les_autres(navigateur: Browser, maison: Maison, statut: int) -> None:
    with entrer(navigateur, maison, SANS_SESSION) as contexte:
        page = contexte.new_page()
        with page.expect_response(lambda r: r.status == statut and r.request.resource_type == "document"):
            ERREURS[statut](page)
        assert controler(page, complet=statut in (404, 422)) == []


@pytest.mark.parametrize("lot", range(LOTS))
def test_chaque_formulaire_refuse_mene_a_ses_champs(navigateur: Browser, maison: Maison, lot: int) -> None:
    fautes, essayes = [], 0
    for nom in (SANS_SESSION, Role.ADMINISTRATEUR.value):
        with entrer(navigateur, maison, nom) as contexte:
            page = contexte.new_page()
            for ou in sorted(maison.pages())[lot::LOTS]:
                for rang in range(_formulaires(page, ou)):
                    fautes += [f"{nom}, {ou}, formulaire {rang + 1} : {f}" for f in _refuser(page, ou, rang)]
                    essayes += 1
    assert not fautes, "\n".join(fautes)
    assert essayes >= 7


def _formulaires(page: Page, ou: str) -> int:
    """Combien de formulaires à remplir ici ; ceux de la grille, enregistrés ligne à ligne, ont leur propre essai.

    Ils se comptent dans le texte de la page : l'afficher ne sert qu'à les remplir.
    """
    reponse = demander(page.context, ou)
    if reponse.statut != 200 or "<form" not in reponse.page:
        return 0
    lue = BeautifulSoup(reponse.page, "html.parser")
    return 0 if lue.select_one("[data-ligne]") else len(lue.select(f"main {AVEC_SAISIES}"))


def _est_un_envoi(reponse: Response) -> bool:
    return reponse.request.method == "POST" and reponse.request.resource_type == "document"


def _refuser(page: Page, ou: str, rang: int) -> Iterator[str]:
    page.goto(ou)
    formulaire = page.locator(f"main {AVEC_SAISIES}").nth(rang)
    if any(fin in (formulaire.get_attribute("action") or "") for fin in RIEN_A_REFUSER):
        return
    with arriver(page), page.expect_response(_est_un_envoi) as attente:
        formulaire.evaluate(HOSTILE)
    if attente.value.status != 422:
        yield f"répond {attente.value.status} au lieu de 422"
        return
    if not page.title().startswith("Erreur\N{NO-BREAK SPACE}: "):
        yield f"le titre ne dit pas l'erreur : {page.title()}"
    if not page.evaluate("document.activeElement.matches('.resume-erreurs[role=alert]')"):
        yield "le focus ne va pas au résumé des erreurs"
    yield from page.evaluate(LIENS_DU_RESUME)
    yield from mesurer(page, "structure")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    if not page.evaluate("document.activeElement.getAttribute('aria-invalid') === 'true'"):
        yield "le premier lien du résumé ne mène pas au champ"
