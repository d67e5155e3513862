"""Les publications ouvertes : le tableau d'un CFA (article L6111-8 du code du travail), figé quand il est publié."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference


class Publication(SQLModel, table=True):
    """Le tableau public d'un CFA pour une année ; une correction est une publication de plus (`rang`).

    `adresse` : ce que l'adresse publique porte (UAI du CFA, année) ; `contenu` : JSON canonique, secret appliqué au
    seuil public ; `empreinte` : son SHA-256.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("etablissement_id", "cfa_id", "annee", "rang"),
        CheckConstraint("retiree_le IS NULL OR length(motif) > 0", name="retrait_motive"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    cfa_id: int = Field(sa_column=reference("cfa.id"))
    annee: int
    rang: int = 1
    adresse: str = Field(max_length=80, index=True)
    observee_le: date
    contenu: str = Field(sa_column=Column(Text(), nullable=False))
    empreinte: str = Field(max_length=64)
    publiee_par: str = Field(max_length=200)
    publiee_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    retiree_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))
    motif: str = Field(default="", max_length=2000)
