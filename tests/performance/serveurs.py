"""De vrais serveurs, lancés par la commande véritable, et le temps de processeur qu'ils prennent."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from charte.commun.reglages import Reglages

DEMARRAGE_MAXIMAL_S = 60.0
COMMANDE = "from appli.commandes import principale; principale()"


@dataclass(frozen=True)
class Serveur:
    """Un serveur qui écoute : son adresse, son processus, ce qu'il consigne."""

    adresse: str
    processus: psutil.Process
    sortie: Path

    def traces(self) -> str:
        """Tout ce qu'il a écrit."""
        return self.sortie.read_text("utf-8")


@contextmanager
def servir(reglages: Reglages, *, sans_ouvriers: bool) -> Iterator[Serveur]:
    """`trajectoire serveur` sur un port libre de la boucle locale, arrêté à la fin du bloc."""
    port = _port_libre()
    sortie = reglages.dossier / f"serveur-{port}.txt"
    commande = [sys.executable, "-c", COMMANDE, "serveur", "--port", str(port)]
    environnement = {
        **os.environ, "TRAJECTOIRE_DOSSIER": str(reglages.dossier), "TRAJECTOIRE_BASE": reglages.url_base
    }  # fmt: skip
    with sortie.open("w") as flux:
        lance = subprocess.Popen(
            commande + ["--sans-ouvriers"] * sans_ouvriers, env=environnement, stdout=flux, stderr=subprocess.STDOUT
        )
        try:
            _attendre(lance, port, sortie)
            yield Serveur(f"http://127.0.0.1:{port}", psutil.Process(lance.pid), sortie)
        finally:
            lance.terminate()
            lance.wait(timeout=30)


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _attendre(lance: subprocess.Popen[bytes], port: int, sortie: Path) -> None:
    limite = time.monotonic() + DEMARRAGE_MAXIMAL_S
    while time.monotonic() < limite and lance.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"Le serveur n'a pas démarré :\n{sortie.read_text('utf-8')}", pytrace=False)


def temps_de_processeur(processus: Iterable[psutil.Process]) -> float:
    """Secondes de processeur prises par ces processus, enfants compris."""
    total = 0.0
    for un in processus:
        temps = un.cpu_times()
        total += temps.user + temps.system + temps.children_user + temps.children_system
    return total
