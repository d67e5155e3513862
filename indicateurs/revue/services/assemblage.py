"""Dresser le contenu d'une revue : de la base tant qu'elle est ouverte, de ce qu'elle a scellé une fois arrêtée."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from indicateurs.definitions import Definition
from indicateurs.revue.contenu import (
    ActionScellee,
    Contenu,
    DefinitionScellee,
    IndicateurRevu,
    MesureScellee,
    lire_contenu,
)
from indicateurs.revue.modeles import NoteDeRevue
from indicateurs.revue.plan import PlanDActions
from indicateurs.revue.regles import ANNEES_MONTREES, changements, manques
from indicateurs.revue.services.donnees import dresser_l_etat
from indicateurs.revue.services.lecture import RevueLue, lire_la_precedente, lire_le_scelle, lire_une_revue
from indicateurs.revue.services.visees import lire_les_objectifs, lire_les_reperes
from indicateurs.services.mesures import Mesure, Perimetre, TableauDeMesures, mesurer

SANS_PERIMETRE = Perimetre("responsable", ("",), "", "")
"""Un CFA sans formation n'a aucun périmètre mesuré."""


@dataclass(frozen=True)
class Dossier:
    """Une revue, ce qu'elle montre, et la revue d'avant (None : c'est la première)."""

    revue: RevueLue
    contenu: Contenu
    precedente: Contenu | None


@dataclass(frozen=True)
class Note:
    """Ce que la revue dit d'un indicateur."""

    avis: str = "a_voir"
    commentaire: str = ""
    action_id: int | None = None
    version: int = 0


def dresser(session: Session, acteur: Acteur, revue_id: int, plan: PlanDActions, geste: Geste = Geste.LIRE) -> Dossier:
    """Le dossier d'une revue que l'acteur atteint pour ce geste ; lève `Introuvable`."""
    revue = lire_une_revue(session, acteur, revue_id, geste)
    precedente = lire_la_precedente(session, acteur, revue)
    if revue.arretee:
        return Dossier(revue, lire_contenu(lire_le_scelle(session, acteur, revue)), precedente)
    contenu = assembler(session, acteur, revue, plan)
    compare = replace(
        contenu,
        comparee_a=precedente.annee if precedente else None,
        changements=changements(precedente, contenu),
    )
    return Dossier(revue, compare, precedente)


def assembler(session: Session, acteur: Acteur, revue: RevueLue, plan: PlanDActions) -> Contenu:
    """Le contenu d'une revue ouverte, tel qu'il serait scellé à cet instant (sans qui l'arrête ni quand)."""
    tableau = mesurer(session, acteur, revue.observee_le)
    perimetre = tableau.perimetre(f"cfa-{revue.cfa_uai}" if revue.cfa_uai else "total") or SANS_PERIMETRE
    obtention = tableau.ensemble("obtention", perimetre)
    montree = obtention is not None and not obtention.masque
    etat = dresser_l_etat(
        session, acteur, revue.cfa_id, revue.observee_le, seuil=tableau.seuil("obtention") if montree else None
    )
    contenu = Contenu(
        etablissement=revue.etablissement, perimetre=revue.perimetre, cfa_uai=revue.cfa_uai or "", annee=revue.annee,
        rang=revue.rang, motif=revue.motif, observee_le=revue.observee_le,
        donnees_completes=revue.donnees_completes, note_donnees=revue.note_donnees,
        definitions_justes=revue.definitions_justes, note_definitions=revue.note_definitions,
        conclusion=revue.conclusion, sources=etat.sources, sources_absentes=etat.absentes,
        formations=etat.formations, part_connue=etat.part_connue,
        indicateurs=_indicateurs(session, acteur, revue, (tableau, perimetre), plan),
    )  # fmt: skip
    return replace(contenu, manques=manques(contenu))


def _indicateurs(
    session: Session,
    acteur: Acteur,
    revue: RevueLue,
    mesures: tuple[TableauDeMesures, Perimetre],
    plan: PlanDActions,
) -> tuple[IndicateurRevu, ...]:
    tableau, perimetre = mesures
    notes = lire_les_notes(session, acteur, revue.id)
    actions = plan.lire(session, acteur, [n.action_id for n in notes.values() if n.action_id is not None])
    objectifs = lire_les_objectifs(session, acteur, revue.cfa_id, revue.annee)
    return tuple(
        IndicateurRevu(
            definition=sceller_la_definition(definition, tableau.seuil(cle)),
            serie=tuple(sceller_la_mesure(m) for m in tableau.serie(cle, perimetre)[-ANNEES_MONTREES:]),
            objectif=objectifs.get(cle),
            reperes=lire_les_reperes(session, acteur, definition, perimetre) if tableau.serie(cle, perimetre) else (),
            **_dire_la_note(notes.get(cle, Note()), actions),
        )
        for cle, definition in tableau.definitions.items()
        if definition.unite != "effectif"
    )


def _dire_la_note(note: Note, actions: Mapping[int, ActionScellee]) -> dict[str, Any]:
    action = None
    if note.action_id is not None:
        inconnue = ActionScellee(note.action_id, f"Action {note.action_id}", None, "")
        action = actions.get(note.action_id, inconnue)
    return {"avis": note.avis, "commentaire": note.commentaire, "version": note.version, "action": action}


def lire_les_notes(session: Session, acteur: Acteur, revue_id: int) -> dict[str, Note]:
    """Les notes d'une revue, par clé d'indicateur."""
    n = NoteDeRevue
    requete = select(*(col(c) for c in (n.indicateur, n.avis, n.commentaire, n.action_id, n.version))).where(
        col(n.revue_id) == revue_id, col(n.etablissement_id) == acteur.etablissement_id
    )
    return {cle: Note(*reste) for cle, *reste in lignes(session, requete)}


def sceller_la_definition(definition: Definition, seuil: int) -> DefinitionScellee:
    """Ce qu'une revue garde d'une définition."""
    return DefinitionScellee(
        cle=definition.cle, identifiant=definition.identifiant, empreinte=definition.empreinte,
        libelle=definition.libelle, unite=definition.unite, unite_comptee=definition.unite_comptee,
        sens=definition.sens, numerateur=definition.numerateur or "", denominateur=definition.denominateur or "",
        seuil=seuil, par_enquete=definition.par_enquete, famille=definition.famille,
    )  # fmt: skip


def sceller_la_mesure(mesure: Mesure) -> MesureScellee:
    """Ce qu'une revue garde d'une mesure ; masquée, aucun nombre."""
    if mesure.masque:
        return MesureScellee(mesure.promotion, None, None, None, None, None, masque=True)
    return MesureScellee(
        mesure.promotion, mesure.numerateur, mesure.denominateur, mesure.taux, mesure.ic_bas, mesure.ic_haut,
        masque=False, partielle=mesure.partielle,
    )  # fmt: skip
