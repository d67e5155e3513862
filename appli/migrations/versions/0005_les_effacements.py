"""les effacements, et sous quelle clé une personne est rangée

Révision : 0005
Suit : 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('effacement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('empreinte_identite', sa.String(length=64), nullable=False),
    sa.Column('empreinte_ine', sa.String(length=64), nullable=True),
    sa.Column('repere_cle', sa.String(length=16), nullable=True),
    sa.Column('efface_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_effacement_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_effacement')),
    sa.UniqueConstraint('etablissement_id', 'empreinte_identite', name=op.f('uq_effacement_etablissement_id_empreinte_identite'))
    )
    with op.batch_alter_table('effacement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_effacement_etablissement_id'), ['etablissement_id'], unique=False)

    with op.batch_alter_table('apprenti', schema=None) as batch_op:
        batch_op.add_column(sa.Column('repere_cle', sa.String(length=16), nullable=True))
        batch_op.create_index(batch_op.f('ix_apprenti_repere_cle'), ['repere_cle'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('apprenti', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_apprenti_repere_cle'))
        batch_op.drop_column('repere_cle')

    with op.batch_alter_table('effacement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_effacement_etablissement_id'))

    op.drop_table('effacement')
