"""Engendre les apprentis de l'université fictive : mêmes graine et date, mêmes apprentis.

Les dates suivent l'année scolaire en cours (bascule au 1er août) : la démonstration ne vieillit pas.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from appli.demonstration.universite import PROMOTIONS, FormationDecrite, Personnes, Universite, siret

GRAINE = 2023
EMPLOYEURS = 60
CAUSES_DE_RUPTURE = (
    "Accord des deux parties",
    "Initiative de l'apprenti",
    "Difficultés économiques de l'employeur",
)
CAUSE_DES_45_JOURS = "Période des 45 jours"
CAUSES_DE_DEPART = ("Réorientation", "Emploi hors apprentissage", "Absences répétées")


@dataclass(frozen=True)
class Personne:
    """Une personne inventée."""

    nom: str
    prenom: str
    naissance: date
    sexe: str
    ine: str


@dataclass(frozen=True)
class ContratEngendre:
    """Un contrat ; `fin` est la fin prévue."""

    debut: date
    fin: date
    siret: str
    rupture: date | None = None
    cause: str | None = None


@dataclass(frozen=True)
class ApprentiEngendre:
    """Un apprenti dans une formation ; `promotion` est l'année d'entrée."""

    personne: Personne
    formation: FormationDecrite
    promotion: int
    entree: date
    fin: date
    contrats: tuple[ContratEngendre, ...] = ()
    exclusion: date | None = None
    cause_exclusion: str | None = None
    recu: bool | None = None
    jury: date | None = None

    @property
    def parti(self) -> bool:
        """Vrai si la formation s'est arrêtée en chemin : départ, ou plus de contrat depuis une rupture."""
        return self.exclusion is not None or not self.contrats or self.contrats[-1].rupture is not None


@dataclass
class _Tirage:
    """L'état d'un tirage : le hasard, les personnes déjà prises, les diplômés qui peuvent poursuivre."""

    hasard: random.Random
    noms: Personnes
    aujourdhui: date
    prises: set[tuple[str, str, date]] = field(default_factory=set)
    diplomes: dict[tuple[str, int], list[Personne]] = field(default_factory=dict)


def annee_scolaire(jour: date) -> int:
    """Première année de l'année scolaire d'un jour ; elle tourne au 1er août."""
    return jour.year if jour.month >= 8 else jour.year - 1


def engendrer(universite: Universite, aujourdhui: date, graine: int = GRAINE) -> list[ApprentiEngendre]:
    """Les apprentis des cinq dernières promotions de chaque formation, tels qu'on les connaît aujourd'hui."""
    tirage = _Tirage(random.Random(graine), universite.personnes, aujourdhui)  # noqa: S311 (rien de secret)
    premiere = annee_scolaire(aujourdhui) - PROMOTIONS + 1
    return [
        apprenti
        for rang in range(PROMOTIONS)
        for formation in universite.formations
        for apprenti in _promotion(tirage, formation, premiere + rang, rang)
    ]


def _promotion(tirage: _Tirage, formation: FormationDecrite, annee: int, rang: int) -> list[ApprentiEngendre]:
    """Une promotion entière ; les nombres de ruptures et de reçus sont fixés, le hasard dit seulement qui et quand."""
    effectif = formation.effectifs[rang]
    apprentis = [_entrant(tirage, formation, annee, numero) for numero in range(effectif)]
    rompus = tirage.hasard.sample(range(effectif), round(effectif * formation.rupture[rang]))
    for ordre, numero in enumerate(rompus):
        apprentis[numero] = _rompre(tirage, apprentis[numero], ordre, tirage.hasard.randint(20, 250))
    if len(formation.annees) > 1:
        tardif = next(numero for numero in range(effectif) if numero not in rompus)
        apprentis[tardif] = _rompre(tirage, apprentis[tardif], 0, tirage.hasard.randint(290, 380))
    if effectif >= 20:
        sans_contrat = max(numero for numero in range(effectif) if numero not in rompus)
        apprentis[sans_contrat] = replace(apprentis[sans_contrat], contrats=())
    return _resultats(tirage, apprentis, formation.obtention[rang])


def _entrant(tirage: _Tirage, formation: FormationDecrite, annee: int, numero: int) -> ApprentiEngendre:
    hasard = tirage.hasard
    entree = date(annee, 9, 1) + timedelta(days=(7 - date(annee, 9, 1).weekday()) % 7)
    fin = date(annee + len(formation.annees), 8, 31)
    retard = hasard.choice((0, 0, 0, 0, 1, 1, 7, 14)) if numero % 12 else hasard.randint(25, 70)
    debut = entree + timedelta(days=retard)
    apprenti = ApprentiEngendre(_personne(tirage, formation, annee, numero), formation, annee, entree, fin)
    if debut > tirage.aujourdhui:
        return apprenti
    return replace(apprenti, contrats=(ContratEngendre(debut, fin, _employeur(hasard)),))


def _personne(tirage: _Tirage, formation: FormationDecrite, annee: int, numero: int) -> Personne:
    """Une nouvelle personne, ou, pour quelques entrants, un diplômé de l'an passé qui poursuit."""
    anciens = tirage.diplomes.get((formation.poursuite_de or "", annee - 1), [])
    if numero < min(3, len(anciens)):
        return anciens[numero]
    while True:
        personne = _inventer(tirage, annee - 18 - min(formation.annees) - (formation.niveau - 6) * 3)
        cle = (personne.nom, personne.prenom, personne.naissance)
        if cle not in tirage.prises:
            tirage.prises.add(cle)
            return personne


def _inventer(tirage: _Tirage, annee_de_naissance: int) -> Personne:
    hasard, noms = tirage.hasard, tirage.noms
    sexe = hasard.choice("FH")
    prenom = hasard.choice(noms.prenoms_f if sexe == "F" else noms.prenoms_h)
    nom = hasard.choice(noms.debuts_de_nom) + hasard.choice(noms.fins_de_nom)
    naissance = date(annee_de_naissance - hasard.choice((0, 0, 0, 1, 2)), 1, 1) + timedelta(hasard.randrange(365))
    ine = f"{hasard.randrange(960_000_000, 970_000_000):09d}" + "".join(hasard.choices("ABCDEFGHJK", k=2))
    return Personne(nom, prenom, naissance, sexe, ine)


def _employeur(hasard: random.Random) -> str:
    return siret(f"99905{hasard.randrange(EMPLOYEURS):03d}")


def _rompre(tirage: _Tirage, apprenti: ApprentiEngendre, ordre: int, delai: int) -> ApprentiEngendre:
    """Rompt le dernier contrat : un apprenti sur deux resigne, un sur quatre quitte la formation."""
    if not apprenti.contrats:
        return apprenti
    *avant, contrat = apprenti.contrats
    jour = contrat.debut + timedelta(days=delai)
    if jour > tirage.aujourdhui or jour >= contrat.fin:
        return apprenti
    cause = CAUSE_DES_45_JOURS if delai <= 45 else tirage.hasard.choice(CAUSES_DE_RUPTURE)
    rompu = replace(contrat, rupture=jour, cause=cause)
    apprenti = replace(apprenti, contrats=(*avant, rompu))
    if ordre % 2 == 0:
        return _resigner(tirage, apprenti, jour + timedelta(days=tirage.hasard.randint(8, 110)))
    if ordre % 4 == 1:
        depart = jour + timedelta(days=tirage.hasard.randint(3, 45))
        if depart <= min(tirage.aujourdhui, apprenti.fin):
            return replace(apprenti, exclusion=depart, cause_exclusion=tirage.hasard.choice(CAUSES_DE_DEPART))
    return apprenti


def _resigner(tirage: _Tirage, apprenti: ApprentiEngendre, debut: date) -> ApprentiEngendre:
    if debut > tirage.aujourdhui or debut >= apprenti.fin - timedelta(days=60):
        return apprenti
    return replace(
        apprenti,
        contrats=(*apprenti.contrats, ContratEngendre(debut, apprenti.fin, _employeur(tirage.hasard))),
    )


def _resultats(tirage: _Tirage, apprentis: list[ApprentiEngendre], taux: float) -> list[ApprentiEngendre]:
    """Les résultats de ceux qui sont allés au bout, si le jury s'est tenu et que le CFA les communique."""
    jury = apprentis[0].fin - timedelta(days=45)
    if jury > tirage.aujourdhui or not apprentis[0].formation.resultats_communiques:
        return apprentis
    presents = [numero for numero, apprenti in enumerate(apprentis) if not apprenti.parti]
    refuses = set(tirage.hasard.sample(presents, len(presents) - round(len(presents) * taux)))
    for numero in presents:
        recu = numero not in refuses
        apprentis[numero] = replace(apprentis[numero], recu=recu, jury=jury if recu else None)
        if recu:
            cle = (apprentis[numero].formation.code, apprentis[numero].promotion)
            tirage.diplomes.setdefault(cle, []).append(apprentis[numero].personne)
    return apprentis


def annees_suivies(apprenti: ApprentiEngendre, aujourdhui: date) -> Iterator[tuple[int, int, date]]:
    """(année scolaire, année de formation, dernier jour connu) pour chaque ligne que l'extraction porte."""
    derniere = apprenti.promotion + len(apprenti.formation.annees) - 1
    for rang, annee_de_formation in enumerate(apprenti.formation.annees):
        annee = apprenti.promotion + rang
        parti = apprenti.exclusion is not None and apprenti.exclusion < date(annee, 8, 1)
        if parti or date(annee, 8, 1) > aujourdhui:
            return
        connu = aujourdhui if annee == derniere else min(aujourdhui, date(annee + 1, 7, 31))
        yield annee, annee_de_formation, connu
