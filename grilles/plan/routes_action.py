"""Une action : l'ouvrir, la lire, la changer, la suivre, la prouver, la clore."""

from collections.abc import Sequence

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Geste
from charte.commun.web import Saisies, acces, lire_formulaire, vers
from grilles.plan.atelier import ATELIER, Atelier
from grilles.plan.formulaires import (
    FormulaireAction,
    FormulaireCloture,
    FormulairePassage,
    FormulairePreuveDAction,
    FormulaireSuivi,
)
from grilles.plan.pages import comparer, en_erreurs, en_valeurs, exiger_le_lieu
from grilles.plan.services.lecture import lire_action
from grilles.plan.services.origines import Provenance, preparer_action
from grilles.plan.services.preuves import ActionFermee, citer_une_preuve, ne_plus_citer
from grilles.plan.services.saisie import (
    ConflitDAction,
    PassageImpossible,
    clore,
    modifier_action,
    noter_le_suivi,
    ouvrir_action,
    passer,
)
from grilles.services.saisie import SaisieRefusee

NOUVELLE, ACTION = "/actions/nouvelle", "/actions/{action_id:int}"
LIRE, ECRIRE = acces(Geste.LIRE), acces(Geste.REMPLIR_GRILLE)


@get(NOUVELLE, opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True, name="action_nouvelle")
def preparer(
    *,
    atelier: NamedDependency[Atelier],
    formation: FromQuery[int | None] = None,
    element: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
    jalon: FromQuery[int | None] = None,
    risque: FromQuery[int | None] = None,
    suite: FromQuery[int | None] = None,
    origine: FromQuery[str] = "",
) -> Template:
    """Le formulaire d'une action, déjà rempli de ce dont elle part."""
    provenance = Provenance(formation, element, indicateur, jalon, risque, suite, origine)
    with atelier.base.lecture() as session:
        champs = preparer_action(session, atelier.acteur, provenance, atelier.mesures)
        exiger_le_lieu(session, atelier.acteur, champs["formation_id"])
    return atelier.formulaire({"priorite": "moyenne", **champs})


@post(NOUVELLE, opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def ouvrir(data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Ouvre l'action ; 422 garde la saisie."""
    formulaire, erreurs = lire_formulaire(FormulaireAction, data)
    if formulaire is None:
        return atelier.formulaire(data, erreurs=erreurs)
    try:
        with atelier.base.ecriture() as session:
            action_id = ouvrir_action(session, atelier.acteur, formulaire, atelier.annuaire, atelier.mesures)
    except SaisieRefusee as refus:
        return atelier.formulaire(data, erreurs=en_erreurs(refus.champ, refus.message))
    return vers(f"/actions/{action_id}")


@get(ACTION, opt=LIRE, dependencies=ATELIER, sync_to_thread=True, name="action")
def voir(action_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template:
    """Une action : d'où elle vient, où elle en est, ce qui la prouve."""
    return atelier.fiche(action_id)


@get(ACTION + "/modification", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True, name="action_modification")
def preparer_le_changement(action_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template:
    """Le formulaire d'une action déjà ouverte."""
    with atelier.base.lecture() as session:
        action = lire_action(session, atelier.acteur, action_id, Geste.REMPLIR_GRILLE)
    return atelier.formulaire(en_valeurs(action), action_id=action_id)


@post(ACTION + "/modification", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def changer(action_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Change une action ; 422 et 409 gardent la saisie, 409 montre aussi celle de l'autre."""
    formulaire, erreurs = lire_formulaire(FormulaireAction, data)
    if formulaire is None:
        return atelier.formulaire(data, action_id=action_id, erreurs=erreurs)
    try:
        with atelier.base.ecriture() as session:
            modifier_action(session, atelier.acteur, action_id, formulaire, atelier.annuaire)
    except SaisieRefusee as refus:
        return atelier.formulaire(data, action_id=action_id, erreurs=en_erreurs(refus.champ, refus.message))
    except ConflitDAction as conflit:
        champs, ecarts = {**data, "version": conflit.autre.version}, comparer(conflit.formulaire, conflit.autre)
        return atelier.formulaire(champs, action_id=action_id, ecarts=ecarts)
    except PassageImpossible as refus:
        return atelier.formulaire(data, action_id=action_id, erreurs=en_erreurs("", str(refus)), conflit=True)
    return vers(f"/actions/{action_id}")


@post(ACTION + "/suivi", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def suivre(action_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Ajoute une note d'avancement ; 422 garde la saisie."""
    atelier.exiger(action_id)
    formulaire, erreurs = lire_formulaire(FormulaireSuivi, data)
    if formulaire is None:
        return atelier.fiche(action_id, statut=422, erreurs=erreurs, saisies=data)
    with atelier.base.ecriture() as session:
        noter_le_suivi(session, atelier.acteur, action_id, formulaire)
    return vers(f"/actions/{action_id}#suivi")


@post(ACTION + "/etat", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def changer_l_etat(action_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Commence, abandonne ou reprend une action ; 409 si quelqu'un l'a déjà fait passer ailleurs."""
    atelier.exiger(action_id)
    formulaire, erreurs = lire_formulaire(FormulairePassage, data)
    if formulaire is None:
        return atelier.fiche(action_id, statut=422, erreurs=erreurs, saisies=data)
    try:
        with atelier.base.ecriture() as session:
            passer(session, atelier.acteur, action_id, formulaire)
    except SaisieRefusee as refus:
        fautes = en_erreurs(refus.champ, refus.message)
        return atelier.fiche(action_id, statut=422, erreurs=fautes, saisies=data)
    except PassageImpossible as refus:
        return atelier.fiche(action_id, statut=409, erreurs=en_erreurs("", str(refus)), saisies=data)
    return vers(f"/actions/{action_id}")


@post(ACTION + "/preuves", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def citer(action_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Cite une preuve à l'appui de l'action ; 422 garde la saisie, 409 si l'action n'est plus ouverte."""
    atelier.exiger(action_id)
    formulaire, erreurs = lire_formulaire(FormulairePreuveDAction, data)
    if formulaire is None:
        return atelier.fiche(action_id, statut=422, erreurs=erreurs, saisies=data)
    try:
        with atelier.base.ecriture() as session:
            citer_une_preuve(session, atelier.acteur, action_id, formulaire)
    except ActionFermee as refus:
        return atelier.fiche(action_id, statut=409, erreurs=en_erreurs("", str(refus)), saisies=data)
    return vers(f"/actions/{action_id}#preuves")


@post(ACTION + "/preuves/{preuve_id:int}/retrait", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def retirer(
    action_id: FromPath[int], preuve_id: FromPath[int], atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Ne cite plus une preuve ; elle demeure parmi celles de l'établissement."""
    try:
        with atelier.base.ecriture() as session:
            ne_plus_citer(session, atelier.acteur, action_id, preuve_id)
    except ActionFermee as refus:
        return atelier.fiche(action_id, statut=409, erreurs=en_erreurs("", str(refus)))
    return vers(f"/actions/{action_id}#preuves")


@get(ACTION + "/cloture", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True, name="action_cloture")
def preparer_la_cloture(action_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template:
    """Réévaluer ce qui avait fait ouvrir l'action, avant de la clore."""
    return atelier.cloture(action_id)


@post(ACTION + "/cloture", opt=ECRIRE, dependencies=ATELIER, sync_to_thread=True)
def finir(action_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Clôt l'action ; 422 dit ce qui manque, 409 qu'elle n'est pas en cours."""
    formulaire, erreurs = lire_formulaire(FormulaireCloture, data)
    if formulaire is None:
        return atelier.cloture(action_id, data, statut=422, erreurs=erreurs)
    try:
        with atelier.base.ecriture() as session:
            clore(session, atelier.acteur, action_id, formulaire)
    except SaisieRefusee as refus:
        return atelier.cloture(action_id, data, statut=422, erreurs=en_erreurs(refus.champ, refus.message))
    except PassageImpossible as refus:
        return atelier.cloture(action_id, data, statut=409, erreurs=en_erreurs("", str(refus)))
    return vers(f"/actions/{action_id}")


ROUTES: Sequence[HTTPRouteHandler] = (
    preparer,
    ouvrir,
    voir,
    preparer_le_changement,
    changer,
    suivre,
    changer_l_etat,
    citer,
    retirer,
    preparer_la_cloture,
    finir,
)
