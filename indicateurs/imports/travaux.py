"""Les travaux de fond du dépôt : diagnostiquer puis ranger un grand fichier, sans faire attendre une page."""

from collections.abc import Callable, Mapping
from typing import Any

from charte.acteur import Acteur
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement
from charte.commun.typographie import pluriel
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.diagnostic import UNITES
from indicateurs.imports.services import (
    FichierDepose,
    confirmer,
    enregistrer_examen,
    examiner,
    fichier_du_depot,
    lire_depot,
)

DIAGNOSTIC = "diagnostic_depot"
CONFIRMATION = "confirmation_depot"


def executer_diagnostic(
    base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avancement: Avancement
) -> str:
    """Diagnostique un dépôt reçu ; rejouable : un dépôt déjà diagnostiqué l'est de nouveau, à l'identique."""
    coffre, depot_id = Coffre.de(reglages), int(parametres["depot_id"])
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
        octets = fichier_du_depot(depot, coffre)
    fichier = FichierDepose(depot.nom_fichier, octets)
    examen = examiner(fichier, reglages.cle_identite, avancement, reglages.cle_identite_ancienne, lecture=depot.lecture)
    with base.ecriture() as session:
        enregistrer_examen(session, acteur, depot_id, examen, coffre)
    if examen.diagnostic is None:
        return "Le fichier n'a pas pu être lu."
    lues = pluriel(examen.diagnostic.lues, *UNITES[examen.diagnostic.par_question])
    return f"{lues} : le diagnostic est prêt."


def executer_confirmation(
    base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avancement: Avancement
) -> str:
    """Range un dépôt diagnostiqué, en une transaction ; rejoué après une confirmation aboutie, il ne refait rien.

    Lève `LectureChangee` si le dépôt se lit autrement depuis sa confirmation : rien n'est alors rangé.
    """
    depot_id, coffre = int(parametres["depot_id"]), Coffre.de(reglages)
    # Aucune progression pendant la transaction : l'écrire demanderait une seconde transaction, qui attendrait celle-ci.
    avancement(0, 0)
    with base.ecriture() as session:
        if lire_depot(session, acteur, depot_id).etat != "confirme":
            prendre = frozenset(map(str, parametres.get("prendre", ())))
            retirer, vue = bool(parametres["retirer"]), str(parametres.get("vue", ""))
            confirmer(session, acteur, depot_id, coffre, retirer=retirer, prendre=prendre, vue=vue)
    return "Les données sont rangées."


Executant = Callable[[Base, Reglages, Acteur, dict[str, Any], Avancement], str]
TRAVAUX: Mapping[str, Executant] = {DIAGNOSTIC: executer_diagnostic, CONFIRMATION: executer_confirmation}
