"""Coût d'un dossier : imprimé, hors de la suite par défaut."""

import time

import pytest

from rapports.pdf import produire
from tests.rapports.exemples import dossier


@pytest.mark.performance
def test_cout_du_pdf_par_page(capsys: pytest.CaptureFixture[str]) -> None:
    produire(dossier())
    debut = time.process_time()
    produit = produire(dossier(cfa="CFA de la mesure"))
    cout = time.process_time() - debut
    with capsys.disabled():
        print(f"\ndossier du conseil : {produit.pages} pages, {len(produit.contenu) // 1024} ko, ", end="")
        print(f"{cout:.2f} s de processeur, {cout / produit.pages:.3f} s par page")
    assert cout / produit.pages < 2
