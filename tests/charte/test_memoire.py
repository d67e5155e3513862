"""La mémoire de calculs : un seul calcul par clé, quel que soit le nombre de lecteurs ; une erreur se retente."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from charte.commun.memoire import Memoire


def test_des_lecteurs_presses_partagent_un_seul_calcul() -> None:
    memoire, faits, lecteurs = Memoire[int](4), list[int](), 12
    depart, jamais = Barrier(lecteurs), Event()

    def calculer() -> int:
        jamais.wait(0.2)  # le temps que tous arrivent
        faits.append(1)
        return 7

    def lire(_: int) -> int:
        depart.wait()
        return memoire.lire("clé", calculer)

    with ThreadPoolExecutor(lecteurs) as fils:
        assert list(fils.map(lire, range(lecteurs))) == [7] * lecteurs
    assert faits == [1]


def test_deux_cles_se_calculent_sans_s_attendre() -> None:
    memoire, ensemble = Memoire[str](4), Barrier(2, timeout=10)

    def nommer(nom: str) -> Callable[[], str]:
        return lambda: f"{nom} {ensemble.wait() >= 0}"

    with ThreadPoolExecutor(2) as fils:
        assert list(fils.map(lambda nom: memoire.lire(nom, nommer(nom)), "ab")) == ["a True", "b True"]


def test_une_erreur_passe_et_le_suivant_essaie() -> None:
    memoire = Memoire[int](4)
    with pytest.raises(ValueError, match="panne"):
        memoire.lire("clé", lambda: int("panne"))
    assert memoire.lire("clé", lambda: 3) == 3
    assert memoire.lire("clé", lambda: 4) == 3


def test_la_moins_recemment_lue_part_d_abord() -> None:
    memoire = Memoire[int](2)
    for cle in (1, 2, 1, 3):
        memoire.lire(cle, lambda cle=cle: cle)  # type: ignore[misc]
    assert memoire.lire(1, lambda: -1) == 1
    assert memoire.lire(2, lambda: -2) == -2
