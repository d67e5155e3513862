"""Lire les instantanés : une grille arrêtée se relit telle qu'elle était."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from grilles.arrete.contenu import Contenu, Releve, lire_contenu, lire_releve
from grilles.arrete.modeles import Instantane
from grilles.vues import Scelle

_SCELLE = (Instantane.version, Instantane.empreinte, Instantane.arrete_par, Instantane.arrete_le, Instantane.instance)


def lire_instantane(session: Session, acteur: Acteur, grille_id: int, version: int) -> tuple[Scelle, Contenu] | None:
    """L'arrêté de cette version d'une grille et ce qu'il scelle ; None si elle n'a pas été arrêtée."""
    requete = select(*(col(c) for c in (*_SCELLE, Instantane.contenu))).where(
        col(Instantane.grille_id) == grille_id,
        col(Instantane.version) == version,
        col(Instantane.etablissement_id) == acteur.etablissement_id,
    )
    trouves = lignes(session, requete)
    return (Scelle(*trouves[0][:-1]), lire_contenu(trouves[0][-1])) if trouves else None


def lister_les_arretes(session: Session, acteur: Acteur, grille_id: int) -> list[Scelle]:
    """Tous les arrêtés d'une grille, le dernier d'abord."""
    requete = (
        select(*(col(c) for c in _SCELLE))
        .where(col(Instantane.grille_id) == grille_id, col(Instantane.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Instantane.version).desc())
    )
    return [Scelle(*ligne) for ligne in lignes(session, requete)]


def lire_releves(session: Session, acteur: Acteur, grilles: Sequence[tuple[int, int]]) -> dict[int, Releve]:
    """Le relevé de chaque (grille, version) arrêtée, par grille."""
    if not grilles:
        return {}
    versions = dict(grilles)
    requete = select(col(Instantane.grille_id), col(Instantane.version), col(Instantane.niveaux)).where(
        col(Instantane.grille_id).in_(list(versions)), col(Instantane.etablissement_id) == acteur.etablissement_id
    )
    return {
        grille: lire_releve(texte) for grille, version, texte in lignes(session, requete) if versions[grille] == version
    }
