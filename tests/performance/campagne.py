"""Ce que coûte l'avancement de trois cents diplômes remplis : `python -m tests.performance.campagne --json`.

Temps de processeur et d'attente de la page entière (lecture, calcul, rendu), médiane de dix, sur SQLite.
"""

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import Session

from appli.base import BaseSQL
from appli.migrations import migrer
from charte.acteur import Acteur, Role
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import Base, exiger_id, maintenant
from charte.commun.reglages import Reglages
from charte.concernes import elements_evalues
from charte.edition import Genre
from charte.modeles import Cfa, Formation
from grilles.modeles import Campagne, Grille, Reponse
from grilles.services import annee_courante
from tests.conftest import CLE, creer_compte
from tests.reserve import faire_entrer, ouvrir_un_client

DIPLOMES, ESSAIS = 300, 10
_ACTIONS = (Genre.ACTION, Genre.SOUS_ACTION)


def peupler(base: Base, acteur: Acteur) -> int:
    """Trois cents diplômes dans six CFA, chacun répondu par les trois parties ; rend la campagne."""
    edition = charger_edition(EDITION_COURANTE)
    qui = {"etablissement_id": acteur.etablissement_id}
    with base.ecriture() as session:
        campagne = Campagne(
            **qui,
            annee=annee_courante(),
            libelle="Mesure",
            edition=edition.edition,
            empreinte_edition=edition.empreinte,
        )
        session.add(campagne)
        cfas = [Cfa(**qui, nom=f"CFA {n}", uai=f"{n:07d}A") for n in range(6)]
        session.add_all(cfas)
        session.flush()
        campagne_id = exiger_id(campagne.id)
        for rang in range(DIPLOMES):
            _ajouter(session, qui, campagne_id, exiger_id(cfas[rang % 6].id), rang)
    return campagne_id


def _ajouter(session: Session, qui: dict[str, int], campagne_id: int, cfa_id: int, rang: int) -> None:
    formation = Formation(
        **qui, cfa_id=cfa_id, code=f"D{rang}", libelle=f"Diplôme {rang}", rncp=f"R{rang}", uai_formateur="0000000A"
    )
    session.add(formation)
    session.flush()
    grille = Grille(**qui, campagne_id=campagne_id, formation_id=exiger_id(formation.id))
    session.add(grille)
    session.flush()
    signature = {"motif": "", "commentaire": "", "a_confirmer": False, "version": 1, "modifie_par": "Essai"}
    rangees = [
        {
            **qui, **signature, "grille_id": grille.id, "element": element.id, "partie": partie,
            "modifie_le": maintenant(),
            "etat": "en_place" if element.genre in _ACTIONS else "tenu" if partie != "cfa" else "en_partie",
        }
        for partie in ("concertee", "etablissement", "cfa")
        for element in elements_evalues(charger_edition(EDITION_COURANTE))
    ]  # fmt: skip
    session.connection().execute(insert(Reponse), rangees)


def mesurer() -> list[dict[str, object]]:
    """Une ligne par page : son nom, temps de processeur et d'attente en millisecondes, octets."""
    with tempfile.TemporaryDirectory() as dossier, ExitStack() as pile:
        url = f"sqlite:///{dossier}/mesure.sqlite"
        reglages = Reglages(dossier=Path(dossier), url_base=url, cle_identite=CLE, cle_fichiers=CLE, cle_web=CLE)
        base = BaseSQL(url)
        pile.callback(base.fermer)
        migrer(base)
        acteur = creer_compte(base, "Université de la Mesure", Role.REFERENT_QUALITE, "r@mesure.invalid")
        campagne = peupler(base, acteur)
        client = ouvrir_un_client(pile, reglages, base)
        faire_entrer(client, base, "r@mesure.invalid")
        resultats = []
        for suite in ("", "?vue=postes", "/suivi.csv", "/repondants", "/relance"):
            temps = []
            for _ in range(ESSAIS + 1):
                processeur, attente = time.process_time(), time.perf_counter()
                reponse = client.get(f"/campagnes/{campagne}{suite}")
                temps.append((time.process_time() - processeur, time.perf_counter() - attente))
                assert reponse.status_code == 200
            cpu, mur = (round(1000 * statistics.median(t[i] for t in temps[1:]), 1) for i in (0, 1))
            resultats.append({"page": suite or "/", "cpu_ms": cpu, "ms": mur, "octets": len(reponse.content)})
        return resultats


if __name__ == "__main__":
    for ligne in [json.dumps(mesurer(), ensure_ascii=False)] if "--json" in sys.argv else mesurer():
        print(ligne)
