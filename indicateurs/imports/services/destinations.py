"""Où va chaque source : parcours et contrats, faits d'un parcours, satisfaction d'une formation, repères."""

from sqlmodel import Session

from charte.acteur import Acteur
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic
from indicateurs.imports.services.apercus import EXEMPLES, apercevoir, apercu_simple, valeurs
from indicateurs.imports.services.bilan import Apercu, Bilan
from indicateurs.imports.services.plan import etablir_bilan, preparer_plan
from indicateurs.imports.services.rangement import ranger_plan
from indicateurs.sources.format import charger_source
from indicateurs.sources.services.faits import NATURES, PlanDeFaits, preparer_les_faits, ranger_les_faits
from indicateurs.sources.services.reperes import PlanDeReperes, preparer_les_reperes, ranger_les_reperes
from indicateurs.sources.services.satisfaction import (
    PlanDeSatisfaction,
    preparer_la_satisfaction,
    ranger_la_satisfaction,
)

UNITES = {
    "resultat": ("résultat d’examen", "résultats d’examen"),
    "heures": ("année d’heures", "années d’heures"),
    "rencontre": ("rencontre", "rencontres"),
    "situation": ("situation", "situations"),
    "satisfaction": ("note", "notes"),
    "repere": ("valeur publiée", "valeurs publiées"),
}
"""Ce que chaque nature de source compte, au singulier et au pluriel."""


def nature_de(source: str) -> str:
    """La nature des lignes d'une source : « contrat » pour le tableau des apprentis et SIFA."""
    return "contrat" if source == FORMAT_DES_APPRENTIS else charger_source(source).lignes


def apercu_du_fichier(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> Apercu:
    """Ce que ranger ce fichier changerait ; n'écrit rien."""
    nature = nature_de(diagnostic.source)
    if nature == "contrat":
        return apercevoir(session, acteur, preparer_plan(session, acteur, diagnostic, retirer=False))
    if nature == "satisfaction":
        enquete = preparer_la_satisfaction(session, acteur, diagnostic)
        bilan = _bilan_de_satisfaction(enquete, retirer=None)
        changees = tuple(valeurs(enquete.notes, enquete.notes.details))[:EXEMPLES]
        absentes = len(enquete.absentes)
        return apercu_simple(bilan, UNITES[nature], refus=enquete.refus, changements=changees, absentes=absentes)
    if nature == "repere":
        return apercu_simple(_bilan_de_reperes(preparer_les_reperes(session, acteur, diagnostic)), UNITES[nature])
    plan = preparer_les_faits(session, acteur, diagnostic, NATURES[nature])
    changees = tuple(valeurs(plan.ecart, plan.ecart.details))[:EXEMPLES]
    bilan = _bilan_de_faits(plan)
    return apercu_simple(bilan, UNITES[nature], refus=plan.refus, changements=changees, effacees=plan.effacees)


def ranger_le_fichier(
    session: Session, acteur: Acteur, depot_id: int, diagnostic: Diagnostic, *, retirer: bool, prendre: frozenset[str]
) -> Bilan:
    """Range un fichier diagnostiqué dans la transaction en cours ; rend ce qui a changé."""
    nature = nature_de(diagnostic.source)
    if nature == "contrat":
        plan = preparer_plan(session, acteur, diagnostic, retirer=retirer, prendre=prendre)
        ranger_plan(session, acteur, plan, depot_id, retirer=retirer)
        return etablir_bilan(plan, retirer=retirer)
    if nature == "satisfaction":
        enquete = preparer_la_satisfaction(session, acteur, diagnostic)
        ranger_la_satisfaction(session, acteur, enquete, depot_id, retirer=retirer)
        return _bilan_de_satisfaction(enquete, retirer=retirer)
    if nature == "repere":
        reperes = preparer_les_reperes(session, acteur, diagnostic)
        ranger_les_reperes(session, acteur, reperes, depot_id)
        return _bilan_de_reperes(reperes)
    faits = preparer_les_faits(session, acteur, diagnostic, NATURES[nature])
    ranger_les_faits(session, acteur, faits, depot_id)
    return _bilan_de_faits(faits)


def _bilan_de_faits(plan: PlanDeFaits) -> Bilan:
    changes = int(plan.ecart.changees.sum())
    inchanges = len(plan.ecart.communes) - changes
    return Bilan(len(plan.ecart.ajouts), changes, 0, inchanges, plan.effacees.personnes, len(plan.refus))


def _bilan_de_satisfaction(plan: PlanDeSatisfaction, *, retirer: bool | None) -> Bilan:
    changes = int(plan.notes.changees.sum()) + int(plan.enquetes.changees.sum())
    ajouts = len(plan.notes.ajouts) or len(plan.enquetes.ajouts)
    inchanges = len(plan.notes.communes) - int(plan.notes.changees.sum())
    retraits = len(plan.absentes) if retirer or retirer is None else 0
    return Bilan(ajouts, changes, retraits, inchanges, 0, len(plan.refus))


def _bilan_de_reperes(plan: PlanDeReperes) -> Bilan:
    return Bilan(len(plan.ajouts), len(plan.changements), 0, plan.inchanges)
