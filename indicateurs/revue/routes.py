"""La liste des revues annuelles : en ouvrir une, relire une revue arrêtée, l'emporter, la rouvrir."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from charte.acteur import Acteur, DroitManquant, Geste, etendue, peut
from charte.commun.base import Base
from charte.commun.canonique import calculer_empreinte
from charte.commun.telechargement import joindre
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from indicateurs.revue.affichage import ecrire_la_table
from indicateurs.revue.formulaires import FormulaireOuverture, FormulaireReouverture
from indicateurs.revue.pages import ATELIER, AUCUN, Atelier, Refus, montrer, montrer_la_scellee
from indicateurs.revue.services.assemblage import Dossier
from indicateurs.revue.services.ecriture import SaisieDeRevueRefusee, aujourd_hui, ouvrir_une_revue, rouvrir
from indicateurs.revue.services.lecture import (
    RevueLue,
    lire_le_scelle,
    lire_une_revue,
    lister_les_revues,
    perimetres_a_revoir,
    rouverte_depuis,
)
from indicateurs.services.lectures import jour_d_observation

REVUES, REVUE = "/revues", "/revues/{revue_id:int}"
ARRETEE = "/revues/arretees/{arretee_id:int}"
CSV = "text/csv; charset=utf-8"


@get(REVUES, opt=acces(Geste.LIRE), sync_to_thread=True, name="revues")
def lister(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les revues que l'on lit, et de quoi en ouvrir une."""
    return _liste(base, acteur)


@post(REVUES, opt=acces(Geste.MENER_REVUE), sync_to_thread=True)
def ouvrir(data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template | Redirect:
    """Ouvre une revue ; 422 garde la saisie."""
    saisie, erreurs = lire_formulaire(FormulaireOuverture, data)
    if saisie is None:
        return _liste(base, acteur, data, erreurs)
    try:
        with base.ecriture() as session:
            numero = ouvrir_une_revue(session, acteur, saisie)
    except SaisieDeRevueRefusee as refus:
        return _liste(base, acteur, data, [ErreurDeChamp(refus.champ, refus.message)])
    return vers(f"/revues/{numero}/donnees")


@get(REVUE, opt=acces(Geste.LIRE), dependencies=ATELIER, sync_to_thread=True, name="revue")
def voir(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Template | Redirect:
    """Où en est une revue ouverte ; une revue arrêtée, telle qu'elle a été scellée."""
    dossier = atelier.dresser(revue_id)
    if dossier.revue.arretee:
        return _scellee(atelier, dossier)
    return montrer("indicateurs/revue/revue.html", "", dossier, peut_mener=_mene(atelier.acteur, dossier.revue))


@get(ARRETEE + "/contenu.json", opt=acces(Geste.LIRE), sync_to_thread=True, name="revue_json")
def emporter(
    arretee_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Response[bytes]:
    """Le JSON canonique scellé, octet pour octet : `sha256sum` en rend l'empreinte."""
    with base.lecture() as session:
        revue = lire_une_revue(session, acteur, arretee_id)
        texte = lire_le_scelle(session, acteur, revue)
    return joindre(texte, f"{revue.fichier}.json", "application/json")


@get(REVUE + "/revue.csv", opt=acces(Geste.LIRE), dependencies=ATELIER, sync_to_thread=True, name="revue_csv")
def emporter_la_table(revue_id: FromPath[int], atelier: NamedDependency[Atelier]) -> Response[bytes]:
    """La revue en table : une ligne par indicateur et promotion."""
    dossier = atelier.dresser(revue_id)
    return joindre(ecrire_la_table(dossier.contenu), f"{dossier.revue.fichier}.csv", CSV)


@post(ARRETEE + "/reouverture", opt=acces(Geste.MENER_REVUE), dependencies=ATELIER, sync_to_thread=True)
def rouvrir_la_revue(
    arretee_id: FromPath[int], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Ouvre une autre version d'une revue arrêtée, avec son motif."""
    numeros: list[int] = []
    refus = atelier.enregistrer(
        arretee_id, FormulaireReouverture, data,
        lambda session, saisie: numeros.append(rouvrir(session, atelier.acteur, arretee_id, saisie.motif)),
    )  # fmt: skip
    if refus is AUCUN:
        return vers(f"/revues/{numeros[0]}")
    dossier = atelier.dresser(arretee_id)
    if dossier.revue.arretee:
        return _scellee(atelier, dossier, refus, str(data.get("motif") or ""))
    return montrer("indicateurs/revue/revue.html", "", dossier, refus, peut_mener=True)


def _scellee(atelier: Atelier, dossier: Dossier, refus: Refus = AUCUN, motif: str = "") -> Template:
    with atelier.base.lecture() as session:
        texte = lire_le_scelle(session, atelier.acteur, dossier.revue)
        suivie = rouverte_depuis(session, atelier.acteur, dossier.revue)
    return montrer_la_scellee(
        dossier, refus, motif=motif, suivie=suivie, taille=len(texte.encode()),
        intacte=calculer_empreinte(texte) == dossier.revue.empreinte,
        peut_mener=_mene(atelier.acteur, dossier.revue),
    )  # fmt: skip


def _mene(acteur: Acteur, revue: RevueLue) -> bool:
    ou = etendue(acteur, Geste.MENER_REVUE)
    return ou.tout or revue.cfa_id in ou.cfas


def _liste(base: Base, acteur: Acteur, data: Any = None, erreurs: Sequence[ErreurDeChamp] = ()) -> Template:
    mene = peut(acteur, Geste.MENER_REVUE)
    if erreurs and not mene:
        raise DroitManquant("mener une revue")
    with base.lecture() as session:
        revues = lister_les_revues(session, acteur)
        choix = perimetres_a_revoir(session, acteur) if mene else []
        observation = jour_d_observation(session, acteur)
    neufs = {"annee": str(aujourd_hui().year), "cfa_id": "", "observee_le": observation.isoformat()}
    champs = {nom: str((data or neufs).get(nom) or "") for nom in neufs}
    options = [("" if numero is None else str(numero), mot) for numero, mot in choix]
    return page(
        "indicateurs/revue/revues.html", statut=422 if erreurs else 200, revues=revues, peut_mener=bool(choix),
        options=options, champs=champs, erreurs=list(erreurs),
    )  # fmt: skip


ROUTES: Sequence[HTTPRouteHandler] = (lister, ouvrir, voir, emporter, emporter_la_table, rouvrir_la_revue)
