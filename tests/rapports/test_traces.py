"""Les figures d'indicateurs : sûres, déterministes, axes depuis zéro ; un masque n'y laisse ni point ni nombre."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from indicateurs.graphiste import Graphiste, Point, Trace
from rapports.graphiste import GraphisteDesPages
from rapports.svg import SVG

ENTETES = ("Promotion", "Taux", "Compte", "Intervalle à 95 %")
CONNU = Point("2023-2024", 0.124, 0.08, 0.19, "n = 97", jalon=0.14)
MASQUE = Point("2024-2025", None, sous="effectif masqué", mot="n.d.")
EVOLUTION = Trace(
    "evolution", "evolution-x", "Un constat", (CONNU, MASQUE), ENTETES,
    (("2023-2024", "12,4 %", "12 sur 97", "8 % à 19 %"), ("2024-2025", "n.d. (effectif < 5)", "", "")),
    cible=0.1, repere=("France, 2022", 0.18),
)  # fmt: skip
BARRES = replace(EVOLUTION, sorte="barres", identifiant="sexe-x", cible=None, repere=None)
MOIS = tuple(
    Point(f"{m} mois", m / 100, m / 120, m / 80, "" if m % 3 else "n = 9", jalon=0.09 if m == 9 else None, abscisse=m)
    for m in range(13)
)
SURVIE = replace(
    EVOLUTION, sorte="survie", identifiant="courbe-x", cible=None, repere=None, axe="mois", points=MOIS
)  # fmt: skip
TOUTES = (EVOLUTION, BARRES, SURVIE)
GRAPHISTE = GraphisteDesPages()


def test_le_graphiste_tient_le_protocole() -> None:
    assert isinstance(GRAPHISTE, Graphiste)


@pytest.mark.parametrize("trace", TOUTES, ids=lambda t: str(t.sorte))
def test_la_figure_convient_a_une_page_sans_style_en_ligne(trace: Trace) -> None:
    dessin = GRAPHISTE.dessiner(trace)
    assert not re.search(r"\sstyle=|<style|<script|javascript:|\son\w+=", dessin.svg)
    titre = ET.fromstring(dessin.svg).find(f"{{{SVG}}}title")  # noqa: S314
    assert titre is not None
    assert titre.text == dessin.titre == "Un constat"
    assert dessin.lignes == trace.lignes


@pytest.mark.parametrize("trace", TOUTES, ids=lambda t: str(t.sorte))
def test_la_figure_emportee_dit_son_titre_et_son_calcul(trace: Trace) -> None:
    svg = GRAPHISTE.emporter(trace, "Université, observé le 21/11/2026.\nDéfinition x@2026-11.", "svg").decode()
    assert "Un constat" in svg
    assert "Définition x@2026-11." in svg
    assert GRAPHISTE.emporter(trace, "pied", "png").startswith(b"\x89PNG")


def test_un_titre_plie_garde_sa_ponctuation_en_fin_de_ligne() -> None:
    pleine = " ".join(["mot"] * 22)
    svg = GRAPHISTE.emporter(replace(EVOLUTION, titre=f"{pleine} ; la suite"), "pied", "svg").decode()
    assert re.search(r">mot\s; la suite<", svg)


def test_jalon_cible_et_repere_sont_nommes_a_cote() -> None:
    svg = GRAPHISTE.dessiner(EVOLUTION).svg
    for mot in ("jalon 14,0\u202f%", "cible 10,0\u202f%", "France, 2022 : 18,0\u202f%", "12,4\u202f%", "n = 97"):
        assert f">{mot}</text>" in svg


def test_l_axe_dit_qu_une_promotion_est_encore_partielle() -> None:
    jeunes = replace(EVOLUTION, points=(replace(CONNU, partielle=True), replace(MASQUE, partielle=True)))
    svg = GRAPHISTE.dessiner(jeunes).svg
    sous_l_axe = [t for t in re.findall(r">([^<>]+)</text>", svg) if t in ("2023-2024", "n = 97", "partielle")]
    assert sous_l_axe == ["2023-2024", "n = 97", "partielle", "partielle"]
    assert ">partielle</text>" not in GRAPHISTE.dessiner(EVOLUTION).svg
    assert b">partielle</text>" in GRAPHISTE.emporter(jeunes, "pied", "svg")
    assert GRAPHISTE.emporter(jeunes, "pied", "png") != GRAPHISTE.emporter(EVOLUTION, "pied", "png")


@pytest.mark.parametrize("trace", [EVOLUTION, BARRES], ids=lambda t: str(t.sorte))
def test_une_valeur_masquee_ne_change_rien_a_ce_qui_se_dessine(trace: Trace) -> None:
    """Quel que fût le nombre caché, la figure est la même : il n'est pas dans la trace, ni dans l'axe."""
    textes = re.findall(r">([^<>]+)</text>", GRAPHISTE.dessiner(trace).svg)
    assert [t for t in textes if "masqué" in t]
    seule = replace(trace, points=(CONNU,), lignes=trace.lignes[:1])
    axe = [t for t in re.findall(r">([^<>]+)</text>", GRAPHISTE.dessiner(seule).svg) if re.fullmatch(r"\d+\u202f%", t)]
    assert [t for t in textes if re.fullmatch(r"\d+\u202f%", t)] == axe


def test_les_barres_partent_de_zero() -> None:
    textes = re.findall(r">([^<>]+)</text>", GRAPHISTE.dessiner(BARRES).svg)
    assert "0\u202f%" in textes
    assert "n.d.  effectif masqué" in [t.replace("\u00a0", " ") for t in textes]
