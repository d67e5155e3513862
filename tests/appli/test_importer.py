"""`trajectoire importer` : JSON annoncé, codes de sortie, une ligne claire quand rien ne se lit."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from appli.base import BaseSQL
from appli.commandes import principale
from charte.commun.base import lignes
from indicateurs.modeles import Depot, Parcours
from tests.indicateurs.imports.fabrique import en_csv, en_xlsx, ligne


@pytest.fixture
def lancer(tmp_path, monkeypatch):
    """`lancer(contenu, option, …)` : la commande sur un fichier de ce contenu."""
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path / "donnees"))

    def lancer(contenu, *options, nom="apprentis.xlsx"):
        (tmp_path / nom).write_bytes(contenu)
        return CliRunner().invoke(principale, ["importer", str(tmp_path / nom), *options])

    return lancer


JUSTE, SALE = [ligne(0), ligne(1)], [ligne(0), ligne(1, date_fin_formation="31/02/2024")]


@pytest.mark.parametrize(("contenu", "code", "comptes"), [(JUSTE, 0, (2, 2, 0)), (SALE, 1, (2, 1, 1))])
def test_l_essai_ne_touche_a_rien_et_dit_tout(lancer, tmp_path, contenu, code, comptes):
    resultat = lancer(en_xlsx(contenu), "--json", "--essai")
    rendu = json.loads(resultat.stdout)
    assert (resultat.exit_code, resultat.stderr) == (code, "")
    assert (rendu["lues"], rendu["retenues"], rendu["ecartees"]) == comptes
    assert not (tmp_path / "donnees").exists()


def test_les_anomalies_portent_les_six_cles(lancer):
    [anomalie] = json.loads(lancer(en_csv(SALE), "--json", "--essai").stdout)["anomalies"]
    assert list(anomalie) == ["ligne", "colonne", "valeur", "gravite", "message", "remede"]
    assert (anomalie["ligne"], anomalie["colonne"], anomalie["valeur"]) == (3, "date_fin_formation", "31/02/2024")


@pytest.mark.parametrize("contenu", [b"", b"PK\x03\x04 rien", b"\x00\x01\x02", b"a;b\r\n1;2\r\n"])
@pytest.mark.parametrize("options", [[], ["--essai"], ["--json"], ["--json", "--essai"]])
def test_un_fichier_illisible_donne_2_et_une_ligne(lancer, contenu, options):
    resultat = lancer(contenu, *options)
    assert resultat.exit_code == 2
    assert resultat.stdout == ""
    assert len(resultat.stderr.splitlines()) == 1
    assert "Traceback" not in resultat.stderr


def test_un_fichier_absent_donne_2_et_une_ligne(lancer, tmp_path):
    resultat = CliRunner().invoke(principale, ["importer", str(tmp_path / "absent.xlsx"), "--essai"])
    assert (resultat.exit_code, len(resultat.stderr.splitlines())) == (2, 1)


def test_le_texte_groupe_les_causes(lancer):
    resultat = lancer(en_csv(SALE), "--essai")
    assert "2\u00a0lignes lues = 1\u00a0retenue + 1\u00a0écartée" in resultat.stdout
    assert "BLOQUANT : 1\u00a0date illisible dans date_fin_formation" in resultat.stdout


def test_sans_essai_le_fichier_se_range_et_la_seconde_fois_rien_ne_change(lancer, tmp_path):
    premier = json.loads(lancer(en_csv(SALE), "--json").stdout)
    second = json.loads(lancer(en_csv(SALE), "--json").stdout)
    assert [premier[nom] for nom in ("ajouts", "changements", "retraits", "inchanges")] == [1, 0, 0, 0]
    assert [second[nom] for nom in ("ajouts", "changements", "retraits", "inchanges")] == [0, 0, 0, 1]
    base = BaseSQL(f"sqlite:///{tmp_path / 'donnees' / 'trajectoire.sqlite'}")
    with base.lecture() as session:
        assert lignes(session, select(func.count()).select_from(Parcours))[0][0] == 1
        assert lignes(session, select(func.count()).select_from(Depot))[0][0] == 2
    base.fermer()


def test_un_dossier_impossible_se_dit_d_une_ligne(lancer, tmp_path, monkeypatch):
    (tmp_path / "occupe").write_text("un fichier, pas un dossier")
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path / "occupe" / "donnees"))
    resultat = lancer(en_xlsx(JUSTE), "--json")
    assert (resultat.exit_code, resultat.stdout, resultat.stderr.count("\n")) == (2, "", 1)
    assert "vérifiez le chemin et vos droits" in resultat.stderr


def test_une_base_abimee_se_dit_d_une_ligne(lancer, tmp_path):
    (tmp_path / "donnees").mkdir()
    (tmp_path / "donnees" / "trajectoire.sqlite").write_bytes(b"ceci n'est pas une base " * 50)
    resultat = lancer(en_xlsx(JUSTE), "--json")
    assert (resultat.exit_code, resultat.stdout, resultat.stderr.count("\n")) == (2, "", 1)
    assert resultat.stderr.startswith("La base ne se lit pas")


def test_une_erreur_de_programme_ne_passe_pas_pour_des_lignes_ecartees(lancer, monkeypatch):
    def echouer(*_args, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("appli.commandes.importer.diagnostiquer_toute_source", echouer)
    resultat = lancer(en_xlsx(JUSTE), "--json", "--essai")
    assert (resultat.exit_code, resultat.stdout) == (70, "")
    assert "ZeroDivisionError" in resultat.stderr


def test_ranger_un_fichier_sans_ligne_retenue(lancer):
    resultat = lancer(en_csv([]), "--json", nom="vide.csv")
    assert (resultat.exit_code, json.loads(resultat.stdout)["lues"]) == (0, 0)
    resultat = lancer(en_csv([ligne(0, nom_apprenant=None)]), "--json", nom="ecarte.csv")
    assert (resultat.exit_code, json.loads(resultat.stdout)["ecartees"]) == (1, 1)
