"""Donner et retirer des mandats. Un mandat retiré reste en base, daté ; il n'ouvre plus rien."""

from sqlalchemy import update
from sqlmodel import Session, col

from appli.modeles import MandatTenu
from charte.acteur import Mandat, Portee
from charte.commun.base import exiger_id, maintenant


def donner_un_mandat(session: Session, compte_id: int, etablissement_id: int, mandat: Mandat) -> int:
    """Range un mandat et rend son identifiant. L'objet doit être de l'établissement : à vérifier avant d'appeler."""
    range_ = MandatTenu(
        etablissement_id=etablissement_id,
        compte_id=compte_id,
        role=mandat.role.value,
        portee=mandat.portee.value,
        partie=mandat.partie.value,
        cfa_id=_objet(mandat, Portee.CFA),
        composante_id=_objet(mandat, Portee.COMPOSANTE),
        formation_id=_objet(mandat, Portee.FORMATION),
        donne_le=maintenant(),
    )
    session.add(range_)
    session.flush()
    return exiger_id(range_.id)


def _objet(mandat: Mandat, portee: Portee) -> int | None:
    return mandat.objet_id if mandat.portee is portee else None


def retirer_les_mandats(session: Session, compte_id: int, etablissement_id: int) -> int:
    """Retire tous les mandats d'un compte dans un établissement ; rend leur nombre."""
    tenus = (
        col(MandatTenu.compte_id) == compte_id,
        col(MandatTenu.etablissement_id) == etablissement_id,
        col(MandatTenu.retire_le).is_(None),
    )
    retires = update(MandatTenu).where(*tenus).values(retire_le=maintenant())
    return int(session.connection().execute(retires).rowcount)
