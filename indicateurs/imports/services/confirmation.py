"""Prévisualiser un dépôt, puis le confirmer : tout se range en une transaction, ou rien."""

from sqlmodel import Session

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import maintenant
from charte.commun.journal import journaliser
from charte.commun.typographie import pluriel
from charte.services.verrou import tenir_l_etablissement
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.services.accord import exiger_la_meme_lecture
from indicateurs.imports.services.bilan import Apercu, Bilan
from indicateurs.imports.services.depots import (
    DepotFerme,
    Examen,
    FichierDepose,
    Lecture,
    deposer,
    diagnostic_du_depot,
    enregistrer_examen,
    lire_depot,
    tenir_le_depot,
)
from indicateurs.imports.services.destinations import apercu_du_fichier, ranger_le_fichier
from indicateurs.imports.services.portee import au_nom_de
from indicateurs.modeles import Depot

LAISSEES = ("ligne laissée de côté", "lignes laissées de côté")
FERME = "Ce dépôt n'est plus à confirmer : il est abandonné, ou son diagnostic se refait. Rien n'a été rangé."
_CONSERVATION_JOURS = 90


def previsualiser(session: Session, acteur: Acteur, depot_id: int, coffre: Coffre) -> Apercu:
    """Ce que confirmer ce dépôt changerait ; n'écrit rien. Lève `Introuvable`, `DepotFerme`."""
    exiger(acteur, Geste.DEPOSER)
    depot = lire_depot(session, acteur, depot_id)
    if not depot.ouvert:
        raise DepotFerme
    return apercu_du_fichier(session, au_nom_de(acteur, depot.cfa_id), diagnostic_du_depot(depot, coffre))


def confirmer(
    session: Session,
    acteur: Acteur,
    depot_id: int,
    coffre: Coffre,
    *,
    retirer: bool = False,
    prendre: frozenset[str] = frozenset(),
    vue: str = "",
) -> Bilan:
    """Range un dépôt diagnostiqué, dans la transaction en cours. Lève `Introuvable`, `DepotFerme`, `LectureChangee`.

    `retirer` : supprime aussi les parcours et contrats, et vide les valeurs, que le fichier ne dit plus. `prendre` :
    les champs (« parcours.date_entree »…) dont le fichier remplace ce qu'une autre source a dit. `vue` :
    l'`empreinte_de_lecture` de ce qui a été relu avant de confirmer.
    """
    exiger(acteur, Geste.DEPOSER)
    # Deux dépôts rangés au même instant créeraient deux fois la même personne, ou la même formation.
    tenir_l_etablissement(session, acteur)
    depot = tenir_le_depot(session, acteur, depot_id)
    exiger_la_meme_lecture(depot, vue)
    if not depot.ouvert:
        raise DepotFerme(FERME)
    diagnostic = diagnostic_du_depot(depot, coffre)
    return _ranger(session, acteur, depot_id, diagnostic, retirer=retirer, prendre=prendre)


def _ranger(
    session: Session,
    acteur: Acteur,
    depot_id: int,
    diagnostic: Diagnostic,
    *,
    retirer: bool,
    prendre: frozenset[str] = frozenset(),
) -> Bilan:
    depot = session.get_one(Depot, depot_id)
    celui_qui_range = au_nom_de(acteur, depot.cfa_id)
    bilan = ranger_le_fichier(session, celui_qui_range, depot_id, diagnostic, retirer=retirer, prendre=prendre)
    depot.etat, depot.confirme_le = "confirme", maintenant()
    depot.ajouts, depot.changements, depot.retraits = bilan.ajouts, bilan.changements, bilan.retraits
    if bilan.refusees:
        depot.message = f"{pluriel(bilan.refusees, *LAISSEES)} : rien de ce qui est rangé ne leur correspond."
    decide = {"retirer": retirer, "format": diagnostic.source, **({"prendre": sorted(prendre)} if prendre else {})}
    journaliser(session, acteur, "dépôt confirmé", f"depot:{depot_id}", apres={**bilan.en_json(), **decide})
    return bilan


def ranger_fichier(
    session: Session,
    acteur: Acteur,
    fichier: tuple[FichierDepose, Diagnostic],
    coffre: Coffre,
    *,
    retirer: bool = False,
    conservation_jours: int = _CONSERVATION_JOURS,
) -> Bilan:
    """Dépose et confirme d'un coup un fichier déjà diagnostiqué (ligne de commande, démonstration)."""
    depose, diagnostic = fichier
    lecture = Lecture(diagnostic.source)
    depot_id = deposer(session, acteur, depose, coffre, conservation_jours, lecture=lecture)
    enregistrer_examen(session, acteur, depot_id, Examen(diagnostic), coffre)
    return _ranger(session, acteur, depot_id, diagnostic, retirer=retirer)
