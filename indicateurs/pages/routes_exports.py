"""Les mesures à emporter : CSV français ou brut, classeur, Parquet ; toujours au seuil interne, jamais sans masque."""

from collections.abc import Sequence

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.telechargement import XLSX, joindre
from charte.commun.web import Introuvable, acces
from indicateurs.pages.demande import Lue, lire, lire_l_adresse
from indicateurs.vues.fichiers import (
    LigneEmportee,
    en_csv,
    en_csv_brut,
    en_parquet,
    en_xlsx,
    lignes_a_emporter,
)

__all__ = ["ROUTES"]

TOUS = "tous"
"""Le mot d'adresse qui emporte tous les périmètres que l'acteur voit."""
PARQUET = "application/vnd.apache.parquet"


@get("/indicateurs/mesures.csv", opt=acces(Geste.LIRE), sync_to_thread=True, name="mesures_csv")
def emporter_en_csv(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
    forme: FromQuery[str] = "",
) -> Response[bytes]:
    """CSV français ; `forme=iso` : virgule, point décimal, dates ISO 8601, clés en tête."""
    lue, lignes = _lire(base, acteur, (perimetre, au, indicateur))
    if forme not in ("", "iso"):
        raise Introuvable
    contenu = en_csv_brut(lignes) if forme else en_csv(lignes)
    return joindre(contenu, _nom(lue, perimetre, indicateur, "-iso.csv" if forme else ".csv"), "text/csv")


@get("/indicateurs/mesures.xlsx", opt=acces(Geste.LIRE), sync_to_thread=True, name="mesures_xlsx")
def emporter_en_classeur(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
) -> Response[bytes]:
    """Classeur : mesures typées, définitions, sources."""
    lue, lignes = _lire(base, acteur, (perimetre, au, indicateur))
    return joindre(en_xlsx(lignes, lue.tableau), _nom(lue, perimetre, indicateur, ".xlsx"), XLSX)


@get("/indicateurs/mesures.parquet", opt=acces(Geste.LIRE), sync_to_thread=True, name="mesures_parquet")
def emporter_en_parquet(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
) -> Response[bytes]:
    """Parquet typé, définitions et sources dans ses métadonnées."""
    lue, lignes = _lire(base, acteur, (perimetre, au, indicateur))
    return joindre(en_parquet(lignes, lue.tableau), _nom(lue, perimetre, indicateur, ".parquet"), PARQUET)


def _lire(base: Base, acteur: Acteur, adresse: tuple[str, str, str]) -> tuple[Lue, list[LigneEmportee]]:
    perimetre, au, indicateur = adresse
    with base.lecture() as session:
        lue = lire(session, acteur, lire_l_adresse("" if perimetre == TOUS else perimetre, au))
    if indicateur and indicateur not in lue.tableau.definitions:
        raise Introuvable
    cles = (indicateur,) if indicateur else tuple(lue.tableau.definitions)
    perimetres = lue.tableau.perimetres if perimetre == TOUS else (lue.perimetre,)
    return lue, lignes_a_emporter(lue.tableau, perimetres, cles)


def _nom(lue: Lue, perimetre: str, indicateur: str, suffixe: str) -> str:
    quoi = indicateur or "indicateurs"
    return f"{quoi}-{TOUS if perimetre == TOUS else lue.perimetre.adresse}-{lue.tableau.au:%Y-%m-%d}{suffixe}"


ROUTES: Sequence[HTTPRouteHandler] = (emporter_en_csv, emporter_en_classeur, emporter_en_parquet)
