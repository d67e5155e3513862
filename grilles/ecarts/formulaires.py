"""Les saisies de la page des écarts : ce qu'on veut voir, et la reprise des accords."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from grilles.ecarts.regles import Sorte
from grilles.ecarts.vues import Tri
from grilles.formulaires import Annee


def _cochee(brut: Any) -> bool:
    return str(brut or "") == "oui"


class FormulaireAccords(BaseModel):
    """Reprendre les accords ; `malgre_les_avis` : aussi là où un avis dit autre chose."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    annee: Annee = None
    malgre_les_avis: Annotated[bool, BeforeValidator(_cochee)] = False


def lire_le_tri(poste: str, sorte: str, sans_concertee: str) -> Tri:
    """Le tri demandé dans l'adresse ; une valeur inconnue ne trie pas."""
    connue = sorte if sorte in tuple(Sorte) else ""
    return Tri(int(poste) if poste in ("1", "2", "3", "4") else 0, connue, _cochee(sans_concertee))
