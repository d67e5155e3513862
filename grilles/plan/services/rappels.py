"""Les rappels dus aux comptes qui portent une action (source de `charte.commun.rappels`)."""

from collections.abc import Iterator

from sqlmodel import Session

from charte.acteur import Acteur, Geste, Situation, etendue
from charte.commun.rappels import Rappel, Tournee
from charte.services.portee import situer
from grilles.plan.lettres import rappeler
from grilles.plan.regles import motif_de_rappel
from grilles.plan.services.lecture import lister_actions
from grilles.plan.vues import Action

GENRE = "action"


def rappels_d_actions(session: Session, acteur: Acteur, tournee: Tournee) -> Iterator[Rappel]:
    """Sept jours avant l'échéance, le jour dit, puis chaque semaine de retard ; au seul compte qui porte l'action.

    Un compte fermé, ou qui ne lit plus le diplôme, n'est pas rappelé.
    """
    plumes = {plume.compte_id: plume for plume in tournee.plumes}
    for action in lister_actions(session, acteur, jour=tournee.jour):
        motif = motif_de_rappel(action.etat, action.echeance, tournee.jour)
        plume = plumes.get(action.porteur_id) if action.porteur_id is not None else None
        if motif is None or plume is None or action.echeance is None or not _lit(session, acteur, plume.acteur, action):
            continue
        adresse = f"{tournee.adresse_publique}/actions/{action.id}"
        lettre = rappeler(action.intitule, action.ou, action.echeance, tournee.jour, adresse)
        yield Rappel(plume.compte_id, GENRE, action.id, motif, *lettre)


def _lit(session: Session, acteur: Acteur, porteur: Acteur, action: Action) -> bool:
    ou = etendue(porteur, Geste.LIRE)
    situation: Situation | None = None
    if not ou.tout and action.formation_id is not None:
        situation = situer(session, acteur, action.formation_id)
    return ou.tout or (situation is not None and ou.couvre(situation))
