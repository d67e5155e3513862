"""Les pages de comparaison : un diplôme d'une année à l'autre, les diplômes d'une campagne."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.telechargement import joindre
from charte.commun.web import ErreurDeChamp, Introuvable, acces, page
from grilles.comparaisons.exports import csv_des_annees, csv_des_diplomes, en_mots
from grilles.comparaisons.regles import CHANGEMENTS, SORTS, TONS, Changement
from grilles.comparaisons.services import EntreAnnees, EntreDiplomes, Filtre, comparer_les_annees, comparer_les_diplomes
from grilles.echelle import charger_echelle

CSV = "text/csv; charset=utf-8"
COMPARAISON = "/diplomes/{formation_id:int}/comparaison"
_MOTS: dict[str, Any] = {
    "changements": CHANGEMENTS, "sorts": SORTS, "tons": TONS, "Changement": Changement, "en_mots": en_mots,
}  # fmt: skip


@get(COMPARAISON, opt=acces(Geste.LIRE), sync_to_thread=True, name="comparaison_du_diplome")
def voir_deux_annees(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    avant: FromQuery[str] = "",
    apres: FromQuery[str] = "",
    tout: FromQuery[str] = "",
) -> Template:
    """Deux grilles d'un diplôme, élément par élément ; ce qui change, ou tout."""
    vue = _deux_annees(base, acteur, formation_id, avant, apres)
    erreurs = [ErreurDeChamp("avant", vue.erreur)] if vue.erreur else []
    statut = 422 if erreurs else 200
    return page(
        "grilles/comparaisons/annees.html", statut=statut, vue=vue, tout=tout == "oui", erreurs=erreurs, **_MOTS
    )


@get(COMPARAISON + ".csv", opt=acces(Geste.LIRE), sync_to_thread=True, name="comparaison_du_diplome_csv")
def emporter_deux_annees(
    *,
    formation_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    avant: FromQuery[str] = "",
    apres: FromQuery[str] = "",
) -> Response[bytes]:
    """La même comparaison, tous les éléments, en CSV."""
    vue = _deux_annees(base, acteur, formation_id, avant, apres)
    if vue.comparaison is None:
        raise Introuvable(vue.erreur or "Il n'y a pas deux grilles à comparer.")
    return joindre("\ufeff" + csv_des_annees(vue.comparaison), f"comparaison-{vue.avant}-{vue.apres}.csv", CSV)


@get("/comparaisons", opt=acces(Geste.LIRE), sync_to_thread=True, name="comparaisons")
def voir_les_diplomes(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[str] = "",
    cfa: FromQuery[str] = "",
    composante: FromQuery[str] = "",
    poste: FromQuery[str] = "",
) -> Template:
    """Les diplômes d'une campagne côte à côte, par libellé."""
    filtre = _filtre(cfa, composante, poste)
    vue = _les_diplomes(base, acteur, annee, filtre)
    nommer = {etat.cle: etat for etat in (*charger_echelle().engagements, *charger_echelle().actions)}
    return page("grilles/comparaisons/diplomes.html", vue=vue, filtre=filtre, etats=nommer, **_MOTS)


@get("/comparaisons.csv", opt=acces(Geste.LIRE), sync_to_thread=True, name="comparaisons_csv")
def emporter_les_diplomes(
    *,
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    annee: FromQuery[str] = "",
    cfa: FromQuery[str] = "",
    composante: FromQuery[str] = "",
    poste: FromQuery[str] = "",
) -> Response[bytes]:
    """Le même tableau, en CSV."""
    vue = _les_diplomes(base, acteur, annee, _filtre(cfa, composante, poste))
    return joindre("\ufeff" + csv_des_diplomes(vue), f"niveaux-{vue.annee_scolaire}.csv", CSV)


def _deux_annees(base: Base, acteur: Acteur, formation_id: int, avant: str, apres: str) -> EntreAnnees:
    with base.lecture() as session:
        return comparer_les_annees(session, acteur, formation_id, _nombre(avant), _nombre(apres))


def _les_diplomes(base: Base, acteur: Acteur, annee: str, filtre: Filtre) -> EntreDiplomes:
    with base.lecture() as session:
        return comparer_les_diplomes(session, acteur, _nombre(annee), filtre)


def _filtre(cfa: str, composante: str, poste: str) -> Filtre:
    return Filtre(_nombre(cfa), _nombre(composante), _nombre(poste) if poste in ("1", "2", "3", "4") else None)


def _nombre(brut: str) -> int | None:
    """Un nombre d'une adresse ; ce qui n'en est pas un ne choisit rien."""
    return int(brut) if brut.isascii() and brut.isdecimal() and len(brut) <= 9 else None


ROUTES = (voir_deux_annees, emporter_deux_annees, voir_les_diplomes, emporter_les_diplomes)
