"""Les en-têtes des pages ouvertes : un cache, et un extrait, lui seul, qui se montre dans un autre site."""

from collections.abc import Mapping

from appli.securite import CSP

RACINE = "/ouvert/"
DUREE = 600
"""Secondes de cache : assez pour servir un site passant, assez peu pour qu’un retrait se voie vite."""
_CACHE = {"cache-control": f"public, max-age={DUREE}"}
_EXTRAIT = {
    "content-security-policy": CSP.replace("frame-ancestors 'none'", "frame-ancestors *"),
    "cross-origin-resource-policy": "cross-origin",
}


def est_ouverte(chemin: str) -> bool:
    """Vrai pour une page lue sans compte ni session : aucun cookie n'y est lu ni posé."""
    return chemin.startswith(RACINE)


def entetes_ouverts(chemin: str, statut: int) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """(en-têtes à poser, en-têtes à ôter) d'une réponse ouverte ; un refus a ceux de toute autre page."""
    if not est_ouverte(chemin) or statut != 200:
        return {}, ()
    if chemin.endswith("/extrait"):
        return {**_CACHE, **_EXTRAIT}, ("x-frame-options",)
    return _CACHE, ()
