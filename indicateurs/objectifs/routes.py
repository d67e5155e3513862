"""Les pages des objectifs : la liste, un objectif et son histoire, en convenir, réviser, retirer."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Introuvable, Saisies, acces, lire_formulaire, page, vers
from indicateurs.objectifs.demande import ADRESSE, DemandeDObjectif, en_erreurs
from indicateurs.objectifs.formulaires import FormulaireRetrait
from indicateurs.objectifs.mots import dire_une_valeur
from indicateurs.objectifs.services.lecture import Lieu, lire_les_objectifs, voir
from indicateurs.objectifs.services.saisie import ConflitDObjectif, SaisieRefusee, retirer

OBJECTIF = ADRESSE + "/{objectif_id:int}"
RETRAIT = "indicateurs/objectifs/retrait.html"
FAITS = {
    "convenu": "L’objectif est noté.",
    "revise": "L’objectif est révisé ; celui d’avant est dans l’histoire.",
    "retire": "L’objectif est retiré ; il reste dans l’histoire.",
}
"""Ce que dit la page d'un objectif au retour d'un geste."""


@get(ADRESSE, opt=acces(Geste.LIRE), sync_to_thread=True, name="objectifs")
def voir_les_objectifs(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
) -> Template:
    """Les objectifs en vigueur, filtrés par périmètre et par indicateur."""
    return _liste(DemandeDObjectif(base, acteur), perimetre, indicateur)


@get(ADRESSE + "/nouveau", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="nouvel_objectif")
def ouvrir_un_nouveau(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    indicateur: FromQuery[str] = "",
) -> Template:
    """Le formulaire d'un objectif neuf."""
    return DemandeDObjectif(base, acteur).page_neuve(perimetre, indicateur)


@post(ADRESSE + "/nouveau", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def convenir_d_un_objectif(
    data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Range un objectif ; 422 garde la saisie, 409 montre celui qui vaut déjà."""
    return DemandeDObjectif(base, acteur).convenir(data)


@get(OBJECTIF, opt=acces(Geste.LIRE), sync_to_thread=True, name="objectif")
def voir_un_objectif(
    *,
    objectif_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    fait: FromQuery[str] = "",
) -> Template:
    """Un objectif : ce qui est visé, où l'on en est, qui l'a convenu, ce qui valait avant."""
    cadre, vu, histoire = DemandeDObjectif(base, acteur).lire(objectif_id)
    ecrit = vu.objectif.vivant and Lieu(vu.objectif.formation_id, vu.objectif.cfa_id) in cadre.ecrits
    return page(
        "indicateurs/objectifs/objectif.html",
        vu=vu,
        ecrit=ecrit,
        avant=[ancien for ancien in histoire if ancien.id != vu.objectif.id],
        dire=lambda valeur: dire_une_valeur(valeur, vu.unite),
        fait=FAITS.get(fait, ""),
    )


@get(OBJECTIF + "/revision", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="reviser_objectif")
def ouvrir_la_revision(
    objectif_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Le formulaire d'un objectif à réviser."""
    return DemandeDObjectif(base, acteur).page_de_revision(objectif_id)


@post(OBJECTIF + "/revision", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def reviser_un_objectif(
    objectif_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Remplace un objectif ; 422 garde la saisie, 409 montre les deux textes."""
    return DemandeDObjectif(base, acteur).reviser(objectif_id, data)


@get(OBJECTIF + "/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="retirer_objectif")
def ouvrir_le_retrait(
    objectif_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Demande pourquoi l'objectif est retiré."""
    _, vu, _ = DemandeDObjectif(base, acteur).lire(objectif_id, ecrire=True)
    if not vu.objectif.vivant:
        return vers(vu.objectif.adresse)
    return page(RETRAIT, vu=vu, champs={"motif": "", "version": vu.objectif.version}, erreurs=[], autre=None)


@post(OBJECTIF + "/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def retirer_un_objectif(
    objectif_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Retire un objectif ; 422 sans motif, 409 s'il a changé entre-temps."""
    return _retirer(DemandeDObjectif(base, acteur), objectif_id, data)


def _liste(demande: DemandeDObjectif, perimetre: str, indicateur: str) -> Template:
    with demande.base.lecture() as session:
        cadre = demande.cadre(session)
        lieu = cadre.lieux.de_l_adresse(perimetre)
        if perimetre and lieu is None:
            raise Introuvable
        voulus = [lieu] if lieu else list(cadre.lieux.perimetres)
        lus = lire_les_objectifs(session, demande.acteur, voulus)
    connus = [o for o in lus if o.indicateur in cadre.tableau.definitions and indicateur in ("", o.indicateur)]
    ordre = [p.adresse for p in cadre.lieux.perimetres.values()]
    vus = sorted(
        (voir(objectif, cadre.tableau, cadre.lieux) for objectif in connus),
        key=lambda vu: (ordre.index(vu.perimetre_adresse), vu.libelle),
    )
    choix = {"perimetre": perimetre, "indicateur": indicateur}
    return page("indicateurs/objectifs/liste.html", vus=vus, cadre=cadre, choix=choix)


def _retirer(demande: DemandeDObjectif, objectif_id: int, data: Mapping[str, Any]) -> Template | Redirect:
    _, vu, _ = demande.lire(objectif_id, ecrire=True)
    champs = {"motif": str(data.get("motif") or ""), "version": str(data.get("version") or "")}
    saisi, erreurs = lire_formulaire(FormulaireRetrait, data)
    if saisi is None:
        return _page_de_retrait(demande, objectif_id, champs, erreurs)
    if not vu.objectif.vivant and saisi.version == vu.objectif.version:
        return vers(vu.objectif.adresse)
    try:
        with demande.base.ecriture() as session:
            retirer(session, demande.acteur, objectif_id, saisi.motif, version=saisi.version)
    except SaisieRefusee as refus:
        return _page_de_retrait(demande, objectif_id, champs, en_erreurs(refus.fautes))
    except ConflitDObjectif as conflit:
        return _page_de_retrait(demande, conflit.autre.id, champs | {"version": str(conflit.autre.version)}, [], 409)
    return vers(f"{vu.objectif.adresse}?fait=retire")


def _page_de_retrait(
    demande: DemandeDObjectif,
    objectif_id: int,
    champs: Mapping[str, str],
    erreurs: Sequence[ErreurDeChamp],
    statut: int = 422,
) -> Template:
    _, vu, _ = demande.lire(objectif_id, ecrire=True)
    autre = vu.objectif if statut == 409 else None
    return page(RETRAIT, statut=statut, vu=vu, champs=champs, erreurs=list(erreurs), autre=autre)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_les_objectifs,
    ouvrir_un_nouveau,
    convenir_d_un_objectif,
    voir_un_objectif,
    ouvrir_la_revision,
    reviser_un_objectif,
    ouvrir_le_retrait,
    retirer_un_objectif,
)
