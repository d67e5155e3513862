"""La cloison : sur PostgreSQL, une transaction ne voit et n'écrit que les lignes d'UN établissement, ou aucune.

C'est le second mur, sous les filtres des requêtes : les règles sont dans la base (`appli/migrations/cloison.py`), ce
module dit à chaque transaction de quel établissement elle est. Si personne ne l'a dit, elle ne voit rien. Sans effet
sur SQLite. Choix et limites : docs/decisions/0021.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple

from sqlalchemy import Connection


class Cloison(NamedTuple):
    """Ce qu'une transaction verra : les deux réglages que lisent les règles de la base, vides quand elle est fermée."""

    etablissement: str = ""
    hors_cloison: str = ""


FERMEE: Final = Cloison()
_courante: ContextVar[Cloison] = ContextVar("cloison", default=FERMEE)
_DIRE = "SELECT set_config('trajectoire.etablissement', %s, true), set_config('trajectoire.hors_cloison', %s, true)"


@contextmanager
def cloison(etablissement_id: int | None) -> Iterator[None]:
    """Les transactions ouvertes dans ce bloc sont de cet établissement ; None : elles ne voient rien.

    Suit le contexte d'exécution (`contextvars`) : une tâche, ou le fil où elle délègue, ne change rien pour les autres.
    Une transaction déjà ouverte garde sa cloison. Sert aussi de décorateur.
    """
    with _dire(FERMEE if etablissement_id is None else Cloison(str(int(etablissement_id)))):
        yield


@contextmanager
def hors_cloison() -> Iterator[None]:
    """Les transactions ouvertes dans ce bloc voient tous les établissements. Sert aussi de décorateur.

    Réservé à ce qui n'est pas encore d'un établissement, ou doit les parcourir tous : reconnaître une session, se
    connecter, choisir un travail, migrer, faire le ménage. `tests/appli/test_cloison.py` nomme chaque emploi.
    """
    with _dire(Cloison(hors_cloison="oui")):
        yield


@contextmanager
def _dire(voulue: Cloison) -> Iterator[None]:
    jeton = _courante.set(voulue)
    try:
        yield
    finally:
        _courante.reset(jeton)


def appliquer(connexion: Connection) -> None:
    """Donne la cloison du contexte à la transaction en cours ; elle s'en va avec elle (PostgreSQL seulement)."""
    connexion.exec_driver_sql(_DIRE, tuple(_courante.get()))


def appliquer_au_debut(connexion: Connection) -> None:
    """Donne sa cloison à une transaction qui s'ouvre ; fermée, il n'y a rien à dire, donc pas d'aller-retour."""
    if _courante.get() != FERMEE:
        appliquer(connexion)
