"""Le journal : une chaîne par établissement, que la base ne laisse pas récrire et que nul rédacteur ne fourche."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from appli.base import BaseSQL
from appli.migrations import configuration, migrer
from appli.travaux import executer_travail
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import Base, lignes
from charte.commun.chaine import ORIGINE_DE_CHAINE
from charte.commun.journal import EntreeJournal, journaliser
from charte.commun.registre import verifier_le_journal
from charte.commun.reglages import Reglages
from charte.commun.travaux import Avancement, demander_travail
from charte.modeles import Etablissement
from tests.conftest import creer_compte

REDACTEURS, ECRITURES = 20, 10


def _ecrire(base: Base, acteur: Acteur, nombre: int = 3) -> None:
    for numero in range(nombre):
        with base.ecriture() as session:
            journaliser(session, acteur, f"geste {numero}", f"objet:{numero}", apres={"n": numero})


def _maillons(base: BaseSQL, acteur: Acteur) -> list[tuple[int, str, str]]:
    colonnes = (EntreeJournal.rang, EntreeJournal.empreinte_precedente, EntreeJournal.empreinte)
    requete = select(*(col(c) for c in colonnes)).where(col(EntreeJournal.etablissement_id) == acteur.etablissement_id)
    with base.lecture() as session:
        return [tuple(ligne) for ligne in lignes(session, requete.order_by(col(EntreeJournal.rang)))]


def _ecrire_a_plusieurs(base: BaseSQL) -> None:
    """Vingt rédacteurs écrivent ensemble, en tenant aussi d'autres verrous, sur deux établissements à la fois."""
    acteurs = [
        creer_compte(base, f"Université {rang}", Role.REFERENT_QUALITE, f"referent{rang}@exemple.invalid")
        for rang in (1, 2)
    ]

    def ecrire(redacteur: int) -> None:
        sien, autre = acteurs if redacteur % 2 else reversed(acteurs)
        for numero in range(ECRITURES):
            with base.ecriture() as session:
                if redacteur % 5 == 0:
                    session.get_one(Etablissement, acteurs[0].etablissement_id, with_for_update=True)
                if redacteur % 5 == 1:
                    session.get_one(Etablissement, autre.etablissement_id).ville = f"{redacteur} {numero}"
                    session.flush()
                journaliser(session, sien, "geste", f"objet:{numero}")
                journaliser(session, autre, "geste", f"objet:{numero}")

    with ThreadPoolExecutor(REDACTEURS) as fils:
        list(fils.map(ecrire, range(REDACTEURS)))
    for acteur in acteurs:
        maillons = _maillons(base, acteur)
        assert [rang for rang, _, _ in maillons] == list(range(1, REDACTEURS * ECRITURES + 1))
        assert [avant for _, avant, _ in maillons] == [ORIGINE_DE_CHAINE, *(e for _, _, e in maillons[:-1])]
        with base.lecture() as session:
            etat = verifier_le_journal(session, acteur.etablissement_id)
        assert (etat.intacte, etat.nombre, etat.empreinte) == (True, REDACTEURS * ECRITURES, maillons[-1][2])


def test_vingt_redacteurs_ne_font_ni_fourche_ni_trou_sur_sqlite(base: BaseSQL) -> None:
    _ecrire_a_plusieurs(base)


@pytest.mark.postgresql
def test_vingt_redacteurs_ne_font_ni_fourche_ni_trou_sur_postgresql(base_postgresql: BaseSQL) -> None:
    _ecrire_a_plusieurs(base_postgresql)


REFUSES = (
    "UPDATE journal SET auteur = 'autre' WHERE rang = 1",
    "UPDATE journal SET rang = rang",
    "DELETE FROM journal WHERE rang = 3",
    "DELETE FROM journal",
)


def _verifier_les_refus(base: BaseSQL, ordres: tuple[str, ...]) -> None:
    acteur = creer_compte(base, "Université tenue", Role.REFERENT_QUALITE, "tenu@exemple.invalid")
    _ecrire(base, acteur)
    avant = _maillons(base, acteur)
    for ordre in ordres:
        with pytest.raises(DBAPIError, match="ne se modifie ni ne s'efface"), base.moteur.begin() as connexion:
            connexion.execute(text(ordre))
    assert _maillons(base, acteur) == avant


def test_sqlite_refuse_de_recrire_le_journal(base: BaseSQL) -> None:
    colonnes = (
        "id, etablissement_id, compte_id, auteur, quand, acte, objet, origine, rang, empreinte_precedente, empreinte"
    )
    remplacer = f"INSERT OR REPLACE INTO journal ({colonnes}) SELECT {colonnes} FROM journal WHERE rang = 1"  # noqa: S608
    sans_id = remplacer.replace("id, etab", "etab")
    _verifier_les_refus(base, (*REFUSES, remplacer, sans_id))


@pytest.mark.postgresql
def test_postgresql_refuse_de_recrire_le_journal(base_postgresql: BaseSQL) -> None:
    _verifier_les_refus(base_postgresql, (*REFUSES, "TRUNCATE journal"))


def test_l_origine_vient_de_l_acteur(base: BaseSQL, acteur: Acteur) -> None:
    en_commande = Acteur(acteur.etablissement_id, "ligne de commande", Role.ADMINISTRATEUR, origine=Origine.COMMANDE)
    with base.ecriture() as session:
        journaliser(session, en_commande, "geste", "objet:1")
        journaliser(session, acteur, "geste", "objet:1")
    with base.lecture() as session:
        origines = lignes(session, select(col(EntreeJournal.origine)).order_by(col(EntreeJournal.rang)))
    assert [origine for (origine,) in origines] == ["commande", "non_relevee"]


def test_un_travail_de_fond_se_reconnait_au_journal(base: BaseSQL, reglages: Reglages, acteur: Acteur) -> None:
    def agir(base: Base, _r: Reglages, qui: Acteur, _p: dict[str, Any], _a: Avancement) -> str:
        _ecrire(base, qui, 1)
        return "fait"

    with base.ecriture() as session:
        travail_id = demander_travail(session, acteur, "agir", {})
    executer_travail(base, reglages, travail_id, {"agir": agir})
    with base.lecture() as session:
        assert lignes(session, select(col(EntreeJournal.origine)))[0][0] == "travail"


def test_un_point_de_reprise_annule_emporte_ses_entrees(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        journaliser(session, acteur, "gardé avant", "objet:1")
        point = session.begin_nested()
        journaliser(session, acteur, "annulé", "objet:1")
        with session.begin_nested():
            journaliser(session, acteur, "annulé dedans", "objet:1")
        point.rollback()
        with session.begin_nested():
            journaliser(session, acteur, "gardé après", "objet:1")
    with base.lecture() as session:
        actes = lignes(session, select(col(EntreeJournal.acte)).order_by(col(EntreeJournal.rang)))
    assert [acte for (acte,) in actes] == ["gardé avant", "gardé après"]


def test_une_transaction_annulee_n_ecrit_rien_ensuite(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        journaliser(session, acteur, "annulé", "objet:1")
        session.rollback()
        journaliser(session, acteur, "gardé", "objet:1")
    assert [rang for rang, _, _ in _maillons(base, acteur)] == [1]


ANCIENNES = """INSERT INTO journal (etablissement_id, auteur, quand, acte, objet, apres)
VALUES ({etablissement}, 'Référent', '2026-03-01 09:00:00.00000{n}', 'geste', 'objet:{n}', '{{"é": [1, 2.5, null]}}')"""


def _verifier_la_reprise(base: BaseSQL) -> None:
    """Remplit un journal d'avant la chaîne, migre, puis y ajoute une entrée d'aujourd'hui."""
    with base.moteur.connect() as connexion, connexion.begin():
        command.upgrade(configuration(connexion), "0001")
        connexion.execute(text("INSERT INTO etablissement (nom) VALUES ('Un'), ('Deux')"))
        for n in range(6):
            connexion.execute(text(ANCIENNES.format(etablissement=1 + n % 2, n=n).replace(":", r"\:")))
    migrer(base)
    for etablissement in (1, 2):
        acteur = Acteur(etablissement, "Référent", Role.REFERENT_QUALITE, origine=Origine.WEB)
        _ecrire(base, acteur, 1)
        with base.lecture() as session:
            etat = verifier_le_journal(session, etablissement)
        assert (etat.intacte, etat.nombre) == (True, 4), etat.rupture


def test_les_entrees_d_avant_entrent_dans_la_chaine_sur_sqlite(tmp_path: Path) -> None:
    base = BaseSQL(f"sqlite:///{tmp_path / 'ancienne.sqlite'}")
    _verifier_la_reprise(base)
    base.fermer()


@pytest.mark.postgresql
def test_les_entrees_d_avant_entrent_dans_la_chaine_sur_postgresql(base_postgresql: BaseSQL) -> None:
    with base_postgresql.moteur.connect() as connexion, connexion.begin():
        command.downgrade(configuration(connexion), "base")
    _verifier_la_reprise(base_postgresql)
