"""Les graphiques : exacts, déterministes, sans style en ligne, décrits, jamais la couleur seule."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from rapports.graphiques import (
    Graphique,
    graphique_effectifs,
    graphique_evolution,
    graphique_positions,
)
from rapports.svg import SVG, assainir
from rapports.traces import figurer
from tests.rapports.exemples import SEUIL, dossier, indicateurs, postes


def tous() -> list[Graphique]:
    """Un exemplaire de chaque graphique."""
    evolutions = [graphique_evolution(i, SEUIL, 0.08) for i in indicateurs()]
    return [*evolutions, graphique_positions(postes()), graphique_effectifs(dossier().effectifs, SEUIL)]


@pytest.mark.parametrize("graphique", tous(), ids=lambda g: str(g.identifiant))
def test_le_svg_convient_a_une_page_sans_style_en_ligne(graphique: Graphique) -> None:
    assert not re.search(r"\sstyle=|<style|<script|javascript:|\son\w+=", graphique.svg)
    racine = ET.fromstring(graphique.svg)  # noqa: S314
    assert racine.get("role") == "img"
    titre, description = racine.find(f"{{{SVG}}}title"), racine.find(f"{{{SVG}}}desc")
    assert titre is not None
    assert description is not None
    assert (titre.text, description.text) == (graphique.titre, graphique.description)
    assert racine.get("aria-labelledby") == f"{titre.get('id')} {description.get('id')}"
    assert "http" not in graphique.svg.replace(SVG, "")


def test_les_identifiants_sont_uniques_dans_une_meme_page() -> None:
    trouves = [i for g in tous() for i in re.findall(r'\sid="([^"]+)"', g.svg)]
    assert len(trouves) == len(set(trouves))
    for graphique in tous():
        for cible in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', graphique.svg):
            assert f'id="{cible[0] or cible[1]}"' in graphique.svg


def test_le_meme_dessin_a_l_octet_pres() -> None:
    premier = graphique_evolution(indicateurs()[0], SEUIL).svg
    figurer.cache_clear()
    assert graphique_evolution(indicateurs()[0], SEUIL).svg == premier


def test_le_texte_reste_du_texte_et_dit_les_effectifs() -> None:
    svg = graphique_evolution(indicateurs()[0], SEUIL, 0.08).svg
    for mot in ("34,7\u202f%", "n = 118", "2024-2025", "cible 8,0\u202f%", "0\u202f%"):
        assert f">{mot}</text>" in svg
    assert 'font-family="Inter, sans-serif"' in svg


def test_une_promotion_masquee_ne_laisse_aucun_nombre() -> None:
    graphique = graphique_evolution(indicateurs()[2], SEUIL)
    assert graphique.lignes[1] == ("2023-2024", "n.d. (effectif\u00a0<\u202f5)", "n.d.", "n.d.")
    assert ">effectif masqué</text>" in graphique.svg


def test_une_promotion_partielle_se_dit_sous_l_axe_et_dans_la_table() -> None:
    rupture = indicateurs()[0]
    avant, apres, derniere = rupture.valeurs
    graphique = graphique_evolution(replace(rupture, valeurs=(avant, apres, replace(derniere, partielle=True))), SEUIL)
    assert [ligne[0] for ligne in graphique.lignes] == ["2022-2023", "2023-2024", "2024-2025 (partielle)"]
    assert graphique.svg.count(">partielle</text>") == 1


def test_les_signes_doublent_la_couleur() -> None:
    graphique = graphique_positions(postes())
    assert graphique.entetes[2:] == ("Tenu", "En partie", "Non tenu", "Sans objet", "Non renseigné", "Total")
    assert sum(int(ligne[-1]) for ligne in graphique.lignes) == 23 + 18
    assert all(f">{mot}</text>" in graphique.svg for mot in graphique.entetes[2:7])


def test_les_effectifs_partent_de_zero_et_se_taisent_s_ils_sont_petits() -> None:
    graphique = graphique_effectifs(dossier().effectifs, SEUIL)
    assert dict(graphique.lignes)["En apprentissage"] == "172"
    assert dict(graphique.lignes)["En rupture, accompagnés par le CFA"] == "n.d. (effectif\u00a0<\u202f5)"
    assert graphique.titre == "Statut des apprentis à la date des données"


def test_un_titre_hostile_est_echappe() -> None:
    svg = assainir(
        f'<svg xmlns="{SVG}"><g style="fill: #000"/></svg>', identifiant="x", titre="<script>&", description="</svg>"
    )
    assert "<script>" not in svg
    assert "&lt;script&gt;&amp;" in svg
    assert 'fill="#000"' in svg
