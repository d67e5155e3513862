"""Quelles lignes nos preuves couvrent-elles ? Les exemples lisibles, puis ce qui vaut pour toute combinaison."""

from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

import charte.referentiels
from charte.commun.donnees import DonneeGelee, charger_modele
from charte.referentiels import (
    CleReferentiel,
    Confiance,
    Correspondance,
    Decision,
    EtatDeLigne,
    Ligne,
    LigneACouvrir,
    LigneDAudit,
    Preuve,
    Releve,
    Validite,
    charger_correspondances,
    charger_referentiel,
    dresser_couverture,
    lignes_a_couvrir,
    validite_d_une_preuve,
)

EXEMPLES = Path(charte.referentiels.__file__).parent / "donnees" / "exemples_couverture.yaml"
JOUR = date(2026, 11, 22)


class PreuveDExemple(DonneeGelee):
    """Où la preuve est jointe, et ce qu'elle vaut."""

    ou: str
    vaut: Validite


class Exemple(DonneeGelee):
    """Une ligne, des preuves, des décisions, et l'état attendu."""

    titre: str
    ligne: str
    preuves: tuple[PreuveDExemple, ...] = ()
    decisions: dict[str, Literal["confirmée", "écartée"]] = Field(default_factory=dict)
    etat: EtatDeLigne


class Exemples(DonneeGelee):
    """Le fichier des exemples."""

    exemples: tuple[Exemple, ...]


LUS = charger_modele(EXEMPLES, Exemples).exemples


def juger(exemple: Exemple) -> LigneDAudit:
    cle, edition, reference = exemple.ligne.split()
    lignes = lignes_a_couvrir(charger_referentiel(cle).edition(edition), charger_correspondances())
    jointes: dict[str, list[Preuve]] = {}
    for rang, preuve in enumerate(exemple.preuves, 1):
        jointes.setdefault(preuve.ou, []).append(Preuve(rang, preuve.vaut))
    decisions = [
        Decision(element, CleReferentiel(cle), edition, reference, dite == "confirmée")
        for element, dite in exemple.decisions.items()
    ]
    directes = {reference: jointes.pop("directe", [])}
    return next(a for a in dresser_couverture(lignes, jointes, directes, decisions) if a.reference == reference)


@pytest.mark.parametrize("exemple", LUS, ids=lambda e: e.titre)
def test_chaque_exemple_a_l_etat_qu_il_annonce(exemple: Exemple) -> None:
    assert juger(exemple).etat is exemple.etat


def test_les_exemples_montrent_chaque_etat_et_chaque_referentiel() -> None:
    assert {exemple.etat for exemple in LUS} == set(EtatDeLigne)
    assert {exemple.ligne.split()[0] for exemple in LUS} >= {"charte", "qualiopi", "missions_cfa", "hceres"}


@pytest.mark.parametrize(
    ("effet", "echeance", "attendue"),
    [
        (None, None, Validite.VALABLE),
        (JOUR, JOUR, Validite.VALABLE),
        (None, date(2026, 11, 21), Validite.PERIMEE),
        (date(2026, 11, 23), None, Validite.A_VENIR),
        (date(2026, 11, 23), date(2026, 11, 1), Validite.PERIMEE),
    ],
)
def test_une_preuve_vaut_de_son_effet_a_son_echeance_compris(
    effet: date | None, echeance: date | None, attendue: Validite
) -> None:
    assert validite_d_une_preuve(effet, echeance, JOUR) is attendue


def test_les_preuves_disent_par_ou_elles_viennent_la_plus_sure_d_abord() -> None:
    edition = charger_referentiel("qualiopi").edition("2026")
    lignes = lignes_a_couvrir(edition, charger_correspondances())
    par_element = {
        "1.C1.1": [Preuve(1)],
        "1.S1.2": [Preuve(2)],
        "1.S1.1": [Preuve(3, Validite.PERIMEE)],
        "1.1.1": [Preuve(2)],
    }
    decision = Decision("1.1.1", CleReferentiel.QUALIOPI, "2026", "20", True)
    couvertes = dresser_couverture(lignes, par_element, {"20": [Preuve(9)]}, [decision])
    vues = [
        (p.preuve, p.element, p.confiance, p.confirmee)
        for p in next(a for a in couvertes if a.reference == "20").preuves
    ]
    assert vues == [
        (9, None, None, True),
        (2, "1.1.1", Confiance.MOYENNE, True),
        (2, "1.S1.2", Confiance.HAUTE, False),
        (1, "1.C1.1", Confiance.FAIBLE, False),
        (3, "1.S1.1", Confiance.HAUTE, False),
    ]


def test_une_decision_sur_une_edition_ne_vaut_pas_pour_l_autre() -> None:
    lignes = lignes_a_couvrir(charger_referentiel("qualiopi").edition("2026"), charger_correspondances())
    ancienne = Decision("1.S1.2", CleReferentiel.QUALIOPI, "2019", "20", True)
    couvertes = dresser_couverture(lignes, {"1.S1.2": [Preuve(1)]}, {}, [ancienne])
    assert next(a for a in couvertes if a.reference == "20").etat is EtatDeLigne.A_CONFIRMER


def test_deux_decisions_contraires_sont_refusees() -> None:
    decisions = [Decision("1.S1.2", CleReferentiel.QUALIOPI, "2026", "20", dite) for dite in (True, False)]
    with pytest.raises(ValueError, match=r"contraires sur 1\.S1\.2 qualiopi 2026 20"):
        dresser_couverture([], {}, {}, decisions)


def test_l_apprentissage_ne_voit_que_ce_qui_le_concerne() -> None:
    edition = charger_referentiel("qualiopi").edition("2026")
    autre = Ligne(reference="99", texte="Hors apprentissage.", releve=Releve.OFFICIEL, critere="1", actions=(2,))
    avec_autre = type(edition)(edition.referentiel, edition.fiche, edition.criteres, (*edition.lignes, autre))
    references = {ligne.ligne.reference for ligne in lignes_a_couvrir(avec_autre, charger_correspondances())}
    assert len(references) == 33
    toutes = lignes_a_couvrir(avec_autre, charger_correspondances(), apprentissage=False)
    assert {ligne.ligne.reference for ligne in toutes} == references | {"99"}


# Pour toute combinaison : une ligne, quatre éléments possibles, des preuves et des décisions tirées au hasard.
ELEMENTS = ("1.1.1", "1.S1.1", "1.S1.2", "3.S1.3")
VALIDITES = st.sampled_from(list(Validite))
PREUVES = st.lists(st.builds(Preuve, st.integers(1, 5), VALIDITES), max_size=3)
PAR_ELEMENT = st.dictionaries(st.sampled_from(ELEMENTS), PREUVES)
DITES = st.dictionaries(st.sampled_from(ELEMENTS), st.booleans())
PROPOSES = st.sets(st.sampled_from(ELEMENTS))
UNE_PREUVE = st.builds(Preuve, st.integers(1, 5), VALIDITES)


def audit(
    proposes: set[str], par_element: dict[str, list[Preuve]], directes: list[Preuve], dites: dict[str, bool]
) -> LigneDAudit:
    correspondances = tuple(
        Correspondance(e, CleReferentiel.QUALIOPI, "2026", "20", Confiance.MOYENNE) for e in sorted(proposes)
    )
    ligne = Ligne(reference="20", texte="Énoncé.", releve=Releve.RELEVE)
    decisions = [Decision(e, CleReferentiel.QUALIOPI, "2026", "20", dite) for e, dite in dites.items()]
    a_couvrir = LigneACouvrir(CleReferentiel.QUALIOPI, "2026", ligne, correspondances)
    (rendue,) = dresser_couverture([a_couvrir], par_element, {"20": directes}, decisions)
    return rendue


@given(PROPOSES, PAR_ELEMENT, PREUVES, DITES)
def test_l_etat_se_lit_dans_les_preuves_rendues(
    proposes: set[str], par_element: dict[str, list[Preuve]], directes: list[Preuve], dites: dict[str, bool]
) -> None:
    rendue = audit(proposes, par_element, directes, dites)
    valables = [p for p in rendue.preuves if p.validite is Validite.VALABLE]
    assert (rendue.etat is EtatDeLigne.COUVERTE) == any(p.confirmee for p in valables)
    assert (rendue.etat is EtatDeLigne.A_CONFIRMER) == (bool(valables) and not any(p.confirmee for p in valables))
    if rendue.etat is EtatDeLigne.PERIMEE:
        assert any(p.validite is Validite.PERIMEE for p in rendue.preuves)
    if rendue.etat is EtatDeLigne.RIEN:
        assert all(p.validite is Validite.A_VENIR for p in rendue.preuves)


@given(PROPOSES, PAR_ELEMENT, PREUVES, DITES)
def test_rien_ne_vient_d_un_element_ecarte_ni_d_un_element_sans_rapport(
    proposes: set[str], par_element: dict[str, list[Preuve]], directes: list[Preuve], dites: dict[str, bool]
) -> None:
    rendue = audit(proposes, par_element, directes, dites)
    admis = {e for e in ELEMENTS if dites.get(e, e in proposes)}
    attendues = len(directes) + sum(len(preuves) for e, preuves in par_element.items() if e in admis)
    assert len(rendue.preuves) == attendues
    assert {p.element for p in rendue.preuves} <= admis | {None}
    assert all(p.confirmee == (p.element is None or dites.get(p.element) is True) for p in rendue.preuves)


RANG = [EtatDeLigne.RIEN, EtatDeLigne.PERIMEE, EtatDeLigne.A_CONFIRMER, EtatDeLigne.COUVERTE]


@given(
    PROPOSES, PAR_ELEMENT, PREUVES, DITES, st.sampled_from(ELEMENTS), st.builds(Preuve, st.integers(1, 5), VALIDITES)
)
def test_une_preuve_de_plus_ou_une_confirmation_ne_fait_jamais_reculer(
    proposes: set[str],
    par_element: dict[str, list[Preuve]],
    directes: list[Preuve],
    dites: dict[str, bool],
    element: str,
    ajoutee: Preuve,
) -> None:
    avant = RANG.index(audit(proposes, par_element, directes, dites).etat)
    plus = {**par_element, element: [*par_element.get(element, []), ajoutee]}
    assert RANG.index(audit(proposes, plus, directes, dites).etat) >= avant
    assert RANG.index(audit(proposes, par_element, [*directes, ajoutee], dites).etat) >= avant
    assert RANG.index(audit(proposes, par_element, directes, {**dites, element: True}).etat) >= avant
