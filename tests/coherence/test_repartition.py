"""La suite se répartit : les longs d'abord, un fichier par ouvrier, le tour des pages par lots."""

from pathlib import Path

from tests.repartition import LONGS, PAR_LOTS, ParFichier, rang

ESSAIS = Path(__file__).parents[1]


def test_chaque_long_existe() -> None:
    assert [long for long in LONGS if not ((ESSAIS / long).is_dir() or (ESSAIS / f"{long}.py").is_file())] == []
    for tour in PAR_LOTS:
        fichier, essai = tour.removesuffix("[").split("::")
        assert f"def {essai}(" in (ESSAIS.parent / fichier).read_text("utf-8")


def test_les_longs_passent_d_abord() -> None:
    chemins = ["tests/appli/test_base.py", *(f"tests/{long}/test_x.py" for long in reversed(LONGS))]
    assert sorted(chemins, key=rang) == [*reversed(chemins[1:]), chemins[0]]


def test_un_fichier_reste_entier_sauf_le_tour_des_pages() -> None:
    portee = object.__new__(ParFichier)._split_scope
    assert portee("tests/appli/test_base.py::test_x[a::b]") == portee("tests/appli/test_base.py::test_y")
    assert len({portee(f"{tour}{rang}]") for tour in PAR_LOTS for rang in range(3)}) == 3 * len(PAR_LOTS)
