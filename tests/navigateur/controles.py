"""Les contrôles qu'une page subit dans le navigateur : axe, structure, reflux, focus, préférences, impression."""

import json
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

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
LOT, TOUR_MAXIMAL = 20, 1000
"""Pressions de Tab entre deux questions au navigateur, et avant de croire à un piège (une date en prend trois)."""


def mesurer(page: Page, mesure: str) -> list[str]:
    """Les fautes d'une mesure de `mesures.js`, installée dans la page au besoin."""
    if not page.evaluate("Boolean(window.mesures)"):
        page.evaluate(MESURES)
    fautes: list[str] = page.evaluate(f"window.mesures.{mesure}()")
    return fautes


def fautes_axe(page: Page) -> list[str]:
    """Tout ce qu'axe trouve (WCAG 2.2 A et AA, bonnes pratiques), quelle que soit la gravité qu'il lui donne."""
    trouvees = Axe().run(page, options=REGLES_AXE).response["violations"]
    return [f"axe, {faute['id']} : {noeud['target']}" for faute in trouvees for noeud in faute["nodes"]]


def fautes_de_largeur(page: Page, *largeurs: int) -> Iterator[str]:
    """Rien ne déborde, ne se coupe ni ne se recouvre à ces largeurs d'écran."""
    for largeur in largeurs:
        page.set_viewport_size({"width": largeur, "height": HAUTEUR})
        yield from (f"à {largeur} px : {faute}" for faute in mesurer(page, "reflux"))
    page.set_viewport_size({"width": BUREAU, "height": HAUTEUR})


def fautes_de_texte(page: Page) -> Iterator[str]:
    """Rien ne déborde, ne se coupe ni ne se recouvre quand le texte est doublé, ou espacé."""
    for nom, regles, largeur in (
        ("texte à 200 %", TEXTE_DOUBLE, 1280),
        ("texte espacé", ESPACEMENT, BUREAU),
        ("texte espacé, 380 px", ESPACEMENT, TELEPHONE),
    ):
        page.set_viewport_size({"width": largeur, "height": HAUTEUR})
        page.evaluate(f"window.mesures.coller({json.dumps(regles)})")
        yield from (f"{nom} : {faute}" for faute in mesurer(page, "reflux"))
        page.evaluate("window.mesures.decoller()")
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
    page.evaluate("window.mesures.suivreLeFocus()")
    for _ in range(TOUR_MAXIMAL // LOT):
        for _ in range(LOT):
            page.keyboard.press("Tab")
        if page.evaluate("window.mesures.tourFini()"):
            break
    else:
        yield f"au clavier : le tour de la page ne finit pas en {TOUR_MAXIMAL} pressions"
    yield from (f"au clavier : {faute}" for faute in mesurer(page, "bilanDuFocus"))


def controler(page: Page, *, complet: bool = True) -> list[str]:
    """Toutes les fautes de la page affichée ; sans `complet`, ce qui dépend de son contenu (pour un second rôle)."""
    fautes = [*mesurer(page, "structure"), *fautes_axe(page)]
    if not complet:
        return [*fautes, *fautes_de_largeur(page, ZOOM_400)]
    fautes += fautes_de_focus(page)
    fautes += fautes_de_largeur(page, BUREAU, ZOOM_200, TELEPHONE, ZOOM_400)
    return [*fautes, *fautes_de_texte(page), *fautes_de_preferences(page)]
