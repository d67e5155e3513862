"""Ce que coûte chaque page au processeur, et ce qu'elle pèse.

    python -m tests.performance.pages [--json] [--profil PAGE]

Médiane de 30 demandes, dans un seul processus, après échauffement : le temps de processeur du processus entier, fils
compris, sans client ni réseau (l'application est appelée telle que le serveur l'appelle). La grille est au complet :
une réponse, un commentaire et une preuve à chaque élément évalué. `--profil` : les fonctions où le temps passe.
"""

import argparse
import asyncio
import cProfile
import json
import logging
import pstats
import re
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from statistics import median
from typing import Any

from litestar.concurrency import get_asyncio_executor, set_asyncio_executor

from appli.application import Application, creer_application
from appli.cloison import hors_cloison
from charte.acteur import Acteur, Role
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.edition import Edition, Genre
from grilles.echelle import EVALUES, charger_echelle
from grilles.services import CommandePreuve, CommandeReponse, ajouter_preuve, enregistrer_reponse
from tests.performance.installation import Entree, Installation, faire_entrer, installer
from tests.rapports.peuplement import creer_formation, ranger_apprentis

DEMANDES, ECHAUFFEMENT = 30, 5
DIPLOMES = 12
LIGNES_DU_PROFIL = 25
PAGES = {
    "accueil": "/",
    "diplômes": "/diplomes",
    "diplôme": "/diplomes/{formation}",
    "grille": "/diplomes/{formation}/grille",
    **{f"poste {poste}": f"/diplomes/{{formation}}/grille/{poste}" for poste in range(1, 5)},
    "grille entière": "/diplomes/{formation}/grille?vue=entiere",
    "dossier du conseil": "/diplomes/{formation}/conseil",
    "journal": "/journal",
}
PAS_ENCORE: frozenset[str] = frozenset()
"""Les pages annoncées que rien ne sert encore. Une page d'ici qui répond est une faute, une autre qui manque aussi."""
_LIGNE = re.compile(rb"\bdata-ligne\b")


@dataclass(frozen=True)
class Mesure:
    """Une page : millisecondes de processeur, octets de la réponse."""

    page: str
    cpu_ms: float
    octets: int


@dataclass(frozen=True)
class Scene:
    """L'application garnie, qui la lit, et les lignes que compte une grille entière."""

    application: Application
    visiteur: Entree
    formation: int
    lignes: int

    async def demander(self, nom: str) -> tuple[int, bytes]:
        """(statut, corps) de cette page."""
        chemin, _, question = PAGES[nom].format(formation=self.formation).partition("?")
        cookies = "; ".join(f"{cle}={valeur}" for cle, valeur in self.visiteur.cookies.items())
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": chemin, "raw_path": chemin.encode(), "query_string": question.encode(), "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", cookies.encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        recus: list[Any] = []

        async def recevoir() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def envoyer(message: Any) -> None:
            recus.append(message)

        await self.application(scope, recevoir, envoyer)  # type: ignore[arg-type]
        return recus[0]["status"], b"".join(message.get("body", b"") for message in recus[1:])

    def manque(self, nom: str, statut: int, corps: bytes) -> str:
        """Pourquoi cette réponse n'est pas la page attendue ; vide si elle l'est."""
        if statut != 200:
            return f"{nom} répond {statut}"
        lignes = len(_LIGNE.findall(corps))
        if nom == "grille entière" and lignes < self.lignes:
            return f"{nom} ne montre que {lignes} lignes sur {self.lignes}"
        return ""


def garnir(ou: Installation) -> Scene:
    """Douze diplômes avec leurs apprentis ; la grille du premier est au complet, les autres sont commencées."""
    edition = charger_edition(EDITION_COURANTE)
    elements = [e for e in edition.ids() if edition.element(e).genre in EVALUES]
    with hors_cloison():
        for rang in range(DIPLOMES):
            with ou.base.ecriture() as session:
                formation = creer_formation(session, ou.acteur, f"diplome-{rang:02}", f"03527{rang:02}F")
                ranger_apprentis(session, ou.acteur, formation, annee=2023, nombre=40, rompus=6)
        for rang, element in enumerate(elements):
            _remplir(ou, formation, edition, element, rang)
    visiteur = faire_entrer(ou, "lecteur des mesures", Role.ADMINISTRATEUR)
    return Scene(creer_application(ou.reglages, ou.base, ouvriers=False), visiteur, formation, len(elements))


def _remplir(ou: Installation, formation: int, edition: Edition, element: str, rang: int) -> None:
    """Une réponse, un commentaire et une preuve, dans les états de l'échelle à tour de rôle."""
    genre: Genre = edition.element(element).genre
    etats = [etat for etat in charger_echelle().etats(genre) if not etat.motif_exige]
    with ou.base.ecriture() as session:
        acteur: Acteur = ou.acteur
        etat = etats[rang % len(etats)].cle
        commentaire = "Vu en réunion avec le CFA ; à reprendre au prochain conseil."
        enregistrer_reponse(session, acteur, CommandeReponse(formation, element, etat, commentaire=commentaire))
        adresse = f"https://intranet.exemple.invalid/{element}.pdf"
        ajouter_preuve(session, acteur, CommandePreuve(formation, element, f"Livret de {element}", adresse))


def mesurer(scene: Scene, demandes: int = DEMANDES, echauffement: int = ECHAUFFEMENT) -> tuple[list[Mesure], list[str]]:
    """La mesure de chaque page servie, et ce qui n'est pas comme attendu."""

    async def tout() -> tuple[list[Mesure], list[str]]:
        mesures, fautes = [], []
        for nom in PAGES:
            manque = scene.manque(nom, *await scene.demander(nom))
            if bool(manque) != (nom in PAS_ENCORE):
                fautes.append(manque or f"{nom} est servie : retirez-la de PAS_ENCORE")
            if not manque:
                mesures.append(await _mesurer_une_page(scene, nom, demandes, echauffement))
        return mesures, fautes

    return asyncio.run(tout())


async def _mesurer_une_page(scene: Scene, nom: str, demandes: int, echauffement: int) -> Mesure:
    couts, corps = [], b""
    for rang in range(-echauffement, demandes):
        debut = time.process_time()
        _, corps = await scene.demander(nom)
        if rang >= 0:
            couts.append(time.process_time() - debut)
    return Mesure(nom, round(median(couts) * 1000, 2), len(corps))


class SurPlace(Executor):
    """Exécute tout dans le fil qui demande : le profileur n'en voit qu'un."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Le résultat, ou l'exception, déjà là."""
        futur: Future[Any] = Future()
        try:
            futur.set_result(fn(*args, **kwargs))
        except Exception as erreur:
            futur.set_exception(erreur)
        return futur


def profiler(scene: Scene, nom: str) -> None:
    """Imprime où passe le temps d'une page, sur `DEMANDES` demandes."""
    fils, profil = get_asyncio_executor(), cProfile.Profile()
    set_asyncio_executor(SurPlace())  # type: ignore[arg-type]

    async def demander() -> None:
        for _ in range(ECHAUFFEMENT):
            await scene.demander(nom)
        profil.enable()
        for _ in range(DEMANDES):
            await scene.demander(nom)
        profil.disable()

    try:
        asyncio.run(demander())
    finally:
        set_asyncio_executor(fils)
    pstats.Stats(profil).strip_dirs().sort_stats("tottime").print_stats(LIGNES_DU_PROFIL)


def _table(mesures: Sequence[Mesure]) -> str:
    rangs = [f"{m.page:<20}{m.cpu_ms:>10.1f}{m.octets / 1000:>10.0f}" for m in mesures]
    return "\n".join([f"{'page':<20}{'CPU, ms':>10}{'ko':>10}", *rangs])


def principale(arguments: Sequence[str] | None = None) -> int:
    """La commande ; rend 1 si une page n'est pas comme attendu."""
    analyse = argparse.ArgumentParser(prog="python -m tests.performance.pages", description="Le coût de chaque page.")
    analyse.add_argument("--json", action="store_true", help="une liste JSON, sur une ligne")
    analyse.add_argument("--profil", choices=list(PAGES), metavar="PAGE", help=", ".join(PAGES))
    options = analyse.parse_args(arguments)
    logging.getLogger("trajectoire").setLevel(logging.CRITICAL)
    with installer("sqlite") as ou:
        scene = garnir(ou)
        if options.profil:
            profiler(scene, options.profil)
            return 0
        mesures, fautes = mesurer(scene)
    print(json.dumps([vars(m) for m in mesures], ensure_ascii=False) if options.json else _table(mesures))
    for faute in fautes:
        print(faute, file=sys.stderr)
    return 1 if fautes else 0


if __name__ == "__main__":
    sys.exit(principale())
