"""Les pages de l'arrêté : figer une grille, la rouvrir, relire et emporter chacune de ses versions."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste, peut
from charte.commun.base import Base
from charte.commun.telechargement import joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services.portee import situer
from grilles.arrete.formulaires import FormulaireArrete, FormulaireReouverture
from grilles.arrete.pages import (
    exiger_une_annee,
    lire_l_historique,
    lire_le_json,
    lire_une_version,
    mesures_a_sceller,
    preparer_l_arrete,
)
from grilles.arrete.services import ArreteRefuse, CommandeArrete, arreter_grille, rouvrir_grille
from grilles.demande import annee_saisie
from grilles.mesures import LecteurDeMesures

ARRETER = "/diplomes/{formation_id:int}/grille/arreter"
ARRETES = "/diplomes/{formation_id:int}/arretes"
VERSION = ARRETES + "/{rentree:int}/{version:int}"


@get(ARRETER, opt=acces(Geste.ARRETER_GRILLE), sync_to_thread=True, name="arreter_grille")
def preparer(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    annee: FromQuery[int | None] = None,
) -> Template:
    """Ce qui va être figé, et ce qui manque encore."""
    return _preparation(base, acteur, mesures, formation_id, annee)


@post(ARRETER, opt=acces(Geste.ARRETER_GRILLE), sync_to_thread=True)
def figer(
    formation_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Fige la grille et scelle son instantané, indicateurs cités compris."""
    with base.lecture() as session:
        situer(session, acteur, formation_id, Geste.ARRETER_GRILLE)
    saisie, erreurs = lire_formulaire(FormulaireArrete, data)
    if saisie is None:
        annee, tape = annee_saisie(data), str(data.get("instance") or "")
        return _preparation(base, acteur, mesures, formation_id, annee, instance=tape, erreurs=erreurs)
    try:
        _figer(base, acteur, mesures, formation_id, saisie)
    except ArreteRefuse as refus:
        faute = [ErreurDeChamp("", str(refus))]
        return _preparation(base, acteur, mesures, formation_id, saisie.annee, statut=409, erreurs=faute)
    return vers(f"/diplomes/{formation_id}/arretes?fait=arretee")


def _figer(base: Base, acteur: Acteur, mesures: LecteurDeMesures, formation_id: int, saisie: FormulaireArrete) -> None:
    # Les mesures se lisent avant d'écrire : les calculer tiendrait la base fermée aux autres.
    with base.lecture() as session:
        citees = mesures_a_sceller(session, acteur, formation_id, mesures)
    with base.ecriture() as session:
        arreter_grille(session, acteur, CommandeArrete(formation_id, saisie.annee, saisie.instance, citees))


@get(ARRETES, opt=acces(Geste.LIRE), sync_to_thread=True, name="arretes")
def lister(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    fait: FromQuery[str] = "",
) -> Template:
    """Les versions arrêtées d'un diplôme : empreinte, qui, quand, devant quelle instance, pourquoi rouverte."""
    return _liste(base, acteur, formation_id, fait=fait)


@post(ARRETES + "/{rentree:int}/reouverture", opt=acces(Geste.ARRETER_GRILLE), sync_to_thread=True)
def rouvrir(
    formation_id: FromPath[int],
    rentree: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Ouvre une nouvelle version de la grille arrêtée de cette année, avec son motif."""
    with base.lecture() as session:
        situer(session, acteur, formation_id, Geste.ARRETER_GRILLE)
    exiger_une_annee(rentree)
    saisie, erreurs = lire_formulaire(FormulaireReouverture, data)
    tape = str(data.get("motif") or "")
    if saisie is None:
        return _liste(base, acteur, formation_id, erreurs=erreurs, motif=tape, annee=rentree)
    try:
        with base.ecriture() as session:
            rouvrir_grille(session, acteur, formation_id, saisie.motif, rentree)
    except ArreteRefuse as refus:
        faute = [ErreurDeChamp("", str(refus))]
        return _liste(base, acteur, formation_id, statut=409, erreurs=faute, motif=tape, annee=rentree)
    return vers(f"/diplomes/{formation_id}/arretes?fait=rouverte")


@get(VERSION, opt=acces(Geste.LIRE), sync_to_thread=True, name="arrete_relu")
def relire(
    formation_id: FromPath[int],
    rentree: FromPath[int],
    version: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template:
    """Une version telle qu'elle était."""
    with base.lecture() as session:
        relu = lire_une_version(session, acteur, formation_id, rentree, version)
    return page("grilles/arrete/version.html", relu=relu)


@get(VERSION + "/contenu.json", opt=acces(Geste.LIRE), sync_to_thread=True, name="arrete_json")
def emporter(
    formation_id: FromPath[int],
    rentree: FromPath[int],
    version: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Response[bytes]:
    """Le JSON canonique scellé, octet pour octet : `sha256sum` en rend l'empreinte."""
    with base.lecture() as session:
        nom, texte = lire_le_json(session, acteur, formation_id, rentree, version)
    return joindre(texte, nom, "application/json")


def _preparation(
    base: Base,
    acteur: Acteur,
    mesures: LecteurDeMesures,
    formation_id: int,
    annee: int | None,
    *,
    instance: str = "",
    statut: int = 422,
    erreurs: list[ErreurDeChamp] | None = None,
) -> Template:
    with base.lecture() as session:
        vue = preparer_l_arrete(session, acteur, formation_id, mesures, annee)
    statut = statut if erreurs else 200
    return page("grilles/arrete/arreter.html", statut=statut, vue=vue, instance=instance, erreurs=erreurs or [])


def _liste(
    base: Base,
    acteur: Acteur,
    formation_id: int,
    *,
    fait: str = "",
    statut: int = 422,
    erreurs: list[ErreurDeChamp] | None = None,
    motif: str = "",
    annee: int | None = None,
) -> Template:
    with base.lecture() as session:
        vue = lire_l_historique(session, acteur, formation_id)
        peut_figer = peut(acteur, Geste.ARRETER_GRILLE, situer(session, acteur, formation_id))
    statut = statut if erreurs else 200
    contexte: dict[str, Any] = {"fait": fait, "peut_figer": peut_figer, "motif": motif, "annee_visee": annee}
    return page("grilles/arrete/arretes.html", statut=statut, vue=vue, erreurs=erreurs or [], **contexte)


ROUTES = (preparer, figer, lister, rouvrir, relire, emporter)
