"""Les tableaux publiés, sans compte : rien ne s'y écrit, ni ne dit qui les a publiés ; retirés, ils n'existent plus."""

import re
from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Template

from appli.cloison import hors_cloison
from appli.presentation import Requete, reglages_de
from charte.acteur import Geste
from charte.commun.base import Base
from charte.commun.telechargement import joindre
from charte.commun.web import Introuvable, acces, page
from indicateurs.publication.contenu import dire, ecrire_la_table, ecrire_les_definitions
from indicateurs.publication.services import Ouverte, annees_ouvertes, lire_l_ouvert

CFA = "/ouvert/{uai:str}"
ANNEE = CFA + "/{annee:int}"
PUBLIC = acces(Geste.PUBLIC)
CSV = "text/csv; charset=utf-8"
_UAI = re.compile(r"[0-9]{7}[A-Z]", re.ASCII)
_ANNEES = range(2000, 2101)


@get(CFA, opt=PUBLIC, sync_to_thread=True, name="ouvert")
def voir_le_dernier(uai: FromPath[str], request: Requete, base: NamedDependency[Base]) -> Template:
    """Le dernier tableau d'un CFA."""
    return _page(request, base, uai, None)


@get(ANNEE, opt=PUBLIC, sync_to_thread=True, name="ouvert_annee")
def voir_une_annee(uai: FromPath[str], annee: FromPath[int], request: Requete, base: NamedDependency[Base]) -> Template:
    """Le tableau d'une année."""
    return _page(request, base, uai, annee)


@get(ANNEE + "/versions/{version:int}", opt=PUBLIC, sync_to_thread=True, name="ouvert_version")
def voir_une_version(
    uai: FromPath[str], annee: FromPath[int], version: FromPath[int], request: Requete, base: NamedDependency[Base]
) -> Template:
    """Une version du tableau d'une année, remplacée ou non."""
    return _page(request, base, uai, annee, version)


@get(ANNEE + "/extrait", opt=PUBLIC, sync_to_thread=True, name="ouvert_extrait")
def montrer_l_extrait(uai: FromPath[str], annee: FromPath[int], base: NamedDependency[Base]) -> Template:
    """Le tableau seul, qu'un autre site peut montrer dans un cadre."""
    groupes, _ = _lire(base, uai, annee)
    return page("appli/ouvert/extrait.html", tableaux=[versions[0] for versions in groupes], dire=dire)


@get(ANNEE + "/taux.csv", opt=PUBLIC, sync_to_thread=True, name="ouvert_csv")
def emporter_les_taux(uai: FromPath[str], annee: FromPath[int], base: NamedDependency[Base]) -> Response[bytes]:
    """Les taux, en csv."""
    groupes, _ = _lire(base, uai, annee)
    texte = ecrire_la_table(tuple(versions[0].contenu for versions in groupes))
    return joindre(texte, f"{uai}-{annee}-taux.csv", CSV)


@get(ANNEE + "/definitions.csv", opt=PUBLIC, sync_to_thread=True, name="ouvert_definitions")
def emporter_les_definitions(uai: FromPath[str], annee: FromPath[int], base: NamedDependency[Base]) -> Response[bytes]:
    """Comment chaque taux se compte, en csv."""
    groupes, _ = _lire(base, uai, annee)
    texte = ecrire_les_definitions(tuple(versions[0].contenu for versions in groupes))
    return joindre(texte, f"{uai}-{annee}-definitions.csv", CSV)


def _lire(base: Base, uai: str, annee: int | None) -> tuple[list[list[Ouverte]], Sequence[int]]:
    """Les tableaux en ligne d'un CFA, et ses années ; lève `Introuvable`, que rien ne distingue d'un retrait."""
    if not _UAI.fullmatch(uai) or (annee is not None and annee not in _ANNEES):
        raise Introuvable(f"Aucun tableau {uai}.")
    groupes, annees = _chercher(base, uai, annee)
    if not groupes:
        raise Introuvable(f"Aucun tableau {uai}.")
    return groupes, annees


@hors_cloison()
def _chercher(base: Base, uai: str, annee: int | None) -> tuple[list[list[Ouverte]], Sequence[int]]:
    with base.lecture() as session:
        return lire_l_ouvert(session, uai, annee), annees_ouvertes(session, uai)


def _page(requete: Requete, base: Base, uai: str, annee: int | None, version: int | None = None) -> Template:
    groupes, annees = _lire(base, uai, annee)
    montrees = [v for versions in groupes for v in versions if version in (None, v.contenu.rang)]
    tableaux = montrees if version is not None else [versions[0] for versions in groupes]
    if not tableaux:
        raise Introuvable(f"Aucune version {version}.")
    contexte: dict[str, Any] = {"uai": uai, "annee": tableaux[0].contenu.annee, "annees": annees, "dire": dire}
    contexte["derniers"] = annee is None
    # Jamais l'en-tête Host : une page gardée en cache mènerait chacun là où un visiteur l'a demandé.
    site = reglages_de(requete).adresse_publique
    return page("appli/ouvert/page.html", tableaux=tableaux, groupes=groupes, version=version, site=site, **contexte)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_le_dernier,
    voir_une_annee,
    voir_une_version,
    montrer_l_extrait,
    emporter_les_taux,
    emporter_les_definitions,
)
