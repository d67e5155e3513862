"""La base : le schéma suit les modèles, rien ne se perd quand on écrit à plusieurs, rien ne reste d'une erreur."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from appli.base import BaseSQL
from appli.migrations import configuration, migrer
from appli.modeles import SessionWeb
from charte.acteur import Acteur, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal, journaliser
from charte.commun.travaux import demander_travail
from charte.modeles import Etablissement
from tests.conftest import creer_compte

REDACTEURS, ECRITURES = 20, 25


def _verifier_le_schema(base: BaseSQL) -> None:
    with base.moteur.connect() as connexion, connexion.begin():
        command.check(configuration(connexion))


def _compter_a_plusieurs(base: BaseSQL, verrouiller: str = "") -> int:
    """Chaque rédacteur lit une valeur puis écrit la suivante ; rend la valeur finale."""
    acteur = creer_compte(base, "Université qui compte", Role.LECTEUR, "compteur@exemple.invalid")

    def ajouter(_: int) -> None:
        for _essai in range(ECRITURES):
            with base.ecriture() as session:
                lue = select(col(Etablissement.ville)).where(col(Etablissement.id) == acteur.etablissement_id)
                valeur = int(lignes(session, lue.with_for_update() if verrouiller else lue)[0][0] or 0)
                fiche = session.get_one(Etablissement, acteur.etablissement_id)
                fiche.ville = str(valeur + 1)

    with ThreadPoolExecutor(REDACTEURS) as fils:
        list(fils.map(ajouter, range(REDACTEURS)))
    with base.lecture() as session:
        return int(session.get_one(Etablissement, acteur.etablissement_id).ville or 0)


def test_le_schema_suit_les_modeles_sur_sqlite(base: BaseSQL) -> None:
    _verifier_le_schema(base)


@pytest.mark.postgresql
def test_le_schema_suit_les_modeles_sur_postgresql(base_postgresql: BaseSQL) -> None:
    _verifier_le_schema(base_postgresql)
    migrer(base_postgresql)


def test_aucune_ecriture_ne_se_perd_sur_sqlite(base: BaseSQL) -> None:
    assert _compter_a_plusieurs(base) == REDACTEURS * ECRITURES


@pytest.mark.postgresql
def test_aucune_ecriture_ne_se_perd_sur_postgresql(base_postgresql: BaseSQL) -> None:
    assert _compter_a_plusieurs(base_postgresql, verrouiller="ligne") == REDACTEURS * ECRITURES


@pytest.mark.postgresql
def test_postgresql_garde_ce_que_sqlite_garde(base_postgresql: BaseSQL) -> None:
    acteur = creer_compte(base_postgresql, "Université des Marées", Role.REFERENT_QUALITE, "maree@exemple.invalid")
    with base_postgresql.ecriture() as session:
        demander_travail(session, acteur, "compter", {"accents": "é œ ’"})
        journaliser(session, acteur, "essai", "objet:1", apres={"a": [1, None]})
    with base_postgresql.lecture() as session:
        (entree,) = lignes(session, select(col(EntreeJournal.apres), col(EntreeJournal.quand)))
    assert entree[0] == {"a": [1, None]}
    assert entree[1].tzinfo is not None


def test_une_erreur_annule_toute_la_transaction(base: BaseSQL, acteur: Acteur) -> None:
    def ecrire_puis_tomber() -> None:
        with base.ecriture() as session:
            journaliser(session, acteur, "essai", "objet:1")
            session.flush()
            raise RuntimeError("en chemin")

    with pytest.raises(RuntimeError, match="en chemin"):
        ecrire_puis_tomber()
    with base.lecture() as session:
        assert lignes(session, select(col(EntreeJournal.id))) == []


def test_une_lecture_n_enregistre_rien(base: BaseSQL, acteur: Acteur) -> None:
    with base.lecture() as session:
        session.get_one(Etablissement, acteur.etablissement_id).nom = "Changé en passant"
        session.flush()
    with base.lecture() as session:
        assert session.get_one(Etablissement, acteur.etablissement_id).nom == "Université des Quatre-Vents"


def test_les_cles_etrangeres_sont_tenues(base: BaseSQL) -> None:
    def ranger_une_orpheline() -> None:
        instant = datetime(2026, 1, 1, tzinfo=UTC)
        with base.ecriture() as session:
            session.add(SessionWeb(compte_id=9, empreinte="0", ouverte_le=instant, vue_le=instant, expire_le=instant))

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        ranger_une_orpheline()


def test_un_instant_revient_avec_son_fuseau(base: BaseSQL, acteur: Acteur) -> None:
    ete = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    with base.ecriture() as session:
        session.add(SessionWeb(compte_id=acteur.compte_id, empreinte="1", ouverte_le=ete, vue_le=ete, expire_le=ete))
    with base.lecture() as session:
        ((revenu,),) = lignes(session, select(col(SessionWeb.vue_le)))
    assert revenu == ete
    assert revenu.tzinfo is UTC


def test_sqlite_est_regle_pour_l_ecriture_a_plusieurs(base: BaseSQL) -> None:
    with base.lecture() as session:
        reglees = {
            p: session.connection().execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "foreign_keys")
        }
    assert reglees == {"journal_mode": "wal", "foreign_keys": 1}
