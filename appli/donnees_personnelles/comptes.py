"""Les comptes qui ne servent plus : les montrer, puis ôter d'eux tout ce qui désigne une personne."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, SQLModel, col

from appli.modeles import (
    CodeDeSecours,
    Compte,
    CourrielSortant,
    IdentiteFederee,
    LienUnique,
    MandatTenu,
    SessionWeb,
)
from charte.acteur import Acteur, Geste, exiger_partout
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from grilles.modeles import Relance, Repondant

NOM_EFFACE = "Compte effacé"
_COURRIEL_EFFACE = "@compte-efface.invalid"
_LIEES: tuple[type[SQLModel], ...] = (
    SessionWeb, CodeDeSecours, LienUnique, IdentiteFederee, CourrielSortant, Repondant, Relance,
)  # fmt: skip


@dataclass(frozen=True)
class CompteInactif:
    """Un compte qui ne sert plus, et depuis quand."""

    id: int
    nom: str
    courriel: str
    depuis: datetime


def comptes_inactifs(session: Session, acteur: Acteur, limite: datetime) -> list[CompteInactif]:
    """Les comptes nés dans l'établissement et sans connexion depuis `limite`, du plus ancien au plus récent.

    Ni celui de l'acteur, ni ceux déjà effacés.
    """
    depuis = func.coalesce(col(Compte.derniere_connexion), col(Compte.cree_le))
    requete = select(col(Compte.id), col(Compte.nom), col(Compte.courriel), depuis).where(
        col(Compte.etablissement_id) == acteur.etablissement_id,
        depuis <= limite,
        col(Compte.courriel).not_like(f"%{_COURRIEL_EFFACE}"),
    )
    trouves = [CompteInactif(*ligne) for ligne in lignes(session, requete.order_by(depuis, col(Compte.id)))]
    return [compte for compte in trouves if compte.id != acteur.compte_id]


def effacer_les_comptes(session: Session, acteur: Acteur, choisis: Iterable[int], limite: datetime) -> int:
    """Ferme et anonymise ces comptes, parmi les inactifs ; rend leur nombre. Lève `DroitManquant`.

    La ligne reste (le journal s'y réfère) : nom, courriel, mot de passe et second facteur en disparaissent, ses
    sessions, liens et identités avec. Le nom reste là où il signe (journal, dépôts, réponses, dossiers).
    """
    exiger_partout(acteur, Geste.ADMINISTRER)
    voulus = set(choisis)
    ids = [compte.id for compte in comptes_inactifs(session, acteur, limite) if compte.id in voulus]
    connexion = session.connection()
    for table in _LIEES:
        connexion.execute(delete(table).where(col(table.compte_id).in_(ids)))  # type: ignore[attr-defined]
    tenus = update(MandatTenu).where(col(MandatTenu.compte_id).in_(ids), col(MandatTenu.retire_le).is_(None))
    connexion.execute(tenus.values(retire_le=maintenant()))
    for compte_id in ids:
        vide = {"condense": None, "totp": None, "totp_depuis": None, "totp_pas": None, "actif": False}
        efface = {"nom": NOM_EFFACE, "courriel": f"{compte_id}{_COURRIEL_EFFACE}", **vide}
        connexion.execute(update(Compte).where(col(Compte.id) == compte_id).values(**efface))
        journaliser(session, acteur, "compte inactif effacé", f"compte:{compte_id}")
    return len(ids)
