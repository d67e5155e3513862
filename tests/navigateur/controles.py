"""Les contrôles qu'une page subit dans le navigateur : axe, structure, reflux, focus, préférences, impression."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

FAUTES_AXE = """options => axe.run(document, options).then(lu => lu.violations.flatMap(
  faute => faute.nodes.map(noeud => `axe, ${faute.id} : ${JSON.stringify(noeud.target)}`)))"""
"""Seules les fautes reviennent de la page : le reste du bilan pèse cent fois plus."""
MESURES = Path(__file__).with_name("mesures.js").read_text("utf-8")
REGLES_AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
BUREAU, ZOOM_200, TELEPHONE, ZOOM_400 = 1200, 640, 380, 320
"""Largeurs en pixels CSS. 640 et 320 : un écran de 1 280 pixels agrandi à 200 %, puis à 400 % (WCAG 1.4.10)."""
HAUTEUR = 800
TEXTE_DOUBLE = "html { font-size: 200% !important; }"
ESPACEMENT = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
"""Les valeurs de WCAG 1.4.12 ; l'interligne est en multiples de la taille, sans unité."""
TEXTES = (
    ("texte à 200 %", 1280, TEXTE_DOUBLE),
    ("texte espacé, 380 px", TELEPHONE, ESPACEMENT),
    ("texte espacé", BUREAU, ESPACEMENT),
)
"""Ce que la page montre quand le lecteur change le texte : nom, largeur, règles ajoutées."""
LOT, TOUR_MAXIMAL = 5, 1000
"""Pressions de Tab ajoutées à celles qu'on attend (une date en prend trois), et avant de croire à un piège."""


@contextmanager
def arriver(page: Page) -> Iterator[None]:
    """Le temps du bloc, attend qu'un document NEUF soit là, celui d'avant l'étant déjà.

    `expect_navigation` se contenterait de l'adresse que htmx réécrit, sans changer de page, une fois la page prête.
    """
    page.wait_for_load_state()
    with page.expect_event("load"):
        yield


def suivre(page: Page, lien: Locator) -> None:
    """Clique, et attend la page où cela mène : un clic rend la main avant elle, et l'on jugerait celle qu'on quitte."""
    # Une page de suivi se recharge d'elle-même tant que le lien n'y est pas : ce n'est pas là que l'on arrive.
    lien.wait_for()
    with arriver(page):
        lien.click()


def mesurer(page: Page, mesure: str, *arguments: str) -> list[str]:
    """Les fautes d'une mesure de `mesures.js`, installée dans la page au besoin."""
    appel = "([mesure, dits]) => window.mesures ? window.mesures[mesure](...dits) : null"
    fautes: list[str] | None = page.evaluate(appel, [mesure, list(arguments)])
    if fautes is not None:
        return fautes
    page.evaluate(MESURES)
    return mesurer(page, mesure, *arguments)


def fautes_axe(page: Page) -> list[str]:
    """Tout ce qu'axe trouve (WCAG 2.2 A et AA, bonnes pratiques), quelle que soit la gravité qu'il lui donne."""
    page.evaluate(AXE_SCRIPT)
    fautes: list[str] = page.evaluate(FAUTES_AXE, REGLES_AXE)
    return fautes


def fautes_de_largeur(page: Page, *largeurs: int) -> Iterator[str]:
    """Rien ne déborde, ne se coupe ni ne se recouvre à ces largeurs d'écran."""
    yield from _fautes_de_reflux(page, *((f"à {largeur} px", largeur, "") for largeur in largeurs))


def _fautes_de_reflux(page: Page, *cas: tuple[str, int, str]) -> Iterator[str]:
    """Ce qui déborde, se coupe ou se recouvre dans chacun de ces cas ; la page est rendue telle qu'elle était."""
    for nom, largeur, regles in cas:
        page.set_viewport_size({"width": largeur, "height": HAUTEUR})
        yield from (f"{nom} : {faute}" for faute in mesurer(page, "reflux", regles))
    if regles:
        mesurer(page, "habiller", "")
    if largeur != BUREAU:
        page.set_viewport_size({"width": BUREAU, "height": HAUTEUR})


def fautes_de_preferences(page: Page) -> Iterator[str]:
    """Couleurs forcées, mouvement réduit, impression."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    yield from (f"couleurs forcées : {faute}" for faute in mesurer(page, "contrasteEleve"))
    page.emulate_media(forced_colors="none")
    yield from mesurer(page, "mouvement")
    page.emulate_media(reduced_motion="no-preference", media="print")
    yield from mesurer(page, "impression")
    page.emulate_media(media="screen")


def fautes_de_focus(page: Page) -> Iterator[str]:
    """Un tour complet à la touche Tab : chaque élément atteint, dans l'ordre de lecture, le contour visible."""
    pressions, lot = 0, int(page.evaluate("window.mesures.suivreLeFocus()")) + 1
    while pressions < TOUR_MAXIMAL:
        for _ in range(lot):
            page.keyboard.press("Tab")
        if page.evaluate("window.mesures.tourFini()"):
            break
        pressions, lot = pressions + lot, LOT
    else:
        yield f"au clavier : le tour de la page ne finit pas en {TOUR_MAXIMAL} pressions"
    yield from (f"au clavier : {faute}" for faute in mesurer(page, "bilanDuFocus"))


def controler(page: Page, *, complet: bool = True) -> list[str]:
    """Toutes les fautes de la page affichée ; sans `complet`, ce qui dépend de son contenu (pour un second rôle)."""
    fautes = [*mesurer(page, "structure"), *fautes_axe(page)]
    if not complet:
        return [*fautes, *fautes_de_largeur(page, ZOOM_400)]
    fautes += fautes_de_focus(page)
    largeurs = ((f"à {largeur} px", largeur, "") for largeur in (BUREAU, ZOOM_200, TELEPHONE, ZOOM_400))
    return [*fautes, *_fautes_de_reflux(page, *largeurs, *TEXTES), *fautes_de_preferences(page)]
