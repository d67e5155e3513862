"""la chaîne des indicateurs

Révision : 0008
Suit : 0007
"""

import sqlalchemy as sa
from alembic import op

from appli.migrations.cloison import oter_la_cloison, poser_la_cloison

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

TABLES = (
    'correspondance_de_colonnes', 'publication', 'revue', 'note_de_revue', 'objectif', 'enquete', 'palier_d_objectif',
    'repere_importe', 'valeur_de_source', 'heures', 'note_de_satisfaction', 'rencontre', 'resultat', 'situation',
    'retour_de_campagne',
)
REVUE = "Cette revue est arrêtée : elle ne change plus."
PUBLIEE = "Une publication ne se modifie ni ne s'efface : elle se retire, ou une autre la remplace."
_MEME_PUBLICATION = ' AND '.join(
    f'NEW.{c} = OLD.{c}' for c in ('contenu', 'empreinte', 'cfa_id', 'annee', 'rang', 'adresse', 'publiee_le')
) + ' AND (OLD.retiree_le IS NULL OR (NEW.retiree_le IS NOT NULL AND NEW.retiree_le = OLD.retiree_le))'
_REVUE_ARRETEE = "EXISTS (SELECT 1 FROM revue r WHERE r.id = {ligne}.revue_id AND r.etat = 'arretee')"


def _texte(message: str) -> str:
    return message.replace("'", "''")


def _sqlite(nom: str, quand: str, table: str, condition: str, message: str) -> str:
    return (
        f"CREATE TRIGGER {nom} BEFORE {quand} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{_texte(message)}'); END"
    )


def _declencheurs_sqlite() -> list[str]:
    ordres = [
        _sqlite('revue_scellee_update', 'UPDATE', 'revue', "OLD.etat = 'arretee'", REVUE),
        _sqlite('revue_scellee_delete', 'DELETE', 'revue', "OLD.etat = 'arretee'", REVUE),
        _sqlite('publication_scellee_update', 'UPDATE', 'publication', f'NOT ({_MEME_PUBLICATION})', PUBLIEE),
        _sqlite('publication_scellee_delete', 'DELETE', 'publication', '1', PUBLIEE),
    ]
    for quand, lignes in (('INSERT', ('NEW',)), ('UPDATE', ('OLD', 'NEW')), ('DELETE', ('OLD',))):
        condition = ' OR '.join(_REVUE_ARRETEE.format(ligne=ligne) for ligne in lignes)
        ordres.append(_sqlite(f'note_de_revue_scellee_{quand.lower()}', quand, 'note_de_revue', condition, REVUE))
    return ordres


def _fonction(nom: str, corps: str) -> str:
    return f"CREATE FUNCTION {nom}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {corps} END $$"


def _refus(message: str) -> str:
    return f"RAISE EXCEPTION '{_texte(message)}' USING ERRCODE = 'restrict_violation';"


def _declencheurs_postgresql() -> list[str]:
    rendre = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
    return [
        _fonction(
            'refuser_de_changer_une_revue_arretee',
            f"IF OLD.etat = 'arretee' THEN {_refus(REVUE)} END IF; {rendre}",
        ),
        _fonction(
            'refuser_sur_une_revue_arretee',
            # Le verrou partagé fait attendre l'arrêté les notes en cours d'écriture, et celles-ci l'arrêté.
            "IF TG_OP <> 'INSERT' THEN PERFORM 1 FROM revue WHERE id = OLD.revue_id FOR SHARE; "
            f"IF {_REVUE_ARRETEE.format(ligne='OLD')} THEN {_refus(REVUE)} END IF; END IF; "
            "IF TG_OP <> 'DELETE' THEN PERFORM 1 FROM revue WHERE id = NEW.revue_id FOR SHARE; "
            f"IF {_REVUE_ARRETEE.format(ligne='NEW')} THEN {_refus(REVUE)} END IF; END IF; {rendre}",
        ),
        _fonction(
            'refuser_de_changer_une_publication',
            f"IF TG_OP = 'UPDATE' THEN IF {_MEME_PUBLICATION} THEN RETURN NEW; END IF; END IF; "
            f"{_refus(PUBLIEE)} RETURN NULL;",
        ),
        "CREATE TRIGGER revue_scellee BEFORE UPDATE OR DELETE ON revue "
        "FOR EACH ROW EXECUTE FUNCTION refuser_de_changer_une_revue_arretee()",
        "CREATE TRIGGER note_de_revue_scellee BEFORE INSERT OR UPDATE OR DELETE ON note_de_revue "
        "FOR EACH ROW EXECUTE FUNCTION refuser_sur_une_revue_arretee()",
        "CREATE TRIGGER publication_scellee BEFORE UPDATE OR DELETE ON publication "
        "FOR EACH ROW EXECUTE FUNCTION refuser_de_changer_une_publication()",
        "CREATE TRIGGER publication_sans_vidage BEFORE TRUNCATE ON publication "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuser_de_changer_une_publication()",
    ]


DECLENCHEURS = {'sqlite': _declencheurs_sqlite, 'postgresql': _declencheurs_postgresql}
FONCTIONS = (
    'refuser_de_changer_une_revue_arretee', 'refuser_sur_une_revue_arretee', 'refuser_de_changer_une_publication',
)


def _oter_les_declencheurs() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        for fonction in FONCTIONS:
            op.execute(f'DROP FUNCTION {fonction}() CASCADE')
        return
    for ordre in _declencheurs_sqlite():
        op.execute('DROP TRIGGER ' + ordre.split()[2])


def upgrade() -> None:
    op.create_table('correspondance_de_colonnes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('nom', sa.String(length=120), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('colonnes', sa.JSON(), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['cfa_id'], ['cfa.id'], name=op.f('fk_correspondance_de_colonnes_cfa_id_cfa'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_correspondance_de_colonnes_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correspondance_de_colonnes'))
    )
    with op.batch_alter_table('correspondance_de_colonnes', schema=None) as batch_op:
        batch_op.create_index('ix_correspondance_d_un_cfa', ['cfa_id', 'nom'], unique=True)
        batch_op.create_index('ix_correspondance_de_l_etablissement', ['etablissement_id', 'nom'], unique=True, sqlite_where=sa.text('cfa_id IS NULL'), postgresql_where=sa.text('cfa_id IS NULL'))
        batch_op.create_index(batch_op.f('ix_correspondance_de_colonnes_empreinte'), ['empreinte'], unique=False)
        batch_op.create_index(batch_op.f('ix_correspondance_de_colonnes_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('publication',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('adresse', sa.String(length=80), nullable=False),
    sa.Column('observee_le', sa.Date(), nullable=False),
    sa.Column('contenu', sa.Text(), nullable=False),
    sa.Column('empreinte', sa.String(length=64), nullable=False),
    sa.Column('publiee_par', sa.String(length=200), nullable=False),
    sa.Column('publiee_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retiree_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.CheckConstraint('retiree_le IS NULL OR length(motif) > 0', name=op.f('ck_publication_retrait_motive')),
    sa.ForeignKeyConstraint(['cfa_id'], ['cfa.id'], name=op.f('fk_publication_cfa_id_cfa'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_publication_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publication')),
    sa.UniqueConstraint('etablissement_id', 'cfa_id', 'annee', 'rang', name=op.f('uq_publication_etablissement_id_cfa_id_annee_rang'))
    )
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publication_adresse'), ['adresse'], unique=False)
        batch_op.create_index(batch_op.f('ix_publication_cfa_id'), ['cfa_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_publication_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('revue',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('observee_le', sa.Date(), nullable=False),
    sa.Column('etat', sa.String(length=20), nullable=False),
    sa.Column('donnees_completes', sa.Boolean(), nullable=True),
    sa.Column('note_donnees', sa.String(length=2000), nullable=False),
    sa.Column('definitions_justes', sa.Boolean(), nullable=True),
    sa.Column('note_definitions', sa.String(length=2000), nullable=False),
    sa.Column('conclusion', sa.String(length=5000), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('contenu', sa.Text(), nullable=True),
    sa.Column('empreinte', sa.String(length=64), nullable=True),
    sa.Column('arretee_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arretee_par', sa.String(length=200), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("etat <> 'arretee' OR (contenu IS NOT NULL AND empreinte IS NOT NULL)", name=op.f('ck_revue_scellee')),
    sa.CheckConstraint("etat IN ('ouverte', 'arretee')", name=op.f('ck_revue_etat')),
    sa.ForeignKeyConstraint(['cfa_id'], ['cfa.id'], name=op.f('fk_revue_cfa_id_cfa'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_revue_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revue'))
    )
    with op.batch_alter_table('revue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_revue_cfa_id'), ['cfa_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_revue_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('note_de_revue',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revue_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('indicateur', sa.String(length=60), nullable=False),
    sa.Column('avis', sa.String(length=20), nullable=False),
    sa.Column('commentaire', sa.String(length=5000), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("avis IN ('a_voir', 'garder', 'revoir', 'agir')", name=op.f('ck_note_de_revue_avis')),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_note_de_revue_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['revue_id'], ['revue.id'], name=op.f('fk_note_de_revue_revue_id_revue'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note_de_revue')),
    sa.UniqueConstraint('revue_id', 'indicateur', name=op.f('uq_note_de_revue_revue_id_indicateur'))
    )
    with op.batch_alter_table('note_de_revue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_note_de_revue_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_note_de_revue_revue_id'), ['revue_id'], unique=False)

    op.create_table('objectif',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('cfa_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('indicateur', sa.String(length=60), nullable=False),
    sa.Column('definition', sa.String(length=80), nullable=False),
    sa.Column('reference_valeur', sa.Float(), nullable=True),
    sa.Column('reference_periode', sa.String(length=20), nullable=False),
    sa.Column('cible', sa.Float(), nullable=False),
    sa.Column('echeance', sa.Date(), nullable=False),
    sa.Column('convenu_par', sa.String(length=200), nullable=False),
    sa.Column('convenu_le', sa.Date(), nullable=False),
    sa.Column('instance', sa.String(length=200), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('remplace_par_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('retire_le', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('modifie_par', sa.String(length=200), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('formation_id IS NULL OR cfa_id IS NULL', name=op.f('ck_objectif_un_seul_perimetre')),
    sa.CheckConstraint('retire_le IS NULL OR length(motif) > 0', name=op.f('ck_objectif_retrait_motive')),
    sa.ForeignKeyConstraint(['cfa_id'], ['cfa.id'], name=op.f('fk_objectif_cfa_id_cfa'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_objectif_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_objectif_formation_id_formation'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['remplace_par_id'], ['objectif.id'], name=op.f('fk_objectif_remplace_par_id_objectif'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objectif'))
    )
    with op.batch_alter_table('objectif', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_objectif_cfa_id'), ['cfa_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objectif_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objectif_formation_id'), ['formation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objectif_indicateur'), ['indicateur'], unique=False)
        batch_op.create_index(batch_op.f('ix_objectif_remplace_par_id'), ['remplace_par_id'], unique=False)

    op.create_table('enquete',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('formation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('public', sa.String(length=20), nullable=False),
    sa.Column('sollicites', sa.Integer(), nullable=True),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint("public IN ('apprentis', 'maitres', 'tuteurs', 'employeurs')", name=op.f('ck_enquete_public')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_enquete_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_enquete_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['formation_id'], ['formation.id'], name=op.f('fk_enquete_formation_id_formation'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enquete')),
    sa.UniqueConstraint('formation_id', 'annee', 'public', name=op.f('uq_enquete_formation_id_annee_public'))
    )
    with op.batch_alter_table('enquete', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enquete_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_enquete_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_enquete_formation_id'), ['formation_id'], unique=False)

    op.create_table('palier_d_objectif',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('objectif_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('valeur', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_palier_d_objectif_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['objectif_id'], ['objectif.id'], name=op.f('fk_palier_d_objectif_objectif_id_objectif'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_palier_d_objectif')),
    sa.UniqueConstraint('objectif_id', 'annee', name=op.f('uq_palier_d_objectif_objectif_id_annee'))
    )
    with op.batch_alter_table('palier_d_objectif', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_palier_d_objectif_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_palier_d_objectif_objectif_id'), ['objectif_id'], unique=False)

    op.create_table('repere_importe',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('jeu', sa.String(length=40), nullable=False),
    sa.Column('schema', sa.String(length=4), nullable=False),
    sa.Column('millesime', sa.String(length=40), nullable=False),
    sa.Column('perimetre', sa.String(length=60), nullable=False),
    sa.Column('libelle', sa.String(length=300), nullable=False),
    sa.Column('diplome', sa.String(length=200), nullable=False),
    sa.Column('population', sa.String(length=60), nullable=False),
    sa.Column('champ', sa.String(length=300), nullable=False),
    sa.Column('indicateur', sa.String(length=60), nullable=False),
    sa.Column('mois', sa.Integer(), nullable=False),
    sa.Column('valeur', sa.Float(), nullable=True),
    sa.Column('numerateur', sa.Integer(), nullable=True),
    sa.Column('denominateur', sa.Integer(), nullable=True),
    sa.Column('marqueur', sa.String(length=10), nullable=False),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_repere_importe_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_repere_importe_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repere_importe')),
    sa.UniqueConstraint('etablissement_id', 'jeu', 'millesime', 'perimetre', 'diplome', 'population', 'champ', 'indicateur', 'mois', name=op.f('uq_repere_importe_etablissement_id_jeu_millesime_perimetre_diplome_population_champ_indicateur_mois'))
    )
    with op.batch_alter_table('repere_importe', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_repere_importe_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_repere_importe_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('valeur_de_source',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('objet', sa.String(length=12), nullable=False),
    sa.Column('objet_id', sa.Integer(), nullable=False),
    sa.Column('champ', sa.String(length=40), nullable=False),
    sa.Column('format', sa.String(length=40), nullable=False),
    sa.Column('valeur', sa.String(length=300), nullable=False),
    sa.Column('retenue', sa.Boolean(), nullable=False),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint("objet IN ('apprenti', 'parcours', 'contrat')", name=op.f('ck_valeur_de_source_objet')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_valeur_de_source_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_valeur_de_source_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_valeur_de_source')),
    sa.UniqueConstraint('objet', 'objet_id', 'champ', 'format', name=op.f('uq_valeur_de_source_objet_objet_id_champ_format'))
    )
    with op.batch_alter_table('valeur_de_source', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_valeur_de_source_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_valeur_de_source_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('heures',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parcours_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('prevues', sa.Float(), nullable=True),
    sa.Column('realisees', sa.Float(), nullable=True),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint('prevues >= 0 AND realisees >= 0', name=op.f('ck_heures_positives')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_heures_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_heures_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['parcours_id'], ['parcours.id'], name=op.f('fk_heures_parcours_id_parcours'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_heures')),
    sa.UniqueConstraint('parcours_id', 'annee', name=op.f('uq_heures_parcours_id_annee'))
    )
    with op.batch_alter_table('heures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_heures_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_heures_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_heures_parcours_id'), ['parcours_id'], unique=False)

    op.create_table('note_de_satisfaction',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('enquete_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('question', sa.String(length=60), nullable=False),
    sa.Column('repondant', sa.Integer(), nullable=False),
    sa.Column('note', sa.Float(), nullable=False),
    sa.Column('note_min', sa.Float(), nullable=False),
    sa.Column('note_max', sa.Float(), nullable=False),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint('note_max > note_min AND note BETWEEN note_min AND note_max', name=op.f('ck_note_de_satisfaction_echelle')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_note_de_satisfaction_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['enquete_id'], ['enquete.id'], name=op.f('fk_note_de_satisfaction_enquete_id_enquete'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_note_de_satisfaction_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note_de_satisfaction')),
    sa.UniqueConstraint('enquete_id', 'question', 'repondant', name=op.f('uq_note_de_satisfaction_enquete_id_question_repondant'))
    )
    with op.batch_alter_table('note_de_satisfaction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_note_de_satisfaction_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_note_de_satisfaction_enquete_id'), ['enquete_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_note_de_satisfaction_etablissement_id'), ['etablissement_id'], unique=False)

    op.create_table('rencontre',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parcours_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('nature', sa.String(length=20), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('prevue_du', sa.Date(), nullable=True),
    sa.Column('prevue_au', sa.Date(), nullable=True),
    sa.Column('tenue_le', sa.Date(), nullable=True),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint("nature IN ('employeur', 'visite', 'validation_mission')", name=op.f('ck_rencontre_nature')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_rencontre_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_rencontre_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['parcours_id'], ['parcours.id'], name=op.f('fk_rencontre_parcours_id_parcours'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rencontre')),
    sa.UniqueConstraint('parcours_id', 'nature', 'rang', name=op.f('uq_rencontre_parcours_id_nature_rang'))
    )
    with op.batch_alter_table('rencontre', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rencontre_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rencontre_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rencontre_parcours_id'), ['parcours_id'], unique=False)

    op.create_table('resultat',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parcours_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('annee', sa.Integer(), nullable=False),
    sa.Column('present', sa.Boolean(), nullable=True),
    sa.Column('admis', sa.Boolean(), nullable=True),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_resultat_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_resultat_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['parcours_id'], ['parcours.id'], name=op.f('fk_resultat_parcours_id_parcours'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resultat')),
    sa.UniqueConstraint('parcours_id', 'annee', name=op.f('uq_resultat_parcours_id_annee'))
    )
    with op.batch_alter_table('resultat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resultat_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resultat_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resultat_parcours_id'), ['parcours_id'], unique=False)

    op.create_table('situation',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('parcours_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mois', sa.Integer(), nullable=False),
    sa.Column('repondu', sa.Boolean(), nullable=False),
    sa.Column('situation', sa.String(length=20), nullable=True),
    sa.Column('type_contrat', sa.String(length=20), nullable=True),
    sa.Column('adequation', sa.Boolean(), nullable=True),
    sa.Column('recherche_mois', sa.Float(), nullable=True),
    sa.Column('depot_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ligne', sa.Integer(), nullable=False),
    sa.CheckConstraint("situation IS NULL OR situation IN ('emploi', 'recherche', 'etudes', 'autre')", name=op.f('ck_situation_situation')),
    sa.CheckConstraint("type_contrat IS NULL OR type_contrat IN ('cdi', 'fonctionnaire', 'cdd', 'alternance', 'independant', 'autre')", name=op.f('ck_situation_contrat')),
    sa.CheckConstraint('mois BETWEEN 1 AND 120', name=op.f('ck_situation_mois')),
    sa.CheckConstraint('recherche_mois IS NULL OR recherche_mois >= 0', name=op.f('ck_situation_recherche')),
    sa.ForeignKeyConstraint(['depot_id'], ['depot.id'], name=op.f('fk_situation_depot_id_depot'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_situation_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['parcours_id'], ['parcours.id'], name=op.f('fk_situation_parcours_id_parcours'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_situation')),
    sa.UniqueConstraint('parcours_id', 'mois', name=op.f('uq_situation_parcours_id_mois'))
    )
    with op.batch_alter_table('situation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_situation_depot_id'), ['depot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_situation_etablissement_id'), ['etablissement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_situation_parcours_id'), ['parcours_id'], unique=False)

    op.create_table('retour_de_campagne',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('etablissement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('campagne_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('depuis', sa.String(length=20), nullable=False),
    sa.Column('vers', sa.String(length=20), nullable=False),
    sa.Column('motif', sa.String(length=2000), nullable=False),
    sa.Column('revenu_par', sa.String(length=200), nullable=False),
    sa.Column('revenu_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('length(motif) > 0', name=op.f('ck_retour_de_campagne_motive')),
    sa.ForeignKeyConstraint(['campagne_id'], ['campagne.id'], name=op.f('fk_retour_de_campagne_campagne_id_campagne'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['etablissement_id'], ['etablissement.id'], name=op.f('fk_retour_de_campagne_etablissement_id_etablissement'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retour_de_campagne'))
    )
    with op.batch_alter_table('retour_de_campagne', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_retour_de_campagne_campagne_id'), ['campagne_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_retour_de_campagne_etablissement_id'), ['etablissement_id'], unique=False)

    with op.batch_alter_table('contrat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('motif_rupture', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('effectif_employeur', sa.Integer(), nullable=True))

    with op.batch_alter_table('depot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('format', sa.String(length=40), nullable=False, server_default='tableau_de_bord_v3'))
        batch_op.add_column(sa.Column('correspondance', sa.JSON(), nullable=True))

    for table in TABLES:
        poser_la_cloison(table)
    for ordre in DECLENCHEURS[op.get_bind().dialect.name]():
        op.execute(ordre)


def downgrade() -> None:
    _oter_les_declencheurs()
    for table in TABLES:
        oter_la_cloison(table)
    with op.batch_alter_table('depot', schema=None) as batch_op:
        batch_op.drop_column('correspondance')
        batch_op.drop_column('format')

    with op.batch_alter_table('contrat', schema=None) as batch_op:
        batch_op.drop_column('effectif_employeur')
        batch_op.drop_column('motif_rupture')

    with op.batch_alter_table('retour_de_campagne', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_retour_de_campagne_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_retour_de_campagne_campagne_id'))

    op.drop_table('retour_de_campagne')
    with op.batch_alter_table('situation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_situation_parcours_id'))
        batch_op.drop_index(batch_op.f('ix_situation_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_situation_depot_id'))

    op.drop_table('situation')
    with op.batch_alter_table('resultat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resultat_parcours_id'))
        batch_op.drop_index(batch_op.f('ix_resultat_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_resultat_depot_id'))

    op.drop_table('resultat')
    with op.batch_alter_table('rencontre', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rencontre_parcours_id'))
        batch_op.drop_index(batch_op.f('ix_rencontre_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_rencontre_depot_id'))

    op.drop_table('rencontre')
    with op.batch_alter_table('note_de_satisfaction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_note_de_satisfaction_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_note_de_satisfaction_enquete_id'))
        batch_op.drop_index(batch_op.f('ix_note_de_satisfaction_depot_id'))

    op.drop_table('note_de_satisfaction')
    with op.batch_alter_table('heures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_heures_parcours_id'))
        batch_op.drop_index(batch_op.f('ix_heures_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_heures_depot_id'))

    op.drop_table('heures')
    with op.batch_alter_table('valeur_de_source', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_valeur_de_source_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_valeur_de_source_depot_id'))

    op.drop_table('valeur_de_source')
    with op.batch_alter_table('repere_importe', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_repere_importe_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_repere_importe_depot_id'))

    op.drop_table('repere_importe')
    with op.batch_alter_table('palier_d_objectif', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_palier_d_objectif_objectif_id'))
        batch_op.drop_index(batch_op.f('ix_palier_d_objectif_etablissement_id'))

    op.drop_table('palier_d_objectif')
    with op.batch_alter_table('enquete', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enquete_formation_id'))
        batch_op.drop_index(batch_op.f('ix_enquete_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_enquete_depot_id'))

    op.drop_table('enquete')
    with op.batch_alter_table('objectif', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_objectif_remplace_par_id'))
        batch_op.drop_index(batch_op.f('ix_objectif_indicateur'))
        batch_op.drop_index(batch_op.f('ix_objectif_formation_id'))
        batch_op.drop_index(batch_op.f('ix_objectif_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_objectif_cfa_id'))

    op.drop_table('objectif')
    with op.batch_alter_table('note_de_revue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_note_de_revue_revue_id'))
        batch_op.drop_index(batch_op.f('ix_note_de_revue_etablissement_id'))

    op.drop_table('note_de_revue')
    with op.batch_alter_table('revue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_revue_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_revue_cfa_id'))

    op.drop_table('revue')
    with op.batch_alter_table('publication', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publication_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_publication_cfa_id'))
        batch_op.drop_index(batch_op.f('ix_publication_adresse'))

    op.drop_table('publication')
    with op.batch_alter_table('correspondance_de_colonnes', schema=None) as batch_op:
        batch_op.drop_index('ix_correspondance_de_l_etablissement')
        batch_op.drop_index('ix_correspondance_d_un_cfa')
        batch_op.drop_index(batch_op.f('ix_correspondance_de_colonnes_etablissement_id'))
        batch_op.drop_index(batch_op.f('ix_correspondance_de_colonnes_empreinte'))

    op.drop_table('correspondance_de_colonnes')
