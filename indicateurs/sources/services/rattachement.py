"""Rattacher les lignes d'une source aux apprentis, parcours et formations rangés, dans l'étendue de l'acteur."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import lignes
from charte.modeles import Cfa, Formation
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.reconnaissance import preparer_la_traduction
from indicateurs.modeles import Apprenti, Parcours
from indicateurs.sources.attaches import (
    CODES,
    INCONNUE,
    INE_PARTAGE,
    Demande,
    ParcoursConnu,
    Refus,
    choisir_parcours,
    codes_compatibles,
)
from indicateurs.stockage import enregistrements, modifier

FORMATION_INCONNUE = (
    "Aucune formation de votre étendue n'a ces codes.",
    "Vérifiez les codes (RNCP, diplôme, UAI), ou déposez d'abord le fichier des apprentis de cette formation.",
)
FORMATION_AMBIGUE = (
    "Plusieurs formations ont ces codes.",
    "Donnez aussi le code diplôme, l'UAI du CFA et celui du lieu de formation.",
)


@dataclass(frozen=True)
class Annuaire:
    """Les personnes rangées que l'acteur atteint : empreinte d'identité → apprenti, empreinte d'INE → apprentis.

    Les empreintes rangées sous l'ancienne clé y sont traduites ; `a_rechiffrer` : les rangées de ces personnes-là,
    telles qu'elles s'écrivent sous la clé courante.
    """

    par_identite: dict[str, int]
    par_ine: dict[str, set[int]]
    a_rechiffrer: dict[int, dict[str, Any]]

    def trouver(self, personne: str | None, ine: str | None) -> int | tuple[str, str]:
        """L'apprenti de cette identité, à défaut de cet INE ; sinon (raison, remède)."""
        if personne and personne in self.par_identite:
            return self.par_identite[personne]
        trouves = self.par_ine.get(ine or "", set())
        if len(trouves) > 1:
            return INE_PARTAGE
        return next(iter(trouves)) if trouves else INCONNUE


def lire_annuaire(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> Annuaire:
    """L'annuaire que l'acteur atteint, sous les clés du diagnostic.

    Qui dépose pour un CFA n'y trouve que ceux de son CFA : sans cela, un refus (« plusieurs apprentis portent cet
    INE »), ou son absence, lui ferait deviner l'apprenti d'un autre.
    """
    neuves = preparer_la_traduction(session, acteur, diagnostic).neuves
    requete = select(col(Apprenti.id), col(Apprenti.empreinte_identite), col(Apprenti.empreinte_ine)).where(
        col(Apprenti.etablissement_id) == acteur.etablissement_id, *_ses_apprentis(acteur)
    )
    annuaire = Annuaire({}, {}, {})
    for apprenti, identite, ine in lignes(session, requete):
        annuaire.par_identite[neuves.get(identite, identite)] = int(apprenti)
        if ine:
            annuaire.par_ine.setdefault(neuves.get(ine, ine), set()).add(int(apprenti))
        if identite in neuves:
            annuaire.a_rechiffrer[int(apprenti)] = {
                "id": int(apprenti),
                "empreinte_identite": neuves[identite],
                "empreinte_ine": neuves.get(ine or ""),
                "repere_cle": diagnostic.repere_cle,
            }
    return annuaire


def _ses_apprentis(acteur: Acteur) -> tuple[ColumnElement[bool], ...]:
    if etendue(acteur, Geste.DEPOSER).tout:
        return ()
    siens = (
        select(col(Parcours.apprenti_id))
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .where(chez(acteur))
    )
    return (col(Apprenti.id).in_(siens),)


def rechiffrer_les_reconnues(session: Session, annuaire: Annuaire, apprentis: Iterable[int]) -> None:
    """Passe sous la clé courante les personnes que le fichier a reconnues sous l'ancienne."""
    vues = sorted(set(apprentis) & set(annuaire.a_rechiffrer))
    modifier(session, Apprenti, [annuaire.a_rechiffrer[apprenti] for apprenti in vues])


def chez(acteur: Acteur) -> ColumnElement[bool]:
    """La condition « cette formation est de celles dont l'acteur dépose les données »."""
    atteint = etendue(acteur, Geste.DEPOSER)
    ici = col(Formation.etablissement_id) == acteur.etablissement_id
    return ici if atteint.tout else and_(ici, col(Formation.cfa_id).in_(sorted(atteint.cfas)))


def lire_parcours_connus(session: Session, acteur: Acteur) -> dict[int, list[ParcoursConnu]]:
    """Les parcours de l'étendue de l'acteur, par apprenti."""
    colonnes = (Parcours.apprenti_id, Parcours.id, *_CODES, Parcours.date_entree, Parcours.date_fin)
    requete = (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Parcours)
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(chez(acteur))
        .order_by(col(Parcours.id))
    )
    connus: dict[int, list[ParcoursConnu]] = {}
    for apprenti, parcours, rncp, cfd, responsable, formateur, entree, fin in lignes(session, requete):
        connu = ParcoursConnu(int(parcours), (rncp, cfd, responsable, formateur), entree, fin)
        connus.setdefault(int(apprenti), []).append(connu)
    return connus


_CODES = (Formation.rncp, Formation.cfd, Cfa.uai, Formation.uai_formateur)


@dataclass(frozen=True)
class Rattachees:
    """Les lignes rattachées (colonnes de départ, et `parcours_id`, `apprenti_id`), et celles qui ne le sont pas."""

    lignes: pd.DataFrame
    refus: tuple[Refus, ...]
    annuaire: Annuaire


def rattacher_aux_parcours(
    session: Session, acteur: Acteur, diagnostic: Diagnostic, periodes: pd.DataFrame
) -> Rattachees:
    """Rattache chaque ligne retenue au seul parcours qu'elle peut viser.

    `periodes` : mêmes lignes, colonnes facultatives `date_entree`, `du`, `au` (dates), `annee_de_fin` (entier).
    """
    annuaire, connus = lire_annuaire(session, acteur, diagnostic), lire_parcours_connus(session, acteur)
    retenues, refus = diagnostic.lignes, []
    choisis: list[tuple[int | None, int | None]] = []
    for dite, demande in zip(_dites(retenues), _demandes(retenues, periodes), strict=True):
        apprenti = annuaire.trouver(dite["id_personne"], dite["empreinte_ine"])
        trouve = apprenti if isinstance(apprenti, tuple) else choisir_parcours(connus.get(apprenti, []), demande)
        if isinstance(trouve, tuple) or isinstance(apprenti, tuple):
            refus.append(Refus(dite["ligne"], *(apprenti if isinstance(apprenti, tuple) else trouve)))  # type: ignore[misc]
            choisis.append((None, None))
        else:
            choisis.append((trouve.id, apprenti))
    parcours = pd.array([choisi[0] for choisi in choisis], dtype="Int64")
    apprentis = pd.array([choisi[1] for choisi in choisis], dtype="Int64")
    rattachees = retenues.assign(parcours_id=parcours, apprenti_id=apprentis)
    return Rattachees(rattachees[~pd.isna(parcours)].reset_index(drop=True), tuple(refus), annuaire)


def _dites(retenues: pd.DataFrame) -> list[dict[str, Any]]:
    return enregistrements(retenues, ("ligne", "id_personne", "empreinte_ine"))


def _demandes(retenues: pd.DataFrame, periodes: pd.DataFrame) -> Iterable[Demande]:
    codes = codes_des_lignes(retenues)
    colonnes = [nom for nom in ("date_entree", "du", "au", "annee_de_fin") if nom in periodes]
    dites = enregistrements(periodes, colonnes) if colonnes else [{} for _ in codes]
    for code, dite in zip(codes, dites, strict=True):
        yield Demande(code, **dite)


def codes_des_lignes(retenues: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """Les quatre codes de formation de chaque ligne, vides s'ils ne sont pas dits."""
    presentes = [nom for nom in CODES if nom in retenues]
    dits = enregistrements(retenues, presentes) if presentes else [{} for _ in range(len(retenues))]
    return [tuple(str(dit.get(nom) or "") for nom in CODES) for dit in dits]  # type: ignore[misc]


def lire_formations(session: Session, acteur: Acteur) -> list[tuple[int, tuple[str, ...]]]:
    """Les formations de l'étendue de l'acteur : (identifiant, codes dans l'ordre de `CODES`)."""
    requete = (
        select(col(Formation.id), *(col(code) for code in _CODES))
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(chez(acteur))
    )
    return [(int(ligne[0]), tuple(ligne[1:])) for ligne in lignes(session, requete)]


def rattacher_aux_formations(
    session: Session, acteur: Acteur, retenues: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Refus, ...]]:
    """Les lignes dont les codes désignent une seule formation de l'étendue (colonne `formation_id`), et les autres."""
    connues = lire_formations(session, acteur)
    codes, refus, choisies = codes_des_lignes(retenues), [], []
    vues: dict[tuple[str, ...], int | tuple[str, str]] = {}
    for ligne, code in zip(retenues["ligne"], codes, strict=True):
        if code not in vues:
            vues[code] = formation_des_codes(connues, code)
        choisie = vues[code]
        if isinstance(choisie, tuple):
            refus.append(Refus(int(ligne), *choisie))
        choisies.append(None if isinstance(choisie, tuple) else choisie)
    formations = pd.array(choisies, dtype="Int64")
    rattachees = retenues.assign(formation_id=formations)[~pd.isna(formations)]
    return rattachees.reset_index(drop=True), tuple(refus)


def formation_des_codes(connues: list[tuple[int, tuple[str, ...]]], code: tuple[str, ...]) -> int | tuple[str, str]:
    """La seule formation qui répond à ces codes, sinon (raison, remède)."""
    possibles = [connue for connue in connues if any(code) and codes_compatibles(connue[1], code)]
    exactes = [c for c in possibles if all(rang == dit for rang, dit in zip(c[1], code, strict=True) if dit)]
    restantes = exactes or possibles
    if not restantes:
        return FORMATION_INCONNUE
    return restantes[0][0] if len(restantes) == 1 else FORMATION_AMBIGUE


def decaler(jour: date, mois: int) -> date:
    """Le premier du mois situé `mois` mois plus loin (négatif : plus tôt)."""
    rang = jour.year * 12 + jour.month - 1 + mois
    return date(rang // 12, rang % 12 + 1, 1)
