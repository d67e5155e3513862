"""Le travail de fond des rapports : rendre le PDF d'un dossier figé, hors de toute transaction."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from charte.acteur import Acteur
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement
from charte.commun.typographie import pluriel
from rapports.pdf import PdfProduit, rendre_pdf
from rapports.services import TRAVAIL, lire_instantane, ranger_fichier

Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]


def rendre_le_rapport(
    base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avancement: Avancement
) -> str:
    """Rend le PDF du rapport `parametres["rapport_id"]`, l'écrit, puis note son empreinte ; rend un message.

    Recommencer après une interruption redonne le même fichier : le rendu ne dépend que de l'instantané. Lève
    `PdfIndisponible` ou `Introuvable`.
    """
    rapport_id = int(parametres["rapport_id"])
    avancement(0, 2)
    with base.lecture() as session:
        dossier = lire_instantane(session, acteur, rapport_id)
    produit = rendre_pdf(dossier)
    avancement(1, 2)
    fichier = ecrire_pdf(produit, reglages.dossier_rapports)
    with base.ecriture() as session:
        ranger_fichier(session, acteur, rapport_id, fichier, produit.pages)
    avancement(2, 2)
    return f"Dossier prêt : {pluriel(produit.pages, 'page')}."


def ecrire_pdf(produit: PdfProduit, destination: Path) -> str:
    """Écrit le PDF dans `destination`, jamais à moitié ; rend son nom, tiré de son empreinte SHA-256."""
    nom = f"{hashlib.sha256(produit.contenu).hexdigest()}.pdf"
    destination.mkdir(parents=True, exist_ok=True, mode=0o700)
    provisoire = destination / f".{nom}.partiel"
    provisoire.write_bytes(produit.contenu)
    provisoire.replace(destination / nom)
    return nom


TRAVAUX: dict[str, Executant] = {TRAVAIL: rendre_le_rapport}
"""Genre de travail vers ce qui l'exécute ; `appli` les réunit pour ses ouvriers."""
