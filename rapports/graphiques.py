"""Les graphiques, les mêmes sur les pages et dans le PDF : un constat en titre, des axes fixes, une table de données.

Chaque fonction publique est pure : des valeurs gelées à l'entrée, un `Graphique` (SVG à inclure, titre, description,
table) à la sortie ; les mêmes valeurs donnent le même SVG à l'octet près.
"""

from functools import lru_cache
from typing import Any

from charte.commun.typographie import nombre, pluriel
from indicateurs.graphiste import Point, Trace
from rapports.dessin import (
    EN_PARTIE,
    LARGEUR,
    MANQUE,
    PRINCIPAL,
    SECONDAIRE,
    TENU,
    Graphique,
    dessiner,
    prechauffer,
)
from rapports.dossier import EffectifConseil, ElementConseil, IndicateurConseil, PosteConseil, Valeur
from rapports.regles import (
    MOTS_DES_ETATS,
    compter_etats,
    constater,
    dire_le_niveau,
    lire_fraction,
    lire_intervalle,
    lire_taux,
    nom_de_promotion,
    non_diffuse,
    resumer_socles,
)
from rapports.traces import figurer

__all__ = [
    "Graphique",
    "graphique_effectifs",
    "graphique_evolution",
    "graphique_positions",
    "prechauffer",
]

COULEURS_DES_ETATS = {
    "tenu": TENU,
    "en_partie": EN_PARTIE,
    "non_tenu": MANQUE,
    "sans_objet": SECONDAIRE,
    None: SECONDAIRE,
}
REMPLISSAGES = {"tenu": "full", "en_partie": "left", "non_tenu": "none", "sans_objet": "none", None: "none"}


def graphique_evolution(indicateur: IndicateurConseil, seuil: int, cible: float | None = None) -> Graphique:
    """Le taux par promotion ou année d'enquête, son intervalle de Wilson à 95 %, la cible (fraction) en losange."""
    trace = Trace(
        sorte="evolution",
        identifiant="evolution-" + indicateur.cle.replace("_", "-"),
        titre=constater(indicateur).texte,
        points=tuple(_point(valeur) for valeur in indicateur.valeurs),
        entetes=(indicateur.annee.capitalize(), "Taux", f"Effectif ({indicateur.unite})", "Intervalle à 95 %"),
        lignes=tuple(_ligne_de_promotion(v, seuil) for v in indicateur.valeurs),
        cible=cible,
    )
    return figurer(trace)


def _point(valeur: Valeur) -> Point:
    if valeur.masque:
        return Point(nom_de_promotion(valeur), None, sous="effectif masqué", mot="n.d.")
    sous = f"n = {nombre(valeur.denominateur)}" if valeur.denominateur else "sans effectif"
    return Point(nom_de_promotion(valeur), valeur.taux, valeur.ic_bas, valeur.ic_haut, sous, partielle=valeur.partielle)


def _ligne_de_promotion(valeur: Valeur, seuil: int) -> tuple[str, str, str, str]:
    nom = nom_de_promotion(valeur) + (" (partielle)" if valeur.partielle else "")
    return nom, lire_taux(valeur, seuil), lire_fraction(valeur), lire_intervalle(valeur)


@lru_cache(maxsize=64)
def graphique_positions(postes: tuple[PosteConseil, ...]) -> Graphique:
    """Un signe par puce du socle (carré) et de la cible (losange), rangés par état, pour chaque poste."""
    rangees = [r for p in postes for r in ((p, "Socle", p.engagements), (p, "Cible", p.exigences))]
    lignes = tuple(_ligne_de_rangee(*rangee) for rangee in rangees)
    titre = resumer_socles(postes)
    description = " ; ".join(f"poste {r[0]}, {r[1].lower()} : {r[2]} sur {r[-1]} tenus" for r in lignes) + "."
    entetes = ("Poste", "Niveau de la charte", *MOTS_DES_ETATS.values(), "Total")
    svg = dessiner((LARGEUR, 3.9), lambda axes: _tracer_positions(axes, rangees), "positions", titre, description)
    return Graphique("positions", svg, titre, description, entetes, lignes)


Rangee = tuple[PosteConseil, str, tuple[ElementConseil, ...]]


def _ligne_de_rangee(poste: PosteConseil, palier: str, elements: tuple[ElementConseil, ...]) -> tuple[str, ...]:
    comptes = compter_etats(elements)
    return (f"{poste.numero}. {poste.titre}", palier, *(str(n) for n in comptes.values()), str(len(elements)))


def _tracer_positions(axes: Any, rangees: list[Rangee]) -> None:
    ordre = list(MOTS_DES_ETATS)
    hauteurs = [-(rang // 2) * 3.1 - (rang % 2) * 1.05 for rang in range(len(rangees))]
    for y, (poste, palier, elements) in zip(hauteurs, rangees, strict=True):
        marque = "s" if palier == "Socle" else "D"
        for x, element in enumerate(sorted(elements, key=lambda e: ordre.index(e.etat))):
            _marquer(axes, x, y, marque, element.etat)
        axes.text(-0.7, y, palier, ha="right", va="center", color=SECONDAIRE)
        if palier == "Socle":
            niveau = dire_le_niveau(poste)
            axes.text(-2.6, y + 1.05, f"{poste.numero}. {poste.titre}", fontweight=600, va="center", ha="left")
            axes.text(10.8, y + 1.05, niveau, va="center", ha="right", color=SECONDAIRE)
    pied = hauteurs[-1] - 1.5
    for rang, (etat, mot) in enumerate(MOTS_DES_ETATS.items()):
        _marquer(axes, -2.4 + rang * 2.65, pied, "o", etat)
        axes.text(-2.1 + rang * 2.65, pied, mot, va="center", color=SECONDAIRE, fontsize=8)
    axes.set(xlim=(-2.8, 11), ylim=(pied - 0.6, 1.5))
    axes.axis("off")


def _marquer(axes: Any, x: float, y: float, marque: str, etat: str | None) -> None:
    couleur = COULEURS_DES_ETATS[etat]
    taille = 7.5 if marque == "D" else 9
    axes.plot(
        [x], [y], marker=marque, markersize=taille, color=couleur, linestyle="none", markeredgewidth=1.2,
        fillstyle=REMPLISSAGES[etat], markerfacecoloralt="white", alpha=1 if etat else 0.45,
    )  # fmt: skip
    if etat == "sans_objet":
        axes.plot([x - 0.13, x + 0.13], [y, y], color=couleur, linewidth=1.2)


@lru_cache(maxsize=64)
def graphique_effectifs(effectifs: tuple[EffectifConseil, ...], seuil: int) -> Graphique:
    """Les statuts des apprentis à la date d'observation, en barres horizontales partant de zéro."""
    lignes = tuple((e.libelle, _lire_effectif(e, seuil)) for e in effectifs)
    connus = [e.valeur for e in effectifs if e.valeur is not None]
    masques = any(e.masque for e in effectifs)
    titre = "Statut des apprentis à la date des données"
    if connus and not masques:
        titre = f"{pluriel(sum(connus), 'apprenti suivi', 'apprentis suivis')} à la date des données"
    description = " ; ".join(f"{libelle} : {lu}" for libelle, lu in lignes) + "."
    svg = dessiner(
        (LARGEUR, 0.6 + 0.33 * max(len(effectifs), 1)),
        lambda axes: _tracer_effectifs(axes, effectifs, seuil),
        "effectifs",
        titre,
        description,
    )
    return Graphique("effectifs", svg, titre, description, ("Statut", "Apprentis"), lignes)


def _lire_effectif(effectif: EffectifConseil, seuil: int) -> str:
    if effectif.masque:
        return non_diffuse(seuil)
    return "–" if effectif.valeur is None else nombre(effectif.valeur)


def _tracer_effectifs(axes: Any, effectifs: tuple[EffectifConseil, ...], seuil: int) -> None:
    haut = max([e.valeur or 0 for e in effectifs] + [1])
    rangs = list(range(len(effectifs)))
    axes.barh(rangs, [e.valeur or 0 for e in effectifs], height=0.58, color=PRINCIPAL)
    for rang, effectif in zip(rangs, effectifs, strict=True):
        axes.text((effectif.valeur or 0) + haut * 0.015, rang, _lire_effectif(effectif, seuil), va="center")
    axes.set_yticks(rangs, [e.libelle for e in effectifs])
    axes.invert_yaxis()
    axes.set(xlim=(0, haut * 1.25))
    axes.xaxis.set_visible(False)
    axes.spines["left"].set_visible(True)
