"""Ce que le code n'emploie pas : commandes, interprètes, hasard faible, script en ligne, protocoles sans objet.

Ces contrôles prouvent les lignes du tableau de sécurité qui disent « sans objet » ou « jamais » (docs/securite.md).
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.routes import WebSocketRoute

from appli.application import creer_application
from appli.base import BaseSQL
from charte.commun.reglages import Reglages
from tests.coherence.dependances import AILLEURS, DOCUMENT, bibliotheques_livrees, licence_de
from tests.coherence.fichiers import PAQUETS, RACINE, gabarits, modules, nom

CODE = modules(*PAQUETS)
SCRIPTS = sorted((RACINE / "appli" / "statique").glob("*.js"))
VERROU = tomllib.loads((RACINE / "uv.lock").read_text("utf-8"))
APPELS_INTERDITS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.execv", "os.spawnv", "os.startfile",
    "yaml.unsafe_load", "yaml.full_load", "xpath", "from_string", "pickle.loads", "marshal.loads",
}  # fmt: skip
MODULES_INTERDITS = {
    "subprocess",
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "pty",
    "code",
    "codeop",
    "ftplib",
    "telnetlib",
}
CRYPTOGRAPHIE = {"argon2", "cryptography", "hashlib", "hmac", "secrets", "ssl", "joserfc", "jwt", "authlib", "pyotp"}
GABARITS_DE_TEXTE = {"appli/presentation.py", "appli/commandes/demo.py", "charte/commun/cles.py"}
"""Là où `.format` reçoit une constante par une variable ; ailleurs, une constante nommée ou un texte sur place."""
EXECUTANTS = ("exec_driver_sql", "literal_column", "execute", "scalar", "scalars")
SQL_COMPOSE = {"appli/base.py", "charte/commun/journal.py"}
"""Là où un ordre SQL se compose de constantes du projet (noms de tables, réglages), jamais d'une saisie.

Les migrations n'y sont pas : elles écrivent le schéma au démarrage, avant toute saisie."""
SANS_EMPLOI = re.compile(
    r"(?:python-)?ldap3?|pymemcache|python-memcached|pylibmc|graphql-core|strawberry-graphql|ariadne|aiortc|websockets"
    r"|wsproto|python3?-saml|pysaml2|jpype1|pylatex|markdown|mistune|bleach"
)


def _appels(chemin: Path) -> Iterator[tuple[str, ast.Call]]:
    """Chaque appel et le nom dont on l'appelle : « eval », « os.system », et « .xpath » sous « xpath »."""
    for noeud in ast.walk(ast.parse(chemin.read_text("utf-8"))):
        if isinstance(noeud, ast.Call):
            entier = ast.unparse(noeud.func)
            yield entier, noeud
            if isinstance(noeud.func, ast.Attribute) and noeud.func.attr in ("xpath", "from_string"):
                yield noeud.func.attr, noeud


def _importes(chemin: Path) -> set[str]:
    racines: set[str] = set()
    for noeud in ast.walk(ast.parse(chemin.read_text("utf-8"))):
        if isinstance(noeud, ast.Import):
            racines |= {alias.name.split(".")[0] for alias in noeud.names}
        elif isinstance(noeud, ast.ImportFrom) and noeud.module:
            racines.add(noeud.module.split(".")[0])
    return racines


def test_le_code_n_appelle_ni_commande_ni_interprete() -> None:
    fautes = [f"{nom(c)} : {appel}" for c in CODE for appel, _ in _appels(c) if appel in APPELS_INTERDITS]
    fautes += [f"{nom(c)} : {module}" for c in CODE for module in sorted(_importes(c) & MODULES_INTERDITS)]
    fautes += [
        f"{nom(c)}:{noeud.lineno} : format d'un texte qui n'est pas écrit sur place"
        for c in CODE
        if nom(c) not in GABARITS_DE_TEXTE
        for _, noeud in _appels(c)
        if isinstance(noeud.func, ast.Attribute)
        and noeud.func.attr in ("format", "format_map")
        and not isinstance(noeud.func.value, ast.Constant)
        and not re.search(r"\b_?[A-Z][A-Z_0-9]+\b|^(?:Markup|super)\(", ast.unparse(noeud.func.value))
    ]
    assert fautes == []


def test_nul_sql_ne_se_compose_d_une_saisie() -> None:
    fautes = [
        f"{nom(c)}:{noeud.lineno}"
        for c in CODE
        if nom(c) not in SQL_COMPOSE and "migrations" not in c.parts
        for appel, noeud in _appels(c)
        if appel in ("text", "sqlalchemy.text") or appel.rpartition(".")[2] in EXECUTANTS
        if noeud.args
        if isinstance(noeud.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert fautes == []
    for permis in SQL_COMPOSE:
        composes = re.findall(r"\{([^}]*)\}", " ".join(re.findall(r'(?:text|execute)\(f"([^"]*)"', _texte(permis))))
        assert all(re.fullmatch(r"table|pragma|_?[A-Z_]+", mot) for mot in composes), (permis, composes)


def _texte(chemin: str) -> str:
    return (RACINE / chemin).read_text("utf-8")


def test_la_cryptographie_vient_des_bibliotheques_listees() -> None:
    faibles = re.compile(r"\b(?:md5|MD5|MODE_ECB|modes\.ECB|PKCS1v15|DES|RC4|Blowfish)\b")
    assert [nom(c) for c in CODE if faibles.search(c.read_text("utf-8"))] == []
    sha1 = [nom(c) for c in CODE if re.search(r"\bsha1\b|\bSHA1\b", c.read_text("utf-8"))]
    # Le TOTP (RFC 6238) est un HMAC-SHA-1 : les applications des téléphones n'en connaissent pas d'autre à coup sûr.
    assert [chemin for chemin in sha1 if not chemin.startswith("appli/comptes/")] == []
    connues = {"Crypto", "Cryptodome", "nacl", "bcrypt", "passlib", "itsdangerous", "jose", "rsa"} | CRYPTOGRAPHIE
    assert {m for c in CODE for m in _importes(c) & connues} <= CRYPTOGRAPHIE


def test_nul_hasard_ordinaire_hors_de_la_demonstration() -> None:
    assert [nom(c) for c in CODE if "random" in _importes(c) and "demonstration" not in c.parts] == []


def test_nul_script_ne_s_ecrit_dans_une_page() -> None:
    """Ni script, ni style, ni gestionnaire d'événement en ligne : la politique de contenu les refuserait."""
    en_ligne = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+\s*=|\sstyle\s*=|javascript:|hx-on|hx-vals='js", re.I
    )
    pages = {appel: chemin for appel, chemin in gabarits().items() if not appel.startswith("rapports/dossier")}
    assert [appel for appel, chemin in pages.items() if en_ligne.search(chemin.read_text("utf-8"))] == []
    assert '"allowEval":false' in _texte("appli/gabarits/page.html")


def test_seul_un_dessin_de_l_outil_echappe_a_l_echappement() -> None:
    """Un graphique est du SVG écrit ici par ElementTree, qui échappe ses textes ; rien d'autre n'est dit sûr."""
    surs = {
        (appel, expression.strip())
        for appel, chemin in gabarits().items()
        for expression in re.findall(r"([^{}]*)\|\s*safe\b", chemin.read_text("utf-8"))
    }
    permis = {("indicateurs/indicateur.html", "dessin.svg"), ("rapports/graphique.html", "graphique.svg")}
    assert surs <= permis
    assert [a for a, c in gabarits().items() if "autoescape" in c.read_text("utf-8")] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda chemin: chemin.name)
def test_nos_scripts_n_ecrivent_que_du_texte(script: Path) -> None:
    interdits = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|postMessage|\.onmessage"
        r"|__proto__|Object\.assign|setTimeout\(\s*[\"'`]|importScripts|WebSocket|RTCPeerConnection"
    )
    texte = script.read_text("utf-8")
    assert interdits.findall(texte) == []
    assert '"use strict"' in texte


def test_nulle_bibliotheque_de_ce_que_l_outil_n_emploie_pas() -> None:
    livrees = set(bibliotheques_livrees())
    assert {"litestar", "sqlalchemy", "cryptography"} <= livrees
    assert sorted(p for p in livrees if SANS_EMPLOI.fullmatch(p)) == []


def test_chaque_dependance_vient_de_pypi_avec_son_empreinte() -> None:
    for paquet in VERROU["package"]:
        if paquet["name"] == "trajectoire":
            assert paquet["source"] == {"editable": "."}
            continue
        assert paquet["source"] == {"registry": "https://pypi.org/simple"}, paquet["name"]
        fichiers: list[dict[str, Any]] = [*paquet.get("wheels", []), *filter(None, [paquet.get("sdist")])]
        assert fichiers, paquet["name"]
        for fichier in fichiers:
            assert fichier["url"].startswith("https://files.pythonhosted.org/"), fichier["url"]
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", fichier["hash"]), fichier["url"]


def test_l_inventaire_des_bibliotheques_et_de_leurs_licences_est_a_jour() -> None:
    lues = dict(
        re.findall(r"^\| ([\w.-]+) \| (?:oui)? \| ([^|]+) \|$", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    )
    assert list(lues) == list(bibliotheques_livrees()), "lancez : python -m tests.coherence.dependances"
    installees = {nom: licence for nom in lues if (licence := licence_de(nom)) != AILLEURS}
    assert {nom: lues[nom] for nom in installees} == installees
    assert "non déclarée" not in installees.values()


def test_nulle_route_n_est_un_websocket(tmp_path: Path) -> None:
    base = BaseSQL(f"sqlite:///{tmp_path / 'vide.sqlite'}")
    reglages = Reglages(tmp_path, f"sqlite:///{tmp_path / 'vide.sqlite'}", b"i" * 32, b"f" * 32, b"w" * 32)
    application = creer_application(reglages, base, ouvriers=False)
    assert [route.path for route in application.routes if isinstance(route, WebSocketRoute)] == []
    assert application.openapi_config is None
    base.fermer()
