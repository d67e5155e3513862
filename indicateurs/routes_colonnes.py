"""Dire de quoi parle un fichier que l'outil ne reconnaît pas : son format, puis ses colonnes ; les modèles vides."""

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.enveloppe import FichierIllisible
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX, joindre
from charte.commun.web import ErreurDeChamp, Introuvable, Saisies, acces, page, vers
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.colonnes import (
    est_une_source,
    lire_les_choix,
    rapprocher,
    sources_proposees,
)
from indicateurs.imports.questions import choix_de_questions
from indicateurs.imports.reception import relire_autrement
from indicateurs.imports.services import DepotFerme, DepotVu, Lecture, fichier_du_depot, lire_depot
from indicateurs.imports.vues import suivre
from indicateurs.sources.correspondance import Correspondance, Entetes, lire_entetes
from indicateurs.sources.modele_vide import modele_de, nom_du_modele
from indicateurs.sources.reconnaissance import Reconnaissance, reconnaitre
from indicateurs.sources.services.correspondances import (
    a_qui_elle_serait,
    correspondances_gardees,
    lire_correspondance,
)

ADRESSE = "/depots/{depot_id:int}/colonnes"
PLUS_GRAND_NUMERO = 2**63 - 1
"""Au-delà, la base ne lit plus un numéro."""
NOM_PRIS = "Une correspondance porte déjà ce nom, pour un fichier d’autres titres : donnez-lui un autre nom."


@get("/depots/modeles/{modele:str}", opt=acces(Geste.DEPOSER), sync_to_thread=True)
def telecharger_un_modele(modele: FromPath[str]) -> Response[bytes]:
    """Le modèle vide d'un format : « resultats.xlsx »."""
    cle = modele.removesuffix(".xlsx")
    if cle == modele or not est_une_source(cle):
        raise Introuvable
    return joindre(modele_de(cle), nom_du_modele(cle), XLSX)


@get(ADRESSE, opt=acces(Geste.DEPOSER), sync_to_thread=True, name="colonnes")
def choisir_les_colonnes(
    depot_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
    source: FromQuery[str] = "",
    gardee: FromQuery[int] = 0,
) -> Template | Redirect:
    """Sans format, en choisir un ; avec, rapprocher ses colonnes de celles du fichier."""
    depot, octets = _fichier(base, acteur, reglages, depot_id)
    if octets is None:
        return vers(f"/depots/{depot_id}")
    if not est_une_source(source):
        return _page_du_format(base, acteur, depot, octets)
    try:
        entetes = lire_entetes(octets, depot.nom_fichier)
    except FichierIllisible as erreur:
        return _page_du_format(base, acteur, depot, octets, str(erreur))
    choisies = _gardee(base, acteur, gardee) or (depot.lecture.correspondance if depot.format == source else None)
    return _page_des_colonnes(depot, source, entetes, choisies)


def _fichier(base: Base, acteur: Acteur, reglages: Reglages, depot_id: int) -> tuple[DepotVu, bytes | None]:
    """Le dépôt et ses octets ; None s'il est rangé, abandonné, purgé ou perdu : il n'y a plus rien à dire de lui."""
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    if depot.purge or depot.etat in ("confirme", "abandonne"):
        return depot, None
    try:
        return depot, fichier_du_depot(depot, Coffre.de(reglages))
    except PieceIllisible:
        return depot, None


def _gardee(base: Base, acteur: Acteur, identifiant: int) -> Correspondance | None:
    if not identifiant:
        return None
    if not 0 < identifiant <= PLUS_GRAND_NUMERO:
        raise Introuvable
    with base.lecture() as session:
        return lire_correspondance(session, acteur, identifiant).correspondance


def _page_du_format(
    base: Base, acteur: Acteur, depot: DepotVu, octets: bytes, message: str = "", statut: int = 422
) -> Template:
    try:
        trouvee = reconnaitre(octets, depot.nom_fichier)
    except FichierIllisible as erreur:
        trouvee, message = Reconnaissance(None, (), ""), message or str(erreur)
    with base.lecture() as session:
        gardees = correspondances_gardees(session, acteur)
    erreurs = [ErreurDeChamp("", message)] if message else []
    return page(
        "indicateurs/format_du_depot.html", statut=statut if message else 200, depot=depot, trouvee=trouvee,
        gardees=gardees, sources=sources_proposees(), erreurs=erreurs,
    )  # fmt: skip


def _page_des_colonnes(
    depot: DepotVu,
    source: str,
    entetes: Entetes,
    choisies: Correspondance | None,
    erreurs: Sequence[ErreurDeChamp] = (),
    nom: str = "",
) -> Template:
    proposee = next(proposee for proposee in sources_proposees() if proposee.cle == source)
    return page(
        "indicateurs/colonnes_du_depot.html", statut=422 if erreurs else 200, depot=depot, source=proposee,
        entetes=entetes, vu=rapprocher(entetes, source, choisies), choix=choix_de_questions(source), erreurs=erreurs,
        nom=nom,
    )  # fmt: skip


@post(ADRESSE, opt=acces(Geste.DEPOSER), sync_to_thread=True)
def rapprocher_les_colonnes(
    depot_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Diagnostique le fichier sous ce format : tel quel, ou par la correspondance choisie (gardée si elle a un nom)."""
    depot, octets = _fichier(base, acteur, reglages, depot_id)
    source = data.get("source", "")
    if octets is None or not est_une_source(source):
        return vers(f"/depots/{depot_id}")
    if data.get("tel_quel") == "1":
        return _relire(base, acteur, reglages, depot_id, Lecture(source))
    try:
        entetes = lire_entetes(octets, depot.nom_fichier)
    except FichierIllisible as erreur:
        return _page_du_format(base, acteur, depot, octets, str(erreur))
    choisies, nom, erreurs = lire_les_choix(data, entetes, source)
    erreurs += _nom_deja_pris(base, acteur, depot, nom, choisies)
    if erreurs:
        return _page_des_colonnes(depot, source, entetes, choisies, erreurs, nom)
    return _relire(base, acteur, reglages, depot_id, Lecture(source, choisies, nom))


def _nom_deja_pris(
    base: Base, acteur: Acteur, depot: DepotVu, nom: str, choisies: Correspondance
) -> list[ErreurDeChamp]:
    """Celle d'un autre fichier ne se remplace pas sans le dire : quelqu'un s'en sert peut-être."""
    with base.lecture() as session:
        gardees = correspondances_gardees(session, acteur) if nom else []
    siennes = [g for g in gardees if g.cfa_id == a_qui_elle_serait(acteur, depot.cfa_id)]
    prises = (g for g in siennes if g.nom == nom and g.correspondance.empreinte != choisies.empreinte)
    return [ErreurDeChamp("nom", NOM_PRIS) for _ in prises]


def _relire(base: Base, acteur: Acteur, reglages: Reglages, depot_id: int, lecture: Lecture) -> Redirect:
    try:
        return suivre(depot_id, relire_autrement(base, acteur, reglages, depot_id, lecture))
    except (DepotFerme, PieceIllisible):
        return vers(f"/depots/{depot_id}")


ROUTES: Sequence[HTTPRouteHandler] = (telecharger_un_modele, choisir_les_colonnes, rapprocher_les_colonnes)
