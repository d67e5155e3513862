"""Les jeux ouverts importés : dix lignes officielles d'InserSup, ce qui s'en déduit, les marqueurs, la cloison.

`insersup_dix_lignes.csv` : extrait du jeu ouvert fr-esr-insersup (SIES, Licence Ouverte 2.0, mise à jour 2025_S2),
promotion 2022, à 12 mois ; `tx_emploi_12_somme` y est la somme de l'emploi salarié en France et du non-salarié.
"""

import csv
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.modeles import Cfa, Formation
from indicateurs.definitions import charger_definitions
from indicateurs.reperes.comparabilite import Comparable
from indicateurs.reperes.importes import LignePubliee, en_reperes
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.reperes.publications import Publie, completer
from indicateurs.reperes.services import lire_les_importes, niveaux_du_perimetre, reperes_pour
from indicateurs.reperes.vues import dire_la_valeur
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import mesurer
from tests.indicateurs.fabriques import Jeu, ranger

with (Path(__file__).parent / "insersup_dix_lignes.csv").open(encoding="utf-8") as fichier:
    LIGNES = list(csv.DictReader(fichier, delimiter=";"))
CODES = {"diplômé": "diplome", "ensemble": "ensemble"}
"""Ce que l'import range de `obtention_diplome` (indicateurs/donnees/formats/insersup.yaml)."""
TOTAL, FRANCE = ("tx_emploi", 12), ("tx_emploi_en_france", 12)


def publies(ligne: dict[str, str]) -> list[Publie]:
    parts = {"tx_salarie": "tx_sortants_en_emploi_sal_fr_12", "tx_non_salarie": "tx_sortants_en_emploi_non_sal_12"}
    sortants = int(ligne["nb_sortants"])
    lues = [Publie(nom, 12, round(float(ligne[colonne]) / 100, 6), None, sortants) for nom, colonne in parts.items()]
    return [*lues, Publie("nb_sortants", 12, sortants)]


def par_cle(valeurs: Any) -> dict[tuple[str, int], Publie]:
    return {(valeur.indicateur, valeur.mois): valeur for valeur in valeurs}


@pytest.mark.parametrize(
    "ligne", LIGNES, ids=lambda dite: f"{dite['uo_lib']} {dite['libelle_diplome']} {dite['obtention_diplome']}"
)
def test_les_dix_lignes_officielles(ligne: dict[str, str]) -> None:
    lus = par_cle(completer(publies(ligne)))
    assert lus[FRANCE].valeur == pytest.approx(float(ligne["tx_emploi_12_somme"]) / 100, abs=1e-9)
    assert TOTAL not in lus, "sans l'étranger, le total n'est pas connu"
    complets = par_cle(completer([*publies(ligne), Publie("tx_etranger", 12, 0.02)]))
    assert complets[TOTAL].valeur == pytest.approx((lus[FRANCE].valeur or 0) + 0.02)
    assert complets[TOTAL].deduite


def test_diplomes_et_ensemble_sont_deux_reperes() -> None:
    ecart = {}
    for ligne in LIGNES:
        if ligne["uo_lib"] == "Université de Lille":
            publiee = LignePubliee("insersup", "2022", ligne["etablissement"], "Lille", "Toute licence générale",
                                   CODES[ligne["obtention_diplome"]], "", tuple(publies(ligne)))  # fmt: skip
            repere = next(r for r in en_reperes(publiee) if r.libelle == "Emploi salarié en France à 12 mois")
            assert repere.profil is not None
            assert repere.niveaux == {6}
            ecart[repere.profil.issue] = repere.denominateur
    assert ecart == {"diplome": 976, "ensemble": 1612}


def test_ce_qui_est_publie_n_est_jamais_remplace_et_un_marqueur_se_garde() -> None:
    lus = par_cle(completer([
        Publie("tx_salarie", 12, 0.8, marqueur="*"), Publie("tx_non_salarie", 12, 0.1), Publie("tx_etranger", 12, 0.05),
        Publie("tx_emploi", 12, 0.9), Publie("tx_salarie", 18, None, marqueur="nd"), Publie("tx_non_salarie", 18, 0.1),
        Publie("nb_sortants", 12, 60), Publie("nb_poursuivants", 12, 20, marqueur="*"),
        Publie("nb_sortants", 18, 0), Publie("nb_poursuivants", 18, 0),
    ]))  # fmt: skip
    assert lus[TOTAL].valeur == 0.9
    assert (lus[FRANCE].valeur, lus[FRANCE].marqueur) == (pytest.approx(0.9), "*")
    assert ("tx_emploi_en_france", 18) not in lus, "une part non diffusée n'est pas un zéro"
    poursuite = lus["taux_poursuite", 12]
    assert (poursuite.valeur, poursuite.numerateur, poursuite.denominateur) == (0.25, 20, 80)
    assert poursuite.marqueur == "*"
    assert ("taux_poursuite", 18) not in lus, "personne : pas de taux, jamais 0"


def test_une_valeur_absente_dit_pourquoi_et_une_valeur_ajoutee_son_signe() -> None:
    ligne = LignePubliee("inserjeunes_cfa_niveau", "cumul 2021-2022", "0352756F", "CFA", "", "", "niveau : BTS", (
        Publie("taux_emploi", 6, None, marqueur="nd"), Publie("valeur_ajoutee", 6, -3.0),
        Publie("taux_emploi", 12, 0.71), Publie("colonne_neuve", 0, 0.5),
    ))  # fmt: skip
    reperes = {repere.libelle: repere for repere in en_reperes(ligne)}
    dits = {libelle: dire_la_valeur(repere) for libelle, repere in reperes.items()}
    assert dits == {
        "Taux d'emploi des sortants à 6 mois": "n.d. (non diffusé)",
        "Valeur ajoutée sur l'emploi à 6 mois": "−3,0 points",
        "Taux d'emploi des sortants à 12 mois": "71,0\u202f%",
        "Colonne colonne_neuve": "50,0\u202f%",
    }
    emploi = reperes["Taux d'emploi des sortants à 12 mois"]
    assert emploi.profil is not None
    assert (emploi.niveaux, emploi.profil.cohortes) == ({5}, 2)
    assert en_reperes(LignePubliee("autre_jeu", "2022", "x", "", "", "", "", ())) == ()


@pytest.mark.parametrize(
    ("jeu", "diplome", "champ", "niveaux"),
    [
        ("insersup", "master_LMD – INFORMATIQUE", "régime : apprentissage", {7}),
        ("insersup", "licence_pro – Tout", "", {6}),
        ("insersup", "", "", {6, 7}),
        ("inserjeunes_cfa", "", "", {3, 4, 5}),
        ("inserjeunes_cfa_niveau", "", "niveau : BTS", {5}),
        ("inserjeunes_cfa_niveau", "", "niveau : Bac pro", {4}),
        ("inserjeunes_cfa_niveau", "", "niveau : Niveau 3", {3}),
    ],
)
def test_une_ligne_dit_son_niveau_et_sa_population(jeu: str, diplome: str, champ: str, niveaux: set[int]) -> None:
    valeurs = (Publie("tx_salarie", 12, 0.8), Publie("taux_emploi", 6, 0.7))
    lus = en_reperes(LignePubliee(jeu, "2022", "0352756F", "", diplome, "non_diplome", champ, valeurs))
    profils = [repere.profil for repere in lus if repere.profil is not None]
    assert {repere.niveaux for repere in lus} == {frozenset(niveaux)}
    apprentis = jeu.startswith("inserjeunes") or "apprentissage" in champ
    assert {profil.population for profil in profils} == {"apprentis" if apprentis else "tous_regimes"}
    assert {profil.issue for profil in profils} == {"ensemble" if jeu.startswith("inserjeunes") else "non_diplome"}


def importer(base: BaseSQL, acteur: Acteur, depot: int, **dits: Any) -> None:
    communs = {
        "jeu": "insersup", "millesime": "2025_S2, promotion 2022", "perimetre": "0450855K",
        "libelle": "Université d'Orléans", "diplome": "master_LMD – Tout Master LMD", "population": "diplome",
        "indicateur": "tx_salarie", "mois": 12, "valeur": 0.875, "denominateur": 32,
    }  # fmt: skip
    with base.ecriture() as session:
        session.add(
            RepereImporte(etablissement_id=acteur.etablissement_id, depot_id=depot, ligne=2, **{**communs, **dits})
        )


def test_chacun_ne_lit_que_ce_qu_il_a_importe_et_la_page_le_montre(
    client: Any, base: BaseSQL, acteur: Acteur, autre_acteur: Acteur
) -> None:
    (but,) = ranger(base, acteur, Jeu("Master Informatique", effectif=20, rompus=3))
    ranger(base, autre_acteur, Jeu("BUT d'ailleurs", effectif=6, uai="0352757G"))
    importer(base, acteur, 1)
    importer(base, acteur, 1, indicateur="tx_non_salarie", valeur=0.0625)
    importer(base, acteur, 1, jeu="inserjeunes_cfa", perimetre="0352756F", libelle="CFA d'ici", diplome="",
             population="", indicateur="taux_emploi", mois=6, valeur=None, marqueur="nd")  # fmt: skip
    importer(base, autre_acteur, 2, libelle="Université de l'Autre Rive")
    with base.lecture() as session:
        assert lire_les_importes(session, acteur).total == 2
        assert lire_les_importes(session, autre_acteur).lignes[0].libelle == "Université de l'Autre Rive"
    page = BeautifulSoup(client.get("/indicateurs/reperes").text, "html.parser")
    texte = page.select_one("main").text  # type: ignore[union-attr]
    for attendu in (
        "87,5\u202f%",
        "93,8\u202f%",
        "n.d. (non diffusé)",
        "À vérifier.",
        "Dares Analyses n°\u00a043",
        "2\u00a0lignes",
    ):
        assert attendu in texte, attendu
    assert "Autre Rive" not in texte
    assert not page.select("main [style]")
    filtree = client.get("/indicateurs/reperes?jeu=inserjeunes_cfa&cherche=cfa&numero=9").text
    assert "Université d" not in BeautifulSoup(filtree, "html.parser").select_one("main").text  # type: ignore[union-attr]
    assert client.get("/indicateurs/reperes?jeu=zzz&numero=-1&cherche=%25").status_code == 200
    assert but


def test_les_reperes_d_un_diplome_et_de_l_etablissement(base: BaseSQL, acteur: Acteur) -> None:
    master, but = ranger(base, acteur, Jeu("Master Informatique", 20, 3), Jeu("BUT Chimie", 20, 2, uai="0352757G"))
    with base.ecriture() as session:
        for formation, niveau in ((master, 7), (but, 6)):
            session.connection().execute(update(Formation).where(col(Formation.id) == formation).values(niveau=niveau))
        session.connection().execute(update(Cfa).where(col(Cfa.uai) == "0352757G").values(nom="CFA du BUT"))
    importer(base, acteur, 1, perimetre="national", libelle="France")
    importer(base, acteur, 1, perimetre="national", libelle="France", millesime="2026_S1, promotion 2021")
    importer(base, acteur, 1, perimetre="0999999Z", libelle="Un autre établissement")
    importer(base, acteur, 1, perimetre="national", libelle="France", diplome="master_LMD – PHILOSOPHIE")
    definitions = charger_definitions()
    with base.lecture() as session:
        tableau = mesurer(session, acteur, jour_d_observation(session, acteur))
        perimetres = {p.adresse: p for p in tableau.perimetres}
        niveaux = {a: niveaux_du_perimetre(session, acteur, p) for a, p in perimetres.items()}
        diplome = perimetres[f"diplome-{master}"]
        permis, _ = reperes_pour(session, acteur, definitions["rupture_brute_9_mois"], diplome)
        _, refuses = reperes_pour(session, acteur, definitions["insertion_12_mois"], diplome)
    assert niveaux["total"] == {6, 7}
    assert niveaux["cfa-0352757G"] == {6}
    assert niveaux[f"diplome-{master}"] == {7}
    assert all(isinstance(jugement, Comparable) for jugement in permis)
    assert "brute_2022_bac_5" in permis[-1].repere.cle
    importes = [refus for refus in refuses if refus.repere.origine == "importe"]
    assert [(r.repere.territoire, r.repere.millesime, r.repere.champ) for r in importes] == [
        ("France", "2025_S2, promotion 2022", "master_LMD – Tout Master LMD ; diplômés")
    ]
    assert "les seuls répondants" in importes[0].raison
    assert "tous les étudiants" in importes[0].raison
