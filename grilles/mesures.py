"""Ce que les grilles attendent de qui mesure : `rapports` le fait, `appli` branche (dépendance `mesures`).

`grilles` ne connaît pas `indicateurs` : elle cite une CLÉ, et lit par ce protocole ce que la clé vaut.

    def voir(..., base: NamedDependency[Base], acteur: …, mesures: NamedDependency[LecteurDeMesures]) -> Template:
        with base.lecture() as session:
            citees = mesures.valeurs(session, acteur, formation_id, ["abandon"])
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Protocol, runtime_checkable

from sqlmodel import Session

from charte.acteur import Acteur, Geste
from grilles.mesure_citee import MesureCitee

__all__ = ["LecteurDeMesures", "MesureCitee"]


@runtime_checkable
class LecteurDeMesures(Protocol):
    """Celui qui lit la valeur des indicateurs."""

    def libelles(self) -> Mapping[str, str]:
        """Clé → libellé de chaque indicateur que l'outil sait calculer, dans l'ordre des pages."""
        ...

    def unites(self) -> Mapping[str, str]:
        """Clé → « part » (une fraction, montrée en pour-cent) ou « effectif »."""
        ...

    def valeurs(
        self,
        session: Session,
        acteur: Acteur,
        formation_id: int,
        cles: Collection[str],
        au: date | None = None,
        *,
        geste: Geste = Geste.LIRE,
    ) -> Mapping[str, MesureCitee]:
        """Chaque clé connue → sa valeur pour ce diplôme, observée au jour `au` (celui des données, sans lui).

        Une part est celle de la dernière promotion mesurée ; un effectif, toutes promotions ensemble. Le secret est
        respecté : une valeur masquée ne porte aucun nombre. Une clé inconnue n'est pas dans le résultat ; un diplôme
        sans donnée, ou que l'acteur n'atteint pas, rend « aucune donnée ».
        """
        ...
