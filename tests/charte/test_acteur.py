"""La règle des rôles, écrite en clair : chaque rôle, chaque geste, chaque portée, sans calcul."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.acteur import (
    Acteur,
    DroitManquant,
    Etendue,
    Geste,
    Mandat,
    Partie,
    Portee,
    Role,
    Situation,
    etendue,
    exiger,
    exiger_partout,
    le_plus_large,
    parties_tenues,
    peut,
)

OUI, NON = True, False
COLONNES = (
    Role.ADMINISTRATEUR, Role.REFERENT_QUALITE, Role.RESPONSABLE_FORMATION, Role.LECTEUR, Role.MEMBRE_INSTANCE,
)  # fmt: skip
MATRICE = {
    Geste.PUBLIC: (OUI, OUI, OUI, OUI, OUI),
    Geste.AVOIR_UN_COMPTE: (OUI, OUI, OUI, OUI, OUI),
    Geste.LIRE_DOSSIER: (OUI, OUI, OUI, OUI, OUI),
    Geste.LIRE: (OUI, OUI, OUI, OUI, NON),
    Geste.LIRE_EFFECTIFS_BRUTS: (OUI, OUI, NON, NON, NON),
    Geste.LIRE_JOURNAL: (OUI, OUI, NON, NON, NON),
    Geste.DEPOSER: (OUI, OUI, NON, NON, NON),
    Geste.GERER_PARTIES: (OUI, OUI, NON, NON, NON),
    Geste.GERER_PERSONNES: (OUI, OUI, NON, NON, NON),
    Geste.REMPLIR_GRILLE: (OUI, OUI, OUI, NON, NON),
    Geste.PILOTER_CAMPAGNE: (OUI, OUI, NON, NON, NON),
    Geste.ARRETER_GRILLE: (OUI, OUI, NON, NON, NON),
    Geste.EDITER_RAPPORT: (OUI, OUI, OUI, NON, NON),
    Geste.MENER_REVUE: (OUI, OUI, NON, NON, NON),
    Geste.PUBLIER: (OUI, OUI, NON, NON, NON),
    Geste.ADMINISTRER: (OUI, NON, NON, NON, NON),
}
"""Un rôle tenu sur l'établissement entier."""
CASES = [
    (role, geste, droit) for geste, droits in MATRICE.items() for role, droit in zip(COLONNES, droits, strict=True)
]
PORTEES = {
    # Ce qu'un référent qualité peut quand il ne tient son rôle que sur un CFA, une composante, une formation.
    Geste.PUBLIC: (OUI, OUI, OUI),
    Geste.AVOIR_UN_COMPTE: (OUI, OUI, OUI),
    Geste.LIRE_DOSSIER: (OUI, OUI, OUI),
    Geste.LIRE: (OUI, OUI, OUI),
    Geste.LIRE_EFFECTIFS_BRUTS: (OUI, OUI, OUI),
    Geste.LIRE_JOURNAL: (OUI, NON, NON),
    Geste.DEPOSER: (OUI, NON, NON),
    Geste.GERER_PARTIES: (NON, NON, NON),
    Geste.GERER_PERSONNES: (NON, NON, NON),
    Geste.REMPLIR_GRILLE: (OUI, OUI, OUI),
    Geste.PILOTER_CAMPAGNE: (NON, NON, NON),
    Geste.ARRETER_GRILLE: (NON, OUI, NON),
    Geste.EDITER_RAPPORT: (OUI, OUI, OUI),
    Geste.MENER_REVUE: (OUI, NON, NON),
    Geste.PUBLIER: (OUI, NON, NON),
    Geste.ADMINISTRER: (NON, NON, NON),
}
ETROITES = (Portee.CFA, Portee.COMPOSANTE, Portee.FORMATION)
CASES_ETROITES = [
    (portee, geste, droit) for geste, droits in PORTEES.items() for portee, droit in zip(ETROITES, droits, strict=True)
]
ICI = Situation(formation_id=1, cfa_id=10, composante_id=100)
AILLEURS = Situation(formation_id=2, cfa_id=20, composante_id=200)
SANS_COMPOSANTE = Situation(formation_id=3, cfa_id=10)


def tenant(*mandats: Mandat) -> Acteur:
    return Acteur(1, "Compte fictif", le_plus_large(mandats), mandats=mandats)


def sur(portee: Portee, objet: int | None, role: Role = Role.REFERENT_QUALITE, partie: Partie | None = None) -> Mandat:
    return Mandat(role, portee, objet, partie or (Partie.CFA if portee is Portee.CFA else Partie.ETABLISSEMENT))


def test_la_matrice_couvre_tous_les_roles_et_tous_les_gestes() -> None:
    assert set(COLONNES) == set(Role)
    assert set(MATRICE) == set(PORTEES) == set(Geste)


@pytest.mark.parametrize(("role", "geste", "droit"), CASES)
def test_un_role_permet_ce_que_la_matrice_dit(role: Role, geste: Geste, droit: bool) -> None:
    acteur = Acteur(1, "Compte fictif", role)
    assert peut(acteur, geste) is droit
    assert peut(acteur, geste, AILLEURS) is droit


@pytest.mark.parametrize(("portee", "geste", "droit"), CASES_ETROITES)
def test_un_role_tenu_sur_un_objet_ne_permet_que_la_et_pas_tout(portee: Portee, geste: Geste, droit: bool) -> None:
    objet = {Portee.CFA: 10, Portee.COMPOSANTE: 100, Portee.FORMATION: 1}[portee]
    acteur = tenant(sur(portee, objet))
    assert peut(acteur, geste) is droit
    assert peut(acteur, geste, ICI) is droit
    assert peut(acteur, geste, AILLEURS) is NON
    assert not etendue(acteur, geste).tout


@pytest.mark.parametrize(("role", "geste", "droit"), CASES)
def test_exiger_leve_exactement_la_ou_le_droit_manque(role: Role, geste: Geste, droit: bool) -> None:
    acteur = Acteur(1, "Compte fictif", role)
    if droit:
        exiger(acteur, geste, ICI)
        exiger_partout(acteur, geste)
    else:
        for demande in (exiger, exiger_partout):
            with pytest.raises(DroitManquant, match=geste.value):
                demande(acteur, geste)


def test_exiger_partout_refuse_un_role_tenu_sur_un_objet() -> None:
    acteur = tenant(sur(Portee.CFA, 10))
    exiger(acteur, Geste.DEPOSER, ICI)
    with pytest.raises(DroitManquant, match="pour tout l'établissement"):
        exiger_partout(acteur, Geste.DEPOSER)


def test_une_formation_sans_composante_n_est_dans_aucune_composante() -> None:
    assert not peut(tenant(sur(Portee.COMPOSANTE, 100)), Geste.LIRE, SANS_COMPOSANTE)
    assert peut(tenant(sur(Portee.CFA, 10)), Geste.LIRE, SANS_COMPOSANTE)


def test_les_mandats_s_ajoutent_sans_se_preter_leurs_droits() -> None:
    acteur = tenant(sur(Portee.FORMATION, 1, Role.RESPONSABLE_FORMATION), sur(Portee.COMPOSANTE, 200, Role.LECTEUR))
    assert peut(acteur, Geste.LIRE, ICI)
    assert peut(acteur, Geste.LIRE, AILLEURS)
    assert peut(acteur, Geste.REMPLIR_GRILLE, ICI)
    assert not peut(acteur, Geste.REMPLIR_GRILLE, AILLEURS)


POSITIONS = [
    # qui, ce qu'il écrit ici, ce qu'il écrit ailleurs
    (sur(Portee.ETABLISSEMENT, None), {"etablissement", "concertee"}, {"etablissement", "concertee"}),
    (sur(Portee.COMPOSANTE, 100), {"etablissement", "concertee"}, set()),
    (sur(Portee.FORMATION, 1, Role.RESPONSABLE_FORMATION), {"etablissement", "concertee"}, set()),
    (sur(Portee.CFA, 10), {"cfa"}, set()),
    (sur(Portee.FORMATION, 1, Role.RESPONSABLE_FORMATION, Partie.CFA), {"cfa"}, set()),
    (sur(Portee.ETABLISSEMENT, None, Role.LECTEUR), set(), set()),
    (sur(Portee.CFA, 10, Role.MEMBRE_INSTANCE), set(), set()),
]


@pytest.mark.parametrize(("mandat", "ici", "ailleurs"), POSITIONS)
def test_chaque_organisation_n_ecrit_que_sa_position(mandat: Mandat, ici: set[str], ailleurs: set[str]) -> None:
    assert parties_tenues(tenant(mandat), ICI) == ici
    assert parties_tenues(tenant(mandat), AILLEURS) == ailleurs


def test_qui_tient_les_deux_roles_ecrit_les_deux_positions() -> None:
    acteur = tenant(sur(Portee.CFA, 10), sur(Portee.COMPOSANTE, 100))
    assert parties_tenues(acteur, ICI) == {"cfa", "etablissement", "concertee"}
    assert parties_tenues(acteur, SANS_COMPOSANTE) == {"cfa"}


@pytest.mark.parametrize(
    ("portee", "objet", "partie"),
    [
        (Portee.ETABLISSEMENT, 3, Partie.ETABLISSEMENT),
        (Portee.CFA, None, Partie.CFA),
        (Portee.CFA, 3, Partie.ETABLISSEMENT),
        (Portee.COMPOSANTE, 3, Partie.CFA),
        (Portee.ETABLISSEMENT, None, Partie.CFA),
    ],
)
def test_un_mandat_qui_ne_designe_rien_de_precis_est_refuse(portee: Portee, objet: int | None, partie: Partie) -> None:
    with pytest.raises(ValueError, match="portée"):
        Mandat(Role.LECTEUR, portee, objet, partie)


def mandats_possibles() -> st.SearchStrategy[Mandat]:
    roles, objets = st.sampled_from(Role), st.integers(1, 4)
    entier = st.builds(lambda role: sur(Portee.ETABLISSEMENT, None, role), roles)
    cfa = st.builds(lambda role, objet: sur(Portee.CFA, objet, role), roles, objets)
    composante = st.builds(lambda role, objet: sur(Portee.COMPOSANTE, objet, role), roles, objets)
    formation = st.builds(lambda role, objet: sur(Portee.FORMATION, objet, role), roles, objets)
    return st.one_of(entier, cfa, composante, formation)


SITUATIONS = st.builds(Situation, st.integers(1, 4), st.integers(1, 4), st.one_of(st.none(), st.integers(1, 4)))


@given(st.lists(mandats_possibles(), min_size=1, max_size=4), mandats_possibles(), st.sampled_from(Geste), SITUATIONS)
def test_un_mandat_de_plus_n_ote_rien(tenus: list[Mandat], de_plus: Mandat, geste: Geste, ou: Situation) -> None:
    if peut(tenant(*tenus), geste, ou):
        assert peut(tenant(*tenus, de_plus), geste, ou)
        assert peut(tenant(*tenus), geste)


@given(st.lists(mandats_possibles(), min_size=1, max_size=4), SITUATIONS)
def test_ecrire_une_position_suppose_de_lire_la_formation(tenus: list[Mandat], ou: Situation) -> None:
    if parties_tenues(tenant(*tenus), ou):
        assert peut(tenant(*tenus), Geste.LIRE, ou)
        assert peut(tenant(*tenus), Geste.REMPLIR_GRILLE, ou)


def test_une_etendue_vide_est_fausse() -> None:
    assert not Etendue()
    assert not etendue(tenant(sur(Portee.CFA, 10, Role.LECTEUR)), Geste.ADMINISTRER)
