"""`trajectoire indicateurs FICHIER` : mêmes chiffres que la référence naïve, forme publique, secret, refus."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from appli.commandes import principale
from appli.commandes.indicateurs import indicateurs
from indicateurs.definitions import charger_definitions
from tests.indicateurs import reference_mesures
from tests.indicateurs.reference_mesures import Jeune
from tests.indicateurs.reference_parcours import Contrat

AU = date(2026, 6, 30)
FORMATION = ("RNCP35497", "25032001", "0750001N", "0750002P")
AUTRE = ("RNCP35498", "25032002", "0750001N", "0750003R")
GROUPES = {
    "formation": ["rncp", "cfd", "uai_responsable", "uai_formateur", "promotion"],
    "responsable": ["uai_responsable", "promotion"],
    "formateur": ["uai_formateur", "promotion"],
    "total": ["promotion"],
}
VALEURS = ["numerateur", "denominateur", "taux", "ic_bas", "ic_haut"]


def jeunes() -> list[Jeune]:
    """Douze apprentis d'une formation, trois d'une autre : la seconde est sous le seuil interne."""
    entree, fin = date(2024, 9, 2), date(2026, 8, 31)
    rompu = Contrat(date(2024, 9, 2), fin, date(2025, 1, 15))
    suite = Contrat(date(2025, 3, 3), fin)
    tenu = Contrat(date(2024, 9, 2), fin)
    contrats = [(tenu,)] * 8 + [(rompu,), (rompu, suite), (), (tenu,)] + [(tenu,), (rompu,), ()]
    return [
        Jeune(i, FORMATION if i < 12 else AUTRE, entree, fin, None, [None, True, False][i % 3], c)
        for i, c in enumerate(contrats)
    ]


def ecrire(chemin: Path, tous: list[Jeune]) -> Path:
    lignes = [_ligne(rang, jeune) for rang, jeune in enumerate(tous)]
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        redacteur = csv.DictWriter(
            flux, fieldnames=list(dict.fromkeys(c for ligne in lignes for c in ligne)), delimiter=";"
        )
        redacteur.writeheader()
        redacteur.writerows(lignes)
    return chemin


def _ligne(rang: int, jeune: Jeune) -> dict[str, str]:
    ligne = {
        "nom_apprenant": f"Fictif{chr(65 + rang)}",
        "prenom_apprenant": "Camille",
        "date_de_naissance_apprenant": "2004-05-06",
        "annee_scolaire": "2025-2026",
        "etablissement_responsable_uai": jeune.groupe[2],
        "etablissement_formateur_uai": jeune.groupe[3],
        "formation_rncp": jeune.groupe[0],
        "formation_cfd": jeune.groupe[1],
        "date_entree_formation": f"{jeune.entree:%d/%m/%Y}",
        "date_fin_formation": f"{jeune.fin:%d/%m/%Y}",
        "obtention_diplome_formation": {None: "", True: "oui", False: "non"}[jeune.obtention],
    }
    for numero, contrat in enumerate(jeune.contrats):
        suffixe = f"_{numero + 1}" if numero else ""
        dates = {"debut": contrat.debut, "fin": contrat.fin, "rupture": contrat.rupture}
        ligne |= {f"contrat_date_{nom}{suffixe}": f"{jour:%d/%m/%Y}" if jour else "" for nom, jour in dates.items()}
    return ligne


@pytest.fixture
def fichier(tmp_path: Path) -> Path:
    return ecrire(tmp_path / "apprentis.csv", jeunes())


def lancer(*arguments: str) -> Result:
    return CliRunner().invoke(indicateurs, list(arguments))


def mesurer(fichier: Path, *options: str) -> list[dict[str, Any]]:
    resultat = lancer(str(fichier), "--au", AU.isoformat(), "--json", *options)
    assert resultat.exit_code == 0, resultat.output
    mesures: list[dict[str, Any]] = json.loads(resultat.stdout)
    return mesures


def test_les_comptes_bruts_sont_ceux_de_la_reference(fichier: Path) -> None:
    attendus = reference_mesures.compter(jeunes(), AU)
    mesures = mesurer(fichier, "--brut")
    assert len(mesures) == len(attendus) * len({mesure["indicateur"] for mesure in mesures})
    for mesure in mesures:
        groupe = tuple(mesure["groupe"][cle] for cle in GROUPES["formation"][:-1])
        cas, cohorte = attendus[groupe, mesure["groupe"]["promotion"]].get(mesure["indicateur"], (0, 0))
        effectif = mesure["indicateur"].startswith("effectif_")
        assert (mesure["numerateur"], mesure["denominateur"]) == (cas, None if effectif else cohorte)
        if mesure["indicateur"] != "rupture_9_mois_estimee":
            assert mesure["taux"] == (None if effectif or not cohorte else cas / cohorte)
        assert mesure["masque"] is False


@pytest.mark.parametrize("par", GROUPES)
def test_chaque_ligne_a_la_forme_publique(fichier: Path, par: str) -> None:
    mesures = mesurer(fichier, "--par", par, "--brut")
    identifiants = {d.cle: d.identifiant for d in charger_definitions().values()}
    for mesure in mesures:
        assert list(mesure) == ["indicateur", "definition", "groupe", *VALEURS, "masque"]
        assert list(mesure["groupe"]) == GROUPES[par]
        assert mesure["definition"] == identifiants[mesure["indicateur"]]
        if mesure["ic_bas"] is not None and mesure["indicateur"] != "delai_de_rupture":
            assert 0 <= mesure["ic_bas"] <= mesure["taux"] <= mesure["ic_haut"] <= 1


def test_une_formation_sous_le_seuil_est_masquee_avec_sa_voisine(fichier: Path) -> None:
    for mesure in mesurer(fichier):
        if mesure["denominateur"] == 0:
            continue
        # Deux formations seulement : montrer la grande livrerait la petite, par différence avec l'ensemble.
        assert mesure["masque"] is True, mesure
        assert all(mesure[valeur] is None for valeur in VALEURS)
    total = [mesure for mesure in mesurer(fichier, "--par", "total") if mesure["indicateur"] == "rupture_brute_9_mois"]
    assert [mesure["denominateur"] for mesure in total] == [14]


def test_le_seuil_public_masque_davantage(fichier: Path) -> None:
    # Trois ruptures seulement : ce qui ne compte qu'elles est masqué, même pour l'ensemble.
    des_ruptures = {"delai_de_rupture", "reprise_apres_rupture"}
    masques = {m["indicateur"] for m in mesurer(fichier, "--par", "total") if m["masque"]}
    assert masques == des_ruptures
    assert any(m["masque"] for m in mesurer(fichier, "--par", "total", "--diffusion", "publique"))


def test_le_tableau_se_lit_en_francais(fichier: Path) -> None:
    texte = lancer(str(fichier), "--au", "2026-06-30", "--par", "total").stdout
    assert "Indicateurs au 30 juin 2026" in texte
    assert "Ensemble · promotion 2024-2025" in texte
    # 3 ruptures sur 14 contrats ; intervalle de Wilson calculé à part.
    assert "21,4\u202f% [7,6\u202f% ; 47,6\u202f%], 3 sur 14" in texte
    masque = lancer(str(fichier), "--au", "2026-06-30").stdout
    assert "n.d. (effectif < 5)" in masque


def test_les_lignes_ecartees_sont_dites(tmp_path: Path) -> None:
    chemin = ecrire(tmp_path / "f.csv", jeunes())
    chemin.write_text(chemin.read_text("utf-8").replace("15/01/2025", "31/02/2025", 1), encoding="utf-8")
    resultat = lancer(str(chemin), "--au", "2026-06-30", "--json", "--par", "total")
    assert resultat.exit_code == 0
    assert resultat.stderr.startswith("15\u00a0lignes lues = 14\u00a0retenues + 1\u00a0écartée")


@pytest.mark.parametrize("contenu", [None, b"", b"\x00\x01pas un tableau", b"a;b\n1;2\n"])
def test_un_fichier_illisible_sort_en_2_avec_une_ligne(tmp_path: Path, contenu: bytes | None) -> None:
    chemin = tmp_path / "douteux.csv"
    if contenu is not None:
        chemin.write_bytes(contenu)
    resultat = lancer(str(chemin), "--au", "2026-06-30", "--json")
    assert resultat.exit_code == 2
    assert resultat.stdout == ""
    assert len(resultat.stderr.strip().splitlines()) == 1


def test_une_date_d_observation_illisible_est_refusee(fichier: Path) -> None:
    for fausse in ("30/06/2026", "2026-02-30", "demain"):
        resultat = CliRunner().invoke(principale, ["indicateurs", str(fichier), "--au", fausse])
        assert (resultat.exit_code, resultat.stdout) == (2, "")
        assert resultat.stderr == "« au » : écrivez une date AAAA-MM-JJ qui existe, par exemple 2025-09-01.\n"
