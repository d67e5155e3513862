"""Le plan d'actions vu de la revue annuelle (protocole `indicateurs.revue.plan.PlanDActions`) : celui de `grilles`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from charte.acteur import Acteur
from charte.commun.annuaire import Annuaire
from charte.commun.web import lire_formulaire
from grilles.mesures import LecteurDeMesures
from grilles.plan.formulaires import FormulaireAction
from grilles.plan.services.lecture import ecrit_partout, formations_ou_ecrire, lister_actions
from grilles.plan.services.saisie import ouvrir_action
from grilles.plan.vues import TOUT_L_ETABLISSEMENT
from grilles.services.saisie import SaisieRefusee
from indicateurs.revue.contenu import ActionScellee
from indicateurs.revue.plan import ActionDemandee, PlanRefuse

__all__ = ["PlanDesRevues"]


@dataclass(frozen=True)
class PlanDesRevues:
    """Ouvre et lit les actions du plan pour une revue."""

    annuaire: Annuaire
    mesures: LecteurDeMesures

    def ouvrir(self, session: Session, acteur: Acteur, demandee: ActionDemandee) -> int:
        """Ouvre l'action, d'origine « indicateur » ; lève `PlanRefuse` pour la première chose qui manque."""
        saisie, erreurs = lire_formulaire(
            FormulaireAction,
            {
                "formation_id": demandee.formation_id,
                "intitule": demandee.intitule,
                "description": demandee.description,
                "origine": "indicateur",
                "indicateur": demandee.indicateur,
                "renvoi": demandee.renvoi,
                "porteur": demandee.porteur,
                "echeance": demandee.echeance.isoformat(),
            },
        )
        if saisie is None:
            raise PlanRefuse(erreurs[0].champ, erreurs[0].message)
        try:
            return ouvrir_action(session, acteur, saisie, self.annuaire, self.mesures)
        except SaisieRefusee as refus:
            raise PlanRefuse(refus.champ, refus.message) from refus

    def lieux(self, session: Session, acteur: Acteur) -> list[tuple[int | None, str]]:
        """Tout l'établissement si l'acteur y écrit, puis chaque diplôme où il écrit."""
        diplomes: list[tuple[int | None, str]] = [(i, nom) for i, nom in formations_ou_ecrire(session, acteur)]
        return [(None, TOUT_L_ETABLISSEMENT), *diplomes] if ecrit_partout(acteur) else diplomes

    def lire(self, session: Session, acteur: Acteur, numeros: Collection[int]) -> Mapping[int, ActionScellee]:
        """Les actions que l'acteur lit, par numéro."""
        if not numeros:
            return {}
        voulues = set(numeros)
        return {
            action.id: ActionScellee(action.id, action.intitule, action.echeance, action.etat_lu)
            for action in lister_actions(session, acteur)
            if action.id in voulues
        }
