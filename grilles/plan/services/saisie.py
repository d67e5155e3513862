"""Écrire dans le plan : ouvrir une action, la changer sans écraser un autre, la suivre, changer son état, la clore."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.annuaire import Annuaire
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from grilles.echelle import EVALUES
from grilles.jalons.modeles import Jalon
from grilles.mesures import LecteurDeMesures
from grilles.plan.formulaires import FormulaireAction, FormulaireCloture, FormulairePassage, FormulaireSuivi
from grilles.plan.modeles import ActionAmelioration, SuiviDAction
from grilles.plan.regles import OUVERTES, empechements, passage
from grilles.plan.services.lecture import (
    aujourd_hui,
    comptes_porteurs,
    exiger_l_endroit,
    lire_action,
    tenir_une_action,
)
from grilles.plan.services.preuves import compter_les_valables
from grilles.plan.services.risques import lire_risque
from grilles.plan.vues import Action
from grilles.services.saisie import SaisieRefusee

CHANGEABLES = (
    "intitule", "description", "renvoi", "gravite", "constate_le", "porteur", "porteur_id", "echeance", "priorite",
    "moyens", "effet_attendu",
)  # fmt: skip
"""Ce qu'on change d'une action ; d'où elle vient ne change pas."""


class ConflitDAction(Exception):
    """Quelqu'un a changé l'action entre-temps. Ne porte que des valeurs : la saisie, et ce qui est en base."""

    def __init__(self, formulaire: FormulaireAction, autre: Action) -> None:
        super().__init__(f"L'action {autre.id} a changé entre-temps.")
        self.formulaire = formulaire
        self.autre = autre


class PassageImpossible(Exception):
    """L'action n'est plus dans l'état qu'on avait sous les yeux, ou ne permet pas ce passage ; le message le dit."""

    def __init__(self, action: Action) -> None:
        super().__init__(
            f"Cette action est maintenant « {action.etat_lu.lower()} » : ce changement ne s’y fait pas. "
            "Relisez-la avant de continuer ; votre texte est gardé ci-dessous."
        )
        self.action = action


def ouvrir_action(
    session: Session, acteur: Acteur, formulaire: FormulaireAction, annuaire: Annuaire, mesures: LecteurDeMesures
) -> int:
    """Ouvre une action et rend son numéro.

    Lève `Introuvable` (diplôme, élément, indicateur, jalon ou risque que l'acteur n'atteint pas), `SaisieRefusee` (lieu
    ou porteur : une action pour tout l'établissement demande un mandat sur tout l'établissement).
    """
    exiger_l_endroit(session, acteur, formulaire.formation_id)
    _exiger_l_origine(session, acteur, formulaire, mesures)
    _exiger_le_porteur(session, acteur, annuaire, formulaire, formulaire.formation_id)
    instant = maintenant()
    action = ActionAmelioration(
        etablissement_id=acteur.etablissement_id, **formulaire.model_dump(exclude={"version"}),
        cree_par=acteur.nom, cree_le=instant, modifie_le=instant,
    )  # fmt: skip
    session.add(action)
    session.flush()
    action_id = exiger_id(action.id)
    apres = {"formation": formulaire.formation_id, "origine": formulaire.origine, "echeance": _jour(action.echeance)}
    journaliser(session, acteur, "action ouverte", f"action:{action_id}", apres=apres)
    return action_id


def modifier_action(
    session: Session, acteur: Acteur, action_id: int, formulaire: FormulaireAction, annuaire: Annuaire
) -> None:
    """Change une action ouverte.

    Lève `Introuvable`, `SaisieRefusee`, `PassageImpossible` (elle n'est plus ouverte), `ConflitDAction` si la version
    de la saisie n'est plus celle de la base et que le contenu diffère.
    """
    action = lire_action(session, acteur, action_id, Geste.REMPLIR_GRILLE)
    if not action.ouverte:
        raise PassageImpossible(action)
    _exiger_le_porteur(session, acteur, annuaire, formulaire, action.formation_id, tenu=action.porteur_id)
    voulues = {nom: getattr(formulaire, nom) for nom in CHANGEABLES}
    if all(getattr(action, nom) == valeur for nom, valeur in voulues.items()):
        return
    if action.version != formulaire.version or not _changer(session, acteur, action, voulues):
        raise ConflitDAction(formulaire, lire_action(session, acteur, action_id))
    changes = sorted(nom for nom, valeur in voulues.items() if getattr(action, nom) != valeur)
    avant = {"version": action.version, "echeance": _jour(action.echeance)}
    apres = {"version": action.version + 1, "echeance": _jour(formulaire.echeance), "champs": changes}
    journaliser(session, acteur, "action modifiée", f"action:{action_id}", avant=avant, apres=apres)


def _changer(session: Session, acteur: Acteur, action: Action, valeurs: Mapping[str, Any]) -> bool:
    """Vrai si la ligne était bien à la version lue, et toujours ouverte."""
    requete = (
        update(ActionAmelioration)
        .where(
            _cette_action(acteur, action),
            col(ActionAmelioration.version) == action.version,
            col(ActionAmelioration.etat).in_(OUVERTES),
        )
        .values(**valeurs, version=action.version + 1, modifie_le=maintenant())
        .execution_options(synchronize_session=False)
    )
    return _une_ligne(session, requete)


def noter_le_suivi(session: Session, acteur: Acteur, action_id: int, formulaire: FormulaireSuivi) -> None:
    """Ajoute une note d'avancement ; aucune ne change ni ne s'efface. Lève `Introuvable`."""
    action = lire_action(session, acteur, action_id, Geste.REMPLIR_GRILLE)
    _noter(session, acteur, action, action.etat, formulaire.texte)
    journaliser(session, acteur, "suivi d’action noté", f"action:{action_id}", apres={"etat": action.etat})


def passer(session: Session, acteur: Acteur, action_id: int, formulaire: FormulairePassage) -> None:
    """Commence, abandonne ou reprend une action.

    Lève `Introuvable`, `PassageImpossible` (son état ne le permet pas), `SaisieRefusee` (motif manquant).
    """
    action = lire_action(session, acteur, action_id, Geste.REMPLIR_GRILLE)
    voulu = passage(formulaire.passage, action.etat)
    if voulu is None or voulu.cle == "clore":
        raise PassageImpossible(action)
    if voulu.motif_exige and not formulaire.motif:
        raise SaisieRefusee("motif", "Dites en une phrase pourquoi : cela reste dans le suivi de l’action.")
    _faire_passer(session, acteur, action, voulu.vers, acte=voulu.acte, note=formulaire.motif or f"{voulu.libelle}.")


def clore(session: Session, acteur: Acteur, action_id: int, formulaire: FormulaireCloture) -> Action:
    """Clôt une action, sur preuve et réévaluation ; rend ce qu'elle est devenue.

    Lève `Introuvable`, `PassageImpossible` (elle n'est pas en cours), `SaisieRefusee` pour la première chose qui manque
    (preuve en cours de validité, effet constaté, réévaluation).
    """
    action = tenir_une_action(session, acteur, action_id)
    if not action.se_clot:
        raise PassageImpossible(action)
    preuves = compter_les_valables(session, acteur, action_id)
    for champ, remede in empechements(preuves, formulaire.effet_constate, formulaire.reevaluation):
        raise SaisieRefusee(champ, remede)
    valeurs = {
        "effet_constate": formulaire.effet_constate,
        "reevaluation": formulaire.reevaluation,
        "close_le": aujourd_hui(),
    }
    _faire_passer(session, acteur, action, "close", acte="action close", note=formulaire.reevaluation, valeurs=valeurs)
    return lire_action(session, acteur, action_id)


def _faire_passer(
    session: Session,
    acteur: Acteur,
    action: Action,
    vers: str,
    *,
    acte: str,
    note: str,
    valeurs: Mapping[str, Any] | None = None,
) -> None:
    """Change l'état, si personne ne l'a changé depuis, et le note au suivi."""
    requete = (
        update(ActionAmelioration)
        .where(_cette_action(acteur, action), col(ActionAmelioration.etat) == action.etat)
        .values(etat=vers, modifie_le=maintenant(), **(valeurs or {}))
        .execution_options(synchronize_session=False)
    )
    if not _une_ligne(session, requete):
        raise PassageImpossible(lire_action(session, acteur, action.id))
    _noter(session, acteur, action, vers, note)
    apres = {"etat": vers} | {nom: str(v) for nom, v in (valeurs or {}).items() if nom != "reevaluation"}
    journaliser(session, acteur, acte, f"action:{action.id}", avant={"etat": action.etat}, apres=apres)


def _noter(session: Session, acteur: Acteur, action: Action, etat: str, texte: str) -> None:
    session.add(
        SuiviDAction(
            etablissement_id=acteur.etablissement_id, action_id=action.id, etat=etat, texte=texte,
            auteur=acteur.nom, note_le=maintenant(),
        )
    )  # fmt: skip
    session.flush()


def _cette_action(acteur: Acteur, action: Action) -> ColumnElement[bool]:
    ici = col(ActionAmelioration.etablissement_id) == acteur.etablissement_id
    return and_(col(ActionAmelioration.id) == action.id, ici)


def _une_ligne(session: Session, requete: Any) -> bool:
    resultat = super(Session, session).execute(requete)
    return isinstance(resultat, CursorResult) and resultat.rowcount == 1


def _exiger_l_origine(
    session: Session, acteur: Acteur, formulaire: FormulaireAction, mesures: LecteurDeMesures
) -> None:
    """Ce à quoi l'action renvoie existe, et l'acteur l'atteint."""
    if formulaire.element is not None:
        exiger_element_evalue(formulaire.element)
    if formulaire.indicateur is not None and formulaire.indicateur not in mesures.libelles():
        raise Introuvable(f"Aucun indicateur « {formulaire.indicateur} ».")
    if formulaire.risque_id is not None:
        risque = lire_risque(session, acteur, formulaire.risque_id)
        if risque.formation_id not in (None, formulaire.formation_id):
            raise Introuvable(f"Aucun risque {formulaire.risque_id} pour ce diplôme.")
    if formulaire.jalon_id is not None:
        exiger_jalon(session, acteur, formulaire.jalon_id, formulaire.formation_id)


def exiger_element_evalue(element: str) -> str:
    """Le texte d'un élément que les grilles évaluent ; lève `Introuvable` s'il n'existe pas dans l'édition courante."""
    try:
        trouve = charger_edition(EDITION_COURANTE).element(element)
    except KeyError as erreur:
        raise Introuvable(f"La charte n'a pas d'élément « {element} ».") from erreur
    if trouve.genre not in EVALUES:
        raise Introuvable(f"L'élément « {element} » ne s'évalue pas.")
    return " ".join(trouve.texte.split())


def exiger_jalon(session: Session, acteur: Acteur, jalon_id: int, formation_id: int | None) -> Any:
    """L'intitulé, l'échéance, le porteur et les moyens d'un jalon de ce diplôme ; lève `Introuvable`."""
    requete = select(*(col(c) for c in (Jalon.intitule, Jalon.echeance, Jalon.porteur, Jalon.moyens))).where(
        col(Jalon.id) == jalon_id,
        col(Jalon.etablissement_id) == acteur.etablissement_id,
        col(Jalon.formation_id) == formation_id,
    )
    trouves = lignes(session, requete)
    if not trouves:
        raise Introuvable(f"Aucun jalon {jalon_id} pour ce diplôme.")
    return trouves[0]


def _exiger_le_porteur(
    session: Session,
    acteur: Acteur,
    annuaire: Annuaire,
    formulaire: FormulaireAction,
    formation_id: int | None,
    *,
    tenu: int | None = None,
) -> None:
    """Le compte porteur lit ce diplôme ; celui qui la porte déjà peut rester, même parti."""
    if formulaire.porteur_id in (None, tenu):
        return
    admis = {numero for numero, _ in comptes_porteurs(session, acteur, annuaire, formation_id)}
    if formulaire.porteur_id not in admis:
        raise SaisieRefusee("porteur_id", "Choisissez un compte de la liste : il doit pouvoir lire cette action.")


def _jour(jour: date | None) -> str | None:
    return jour.isoformat() if jour else None
