"""Lire les parties prenantes : établissement, CFA et ce qui les lie, composantes, formations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Convention, Etablissement, Formation
from charte.regles import Lien, situation
from charte.services.portee import cfas_atteints, composantes_atteintes, formations_atteintes
from charte.vues import CfaLu, ComposanteLue, EtablissementLu, FormationLue, PartiesPrenantes

T = TypeVar("T")
PLUS_GRAND_IDENTIFIANT = 2**63 - 1
"""Au-delà, la base refuse la question au lieu d'y répondre « rien »."""


@dataclass(frozen=True)
class ACompleter:
    """Ce qui est né d'un import et attend un nom."""

    cfas: int
    formations: int


def lire_parties(session: Session, acteur: Acteur, jour: date | None = None) -> PartiesPrenantes:
    """La vue d'ensemble de l'établissement ; `jour` (aujourd'hui à Paris) dit quels textes courent."""
    cfas = _cfas(session, acteur, jour)
    return PartiesPrenantes(
        etablissement=lire_etablissement(session, acteur),
        # Un CFA à compléter n'a pas encore dit s'il est interne : il ne décide pas de la situation.
        situation=situation(cfa.interne for cfa in cfas if not cfa.a_completer),
        cfas=cfas,
        composantes=lister_composantes(session, acteur),
        formations=_formations(session, acteur),
    )


def lire_etablissement(session: Session, acteur: Acteur) -> EtablissementLu:
    """L'établissement de l'acteur."""
    exiger(acteur, Geste.LIRE)
    colonnes = (Etablissement.nom, Etablissement.uai, Etablissement.siret, Etablissement.ville)
    requete = select(*(col(c) for c in colonnes)).where(col(Etablissement.id) == acteur.etablissement_id)
    [ligne] = lignes(session, requete)
    return EtablissementLu(*(valeur or "" for valeur in ligne))


def lire_cfa(session: Session, acteur: Acteur, cfa_id: int, jour: date | None = None) -> CfaLu:
    """Un CFA de l'établissement ; lève `Introuvable`."""
    return _seul(_cfas(session, acteur, jour, cfa_id))


def lire_convention(session: Session, acteur: Acteur, convention_id: int) -> tuple[CfaLu, Lien]:
    """Un texte et le CFA qu'il lie à l'établissement ; lève `Introuvable`."""
    exiger(acteur, Geste.LIRE)
    requete = _liens(acteur).where(col(Convention.id) == _borne(convention_id))
    lien = _seul(tuple(_lien(ligne) for ligne in lignes(session, requete)))
    return lire_cfa(session, acteur, lien.cfa_id), lien


def lire_composante(session: Session, acteur: Acteur, composante_id: int) -> ComposanteLue:
    """Une composante de l'établissement ; lève `Introuvable`."""
    return _seul(tuple(c for c in lister_composantes(session, acteur) if c.id == composante_id))


def lister_composantes(session: Session, acteur: Acteur) -> tuple[ComposanteLue, ...]:
    """Les composantes de l'établissement, par nom."""
    exiger(acteur, Geste.LIRE)
    requete = (
        select(col(Composante.id), col(Composante.nom), func.count(col(Formation.id)))
        .outerjoin(Formation, col(Formation.composante_id) == col(Composante.id))
        .where(composantes_atteintes(acteur))
        .group_by(col(Composante.id), col(Composante.nom))
        .order_by(col(Composante.nom))
    )
    return tuple(ComposanteLue(*ligne) for ligne in lignes(session, requete))


def lire_formation(session: Session, acteur: Acteur, formation_id: int) -> FormationLue:
    """Une formation de l'établissement ; lève `Introuvable`."""
    return _seul(_formations(session, acteur, formation_id))


def compter_a_completer(session: Session, acteur: Acteur) -> ACompleter:
    """Combien de CFA et de formations attendent un nom dans l'établissement."""
    exiger(acteur, Geste.LIRE)
    comptes = []
    for modele in (Cfa, Formation):
        requete = select(func.count()).where(
            col(modele.etablissement_id) == acteur.etablissement_id, col(modele.a_completer).is_(True)
        )
        comptes.append(int(lignes(session, requete)[0][0]))
    return ACompleter(*comptes)


def _cfas(session: Session, acteur: Acteur, jour: date | None, seulement: int | None = None) -> tuple[CfaLu, ...]:
    exiger(acteur, Geste.LIRE)
    colonnes = (Cfa.id, Cfa.nom, Cfa.uai, Cfa.siret, Cfa.interne, Cfa.a_completer)
    requete = (
        select(*(col(c) for c in colonnes))
        .where(cfas_atteints(acteur))
        .order_by(col(Cfa.a_completer).desc(), col(Cfa.interne).desc(), col(Cfa.nom))
    )
    if seulement is not None:
        requete = requete.where(col(Cfa.id) == _borne(seulement))
    liens = _liens_par_cfa(session, acteur)
    au = jour or datetime.now(FUSEAU).date()
    return tuple(
        CfaLu(identifiant, nom, uai, siret or "", interne, a_completer, tuple(liens.get(identifiant, ())), au)
        for identifiant, nom, uai, siret, interne, a_completer in lignes(session, requete)
    )


def _liens_par_cfa(session: Session, acteur: Acteur) -> dict[int, list[Lien]]:
    par_cfa: dict[int, list[Lien]] = {}
    for ligne in lignes(session, _liens(acteur)):
        lien = _lien(ligne)
        par_cfa.setdefault(lien.cfa_id, []).append(lien)
    return par_cfa


def _liens(acteur: Acteur) -> Select[*tuple[Any, ...]]:
    colonnes = (
        Convention.id,
        Convention.cfa_id,
        Convention.nature,
        Convention.reference_document,
        Convention.date_debut,
        Convention.date_fin,
    )
    return (
        select(*(col(c) for c in colonnes))
        .join(Cfa, col(Cfa.id) == col(Convention.cfa_id))
        .where(col(Convention.etablissement_id) == acteur.etablissement_id, cfas_atteints(acteur))
        .order_by(col(Convention.date_debut).desc(), col(Convention.id).desc())
    )


def _lien(ligne: Sequence[Any]) -> Lien:
    identifiant, cfa_id, nature, reference, debut, fin = ligne
    return Lien(identifiant, cfa_id, nature, reference or "", debut, fin)


def _formations(session: Session, acteur: Acteur, seulement: int | None = None) -> tuple[FormationLue, ...]:
    exiger(acteur, Geste.LIRE)
    colonnes = (
        Formation.id, Formation.libelle, Formation.code, Formation.rncp, Formation.cfd, Formation.niveau, Cfa.nom,
        Cfa.uai, Formation.composante_id, Composante.nom, Formation.uai_formateur, Formation.a_completer,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .where(formations_atteintes(acteur))
        .order_by(col(Formation.a_completer).desc(), col(Formation.libelle), col(Formation.code))
    )
    if seulement is not None:
        requete = requete.where(col(Formation.id) == _borne(seulement))
    return tuple(FormationLue(*ligne) for ligne in lignes(session, requete))


def _borne(identifiant: int) -> int:
    if identifiant > PLUS_GRAND_IDENTIFIANT:
        raise Introuvable
    return identifiant


def _seul(trouves: tuple[T, ...]) -> T:
    if not trouves:
        raise Introuvable
    return trouves[0]
