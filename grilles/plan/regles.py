"""Les règles du plan d'actions et des risques : passages, retard, ordre, rappels, matrice. Fonctions pures.

La charte ne dit rien d'un plan d'actions ; l'amélioration continue est une demande de Qualiopi (indicateur 32). Les
états, les passages et le rythme des rappels sont ceux de l'outil.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

ORIGINES = {
    "ecart": "Écart à la charte",
    "indicateur": "Indicateur loin de sa cible",
    "decision": "Décision d’une instance",
    "reclamation": "Réclamation",
    "audit": "Constat d’audit",
    "risque": "Risque",
    "jalon": "Jalon",
}
ETATS = {"a_faire": "À faire", "en_cours": "En cours", "close": "Close", "abandonnee": "Abandonnée"}
TONS = {"a_faire": "neutre", "en_cours": "partie", "close": "tenu", "abandonnee": "neutre"}
PRIORITES = {"haute": "Haute", "moyenne": "Moyenne", "basse": "Basse"}
GRAVITES = {"mineure": "Non-conformité mineure", "majeure": "Non-conformité majeure"}
EFFETS = {"obtenu": "Effet obtenu", "en_partie": "Effet obtenu en partie", "sans_effet": "Sans effet"}
ORIGINES_DE_RISQUE = {
    "ecart": "Écart à la charte",
    "indicateur": "Indicateur",
    "reclamation": "Réclamation",
    "autre": "Autre source",
}
OUVERTES = ("a_faire", "en_cours")
PREAVIS = 7
"""Jours avant l'échéance où part le premier rappel : choix de l'outil."""
SEMAINE = 7


@dataclass(frozen=True)
class Passage:
    """Un changement d'état d'une action : d'où, vers où, comment on le dit, et s'il veut une raison."""

    cle: str
    de: str
    vers: str
    libelle: str
    acte: str
    motif_exige: bool = False


PASSAGES = (
    Passage("commencer", "a_faire", "en_cours", "Commencer", "action commencée"),
    Passage("abandonner", "a_faire", "abandonnee", "Abandonner", "action abandonnée", motif_exige=True),
    Passage("abandonner", "en_cours", "abandonnee", "Abandonner", "action abandonnée", motif_exige=True),
    Passage("reprendre", "abandonnee", "a_faire", "Reprendre", "action reprise", motif_exige=True),
    Passage("clore", "en_cours", "close", "Clore", "action close"),
)
"""Tous les passages permis. Clore demande en plus une preuve et une réévaluation.

Une action close le reste : si l'effet n'y est pas, on en ouvre une suite."""


def passages_de(etat: str) -> tuple[Passage, ...]:
    """Ce qu'on peut faire d'une action dans cet état."""
    return tuple(passage for passage in PASSAGES if passage.de == etat)


def passage(cle: str, etat: str) -> Passage | None:
    """Le passage de ce nom depuis cet état, ou None s'il n'est pas permis."""
    return next((p for p in passages_de(etat) if p.cle == cle), None)


def jours_de_retard(etat: str, echeance: date | None, jour: date) -> int:
    """Jours écoulés depuis l'échéance d'une action ouverte ; 0 si elle n'est pas en retard."""
    if etat not in OUVERTES or echeance is None:
        return 0
    return max((jour - echeance).days, 0)


def empechements(preuves_valables: int, effet: str, reevaluation: str) -> list[tuple[str, str]]:
    """(champ, remède) de ce qui manque pour clore une action ; vide si rien ne manque."""
    manques = []
    if preuves_valables == 0:
        manques.append(
            ("preuves", "Citez d’abord une preuve en cours de validité : c’est elle qui montre ce qui est fait.")
        )
    if effet not in EFFETS:
        manques.append(("effet_constate", "Dites si l’effet attendu est obtenu, obtenu en partie, ou absent."))
    if not reevaluation.strip():
        manques.append(("reevaluation", "Réévaluez ce qui avait fait ouvrir l’action : qu’observe-t-on aujourd’hui ?"))
    return manques


def demande_une_suite(etat: str, effet: str | None) -> bool:
    """Vrai si l'action s'est close sans que l'effet attendu soit tout à fait là."""
    return etat == "close" and effet in ("en_partie", "sans_effet")


class Datee(Protocol):
    """Ce qu'il faut savoir d'une action pour la ranger dans une liste."""

    @property
    def id(self) -> int:
        """Son numéro."""
        ...

    @property
    def etat(self) -> str:
        """Son état."""
        ...

    @property
    def echeance(self) -> date | None:
        """Son échéance."""
        ...

    @property
    def priorite(self) -> str:
        """Sa priorité."""
        ...


D = TypeVar("D", bound=Datee)


def ranger(actions: Iterable[D], jour: date) -> list[D]:
    """Les actions, la plus pressante d'abord.

    En retard (la plus ancienne échéance en tête), puis ouvertes par échéance (sans échéance à la fin), puis closes et
    abandonnées ; à échéance égale, la plus haute priorité, puis la plus ancienne.
    """
    rangs = {cle: rang for rang, cle in enumerate(PRIORITES)}

    def cle(action: D) -> tuple[int, date, int, int]:
        groupe = 2 if action.etat not in OUVERTES else 0 if jours_de_retard(action.etat, action.echeance, jour) else 1
        return groupe, action.echeance or date.max, rangs[action.priorite], action.id

    return sorted(actions, key=cle)


def motif_de_rappel(etat: str, echeance: date | None, jour: date) -> str | None:
    """Le rappel dû ce jour-là, ou None : sept jours avant l'échéance, le jour dit, puis chaque semaine de retard.

    Le motif porte l'échéance : une échéance repoussée a ses propres rappels. Un jour manqué (outil arrêté) se rattrape,
    puisque le motif vaut jusqu'au suivant.
    """
    if etat not in OUVERTES or echeance is None:
        return None
    reste = (echeance - jour).days
    if reste > PREAVIS:
        return None
    quand = "avant" if reste > 0 else "jour" if reste == 0 else f"retard-{(-reste - 1) // SEMAINE + 1}"
    return f"{quand}:{echeance.isoformat()}"


class Situe(Protocol):
    """Ce qu'il faut savoir d'un risque pour le placer."""

    @property
    def vraisemblance(self) -> int:
        """Degré de 1 à 4."""
        ...

    @property
    def gravite(self) -> int:
        """Degré de 1 à 4."""
        ...


C = TypeVar("C", bound=Situe)


def disposer(risques: Sequence[C], degres: int) -> tuple[tuple[int, tuple[tuple[C, ...], ...]], ...]:
    """La table des risques : une ligne par gravité (la plus forte en haut), une case par vraisemblance croissante.

    Rend (gravité, cases). Aucun produit, aucun score : une case dit seulement où chacun a été placé.
    """
    cases: Mapping[tuple[int, int], list[C]] = {(g, v): [] for g in range(1, degres + 1) for v in range(1, degres + 1)}
    for risque in risques:
        cases[risque.gravite, risque.vraisemblance].append(risque)
    return tuple((g, tuple(tuple(cases[g, v]) for v in range(1, degres + 1))) for g in range(degres, 0, -1))
