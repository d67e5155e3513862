"""Changer la clé d'identité ou celle des fichiers : ce qui passe sous la neuve, ce qui reste sous l'ancienne."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select, update
from sqlmodel import Session, col

from charte.commun.base import lignes
from charte.commun.coffre import BilanDesPieces, rechiffrer_les_pieces
from indicateurs.imports.identite import repere_de_cle
from indicateurs.modeles import Apprenti, Effacement

__all__ = ["BilanDesPieces", "Restes", "noter_la_cle_d_avant", "rechiffrer_les_pieces", "restes_de_l_ancienne"]


@dataclass(frozen=True)
class Restes:
    """Ce qui n'est pas sous la clé d'identité courante, tous établissements : personnes, effacements."""

    personnes: int
    effacements: int

    def __bool__(self) -> bool:
        """Vrai s'il reste quelque chose."""
        return bool(self.personnes or self.effacements)


def noter_la_cle_d_avant(session: Session, cle: bytes) -> None:
    """Note que tout ce qui n'a pas encore de repère est sous cette clé : à faire AVANT d'en engendrer une neuve."""
    repere = repere_de_cle(cle)
    for modele in (Apprenti, Effacement):
        sans = update(modele).where(col(modele.repere_cle).is_(None)).values(repere_cle=repere)
        session.connection().execute(sans)


def restes_de_l_ancienne(session: Session, courante: bytes) -> Restes:
    """Combien de personnes et d'effacements ne sont pas sous la clé courante."""
    repere = repere_de_cle(courante)
    comptes = []
    for modele in (Apprenti, Effacement):
        ailleurs = or_(col(modele.repere_cle) != repere, col(modele.repere_cle).is_(None))
        comptes.append(int(lignes(session, select(func.count()).select_from(modele).where(ailleurs))[0][0]))
    return Restes(*comptes)
