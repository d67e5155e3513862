"""Vérifier le journal : tout champ changé après coup se voit, où qu'il soit ; la commande le dit et sort en échec."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.commandes import principale
from appli.migrations import migrer
from charte.acteur import Acteur, Origine, Role
from charte.commun.base import lignes
from charte.commun.chaine import EtatDeLaChaine
from charte.commun.journal import EntreeJournal, journaliser
from charte.commun.registre import verifier_le_journal
from charte.modeles import Etablissement
from tests.conftest import creer_compte

ENTREES = 5
DECLENCHEURS = ("journal_sans_modification", "journal_sans_effacement", "journal_sans_remplacement")
JSON_LIBRE = st.none() | st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers())
)
AUTRES_VALEURS: dict[str, st.SearchStrategy[Any]] = {
    "etablissement_id": st.just(2),
    "rang": st.integers(ENTREES + 1, 10**6),
    "compte_id": st.none(),
    "auteur": st.text(max_size=20),
    "quand": st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "origine": st.sampled_from([origine.value for origine in Origine]),
    "acte": st.text(max_size=20),
    "objet": st.text(max_size=20),
    "avant": JSON_LIBRE,
    "apres": JSON_LIBRE,
    "empreinte_precedente": st.text("0123456789abcdef", min_size=64, max_size=64),
    "empreinte": st.text("0123456789abcdef", min_size=64, max_size=64),
}


@pytest.fixture(scope="module")
def remplie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSQL]:
    """Une base à deux établissements ; le premier a cinq entrées au journal, le second aucune."""
    base = BaseSQL(f"sqlite:///{tmp_path_factory.mktemp('journal') / 'remplie.sqlite'}")
    migrer(base)
    acteur = creer_compte(base, "Université Une", Role.REFERENT_QUALITE, "une@exemple.invalid")
    creer_compte(base, "Université Deux", Role.REFERENT_QUALITE, "deux@exemple.invalid")
    for numero in range(ENTREES):
        with base.ecriture() as session:
            journaliser(session, acteur, "geste", f"objet:{numero}", avant={"n": numero}, apres={"é": [numero, None]})
    yield base
    base.fermer()


@contextmanager
def _base_ouverte(base: BaseSQL) -> Iterator[Session]:
    """Une session de qui tient la base et a ôté ses déclencheurs ; tout est défait à la sortie."""
    with base.moteur.connect() as connexion:
        for declencheur in DECLENCHEURS:
            connexion.execute(text(f"DROP TRIGGER {declencheur}"))
        with Session(connexion) as session:
            yield session
        connexion.rollback()


def _etats(session: Session) -> list[EtatDeLaChaine]:
    return [verifier_le_journal(session, etablissement) for etablissement in (1, 2)]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(sorted(AUTRES_VALEURS)), st.integers(1, ENTREES))
def test_tout_champ_change_de_toute_entree_se_voit(
    remplie: BaseSQL, data: st.DataObject, champ: str, rang: int
) -> None:
    colonne = col(getattr(EntreeJournal, champ))
    valeur = data.draw(AUTRES_VALEURS[champ])
    with _base_ouverte(remplie) as session:
        ((ancienne,),) = lignes(session, select(colonne).where(col(EntreeJournal.rang) == rang))
        assume(json.dumps(ancienne, default=str) != json.dumps(valeur, default=str))
        session.connection().execute(
            update(EntreeJournal).where(col(EntreeJournal.rang) == rang).values({champ: valeur})
        )
        ruptures = [etat.rupture for etat in _etats(session) if etat.rupture]
        assert ruptures, (champ, rang, valeur)
        if champ not in ("rang", "etablissement_id"):
            assert [rupture.rang for rupture in ruptures] == [rang]


def test_les_champs_essayes_sont_tous_ceux_du_journal() -> None:
    assert set(AUTRES_VALEURS) == set(EntreeJournal.model_fields) - {"id"}


def test_une_chaine_intacte_le_reste(remplie: BaseSQL) -> None:
    with remplie.lecture() as session:
        une, deux = _etats(session)
    assert (une.intacte, une.nombre, deux.intacte, deux.nombre) == (True, ENTREES, True, 0)


@pytest.mark.parametrize("rang", range(1, ENTREES))
def test_une_entree_otee_se_voit(remplie: BaseSQL, rang: int) -> None:
    with _base_ouverte(remplie) as session:
        session.connection().execute(text(f"DELETE FROM journal WHERE rang = {rang}"))  # noqa: S608
        rupture = _etats(session)[0].rupture
    assert rupture is not None
    assert rupture.rang == rang + 1
    assert f"le rang {rang} était attendu" in rupture.raison


def test_la_derniere_entree_otee_se_voit_si_son_empreinte_a_ete_notee(remplie: BaseSQL) -> None:
    with _base_ouverte(remplie) as session:
        notee = verifier_le_journal(session, 1).empreinte
        assert verifier_le_journal(session, 1, notee).intacte
        session.connection().execute(text(f"DELETE FROM journal WHERE rang = {ENTREES}"))  # noqa: S608
        apres = verifier_le_journal(session, 1, notee)
    assert apres.rupture is None
    assert not apres.intacte


@pytest.mark.parametrize("abime", ["quand = 'hier'", "apres = '{coupé'", "quand = 12", "rang = 'trois'"])
def test_une_entree_illisible_est_nommee(remplie: BaseSQL, abime: str) -> None:
    with _base_ouverte(remplie) as session:
        session.connection().execute(text(f"UPDATE journal SET {abime} WHERE rang = 3"))  # noqa: S608
        etat = _etats(session)[0]
    assert etat.rupture is not None
    assert etat.nombre == 2


@pytest.fixture
def commande(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """La ligne de commande sur une installation neuve, dans `tmp_path/installation`."""
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path / "installation"))
    for variable in ("TRAJECTOIRE_BASE", "TRAJECTOIRE_HTTPS"):
        monkeypatch.delenv(variable, raising=False)
    return CliRunner()


def _remplir(acte: str = "geste") -> str:
    """Trois entrées faites en ligne de commande ; rend la dernière empreinte."""
    from appli.installation import acteur_de_commande, ouvrir

    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session)
        for numero in range(3):
            journaliser(session, acteur, acte, f"objet:{numero}", apres={"n": numero})
    with base.lecture() as session:
        etat = verifier_le_journal(session, acteur.etablissement_id)
    base.fermer()
    return etat.empreinte


def _recrire(ordre: str) -> None:
    from appli.installation import ouvrir

    _, base = ouvrir()
    with base.moteur.begin() as connexion:
        for declencheur in DECLENCHEURS:
            connexion.execute(text(f"DROP TRIGGER {declencheur}"))
        connexion.execute(text(ordre))
    base.fermer()


def _verifier(commande: CliRunner, *options: str) -> Result:
    return commande.invoke(principale, ["journal", "verifier", *options])


def test_la_commande_dit_la_chaine_intacte(commande: CliRunner) -> None:
    vide = _verifier(commande)
    assert (vide.exit_code, vide.output) == (0, "0 entrée : la base ne porte encore aucun établissement.\n")
    empreinte = _remplir()
    dit = _verifier(commande)
    assert dit.exit_code == 0, dit.output
    assert dit.output == f"3\u00a0entrées, chaîne intacte jusqu'à {empreinte}\n"
    lu = json.loads(_verifier(commande, "--json", "--attendue", empreinte).output)
    chaine = {"etablissement": "Mon établissement", "entrees": 3, "empreinte": empreinte, "rupture": None}
    assert lu == {"chaines": [chaine], "attendue_retrouvee": True}


def test_la_commande_nomme_la_premiere_entree_rompue(commande: CliRunner) -> None:
    _remplir()
    _recrire("UPDATE journal SET acte = 'autre' WHERE rang >= 2")
    dit = _verifier(commande)
    assert dit.exit_code == 1
    assert dit.output.startswith("chaîne rompue à l'entrée 2, du ")
    assert "son contenu a été changé après coup" in dit.output
    en_json = _verifier(commande, "--json")
    assert en_json.exit_code == 1
    assert json.loads(en_json.output)["chaines"][0]["rupture"]["rang"] == 2


def test_la_commande_voit_une_fin_otee_par_l_empreinte_notee(commande: CliRunner) -> None:
    empreinte = _remplir()
    _recrire("DELETE FROM journal WHERE rang = 3")
    assert _verifier(commande).exit_code == 0
    dit = _verifier(commande, "--attendue", empreinte)
    assert dit.exit_code == 1
    assert f"L'empreinte {empreinte} n'est dans aucune chaîne" in dit.output


def test_l_export_se_lit_et_ne_porte_aucune_formule(commande: CliRunner, tmp_path: Path) -> None:
    empreinte = _remplir("=1+1")
    sortie = tmp_path / "journal.csv"
    fait = commande.invoke(principale, ["journal", "exporter", "--sortie", str(sortie)])
    assert fait.output == f"{sortie} : 3\u00a0entrées.\n"
    rangees = sortie.read_bytes().decode("utf-8-sig").split("\r\n")
    assert rangees[0].startswith("Rang;Quand (UTC);Qui;D'où;Quoi;Sur;")
    assert ";ligne de commande;ligne de commande;'=1+1;objet:2;" in rangees[3]
    assert rangees[3].endswith(empreinte)
    ailleurs = commande.invoke(principale, ["journal", "exporter", "--sortie", str(tmp_path / "non" / "j.csv")])
    assert ailleurs.exit_code == 2


def test_un_etablissement_inconnu_est_refuse(commande: CliRunner) -> None:
    _remplir()
    assert _verifier(commande, "--etablissement", "0000000A").exit_code == 2


def test_chaque_etablissement_a_sa_chaine(base: BaseSQL, acteur: Acteur, autre_acteur: Acteur) -> None:
    with base.ecriture() as session:
        for qui in (autre_acteur, acteur, autre_acteur):
            journaliser(session, qui, "geste", "objet:1")
    with base.lecture() as session:
        ids = [i for (i,) in lignes(session, select(col(Etablissement.id)).order_by(col(Etablissement.id)))]
        assert [verifier_le_journal(session, i).nombre for i in ids] == [1, 2]
