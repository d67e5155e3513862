"""Étape 3, famille par famille : tous les indicateurs d'une famille sur une page, un seul enregistrement."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from charte.acteur import Geste
from charte.commun.web import Introuvable, Saisies, acces, vers
from indicateurs.revue.familles import lignes_de_famille, lire_les_saisies
from indicateurs.revue.formulaires import PRENDRE
from indicateurs.revue.pages import ATELIER, AUCUN, Atelier, Refus, montrer, rappel
from indicateurs.revue.regles import AVIS_LUS, FamilleARevoir, famille_a_voir, familles
from indicateurs.revue.services.assemblage import Dossier
from indicateurs.revue.services.ecriture import ConflitDeFamille, noter_une_famille

UNE = "/revues/{revue_id:int}/familles/{famille:str}"
MENER = acces(Geste.MENER_REVUE)


@get(UNE, opt=MENER, dependencies=ATELIER, sync_to_thread=True, name="revue_famille")
def voir_une_famille(
    revue_id: FromPath[int], famille: FromPath[str], atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Les indicateurs d'une famille, leurs chiffres, ce qu'on en dit."""
    return _page(atelier.dresser(revue_id, Geste.MENER_REVUE), famille)


@post(UNE, opt=MENER, dependencies=ATELIER, sync_to_thread=True)
def noter_la_famille(
    revue_id: FromPath[int], famille: FromPath[str], data: Saisies, atelier: NamedDependency[Atelier]
) -> Template | Redirect:
    """Garde toutes les notes changées, puis mène à la famille suivante ; 422 et 409 gardent la saisie."""
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    changees, fautes = lire_les_saisies(_exiger(dossier, famille), data)
    refus = Refus(tuple(fautes), statut=422) if fautes else AUCUN
    if not fautes:
        refus = atelier.ecrire(lambda session: noter_une_famille(session, atelier.acteur, revue_id, changees))
    dossier = atelier.dresser(revue_id, Geste.MENER_REVUE)
    if refus is not AUCUN:
        return _page(dossier, famille, data, refus)
    suite = famille_a_voir(dossier.contenu, famille)
    return vers(f"/revues/{revue_id}" + (f"/familles/{suite}" if suite else "/decisions"))


def _exiger(dossier: Dossier, cle: str) -> FamilleARevoir:
    for famille in familles(dossier.contenu):
        if famille.cle == cle:
            return famille
    raise Introuvable(f"Aucune famille « {cle} » à revoir.")


def _page(
    dossier: Dossier, cle: str, data: Mapping[str, Any] | None = None, refus: Refus = AUCUN
) -> Template | Redirect:
    if dossier.revue.arretee:
        return montrer("", "indicateurs", dossier, refus)
    famille = _exiger(dossier, cle)
    croisees = refus.conflit.notes if isinstance(refus.conflit, ConflitDeFamille) else {}
    rappels = {vu.cle: dit for vu in famille.indicateurs if (dit := rappel(dossier, vu.cle)) is not None}
    return montrer(
        "indicateurs/revue/famille.html", "indicateurs", dossier, refus, famille=famille,
        familles=familles(dossier.contenu), lignes=lignes_de_famille(famille, rappels, data, croisees),
        choix=tuple(AVIS_LUS.items()), prendre=tuple(PRENDRE.items()), croisees=tuple(croisees),
    )  # fmt: skip


ROUTES: Sequence[HTTPRouteHandler] = (voir_une_famille, noter_la_famille)
