"""Écrire les parties prenantes : chaque changement et son entrée de journal, dans la même transaction."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import exiger_id
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.formulaires import (
    FormulaireCfa,
    FormulaireComposante,
    FormulaireConvention,
    FormulaireEtablissement,
    FormulaireFormation,
)
from charte.modeles import Cfa, Composante, Convention, Etablissement, Formation
from charte.regles import natures_admises
from charte.services.parties import PLUS_GRAND_IDENTIFIANT

L = TypeVar("L", Cfa, Composante, Convention, Formation)


class SaisieRefusee(ValueError):
    """Une saisie que la base ou une règle refuse ; `champ` dit où, `message` dit le remède."""

    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ = champ
        self.message = message


def modifier_etablissement(session: Session, acteur: Acteur, saisie: FormulaireEtablissement) -> None:
    """Change l'établissement de l'acteur ; lève `DroitManquant`, ou `SaisieRefusee` si l'UAI est déjà pris."""
    exiger(acteur, Geste.ADMINISTRER)
    etablissement = session.get_one(Etablissement, acteur.etablissement_id)
    nouveau = {nom: valeur or None for nom, valeur in saisie.model_dump().items()}
    refus = SaisieRefusee("uai", "Cet UAI ne peut pas être enregistré ici : vérifiez que c'est bien le vôtre.")
    _changer(session, acteur, etablissement, nouveau, acte="établissement modifié", refus=refus)


def modifier_cfa(session: Session, acteur: Acteur, cfa_id: int, saisie: FormulaireCfa) -> None:
    """Nomme un CFA et dit s'il est interne ; il n'est plus à compléter. Lève `Introuvable` ou `DroitManquant`."""
    exiger(acteur, Geste.GERER_PARTIES)
    cfa = _chez(session, acteur, Cfa, cfa_id)
    nouveau = {"nom": saisie.nom, "siret": saisie.siret or None, "interne": saisie.interne, "a_completer": False}
    refus = SaisieRefusee("nom", "Ce CFA n'a pas pu être enregistré ; rechargez la page et recommencez.")
    _changer(session, acteur, cfa, nouveau, acte="CFA complété" if cfa.a_completer else "CFA modifié", refus=refus)


def ajouter_convention(session: Session, acteur: Acteur, cfa_id: int, saisie: FormulaireConvention) -> int:
    """Ajoute un texte qui lie le CFA ; le même envoyé deux fois n'en fait qu'un. Rend son identifiant.

    Lève `Introuvable`, `DroitManquant`, ou `SaisieRefusee` (nature qui ne convient pas au CFA, date déjà prise).
    """
    exiger(acteur, Geste.GERER_PARTIES)
    cfa = _chez(session, acteur, Cfa, cfa_id)
    valeurs = _valeurs_de_convention(cfa, saisie)
    jumelle = session.exec(
        select(Convention).where(
            col(Convention.etablissement_id) == acteur.etablissement_id,
            col(Convention.cfa_id) == exiger_id(cfa.id),
            col(Convention.date_debut) == saisie.date_debut,
        )
    ).first()
    if jumelle and all(getattr(jumelle, nom) == valeur for nom, valeur in valeurs.items()):
        return exiger_id(jumelle.id)
    convention = Convention(etablissement_id=acteur.etablissement_id, cfa_id=exiger_id(cfa.id), **valeurs)
    return _ajouter(session, acteur, convention, "convention ajoutée", _date_prise(saisie))


def modifier_convention(session: Session, acteur: Acteur, convention_id: int, saisie: FormulaireConvention) -> None:
    """Corrige un texte ; lève `Introuvable`, `DroitManquant` ou `SaisieRefusee`."""
    exiger(acteur, Geste.GERER_PARTIES)
    convention = _chez(session, acteur, Convention, convention_id)
    cfa = _chez(session, acteur, Cfa, convention.cfa_id)
    nouveau = _valeurs_de_convention(cfa, saisie)
    _changer(session, acteur, convention, nouveau, acte="convention modifiée", refus=_date_prise(saisie))


def ajouter_composante(session: Session, acteur: Acteur, saisie: FormulaireComposante) -> int:
    """Ajoute une composante et rend son identifiant ; lève `DroitManquant` ou `SaisieRefusee` (nom déjà pris)."""
    exiger(acteur, Geste.GERER_PARTIES)
    composante = Composante(etablissement_id=acteur.etablissement_id, nom=saisie.nom)
    return _ajouter(session, acteur, composante, "composante ajoutée", _nom_pris(saisie))


def renommer_composante(session: Session, acteur: Acteur, composante_id: int, saisie: FormulaireComposante) -> None:
    """Renomme une composante ; lève `Introuvable`, `DroitManquant` ou `SaisieRefusee` (nom déjà pris)."""
    exiger(acteur, Geste.GERER_PARTIES)
    composante = _chez(session, acteur, Composante, composante_id)
    _changer(session, acteur, composante, {"nom": saisie.nom}, acte="composante renommée", refus=_nom_pris(saisie))


def modifier_formation(session: Session, acteur: Acteur, formation_id: int, saisie: FormulaireFormation) -> None:
    """Nomme une formation ; elle n'est plus à compléter. Ses codes nationaux et ses lieux ne changent pas ici.

    Lève `Introuvable` (formation ou composante d'ailleurs), `DroitManquant`, ou `SaisieRefusee` (code déjà pris).
    """
    exiger(acteur, Geste.GERER_PARTIES)
    formation = _chez(session, acteur, Formation, formation_id)
    if saisie.composante_id is not None:
        _chez(session, acteur, Composante, saisie.composante_id)
    nouveau = {**saisie.model_dump(), "a_completer": False}
    refus = SaisieRefusee(
        "code", f"Le code « {saisie.code} » est déjà celui d'une autre formation ; choisissez-en un autre."
    )
    acte = "formation complétée" if formation.a_completer else "formation modifiée"
    _changer(session, acteur, formation, nouveau, acte=acte, refus=refus)


def _valeurs_de_convention(cfa: Cfa, saisie: FormulaireConvention) -> dict[str, Any]:
    """Les colonnes d'une convention ; lève `SaisieRefusee` si sa nature ne convient pas au CFA (charte, 2)."""
    if cfa.a_completer:
        raise SaisieRefusee("nature", "Dites d'abord si ce CFA est interne ou partenaire : ce qu'il faut en dépend.")
    if saisie.nature not in natures_admises(cfa.interne):
        raise SaisieRefusee(
            "nature",
            f"{cfa.nom} est un CFA partenaire : la charte demande une convention. "
            "S'il est interne, dites-le d'abord sur sa fiche.",
        )
    return {**saisie.model_dump(), "reference_document": saisie.reference_document or None}


def _date_prise(saisie: FormulaireConvention) -> SaisieRefusee:
    return SaisieRefusee(
        "date_debut",
        f"Un texte commence déjà le {saisie.date_debut:%d/%m/%Y} pour ce CFA ; modifiez-le, ou changez cette date.",
    )


def _nom_pris(saisie: FormulaireComposante) -> SaisieRefusee:
    return SaisieRefusee("nom", f"Une composante se nomme déjà « {saisie.nom} » ; choisissez un autre nom.")


def _chez(session: Session, acteur: Acteur, modele: type[L], identifiant: int) -> L:
    """La ligne de l'établissement de l'acteur, tenue jusqu'à la fin de la transaction ; lève `Introuvable`."""
    if identifiant > PLUS_GRAND_IDENTIFIANT:
        raise Introuvable
    requete = select(modele).where(
        col(modele.id) == identifiant, col(modele.etablissement_id) == acteur.etablissement_id
    )
    ligne = session.exec(requete.with_for_update()).first()
    if ligne is None:
        raise Introuvable
    return ligne


def _ajouter(session: Session, acteur: Acteur, ligne: Composante | Convention, acte: str, refus: SaisieRefusee) -> int:
    _ranger(session, ligne, refus)
    identifiant = exiger_id(ligne.id)
    apres = ligne.model_dump(exclude={"id", "etablissement_id"})
    journaliser(session, acteur, acte, f"{ligne.__tablename__}:{identifiant}", apres=_en_json(apres))
    return identifiant


def _changer(
    session: Session,
    acteur: Acteur,
    ligne: Etablissement | Cfa | Composante | Convention | Formation,
    nouveau: Mapping[str, Any],
    *,
    acte: str,
    refus: SaisieRefusee,
) -> None:
    """Range et journalise ce qui change ; rien si tout est pareil."""
    avant = {nom: getattr(ligne, nom) for nom, valeur in nouveau.items() if getattr(ligne, nom) != valeur}
    if not avant:
        return
    for nom in avant:
        setattr(ligne, nom, nouveau[nom])
    objet = f"{ligne.__tablename__}:{exiger_id(ligne.id)}"
    _ranger(session, ligne, refus)
    apres = {nom: nouveau[nom] for nom in avant}
    journaliser(session, acteur, acte, objet, avant=_en_json(avant), apres=_en_json(apres))


def _ranger(session: Session, ligne: SQLModel, refus: SaisieRefusee) -> None:
    # La contrainte de la base tranche : une question posée avant d'écrire laisserait passer deux envois simultanés.
    session.add(ligne)
    try:
        session.flush()
    except IntegrityError:
        raise refus from None


def _en_json(valeurs: Mapping[str, Any]) -> dict[str, Any]:
    return {nom: valeur.isoformat() if isinstance(valeur, date) else valeur for nom, valeur in valeurs.items()}
