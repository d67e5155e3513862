"""« Relancer maintenant » : montrer qui recevrait quoi, puis envoyer. Les rappels automatiques partent d'`appli`."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.annuaire import Annuaire
from charte.commun.base import Base
from charte.commun.rappels import TRAVAIL_DE_RELANCE, Rappel, Tournee, lire_les_seuils
from charte.commun.reglages import Reglages
from charte.commun.travaux import demander_travail
from charte.commun.web import acces, page, vers
from grilles.campagnes.presentation import ONGLETS, aujourd_hui
from grilles.campagnes.rappels import ACTIVES, GENRE, dates_des_rappels, deja_partis, rappels_de
from grilles.campagnes.services.lecture import lire_campagne
from grilles.campagnes.vues import FicheCampagne

RELANCE = "/campagnes/{campagne_id:int}/relance"


@get(RELANCE, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True, name="campagne_relance")
def montrer_les_rappels(
    campagne_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annuaire: NamedDependency[Annuaire],
    reglages: NamedDependency[Reglages],
) -> Template:
    """Qui recevrait quoi, maintenant ; quand les rappels partent d'eux-mêmes."""
    with base.lecture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        rappels, partis = _previsions(session, acteur, annuaire, campagne, reglages.adresse_publique)
    return page(
        "grilles/campagnes/relance.html",
        campagne=campagne,
        rappels=rappels,
        partis=partis,
        active=campagne.etat in ACTIVES,
        possible=reglages.courrier is not None or reglages.demonstration,
        dates=dates_des_rappels(campagne, lire_les_seuils(campagne.relances)),
        onglets=ONGLETS,
    )


def _previsions(
    session: Session, acteur: Acteur, annuaire: Annuaire, campagne: FicheCampagne, adresse_publique: str
) -> tuple[list[tuple[str, Rappel, bool]], int]:
    """(nom, rappel, déjà parti aujourd'hui) par nom, et combien de rappels de cette campagne sont partis en tout."""
    plumes = annuaire.plumes(session, acteur.etablissement_id)
    partis = deja_partis(session, acteur, campagne.id)
    noms = {plume.compte_id: plume.nom for plume in plumes}
    rappels = rappels_de(session, acteur, campagne, Tournee(aujourd_hui(), adresse_publique, plumes))
    montres = [(noms[rappel.compte_id], rappel, (rappel.compte_id, rappel.motif) in partis) for rappel in rappels]
    return sorted(montres, key=lambda montre: montre[0].casefold()), len(partis)


@post(RELANCE, opt=acces(Geste.PILOTER_CAMPAGNE), sync_to_thread=True)
def relancer(campagne_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Redirect:
    """Demande l'envoi ; qui a déjà reçu ce rappel aujourd'hui, ou n'a plus rien à faire, ne reçoit rien."""
    with base.ecriture() as session:
        campagne = lire_campagne(session, acteur, campagne_id)
        parametres = {"source": GENRE, "objet_id": campagne.id}
        travail = demander_travail(session, acteur, TRAVAIL_DE_RELANCE, parametres)
    return vers(f"/travaux/{travail}?suite=/campagnes/{campagne_id}/relance")


ROUTES = (montrer_les_rappels, relancer)
