"""Créer une campagne, la régler, la faire passer d'un état à l'autre, reprendre l'an passé."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.chargement import EDITION_COURANTE, editions_disponibles
from charte.commun.base import Base
from charte.commun.travaux import demander_travail
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.formulaires import (
    FormulaireCampagne,
    FormulaireNouvelleCampagne,
    FormulairePassage,
    FormulaireReprise,
)
from grilles.campagnes.presentation import ETAPES, ONGLETS
from grilles.campagnes.regles import EtatDeCampagne, passages_depuis
from grilles.campagnes.services.conduite import (
    CampagneChangee,
    CommandeCampagne,
    creer_campagne,
    modifier_campagne,
    passer,
)
from grilles.campagnes.services.lecture import lire_campagne, lire_faits, lister_les_retours
from grilles.campagnes.services.reprise import proposer_une_reprise, verifier_la_reprise
from grilles.campagnes.travaux import ARRETE, REPRISE
from grilles.campagnes.vues import FicheCampagne
from grilles.regles import libelle_annee
from grilles.services.lecture import annee_courante

CAMPAGNE = "/campagnes/{campagne_id:int}"
_SEULEMENT_CHOISIES = {"toutes_formations": "choisies"}


@get("/campagnes/nouvelle", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=False, name="campagne_nouvelle")
def preparer() -> Template:
    """Le formulaire d'une campagne, prérempli pour l'année en cours."""
    annee = annee_courante()
    saisies = {"annee": annee, "libelle": f"Auto-évaluation {libelle_annee(annee)}", "edition": EDITION_COURANTE}
    return _page_nouvelle({**saisies, "relances": "14,3,-1"})


@post("/campagnes/nouvelle", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def creer(data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template | Redirect:
    """Crée la campagne, en préparation ; 422 garde les saisies."""
    formulaire, erreurs = lire_formulaire(FormulaireNouvelleCampagne, data)
    if formulaire is None:
        return _page_nouvelle(data, erreurs)
    try:
        with base.ecriture() as session:
            campagne_id = creer_campagne(session, acteur, formulaire.annee, _commande(formulaire))
    except SaisieRefusee as refus:
        return _page_nouvelle(data, [ErreurDeChamp(refus.champ, refus.message)])
    suite = "/conduite" if formulaire.toutes_formations == "toutes" else "/formations"
    return vers(f"/campagnes/{campagne_id}{suite}")


def _page_nouvelle(saisies: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp] = ()) -> Template:
    statut = 422 if erreurs else 200
    contexte = {"saisies": _texte(saisies), "erreurs": list(erreurs), "editions": _editions()}
    return page("grilles/campagnes/nouvelle.html", statut=statut, **contexte)


@get(CAMPAGNE + "/reglages", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True, name="campagne_reglages")
def montrer_les_reglages(
    campagne_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Les réglages de la campagne."""
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
    return _page_de_reglages(campagne, _saisies_de(campagne))


@post(CAMPAGNE + "/reglages", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def regler(
    campagne_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Change les réglages ; 422 et 409 gardent les saisies, et 409 dit ce qui a changé entre-temps."""
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
    formulaire, erreurs = lire_formulaire(FormulaireCampagne, data)
    if formulaire is None:
        return _page_de_reglages(campagne, data, erreurs)
    try:
        with base.ecriture() as session:
            modifier_campagne(session, acteur, campagne_id, _commande(formulaire))
    except SaisieRefusee as refus:
        return _page_de_reglages(campagne, data, [ErreurDeChamp(refus.champ, refus.message)])
    except CampagneChangee as conflit:
        return _page_de_reglages(conflit.fiche, {**data, "version": conflit.fiche.version}, conflit=conflit)
    return vers(f"/campagnes/{campagne_id}/conduite")


def _page_de_reglages(
    campagne: FicheCampagne,
    saisies: Mapping[str, Any],
    erreurs: Sequence[ErreurDeChamp] = (),
    conflit: CampagneChangee | None = None,
) -> Template:
    return page(
        "grilles/campagnes/reglages.html",
        statut=409 if conflit else 422 if erreurs else 200,
        campagne=campagne,
        saisies=_texte(saisies),
        erreurs=list(erreurs),
        editions=_editions(),
        conflit=conflit.differences if conflit else None,
        onglets=ONGLETS,
    )


def _saisies_de(campagne: FicheCampagne) -> dict[str, Any]:
    toutes = {} if campagne.toutes_formations else _SEULEMENT_CHOISIES
    return {**asdict(campagne), "toutes_formations": "toutes", **toutes}


def _texte(saisies: Mapping[str, Any]) -> dict[str, str]:
    """Les saisies d'un formulaire de campagne, en texte ; un champ absent est vide."""
    champs = ("annee", *FormulaireCampagne.model_fields)
    return {champ: "" if saisies.get(champ) is None else str(saisies[champ]) for champ in champs}


def _editions() -> list[tuple[str, str]]:
    return [(edition, f"Charte, édition {edition}") for edition in reversed(editions_disponibles())]


def _commande(formulaire: FormulaireCampagne) -> CommandeCampagne:
    valeurs = formulaire.model_dump(exclude={"annee", "toutes_formations"})
    return CommandeCampagne(toutes_formations=formulaire.toutes_formations == "toutes", **valeurs)


@get(CAMPAGNE + "/conduite", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True, name="campagne_conduite")
def montrer_la_conduite(
    campagne_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Où en est la campagne, les pas possibles, ce qui peut se reprendre de l'an passé."""
    return _page_de_conduite(base, acteur, campagne_id)


def _page_de_conduite(
    base: Base,
    acteur: Acteur,
    campagne_id: int,
    saisies: Mapping[str, Any] | None = None,
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 200,
) -> Template:
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        faits = lire_faits(session, acteur, campagne)
        reprise = proposer_une_reprise(session, acteur, campagne)
        retours = lister_les_retours(session, acteur, campagne)
    pas = [(passage, passage.obstacle(faits)) for passage in passages_depuis(campagne.etat)]
    return page(
        "grilles/campagnes/conduite.html",
        statut=statut,
        campagne=campagne,
        faits=faits,
        pas=pas,
        reprise=reprise,
        retours=retours,
        etapes=ETAPES,
        onglets=ONGLETS,
        saisies={nom: str((saisies or {}).get(nom) or "") for nom in ("passage", "motif", "instance")},
        erreurs=list(erreurs),
    )


@post(CAMPAGNE + "/passage", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def faire_passer(
    campagne_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Fait un pas ; arrêter se fait en arrière-plan, grille par grille."""
    with base.lecture() as session:
        lire_campagne(session, acteur, campagne_id)
    formulaire, erreurs = lire_formulaire(FormulairePassage, data)
    if formulaire is None:
        return _page_de_conduite(base, acteur, campagne_id, data, erreurs, statut=422)
    try:
        adresse = _passer(base, acteur, campagne_id, formulaire)
    except SaisieRefusee as refus:
        erreur = ErreurDeChamp(f"motif-{formulaire.passage}" if refus.champ else "", refus.message)
        return _page_de_conduite(base, acteur, campagne_id, data, [erreur], statut=422)
    except CampagneChangee as conflit:
        dit = f"La campagne est maintenant {conflit.fiche.etat_en_clair} : quelqu’un l’a changée entre-temps."
        return _page_de_conduite(base, acteur, campagne_id, data, [ErreurDeChamp("", dit)], statut=409)
    return vers(adresse)


def _passer(base: Base, acteur: Acteur, campagne_id: int, formulaire: FormulairePassage) -> str:
    conduite = f"/campagnes/{campagne_id}/conduite"
    with base.ecriture() as session:
        if formulaire.passage != "arreter" or formulaire.depuis != EtatDeCampagne.EN_CONCERTATION:
            passer(session, acteur, campagne_id, formulaire.passage, depuis=formulaire.depuis, motif=formulaire.motif)
            return conduite
        parametres = {"campagne": campagne_id, "instance": formulaire.instance}
        travail = demander_travail(session, acteur, ARRETE, parametres)
    return f"/travaux/{travail}?suite={conduite}"


@post(CAMPAGNE + "/reprise", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def reprendre_l_an_passe(
    campagne_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Demande la reprise des réponses de la campagne précédente ; elle se fait en arrière-plan."""
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        proposee = proposer_une_reprise(session, acteur, campagne)
    formulaire, erreurs = lire_formulaire(FormulaireReprise, data)
    if formulaire is None or proposee is None:
        rien = [ErreurDeChamp("", "Il n’y a rien à reprendre d’une campagne précédente.")]
        return _page_de_conduite(base, acteur, campagne_id, data, erreurs or rien, statut=422)
    verifier_la_reprise(acteur, proposee.depuis, campagne)
    parametres = {"depuis": proposee.depuis.id, "vers": campagne_id, "parties": formulaire.parties}
    with base.ecriture() as session:
        travail = demander_travail(session, acteur, REPRISE, parametres)
    return vers(f"/travaux/{travail}?suite=/campagnes/{campagne_id}")


ROUTES = (
    preparer,
    creer,
    montrer_les_reglages,
    regler,
    montrer_la_conduite,
    faire_passer,
    reprendre_l_an_passe,
)
