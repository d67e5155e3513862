"""Les figures d'un indicateur : ce qu'il y a à dessiner, la table des mêmes nombres, et le constat en titre."""

from collections.abc import Sequence
from dataclasses import dataclass

from charte.commun.typographie import nombre
from indicateurs.catalogue import Ventilation
from indicateurs.definitions import Definition
from indicateurs.graphiste import Point, Trace
from indicateurs.mesures import Mesure
from indicateurs.vues.objectifs import ObjectifVu
from indicateurs.vues.tendance import constat
from indicateurs.vues.valeurs import (
    annee_de,
    cellules,
    echelle_de,
    entetes,
    nom_de_l_annee,
    sous_l_axe,
    toutes_les_annees,
)

__all__ = ["RepereTrace", "trace_d_evolution", "trace_de_ventilation", "trace_des_situations"]

AVENIR = 2
"""Au plus, les rentrées à venir que les jalons ajoutent à la figure."""


@dataclass(frozen=True)
class RepereTrace:
    """Le repère comparable que la figure nomme (« France 2022 ») : une ligne, sa valeur à côté."""

    nom: str
    valeur: float


def trace_d_evolution(
    definition: Definition,
    serie: Sequence[Mesure],
    seuil: int,
    *,
    ensemble: Mesure | None = None,
    objectif: ObjectifVu | None = None,
    repere: RepereTrace | None = None,
) -> Trace:
    """La valeur par promotion, son intervalle, les jalons, la cible et un repère ; la table finit par l'ensemble."""
    echelle = echelle_de(definition)
    cible = objectif.cible if objectif else None
    jalons = {f"{annee}-{annee + 1}": visee for annee, visee in objectif.jalons} if objectif else {}
    noms = [mesure.promotion or "" for mesure in serie]
    avenir = sorted(nom for nom in jalons if noms and nom > noms[-1])[:AVENIR]
    return Trace(
        sorte="evolution",
        identifiant=f"evolution-{definition.cle.replace('_', '-')}",
        titre=constat(definition, serie, echelle, cible),
        points=(
            *(_point(mesure.promotion or "", mesure, jalons.get(mesure.promotion or "")) for mesure in serie),
            *(Point(nom, None, sous="à venir", mot="", jalon=jalons[nom]) for nom in avenir),
        ),
        entetes=(*entetes(definition, nom_de_l_annee(definition)), *(("Jalon visé",) if jalons else ())),
        lignes=_lignes_d_evolution(definition, [*serie, *([ensemble] if ensemble else [])], seuil, jalons, avenir),
        echelle=echelle,
        cible=cible,
        repere=(repere.nom, repere.valeur) if repere else None,
    )


def _lignes_d_evolution(
    definition: Definition, serie: Sequence[Mesure], seuil: int, jalons: dict[str, float], avenir: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    echelle = echelle_de(definition)
    lignes = [(annee_de(m, definition), *cellules(m, definition, seuil)) for m in serie if m.promotion]
    lignes += [(nom, "à venir", "", "") for nom in avenir]
    ensemble = toutes_les_annees(definition)
    lignes += [(ensemble, *cellules(m, definition, seuil)) for m in serie if m.promotion is None]
    if not jalons:
        return tuple(lignes)
    visees = {nom: echelle.ecrire(visee) for nom, visee in jalons.items()}
    return tuple((*ligne, visees.get(ligne[0].removesuffix(" (partielle)"), "")) for ligne in lignes)


def trace_de_ventilation(
    definition: Definition, ventilation: Ventilation, parts: Sequence[tuple[str, Mesure]], seuil: int
) -> Trace:
    """Une barre par modalité, depuis zéro ; une modalité masquée garde sa ligne, sans barre ni nombre."""
    echelle = echelle_de(definition)
    nommees = [(ventilation.libelle_de(modalite), mesure) for modalite, mesure in parts]
    return Trace(
        sorte="barres",
        identifiant=f"{ventilation.cle}-{definition.cle}".replace("_", "-"),
        titre=_constat_de_ventilation(ventilation, nommees, definition),
        points=tuple(_point(nom, mesure, partage=ventilation.sur_les_cas) for nom, mesure in nommees),
        entetes=entetes(definition, ventilation.libelle),
        lignes=tuple((nom, *cellules(mesure, definition, seuil)) for nom, mesure in nommees),
        echelle=echelle,
    )


def _constat_de_ventilation(
    ventilation: Ventilation, nommees: Sequence[tuple[str, Mesure]], definition: Definition
) -> str:
    """Un écart n'est dit que si les intervalles à 95 % des deux extrêmes sont disjoints."""
    tete = f"{definition.libelle}, par {ventilation.libelle[:1].lower()}{ventilation.libelle[1:]}"
    connues = [(nom, m) for nom, m in nommees if not m.masque and m.taux is not None and m.ic_bas is not None]
    if len(connues) < 2:
        return f"{tete} : trop peu de valeurs pour comparer"
    bas, haut = (choix(connues, key=lambda c: c[1].taux or 0) for choix in (min, max))
    if (bas[1].ic_haut or 0) >= (haut[1].ic_bas or 0):
        return f"{tete} : pas d’écart net"
    ecrire = echelle_de(definition).ecrire
    return f"{tete} : {ecrire(bas[1].taux)} ({bas[0]}) à {ecrire(haut[1].taux)} ({haut[0]})"


def trace_des_situations(mesures: Sequence[tuple[int, Definition, Mesure | None]], seuil: int) -> Trace:
    """L'insertion aux échéances de l'enquête, en mois depuis la sortie, toutes promotions ensemble."""
    definition = mesures[0][1]
    echelle = echelle_de(definition)
    connues = [(mois, m) for mois, _, m in mesures if m is not None and not m.masque and m.taux is not None]
    titre = "Insertion selon le temps écoulé depuis la sortie"
    if connues:
        dites = {mois: f"{echelle.ecrire(m.taux)} à {mois} mois" for mois, m in (connues[0], connues[-1])}
        titre += f" : {', '.join(dites.values())}"
    return Trace(
        sorte="evolution",
        identifiant="situations-insertion",
        titre=titre,
        points=tuple(_point(f"{mois} mois", mesure) for mois, _, mesure in mesures),
        entetes=entetes(definition, "Échéance"),
        lignes=tuple((f"{mois} mois", *cellules(mesure, d, seuil)) for mois, d, mesure in mesures),
        echelle=echelle,
    )


def _point(nom: str, mesure: Mesure | None, jalon: float | None = None, *, partage: bool = False) -> Point:
    """`partage` : les modalités se partagent les cas d'une même cohorte ; on écrit combien de cas, et non n."""
    partielle = mesure is not None and mesure.partielle
    if mesure is None or mesure.masque:
        mot = "n.d." if mesure else "–"
        return Point(nom, None, sous=sous_l_axe(mesure), mot=mot, jalon=jalon, partielle=partielle)
    sous = f"{nombre(mesure.numerateur or 0)} cas" if partage else sous_l_axe(mesure)
    return Point(nom, mesure.taux, mesure.ic_bas, mesure.ic_haut, sous, jalon=jalon, partielle=partielle)
