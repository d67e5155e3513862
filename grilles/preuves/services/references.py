"""Rattacher une preuve à une ligne d'un référentiel ; décider d'une correspondance que l'outil propose."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger, exiger_partout
from charte.chargement import EDITION_COURANTE, charger_edition
from charte.commun.base import lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.edition import parcourir
from charte.modeles import Etablissement
from charte.referentiels import CleReferentiel, Decision, EditionAbsente, charger_referentiel
from grilles.modeles import Preuve
from grilles.preuves.modeles import DECISIONS, CorrespondanceDecidee, PreuveDeReference
from grilles.preuves.services.portee import exiger_modifiable


@dataclass(frozen=True)
class LigneVisee:
    """Une ligne d'un référentiel, désignée."""

    referentiel: str
    edition: str
    reference: str


def exiger_ligne(visee: LigneVisee) -> None:
    """Lève `Introuvable` si ce référentiel, cette édition ou cette ligne n'existent pas."""
    try:
        charger_referentiel(visee.referentiel).edition(visee.edition).ligne(visee.reference)
    except (EditionAbsente, KeyError) as erreur:
        raise Introuvable(f"Aucune ligne {visee.referentiel} {visee.edition} {visee.reference}.") from erreur


def rattacher(session: Session, acteur: Acteur, preuve_id: int, visee: LigneVisee, emplacement: str = "") -> None:
    """Rattache une preuve à une ligne ; déjà rattachée, son emplacement est mis à jour.

    Lève `Introuvable` (preuve ou ligne), `DroitManquant`.
    """
    exiger(acteur, Geste.REMPLIR_GRILLE)
    exiger_modifiable(session, acteur, preuve_id)
    exiger_ligne(visee)
    tenue = (col(Preuve.id) == preuve_id, col(Preuve.etablissement_id) == acteur.etablissement_id)
    lignes(session, select(col(Preuve.id)).where(*tenue).with_for_update(key_share=True))
    lien = _lien(session, acteur, preuve_id, visee)
    if lien is None:
        lien = PreuveDeReference(
            etablissement_id=acteur.etablissement_id,
            preuve_id=preuve_id,
            **vars(visee),
            rattache_par=acteur.nom,
            rattache_le=maintenant(),
        )
    lien.emplacement = emplacement
    session.add(lien)
    session.flush()
    journaliser(session, acteur, "preuve rattachée", f"preuve:{preuve_id}", apres=vars(visee))


def _lien(session: Session, acteur: Acteur, preuve_id: int, visee: LigneVisee) -> PreuveDeReference | None:
    requete = select(PreuveDeReference).where(
        col(PreuveDeReference.etablissement_id) == acteur.etablissement_id,
        col(PreuveDeReference.preuve_id) == preuve_id,
        col(PreuveDeReference.referentiel) == visee.referentiel,
        col(PreuveDeReference.edition) == visee.edition,
        col(PreuveDeReference.reference) == visee.reference,
    )
    trouves = lignes(session, requete)
    return trouves[0][0] if trouves else None


def detacher(session: Session, acteur: Acteur, preuve_id: int, lien_id: int) -> None:
    """Ôte un rattachement ; lève `Introuvable`, `DroitManquant`."""
    exiger_modifiable(session, acteur, preuve_id)
    ici = (
        col(PreuveDeReference.id) == lien_id,
        col(PreuveDeReference.preuve_id) == preuve_id,
        col(PreuveDeReference.etablissement_id) == acteur.etablissement_id,
    )
    colonnes = (PreuveDeReference.referentiel, PreuveDeReference.edition, PreuveDeReference.reference)
    trouves = lignes(session, select(*(col(c) for c in colonnes)).where(*ici))
    if not trouves:
        raise Introuvable(f"La preuve {preuve_id} n'a pas de rattachement {lien_id}.")
    session.connection().execute(delete(PreuveDeReference).where(*ici))
    journaliser(session, acteur, "preuve détachée", f"preuve:{preuve_id}", avant=trouves[0]._asdict())


def decider(
    session: Session, acteur: Acteur, element: str, visee: LigneVisee, *, decision: str | None, motif: str = ""
) -> None:
    """Confirme ou écarte une correspondance proposée ; `decision` None : revient à la proposition de l'outil.

    Lève `Introuvable` (élément ou ligne), `DroitManquant`, `ValueError` (décision inconnue).
    """
    exiger_partout(acteur, Geste.PILOTER_CAMPAGNE)
    if decision is not None and decision not in DECISIONS:
        raise ValueError(f"« {decision} » n'est pas une décision.")
    exiger_ligne(visee)
    if element not in {e.id for e in parcourir(charger_edition(EDITION_COURANTE))}:
        raise Introuvable(f"La charte n'a pas d'élément « {element} ».")
    # Deux décisions simultanées se rangeraient à la même place : l'établissement est tenu jusqu'à la fin.
    tenu = select(col(Etablissement.id)).where(col(Etablissement.id) == acteur.etablissement_id)
    lignes(session, tenu.with_for_update(key_share=True))
    avant = _decision(session, acteur, element, visee)
    if avant == decision:
        return
    session.connection().execute(delete(CorrespondanceDecidee).where(*_ici(acteur, element, visee)))
    if decision is not None:
        session.add(
            CorrespondanceDecidee(
                etablissement_id=acteur.etablissement_id,
                element=element,
                **vars(visee),
                decision=decision,
                motif=motif,
                decide_par=acteur.nom,
                decide_le=maintenant(),
            )
        )
        session.flush()
    journaliser(
        session, acteur, "correspondance décidée", f"correspondance:{element}",
        avant={"decision": avant}, apres={**vars(visee), "decision": decision},
    )  # fmt: skip


def _ici(acteur: Acteur, element: str, visee: LigneVisee) -> tuple[ColumnElement[bool], ...]:
    return (
        col(CorrespondanceDecidee.etablissement_id) == acteur.etablissement_id,
        col(CorrespondanceDecidee.element) == element,
        col(CorrespondanceDecidee.referentiel) == visee.referentiel,
        col(CorrespondanceDecidee.edition) == visee.edition,
        col(CorrespondanceDecidee.reference) == visee.reference,
    )


def _decision(session: Session, acteur: Acteur, element: str, visee: LigneVisee) -> str | None:
    requete = select(col(CorrespondanceDecidee.decision)).where(*_ici(acteur, element, visee))
    trouvees = lignes(session, requete)
    return str(trouvees[0][0]) if trouvees else None


def decisions_de(session: Session, acteur: Acteur, referentiel: str, edition: str) -> tuple[Decision, ...]:
    """Ce que l'établissement a décidé pour cette édition d'un référentiel."""
    colonnes = (CorrespondanceDecidee.element, CorrespondanceDecidee.reference, CorrespondanceDecidee.decision)
    requete = select(*(col(c) for c in colonnes)).where(
        col(CorrespondanceDecidee.etablissement_id) == acteur.etablissement_id,
        col(CorrespondanceDecidee.referentiel) == referentiel,
        col(CorrespondanceDecidee.edition) == edition,
    )
    return tuple(
        Decision(element, CleReferentiel(referentiel), edition, reference, decision == "confirmee")
        for element, reference, decision in lignes(session, requete)
    )
