"""Les rappels d'une campagne : qui a encore quelque chose à faire, et quand le lui dire (`charte.commun.rappels`)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Partie
from charte.commun.annuaire import Plume
from charte.commun.base import lignes
from charte.commun.rappels import Rappel, Tournee, lire_les_seuils, seuil_du
from grilles.campagnes.lettres import ResteAFaire, paragraphes, sujet
from grilles.campagnes.regles import EtatDeCampagne
from grilles.campagnes.repondants import Designations, Encrier
from grilles.campagnes.services.designations import lire_les_designations
from grilles.campagnes.services.lecture import lister_campagnes
from grilles.campagnes.services.suivi import lire_le_suivi
from grilles.campagnes.suivi import LigneDeSuivi, echeance_courante
from grilles.campagnes.vues import FicheCampagne
from grilles.modeles import Relance

GENRE = "campagne"
ACTIVES = (EtatDeCampagne.OUVERTE, EtatDeCampagne.EN_CONCERTATION)
Du = dict[tuple[int, date | None], list[ResteAFaire]]
"""(compte, échéance) vers ce qu'il lui reste à faire pour ce jour-là."""


def rappels_dus(session: Session, acteur: Acteur, tournee: Tournee) -> Iterator[Rappel]:
    """Les rappels que l'échéance appelle ce jour-là, un par compte, campagne et échéance."""
    for campagne in _actives(session, acteur):
        seuils = lire_les_seuils(campagne.relances)
        for (compte_id, echeance), restes in ce_qui_reste(session, acteur, campagne, tournee).items():
            seuil = seuil_du(seuils, echeance, tournee.jour) if echeance else None
            if seuil is not None:
                motif = f"{campagne.etat} {echeance} J{-seuil:+d}"
                yield _ecrire(campagne, tournee, compte_id, motif, echeance=echeance, restes=restes)


def rappels_a_la_demande(session: Session, acteur: Acteur, tournee: Tournee) -> Iterator[Rappel]:
    """Un rappel par compte qui a encore quelque chose à faire, quelle que soit l'échéance ; un par jour au plus."""
    for campagne in _actives(session, acteur):
        yield from rappels_de(session, acteur, campagne, tournee)


def rappels_de(session: Session, acteur: Acteur, campagne: FicheCampagne, tournee: Tournee) -> Iterator[Rappel]:
    """Ceux que « Relancer maintenant » enverrait pour cette campagne."""
    par_compte: dict[int, list[ResteAFaire]] = defaultdict(list)
    echeances: dict[int, date | None] = {}
    for (compte_id, echeance), restes in ce_qui_reste(session, acteur, campagne, tournee).items():
        par_compte[compte_id] += restes
        connue = echeances.get(compte_id)
        echeances[compte_id] = min(connue, echeance) if connue and echeance else connue or echeance
    for compte_id, restes in par_compte.items():
        motif = f"demande {tournee.jour}"
        yield _ecrire(campagne, tournee, compte_id, motif, echeance=echeances[compte_id], restes=restes)


def ce_qui_reste(session: Session, acteur: Acteur, campagne: FicheCampagne, tournee: Tournee) -> Du:
    """Par compte et échéance, les grilles où on l'attend ; qui n'a rien à faire n'y est pas."""
    if campagne.etat not in ACTIVES:
        return {}
    encrier = Encrier.de(tournee.plumes)
    designes = lire_les_designations(session, acteur, campagne.id)
    du: Du = defaultdict(list)
    for ligne in lire_le_suivi(session, acteur, campagne, tournee.jour):
        for plume, reste in _attendus(ligne, encrier, designes):
            du[plume.compte_id, ligne.echeance].append(reste)
    return du


def _attendus(ligne: LigneDeSuivi, encrier: Encrier, designes: Designations) -> Iterable[tuple[Plume, ResteAFaire]]:
    for partie in ligne.attend:
        reste = _reste(ligne, partie)
        for plume in encrier.repondants(ligne.formation.situation, partie, designes):
            yield plume, reste


def _reste(ligne: LigneDeSuivi, partie: Partie) -> ResteAFaire:
    somme, formation = ligne.somme, ligne.formation
    avance = {
        Partie.ETABLISSEMENT: somme.etablissement,
        Partie.CFA: somme.cfa,
        Partie.CONCERTEE: somme.concertee,
    }[partie]
    preuves = somme.sans_preuve if partie is Partie.CONCERTEE else 0
    return ResteAFaire(formation.id, formation.libelle, partie, avance.total - avance.renseignes, preuves)


def _actives(session: Session, acteur: Acteur) -> list[FicheCampagne]:
    return [campagne for campagne in lister_campagnes(session, acteur) if campagne.etat in ACTIVES]


def _ecrire(
    campagne: FicheCampagne,
    tournee: Tournee,
    compte_id: int,
    motif: str,
    *,
    echeance: date | None,
    restes: list[ResteAFaire],
) -> Rappel:
    corps = paragraphes(tournee.adresse_publique, campagne.annee, restes, echeance, campagne.consigne)
    return Rappel(compte_id, GENRE, campagne.id, motif, sujet(campagne.libelle, echeance, tournee.jour), corps)


def deja_partis(session: Session, acteur: Acteur, campagne_id: int) -> set[tuple[int, str]]:
    """(compte, motif) des rappels de cette campagne déjà partis."""
    requete = select(col(Relance.compte_id), col(Relance.motif)).where(
        col(Relance.genre) == GENRE,
        col(Relance.objet_id) == campagne_id,
        col(Relance.etablissement_id) == acteur.etablissement_id,
    )
    return {(int(compte_id), str(motif)) for compte_id, motif in lignes(session, requete)}


def dates_des_rappels(campagne: FicheCampagne, seuils: tuple[int, ...]) -> list[date]:
    """Les jours où des rappels partiront d'eux-mêmes pour l'échéance commune qui court ; vide s'il n'y en a pas."""
    echeance = echeance_courante(campagne, None)
    return [echeance - timedelta(days=seuil) for seuil in seuils] if echeance else []
