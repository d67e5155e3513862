"""Les cinq étapes d'une revue annuelle, une page chacune : données, définitions, indicateurs, décisions, arrêt."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from charte.acteur import Geste
from charte.commun.web import Saisies, acces, vers
from indicateurs.revue.affichage import constater
from indicateurs.revue.formulaires import (
    FormulaireArret,
    FormulaireDecision,
    FormulaireDefinitions,
    FormulaireDonnees,
    FormulaireNote,
)
from indicateurs.revue.pages import (
    ATELIER,
    AUCUN,
    Atelier,
    Refus,
    champs_de,
    choix_de_l_avis,
    exiger_l_indicateur,
    montrer,
    rappel,
)
from indicateurs.revue.regles import famille_a_voir, suivant
from indicateurs.revue.services.assemblage import Dossier
from indicateurs.revue.services.ecriture import IndicateurDecide, arreter, decider_d_une_action, noter, repondre

REVUE = "/revues/{revue_id:int}"
MENER = acces(Geste.MENER_REVUE)
REPONSES = {
    "donnees": ("donnees_completes", "note_donnees", "version"),
    "definitions": ("definitions_justes", "note_definitions", "version"),
}
QUESTIONS = {
    "donnees": "indicateurs/revue/donnees.html",
    "definitions": "indicateurs/revue/definitions.html",
}
NOTE = ("avis", "commentaire", "version")
DECISION = ("intitule", "porteur", "echeance", "formation_id")


@get(REVUE + "/donnees", opt=MENER, dependencies=ATELIER, sync_to_thread=True, name="revue_donnees")
def voir_les_donnees(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Étape 1 : les données sont-elles complètes ?"""
    return _question(atelier, revue_id, "donnees")


@post(REVUE + "/donnees", opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def repondre_des_donnees(
    revue_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Garde la réponse, puis mène à l'étape 2 ; 422 et 409 gardent la saisie."""
    refus = _repondre(atelier, revue_id, FormulaireDonnees, data)
    if refus is AUCUN:
        return vers(f"/revues/{revue_id}/definitions")
    return _question(atelier, revue_id, "donnees", data, refus)


@get(REVUE + "/definitions", opt=MENER, dependencies=ATELIER, sync_to_thread=True, name="revue_definitions")
def voir_les_definitions(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Étape 2 : les définitions sont-elles toujours justes ?"""
    return _question(atelier, revue_id, "definitions")


@post(REVUE + "/definitions", opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def repondre_des_definitions(
    revue_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Garde la réponse, puis mène à la première famille à voir ; 422 et 409 gardent la saisie."""
    refus = _repondre(atelier, revue_id, FormulaireDefinitions, data)
    if refus is not AUCUN:
        return _question(atelier, revue_id, "definitions", data, refus)
    famille = famille_a_voir(atelier.dresser(revue_id).contenu)
    return vers(f"/revues/{revue_id}" + (f"/familles/{famille}" if famille else "/decisions"))


@get(
    REVUE + "/indicateurs/{indicateur:str}",
    opt=MENER,
    dependencies=ATELIER,
    sync_to_thread=True,
    name="revue_indicateur",
)
def voir_un_indicateur(
    revue_id: FromPath[int], indicateur: FromPath[str], atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Étape 3 : un indicateur, ce qu'il vaut, ce qu'on en dit."""
    return _indicateur(atelier.dresser(revue_id, Geste.MENER_REVUE), indicateur)


@post(REVUE + "/indicateurs/{indicateur:str}", opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def noter_un_indicateur(
    revue_id: FromPath[int], indicateur: FromPath[str], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Garde la note et passe au suivant ; 422 et 409 gardent la saisie."""
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    exiger_l_indicateur(dossier, indicateur)
    refus = atelier.enregistrer(
        revue_id, FormulaireNote, data, lambda session, note: noter(session, atelier.acteur, revue_id, indicateur, note)
    )
    if refus is not AUCUN:
        return _indicateur(dossier, indicateur, data, refus)
    apres = suivant(dossier.contenu, indicateur)
    return vers(f"/revues/{revue_id}" + (f"/indicateurs/{apres}" if apres else "/decisions"))


@get(REVUE + "/decisions", opt=MENER, dependencies=ATELIER, sync_to_thread=True, name="revue_decisions")
def voir_les_decisions(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Étape 4 : ce qui devient une action, ce dont l'objectif se revoit."""
    return _decisions(atelier, atelier.dresser(revue_id, Geste.MENER_REVUE))


@post(REVUE + "/decisions/{indicateur:str}", opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def ouvrir_une_action(
    revue_id: FromPath[int], indicateur: FromPath[str], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Ouvre l'action d'un indicateur marqué « agir » ; 422 garde la saisie."""
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    sur = IndicateurDecide(indicateur, constater(exiger_l_indicateur(dossier, indicateur)))
    qui, plan = atelier.acteur, atelier.plan
    refus = atelier.enregistrer(
        revue_id, FormulaireDecision, data,
        lambda session, dite: decider_d_une_action(session, qui, revue_id, sur=sur, saisie=dite, plan=plan),
    )  # fmt: skip
    if refus is AUCUN:
        return vers(f"/revues/{revue_id}/decisions")
    return _decisions(atelier, dossier, indicateur, data, refus)


@get(REVUE + "/arret", opt=MENER, dependencies=ATELIER, sync_to_thread=True, name="revue_arret")
def preparer_l_arret(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Étape 5 : ce qui manque encore, ce qui va être figé."""
    return _arret(atelier.dresser(revue_id, Geste.MENER_REVUE))


@post(REVUE + "/arret", opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def figer(revue_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Scelle la revue ; 422 et 409 gardent la saisie."""
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    # Les mesures se lisent avant d'écrire : les calculer tiendrait la base fermée aux autres.
    refus = atelier.enregistrer(
        revue_id, FormulaireArret, data,
        lambda session, dit: arreter(session, atelier.acteur, revue_id, dit, dossier.contenu),
    )  # fmt: skip
    return vers(f"/revues/{revue_id}") if refus is AUCUN else _arret(atelier.dresser(revue_id), data, refus)


def _repondre(
    atelier: Atelier,
    revue_id: int,
    modele: type[FormulaireDonnees] | type[FormulaireDefinitions],
    data: Mapping[str, Any],
) -> Refus:
    return atelier.enregistrer(
        revue_id, modele, data, lambda session, saisie: repondre(session, atelier.acteur, revue_id, saisie)
    )


def _question(
    atelier: Atelier, revue_id: int, etape: str, data: Mapping[str, Any] | None = None, refus: Refus = AUCUN
) -> Template | Redirect:
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    en_base = {nom: getattr(dossier.revue, nom) for nom in REPONSES[etape]}
    champs = champs_de(REPONSES[etape], en_base if data is None else data, refus)
    return montrer(QUESTIONS[etape], etape, dossier, refus, champs=champs)


def _indicateur(
    dossier: Dossier, cle: str, data: Mapping[str, Any] | None = None, refus: Refus = AUCUN
) -> Template | Redirect:
    vu = exiger_l_indicateur(dossier, cle)
    en_base = {"avis": "" if vu.avis == "a_voir" else vu.avis, "commentaire": vu.commentaire, "version": vu.version}
    rang = [autre.cle for autre in dossier.contenu.a_revoir].index(cle) + 1
    return montrer(
        "indicateurs/revue/indicateur.html", "indicateurs", dossier, refus, vu=vu, rang=rang,
        champs=champs_de(NOTE, en_base if data is None else data, refus), choix=choix_de_l_avis(),
        rappel=rappel(dossier, cle), dernier=not suivant(dossier.contenu, cle),
    )  # fmt: skip


def _decisions(
    atelier: Atelier, dossier: Dossier, cle: str = "", data: Mapping[str, Any] | None = None, refus: Refus = AUCUN
) -> Template | Redirect:
    vides = champs_de(DECISION, {})
    return montrer(
        "indicateurs/revue/decisions.html", "decisions", dossier, refus, visee=cle, vides=vides,
        champs=champs_de(DECISION, data or {}), lieux=atelier.lieux(dossier.contenu),
    )  # fmt: skip


def _arret(dossier: Dossier, data: Mapping[str, Any] | None = None, refus: Refus = AUCUN) -> Template | Redirect:
    en_base = {"conclusion": dossier.revue.conclusion, "version": dossier.revue.version}
    champs = champs_de(("conclusion", "version"), en_base if data is None else data, refus)
    return montrer("indicateurs/revue/arret.html", "arret", dossier, refus, champs=champs)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_les_donnees,
    repondre_des_donnees,
    voir_les_definitions,
    repondre_des_definitions,
    voir_un_indicateur,
    noter_un_indicateur,
    voir_les_decisions,
    ouvrir_une_action,
    preparer_l_arret,
    figer,
)
