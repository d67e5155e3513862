"""Ce que les autres fichiers de l'université fictive disent des apprentis : examens, heures, rencontres, devenir, avis.

Mêmes apprentis, mêmes dates, mêmes tirages : rien n'y contredit l'extraction du CFA. Les proportions suivent des ordres
de grandeur publics (emploi à six mois de 75 à 90 %, réponse des apprentis de 50 à 75 %, des employeurs de 15 à 35 %).
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from appli.demonstration.generateur import ApprentiEngendre, annees_suivies
from appli.demonstration.universite import FormationDecrite

GRAINE = 2024
HORIZONS = (6, 12, 18, 24, 30)
DUREE_D_UNE_POURSUITE = 24
"""Mois après la sortie où qui a poursuivi ses études est encore en formation."""
QUESTIONS = {
    "apprentis": ("ensemble", "suivi"),
    "maitres": ("ensemble", "suivi"),
    "tuteurs": ("ensemble", "suivi"),
    "employeurs": ("ensemble", "suivi"),
}
REPONSE = {"apprentis": (0.5, 0.75), "maitres": (0.3, 0.5), "tuteurs": (0.5, 0.8), "employeurs": (0.15, 0.35)}
NOTE = {"apprentis": 3.9, "maitres": 4.1, "tuteurs": 4.0, "employeurs": 4.0}
_JOURS_PAR_MOIS = 30.4375

Situation = Literal["emploi", "recherche", "etudes", "autre"]


@dataclass(frozen=True)
class Examen:
    """La présence d'un apprenti à sa session, et son admission s'il s'est présenté."""

    apprenti: ApprentiEngendre
    annee: int
    present: bool
    admis: bool | None


@dataclass(frozen=True)
class HeuresFaites:
    """Les heures d'un apprenti pendant une année scolaire."""

    apprenti: ApprentiEngendre
    annee: int
    prevues: int
    realisees: int


@dataclass(frozen=True)
class RencontreTenue:
    """Une rencontre prévue, tenue ou non ; ou une mission soumise (`du`) et validée (`tenue`)."""

    apprenti: ApprentiEngendre
    nature: Literal["employeur", "validation_mission"]
    rang: int
    du: date
    au: date | None
    tenue: date | None


@dataclass(frozen=True)
class Devenir:
    """La réponse, ou le silence, d'un sortant à l'enquête d'insertion."""

    apprenti: ApprentiEngendre
    mois: int
    situation: Situation | None
    contrat: str | None = None
    adequation: bool | None = None
    recherche: float | None = None


@dataclass(frozen=True)
class Avis:
    """La note d'un répondant (un numéro) à une question ; `sollicites` : à combien de personnes on l'a demandé."""

    formation: FormationDecrite
    annee: int
    public: str
    sollicites: int
    question: str
    repondant: int
    note: int


@dataclass(frozen=True)
class Suites:
    """Tout ce que ces fichiers portent."""

    examens: tuple[Examen, ...]
    heures: tuple[HeuresFaites, ...]
    rencontres: tuple[RencontreTenue, ...]
    devenirs: tuple[Devenir, ...]
    avis: tuple[Avis, ...]


def engendrer_les_suites(apprentis: list[ApprentiEngendre], jour: date, graine: int = GRAINE) -> Suites:
    """Les suites de ces apprentis, telles qu'on les connaît à ce jour ; même graine, mêmes suites."""
    hasard = random.Random(graine)  # noqa: S311 (rien de secret)
    finis = [apprenti for apprenti in apprentis if apprenti.fin <= jour]
    return Suites(
        tuple(_examens(hasard, finis)),
        tuple(_heures(hasard, apprentis, jour)),
        tuple(_rencontres(hasard, apprentis, jour)),
        tuple(_devenirs(hasard, finis, jour)),
        tuple(_avis(hasard, apprentis, jour)),
    )


def _examens(hasard: random.Random, finis: Iterable[ApprentiEngendre]) -> Iterator[Examen]:
    """Qui a un résultat s'est présenté ; qui est parti en chemin était inscrit, sans s'être présenté."""
    for apprenti in finis:
        if not apprenti.formation.resultats_communiques:
            continue
        if apprenti.recu is not None:
            yield Examen(apprenti, apprenti.fin.year, True, apprenti.recu)
        elif hasard.random() < 0.5:
            yield Examen(apprenti, apprenti.fin.year, False, None)


def _heures(hasard: random.Random, apprentis: Iterable[ApprentiEngendre], jour: date) -> Iterator[HeuresFaites]:
    for apprenti in apprentis:
        for annee, _, _ in annees_suivies(apprenti, jour):
            if date(annee + 1, 7, 31) > jour:
                continue
            prevues = 450 if apprenti.formation.niveau == 7 else 520
            part = hasard.uniform(0.35, 0.7) if apprenti.parti else hasard.uniform(0.9, 1.0)
            yield HeuresFaites(apprenti, annee, prevues, round(prevues * part))


def _rencontres(hasard: random.Random, apprentis: Iterable[ApprentiEngendre], jour: date) -> Iterator[RencontreTenue]:
    au_milieu = random.Random(GRAINE)  # noqa: S311 (à part : les autres tirages n'en changent pas)
    for apprenti in apprentis:
        if not apprenti.contrats:
            continue
        yield from _mission(hasard, apprenti, jour)
        deux_mois = timedelta(days=60)
        for rang, debut, chance in ((1, apprenti.entree, 0.85), (2, apprenti.fin - deux_mois, 0.75)):
            if debut > jour:
                continue
            tenue = debut + timedelta(days=hasard.randint(5, 70 if rang == 1 else 58))
            faite = not (apprenti.parti and rang == 2) and hasard.random() < chance and tenue <= jour
            yield RencontreTenue(apprenti, "employeur", rang, debut, debut + deux_mois, tenue if faite else None)
        yield from _entre_deux(au_milieu, apprenti, jour)


def _entre_deux(hasard: random.Random, apprenti: ApprentiEngendre, jour: date) -> Iterator[RencontreTenue]:
    """De part et d'autre de chaque anniversaire de l'entrée : la charte demande deux rencontres par an."""
    un_mois = timedelta(days=30)
    annees = round((apprenti.fin - apprenti.entree).days / 365.25)
    for rang in range(1, annees):
        anniversaire = apprenti.entree + timedelta(days=round(rang * 365.25))
        for place, debut in enumerate((anniversaire - 2 * un_mois, anniversaire + un_mois)):
            tenue = debut + timedelta(days=hasard.randint(1, 28))
            faite = not apprenti.parti and hasard.random() < 0.9 and tenue <= jour
            if debut <= jour:
                numero = 2 * rang + 1 + place
                yield RencontreTenue(apprenti, "employeur", numero, debut, debut + un_mois, tenue if faite else None)


def _mission(hasard: random.Random, apprenti: ApprentiEngendre, jour: date) -> Iterator[RencontreTenue]:
    soumise = apprenti.contrats[0].debut - timedelta(days=hasard.randint(15, 45))
    validee = soumise + timedelta(days=hasard.choice((1, 2, 2, 3, 4, 5, 6, 7, 9, 12)))
    if validee <= jour:
        yield RencontreTenue(apprenti, "validation_mission", 1, soumise, None, validee)


def _devenirs(hasard: random.Random, finis: Iterable[ApprentiEngendre], jour: date) -> Iterator[Devenir]:
    """Les reçus sont interrogés à chaque horizon passé ; qui a poursuivi ses études le dit, qui travaille le reste."""
    for apprenti in finis:
        if not apprenti.recu:
            continue
        poursuit = hasard.random() < (0.3 if apprenti.formation.niveau == 6 else 0.06)
        recherche = round(hasard.triangular(0, 9, 1.5), 1)
        for mois in HORIZONS:
            if apprenti.fin + timedelta(days=mois * _JOURS_PAR_MOIS) > jour:
                break
            repond = hasard.random() < 0.68 - mois / 100
            yield _devenir(hasard, apprenti, mois, poursuit, recherche) if repond else Devenir(apprenti, mois, None)


def _devenir(hasard: random.Random, apprenti: ApprentiEngendre, mois: int, poursuit: bool, recherche: float) -> Devenir:
    if poursuit and mois <= DUREE_D_UNE_POURSUITE:
        return Devenir(apprenti, mois, "etudes")
    if hasard.random() > 0.8 + mois / 300:
        return Devenir(apprenti, mois, hasard.choice(("recherche", "recherche", "recherche", "autre")))
    contrat = hasard.choices(("cdi", "cdd", "fonctionnaire", "independant"), (66, 24, 6, 4))[0]
    return Devenir(apprenti, mois, "emploi", contrat, hasard.random() < 0.82, min(recherche, float(mois)))


def _avis(hasard: random.Random, apprentis: list[ApprentiEngendre], jour: date) -> Iterator[Avis]:
    """Une enquête par formation, par an et par public, close fin juin."""
    presents: dict[tuple[str, int], list[ApprentiEngendre]] = {}
    for apprenti in apprentis:
        for annee, _, _ in annees_suivies(apprenti, jour):
            if date(annee + 1, 6, 30) <= jour and not apprenti.parti:
                presents.setdefault((apprenti.formation.code, annee), []).append(apprenti)
    for (_, annee), groupe in sorted(presents.items()):
        for public in QUESTIONS:
            yield from _enquete(hasard, groupe[0].formation, annee, public, len(groupe))


def _enquete(
    hasard: random.Random, formation: FormationDecrite, annee: int, public: str, nombre: int
) -> Iterator[Avis]:
    sollicites = max(2, nombre // 5) if public == "tuteurs" else nombre
    bas, haut = REPONSE[public]
    for repondant in range(1, round(sollicites * hasard.uniform(bas, haut)) + 1):
        for question in QUESTIONS[public]:
            note = min(5, max(1, round(hasard.gauss(NOTE[public], 0.8))))
            yield Avis(formation, annee, public, sollicites, question, repondant, note)
