"""Tout ce qui se cite d'un paquet à l'autre existe : gabarits, indicateurs, éléments de la charte, règles d'accès."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from appli.application import creer_application
from appli.base import BaseSQL
from appli.gabarits_jinja import creer_environnement
from appli.gardes import _gestionnaires
from appli.presentation import ENTREES
from charte.acteur import Geste
from charte.chargement import charger_edition
from charte.commun.reglages import Reglages
from indicateurs.catalogue import charger_tables
from indicateurs.definitions import charger_definitions
from rapports.rendu import _environnement
from tests.coherence.fichiers import PAQUETS, RACINE, gabarits, modules

APPEL_LOCAL = re.compile(r"get_template\(\"([\w-]+\.html)\"")
APPEL_DE_GABARIT = re.compile(rf"[\"'f]((?:{'|'.join(PAQUETS)})/[\w/-]+\.html)")
PUCE_DE_LA_CHARTE = re.compile(r"(?<![\w.])[1-4]\.[SC]\d\.\d+(?![\w.]*\w)")
IDENTIFIANT = re.compile(r"[1-4]\.(?:[SC]\d|\d+)(?:\.\d+){0,2}")


def _appels() -> set[str]:
    """Les gabarits que le code ou un autre gabarit appelle."""
    appels: set[str] = set()
    exemples = RACINE / "charte" / "commun" / "web.py"
    for chemin in (*modules(*PAQUETS), *gabarits().values()):
        if chemin != exemples:
            texte, paquet = chemin.read_text("utf-8"), chemin.relative_to(RACINE).parts[0]
            appels |= {appel for appel in APPEL_DE_GABARIT.findall(texte) if "/gabarits/" not in appel}
            appels |= {f"{paquet}/{local}" for local in APPEL_LOCAL.findall(texte)}
    return appels


def test_tout_gabarit_appele_existe_et_tout_gabarit_sert() -> None:
    appels = _appels()
    assert sorted(appels - gabarits().keys()) == []
    assert sorted(gabarits().keys() - appels) == []


@pytest.mark.parametrize("appel", sorted(gabarits()))
def test_chaque_gabarit_se_compile(appel: str) -> None:
    # Le PDF a son propre environnement : ses filtres ne sont pas ceux des pages.
    environnement, local = creer_environnement(), appel
    if appel.startswith("rapports/dossier"):
        environnement, local = _environnement(), appel.removeprefix("rapports/")
    assert environnement.get_template(local).filename == str(gabarits()[appel])


def test_chaque_indicateur_est_defini_et_calcule() -> None:
    definitions = charger_definitions()
    lues = {definition.calcul.table for definition in definitions.values()}
    # La table des résultats se lit par les colonnes que « parcours » en déduit.
    assert lues | {"resultats"} == charger_tables().keys()
    assert all(definition.expressions for definition in definitions.values())


def _valeurs(contenu: Any, sous: str = "") -> Iterator[tuple[str, str]]:
    """Toutes les feuilles de texte d'un YAML et leurs clés, avec le nom de la clé qui les porte."""
    if isinstance(contenu, dict):
        for cle, valeur in contenu.items():
            yield "cle", str(cle)
            yield from _valeurs(valeur, str(cle))
    elif isinstance(contenu, list):
        for valeur in contenu:
            yield from _valeurs(valeur, sous)
    elif isinstance(contenu, str):
        yield sous, contenu


def _donnees() -> list[Path]:
    return [c for paquet in PAQUETS if paquet != "charte" for c in sorted((RACINE / paquet).rglob("donnees/**/*.yaml"))]


def test_tout_element_de_la_charte_cite_existe() -> None:
    edition = charger_edition()
    cites: set[str] = set()
    for chemin in _donnees():
        for cle, texte in _valeurs(yaml.safe_load(chemin.read_text("utf-8"))):
            cites.update(PUCE_DE_LA_CHARTE.findall(texte))
            if cle in ("cle", "element", "elements", "charte", "puces", "perimetres") and IDENTIFIANT.fullmatch(texte):
                cites.add(texte)
    for chemin in (*modules(*PAQUETS), *gabarits().values()):
        cites.update(PUCE_DE_LA_CHARTE.findall(chemin.read_text("utf-8")))
    assert len(cites) > 10
    assert sorted(cites - set(edition.ids())) == []


def test_tout_indicateur_cite_par_un_rapport_ou_une_page_existe() -> None:
    connus = charger_definitions().keys()
    cites = {
        texte
        for chemin in _donnees()
        if "definitions" not in chemin.parts
        for cle, texte in _valeurs(yaml.safe_load(chemin.read_text("utf-8")))
        if cle in ("indicateur", "indicateurs")
    }
    assert sorted(cites - connus) == []


@pytest.fixture
def routes(tmp_path: Path) -> Iterator[list[Any]]:
    base = BaseSQL(f"sqlite:///{tmp_path / 'vide.sqlite'}")
    reglages = Reglages(tmp_path, f"sqlite:///{tmp_path / 'vide.sqlite'}", b"i" * 32, b"f" * 32, b"w" * 32)
    yield list(creer_application(reglages, base).routes)
    base.fermer()


def test_nulle_route_sans_regle_d_acces(routes: list[Any]) -> None:
    gestes = {route.path: [g.opt.get("geste") for g in _gestionnaires(route)] for route in routes}
    assert len(gestes) > 10
    assert [chemin for chemin, portes in gestes.items() if not all(isinstance(geste, Geste) for geste in portes)] == []


def test_rien_n_est_public_que_le_texte_et_la_connexion(routes: list[Any]) -> None:
    publiques = {r.path for r in routes if any(g.opt.get("geste") is Geste.PUBLIC for g in _gestionnaires(r))}
    permises = re.compile(
        r"/(?:\.well-known/security\.txt|connexion(?:/(?:fournisseurs|retour)/{fournisseur:str})?|deconnexion"
        r"|connexion/code|mot-de-passe-oublie|lien(?:/mot-de-passe)?|avis(?:/(?:reponses|merci|fin))?"
        r"|charte(?:\.json|/comparaison)?|charte/referentiels(?:/{referentiel:str}/{edition:str}(?:/changements)?)?"
        r"|ouvert/{uai:str}(?:/{annee:int}(?:/(?:versions/{version:int}|extrait|taux\.csv|definitions\.csv))?)?"
        r"|openapi\.json|accessibilite|donnees-personnelles|openapi\.json|sante|statique/.*)"
    )
    assert [chemin for chemin in sorted(publiques) if not permises.fullmatch(chemin)] == []


def test_toute_entree_de_la_navigation_mene_a_une_page(routes: list[Any]) -> None:
    chemins = {route.path for route in routes}
    assert [adresse for adresse, _ in ENTREES if adresse not in chemins] == []
