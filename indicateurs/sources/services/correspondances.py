"""Les correspondances de colonnes gardées d'un dépôt à l'autre : à l'établissement, ou au CFA de qui les a faites.

Un CFA lit celles de l'établissement et les siennes, et ne remplace que les siennes.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlmodel import Session, col
from sqlmodel import select as lire_des_objets

from charte.acteur import Acteur, Geste, etendue, exiger
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from indicateurs.sources.correspondance import Correspondance
from indicateurs.sources.modeles import CorrespondanceDeColonnes


@dataclass(frozen=True)
class CorrespondanceGardee:
    """Une correspondance gardée, et le nom qu'on lui a donné. `cfa` : le nom du sien ; vide, à l'établissement."""

    id: int
    nom: str
    format: str
    correspondance: Correspondance
    cfa_id: int | None
    cfa: str


_COLONNES = (
    CorrespondanceDeColonnes.id,
    CorrespondanceDeColonnes.nom,
    CorrespondanceDeColonnes.format,
    CorrespondanceDeColonnes.colonnes,
    CorrespondanceDeColonnes.cfa_id,
    Cfa.nom,
)


def a_qui_elle_serait(acteur: Acteur, cfa_du_depot: int | None) -> int | None:
    """Le CFA au nom duquel l'acteur garderait la correspondance d'un dépôt ; None : l'établissement."""
    return None if etendue(acteur, Geste.DEPOSER).tout else cfa_du_depot


def correspondances_gardees(session: Session, acteur: Acteur) -> list[CorrespondanceGardee]:
    """Celles que l'acteur atteint, par nom ; de deux de même nom, celle de l'établissement d'abord."""
    exiger(acteur, Geste.DEPOSER)
    trouvees = _lire(session, _atteintes(acteur).order_by(col(CorrespondanceDeColonnes.nom)))
    return sorted(trouvees, key=lambda gardee: (gardee.nom, gardee.cfa))


def lire_correspondance(session: Session, acteur: Acteur, identifiant: int) -> CorrespondanceGardee:
    """Une correspondance que l'acteur atteint ; lève `Introuvable`."""
    exiger(acteur, Geste.DEPOSER)
    trouvees = _lire(session, _atteintes(acteur).where(col(CorrespondanceDeColonnes.id) == identifiant))
    if not trouvees:
        raise Introuvable
    return trouvees[0]


def correspondance_de_meme_empreinte(session: Session, acteur: Acteur, empreinte: str) -> CorrespondanceGardee | None:
    """La dernière gardée pour un fichier de mêmes titres, ou None ; pour un CFA, la sienne avant l'établissement.

    Celle d'un CFA ne s'applique jamais d'elle-même à ce que l'établissement dépose.
    """
    exiger(acteur, Geste.DEPOSER)
    requete = _atteintes(acteur).where(col(CorrespondanceDeColonnes.empreinte) == empreinte)
    if etendue(acteur, Geste.DEPOSER).tout:
        requete = requete.where(col(CorrespondanceDeColonnes.cfa_id).is_(None))
    trouvees = _lire(session, requete.order_by(col(CorrespondanceDeColonnes.modifie_le).desc()))
    return min(trouvees, key=lambda gardee: gardee.cfa_id is None, default=None)


def garder_la_correspondance(
    session: Session, acteur: Acteur, nom: str, correspondance: Correspondance, cfa_du_depot: int | None = None
) -> None:
    """Garde une correspondance sous un nom ; la même, sous ce nom et au même CFA (ou établissement), est remplacée."""
    exiger(acteur, Geste.DEPOSER)
    cfa_id = a_qui_elle_serait(acteur, cfa_du_depot)
    ici = (
        col(CorrespondanceDeColonnes.etablissement_id) == acteur.etablissement_id,
        col(CorrespondanceDeColonnes.nom) == nom,
        col(CorrespondanceDeColonnes.cfa_id).is_not_distinct_from(cfa_id),
    )
    gardee = session.exec(lire_des_objets(CorrespondanceDeColonnes).where(*ici)).first()
    neuve = gardee is None
    if gardee is None:
        gardee = CorrespondanceDeColonnes(
            etablissement_id=acteur.etablissement_id, cfa_id=cfa_id, nom=nom, format="", colonnes={}, empreinte="",
            version=0, modifie_par=acteur.nom, modifie_le=maintenant(),
        )  # fmt: skip
        session.add(gardee)
    gardee.format, gardee.colonnes = correspondance.format, correspondance.en_dict()
    gardee.empreinte, gardee.version = correspondance.empreinte, gardee.version + 1
    gardee.modifie_par, gardee.modifie_le = acteur.nom, maintenant()
    session.flush()
    acte = "correspondance de colonnes gardée" if neuve else "correspondance de colonnes remplacée"
    apres = {"format": correspondance.format, "colonnes": len(correspondance.titres)}
    journaliser(session, acteur, acte, f"correspondance_de_colonnes:{gardee.id}", apres=apres)


def _atteintes(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    atteint = etendue(acteur, Geste.DEPOSER)
    ici = col(CorrespondanceDeColonnes.etablissement_id) == acteur.etablissement_id
    de_qui = col(CorrespondanceDeColonnes.cfa_id)
    if not atteint.tout:
        ici = and_(ici, or_(de_qui.is_(None), de_qui.in_(sorted(atteint.cfas))))
    colonnes = select(*(col(colonne) for colonne in _COLONNES)).select_from(CorrespondanceDeColonnes)
    return colonnes.outerjoin(Cfa, col(Cfa.id) == de_qui).where(ici)


def _lire(session: Session, requete: Select[*tuple[Any, ...]]) -> list[CorrespondanceGardee]:
    return [
        CorrespondanceGardee(int(identifiant), nom, format_, Correspondance.depuis_dict(colonnes), cfa_id, cfa or "")
        for identifiant, nom, format_, colonnes, cfa_id, cfa in lignes(session, requete)
    ]
