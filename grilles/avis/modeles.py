"""Les avis donnés sans compte, par un lien personnel et limité dans le temps."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

PUBLICS = ("apprentis", "employeurs")
ETATS_D_AVIS = ("tenu", "en_partie", "non_tenu", "ne_sait_pas")


class DemandeAvis(SQLModel, table=True):
    """L'avis demandé à une personne sur quelques éléments d'une grille.

    `repere` : ce qui la désigne pour qui demande (« délégué de M2 »), jamais montré ailleurs. `courriel` : son adresse,
    scellée, effacée une fois l'avis rendu ou le lien échu. `jeton` : SHA-256 du secret du lien.
    """

    __tablename__ = "demande_avis"
    __table_args__ = (
        UniqueConstraint("jeton"),
        CheckConstraint(valeurs_permises("public", PUBLICS), name="public"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    public: str = Field(max_length=20)
    repere: str = Field(max_length=120)
    courriel: bytes | None = Field(default=None, sa_column=Column(LargeBinary(), nullable=True))
    jeton: str = Field(max_length=64)
    elements: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    echeance: date
    demande_par: str = Field(max_length=200)
    demande_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    rendu_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))
    retire_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))


class Avis(SQLModel, table=True):
    """Ce qu'une personne dit d'un élément ; `version` : verrou optimiste, elle peut y revenir jusqu'à l'échéance."""

    __tablename__ = "avis"
    __table_args__ = (
        UniqueConstraint("demande_id", "element"),
        CheckConstraint(valeurs_permises("etat", ETATS_D_AVIS), name="etat"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    demande_id: int = Field(sa_column=reference("demande_avis.id"))
    element: str = Field(max_length=20)
    etat: str = Field(max_length=20)
    commentaire: str = Field(default="", max_length=2000)
    version: int = 1
    donne_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
