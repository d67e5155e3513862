"""Le journal est une chaîne que la base ne laisse pas récrire

Révision : 0002
Suit : 0001
"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

REFUS = "Le journal ne se modifie ni ne s'efface."
ORIGINES = "origine IN ('web', 'commande', 'travail', 'non_relevee')"

# Figée ici : la migration doit donner la même chaîne quand le code aura changé.
journal = sa.table(
    'journal',
    sa.column('id', sa.BigInteger()),
    sa.column('etablissement_id', sa.BigInteger()),
    sa.column('compte_id', sa.BigInteger()),
    sa.column('auteur', sa.String()),
    sa.column('quand', sa.DateTime(timezone=True)),
    sa.column('acte', sa.String()),
    sa.column('objet', sa.String()),
    sa.column('avant', sa.JSON()),
    sa.column('apres', sa.JSON()),
    sa.column('origine', sa.String()),
    sa.column('rang', sa.Integer()),
    sa.column('empreinte_precedente', sa.String()),
    sa.column('empreinte', sa.String()),
)

DECLENCHEURS = {
    'sqlite': (
        f"""CREATE TRIGGER journal_sans_modification BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, '{REFUS.replace("'", "''")}'); END""",
        f"""CREATE TRIGGER journal_sans_effacement BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, '{REFUS.replace("'", "''")}'); END""",
        # INSERT OR REPLACE efface sans passer par le déclencheur d'effacement.
        f"""CREATE TRIGGER journal_sans_remplacement BEFORE INSERT ON journal
        WHEN EXISTS (
            SELECT 1 FROM journal WHERE id = NEW.id OR (etablissement_id = NEW.etablissement_id AND rang = NEW.rang)
        )
        BEGIN SELECT RAISE(ABORT, '{REFUS.replace("'", "''")}'); END""",
    ),
    'postgresql': (
        f"""CREATE FUNCTION refuser_de_recrire_le_journal() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUS.replace("'", "''")}' USING ERRCODE = 'restrict_violation'; END $$""",
        """CREATE TRIGGER journal_immuable BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
        FOR EACH STATEMENT EXECUTE FUNCTION refuser_de_recrire_le_journal()""",
    ),
}
RETRAITS = {
    'sqlite': (
        'DROP TRIGGER journal_sans_modification',
        'DROP TRIGGER journal_sans_effacement',
        'DROP TRIGGER journal_sans_remplacement',
    ),
    'postgresql': ('DROP TRIGGER journal_immuable ON journal', 'DROP FUNCTION refuser_de_recrire_le_journal()'),
}


def upgrade() -> None:
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.add_column(sa.Column('origine', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('rang', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('empreinte_precedente', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('empreinte', sa.String(length=64), nullable=True))

    _enchainer(op.get_bind())
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.alter_column('origine', existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column('rang', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('empreinte_precedente', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('empreinte', existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(
            batch_op.f('uq_journal_etablissement_id_rang'), ['etablissement_id', 'rang']
        )
        batch_op.create_check_constraint(batch_op.f('ck_journal_origine'), ORIGINES)

    for ordre in DECLENCHEURS[op.get_bind().dialect.name]:
        op.execute(ordre)


def downgrade() -> None:
    for ordre in RETRAITS[op.get_bind().dialect.name]:
        op.execute(ordre)
    with op.batch_alter_table('journal', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_journal_origine'), type_='check')
        batch_op.drop_constraint(batch_op.f('uq_journal_etablissement_id_rang'), type_='unique')
        batch_op.drop_column('empreinte')
        batch_op.drop_column('empreinte_precedente')
        batch_op.drop_column('rang')
        batch_op.drop_column('origine')


def _enchainer(connexion: sa.Connection) -> None:
    """Donne rang et empreintes aux entrées d'avant, dans l'ordre où elles ont été écrites."""
    ordre = (journal.c.etablissement_id, journal.c.id)
    colonnes = [c for c in journal.c if c.name not in ('origine', 'rang', 'empreinte_precedente', 'empreinte')]
    dernieres: dict[int, tuple[int, str]] = {}
    for ligne in connexion.execute(sa.select(*colonnes).order_by(*ordre)).mappings().all():
        rang, precedente = dernieres.get(ligne['etablissement_id'], (0, '0' * 64))
        empreinte = _empreinte(ligne, rang + 1, precedente)
        connexion.execute(
            journal.update()
            .where(journal.c.id == ligne['id'])
            .values(origine='non_relevee', rang=rang + 1, empreinte_precedente=precedente, empreinte=empreinte)
        )
        dernieres[ligne['etablissement_id']] = (rang + 1, empreinte)


def _empreinte(ligne: sa.RowMapping, rang: int, precedente: str) -> str:
    quand = ligne['quand'] if ligne['quand'].tzinfo else ligne['quand'].replace(tzinfo=UTC)
    contenu = {
        'etablissement': ligne['etablissement_id'],
        'rang': rang,
        'compte': ligne['compte_id'],
        'auteur': ligne['auteur'],
        'quand': quand.astimezone(UTC).isoformat(timespec='microseconds'),
        'origine': 'non_relevee',
        'acte': ligne['acte'],
        'objet': ligne['objet'],
        'avant': ligne['avant'],
        'apres': ligne['apres'],
        'precedente': precedente,
    }
    canonique = json.dumps(contenu, sort_keys=True, separators=(',', ':'), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonique.encode('ascii')).hexdigest()
