"""Les travaux de fond : exécutés une fois, avec leur progression, même si le processus meurt en chemin."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appli.base import BaseSQL
from appli.mandats import retirer_les_mandats
from appli.travaux import Ouvriers, adresse_de_la_file, executants, executer_travail, travaux_a_faire
from charte.acteur import Acteur, DroitManquant, Mandat, Role
from charte.commun.base import Base
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, EtatDuTravail, demander_travail, etat_du_travail
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import FichierDepose, deposer
from indicateurs.modeles import Depot
from rapports.mesures_citees import MesuresDesIndicateurs
from tests.conftest import Client

PATIENCE = 60.0
NOM = "DUPONT Jeanne"


def _demander(base: Base, acteur: Acteur, genre: str = "compter", **parametres: Any) -> int:
    with base.ecriture() as session:
        return demander_travail(session, acteur, genre, parametres)


def _etat(base: Base, acteur: Acteur, travail_id: int) -> EtatDuTravail:
    with base.lecture() as session:
        etat = etat_du_travail(session, acteur, travail_id)
    assert etat is not None
    return etat


def _attendre(base: Base, acteur: Acteur, travail_id: int, *, fait: int = 0, fini: bool = True) -> EtatDuTravail:
    limite = time.monotonic() + PATIENCE
    while time.monotonic() < limite:
        etat = _etat(base, acteur, travail_id)
        if etat.termine or (not fini and etat.fait >= fait):
            return etat
        time.sleep(0.1)
    raise AssertionError(f"travail {travail_id} toujours en attente après {PATIENCE:.0f} s : {etat}")


def _compter(base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avance: Avancement) -> str:
    for fait in range(parametres["jusqu_a"] + 1):
        avance(fait, parametres["jusqu_a"])
    return f"compté pour {acteur.nom}"


def _echouer(base: Base, reglages: Reglages, acteur: Acteur, parametres: dict[str, Any], avance: Avancement) -> str:
    raise DroitManquant("ce dossier n'est pas le vôtre") if parametres["attendue"] else RuntimeError(NOM)


def test_un_travail_s_execute_et_dit_ce_qu_il_a_donne(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    travail_id = _demander(base, acteur, jusqu_a=60)
    assert [i for i, _ in travaux_a_faire(base)] == [travail_id]
    executer_travail(base, reglages, travail_id, {"compter": _compter})
    etat = _etat(base, acteur, travail_id)
    assert (etat.etat, etat.fait, etat.total) == ("fini", 60, 60)
    assert etat.message == f"compté pour {acteur.nom}"
    assert travaux_a_faire(base) == []


@pytest.mark.parametrize(("attendue", "montre"), [(True, "n'est pas le vôtre"), (False, "Une erreur est survenue")])
def test_un_echec_se_dit_sans_trahir_de_donnee(
    base: BaseSQL,
    reglages: Reglages,
    acteur: Acteur,
    caplog: pytest.LogCaptureFixture,
    attendue: bool,
    montre: str,
) -> None:
    travail_id = _demander(base, acteur, genre="echouer", attendue=attendue)
    executer_travail(base, reglages, travail_id, {"echouer": _echouer})
    etat = _etat(base, acteur, travail_id)
    assert etat.etat == "echoue"
    assert montre in (etat.message or "")
    assert "DUPONT" not in (etat.message or "")
    assert "echouer" in caplog.text
    assert "DUPONT" not in caplog.text, "le journal technique ne recopie pas le message d'une erreur"


def test_le_guetteur_efface_les_depots_echus_et_survit_a_une_panne(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, monkeypatch: pytest.MonkeyPatch
) -> None:
    coffre = Coffre.de(reglages)
    with base.ecriture() as session:
        fichier = FichierDepose("extraction.csv", b"nom_apprenant;prenom_apprenant\r\nEssai;Fictif\r\n")
        depot_id = deposer(session, acteur, fichier, coffre, 0)
    assert list(reglages.dossier_depots.iterdir())
    ouvriers, essais = Ouvriers(base, reglages, {}), []

    def confier(_: set[str]) -> None:
        essais.append(1)
        if len(essais) == 1:
            raise RuntimeError("base occupée")

    monkeypatch.setattr(ouvriers, "_confier", confier)
    ouvriers._faire_un_tour(set())
    ouvriers._faire_un_tour(set())
    assert list(reglages.dossier_depots.iterdir()) == []
    with base.lecture() as session:
        depot = session.get_one(Depot, depot_id)
        assert (depot.fichier, depot.etat) == (None, "abandonne")


@pytest.mark.parametrize(("genre", "etat"), [("compter", "echoue"), ("courriel", "fini")])
def test_un_role_retire_en_chemin_ne_sert_plus_sauf_a_prevenir(
    base: BaseSQL, reglages: Reglages, acteur: Acteur, genre: str, etat: str
) -> None:
    travail = _demander(base, acteur, genre, jusqu_a=1)
    with base.ecriture() as session:
        assert retirer_les_mandats(session, acteur.compte_id or 0, acteur.etablissement_id) == 1
    executer_travail(base, reglages, travail, {genre: _compter})
    fin = _etat(base, acteur, travail)
    assert fin.etat == etat
    assert ("retiré" in (fin.message or "")) is (etat == "echoue")


def test_un_travail_garde_les_seuls_roles_encore_tenus(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    demandes = (Mandat(Role.REFERENT_QUALITE), Mandat(Role.ADMINISTRATEUR))
    travail = _demander(base, replace(acteur, role=Role.ADMINISTRATEUR, mandats=demandes), jusqu_a=1)
    vus: list[Acteur] = []

    def noter(base: Base, reglages: Reglages, qui: Acteur, parametres: dict[str, Any], avance: Avancement) -> str:
        vus.append(qui)
        return "vu"

    executer_travail(base, reglages, travail, {"compter": noter})
    assert [(qui.role, qui.mandats) for qui in vus] == [(Role.REFERENT_QUALITE, demandes[:1])]


def test_chaque_genre_de_travail_a_son_executant() -> None:
    import appli.comptes.travaux
    import appli.relances
    import grilles.campagnes.travaux
    import grilles.preuves.travaux
    import indicateurs.imports.travaux
    import rapports.travaux

    paquets = (
        appli.comptes.travaux.TRAVAUX,
        appli.relances.TRAVAUX,
        grilles.campagnes.travaux.travaux(MesuresDesIndicateurs()),
        grilles.preuves.travaux.TRAVAUX,
        indicateurs.imports.travaux.TRAVAUX,
        rapports.travaux.TRAVAUX,
    )
    assert sum(len(travaux) for travaux in paquets) == len(executants())


def test_un_travail_fini_ne_recommence_pas(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    travail_id = _demander(base, acteur, jusqu_a=1)
    executer_travail(base, reglages, travail_id, {"compter": _compter})
    executer_travail(base, reglages, travail_id, {"compter": _echouer})
    assert _etat(base, acteur, travail_id).etat == "fini"


def test_une_transaction_annulee_ne_demande_rien(base: BaseSQL, acteur: Acteur) -> None:
    def demander_puis_tomber() -> None:
        with base.ecriture() as session:
            demander_travail(session, acteur, "compter", {})
            raise RuntimeError("annulée")

    with pytest.raises(RuntimeError, match="annulée"):
        demander_puis_tomber()
    assert travaux_a_faire(base) == []


def test_la_file_prend_ce_qui_est_demande_avant_et_apres_son_ouverture(
    base: BaseSQL, reglages: Reglages, acteur: Acteur
) -> None:
    avant = _demander(base, acteur, jusqu_a=3)
    ouvriers = Ouvriers(base, reglages, {"compter": _compter})
    ouvriers.demarrer()
    try:
        apres = _demander(base, acteur, jusqu_a=4)
        assert _attendre(base, acteur, avant).etat == "fini"
        assert _attendre(base, acteur, apres).fait == 4
    finally:
        ouvriers.arreter()
    assert Path(adresse_de_la_file(reglages).removeprefix("sqlite:///")).is_file()


PROCESSUS = """
import sys, time
from pathlib import Path
from appli.base import BaseSQL
from appli.mandats import retirer_les_mandats
from appli.travaux import Ouvriers
from charte.commun.reglages import Reglages

dossier, pas = Path(sys.argv[1]), float(sys.argv[2])
reglages = Reglages(dossier, f"sqlite:///{dossier / 'trajectoire.sqlite'}", b"0" * 32, b"0" * 32, b"0" * 32)

def compter(base, reglages, acteur, parametres, avance):
    with (dossier / "departs").open("a") as flux:
        flux.write("x")
    for fait in range(11):
        avance(fait, 10)
        time.sleep(pas)
    with (dossier / "fins").open("a") as flux:
        flux.write("x")
    return "fini"

ouvriers = Ouvriers(BaseSQL(reglages.url_base), reglages, {"compter": compter})
ouvriers.demarrer()
time.sleep(300)
"""


def test_un_travail_interrompu_par_un_arret_brutal_se_finit_une_fois(
    base: BaseSQL, reglages: Reglages, acteur: Acteur
) -> None:
    travail_id = _demander(base, acteur)

    def lancer(pas: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", PROCESSUS, str(reglages.dossier), pas], env={**os.environ, "PYTHONPATH": os.getcwd()}
        )

    premier = lancer("0.5")
    try:
        en_cours = _attendre(base, acteur, travail_id, fait=2, fini=False)
        assert (en_cours.etat, en_cours.termine) == ("en_cours", False)
    finally:
        premier.send_signal(signal.SIGKILL)
        premier.wait()
    assert not (reglages.dossier / "fins").exists()
    second = lancer("0.01")
    try:
        assert _attendre(base, acteur, travail_id).etat == "fini"
        time.sleep(2)
    finally:
        second.kill()
        second.wait()
    assert (reglages.dossier / "departs").read_text() == "xx"
    assert (reglages.dossier / "fins").read_text() == "x"


def test_la_page_montre_la_progression_puis_mene_au_resultat(
    client: Client, base: BaseSQL, reglages: Reglages, acteur: Acteur
) -> None:
    travail_id = _demander(base, acteur, jusqu_a=60)
    attente = client.get(f"/travaux/{travail_id}?suite=/conseils").text
    assert "attend son tour" in attente
    assert f'hx-get="/travaux/{travail_id}?suite=/conseils"' in attente
    executer_travail(base, reglages, travail_id, {"compter": _compter})
    fini = client.get(f"/travaux/{travail_id}?suite=//ailleurs.invalid").text
    assert "C’est prêt" in fini
    assert "hx-get" not in fini
    assert "ailleurs" not in fini


def test_le_travail_d_un_autre_etablissement_n_existe_pas(client: Client, base: BaseSQL, autre_acteur: Acteur) -> None:
    travail_id = _demander(base, autre_acteur, jusqu_a=1)
    assert client.get(f"/travaux/{travail_id}").status_code == 404
