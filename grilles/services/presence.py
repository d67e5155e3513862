"""Qui a une grille sous les yeux, à l'instant : ce que la page dit aux autres, et qui s'oublie en quelques minutes."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import CursorResult, delete, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import lignes, maintenant
from charte.commun.web import Introuvable
from grilles.modeles import Presence
from grilles.services.lecture import annee_courante, chercher_grille, exiger_formation
from grilles.services.saisie import inserer

ICI = timedelta(seconds=90)
"""Une page ouverte se signale toutes les trente secondes ; au bout de trois silences, elle est partie."""
OUBLI = timedelta(minutes=10)


@dataclass(frozen=True)
class Present:
    """Une autre personne sur la grille, et le poste qu'elle regarde (None : la vue d'ensemble)."""

    nom: str
    poste: int | None


def signaler(
    session: Session, acteur: Acteur, formation_id: int, poste: int | None, annee: int | None = None
) -> list[Present]:
    """Note que l'acteur est là, oublie qui n'y est plus, et rend les autres.

    Lève `Introuvable`, aussi pour une année passée sans grille ; sans grille cette année, ne note rien.
    """
    exiger(acteur, Geste.REMPLIR_GRILLE)
    exiger_formation(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    annee = annee_courante() if annee is None else annee
    grille = chercher_grille(session, acteur, formation_id, annee)
    if grille is None and annee != annee_courante():
        raise Introuvable(f"Aucune grille en {annee}.")
    if grille is not None and acteur.compte_id is not None:
        oublier_les_absents(session, acteur)
        _noter(session, acteur, acteur.compte_id, grille.id, poste)
    return presents(session, acteur, grille.id if grille else None)


def _noter(session: Session, acteur: Acteur, compte_id: int, grille_id: int, poste: int | None) -> None:
    instant = maintenant()
    connue = update(Presence).where(
        col(Presence.grille_id) == grille_id,
        col(Presence.compte_id) == compte_id,
        col(Presence.etablissement_id) == acteur.etablissement_id,
    )
    resultat = super(Session, session).execute(connue.values(poste=poste, vu_le=instant, nom=acteur.nom))
    if isinstance(resultat, CursorResult) and resultat.rowcount:
        return
    inserer(
        session,
        Presence(
            etablissement_id=acteur.etablissement_id,
            grille_id=grille_id,
            compte_id=compte_id,
            nom=acteur.nom,
            poste=poste,
            vu_le=instant,
        ),
    )


def presents(session: Session, acteur: Acteur, grille_id: int | None) -> list[Present]:
    """Les autres personnes qui ont cette grille sous les yeux, par nom."""
    if grille_id is None:
        return []
    requete = (
        select(col(Presence.nom), col(Presence.poste))
        .where(
            col(Presence.grille_id) == grille_id,
            col(Presence.etablissement_id) == acteur.etablissement_id,
            col(Presence.compte_id).is_distinct_from(acteur.compte_id),
            col(Presence.vu_le) >= maintenant() - ICI,
        )
        .order_by(col(Presence.nom))
    )
    return [Present(*ligne) for ligne in lignes(session, requete)]


def oublier_les_absents(session: Session, acteur: Acteur) -> None:
    """Efface, dans l'établissement, les présences passées."""
    passees = delete(Presence).where(
        col(Presence.vu_le) < maintenant() - OUBLI, col(Presence.etablissement_id) == acteur.etablissement_id
    )
    session.connection().execute(passees)
