"""Les pages d'indicateurs : les cartes d'un périmètre, puis un indicateur avec « pourquoi ce chiffre ? »."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from charte.acteur import Acteur, Geste, peut
from charte.commun.base import Base
from charte.commun.web import Introuvable, acces, page
from indicateurs.graphiste import Graphiste
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import Perimetre, TableauDeMesures, mesurer
from indicateurs.vues import cartes, effectifs, lignes_de_serie, lignes_par_diplome


@get("/indicateurs", opt=acces(Geste.LIRE), sync_to_thread=True, name="indicateurs")
def voir_les_indicateurs(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    brut: FromQuery[str] = "",
) -> Template:
    """Les cartes d'un périmètre : l'établissement, un CFA, un lieu ou un diplôme."""
    tableau = _tableau(base, acteur, au, brut)
    choisi = _perimetre(tableau, perimetre)
    return page("indicateurs/indicateurs.html", **_contexte(tableau, choisi, acteur))


@get(
    "/diplomes/{formation_id:int}/indicateurs",
    opt=acces(Geste.LIRE),
    sync_to_thread=True,
    name="indicateurs_du_diplome",
)
def voir_les_indicateurs_du_diplome(
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    au: FromQuery[str] = "",
    brut: FromQuery[str] = "",
) -> Template:
    """Les mêmes cartes, dans les onglets du diplôme."""
    tableau = _tableau(base, acteur, au, brut)
    choisi = _perimetre(tableau, f"diplome-{formation_id}")
    return page("indicateurs/diplome.html", **_contexte(tableau, choisi, acteur))


@get("/indicateurs/{cle:str}", opt=acces(Geste.LIRE), sync_to_thread=True, name="indicateur")
def voir_un_indicateur(
    cle: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    graphiste: NamedDependency[Graphiste],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    brut: FromQuery[str] = "",
) -> Template:
    """Un indicateur : évolution, table, diplômes, et « pourquoi ce chiffre ? »."""
    tableau = _tableau(base, acteur, au, brut)
    choisi = _perimetre(tableau, perimetre)
    if cle not in tableau.definitions:
        raise Introuvable
    return page(
        "indicateurs/indicateur.html", **_contexte(tableau, choisi, acteur), **_detail(cle, tableau, choisi, graphiste)
    )


def _tableau(base: Base, acteur: Acteur, au: str, brut: str) -> TableauDeMesures:
    voir_tout = brut == "1" and peut(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    with base.lecture() as session:
        jour = _jour(au) if au else jour_d_observation(session, acteur)
        return mesurer(session, acteur, jour, brut=voir_tout)


RIEN = Perimetre("formation", (), "Aucun diplôme de votre périmètre", "")
"""Ce que lit un compte dont le périmètre n'a encore aucune formation."""


def _jour(au: str) -> date:
    """Le jour demandé ; une date illisible dans l'adresse n'existe pas plus qu'une page."""
    try:
        return date.fromisoformat(au)
    except ValueError as erreur:
        raise Introuvable from erreur


def _perimetre(tableau: TableauDeMesures, adresse: str) -> Perimetre:
    choisi = tableau.perimetre(adresse) if adresse else next(iter(tableau.perimetres), RIEN)
    if choisi is None:
        raise Introuvable
    return choisi


def _contexte(tableau: TableauDeMesures, choisi: Perimetre, acteur: Acteur) -> dict[str, Any]:
    suite = {"perimetre": choisi.adresse, "au": tableau.au.isoformat()} | ({} if tableau.diffusion else {"brut": "1"})
    return {
        "tableau": tableau,
        "perimetre": choisi,
        "cartes": cartes(tableau, choisi),
        "effectifs": effectifs(tableau, choisi),
        "suite": urlencode(suite),
        "peut_voir_brut": peut(acteur, Geste.LIRE_EFFECTIFS_BRUTS),
    }


def _detail(cle: str, tableau: TableauDeMesures, choisi: Perimetre, graphiste: Graphiste) -> dict[str, Any]:
    definition, serie = tableau.definitions[cle], tableau.serie(cle, choisi)
    se_dessine = definition.unite == "part" and bool(serie)
    return {
        "definition": definition,
        "serie": lignes_de_serie(tableau, cle, choisi),
        "dessin": graphiste.evolution(definition, serie, tableau.seuil(cle)) if se_dessine else None,
        "diplomes": lignes_par_diplome(tableau, cle) if choisi is tableau.perimetres[0] else [],
    }


ROUTES: Sequence[HTTPRouteHandler] = (voir_les_indicateurs, voir_les_indicateurs_du_diplome, voir_un_indicateur)
