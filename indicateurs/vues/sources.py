"""D'où viendraient les données qui manquent : le fichier qui nourrit chaque indicateur."""

import re

from indicateurs.definitions import Definition

__all__ = ["source_de"]

_SOURCES = {
    "parcours": "l’extraction du logiciel du CFA",
    "contrats": "l’extraction du logiciel du CFA",
    "resultats": "un fichier de résultats d’examen",
    "heures": "un fichier d’heures prévues et réalisées",
    "rencontres": "un fichier de rencontres et de visites",
    "situations": "une enquête d’insertion",
    "satisfaction": "une enquête de satisfaction",
    "enquetes": "une enquête de satisfaction",
}
_NOMMEES = {"rencontres": re.compile(r"\brencontre"), "resultats": re.compile(r"\b(present|admis)\b")}
"""Des colonnes des parcours que d'autres fichiers remplissent."""


def source_de(definition: Definition) -> str:
    """Le fichier à déposer pour que cet indicateur ait une valeur."""
    table = definition.calcul.table
    if table == "parcours":
        texte = " ".join(definition.calcul.textes().values())
        table = next((nom for nom, motif in _NOMMEES.items() if motif.search(texte)), table)
    return _SOURCES.get(table, "un fichier déposé")
