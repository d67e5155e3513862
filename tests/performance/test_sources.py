"""Temps du diagnostic de chaque source (marque `performance`)."""

import time

import pytest

from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES, charger_source
from tests.indicateurs.imports.fabrique import CLE, uai
from tests.indicateurs.sources.fabrique import diagnostic, en_csv, ligne

LIGNES = 100_000


def _distincte(cle: str, numero: int) -> dict[str, str]:
    """La ligne juste, d'une autre personne (ou d'un autre répondant, d'un autre diplôme)."""
    rang = "".join(chr(97 + int(chiffre)) for chiffre in str(numero))
    personne = {"nom_apprenant": f"Nom{rang}", "nom": f"NOM{rang.upper()}", "ine_apprenant": f"{numero:010d}A"}
    autres = {
        "ine_rnie": f"{numero:010d}A",
        "numero_repondant": str(numero % 24),
        "question": f"q{numero // 24}",
        "libelle_diplome": rang,
        "uai": uai(numero),
        "niveau_formation": rang,
    }
    return {champ: (personne | autres).get(champ, texte) for champ, texte in ligne(cle).items()}


@pytest.mark.performance
@pytest.mark.parametrize("cle", SOURCES)
def test_temps_du_diagnostic_de_cent_mille_lignes(cle: str) -> None:
    contenu = en_csv(cle, *(_distincte(cle, numero) for numero in range(LIGNES)))
    # La première lecture charge aussi les bibliothèques : elle se paie une fois par processus.
    diagnostic(cle, ligne(cle))
    debut = time.perf_counter()
    lu = diagnostiquer_source(contenu, f"{cle}.csv", cle, CLE)
    duree = time.perf_counter() - debut
    print(f"{charger_source(cle).titre} : {LIGNES} lignes, {len(contenu) / 1e6:.0f} Mo en {duree:.2f} s")
    assert (lu.lues, lu.retenues) == (LIGNES, LIGNES)
    assert duree < 60
