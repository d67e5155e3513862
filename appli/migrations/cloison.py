"""Cloisonner une table dans une migration : sur PostgreSQL, la base elle-même n'en montre que les lignes permises.

Toute table qui porte `etablissement_id`, ou que l'on n'atteint que par une telle table, reçoit sa cloison dans la
migration qui la crée : `tests/appli/test_cloison.py` échoue sinon. Des migrations passées emploient ces fonctions : ce
qu'elles font ne change plus.
"""

from alembic import op

_ETABLISSEMENT = "nullif(current_setting('trajectoire.etablissement', true), '')::bigint"
_LEVEE = "current_setting('trajectoire.hors_cloison', true) = 'oui'"


def poser_la_cloison(table: str, colonne: str = "etablissement_id") -> None:
    """Ne laisse voir ni écrire que les lignes dont `colonne` est l'établissement de la transaction."""
    # Chaque réglage est lu dans une sous-requête : une fois par requête, et non à chaque ligne.
    _poser(table, f"{colonne} = (SELECT {_ETABLISSEMENT}) OR (SELECT {_LEVEE})")


def poser_la_cloison_du_parent(table: str, parent: str, reference: str) -> None:
    """Pour une table sans établissement : ne laisse voir ni écrire que les lignes dont le parent se voit."""
    _poser(table, f"EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = {table}.{reference})")  # noqa: S608


def oter_la_cloison(table: str) -> None:
    """Rend la table à tous (retour en arrière d'une migration)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP POLICY cloison ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _poser(table: str, condition: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    # Sans FORCE, le propriétaire des tables, donc l'application, passerait outre.
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # USING vaut aussi pour ce qui s'écrit, faute de WITH CHECK.
    op.execute(f"CREATE POLICY cloison ON {table} USING ({condition})")
