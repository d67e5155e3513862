"""L'état d'une installation, constaté sans rien créer : ni dossier, ni base, ni clé."""

import os
import platform
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from appli.bibliotheques_du_systeme import bibliotheques_manquantes
from charte.commun.reglages import DOSSIER_PAR_DEFAUT

if TYPE_CHECKING:
    from sqlalchemy import Connection

PYTHON_MINIMAL = (3, 11)
NAVIGATEURS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIGNE_PANGO = "sudo apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
RACINE = Path(__file__).resolve().parents[1]
POLICES = ("appli/statique", "rapports/donnees")


@dataclass(frozen=True)
class Constat:
    """Un point contrôlé. `etat` : bon, note (utile à savoir, rien à faire), manque (empêche quelque chose)."""

    sujet: str
    etat: Literal["bon", "note", "manque"]
    detail: str
    remede: str = ""


def constater(environnement: Mapping[str, str] | None = None) -> list[Constat]:
    """Tous les constats, dans l'ordre où l'on installe."""
    env = os.environ if environnement is None else environnement
    return [
        _python(),
        _bibliotheques_python(),
        _pdf(),
        _polices(),
        _edition(),
        _dossier(env),
        _cles(env),
        _base(env),
        _navigateur(env),
    ]


def dossier_de(env: Mapping[str, str]) -> Path:
    """Le dossier des données que désigne l'environnement, qu'il existe ou non."""
    return Path(env.get("TRAJECTOIRE_DOSSIER") or DOSSIER_PAR_DEFAUT).resolve()


def _python() -> Constat:
    version = platform.python_version()
    if sys.version_info >= PYTHON_MINIMAL:
        return Constat("Python", "bon", version)
    return Constat("Python", "manque", f"{version}, trop ancien", "Installez Python 3.11 ou plus récent.")


def _bibliotheques_python() -> Constat:
    sujet = "Bibliothèques Python"
    try:
        voulues = [
            re.split(r"[^\w.-]", exigence)[0]
            for exigence in metadata.requires("trajectoire") or ()
            if "extra ==" not in exigence
        ]
    except metadata.PackageNotFoundError:
        return Constat(sujet, "manque", "Trajectoire n'est pas installée", "Lancez ./lancer installer")
    absentes = sorted(nom for nom in set(voulues) if not _installee(nom))
    if absentes:
        return Constat(sujet, "manque", f"il manque {', '.join(absentes)}", "Lancez ./lancer installer")
    return Constat(sujet, "bon", f"{len(set(voulues))} présentes")


def _installee(nom: str) -> bool:
    try:
        return bool(metadata.version(nom))
    except metadata.PackageNotFoundError:
        return False


def _pdf() -> Constat:
    sujet = "Mise en page des PDF"
    absentes = bibliotheques_manquantes()
    if absentes:
        remede = "brew install pango" if sys.platform == "darwin" else LIGNE_PANGO
        return Constat(sujet, "manque", f"Pango est incomplet ({', '.join(absentes)})", f"Lancez : {remede}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint
    except OSError as erreur:
        return Constat(sujet, "manque", f"WeasyPrint ne démarre pas : {erreur}", f"Lancez : {LIGNE_PANGO}")
    return Constat(sujet, "bon", f"WeasyPrint {weasyprint.__version__} avec Pango")


def _polices() -> Constat:
    trouvees = [f for lieu in POLICES for f in (RACINE / lieu).rglob("*") if f.suffix in (".ttf", ".otf", ".woff2")]
    if trouvees:
        return Constat("Polices", "bon", f"{len(trouvees)} fichiers embarqués")
    return Constat("Polices", "manque", "aucune police embarquée", "Reprenez une copie complète du projet.")


def _edition() -> Constat:
    from charte.chargement import EDITION_COURANTE, charger_edition
    from charte.commun.donnees import DonneesInvalides

    try:
        edition = charger_edition()
    except DonneesInvalides as erreur:
        return Constat("Texte de la charte", "manque", str(erreur), "Reprenez une copie intacte du projet.")
    return Constat("Texte de la charte", "bon", f"édition {EDITION_COURANTE}, empreinte {edition.empreinte[:12]}…")


def _dossier(env: Mapping[str, str]) -> Constat:
    dossier = dossier_de(env)
    if dossier.exists():
        if os.access(dossier, os.W_OK | os.X_OK):
            return Constat("Dossier des données", "bon", str(dossier))
        remede = f"Donnez à votre compte le droit d'écrire dans {dossier}, ou changez TRAJECTOIRE_DOSSIER."
        return Constat("Dossier des données", "manque", f"{dossier} refuse l'écriture", remede)
    parent = next(p for p in dossier.parents if p.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return Constat("Dossier des données", "note", f"{dossier} sera créé au premier démarrage")
    remede = "Choisissez un autre dossier par TRAJECTOIRE_DOSSIER."
    return Constat("Dossier des données", "manque", f"{dossier} ne peut pas être créé", remede)


def _cles(env: Mapping[str, str]) -> Constat:
    fichier = dossier_de(env) / "cles.json"
    if all(env.get(f"TRAJECTOIRE_CLE_{nom}") for nom in ("IDENTITE", "FICHIERS", "WEB")):
        return Constat("Clés", "bon", "données par l'environnement")
    if not fichier.exists():
        return Constat("Clés", "note", "elles seront engendrées au premier démarrage", "Gardez-en alors une copie.")
    if fichier.stat().st_mode & 0o077:
        return Constat("Clés", "manque", f"{fichier} est lisible par d'autres", f"Lancez : chmod 600 {fichier}")
    return Constat("Clés", "bon", f"{fichier} (à sauvegarder à part de la base)")


def _base(env: Mapping[str, str]) -> Constat:
    fichier = dossier_de(env) / "trajectoire.sqlite"
    url = env.get("TRAJECTOIRE_BASE") or f"sqlite:///{fichier}"
    if url == f"sqlite:///{fichier}" and not fichier.exists():
        return Constat("Base", "note", "elle sera créée au premier démarrage")
    return _protege("Base", lambda: _schema(url))


def _protege(sujet: str, controle: Callable[[], Constat]) -> Constat:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return controle()
    except SQLAlchemyError as erreur:
        # Le texte complet de l'erreur porte l'URL, donc parfois un mot de passe : seule la cause est dite.
        cause = str(getattr(erreur, "orig", None) or type(erreur).__name__).splitlines()[0]
        return Constat(sujet, "manque", f"injoignable ({cause})", "Vérifiez TRAJECTOIRE_BASE et que le serveur répond.")


def _schema(url: str) -> Constat:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from appli.base import BaseSQL
    from appli.migrations import configuration

    base = BaseSQL(url)
    try:
        with base.moteur.connect() as connexion:
            actuelle = MigrationContext.configure(connexion).get_current_revision()
            voulue = ScriptDirectory.from_config(configuration(connexion)).get_current_head()
            moteur = connexion.dialect.name
            passe_outre = _role_sans_cloison(connexion) if moteur == "postgresql" else None
    finally:
        base.fermer()
    if passe_outre:
        detail = f"{moteur}, schéma {actuelle or 'vide'}, mais le rôle « {passe_outre} » passe outre la cloison"
        return Constat(
            "Base", "manque", detail, "Donnez à Trajectoire un rôle ordinaire (docs/installation.md, PostgreSQL)."
        )
    if actuelle == voulue:
        return Constat("Base", "bon", f"{moteur}, schéma {actuelle}")
    return Constat("Base", "note", f"{moteur}, schéma {actuelle or 'vide'} : il passera en {voulue} au démarrage")


def _role_sans_cloison(connexion: "Connection") -> str | None:
    """Le rôle de l'application s'il échappe aux règles de cloisonnement (superutilisateur, BYPASSRLS)."""
    from sqlalchemy import text

    requete = "SELECT rolname FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
    trouve = connexion.execute(text(requete)).scalar()
    return None if trouve is None else str(trouve)


def _navigateur(env: Mapping[str, str]) -> Constat:
    trouve = next(filter(None, map(shutil.which, (env.get("TRAJECTOIRE_CHROMIUM") or "", *NAVIGATEURS))), None)
    if trouve:
        return Constat("Chromium", "bon", f"{trouve} (ne sert qu'aux tests)")
    return Constat("Chromium", "note", "absent ; il ne sert qu'aux tests du navigateur")
