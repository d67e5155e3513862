"""Temps du diagnostic d'un fichier d'apprentis (marque `performance`)."""

import io
import time

import openpyxl
import pytest

from indicateurs.imports import diagnostiquer, tables_depuis
from tests.indicateurs.imports.fabrique import CLE, ENTETES, en_csv, ligne


def _classeur(nombre: int) -> bytes:
    livre = openpyxl.Workbook(write_only=True)
    feuille = livre.create_sheet("Modèle")
    feuille.append(ENTETES)
    for numero in range(nombre):
        cellules = ligne(numero)
        feuille.append([cellules.get(champ) for champ in ENTETES])
    flux = io.BytesIO()
    livre.save(flux)
    return flux.getvalue()


@pytest.mark.performance
@pytest.mark.parametrize(("nombre", "limite"), [(2_000, 2.0), (100_000, 60.0)])
@pytest.mark.parametrize("forme", ["xlsx", "csv"])
def test_temps_du_diagnostic(nombre: int, limite: float, forme: str) -> None:
    contenu = _classeur(nombre) if forme == "xlsx" else en_csv([ligne(n) for n in range(nombre)])
    # La première lecture charge aussi les bibliothèques : elle se paie une fois par processus, pas par fichier.
    diagnostiquer(_classeur(1), "amorce.xlsx", CLE)
    debut = time.perf_counter()
    diagnostic = diagnostiquer(contenu, f"apprentis.{forme}", CLE)
    milieu = time.perf_counter()
    tables = tables_depuis(diagnostic)
    fin = time.perf_counter()
    print(f"{nombre} lignes {forme} : diagnostic {milieu - debut:.2f} s, réunion {fin - milieu:.2f} s")
    assert len(tables["parcours"]) == diagnostic.retenues == nombre
    assert milieu - debut < limite
