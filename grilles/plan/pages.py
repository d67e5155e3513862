"""Ce que les pages du plan reçoivent : des listes filtrées, une fiche, un formulaire et ses choix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from charte.acteur import Acteur, Geste, peut
from charte.commun.annuaire import Annuaire
from charte.commun.web import ErreurDeChamp
from charte.services.portee import situer
from grilles.mesures import LecteurDeMesures
from grilles.plan.delais import charger_delais, charger_echelle_des_risques
from grilles.plan.formulaires import FormulaireAction, FormulaireRisque
from grilles.plan.modeles import DEGRES
from grilles.plan.regles import GRAVITES, ORIGINES, ORIGINES_DE_RISQUE, PRIORITES, disposer
from grilles.plan.services.lecture import (
    actions_du_risque,
    aujourd_hui,
    comptes_porteurs,
    ecrit,
    ecrit_partout,
    formations_ou_ecrire,
    lire_action,
    lire_notes,
    lister_actions,
)
from grilles.plan.services.origines import liens_d_origine, suites_de
from grilles.plan.services.preuves import preuves_citables, preuves_de
from grilles.plan.services.risques import lire_risque, lister_risques
from grilles.plan.vues import (
    ETATS_DU_FILTRE,
    TOUT_L_ETABLISSEMENT,
    Action,
    Ecart,
    FicheAction,
    Filtres,
    Risque,
)
from grilles.services.lecture import FicheFormation, exiger_formation

NOMS = {
    "intitule": "Intitulé", "description": "Description", "renvoi": "Renvoi", "gravite": "Gravité",
    "constate_le": "Notifiée le", "porteur": "Porteur", "porteur_id": "Compte rappelé", "echeance": "Échéance",
    "priorite": "Priorité", "moyens": "Moyens", "effet_attendu": "Effet attendu", "cause": "Cause", "effet": "Effet",
    "vraisemblance": "Vraisemblance", "prevention": "Prévention", "origine": "Origine",
}  # fmt: skip
"""Comment se nomme chaque champ, quand deux versions se comparent."""
_MOTS: Mapping[str, Mapping[Any, str]] = {"gravite": GRAVITES, "priorite": PRIORITES, "origine": ORIGINES_DE_RISQUE}
Choix = list[tuple[Any, str]]


@dataclass(frozen=True)
class Liste:
    """La page d'un plan d'actions. `toutes` : ce que l'acteur lit ici, filtres mis à part."""

    actions: tuple[Action, ...]
    toutes: tuple[Action, ...]
    filtres: Filtres
    formation: FicheFormation | None
    ouvre: bool

    @property
    def adresse(self) -> str:
        """L'adresse de cette page."""
        return f"/diplomes/{self.formation.id}/actions" if self.formation else "/actions"

    @property
    def question(self) -> str:
        """Les filtres, pour les exports ; le diplôme de la page en est un."""
        return self.filtres.question()

    @property
    def retards(self) -> int:
        """Combien d'actions en retard, filtres mis à part."""
        return sum(action.retard > 0 for action in self.toutes)

    @property
    def diplomes(self) -> Choix:
        """Les diplômes qui ont une action ici."""
        return sorted({(a.formation_id, a.ou) for a in self.toutes if a.formation_id}, key=lambda choix: choix[1])

    @property
    def cfas(self) -> Choix:
        """Les CFA qui ont une action ici."""
        return sorted({(a.cfa_id, a.cfa or "") for a in self.toutes if a.cfa_id}, key=lambda choix: choix[1])

    @property
    def etats(self) -> Choix:
        """Les états offerts au filtre."""
        return list(ETATS_DU_FILTRE.items())


def composer_la_liste(session: Session, acteur: Acteur, filtres: Filtres, formation_id: int | None = None) -> Liste:
    """Le plan d'un diplôme, ou de tout ce que l'acteur lit ; lève `Introuvable`."""
    formation = None if formation_id is None else exiger_formation(session, acteur, formation_id)
    toutes = lister_actions(session, acteur, formation_id)
    gardees = tuple(action for action in toutes if filtres.garde(action, acteur.compte_id))
    return Liste(gardees, tuple(toutes), filtres, formation, _ouvre(session, acteur, formation_id))


def _ouvre(session: Session, acteur: Acteur, formation_id: int | None) -> bool:
    """Vrai si l'acteur peut ouvrir quelque chose ici."""
    if formation_id is None:
        return peut(acteur, Geste.REMPLIR_GRILLE)
    return peut(acteur, Geste.REMPLIR_GRILLE, situer(session, acteur, formation_id))


def composer_la_fiche(
    session: Session, acteur: Acteur, action_id: int, annuaire: Annuaire, mesures: LecteurDeMesures
) -> FicheAction:
    """La page d'une action ; lève `Introuvable`."""
    action = lire_action(session, acteur, action_id)
    porteurs = dict(comptes_porteurs(session, acteur, annuaire, action.formation_id)) if action.porteur_id else {}
    modifiable = ecrit(session, acteur, action)
    return FicheAction(
        action=action,
        notes=lire_notes(session, acteur, action_id),
        preuves=preuves_de(session, acteur, action_id),
        citables=preuves_citables(session, acteur, action) if modifiable and action.ouverte else (),
        modifiable=modifiable,
        origines=liens_d_origine(session, acteur, action, mesures),
        suites=suites_de(session, acteur, action),
        porteur_nom=porteurs.get(action.porteur_id or 0, ""),
    )


def choix_de_l_action(session: Session, acteur: Acteur, annuaire: Annuaire, formation_id: int | None) -> dict[str, Any]:
    """Les listes d'un formulaire d'action, et les délais réglementaires en vigueur aujourd'hui."""
    jour = aujourd_hui()
    porteurs = comptes_porteurs(session, acteur, annuaire, formation_id)
    return {
        "formations": choix_du_lieu(session, acteur),
        "porteurs": [("", "Personne n’est rappelé"), *porteurs],
        "origines": [("", "Choisir…"), *ORIGINES.items()],
        "gravites": [("", "Sans objet, ou simple observation"), *GRAVITES.items()],
        "priorites": list(PRIORITES.items()),
        "delais": next((edition for edition in charger_delais().editions if edition.vaut(jour)), None),
    }


def choix_du_lieu(session: Session, acteur: Acteur) -> Choix:
    """Où l'acteur peut écrire : ses diplômes, et tout l'établissement s'il le tient."""
    partout = [("", TOUT_L_ETABLISSEMENT)] if ecrit_partout(acteur) else [("", "Choisir…")]
    return [*partout, *formations_ou_ecrire(session, acteur)]


def exiger_le_lieu(session: Session, acteur: Acteur, formation_id: int | None) -> None:
    """Lève `Introuvable` si l'acteur n'écrit pas dans ce diplôme ; sans diplôme dit, il le choisira."""
    if formation_id is not None:
        situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)


def champs_de(modele: type[BaseModel], valeurs: Mapping[str, Any]) -> dict[str, Any]:
    """Chaque champ du formulaire, tel qu'il se montre : une chaîne vide s'il n'est pas dit."""
    return {nom: _montrer(valeurs.get(nom)) for nom in modele.model_fields}


def en_valeurs(lu: Action | Risque) -> dict[str, Any]:
    """Chaque champ de ce qui est en base, pour son formulaire."""
    return {champ.name: getattr(lu, champ.name) for champ in fields(lu)}


def lire_le_lieu(brut: str) -> int | None:
    """Le diplôme que dit un champ ; None s'il n'en dit aucun de lisible."""
    return int(brut) if brut.isascii() and brut.isdigit() and len(brut) <= 18 else None


def _montrer(valeur: Any) -> str:
    if valeur is None:
        return ""
    return valeur.isoformat() if isinstance(valeur, date) else str(valeur)


def comparer(formulaire: FormulaireAction | FormulaireRisque, autre: Action | Risque) -> list[Ecart]:
    """Champ par champ, ce qui diffère entre la saisie et ce qu'un autre a enregistré."""
    communs = [nom for nom in NOMS if nom in type(formulaire).model_fields]
    return [
        Ecart(nom, NOMS[nom], _lire(nom, getattr(formulaire, nom)), _lire(nom, getattr(autre, nom)))
        for nom in communs
        if getattr(formulaire, nom) != getattr(autre, nom)
    ]


def _lire(nom: str, valeur: Any) -> str:
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    if nom == "porteur_id":
        return "un compte" if valeur else "personne"
    return str(_MOTS.get(nom, {}).get(valeur, valeur) or "")


@dataclass(frozen=True)
class Registre:
    """La page d'un registre de risques : la table, ses degrés, et les risques."""

    risques: tuple[Risque, ...]
    table: tuple[tuple[int, tuple[tuple[Risque, ...], ...]], ...]
    formation: FicheFormation | None
    ouvre: bool

    @property
    def adresse(self) -> str:
        """L'adresse de cette page."""
        return f"/diplomes/{self.formation.id}/risques" if self.formation else "/risques"


def composer_le_registre(session: Session, acteur: Acteur, formation_id: int | None = None) -> Registre:
    """Les risques d'un diplôme, ou de tout ce que l'acteur lit ; lève `Introuvable`."""
    formation = None if formation_id is None else exiger_formation(session, acteur, formation_id)
    risques = lister_risques(session, acteur, formation_id)
    table = disposer([risque for risque in risques if risque.ouvert], DEGRES)
    return Registre(tuple(risques), table, formation, _ouvre(session, acteur, formation_id))


def page_d_un_risque(session: Session, acteur: Acteur, risque_id: int) -> dict[str, Any]:
    """Ce que montre la page d'un risque ; lève `Introuvable`."""
    risque = lire_risque(session, acteur, risque_id)
    ouvre = ecrit_partout(acteur) if risque.formation_id is None else _ouvre(session, acteur, risque.formation_id)
    actions = actions_du_risque(session, acteur, risque_id)
    return {"risque": risque, "actions": actions, "modifiable": ouvre, "echelle": charger_echelle_des_risques()}


def choix_du_risque(session: Session, acteur: Acteur) -> dict[str, Any]:
    """Les listes d'un formulaire de risque, et l'échelle."""
    echelle = charger_echelle_des_risques()
    return {
        "formations": choix_du_lieu(session, acteur),
        "origines": list(ORIGINES_DE_RISQUE.items()),
        "echelle": echelle,
        "vraisemblances": _degres(echelle.vraisemblance),
        "gravites": _degres(echelle.gravite),
    }


def _degres(degres: Sequence[Any]) -> Choix:
    return [("", "Choisir…"), *((d.degre, f"{d.degre}. {d.libelle}") for d in degres)]


def en_erreurs(champ: str, message: str) -> list[ErreurDeChamp]:
    """Une seule faute, pour le résumé."""
    return [ErreurDeChamp(champ, message)]
