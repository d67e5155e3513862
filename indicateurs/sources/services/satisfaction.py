"""Ranger une enquête de satisfaction : elle se rattache à la formation, et ses répondants restent des numéros."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.ecarts import Ecart, comparer
from indicateurs.sources.attaches import Refus
from indicateurs.sources.modeles import Enquete, NoteDeSatisfaction
from indicateurs.sources.services.faits import reunir_les_lignes, typer
from indicateurs.sources.services.rattachement import rattacher_aux_formations
from indicateurs.stockage import (
    enregistrements,
    inserer,
    lire_table,
    modifier,
    supprimer,
)

_CLE_ENQUETE = {"formation_id": "entier", "annee": "entier", "public": "texte"}
_ENQUETE = {"sollicites": "entier"}
_CLE_NOTE = {**_CLE_ENQUETE, "question": "texte", "repondant": "entier"}
_NOTE = {"note": "nombre", "note_min": "nombre", "note_max": "nombre"}
QUESTION_PAR_DEFAUT = "ensemble"


@dataclass(frozen=True)
class PlanDeSatisfaction:
    """Ce que ranger l'enquête ferait. `absentes` : les notes rangées des mêmes enquêtes, que le fichier n'a plus."""

    enquetes: Ecart
    notes: Ecart
    absentes: pd.DataFrame
    refus: tuple[Refus, ...]


def preparer_la_satisfaction(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> PlanDeSatisfaction:
    """Compare un fichier d'enquête à ce qui est rangé, formation par formation ; n'écrit rien."""
    trouvees, refus = rattacher_aux_formations(session, acteur, diagnostic.lignes)
    lignes = _typer(trouvees)
    # De deux nombres de sollicités, le premier compte : le diagnostic en a prévenu.
    sollicites = lignes.groupby([*_CLE_ENQUETE], sort=False, as_index=False)[[*_ENQUETE, "ligne"]].first()
    notees = _numeroter(lignes[lignes["note"].notna()])
    notes, doublons = reunir_les_lignes(notees, [*_CLE_NOTE], [*_NOTE])
    enquetes, rangees = _lire_enquetes(session, acteur), _lire_notes(session, acteur)
    refusees = {refus.ligne: refus for refus in (*refus, *doublons)}
    ecart = comparer(rangees, notes.assign(prime=True), [*_CLE_NOTE], [*_NOTE], retirer=False)
    return PlanDeSatisfaction(
        comparer(enquetes, sollicites.assign(prime=True), [*_CLE_ENQUETE], [*_ENQUETE], retirer=False),
        ecart,
        _absentes(rangees, notes),
        tuple(refusees[ligne] for ligne in sorted(refusees)),
    )


def _typer(lignes: pd.DataFrame) -> pd.DataFrame:
    typees = typer(lignes, {**_CLE_NOTE, **_ENQUETE, **_NOTE})
    typees["question"] = typees["question"].fillna(QUESTION_PAR_DEFAUT).str.slice(0, 60)
    return typees.assign(ligne=lignes["ligne"])


def _numeroter(notes: pd.DataFrame) -> pd.DataFrame:
    """Un numéro à chaque répondant qui n'en a pas : son rang dans l'enquête et la question, dans l'ordre du fichier."""
    rangs = notes.groupby([*_CLE_ENQUETE, "question"], sort=False).cumcount() + 1
    return notes.assign(repondant=notes["repondant"].fillna(rangs.astype("Int64")))


def _absentes(rangees: pd.DataFrame, notes: pd.DataFrame) -> pd.DataFrame:
    enquetes = pd.MultiIndex.from_frame(notes[[*_CLE_ENQUETE, "question"]])
    couvertes = pd.MultiIndex.from_frame(rangees[[*_CLE_ENQUETE, "question"]]).isin(enquetes)
    dites = pd.MultiIndex.from_frame(rangees[[*_CLE_NOTE]]).isin(pd.MultiIndex.from_frame(notes[[*_CLE_NOTE]]))
    return rangees[couvertes & ~dites]


def _lire_enquetes(session: Session, acteur: Acteur) -> pd.DataFrame:
    colonnes = {"id": "entier", **_CLE_ENQUETE, **_ENQUETE}
    requete = select(*(col(getattr(Enquete, nom)) for nom in colonnes)).where(
        col(Enquete.etablissement_id) == acteur.etablissement_id
    )
    return lire_table(session, requete, colonnes)


def _lire_notes(session: Session, acteur: Acteur) -> pd.DataFrame:
    siennes = {"question": "texte", "repondant": "entier", **_NOTE}
    requete = (
        select(
            col(NoteDeSatisfaction.id),
            *(col(getattr(Enquete, nom)) for nom in _CLE_ENQUETE),
            *(col(getattr(NoteDeSatisfaction, nom)) for nom in siennes),
        )
        .join(Enquete, col(Enquete.id) == col(NoteDeSatisfaction.enquete_id))
        .where(col(NoteDeSatisfaction.etablissement_id) == acteur.etablissement_id)
    )
    return lire_table(session, requete, {"id": "entier", **_CLE_ENQUETE, **siennes})


def ranger_la_satisfaction(
    session: Session, acteur: Acteur, plan: PlanDeSatisfaction, depot_id: int, *, retirer: bool
) -> None:
    """Applique un plan de satisfaction dans la transaction en cours."""
    communs = {"etablissement_id": acteur.etablissement_id, "depot_id": depot_id}
    ajouts = enregistrements(plan.enquetes.ajouts, (*_CLE_ENQUETE, *_ENQUETE, "ligne"))
    inserer(session, Enquete, [{**communs, **rangee} for rangee in ajouts])
    changees = enregistrements(plan.enquetes.communes[plan.enquetes.changees], ("id", *_ENQUETE, "ligne"))
    modifier(session, Enquete, [{"depot_id": depot_id, **rangee} for rangee in changees])
    enquetes = _identifiants(session, acteur)
    notes = enregistrements(plan.notes.ajouts, (*_CLE_NOTE, *_NOTE, "ligne"))
    inserer(session, NoteDeSatisfaction, [{**communs, **_de_l_enquete(note, enquetes)} for note in notes])
    changees = enregistrements(plan.notes.communes[plan.notes.changees], ("id", *_NOTE, "ligne"))
    modifier(session, NoteDeSatisfaction, [{"depot_id": depot_id, **rangee} for rangee in changees])
    if retirer:
        supprimer(session, NoteDeSatisfaction, "id", [int(identifiant) for identifiant in plan.absentes["id"]])


def _identifiants(session: Session, acteur: Acteur) -> dict[tuple[Any, ...], int]:
    rangees = enregistrements(_lire_enquetes(session, acteur), ("id", *_CLE_ENQUETE))
    return {tuple(rangee[nom] for nom in _CLE_ENQUETE): rangee["id"] for rangee in rangees}


def _de_l_enquete(note: dict[str, Any], enquetes: dict[tuple[Any, ...], int]) -> dict[str, Any]:
    cle = tuple(note.pop(nom) for nom in _CLE_ENQUETE)
    return {"enquete_id": enquetes[cle], **note}
