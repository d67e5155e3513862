"""Ce qui presse parmi les preuves : périmées, ou bientôt, dans les grilles que l'acteur remplit."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, peut
from charte.commun.base import lignes
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from grilles.modeles import Campagne, Grille, Preuve, PreuveCitee
from grilles.preuves.regles import BIENTOT, PERIMEE, validite
from grilles.preuves.services.lecture import aujourd_hui


@dataclass(frozen=True)
class AlerteDePreuve:
    """Une preuve citée qui ne vaut plus, ou bientôt plus. `validite` : « perimee » ou « bientot »."""

    preuve_id: int
    titre: str
    date_fin: date
    validite: str


def alertes_de_preuves(session: Session, acteur: Acteur, jour: date | None = None) -> tuple[AlerteDePreuve, ...]:
    """Les preuves à renouveler, citées dans une grille encore ouverte que l'acteur remplit ; la plus pressante d'abord.

    Une grille arrêtée garde les siennes telles qu'elles étaient : elles n'y pressent plus.
    """
    if not peut(acteur, Geste.REMPLIR_GRILLE):
        return ()
    jour = aujourd_hui() if jour is None else jour
    requete = (
        select(*(col(c) for c in (Preuve.id, Preuve.titre, Preuve.date_effet, Preuve.date_fin)))
        .join(PreuveCitee, col(PreuveCitee.preuve_id) == col(Preuve.id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Campagne, col(Campagne.id) == col(Grille.campagne_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
        .where(
            formations_atteintes(acteur, Geste.REMPLIR_GRILLE),
            col(Preuve.date_fin).is_not(None),
            col(Grille.etat) == "ouverte",
            col(Campagne.etat) != "arretee",
        )
        .distinct()
        .order_by(col(Preuve.date_fin), col(Preuve.id))
    )
    jugees = ((i, titre, fin, validite(effet, fin, jour)) for i, titre, effet, fin in lignes(session, requete))
    return tuple(AlerteDePreuve(*jugee) for jugee in jugees if jugee[3] in (PERIMEE, BIENTOT))
