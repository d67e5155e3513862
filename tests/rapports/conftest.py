"""Les PDF que plusieurs tests lisent, rendus une fois."""

import pytest

from rapports.pdf import PdfProduit, produire
from tests.rapports.exemples import dossier, dossier_vide


@pytest.fixture(scope="session")
def pdf_complet() -> PdfProduit:
    """Le PDF d'un dossier complet."""
    return produire(dossier())


@pytest.fixture(scope="session")
def pdf_vide() -> PdfProduit:
    """Le PDF d'une formation sans grille ni fichier."""
    return produire(dossier_vide())
