"""Le frein aux dépôts : tant de fichiers par heure, tant d'octets par jour, pour un établissement.

Les dépôts déjà rangés servent de compteur : ils portent l'instant et la taille, même illisibles, abandonnés ou purgés.
"""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Origine
from charte.commun.base import lignes
from charte.commun.frein import HEURE, JOUR, Bornes, DepotFreine, freiner, prochain_depot
from charte.modeles import Etablissement
from indicateurs.modeles import Depot

__all__ = ["HEURE", "JOUR", "Bornes", "DepotFreine", "exiger_un_depot", "prochain_depot"]


def exiger_un_depot(session: Session, acteur: Acteur, taille: int, bornes: Bornes, instant: datetime) -> None:
    """Lève `DepotFreine` si l'établissement a trop déposé par les pages ; la ligne de commande n'est pas freinée."""
    if acteur.origine is not Origine.WEB:
        return
    # Deux dépôts simultanés comptent chacun l'autre : l'établissement est tenu jusqu'à la fin de la transaction.
    session.execute(
        select(col(Etablissement.id)).where(col(Etablissement.id) == acteur.etablissement_id).with_for_update()
    )
    requete = select(col(Depot.depose_le), col(Depot.taille)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.depose_le) > instant - JOUR
    )
    passes = [(quand, octets) for quand, octets in lignes(session, requete.order_by(col(Depot.depose_le).desc()))]
    freiner(passes, taille, instant, bornes)
