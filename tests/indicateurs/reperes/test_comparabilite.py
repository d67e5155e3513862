"""Comparer ou refuser : les exemples qu'un responsable qualité peut lire, les données livrées, la lecture stricte."""

from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

import indicateurs
from charte.commun.donnees import DonneesInvalides
from indicateurs.definitions import charger_definitions
from indicateurs.reperes.comparabilite import MOTS, Comparable, Refus, comparables, comparer, profil_de, trier
from indicateurs.reperes.repere import (
    DOSSIER,
    Profil,
    charger_profils,
    charger_publications,
    reperes_livres,
)

FICHIER = Path(indicateurs.__file__).parent / "donnees" / "exemples_comparaisons.yaml"
EXEMPLES: list[dict[str, Any]] = yaml.safe_load(FICHIER.read_text("utf-8"))
LIVRES = {repere.cle: repere for repere in reperes_livres()}
DEFINITIONS = charger_definitions()
TRAITS_EN_MOTS = ("mesure", "unite_comptee", "cas", "denominateur", "population", "issue")


@pytest.mark.parametrize("exemple", EXEMPLES, ids=lambda e: e["dit"])
def test_une_comparaison_est_permise_ou_refusee_et_dit_pourquoi(exemple: dict[str, Any]) -> None:
    definition, repere = DEFINITIONS[exemple["indicateur"]], LIVRES[exemple["repere"]]
    jugement = comparables(definition, repere, exemple.get("niveaux"))
    if "raisons" in exemple:
        assert isinstance(jugement, Refus), jugement
        attendus, dits = exemple["raisons"], jugement.raisons
    else:
        assert isinstance(jugement, Comparable), jugement
        attendus, dits = exemple.get("reserves", []), jugement.reserves
    assert len(dits) == len(attendus), dits
    for dit, attendu in zip(dits, attendus, strict=True):
        assert attendu in dit


def tous_les_profils() -> list[Profil]:
    lus = charger_profils()
    colonnes = [colonne.profil for jeu in lus.jeux.values() for colonne in jeu.colonnes.values()]
    livres = [profil for publication in charger_publications() for profil in publication.profils.values()]
    return [*lus.indicateurs.values(), *(profil for profil in colonnes if profil), *livres]


def test_chaque_trait_a_son_mot_et_chaque_mot_sert() -> None:
    traits = {str(getattr(profil, trait)) for profil in tous_les_profils() for trait in TRAITS_EN_MOTS}
    assert sorted(traits - MOTS.keys()) == []
    permis = {
        mot
        for champ in ("unite_comptee", "population", "issue")
        for mot in get_args(Profil.model_fields[champ].annotation)
    }
    assert sorted(MOTS.keys() - traits - permis) == []


def test_un_profil_dit_le_meme_indicateur_que_sa_definition() -> None:
    """La fenêtre et l'unité comptée d'un profil sont celles de la définition en vigueur."""
    profils = charger_profils().indicateurs
    assert sorted(profils.keys() - DEFINITIONS.keys()) == []
    for cle, profil in profils.items():
        definition = DEFINITIONS[cle]
        assert profil.unite_comptee == definition.unite_comptee, cle
        if profil.fenetre is not None:
            # L'estimation de Kaplan–Meier dit sa fenêtre en jours : neuf mois en font 274.
            assert {profil.fenetre, round(profil.fenetre * 365.25 / 12)} & set(definition.parametres.values()), cle
    assert profil_de("effectif_apprentis") is None


def test_seuls_les_reperes_de_la_meme_famille_sont_tries() -> None:
    permis, refuses = trier(DEFINITIONS["rupture_brute_9_mois"], reperes_livres(), [6])
    assert [jugement.repere.cle.partition(".")[2] for jugement in permis] == [
        "brute_2022_ensemble",
        "brute_2022_superieur",
        "brute_2022_bac_3",
    ]
    assert {jugement.repere.profil.famille for jugement in refuses if jugement.repere.profil} == {"rupture"}
    assert all(jugement.raison.endswith(".") for jugement in refuses)
    assert trier(DEFINITIONS["satisfaction_apprentis"], reperes_livres(), [6]) == ((), ())


def test_deux_lignes_d_un_meme_jeu_se_comparent_sauf_la_population_ou_le_cumul() -> None:
    colonne = charger_profils().jeux["insersup"].colonnes["tx_salarie"].profil
    assert colonne is not None
    nous = colonne.model_copy(update={"fenetre": 12, "issue": "diplome"})
    repere = next(iter(LIVRES.values()))

    def juger(**traits: object) -> Comparable | Refus:
        lui = Profil.model_validate(nous.model_dump() | traits)
        return comparer(nous, _avec(repere, lui), [6])

    assert isinstance(juger(), Comparable)
    for traits, mot in (
        ({"issue": "ensemble"}, "diplômés et non-diplômés"),
        ({"cohortes": 2}, "cumule 2 promotions"),
        ({"denominateur": "inscrits_de_derniere_annee"}, "tous les inscrits"),
    ):
        refus = juger(**traits)
        assert isinstance(refus, Refus)
        assert mot in refus.raison


def _avec(repere: Any, profil: Profil) -> Any:
    from dataclasses import replace

    return replace(repere, profil=profil, niveaux=frozenset({6}), a_verifier=False)


def test_chaque_repere_livre_a_sa_source_son_champ_et_son_millesime() -> None:
    livres = reperes_livres()
    assert len({repere.cle for repere in livres}) == len(livres) >= 18
    for repere in livres:
        assert repere.source.reference
        assert repere.mise_en_garde
        assert any(signe.isdigit() for signe in repere.millesime), repere.cle
        assert repere.source.consulte_le <= date(2026, 11, 22)


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("valeur: 0.155", "valeur: 15.5", "une part s'écrit en fraction"),
        ("    territoire: Grand Est\n", "    territoire: Grand Est\n    region: 44\n", "clé inconnue"),
        ("    territoire: Grand Est\n", "    territoire: Grand Est\n    territoire: Est\n", "donnée deux fois"),
        ("cle: six_mois_2022_france", "cle: six_mois_2022_grand_est", "repère donné deux fois"),
        ("profil: six_mois", "profil: neuf_mois", "profil inconnu"),
        ("population: apprentis", "population: tous", "valeur imprévue"),
        ("cle: dreets_grand_est_2024", "cle: autre", "ne répond pas au nom du fichier"),
    ],
)
def test_un_fichier_douteux_est_refuse(avant: str, apres: str, message: str, tmp_path: Path) -> None:
    texte = (DOSSIER / "dreets_grand_est_2024.yaml").read_text("utf-8")
    assert avant in texte
    (tmp_path / "dreets_grand_est_2024.yaml").write_text(texte.replace(avant, apres), "utf-8")
    with pytest.raises(DonneesInvalides, match=message):
        charger_publications(tmp_path)


def test_un_modele_inconnu_est_refuse(tmp_path: Path) -> None:
    fichier = tmp_path / "profils.yaml"
    fichier.write_text("modeles: {}\nindicateurs: {abandon: {comme: rien}}\njeux: {}\n", "utf-8")
    with pytest.raises(DonneesInvalides, match="modèle inconnu : rien"):
        charger_profils(fichier)
