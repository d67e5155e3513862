"""Reprendre les réponses de la campagne d'avant, « à confirmer » : jamais comme vraies, jamais par-dessus une autre.

Une grille se reprend en une transaction ; recommencer ne refait que ce qui manque. Les preuves citées suivent leurs
réponses. D'une édition à l'autre : un élément gardé, déplacé ou reformulé emporte sa réponse ; un élément retiré, non.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie, exiger_partout
from charte.chargement import charger_edition
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.comparaison import Differences, comparer_editions
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.regles import GRILLE_ARRETEE, EtatDeCampagne
from grilles.campagnes.services.lecture import lire_formations, lister_campagnes
from grilles.campagnes.vues import FicheCampagne
from grilles.modeles import Grille, PreuveCitee, Reponse

TOUTES = tuple(partie.value for partie in Partie)
CONCERTEE = (Partie.CONCERTEE.value,)


@dataclass(frozen=True)
class RepriseProposee:
    """Ce que l'on peut reprendre : d'où, et combien de grilles et de réponses (toutes parties, concertée seule)."""

    depuis: FicheCampagne
    grilles: int
    reponses: int
    concertees: int
    changements: Differences


@lru_cache(maxsize=8)
def comparer(avant: str, apres: str) -> Differences:
    """Ce que devient chaque élément d'une édition à l'autre ; la même édition : rien ne change."""
    return comparer_editions(charger_edition(avant), charger_edition(apres))


def proposer_une_reprise(session: Session, acteur: Acteur, campagne: FicheCampagne) -> RepriseProposee | None:
    """Ce qui peut se reprendre de la campagne précédente ; None si rien, ou si la campagne est arrêtée."""
    precedentes = [autre for autre in lister_campagnes(session, acteur) if autre.annee < campagne.annee]
    if not precedentes or campagne.etat == EtatDeCampagne.ARRETEE:
        return None
    depuis = precedentes[0]
    formations = grilles_a_reprendre(session, acteur, depuis, campagne)
    requete = (
        select(func.count(), func.count().filter(col(Reponse.partie) == Partie.CONCERTEE.value))
        .select_from(Reponse)
        .join(Grille, col(Grille.id) == col(Reponse.grille_id))
        .where(col(Grille.campagne_id) == depuis.id, col(Grille.formation_id).in_(formations), _qui_dit())
    )
    reponses, concertees = lignes(session, requete)[0]
    if not reponses:
        return None
    changements = comparer(depuis.edition, campagne.edition)
    return RepriseProposee(depuis, len(formations), int(reponses), int(concertees), changements)


def grilles_a_reprendre(session: Session, acteur: Acteur, depuis: FicheCampagne, vers: FicheCampagne) -> list[int]:
    """Les formations de la nouvelle campagne qui ont une grille dans l'ancienne, et pas de grille arrêtée ici."""
    formations = lire_formations(session, acteur, vers, geste=Geste.PILOTER_CAMPAGNE)
    ouvertes = {formation.id for formation in formations if formation.etat_grille != GRILLE_ARRETEE}
    requete = select(col(Grille.formation_id)).where(
        col(Grille.campagne_id) == depuis.id, col(Grille.etablissement_id) == acteur.etablissement_id
    )
    return sorted(ouvertes & {int(numero) for (numero,) in lignes(session, requete)})


def verifier_la_reprise(acteur: Acteur, depuis: FicheCampagne, vers: FicheCampagne) -> None:
    """Lève `DroitManquant`, ou `SaisieRefusee` si la reprise n'a pas de sens."""
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    if vers.etat == EtatDeCampagne.ARRETEE:
        raise SaisieRefusee("", "La campagne est arrêtée : plus rien ne s’y écrit.")
    if depuis.annee >= vers.annee:
        raise SaisieRefusee("", "On reprend les réponses d’une campagne plus ancienne.")


def reprendre_une_grille(
    session: Session,
    acteur: Acteur,
    campagnes: tuple[FicheCampagne, FicheCampagne],
    formation_id: int,
    parties: Collection[str],
) -> int:
    """Reprend une grille de la première campagne dans la seconde ; rend le nombre de réponses reprises."""
    depuis, vers = campagnes
    avant = _grille(session, acteur, depuis.id, formation_id)
    if avant is None:
        return 0
    apres = _grille(session, acteur, vers.id, formation_id) or _creer(session, acteur, vers.id, formation_id)
    if apres[1] == GRILLE_ARRETEE:
        return 0
    # En concertation, les positions des parties sont closes : la concertée seule se reprend encore.
    permises = [partie for partie in parties if vers.etat != EtatDeCampagne.EN_CONCERTATION or partie in CONCERTEE]
    changements = comparer(depuis.edition, vers.edition)
    reprises = _reprendre_les_reponses(session, acteur, (avant[0], apres[0]), changements, permises)
    citees = _reprendre_les_preuves(session, acteur, (avant[0], apres[0]), changements)
    if reprises or citees:
        dit = {"depuis": depuis.annee, "reponses": reprises, "preuves": citees}
        journaliser(session, acteur, "réponses reprises", f"grille:{apres[0]}", apres=dit)
    return reprises


def _grille(session: Session, acteur: Acteur, campagne_id: int, formation_id: int) -> tuple[int, str] | None:
    requete = select(col(Grille.id), col(Grille.etat)).where(
        col(Grille.campagne_id) == campagne_id,
        col(Grille.formation_id) == formation_id,
        col(Grille.etablissement_id) == acteur.etablissement_id,
    )
    trouvees = lignes(session, requete)
    return (int(trouvees[0][0]), str(trouvees[0][1])) if trouvees else None


def _creer(session: Session, acteur: Acteur, campagne_id: int, formation_id: int) -> tuple[int, str]:
    grille = Grille(etablissement_id=acteur.etablissement_id, campagne_id=campagne_id, formation_id=formation_id)
    session.add(grille)
    session.flush()
    return exiger_id(grille.id), grille.etat


def _reprendre_les_reponses(
    session: Session, acteur: Acteur, grilles: tuple[int, int], changements: Differences, parties: Collection[str]
) -> int:
    avant, apres = grilles
    colonnes = (Reponse.element, Reponse.partie, Reponse.etat, Reponse.motif, Reponse.commentaire)
    lues = select(*(col(c) for c in colonnes)).where(
        col(Reponse.grille_id) == avant, col(Reponse.partie).in_(parties), _qui_dit()
    )
    deja_la = select(col(Reponse.element), col(Reponse.partie)).where(col(Reponse.grille_id) == apres)
    deja = {tuple(ligne) for ligne in lignes(session, deja_la)}
    signature = {"modifie_par": acteur.nom, "modifie_le": maintenant(), "version": 1, "a_confirmer": True}
    neuves = []
    for element, partie, etat, motif, commentaire in lignes(session, lues):
        nouvel_id = changements.devenir(element).nouvel_id
        if nouvel_id is not None and (nouvel_id, partie) not in deja:
            dite = {"element": nouvel_id, "partie": partie, "etat": etat, "motif": motif, "commentaire": commentaire}
            neuves.append({**_cle(acteur, apres), **dite, **signature})
    if neuves:
        session.connection().execute(insert(Reponse), neuves)
    return len(neuves)


def _reprendre_les_preuves(session: Session, acteur: Acteur, grilles: tuple[int, int], changements: Differences) -> int:
    """Les citations des éléments auxquels la nouvelle grille répond ; une citation déjà là n'est pas doublée."""
    avant, apres = grilles
    repondus = {e for (e,) in lignes(session, select(col(Reponse.element)).where(col(Reponse.grille_id) == apres))}
    deja = {tuple(ligne) for ligne in lignes(session, _citations(apres))}
    connues = {(preuve_id, element) for preuve_id, element, _ in deja}
    neuves = []
    for preuve_id, element, emplacement in lignes(session, _citations(avant)):
        nouvel_id = changements.devenir(element).nouvel_id
        if nouvel_id in repondus and (preuve_id, nouvel_id) not in connues:
            neuves.append(
                {**_cle(acteur, apres), "preuve_id": preuve_id, "element": nouvel_id, "emplacement": emplacement}
            )
    if neuves:
        session.connection().execute(insert(PreuveCitee), neuves)
    return len(neuves)


def _citations(grille_id: int) -> Select[*tuple[Any, ...]]:
    colonnes = (PreuveCitee.preuve_id, PreuveCitee.element, PreuveCitee.emplacement)
    return select(*(col(c) for c in colonnes)).where(col(PreuveCitee.grille_id) == grille_id)


def _cle(acteur: Acteur, grille_id: int) -> dict[str, int]:
    return {"etablissement_id": acteur.etablissement_id, "grille_id": grille_id}


def _qui_dit() -> ColumnElement[bool]:
    """Une réponse vidée, sans un mot, n'a rien à reprendre."""
    return or_(col(Reponse.etat).is_not(None), col(Reponse.commentaire) != "")
