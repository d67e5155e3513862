"""Les pages des décisions et des preuves d'un jalon."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Introuvable, Saisies, acces, lire_formulaire, page, vers
from grilles.jalons.demande import DemandeDeJalons, champs_de, circonstances_de, decision_de, revenir
from grilles.jalons.formulaires import FormulaireDecision, FormulairePreuveDeJalon
from grilles.jalons.presentation import MOTS_DES_ACTES, Contexte
from grilles.jalons.regles import Acte
from grilles.jalons.services.actes import decider
from grilles.jalons.services.preuves import PreuveNouvelle, citer_pour_un_jalon, citer_un_lien, retirer_d_un_jalon
from grilles.jalons.services.saisie import ConflitDeJalon
from grilles.jalons.vues import JalonLu, PreuveDuJalon
from grilles.mesures import LecteurDeMesures

JALON = "/diplomes/{formation_id:int}/jalons/{jalon_id:int}"


@get(JALON + "/actes/{acte:str}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="acte_de_jalon")
def ouvrir_un_acte(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    acte: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Le formulaire d'une décision ; celle qui n'a pas lieu d'être ramène à la page du jalon."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    contexte, jalon, citables = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    if not contexte.tient or acte_lu(acte) not in jalon.actes:
        return vers(contexte.adresse_de(jalon))
    champs = champs_de(FormulaireDecision, {"le": contexte.jour.isoformat(), "version": jalon.version})
    return _page_d_un_acte(contexte, jalon, acte_lu(acte), champs, citables=citables)


@post(JALON + "/actes/{acte:str}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def noter_un_acte(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    acte: FromPath[str],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Note une décision ; 422 garde la saisie, 409 dit ce qui a changé entre-temps."""
    return _noter(DemandeDeJalons(base, acteur, mesures, formation_id), jalon_id, acte_lu(acte), data)


@get(JALON + "/preuves", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True, name="preuves_de_jalon")
def ouvrir_les_preuves(
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template:
    """Le formulaire qui cite une preuve : une du diplôme, ou un lien nouveau."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    contexte, jalon, citables = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    return _page_des_preuves(contexte, jalon, citables, champs_de(FormulairePreuveDeJalon, {}))


@post(JALON + "/preuves", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def citer_une_preuve(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Cite une preuve à l'appui du jalon ; 422 garde la saisie."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    contexte, jalon, citables = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    saisie, erreurs = lire_formulaire(FormulairePreuveDeJalon, data)
    if saisie is None:
        champs = champs_de(FormulairePreuveDeJalon, data)
        return _page_des_preuves(contexte, jalon, citables, champs, erreurs)
    demande.ecrire(lambda s: _citer(s, acteur, jalon, saisie))
    return revenir(contexte, jalon_id, "preuve")


@post(JALON + "/preuves/{preuve_id:int}/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def detacher_une_preuve(
    *,
    formation_id: FromPath[int],
    jalon_id: FromPath[int],
    preuve_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Détache une preuve ; la dernière d'un jalon atteint reste, et la page dit pourquoi."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    erreurs = demande.ecrire(lambda s: retirer_d_un_jalon(s, acteur, formation_id, jalon_id, preuve_id))
    contexte, jalon, citables = demande.lire(jalon_id)
    if erreurs:
        champs = champs_de(FormulairePreuveDeJalon, {})
        return _page_des_preuves(contexte, jalon, citables, champs, erreurs)
    return revenir(contexte, jalon_id, "retrait")


def acte_lu(acte: str) -> Acte:
    """L'acte d'une adresse ; lève `Introuvable`."""
    try:
        return Acte(acte)
    except ValueError as erreur:
        raise Introuvable(f"Aucun acte « {acte[:40]} ».") from erreur


def _noter(demande: DemandeDeJalons, jalon_id: int, acte: Acte, data: Mapping[str, Any]) -> Template | Redirect:
    contexte, jalon, citables = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    if acte is Acte.MAINTENIR:
        raise Introuvable("Un jalon se maintient à la révision annuelle.")
    champs = champs_de(FormulaireDecision, data)
    saisie, erreurs = lire_formulaire(FormulaireDecision, data)
    if saisie is None:
        return _page_d_un_acte(contexte, jalon, acte, champs, citables=citables, erreurs=erreurs)
    decision, sous = decision_de(acte, saisie), circonstances_de(saisie, contexte, jalon)
    ou = (demande.acteur, demande.formation_id, jalon_id)
    try:
        erreurs = demande.ecrire(lambda s: decider(s, *ou, decision=decision, sous=sous))
    except ConflitDeJalon as conflit:
        champs["version"] = str(conflit.autre.version)
        return _page_d_un_acte(contexte, conflit.autre, acte, champs, citables=citables, conflit=True)
    if erreurs:
        return _page_d_un_acte(contexte, jalon, acte, champs, citables=citables, erreurs=erreurs)
    return revenir(contexte, jalon_id, acte)


def _citer(session: Session, acteur: Acteur, jalon: JalonLu, saisie: FormulairePreuveDeJalon) -> None:
    if saisie.preuve is not None:
        citer_pour_un_jalon(session, acteur, jalon, saisie.preuve, saisie.emplacement)
        return
    nouvelle = PreuveNouvelle(saisie.titre, saisie.adresse, saisie.date_effet, saisie.date_fin)
    citer_un_lien(session, acteur, jalon, nouvelle, saisie.emplacement)


def _page_d_un_acte(
    contexte: Contexte, jalon: JalonLu, acte: Acte, champs: Mapping[str, str], *,
    citables: Sequence[PreuveDuJalon], erreurs: Sequence[ErreurDeChamp] = (), conflit: bool = False,
) -> Template:  # fmt: skip
    return page(
        "grilles/jalons/acte.html",
        statut=409 if conflit else 422 if erreurs else 200,
        ctx=contexte,
        jalon=jalon,
        acte=acte,
        mots=MOTS_DES_ACTES[acte],
        champs=champs,
        citables=choix_de_preuves(jalon, citables),
        erreurs=list(erreurs),
        conflit=conflit,
    )


def choix_de_preuves(jalon: JalonLu, citables: Sequence[PreuveDuJalon]) -> list[tuple[str, str]]:
    """Les options du champ « preuve » : rien, puis celles du diplôme, celles déjà rattachées marquées."""
    siennes = {preuve.id for preuve in jalon.preuves}
    marquees = [(str(p.id), p.titre + (" (déjà rattachée)" if p.id in siennes else "")) for p in citables]
    return [("", "Aucune à ajouter" if siennes else "Choisir une preuve"), *marquees]


def _page_des_preuves(
    contexte: Contexte, jalon: JalonLu, citables: Sequence[PreuveDuJalon], champs: Mapping[str, str],
    erreurs: Sequence[ErreurDeChamp] = (),
) -> Template:  # fmt: skip
    options = [("", "Un lien nouveau, ci-dessous"), *((str(preuve.id), preuve.titre) for preuve in citables)]
    return page(
        "grilles/jalons/preuves.html",
        statut=422 if erreurs else 200,
        ctx=contexte,
        jalon=jalon,
        champs=champs,
        citables=options,
        erreurs=list(erreurs),
    )


ROUTES: Sequence[HTTPRouteHandler] = (
    ouvrir_un_acte,
    noter_un_acte,
    ouvrir_les_preuves,
    citer_une_preuve,
    detacher_une_preuve,
)
