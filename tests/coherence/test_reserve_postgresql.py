"""La base PostgreSQL prêtée d'un essai à l'autre : rien de ce qu'on y a écrit, ouvert ou changé n'y survit."""

import psycopg
import pytest
from sqlalchemy import select

from appli.base import BaseSQL
from appli.modeles import METADONNEES
from charte.acteur import Role
from charte.commun.journal import journaliser
from tests.conftest import creer_compte
from tests.reserve_postgresql import adresse_de, preter_une_base

pytestmark = pytest.mark.postgresql


def test_elle_ne_se_prete_pas_deux_fois_a_la_fois(serveur_postgresql: str, modele_postgresql: str) -> None:
    with (
        preter_une_base(serveur_postgresql, modele_postgresql) as une,
        preter_une_base(serveur_postgresql, modele_postgresql) as autre,
    ):
        assert une != autre
    with preter_une_base(serveur_postgresql, modele_postgresql) as rendue:
        assert rendue in (une, autre)


def test_ce_qui_y_fut_ecrit_n_y_reste_pas(serveur_postgresql: str, modele_postgresql: str) -> None:
    acteurs = []
    for _ in range(2):
        with preter_une_base(serveur_postgresql, modele_postgresql) as nom:
            base = BaseSQL(adresse_de(serveur_postgresql, nom))
            with base.lecture() as session:
                pleines = [t.name for t in METADONNEES.sorted_tables if session.execute(select(t).limit(1)).first()]
            assert pleines == []
            acteurs.append((nom, creer_compte(base, "Université", Role.LECTEUR, "essai@quatre-vents.invalid")))
            with base.ecriture() as session:
                journaliser(session, acteurs[-1][1], "essai", "une entrée que la base refuse d'effacer")
            base.fermer()
    assert acteurs[0] == acteurs[1], "la même base, et les mêmes numéros, de un en un"


def test_qui_y_etait_connecte_ne_l_est_plus(serveur_postgresql: str, modele_postgresql: str) -> None:
    with preter_une_base(serveur_postgresql, modele_postgresql) as nom:
        oubliee = psycopg.connect(adresse_de(serveur_postgresql, nom))
        oubliee.execute("LOCK TABLE compte IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(psycopg.OperationalError):
        oubliee.execute("SELECT 1")
    oubliee.close()


@pytest.mark.parametrize(
    "ordre",
    [
        "ALTER TABLE compte ADD COLUMN oubliee text",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "ALTER TABLE formation DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE oubliee (id int)",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_une_base_changee_n_est_pas_reprise(serveur_postgresql: str, modele_postgresql: str, ordre: str) -> None:
    with (
        preter_une_base(serveur_postgresql, modele_postgresql) as nom,
        psycopg.connect(adresse_de(serveur_postgresql, nom)) as connexion,
    ):
        connexion.execute(ordre.encode())
    with preter_une_base(serveur_postgresql, modele_postgresql) as autre:
        assert autre != nom
