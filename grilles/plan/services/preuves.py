"""Les preuves d'une action : celles qu'elle cite, celles qu'elle peut citer, en ajouter, en retirer."""

from sqlalchemy import delete, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from grilles.modeles import Grille, Preuve, PreuveCitee
from grilles.plan.formulaires import FormulairePreuveDAction
from grilles.plan.services.lecture import aujourd_hui, tenir_une_action
from grilles.plan.vues import Action, PreuveDeLAction
from grilles.preuves.modeles import PreuveDAction
from grilles.preuves.regles import COMPTE, validite
from grilles.preuves.services.neuve import ranger_une_preuve
from grilles.preuves.services.portee import retenir
from grilles.services.saisie import inserer


class ActionFermee(Exception):
    """L'action est close ou abandonnée : ses preuves ne changent plus."""


def preuves_de(session: Session, acteur: Acteur, action_id: int) -> tuple[PreuveDeLAction, ...]:
    """Les preuves qu'une action cite, avec ce qu'elles valent aujourd'hui."""
    jour = aujourd_hui()
    requete = (
        select(
            *(col(c) for c in (Preuve.id, Preuve.titre, Preuve.adresse, Preuve.date_effet, Preuve.date_fin)),
            col(PreuveDAction.emplacement),
        )
        .join(Preuve, col(Preuve.id) == col(PreuveDAction.preuve_id))
        .where(
            col(PreuveDAction.action_id) == action_id, col(PreuveDAction.etablissement_id) == acteur.etablissement_id
        )
        .order_by(col(PreuveDAction.id))
    )
    return tuple(PreuveDeLAction(*(*ligne, validite(ligne[3], ligne[4], jour))) for ligne in lignes(session, requete))


def compter_les_valables(session: Session, acteur: Acteur, action_id: int) -> int:
    """Le nombre de preuves de l'action en cours de validité."""
    return sum(preuve.validite in COMPTE for preuve in preuves_de(session, acteur, action_id))


def preuves_citables(session: Session, acteur: Acteur, action: Action) -> tuple[tuple[int, str], ...]:
    """(numéro, titre) des preuves que l'action peut citer : celles des grilles du diplôme, et les partagées."""
    du_diplome = (
        select(col(PreuveCitee.preuve_id))
        .join(Grille, col(Grille.id) == col(PreuveCitee.grille_id))
        .where(col(Grille.formation_id) == action.formation_id, col(Grille.etablissement_id) == acteur.etablissement_id)
    )
    deja = select(col(PreuveDAction.preuve_id)).where(col(PreuveDAction.action_id) == action.id)
    requete = (
        select(col(Preuve.id), col(Preuve.titre))
        .where(
            col(Preuve.etablissement_id) == acteur.etablissement_id,
            or_(col(Preuve.id).in_(du_diplome), col(Preuve.partagee)),
            col(Preuve.id).not_in(deja),
        )
        .order_by(col(Preuve.titre), col(Preuve.id))
    )
    return tuple((int(numero), titre) for numero, titre in lignes(session, requete))


def citer_une_preuve(session: Session, acteur: Acteur, action_id: int, formulaire: FormulairePreuveDAction) -> int:
    """Cite une preuve du diplôme, ou un lien nouveau ; rend son numéro. Lève `Introuvable`, `ActionFermee`."""
    action = _ouverte(session, acteur, action_id)
    if formulaire.preuve_id is None:
        preuve_id = _ranger_le_lien(session, acteur, formulaire)
    else:
        preuve_id = formulaire.preuve_id
        if preuve_id in {preuve.id for preuve in preuves_de(session, acteur, action_id)}:
            return preuve_id
        if preuve_id not in dict(preuves_citables(session, acteur, action)):
            raise Introuvable(f"Aucune preuve {preuve_id} ici.")
        retenir(session, acteur, preuve_id)
    lien = PreuveDAction(
        etablissement_id=acteur.etablissement_id, preuve_id=preuve_id, action_id=action_id,
        emplacement=formulaire.emplacement,
    )  # fmt: skip
    if not inserer(session, lien):
        return preuve_id
    journaliser(session, acteur, "preuve citée par une action", f"action:{action_id}", apres={"preuve": preuve_id})
    return preuve_id


def _ranger_le_lien(session: Session, acteur: Acteur, formulaire: FormulairePreuveDAction) -> int:
    return ranger_une_preuve(
        session, acteur, titre=formulaire.titre, adresse=formulaire.adresse, date_effet=formulaire.date_effet
    )


def ne_plus_citer(session: Session, acteur: Acteur, action_id: int, preuve_id: int) -> None:
    """Retire la citation ; la preuve, elle, demeure. Lève `Introuvable`, `ActionFermee`."""
    action = tenir_une_action(session, acteur, action_id)
    if preuve_id not in {preuve.id for preuve in preuves_de(session, acteur, action_id)}:
        raise Introuvable(f"Aucune preuve {preuve_id} ici.")
    _exiger_ouverte(action)
    requete = delete(PreuveDAction).where(
        col(PreuveDAction.action_id) == action_id,
        col(PreuveDAction.preuve_id) == preuve_id,
        col(PreuveDAction.etablissement_id) == acteur.etablissement_id,
    )
    super(Session, session).execute(requete)
    journaliser(session, acteur, "preuve retirée d’une action", f"action:{action_id}", avant={"preuve": preuve_id})


def _ouverte(session: Session, acteur: Acteur, action_id: int) -> Action:
    action = tenir_une_action(session, acteur, action_id)
    _exiger_ouverte(action)
    return action


def _exiger_ouverte(action: Action) -> None:
    if not action.ouverte:
        raise ActionFermee(f"Cette action est « {action.etat_lu.lower()} » : ses preuves ne changent plus.")
