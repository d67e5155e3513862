"""Une installation d'avant les mandats passe à aujourd'hui sans rien perdre, et sait revenir."""

from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.migrations import configuration, migrer, sans_cles_etrangeres
from appli.sessions import comptes_actifs
from charte.acteur import Mandat, Role

AVANT = "0003"
INSTANT = "2026-10-01 08:00:00+00:00"
COMPTE = (
    "INSERT INTO compte (id, etablissement_id, courriel, nom, role, condense, actif, cree_le) "
    "VALUES (:id, 1, :courriel, 'Compte', :role, 'condense', true, :instant)"
)
ANCIENNES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("INSERT INTO etablissement (id, nom) VALUES (1, 'Université ancienne')", {}),
    (COMPTE, {"id": 1, "courriel": "administrateur@ancienne.invalid", "role": "administrateur"}),
    (COMPTE, {"id": 2, "courriel": "lecteur@ancienne.invalid", "role": "lecteur"}),
    (
        "INSERT INTO session_web (compte_id, empreinte, ouverte_le, vue_le, expire_le) "
        "VALUES (1, :empreinte, :instant, :instant, :instant)",
        {"empreinte": "a" * 64},
    ),
    (
        "INSERT INTO journal (etablissement_id, compte_id, auteur, quand, acte, objet, origine, rang, "
        "empreinte_precedente, empreinte) "
        "VALUES (1, 1, 'Compte', :instant, 'connexion', 'compte:1', 'web', 1, :precedente, :empreinte)",
        {"precedente": "0" * 64, "empreinte": "b" * 64},
    ),
)


def aller(base: BaseSQL, version: str, *, retour: bool = False) -> None:
    deplacer = command.downgrade if retour else command.upgrade
    with hors_cloison(), base.moteur.connect() as connexion, sans_cles_etrangeres(connexion), connexion.begin():
        deplacer(configuration(connexion), version)


def lire(base: BaseSQL, requete: str) -> list[tuple[Any, ...]]:
    with hors_cloison(), base.lecture() as session:
        return [tuple(rang) for rang in session.connection().execute(text(requete))]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ancienne(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """Une base arrêtée juste avant les mandats, avec deux comptes, une session et une entrée de journal."""
    if request.param == "postgresql":
        base: BaseSQL = request.getfixturevalue("base_postgresql")
        aller(base, AVANT, retour=True)
    else:
        base = BaseSQL(f"sqlite:///{tmp_path / 'ancienne.sqlite'}")
        aller(base, AVANT)
    with hors_cloison(), base.ecriture() as session:
        for ordre, valeurs in ANCIENNES:
            session.connection().execute(text(ordre), {"instant": INSTANT, **valeurs})
    yield base
    base.fermer()


def test_chaque_role_devient_un_mandat_et_rien_d_autre_ne_bouge(ancienne: BaseSQL) -> None:
    migrer(ancienne)
    with hors_cloison(), ancienne.lecture() as session:
        comptes = {compte.courriel: compte.espaces for compte in comptes_actifs(session)}
    assert {courriel: [(e.nom, e.mandats) for e in espaces] for courriel, espaces in comptes.items()} == {
        f"{role.value}@ancienne.invalid": [("Université ancienne", (Mandat(role),))]
        for role in (Role.ADMINISTRATEUR, Role.LECTEUR)
    }
    assert lire(ancienne, "SELECT acte, compte_id FROM journal") == [("connexion", 1)]
    assert lire(ancienne, "SELECT count(*) FROM session_web") == [(0,)]


def test_le_retour_rend_a_chacun_son_role(ancienne: BaseSQL) -> None:
    migrer(ancienne)
    aller(ancienne, AVANT, retour=True)
    assert lire(ancienne, "SELECT role, condense FROM compte ORDER BY id") == [
        ("administrateur", "condense"),
        ("lecteur", "condense"),
    ]
    assert lire(ancienne, "SELECT acte FROM journal") == [("connexion",)]
