"""Référence naïve des indicateurs : des boucles, une ligne à la fois, au mot des définitions.

Rien n'y vient du moteur : ni expression, ni narwhals, ni tableau. `contributions` rend une ligne par unité comptée,
avec tout ce qui la situe ; un niveau, une promotion ou une modalité n'est qu'un filtre de ces lignes.
"""

import calendar
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from tests.indicateurs.reference_parcours import Contrat, parcours_jour_a_jour

NR = "non_renseigne"
Formation = tuple[str, str, str, str]


@dataclass(frozen=True)
class ContratDit(Contrat):
    """Un contrat avec son motif de fin anticipée et l'effectif de l'employeur."""

    motif: str | None = None
    effectif: int | None = None


@dataclass(frozen=True)
class Rencontre:
    nature: str
    prevue_du: date | None
    tenue_le: date | None


@dataclass(frozen=True)
class Situation:
    mois: int
    repondu: bool
    situation: str | None = None
    type_contrat: str | None = None
    adequation: bool | None = None
    recherche: float | None = None


@dataclass(frozen=True)
class Jeune:
    """Un parcours, ses contrats et tout ce que l'on sait de lui."""

    personne: int
    groupe: Formation
    entree: date
    fin: date
    exclusion: date | None
    obtention: bool | None
    contrats: tuple[Contrat, ...]
    sexe: str | None = None
    naissance: int | None = None
    niveau: int | None = None
    rqth: bool | None = None
    resultats: tuple[tuple[int, bool | None, bool | None], ...] = ()
    heures: tuple[tuple[int, float | None, float | None], ...] = ()
    rencontres: tuple[Rencontre, ...] = ()
    situations: tuple[Situation, ...] = ()


@dataclass(frozen=True)
class Note:
    groupe: Formation
    annee: int
    public: str
    question: str
    repondant: int
    note: float | None
    mini: float | None = 0
    maxi: float | None = 10


@dataclass(frozen=True)
class Enquete:
    groupe: Formation
    annee: int
    public: str
    sollicites: int | None


@dataclass(frozen=True)
class Monde:
    """Tout ce que l'on observe ; `composantes` et `regions` : celles de chaque formation."""

    jeunes: tuple[Jeune, ...]
    notes: tuple[Note, ...] = ()
    enquetes: tuple[Enquete, ...] = ()
    composantes: dict[Formation, str] = field(default_factory=dict)
    regions: dict[Formation, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ligne:
    """Une unité de la cohorte d'un indicateur. `effectif` : ce qu'elle ajoute à ce que le seuil regarde."""

    cle: str
    groupe: Formation
    promotion: str
    numerateur: float
    denominateur: float
    effectif: int
    modalites: dict[str, str]
    carre: float = 0.0
    duree: int | None = None
    evenement: bool = False


Compte = tuple[float, float]


def plus_mois(jour: date, mois: int) -> date:
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, mois_de_l_annee = rang // 12, rang % 12 + 1
    return date(annee, mois_de_l_annee, min(jour.day, calendar.monthrange(annee, mois_de_l_annee)[1]))


def annee_scolaire(jour: date) -> int:
    return jour.year if jour.month >= 8 else jour.year - 1


def promotion(entree: date) -> str:
    debut = annee_scolaire(entree)
    return f"{debut}-{debut + 1}"


def compter(jeunes: list[Jeune], au: date) -> dict[tuple[tuple[str, ...], str], dict[str, Compte]]:
    """Par groupe et promotion, puis par indicateur : (numérateur, cohorte), des seuls parcours et contrats."""
    tout: dict[tuple[tuple[str, ...], str], dict[str, Compte]] = {}
    for jeune in jeunes:
        tout.setdefault((jeune.groupe, promotion(jeune.entree)), {})
    for ligne in contributions(Monde(tuple(jeunes)), au):
        comptes = tout[ligne.groupe, ligne.promotion]
        numerateur, cohorte = comptes.get(ligne.cle, (0, 0))
        comptes[ligne.cle] = (numerateur + ligne.numerateur, cohorte + ligne.effectif)
    return tout


def contributions(monde: Monde, au: date) -> list[Ligne]:
    """Toutes les lignes de tous les indicateurs à la date d'observation."""
    lignes: list[Ligne] = []
    for rang, jeune in enumerate(monde.jeunes):
        lignes += [*_parcours(monde, jeune, au), *_contrats(monde, rang, au), *_heures(jeune, au)]
        lignes += [*_missions(jeune, au), *_situations(jeune)]
    return [*lignes, *_notes(monde), *_reponses(monde)]


def survie(lignes: Iterable[Ligne], horizon: int) -> float:
    """Probabilité de n'avoir pas rompu à l'horizon, jour après jour."""
    population = list(lignes)
    reste = 1.0
    for jour in range(horizon + 1):
        a_risque = sum(1 for ligne in population if ligne.duree is not None and ligne.duree >= jour)
        ruptures = sum(1 for ligne in population if ligne.duree == jour and ligne.evenement)
        if ruptures:
            reste *= 1 - ruptures / a_risque
    return reste


def _du_jeune(jeune: Jeune) -> dict[str, str]:
    age = None if jeune.naissance is None else jeune.entree.year - jeune.naissance
    classe_d_age = NR
    if age is not None and 0 <= age <= 120:
        classe_d_age = (
            "moins_de_18" if age < 18 else "18_a_20" if age <= 20 else "21_a_25" if age <= 25 else "26_et_plus"
        )
    return {
        "sexe": jeune.sexe if jeune.sexe in ("F", "H") else NR,
        "age": classe_d_age,
        "niveau": f"niveau_{jeune.niveau}" if jeune.niveau in range(3, 9) else NR,
        "handicap": NR if jeune.rqth is None else "rqth" if jeune.rqth else "sans_rqth",
    }


def _taille(effectif: int | None) -> str:
    if effectif is None or effectif < 0:
        return NR
    if effectif < 10:
        return "moins_de_10"
    return "10_a_49" if effectif < 50 else "50_a_249" if effectif < 250 else "250_et_plus"


def _part(cle: str, jeune: Jeune, cas: bool, **plus: str) -> Ligne:
    modalites = {**_du_jeune(jeune), **plus}
    return Ligne(cle, jeune.groupe, promotion(jeune.entree), int(cas), 1, 1, modalites)


def _parcours(monde: Monde, jeune: Jeune, au: date) -> Iterator[Ligne]:
    frise = parcours_jour_a_jour(jeune.entree, jeune.fin, list(jeune.contrats), jeune.exclusion)
    statut = _statut_le(frise, au)
    noms = {
        "effectif_inscrits": "INSCRIT",
        "effectif_apprentis": "APPRENTI",
        "effectif_rupturants": "RUPTURANT",
        "effectif_abandons": "ABANDON",
        "effectif_fin_de_formation": "FIN_DE_FORMATION",
    }
    if statut:
        yield from (_part(cle, jeune, statut == nom) for cle, nom in noms.items())
    if jeune.fin <= au:
        yield _part("abandon", jeune, bool(frise) and frise[-1][1] == "ABANDON")
    rentree = date(annee_scolaire(jeune.entree) + 1, 12, 31)
    if rentree <= au and jeune.fin > rentree and _statut_le(frise, rentree):
        yield _part("interruption", jeune, _statut_le(frise, rentree) == "ABANDON")
    present, admis = _resultat(jeune)
    if admis is not None and present is not False:
        yield _part("obtention", jeune, admis)
        yield _part("echec", jeune, not admis)
    yield from _rencontres(monde, jeune, au)


def _statut_le(frise: list[tuple[date, str]], jour: date) -> str:
    passes = [statut for depuis, statut in frise if depuis <= jour]
    return passes[-1] if passes else ""


def _resultat(jeune: Jeune) -> tuple[bool | None, bool | None]:
    if not jeune.resultats:
        return None, jeune.obtention
    _, present, admis = max(jeune.resultats, key=lambda resultat: resultat[0])
    return present, jeune.obtention if admis is None else admis


def _rencontres(monde: Monde, jeune: Jeune, au: date) -> Iterator[Ligne]:
    consignees = any(
        rencontre.nature == "employeur"
        for autre in monde.jeunes
        if autre.groupe == jeune.groupe and promotion(autre.entree) == promotion(jeune.entree)
        for rencontre in autre.rencontres
    )
    if not consignees or jeune.fin > au or plus_mois(jeune.entree, 2) > au:
        return
    tenues = [r.tenue_le for r in jeune.rencontres if r.nature == "employeur" and r.tenue_le and r.tenue_le <= au]
    debuts = [jour for jour in tenues if jeune.entree <= jour <= plus_mois(jeune.entree, 2)]
    fins = [jour for jour in tenues if plus_mois(jeune.fin, -2) <= jour <= jeune.fin]
    deux_par_an = all(
        len({jour for jour in tenues if premier <= jour <= dernier}) >= 2
        for premier, dernier in annees_de_formation(jeune)
    )
    yield _part("rencontres_employeur", jeune, bool(debuts and fins) and deux_par_an)


def annees_de_formation(jeune: Jeune) -> list[tuple[date, date]]:
    """D'un anniversaire de l'entrée à la veille du suivant ; un reste de moins de six mois va à la dernière."""
    nombre = max(1, round(((jeune.fin - jeune.entree).days + 1) / 365.25))
    debuts = [plus_mois(jeune.entree, 12 * rang) for rang in range(nombre)]
    return [*((debut, suivant - timedelta(days=1)) for debut, suivant in pairwise(debuts)), (debuts[-1], jeune.fin)]


def _retenus(jeune: Jeune) -> list[Contrat]:
    return list({contrat.debut: contrat for contrat in jeune.contrats}.values())


def _motif(contrat: Contrat) -> str | None:
    return contrat.motif if isinstance(contrat, ContratDit) else None


def _contrats(monde: Monde, rang: int, au: date) -> Iterator[Ligne]:
    jeune = monde.jeunes[rang]
    for contrat in _retenus(jeune):
        if _motif(contrat) != "contrat_annule":
            yield from _un_contrat(monde, rang, contrat, au)


def _un_contrat(monde: Monde, rang: int, contrat: Contrat, au: date) -> Iterator[Ligne]:
    jeune = monde.jeunes[rang]
    effectif = contrat.effectif if isinstance(contrat, ContratDit) else None
    motif = _motif(contrat) or NR
    situe = {"taille_employeur": _taille(effectif), "motif": motif}
    rupture = None if _motif(contrat) == "diplome_obtenu" else contrat.rupture
    debut = contrat.debut
    if debut + timedelta(days=45) <= au:
        yield _part(
            "rupture_45_jours", jeune, rupture is not None and debut <= rupture < debut + timedelta(days=45), **situe
        )
    tot = rupture is not None and debut <= rupture < plus_mois(debut, 9)
    retour = _retour(monde, rang, contrat)
    revient = rupture is not None and retour is not None and retour < plus_mois(rupture, 6)
    if plus_mois(debut, 9) <= au:
        yield _part("rupture_brute_9_mois", jeune, tot, **situe)
    if plus_mois(debut, 15) <= au:
        yield _part("rupture_nette_9_mois", jeune, tot and not revient, **situe)
    if contrat.fin is not None and contrat.fin <= au:
        yield _part("rupture_duree_totale", jeune, rupture is not None and rupture < contrat.fin, **situe)
    if rupture is not None and rupture >= debut and plus_mois(rupture, 6) <= au:
        yield _part("reprise_apres_rupture", jeune, revient, **situe)
    if rupture is not None and debut <= rupture <= au:
        delai = (rupture - debut).days
        yield _valeur("delai_de_rupture", jeune, delai, **situe)
    yield from _duree(jeune, contrat, au, situe)


def _retour(monde: Monde, rang: int, contrat: Contrat) -> date | None:
    """Le premier autre contrat de la même personne, le jour de la fin anticipée ou après."""
    if contrat.rupture is None:
        return None
    autres = [
        autre.debut
        for autre_rang, autre_jeune in enumerate(monde.jeunes)
        if autre_jeune.personne == monde.jeunes[rang].personne
        for autre in _retenus(autre_jeune)
        if (autre_rang, autre.debut) != (rang, contrat.debut) and _motif(autre) != "contrat_annule"
    ]
    return min((debut for debut in autres if debut >= contrat.rupture), default=None)


def _duree(jeune: Jeune, contrat: Contrat, au: date, situe: dict[str, str]) -> Iterator[Ligne]:
    if contrat.debut > au or (contrat.rupture is not None and contrat.rupture < contrat.debut):
        return
    if contrat.fin is not None and contrat.fin < contrat.debut:
        return
    fin = min(jour for jour in (contrat.rupture, contrat.fin, au) if jour is not None)
    rompu = contrat.rupture is not None and contrat.rupture <= au and _motif(contrat) != "diplome_obtenu"
    rompu = rompu and (contrat.fin is None or contrat.rupture < contrat.fin)  # type: ignore[operator]
    duree = (fin - contrat.debut).days
    ligne = _part("rupture_9_mois_estimee", jeune, rompu and duree <= 274, **situe)
    yield Ligne(**{**vars(ligne), "duree": duree, "evenement": rompu})


def _valeur(cle: str, jeune: Jeune, valeur: float, **plus: str) -> Ligne:
    ligne = _part(cle, jeune, False, **plus)
    return Ligne(**{**vars(ligne), "numerateur": valeur, "carre": valeur * valeur})


def _heures(jeune: Jeune, au: date) -> Iterator[Ligne]:
    finies = [
        (prevues, realisees)
        for annee, prevues, realisees in jeune.heures
        if date(annee + 1, 7, 31) <= au and prevues is not None and realisees is not None
    ]
    if finies:
        ligne = _part("realisation", jeune, False)
        faites, dues = math.fsum(r for _, r in finies), math.fsum(p for p, _ in finies)
        yield Ligne(**{**vars(ligne), "numerateur": faites, "denominateur": dues})


def _missions(jeune: Jeune, au: date) -> Iterator[Ligne]:
    demandes = [
        (r.prevue_du, r.tenue_le)
        for r in jeune.rencontres
        if r.nature == "validation_mission" and r.prevue_du and r.prevue_du + timedelta(days=7) <= au
    ]
    if demandes:
        faites = sum(1 for du, le in demandes if le is not None and du <= le <= du + timedelta(days=7))
        ligne = _part("mission_validee", jeune, False)
        yield Ligne(**{**vars(ligne), "numerateur": faites, "denominateur": len(demandes)})


def _situations(jeune: Jeune) -> Iterator[Ligne]:
    dite = False
    for enquete in sorted(jeune.situations, key=lambda situation: situation.mois):
        yield _part(f"reponse_insertion_{enquete.mois}_mois", jeune, enquete.repondu)
        if enquete.recherche is not None:
            if enquete.repondu and enquete.recherche >= 0 and not dite:
                yield _valeur("duree_recherche", jeune, enquete.recherche)
            dite = True
        if enquete.repondu and enquete.situation in ("emploi", "recherche"):
            yield _part(f"insertion_{enquete.mois}_mois", jeune, enquete.situation == "emploi")
        if enquete.repondu:
            yield from _du_repondant(jeune, enquete)


def _du_repondant(jeune: Jeune, enquete: Situation) -> Iterator[Ligne]:
    if enquete.situation is not None:
        yield _part(f"poursuite_etudes_{enquete.mois}_mois", jeune, enquete.situation == "etudes")
    if enquete.situation == "emploi" and enquete.adequation is not None:
        yield _part(f"adequation_emploi_{enquete.mois}_mois", jeune, enquete.adequation)
    if enquete.situation == "emploi" and enquete.type_contrat is not None:
        stable = enquete.type_contrat in ("cdi", "fonctionnaire", "independant")
        yield _part(f"emploi_stable_{enquete.mois}_mois", jeune, stable)


def _notes(monde: Monde) -> Iterator[Ligne]:
    for dite in monde.notes:
        if dite.note is None or dite.mini is None or dite.maxi is None:
            continue
        if not (dite.mini <= dite.note <= dite.maxi and dite.mini < dite.maxi):
            continue
        sur_dix = 10 * (dite.note - dite.mini) / (dite.maxi - dite.mini)
        annee = f"{dite.annee}-{dite.annee + 1}"
        if dite.question == "ensemble":
            yield Ligne(f"satisfaction_{dite.public}", dite.groupe, annee, sur_dix, 1, 1, {}, sur_dix**2)
        if dite.question == "suivi" and dite.public != "apprentis":
            yield Ligne("qualite_suivi", dite.groupe, annee, sur_dix, 1, 1, {}, sur_dix**2)


def _reponses(monde: Monde) -> Iterator[Ligne]:
    for enquete in monde.enquetes:
        ayant_note = [n for n in monde.notes if n.note is not None]
        deposee = any(
            note.groupe[2] == enquete.groupe[2] and note.annee == enquete.annee and note.public == enquete.public
            for note in ayant_note
        )
        if enquete.sollicites is None or not deposee:
            continue
        reponses = {
            note.repondant
            for note in ayant_note
            if (note.groupe, note.annee, note.public) == (enquete.groupe, enquete.annee, enquete.public)
        }
        if len(reponses) <= enquete.sollicites:
            annee = f"{enquete.annee}-{enquete.annee + 1}"
            yield Ligne(
                f"reponse_satisfaction_{enquete.public}",
                enquete.groupe,
                annee,
                len(reponses),
                enquete.sollicites,
                enquete.sollicites,
                {},
            )
