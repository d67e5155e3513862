"""`trajectoire cle` : changer, reprendre, oublier ; les clés du fichier ne se perdent jamais."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appli.commandes import principale
from appli.installation import acteur_de_commande, ouvrir
from charte.commun.cles import ChangementRefuse, changer_de_cle, lire_les_cles
from charte.commun.reglages import Reglages, charger_reglages
from indicateurs.imports.coffre import Coffre
from tests.indicateurs.imports.fabrique import en_csv, ligne


@pytest.fixture
def lancer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`lancer("cle", …)` sur une installation neuve, sans clé dans l'environnement."""
    for nom in [nom for nom in os.environ if nom.startswith("TRAJECTOIRE_")]:
        monkeypatch.delenv(nom)
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    _, base = ouvrir()
    with base.ecriture() as session:
        acteur_de_commande(session)
    base.fermer()

    def lancer_une(*mots: str) -> Result:
        return CliRunner().invoke(principale, list(mots), standalone_mode=False)

    return lancer_une


def cles(dossier: Path) -> dict[str, str]:
    lues: dict[str, str] = json.loads((dossier / "cles.json").read_text("utf-8"))
    return lues


def test_changer_la_cle_d_identite_puis_oublier_l_ancienne(lancer: Any, tmp_path: Path) -> None:
    fichier = tmp_path / "apprentis.csv"
    fichier.write_bytes(en_csv([ligne(0), ligne(1)]))
    CliRunner().invoke(principale, ["importer", str(fichier)])
    avant = cles(tmp_path)
    fait = lancer("cle", "identite", "changer")
    assert fait.return_value == 1
    assert "2\u00a0personnes et 0\u00a0effacement sont encore sous l'ancienne clé" in fait.output
    apres = cles(tmp_path)
    assert apres["identite_ancienne"] == avant["identite"] != apres["identite"]
    assert oct((tmp_path / "cles.json").stat().st_mode & 0o777) == "0o600"
    assert "déjà en cours" in lancer("cle", "identite", "changer").output
    assert cles(tmp_path) == apres
    assert lancer("cle", "identite", "oublier").return_value == 1
    assert cles(tmp_path) == apres
    CliRunner().invoke(principale, ["importer", str(fichier)])
    assert lancer("cle", "identite", "etat").return_value == 0
    assert lancer("cle", "identite", "oublier").return_value == 0
    assert cles(tmp_path) == {nom: cle for nom, cle in apres.items() if nom != "identite_ancienne"}
    assert CliRunner().invoke(principale, ["importer", str(fichier)]).output.endswith("2 inchanges\n")
    assert lancer("journal", "verifier").return_value == 0


def test_oublier_malgre_ce_qui_reste_se_demande_et_se_dit(lancer: Any, tmp_path: Path) -> None:
    fichier = tmp_path / "apprentis.csv"
    fichier.write_bytes(en_csv([ligne(0)]))
    CliRunner().invoke(principale, ["importer", str(fichier)])
    lancer("cle", "identite", "changer")
    fait = lancer("cle", "identite", "oublier", "--abandonner")
    assert fait.return_value == 0
    assert "Abandonné : 1\u00a0personne" in fait.output
    assert "identite_ancienne" not in cles(tmp_path)


def test_changer_la_cle_des_fichiers_les_rechiffre(lancer: Any, tmp_path: Path) -> None:
    Coffre.de(charger_reglages()).ranger("a.chiffre", b"contenu")
    assert "1\u00a0pièce rechiffrée" in lancer("cle", "fichiers", "changer").output
    reglages: Reglages = charger_reglages()
    assert Coffre(reglages.dossier_depots, reglages.cle_fichiers).relire("a.chiffre") == b"contenu"
    assert lancer("cle", "fichiers", "oublier").return_value == 0
    assert charger_reglages().cle_fichiers_ancienne is None
    assert "Aucun changement" in lancer("cle", "fichiers", "etat").output


def test_arrete_avant_d_ecrire_les_cles_rien_n_a_change(
    lancer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    avant = cles(tmp_path)

    def couper(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", couper)
    with pytest.raises(KeyboardInterrupt):
        changer_de_cle(tmp_path, {}, "fichiers")
    monkeypatch.undo()
    assert cles(tmp_path) == avant


def test_changer_la_cle_web_est_immediat(lancer: Any, tmp_path: Path) -> None:
    avant = cles(tmp_path)
    assert lancer("cle", "web", "changer").return_value == 0
    apres = cles(tmp_path)
    assert apres["web"] != avant["web"]
    assert apres.keys() == avant.keys()


def test_une_cle_de_l_environnement_se_change_dans_l_environnement(
    lancer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    avant = cles(tmp_path)
    monkeypatch.setenv("TRAJECTOIRE_CLE_FICHIERS", avant["web"])
    Coffre.de(charger_reglages()).ranger("a.chiffre", b"contenu")
    with pytest.raises(Exception, match="mettez-y la neuve, l'ancienne dans TRAJECTOIRE_CLE_FICHIERS_ANCIENNE"):
        raise lancer("cle", "fichiers", "changer").exception
    monkeypatch.setenv("TRAJECTOIRE_CLE_FICHIERS_ANCIENNE", avant["web"])
    monkeypatch.setenv("TRAJECTOIRE_CLE_FICHIERS", avant["identite"])
    assert "1\u00a0pièce rechiffrée" in lancer("cle", "fichiers", "changer").output
    with pytest.raises(Exception, match="ôtez cette variable"):
        raise lancer("cle", "fichiers", "oublier").exception
    monkeypatch.delenv("TRAJECTOIRE_CLE_FICHIERS_ANCIENNE")
    assert Coffre.de(charger_reglages()).relire("a.chiffre") == b"contenu"
    assert cles(tmp_path) == avant


def test_deux_changements_a_la_fois_se_refusent(lancer: Any, tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "cles.verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        with pytest.raises(ChangementRefuse, match="en cours"):
            changer_de_cle(tmp_path, {}, "web")


def test_une_cle_mal_ecrite_se_dit(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n'est pas en base 64"):
        lire_les_cles(tmp_path, {"TRAJECTOIRE_CLE_WEB": "???"})
    with pytest.raises(ValueError, match="fait 3 octets ; il en faut 32"):
        lire_les_cles(tmp_path, {"TRAJECTOIRE_CLE_WEB": "YWJj"})
