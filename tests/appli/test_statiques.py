"""Les fichiers servis tels quels : intègres, complets, et rien ne vient d'un autre site."""

import hashlib
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from appli.statiques import DOSSIER, adresse_statique

EMPREINTES = dict(
    reversed(ligne.split("  ", 1)) for ligne in (DOSSIER / "EMPREINTES.sha256").read_text("utf-8").splitlines()
)
SIGNES = "éèàùçœÉ«»’–→≥≤≠×·€%\u202f\u2009\u00a0■◆●0123456789"


def test_chaque_fichier_tiers_est_celui_qu_on_a_verse() -> None:
    verses = {
        f.relative_to(DOSSIER).as_posix() for genre in ("polices/*.woff2", "tiers/*.js") for f in DOSSIER.glob(genre)
    }
    assert verses == EMPREINTES.keys()
    for nom, attendue in EMPREINTES.items():
        assert hashlib.sha256((DOSSIER / nom).read_bytes()).hexdigest() == attendue, nom


def test_chaque_fichier_tiers_a_sa_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (DOSSIER / "polices" / "OFL.txt").read_text("utf-8")
    assert "Zero-Clause BSD" in (DOSSIER / "tiers" / "LICENCE-htmx.txt").read_text("utf-8")


@pytest.mark.parametrize("police", sorted((DOSSIER / "polices").glob("*.woff2")), ids=lambda p: p.stem)
def test_la_police_porte_les_signes_du_francais(police: Path) -> None:
    connus = TTFont(police).getBestCmap()
    assert [signe for signe in SIGNES if ord(signe) not in connus] == []


@pytest.mark.parametrize("feuille", sorted(DOSSIER.glob("*.css")), ids=lambda p: p.name)
def test_une_feuille_de_style_ne_charge_que_nos_fichiers(feuille: Path) -> None:
    texte = feuille.read_text("utf-8")
    citees = re.findall(r"""url\(["']?([^"')]+)""", texte)
    assert [citee for citee in citees if not (DOSSIER / citee).is_file()] == []
    assert "@import" not in texte


def test_un_nom_inconnu_est_une_faute() -> None:
    assert re.fullmatch(r"/statique/[0-9a-f]{12}/trajectoire\.css", adresse_statique("trajectoire.css"))
    with pytest.raises(FileNotFoundError, match=r"absent\.css"):
        adresse_statique("absent.css")
