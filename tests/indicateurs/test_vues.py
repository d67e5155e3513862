"""Ce que les pages montrent : unités, comptes, tendances, cartes, cinq ans, figures ; un masque n'a aucun nombre."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from indicateurs.catalogue import charger_ventilations
from indicateurs.definitions import Definition, charger_definitions
from indicateurs.mesures import Mesure, Perimetre, TableauDeMesures
from indicateurs.survie import estimer
from indicateurs.unites import PART, Echelle
from indicateurs.vues.cartes import compose_de, dresser
from indicateurs.vues.cinq_ans import lire_cinq_ans
from indicateurs.vues.objectifs import ObjectifVu
from indicateurs.vues.sources import source_de
from indicateurs.vues.survie import trace_de_survie
from indicateurs.vues.tendance import constat, genre_d_evolution, tendance
from indicateurs.vues.traces import trace_d_evolution, trace_de_ventilation, trace_des_situations
from indicateurs.vues.valeurs import accorder, cellules, compte, echelle_de, intervalle, sous_l_axe, valeur

DEFINITIONS = charger_definitions()
RUPTURE, OBTENTION = DEFINITIONS["rupture_brute_9_mois"], DEFINITIONS["obtention"]
SEUIL = 5
MASQUEE = Mesure("2023-2024", None, None, None, None, None, masque=True)
TOTAL = Perimetre("total", (), "Tout l'établissement", "total")


def mesure(promotion: str | None, cas: int, n: int, bas: float | None = None, haut: float | None = None) -> Mesure:
    """Une mesure montrée ; sans bornes, l'intervalle est celui de la valeur seule."""
    taux = cas / n if n else None
    return Mesure(promotion, cas, n, taux, taux if bas is None else bas, taux if haut is None else haut, False, n)


def un_tableau(**series: tuple[Mesure, ...]) -> TableauDeMesures:
    """Un tableau d'un seul périmètre ; les autres indicateurs n'ont aucune donnée."""
    return TableauDeMesures(
        date(2026, 11, 21), "interne", DEFINITIONS, (TOTAL,), (), {(c, "total", ()): s for c, s in series.items()}
    )


@pytest.mark.parametrize(
    ("cle", "lue", "attendu"),
    [
        ("rupture_brute_9_mois", Mesure("p", 12, 97, 12 / 97, 0.07, 0.2, False, 97), ("12,4 %", "12 sur 97 contrats")),
        ("obtention", Mesure("p", 1, 1, 1.0, 0.2, 1.0, False, 1), ("100,0 %", "1 sur 1 apprenti")),
        ("delai_de_rupture", Mesure("p", 1200, 10, 120.0, 90.0, 150.0, False, 10), ("120,0 jours", "10 contrats")),
        ("satisfaction_apprentis", Mesure("p", 312, 40, 7.8, 7.1, 8.5, False, 40), ("7,8 sur 10", "40 répondants")),
        (
            "realisation",
            Mesure("p", 960.5, 1000, 0.9605, None, None, False, 12),
            ("96,0 %", "960 sur 1 000, 12 apprentis"),
        ),
        ("rupture_9_mois_estimee", Mesure("p", 8, 60, 0.14, 0.1, 0.2, False, 60), ("14,0 %", "60 contrats")),
        ("effectif_apprentis", Mesure(None, 1284, None, None, None, None, False, 1400), ("1 284", "")),
    ],
)
def test_une_valeur_s_ecrit_dans_son_unite(cle: str, lue: Mesure, attendu: tuple[str, str]) -> None:
    definition = DEFINITIONS[cle]
    ecrits = (valeur(lue, definition, SEUIL), compte(lue, definition))
    assert tuple(" ".join(e.split()) for e in ecrits) == attendu


def test_les_echeances_d_un_indicateur_se_lisent_sur_une_seule_carte() -> None:
    series = {f"insertion_{mois}_mois": (mesure("2023-2024", mois, 60),) for mois in (6, 12, 30)}
    tableau = un_tableau(**series, insertion_18_mois=(MASQUEE,), obtention=(mesure("2023-2024", 50, 60),))
    (_, insertion) = dresser(tableau, TOTAL, {}).familles
    (carte,) = insertion.cartes
    assert (carte.definition.cle, carte.valeur) == ("insertion_6_mois", "10,0\u202f%")
    dites = [(e.libelle, e.valeur, e.masquee) for e in carte.echeances]
    assert dites == [
        ("à 12 mois", "20,0\u202f%", False),
        ("à 18 mois", "n.d. (effectif < 5)", True),
        ("à 30 mois", "50,0\u202f%", False),
    ]
    vise = ObjectifVu(0.9, "Cible 90 %", "")
    avec = dresser(tableau, TOTAL, {"insertion_12_mois": vise}).familles[1].cartes
    assert [(c.definition.cle, c.objectif) for c in avec] == [("insertion_6_mois", None), ("insertion_12_mois", vise)]


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda d: str(d.cle))
def test_un_masque_ou_une_absence_ne_laisse_aucun_nombre(definition: Definition) -> None:
    masquee = "".join(cellules(MASQUEE, definition, SEUIL)).replace("n.d. (effectif < 5)", "")
    assert (masquee, sous_l_axe(MASQUEE)) == ("", "effectif masqué")
    absente = Mesure("2023-2024", 0, 0, None, None, None, False, 0)
    assert valeur(absente, definition, SEUIL) in ("–", "0")
    assert (compte(absente, definition), intervalle(absente, definition)) == ("", "")
    assert valeur(None, definition, SEUIL) == "–"


@pytest.mark.parametrize(
    ("definition", "valeurs", "haut"),
    [
        (RUPTURE, [0.12, None], 0.2),
        (RUPTURE, [0.2001], 0.4),
        (RUPTURE, [], 0.2),
        (OBTENTION, [0.97], 1.0),
        (DEFINITIONS["realisation"], [1.08], 2.0),
        (DEFINITIONS["satisfaction_apprentis"], [7.8], 10.0),
        (DEFINITIONS["delai_de_rupture"], [112.0], 200.0),
        (DEFINITIONS["delai_de_rupture"], [], 1.0),
    ],
)
def test_l_axe_a_des_paliers_fixes_et_part_de_zero(
    definition: Definition, valeurs: list[float | None], haut: float
) -> None:
    assert echelle_de(definition).haut(valeurs) == haut


def test_les_mots_s_accordent() -> None:
    assert [accorder("repondant", n) for n in (0, 1, 2)] == ["répondant", "répondant", "répondants"]
    assert [accorder("demande", n) for n in (1, 3)] == ["demande", "demandes"]
    jours, notes = Echelle("nombre", "jours", None), Echelle("nombre", "sur 10", 10)
    ecarts = (PART.ecart(0.018), PART.ecart(-0.03), jours.ecart(0.44), jours.ecart(12), notes.ecart(0.2))
    assert ecarts == tuple(
        dit.replace(" ", "\u00a0") for dit in ("1,8 point", "3,0 points", "0,4 jour", "12,0 jours", "0,2 point")
    )


@pytest.mark.parametrize(
    ("avant", "apres", "genre"),
    [
        ((0.2, 0.3), (0.1, 0.19), "baisse"),
        ((0.2, 0.3), (0.31, 0.4), "hausse"),
        ((0.2, 0.3), (0.3, 0.4), "stable"),
        ((0.2, 0.3), (None, None), "stable"),
    ],
)
def test_une_evolution_ne_se_dit_que_si_les_intervalles_sont_disjoints(
    avant: tuple[float | None, float | None], apres: tuple[float | None, float | None], genre: str
) -> None:
    assert genre_d_evolution(avant, apres) == genre


def test_la_tendance_se_dit_en_mots_et_saute_les_masques() -> None:
    serie = (mesure("2021-2022", 30, 100, 0.22, 0.4), MASQUEE, mesure("2024-2025", 8, 100, 0.04, 0.15))
    dite = tendance(serie, "baisse")
    assert (dite.mots, dite.favorable) == ("en baisse depuis 2021-2022, dans le sens souhaité", True)
    assert tendance(serie, "hausse").favorable is False
    assert tendance(serie, "aucun").mots == ""
    assert tendance(serie[:2], "baisse").mots == "une seule année connue"
    assert tendance((MASQUEE,), "baisse").mots == ""


def test_une_promotion_partielle_n_entre_dans_aucune_tendance_et_se_dit() -> None:
    closes = (mesure("2021-2022", 30, 100, 0.22, 0.4), mesure("2024-2025", 28, 100, 0.2, 0.38))
    jeune = replace(mesure("2025-2026", 1, 60, 0.0, 0.09), partielle=True)
    dite = tendance((*closes, jeune), "baisse")
    assert (dite.genre, dite.favorable) == ("stable", None)
    assert dite.mots == "pas d’évolution nette depuis 2021-2022 ; 2025-2026, encore partielle, n’y entre pas"
    assert tendance((closes[0], jeune), "baisse").mots.startswith("une seule année complète ; 2025-2026")
    deux = tendance((replace(closes[1], partielle=True), jeune), "baisse")
    assert deux.mots == "aucune année complète ; 2024-2025 et 2025-2026, encore partielles, n’y entrent pas"
    titre = constat(RUPTURE, (*closes, jeune), PART, 0.1)
    lu = " ".join(titre.split())
    assert "(28,0 % pour 2024-2025) ; l’écart à la cible est de 18,0 points ; 2025-2026, encore" in lu


def test_le_titre_dit_le_constat_et_l_ecart_a_la_cible() -> None:
    serie = (mesure("2023-2024", 20, 100, 0.1, 0.3), mesure("2024-2025", 12, 100, 0.07, 0.2))
    titre = constat(RUPTURE, serie, PART, 0.1)
    assert titre == (
        "Rupture brute à 9 mois : pas d’évolution nette depuis 2023-2024 (12,0\u202f% pour 2024-2025)"
        " ; l’écart à la cible est de 2,0\u00a0points"
    )
    assert "la cible est atteinte" in constat(RUPTURE, serie, PART, 0.12)
    assert constat(RUPTURE, (MASQUEE,), PART) == "Rupture brute à 9 mois : aucune valeur affichable"


def test_le_tableau_de_bord_range_par_famille_et_dit_ce_qui_manque() -> None:
    tableau = un_tableau(rupture_brute_9_mois=(mesure("2023-2024", 9, 60), MASQUEE), obtention=(MASQUEE,))
    vise = ObjectifVu(0.1, "Cible 10 %", "Il manque 3 contrats tenus.")
    bord = dresser(tableau, TOTAL, {"rupture_brute_9_mois": vise})
    assert [(f.libelle, [c.definition.cle for c in f.cartes]) for f in bord.familles] == [
        ("Ruptures de contrat", ["rupture_brute_9_mois"]),
        ("Résultats au diplôme", ["obtention"]),
    ]
    assert bord.familles[0].cartes[0].objectif == vise
    assert bord.familles[1].cartes[0].valeur == "n.d. (effectif < 5)"
    attendus = {a.source: [d.cle for d in a.definitions] for a in bord.attentes}
    assert "realisation" in attendus["un fichier d’heures prévues et réalisées"]
    assert "insertion_6_mois" in attendus["une enquête d’insertion"]
    montrees = {c.definition.cle for f in bord.familles for c in f.cartes}
    assert montrees.isdisjoint(cle for cles in attendus.values() for cle in cles)


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda d: str(d.cle))
def test_chaque_indicateur_sait_quel_fichier_le_nourrit(definition: Definition) -> None:
    assert source_de(definition) != "un fichier déposé"


def test_cinq_ans_tient_en_cinq_colonnes_et_garde_les_masques() -> None:
    annees = [f"{a}-{a + 1}" for a in range(2019, 2026)]
    serie = (*(mesure(annee, 5, 50) for annee in annees[:-1]), mesure(annees[-1], 0, 0))
    tableau = un_tableau(rupture_brute_9_mois=serie, obtention=(MASQUEE,))
    lu = lire_cinq_ans(tableau, TOTAL, {})
    assert lu.promotions == ("2020-2021", "2021-2022", "2022-2023", "2023-2024", "2024-2025")
    ruptures, diplomes = (groupe[1][0] for groupe in lu.groupes)
    assert [c.valeur for c in ruptures.cellules] == ["10,0\u202f%"] * 5
    assert [(c.valeur, c.compte) for c in diplomes.cellules if c.valeur != "–"] == [("n.d. (effectif < 5)", "")]


def test_l_evolution_porte_jalons_cible_et_annees_a_venir() -> None:
    serie = (mesure("2023-2024", 9, 60, 0.08, 0.26), replace(MASQUEE, partielle=True))
    vise = ObjectifVu(0.08, "Cible", jalons=((2023, 0.14), (2026, 0.1)))
    trace = trace_d_evolution(RUPTURE, serie, SEUIL, ensemble=mesure(None, 9, 60), objectif=vise)
    assert [(p.nom, p.valeur, p.jalon, p.mot, p.partielle) for p in trace.points] == [
        ("2023-2024", 0.15, 0.14, "–", False),
        ("2023-2024", None, 0.14, "n.d.", True),
        ("2026-2027", None, 0.1, "", False),
    ]  # fmt: skip
    assert trace.entetes[-1] == "Jalon visé"
    assert [ligne[0] for ligne in trace.lignes] == [
        "2023-2024",
        "2023-2024 (partielle)",
        "2026-2027",
        "Toutes promotions",
    ]
    assert trace.lignes[2] == ("2026-2027", "à venir", "", "", "10,0\u202f%")
    assert len({len(ligne) for ligne in trace.lignes}) == 1


@pytest.mark.parametrize(
    ("femmes", "hommes", "attendu"),
    [
        (mesure("p", 5, 100, 0.02, 0.1), mesure("p", 40, 100, 0.3, 0.5), "5,0\u202f% (Femmes) à 40,0\u202f% (Hommes)"),
        (mesure("p", 5, 100, 0.02, 0.3), mesure("p", 20, 100, 0.1, 0.5), "pas d’écart net"),
        (mesure("p", 5, 100), MASQUEE, "trop peu de valeurs pour comparer"),
    ],
)
def test_une_ventilation_ne_dit_que_les_ecarts_nets(femmes: Mesure, hommes: Mesure, attendu: str) -> None:
    trace = trace_de_ventilation(RUPTURE, charger_ventilations()["sexe"], [("F", femmes), ("H", hommes)], SEUIL)
    assert trace.titre.endswith(attendu)
    assert [p.nom for p in trace.points] == ["Femmes", "Hommes"]


def test_une_modalite_masquee_n_a_ni_barre_ni_nombre() -> None:
    trace = trace_de_ventilation(
        RUPTURE, charger_ventilations()["sexe"], [("F", mesure("p", 5, 100)), ("H", MASQUEE)], 5
    )
    point = trace.points[1]
    assert (point.valeur, point.bas, point.haut, point.sous) == (None, None, None, "effectif masqué")
    assert trace.lignes[1] == ("Hommes", "n.d. (effectif < 5)", "", "")


def test_les_situations_suivent_les_echeances() -> None:
    trace = trace_des_situations(
        [(6, DEFINITIONS["insertion_6_mois"], mesure(None, 40, 50)), (12, DEFINITIONS["insertion_12_mois"], MASQUEE)],
        SEUIL,
    )
    assert trace.titre == "Insertion selon le temps écoulé depuis la sortie : 80,0\u202f% à 6 mois"
    assert [(p.nom, p.sous) for p in trace.points] == [("6 mois", "n = 50"), ("12 mois", "effectif masqué")]


def test_la_courbe_s_arrete_avant_les_petits_effectifs_et_ne_date_aucune_rupture() -> None:
    jours = np.array([40, 100, 280, 400])
    courbe = estimer(jours, np.array([4, 6, 8, 4]), np.array([4, 2, 0, 0]))
    trace = trace_de_survie(courbe, SEUIL)
    assert trace is not None
    assert trace.titre.endswith("la probabilité d’avoir rompu à 9 mois est de 27,3\u202f%")
    assert [point.abscisse for point in trace.points] == list(range(10))
    assert all(int(ligne[2]) >= SEUIL for ligne in trace.lignes)
    assert trace_de_survie(courbe, 100) is None


def test_un_perimetre_se_compose_de_ses_diplomes() -> None:
    un = Perimetre("formation", ("R", None, "CFA1", "LIEU"), "A", "diplome-1", 1, "Sciences")
    deux = Perimetre("formation", ("R", None, "CFA2", "LIEU"), "B", "diplome-2", 2)
    cfa, lieu = Perimetre("responsable", ("CFA1",), "CFA", "cfa-1"), Perimetre("formateur", ("LIEU",), "L", "lieu-1")
    composante = Perimetre("composante", ("Sciences",), "Sciences", "composante-1")
    tableau = TableauDeMesures(date(2026, 1, 1), "interne", {}, (TOTAL, composante, cfa, lieu, un, deux), (), {})
    composes = {p.niveau: compose_de(tableau, p) for p in (TOTAL, composante, cfa, lieu, un)}
    assert composes == {
        "total": [un, deux], "composante": [un], "responsable": [un], "formateur": [un, deux], "formation": [],
    }  # fmt: skip
