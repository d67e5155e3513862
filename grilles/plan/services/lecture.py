"""Lire le plan d'actions : ce que l'acteur atteint, une action entière, ce qui est en retard."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Situation, etendue, exiger
from charte.commun.annuaire import Annuaire, Plume
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from charte.services.portee import formations_atteintes, situer
from grilles.plan.modeles import ActionAmelioration, SuiviDAction
from grilles.plan.modeles import Risque as RisqueTenu
from grilles.plan.regles import OUVERTES, ranger
from grilles.plan.vues import Action, Note
from grilles.services.saisie import SaisieRefusee

Table = type[ActionAmelioration] | type[RisqueTenu]
_COLONNES = (
    ActionAmelioration.id, ActionAmelioration.formation_id, ActionAmelioration.intitule,
    ActionAmelioration.description, ActionAmelioration.origine, ActionAmelioration.renvoi, ActionAmelioration.element,
    ActionAmelioration.indicateur, ActionAmelioration.jalon_id, ActionAmelioration.risque_id,
    ActionAmelioration.gravite, ActionAmelioration.constate_le, ActionAmelioration.porteur,
    ActionAmelioration.porteur_id, ActionAmelioration.echeance, ActionAmelioration.priorite,
    ActionAmelioration.moyens, ActionAmelioration.effet_attendu, ActionAmelioration.etat,
    ActionAmelioration.effet_constate, ActionAmelioration.reevaluation, ActionAmelioration.close_le,
    ActionAmelioration.version, ActionAmelioration.cree_le, ActionAmelioration.modifie_le,
    Formation.libelle, Formation.cfa_id, Cfa.nom,
)  # fmt: skip


def aujourd_hui() -> date:
    """Le jour, à l'heure de Paris."""
    return datetime.now(FUSEAU).date()


def atteint(acteur: Acteur, table: Table, geste: Geste) -> ColumnElement[bool]:
    """La condition « l'acteur peut faire ce geste ici » ; la requête joint `Formation` (jointure externe).

    Ce qui vaut pour tout l'établissement demande un mandat sur tout l'établissement.
    """
    ici = col(table.etablissement_id) == acteur.etablissement_id
    siennes = and_(col(table.formation_id).is_not(None), formations_atteintes(acteur, geste))
    partout = col(table.formation_id).is_(None)
    return and_(ici, or_(siennes, partout) if etendue(acteur, geste).tout else siennes)


def lister_actions(
    session: Session, acteur: Acteur, formation_id: int | None = None, *, jour: date | None = None
) -> list[Action]:
    """Les actions que l'acteur lit, la plus pressante d'abord ; `formation_id` : d'un seul diplôme."""
    jour = jour or aujourd_hui()
    requete = _requete(acteur, Geste.LIRE)
    if formation_id is not None:
        requete = requete.where(col(ActionAmelioration.formation_id) == formation_id)
    return ranger([Action(*(*ligne, jour)) for ligne in lignes(session, requete)], jour)


def actions_du_risque(session: Session, acteur: Acteur, risque_id: int) -> list[Action]:
    """Les actions nées d'un risque, la plus pressante d'abord."""
    jour = aujourd_hui()
    requete = _requete(acteur, Geste.LIRE).where(col(ActionAmelioration.risque_id) == risque_id)
    return ranger([Action(*(*ligne, jour)) for ligne in lignes(session, requete)], jour)


def lire_action(session: Session, acteur: Acteur, action_id: int, geste: Geste = Geste.LIRE) -> Action:
    """Une action que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    trouvees = lignes(session, _requete(acteur, geste).where(col(ActionAmelioration.id) == action_id))
    if not trouvees:
        raise Introuvable(f"Aucune action {action_id}.")
    return Action(*(*trouvees[0], aujourd_hui()))


def tenir_une_action(session: Session, acteur: Acteur, action_id: int) -> Action:
    """L'action à changer, tenue jusqu'à la fin de la transaction : sa preuve ne part pas pendant qu'on la clôt."""
    ici = (
        col(ActionAmelioration.id) == action_id,
        col(ActionAmelioration.etablissement_id) == acteur.etablissement_id,
    )
    lignes(session, select(col(ActionAmelioration.id)).where(*ici).with_for_update(key_share=True))
    return lire_action(session, acteur, action_id, Geste.REMPLIR_GRILLE)


def _requete(acteur: Acteur, geste: Geste) -> Select[*tuple[Any, ...]]:
    return (
        select(*(col(c) for c in _COLONNES))
        .outerjoin(Formation, col(Formation.id) == col(ActionAmelioration.formation_id))
        .outerjoin(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(atteint(acteur, ActionAmelioration, geste))
    )


def lire_notes(session: Session, acteur: Acteur, action_id: int) -> tuple[Note, ...]:
    """Le suivi d'une action, de la plus récente note à la plus ancienne."""
    requete = (
        select(*(col(c) for c in (SuiviDAction.etat, SuiviDAction.texte, SuiviDAction.auteur, SuiviDAction.note_le)))
        .where(col(SuiviDAction.action_id) == action_id, col(SuiviDAction.etablissement_id) == acteur.etablissement_id)
        .order_by(col(SuiviDAction.id).desc())
    )
    return tuple(Note(*ligne) for ligne in lignes(session, requete))


def actions_en_retard(session: Session, acteur: Acteur, *, jour: date | None = None) -> list[Action]:
    """Les actions en retard que l'acteur peut faire avancer, ou qu'il porte ; la plus ancienne d'abord."""
    jour = jour or aujourd_hui()
    siennes = atteint(acteur, ActionAmelioration, Geste.REMPLIR_GRILLE)
    portees = col(ActionAmelioration.porteur_id) == acteur.compte_id
    requete = _requete(acteur, Geste.LIRE).where(
        col(ActionAmelioration.etat).in_(OUVERTES),
        col(ActionAmelioration.echeance) < jour,
        siennes if acteur.compte_id is None else or_(siennes, portees),
    )
    return ranger([Action(*(*ligne, jour)) for ligne in lignes(session, requete)], jour)


def ecrit(session: Session, acteur: Acteur, action: Action) -> bool:
    """Vrai si l'acteur peut écrire dans cette action."""
    requete = _requete(acteur, Geste.REMPLIR_GRILLE).where(col(ActionAmelioration.id) == action.id)
    return bool(lignes(session, requete))


def formations_ou_ecrire(
    session: Session, acteur: Acteur, geste: Geste = Geste.REMPLIR_GRILLE
) -> list[tuple[int, str]]:
    """(numéro, libellé) de chaque diplôme où l'acteur peut faire ce geste, par libellé."""
    requete = (
        select(col(Formation.id), col(Formation.libelle), col(Formation.code))
        .where(formations_atteintes(acteur, geste))
        .order_by(col(Formation.libelle), col(Formation.code))
    )
    return [(int(identifiant), f"{libelle} ({code})") for identifiant, libelle, code in lignes(session, requete)]


def exiger_l_endroit(session: Session, acteur: Acteur, formation_id: int | None) -> None:
    """L'acteur écrit là ; lève `DroitManquant`, `Introuvable`, ou `SaisieRefusee` s'il lui faut choisir un diplôme."""
    exiger(acteur, Geste.REMPLIR_GRILLE)
    if formation_id is not None:
        situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    elif not ecrit_partout(acteur):
        raise SaisieRefusee("formation_id", "Choisissez un diplôme : votre rôle ne tient pas sur tout l’établissement.")


def ecrit_partout(acteur: Acteur) -> bool:
    """Vrai si l'acteur peut écrire ce qui vaut pour tout l'établissement."""
    return etendue(acteur, Geste.REMPLIR_GRILLE).tout


def comptes_porteurs(
    session: Session, acteur: Acteur, annuaire: Annuaire, formation_id: int | None
) -> tuple[tuple[int, str], ...]:
    """(numéro, nom) de chaque compte de l'établissement qui peut lire, donc porter, une action de ce diplôme."""
    situation = None if formation_id is None else situer(session, acteur, formation_id)
    lus = lecteurs(annuaire.plumes(session, acteur.etablissement_id), situation)
    # Le courriel d'une personne pas encore venue ne se montre qu'à qui tient tout l'établissement.
    partout = ecrit_partout(acteur)
    return tuple((plume.compte_id, plume.nom) for plume in lus if partout or "@" not in plume.nom)


def lecteurs(plumes: Sequence[Plume], situation: Situation | None) -> list[Plume]:
    """Les comptes qui lisent ce qui est là ; `situation` None : ce qui vaut pour tout l'établissement."""
    atteints = [(plume, etendue(plume.acteur, Geste.LIRE)) for plume in plumes]
    return [plume for plume, ou in atteints if (ou.tout if situation is None else ou.couvre(situation))]
