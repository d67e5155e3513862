"""les campagnes en dialogue

Révision : 0007
Suit : 0006
"""

import sqlalchemy as sa
from alembic import op

from appli.migrations.cloison import oter_la_cloison, poser_la_cloison

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


# Sur SQLite, refaire une table (batch_alter_table) perd ses déclencheurs : une migration qui en change une les repose.
TABLES = (
    'correspondance_decidee',
    'relance',
    'campagne_formation',
    'fichier_de_preuve',
    'jalon',
    'preuve_de_reference',
    'repondant',
    'revision_des_jalons',
    'risque',
    'action_amelioration',
    'demande_avis',
    'evenement_de_jalon',
    'instantane',
    'presence',
    'preuve_de_jalon',
    'reouverture',
    'avis',
    'preuve_d_action',
    'suivi_d_action',
)
FIGEE = "Cette grille est arrêtée : ses réponses et ses preuves ne changent plus."
SCELLE = "Un instantané ne se modifie ni ne s'efface."
REVISION = "Une révision de fichier ne se modifie pas, et ne s'efface pas tant que sa preuve sert ou a été scellée."
_GRILLE_FIGEE = """EXISTS (
    SELECT 1 FROM grille g JOIN campagne c ON c.id = g.campagne_id
    WHERE g.id = {ligne}.grille_id AND (g.etat = 'arretee' OR c.etat = 'arretee')
)"""
_REOUVERTURE = "NEW.etat = 'ouverte' AND NEW.version = OLD.version + 1 AND NEW.formation_id = OLD.formation_id"
_MEME_FICHIER = (
    "NEW.preuve_id = OLD.preuve_id AND NEW.rang = OLD.rang AND NEW.revision = OLD.revision "
    "AND NEW.empreinte = OLD.empreinte AND NEW.nom = OLD.nom AND NEW.taille = OLD.taille"
)

_PREUVE_QUI_SERT = ' OR '.join(
    f'EXISTS (SELECT 1 FROM {table} WHERE preuve_id = OLD.preuve_id)'
    for table in ('preuve_citee', 'preuve_de_reference', 'preuve_de_jalon', 'preuve_d_action')
) + (
    ' OR EXISTS (SELECT 1 FROM instantane '
    "WHERE etablissement_id = OLD.etablissement_id AND contenu LIKE '%\"' || OLD.empreinte || '\"%')"
)


def _lever(message: str) -> str:
    return message.replace("'", "''")


def _sqlite(nom: str, quand: str, table: str, condition: str, message: str) -> str:
    return (
        f"CREATE TRIGGER {nom} BEFORE {quand} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{_lever(message)}'); END"
    )


def _declencheurs_sqlite() -> list[str]:
    ordres = []
    for table in ('reponse', 'preuve_citee'):
        for quand, lignes in (('INSERT', ('NEW',)), ('UPDATE', ('OLD', 'NEW')), ('DELETE', ('OLD',))):
            condition = ' OR '.join(_GRILLE_FIGEE.format(ligne=ligne) for ligne in lignes)
            ordres.append(_sqlite(f'{table}_figee_{quand.lower()}', quand, table, condition, FIGEE))
    arretee = "OLD.etat = 'arretee'"
    ordres.append(_sqlite('grille_figee_update', 'UPDATE', 'grille', f"{arretee} AND NOT ({_REOUVERTURE})", FIGEE))
    ordres.append(_sqlite('grille_figee_delete', 'DELETE', 'grille', arretee, FIGEE))
    remplace = (
        'EXISTS (SELECT 1 FROM instantane WHERE id = NEW.id '
        'OR (grille_id = NEW.grille_id AND version = NEW.version))'
    )
    for quand, condition in (('UPDATE', '1'), ('DELETE', '1'), ('INSERT', remplace)):
        ordres.append(_sqlite(f'instantane_scelle_{quand.lower()}', quand, 'instantane', condition, SCELLE))
    ordres.append(
        _sqlite('fichier_de_preuve_garde_update', 'UPDATE', 'fichier_de_preuve', f'NOT ({_MEME_FICHIER})', REVISION)
    )
    ordres.append(_sqlite('fichier_de_preuve_garde_delete', 'DELETE', 'fichier_de_preuve', _PREUVE_QUI_SERT, REVISION))
    return ordres


def _fonction(nom: str, corps: str) -> str:
    return f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {corps} END $$"


def _refus(message: str) -> str:
    return f"RAISE EXCEPTION '{_lever(message)}' USING ERRCODE = 'restrict_violation';"


def _declencheurs_postgresql() -> list[str]:
    ancienne, nouvelle = _GRILLE_FIGEE.format(ligne='OLD'), _GRILLE_FIGEE.format(ligne='NEW')
    ordres = [
        _fonction(
            'refuser_sur_une_grille_figee',
            # Le verrou partagé fait attendre l'arrêté les écritures en cours, et celles-ci l'arrêté : rien ne se glisse entre.
            f"IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM grille WHERE id = OLD.grille_id FOR SHARE; "
            f"IF {ancienne} THEN {_refus(FIGEE)} END IF; END IF; "
            f"IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM grille WHERE id = NEW.grille_id FOR SHARE; "
            f"IF {nouvelle} THEN {_refus(FIGEE)} END IF; RETURN NEW; END IF; RETURN OLD;",
        ),
        _fonction(
            'refuser_de_changer_une_grille_figee',
            f"IF OLD.etat <> 'arretee' THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "
            f"IF TG_OP = 'UPDATE' THEN IF {_REOUVERTURE} THEN RETURN NEW; END IF; END IF; {_refus(FIGEE)} RETURN NULL;",
        ),
        _fonction('refuser_de_changer_un_instantane', f"{_refus(SCELLE)} RETURN NULL;"),
        _fonction(
            'refuser_de_changer_une_revision',
            f"IF TG_OP = 'UPDATE' THEN IF {_MEME_FICHIER} THEN RETURN NEW; END IF; "
            f"ELSIF NOT ({_PREUVE_QUI_SERT}) THEN RETURN OLD; END IF; {_refus(REVISION)} RETURN NULL;",
        ),
        """CREATE TRIGGER grille_figee BEFORE UPDATE OR DELETE ON grille
        FOR EACH ROW EXECUTE FUNCTION refuser_de_changer_une_grille_figee()""",
        """CREATE TRIGGER instantane_scelle BEFORE UPDATE OR DELETE ON instantane
        FOR EACH ROW EXECUTE FUNCTION refuser_de_changer_un_instantane()""",
        """CREATE TRIGGER instantane_sans_vidage BEFORE TRUNCATE ON instantane
        FOR EACH STATEMENT EXECUTE FUNCTION refuser_de_changer_un_instantane()""",
        """CREATE TRIGGER fichier_de_preuve_garde BEFORE UPDATE OR DELETE ON fichier_de_preuve
        FOR EACH ROW EXECUTE FUNCTION refuser_de_changer_une_revision()""",
    ]
    for table in ('reponse', 'preuve_citee'):
        ordres.append(
            f"CREATE TRIGGER {table}_figee BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuser_sur_une_grille_figee()"
        )
    return ordres


DECLENCHEURS = {'sqlite': _declencheurs_sqlite, 'postgresql': _declencheurs_postgresql}
FONCTIONS = (
    'refuser_sur_une_grille_figee', 'refuser_de_changer_une_grille_figee', 'refuser_de_changer_un_instantane',
    'refuser_de_changer_une_revision',
)


def _oter_les_declencheurs() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for fonction in FONCTIONS:
            op.execute(f'DROP FUNCTION {fonction}() CASCADE')
        return
    for ordre in _declencheurs_sqlite():
        op.execute('DROP TRIGGER ' + ordre.split()[2])


def upgrade() -> None:
    op.create_table('correspondance_decidee',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('element', sa.String(length=20), nullable=False),
    sa.Column('referentiel', sa.String(length=20), nullable=False),
    sa.Column('edition', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('decision', sa.String(length=20), nullable=False),
    sa.Column('motif', sa.String(length=500), nullable=False),
    sa.Column('decide_par', sa.String(length=200), nullable=False),
    sa.Column('decide_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("decision IN ('confirmee', 'ecartee')", name=op.f('ck_correspondance_decidee_decision')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_correspondance_decidee_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correspondance_decidee')),
    sa.UniqueConstraint('etablissement_id', 'element', 'referentiel', 'edition', 'reference', name=op.f('uq_correspondance_decidee'))
    )
    with op.batch_alter_table('correspondance_decidee', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_correspondance_decidee_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('relance',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('genre', sa.String(length=20), nullable=False),
    sa.Column('objet_id', sa.Integer(), nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('motif', sa.String(length=60), nullable=False),
    sa.Column('envoyee_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_relance_compte_id_compte'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_relance_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_relance')),
    sa.UniqueConstraint('genre', 'objet_id', 'compte_id', 'motif', name=op.f('uq_relance_genre_objet_id_compte_id_motif'))
    )
    with op.batch_alter_table('relance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_relance_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_relance_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('campagne_formation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('campagne_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('echeance', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['campagne_id'], ['campagne.id'], name=op.f('fk_campagne_formation_campagne_id_campagne'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_campagne_formation_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_campagne_formation_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campagne_formation')),
    sa.UniqueConstraint('campagne_id', 'formation_id', name=op.f('uq_campagne_formation_campagne_id_formation_id'))
    )
    with op.batch_alter_table('campagne_formation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campagne_formation_campagne_id'), ['campagne_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_campagne_formation_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_campagne_formation_formation_id'), ['formation_id'], unique=False)

    op.create_table('fichier_de_preuve',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('preuve_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('nom', sa.String(length=200), nullable=False),
    sa.Column('type_mime', sa.String(length=100), nullable=False),
    sa.Column('taille', sa.Integer(), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('piece', sa.String(length=80), nullable=False),
    sa.Column('depose_par', sa.String(length=200), nullable=False),
    sa.Column('depose_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retire_le', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_fichier_de_preuve_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['preuve_id'], ['preuve.id'], name=op.f('fk_fichier_de_preuve_preuve_id_preuve'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fichier_de_preuve')),
    sa.UniqueConstraint('preuve_id', 'rang', 'revision', name=op.f('uq_fichier_de_preuve_preuve_id_rang_revision'))
    )
    with op.batch_alter_table('fichier_de_preuve', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fichier_de_preuve_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_fichier_de_preuve_preuve_id'), ['preuve_id'], unique=False)

    op.create_table('jalon',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('poste', sa.Integer(), nullable=False),
    sa.Column('nature', sa.String(length=10), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(length=20), nullable=True),
    sa.Column('intitule', sa.String(length=500), nullable=False),
    sa.Column('preuve_attendue', sa.String(length=500), nullable=False),
    sa.Column('indicateur', sa.String(length=60), nullable=True),
    sa.Column('sens', sa.String(length=10), nullable=True),
    sa.Column('valeur_visee', sa.Float(), nullable=True),
    sa.Column('echeance', sa.Date(), nullable=True),
    sa.Column('porteur', sa.String(length=120), nullable=False),
    sa.Column('moyens', sa.String(length=1000), nullable=False),
    sa.Column('origine', sa.String(length=60), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('convenu_le', sa.Date(), nullable=True),
    sa.Column('convenu_par', sa.String(length=200), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('atteint_le', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("etat <> 'atteint' OR atteint_le IS NOT NULL", name=op.f('ck_jalon_atteint')),
    sa.CheckConstraint("etat = 'propose' OR etat = 'abandonne' OR convenu_le IS NOT NULL", name=op.f('ck_jalon_convenu')),
    sa.CheckConstraint("etat IN ('propose', 'convenu', 'atteint', 'reporte', 'abandonne')", name=op.f('ck_jalon_etat')),
    sa.CheckConstraint("etat NOT IN ('reporte', 'abandonne') OR length(motif) > 0", name=op.f('ck_jalon_motive')),
    sa.CheckConstraint("nature IN ('jalon', 'cible')", name=op.f('ck_jalon_nature')),
    sa.CheckConstraint("sens IS NULL OR sens IN ('au_moins', 'au_plus')", name=op.f('ck_jalon_sens')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_jalon_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_jalon_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jalon'))
    )
    with op.batch_alter_table('jalon', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jalon_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_jalon_formation_id'), ['formation_id'], unique=False)

    op.create_table('preuve_de_reference',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('preuve_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('referentiel', sa.String(length=20), nullable=False),
    sa.Column('edition', sa.String(length=20), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('emplacement', sa.String(length=200), nullable=False),
    sa.Column('rattache_par', sa.String(length=200), nullable=False),
    sa.Column('rattache_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_preuve_de_reference_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['preuve_id'], ['preuve.id'], name=op.f('fk_preuve_de_reference_preuve_id_preuve'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preuve_de_reference')),
    sa.UniqueConstraint('preuve_id', 'referentiel', 'edition', 'reference', name=op.f('uq_preuve_de_reference_preuve_id_referentiel_edition_reference'))
    )
    with op.batch_alter_table('preuve_de_reference', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_preuve_de_reference_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_preuve_de_reference_preuve_id'), ['preuve_id'], unique=False)

    op.create_table('repondant',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('campagne_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('partie', sa.String(length=20), nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("partie IN ('concertee', 'etablissement', 'cfa')", name=op.f('ck_repondant_partie')),
    sa.ForeignKeyConstraint(['campagne_id'], ['campagne.id'], name=op.f('fk_repondant_campagne_id_campagne'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_repondant_compte_id_compte'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_repondant_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_repondant_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repondant')),
    sa.UniqueConstraint('campagne_id', 'formation_id', 'partie', 'compte_id', name=op.f('uq_repondant_campagne_id_formation_id_partie_compte_id'))
    )
    with op.batch_alter_table('repondant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_repondant_campagne_id'), ['campagne_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repondant_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repondant_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repondant_formation_id'), ['formation_id'], unique=False)

    op.create_table('revision_des_jalons',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('conclusion', sa.String(length=5000), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('faite_le', sa.Date(), nullable=True),
    sa.CheckConstraint("etat IN ('en_cours', 'faite')", name=op.f('ck_revision_des_jalons_etat')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_revision_des_jalons_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_revision_des_jalons_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision_des_jalons')),
    sa.UniqueConstraint('formation_id', 'annee', name=op.f('uq_revision_des_jalons_formation_id_annee'))
    )
    with op.batch_alter_table('revision_des_jalons', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_revision_des_jalons_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_revision_des_jalons_formation_id'), ['formation_id'], unique=False)

    op.create_table('risque',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('intitule', sa.String(length=300), nullable=False),
    sa.Column('cause', sa.String(length=1000), nullable=False),
    sa.Column('effet', sa.String(length=1000), nullable=False),
    sa.Column('vraisemblance', sa.Integer(), nullable=False),
    sa.Column('gravite', sa.Integer(), nullable=False),
    sa.Column('prevention', sa.String(length=2000), nullable=False),
    sa.Column('porteur', sa.String(length=120), nullable=False),
    sa.Column('origine', sa.String(length=20), nullable=False),
    sa.Column('renvoi', sa.String(length=120), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('motif_cloture', sa.String(length=1000), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("etat IN ('ouvert', 'clos')", name=op.f('ck_risque_etat')),
    sa.CheckConstraint("origine IN ('ecart', 'indicateur', 'reclamation', 'autre')", name=op.f('ck_risque_origine')),
    sa.CheckConstraint('gravite BETWEEN 1 AND 4', name=op.f('ck_risque_gravite')),
    sa.CheckConstraint('vraisemblance BETWEEN 1 AND 4', name=op.f('ck_risque_vraisemblance')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_risque_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_risque_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_risque'))
    )
    with op.batch_alter_table('risque', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_risque_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_risque_formation_id'), ['formation_id'], unique=False)

    op.create_table('action_amelioration',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('intitule', sa.String(length=300), nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=False),
    sa.Column('origine', sa.String(length=20), nullable=False),
    sa.Column('renvoi', sa.String(length=120), nullable=False),
    sa.Column('element', sa.String(length=20), nullable=True),
    sa.Column('indicateur', sa.String(length=60), nullable=True),
    sa.Column('jalon_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('risque_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('gravite', sa.String(length=20), nullable=True),
    sa.Column('constate_le', sa.Date(), nullable=True),
    sa.Column('porteur', sa.String(length=120), nullable=False),
    sa.Column('porteur_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('echeance', sa.Date(), nullable=True),
    sa.Column('priorite', sa.String(length=10), nullable=False),
    sa.Column('moyens', sa.String(length=1000), nullable=False),
    sa.Column('effet_attendu', sa.String(length=1000), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('effet_constate', sa.String(length=20), nullable=True),
    sa.Column('reevaluation', sa.String(length=2000), nullable=False),
    sa.Column('close_le', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('cree_par', sa.String(length=200), nullable=False),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("effet_constate IS NULL OR effet_constate IN ('obtenu', 'en_partie', 'sans_effet')", name=op.f('ck_action_amelioration_effet_constate')),
    sa.CheckConstraint("etat <> 'close' OR (close_le IS NOT NULL AND effet_constate IS NOT NULL AND length(reevaluation) > 0)", name=op.f('ck_action_amelioration_close_et_reevaluee')),
    sa.CheckConstraint("etat IN ('a_faire', 'en_cours', 'close', 'abandonnee')", name=op.f('ck_action_amelioration_etat')),
    sa.CheckConstraint("gravite IS NULL OR gravite IN ('mineure', 'majeure')", name=op.f('ck_action_amelioration_gravite')),
    sa.CheckConstraint("origine IN ('ecart', 'indicateur', 'decision', 'reclamation', 'audit', 'risque', 'jalon')", name=op.f('ck_action_amelioration_origine')),
    sa.CheckConstraint("priorite IN ('haute', 'moyenne', 'basse')", name=op.f('ck_action_amelioration_priorite')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_action_amelioration_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_action_amelioration_formation_id_formation'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['jalon_id'], ['jalon.id'], name=op.f('fk_action_amelioration_jalon_id_jalon'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['porteur_id'], ['compte.id'], name=op.f('fk_action_amelioration_porteur_id_compte'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['risque_id'], ['risque.id'], name=op.f('fk_action_amelioration_risque_id_risque'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action_amelioration'))
    )
    with op.batch_alter_table('action_amelioration', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_action_amelioration_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_amelioration_formation_id'), ['formation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_amelioration_jalon_id'), ['jalon_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_amelioration_porteur_id'), ['porteur_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_action_amelioration_risque_id'), ['risque_id'], unique=False)

    op.create_table('demande_avis',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grille_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('public', sa.String(length=20), nullable=False),
    sa.Column('repere', sa.String(length=120), nullable=False),
    sa.Column('courriel', sa.LargeBinary(), nullable=True),
    sa.Column('jeton', sa.String(length=64), nullable=False),
    sa.Column('elements', sa.JSON(), nullable=False),
    sa.Column('echeance', sa.Date(), nullable=False),
    sa.Column('demande_par', sa.String(length=200), nullable=False),
    sa.Column('demande_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rendu_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retire_le', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("public IN ('apprentis', 'employeurs')", name=op.f('ck_demande_avis_public')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_demande_avis_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grille_id'], ['grille.id'], name=op.f('fk_demande_avis_grille_id_grille'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_demande_avis')),
    sa.UniqueConstraint('jeton', name=op.f('uq_demande_avis_jeton'))
    )
    with op.batch_alter_table('demande_avis', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_demande_avis_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_demande_avis_grille_id'), ['grille_id'], unique=False)

    op.create_table('evenement_de_jalon',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('jalon_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('le', sa.Date(), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('echeance', sa.Date(), nullable=True),
    sa.Column('intitule', sa.String(length=500), nullable=False),
    sa.Column('indicateur_pertinent', sa.Boolean(), nullable=True),
    sa.Column('auteur', sa.String(length=200), nullable=False),
    sa.Column('note_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_evenement_de_jalon_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['jalon_id'], ['jalon.id'], name=op.f('fk_evenement_de_jalon_jalon_id_jalon'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['revision_id'], ['revision_des_jalons.id'], name=op.f('fk_evenement_de_jalon_revision_id_revision_des_jalons'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evenement_de_jalon'))
    )
    with op.batch_alter_table('evenement_de_jalon', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evenement_de_jalon_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evenement_de_jalon_jalon_id'), ['jalon_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evenement_de_jalon_revision_id'), ['revision_id'], unique=False)

    op.create_table('instantane',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grille_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('contenu', sa.Text(), nullable=False),
    sa.Column('niveaux', sa.String(length=2000), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('arrete_par', sa.String(length=200), nullable=False),
    sa.Column('arrete_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_instantane_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grille_id'], ['grille.id'], name=op.f('fk_instantane_grille_id_grille'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instantane')),
    sa.UniqueConstraint('grille_id', 'version', name=op.f('uq_instantane_grille_id_version'))
    )
    with op.batch_alter_table('instantane', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_instantane_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_instantane_grille_id'), ['grille_id'], unique=False)

    op.create_table('presence',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grille_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('nom', sa.String(length=200), nullable=False),
    sa.Column('poste', sa.Integer(), nullable=True),
    sa.Column('vu_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['compte_id'], ['compte.id'], name=op.f('fk_presence_compte_id_compte'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_presence_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grille_id'], ['grille.id'], name=op.f('fk_presence_grille_id_grille'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_presence')),
    sa.UniqueConstraint('grille_id', 'compte_id', name=op.f('uq_presence_grille_id_compte_id'))
    )
    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_presence_compte_id'), ['compte_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_presence_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_presence_grille_id'), ['grille_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_presence_vu_le'), ['vu_le'], unique=False)

    op.create_table('preuve_de_jalon',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('preuve_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('jalon_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emplacement', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_preuve_de_jalon_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['jalon_id'], ['jalon.id'], name=op.f('fk_preuve_de_jalon_jalon_id_jalon'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['preuve_id'], ['preuve.id'], name=op.f('fk_preuve_de_jalon_preuve_id_preuve'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preuve_de_jalon')),
    sa.UniqueConstraint('preuve_id', 'jalon_id', name=op.f('uq_preuve_de_jalon_preuve_id_jalon_id'))
    )
    with op.batch_alter_table('preuve_de_jalon', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_preuve_de_jalon_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_preuve_de_jalon_jalon_id'), ['jalon_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_preuve_de_jalon_preuve_id'), ['preuve_id'], unique=False)

    op.create_table('reouverture',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('grille_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('rouverte_par', sa.String(length=200), nullable=False),
    sa.Column('rouverte_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_reouverture_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grille_id'], ['grille.id'], name=op.f('fk_reouverture_grille_id_grille'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reouverture')),
    sa.UniqueConstraint('grille_id', 'version', name=op.f('uq_reouverture_grille_id_version'))
    )
    with op.batch_alter_table('reouverture', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reouverture_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reouverture_grille_id'), ['grille_id'], unique=False)

    op.create_table('avis',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('demande_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('element', sa.String(length=20), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('commentaire', sa.String(length=2000), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('donne_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("etat IN ('tenu', 'en_partie', 'non_tenu', 'ne_sait_pas')", name=op.f('ck_avis_etat')),
    sa.ForeignKeyConstraint(['demande_id'], ['demande_avis.id'], name=op.f('fk_avis_demande_id_demande_avis'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_avis_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_avis')),
    sa.UniqueConstraint('demande_id', 'element', name=op.f('uq_avis_demande_id_element'))
    )
    with op.batch_alter_table('avis', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_avis_demande_id'), ['demande_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_avis_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('preuve_d_action',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('preuve_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('action_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('emplacement', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['action_amelioration.id'], name=op.f('fk_preuve_d_action_action_id_action_amelioration'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_preuve_d_action_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['preuve_id'], ['preuve.id'], name=op.f('fk_preuve_d_action_preuve_id_preuve'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_preuve_d_action')),
    sa.UniqueConstraint('preuve_id', 'action_id', name=op.f('uq_preuve_d_action_preuve_id_action_id'))
    )
    with op.batch_alter_table('preuve_d_action', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_preuve_d_action_action_id'), ['action_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_preuve_d_action_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_preuve_d_action_preuve_id'), ['preuve_id'], unique=False)

    op.create_table('suivi_d_action',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('action_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('texte', sa.String(length=2000), nullable=False),
    sa.Column('auteur', sa.String(length=200), nullable=False),
    sa.Column('note_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['action_amelioration.id'], name=op.f('fk_suivi_d_action_action_id_action_amelioration'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_suivi_d_action_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suivi_d_action'))
    )
    with op.batch_alter_table('suivi_d_action', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suivi_d_action_action_id'), ['action_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_suivi_d_action_etablissement_id'), ['etablissement_id'], unique=False)

    with op.batch_alter_table('campagne', schema=None) as batch_op:
        batch_op.add_column(sa.Column('toutes_formations', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('echeance_positions', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('echeance_concertation', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('relances', sa.String(length=60), nullable=False, server_default='14,3,-1'))
        batch_op.add_column(sa.Column('consigne', sa.String(length=2000), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))

    with op.batch_alter_table('grille', schema=None) as batch_op:
        batch_op.add_column(sa.Column('etat', sa.String(length=20), nullable=False, server_default='ouverte'))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.create_check_constraint(batch_op.f('ck_grille_etat'), "etat IN ('ouverte', 'arretee')")

    with op.batch_alter_table('preuve', schema=None) as batch_op:
        batch_op.add_column(sa.Column('date_fin', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('proprietaire', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('partagee', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('compte_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index(batch_op.f('ix_preuve_compte_id'), ['compte_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_preuve_compte_id_compte'), 'compte', ['compte_id'], ['id'], ondelete='RESTRICT')
        batch_op.create_check_constraint(
            batch_op.f('ck_preuve_dates'), 'date_fin IS NULL OR date_effet IS NULL OR date_fin >= date_effet'
        )

    with op.batch_alter_table('preuve_citee', schema=None) as batch_op:
        batch_op.add_column(sa.Column('emplacement', sa.String(length=200), nullable=False, server_default=''))

    with op.batch_alter_table('reponse', schema=None) as batch_op:
        batch_op.add_column(sa.Column('a_confirmer', sa.Boolean(), nullable=False, server_default=sa.false()))

    for table in TABLES:
        poser_la_cloison(table)
    for ordre in DECLENCHEURS[op.get_bind().dialect.name]():
        op.execute(ordre)


def downgrade() -> None:
    _oter_les_declencheurs()
    for table in reversed(TABLES):
        oter_la_cloison(table)

    with op.batch_alter_table('reponse', schema=None) as batch_op:
        batch_op.drop_column('a_confirmer')

    with op.batch_alter_table('preuve_citee', schema=None) as batch_op:
        batch_op.drop_column('emplacement')

    with op.batch_alter_table('preuve', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_preuve_dates'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_preuve_compte_id_compte'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_preuve_compte_id'))
        batch_op.drop_column('compte_id')
        batch_op.drop_column('version')
        batch_op.drop_column('partagee')
        batch_op.drop_column('proprietaire')
        batch_op.drop_column('date_fin')

    with op.batch_alter_table('grille', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_grille_etat'), type_='check')
        batch_op.drop_column('version')
        batch_op.drop_column('etat')

    with op.batch_alter_table('campagne', schema=None) as batch_op:
        batch_op.drop_column('version')
        batch_op.drop_column('consigne')
        batch_op.drop_column('relances')
        batch_op.drop_column('echeance_concertation')
        batch_op.drop_column('echeance_positions')
        batch_op.drop_column('toutes_formations')

    with op.batch_alter_table('suivi_d_action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_suivi_d_action_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_suivi_d_action_action_id'))

    op.drop_table('suivi_d_action')
    with op.batch_alter_table('preuve_d_action', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_preuve_d_action_preuve_id'))
        batch_op.drop_index(batch_op.f('ix_preuve_d_action_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_preuve_d_action_action_id'))

    op.drop_table('preuve_d_action')
    with op.batch_alter_table('avis', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_avis_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_avis_demande_id'))

    op.drop_table('avis')
    with op.batch_alter_table('reouverture', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reouverture_grille_id'))
        batch_op.drop_index(batch_op.f('ix_reouverture_etablissement_id'))

    op.drop_table('reouverture')
    with op.batch_alter_table('preuve_de_jalon', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_preuve_de_jalon_preuve_id'))
        batch_op.drop_index(batch_op.f('ix_preuve_de_jalon_jalon_id'))
        batch_op.drop_index(batch_op.f('ix_preuve_de_jalon_etablissement_id'))

    op.drop_table('preuve_de_jalon')
    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_presence_vu_le'))
        batch_op.drop_index(batch_op.f('ix_presence_grille_id'))
        batch_op.drop_index(batch_op.f('ix_presence_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_presence_compte_id'))

    op.drop_table('presence')
    with op.batch_alter_table('instantane', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_instantane_grille_id'))
        batch_op.drop_index(batch_op.f('ix_instantane_etablissement_id'))

    op.drop_table('instantane')
    with op.batch_alter_table('evenement_de_jalon', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evenement_de_jalon_jalon_id'))
        batch_op.drop_index(batch_op.f('ix_evenement_de_jalon_etablissement_id'))

    op.drop_table('evenement_de_jalon')
    with op.batch_alter_table('demande_avis', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_demande_avis_grille_id'))
        batch_op.drop_index(batch_op.f('ix_demande_avis_etablissement_id'))

    op.drop_table('demande_avis')
    with op.batch_alter_table('action_amelioration', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_action_amelioration_risque_id'))
        batch_op.drop_index(batch_op.f('ix_action_amelioration_porteur_id'))
        batch_op.drop_index(batch_op.f('ix_action_amelioration_jalon_id'))
        batch_op.drop_index(batch_op.f('ix_action_amelioration_formation_id'))
        batch_op.drop_index(batch_op.f('ix_action_amelioration_etablissement_id'))

    op.drop_table('action_amelioration')
    with op.batch_alter_table('risque', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_risque_formation_id'))
        batch_op.drop_index(batch_op.f('ix_risque_etablissement_id'))

    op.drop_table('risque')
    with op.batch_alter_table('revision_des_jalons', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_revision_des_jalons_formation_id'))
        batch_op.drop_index(batch_op.f('ix_revision_des_jalons_etablissement_id'))

    op.drop_table('revision_des_jalons')
    with op.batch_alter_table('repondant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_repondant_formation_id'))
        batch_op.drop_index(batch_op.f('ix_repondant_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_repondant_compte_id'))
        batch_op.drop_index(batch_op.f('ix_repondant_campagne_id'))

    op.drop_table('repondant')
    with op.batch_alter_table('preuve_de_reference', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_preuve_de_reference_preuve_id'))
        batch_op.drop_index(batch_op.f('ix_preuve_de_reference_etablissement_id'))

    op.drop_table('preuve_de_reference')
    with op.batch_alter_table('jalon', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jalon_formation_id'))
        batch_op.drop_index(batch_op.f('ix_jalon_etablissement_id'))

    op.drop_table('jalon')
    with op.batch_alter_table('fichier_de_preuve', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_fichier_de_preuve_preuve_id'))
        batch_op.drop_index(batch_op.f('ix_fichier_de_preuve_etablissement_id'))

    op.drop_table('fichier_de_preuve')
    with op.batch_alter_table('campagne_formation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_campagne_formation_formation_id'))
        batch_op.drop_index(batch_op.f('ix_campagne_formation_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_campagne_formation_campagne_id'))

    op.drop_table('campagne_formation')
    with op.batch_alter_table('relance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_relance_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_relance_compte_id'))

    op.drop_table('relance')
    with op.batch_alter_table('correspondance_decidee', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_correspondance_decidee_etablissement_id'))

    op.drop_table('correspondance_decidee')
    