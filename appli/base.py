"""La base : SQLite (WAL, BEGIN IMMEDIATE, clés étrangères) ou PostgreSQL par une URL, le même code."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from appli.cloison import appliquer_au_debut

RESERVE_DE_CONNEXIONS = 32
ATTENTE_DU_VERROU_MS = 5_000


class BaseSQL:
    """Accès à la base : `lecture()` et `ecriture()` ouvrent chacune une session et la ferment.

    Sur SQLite les écritures d'un même processus attendent leur tour sur un verrou de fil : le verrou du fichier seul
    laisse le 99e centile à plus d'une seconde à 50 rédacteurs. Sur PostgreSQL chaque transaction naît avec la cloison
    du contexte (`appli.cloison`) : sans elle, elle ne voit rien.
    """

    def __init__(self, url: str) -> None:
        self.moteur = creer_moteur(url)
        self._sqlite = self.moteur.dialect.name == "sqlite"
        self._tour = threading.RLock()

    @contextmanager
    def lecture(self) -> Iterator[Session]:
        """Session de lecture ; rien de ce qu'on y ferait n'est enregistré."""
        moteur = self.moteur.execution_options(lecture=True)
        with Session(moteur, expire_on_commit=False) as session:
            try:
                yield session
            finally:
                session.rollback()

    @contextmanager
    def ecriture(self) -> Iterator[Session]:
        """Une transaction : enregistrée à la sortie du bloc, annulée si une erreur en sort."""
        with (
            self._tour if self._sqlite else _sans_verrou(),
            Session(self.moteur, expire_on_commit=False) as session,
        ):
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def fermer(self) -> None:
        """Rend les connexions."""
        self.moteur.dispose()


@contextmanager
def _sans_verrou() -> Iterator[None]:
    yield


def creer_moteur(url: str) -> Engine:
    """Moteur SQLAlchemy prêt : `postgresql://` passe par psycopg, SQLite reçoit ses réglages."""
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    options: dict[str, Any] = {"pool_size": RESERVE_DE_CONNEXIONS, "max_overflow": 8}
    if url.startswith("sqlite"):
        options["connect_args"] = {"check_same_thread": False}
    else:
        options["pool_pre_ping"] = True
    # Une erreur de la base ne doit pas recopier les valeurs (noms, motifs) dans un journal : hide_parameters.
    moteur = create_engine(url, hide_parameters=True, **options)
    if moteur.dialect.name == "sqlite":
        event.listen(moteur, "connect", _preparer_sqlite)
        event.listen(moteur, "begin", _commencer_sqlite)
    elif moteur.dialect.name == "postgresql":
        event.listen(moteur, "begin", appliquer_au_debut)
    return moteur


def _preparer_sqlite(connexion: Any, _fiche: Any) -> None:
    # isolation_level=None rend la main sur BEGIN : le pilote l'ouvrirait trop tard (lecture, puis écriture perdue).
    connexion.isolation_level = None
    curseur = connexion.cursor()
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={ATTENTE_DU_VERROU_MS}",
        "foreign_keys=ON",
        "synchronous=NORMAL",
    ):
        curseur.execute(f"PRAGMA {pragma}")
    curseur.close()


def _commencer_sqlite(connexion: Any) -> None:
    lecture = connexion.get_execution_options().get("lecture", False)
    connexion.exec_driver_sql("BEGIN DEFERRED" if lecture else "BEGIN IMMEDIATE")
