"""Les données du paquet : polices vérifiées, sujets du conseil reliés à ce qui existe."""

import hashlib

import pytest

from charte.chargement import charger_edition
from charte.commun.donnees import lire_yaml
from indicateurs.definitions import charger_definitions
from rapports.dessin import POLICES
from rapports.rendu import REMPLACANT, adresse_sure, caracteres_imprimables, composer
from rapports.themes import charger_conseil


def test_les_polices_sont_celles_dont_l_empreinte_est_notee() -> None:
    notees = lire_yaml(POLICES / "empreintes.yaml")["empreintes"]
    presents = {f.name for f in POLICES.iterdir() if f.suffix == ".otf"} | {"LICENCE-OFL.txt"}
    assert set(notees) == presents
    for nom, empreinte in notees.items():
        assert hashlib.sha256((POLICES / nom).read_bytes()).hexdigest() == empreinte, nom


def test_la_police_dessine_les_signes_francais() -> None:
    voulus = "\u202f\u00a0≥≤→«»œŒæÉÀÇ’–—…■□◆◇●○°²€№"
    assert [c for c in voulus if ord(c) not in caracteres_imprimables()] == []


def test_les_huit_sujets_citent_des_elements_et_des_indicateurs_qui_existent() -> None:
    conseil = charger_conseil()
    connus, cles = set(charger_edition().ids()), set(charger_definitions())
    assert [t.numero for t in conseil.themes] == list(range(1, 9))
    assert {e for t in conseil.themes for e in t.elements} <= connus
    assert {i for t in conseil.themes for i in t.indicateurs} | set(conseil.indicateurs_cles) <= cles


@pytest.mark.parametrize(
    ("ecrit", "compose"),
    [
        ("Qu'est-ce : « oui » ?", "Qu’est-ce\u00a0: «\u00a0oui\u00a0»\u202f?"),
        ("12 % ; 3", "12\u202f% ; 3".replace(" ;", "\u202f;")),
        ("arabe ع, emoji 😀", f"arabe {REMPLACANT}, emoji {REMPLACANT}"),
        ("tab\tulation\nligne", "tab ulation\nligne"),
        ("nul \x00", f"nul {REMPLACANT}"),
        ("https://exemple.fr/l'a", "https://exemple.fr/l'a"),
    ],
)
def test_la_composition_a_la_francaise(ecrit: str, compose: str) -> None:
    assert composer(ecrit) == compose


@pytest.mark.parametrize(
    ("adresse", "sure"),
    [
        ("https://exemple.fr/a", True),
        ("http://exemple.fr", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//exemple.fr", False),
        ("http://[", False),
    ],
)
def test_seule_une_adresse_du_web_devient_un_lien(adresse: str, sure: bool) -> None:
    assert (adresse_sure(adresse) is not None) == sure
