"""La révision annuelle, guidée : un jalon à la fois, puis la conclusion ; elle s'interrompt et se reprend."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from grilles.jalons.demande import DemandeDeJalons, champs_de, circonstances_de, decision_de
from grilles.jalons.formulaires import FormulaireConclusion, FormulaireRevision
from grilles.jalons.presentation import CONVIENT, Contexte, mot_de_l_evenement
from grilles.jalons.regles import Acte
from grilles.jalons.routes_actes import choix_de_preuves
from grilles.jalons.services.preuves import preuves_citables
from grilles.jalons.services.revision import Conclusion, SuiviDeRevision, conclure, revoir, suivre_la_revision
from grilles.jalons.services.saisie import ConflitDeJalon
from grilles.jalons.vues import JalonLu, PreuveDuJalon
from grilles.mesures import LecteurDeMesures
from grilles.regles import libelle_annee

REVISION = "/diplomes/{formation_id:int}/jalons/revision/{annee:int}"
DECISIONS = (
    ("", "Choisir"),
    (Acte.MAINTENIR.value, "Le maintenir tel quel"),
    (Acte.REPORTER.value, "Le reporter"),
    (Acte.ATTEINDRE.value, "Le dire atteint"),
    (Acte.ABANDONNER.value, "L’abandonner"),
)
A_DIRE = "Dites si l'indicateur convient encore : la charte demande de revoir la liste des indicateurs chaque année."


@get(REVISION, opt=acces(Geste.LIRE), sync_to_thread=True, name="revision_des_jalons")
def voir_la_revision(
    *,
    formation_id: FromPath[int],
    annee: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
    jalon: FromQuery[int | None] = None,
) -> Template:
    """Où en est la révision, et le jalon à revoir (celui qu'on choisit, sinon le plus pressant)."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    return _rendre(*_lire(demande, annee, jalon), {}, [])


@post(REVISION + "/jalons/{jalon_id:int}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def revoir_un_jalon(
    *,
    formation_id: FromPath[int],
    annee: FromPath[int],
    jalon_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Note ce que la révision décide d'un jalon, puis mène au suivant ; 422 et 409 gardent la saisie."""
    return _revoir(DemandeDeJalons(base, acteur, mesures, formation_id), annee, jalon_id, data)


@post(REVISION, opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def clore_la_revision(
    *,
    formation_id: FromPath[int],
    annee: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    mesures: NamedDependency[LecteurDeMesures],
) -> Template | Redirect:
    """Clôt la révision ; 422 garde la saisie."""
    demande = DemandeDeJalons(base, acteur, mesures, formation_id)
    lus = _lire(demande, annee, None)
    saisie, erreurs = lire_formulaire(FormulaireConclusion, data)
    if saisie is not None:
        dite = Conclusion(saisie.le, saisie.instance, saisie.conclusion)
        erreurs = demande.ecrire(lambda s: conclure(s, acteur, formation_id, annee, dite))
    if erreurs:
        return _rendre(*lus, champs_de(FormulaireConclusion, data), erreurs)
    return vers(f"{lus[0].adresse}/revision/{annee}")


Lus = tuple[Contexte, SuiviDeRevision, JalonLu | None, tuple[PreuveDuJalon, ...]]


def _lire(demande: DemandeDeJalons, annee: int, jalon_id: int | None) -> Lus:
    with demande.base.lecture() as session:
        suivi = suivre_la_revision(session, demande.acteur, demande.formation_id, annee)
        contexte = demande.contexte(session, (*suivi.a_revoir, *suivi.revus))
        citables = preuves_citables(session, demande.acteur, demande.formation_id)
    choisi = next((jalon for jalon in suivi.a_revoir if jalon.id == jalon_id), None)
    return contexte, suivi, choisi or next(iter(suivi.a_revoir), None), citables


def _revoir(demande: DemandeDeJalons, annee: int, jalon_id: int, data: Mapping[str, Any]) -> Template | Redirect:
    _, jalon, _ = demande.lire(jalon_id, geste=Geste.REMPLIR_GRILLE)
    contexte, suivi, montre, citables = _lire(demande, annee, jalon_id)
    champs = champs_de(FormulaireRevision, data)
    saisie, erreurs = lire_formulaire(FormulaireRevision, data)
    if saisie is not None and jalon.contenu.indicateur and saisie.pertinent is None:
        erreurs = [ErreurDeChamp("pertinent", A_DIRE)]
    if saisie is None or erreurs:
        return _rendre(contexte, suivi, montre, citables, champs, erreurs)
    decision = decision_de(Acte(saisie.acte), saisie)
    sous = circonstances_de(saisie, contexte, jalon, saisie.pertinent)
    ou = (demande.acteur, demande.formation_id, annee, jalon_id)
    try:
        erreurs = demande.ecrire(lambda s: revoir(s, *ou, decision=decision, sous=sous))
    except ConflitDeJalon as conflit:
        return _rendre_le_conflit(_lire(demande, annee, jalon_id), champs, conflit.autre)
    if erreurs:
        return _rendre(contexte, suivi, montre, citables, champs, erreurs)
    return vers(f"{contexte.adresse}/revision/{annee}#suite")


def _rendre_le_conflit(lus: Lus, champs: dict[str, str], autre: JalonLu) -> Template:
    """Les deux textes ; si le jalon vient d'être revu, la page montre le suivant, sans ce qu'on décidait du premier."""
    montre = lus[2]
    if montre is None or montre.id != autre.id:
        return _rendre(*lus, {nom: champs[nom] for nom in ("le", "instance")}, [], conflit=autre)
    return _rendre(*lus, {**champs, "version": str(autre.version)}, [], conflit=autre)


def _rendre(
    contexte: Contexte, suivi: SuiviDeRevision, jalon: JalonLu | None, citables: Sequence[PreuveDuJalon],
    champs: Mapping[str, str], erreurs: Sequence[ErreurDeChamp], *, conflit: JalonLu | None = None,
) -> Template:  # fmt: skip
    neufs = {
        "le": contexte.jour.isoformat(),
        "instance": suivi.revision.instance if suivi.revision else "",
        "version": str(jalon.version) if jalon else "",
    }
    return page(
        "grilles/jalons/revision.html",
        statut=409 if conflit else 422 if erreurs else 200,
        ctx=contexte,
        suivi=suivi,
        annee=libelle_annee(suivi.annee),
        jalon=jalon,
        champs={**champs_de(FormulaireConclusion, neufs), **champs_de(FormulaireRevision, neufs), **champs},
        citables=choix_de_preuves(jalon, citables) if jalon else [],
        decisions=DECISIONS,
        convient=CONVIENT,
        erreurs=list(erreurs),
        conflit=conflit,
        mot=mot_de_l_evenement,
    )


ROUTES: Sequence[HTTPRouteHandler] = (voir_la_revision, revoir_un_jalon, clore_la_revision)
