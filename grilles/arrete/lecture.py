"""Lire les instantanés : une grille arrêtée se relit telle qu'elle était."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Partie
from charte.chargement import charger_edition
from charte.commun.base import lignes
from grilles.arrete.contenu import Contenu, Releve, compter_les_preuves_a_citer, lire_contenu, lire_releve
from grilles.arrete.modeles import Instantane
from grilles.assemblage import assembler_pour
from grilles.modeles import Grille
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
    if not trouves:
        return None
    contenu = lire_contenu(trouves[0][-1])
    return replace(Scelle(*trouves[0][:-1]), campagne=contenu.campagne), contenu


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


def preuves_a_citer(session: Session, acteur: Acteur, campagne_id: int) -> dict[int, dict[int, int]]:
    """Par grille arrêtée d'une campagne, puis par poste, les preuves qui manquaient le jour de son arrêté."""
    celui_en_vigueur = and_(col(Instantane.grille_id) == col(Grille.id), col(Instantane.version) == col(Grille.version))
    requete = (
        select(col(Grille.id), col(Grille.version), col(Instantane.niveaux))
        .join(Instantane, celui_en_vigueur)
        .where(
            col(Grille.campagne_id) == campagne_id,
            col(Grille.etablissement_id) == acteur.etablissement_id,
            col(Grille.etat) == "arretee",
        )
    )
    releves = {(grille, version): lire_releve(texte) for grille, version, texte in lignes(session, requete)}
    return {
        cle[0]: _relire(session, acteur, *cle) if releve.preuves_a_citer is None else releve.preuves_a_citer
        for cle, releve in releves.items()
    }


def _relire(session: Session, acteur: Acteur, grille_id: int, version: int) -> dict[int, int]:
    """Les preuves qui manquaient, recomptées dans le contenu scellé."""
    lu = lire_instantane(session, acteur, grille_id, version)
    if lu is None:
        return {}
    postes = assembler_pour(Partie.CONCERTEE, charger_edition(lu[1].edition), lu[1].materiaux)
    return compter_les_preuves_a_citer([poste.bilan for poste in postes])
