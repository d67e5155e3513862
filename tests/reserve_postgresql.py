"""Des bases PostgreSQL prêtées d'un essai à l'autre : en créer une écrit un millier de fichiers, 0,2 s de noyau.

Une base rendue est vidée, ses numéros repartent de un, et plus personne n'y est connecté. Une base dont la structure
(tables, colonnes, contraintes, déclencheurs, fonctions, politiques) n'est plus celle du modèle est jetée.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg

_libres: dict[tuple[str, str], list[str]] = defaultdict(list)

_DECONNECTER = b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"

_VIDER = b"""
DO $$
DECLARE objet record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR objet IN SELECT oid::regclass AS nom FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
  LOOP
    EXECUTE format('DELETE FROM %s', objet.nom);
  END LOOP;
  FOR objet IN SELECT format('%I.%I', schemaname, sequencename)::regclass AS nom FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    EXECUTE format('ALTER SEQUENCE %s RESTART', objet.nom);
  END LOOP;
END $$"""
"""Sans déclencheurs ni clés étrangères : le journal et les grilles arrêtées refusent qu'on les efface."""

_STRUCTURE = b"""
SELECT md5(string_agg(dit, '|' ORDER BY dit)) FROM (
  SELECT format('classe %s %s %s %s %s', relname, relkind, relrowsecurity, relforcerowsecurity, relowner) AS dit
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('colonne %s %s %s %s', attrelid::regclass, attname, atttypid, attnotnull)
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND relkind = 'r'
  UNION ALL SELECT format('contrainte %s %s %s', conrelid::regclass, conname, contype)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('declencheur %s %s %s', tgrelid::regclass, tgname, tgenabled)
    FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT format('politique %s %s %s', polrelid::regclass, polname, polcmd) FROM pg_policy
  UNION ALL SELECT format('fonction %s %s', proname, md5(prosrc))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('version %s', version_num) FROM alembic_version
) AS tout"""


@contextmanager
def preter_une_base(serveur: str, modele: str, proprietaire: str = "") -> Iterator[str]:
    """Le nom d'une base migrée et vide, copie de `modele`, que personne d'autre n'emploie le temps du bloc."""
    libres = _libres[serveur, modele]
    nom = libres.pop() if libres else creer(serveur, modele, proprietaire)
    yield nom
    if _rendue_intacte(serveur, nom, modele):
        libres.append(nom)
    else:
        jeter(serveur, nom)


def creer(serveur: str, modele: str, proprietaire: str = "") -> str:
    """Une base neuve, copie de `modele` ; rend son nom."""
    nom = f"essai_{uuid4().hex[:12]}"
    _executer(serveur, f"CREATE DATABASE {nom} TEMPLATE {modele}" + (proprietaire and f" OWNER {proprietaire}"))
    return nom


def jeter(serveur: str, nom: str) -> None:
    """Efface une base, quoi que l'on y fasse encore."""
    _executer(serveur, f"DROP DATABASE {nom} WITH (FORCE)")


def adresse_de(serveur: str, nom: str) -> str:
    """L'adresse de la base `nom` pour qui administre le serveur."""
    return re.sub(r"/postgres(?=\?|$)", f"/{nom}", serveur)


def _rendue_intacte(serveur: str, nom: str, modele: str) -> bool:
    with psycopg.connect(serveur, autocommit=True) as connexion:
        connexion.execute(_DECONNECTER, [nom])
    with psycopg.connect(adresse_de(serveur, nom), autocommit=True) as connexion:
        if _structure_lue(connexion) != _structure(serveur, modele):
            return False
        connexion.execute(_VIDER)
        return True


@cache
def _structure(serveur: str, modele: str) -> str:
    with psycopg.connect(adresse_de(serveur, modele), autocommit=True) as connexion:
        return _structure_lue(connexion)


def _structure_lue(connexion: psycopg.Connection[Any]) -> str:
    (empreinte,) = connexion.execute(_STRUCTURE).fetchone() or ("",)
    return str(empreinte)


def _executer(serveur: str, ordre: str) -> None:
    with psycopg.connect(serveur, autocommit=True) as connexion:
        connexion.execute(ordre.encode())
