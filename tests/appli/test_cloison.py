"""La cloison de PostgreSQL : une requête qui oublie son filtre ne voit que les siens, et rien si nul n'a dit de qui."""

import ast
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Table, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from appli.base import BaseSQL
from appli.cloison import cloison, hors_cloison
from appli.migrations import configuration
from appli.modeles import METADONNEES
from charte.acteur import Acteur, Role
from charte.commun.base import Base
from charte.commun.journal import journaliser
from charte.commun.registre import Recherche, exporter, verifier_le_journal
from charte.commun.reglages import Reglages
from charte.commun.travaux import Travail
from charte.modeles import Cfa, Composante, Convention, Etablissement, Formation
from indicateurs.modeles import Depot, Promotion
from rapports.modeles import Rapport
from tests.appli.conftest import copie_ordinaire, creer_deux_acteurs
from tests.appli.univers import peupler_un_etablissement
from tests.conftest import CLE

pytestmark = pytest.mark.postgresql
RACINE = Path(__file__).parents[2]
ICI, AILLEURS = "marque-d-ici", "marque-d-ailleurs"

SANS_CLOISON = {
    "compte": "une personne, qui peut tenir des mandats dans plusieurs établissements ; la connexion la cherche avant",
    "code_de_secours": "à une personne",
    "lien_unique": "à une personne, qui l'ouvre sans être connectée",
    "identite_federee": "à une personne, cherchée au retour du fournisseur d'identité, avant toute session",
    "avant_connexion": "un aller chez un fournisseur d'identité, avant que l'on sache de qui",
    "session_web": "ouverte par une personne, lue avant de savoir dans quel établissement elle agit",
    "tentative_connexion": "des empreintes à clé, comptées avant toute connexion",
}
"""Chaque table que tous les établissements partagent, et pourquoi."""

EMPLOIS = {
    "appli/application.py _reconnaitre": "la session dit l'établissement : on ne le sait pas encore",
    "appli/donnees_personnelles/purge.py faire_le_menage": "le ménage du jour sert tous les établissements",
    "appli/avis/routes_lien.py _reconnaitre": "qui suit un lien d'avis n'a pas de compte ; le lien dit l'établissement",
    "appli/comptes/routes_administration.py _agir": "un compte peut servir ailleurs : on n'y touche alors qu'à moitié",
    "appli/comptes/routes_administration.py _inviter": "le compte invité peut exister ailleurs",
    "appli/comptes/routes_administration.py renvoyer": "le compte invité peut exister ailleurs",
    "appli/comptes/routes_code.py _entrer": "le compte dit les établissements : on ne les sait pas encore",
    "appli/comptes/routes_lien.py _employer": "qui suit un lien n'est pas connecté",
    "appli/comptes/routes_lien.py _lire": "qui suit un lien n'est pas connecté",
    "appli/comptes/routes_lien.py _preparer_le_lien": "qui a oublié son mot de passe n'est pas connecté",
    "appli/demonstration/installer.py preparer": "crée l'établissement de la démonstration",
    "appli/installation.py ouvrir": "la ligne de commande, avant d'avoir choisi un établissement",
    "appli/migrations/__init__.py migrer": "une migration de données parcourt toutes les lignes",
    "appli/oidc/ouverture.py ouvrir_pour": "le compte dit les établissements : on ne les sait pas encore",
    "appli/ouvert/routes.py _chercher": "qui lit un tableau publié n'a pas de compte ; seul ce qui est en ligne se lit",
    "appli/relances.py faire_la_tournee": "les rappels du matin servent tous les établissements, un à un",
    "appli/routes_connexion.py _entrer": "le compte dit les établissements : on ne les sait pas encore",
    "appli/routes_connexion.py _page_de_connexion": "la démonstration montre ses comptes",
    "appli/travaux.py _faire_un_tour": "le guetteur sert tous les établissements",
    "appli/travaux.py _prendre": "la ligne du travail dit son établissement",
    "appli/travaux.py balayer_les_preuves": "une pièce n'est orpheline que si aucun établissement ne l'a",
    "appli/travaux.py purger_les_depots": "le ménage du jour sert tous les établissements",
    "appli/travaux.py travaux_a_faire": "le guetteur sert tous les établissements",
}
"""Chaque fonction qui lève la cloison, et pourquoi."""


def exiger_une_cloison(tables: Iterable[str], cloisonnees: set[str]) -> None:
    """Échoue en nommant chaque table sans cloison ni raison de n'en pas avoir."""
    oubliees = sorted(set(tables) - cloisonnees - SANS_CLOISON.keys())
    assert not oubliees, f"{oubliees} : poser_la_cloison() dans leur migration, ou une raison dans SANS_CLOISON"
    assert not SANS_CLOISON.keys() - set(tables)
    assert not SANS_CLOISON.keys() & cloisonnees


def _cloisonnees(base: BaseSQL) -> set[str]:
    """Les tables dont la base tient la cloison, même envers leur propriétaire."""
    requete = text(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
        "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polcmd = '*' AND p.polname = 'cloison'"
    )
    with base.moteur.connect() as connexion:
        return set(connexion.execute(requete).scalars())


def _emplois_de_hors_cloison() -> set[str]:
    """« fichier fonction » de chaque appel à `hors_cloison`, décorateurs compris."""
    trouves = set()
    for paquet in ("charte", "grilles", "indicateurs", "rapports", "appli"):
        for fichier in (RACINE / paquet).rglob("*.py"):
            for fonction in ast.walk(ast.parse(fichier.read_text("utf-8"))):
                if isinstance(fonction, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                    isinstance(noeud, ast.Name) and noeud.id == "hors_cloison" for noeud in ast.walk(fonction)
                ):
                    trouves.add(f"{fichier.relative_to(RACINE).as_posix()} {fonction.name}")
    return trouves


def _ids(base: Base, table: Table) -> set[Any]:
    """Les identifiants que voit une requête qui a oublié tout filtre."""
    with base.lecture() as session:
        return set(session.connection().execute(select(table.c.id)).scalars())


@dataclass(frozen=True)
class Rives:
    """Deux établissements garnis, dans une base que ses tests ne changent pas."""

    base: BaseSQL
    acteurs: tuple[Acteur, Acteur]
    objets: tuple[dict[str, int], dict[str, int]]


@pytest.fixture(scope="module")
def rives(serveur_postgresql: str, modele_ordinaire: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rives]:
    """Un objet de chaque sorte dans chacun de deux établissements."""
    with copie_ordinaire(serveur_postgresql, modele_ordinaire) as url:
        base, dossier = BaseSQL(url), tmp_path_factory.mktemp("rives")
        reglages = Reglages(dossier, url, CLE, CLE, CLE)
        acteurs = creer_deux_acteurs(base)
        with hors_cloison():
            ici, ailleurs = (
                peupler_un_etablissement(base, acteur, reglages, marque)
                for acteur, marque in zip(acteurs, (ICI, AILLEURS), strict=True)
            )
        yield Rives(base, acteurs, (ici, ailleurs))
        base.fermer()


def test_toute_table_a_sa_cloison_ou_sa_raison(base_ordinaire: BaseSQL) -> None:
    exiger_une_cloison(METADONNEES.tables, _cloisonnees(base_ordinaire))


def test_une_table_oubliee_se_dit(base_ordinaire: BaseSQL) -> None:
    with pytest.raises(AssertionError, match=r"\['table_neuve'\] : poser_la_cloison"):
        exiger_une_cloison([*METADONNEES.tables, "table_neuve"], _cloisonnees(base_ordinaire))


def test_chaque_levee_de_la_cloison_a_sa_raison() -> None:
    assert _emplois_de_hors_cloison() == EMPLOIS.keys(), "dites dans EMPLOIS pourquoi la cloison se lève"


def test_une_requete_sans_filtre_ne_voit_que_les_siens(rives: Rives) -> None:
    garnies = 0
    for nom in sorted(METADONNEES.tables.keys() - SANS_CLOISON.keys()):
        table = METADONNEES.tables[nom]
        vues = []
        for acteur in rives.acteurs:
            with cloison(acteur.etablissement_id):
                vues.append(_ids(rives.base, table))
                assert _etablissements(rives.base, table) <= {acteur.etablissement_id}, nom
        with hors_cloison():
            assert vues[0] | vues[1] == _ids(rives.base, table), nom
        assert not vues[0] & vues[1], nom
        garnies += bool(vues[0] and vues[1])
    assert garnies >= 15


def _etablissements(base: Base, table: Table) -> set[Any]:
    """Les établissements que voit une requête sans filtre, là où la table les dit."""
    if "etablissement_id" not in table.c:
        return set()
    with base.lecture() as session:
        return set(session.connection().execute(select(table.c.etablissement_id)).scalars())


@pytest.mark.parametrize("nom", sorted(METADONNEES.tables.keys() - SANS_CLOISON.keys()))
def test_sans_cloison_dite_rien_ne_se_voit_ni_ne_change(rives: Rives, nom: str) -> None:
    assert _ids(rives.base, METADONNEES.tables[nom]) == set()
    if nom != "journal":  # lui refuse tout changement, vu ou non
        with rives.base.ecriture() as session:
            changees = session.connection().execute(text(f"UPDATE {nom} SET id = id"))  # noqa: S608
            effacees = session.connection().execute(text(f"DELETE FROM {nom}"))  # noqa: S608
        assert (changees.rowcount, effacees.rowcount) == (0, 0)


def _ranger_chez(session: Session, etablissement_id: int, _objets: dict[str, int]) -> None:
    session.add(Composante(etablissement_id=etablissement_id, nom="IUT rangé"))


def _envoyer_chez(session: Session, etablissement_id: int, _objets: dict[str, int]) -> None:
    session.connection().execute(text("UPDATE composante SET etablissement_id = :e"), {"e": etablissement_id})


def _ranger_sous(session: Session, _etablissement_id: int, objets: dict[str, int]) -> None:
    session.add(Promotion(formation_id=objets["formation"], annee=2031))


def _envoyer_sous(session: Session, _etablissement_id: int, objets: dict[str, int]) -> None:
    session.connection().execute(text("UPDATE promotion SET formation_id = :f"), {"f": objets["formation"]})


def _journaliser_chez(session: Session, etablissement_id: int, _objets: dict[str, int]) -> None:
    journaliser(session, Acteur(etablissement_id, "intrus", Role.LECTEUR), "geste", "objet:1")


GESTES = (_ranger_chez, _envoyer_chez, _ranger_sous, _envoyer_sous, _journaliser_chez)


def _essayer(rives: Rives, geste: Callable[..., None], chez: int, depuis: int | None) -> None:
    """Le geste, fait chez l'établissement de rang `chez` sous la cloison de celui de rang `depuis`, puis annulé."""
    sienne = None if depuis is None else rives.acteurs[depuis].etablissement_id
    with cloison(sienne), rives.base.moteur.connect() as connexion, connexion.begin() as transaction:
        with Session(connexion, join_transaction_mode="create_savepoint") as session:
            geste(session, rives.acteurs[chez].etablissement_id, rives.objets[chez])
            session.commit()
        transaction.rollback()


@pytest.mark.parametrize("depuis", [0, None])
@pytest.mark.parametrize("geste", GESTES)
def test_rien_ne_s_ecrit_chez_un_autre(rives: Rives, geste: Callable[..., None], depuis: int | None) -> None:
    _essayer(rives, geste, chez=1, depuis=1)  # le témoin : chez soi, la même écriture passe
    if depuis is None and geste in (_envoyer_chez, _envoyer_sous):
        _essayer(rives, geste, chez=1, depuis=None)  # ne voyant rien, elle ne change rien
        return
    with pytest.raises(DBAPIError, match="row-level security"):
        _essayer(rives, geste, chez=1, depuis=depuis)


def test_un_etablissement_ne_se_cree_pas_depuis_un_autre(rives: Rives) -> None:
    def creer() -> None:
        with cloison(rives.acteurs[0].etablissement_id), rives.base.ecriture() as session:
            session.add(Etablissement(nom="Université sortie de nulle part"))

    with pytest.raises(DBAPIError, match="row-level security"):
        creer()


@pytest.mark.parametrize("modele", [Cfa, Composante, Convention, Formation, Rapport, Depot, Travail])
def test_les_lignes_d_un_autre_ne_se_changent_ni_ne_s_effacent(rives: Rives, modele: type[SQLModel]) -> None:
    nom = str(modele.__tablename__)
    autre = {"id": rives.objets[1][nom]}
    with cloison(rives.acteurs[0].etablissement_id), rives.base.ecriture() as session:
        assert session.get(modele, autre["id"]) is None
        for ordre in (f"UPDATE {nom} SET id = id WHERE id = :id", f"DELETE FROM {nom} WHERE id = :id"):  # noqa: S608
            assert session.connection().execute(text(ordre), autre).rowcount == 0


def test_une_cloison_ne_passe_pas_a_la_transaction_suivante_de_la_meme_connexion(
    url_ordinaire: str, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    base = BaseSQL(url_ordinaire)
    ici, ailleurs = (acteur.etablissement_id for acteur in deux_acteurs)
    connexions: set[int] = set()

    def vus() -> list[int]:
        with base.lecture() as session:
            connexions.add(session.connection().execute(text("SELECT pg_backend_pid()")).scalar_one())
            return sorted(session.connection().execute(text("SELECT id FROM etablissement")).scalars())

    def tomber() -> None:
        with cloison(ici), base.ecriture() as session:
            session.connection()
            raise RuntimeError("en chemin")

    assert vus() == []
    with cloison(ici):
        assert vus() == [ici]
        with hors_cloison():
            assert vus() == sorted([ici, ailleurs])
        assert vus() == [ici]
        with cloison(ailleurs):
            assert vus() == [ailleurs]
        with cloison(None):
            assert vus() == []
    assert vus() == []
    with pytest.raises(RuntimeError, match="en chemin"):
        tomber()
    assert vus() == []
    assert len(connexions) == 1
    base.fermer()


def test_la_cloison_d_un_fil_n_est_pas_celle_d_un_autre(
    base_ordinaire: BaseSQL, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    def vus(rang: int) -> tuple[set[Any], set[Any]]:
        dite: AbstractContextManager[None] = nullcontext()
        attendus: set[Any] = set()
        if rang % 3 < 2:
            etablissement_id = deux_acteurs[rang % 3].etablissement_id
            dite, attendus = cloison(etablissement_id), {etablissement_id}
        with dite:
            return _ids(base_ordinaire, METADONNEES.tables["etablissement"]), attendus

    with ThreadPoolExecutor(12) as fils:
        for obtenus, attendus in fils.map(vus, range(300)):
            assert obtenus == attendus


def test_le_journal_reste_une_chaine_par_etablissement(
    base_ordinaire: BaseSQL, deux_acteurs: tuple[Acteur, Acteur]
) -> None:
    def ecrire(redacteur: int) -> None:
        acteur = deux_acteurs[redacteur % 2]
        for numero in range(10):
            with cloison(acteur.etablissement_id), base_ordinaire.ecriture() as session:
                journaliser(session, acteur, "geste", f"objet:{numero}", apres={"redacteur": redacteur})

    with ThreadPoolExecutor(12) as fils:
        list(fils.map(ecrire, range(12)))
    for acteur, autre in (deux_acteurs, reversed(deux_acteurs)):
        with cloison(acteur.etablissement_id), base_ordinaire.lecture() as session:
            etat = verifier_le_journal(session, acteur.etablissement_id)
            assert (etat.intacte, etat.nombre) == (True, 60)
            assert verifier_le_journal(session, autre.etablissement_id).nombre == 0
            assert exporter(session, acteur, Recherche()).count("geste") == 60
            assert "geste" not in exporter(session, autre, Recherche())


@pytest.mark.parametrize("ordre", ["UPDATE journal SET auteur = 'autre'", "DELETE FROM journal", "TRUNCATE journal"])
def test_le_journal_ne_se_recrit_toujours_pas(
    base_ordinaire: BaseSQL, deux_acteurs: tuple[Acteur, Acteur], ordre: str
) -> None:
    ici = deux_acteurs[0]
    with cloison(ici.etablissement_id), base_ordinaire.ecriture() as session:
        journaliser(session, ici, "geste", "objet:1")
    with (
        cloison(ici.etablissement_id),
        pytest.raises(DBAPIError, match="ne se modifie ni ne s'efface"),
        base_ordinaire.ecriture() as session,
    ):
        session.connection().execute(text(ordre))


def test_la_migration_s_ote_et_se_repose(base_ordinaire: BaseSQL) -> None:
    posees = _cloisonnees(base_ordinaire)
    with hors_cloison(), base_ordinaire.moteur.connect() as connexion, connexion.begin():
        command.downgrade(configuration(connexion), AVANT)
    assert _cloisonnees(base_ordinaire) == set()
    with hors_cloison(), base_ordinaire.moteur.connect() as connexion, connexion.begin():
        command.upgrade(configuration(connexion), "head")
    assert _cloisonnees(base_ordinaire) == posees


AVANT = "0005"
