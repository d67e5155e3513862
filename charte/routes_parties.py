"""Les pages des parties prenantes : la vue d'ensemble, et un formulaire par geste."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template
from pydantic import BaseModel
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.formulaires import (
    FormulaireCfa,
    FormulaireComposante,
    FormulaireConvention,
    FormulaireEtablissement,
    FormulaireFormation,
)
from charte.regles import natures_admises
from charte.services import (
    SaisieRefusee,
    ajouter_composante,
    ajouter_convention,
    lire_cfa,
    lire_composante,
    lire_convention,
    lire_etablissement,
    lire_formation,
    lire_parties,
    lister_composantes,
    modifier_cfa,
    modifier_convention,
    modifier_etablissement,
    modifier_formation,
    renommer_composante,
)
from charte.vues import NATURES, NIVEAUX, CfaLu

PARTIES = "/parties"
CFA = "/parties/cfa/{cfa_id:int}"
CONVENTION = "/parties/conventions/{convention_id:int}"
COMPOSANTE = "/parties/composantes/{composante_id:int}"
FORMATION = "/parties/formations/{formation_id:int}"
FAITS = {
    "etablissement": "L’établissement est enregistré.",
    "cfa": "Le CFA est enregistré.",
    "convention": "Le texte qui lie le CFA et l’établissement est enregistré.",
    "composante": "La composante est enregistrée.",
    "formation": "La formation est enregistrée.",
}
"""Ce que dit la vue d'ensemble au retour d'un geste."""
F = TypeVar("F", bound=BaseModel)


def _ecrire(
    base: Base, modele: type[F], saisies: Mapping[str, Any], ranger: Callable[[Session, F], object]
) -> list[ErreurDeChamp]:
    """Valide la saisie, puis la range en une transaction ; rend ce qui est à reprendre."""
    formulaire, erreurs = lire_formulaire(modele, saisies)
    if formulaire is None:
        return erreurs
    try:
        with base.ecriture() as session:
            ranger(session, formulaire)
    except SaisieRefusee as refus:
        return [ErreurDeChamp(refus.champ, refus.message)]
    return []


def _champs(modele: type[BaseModel], valeurs: Mapping[str, Any]) -> dict[str, str]:
    """Chaque champ du formulaire et son texte ; vide s'il manque."""
    textes = {nom: valeurs.get(nom) for nom in modele.model_fields}
    return {nom: "" if texte is None else str(texte) for nom, texte in textes.items()}


def _revenir(fait: str) -> Redirect:
    return vers(f"{PARTIES}?fait={fait}")


@get(PARTIES, opt=acces(Geste.LIRE), sync_to_thread=True, name="parties")
def voir_les_parties(
    base: NamedDependency[Base], acteur: NamedDependency[Acteur], fait: FromQuery[str] = ""
) -> Template:
    """L'établissement, ses CFA et ce qui les lie, ses composantes, ses formations."""
    with base.lecture() as session:
        parties = lire_parties(session, acteur)
    return page("charte/parties.html", parties=parties, fait=FAITS.get(fait, ""), natures=NATURES)


@get("/parties/etablissement", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def ouvrir_l_etablissement(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Le formulaire de l'établissement."""
    with base.lecture() as session:
        champs = _champs(FormulaireEtablissement, asdict(lire_etablissement(session, acteur)))
    return page("charte/parties_etablissement.html", champs=champs, erreurs=[])


@post("/parties/etablissement", opt=acces(Geste.ADMINISTRER), sync_to_thread=True)
def ranger_l_etablissement(
    data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Change l'établissement ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireEtablissement, data, lambda s, f: modifier_etablissement(s, acteur, f))
    if not erreurs:
        return _revenir("etablissement")
    champs = _champs(FormulaireEtablissement, data)
    return page("charte/parties_etablissement.html", statut=422, champs=champs, erreurs=erreurs)


@get(CFA, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True, name="cfa")
def ouvrir_un_cfa(cfa_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """La fiche d'un CFA : son formulaire, puis les textes qui le lient à l'établissement."""
    with base.lecture() as session:
        cfa = lire_cfa(session, acteur, cfa_id)
    # À compléter, un CFA porte un nom d'attente et personne n'a dit s'il est interne : rien n'est choisi d'avance.
    choix = "" if cfa.a_completer else "oui" if cfa.interne else "non"
    champs = _champs(FormulaireCfa, {"nom": "" if cfa.a_completer else cfa.nom, "siret": cfa.siret, "interne": choix})
    return page("charte/parties_cfa.html", cfa=cfa, champs=champs, erreurs=[], natures=NATURES)


@post(CFA, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ranger_un_cfa(
    cfa_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Nomme un CFA ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireCfa, data, lambda s, f: modifier_cfa(s, acteur, cfa_id, f))
    if not erreurs:
        return _revenir("cfa")
    with base.lecture() as session:
        cfa = lire_cfa(session, acteur, cfa_id)
    champs = _champs(FormulaireCfa, data)
    return page("charte/parties_cfa.html", statut=422, cfa=cfa, champs=champs, erreurs=erreurs, natures=NATURES)


def _page_de_convention(
    cfa: CfaLu, adresse: str, valeurs: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp] = ()
) -> Template:
    natures = [(nature, NATURES[nature].capitalize()) for nature in natures_admises(cfa.interne)]
    champs = _champs(FormulaireConvention, valeurs)
    statut = 422 if erreurs else 200
    return page(
        "charte/parties_convention.html",
        statut=statut, cfa=cfa, adresse=adresse, natures=natures, champs=champs, erreurs=list(erreurs),
    )  # fmt: skip


@get(CFA + "/conventions/nouvelle", opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def preparer_une_convention(
    cfa_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'une convention ou d'un document interne."""
    with base.lecture() as session:
        cfa = lire_cfa(session, acteur, cfa_id)
    return _page_de_convention(cfa, f"/parties/cfa/{cfa_id}/conventions/nouvelle", {})


@post(CFA + "/conventions/nouvelle", opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ajouter_une_convention(
    cfa_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Ajoute un texte qui lie le CFA ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireConvention, data, lambda s, f: ajouter_convention(s, acteur, cfa_id, f))
    if not erreurs:
        return _revenir("convention")
    with base.lecture() as session:
        cfa = lire_cfa(session, acteur, cfa_id)
    return _page_de_convention(cfa, f"/parties/cfa/{cfa_id}/conventions/nouvelle", data, erreurs)


@get(CONVENTION, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ouvrir_une_convention(
    convention_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'un texte déjà rangé."""
    with base.lecture() as session:
        cfa, lien = lire_convention(session, acteur, convention_id)
    return _page_de_convention(cfa, f"/parties/conventions/{convention_id}", asdict(lien))


@post(CONVENTION, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ranger_une_convention(
    convention_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Corrige un texte ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireConvention, data, lambda s, f: modifier_convention(s, acteur, convention_id, f))
    if not erreurs:
        return _revenir("convention")
    with base.lecture() as session:
        cfa, _ = lire_convention(session, acteur, convention_id)
    return _page_de_convention(cfa, f"/parties/conventions/{convention_id}", data, erreurs)


@get("/parties/composantes/nouvelle", opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def preparer_une_composante() -> Template:
    """Le formulaire d'une composante."""
    return page("charte/parties_composante.html", composante=None, champs={"nom": ""}, erreurs=[])


@post("/parties/composantes/nouvelle", opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ajouter_une_composante(
    data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Ajoute une composante ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireComposante, data, lambda s, f: ajouter_composante(s, acteur, f))
    if not erreurs:
        return _revenir("composante")
    champs = _champs(FormulaireComposante, data)
    return page("charte/parties_composante.html", statut=422, composante=None, champs=champs, erreurs=erreurs)


@get(COMPOSANTE, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ouvrir_une_composante(
    composante_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'une composante déjà rangée."""
    with base.lecture() as session:
        composante = lire_composante(session, acteur, composante_id)
    return page("charte/parties_composante.html", composante=composante, champs={"nom": composante.nom}, erreurs=[])


@post(COMPOSANTE, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ranger_une_composante(
    composante_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Renomme une composante ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireComposante, data, lambda s, f: renommer_composante(s, acteur, composante_id, f))
    if not erreurs:
        return _revenir("composante")
    with base.lecture() as session:
        composante = lire_composante(session, acteur, composante_id)
    champs = _champs(FormulaireComposante, data)
    return page("charte/parties_composante.html", statut=422, composante=composante, champs=champs, erreurs=erreurs)


def _page_de_formation(
    base: Base, acteur: Acteur, formation_id: int, saisies: Mapping[str, Any], erreurs: Sequence[ErreurDeChamp] = ()
) -> Template:
    with base.lecture() as session:
        formation = lire_formation(session, acteur, formation_id)
        composantes = lister_composantes(session, acteur)
    champs = _champs(FormulaireFormation, saisies if erreurs else asdict(formation))
    return page(
        "charte/parties_formation.html",
        statut=422 if erreurs else 200,
        formation=formation,
        champs=champs,
        erreurs=list(erreurs),
        niveaux=[("", "Niveau inconnu"), *NIVEAUX],
        composantes=[("", "Aucune composante"), *((c.id, c.nom) for c in composantes)],
    )


@get(FORMATION, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True, name="formation")
def ouvrir_une_formation(
    formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'une formation."""
    return _page_de_formation(base, acteur, formation_id, {})


@post(FORMATION, opt=acces(Geste.GERER_PARTIES), sync_to_thread=True)
def ranger_une_formation(
    formation_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Nomme une formation ; 422 garde la saisie."""
    erreurs = _ecrire(base, FormulaireFormation, data, lambda s, f: modifier_formation(s, acteur, formation_id, f))
    return _page_de_formation(base, acteur, formation_id, data, erreurs) if erreurs else _revenir("formation")


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_les_parties,
    ouvrir_l_etablissement,
    ranger_l_etablissement,
    ouvrir_un_cfa,
    ranger_un_cfa,
    preparer_une_convention,
    ajouter_une_convention,
    ouvrir_une_convention,
    ranger_une_convention,
    preparer_une_composante,
    ajouter_une_composante,
    ouvrir_une_composante,
    ranger_une_composante,
    ouvrir_une_formation,
    ranger_une_formation,
)
