"""Les pages des jalons d'un diplôme : les voir, en proposer, les changer, les placer, noter ce qui se décide."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.chargement import EDITION_COURANTE
from charte.commun.base import Base
from charte.commun.web import Saisies, acces, lire_formulaire, page, vers
from charte.propositions import charger_propositions
from grilles.jalons.demande import (
    DemandeDeJalons,
    champs_de,
    champs_de_la_proposition,
    contenu_de,
    numero_de,
    page_de_saisie,
    poste_de,
    proposition_de,
    revenir,
)
from grilles.jalons.formulaires import FormulaireJalon, FormulaireProposition, FormulaireRang
from grilles.jalons.presentation import champs_du_contenu, mot_de_l_evenement, ranger_par_poste
from grilles.jalons.regles import Acte
from grilles.jalons.routes_actes import ROUTES as ROUTES_DES_ACTES
from grilles.jalons.routes_revision import ROUTES as ROUTES_DE_LA_REVISION
from grilles.jalons.services.lecture import lire_jalons
from grilles.jalons.services.revision import suivre_la_revision
from grilles.jalons.services.saisie import ConflitDeJalon, changer, placer, proposer
from grilles.mesures import LecteurDeMesures
from grilles.services.lecture import annee_courante, niveaux

JALONS = "/diplomes/{formation_id:int}/jalons"
JALON = JALONS + "/{jalon_id:int}"
FAITS = {
    "propose": "Le jalon est proposé : parlez-en, puis notez l’accord.",
    "change": "Le jalon est changé.",
    Acte.CONVENIR: "L’accord est noté.",
    Acte.ATTEINDRE: "Le jalon est atteint.",
    Acte.REPORTER: "Le report est noté.",
    Acte.ABANDONNER: "L’abandon est noté.",
    Acte.ROUVRIR: "Le jalon est rouvert.",
    "preuve": "La preuve est citée.",
    "retrait": "La preuve est détachée ; elle reste à la bibliothèque.",
}
"""Ce que dit la page d'un jalon au retour d'un geste."""


@get(JALONS, opt=acces(Geste.LIRE), sync_to_thread=True, name="jalons")
def voir_les_jalons(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template:
    """Les jalons et cibles locales, poste par poste, et la révision de l'année."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    with base.lecture() as session:
        jalons = lire_jalons(session, acteur, formation_id)
        contexte = demande.contexte(session, jalons)
        atteints = niveaux(session, acteur, [formation_id])[formation_id].niveaux
        revision = suivre_la_revision(session, acteur, formation_id, annee_courante())
    postes = ranger_par_poste(contexte.edition.postes, jalons, atteints)
    return page("grilles/jalons/jalons.html", ctx=contexte, postes=postes, revision=revision, nombre=len(jalons))


@get(JALONS + "/propositions", opt=acces(Geste.LIRE), sync_to_thread=True, name="propositions_de_jalons")
def voir_les_propositions(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    poste: FromQuery[str] = "",
    element: FromQuery[str] = "",
) -> Template:
    """La bibliothèque de l'outil, par poste et par exigence ; un filtre inconnu montre tout."""
    with base.lecture() as session:
        contexte = DemandeDeJalons(base, acteur, mesures, formation_id).contexte(session)
        repris = {jalon.origine for jalon in lire_jalons(session, acteur, formation_id)}
    toutes = charger_propositions(EDITION_COURANTE)
    montrees = [p for p in toutes if poste in ("", str(p.poste)) and element in ("", p.element)] or list(toutes)
    choix = {"poste": poste, "element": element}
    gabarit = "grilles/jalons/propositions.html"
    return page(gabarit, ctx=contexte, toutes=toutes, montrees=montrees, repris=repris, choix=choix)


@get(JALONS + "/nouveau", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="nouveau_jalon")
def ouvrir_un_nouveau(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    poste: FromQuery[int] = 1,
    nature: FromQuery[str] = "jalon",
    proposition: FromQuery[str] = "",
) -> Template:
    """Le formulaire d'un jalon neuf, vide ou tiré d'une proposition de l'outil."""
    contexte = DemandeDeJalons(base, acteur, mesures, formation_id).contexte_pour_ecrire()
    reprise = proposition_de(proposition) if proposition else None
    champs = champs_de(FormulaireProposition, {"nature": nature if nature == "cible" else "jalon"})
    if reprise:
        champs |= champs_de_la_proposition(reprise, contexte.jour) | {"origine": reprise.cle}
    choisi = poste_de(contexte, reprise.poste if reprise else poste)
    return page_de_saisie(contexte, choisi, champs, proposition=reprise)


@post(JALONS, opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def ajouter(
    formation_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Ajoute un jalon proposé ; 422 garde la saisie."""
    return _ajouter(DemandeDeJalons(base, acteur, mesures, formation_id), data)


@get(JALON, opt=acces(Geste.LIRE), sync_to_thread=True, name="jalon")
def voir_un_jalon(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    fait: FromQuery[str] = "",
) -> Template:
    """Un jalon : ce qu'on en a dit, ses preuves, son indicateur, son histoire."""
    contexte, jalon, _ = DemandeDeJalons(base, acteur, mesures, formation_id).lire(jalon_id)
    return page(
        "grilles/jalons/jalon.html", ctx=contexte, jalon=jalon, fait=FAITS.get(fait, ""), mot=mot_de_l_evenement
    )


@get(JALON + "/modifier", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="modifier_jalon")
def ouvrir_pour_changer(
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Le formulaire d'un jalon ; ce qui ne se change pas ramène à sa page."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    contexte, jalon, _ = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    if not contexte.se_change(jalon):
        return vers(contexte.adresse_de(jalon))
    champs = champs_du_contenu(jalon.contenu, contexte.unites) | {"version": str(jalon.version)}
    return page_de_saisie(contexte, poste_de(contexte, jalon.poste), champs, jalon=jalon)


@post(JALON + "/modifier", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def ranger_les_changements(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Change un jalon ; 422 garde la saisie, 409 montre aussi le texte de l'autre."""
    return _changer(DemandeDeJalons(base, acteur, mesures, formation_id), jalon_id, data)


@post(JALON + "/rang", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def changer_de_place(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Redirect:
    """Échange un jalon avec son voisin ; au bord, rien ne change."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    contexte, jalon, _ = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    saisi, _ = lire_formulaire(FormulaireRang, data)
    if saisi is not None:
        demande.ecrire(lambda s: placer(s, acteur, formation_id, jalon_id, saisi.sens))
    return vers(f"{contexte.adresse}#jalon-{jalon.id}")


def _ajouter(demande: DemandeDeJalons, data: Mapping[str, Any]) -> Template | Redirect:
    contexte = demande.contexte_pour_ecrire()
    reprise = proposition_de(str(data["origine"])) if data.get("origine") else None
    poste = poste_de(contexte, numero_de(data.get("poste")))
    champs = champs_de(FormulaireProposition, data)
    saisi, erreurs = lire_formulaire(FormulaireProposition, data)
    if saisi is None:
        return page_de_saisie(contexte, poste, champs, erreurs=erreurs, proposition=reprise)
    contenu, erreurs = contenu_de(saisi, poste, contexte)
    if erreurs:
        return page_de_saisie(contexte, poste, champs, erreurs=erreurs, proposition=reprise)
    with demande.base.ecriture() as session:
        jalon_id = proposer(
            session, demande.acteur, demande.formation_id, poste.numero, contenu, nature=saisi.nature,
            origine=saisi.origine or "local",
        )  # fmt: skip
    return revenir(contexte, jalon_id, "propose")


def _changer(demande: DemandeDeJalons, jalon_id: int, data: Mapping[str, Any]) -> Template | Redirect:
    contexte, jalon, _ = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    poste, champs = poste_de(contexte, jalon.poste), champs_de(FormulaireJalon, data)
    saisi, erreurs = lire_formulaire(FormulaireJalon, data)
    if saisi is None:
        return page_de_saisie(contexte, poste, champs, jalon=jalon, erreurs=erreurs)
    contenu, erreurs = contenu_de(saisi, poste, contexte)
    ou = (demande.acteur, demande.formation_id, jalon_id)
    try:
        erreurs = erreurs or demande.ecrire(lambda s: changer(s, *ou, contenu, version=saisi.version))
    except ConflitDeJalon as conflit:
        champs["version"] = str(conflit.autre.version)
        return page_de_saisie(contexte, poste, champs, jalon=jalon, autre=conflit.autre)
    if erreurs:
        return page_de_saisie(contexte, poste, champs, jalon=jalon, erreurs=erreurs)
    return revenir(contexte, jalon_id, "change")


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_les_jalons,
    voir_les_propositions,
    ouvrir_un_nouveau,
    ajouter,
    voir_un_jalon,
    ouvrir_pour_changer,
    ranger_les_changements,
    changer_de_place,
    *ROUTES_DES_ACTES,
    *ROUTES_DE_LA_REVISION,
)
