"""Le tableau de bord d'un périmètre : effectifs, cartes par famille, et ce qui attend encore ses données."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indicateurs.catalogue import charger_familles
from indicateurs.definitions import Definition
from indicateurs.mesures import Mesure, Perimetre, TableauDeMesures
from indicateurs.vues.objectifs import ObjectifVu
from indicateurs.vues.sources import source_de
from indicateurs.vues.tendance import Tendance, tendance
from indicateurs.vues.valeurs import compte, intervalle, valeur

__all__ = [
    "STATUTS",
    "Attente",
    "Bord",
    "Carte",
    "Echeance",
    "Effectif",
    "FamilleDeCartes",
    "compose_de",
    "dresser",
    "par_famille",
]

STATUTS = {
    "effectif_inscrits": "Inscrits sans contrat",
    "effectif_apprentis": "Apprentis",
    "effectif_rupturants": "En rupture",
    "effectif_abandons": "Abandons",
    "effectif_fin_de_formation": "Fin de formation",
}
"""Les effectifs à une date, dans l'ordre d'un parcours."""
ANNEES_MONTREES = 5


@dataclass(frozen=True)
class Echeance:
    """Le même indicateur à une échéance plus lointaine (« à 12 mois »), d'un mot sur la carte de la première."""

    definition: Definition
    libelle: str
    promotion: str | None
    valeur: str
    masquee: bool


@dataclass(frozen=True)
class Carte:
    """Un indicateur tel qu'une carte le montre : la dernière promotion observable, et cinq ans en petit."""

    definition: Definition
    promotion: str | None
    valeur: str
    masquee: bool
    compte: str
    intervalle: str
    evolution: tuple[tuple[str, str], ...]
    tendance: Tendance
    partielle: bool
    objectif: ObjectifVu | None
    echeances: tuple[Echeance, ...] = ()


@dataclass(frozen=True)
class FamilleDeCartes:
    """Les cartes d'une famille d'indicateurs, dans l'ordre des définitions."""

    cle: str
    libelle: str
    cartes: tuple[Carte, ...]


@dataclass(frozen=True)
class Effectif:
    """Un effectif à la date d'observation, toutes promotions ensemble."""

    cle: str
    libelle: str
    valeur: str
    masque: bool


@dataclass(frozen=True)
class Attente:
    """Des indicateurs sans donnée dans ce périmètre, et le fichier qui les nourrirait."""

    source: str
    definitions: tuple[Definition, ...]


@dataclass(frozen=True)
class Bord:
    """Le tableau de bord d'un périmètre."""

    effectifs: tuple[Effectif, ...]
    familles: tuple[FamilleDeCartes, ...]
    attentes: tuple[Attente, ...]


def dresser(tableau: TableauDeMesures, perimetre: Perimetre, objectifs: Mapping[str, ObjectifVu]) -> Bord:
    """Le tableau de bord ; `objectifs` : par clé d'indicateur, pour ce périmètre."""
    suivis = [d for d in tableau.definitions.values() if d.unite != "effectif"]
    avec = [d for d in suivis if a_des_donnees(tableau, d.cle, perimetre)]
    cartes = {d.cle: _carte(tableau, d, perimetre, objectifs.get(d.cle)) for d in avec}
    return Bord(
        effectifs=_effectifs(tableau, perimetre),
        familles=tuple(
            FamilleDeCartes(cle, libelle, _reunir_les_echeances([cartes[d.cle] for d in siennes]))
            for cle, libelle, siennes in par_famille(avec)
        ),
        attentes=_attentes([d for d in suivis if d.cle not in cartes]),
    )


def _reunir_les_echeances(cartes: Sequence[Carte]) -> tuple[Carte, ...]:
    """Une carte par indicateur : ses échéances plus lointaines s'y lisent, sauf celles qui ont leur objectif."""
    rendues: dict[str, Carte] = {}
    for carte in cartes:
        cle = carte.definition.cle if carte.objectif else carte.definition.cle_sans_echeance
        premiere = rendues.get(cle)
        rendues[cle] = replace(premiere, echeances=(*premiere.echeances, _echeance(carte))) if premiere else carte
    return tuple(rendues.values())


def _echeance(carte: Carte) -> Echeance:
    mois = carte.definition.parametres["mois"]
    return Echeance(carte.definition, f"à {mois} mois", carte.promotion, carte.valeur, carte.masquee)


def par_famille(definitions: list[Definition]) -> list[tuple[str, str, list[Definition]]]:
    """(clé, libellé, définitions) de chaque famille qui en a une, dans l'ordre des familles."""
    familles = charger_familles()
    rangees = [(cle, f.libelle, [d for d in definitions if d.famille == cle]) for cle, f in familles.items()]
    return [rangee for rangee in rangees if rangee[2]]


def a_des_donnees(tableau: TableauDeMesures, cle: str, perimetre: Perimetre) -> bool:
    """Vrai si une promotion a une cohorte, montrée ou masquée."""
    return tableau.derniere(cle, perimetre) is not None


def _carte(
    tableau: TableauDeMesures, definition: Definition, perimetre: Perimetre, objectif: ObjectifVu | None
) -> Carte:
    derniere = tableau.derniere(definition.cle, perimetre)
    seuil = tableau.seuil(definition.cle)
    serie = cinq_dernieres(tableau.serie(definition.cle, perimetre))
    return Carte(
        definition=definition,
        promotion=derniere.promotion if derniere else None,
        valeur=valeur(derniere, definition, seuil),
        masquee=derniere is not None and derniere.masque,
        compte=compte(derniere, definition),
        intervalle=intervalle(derniere, definition),
        partielle=derniere is not None and derniere.partielle,
        evolution=tuple((mesure.promotion or "", valeur(mesure, definition, seuil)) for mesure in serie),
        tendance=tendance(serie, definition.sens),
        objectif=objectif,
    )


def cinq_dernieres(serie: tuple[Mesure, ...]) -> tuple[Mesure, ...]:
    """Les cinq promotions les plus récentes."""
    return serie[-ANNEES_MONTREES:]


def _effectifs(tableau: TableauDeMesures, perimetre: Perimetre) -> tuple[Effectif, ...]:
    rendus = []
    for cle, libelle in STATUTS.items():
        definition = tableau.definitions.get(cle)
        if definition is None:
            continue
        mesure = tableau.ensemble(cle, perimetre)
        dite = valeur(mesure, definition, tableau.seuil(cle))
        rendus.append(Effectif(cle, libelle, dite, mesure is not None and mesure.masque))
    return tuple(rendus)


def _attentes(sans: list[Definition]) -> tuple[Attente, ...]:
    par_source: dict[str, list[Definition]] = {}
    for definition in sans:
        par_source.setdefault(source_de(definition), []).append(definition)
    return tuple(Attente(source, tuple(definitions)) for source, definitions in par_source.items())


def compose_de(tableau: TableauDeMesures, perimetre: Perimetre) -> list[Perimetre]:
    """Les diplômes d'un périmètre qui en réunit plusieurs, parmi ceux que l'acteur voit."""
    diplomes = [p for p in tableau.perimetres if p.niveau == "formation"]
    rangs = {"responsable": 2, "formateur": 3}
    match perimetre.niveau:
        case "total":
            return diplomes
        case "responsable" | "formateur":
            return [p for p in diplomes if p.cle[rangs[perimetre.niveau]] == perimetre.cle[0]]
        case "composante":
            return [p for p in diplomes if p.composante == perimetre.cle[0]]
    return []
