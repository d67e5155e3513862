"""Les liens à usage unique : la base n'en garde que l'empreinte, le dernier seul vaut, employé il ne vaut plus rien."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, col

from appli.modeles import Compte, LienUnique
from appli.securite import empreinte_de, nouveau_jeton
from charte.commun.base import lignes, maintenant

DUREES = {"invitation": timedelta(days=7), "reinitialisation": timedelta(hours=1)}
DEMANDES_PAR_HEURE = 3
"""Au-delà, une demande de réinitialisation n'envoie plus rien : une boîte aux lettres ne se noie pas d'ici."""


@dataclass(frozen=True)
class LienLu:
    """Un lien encore bon : de qui, pour quoi."""

    compte_id: int
    genre: str
    courriel: str
    nom: str


def creer_un_lien(session: Session, compte_id: int, genre: str) -> str:
    """Range un lien neuf et rend son jeton ; les liens précédents de ce genre ne valent plus rien."""
    jeton, instant = nouveau_jeton(), maintenant()
    precedents = update(LienUnique).where(
        col(LienUnique.compte_id) == compte_id, col(LienUnique.genre) == genre, col(LienUnique.employe_le).is_(None)
    )
    session.connection().execute(precedents.values(employe_le=instant))
    session.add(
        LienUnique(
            compte_id=compte_id,
            genre=genre,
            empreinte=empreinte_de(jeton),
            cree_le=instant,
            expire_le=instant + DUREES[genre],
        )
    )
    session.flush()
    return jeton


def lire_le_lien(session: Session, jeton: str) -> LienLu | None:
    """Le lien de ce jeton, ou None s'il est inconnu, employé, périmé ou d'un compte désactivé."""
    colonnes = (col(Compte.id), col(LienUnique.genre), col(Compte.courriel), col(Compte.nom))
    requete = select(*colonnes).join(LienUnique, col(LienUnique.compte_id) == col(Compte.id))
    trouves = lignes(session, requete.where(*_bon(jeton), col(Compte.actif)))
    return LienLu(*trouves[0]) if trouves else None


def employer_le_lien(session: Session, jeton: str) -> bool:
    """Vrai une seule fois : le lien est alors employé, et tous ceux du compte avec lui."""
    employe = (
        update(LienUnique).where(*_bon(jeton)).values(employe_le=maintenant()).returning(col(LienUnique.compte_id))
    )
    trouves = session.connection().execute(employe).all()
    if len(trouves) != 1:
        return False
    oublier_les_liens(session, int(trouves[0][0]))
    return True


def oublier_les_liens(session: Session, compte_id: int) -> None:
    """Plus aucun lien de ce compte ne vaut."""
    siens = update(LienUnique).where(col(LienUnique.compte_id) == compte_id, col(LienUnique.employe_le).is_(None))
    session.connection().execute(siens.values(employe_le=maintenant()))


def demandes_recentes(session: Session, compte_id: int) -> int:
    """Les liens de réinitialisation créés depuis une heure."""
    recents = (
        col(LienUnique.compte_id) == compte_id,
        col(LienUnique.genre) == "reinitialisation",
        col(LienUnique.cree_le) > maintenant() - timedelta(hours=1),
    )
    return int(lignes(session, select(func.count()).select_from(LienUnique).where(*recents))[0][0])


def _bon(jeton: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(LienUnique.empreinte) == empreinte_de(jeton),
        col(LienUnique.employe_le).is_(None),
        col(LienUnique.expire_le) > maintenant(),
    )
