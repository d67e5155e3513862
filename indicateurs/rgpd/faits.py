"""Ce que les sources ont rangé d'une personne en plus de ses parcours : faits, et valeurs gardées à côté."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from indicateurs.modeles import Contrat, Depot, Parcours
from indicateurs.sources.modeles import Heures, Rencontre, Resultat, Situation, ValeurDeSource

_FAITS: tuple[tuple[str, type[SQLModel], dict[str, str]], ...] = (
    ("Résultat d’examen", Resultat, {"annee": "Session", "present": "Présent à l’examen", "admis": "Admis"}),
    (
        "Heures de formation",
        Heures,
        {"annee": "Année de la rentrée", "prevues": "Heures prévues", "realisees": "Heures réalisées"},
    ),
    (
        "Rencontre",
        Rencontre,
        {
            "nature": "Nature",
            "rang": "Numéro",
            "prevue_du": "Prévue à partir du",
            "prevue_au": "Prévue jusqu’au",
            "tenue_le": "Tenue le",
        },
    ),
    (
        "Situation après la formation",
        Situation,
        {
            "mois": "Mois après la sortie",
            "repondu": "A répondu",
            "situation": "Situation",
            "type_contrat": "Type de contrat",
            "adequation": "Emploi en rapport avec le diplôme",
            "recherche_mois": "Durée de recherche (mois)",
        },
    ),
)
_VALEUR = {
    "objet": "Porte sur",
    "champ": "Champ",
    "format": "Source",
    "valeur": "Valeur",
    "retenue": "C’est la valeur retenue",
}


@dataclass(frozen=True)
class Source:
    """Le dépôt et la ligne d'où vient une donnée ; le nom du fichier est celui que le déposant a choisi."""

    depot: int
    fichier: str
    depose_le: datetime
    ligne: int


@dataclass(frozen=True)
class FaitTenu:
    """Un fait rangé : sa nature, ses valeurs par nom français, et d'où il vient."""

    nature: str
    valeurs: dict[str, Any]
    source: Source


def faits_du_parcours(session: Session, acteur: Acteur, parcours_id: int) -> tuple[FaitTenu, ...]:
    """Les résultats, heures, rencontres et situations d'un parcours de l'établissement de l'acteur."""
    tenus: list[FaitTenu] = []
    for nature, modele, champs in _FAITS:
        ceux = and_(
            col(modele.parcours_id) == parcours_id,  # type: ignore[attr-defined]
            col(modele.etablissement_id) == acteur.etablissement_id,  # type: ignore[attr-defined]
        )
        tenus.extend(_lire(session, nature, modele, champs, ceux))
    return tuple(tenus)


def valeurs_de_la_personne(session: Session, acteur: Acteur, apprenti_id: int) -> tuple[FaitTenu, ...]:
    """Ce que chaque source dit d'elle, de ses parcours et de ses contrats, et qui n'est pas de leur propre dépôt."""
    parcours = select(col(Parcours.id)).where(col(Parcours.apprenti_id) == apprenti_id)
    contrats = select(col(Contrat.id)).where(col(Contrat.parcours_id).in_(parcours))
    objet, numero = col(ValeurDeSource.objet), col(ValeurDeSource.objet_id)
    ceux = and_(
        col(ValeurDeSource.etablissement_id) == acteur.etablissement_id,
        or_(
            and_(objet == "apprenti", numero == apprenti_id),
            and_(objet == "parcours", numero.in_(parcours)),
            and_(objet == "contrat", numero.in_(contrats)),
        ),
    )
    return tuple(_lire(session, "Valeur d’une source", ValeurDeSource, _VALEUR, ceux))


def _lire(
    session: Session, nature: str, modele: Any, champs: dict[str, str], ceux: ColumnElement[bool]
) -> list[FaitTenu]:
    requete = (
        select(
            *(col(getattr(modele, champ)) for champ in champs),
            col(Depot.id),
            col(Depot.nom_fichier),
            col(Depot.depose_le),
            col(modele.ligne),
        )
        .join(Depot, col(Depot.id) == col(modele.depot_id))
        .where(ceux)
        .order_by(col(modele.id))
    )
    combien = len(champs)
    return [
        FaitTenu(nature, dict(zip(champs.values(), lu[:combien], strict=True)), Source(*lu[combien:]))
        for lu in lignes(session, requete)
    ]


def en_iso(valeur: Any) -> Any:
    """Une valeur pour le JSON : dates en AAAA-MM-JJ, instants en ISO 8601."""
    return valeur.isoformat() if isinstance(valeur, date) else valeur
