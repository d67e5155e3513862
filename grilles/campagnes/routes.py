"""Les pages d'une campagne que chacun lit : la liste, le tableau d'avancement, son export."""

from dataclasses import replace

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Response, Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste, Partie, peut
from charte.commun.annuaire import Annuaire
from charte.commun.base import Base
from charte.commun.telechargement import joindre
from charte.commun.web import acces, page
from grilles.campagnes import routes_conduite, routes_formations, routes_rappels
from grilles.campagnes.presentation import (
    ATTENTES,
    ONGLETS,
    VUES,
    Question,
    Tableau,
    aujourd_hui,
    composer_le_tableau,
    ecrire_le_suivi,
)
from grilles.campagnes.repondants import Encrier
from grilles.campagnes.services.designations import lire_les_designations
from grilles.campagnes.services.lecture import choix, lire_campagne, lister_campagnes
from grilles.campagnes.services.suivi import lire_le_suivi
from grilles.campagnes.suivi import filtrer
from grilles.services.lecture import jour_de_lecture

CAMPAGNE = "/campagnes/{campagne_id:int}"


@get("/campagnes", opt=acces(Geste.LIRE), sync_to_thread=True, name="campagnes")
def lister(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les campagnes de l'établissement, la plus récente d'abord."""
    with base.lecture() as session:
        campagnes = lister_campagnes(session, acteur)
    return page("grilles/campagnes/liste.html", campagnes=campagnes)


@get(CAMPAGNE, opt=acces(Geste.LIRE), sync_to_thread=True, name="campagne")
def montrer_l_avancement(
    *,
    campagne_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
    composante: FromQuery[str] = "",
    cfa: FromQuery[str] = "",
    poste: FromQuery[str] = "",
    retard: FromQuery[str] = "",
    attend: FromQuery[str] = "",
    vue: FromQuery[str] = "",
    numero: FromQuery[int] = 1,
) -> Template:
    """Où en est chaque diplôme, ce qui manque et qui l'on attend ; les retards d'abord."""
    question = Question(composante, cfa, poste, retard, attend, vue)
    with base.lecture() as session:
        tableau = _tableau(session, acteur, campagne_id, question, numero)
        if tableau.pilote:
            tableau = _nommer(session, acteur, annuaire, tableau)
    return page("grilles/campagnes/avancement.html", t=tableau, onglets=ONGLETS, vues=VUES, attentes=ATTENTES)


def _tableau(session: Session, acteur: Acteur, campagne_id: int, question: Question, numero: int) -> Tableau:
    campagne = lire_campagne(session, acteur, campagne_id)
    lignes = lire_le_suivi(session, acteur, campagne, jour_de_lecture(campagne.annee))
    options = choix([ligne.formation for ligne in lignes])
    pilote = peut(acteur, Geste.PILOTER_CAMPAGNE)
    return composer_le_tableau(campagne, lignes, question, numero=numero, choix=options, pilote=pilote)


def _nommer(session: Session, acteur: Acteur, annuaire: Annuaire, tableau: Tableau) -> Tableau:
    """Ajoute qui répond ; seul qui pilote la campagne lit ces noms."""
    encrier = Encrier.de(annuaire.plumes(session, acteur.etablissement_id))
    designes = lire_les_designations(session, acteur, tableau.campagne.id)
    noms: dict[tuple[int, Partie], str] = {}
    for ligne in tableau.lignes:
        for partie in ligne.attend:
            plumes = encrier.repondants(ligne.formation.situation, partie, designes)
            dits = ", ".join(plume.nom for plume in plumes) or "personne ne tient la plume"
            noms[ligne.formation.id, partie] = dits
    return replace(tableau, noms=noms)


@get(CAMPAGNE + "/suivi.csv", opt=acces(Geste.LIRE), sync_to_thread=True, name="campagne_csv")
def emporter_l_avancement(
    *,
    campagne_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    composante: FromQuery[str] = "",
    cfa: FromQuery[str] = "",
    poste: FromQuery[str] = "",
    retard: FromQuery[str] = "",
    attend: FromQuery[str] = "",
) -> Response[bytes]:
    """Le tableau filtré, en CSV, une ligne par diplôme et par poste ; sans aucun nom."""
    question = Question(composante, cfa, poste, retard, attend)
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        lignes = lire_le_suivi(session, acteur, campagne, jour_de_lecture(campagne.annee))
    jour = aujourd_hui()
    contenu = ecrire_le_suivi(campagne, filtrer(lignes, question.filtre, jour), jour)
    return joindre("\ufeff" + contenu, f"campagne-{campagne.annee}.csv", "text/csv")


ROUTES = (
    lister,
    montrer_l_avancement,
    emporter_l_avancement,
    *routes_conduite.ROUTES,
    *routes_formations.ROUTES,
    *routes_rappels.ROUTES,
)
