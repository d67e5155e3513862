"""Dessiner une trace d'indicateur : évolution avec bande, barres depuis zéro, courbe de survie.

Disque plein : la valeur ; disque creux : un jalon ; losange : la cible ; ligne pointée : un repère d'ailleurs, nommé à
côté. Une valeur masquée n'a ni point, ni barre, ni effet sur l'axe : elle n'est pas dans la trace.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

from indicateurs.graphiste import Point, Sorte, Trace
from rapports.dessin import (
    ACCENT,
    BANDE,
    ENCRE,
    FILET,
    LARGEUR,
    PRINCIPAL,
    SECONDAIRE,
    Graphique,
    Taille,
    dessiner,
    emporter,
)

__all__ = ["figure_seule", "figurer"]


@lru_cache(maxsize=512)
def figurer(trace: Trace) -> Graphique:
    """La figure d'une trace, à inclure dans une page ou un PDF."""
    taille, tracer = _recette(trace)
    svg = dessiner(taille, tracer, trace.identifiant, trace.titre, trace.description)
    return Graphique(trace.identifiant, svg, trace.titre, trace.description, trace.entetes, trace.lignes)


@lru_cache(maxsize=64)
def figure_seule(trace: Trace, pied: str, genre: Literal["svg", "png"]) -> bytes:
    """La figure d'une trace en fichier, titre et pied compris."""
    taille, tracer = _recette(trace)
    return emporter(taille, tracer, trace.titre, pied, genre)


def _recette(trace: Trace) -> tuple[Taille, Callable[[Any], None]]:
    hauteurs: dict[Sorte, float] = {"evolution": 1.9, "barres": 0.55 + 0.34 * max(len(trace.points), 1), "survie": 2.3}
    if trace.sorte == "evolution" and not _reperes(trace):
        hauteurs["evolution"] = 1.6
    if any(p.partielle for p in trace.points):
        hauteurs["evolution"] += 0.14  # la ligne de plus sous l'axe
    return (LARGEUR, hauteurs[trace.sorte]), lambda axes: _TRACEURS[trace.sorte](axes, trace)


def _reperes(trace: Trace) -> bool:
    return trace.cible is not None or trace.repere is not None or any(p.jalon is not None for p in trace.points)


def _bornes(trace: Trace) -> float:
    vues = [v for p in trace.points for v in (p.valeur, p.haut, p.jalon)]
    return trace.echelle.haut([*vues, trace.cible, trace.repere[1] if trace.repere else None])


def _graduer(axes: Any, trace: Trace, haut: float) -> None:
    axes.set(ylim=(0, haut))
    axes.yaxis.set_major_formatter(lambda y, _: trace.echelle.sur_l_axe(float(y)))
    axes.set_yticks([haut * i / 4 for i in range(5)])
    axes.grid(axis="y", color=FILET, linewidth=0.7)


def _tracer_evolution(axes: Any, trace: Trace) -> None:
    haut = _bornes(trace)
    _graduer(axes, trace, haut)
    axes.set(xlim=(-0.6, len(trace.points) - 0.4))
    axes.set_xticks(range(len(trace.points)), [_sous_l_axe(p) for p in trace.points])
    connus = [(x, p) for x, p in enumerate(trace.points) if p.valeur is not None]
    axes.plot([x for x, _ in connus], [p.valeur for _, p in connus], color=PRINCIPAL, linewidth=1.4, zorder=2)
    for x, point in connus:
        _tracer_point(axes, x, point, trace)
    for x, point in enumerate(trace.points):
        if point.valeur is None and point.mot:
            axes.text(x, haut * 0.06, point.mot, ha="center", color=SECONDAIRE)
    _tracer_jalons(axes, trace, haut)
    _tracer_cible(axes, trace, haut)
    _tracer_repere(axes, trace, haut)


def _sous_l_axe(point: Point) -> str:
    return "\n".join([point.nom, point.sous, *(["partielle"] if point.partielle else [])])


def _tracer_point(axes: Any, x: int, point: Point, trace: Trace) -> None:
    valeur = point.valeur or 0.0
    bas = valeur if point.bas is None else point.bas
    sommet = valeur if point.haut is None else point.haut
    axes.bar([x], [sommet - bas], bottom=[bas], width=0.34, color=BANDE, linewidth=0, zorder=1)
    axes.plot([x], [valeur], marker="o", color=PRINCIPAL, markersize=6, zorder=3, clip_on=False)
    mot = trace.echelle.ecrire(valeur)
    axes.annotate(mot, (x, sommet), (0, 3), textcoords="offset points", color=ENCRE, fontweight=600, ha="center")


def _tracer_jalons(axes: Any, trace: Trace, haut: float) -> None:
    for x, point in enumerate(trace.points):
        if point.jalon is None:
            continue
        axes.plot(
            [x + 0.26], [point.jalon], marker="o", markersize=6, color=ACCENT, markerfacecolor="white", zorder=4,
            clip_on=False,
        )  # fmt: skip
        mot = f"jalon {trace.echelle.ecrire(point.jalon)}"
        axes.text(x + 0.33, point.jalon + haut * 0.01, mot, color=ACCENT, va="center", fontsize=7.5)


def _tracer_cible(axes: Any, trace: Trace, haut: float) -> None:
    if trace.cible is None:
        return
    axes.axhline(trace.cible, color=ACCENT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot([len(trace.points) - 0.5], [trace.cible], marker="D", color=ACCENT, markersize=6, clip_on=False)
    mot = f"cible {trace.echelle.ecrire(trace.cible)}"
    axes.text(-0.58, trace.cible + haut * 0.02, mot, color=ACCENT, va="bottom")


def _tracer_repere(axes: Any, trace: Trace, haut: float) -> None:
    if trace.repere is None:
        return
    nom, valeur = trace.repere
    axes.axhline(valeur, color=SECONDAIRE, linewidth=1, linestyle=(0, (1, 2)))
    dessous = trace.cible is not None and 0 <= trace.cible - valeur < haut * 0.14
    place = -haut * 0.02 if dessous else haut * 0.02
    axes.text(
        len(trace.points) - 0.42, valeur + place, f"{nom} : {trace.echelle.ecrire(valeur)}", color=SECONDAIRE,
        ha="right", va="top" if dessous else "bottom",
    )  # fmt: skip


def _tracer_barres(axes: Any, trace: Trace) -> None:
    haut = _bornes(trace)
    rangs = list(range(len(trace.points)))
    axes.barh(rangs, [p.valeur or 0 for p in trace.points], height=0.5, color=PRINCIPAL, zorder=2)
    for rang, point in enumerate(trace.points):
        if point.valeur is not None and point.bas is not None and point.haut is not None:
            axes.plot([point.bas, point.haut], [rang, rang], color=ENCRE, linewidth=1, zorder=3)
            for borne in (point.bas, point.haut):
                axes.plot([borne, borne], [rang - 0.13, rang + 0.13], color=ENCRE, linewidth=1, zorder=3)
        lu = trace.echelle.ecrire(point.valeur) if point.valeur is not None else point.mot
        depart = max(point.valeur or 0, point.haut or 0)
        axes.text(depart + haut * 0.015, rang, f"{lu}  {point.sous}".strip(), va="center")
    axes.set_yticks(rangs, [p.nom for p in trace.points])
    axes.invert_yaxis()
    axes.set(xlim=(0, haut * 1.35))
    axes.set_xticks([haut * i / 4 for i in range(5)])
    axes.xaxis.set_major_formatter(lambda x, _: trace.echelle.sur_l_axe(float(x)))
    axes.grid(axis="x", color=FILET, linewidth=0.7)
    axes.spines["left"].set_visible(True)


def _tracer_survie(axes: Any, trace: Trace) -> None:
    haut = _bornes(trace)
    _graduer(axes, trace, haut)
    connus = [p for p in trace.points if p.valeur is not None and p.abscisse is not None]
    abscisses = [p.abscisse for p in connus]
    bas = [p.valeur if p.bas is None else p.bas for p in connus]
    sommet = [p.valeur if p.haut is None else p.haut for p in connus]
    axes.fill_between(abscisses, bas, sommet, step="post", color=BANDE, linewidth=0, zorder=1)
    axes.step(abscisses, [p.valeur for p in connus], where="post", color=PRINCIPAL, linewidth=1.6, zorder=2)
    graduations = [p for p in trace.points if p.sous and p.abscisse is not None]
    axes.set_xticks([p.abscisse for p in graduations], [f"{p.nom}\n{p.sous}" for p in graduations])
    dernier = max((p.abscisse or 0 for p in trace.points), default=1)
    axes.set(xlim=(-dernier * 0.03, dernier * 1.02))
    axes.set_xlabel(trace.axe, color=SECONDAIRE)
    for point in (p for p in connus if p.jalon is not None):
        axes.plot([point.abscisse], [point.valeur], marker="o", color=PRINCIPAL, markersize=6, zorder=3)
        axes.annotate(
            f"{trace.echelle.ecrire(point.valeur)} à {point.nom}", (point.abscisse, point.haut or point.valeur), (0, 4),
            textcoords="offset points", color=ENCRE, fontweight=600, ha="right",
        )  # fmt: skip


_TRACEURS: dict[Sorte, Callable[[Any, Trace], None]] = {
    "evolution": _tracer_evolution,
    "barres": _tracer_barres,
    "survie": _tracer_survie,
}
