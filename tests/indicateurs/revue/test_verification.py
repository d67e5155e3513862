"""`trajectoire revue verifier` : un fichier emporté, ou tout ce que la base a scellé."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from appli.base import BaseSQL
from appli.commandes import principale
from charte.commun.canonique import calculer_empreinte
from indicateurs.revue.services.lecture import lire_le_scelle
from indicateurs.revue.verification import CHANGE, ILLISIBLE, PAS_CANONIQUE, faute_du_scelle, verifier_les_scelles
from tests.indicateurs.revue.fabrique import figer, lire, ouvrir, peupler


def test_un_fichier_entier_change_masque_defait(base: BaseSQL, tmp_path: Path) -> None:
    lieu = peupler(base)
    revue = ouvrir(lieu, lieu.autre_cfa)
    empreinte = figer(lieu, revue)
    with base.lecture() as session:
        scelle = lire_le_scelle(session, lieu.acteur, lire(lieu, revue).revue)
        assert verifier_les_scelles(session) == [(f"revue {revue}", "")]
    defait = json.loads(scelle)
    masquee = next(m for i in defait["indicateurs"] for m in i["serie"] if m["masque"])
    masquee["numerateur"] = 1
    fautif, espace = json.dumps(defait), scelle + "\n"
    assert faute_du_scelle(scelle, empreinte) == ""
    assert faute_du_scelle(espace, empreinte) == CHANGE
    assert faute_du_scelle(fautif, calculer_empreinte(fautif)) == ILLISIBLE
    assert faute_du_scelle(espace, calculer_empreinte(espace)) == PAS_CANONIQUE
    for contenu, rendu in ((scelle, 0), (espace, 1)):
        fichier = tmp_path / "revue.json"
        fichier.write_bytes(contenu.encode())
        mots = ["revue", "verifier", str(fichier), "--empreinte", empreinte]
        resultat = CliRunner().invoke(principale, mots, standalone_mode=False)
        assert (resultat.return_value, resultat.exception) == (rendu, None)


def test_la_base_dit_ce_qu_on_a_change_sous_elle(base: BaseSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    lieu = peupler(base)
    figer(lieu, ouvrir(lieu))
    with base.ecriture() as session:
        session.connection().execute(text("DROP TRIGGER revue_scellee_update"))
        session.connection().execute(text("UPDATE revue SET contenu = replace(contenu, 'Rien', 'Tout')"))
    monkeypatch.setattr("appli.installation.ouvrir", lambda: (None, base))
    monkeypatch.setattr(base, "fermer", lambda: None)
    resultat = CliRunner().invoke(principale, ["revue", "verifier"], standalone_mode=False)
    assert resultat.return_value == 1
    assert f"revue 1 : {CHANGE}." in resultat.output
