"""Recevoir un fichier, ranger un dépôt : sur-le-champ s'ils sont petits, par un travail de fond sinon."""

from charte.acteur import Acteur
from charte.commun.base import Base, maintenant
from charte.commun.reglages import Reglages
from charte.commun.travaux import demander_travail
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.frein import Bornes, exiger_un_depot
from indicateurs.imports.services import (
    FichierDepose,
    confirmer,
    deposer,
    enregistrer_examen,
    examiner,
    lire_depot,
    noter_travail,
    purger,
)
from indicateurs.imports.travaux import CONFIRMATION, DIAGNOSTIC

# Environ 5 000 lignes : un classeur est compressé, un .csv ne l'est pas.
OCTETS_SUR_LE_CHAMP = {True: 700_000, False: 2_000_000}
LIGNES_SUR_LE_CHAMP = 5_000


def recevoir(base: Base, acteur: Acteur, reglages: Reglages, fichier: FichierDepose) -> tuple[int, int | None]:
    """Dépose un fichier et le diagnostique, ou en confie le diagnostic. Rend (dépôt, travail ou None).

    Lève `DepotFreine` si l'établissement a trop déposé, avant d'ouvrir le fichier : rien n'est alors gardé.
    Les fichiers dont le délai est passé sont effacés à cette occasion, dans leur propre transaction.
    """
    coffre, jours = Coffre.de(reglages), reglages.conservation_depots_jours
    grand = len(fichier.octets) > OCTETS_SUR_LE_CHAMP[fichier.octets.startswith(b"PK")]
    bornes, taille = Bornes.de(reglages), len(fichier.octets)
    with base.ecriture() as session:
        exiger_un_depot(session, acteur, taille, bornes, maintenant())
        purger(session, maintenant().date(), coffre)
    examen = None if grand else examiner(fichier, reglages.cle_identite, ancienne=reglages.cle_identite_ancienne)
    with base.ecriture() as session:
        exiger_un_depot(session, acteur, taille, bornes, maintenant())
        depot_id = deposer(session, acteur, fichier, coffre, jours)
        if examen is not None:
            enregistrer_examen(session, acteur, depot_id, examen, coffre)
            return depot_id, None
        travail_id = demander_travail(session, acteur, DIAGNOSTIC, {"depot_id": depot_id})
        noter_travail(session, acteur, depot_id, travail_id)
        return depot_id, travail_id


def confirmer_ou_confier(base: Base, acteur: Acteur, reglages: Reglages, depot_id: int, *, retirer: bool) -> int | None:
    """Range un dépôt (None), ou confie son rangement à un travail dont il rend l'identifiant. Lève `DepotFerme`."""
    with base.ecriture() as session:
        if lire_depot(session, acteur, depot_id).retenues <= LIGNES_SUR_LE_CHAMP:
            confirmer(session, acteur, depot_id, Coffre.de(reglages), retirer=retirer)
            return None
        return demander_travail(session, acteur, CONFIRMATION, {"depot_id": depot_id, "retirer": retirer})
