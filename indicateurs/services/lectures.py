"""Les parcours et contrats rangés d'un établissement, en tables pour le moteur, et d'où ils viennent."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Executable, func, select, union
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import lignes, maintenant
from charte.commun.typographie import FUSEAU
from charte.modeles import Cfa, Composante, Formation
from charte.services.portee import formations_atteintes
from indicateurs.mesures import SourceDesDonnees
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours
from indicateurs.services.faits import depots_des_faits, lire_faits

__all__ = [
    "SourceDesDonnees",
    "jour_d_observation",
    "jours_des_depots",
    "lire_tables",
    "sources",
    "version_des_donnees",
]

_PARCOURS = (
    "id_parcours",
    "id_formation",
    "rncp",
    "cfd",
    "uai_responsable",
    "uai_formateur",
    "date_entree",
    "date_fin",
    "date_exclusion",
    "obtention",
    "id_personne",
    "composante",
    "niveau",
    "sexe",
    "annee_naissance",
    "rqth",
    "annee_formation",
)
_FACULTATIVES = {
    "composante": "str",
    "niveau": "Int64",
    "sexe": "str",
    "annee_naissance": "Int64",
    "rqth": "boolean",
    "annee_formation": "Int64",
}
_FORMATS_DE_CONTRATS = ("tableau_de_bord_v3", "sifa_2024")
_CONTRATS = (
    "id_parcours",
    "id_personne",
    "rang",
    "date_debut",
    "date_fin",
    "date_rupture",
    "motif_rupture",
    "effectif_employeur",
)


def lire_tables(session: Session, acteur: Acteur) -> dict[str, pd.DataFrame]:
    """Toutes les tables de l'établissement de l'acteur (colonnes : `indicateurs.moteur`).

    « parcours » et « contrats », puis celles de `faits.lire_faits`. `id_personne` désigne la personne par son numéro
    interne ; un code non communiqué est absent (None), comme dans un fichier lu directement.
    """
    parcours = _table(session, _requete_parcours(acteur), _PARCOURS).astype(_FACULTATIVES)
    for code in ("rncp", "cfd"):
        parcours[code] = parcours[code].replace("", None)
    contrats = _table(session, _requete_contrats(acteur), _CONTRATS).astype(
        {"motif_rupture": "str", "effectif_employeur": "Int64"}
    )
    return {"parcours": parcours, "contrats": contrats, **lire_faits(session, acteur)}


def _requete_parcours(acteur: Acteur) -> Executable:
    colonnes = (
        Parcours.id,
        Parcours.formation_id,
        Formation.rncp,
        Formation.cfd,
        Cfa.uai,
        Formation.uai_formateur,
        Parcours.date_entree,
        Parcours.date_fin,
        Parcours.date_exclusion,
        Parcours.obtention,
        Parcours.apprenti_id,
        Composante.nom,
        Formation.niveau,
        Apprenti.sexe,
        Apprenti.annee_naissance,
        Apprenti.rqth,
        Parcours.annee_formation,
    )
    return (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Parcours)
        .join(Apprenti, col(Apprenti.id) == col(Parcours.apprenti_id))
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .where(col(Parcours.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Parcours.id))
    )


def _requete_contrats(acteur: Acteur) -> Executable:
    colonnes = (
        Contrat.parcours_id,
        Apprenti.id,
        Contrat.rang,
        Contrat.date_debut,
        Contrat.date_fin,
        Contrat.date_rupture,
        Contrat.motif_rupture,
        Contrat.effectif_employeur,
    )
    return (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Contrat)
        .join(Parcours, col(Parcours.id) == col(Contrat.parcours_id))
        .join(Apprenti, col(Apprenti.id) == col(Parcours.apprenti_id))
        .where(col(Contrat.etablissement_id) == acteur.etablissement_id)
        .order_by(col(Contrat.parcours_id), col(Contrat.rang))
    )


def _table(session: Session, requete: Executable, colonnes: Sequence[str]) -> pd.DataFrame:
    lues = lignes(session, requete)
    return pd.DataFrame([tuple(ligne) for ligne in lues], columns=list(colonnes))


def sources(session: Session, acteur: Acteur, geste: Geste | None = None) -> list[SourceDesDonnees]:
    """Les dépôts confirmés, du plus récent au plus ancien ; avec `geste`, ceux dont viennent des parcours atteints.

    Avec `geste`, un dépôt qui n'est pas d'un CFA de l'acteur ne dit ni son nom ni ses comptes.
    """
    colonnes = (
        Depot.nom_fichier,
        Depot.empreinte,
        Depot.depose_le,
        Depot.confirme_le,
        Depot.retenues,
        Depot.ecartees,
        Depot.id,
        Depot.cfa_id,
    )
    requete = (
        select(*(col(colonne) for colonne in colonnes))
        .where(col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.etat) == "confirme")
        .order_by(col(Depot.confirme_le).desc())
    )
    if geste is not None:
        atteintes = formations_atteintes(acteur, geste)
        siens = select(col(Parcours.depot_id)).join(Formation, col(Formation.id) == col(Parcours.formation_id))
        cites = union(siens.where(atteintes), *depots_des_faits(atteintes))
        requete = requete.where(col(Depot.id).in_(select(cites.subquery().c.depot_id)))
    siens_cfas = None if geste is None else etendue(acteur, geste).cfas
    return [_source(ligne, siens_cfas) for ligne in lignes(session, requete)]


def _source(ligne: Sequence[Any], siens: frozenset[int] | None) -> SourceDesDonnees:
    *dits, depot_id, cfa_id = ligne
    if siens is None or cfa_id in siens:
        return SourceDesDonnees(*dits)
    empreinte, depose_le, confirme_le = dits[1:4]
    return SourceDesDonnees(f"Dépôt n° {depot_id}", empreinte, depose_le, confirme_le, None, None)


def version_des_donnees(session: Session, acteur: Acteur) -> tuple[object, ...]:
    """Ce qui change dès que les mesures changent : dépôts confirmés, parcours, contrats, place des formations."""
    etablissement = acteur.etablissement_id
    depots = select(func.max(col(Depot.confirme_le)), func.count()).where(
        col(Depot.etablissement_id) == etablissement, col(Depot.etat) == "confirme"
    )
    parcours = select(func.count()).select_from(Parcours).where(col(Parcours.etablissement_id) == etablissement)
    contrats = select(func.count()).select_from(Contrat).where(col(Contrat.etablissement_id) == etablissement)
    # Rattacher un diplôme à une composante, ou en corriger le niveau, change ce que disent les regroupements.
    formations = select(col(Formation.id), col(Formation.composante_id), col(Formation.niveau)).where(
        col(Formation.etablissement_id) == etablissement
    )
    places = hash(tuple(tuple(ligne) for ligne in lignes(session, formations.order_by(col(Formation.id)))))
    return (*(tuple(lignes(session, requete)[0]) for requete in (depots, parcours, contrats)), places)


def jour_d_observation(session: Session, acteur: Acteur) -> date:
    """Le jour où l'on observe, faute d'en choisir un : celui du dernier dépôt de contrats (à Paris), sinon aujourd'hui.

    Au-delà, les données ne savent plus : une rupture survenue depuis ne serait pas vue, et une enquête déposée
    plus tard n'en dit rien. Les pages et le dossier du conseil prennent le même jour, donc donnent les mêmes chiffres.
    """
    jours = jours_des_depots(session, acteur)
    return jours[-1] if jours else maintenant().astimezone(FUSEAU).date()


def jours_des_depots(session: Session, acteur: Acteur) -> list[date]:
    """Les jours (à Paris) où un dépôt qui porte des contrats a été confirmé, du plus ancien au plus récent.

    Sans aucun, ceux de tous les dépôts confirmés de l'établissement.
    """
    requete = select(col(Depot.confirme_le), col(Depot.format)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.etat) == "confirme"
    )
    confirmes = [(quand.astimezone(FUSEAU).date(), format_) for quand, format_ in lignes(session, requete)]
    de_contrats = {jour for jour, format_ in confirmes if format_ in _FORMATS_DE_CONTRATS}
    return sorted(de_contrats or {jour for jour, _ in confirmes})
