"""Ce que les tables de tous les paquets partagent : noms de contraintes, identifiants, instants, accès à la base."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import BigInteger, Column, DateTime, Executable, ForeignKey, Integer, Row, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlmodel import Session, SQLModel

CONVENTION_DE_NOMMAGE = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = CONVENTION_DE_NOMMAGE

GrandEntier = BigInteger().with_variant(Integer(), "sqlite")
"""BIGINT partout ; INTEGER sur SQLite, seul type qui y sert de clé auto-incrémentée (il y tient déjà 64 bits)."""


class Instant(TypeDecorator[datetime]):
    """Instant à fuseau, toujours rendu en UTC : SQLite perd le fuseau, PostgreSQL le garde."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse un instant sans fuseau : il serait lu autrement selon la machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Un instant doit porter un fuseau horaire : {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Rend l'instant en UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def maintenant() -> datetime:
    """L'instant présent, en UTC."""
    return datetime.now(UTC)


def cle_primaire() -> Column[int]:
    """Colonne `id`, grand entier engendré par la base."""
    return Column(GrandEntier, primary_key=True, autoincrement=True)


def reference(cible: str, *, facultative: bool = False, index: bool = True, cascade: bool = False) -> Column[int]:
    """Colonne de clé étrangère vers `cible` (« table.id »)."""
    lien = ForeignKey(cible, ondelete="CASCADE" if cascade else "RESTRICT")
    return Column(GrandEntier, lien, nullable=facultative, index=index)


def exiger_id(identifiant: int | None) -> int:
    """L'identifiant d'une ligne déjà rangée (mypy ne sait pas que la base l'a rempli)."""
    if identifiant is None:
        raise ValueError("Cette ligne n'est pas encore rangée dans la base.")
    return identifiant


def lignes(session: Session, requete: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
    """Les lignes d'une requête par colonnes (`sqlalchemy.select(...)`, autant de colonnes qu'on veut)."""
    return super(Session, session).execute(requete).all()


@runtime_checkable
class Base(Protocol):
    """Accès à la base, reçu en paramètre par les gestionnaires (`base.lecture()`, `base.ecriture()`)."""

    def lecture(self) -> AbstractContextManager[Session]:
        """Session dont rien n'est jamais enregistré."""
        ...

    def ecriture(self) -> AbstractContextManager[Session]:
        """Session d'UNE transaction : enregistrée à la sortie du bloc, annulée si une erreur en sort."""
        ...


def valeurs_permises(colonne: str, valeurs: tuple[str, ...]) -> str:
    """Texte SQL d'une contrainte « colonne parmi ces valeurs »."""
    return f"{colonne} IN ({', '.join(repr(str(v)) for v in valeurs)})"
