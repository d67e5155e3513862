"""Publier le tableau d'un CFA : la liste, ce qui sera publié, une publication et son extrait à copier, le retrait."""

from collections.abc import Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from indicateurs.publication.contenu import dire
from indicateurs.publication.formulaires import FormulairePublication, FormulaireRetrait
from indicateurs.publication.services import (
    PublicationRefusee,
    annee_a_publier,
    exiger_le_cfa,
    lire_une_publication,
    lister_les_cfas,
    lister_les_publications,
    preparer,
    publier,
    retirer,
)

PREPARER = "/publications/cfa/{cfa_id:int}/{annee:int}"
UNE = "/publications/{publication_id:int}"
PUBLIER = acces(Geste.PUBLIER)


@get("/publications", opt=acces(Geste.LIRE), sync_to_thread=True, name="publications")
def lister(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les tableaux publiés, et les CFA dont on peut publier le tableau."""
    with base.lecture() as session:
        publiees = lister_les_publications(session, acteur)
        cfas = lister_les_cfas(session, acteur, Geste.PUBLIER)
    return page("indicateurs/publication/publications.html", publiees=publiees, cfas=cfas, annee=annee_a_publier())


@get(PREPARER, opt=PUBLIER, sync_to_thread=True, name="publication_preparer")
def apercevoir(
    cfa_id: FromPath[int], annee: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Ce qui serait publié, au seuil public."""
    return _apercu(base, acteur, cfa_id, annee)


@post(PREPARER, opt=PUBLIER, sync_to_thread=True)
def figer(
    cfa_id: FromPath[int],
    annee: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Publie ce qu'on a sous les yeux ; 409 si les chiffres ont changé depuis."""
    with base.lecture() as session:
        exiger_le_cfa(session, acteur, cfa_id, annee)
    saisie, erreurs = lire_formulaire(FormulairePublication, data)
    if saisie is None:
        return _apercu(base, acteur, cfa_id, annee, data, erreurs)
    if not saisie.marque:  # rien n'était sous les yeux : on relit d'abord
        return vers(f"/publications/cfa/{cfa_id}/{annee}")
    return _publier(base, acteur, cfa_id, annee, saisie)


def _publier(base: Base, acteur: Acteur, cfa_id: int, annee: int, saisie: FormulairePublication) -> Template | Redirect:
    with base.lecture() as session:  # mesurer tiendrait la base fermée aux autres
        apercu = preparer(session, acteur, cfa_id, annee)
    try:
        with base.ecriture() as session:
            numero = publier(session, acteur, apercu, marque=saisie.marque, correction=saisie.correction)
    except PublicationRefusee as refus:
        change = refus.champ == "marque"
        faute = [ErreurDeChamp("" if change else refus.champ, refus.message)]
        return _apercu(base, acteur, cfa_id, annee, saisie.model_dump(), faute, statut=409 if change else 422)
    return vers(f"/publications/{numero}")


@get(UNE, opt=acces(Geste.LIRE), sync_to_thread=True, name="publication")
def voir(
    publication_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template:
    """Une publication telle qu'elle a été figée, son adresse publique, de quoi la reprendre sur un site."""
    return _fiche(base, acteur, reglages, publication_id)


@post(UNE + "/retrait", opt=PUBLIER, sync_to_thread=True)
def retirer_le_tableau(
    publication_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Retire le tableau de cette année, toutes ses versions."""
    with base.lecture() as session:
        lire_une_publication(session, acteur, publication_id, Geste.PUBLIER)
    saisie, erreurs = lire_formulaire(FormulaireRetrait, data)
    if saisie is None:
        return _fiche(base, acteur, reglages, publication_id, data, erreurs)
    try:
        with base.ecriture() as session:
            retirer(session, acteur, publication_id, saisie.motif)
    except PublicationRefusee as refus:
        faute = [ErreurDeChamp(refus.champ, refus.message)]
        return _fiche(base, acteur, reglages, publication_id, data, faute, statut=409)
    return vers("/publications")


def _apercu(
    base: Base,
    acteur: Acteur,
    cfa_id: int,
    annee: int,
    data: Any = None,
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 422,
) -> Template:
    with base.lecture() as session:
        apercu = preparer(session, acteur, cfa_id, annee)
    return page(
        "indicateurs/publication/preparer.html", statut=statut if erreurs else 200, apercu=apercu, dire=dire,
        contenu=apercu.contenu, correction=str((data or {}).get("correction") or ""), erreurs=list(erreurs),
    )  # fmt: skip


def _fiche(
    base: Base,
    acteur: Acteur,
    reglages: Reglages,
    publication_id: int,
    data: Any = None,
    erreurs: Sequence[ErreurDeChamp] = (),
    *,
    statut: int = 422,
) -> Template:
    with base.lecture() as session:
        lue, contenu = lire_une_publication(session, acteur, publication_id)
        siens = {numero for numero, _, _ in lister_les_cfas(session, acteur, Geste.PUBLIER)}
        en_ligne = {p.id for p in lister_les_publications(session, acteur) if p.derniere}
    return page(
        "indicateurs/publication/publication.html", statut=statut if erreurs else 200, publiee=lue, contenu=contenu,
        dire=dire, site=reglages.adresse_publique, peut_publier=lue.cfa_id in siens, en_ligne=lue.id in en_ligne,
        motif=str((data or {}).get("motif") or ""), erreurs=list(erreurs),
    )  # fmt: skip


ROUTES: Sequence[HTTPRouteHandler] = (lister, apercevoir, figer, voir, retirer_le_tableau)
