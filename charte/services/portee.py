"""La règle des mandats dans les requêtes : ce qu'un acteur atteint, jamais plus que son établissement."""

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Etendue, Geste, Situation, etendue
from charte.commun.base import lignes
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Formation


def formations_atteintes(acteur: Acteur, geste: Geste = Geste.LIRE) -> ColumnElement[bool]:
    """La condition « cette formation est de celles où l'acteur peut faire ce geste » (même règle qu'`Etendue`)."""
    atteint = etendue(acteur, geste)
    ici = col(Formation.etablissement_id) == acteur.etablissement_id
    return ici if atteint.tout else and_(ici, _parmi(atteint))


def _parmi(atteint: Etendue) -> ColumnElement[bool]:
    listes = (
        (col(Formation.id), atteint.formations),
        (col(Formation.cfa_id), atteint.cfas),
        (col(Formation.composante_id), atteint.composantes),
    )
    return or_(false(), *(colonne.in_(sorted(objets)) for colonne, objets in listes if objets))


def cfas_atteints(acteur: Acteur, geste: Geste = Geste.LIRE) -> ColumnElement[bool]:
    """La condition « ce CFA est de son étendue, ou porte une formation qui en est »."""
    atteint = etendue(acteur, geste)
    ici = col(Cfa.etablissement_id) == acteur.etablissement_id
    siennes = select(col(Formation.cfa_id)).where(formations_atteintes(acteur, geste))
    return ici if atteint.tout else and_(ici, or_(col(Cfa.id).in_(sorted(atteint.cfas)), col(Cfa.id).in_(siennes)))


def composantes_atteintes(acteur: Acteur, geste: Geste = Geste.LIRE) -> ColumnElement[bool]:
    """La condition « cette composante est de son étendue, ou porte une formation qui en est »."""
    atteint = etendue(acteur, geste)
    ici = col(Composante.etablissement_id) == acteur.etablissement_id
    siennes = select(col(Formation.composante_id)).where(formations_atteintes(acteur, geste))
    dites = or_(col(Composante.id).in_(sorted(atteint.composantes)), col(Composante.id).in_(siennes))
    return ici if atteint.tout else and_(ici, dites)


def situer(session: Session, acteur: Acteur, formation_id: int, geste: Geste = Geste.LIRE) -> Situation:
    """Où se trouve une formation que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    requete = select(col(Formation.id), col(Formation.cfa_id), col(Formation.composante_id)).where(
        col(Formation.id) == formation_id, formations_atteintes(acteur, geste)
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune formation {formation_id}.")
    return Situation(*trouvees[0])
