"""La règle des rôles, écrite en clair : chaque rôle, chaque geste, sans calcul."""

import pytest

from charte.acteur import Acteur, DroitManquant, Geste, Role, exiger, peut

OUI, NON = True, False
COLONNES = (Role.ADMINISTRATEUR, Role.REFERENT_QUALITE, Role.RESPONSABLE_FORMATION, Role.LECTEUR)
MATRICE = {
    Geste.PUBLIC: (OUI, OUI, OUI, OUI),
    Geste.LIRE: (OUI, OUI, OUI, OUI),
    Geste.LIRE_EFFECTIFS_BRUTS: (OUI, OUI, NON, NON),
    Geste.DEPOSER: (OUI, OUI, NON, NON),
    Geste.REMPLIR_GRILLE: (OUI, OUI, OUI, NON),
    Geste.EDITER_RAPPORT: (OUI, OUI, OUI, NON),
    Geste.ADMINISTRER: (OUI, NON, NON, NON),
}
CASES = [
    (role, geste, droit) for geste, droits in MATRICE.items() for role, droit in zip(COLONNES, droits, strict=True)
]


def test_la_matrice_couvre_tous_les_roles_et_tous_les_gestes() -> None:
    assert set(COLONNES) == set(Role)
    assert set(MATRICE) == set(Geste)


@pytest.mark.parametrize(("role", "geste", "droit"), CASES)
def test_un_role_permet_ce_que_la_matrice_dit(role: Role, geste: Geste, droit: bool) -> None:
    assert peut(role, geste) is droit


@pytest.mark.parametrize(("role", "geste", "droit"), CASES)
def test_exiger_leve_exactement_la_ou_le_droit_manque(role: Role, geste: Geste, droit: bool) -> None:
    acteur = Acteur(1, "Compte fictif", role)
    if droit:
        exiger(acteur, geste)
    else:
        with pytest.raises(DroitManquant, match=geste.value):
            exiger(acteur, geste)
