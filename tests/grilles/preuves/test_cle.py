"""Changer la clé des fichiers emporte aussi les preuves, et oublie les archives d'audit."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from appli.commandes import principale
from appli.installation import acteur_de_commande, ouvrir
from charte.commun.coffre import Coffre
from charte.commun.reglages import charger_reglages
from grilles.preuves.coffre import coffre_des_exports, coffre_des_preuves
from grilles.preuves.services.lecture import lire_fichier
from tests.grilles.preuves.conftest import deposeur
from tests.grilles.preuves.fabrique import PDF


def test_le_changement_de_cle_rechiffre_les_preuves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for nom in [nom for nom in os.environ if nom.startswith("TRAJECTOIRE_")]:
        monkeypatch.delenv(nom)
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    avant, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session)
    preuve = deposeur(base, avant)(acteur)
    with base.lecture() as session:
        piece = lire_fichier(session, acteur, preuve, 1, 1).piece
    base.fermer()
    exports = coffre_des_exports(avant)
    exports.ranger(exports.nouveau_nom(), b"une archive")
    fait = CliRunner().invoke(principale, ["cle", "fichiers", "changer"], standalone_mode=False)
    assert (fait.return_value, fait.exception) == (0, None)
    assert "1\u00a0pièce rechiffrée" in fait.output
    assert exports.pieces() == {}
    apres = charger_reglages()
    assert apres.cle_fichiers != avant.cle_fichiers
    assert Coffre(apres.dossier_preuves, apres.cle_fichiers).relire(piece) == PDF
    assert not Coffre(avant.dossier_preuves, avant.cle_fichiers).sous_la_cle_courante(piece)
    assert coffre_des_preuves(apres).relire(piece) == PDF
