"""Un indicateur : son évolution, ce qui le ventile, ce à quoi il se compare, « pourquoi ce chiffre ? », ses figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.csv_francais import ecrire_csv
from charte.commun.telechargement import joindre
from charte.commun.web import Introuvable, acces, page
from indicateurs.graphiste import Graphiste, Trace
from indicateurs.pages.demande import Demande, Lue, lire, lire_l_adresse
from indicateurs.pages.figures import PREFIXE_DE_VENTILATION, Figures, figures_de, pied_de_figure
from indicateurs.pages.objectifs import objectifs_de
from indicateurs.reperes.comparabilite import Comparable, Refus
from indicateurs.reperes.services import reperes_pour
from indicateurs.vues.cartes import compose_de
from indicateurs.vues.reperes import RepereMontre, montrer_les_reperes, repere_a_tracer
from indicateurs.vues.series import lignes_de_serie, lignes_par_perimetre
from indicateurs.vues.valeurs import entetes, nom_de_l_annee

__all__ = ["ROUTES"]

GENRES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}
Reperes = tuple[tuple[Comparable, ...], tuple[Refus, ...]]


@get("/indicateurs/{cle:str}", opt=acces(Geste.LIRE), sync_to_thread=True, name="indicateur")
def voir_un_indicateur(
    cle: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    graphiste: NamedDependency[Graphiste],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
    brut: FromQuery[str] = "",
    par: FromQuery[str] = "",
) -> Template:
    """Un indicateur : évolution, ventilation choisie, repères, périmètres, définition."""
    with base.lecture() as session:
        lue, figures, reperes = _lire(session, acteur, cle, lire_l_adresse(perimetre, au, brut, par=par))
        vise = objectifs_de(session, acteur, lue).get(cle)
    dessins = {nom: graphiste.dessiner(trace) for nom, trace in _montrees(figures, par).items()}
    return page(
        "indicateurs/indicateur.html", dessins=dessins, vise=vise, **_contexte(lue, cle, figures, montrer(reperes))
    )


@get("/indicateurs/{cle:str}/figures/{figure:str}", opt=acces(Geste.LIRE), sync_to_thread=True, name="figure")
def emporter_une_figure(
    cle: FromPath[str],
    figure: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    graphiste: NamedDependency[Graphiste],
    perimetre: FromQuery[str] = "",
    au: FromQuery[str] = "",
) -> Response[bytes]:
    """Une figure en fichier (« evolution.svg », « par-sexe.png ») ou sa table (« survie.csv »), jamais sans masque."""
    nom, _, genre = figure.rpartition(".")
    with base.lecture() as session:
        lue, figures, _ = _lire(session, acteur, cle, lire_l_adresse(perimetre, au))
    trace = figures.traces.get(nom)
    if trace is None or genre not in GENRES:
        raise Introuvable
    fichier = f"{cle}-{nom}-{lue.perimetre.adresse}-{lue.tableau.au:%Y-%m-%d}.{genre}"
    return joindre(_contenu(graphiste, trace, pied_de_figure(lue, cle), genre), fichier, GENRES[genre])


def _contenu(graphiste: Graphiste, trace: Trace, pied: str, genre: str) -> bytes | str:
    if genre == "csv":
        table = ecrire_csv(trace.entetes, trace.lignes)
        return "\ufeff" + table + "\r\n" + ecrire_csv(("À savoir",), [(ligne,) for ligne in pied.splitlines()])
    return graphiste.emporter(trace, pied, "svg" if genre == "svg" else "png")


def _lire(session: Session, acteur: Acteur, cle: str, demande: Demande) -> tuple[Lue, Figures, Reperes]:
    lue = lire(session, acteur, demande)
    if cle not in lue.tableau.definitions:
        raise Introuvable
    reperes = reperes_pour(session, acteur, lue.tableau.definitions[cle], lue.perimetre)
    vise = objectifs_de(session, acteur, lue).get(cle)
    return lue, figures_de(lue, cle, vise, repere_a_tracer(reperes[0])), reperes


def montrer(reperes: Reperes) -> tuple[RepereMontre, ...]:
    """Les repères en mots : ceux qui se comparent, puis les refusés."""
    return montrer_les_reperes(*reperes)


def _montrees(figures: Figures, par: str) -> dict[str, Trace]:
    """Les figures de la page : toutes, mais une seule ventilation à la fois."""
    choisie = figures.ventilation(par)
    voulue = f"{PREFIXE_DE_VENTILATION}{choisie.cle}" if choisie else ""
    return {
        nom: trace
        for nom, trace in figures.traces.items()
        if nom == voulue or not nom.startswith(PREFIXE_DE_VENTILATION)
    }


def _contexte(lue: Lue, cle: str, figures: Figures, reperes: Sequence[RepereMontre]) -> Mapping[str, Any]:
    definition = lue.tableau.definitions[cle]
    return {
        "lue": lue,
        "tableau": lue.tableau,
        "perimetre": lue.perimetre,
        "demande": lue.demande,
        "suite": lue.liens.suite(),
        "definition": definition,
        "entetes": entetes(definition, nom_de_l_annee(definition)),
        "serie": lignes_de_serie(lue.tableau, cle, lue.perimetre),
        "composants": lignes_par_perimetre(lue.tableau, cle, compose_de(lue.tableau, lue.perimetre)),
        "ventilations": figures.ventilations,
        "ventilation": figures.ventilation(lue.demande.par),
        "comparables": [r for r in reperes if r.comparable],
        "refuses": [r for r in reperes if not r.comparable],
    }


ROUTES: Sequence[HTTPRouteHandler] = (voir_un_indicateur, emporter_une_figure)
