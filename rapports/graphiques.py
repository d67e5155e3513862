"""Les graphiques, les mêmes sur les pages et dans le PDF : un constat en titre, des axes fixes, une table de données.

Chaque fonction publique est pure : des valeurs gelées à l'entrée, un `Graphique` (SVG à inclure, titre, description,
table) à la sortie ; les mêmes valeurs donnent le même SVG à l'octet près.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from charte.commun.csv_francais import ecrire_csv
from charte.commun.typographie import nombre, part, pluriel
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
from rapports.svg import assainir

POLICES = Path(__file__).parent / "donnees" / "polices"
ENCRE, SECONDAIRE, FILET = "#1d2433", "#565f73", "#d9d7cf"
PRINCIPAL, ACCENT, BANDE = "#1f4e8c", "#a8480a", "#d6e0ec"
TENU, EN_PARTIE, MANQUE = "#1e6b45", "#7a5200", "#a3262a"
COULEURS_DES_ETATS = {
    "tenu": TENU,
    "en_partie": EN_PARTIE,
    "non_tenu": MANQUE,
    "sans_objet": SECONDAIRE,
    None: SECONDAIRE,
}
REMPLISSAGES = {"tenu": "full", "en_partie": "left", "non_tenu": "none", "sans_objet": "none", None: "none"}
LARGEUR = 6.4

_verrou = threading.Lock()


@dataclass(frozen=True)
class Graphique:
    """Un graphique prêt à montrer : SVG à inclure tel quel, constat en titre, description, table de ses données."""

    identifiant: str
    svg: str
    titre: str
    description: str
    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]

    @property
    def csv(self) -> str:
        """La table en CSV français (point-virgule, UTF-8), comme elle se lit."""
        return ecrire_csv(self.entetes, self.lignes)


@lru_cache(maxsize=256)
def graphique_evolution(indicateur: IndicateurConseil, seuil: int, cible: float | None = None) -> Graphique:
    """Le taux par promotion, son intervalle de Wilson à 95 % et la cible éventuelle (fraction) en losange."""
    identifiant = "evolution-" + indicateur.cle.replace("_", "-")
    lignes = tuple(_ligne_de_promotion(v, seuil) for v in indicateur.valeurs)
    titre = constater(indicateur).texte
    description = (
        "Par promotion : " + " ; ".join(f"{nom}, {taux} ({effectif})" for nom, taux, effectif, _ in lignes) + "."
    )
    entetes = ("Promotion", "Taux", f"Effectif ({indicateur.unite})", "Intervalle à 95 %")
    svg = _dessiner(
        (LARGEUR, 1.6), lambda axes: _tracer_evolution(axes, indicateur, cible), identifiant, titre, description
    )
    return Graphique(identifiant, svg, titre, description, entetes, lignes)


def _ligne_de_promotion(valeur: Valeur, seuil: int) -> tuple[str, str, str, str]:
    return nom_de_promotion(valeur), lire_taux(valeur, seuil), lire_fraction(valeur), lire_intervalle(valeur)


def _tracer_evolution(axes: Any, indicateur: IndicateurConseil, cible: float | None) -> None:
    haut = _haut_de_l_axe([v.ic_haut for v in indicateur.valeurs] + [cible])
    axes.set(ylim=(0, haut), xlim=(-0.6, len(indicateur.valeurs) - 0.4))
    axes.yaxis.set_major_formatter(lambda y, _: part(round(float(y), 4), 0))
    axes.set_yticks([haut * i / 4 for i in range(5)])
    axes.grid(axis="y", color=FILET, linewidth=0.7)
    noms = [f"{nom_de_promotion(v)}\n{_sous_l_axe(v)}" for v in indicateur.valeurs]
    axes.set_xticks(range(len(noms)), noms)
    connues = [(x, v) for x, v in enumerate(indicateur.valeurs) if v.connue]
    axes.plot([x for x, _ in connues], [v.taux for _, v in connues], color=PRINCIPAL, linewidth=1.4, zorder=2)
    for x, valeur in connues:
        _tracer_valeur(axes, x, valeur)
    for x, valeur in enumerate(indicateur.valeurs):
        if not valeur.connue:
            axes.text(x, haut * 0.06, "n.d." if valeur.masque else "–", ha="center", color=SECONDAIRE)
    if cible is not None:
        axes.axhline(cible, color=ACCENT, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot([len(noms) - 0.5], [cible], marker="D", color=ACCENT, markersize=6, clip_on=False)
        axes.text(-0.58, cible + haut * 0.02, f"cible {part(cible)}", color=ACCENT, va="bottom")


def _tracer_valeur(axes: Any, x: int, valeur: Valeur) -> None:
    bas, sommet = valeur.ic_bas or 0.0, valeur.ic_haut if valeur.ic_haut is not None else valeur.taux or 0.0
    axes.bar([x], [sommet - bas], bottom=[bas], width=0.34, color=BANDE, linewidth=0, zorder=1)
    axes.plot([x], [valeur.taux], marker="o", color=PRINCIPAL, markersize=6, zorder=3, clip_on=False)
    axes.annotate(
        part(valeur.taux), (x, sommet), (0, 3), textcoords="offset points", color=ENCRE, fontweight=600, ha="center"
    )


def _sous_l_axe(valeur: Valeur) -> str:
    if valeur.masque:
        return "effectif masqué"
    return f"n = {nombre(valeur.denominateur)}" if valeur.denominateur else "sans effectif"


def _haut_de_l_axe(valeurs: list[float | None]) -> float:
    """Le plus petit palier fixe qui contienne toutes les valeurs : l'axe ne bouge pas au moindre écart."""
    plus_haut = max((v for v in valeurs if v is not None), default=0.2)
    return next((palier for palier in (0.2, 0.4, 0.6, 0.8) if plus_haut <= palier), 1.0)


@lru_cache(maxsize=64)
def graphique_positions(postes: tuple[PosteConseil, ...]) -> Graphique:
    """Un signe par puce du socle (carré) et de la cible (losange), rangés par état, pour chaque poste."""
    rangees = [r for p in postes for r in ((p, "Socle", p.engagements), (p, "Cible", p.exigences))]
    lignes = tuple(_ligne_de_rangee(*rangee) for rangee in rangees)
    titre = resumer_socles(postes)
    description = " ; ".join(f"poste {r[0]}, {r[1].lower()} : {r[2]} sur {r[-1]} tenus" for r in lignes) + "."
    entetes = ("Poste", "Niveau de la charte", *MOTS_DES_ETATS.values(), "Total")
    svg = _dessiner((LARGEUR, 3.9), lambda axes: _tracer_positions(axes, rangees), "positions", titre, description)
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
    svg = _dessiner(
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


def _dessiner(
    taille: tuple[float, float], tracer: Callable[[Any], None], identifiant: str, titre: str, description: str
) -> str:
    with _style() as matplotlib:
        figure = matplotlib.figure.Figure(figsize=taille, layout="constrained")
        tracer(figure.add_subplot())
        sortie = io.StringIO()
        figure.savefig(sortie, format="svg", transparent=True, metadata={"Date": None})
    return assainir(sortie.getvalue(), identifiant=identifiant, titre=titre, description=description)


def prechauffer() -> None:
    """Charge matplotlib et ses polices d'avance : le premier graphique d'un processus attendrait sinon des secondes."""
    with _style():
        pass


@contextmanager
def _style() -> Iterator[Any]:
    """Le style de la maison, le temps d'un dessin : les réglages de matplotlib sont ceux du processus entier."""
    import matplotlib
    import matplotlib.figure

    reglages: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "trajectoire", "font.family": _police(), "font.size": 8.5,
        "text.color": ENCRE, "axes.edgecolor": SECONDAIRE, "axes.linewidth": 0.8, "axes.spines.top": False,
        "axes.spines.right": False, "axes.spines.left": False, "xtick.color": SECONDAIRE, "ytick.color": SECONDAIRE,
        "xtick.labelcolor": ENCRE, "ytick.labelcolor": SECONDAIRE, "xtick.major.size": 0, "ytick.major.size": 0,
        "axes.axisbelow": True, "text.parse_math": False,
    }  # fmt: skip
    with _verrou, matplotlib.rc_context(reglages):
        yield matplotlib


@lru_cache(maxsize=1)
def _police() -> str:
    from matplotlib import font_manager

    for fichier in sorted(POLICES.glob("*.otf")):
        font_manager.fontManager.addfont(fichier)
    return "Inter"
