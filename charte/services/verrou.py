"""Faire passer l'une après l'autre deux écritures d'un même établissement."""

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.modeles import Etablissement

__all__ = ["tenir_l_etablissement"]


def tenir_l_etablissement(session: Session, acteur: Acteur) -> None:
    """Tient l'établissement jusqu'à la fin de la transaction : qui veut le tenir aussi attend, puis relit la base.

    À demander avant de lire ce dont l'écriture dépend. Les simples références à l'établissement ne sont pas gênées ;
    SQLite n'a déjà qu'un écrivain.
    """
    requete = select(col(Etablissement.id)).where(col(Etablissement.id) == acteur.etablissement_id)
    lignes(session, requete.with_for_update(key_share=True))
