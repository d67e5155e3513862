"""La page des écarts de perception, et la reprise des accords."""

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from charte.acteur import Acteur, Geste, Partie, parties_tenues
from charte.commun.base import Base
from charte.commun.web import ErreurDeChamp, Saisies, acces, lire_formulaire, page, vers
from charte.services.portee import situer
from grilles.ecarts.formulaires import FormulaireAccords, lire_le_tri
from grilles.ecarts.services import lire_les_ecarts, reprendre_les_accords
from grilles.ecarts.vues import SORTES, Tri
from grilles.presentation import ancre
from grilles.services import Conflit, GrilleFigee, SaisieRefusee

ECARTS = "/diplomes/{formation_id:int}/ecarts"
CONFLIT = (
    "Quelqu’un vient d’écrire dans la position concertée : rien n’a été repris. Relisez la page, puis recommencez."
)


@get(ECARTS, opt=acces(Geste.LIRE), sync_to_thread=True, name="ecarts")
def voir_les_ecarts(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[int | None] = None,
    poste: FromQuery[str] = "",
    sorte: FromQuery[str] = "",
    sans_concertee: FromQuery[str] = "",
    repris: FromQuery[int | None] = None,
) -> Template:
    """Où les perceptions diffèrent, le plus grand écart d'abord."""
    tri = lire_le_tri(poste, sorte, sans_concertee)
    return _page(base, acteur, formation_id, annee, tri=tri, repris=repris)


@post(ECARTS + "/accords", opt=acces(Geste.REMPLIR_GRILLE), sync_to_thread=True)
def reprendre(
    formation_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Reprend les accords en position concertée, en une transaction."""
    with base.lecture() as session:
        situer(session, acteur, formation_id, Geste.REMPLIR_GRILLE)
    formulaire, erreurs = lire_formulaire(FormulaireAccords, data)
    if formulaire is None:
        return _page(base, acteur, formation_id, None, statut=422, erreurs=erreurs)
    try:
        with base.ecriture() as session:
            repris = reprendre_les_accords(session, acteur, formation_id, **formulaire.model_dump())
    except (Conflit, GrilleFigee, SaisieRefusee) as refus:
        dit = CONFLIT if isinstance(refus, Conflit) else str(refus)
        faute = ErreurDeChamp("", dit)
        return _page(base, acteur, formation_id, formulaire.annee, statut=409, erreurs=[faute])
    suite = f"annee={formulaire.annee}&" if formulaire.annee else ""
    return vers(f"/diplomes/{formation_id}/ecarts?{suite}repris={repris}")


def _page(
    base: Base,
    acteur: Acteur,
    formation_id: int,
    annee: int | None,
    *,
    tri: Tri = Tri(),  # noqa: B008 (une valeur gelée)
    repris: int | None = None,
    statut: int = 200,
    erreurs: list[ErreurDeChamp] | None = None,
) -> Template:
    with base.lecture() as session:
        lus = lire_les_ecarts(session, acteur, formation_id, annee)
        tenues = parties_tenues(acteur, situer(session, acteur, formation_id))
    contexte: dict[str, Any] = {"lus": lus, "tri": tri, "repris": repris, "sortes": SORTES, "ancre": ancre}
    concerte = Partie.CONCERTEE in tenues and not lus.grille.arretee
    return page("grilles/ecarts.html", statut=statut, concerte=concerte, erreurs=erreurs or [], **contexte)


ROUTES = (voir_les_ecarts, reprendre)
