"""Les travaux de fond : demandés dans la transaction du changement, exécutés par les ouvriers d'`appli`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, select
from sqlmodel import Field, Session, SQLModel, col

from charte.acteur import Acteur
from charte.commun.base import Instant, cle_primaire, exiger_id, lignes, maintenant, reference, valeurs_permises

ETATS_DE_TRAVAIL = ("demande", "en_cours", "fini", "echoue")


class Travail(SQLModel, table=True):
    """Un travail de fond : son genre, ses paramètres, où il en est (`fait` sur `total`), ce qu'il a donné."""

    __tablename__ = "travail"
    __table_args__ = (CheckConstraint(valeurs_permises("etat", ETATS_DE_TRAVAIL), name="etat"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    auteur: str = Field(max_length=200)
    role: str = Field(max_length=40)
    mandats: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    genre: str = Field(max_length=60)
    parametres: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    etat: str = Field(default="demande", max_length=20)
    fait: int = 0
    total: int = 0
    message: str | None = Field(default=None, max_length=500)
    demande_le: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))
    fini_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))


@dataclass(frozen=True)
class EtatDuTravail:
    """Où en est un travail, pour la page qui l'attend."""

    id: int
    genre: str
    etat: str
    fait: int
    total: int
    message: str | None

    @property
    def termine(self) -> bool:
        """Vrai si rien ne bougera plus."""
        return self.etat in ("fini", "echoue")


Avancement = Callable[[int, int], None]
"""Rappel `avancement(fait, total)` qu'un travail appelle en chemin."""


def demander_travail(session: Session, acteur: Acteur, genre: str, parametres: dict[str, Any]) -> int:
    """Inscrit un travail dans la transaction en cours et rend son identifiant ; il partira après l'enregistrement."""
    travail = Travail(
        etablissement_id=acteur.etablissement_id,
        compte_id=acteur.compte_id,
        auteur=acteur.nom,
        role=acteur.role.value,
        mandats=[asdict(mandat) for mandat in acteur.tenus],
        genre=genre,
        parametres=parametres,
        demande_le=maintenant(),
    )
    session.add(travail)
    session.flush()
    return exiger_id(travail.id)


def etat_du_travail(session: Session, acteur: Acteur, travail_id: int, *, siens: bool = False) -> EtatDuTravail | None:
    """L'état d'un travail de l'établissement de l'acteur, ou None ; `siens` : seulement ceux qu'il a demandés."""
    colonnes = select(
        *(col(c) for c in (Travail.id, Travail.genre, Travail.etat, Travail.fait, Travail.total, Travail.message))
    )
    requete = colonnes.where(col(Travail.id) == travail_id, col(Travail.etablissement_id) == acteur.etablissement_id)
    if siens:
        requete = requete.where(col(Travail.compte_id) == acteur.compte_id)
    trouvees = lignes(session, requete)
    return EtatDuTravail(*trouvees[0]) if trouvees else None
