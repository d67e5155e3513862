"""Prévisualiser un dépôt, puis le confirmer : tout se range en une transaction, ou rien."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

import pandas as pd
from sqlmodel import Session

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import maintenant
from charte.commun.journal import journaliser
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.ecarts import Ecart
from indicateurs.imports.services.bilan import Apercu, Bilan, Retrait, Valeur
from indicateurs.imports.services.depots import (
    DepotFerme,
    Examen,
    FichierDepose,
    deposer,
    diagnostic_du_depot,
    enregistrer_examen,
    lire_depot,
)
from indicateurs.imports.services.plan import Plan, etablir_bilan, preparer_plan
from indicateurs.imports.services.rangement import ranger_plan
from indicateurs.imports.services.tables import enregistrements
from indicateurs.modeles import Depot

EXEMPLES = 50
_CONSERVATION_JOURS = 90


def previsualiser(session: Session, acteur: Acteur, depot_id: int, coffre: Coffre) -> Apercu:
    """Ce que confirmer ce dépôt changerait ; n'écrit rien. Lève `Introuvable`, `DepotFerme`."""
    exiger(acteur, Geste.DEPOSER)
    depot = lire_depot(session, acteur, depot_id)
    if not depot.ouvert:
        raise DepotFerme
    return apercevoir(preparer_plan(session, acteur, diagnostic_du_depot(depot, coffre), retirer=False))


def apercevoir(plan: Plan) -> Apercu:
    """Comptes et premiers exemples d'un plan préparé sans retrait."""
    ecarts = (plan.parcours, plan.contrats)
    return Apercu(
        bilan=etablir_bilan(plan, retirer=None),
        contrats_ajoutes=len(plan.contrats.ajouts),
        contrats_changes=int(plan.contrats.changees.sum()),
        contrats_absents=len(plan.contrats_absents),
        valeurs_tues=sum(len(ecart.tues) for ecart in (*ecarts, plan.personnes)),
        changements=tuple(islice((v for e in ecarts for v in _valeurs(e, e.details)), EXEMPLES)),
        tues=tuple(islice((v for e in ecarts for v in _valeurs(e, e.tues)), EXEMPLES)),
        retraits=tuple(islice(_retraits(plan), EXEMPLES)),
        effacees=plan.effacees,
    )


def _valeurs(ecart: Ecart, details: pd.DataFrame) -> Iterator[Valeur]:
    for detail in details.head(EXEMPLES).to_dict("records"):
        ligne = int(ecart.communes["ligne"].iloc[detail["rang"]])
        yield Valeur(ligne, str(detail["champ"]), _dire(detail["avant"]), _dire(detail["apres"]))


def _dire(valeur: Any) -> str:
    if valeur is None or pd.isna(valeur):
        return ""
    if isinstance(valeur, date | datetime):
        return f"{valeur:%d/%m/%Y}"
    return {True: "oui", False: "non"}.get(valeur, str(valeur)) if isinstance(valeur, bool) else str(valeur)


def _retraits(plan: Plan) -> Iterator[Retrait]:
    for parcours in enregistrements(plan.parcours_absents.head(EXEMPLES), ("libelle", "date_entree", "date_fin")):
        yield Retrait("parcours", *parcours.values())
    for contrat in enregistrements(plan.contrats_absents.head(EXEMPLES), ("libelle", "date_debut", "date_fin")):
        yield Retrait("contrat", *contrat.values())


def confirmer(session: Session, acteur: Acteur, depot_id: int, coffre: Coffre, *, retirer: bool = False) -> Bilan:
    """Range un dépôt diagnostiqué, dans la transaction en cours. Lève `Introuvable`, `DepotFerme`.

    `retirer` : supprime aussi les parcours et contrats, et vide les valeurs, que le fichier ne dit plus.
    """
    exiger(acteur, Geste.DEPOSER)
    depot = lire_depot(session, acteur, depot_id)
    if not depot.ouvert:
        raise DepotFerme
    return _ranger(session, acteur, depot_id, diagnostic_du_depot(depot, coffre), retirer=retirer)


def _ranger(session: Session, acteur: Acteur, depot_id: int, diagnostic: Diagnostic, *, retirer: bool) -> Bilan:
    plan = preparer_plan(session, acteur, diagnostic, retirer=retirer)
    bilan = etablir_bilan(plan, retirer=retirer)
    ranger_plan(session, acteur, plan, depot_id, retirer=retirer)
    depot = session.get_one(Depot, depot_id)
    depot.etat, depot.confirme_le = "confirme", maintenant()
    depot.ajouts, depot.changements, depot.retraits = bilan.ajouts, bilan.changements, bilan.retraits
    journaliser(session, acteur, "dépôt confirmé", f"depot:{depot_id}", apres={**bilan.en_json(), "retirer": retirer})
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
    depot_id = deposer(session, acteur, depose, coffre, conservation_jours)
    enregistrer_examen(session, acteur, depot_id, Examen(diagnostic), coffre)
    return _ranger(session, acteur, depot_id, diagnostic, retirer=retirer)
