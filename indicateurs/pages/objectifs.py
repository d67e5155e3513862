"""Les objectifs d'un périmètre, tels que les cartes et les figures les montrent."""

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.typographie import jour
from indicateurs.objectifs.services import objectifs_du_perimetre
from indicateurs.objectifs.vues import ObjectifVu as ObjectifSuivi
from indicateurs.pages.demande import Lue
from indicateurs.vues.objectifs import ObjectifVu

__all__ = ["objectifs_de"]


def objectifs_de(session: Session, acteur: Acteur, lue: Lue) -> dict[str, ObjectifVu]:
    """Par clé d'indicateur, l'objectif en cours de ce périmètre."""
    suivis = objectifs_du_perimetre(session, acteur, lue.tableau, lue.perimetre)
    return {cle: _montrer(suivi) for cle, suivi in suivis.items()}


def _montrer(suivi: ObjectifSuivi) -> ObjectifVu:
    vise = suivi.objectif.contenu.vise
    return ObjectifVu(
        cible=vise.cible,
        texte=f"Cible {suivi.cible}, le {jour(vise.echeance)}",
        manque=suivi.situation.jalon or suivi.situation.cible,
        jalons=vise.paliers,
        adresse=suivi.objectif.adresse,
    )
