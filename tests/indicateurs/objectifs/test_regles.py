"""Les règles des objectifs : les exemples qu'un responsable qualité peut lire, et ce qui vaut pour tous les nombres."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import indicateurs
from indicateurs.objectifs.mots import Mesurage, dire_une_valeur, situer_l_objectif
from indicateurs.objectifs.regles import (
    Constat,
    Sens,
    Vise,
    annee_de,
    est_atteint,
    exacte,
    fautes_de,
    il_manque,
    palier_du_moment,
    tendance,
)

FICHIER = Path(indicateurs.__file__).parent / "donnees" / "exemples_objectifs.yaml"
EXEMPLES: dict[str, list[dict[str, Any]]] = yaml.safe_load(FICHIER.read_text("utf-8"))
JOUR, ECHEANCE, BORNES = date(2026, 11, 22), date(2028, 8, 31), (0.0, 1.0)
RUPTURE = Mesurage("rupture_brute_9_mois", "part", "baisse", "contrat", "rupture_brute_9_mois@2026-11", 5)


def constat(annee: int, dit: Any) -> Constat:
    if dit == "masquee":
        return Constat(annee, f"{annee}-{annee + 1}", None, masque=True)
    valeur, bas, haut = (nombre / 100 for nombre in dit)
    return Constat(annee, f"{annee}-{annee + 1}", valeur, ic_bas=bas, ic_haut=haut)


def compte(cas: int, sur: int, annee: int = 2024) -> Constat:
    return Constat(annee, f"{annee}-{annee + 1}", cas / sur, cas, sur, cas / sur - 0.05, cas / sur + 0.05)


@pytest.mark.parametrize("exemple", EXEMPLES["il_manque"], ids=lambda e: e["dit"])
def test_ce_qu_il_manque(exemple: dict[str, Any]) -> None:
    visee = exemple["vise"] / 100
    assert il_manque(exemple["cas"], exemple["sur"], visee, exemple["sens"]) == exemple["manque"]
    assert est_atteint(compte(exemple["cas"], exemple["sur"]), visee, exemple["sens"]) is (exemple["manque"] == 0)


@given(
    sur=st.integers(1, 400),
    part=st.integers(0, 400),
    visee=st.integers(0, 1000),
    sens=st.sampled_from(["hausse", "baisse"]),
)
def test_gagner_ce_qu_il_manque_atteint_et_un_de_moins_n_atteint_pas(
    sur: int, part: int, visee: int, sens: Sens
) -> None:
    cas, seuil = min(part, sur), visee / 1000
    manque, pas = il_manque(cas, sur, seuil, sens), 1 if sens == "hausse" else -1

    def atteint(gagnes: int) -> bool:
        taux = Fraction(cas + pas * gagnes, sur)
        return taux >= exacte(seuil) if sens == "hausse" else taux <= exacte(seuil)

    assert atteint(manque)
    assert 0 <= cas + pas * manque <= sur
    assert manque == 0 or not atteint(manque - 1)


@pytest.mark.parametrize("exemple", EXEMPLES["tendance"], ids=lambda e: e["dit"])
def test_la_tendance(exemple: dict[str, Any]) -> None:
    constats = [constat(annee, dit) for annee, dit in exemple["annees"].items()]
    assert tendance(constats).genre == exemple["genre"]


def test_une_promotion_partielle_n_entre_pas_dans_la_tendance() -> None:
    avant, jeune = constat(2022, [30, 20, 100]), replace(constat(2025, [1, 0, 60]), partiel=True)
    assert tendance([avant, jeune]).genre == "une_seule"


@pytest.mark.parametrize("exemple", EXEMPLES["refus"], ids=lambda e: e["dit"])
def test_ce_qui_ne_peut_pas_etre_vise(exemple: dict[str, Any]) -> None:
    reference = exemple.get("reference")
    jalons = tuple((annee, valeur / 100) for annee, valeur in exemple.get("jalons", {}).items())
    periode = "2024-2025" if reference is not None else ""
    vise = Vise(exemple["cible"] / 100, ECHEANCE, jalons, reference and reference / 100, periode)
    mesure = exemple.get("mesure")
    mesuree = None if mesure is None else constat(2024, mesure if mesure == "masquee" else [mesure, 0, 100])
    assert [faute.champ for faute in fautes_de(vise, exemple["sens"], BORNES, mesuree)] == exemple["champs"]


@pytest.mark.parametrize(("periode", "annee"), [("2024-2025", 2024), ("2024", 2024), ("2024-2026", None), ("x", None)])
def test_une_periode_dit_son_annee(periode: str, annee: int | None) -> None:
    assert annee_de(periode) == annee


def test_le_palier_du_moment_est_celui_de_la_promotion_sinon_le_prochain() -> None:
    vise = Vise(0.08, ECHEANCE, ((2024, 0.11), (2026, 0.1)))
    assert palier_du_moment(vise, 2024) == (2024, 0.11)
    assert palier_du_moment(vise, 2025) == (2026, 0.1)
    assert palier_du_moment(vise, 2027) is None


def test_la_situation_se_lit() -> None:
    constats = (constat(2022, [20.0, 13.0, 29.0]), compte(12, 97))
    vue = situer_l_objectif(RUPTURE, Vise(0.08, ECHEANCE, ((2024, 0.1),)), constats, RUPTURE.definition, JOUR)
    assert vue.etat == "en_chemin"
    assert vue.mesure == "12,4\u202f% pour 2024-2025 (12 sur 97 contrats)."
    assert vue.jalon == "Il manque 3\u00a0contrats tenus pour atteindre le jalon 2024 (10\u202f%)."
    assert vue.cible == "L’écart à la cible (8\u202f%) est de 4,4 points : il manque 5\u00a0contrats tenus."
    assert "les intervalles se recouvrent" in vue.tendance
    assert vue.avertissements == ()


def test_une_valeur_masquee_ne_laisse_rien_deviner() -> None:
    masque = (compte(12, 97, 2023), constat(2024, "masquee"))
    vise = Vise(0.08, ECHEANCE, ((2024, 0.1),))
    vue = situer_l_objectif(RUPTURE, vise, masque, RUPTURE.definition, JOUR)
    assert vue.etat == "masque"
    dits = " ".join((vue.mesure, vue.jalon, vue.cible, vue.tendance))
    assert "n.d. (effectif < 5)" in dits
    assert "manque" not in dits
    # Ce que le masque cache ne change pas un mot, même si un appelant l'oublie dans le constat.
    oubli = (masque[0], Constat(2024, "2024-2025", 1 / 3, 1, 3, 0.06, 0.79, masque=True))
    assert situer_l_objectif(RUPTURE, vise, oubli, RUPTURE.definition, JOUR) == vue


def test_une_moyenne_dit_la_difference_et_une_nouvelle_definition_se_dit() -> None:
    satisfaction = Mesurage("satisfaction_apprentis", "moyenne", "hausse", "repondant", "satisfaction@2027-01", 5)
    mesures = (Constat(2024, "2024-2025", 7.4, None, 60, 7.1, 7.7),)
    vise = Vise(8, date(2026, 8, 31), ((2024, 7.5),))
    vue = situer_l_objectif(satisfaction, vise, mesures, "satisfaction@2026-11", JOUR)
    assert vue.jalon == "Il manque 0,1 pour atteindre le jalon 2024 (7,5)."
    assert vue.cible == "L’écart à la cible (8) est de 0,6."
    assert vue.etat == "echeance_passee"
    assert [averti.split(" (")[0] for averti in vue.avertissements] == ["La définition a changé depuis l’accord"]


def test_une_valeur_lue_comme_la_visee_sans_l_atteindre_n_est_pas_dite_atteinte() -> None:
    vue = situer_l_objectif(RUPTURE, Vise(0.12, ECHEANCE), (compte(1204, 10_000),), RUPTURE.definition, JOUR)
    assert vue.etat == "en_chemin"
    assert "moins de 0,1 point : il manque 4\u00a0contrats tenus" in vue.cible


def test_un_jalon_et_une_cible_atteints_se_disent_aussi() -> None:
    vise = Vise(0.08, ECHEANCE, ((2024, 0.15),))
    tenu = situer_l_objectif(RUPTURE, vise, (compte(12, 97),), RUPTURE.definition, JOUR)
    assert (tenu.etat, tenu.jalon) == ("jalon_tenu", "Le jalon 2024 (15\u202f%) est atteint.")
    atteint = situer_l_objectif(RUPTURE, vise, (compte(5, 97),), RUPTURE.definition, JOUR)
    assert (atteint.etat, atteint.cible) == ("atteint", "La cible (8\u202f%) est atteinte.")
    vide = situer_l_objectif(RUPTURE, vise, (), RUPTURE.definition, JOUR)
    assert (vide.etat, vide.cible) == ("sans_mesure", "")


@pytest.mark.parametrize(
    ("valeur", "unite", "dite"),
    [
        (0.12, "part", "12\u202f%"),
        (0.125, "part", "12,5\u202f%"),
        (0.93, "rapport", "93\u202f%"),
        (8.25, "moyenne", "8,2"),
    ],
)
def test_une_valeur_se_dit_dans_son_unite(valeur: float, unite: str, dite: str) -> None:
    assert dire_une_valeur(valeur, unite) == dite
