"""Le travail de fond de l'audit : composer l'archive, chiffrée, en mémoire bornée."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import Base, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, Travail, demander_travail
from charte.commun.typographie import FUSEAU, pluriel
from charte.commun.web import Introuvable
from grilles.preuves.archive import ecrire_archive
from grilles.preuves.coffre import coffre_des_exports, coffre_des_preuves, oublier_les_exports
from grilles.preuves.services.audit import choisir_edition, choisir_portee, dresser_audit
from grilles.preuves.services.lecture import aujourd_hui

EXPORT = "export_audit"
GARDE = 24 * 3600.0
"""Secondes pendant lesquelles une archive peut se télécharger ; ensuite, elle se redemande."""


@dataclass(frozen=True)
class Demande:
    """L'audit à emporter : référentiel, édition, portée, par leurs clés."""

    referentiel: str
    edition: str
    portee: str


def demander_archive(session: Session, acteur: Acteur, reglages: Reglages, demande: Demande) -> int:
    """Demande l'archive d'un audit que l'acteur lit ; rend le numéro du travail. Lève `Introuvable`."""
    referentiel, edition = choisir_edition(demande.referentiel, demande.edition, aujourd_hui())
    choisir_portee(session, acteur, demande.portee)
    piece = coffre_des_exports(reglages).nouveau_nom()
    voulue = Demande(str(referentiel.cle), edition.edition, demande.portee)
    travail_id = demander_travail(session, acteur, EXPORT, {**vars(voulue), "piece": piece})
    journaliser(session, acteur, "archive d’audit demandée", f"travail:{travail_id}", apres=vars(voulue))
    return travail_id


def composer_l_archive(
    base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avancement: Avancement
) -> str:
    """Dresse l'audit et écrit son archive au coffre ; recommencer la récrit. Lève `PieceIllisible`, `Introuvable`."""
    avancement(0, 0)
    oublier_les_exports(reglages, maintenant().timestamp() - GARDE)
    jour = aujourd_hui()
    referentiel, edition = choisir_edition(str(parametres["referentiel"]), str(parametres["edition"]), jour)
    with base.lecture() as session:
        portee = choisir_portee(session, acteur, str(parametres["portee"]))
        audit = dresser_audit(session, acteur, referentiel, edition, portee=portee, jour=jour)
    with coffre_des_exports(reglages).par_morceaux(str(parametres["piece"])) as sortie:
        instant = maintenant().astimezone(FUSEAU)
        nombre = ecrire_archive(audit, coffre_des_preuves(reglages), sortie, instant, avancement)
    return f"L’archive est prête : {pluriel(nombre, 'fichier')} de preuve. Elle se télécharge pendant un jour."


def piece_de_l_archive(session: Session, acteur: Acteur, travail_id: int) -> tuple[str, str]:
    """La pièce et le nom d'une archive prête, demandée par l'acteur ou lisible par lui ; lève `Introuvable`."""
    colonnes = (Travail.parametres, Travail.etat, Travail.compte_id)
    requete = select(*(col(c) for c in colonnes)).where(
        col(Travail.id) == travail_id,
        col(Travail.etablissement_id) == acteur.etablissement_id,
        col(Travail.genre) == EXPORT,
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable(f"Aucune archive {travail_id}.")
    parametres, etat, compte_id = trouvees[0]
    sienne = compte_id is not None and compte_id == acteur.compte_id
    if etat != "fini" or not (sienne or etendue(acteur, Geste.LIRE).tout):
        raise Introuvable(f"Aucune archive {travail_id}.")
    return str(parametres["piece"]), f"audit-{parametres['referentiel']}-{parametres['edition']}.zip"


Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]
TRAVAUX: Mapping[str, Executant] = {EXPORT: composer_l_archive}
"""Genre de travail vers ce qui l'exécute ; `appli` les réunit pour ses ouvriers."""
