"""Les règles du plan : les tables d'exemples que lit un responsable qualité, puis les invariants."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from charte.commun.donnees import DonneeGelee, DonneesInvalides, charger_modele
from grilles.plan.delais import (
    DONNEES,
    DelaisQualiopi,
    EchelleDesRisques,
    ajouter_des_mois,
    charger_delais,
    charger_echelle_des_risques,
    echeance_reglementaire,
)
from grilles.plan.modeles import (
    DEGRES,
    EFFETS,
    ETATS_D_ACTION,
    GRAVITES_DE_CONSTAT,
    ORIGINES,
    PRIORITES,
)
from grilles.plan.regles import (
    EFFETS as EFFETS_LUS,
)
from grilles.plan.regles import (
    ETATS,
    GRAVITES,
    PASSAGES,
    TONS,
    demande_une_suite,
    disposer,
    empechements,
    jours_de_retard,
    motif_de_rappel,
    passage,
    passages_de,
    ranger,
)
from grilles.plan.regles import (
    ORIGINES as ORIGINES_LUES,
)
from grilles.plan.regles import (
    PRIORITES as PRIORITES_LUES,
)

JOUR = date(2026, 11, 22)


class Delai(DonneeGelee):
    titre: str
    gravite: str
    notifiee_le: date
    echeance: date | None = None
    edition: str | None = None


class Retard(DonneeGelee):
    titre: str
    etat: str
    jour: date
    retard: int
    echeance: date | None = None


class Rappel(DonneeGelee):
    titre: str
    etat: str
    jour: date
    echeance: date | None = None
    motif: str | None = None


class Exemples(DonneeGelee):
    delais: tuple[Delai, ...]
    retards: tuple[Retard, ...]
    rappels: tuple[Rappel, ...]


EXEMPLES = charger_modele(DONNEES / "exemples_plan.yaml", Exemples)


@dataclass(frozen=True)
class Fiche:
    id: int
    etat: str = "a_faire"
    echeance: date | None = None
    priorite: str = "moyenne"


@dataclass(frozen=True)
class Place:
    nom: str
    vraisemblance: int
    gravite: int


@pytest.mark.parametrize("exemple", EXEMPLES.delais, ids=lambda e: e.titre)
def test_l_echeance_d_une_non_conformite(exemple: Delai) -> None:
    trouvee = echeance_reglementaire(exemple.gravite, exemple.notifiee_le)
    obtenu = (trouvee.jour, trouvee.edition.edition) if trouvee else (None, None)
    assert obtenu == (exemple.echeance, exemple.edition)


@pytest.mark.parametrize("exemple", EXEMPLES.retards, ids=lambda e: e.titre)
def test_le_retard(exemple: Retard) -> None:
    assert jours_de_retard(exemple.etat, exemple.echeance, exemple.jour) == exemple.retard


@pytest.mark.parametrize("exemple", EXEMPLES.rappels, ids=lambda e: e.titre)
def test_le_rappel(exemple: Rappel) -> None:
    assert motif_de_rappel(exemple.etat, exemple.echeance, exemple.jour) == exemple.motif


def test_sans_gravite_ou_sans_date_pas_d_echeance() -> None:
    assert echeance_reglementaire(None, JOUR) is None
    assert echeance_reglementaire("mineure", None) is None


def test_chaque_delai_dit_sa_source_et_ce_qui_reste_a_verifier() -> None:
    for edition in charger_delais().editions:
        assert "6 juin 2019" in edition.source.reference
        assert edition.source.adresse.startswith("https://www.legifrance.gouv.fr/")
        assert "à vérifier" in edition.a_verifier
    editions = sorted(charger_delais().editions, key=lambda e: e.depuis)
    for avant, apres in pairwise(editions):
        assert avant.jusqu_a is not None
        assert avant.jusqu_a + timedelta(days=1) == apres.depuis


def test_un_fichier_de_delais_incomplet_est_refuse(tmp_path: Any) -> None:
    contenu = yaml.safe_load((DONNEES / "delais_qualiopi.yaml").read_text("utf-8"))
    contenu["editions"][0]["delais"].pop()
    fautif = tmp_path / "delais.yaml"
    fautif.write_text(yaml.safe_dump(contenu, allow_unicode=True), "utf-8")
    with pytest.raises(DonneesInvalides, match="un délai pour chaque gravité"):
        charger_modele(fautif, DelaisQualiopi)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 24))
def test_des_mois_plus_tard_le_quantieme_ne_depasse_jamais(jour: date, mois: int) -> None:
    atteint = ajouter_des_mois(jour, mois)
    assert (atteint.year - jour.year) * 12 + atteint.month - jour.month == mois
    assert atteint.day == jour.day or (atteint.day < jour.day and (atteint + timedelta(days=1)).day == 1)


def test_les_passages_sont_ceux_de_la_table() -> None:
    assert {(p.cle, p.de, p.vers, p.motif_exige) for p in PASSAGES} == {
        ("commencer", "a_faire", "en_cours", False),
        ("abandonner", "a_faire", "abandonnee", True),
        ("abandonner", "en_cours", "abandonnee", True),
        ("reprendre", "abandonnee", "a_faire", True),
        ("clore", "en_cours", "close", False),
    }
    assert passages_de("close") == ()
    assert passage("clore", "a_faire") is None
    assert passage("clore", "en_cours") is not None


@pytest.mark.parametrize(
    ("preuves", "effet", "texte", "champs"),
    [
        (1, "obtenu", "Les ruptures sont revenues à 8 %.", []),
        (0, "obtenu", "Fait.", ["preuves"]),
        (1, "", "Fait.", ["effet_constate"]),
        (1, "tres_bien", "Fait.", ["effet_constate"]),
        (1, "obtenu", "  ", ["reevaluation"]),
        (0, "", "", ["preuves", "effet_constate", "reevaluation"]),
    ],
)
def test_ce_qui_manque_pour_clore(preuves: int, effet: str, texte: str, champs: list[str]) -> None:
    assert [champ for champ, _ in empechements(preuves, effet, texte)] == champs


@pytest.mark.parametrize(
    ("etat", "effet", "suite"),
    [
        ("close", "obtenu", False),
        ("close", "en_partie", True),
        ("close", "sans_effet", True),
        ("en_cours", None, False),
    ],
)
def test_une_suite_se_propose_si_l_effet_manque(etat: str, effet: str | None, suite: bool) -> None:
    assert demande_une_suite(etat, effet) is suite


def test_les_plus_pressantes_d_abord() -> None:
    hier, avant_hier, demain = (JOUR + timedelta(days=n) for n in (-1, -2, 1))
    rangees = ranger(
        [
            Fiche(1, "close", avant_hier),
            Fiche(2, echeance=demain),
            Fiche(3),
            Fiche(4, "en_cours", hier),
            Fiche(5, echeance=avant_hier),
            Fiche(6, echeance=demain, priorite="haute"),
            Fiche(7, "abandonnee"),
        ],
        JOUR,
    )
    assert [fiche.id for fiche in rangees] == [5, 4, 6, 2, 3, 1, 7]


def test_les_mots_couvrent_ce_que_la_base_admet() -> None:
    assert tuple(ORIGINES_LUES) == ORIGINES
    assert tuple(ETATS) == tuple(TONS) == ETATS_D_ACTION
    assert tuple(PRIORITES_LUES) == PRIORITES
    assert tuple(GRAVITES) == GRAVITES_DE_CONSTAT
    assert tuple(EFFETS_LUS) == EFFETS


def test_l_echelle_des_risques_est_paire_et_etiquetee() -> None:
    echelle = charger_echelle_des_risques()
    assert len(echelle.vraisemblance) == len(echelle.gravite) == DEGRES
    assert "de l'outil" in echelle.avertissement
    assert "ne se multiplient pas" in echelle.avertissement
    assert (echelle.vraisemblance_de(4), echelle.gravite_de(1)) == ("Presque certain", "Faible")


def test_une_echelle_impaire_est_refusee(tmp_path: Any) -> None:
    contenu = yaml.safe_load((DONNEES / "echelle_risques.yaml").read_text("utf-8"))
    contenu["gravite"].pop()
    fautif = tmp_path / "echelle.yaml"
    fautif.write_text(yaml.safe_dump(contenu, allow_unicode=True), "utf-8")
    with pytest.raises(DonneesInvalides, match="en nombre pair"):
        charger_modele(fautif, EchelleDesRisques)


def test_la_table_place_chaque_risque_une_fois_sans_produit() -> None:
    places = [Place("rare et majeur", 1, 4), Place("certain et faible", 4, 1), Place("autre", 1, 4)]
    lignes = disposer(places, DEGRES)
    assert [gravite for gravite, _ in lignes] == [4, 3, 2, 1]
    assert [risque.nom for risque in lignes[0][1][0]] == ["rare et majeur", "autre"]
    assert [risque.nom for risque in lignes[3][1][3]] == ["certain et faible"]
    assert sum(len(case) for _, cases in lignes for case in cases) == len(places)
