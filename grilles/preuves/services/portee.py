"""Qui voit et qui change une preuve, dans les requêtes."""

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, etendue
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from grilles.jalons.modeles import Jalon
from grilles.modeles import Grille, Preuve, PreuveCitee
from grilles.plan.modeles import ActionAmelioration
from grilles.preuves.modeles import PreuveDAction, PreuveDeJalon


def preuves_visibles(acteur: Acteur, geste: Geste = Geste.LIRE) -> ColumnElement[bool]:
    """La condition « l'acteur voit cette preuve ».

    Il la voit si elle est partagée, s'il l'a déposée, si une formation qu'il lit s'en sert, ou s'il lit tout
    l'établissement.
    """
    ici = col(Preuve.etablissement_id) == acteur.etablissement_id
    atteint = etendue(acteur, geste)
    if not atteint:
        return false()
    if atteint.tout:
        return ici
    atteintes = formations_atteintes(acteur, geste)
    return and_(ici, or_(col(Preuve.partagee), _sienne(acteur), *(_parmi(u.where(atteintes)) for u in _usages())))


def preuves_modifiables(acteur: Acteur) -> ColumnElement[bool]:
    """La condition « l'acteur change cette preuve » : il l'a déposée, ou tout ce qui s'en sert est à lui.

    Une preuve partagée, ou dont une autre organisation se sert, ne se change que par qui l'a déposée, ou par qui
    remplit les grilles de tout l'établissement.
    """
    ici = col(Preuve.etablissement_id) == acteur.etablissement_id
    atteint = etendue(acteur, Geste.REMPLIR_GRILLE)
    if not atteint:
        return false()
    if atteint.tout:
        return ici
    atteintes = formations_atteintes(acteur, Geste.REMPLIR_GRILLE)
    chez_lui = or_(*(_parmi(usage.where(atteintes)) for usage in _usages()))
    ailleurs = or_(*(_parmi(usage.where(not_(atteintes))) for usage in _usages()), _parmi(_de_l_etablissement()))
    return and_(ici, or_(_sienne(acteur), and_(not_(col(Preuve.partagee)), chez_lui, not_(ailleurs))))


def exiger_preuve(session: Session, acteur: Acteur, preuve_id: int) -> None:
    """Lève `Introuvable` si l'acteur ne voit pas cette preuve."""
    if not _existe(session, preuve_id, preuves_visibles(acteur)):
        raise Introuvable(f"Aucune preuve {preuve_id}.")


def retenir(session: Session, acteur: Acteur, preuve_id: int) -> None:
    """Garde la preuve d'être effacée avant la fin de la transaction ; lève `Introuvable` si elle vient de l'être."""
    ici = (col(Preuve.id) == preuve_id, col(Preuve.etablissement_id) == acteur.etablissement_id)
    if not lignes(session, select(col(Preuve.id)).where(*ici).with_for_update(read=True, key_share=True)):
        raise Introuvable(f"Aucune preuve {preuve_id}.")


def exiger_modifiable(session: Session, acteur: Acteur, preuve_id: int) -> None:
    """Lève `Introuvable` si l'acteur ne voit pas cette preuve, `DroitManquant` s'il ne la change pas."""
    exiger_preuve(session, acteur, preuve_id)
    if not est_modifiable(session, acteur, preuve_id):
        raise DroitManquant("Cette preuve sert aussi ailleurs : qui l'a déposée, ou le référent qualité, la change.")


def est_modifiable(session: Session, acteur: Acteur, preuve_id: int) -> bool:
    """Vrai si l'acteur change cette preuve."""
    return _existe(session, preuve_id, preuves_modifiables(acteur))


def _existe(session: Session, preuve_id: int, condition: ColumnElement[bool]) -> bool:
    return bool(lignes(session, select(col(Preuve.id)).where(col(Preuve.id) == preuve_id, condition)))


def _sienne(acteur: Acteur) -> ColumnElement[bool]:
    return false() if acteur.compte_id is None else col(Preuve.compte_id) == acteur.compte_id


def _parmi(usage: Select[int]) -> ColumnElement[bool]:
    return col(Preuve.id).in_(usage)


def _usages() -> tuple[Select[int], ...]:
    """Les preuves dont se sert une formation : citées dans sa grille, à l'appui d'un jalon ou d'une action."""
    citees = (
        select(col(PreuveCitee.preuve_id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .join(Formation, col(Formation.id) == col(Grille.formation_id))
    )
    de_jalon = (
        select(col(PreuveDeJalon.preuve_id))
        .join(Jalon, col(Jalon.id) == col(PreuveDeJalon.jalon_id))
        .join(Formation, col(Formation.id) == col(Jalon.formation_id))
    )
    d_action = (
        select(col(PreuveDAction.preuve_id))
        .join(ActionAmelioration, col(ActionAmelioration.id) == col(PreuveDAction.action_id))
        .join(Formation, col(Formation.id) == col(ActionAmelioration.formation_id))
    )
    return (citees, de_jalon, d_action)


def _de_l_etablissement() -> Select[int]:
    """Les preuves d'une action qui est de tout l'établissement."""
    return (
        select(col(PreuveDAction.preuve_id))
        .join(ActionAmelioration, col(ActionAmelioration.id) == col(PreuveDAction.action_id))
        .where(col(ActionAmelioration.formation_id).is_(None))
    )
