"""Chaque définition a son exemple, et le calcule ; en ajouter une tient en trois textes."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from charte.commun.donnees import DonneesInvalides, lire_yaml
from indicateurs.definitions import DOSSIER, charger_definitions, charger_toutes
from tests.indicateurs.exemples import EXEMPLES, verifier_exemple


def souches(dossier: Path) -> set[str]:
    return {chemin.name.split(".")[0] for chemin in dossier.glob("*.yaml")}


def test_chaque_definition_a_son_exemple() -> None:
    assert souches(EXEMPLES) == souches(DOSSIER)


@pytest.mark.parametrize("souche", sorted(souches(DOSSIER)))
def test_l_exemple_donne_ce_qu_il_annonce(souche: str) -> None:
    chemin = EXEMPLES / f"{souche}.yaml"
    exemple = lire_yaml(chemin)
    assert exemple["exemple"].endswith(".")
    verifier_exemple(charger_definitions()[exemple.get("cle", souche)], chemin)


NOUVELLE = {
    "cle": "contrats_courts",
    "libelle": "Contrats de moins de {mois} mois",
    "numerateur": "Contrats dont la fin prévue précède {mois} mois.",
    "denominateur": "Contrats dont la fin prévue est connue.",
    "calcul": {
        "table": "contrats",
        "cohorte": "connu(date_fin)",
        "cas": "date_fin < plus_mois(date_debut, mois) et non (motif_rupture dans annules)",
    },
    "parametres": {"mois": 12, "annules": ["contrat_annule"]},
}


def ecrire(dossier: Path, **remplacements: object) -> None:
    modele = yaml.safe_load((DOSSIER / "rupture_duree_totale.2026-11-22.yaml").read_text("utf-8"))
    contenu = {**modele, **NOUVELLE, "version": 1, **remplacements}
    (dossier / f"{contenu['cle']}.yaml").write_text(yaml.safe_dump(contenu, allow_unicode=True), encoding="utf-8")


def test_un_indicateur_de_plus_est_un_fichier_et_un_exemple(tmp_path: Path) -> None:
    ecrire(tmp_path)
    definition = charger_definitions(dossier=tmp_path)["contrats_courts"]
    exemple = {
        "au": date(2026, 6, 30),
        "parcours": [{"id_parcours": 1}, {"id_parcours": 2}, {"id_parcours": 3}],
        "contrats": [
            {"id_parcours": 1, "date_debut": "2024-09-02", "date_fin": "2025-09-01", "date_rupture": None},
            {"id_parcours": 2, "date_debut": "2024-09-02", "date_fin": "2025-09-02", "date_rupture": None},
            {"id_parcours": 3, "date_debut": "2024-09-02", "date_fin": None, "date_rupture": None},
        ],
        "attendu": {"numerateur": 1, "denominateur": 2, "taux": 0.5},
    }
    chemin = tmp_path / "exemple.yml"
    chemin.write_text(yaml.safe_dump(exemple), encoding="utf-8")
    verifier_exemple(definition, chemin)
    chemin.write_text(yaml.safe_dump({**exemple, "attendu": {"numerateur": 2}}), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"numerateur : 1\.0 au lieu de 2"):
        verifier_exemple(definition, chemin)


def test_un_decalage_en_mois_se_calcule_ou_qu_il_soit(tmp_path: Path) -> None:
    suivi = "jours_entre(plus_mois(date_debut, 1), plus_mois(plus_tot(date_rupture, date_fin), 1))"
    ecrire(tmp_path, calcul={**NOUVELLE["calcul"], "cas": f"{suivi} >= 122"})  # type: ignore[dict-item]
    exemple = {
        "au": date(2026, 6, 30),
        "parcours": [{"id_parcours": 1}, {"id_parcours": 2}],
        "contrats": [
            # Du 29 février au 30 juin : 122 jours.
            {"id_parcours": 1, "date_debut": "2024-01-31", "date_fin": "2025-08-31", "date_rupture": "2024-05-31"},
            # Du 29 février au 29 juin : 121 jours.
            {"id_parcours": 2, "date_debut": "2024-01-31", "date_fin": "2024-05-29", "date_rupture": None},
        ],
        "attendu": {"numerateur": 1, "denominateur": 2},
    }
    chemin = tmp_path / "exemple.yml"
    chemin.write_text(yaml.safe_dump(exemple), encoding="utf-8")
    verifier_exemple(charger_definitions(dossier=tmp_path)["contrats_courts"], chemin)


def test_les_variantes_font_un_indicateur_par_valeur(tmp_path: Path) -> None:
    ecrire(tmp_path, cle="contrats_courts")
    contenu = yaml.safe_load((tmp_path / "contrats_courts.yaml").read_text("utf-8"))
    contenu |= {"cle": "contrats_de_{mois}_mois", "variantes": {"mois": [6, 12]}, "parametres": {"annules": ["x"]}}
    (tmp_path / "contrats_courts.yaml").unlink()
    chemin = tmp_path / "contrats_de_x_mois.yaml"
    chemin.write_text(yaml.safe_dump(contenu, allow_unicode=True), encoding="utf-8")
    lues = charger_definitions(dossier=tmp_path)
    assert list(lues) == ["contrats_de_6_mois", "contrats_de_12_mois"]
    assert lues["contrats_de_6_mois"].libelle == "Contrats de moins de 6 mois"
    assert lues["contrats_de_6_mois"].empreinte != lues["contrats_de_12_mois"].empreinte
    for fausses, message in (({"mois": []}, "un paramètre et ses valeurs"), ({"jours": [1]}, "ne porte pas {jours}")):
        chemin.write_text(yaml.safe_dump({**contenu, "variantes": fausses}, allow_unicode=True), encoding="utf-8")
        with pytest.raises(DonneesInvalides, match=message):
            charger_toutes(tmp_path)


@pytest.mark.parametrize(
    ("calcul", "message"),
    [
        ({"cas": "date_fim < au"}, r"calcul.cas : caractère 1 : « date_fim » n'est ni une colonne ni un paramètre"),
        ({"cas": "date_fin < 3"}, "calcul.cas : caractère 12 : une date ne se compare pas à un nombre"),
        ({"cas": "(date_fin < au"}, "calcul.cas : caractère 1 : expression mal formée"),
        ({"cas": "date_fin"}, "calcul.cas : un vrai ou faux est attendu, l'expression rend une date"),
        ({"cas": "__import__('os').system('x')"}, "calcul.cas : caractère 1 : fonction inconnue"),
        ({"cas": "connu(date_fin).real"}, "cette écriture n'est pas permise"),
        ({"cas": "[1 for x in y]"}, "cette écriture n'est pas permise"),
        ({"table": "contrat"}, "calcul.table : « contrat » inconnue ; attendu : parcours, contrats"),
        ({"valeur": "effectif_employeur"}, "pour l'unité « part », attendu avec la cohorte : cas"),
    ],
)
def test_une_expression_mal_ecrite_dit_ou_et_comment(tmp_path: Path, calcul: dict[str, str], message: str) -> None:
    ecrire(tmp_path, calcul={**NOUVELLE["calcul"], **calcul})  # type: ignore[dict-item]
    with pytest.raises(DonneesInvalides, match=r"contrats_courts\.yaml") as levee:
        charger_toutes(tmp_path)
    assert re.search(message, str(levee.value)), str(levee.value)


def test_l_empreinte_couvre_l_expression(tmp_path: Path) -> None:
    ecrire(tmp_path)
    avant = charger_definitions(dossier=tmp_path)["contrats_courts"].empreinte
    ecrire(tmp_path, calcul={**NOUVELLE["calcul"], "cas": "date_fin <= plus_mois(date_debut, mois)"})  # type: ignore[dict-item]
    assert charger_definitions(dossier=tmp_path)["contrats_courts"].empreinte != avant
