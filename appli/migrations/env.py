"""Environnement d'Alembic : une connexion reçue, les mêmes règles sur SQLite et PostgreSQL."""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from appli.modeles import METADONNEES
from charte.commun.base import Instant


def rendre_type(genre: str, objet: Any, _contexte: Any) -> str | Literal[False]:
    """Les migrations ne connaissent que les types de SQLAlchemy : elles restent lisibles quand le code change."""
    if genre != "type":
        return False
    if isinstance(objet, AutoString):
        return f"sa.String(length={objet.length})" if objet.length else "sa.String()"
    if isinstance(objet, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connexion = context.config.attributes["connexion"]
context.configure(
    connection=connexion,
    target_metadata=METADONNEES,
    render_as_batch=connexion.dialect.name == "sqlite",
    render_item=rendre_type,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
