"""Les pages du conseil : la liste, le dossier d'une formation, son édition, son téléchargement, ses graphiques."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import File, Redirect, Template

from charte.acteur import Acteur, Geste
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.telechargement import joindre, joindre_le_fichier
from charte.commun.web import Introuvable, Saisies, acces, lire_formulaire, page, vers
from rapports.formulaires import FormulaireDossier
from rapports.services import assembler_dossier, emettre_rapport, rapport_emis
from rapports.vues import graphique_nomme, lister_conseils, vue_conseil

CONSEIL = "/diplomes/{formation_id:int}/conseil"


@get("/conseils", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="conseils")
def voir_conseils(base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Toutes les formations et leur dernier dossier."""
    with base.lecture() as session:
        conseils = lister_conseils(session, acteur)
    return page("rapports/conseils.html", conseils=conseils)


@get(CONSEIL, opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="conseil")
def voir_conseil(formation_id: FromPath[int], base: NamedDependency[Base], acteur: NamedDependency[Acteur]) -> Template:
    """Ce que le dossier contiendra, ce qui lui manque, les dossiers émis."""
    with base.lecture() as session:
        vue = vue_conseil(session, acteur, formation_id, assembler_dossier(session, acteur, formation_id))
    return page("rapports/conseil.html", vue=vue, erreurs=[], saisies={})


@post(CONSEIL, opt=acces(Geste.EDITER_RAPPORT), sync_to_thread=True)
def editer_dossier(
    formation_id: FromPath[int], data: Saisies, base: NamedDependency[Base], acteur: NamedDependency[Acteur]
) -> Template | Redirect:
    """Fige le dossier et demande son PDF ; 422 si la date ne se lit pas."""
    formulaire, erreurs = lire_formulaire(FormulaireDossier, data)
    with base.lecture() as session:
        dossier = assembler_dossier(session, acteur, formation_id, formulaire.au if formulaire else None)
        if formulaire is None:
            vue = vue_conseil(session, acteur, formation_id, dossier)
            return page("rapports/conseil.html", statut=422, vue=vue, erreurs=erreurs, saisies=data)
    with base.ecriture() as session:
        emettre_rapport(session, acteur, formation_id, dossier)
    return vers(f"/diplomes/{formation_id}/conseil#dossiers")


@get("/conseils/dossiers/{rapport_id:int}", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="dossier_pdf")
def telecharger(
    rapport_id: FromPath[int],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    reglages: NamedDependency[Reglages],
) -> File:
    """Le PDF d'un dossier émis."""
    with base.lecture() as session:
        rapport = rapport_emis(session, acteur, rapport_id)
    fichier = reglages.dossier_rapports / Path(rapport.fichier or "absent").name
    if rapport.fichier is None or not fichier.is_file():
        raise Introuvable
    nom = f"dossier-conseil-{rapport.au:%Y-%m-%d}-{rapport.id}.pdf"
    return joindre_le_fichier(fichier, nom, "application/pdf")


@get(CONSEIL + "/graphiques/{fichier:str}", opt=acces(Geste.LIRE_DOSSIER), sync_to_thread=True, name="graphique")
def telecharger_graphique(
    formation_id: FromPath[int],
    fichier: FromPath[str],
    base: NamedDependency[Base],
    acteur: NamedDependency[Acteur],
    au: FromQuery[date | None] = None,
) -> Response[bytes]:
    """Un graphique du dossier (« positions.svg ») ou sa table (« positions.csv »)."""
    nom, _, genre = fichier.rpartition(".")
    with base.lecture() as session:
        graphique = graphique_nomme(assembler_dossier(session, acteur, formation_id, au), nom)
    if graphique is None or genre not in ("svg", "csv"):
        raise Introuvable
    contenu, media = (graphique.svg, "image/svg+xml") if genre == "svg" else ("\ufeff" + graphique.csv, "text/csv")
    return joindre(contenu, f"{graphique.identifiant}.{genre}", media)


ROUTES: Sequence[HTTPRouteHandler] = (
    voir_conseils,
    voir_conseil,
    editer_dossier,
    telecharger,
    telecharger_graphique,
)
