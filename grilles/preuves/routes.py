"""Les pages des preuves : la bibliothèque, une preuve, ses fichiers, l'onglet d'un diplôme."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import PREUVE_MO_MAXIMUM, Reglages
from charte.commun.telechargement import joindre
from charte.commun.web import Saisies, acces, vers
from grilles.preuves import pages
from grilles.preuves.coffre import coffre_des_preuves
from grilles.preuves.reception import effacer_preuve
from grilles.preuves.services.ecriture import PreuveQuiSert, PreuveSansContenu
from grilles.preuves.services.fichiers import retirer_fichier
from grilles.preuves.services.lecture import lire_fichier
from grilles.preuves.services.references import detacher

Envoi = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
CORPS_MAXIMAL = (PREUVE_MO_MAXIMUM * 2 + 5) * 2**20
"""Octets d'un envoi de fichiers : deux des plus grands, ou plusieurs moindres."""
PREUVE = "/preuves/{preuve_id:int}"
FICHIER = PREUVE + "/fichiers/{rang:int}"
DIPLOME = "/diplomes/{formation_id:int}/preuves"


@get("/preuves", opt=acces(Geste.LIRE), sync_to_thread=True, name="preuves")
def voir_la_bibliotheque(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mots: FromQuery[str] = "",
    validite: FromQuery[str] = "",
    proprietaire: FromQuery[str] = "",
    formation: FromQuery[str] = "",
    numero: FromQuery[str] = "1",
) -> Template:
    """La bibliothèque de l'établissement, celles à renouveler d'abord."""
    brut = {"mots": mots, "validite": validite, "proprietaire": proprietaire, "formation": formation, "page": numero}
    return pages.bibliotheque(base, acteur, brut)


@get("/preuves/nouvelle", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="preuve_nouvelle")
def preparer_une_preuve(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
    formation: FromQuery[str] = "",
    element: FromQuery[str] = "",
) -> Template:
    """Le formulaire d'une preuve neuve ; venu d'un diplôme, elle y sera citée du même geste."""
    return pages.depot(base, acteur, reglages, {"formation": formation, "element": element})


@post(
    "/preuves/nouvelle",
    opt=acces(Geste.REMPLIR_GRILLE),
    sync_to_thread=True,
    request_max_body_size=CORPS_MAXIMAL,
)
def deposer_une_preuve(
    data: Envoi,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Range une preuve et ses fichiers ; 422 garde la saisie (les fichiers sont à choisir de nouveau)."""
    return pages.deposer(base, acteur, reglages, data)


@get(PREUVE, opt=acces(Geste.LIRE), sync_to_thread=True, name="preuve")
def voir_une_preuve(
    preuve_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template:
    """Une preuve : ses fichiers et leurs révisions, où elle sert, son histoire."""
    return pages.fiche(base, acteur, reglages, preuve_id)


@get(PREUVE + "/modification", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def preparer_un_changement(
    preuve_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Le formulaire d'une preuve existante."""
    return pages.modification(base, acteur, preuve_id)


@post(PREUVE + "/modification", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def changer_une_preuve(
    preuve_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Change une preuve ; 409 montre ce que quelqu'un d'autre en a fait entre-temps."""
    return pages.modifier(base, acteur, preuve_id, data)


@post(PREUVE + "/suppression", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def effacer_une_preuve(
    preuve_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Redirect:
    """Efface une preuve qui ne sert ni n'a servi ; si elle s'est mise à servir, sa page le dit."""
    try:
        effacer_preuve(base, acteur, reglages, preuve_id)
    except PreuveQuiSert:
        return vers(f"/preuves/{preuve_id}#effacer")
    return vers("/preuves")


@post(PREUVE + "/fichiers", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, request_max_body_size=CORPS_MAXIMAL)
def joindre_un_fichier(
    preuve_id: FromPath[int],
    data: Envoi,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Joint des fichiers à une preuve, ou une révision (`rang`)."""
    return pages.joindre(base, acteur, reglages, preuve_id, data)


@get(FICHIER + "/{revision:int}", opt=acces(Geste.LIRE), sync_to_thread=True, name="fichier_de_preuve")
def telecharger_un_fichier(
    *,
    preuve_id: FromPath[int],
    rang: FromPath[int],
    revision: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Response[bytes]:
    """Un fichier, toujours en pièce jointe, sous le type vérifié à son dépôt."""
    with base.lecture() as session:
        fichier = lire_fichier(session, acteur, preuve_id, rang, revision)
    return joindre(coffre_des_preuves(reglages).relire(fichier.piece), fichier.nom, fichier.type_mime)


@post(FICHIER + "/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def retirer_un_fichier(
    *,
    preuve_id: FromPath[int],
    rang: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Retire un fichier, qui reste lisible pour le passé, ou le remet (`remettre`)."""
    try:
        with base.ecriture() as session:
            retirer_fichier(session, acteur, preuve_id, rang, remettre=data.get("remettre") == "oui")
    except PreuveSansContenu as refus:
        return pages.fiche(base, acteur, reglages, preuve_id, refus=str(refus), statut=422)
    return vers(f"/preuves/{preuve_id}#fichiers")


@post(PREUVE + "/references", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def rattacher_une_preuve(
    preuve_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> Template | Redirect:
    """Rattache une preuve à une ligne d'un référentiel."""
    return pages.rattacher_a_une_ligne(base, acteur, reglages, preuve_id, data)


@post(PREUVE + "/references/{lien_id:int}/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def detacher_une_preuve(
    preuve_id: FromPath[int], lien_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Redirect:
    """Ôte un rattachement."""
    with base.ecriture() as session:
        detacher(session, acteur, preuve_id, lien_id)
    return vers(f"/preuves/{preuve_id}#references")


@get(DIPLOME, opt=acces(Geste.LIRE), sync_to_thread=True, name="preuves_du_diplome")
def voir_les_preuves_du_diplome(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    filtre: FromQuery[str] = "",
    element: FromQuery[str] = "",
) -> Template:
    """L'onglet « Preuves » d'un diplôme."""
    return pages.preuves_du_diplome(base, acteur, formation_id, filtre, saisies={"element": element})


@post(DIPLOME, opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def citer_une_preuve(
    formation_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Cite une preuve de la bibliothèque à l'appui d'un élément."""
    return pages.citer_au_diplome(base, acteur, formation_id, data)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_la_bibliotheque,
    preparer_une_preuve,
    deposer_une_preuve,
    voir_une_preuve,
    preparer_un_changement,
    changer_une_preuve,
    effacer_une_preuve,
    joindre_un_fichier,
    telecharger_un_fichier,
    retirer_un_fichier,
    rattacher_une_preuve,
    detacher_une_preuve,
    voir_les_preuves_du_diplome,
    citer_une_preuve,
)
