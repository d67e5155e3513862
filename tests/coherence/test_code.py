"""Ce que la maison promet de son code : court, fini, en français, indépendant de la machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.coherence.fichiers import PAQUETS, RACINE, gabarits, modules, nom

LIGNES_PAR_MODULE = 400
LIGNES_PAR_TEST = 600
LIGNES_PAR_FONCTION = 40
LIGNES_PAR_GESTIONNAIRE = 15
INACHEVES = re.compile(r"\b(?:TODO|FIXME|XXX)\b|raise NotImplementedError")
CHEMIN_DE_MACHINE = re.compile(r"(?<![\w./-])/(?:work|home|Users|root)/|\.\./shared")
ANGLICISMES = re.compile(
    r"\b(?:dashboard|submit|cancel|loading|upload|download|login|logout|delete|save|settings|feedback|KPI)\b"
    r"|\bnon conforme",
    re.IGNORECASE,
)

MOTS_EXIGES = {("appli/accessibilite.html", "non conforme")}
"""Le modèle officiel de déclaration d'accessibilité impose ces mots : ils jugent l'outil, jamais un établissement."""


def _fonctions(chemin: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for noeud in ast.walk(ast.parse(chemin.read_text("utf-8"))):
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef):
            yield noeud


def _longueur(noeud: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lignes du corps, docstring exclue."""
    corps = noeud.body[1:] if ast.get_docstring(noeud) and len(noeud.body) > 1 else noeud.body
    return (noeud.end_lineno or noeud.lineno) - corps[0].lineno + 1


def _est_gestionnaire(noeud: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorateurs = (d.func for d in noeud.decorator_list if isinstance(d, ast.Call))
    return any(isinstance(d, ast.Name) and d.id in ("get", "post", "put", "delete") for d in decorateurs)


def test_aucun_module_n_est_trop_long() -> None:
    bornes = [(chemin, LIGNES_PAR_MODULE) for chemin in modules(*PAQUETS)]
    bornes += [(chemin, LIGNES_PAR_TEST) for chemin in modules("tests")]
    longs = [nom(chemin) for chemin, borne in bornes if len(chemin.read_text("utf-8").splitlines()) > borne]
    assert longs == []


def test_aucune_fonction_n_est_trop_longue() -> None:
    longues = [
        f"{nom(chemin)} : {fonction.name}"
        for chemin in modules(*PAQUETS)
        for fonction in _fonctions(chemin)
        if _longueur(fonction) > (LIGNES_PAR_GESTIONNAIRE if _est_gestionnaire(fonction) else LIGNES_PAR_FONCTION)
    ]
    assert longues == []


def test_tout_ce_qui_est_public_est_documente() -> None:
    muets = [
        f"{nom(chemin)} : {noeud.name}"
        for chemin in modules(*PAQUETS)
        for noeud in ast.parse(chemin.read_text("utf-8")).body
        if isinstance(noeud, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not noeud.name.startswith("_")
        and not ast.get_docstring(noeud)
    ]
    assert muets == []


def test_rien_n_est_laisse_inacheve_ni_lie_a_une_machine() -> None:
    ici = Path(__file__)
    textes = [c for c in (*modules(*PAQUETS, "tests"), *gabarits().values(), *RACINE.glob("docs/**/*.md")) if c != ici]
    fautes = [
        f"{nom(chemin)} : {trouve[0]}"
        for chemin in textes
        for motif in (INACHEVES, CHEMIN_DE_MACHINE)
        if (trouve := motif.search(chemin.read_text("utf-8")))
    ]
    assert fautes == []


def test_l_interface_parle_francais() -> None:
    """Le texte affiché des gabarits : balises, expressions et attributs techniques ôtés."""
    fautes = []
    for appel, chemin in gabarits().items():
        affiche = re.sub(
            r"\{[%{#].*?[%}#]\}|<(?:script|style).*?</(?:script|style)>|<[^>]*>",
            " ",
            chemin.read_text("utf-8"),
            flags=re.DOTALL,
        )
        fautes += [f"{appel} : {mot}" for mot in ANGLICISMES.findall(affiche) if (appel, mot) not in MOTS_EXIGES]
    assert fautes == []


def test_les_frontieres_entre_paquets_tiennent() -> None:
    outil = Path(sys.executable).parent / "lint-imports"
    resultat = subprocess.run([outil, "--no-cache"], cwd=RACINE, capture_output=True, text=True, check=False)
    assert resultat.returncode == 0, resultat.stdout
