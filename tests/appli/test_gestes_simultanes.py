"""Plusieurs personnes font le même geste au même instant, par les pages, sur les deux bases : ni panne, ni perte."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from grilles.jalons.modeles import Jalon
from grilles.modeles import Preuve, PreuveCitee, Repondant
from grilles.plan.modeles import ActionAmelioration
from grilles.preuves.modeles import CorrespondanceDecidee, PreuveDAction, PreuveDeReference
from tests.conftest import creer_compte
from tests.grilles.conftest import creer_formation
from tests.reserve import Client, faire_entrer, ouvrir_un_client

NOMBRE, TOURS = 8, 3
COURRIEL = "referent@ensemble.invalid"
Envoi = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Ensemble:
    """Un diplôme, et autant de navigateurs que de fils."""

    base: BaseSQL
    acteur: Acteur
    formation: int
    clients: list[Client]

    def lire(self, requete: Any) -> list[tuple[Any, ...]]:
        """Ce que dit la base."""
        with hors_cloison(), self.base.lecture() as session:
            return [tuple(lue) for lue in lignes(session, requete)]

    def compter(self, table: type[Any]) -> int:
        """Le nombre de lignes d'une table."""
        return int(self.lire(select(func.count()).select_from(table))[0][0])

    def lancer(self, choisir: Callable[[int], Envoi]) -> list[int]:
        """Chaque navigateur fait son envoi, tous à la fois ; rend les statuts, sans aucune panne."""
        depart, statuts = threading.Barrier(NOMBRE), [0] * NOMBRE

        def partir(rang: int) -> None:
            adresse, saisies = choisir(rang)
            depart.wait()
            statuts[rang] = self.clients[rang].post(adresse, data=saisies).status_code

        fils = [threading.Thread(target=partir, args=(rang,)) for rang in range(NOMBRE)]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join(60)
        assert all(0 < statut < 500 for statut in statuts), statuts
        return statuts

    def poster(self, adresse: str, saisies: dict[str, str]) -> str:
        """Un envoi seul, accepté ; rend l'adresse où il mène."""
        reponse = self.clients[0].post(adresse, data=saisies)
        assert reponse.status_code == 303, reponse.text
        return str(reponse.headers["location"])


@pytest.fixture(params=["base", pytest.param("base_ordinaire", marks=pytest.mark.postgresql)])
def ensemble(request: pytest.FixtureRequest, reglages: Reglages) -> Iterator[Ensemble]:
    """La scène, sur SQLite puis sur PostgreSQL."""
    base: BaseSQL = request.getfixturevalue(request.param)
    with hors_cloison():
        acteur = creer_compte(base, "Université", Role.REFERENT_QUALITE, COURRIEL, "0352756F")
    with cloison(acteur.etablissement_id):
        formation = creer_formation(base, acteur)
    with ExitStack() as pile:
        clients = [ouvrir_un_client(pile, reglages, base) for _ in range(NOMBRE)]
        for client in clients:
            faire_entrer(client, base, COURRIEL)
        yield Ensemble(base, acteur, formation, clients)


def test_proposer_et_placer_des_jalons_laisse_un_ordre_entier(ensemble: Ensemble) -> None:
    jalons = f"/diplomes/{ensemble.formation}/jalons"
    ensemble.lancer(lambda rang: (jalons, {"intitule": f"Jalon {rang}", "poste": "1"}))
    attendu = list(range(1, NOMBRE + 1))
    for tour in range(TOURS):
        lus = ensemble.lire(select(col(Jalon.rang), col(Jalon.id)).order_by(col(Jalon.rang)))
        assert [rang for rang, _ in lus] == attendu
        ids = [numero for _, numero in lus]

        def placer(rang: int, tour: int = tour, ids: list[int] = ids) -> Envoi:
            sens = "monter" if rang % 2 else "descendre"
            return f"{jalons}/{ids[(rang * 5 + tour) % NOMBRE]}/rang", {"sens": sens}

        ensemble.lancer(placer)


def deposer_une_preuve(ensemble: Ensemble, rang: int) -> int:
    ensemble.poster("/preuves/nouvelle", {"titre": f"Livret {rang}", "adresse": f"https://x.invalid/{rang}"})
    return int(ensemble.lire(select(func.max(col(Preuve.id))))[0][0])


def test_citer_la_meme_preuve_ne_la_cite_qu_une_fois(ensemble: Ensemble) -> None:
    preuve = deposer_une_preuve(ensemble, 0)
    citer = (f"/diplomes/{ensemble.formation}/preuves", {"preuve": str(preuve), "element": "1.S1.1"})
    assert set(ensemble.lancer(lambda _: citer)) == {303}
    assert ensemble.compter(PreuveCitee) == 1
    action = ensemble.poster("/actions/nouvelle", {
        "intitule": "Agir", "origine": "decision", "formation_id": str(ensemble.formation), "porteur": "direction",
        "priorite": "haute", "echeance": "2030-06-30", "version": "0",
    })  # fmt: skip
    assert set(ensemble.lancer(lambda _: (f"{action}/preuves", {"preuve_id": str(preuve)}))) == {303}
    assert ensemble.compter(PreuveDAction) == 1
    assert ensemble.compter(ActionAmelioration) == 1


def test_le_meme_lien_envoye_deux_fois_ne_se_range_qu_une_fois(ensemble: Ensemble) -> None:
    lien = {"titre": "Livret", "adresse": "https://x.invalid/livret"}
    envoi = (f"/diplomes/{ensemble.formation}/grille/preuves/1.S1.4", lien)
    assert set(ensemble.lancer(lambda _: envoi)) == {303}
    assert (ensemble.compter(PreuveCitee), ensemble.compter(Preuve)) == (1, 1)


def test_rattacher_et_decider_au_meme_endroit_passe_l_un_apres_l_autre(ensemble: Ensemble) -> None:
    preuve = deposer_une_preuve(ensemble, 0)
    assert set(ensemble.lancer(lambda _: (f"/preuves/{preuve}/references", {"ligne": "qualiopi/2026/33"}))) == {303}
    assert ensemble.compter(PreuveDeReference) == 1
    visee = {"referentiel": "qualiopi", "edition": "2026", "reference": "20", "elements": "1.S1.1"}

    def decider(rang: int) -> Envoi:
        return "/audit/correspondances", {**visee, "decision": "confirmee" if rang % 2 else "ecartee"}

    assert set(ensemble.lancer(decider)) == {303}
    assert ensemble.compter(CorrespondanceDecidee) == 1


def test_effacer_une_preuve_que_d_autres_citent_ne_casse_rien(ensemble: Ensemble) -> None:
    for tour in range(TOURS):
        preuve = deposer_une_preuve(ensemble, tour)
        citer = (f"/diplomes/{ensemble.formation}/preuves", {"preuve": str(preuve), "element": "1.S1.2"})
        effacer: Envoi = (f"/preuves/{preuve}/suppression", {})
        ensemble.lancer(lambda rang, c=citer, e=effacer: e if rang % 2 else c)  # type: ignore[misc]
        restee = ensemble.lire(select(col(Preuve.id)).where(col(Preuve.id) == preuve))
        citee = ensemble.lire(select(col(PreuveCitee.id)).where(col(PreuveCitee.preuve_id) == preuve))
        assert bool(restee) is bool(citee)


def test_designer_le_meme_compte_ne_le_designe_qu_une_fois(ensemble: Ensemble) -> None:
    saisies = {"libelle": "C", "edition": "2023-10", "relances": "7", "annee": "2031", "toutes_formations": "toutes"}
    campagne = ensemble.poster("/campagnes/nouvelle", saisies).removesuffix("/conduite")
    qui = {"compte": str(ensemble.acteur.compte_id), "partie": "etablissement"}
    assert set(ensemble.lancer(lambda _: (f"{campagne}/repondants/lot", qui))) == {303}
    assert ensemble.compter(Repondant) == 1
