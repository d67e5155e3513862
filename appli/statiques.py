"""Les fichiers servis tels quels (styles, polices, scripts), à une adresse qui change avec leur contenu."""

import hashlib
from functools import cache
from pathlib import Path

DOSSIER = Path(__file__).parent / "statique"


@cache
def edition_statique() -> str:
    """Empreinte courte de tout le dossier : le navigateur peut garder les fichiers, une mise à jour les change."""
    condense = hashlib.sha256()
    for fichier in sorted(f for f in DOSSIER.rglob("*") if f.is_file()):
        condense.update(str(fichier.relative_to(DOSSIER)).encode())
        condense.update(fichier.read_bytes())
    return condense.hexdigest()[:12]


def prefixe_statique() -> str:
    """Adresse du dossier statique."""
    return f"/statique/{edition_statique()}"


def adresse_statique(nom: str) -> str:
    """Adresse d'un fichier du dossier statique ; un nom inconnu est une faute de gabarit."""
    if not (DOSSIER / nom).is_file():
        raise FileNotFoundError(f"Fichier statique introuvable : {nom}")
    return f"{prefixe_statique()}/{nom}"
