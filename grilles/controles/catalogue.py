"""Les contrôles que l'outil connaît : leur titre, leur gravité, leur raison (`donnees/controles.yaml`)."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from charte.commun.donnees import DonneeGelee, charger_modele
from charte.textes import Texte

DOSSIER = Path(__file__).parent / "donnees"
FICHIER = DOSSIER / "controles.yaml"
Gravite = Literal["bloque", "a_regarder"]
GRAVITES: dict[Gravite, str] = {"bloque": "bloque le niveau", "a_regarder": "à regarder"}


class Controle(DonneeGelee):
    """Un contrôle : sa clé, son titre, ce qu'il vaut, pourquoi il compte."""

    cle: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    titre: Texte
    gravite: Gravite
    pourquoi: Texte


class Controles(DonneeGelee):
    """Tous les contrôles, dans l'ordre où ils se lisent."""

    controles: tuple[Controle, ...]


@lru_cache(maxsize=1)
def charger_controles() -> dict[str, Controle]:
    """Les contrôles livrés, par clé, lus une fois par processus ; lève `DonneesInvalides` si le fichier est fautif."""
    return {controle.cle: controle for controle in charger_modele(FICHIER, Controles).controles}
