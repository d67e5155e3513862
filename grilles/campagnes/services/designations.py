"""Qui répond : lire et changer les comptes désignés, par formation et par partie."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, Partie, exiger_partout
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.services.saisie_parties import SaisieRefusee
from grilles.campagnes.regles import EtatDeCampagne
from grilles.campagnes.repondants import PARTIES_QUI_REPONDENT, Designations, Encrier
from grilles.campagnes.vues import FicheCampagne, FormationDeCampagne
from grilles.modeles import Campagne, Repondant

Designation = tuple[int, Partie, int]
"""(formation, partie, compte)."""


def lire_les_designations(session: Session, acteur: Acteur, campagne_id: int) -> Designations:
    """Les comptes désignés dans cette campagne, par formation et partie."""
    requete = select(col(Repondant.formation_id), col(Repondant.partie), col(Repondant.compte_id)).where(
        col(Repondant.campagne_id) == campagne_id, col(Repondant.etablissement_id) == acteur.etablissement_id
    )
    designes: dict[tuple[int, Partie], set[int]] = defaultdict(set)
    for formation_id, partie, compte_id in lignes(session, requete):
        designes[formation_id, Partie(partie)].add(compte_id)
    return designes


def designer(
    session: Session,
    acteur: Acteur,
    campagne: FicheCampagne,
    formations: Collection[FormationDeCampagne],
    *,
    voulues: Collection[Designation],
    encrier: Encrier,
) -> tuple[int, int]:
    """Remplace les désignations de ces formations ; rend (ajoutées, retirées).

    Lève `SaisieRefusee` si un compte n'y tient pas la plume : il ne pourrait pas répondre.
    """
    _exiger_modifiable(session, acteur, campagne)
    permises = set(_permises(formations, encrier))
    hors = set(voulues) - permises
    if hors:
        raise SaisieRefusee("", "Un des comptes choisis n’écrit pas pour ce diplôme ; rechargez la page.")
    numeros = {formation.id for formation in formations}
    anciennes = {d for d in _toutes(session, acteur, campagne.id) if d[0] in numeros}
    return _remplacer(session, acteur, campagne, anciennes - set(voulues), set(voulues) - anciennes)


def designer_en_lot(
    session: Session,
    acteur: Acteur,
    campagne: FicheCampagne,
    formations: Collection[FormationDeCampagne],
    *,
    compte_id: int,
    partie: Partie,
    encrier: Encrier,
) -> int:
    """Désigne un compte pour une partie, dans chaque formation où il tient la plume ; rend leur nombre.

    Lève `SaisieRefusee` s'il ne la tient nulle part ici.
    """
    _exiger_modifiable(session, acteur, campagne)
    voulues = {d for d in _permises(formations, encrier) if d[1] is partie and d[2] == compte_id}
    if not voulues:
        raise SaisieRefusee("compte", "Ce compte n’écrit pour aucun de ces diplômes, au nom de cette partie.")
    neuves = voulues - _toutes(session, acteur, campagne.id)
    return _remplacer(session, acteur, campagne, set(), neuves)[0]


def _permises(formations: Iterable[FormationDeCampagne], encrier: Encrier) -> Iterable[Designation]:
    for formation in formations:
        for partie in PARTIES_QUI_REPONDENT:
            for plume in encrier.tenants(formation.situation, partie):
                yield formation.id, partie, plume.compte_id


def _toutes(session: Session, acteur: Acteur, campagne_id: int) -> set[Designation]:
    lues = lire_les_designations(session, acteur, campagne_id)
    return {(formation, partie, compte) for (formation, partie), comptes in lues.items() for compte in comptes}


def _remplacer(
    session: Session, acteur: Acteur, campagne: FicheCampagne, en_trop: set[Designation], neuves: set[Designation]
) -> tuple[int, int]:
    connexion = session.connection()
    for formation_id, partie, compte_id in sorted(en_trop):
        connexion.execute(
            delete(Repondant).where(
                col(Repondant.campagne_id) == campagne.id,
                col(Repondant.formation_id) == formation_id,
                col(Repondant.partie) == partie.value,
                col(Repondant.compte_id) == compte_id,
            )
        )
    cle = {"etablissement_id": acteur.etablissement_id, "campagne_id": campagne.id}
    rangees = [{**cle, "formation_id": f, "partie": p.value, "compte_id": c} for f, p, c in sorted(neuves)]
    if rangees:
        connexion.execute(insert(Repondant), rangees)
    if rangees or en_trop:
        apres = {"designes": len(rangees), "retires": len(en_trop)}
        journaliser(session, acteur, "répondants désignés", f"campagne:{campagne.id}", apres=apres)
    return len(rangees), len(en_trop)


def _exiger_modifiable(session: Session, acteur: Acteur, campagne: FicheCampagne) -> None:
    """Et tient la campagne : deux personnes qui désignent les mêmes comptes passent l'une après l'autre."""
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    ici = (col(Campagne.id) == campagne.id, col(Campagne.etablissement_id) == acteur.etablissement_id)
    lignes(session, select(col(Campagne.id)).where(*ici).with_for_update(key_share=True))
    if campagne.etat == EtatDeCampagne.ARRETEE:
        raise SaisieRefusee("", "La campagne est arrêtée : on ne désigne plus personne.")
