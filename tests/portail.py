"""Un client d'essai dans le fil de l'essai : un dixième du temps passait d'un fil à l'autre.

Le client de Litestar ouvre un fil par client, et l'application un fil par réponse : quatre relais par requête, que rien
n'exerce puisqu'un client n'envoie qu'une requête à la fois. L'application servie pour de vrai, fils compris, a les
essais du navigateur, ceux des envois simultanés (`test_cloison_pages.py`) et de la démonstration.
"""

import asyncio
from asyncio.runners import _cancel_all_tasks  # type: ignore[attr-defined]
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

from litestar.testing import TestClient

from appli.application import Application


class _Boucle(asyncio.SelectorEventLoop):
    """Ce qui irait dans un autre fil s'exécute sur place, dans la copie du contexte que Litestar en a faite."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        futur = self.create_future()
        try:
            futur.set_result(func(*args))
        except Exception as erreur:
            futur.set_exception(erreur)
        return futur


class Portail:
    """Ce que le client demande au portail d'anyio (`call`, `start_task_soon`), sans autre fil."""

    def __init__(self) -> None:
        self.boucle = _Boucle()

    def call(self, fonction: Callable[..., Any], *arguments: Any) -> Any:
        """Le résultat de la fonction, attendu s'il s'attend ; ses exceptions passent."""
        return self.boucle.run_until_complete(_attendre(fonction, *arguments))

    def start_task_soon(self, fonction: Callable[..., Any], *arguments: Any) -> asyncio.Task[Any]:
        """Une tâche qui avance pendant les appels suivants."""
        tache = self.boucle.create_task(fonction(*arguments))
        # Comme au portail d'anyio, l'échec d'une tâche que personne n'attend se tait.
        tache.add_done_callback(lambda finie: finie.cancelled() or finie.exception())
        return tache

    def fermer(self) -> None:
        """Abandonne ce qui attend encore, puis ferme la boucle."""
        _cancel_all_tasks(self.boucle)
        self.boucle.run_until_complete(self.boucle.shutdown_asyncgens())
        self.boucle.close()


async def _attendre(fonction: Callable[..., Any], *arguments: Any) -> Any:
    resultat = fonction(*arguments)
    return await resultat if isawaitable(resultat) else resultat


class Client(TestClient[Application]):
    """Le client d'essai de Litestar, dans le fil de l'essai."""

    @contextmanager
    def portal(self) -> Iterator[Any]:
        """Le portail du client, ouvert une fois pour tout le bloc `with`."""
        if hasattr(self, "blocking_portal"):
            yield self.blocking_portal
            return
        portail = Portail()
        try:
            yield portail
        finally:
            portail.fermer()
