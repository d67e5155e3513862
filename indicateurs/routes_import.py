"""Le dépôt de données en trois temps : le fichier, son diagnostic, la confirmation."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.telechargement import XLSX, joindre, nom_sur
from charte.commun.web import ErreurDeChamp, Saisies, acces, page, vers
from indicateurs import routes_colonnes
from indicateurs.imports.annotation import annoter
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.colonnes import est_une_source, sources_proposees
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.frein import DepotFreine
from indicateurs.imports.lecture import TAILLE_MAXIMALE
from indicateurs.imports.modele_vide import modele_vide
from indicateurs.imports.reception import confirmer_ou_confier, recevoir
from indicateurs.imports.services import (
    DepotFerme,
    FichierDepose,
    LectureChangee,
    abandonner,
    diagnostic_du_depot,
    empreinte_de_lecture,
    fichier_du_depot,
    lire_depot,
    lister_depots,
    noter_la_reprise,
    previsualiser,
)
from indicateurs.imports.vues import (
    NOMS_DES_CHAMPS,
    champs_a_prendre,
    diagnostic_lisible,
    nom_annote,
    suivre,
    titre_du_format,
    vue_du_diagnostic,
)

# Une liste obligatoire dont le premier choix est vide ne s'envoie pas : le navigateur l'arrête avant tout envoi.
A_RECONNAITRE = "auto"
Envoi = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@get("/depots", opt=acces(Geste.DEPOSER), sync_to_thread=True, name="depots")
def choisir_un_fichier(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Premier temps : choisir un fichier ; les derniers dépôts."""
    return _page_du_fichier(base, acteur)


def _page_du_fichier(base: Base, acteur: Acteur, message: str = "", statut: int = 422) -> Template:
    with base.lecture() as session:
        depots = lister_depots(session, acteur)
    erreurs = [ErreurDeChamp("fichier", message)] if message else []
    return page(
        "indicateurs/depots.html",
        statut=statut if message else 200,
        depots=depots,
        erreurs=erreurs,
        sources=sources_proposees(),
    )


@post(
    "/depots", opt=acces(Geste.DEPOSER), sync_to_thread=True, request_max_body_size=TAILLE_MAXIMALE + 1_000_000
)  # fmt: skip
def deposer_un_fichier(
    data: Envoi,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Reçoit le fichier, le chiffre, le diagnostique (en fond s'il est grand)."""
    envoye = data.get("fichier")
    octets = envoye.file.read() if isinstance(envoye, UploadFile) else b""
    if not isinstance(envoye, UploadFile) or not envoye.filename:
        return _page_du_fichier(base, acteur, "Choisissez un fichier .xlsx ou .csv.")
    fichier, source = FichierDepose(nom_sur(envoye.filename), octets), data.get("source", FORMAT_DES_APPRENTIS)
    source = "" if source == A_RECONNAITRE else source
    if source and not est_une_source(source):
        return _page_du_fichier(base, acteur, "Choisissez le format du fichier dans la liste.")
    try:
        return suivre(*recevoir(base, acteur, reglages, fichier, source))
    except DepotFreine as frein:
        reponse = _page_du_fichier(base, acteur, str(frein), statut=429)
        reponse.headers["Retry-After"] = str(frein.secondes)
        return reponse


@get("/depots/modele.xlsx", opt=acces(Geste.DEPOSER), sync_to_thread=True)
def telecharger_le_modele() -> Response[bytes]:
    """Le modèle vide à remplir."""
    return joindre(modele_vide(), "modele-apprentis.xlsx", XLSX)


@get("/depots/{depot_id:int}", opt=acces(Geste.DEPOSER), sync_to_thread=True, name="depot")
def lire_le_diagnostic(
    depot_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
    numero: FromQuery[int] = 1,
) -> Template | Redirect:
    """Deuxième temps : le diagnostic, groupé par cause, puis toutes les anomalies."""
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    if depot.etat == "recu" and depot.a_preciser:
        return vers(f"/depots/{depot_id}/colonnes")
    if depot.etat == "recu" and depot.travail_id:
        return suivre(depot_id, depot.travail_id)
    diagnostic = diagnostic_lisible(depot, Coffre.de(reglages))
    return page(
        "indicateurs/depot.html", depot=depot, titre=titre_du_format(depot), **vue_du_diagnostic(diagnostic, numero)
    )


@post("/depots/{depot_id:int}/annote.xlsx", opt=acces(Geste.DEPOSER), sync_to_thread=True, status_code=200)
def reprendre_le_fichier_annote(
    depot_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Response[bytes]:
    """Le fichier déposé, cellules fautives colorées et commentées ; il porte des noms : l'emporter entre au journal."""
    coffre = Coffre.de(reglages)
    with base.lecture() as session:
        depot = lire_depot(session, acteur, depot_id)
    annote = annoter(fichier_du_depot(depot, coffre), diagnostic_du_depot(depot, coffre))
    with base.ecriture() as session:
        noter_la_reprise(session, acteur, depot_id)
    return joindre(annote, nom_annote(depot.nom_fichier), XLSX)


@get("/depots/{depot_id:int}/confirmation", opt=acces(Geste.DEPOSER), sync_to_thread=True)
def relire_avant_de_ranger(
    depot_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Troisième temps : ce que le fichier ajoute, change, ne dit plus."""
    return _page_de_confirmation(base, acteur, reglages, depot_id)


def _page_de_confirmation(
    base: Base, acteur: Acteur, reglages: Reglages, depot_id: int, message: str = ""
) -> Template | Redirect:
    try:
        with base.lecture() as session:
            depot = lire_depot(session, acteur, depot_id)
            apercu = previsualiser(session, acteur, depot_id, Coffre.de(reglages))
    except (DepotFerme, PieceIllisible):
        return vers(f"/depots/{depot_id}")
    return page(
        "indicateurs/confirmation.html", statut=409 if message else 200, depot=depot, apercu=apercu,
        noms=NOMS_DES_CHAMPS, vue=empreinte_de_lecture(depot), message=message,
    )  # fmt: skip


@post("/depots/{depot_id:int}/confirmation", opt=acces(Geste.DEPOSER), sync_to_thread=True)
def ranger_le_depot(
    depot_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Range tout en une transaction (en fond si le fichier est grand) ; un dépôt fermé ne change plus."""
    decide = {"retirer": data.get("retirer") == "1", "prendre": champs_a_prendre(data), "vue": data.get("vue", "")}
    try:
        travail_id = confirmer_ou_confier(base, acteur, reglages, depot_id, **decide)
    except LectureChangee as changee:
        return _page_de_confirmation(base, acteur, reglages, depot_id, str(changee))
    except (DepotFerme, PieceIllisible):
        travail_id = None
    return suivre(depot_id, travail_id)


@post("/depots/{depot_id:int}/abandon", opt=acces(Geste.DEPOSER), sync_to_thread=True)
def abandonner_le_depot(
    depot_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Redirect:
    """Abandonne un dépôt non confirmé ; son fichier est effacé."""
    try:
        with base.ecriture() as session:
            abandonner(session, acteur, depot_id, Coffre.de(reglages))
    except DepotFerme:
        return vers(f"/depots/{depot_id}")
    return vers("/depots")


ROUTES: Sequence[HTTPRouteHandler] = (
    choisir_un_fichier,
    deposer_un_fichier,
    telecharger_le_modele,
    lire_le_diagnostic,
    reprendre_le_fichier_annote,
    relire_avant_de_ranger,
    ranger_le_depot,
    abandonner_le_depot,
    *routes_colonnes.ROUTES,
)
