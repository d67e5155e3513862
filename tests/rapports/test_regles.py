"""Ce que le dossier ose dire d'un chiffre, et ce qu'il sait lui manquer."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapports.dossier import IndicateurConseil, Valeur, depuis_instantane, en_instantane
from rapports.regles import (
    constater,
    derniere_connue,
    favorable,
    lire_fraction,
    lire_intervalle,
    lire_taux,
    relever_manques,
    resumer_socles,
)
from tests.rapports.exemples import SEUIL, definition, dossier, dossier_vide, postes, valeur


def indicateur(*valeurs: Valeur, sens: Any = "baisse") -> IndicateurConseil:
    """Un indicateur de ces valeurs."""
    return IndicateurConseil("rupture", "Rupture", "contrats", sens, definition(), valeurs)


@pytest.mark.parametrize(
    ("valeurs", "genre", "extrait"),
    [
        ((), "insuffisant", "aucune valeur affichable"),
        ((Valeur(2023), Valeur(2024, masque=True)), "insuffisant", "aucune valeur affichable"),
        ((valeur(2024, 3, 47),), "insuffisant", "une seule promotion connue"),
        ((valeur(2022, 41, 118), valeur(2024, 11, 124)), "baisse", "de 34,7\u202f% à 8,9\u202f%"),
        ((valeur(2022, 11, 124), valeur(2024, 41, 118)), "hausse", "en hausse depuis la promotion 2022-2023"),
        ((valeur(2022, 9, 58), valeur(2024, 4, 61)), "stable", "pas d'évolution nette"),
        ((valeur(2022, 41, 118), Valeur(2023, masque=True), valeur(2024, 11, 124)), "baisse", "en baisse"),
    ],
)
def test_une_evolution_ne_se_dit_que_si_les_intervalles_sont_disjoints(
    valeurs: tuple[Valeur, ...], genre: str, extrait: str
) -> None:
    constat = constater(indicateur(*valeurs))
    assert constat.genre == genre
    assert extrait in constat.texte


def test_ni_une_promotion_partielle_ni_une_annee_d_enquete_ne_se_dit_promotion_complete() -> None:
    jeune = replace(valeur(2025, 1, 124), partielle=True)
    constat = constater(indicateur(valeur(2022, 41, 118), jeune))
    assert (constat.genre, "pour la promotion 2022-2023, une seule promotion complète" in constat.texte) == (
        "insuffisant", True,
    )  # fmt: skip
    assert constater(indicateur(valeur(2022, 41, 118), valeur(2024, 40, 118), jeune)).genre == "stable"
    enquete = replace(indicateur(valeur(2022, 41, 118), valeur(2024, 11, 124)), par_enquete=True)
    assert "en baisse depuis l’année d’enquête 2022-2023" in constater(enquete).texte
    assert "promotion" not in constater(enquete).texte


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_deux_fois_le_meme_taux_n_est_jamais_une_evolution(avant: int, apres: int, donnees: st.DataObject) -> None:
    fraction = donnees.draw(st.floats(0, 1))
    suite = indicateur(valeur(2023, round(avant * fraction), avant), valeur(2024, round(apres * fraction), apres))
    ecart = abs((suite.valeurs[0].taux or 0) - (suite.valeurs[1].taux or 0))
    if ecart < 1e-9:
        assert constater(suite).genre == "stable"


def test_le_sens_souhaite_vient_de_la_definition() -> None:
    baisse = (valeur(2022, 41, 118), valeur(2024, 11, 124))
    assert favorable(indicateur(*baisse), constater(indicateur(*baisse))) is True
    assert favorable(indicateur(*baisse, sens="hausse"), constater(indicateur(*baisse))) is False
    assert favorable(indicateur(*baisse, sens=None), constater(indicateur(*baisse))) is None


def test_une_valeur_masquee_ne_peut_pas_porter_de_nombre() -> None:
    with pytest.raises(ValueError, match="masquée"):
        Valeur(2024, 3, 4, masque=True)


def test_les_ecritures_d_une_valeur() -> None:
    connue, masquee, absente = valeur(2024, 3, 47), Valeur(2024, masque=True), Valeur(2024)
    assert [lire_taux(v, SEUIL) for v in (connue, absente, None)] == ["6,4\u202f%", "–", "–"]
    assert lire_taux(masquee, SEUIL) == "n.d. (effectif\u00a0<\u202f5)"
    assert [lire_fraction(v) for v in (connue, masquee, absente, None)] == ["3 sur 47", "n.d.", "–", "–"]
    assert [lire_intervalle(v) for v in (masquee, absente)] == ["n.d.", "–"]
    assert lire_intervalle(connue) == "2,2\u202f% à 17,2\u202f%"


def test_la_derniere_valeur_montree_est_la_plus_recente_affichable() -> None:
    suite = indicateur(valeur(2022, 1, 20), valeur(2023, 2, 20), Valeur(2024, masque=True), Valeur(2025))
    lue = derniere_connue(suite)
    assert lue is not None
    assert lue.promotion == 2023
    masquee = derniere_connue(indicateur(Valeur(2023, masque=True), Valeur(2024)))
    assert masquee is not None
    assert masquee.masque
    assert derniere_connue(indicateur(Valeur(2024))) is None


def test_les_manques_disent_quoi_et_ou() -> None:
    assert [m.quoi for m in relever_manques(dossier_vide())] == [
        "La grille de cette formation n'est pas ouverte.",
        "Aucun fichier d'apprentis n'est rangé pour cette formation.",
    ]
    quois = [m.quoi for m in relever_manques(dossier(postes=postes(vide=True)))]
    assert quois[0] == "41\u00a0positions sur 41 à renseigner."
    assert all(m.ou for m in relever_manques(dossier()))


def test_la_phrase_des_niveaux_ne_se_cache_pas_derriere_une_moyenne() -> None:
    assert resumer_socles(postes(vide=True)) == "Aucune position n'est encore prise"
    assert resumer_socles(postes()).startswith("Socle atteint dans 2\u00a0postes sur 4, cible dans 1\u00a0poste ; ")


def test_l_instantane_redonne_le_dossier() -> None:
    complet = replace(dossier(), sources=dossier().sources[:1])
    assert depuis_instantane(en_instantane(complet)) == complet
