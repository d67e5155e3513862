"""Le CSV français : ce qu'un tableur en lit, et ce qu'il ne doit pas exécuter."""

import pytest

from charte.commun.csv_francais import ecrire_csv


@pytest.mark.parametrize("cellule", ["=1+1", "+33", "-2", "@cmd", "\tcmd"])
def test_une_cellule_ne_devient_pas_une_formule(cellule: str) -> None:
    assert ecrire_csv(("a",), ((cellule,),)) == f"a\r\n'{cellule}\r\n"


def test_une_cellule_qui_porte_un_point_virgule_est_entre_guillemets() -> None:
    assert ecrire_csv(("a", "b"), (("1;2", 'dit "oui"'),)) == 'a;b\r\n"1;2";"dit ""oui"""\r\n'
