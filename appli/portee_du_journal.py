"""Ce qu'un référent lit du journal quand son rôle tient sur un CFA : ce qui touche à ses formations et à ses dépôts."""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal, or_, select
from sqlmodel import col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.journal import EntreeJournal
from charte.modeles import Cfa, Formation
from charte.services import cfas_atteints, formations_atteintes
from grilles.modeles import Grille
from grilles.plan.modeles import ActionAmelioration, Risque
from indicateurs.imports.services.portee import depots_atteints
from indicateurs.modeles import Depot
from indicateurs.publication.modeles import Publication
from indicateurs.publication.services import cfas_entiers
from indicateurs.revue.modeles import Revue
from indicateurs.revue.services.lecture import atteinte
from rapports.modeles import Rapport


def portee_du_journal(acteur: Acteur) -> ColumnElement[bool] | None:
    """La condition sur les entrées que l'acteur peut lire ; None s'il lit celles de tout l'établissement.

    Ses propres gestes, et ceux de quiconque sur ses CFA, leurs formations, grilles, actions, risques, dossiers,
    dépôts et revues.
    """
    if etendue(acteur, Geste.LIRE_JOURNAL).tout:
        return None
    siennes = select(col(Formation.id)).where(formations_atteintes(acteur, Geste.LIRE_JOURNAL))
    objets = (
        select(_nom("formation", Formation.id)).where(formations_atteintes(acteur, Geste.LIRE_JOURNAL)),
        select(_nom("cfa", Cfa.id)).where(cfas_atteints(acteur, Geste.LIRE_JOURNAL)),
        select(_nom("grille", Grille.id)).where(col(Grille.formation_id).in_(siennes)),
        select(_nom("action", ActionAmelioration.id)).where(col(ActionAmelioration.formation_id).in_(siennes)),
        select(_nom("risque", Risque.id)).where(col(Risque.formation_id).in_(siennes)),
        select(_nom("rapport", Rapport.id)).where(col(Rapport.formation_id).in_(siennes)),
        select(_nom("revue", Revue.id)).where(atteinte(acteur, Geste.LIRE_JOURNAL)),
        select(_nom("publication", Publication.id))
        .join(Cfa, col(Cfa.id) == col(Publication.cfa_id))
        .where(cfas_entiers(acteur, Geste.LIRE_JOURNAL)),
        select(_nom("depot", Depot.id)).where(depots_atteints(acteur, Geste.LIRE_JOURNAL)),
    )
    miennes = col(EntreeJournal.compte_id) == acteur.compte_id
    return or_(miennes, *(col(EntreeJournal.objet).in_(requete) for requete in objets))


def _nom(table: str, identifiant: Any) -> ColumnElement[str]:
    return literal(f"{table}:").concat(cast(identifiant, String))
