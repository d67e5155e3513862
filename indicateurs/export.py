"""Les mesures sous leur forme publique : une ligne JSON par indicateur × groupe × promotion."""

from typing import Any

import pandas as pd

from indicateurs.moteur import CLES_PAR_NIVEAU, Niveau

__all__ = ["mesures_en_json"]


def mesures_en_json(mesures: pd.DataFrame) -> list[dict[str, Any]]:
    """Rend les mesures de `calculer` : `indicateur`, `definition`, `groupe`, comptes, taux, intervalle, `masque`.

    `groupe` ne porte que les clés du niveau, et la promotion (None pour le cumul). Une valeur absente est None.
    """
    return [_en_json(ligne) for ligne in mesures.to_dict("records")]


def _en_json(ligne: dict[Any, Any]) -> dict[str, Any]:
    niveau: Niveau = ligne["niveau"]
    return {
        "indicateur": ligne["indicateur"],
        "definition": ligne["definition"],
        "groupe": {cle: _ou_rien(ligne[cle]) for cle in (*CLES_PAR_NIVEAU[niveau], "promotion")},
        **{compte: _entier(ligne[compte]) for compte in ("numerateur", "denominateur")},
        **{nom: _ou_rien(ligne[nom]) for nom in ("taux", "ic_bas", "ic_haut")},
        "masque": bool(ligne["masque"]),
    }


def _ou_rien(valeur: Any) -> Any:
    return None if pd.isna(valeur) else valeur


def _entier(valeur: Any) -> int | None:
    return None if pd.isna(valeur) else int(valeur)
