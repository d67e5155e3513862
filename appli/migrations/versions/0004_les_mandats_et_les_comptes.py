"""les mandats et les comptes

Révision : 0004
Suit : 0003
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('avant_connexion',
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('ancre', sa.String(length=64), nullable=False),
    sa.Column('fournisseur', sa.String(length=60), nullable=False),
    sa.Column('secrets', sa.LargeBinary(), nullable=False),
    sa.Column('suite', sa.String(length=1000), nullable=False),
    sa.Column('expire_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('empreinte', name=op.f('pk_avant_connexion'))
    )
    with op.batch_alter_table('avant_connexion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_avant_connexion_expire_le'), ['expire_le'], unique=False)

    op.create_table('code_de_secours',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('employe_le', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_code_de_secours_compte_id_compte'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_de_secours')),
    sa.UniqueConstraint('compte_id', 'empreinte', name=op.f('uq_code_de_secours_compte_id_empreinte'))
    )
    with op.batch_alter_table('code_de_secours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_code_de_secours_compte_id'), ['compte_id'], unique=False)

    op.create_table('courriel_sortant',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('genre', sa.String(length=40), nullable=False),
    sa.Column('contenu', sa.LargeBinary(), nullable=True),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('envoye_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('essais', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_courriel_sortant_compte_id_compte'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_courriel_sortant_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_courriel_sortant'))
    )
    with op.batch_alter_table('courriel_sortant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_courriel_sortant_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_courriel_sortant_cree_le'), ['cree_le'], unique=False)
        batch_op.create_index(batch_op.f('ix_courriel_sortant_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('identite_federee',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fournisseur', sa.String(length=60), nullable=False),
    sa.Column('sujet', sa.String(length=255), nullable=False),
    sa.Column('lie_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_identite_federee_compte_id_compte'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identite_federee')),
    sa.UniqueConstraint('fournisseur', 'sujet', name=op.f('uq_identite_federee_fournisseur_sujet'))
    )
    with op.batch_alter_table('identite_federee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identite_federee_compte_id'), ['compte_id'], unique=False)

    op.create_table('lien_unique',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('genre', sa.String(length=20), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expire_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('employe_le', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("genre IN ('invitation', 'reinitialisation')", name=op.f('ck_lien_unique_genre')),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_lien_unique_compte_id_compte'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lien_unique')),
    sa.UniqueConstraint('empreinte', name=op.f('uq_lien_unique_empreinte'))
    )
    with op.batch_alter_table('lien_unique', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lien_unique_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lien_unique_expire_le'), ['expire_le'], unique=False)

    op.create_table('mandat',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('portee', sa.String(length=20), nullable=False),
    sa.Column('partie', sa.String(length=20), nullable=False),
    sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('composante_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('donne_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retire_le', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(portee = 'cfa') = (cfa_id IS NOT NULL) AND (portee = 'composante') = (composante_id IS NOT NULL) AND (portee = 'formation') = (formation_id IS NOT NULL)", name=op.f('ck_mandat_un_objet')),
    sa.CheckConstraint("partie IN ('etablissement', 'cfa')", name=op.f('ck_mandat_partie')),
    sa.CheckConstraint("portee = 'formation' OR (partie = 'cfa') = (portee = 'cfa')", name=op.f('ck_mandat_partie_de_la_portee')),
    sa.CheckConstraint("portee IN ('etablissement', 'cfa', 'composante', 'formation')", name=op.f('ck_mandat_portee')),
    sa.CheckConstraint("role <> 'administrateur' OR portee = 'etablissement'", name=op.f('ck_mandat_administrateur_partout')),
    sa.CheckConstraint("role IN ('administrateur', 'referent_qualite', 'responsable_formation', 'lecteur', 'membre_instance')", name=op.f('ck_mandat_role')),
    sa.ForeignKeyConstraint(['cfa_id'], ['cfa.id'], name=op.f('fk_mandat_cfa_id_cfa'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['composante_id'], ['composante.id'], name=op.f('fk_mandat_composante_id_composante'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_mandat_compte_id_compte'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_mandat_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_mandat_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandat'))
    )
    with op.batch_alter_table('mandat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mandat_cfa_id'), ['cfa_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandat_composante_id'), ['composante_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandat_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandat_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mandat_formation_id'), ['formation_id'], unique=False)

    # Le rôle que chaque compte tenait sur son établissement devient son premier mandat.
    op.execute(
        "INSERT INTO mandat (etablissement_id, compte_id, role, portee, partie, donne_le) "
        "SELECT etablissement_id, id, role, 'etablissement', 'etablissement', cree_le FROM compte"
    )
    with op.batch_alter_table('compte', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_compte_role'), type_='check')
        batch_op.add_column(sa.Column('mot_de_passe_le', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('totp', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('totp_depuis', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('totp_pas', sa.Integer(), nullable=True))
        batch_op.alter_column('condense',
               existing_type=sa.VARCHAR(length=200),
               nullable=True)
        batch_op.drop_column('role')

    with op.batch_alter_table('depot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index(batch_op.f('ix_depot_cfa_id'), ['cfa_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_depot_cfa_id_cfa'), 'cfa', ['cfa_id'], ['id'], ondelete='RESTRICT')

    # Une session ouverte avant les mandats se rouvre par une connexion : on ne devine pas ce qu'elle permettait.
    op.execute("DELETE FROM session_web")
    with op.batch_alter_table('session_web', schema=None) as batch_op:
        batch_op.add_column(sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('methode', sa.String(length=20), nullable=False))
        batch_op.add_column(sa.Column('appareil', sa.String(length=60), nullable=False))
        batch_op.add_column(sa.Column('second_facteur_attendu', sa.Boolean(), nullable=False))
        batch_op.create_check_constraint('methode', "methode IN ('mot_de_passe', 'fournisseur', 'demonstration')")
        batch_op.create_index(batch_op.f('ix_session_web_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_session_web_etablissement_id_etablissement'), 'etablissement', ['etablissement_id'], ['id'], ondelete='RESTRICT')

    with op.batch_alter_table('travail', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mandats', sa.JSON(none_as_null=True), nullable=True))



def downgrade() -> None:
    op.execute("UPDATE compte SET condense = '' WHERE condense IS NULL")
    with op.batch_alter_table('travail', schema=None) as batch_op:
        batch_op.drop_column('mandats')

    with op.batch_alter_table('session_web', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_session_web_methode'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_session_web_etablissement_id_etablissement'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_session_web_etablissement_id'))
        batch_op.drop_column('second_facteur_attendu')
        batch_op.drop_column('appareil')
        batch_op.drop_column('methode')
        batch_op.drop_column('etablissement_id')

    with op.batch_alter_table('depot', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_depot_cfa_id_cfa'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_depot_cfa_id'))
        batch_op.drop_column('cfa_id')

    with op.batch_alter_table('compte', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role', sa.VARCHAR(length=40), nullable=False, server_default='lecteur'))
        batch_op.alter_column('condense',
               existing_type=sa.VARCHAR(length=200),
               nullable=False)
        batch_op.drop_column('totp_pas')
        batch_op.drop_column('totp_depuis')
        batch_op.drop_column('totp')
        batch_op.drop_column('mot_de_passe_le')

    op.execute(
        "UPDATE compte SET role = (SELECT CASE m.role WHEN 'membre_instance' THEN 'lecteur' ELSE m.role END FROM mandat m WHERE m.compte_id = compte.id "
        "AND m.portee = 'etablissement' AND m.retire_le IS NULL ORDER BY m.id LIMIT 1) "
        "WHERE EXISTS (SELECT 1 FROM mandat m WHERE m.compte_id = compte.id AND m.portee = 'etablissement' "
        "AND m.retire_le IS NULL)"
    )
    with op.batch_alter_table('compte', schema=None) as batch_op:
        batch_op.alter_column('role', server_default=None)
        batch_op.create_check_constraint(
            'role', "role IN ('administrateur', 'referent_qualite', 'responsable_formation', 'lecteur')"
        )
    with op.batch_alter_table('mandat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mandat_formation_id'))
        batch_op.drop_index(batch_op.f('ix_mandat_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_mandat_compte_id'))
        batch_op.drop_index(batch_op.f('ix_mandat_composante_id'))
        batch_op.drop_index(batch_op.f('ix_mandat_cfa_id'))

    op.drop_table('mandat')
    with op.batch_alter_table('lien_unique', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lien_unique_expire_le'))
        batch_op.drop_index(batch_op.f('ix_lien_unique_compte_id'))

    op.drop_table('lien_unique')
    with op.batch_alter_table('identite_federee', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identite_federee_compte_id'))

    op.drop_table('identite_federee')
    with op.batch_alter_table('courriel_sortant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_courriel_sortant_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_courriel_sortant_cree_le'))
        batch_op.drop_index(batch_op.f('ix_courriel_sortant_compte_id'))

    op.drop_table('courriel_sortant')
    with op.batch_alter_table('code_de_secours', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_code_de_secours_compte_id'))

    op.drop_table('code_de_secours')
    with op.batch_alter_table('avant_connexion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_avant_connexion_expire_le'))

    op.drop_table('avant_connexion')
