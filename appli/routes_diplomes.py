"""L'accueil, la liste des diplômes, la page d'un diplôme et son historique."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from appli.tableau import (
    dire_le_manque,
    historique,
    lire_diplome,
    lire_tableau_de_bord,
    lister_diplomes,
    seuils_de,
    titres_des_postes,
)
from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import acces, page
from grilles.services import resume_pour_rapport
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import mesurer


@get("/", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="accueil")
def montrer_l_accueil(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Ce qu'il y a à faire, où en sont les diplômes, la fraîcheur des données."""
    with base.lecture() as session:
        tableau = lire_tableau_de_bord(session, acteur)
    return page("appli/accueil.html", tableau=tableau, postes=titres_des_postes())


@get("/diplomes", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="diplomes")
def lister(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Les diplômes de l'établissement."""
    with base.lecture() as session:
        mesures = mesurer(session, acteur, jour_d_observation(session, acteur), geste=Geste.LIRE_DOSSIER)
        diplomes = lister_diplomes(session, acteur, mesures)
    return page("appli/diplomes.html", diplomes=diplomes, seuils=seuils_de(mesures), postes=titres_des_postes())


@get("/diplomes/{formation_id:int}", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="diplome")
def montrer_un_diplome(
    formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Un diplôme : ses quatre postes, ses deux taux, son dernier dossier."""
    with base.lecture() as session:
        diplome, seuils = lire_diplome(session, acteur, formation_id)
        grille = resume_pour_rapport(session, acteur, formation_id)
    return page("appli/diplome.html", diplome=diplome, seuils=seuils, grille=grille, manque=dire_le_manque)


@get("/diplomes/{formation_id:int}/historique", opt=acces(Geste.LIRE), sync_to_thread=True, name="historique")
def montrer_l_historique(
    formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Ce qui a été fait sur un diplôme."""
    with base.lecture() as session:
        diplome, evenements = historique(session, acteur, formation_id)
    return page("appli/historique.html", diplome=diplome, evenements=evenements)


ROUTES = (montrer_l_accueil, lister, montrer_un_diplome, montrer_l_historique)
