"""Les comptes et les sessions web, et l'inventaire de toutes les tables (pour la base et les migrations)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

# Chaque import inscrit ses tables dans SQLModel.metadata : sans lui, une clé étrangère ne trouverait pas sa cible.
import charte.commun.journal
import charte.commun.travaux
import charte.modeles  # noqa: F401
import grilles.modeles  # noqa: F401
import indicateurs.modeles  # noqa: F401
import rapports.modeles  # noqa: F401
from charte.acteur import Role
from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

METADONNEES = SQLModel.metadata


class Compte(SQLModel, table=True):
    """Un compte local, rattaché à un établissement avec un rôle. `condense` : argon2id du mot de passe."""

    __tablename__ = "compte"
    __table_args__ = (
        UniqueConstraint("courriel"),
        CheckConstraint(valeurs_permises("role", tuple(r.value for r in Role)), name="role"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    courriel: str = Field(max_length=254)
    nom: str = Field(max_length=200)
    role: str = Field(max_length=40)
    condense: str = Field(max_length=200)
    actif: bool = True
    cree_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    derniere_connexion: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))


class SessionWeb(SQLModel, table=True):
    """Une session ouverte : seule l'empreinte SHA-256 du jeton est gardée."""

    __tablename__ = "session_web"
    __table_args__ = (UniqueConstraint("empreinte"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    compte_id: int = Field(sa_column=reference("compte.id", cascade=True))
    empreinte: str = Field(max_length=64)
    ouverte_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    vue_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    expire_le: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))


class TentativeConnexion(SQLModel, table=True):
    """Les échecs de suite d'un compte, ou d'un compte depuis une adresse ; `empreinte` : à clé, de l'un ou des deux."""

    __tablename__ = "tentative_connexion"

    empreinte: str = Field(primary_key=True, max_length=64)
    echecs: int
    dernier_le: datetime = Field(sa_column=Column(Instant(), nullable=False, index=True))
    reessayer_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
