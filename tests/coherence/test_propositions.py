"""Un jalon proposé ne vise qu'un indicateur que l'outil sait calculer (la charte ne connaît pas les indicateurs)."""

from charte.chargement import editions_disponibles
from charte.propositions import charger_propositions
from indicateurs.definitions import charger_definitions


def test_tout_indicateur_d_une_proposition_existe() -> None:
    vises = {p.indicateur for edition in editions_disponibles() for p in charger_propositions(edition) if p.indicateur}
    assert len(vises) >= 5
    assert sorted(vises - charger_definitions().keys()) == []
