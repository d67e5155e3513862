"""Une mesure telle qu'elle s'écrit : valeur, compte, intervalle ; un résultat masqué ne laisse aucun nombre."""

import re

from charte.commun.typographie import INSECABLE, nombre
from indicateurs.definitions import Definition
from indicateurs.finition import afficher_masque
from indicateurs.mesures import Mesure
from indicateurs.unites import PART, Echelle

__all__ = [
    "accorder",
    "annee_de",
    "cellules",
    "compte",
    "echelle_de",
    "effectif",
    "entetes",
    "intervalle",
    "nom_de_l_annee",
    "sous_l_axe",
    "toutes_les_annees",
    "valeur",
]

_MOTS = {
    "apprenti": ("apprenti", "apprentis"),
    "repondant": ("répondant", "répondants"),
}
_ABSENT = "–"
_UNITE_DITE = re.compile(r", en (\w+)$")
"""« Délai moyen avant rupture, en jours » : le libellé d'une moyenne sans échelle finit par son unité."""


def accorder(unite_comptee: str, n: float) -> str:
    """Le mot de ce qui est compté, accordé : « contrats », « répondant »."""
    singulier, plusieurs = _MOTS.get(unite_comptee, (unite_comptee.replace("_", " "),) * 2)
    if unite_comptee not in _MOTS:
        plusieurs += "s"
    return singulier if abs(n) < 2 else plusieurs


def echelle_de(definition: Definition) -> Echelle:
    """L'unité d'un indicateur : des pour-cent, ou un nombre et son mot (« sur 10 », « jours »)."""
    if definition.unite == "rapport":
        return Echelle("part", plafond=None)
    if definition.unite != "moyenne":
        return PART
    if definition.bornes is not None:
        return Echelle("nombre", f"sur {nombre(definition.bornes[1])}", definition.bornes[1])
    dit = _UNITE_DITE.search(definition.libelle)
    return Echelle("nombre", dit[1] if dit else "", None)


def valeur(mesure: Mesure | None, definition: Definition, seuil: int) -> str:
    """« 12,4 % », « 7,8 sur 10 », « 1 284 » ; « – » sans donnée, « n.d. (effectif < 5) » masquée."""
    if mesure is None:
        return _ABSENT
    if mesure.masque:
        return afficher_masque(seuil)
    if definition.unite == "effectif":
        return _ABSENT if mesure.numerateur is None else nombre(mesure.numerateur)
    return echelle_de(definition).ecrire(mesure.taux)


def compte(mesure: Mesure | None, definition: Definition) -> str:
    """« 12 sur 97 contrats », « 43 répondants », « 960 sur 1 000, 12 apprentis » ; vide s'il n'y a rien ou masqué."""
    n = effectif(mesure)
    if mesure is None or not n:
        return ""
    mot = accorder(definition.unite_comptee, n)
    if definition.unite in ("moyenne", "probabilite") or mesure.numerateur is None or mesure.denominateur is None:
        return f"{nombre(n)}{INSECABLE}{mot}"
    fraction = f"{nombre(mesure.numerateur)} sur {nombre(mesure.denominateur)}"
    if definition.unite == "rapport":
        return f"{fraction}, {nombre(n)} {mot}"
    return f"{fraction} {accorder(definition.unite_comptee, mesure.denominateur)}"


def effectif(mesure: Mesure | None) -> int | None:
    """Le n d'une mesure : la cohorte sur laquelle porte le seuil ; None si elle est masquée ou absente."""
    if mesure is None or mesure.masque or not mesure.denominateur:
        return None
    return mesure.effectif


def intervalle(mesure: Mesure | None, definition: Definition) -> str:
    """« 8,1 % à 19,6 % » (à 95 %) ; vide sans taux ou masqué."""
    if mesure is None or mesure.masque or mesure.ic_bas is None or mesure.ic_haut is None:
        return ""
    echelle = echelle_de(definition)
    return f"{echelle.ecrire(mesure.ic_bas)} à {echelle.ecrire(mesure.ic_haut)}"


def sous_l_axe(mesure: Mesure | None) -> str:
    """« n = 97 », « effectif masqué », « sans effectif » : ce qu'un graphique écrit sous une valeur."""
    if mesure is not None and mesure.masque:
        return "effectif masqué"
    n = effectif(mesure)
    return f"n = {nombre(n)}" if n else "sans effectif"


def nom_de_l_annee(definition: Definition) -> str:
    """« Promotion », ou « Année d’enquête » : ce que désigne « 2024-2025 » pour cet indicateur."""
    return "Année d’enquête" if definition.par_enquete else "Promotion"


def annee_de(mesure: Mesure, definition: Definition) -> str:
    """« 2024-2025 », « 2025-2026 (partielle) », ou le nom de l'ensemble."""
    if mesure.promotion is None:
        return toutes_les_annees(definition)
    return f"{mesure.promotion} (partielle)" if mesure.partielle else mesure.promotion


def toutes_les_annees(definition: Definition) -> str:
    """Le nom de l'ensemble."""
    return "Toutes années" if definition.par_enquete else "Toutes promotions"


def entetes(definition: Definition, premiere: str) -> tuple[str, ...]:
    """Les en-têtes d'un tableau de cet indicateur, après le nom de ses lignes."""
    if definition.unite == "effectif":
        return (premiere, "Effectif")
    nom = {"moyenne": "Moyenne", "rapport": "Part", "probabilite": "Probabilité"}.get(definition.unite, "Taux")
    return (
        premiere,
        nom,
        "Effectif" if definition.unite in ("moyenne", "probabilite") else "Compte",
        "Intervalle à 95 %",
    )


def cellules(mesure: Mesure | None, definition: Definition, seuil: int) -> tuple[str, ...]:
    """Les cellules d'une ligne, dans l'ordre d'`entetes`."""
    if definition.unite == "effectif":
        return (valeur(mesure, definition, seuil),)
    return valeur(mesure, definition, seuil), compte(mesure, definition), intervalle(mesure, definition)
