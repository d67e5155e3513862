"""Ouvrir une revue, y répondre, décider d'une action, l'arrêter, la rouvrir. Aucun texte libre n'entre au journal."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, Executable, func, select, update
from sqlmodel import Session, col

from charte.acteur import Acteur, DroitManquant, Geste, etendue, exiger
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.canonique import calculer_empreinte
from charte.commun.journal import journaliser
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from charte.services.verrou import tenir_l_etablissement
from indicateurs.revue.contenu import Contenu, ecrire_contenu
from indicateurs.revue.formulaires import (
    FormulaireArret,
    FormulaireDecision,
    FormulaireDefinitions,
    FormulaireDonnees,
    FormulaireNote,
    FormulaireOuverture,
)
from indicateurs.revue.modeles import NoteDeRevue, Revue
from indicateurs.revue.plan import ActionDemandee, PlanDActions
from indicateurs.revue.regles import manques
from indicateurs.revue.services.assemblage import Note, lire_les_notes
from indicateurs.revue.services.lecture import RevueLue, lire_une_revue, rouverte_depuis

FUTUR = "Ce jour n’est pas encore venu : on n’observe que ce qui s’est passé."
ARRETEE = "Cette revue est arrêtée : elle ne change plus. Rouvrez-la pour en faire une autre version."
A_CHANGE = "Cette revue a changé pendant que vous écriviez."


class SaisieDeRevueRefusee(Exception):
    """Une saisie que la base ne permet pas : le champ, ce qui ne va pas et le remède."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ
        self.message = message


class RevueFermee(Exception):
    """La revue est arrêtée, ou déjà rouverte ; le message dit quoi faire."""


class ConflitDeRevue(Exception):
    """Quelqu'un a écrit entre-temps. `autre` : champ → ce qui est en base ; `version` : la sienne."""

    def __init__(self, autre: Mapping[str, Any], version: int, par: str) -> None:
        super().__init__(A_CHANGE)
        self.autre = dict(autre)
        self.version = version
        self.par = par


class ConflitDeFamille(ConflitDeRevue):
    """Quelqu'un a écrit entre-temps sur l'un au moins de ces indicateurs. `notes` : clé → ce qui est en base."""

    def __init__(self, notes: Mapping[str, Note]) -> None:
        super().__init__({}, 0, "Quelqu’un")
        self.notes = dict(notes)


def ouvrir_une_revue(session: Session, acteur: Acteur, saisie: FormulaireOuverture) -> int:
    """Ouvre la première revue d'une année et d'un périmètre ; rend son numéro.

    Lève `Introuvable` ou `DroitManquant` (périmètre hors d'atteinte), `SaisieDeRevueRefusee`.
    """
    _exiger_le_perimetre(session, acteur, saisie.cfa_id)
    if saisie.annee is None or saisie.observee_le is None:
        raise SaisieDeRevueRefusee("annee", "Donnez l’année et le jour où l’on observe.")
    if saisie.observee_le > aujourd_hui():
        raise SaisieDeRevueRefusee("observee_le", FUTUR)
    tenir_l_etablissement(session, acteur)
    existantes = _rangs(session, acteur, saisie.cfa_id, saisie.annee)
    if existantes:
        raise SaisieDeRevueRefusee(
            "annee", "Cette année a déjà sa revue pour ce périmètre : ouvrez-la dans la liste, ou rouvrez-la."
        )
    neuve = _ligne(acteur, saisie.cfa_id, saisie.annee, saisie.observee_le)
    return _ranger(session, acteur, neuve, "revue ouverte")


def _ligne(acteur: Acteur, cfa_id: int | None, annee: int, observee_le: date, **reste: Any) -> Revue:
    return Revue(
        etablissement_id=acteur.etablissement_id, cfa_id=cfa_id, annee=annee, observee_le=observee_le,
        modifie_par=acteur.nom, modifie_le=maintenant(), **reste,
    )  # fmt: skip


def _ranger(session: Session, acteur: Acteur, revue: Revue, acte: str) -> int:
    session.add(revue)
    session.flush()
    numero = exiger_id(revue.id)
    apres = {"annee": revue.annee, "cfa": revue.cfa_id, "rang": revue.rang, "observee_le": str(revue.observee_le)}
    journaliser(session, acteur, acte, f"revue:{numero}", apres=apres)
    return numero


def _exiger_le_perimetre(session: Session, acteur: Acteur, cfa_id: int | None) -> None:
    exiger(acteur, Geste.MENER_REVUE)
    ou = etendue(acteur, Geste.MENER_REVUE)
    if cfa_id is None:
        if not ou.tout:
            raise SaisieDeRevueRefusee(
                "cfa_id", "Choisissez votre CFA : votre rôle ne tient pas sur tout l’établissement."
            )
        return
    requete = select(col(Cfa.id)).where(col(Cfa.id) == cfa_id, col(Cfa.etablissement_id) == acteur.etablissement_id)
    if not lignes(session, requete):
        raise Introuvable(f"Aucun CFA {cfa_id}.")
    if not ou.tout and cfa_id not in ou.cfas:
        raise DroitManquant(f"{acteur.role} ne mène pas la revue de ce CFA")


def _rangs(session: Session, acteur: Acteur, cfa_id: int | None, annee: int) -> int:
    requete = select(func.max(col(Revue.rang))).where(
        col(Revue.etablissement_id) == acteur.etablissement_id,
        col(Revue.cfa_id).is_not_distinct_from(cfa_id),
        col(Revue.annee) == annee,
    )
    return int(lignes(session, requete)[0][0] or 0)


def repondre(
    session: Session, acteur: Acteur, revue_id: int, saisie: FormulaireDonnees | FormulaireDefinitions
) -> None:
    """Garde la réponse et la note d'une des deux premières étapes. Mêmes refus que `noter`."""
    revue = _tenir(session, acteur, revue_id)
    voulues = saisie.model_dump(exclude={"version"})
    _changer(session, acteur, revue, saisie.version, voulues)


def _tenir(session: Session, acteur: Acteur, revue_id: int) -> RevueLue:
    """La revue ouverte que l'acteur mène, tenue : l'arrêt attend la fin de la transaction, et réciproquement."""
    lire_une_revue(session, acteur, revue_id, Geste.MENER_REVUE)
    lignes(session, select(col(Revue.id)).where(col(Revue.id) == revue_id).with_for_update())
    revue = lire_une_revue(session, acteur, revue_id, Geste.MENER_REVUE)
    if revue.arretee:
        raise RevueFermee(ARRETEE)
    return revue


def _changer(session: Session, acteur: Acteur, revue: RevueLue, version: int, voulues: Mapping[str, Any]) -> None:
    avant = {nom: getattr(revue, nom) for nom in voulues}
    if avant == dict(voulues):
        return
    if revue.version != version:
        raise ConflitDeRevue(avant, revue.version, revue.modifie_par)
    _ecrire(session, acteur, revue, voulues)
    champs = sorted(nom for nom, valeur in voulues.items() if avant[nom] != valeur)
    journaliser(session, acteur, "revue complétée", f"revue:{revue.id}", apres={"champs": champs})


def _ecrire(session: Session, acteur: Acteur, revue: RevueLue, valeurs: Mapping[str, Any]) -> None:
    requete = (
        update(Revue)
        .where(
            col(Revue.id) == revue.id,
            col(Revue.etablissement_id) == acteur.etablissement_id,
            col(Revue.version) == revue.version,
            col(Revue.etat) == "ouverte",
        )
        .values(**valeurs, version=revue.version + 1, modifie_par=acteur.nom, modifie_le=maintenant())
        .execution_options(synchronize_session=False)
    )
    if _lignes_changees(session, requete) != 1:
        raise RevueFermee(A_CHANGE)


def _lignes_changees(session: Session, requete: Executable) -> int:
    resultat = super(Session, session).execute(requete)
    return resultat.rowcount if isinstance(resultat, CursorResult) else 0


def noter(session: Session, acteur: Acteur, revue_id: int, cle: str, saisie: FormulaireNote) -> None:
    """Garde ce qu'on dit d'un indicateur, et ce qu'on en fait. Lève `Introuvable`, `RevueFermee`, `ConflitDeRevue`."""
    revue = _tenir(session, acteur, revue_id)
    note = lire_les_notes(session, acteur, revue.id).get(cle, Note())
    if _est_ecrite(note, saisie):
        return
    if note.version != saisie.version:
        raise ConflitDeRevue({"avis": note.avis, "commentaire": note.commentaire}, note.version, "Quelqu’un")
    _noter(session, acteur, revue.id, cle, note=note, saisie=saisie)


def noter_une_famille(session: Session, acteur: Acteur, revue_id: int, saisies: Mapping[str, FormulaireNote]) -> None:
    """Garde les notes de plusieurs indicateurs d'un coup : toutes, ou aucune.

    `saisies` : clé → ce que l'on a changé. Lève `Introuvable`, `RevueFermee`, `ConflitDeFamille`.
    """
    revue = _tenir(session, acteur, revue_id)
    notes = lire_les_notes(session, acteur, revue.id)
    a_ecrire = {cle: dite for cle, dite in saisies.items() if not _est_ecrite(notes.get(cle, Note()), dite)}
    croisees = {cle: notes.get(cle, Note()) for cle, dite in a_ecrire.items() if _a_change(notes.get(cle), dite)}
    if croisees:
        raise ConflitDeFamille(croisees)
    for cle, dite in a_ecrire.items():
        _noter(session, acteur, revue.id, cle, note=notes.get(cle, Note()), saisie=dite)


def _est_ecrite(note: Note, saisie: FormulaireNote) -> bool:
    return (note.avis, note.commentaire) == (saisie.avis, saisie.commentaire)


def _a_change(note: Note | None, saisie: FormulaireNote) -> bool:
    return (note or Note()).version != saisie.version


def _noter(session: Session, acteur: Acteur, revue_id: int, cle: str, *, note: Note, saisie: FormulaireNote) -> None:
    valeurs = {"avis": saisie.avis, "commentaire": saisie.commentaire}
    _ecrire_la_note(session, acteur, revue_id, cle, note=note, valeurs=valeurs)
    journaliser(session, acteur, "indicateur revu", f"revue:{revue_id}", apres={"indicateur": cle, "avis": saisie.avis})


def _ecrire_la_note(
    session: Session, acteur: Acteur, revue_id: int, cle: str, *, note: Note, valeurs: Mapping[str, Any]
) -> None:
    """Crée la note (version 1) ou la change, si elle est bien celle qu'on a lue."""
    n = NoteDeRevue
    signees: dict[str, Any] = {**valeurs, "modifie_par": acteur.nom, "modifie_le": maintenant()}
    if note.version == 0:
        session.add(n(etablissement_id=acteur.etablissement_id, revue_id=revue_id, indicateur=cle, **signees))
        session.flush()
        return
    requete = (
        update(n)
        .where(
            col(n.revue_id) == revue_id,
            col(n.etablissement_id) == acteur.etablissement_id,
            col(n.indicateur) == cle,
            col(n.version) == note.version,
        )
        .values(**signees, version=note.version + 1)
        .execution_options(synchronize_session=False)
    )
    if _lignes_changees(session, requete) != 1:
        raise RevueFermee(A_CHANGE)


@dataclass(frozen=True)
class IndicateurDecide:
    """L'indicateur dont naît une action : sa clé, et ce que la revue en constate (une phrase)."""

    cle: str
    constat: str


def decider_d_une_action(
    session: Session,
    acteur: Acteur,
    revue_id: int,
    *,
    sur: IndicateurDecide,
    saisie: FormulaireDecision,
    plan: PlanDActions,
) -> int:
    """Ouvre l'action d'un indicateur marqué « agir », et la lui rattache ; rend son numéro.

    Lève `Introuvable` (revue, ou indicateur qui n'est pas marqué « agir »), `RevueFermee`, `PlanRefuse`,
    `SaisieDeRevueRefusee` (il a déjà la sienne).
    """
    revue = _tenir(session, acteur, revue_id)
    note = lire_les_notes(session, acteur, revue.id).get(sur.cle, Note())
    if note.avis != "agir":
        raise Introuvable(f"« {sur.cle} » n'est pas marqué « agir » dans la revue {revue_id}.")
    if note.action_id is not None:
        raise SaisieDeRevueRefusee("intitule", f"Cet indicateur a déjà son action (n° {note.action_id}).")
    if saisie.echeance is None:
        raise SaisieDeRevueRefusee("echeance", "Donnez une échéance, par exemple 30/06/2027.")
    demandee = ActionDemandee(
        indicateur=sur.cle, intitule=saisie.intitule, description=_abreger(f"{sur.constat}\n{note.commentaire}"),
        porteur=saisie.porteur, echeance=saisie.echeance, formation_id=saisie.formation_id,
        renvoi=f"revue annuelle {revue.annee}",
    )  # fmt: skip
    action_id = plan.ouvrir(session, acteur, demandee)
    _ecrire_la_note(session, acteur, revue.id, sur.cle, note=note, valeurs={"action_id": action_id})
    apres = {"indicateur": sur.cle, "action": action_id}
    journaliser(session, acteur, "action décidée en revue", f"revue:{revue.id}", apres=apres)
    return action_id


def _abreger(texte: str) -> str:
    propre = texte.strip()
    return propre if len(propre) <= 2000 else propre[:1999].rstrip() + "…"


def arreter(session: Session, acteur: Acteur, revue_id: int, saisie: FormulaireArret, contenu: Contenu) -> str:
    """Fige la revue : scelle `contenu` (ses mesures), repris des notes telles qu'elles sont ; rend l'empreinte.

    Lève `Introuvable`, `RevueFermee`, `ConflitDeRevue` (un texte ou une note a changé depuis que `contenu` est dressé).
    """
    revue = _tenir(session, acteur, revue_id)
    notes = {i.cle: i.version for i in contenu.indicateurs}
    presentes = lire_les_notes(session, acteur, revue.id)
    changees = [cle for cle, version in notes.items() if presentes.get(cle, Note()).version != version]
    if revue.version != saisie.version or changees:
        raise ConflitDeRevue({"conclusion": revue.conclusion}, revue.version, revue.modifie_par)
    instant = maintenant()
    final = replace(contenu, conclusion=saisie.conclusion, arretee_par=acteur.nom, arretee_le=instant)
    texte = ecrire_contenu(replace(final, manques=manques(final)))
    empreinte = calculer_empreinte(texte)
    scelle = {"etat": "arretee", "contenu": texte, "empreinte": empreinte, "arretee_par": acteur.nom}
    _ecrire(session, acteur, revue, {**scelle, "arretee_le": instant, "conclusion": saisie.conclusion})
    apres = {"empreinte": empreinte, "rang": revue.rang}
    journaliser(session, acteur, "revue arrêtée", f"revue:{revue.id}", apres=apres)
    return empreinte


def rouvrir(session: Session, acteur: Acteur, revue_id: int, motif: str) -> int:
    """Ouvre une autre version d'une revue arrêtée, réponses et notes reprises ; rend son numéro.

    L'ancienne reste telle quelle. Lève `Introuvable`, `RevueFermee` (elle est ouverte, ou déjà rouverte).
    """
    revue = lire_une_revue(session, acteur, revue_id, Geste.MENER_REVUE)
    tenir_l_etablissement(session, acteur)
    if not revue.arretee:
        raise RevueFermee("Cette revue n’est pas arrêtée : elle se remplit déjà.")
    if rouverte_depuis(session, acteur, revue):
        raise RevueFermee("Cette revue a déjà été rouverte : continuez dans la version qui l’a suivie.")
    reprises = {
        nom: getattr(revue, nom)
        for nom in ("donnees_completes", "note_donnees", "definitions_justes", "note_definitions", "conclusion")
    }
    neuve = _ligne(acteur, revue.cfa_id, revue.annee, revue.observee_le, rang=revue.rang + 1, motif=motif, **reprises)
    numero = _ranger(session, acteur, neuve, "revue rouverte")
    for cle, note in sorted(lire_les_notes(session, acteur, revue.id).items()):
        session.add(
            NoteDeRevue(
                etablissement_id=acteur.etablissement_id, revue_id=numero, indicateur=cle, avis=note.avis,
                commentaire=note.commentaire, action_id=note.action_id, modifie_par=acteur.nom,
                modifie_le=maintenant(),
            )
        )  # fmt: skip
    session.flush()
    return numero


def aujourd_hui() -> date:
    """Le jour, à l'heure de Paris."""
    return maintenant().astimezone(FUSEAU).date()
