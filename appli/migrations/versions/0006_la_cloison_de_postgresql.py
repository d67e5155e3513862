"""La cloison de PostgreSQL : une transaction ne voit que les lignes de son établissement

Révision : 0006
Suit : 0005
"""

from appli.migrations.cloison import oter_la_cloison, poser_la_cloison, poser_la_cloison_du_parent

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

PAR_ETABLISSEMENT = (
    'cfa', 'convention', 'composante', 'formation',
    'campagne', 'grille', 'reponse', 'preuve', 'preuve_citee',
    'depot', 'apprenti', 'parcours', 'contrat',
    'rapport', 'travail', 'journal', 'mandat', 'courriel_sortant', 'effacement',
)


def upgrade() -> None:
    poser_la_cloison('etablissement', colonne='id')
    for table in PAR_ETABLISSEMENT:
        poser_la_cloison(table)
    poser_la_cloison_du_parent('promotion', parent='formation', reference='formation_id')


def downgrade() -> None:
    for table in ('promotion', *reversed(PAR_ETABLISSEMENT), 'etablissement'):
        oter_la_cloison(table)
