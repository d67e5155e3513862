"""Cinquante personnes à la fois sur de vrais serveurs : rien de perdu, aucun blocage, temps imprimés.

Lancer : pytest -m performance tests/performance/test_charge.py -s -n0

SQLite et PostgreSQL, un et deux processus (`trajectoire serveur`, le second `--sans-ouvriers`, comme derrière un
mandataire), au rythme de personnes qui lisent (« au travail »), puis sans une seconde de répit (« sans répit »).
Les temps dépendent de la machine et s'impriment seulement ; ce qui est exigé ne dépend pas d'elle.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from appli.base import BaseSQL
from appli.demonstration.installer import preparer
from appli.migrations import migrer
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.registre import verifier_le_journal
from charte.commun.reglages import Reglages, charger_reglages
from charte.modeles import Etablissement, Formation
from grilles.modeles import Preuve, Reponse
from indicateurs.modeles import Depot
from tests.grilles.conftest import creer_collegue
from tests.performance.foule import Bilan, Foule, Lieu
from tests.performance.serveurs import servir, temps_de_processeur

pytestmark = [pytest.mark.performance, pytest.mark.timeout(900)]
PERSONNES = 50
DUREE_S = 20.0
RYTHMES = {"au travail": 4.0, "sans répit": 0.0}
"""Rythme → secondes de lecture entre deux gestes, en moyenne."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Reglages, BaseSQL]]:
    """L'université de démonstration, installée sur chaque sorte de base."""
    environnement = {"TRAJECTOIRE_DOSSIER": str(tmp_path)}
    if request.param == "postgresql":
        moteur = request.getfixturevalue("base_postgresql").moteur
        url = moteur.url.render_as_string(hide_password=False).replace("postgresql+psycopg://", "postgresql://")
        environnement["TRAJECTOIRE_BASE"] = url
    reglages = charger_reglages(environnement)
    base = BaseSQL(reglages.url_base)
    migrer(base)
    preparer(reglages, base)
    yield reglages, base
    base.fermer()


def peupler(base: BaseSQL) -> tuple[Lieu, Acteur]:
    """Cinquante comptes de la référente, et ce qu'ils peuvent ouvrir."""
    with base.lecture() as session:
        etablissement_id = lignes(session, select(col(Etablissement.id)))[0][0]
        formations = [i for (i,) in lignes(session, select(col(Formation.id)).order_by(col(Formation.id)))]
    acteur = Acteur(etablissement_id, "Essai de charge", Role.REFERENT_QUALITE)
    for rang in range(PERSONNES):
        creer_collegue(base, acteur, Role.REFERENT_QUALITE, f"personne {rang}")
    courriels = [f"personne.{rang}@quatre-vents.invalid" for rang in range(PERSONNES)]
    return Lieu(tuple(formations), tuple(courriels)), acteur


def compter(base: BaseSQL) -> dict[str, int]:
    """Ce que la base range : écritures de réponses (somme des versions), preuves, dépôts, entrées du journal."""
    with base.lecture() as session:
        requetes = {
            "reponse": select(func.coalesce(func.sum(col(Reponse.version)), 0)),
            "preuve": select(func.count(col(Preuve.id))),
            "depot": select(func.count(col(Depot.id))),
            "journal": select(func.count(col(EntreeJournal.id))),
        }
        return {nom: int(lignes(session, requete)[0][0]) for nom, requete in requetes.items()}


def processus_de_la_base(base: BaseSQL) -> list[psutil.Process]:
    """Les processus de PostgreSQL ; aucun pour SQLite, qui travaille dans le serveur."""
    if base.moteur.dialect.name != "postgresql":
        return []
    url = base.moteur.url.render_as_string(hide_password=False).replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connexion:
        trouve = connexion.execute("SHOW data_directory").fetchone()
    assert trouve is not None
    maitre = psutil.Process(int((Path(trouve[0]) / "postmaster.pid").read_text("ascii").split()[0]))
    return [maitre, *maitre.children()]


def exiger_que_tout_y_soit(base: BaseSQL, acteur: Acteur, bilan: Bilan, avant: dict[str, int]) -> None:
    """Chaque écriture dont le serveur a accusé réception est rangée, une fois, et la chaîne du journal tient."""
    apres = compter(base)
    acquis = {nom: apres[nom] - avant[nom] for nom in avant}
    assert acquis["reponse"] == bilan.acquises["reponse"]
    assert acquis["preuve"] == bilan.acquises["preuve"]
    assert acquis["depot"] == bilan.acquises["depot"]
    assert acquis["journal"] >= sum(bilan.acquises.values())
    with base.lecture() as session:
        rangees = {texte for (texte,) in lignes(session, select(col(Reponse.commentaire)))}
        etat = verifier_le_journal(session, acteur.etablissement_id)
    assert etat.intacte, etat
    assert bilan.derniers_textes <= rangees, "un texte dont l'enregistrement a été confirmé manque"


@pytest.mark.parametrize("rythme", list(RYTHMES))
@pytest.mark.parametrize("processus", [1, 2])
def test_cinquante_personnes(
    installation: tuple[Reglages, BaseSQL], processus: int, rythme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    reglages, base = installation
    lieu, acteur = peupler(base)
    avant = compter(base)
    with ExitStack() as pile:
        serveurs = [pile.enter_context(servir(reglages, sans_ouvriers=rang > 0)) for rang in range(processus)]
        foule = Foule(lieu, [serveur.adresse for serveur in serveurs], RYTHMES[rythme])
        asyncio.run(foule.entrer())
        suivis = [serveur.processus for serveur in serveurs]
        depart = temps_de_processeur(suivis), temps_de_processeur(processus_de_la_base(base))
        bilan = asyncio.run(foule.vivre(DUREE_S))
        fin = temps_de_processeur(suivis), temps_de_processeur(processus_de_la_base(base))
        traces = "".join(serveur.traces() for serveur in serveurs)
    with capsys.disabled():
        print(f"\n\n{base.moteur.dialect.name}, {processus} processus, {rythme}, {PERSONNES} personnes")
        print(bilan.table())
        coeurs = [(b - a) / bilan.duree_s for a, b in zip(depart, fin, strict=True)]
        print(
            f"débit {bilan.debit:.1f} requêtes/s ; cœurs occupés : serveur {coeurs[0]:.2f}, base {coeurs[1]:.2f}",
            end="",
        )
        print(f" ; charge de la machine {os.getloadavg()[0]:.1f} sur {os.cpu_count()} cœurs")
    assert bilan.pannes == [], bilan.pannes[:5]
    assert "Traceback" not in traces
    assert "imprévue" not in traces
    assert len(bilan.actifs) == PERSONNES, "quelqu'un n'a eu aucune réponse"
    assert min(bilan.acquises.values()) > 0
    exiger_que_tout_y_soit(base, acteur, bilan, avant)
