"""Ce qu'on dépose peut être hostile : chaque fichier est refusé d'une phrase, vite, et sans occuper la machine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indicateurs.imports import FichierIllisible, diagnostiquer
from tests.indicateurs.imports import hostiles as h
from tests.indicateurs.imports.fabrique import CLE, ENTETES, classeur, en_csv, ligne, octets

RACINE = Path(__file__).parents[3]
SECONDES, POINTE = 40, 900
"""Calcul (s), mémoire réelle en plus (Mio) : autant qu'un fichier de 100 000 lignes."""
Cas = tuple[Callable[[], bytes], str]

ENVELOPPES: dict[str, Cas] = {
    "pièce hors du dossier": (lambda: h.avec("../../etc/cron.d/x.xml"), "abîmé"),
    "chemin absolu": (lambda: h.avec("/etc/x.xml"), "abîmé"),
    "chemin de Windows": (lambda: h.avec("C:/x.xml"), "abîmé"),
    "lien symbolique": (h.lien_symbolique, "abîmé"),
    "pièce en double": (h.en_double, "abîmé"),
    "pièces qui se recouvrent": (h.recouvrement, "abîmé"),
    "pièce chiffrée": (h.chiffre, "mot de passe"),
    "commentaire d'archive": (lambda: h.en_double()[:-2] + b"\x04\x00mots", "abîmé"),
    "archives gigognes": (h.gigogne, "objet incorporé"),
    "exécutable joint": (lambda: h.avec("xl/media/lisezmoi.exe"), "objet incorporé"),
    "objet incorporé": (lambda: h.avec("xl/embeddings/oleObject1.bin"), "objet incorporé"),
    "contrôle ActiveX": (lambda: h.avec("xl/activeX/activeX1.xml"), "objet incorporé"),
    "macro": (lambda: h.avec("xl/vbaProject.bin"), "macros"),
    "macro renommée": (lambda: h.avec("xl/vbaProject.xml"), "macros"),
    "type de contenu à macros": (h.macro_renommee, "macros"),
    "macro Excel 4": (lambda: h.avec("xl/macrosheets/sheet1.xml", b"<x/>"), "macros"),
    "liaison ou DDE": (lambda: h.avec("xl/externalLinks/externalLink1.xml", b"<ddeLink/>"), "rompez ces liaisons"),
    "connexion de données": (lambda: h.avec("xl/connections.xml", b"<x/>"), "rompez ces liaisons"),
    "image prise ailleurs": (lambda: h.lien_externe("image"), "rompez ces liaisons"),
    "modèle distant": (lambda: h.lien_externe("attachedTemplate"), "rompez ces liaisons"),
    "un milliard de rires": (h.entites, "DOCTYPE"),
    "entité externe": (lambda: h.entites(externe=True), "DOCTYPE"),
    "autre codage": (lambda: h.avec("xl/x.xml", "<?xml version='1.0'?><x/>".encode("utf-16")), "abîmé"),
    "codage déclaré": (lambda: h.avec("xl/x.xml", b"<?xml version='1.0' encoding='UTF-7'?><x/>"), "abîmé"),
    "formule": (h.formule, "Collage spécial, Valeurs"),
    "formule calculée": (lambda: h.formule(resultat=True), "Collage spécial, Valeurs"),
    "formule DDE": (lambda: h.formule("=cmd|' /C calc'!A0"), "Collage spécial, Valeurs"),
}
LOURDS: dict[str, Cas] = {
    "feuille de zéros": (lambda: h.bombe(h.FEUILLE, 700), "abîmé"),
    "feuille de blancs": (lambda: h.bombe(h.FEUILLE, 700, b" "), "démesuré"),
    "textes démesurés": (lambda: h.bombe(h.TEXTES, 200, b"<si><t>abcdefgh</t></si>"), "démesuré"),
    "textes minuscules": (h.bombe_de_textes, "lu"),
    "style démesuré": (lambda: h.bombe("xl/styles.xml", 64, b" "), "démesuré"),
    "image démesurée": (lambda: h.bombe("xl/media/image1.png", 64), "démesuré"),
    "taille sous-annoncée": (lambda: h.mensonge(1_000), "abîmé"),
    "taille surannoncée": (lambda: h.mensonge(2**31), "abîmé"),
    "multitude de pièces": (h.multitude, "abîmé"),
    "balises jamais fermées": (lambda: h.bombe(h.FEUILLE, 500, b"<c r='A1' "), "abîmé"),
    "cellule au loin, guillemets simples": (
        lambda: h.dans_la_feuille(b"</sheetData>", b"<row><c r='XFD1048576'><v>1</v></c></row></sheetData>"),
        "démesurée",
    ),
    "cellule au loin, minuscules": (
        lambda: h.dans_la_feuille(b"</sheetData>", b"<row><c t='n' r='xfd1048576'><v>1</v></c></row></sheetData>"),
        "démesurée",
    ),
    "lignes sans numéro": (
        lambda: h.dans_la_feuille(
            b"</sheetData>", b"<row>" + b"<c/>" * 16_000 + b"<c><v>1</v></c></row>" + b"<row/>" * 400_000
            + b"<row><c><v>1</v></c></row></sheetData>",
        ),
        "démesurée",
    ),
    "ligne de csv de 10 millions de caractères": (lambda: h.csv_geant(b"x", 10_000_000), "1\u202f000\u202f000"),
    "100 000 colonnes": (
        lambda: en_csv([ligne(0)], entetes=[*ENTETES, *(f"c{n}" for n in range(100_000))]), "colonnes",
    ),
    "guillemet jamais fermé": (lambda: h.csv_geant(b'"' + b"a;b\r\n" * 100, 40_000), "guillemet"),
    "lignes minuscules sans fin": (lambda: h.csv_geant(b";\r\n", 60_000_000), "500\u202f000 lignes"),
    "octets nuls": (lambda: h.csv_geant(b"\0", 1_000), "ni un classeur"),
    "deux encodages": (lambda: en_csv([ligne(0)]) + "Élève".encode("cp1252"), "mélange deux encodages"),
}  # fmt: skip
CAS = ENVELOPPES | LOURDS


@pytest.mark.parametrize("nom", ENVELOPPES)
def test_un_classeur_dangereux_est_refuse_avec_son_remede(nom: str) -> None:
    contenu, extrait = ENVELOPPES[nom]
    with pytest.raises(FichierIllisible) as refus:
        diagnostiquer(contenu(), "essai.xlsx", CLE)
    assert extrait in str(refus.value)
    assert str(refus.value).startswith("« essai.xlsx » ")
    assert "\n" not in str(refus.value)
    assert len(str(refus.value)) < 500, "la base n'en garde que 500 caractères"


@pytest.fixture(scope="module")
def lire_a_part() -> Iterator[Callable[[Path], str]]:
    """`lire_a_part(fichier)` : ce qu'en dit un processus borné, qui n'est qu'à lui."""
    commande = [sys.executable, "-m", "tests.indicateurs.imports.hostiles"]
    environnement = {**os.environ, "PYTHONPATH": str(RACINE)}
    with subprocess.Popen(
        commande, cwd=RACINE, env=environnement, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as serveur:
        entree, sortie = serveur.stdin, serveur.stdout
        assert entree is not None
        assert sortie is not None

        def lire(fichier: Path) -> str:
            entree.write(f"{fichier}\n")
            return sortie.readline().strip()

        yield lire
        entree.close()


@pytest.mark.parametrize("nom", LOURDS)
def test_un_fichier_lourd_n_occupe_ni_la_memoire_ni_le_temps(
    nom: str, tmp_path: Path, lire_a_part: Callable[[Path], str]
) -> None:
    fichier = tmp_path / "hostile"
    fichier.write_bytes(LOURDS[nom][0]())
    secondes, ajoute, _, message = lire_a_part(fichier).split("|", 3)
    fichier.unlink()
    print(f"{nom} : {secondes} s, {ajoute} Mio de plus, « {message} »")
    assert LOURDS[nom][1] in message
    assert float(secondes) < SECONDES
    assert int(ajoute) < POINTE


def test_la_formule_se_dit_par_sa_cellule_et_sa_feuille() -> None:
    livre = classeur([ligne(0), ligne(1)], "Mes apprentis")
    for rang in (2, 3):
        livre.active.cell(rang, 3, "=1+1")
    with pytest.raises(FichierIllisible, match=r"« Mes apprentis » \(cellules C2 et C3\)"):
        diagnostiquer(octets(livre), "essai.xlsx", CLE)


def test_ce_qui_est_inerte_passe() -> None:
    livre = classeur([ligne(0)])
    livre.create_sheet("Synthèse")["A1"] = "=1+1"
    livre.active["B2"].hyperlink = "https://intranet.exemple.invalid/fiche"
    livre.active["C2"].comment = None
    diagnostic = diagnostiquer(octets(livre), "essai.xlsx", CLE)
    assert (diagnostic.lues, diagnostic.retenues) == (1, 1), "une formule d'une autre feuille n'est jamais lue"
