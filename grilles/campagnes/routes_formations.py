"""Les diplômes d'une campagne et qui y répond : page par page, ou d'un geste pour un CFA ou une composante."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste, Partie
from charte.commun.annuaire import Annuaire
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.formulaires import (
    FormulaireDesignations,
    FormulaireFormations,
    FormulaireLotDeFormations,
    FormulaireLotDeRepondants,
    lire_les_echeances,
)
from grilles.campagnes.presentation import ONGLETS, PageDeFormations, garder, paginer
from grilles.campagnes.repondants import PARTIES_QUI_REPONDENT, Encrier
from grilles.campagnes.services.conduite import CampagneChangee, changer_les_formations
from grilles.campagnes.services.designations import designer, designer_en_lot, lire_les_designations
from grilles.campagnes.services.lecture import choix, lire_campagne, lire_formations
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne

FORMATIONS = "/campagnes/{campagne_id:int}/formations"
REPONDANTS = "/campagnes/{campagne_id:int}/repondants"
FORMATIONS_PAR_PAGE, REPONDANTS_PAR_PAGE = 100, 25
DATE_ILLISIBLE = "Cette date ne se lit pas ; écrivez-la JJ/MM/AAAA, par exemple 12/03/2026."
CHANGEE = "La campagne a changé entre-temps : relisez la page, vos choix sont gardés, puis enregistrez de nouveau."


@get(FORMATIONS, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True, name="campagne_formations")
def montrer_les_formations(
    *,
    campagne_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    cfa: FromQuery[str] = "",
    composante: FromQuery[str] = "",
    numero: FromQuery[int] = 1,
) -> Template:
    """Les diplômes de l'établissement : ceux de la campagne, et l'échéance propre à certains."""
    return _page_des_formations(base, acteur, campagne_id, {"cfa": cfa, "composante": composante, "numero": numero})


@post(FORMATIONS, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def choisir_les_formations(
    campagne_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Retient ou ôte les diplômes montrés, pose leur échéance ; 422 et 409 gardent les saisies."""
    with base.lecture() as session:
        lire_campagne(session, acteur, campagne_id)
    formulaire, erreurs = lire_formulaire(FormulaireFormations, data)
    if formulaire is None:
        return _page_des_formations(base, acteur, campagne_id, data, erreurs, statut=422)
    echeances, fautes = lire_les_echeances(data, formulaire.montrees)
    if fautes:
        dites = [ErreurDeChamp(faute, DATE_ILLISIBLE) for faute in fautes]
        return _page_des_formations(base, acteur, campagne_id, data, dites, statut=422)
    voulues = {numero: (numero in formulaire.retenues, echeances[numero]) for numero in formulaire.montrees}
    return _ecrire_les_formations(base, acteur, campagne_id, data, voulues, version=formulaire.version)


@post(FORMATIONS + "/lot", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def choisir_en_lot(
    campagne_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Retient ou ôte d'un geste les diplômes d'un CFA, d'une composante, ou tous."""
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        toutes = lire_formations(session, acteur, campagne, toutes=True, geste=Geste.PILOTER_CAMPAGNE)
    formulaire, erreurs = lire_formulaire(FormulaireLotDeFormations, data)
    if formulaire is None:
        return _page_des_formations(base, acteur, campagne_id, data, erreurs, statut=422)
    retenir = formulaire.geste == "retenir"
    visees = garder(toutes, formulaire.cfa, formulaire.composante)
    voulues = {f.id: (retenir or f.grille_id is not None, f.echeance) for f in visees}
    return _ecrire_les_formations(base, acteur, campagne_id, data, voulues, version=formulaire.version)


def _ecrire_les_formations(
    base: Base, acteur: Acteur, campagne_id: int, data: Mapping[str, Any], voulues: Mapping[int, Any], *, version: int
) -> Template | Redirect:
    try:
        with base.ecriture() as session:
            changer_les_formations(session, acteur, campagne_id, voulues, version)
    except SaisieRefusee as refus:
        erreur = ErreurDeChamp(refus.champ, refus.message)
        return _page_des_formations(base, acteur, campagne_id, data, [erreur], statut=422)
    except CampagneChangee:
        return _page_des_formations(base, acteur, campagne_id, data, [ErreurDeChamp("", CHANGEE)], statut=409)
    return vers(_retour(f"/campagnes/{campagne_id}/formations", data))


def _page_des_formations(
    base: Base,
    acteur: Acteur,
    campagne_id: int,
    saisies: Mapping[str, Any],
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 200,
) -> Template:
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        toutes = lire_formations(session, acteur, campagne, toutes=True, geste=Geste.PILOTER_CAMPAGNE)
    montrees = _montrer(toutes, saisies, FORMATIONS_PAR_PAGE)
    return page(
        "grilles/campagnes/formations.html",
        statut=statut,
        campagne=campagne,
        p=montrees,
        saisies=_saisies_des_formations(montrees, saisies, refusees=bool(erreurs)),
        retenues=sum(formation.retenue for formation in toutes),
        erreurs=list(erreurs),
        onglets=ONGLETS,
    )


def _montrer(formations: Sequence[FormationDeCampagne], saisies: Mapping[str, Any], taille: int) -> PageDeFormations:
    textes = {nom: str(saisies.get(nom) or "") for nom in ("cfa", "composante", "numero")}
    numero = int(textes["numero"]) if textes["numero"].isascii() and textes["numero"].isdecimal() else 1
    filtre = {"cfa": textes["cfa"][:18], "composante": textes["composante"][:18]}
    return paginer(formations, choix(formations), **filtre, numero=numero, taille=taille)


def _saisies_des_formations(
    montrees: PageDeFormations, saisies: Mapping[str, Any], *, refusees: bool
) -> dict[int, tuple[bool, str]]:
    """Formation → (cochée, échéance telle qu'elle se lit) : la saisie refusée, sinon ce qui est en base."""
    if refusees and "montrees" in saisies:
        cochees = saisies.get("retenues") or []
        cochees = set(cochees if isinstance(cochees, list) else [cochees])
        return {f.id: (str(f.id) in cochees, str(saisies.get(f"echeance-{f.id}") or "")) for f in montrees.formations}
    return {f.id: (f.retenue, f.echeance.isoformat() if f.echeance else "") for f in montrees.formations}


@get(REPONDANTS, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True, name="campagne_repondants")
def montrer_les_repondants(
    *,
    campagne_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
    cfa: FromQuery[str] = "",
    composante: FromQuery[str] = "",
    numero: FromQuery[int] = 1,
) -> Template:
    """Qui répond, par diplôme et par partie."""
    saisies = {"cfa": cfa, "composante": composante, "numero": numero}
    return _page_des_repondants(base, acteur, annuaire, campagne_id, saisies)


@post(REPONDANTS, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def choisir_les_repondants(
    campagne_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
) -> Template | Redirect:
    """Remplace les comptes désignés pour les diplômes montrés."""
    with base.lecture() as session:
        lire_campagne(session, acteur, campagne_id)
    formulaire, erreurs = lire_formulaire(FormulaireDesignations, data)
    if formulaire is None:
        return _page_des_repondants(base, acteur, annuaire, campagne_id, data, erreurs)
    try:
        with base.ecriture() as session:
            campagne, formations, encrier = _lire(session, acteur, annuaire, campagne_id)
            montrees = [formation for formation in formations if formation.id in formulaire.montrees]
            designer(session, acteur, campagne, montrees, voulues=formulaire.designes, encrier=encrier)
    except SaisieRefusee as refus:
        erreur = ErreurDeChamp(refus.champ, refus.message)
        return _page_des_repondants(base, acteur, annuaire, campagne_id, data, [erreur])
    return vers(_retour(f"/campagnes/{campagne_id}/repondants", data))


@post(REPONDANTS + "/lot", opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def choisir_un_repondant_en_lot(
    campagne_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
) -> Template | Redirect:
    """Désigne un compte d'un geste, partout où il écrit dans ce CFA, cette composante, ou l'établissement."""
    with base.lecture() as session:
        lire_campagne(session, acteur, campagne_id)
    formulaire, erreurs = lire_formulaire(FormulaireLotDeRepondants, data)
    if formulaire is None:
        return _page_des_repondants(base, acteur, annuaire, campagne_id, data, erreurs)
    try:
        with base.ecriture() as session:
            campagne, formations, encrier = _lire(session, acteur, annuaire, campagne_id)
            visees = garder(formations, formulaire.cfa, formulaire.composante)
            qui, pour = formulaire.compte or 0, Partie(formulaire.partie)
            designer_en_lot(session, acteur, campagne, visees, compte_id=qui, partie=pour, encrier=encrier)
    except SaisieRefusee as refus:
        erreur = ErreurDeChamp(refus.champ, refus.message)
        return _page_des_repondants(base, acteur, annuaire, campagne_id, data, [erreur])
    return vers(_retour(f"/campagnes/{campagne_id}/repondants", data))


def _lire(
    session: Session, acteur: Acteur, annuaire: Annuaire, campagne_id: int
) -> tuple[FicheCampagne, list[FormationDeCampagne], Encrier]:
    campagne = lire_campagne(session, acteur, campagne_id)
    formations = lire_formations(session, acteur, campagne, geste=Geste.PILOTER_CAMPAGNE)
    return campagne, formations, Encrier.de(annuaire.plumes(session, acteur.etablissement_id))


def _page_des_repondants(
    base: Base,
    acteur: Acteur,
    annuaire: Annuaire,
    campagne_id: int,
    saisies: Mapping[str, Any],
    erreurs: Sequence[ErreurDeChamp] = (),
) -> Template:
    with base.lecture() as session:
        campagne, formations, encrier = _lire(session, acteur, annuaire, campagne_id)
        designes = lire_les_designations(session, acteur, campagne_id)
        plumes = annuaire.plumes(session, acteur.etablissement_id)
    montrees = _montrer(formations, saisies, REPONDANTS_PAR_PAGE)
    rangees = [
        (f, [_cellule(f, partie, encrier, designes) for partie in PARTIES_QUI_REPONDENT]) for f in montrees.formations
    ]
    comptes = [("", "Choisir…"), *((str(plume.compte_id), plume.nom) for plume in plumes)]
    contexte = {"rangees": rangees, "comptes": comptes, "erreurs": list(erreurs), "onglets": ONGLETS}
    contexte |= {"choix": {nom: str(saisies.get(nom) or "") for nom in ("compte", "partie")}}
    statut = 422 if erreurs else 200
    return page("grilles/campagnes/repondants.html", statut=statut, campagne=campagne, p=montrees, **contexte)


def _cellule(
    formation: FormationDeCampagne, partie: Partie, encrier: Encrier, designes: Any
) -> tuple[Partie, list[tuple[int, str, bool]], str]:
    """(partie, [(compte, nom, désigné)], qui répond à défaut) : les proches, et les désignés plus lointains."""
    choisis = designes.get((formation.id, partie), ())
    cercles = encrier.par_proximite(formation.situation, partie)
    proches = [plume for cercle in cercles[:2] for plume in cercle]
    loin = [plume for cercle in cercles[2:] for plume in cercle]
    lointains = [plume for plume in loin if plume.compte_id in choisis or not proches]
    candidats = [(plume.compte_id, plume.nom, plume.compte_id in choisis) for plume in (*proches, *lointains)]
    office = encrier.repondants(formation.situation, partie, {})
    return partie, candidats, ", ".join(plume.nom for plume in office)


def _retour(adresse: str, data: Mapping[str, Any]) -> str:
    """La même page, sous le même filtre."""
    gardes = [(nom, str(data.get(nom) or "")) for nom in ("cfa", "composante", "numero")]
    question = "&".join(f"{nom}={valeur}" for nom, valeur in gardes if valeur.isascii() and valeur.isdecimal())
    return f"{adresse}?{question}" if question else adresse


ROUTES = (
    montrer_les_formations,
    choisir_les_formations,
    choisir_en_lot,
    montrer_les_repondants,
    choisir_les_repondants,
    choisir_un_repondant_en_lot,
)
