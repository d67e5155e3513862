"""Ce que les essais du rangement partagent : des apprentis fictifs rangés, et des lignes de sources déjà lues."""

from datetime import date
from typing import Any

import pandas as pd

from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.identite import empreinte_ine, empreinte_personne, repere_de_cle
from tests.conftest import CLE
from tests.indicateurs.imports.fabrique import ligne

_CONNUES = ("ligne", "id_personne", "empreinte_ine")


def qui(numero: int, cle: bytes = CLE) -> dict[str, Any]:
    """L'identité, en empreintes, de l'apprenti de `fabrique.ligne(numero)`."""
    modele = ligne(numero)
    naissance = date.fromisoformat(modele["date_de_naissance_apprenant"])
    personne = empreinte_personne(cle, modele["nom_apprenant"], modele["prenom_apprenant"], naissance)
    return {"id_personne": personne, "empreinte_ine": empreinte_ine(cle, modele["ine_apprenant"])}


def lues(source: str, *lignes: dict[str, Any], cle: bytes = CLE) -> Diagnostic:
    """Le diagnostic d'un fichier de cette source, toutes lignes retenues."""
    table = pd.DataFrame([{"id_personne": None, "empreinte_ine": None, **dite} for dite in lignes])
    table.insert(0, "ligne", range(2, len(lignes) + 2))
    for nom in table.columns.difference(["ligne"]):
        exemple = next((valeur for valeur in table[nom] if valeur is not None), "")
        if isinstance(exemple, date):
            table[nom] = pd.to_datetime(table[nom]).astype("datetime64[s]")
        elif isinstance(exemple, bool):
            table[nom] = table[nom].astype("boolean")
        elif isinstance(exemple, int | float):
            table[nom] = table[nom].astype("Int64" if isinstance(exemple, int) else "Float64")
        else:
            table[nom] = table[nom].astype("str")
    return Diagnostic(
        nom=f"{source}.csv", lues=len(lignes), retenues=len(lignes), ecartees=0, anomalies=(), colonnes_inconnues=(),
        colonnes_absentes=(), feuille=None, feuilles_ignorees=(), encodage="utf-8", ligne_entete=1, lignes=table,
        repere_cle=repere_de_cle(cle), source=source,
    )  # fmt: skip
