"""Les rapports émis : gelés, avec leur empreinte et de quoi les refaire."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference


class Rapport(SQLModel, table=True):
    """Un rapport émis. `donnees` : l'instantané dont il est fait ; `fichier` : nom dans le dossier des rapports."""

    __tablename__ = "rapport"

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    genre: str = Field(max_length=40)
    au: date
    auteur: str = Field(max_length=200)
    demande_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    travail_id: int | None = Field(default=None, sa_column=reference("travail.id", facultative=True))
    donnees: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    fichier: str | None = Field(default=None, max_length=120)
    empreinte: str | None = Field(default=None, max_length=64)
    pages: int | None = None
