"""Ce que la loi demande de publier, en données datées (`donnees/publication.yaml`)."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from charte.commun.donnees import DonneeGelee, charger_modele

FICHIER = Path(__file__).resolve().parents[1] / "donnees" / "publication.yaml"


class RubriqueDeLaLoi(DonneeGelee):
    """Une mention de la loi ; `mesure` : la clé de l'indicateur qui y répond, None si elle s'importe."""

    cle: str
    loi: str
    titre: str
    mesure: str | None = None
    note: str = ""


class Programme(DonneeGelee):
    """Le texte, et les rubriques dans son ordre. `promotions` : combien chaque rubrique en montre."""

    loi: str
    reference: str
    consulte_le: date
    promotions: Annotated[int, Field(ge=1)]
    rubriques: tuple[RubriqueDeLaLoi, ...]


@cache
def charger_programme() -> Programme:
    """Le programme ; lève `DonneesInvalides` s'il est mal écrit."""
    return charger_modele(FICHIER, Programme)
