"""Les pages des grilles : vue d'ensemble, un poste, ranger une réponse, citer une preuve."""

from collections.abc import Sequence
from dataclasses import replace

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import Introuvable, Saisies, acces, lire_formulaire, page, vers
from grilles.arrete import routes as arrete
from grilles.campagnes import routes as campagnes
from grilles.classeur import routes as classeur
from grilles.comparaisons import routes as comparaisons
from grilles.controles import routes as controles
from grilles.demande import Demande, Requete, lire_vue
from grilles.ecarts import routes as ecarts
from grilles.formulaires import FormulairePresence, FormulairePreuve, FormulaireReponse
from grilles.jalons import routes as jalons
from grilles.plan import routes as plan
from grilles.presentation import ancre, avec_poste, heure, preuve_brute
from grilles.preuves import routes as preuves
from grilles.preuves import routes_audit as audit
from grilles.services import ouvrir_grille
from grilles.services.presence import signaler

GRILLE = "/diplomes/{formation_id:int}/grille"


@get(GRILLE, opt=acces(Geste.LIRE), sync_to_thread=True, name="grille")
def voir_grille(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    partie: FromQuery[str] = "",
    vue: FromQuery[str] = "",
) -> Template:
    """La vue d'ensemble : les quatre postes, leur niveau, ce qui manque ; `vue=entiere` : tout, ligne à ligne."""
    gabarit = "grilles/entiere.html" if vue == "entiere" else "grilles/grille.html"
    return page(gabarit, vue=lire_vue(base, acteur, formation_id, annee, partie), ancre=ancre)


@post(GRILLE, opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def commencer_grille(
    formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Redirect:
    """Ouvre la grille de l'année en cours, puis mène au premier poste."""
    with base.ecriture() as session:
        ouvrir_grille(session, acteur, formation_id)
    return vers(f"/diplomes/{formation_id}/grille/1")


@get(GRILLE + "/{poste:int}", opt=acces(Geste.LIRE), sync_to_thread=True, name="grille_poste")
def voir_poste(
    *,
    formation_id: FromPath[int],
    poste: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    filtre: FromQuery[str] = "",
    partie: FromQuery[str] = "",
) -> Template:
    """Un poste : chaque engagement, exigence et action, avec sa réponse."""
    vue = avec_poste(lire_vue(base, acteur, formation_id, annee, partie), poste, filtre)
    return page("grilles/poste.html", vue=vue, ancre=ancre, heure=heure)


@post(GRILLE + "/presence", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def se_signaler(
    *, formation_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template:
    """Note qui a la grille sous les yeux, et rend les autres."""
    formulaire, erreurs = lire_formulaire(FormulairePresence, data)
    if formulaire is None:
        raise Introuvable(erreurs[0].message)
    with base.ecriture() as session:
        autres = signaler(session, acteur, formation_id, formulaire.poste, formulaire.annee)
    reponse = page("grilles/fragment_presence.html", presents=autres)
    reponse.headers["Trajectoire-Fragment"] = "presence"
    return reponse


@post(GRILLE + "/reponses/{element:str}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def repondre(
    *,
    request: Requete,
    formation_id: FromPath[int],
    element: FromPath[str],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Range une réponse : le fragment rafraîchi, ou la page suivante sans JavaScript ; 409 et 422 gardent la saisie."""
    demande = Demande(request, base, acteur, formation_id, element)
    formulaire, erreurs = lire_formulaire(FormulaireReponse, data)
    if formulaire is None:
        return demande.rendre_reponse(demande.en_saisie(data, erreurs), 422)
    return demande.ranger(formulaire)


@post(GRILLE + "/preuves/{element:str}", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def citer_preuve(
    *,
    request: Requete,
    formation_id: FromPath[int],
    element: FromPath[str],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Ajoute un lien à l'appui d'un élément ; 422 garde la saisie."""
    demande = Demande(request, base, acteur, formation_id, element)
    formulaire, erreurs = lire_formulaire(FormulairePreuve, data)
    if formulaire is None:
        vue = replace(demande.vue(data), preuve=preuve_brute(data, erreurs))
        return demande.rendre_preuves(vue, 422)
    return demande.citer(formulaire)


@post(GRILLE + "/preuves/{element:str}/{preuve_id:int}/retrait", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def oter_preuve(
    *,
    request: Requete,
    formation_id: FromPath[int],
    element: FromPath[str],
    preuve_id: FromPath[int],
    data: Saisies,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
) -> Template | Redirect:
    """Retire un lien ; la réponse offre de le remettre."""
    return Demande(request, base, acteur, formation_id, element).retirer(preuve_id, data)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_grille,
    commencer_grille,
    voir_poste,
    se_signaler,
    repondre,
    citer_preuve,
    oter_preuve,
    *campagnes.ROUTES,
    *classeur.ROUTES,
    *ecarts.ROUTES,
    *arrete.ROUTES,
    *comparaisons.ROUTES,
    *controles.ROUTES,
    *jalons.ROUTES,
    *preuves.ROUTES,
    *audit.ROUTES,
    *plan.ROUTES,
)
