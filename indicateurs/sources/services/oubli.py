"""Ôter des parcours, des contrats, des personnes, et tout ce que les sources en ont rangé : rien n'en reste."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from charte.commun.base import lignes
from indicateurs.modeles import Apprenti, Contrat, Parcours
from indicateurs.sources.modeles import Heures, Rencontre, Resultat, Situation
from indicateurs.sources.services.valeurs import oublier_les_valeurs
from indicateurs.stockage import supprimer

FAITS: tuple[type[SQLModel], ...] = (Resultat, Heures, Rencontre, Situation)
"""Ce qu'une source range d'un parcours."""
_LOT = 500


def oublier_les_contrats(session: Session, contrats: Sequence[int]) -> None:
    """Supprime des contrats et leurs valeurs de source."""
    oublier_les_valeurs(session, "contrat", contrats)
    supprimer(session, Contrat, "id", contrats)


def oublier_les_parcours(session: Session, parcours: Sequence[int]) -> int:
    """Supprime des parcours, leurs contrats, leurs faits et leurs valeurs de source ; rend le nombre de contrats."""
    contrats = _contrats(session, parcours)
    oublier_les_contrats(session, contrats)
    for modele in FAITS:
        supprimer(session, modele, "parcours_id", parcours)
    oublier_les_valeurs(session, "parcours", parcours)
    supprimer(session, Parcours, "id", parcours)
    return len(contrats)


def oublier_les_apprentis(session: Session, apprentis: Sequence[int]) -> None:
    """Supprime des personnes qui n'ont plus de parcours, et leurs valeurs de source."""
    oublier_les_valeurs(session, "apprenti", apprentis)
    supprimer(session, Apprenti, "id", apprentis)


def _contrats(session: Session, parcours: Sequence[int]) -> list[int]:
    trouves: list[int] = []
    for debut in range(0, len(parcours), _LOT):
        requete = select(col(Contrat.id)).where(col(Contrat.parcours_id).in_(parcours[debut : debut + _LOT]))
        trouves.extend(int(identifiant) for (identifiant,) in lignes(session, requete))
    return trouves
