"""Étape 1 : ce qui est déposé, ce qui ne l'est jamais, les diplômes et années sans parcours, les résultats connus."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.donnees import lire_yaml
from charte.modeles import Formation
from indicateurs.modeles import Depot, Parcours, Promotion
from indicateurs.revue.contenu import FormationScellee, SourceScellee

FORMATS = Path(__file__).resolve().parents[2] / "donnees" / "formats"
MASQUEE = "n.d."


@dataclass(frozen=True)
class EtatDesDonnees:
    """Ce que l'outil sait de la complétude ; aucun compte n'y est porté, ils ne sont pas sous le secret."""

    sources: tuple[SourceScellee, ...]
    absentes: tuple[str, ...]
    formations: tuple[FormationScellee, ...]
    part_connue: str


@cache
def titres_des_formats() -> dict[str, str]:
    """Clé de chaque format décrit → son titre."""
    lus = (lire_yaml(chemin) for chemin in sorted(FORMATS.glob("*.yaml")))
    return {str(lu["cle"]): str(lu["titre"]) for lu in lus if "cle" in lu and "titre" in lu}


def dresser_l_etat(
    session: Session, acteur: Acteur, cfa_id: int | None, au: date, *, seuil: int | None
) -> EtatDesDonnees:
    """L'état des données d'un périmètre. `seuil` None : la part connue est masquée, comme l'est l'obtention."""
    deposees = tuple(_sources(session, acteur, cfa_id))
    vues = {source.format for source in deposees}
    absentes = tuple(titre for cle, titre in titres_des_formats().items() if cle not in vues)
    part = MASQUEE if seuil is None else _part_connue(session, acteur, cfa_id, au, seuil)
    return EtatDesDonnees(deposees, absentes, tuple(_formations(session, acteur, cfa_id)), part)


def _sources(session: Session, acteur: Acteur, cfa_id: int | None) -> list[SourceScellee]:
    requete = (
        select(*(col(c) for c in (Depot.format, Depot.empreinte, Depot.confirme_le)))
        .where(
            col(Depot.etablissement_id) == acteur.etablissement_id,
            col(Depot.etat) == "confirme",
            true() if cfa_id is None else or_(col(Depot.cfa_id) == cfa_id, col(Depot.cfa_id).is_(None)),
        )
        .order_by(col(Depot.confirme_le), col(Depot.id))
    )
    titres = titres_des_formats()
    return [SourceScellee(cle, titres.get(cle, cle), empreinte, le) for cle, empreinte, le in lignes(session, requete)]


def _du_perimetre(acteur: Acteur, cfa_id: int | None) -> ColumnElement[bool]:
    ici = col(Formation.etablissement_id) == acteur.etablissement_id
    return ici if cfa_id is None else and_(ici, col(Formation.cfa_id) == cfa_id)


def _formations(session: Session, acteur: Acteur, cfa_id: int | None) -> list[FormationScellee]:
    avec_parcours = select(col(Parcours.promotion_id))
    requete = (
        select(col(Formation.id), col(Formation.libelle), col(Promotion.annee))
        .outerjoin(
            Promotion, and_(col(Promotion.formation_id) == col(Formation.id), col(Promotion.id).in_(avec_parcours))
        )
        .where(_du_perimetre(acteur, cfa_id))
        .order_by(col(Formation.libelle), col(Formation.id), col(Promotion.annee))
    )
    annees: dict[tuple[int, str], list[int]] = {}
    for identifiant, libelle, annee in lignes(session, requete):
        annees.setdefault((identifiant, libelle), []).extend([] if annee is None else [annee])
    return [FormationScellee(i, libelle, tuple(lues)) for (i, libelle), lues in annees.items()]


def _part_connue(session: Session, acteur: Acteur, cfa_id: int | None, au: date, seuil: int) -> str:
    """Parmi les parcours finis au jour dit, la part au résultat connu, au point près et sans effectif ; sinon « – »."""
    requete = (
        select(func.count(), func.count(col(Parcours.obtention)))
        .select_from(Parcours)
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .where(_du_perimetre(acteur, cfa_id), col(Parcours.date_fin) <= au)
    )
    finis, connus = lignes(session, requete)[0]
    if 0 < finis < seuil:
        return MASQUEE
    return f"{100 * connus // finis} %" if finis else "–"
