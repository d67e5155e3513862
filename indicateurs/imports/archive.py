"""Garder un diagnostic avec son fichier : on le relit sans refaire le travail (il est chiffré comme lui)."""

import base64
import json
import zlib
from dataclasses import astuple, fields
from io import BytesIO
from typing import Any

import pandas as pd

from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.fautes import Anomalie

_SIMPLES = [
    champ.name for champ in fields(Diagnostic) if champ.name not in ("anomalies", "lignes", "personnes_ecartees")
]


def en_octets(diagnostic: Diagnostic) -> bytes:
    """Diagnostic en octets compressés (JSON, lignes retenues en Parquet)."""
    flux = BytesIO()
    diagnostic.lignes.to_parquet(flux, index=False)
    contenu: dict[str, Any] = {champ: getattr(diagnostic, champ) for champ in _SIMPLES}
    contenu["anomalies"] = [astuple(anomalie) for anomalie in diagnostic.anomalies]
    contenu["lignes"] = base64.b64encode(flux.getvalue()).decode()
    contenu["personnes_ecartees"] = sorted(diagnostic.personnes_ecartees)
    return zlib.compress(json.dumps(contenu, ensure_ascii=False).encode(), 1)


def depuis_octets(octets: bytes) -> Diagnostic:
    """Relit un diagnostic écrit par `en_octets`."""
    contenu: dict[str, Any] = json.loads(zlib.decompress(octets))
    contenu["anomalies"] = tuple(Anomalie(*anomalie) for anomalie in contenu["anomalies"])
    lignes = pd.read_parquet(BytesIO(base64.b64decode(contenu["lignes"])))
    # Parquet n'a pas de date à la seconde : il les rend à la milliseconde.
    dates = [nom for nom, genre in lignes.dtypes.items() if pd.api.types.is_datetime64_any_dtype(genre)]
    contenu["lignes"] = lignes.astype(dict.fromkeys(dates, "datetime64[s]"))
    contenu["personnes_ecartees"] = frozenset(contenu["personnes_ecartees"])
    for champ in ("colonnes_inconnues", "colonnes_absentes", "feuilles_ignorees", "notes"):
        contenu[champ] = tuple(contenu.get(champ, ()))
    return Diagnostic(**contenu)
