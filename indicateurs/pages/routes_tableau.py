"""Le tableau de bord d'un périmètre, et ses cinq ans sur une page."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.web import acces, page
from indicateurs.pages.demande import Demande, Lue, lire, lire_l_adresse
from indicateurs.pages.objectifs import objectifs_de
from indicateurs.vues.cartes import dresser
from indicateurs.vues.cinq_ans import lire_cinq_ans

__all__ = ["ROUTES"]


@get("/indicateurs", opt=acces(Geste.LIRE), sync_to_thread=True, name="indicateurs")
def voir_les_indicateurs(
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    brut: FromQuery[str] = "",
    vue: FromQuery[str] = "",
) -> Template:
    """Les cartes d'un périmètre : l'établissement, une composante, un CFA, un lieu ou un diplôme ; ou ses cinq ans."""
    return _rendre("indicateurs/indicateurs.html", base, acteur, lire_l_adresse(perimetre, au, brut, vue))


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
    vue: FromQuery[str] = "",
) -> Template:
    """Les mêmes, dans les onglets du diplôme."""
    demande = lire_l_adresse(f"diplome-{formation_id}", au, brut, vue)
    return _rendre("indicateurs/diplome.html", base, acteur, demande)


def _rendre(gabarit: str, base: Base, acteur: Acteur, demande: Demande) -> Template:
    with base.lecture() as session:
        lue = lire(session, acteur, demande)
        vises = objectifs_de(session, acteur, lue)
    return page(gabarit, **_contexte(lue, vises))


def _contexte(lue: Lue, vises: dict[str, Any]) -> dict[str, Any]:
    cinq_ans = lue.demande.vue == "cinq-ans"
    return {
        "lue": lue,
        "tableau": lue.tableau,
        "perimetre": lue.perimetre,
        "demande": lue.demande,
        "suite": lue.liens.suite(),
        "bord": None if cinq_ans else dresser(lue.tableau, lue.perimetre, vises),
        "cinq_ans": lire_cinq_ans(lue.tableau, lue.perimetre, vises) if cinq_ans else None,
    }


ROUTES: Sequence[HTTPRouteHandler] = (voir_les_indicateurs, voir_les_indicateurs_du_diplome)
