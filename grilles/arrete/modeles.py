"""L'instantané d'une grille arrêtée, que rien ne change plus, et les réouvertures."""

from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference


class Instantane(SQLModel, table=True):
    """Ce qu'était une grille quand on l'a arrêtée. `contenu` : JSON canonique ; `empreinte` : son SHA-256.

    `version` : celle de la grille ; une réouverture en ouvre une autre, l'instantané d'avant reste. `niveaux` : le
    niveau de chaque poste, tiré du contenu, pour les listes. La base refuse de modifier ou d'effacer une ligne.
    """

    __tablename__ = "instantane"
    __table_args__ = (UniqueConstraint("grille_id", "version"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    version: int
    contenu: str = Field(sa_column=Column(Text(), nullable=False))
    niveaux: str = Field(max_length=2000)
    empreinte: str = Field(max_length=64)
    instance: str = Field(default="", max_length=200)
    arrete_par: str = Field(max_length=200)
    arrete_le: datetime = Field(sa_column=Column(Instant(), nullable=False))


class Reouverture(SQLModel, table=True):
    """Une grille rouverte : pourquoi, par qui ; `version` est celle qui s'ouvre."""

    __tablename__ = "reouverture"
    __table_args__ = (UniqueConstraint("grille_id", "version"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    grille_id: int = Field(sa_column=reference("grille.id"))
    version: int
    motif: str = Field(max_length=2000)
    rouverte_par: str = Field(max_length=200)
    rouverte_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
