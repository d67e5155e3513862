"""Les définitions : complètes, sourcées, figées, lues strictement."""

from datetime import date
from pathlib import Path

import pytest

from charte.commun.donnees import DonneesInvalides
from indicateurs.definitions import CLES, DOSSIER, charger_definitions, charger_toutes

EMPREINTES = {
    "effectif_inscrits@2026-11": "1738944ba498a749bb52a786db3e27f4c391bfc11da4358bcbe7d0878c60f08b",
    "effectif_apprentis@2026-11": "2e088c883ccd7a422892cf11c953c183ad67c54f3daf5395a35c3486070feea3",
    "effectif_rupturants@2026-11": "ea6b68d142397824ac7bf531dfd067f7954f62e48b2088860b3b9c30ee0fb1cd",
    "effectif_abandons@2026-11": "30cb1c8849901b658b7ca35a4bd5b2f02d18361b7890203667c88f7d6db573e4",
    "effectif_fin_de_formation@2026-11": "de3410af9ce8d43d9f1f923d125869ad7afcedf09fa8cde4ed1c51616a23eea5",
    "rupture_brute_9_mois@2026-11": "43965971ffe4d106946f131bea74b287c84ee79fa5a6cc77b25b60042cff1ac2",
    "rupture_nette_9_mois@2026-11": "11f723bbf07bb97f103d4a2e40e71c40de3c61137f18bac7abc0328856d16cb6",
    "rupture_duree_totale@2026-11": "8b2b88424ac43fd693a3686e7e6ec62e4a5a5cd4ba46b9428b9e843878a283a4",
    "abandon@2026-11": "867d15bb90a421ff1f141e5aa2b65015abf3a53edc36258ec348875cd4df2cba",
    "obtention@2026-11": "dbc972c5011b5a6a3caa603adbc852f1b89ee50dda0315669bfd396a92be799e",
    "echec@2026-11": "2a7645f6693f33957e3822b968b33bca8c9294de17db7cbf56099dd8e9bfac36",
}
"""Une définition déjà employée ne change plus : pour la corriger, écrire une nouvelle version datée."""


def test_une_definition_employee_ne_change_pas() -> None:
    assert {d.identifiant: d.empreinte for d in charger_toutes()} == EMPREINTES


def test_les_definitions_sont_celles_attendues_dans_l_ordre() -> None:
    assert tuple(charger_definitions()) == CLES


def test_chaque_definition_dit_ses_sources_et_ses_limites() -> None:
    for definition in charger_toutes():
        assert definition.sources
        assert definition.non_modelise
        assert definition.seuils.pour("publique") == 20
        assert definition.seuils.pour("interne") == 5
        assert all(source.consulte_le <= date(2026, 12, 31) for source in definition.sources)


def test_les_durees_sont_des_parametres() -> None:
    definitions = charger_definitions()
    assert definitions["rupture_brute_9_mois"].parametres == {"mois": 9}
    assert definitions["rupture_nette_9_mois"].parametres == {"mois": 9, "retour_mois": 6}


def test_l_obtention_dit_que_la_presence_a_l_examen_n_est_pas_connue() -> None:
    for cle in ("obtention", "echec"):
        assert any("présence à l'examen" in limite for limite in charger_definitions()[cle].non_modelise)


def copie(dossier: Path, cle: str, nom: str | None = None, **remplacements: str) -> Path:
    texte = (DOSSIER / f"{cle}.yaml").read_text("utf-8")
    for ancien, nouveau in remplacements.values():
        assert ancien in texte
        texte = texte.replace(ancien, nouveau)
    chemin = dossier / (nom or f"{cle}.yaml")
    chemin.write_text(texte, encoding="utf-8")
    return chemin


def test_une_nouvelle_version_s_applique_a_sa_date(tmp_path: Path) -> None:
    copie(tmp_path, "abandon")
    copie(tmp_path, "abandon", "abandon.2027-09.yaml", d=("2026-11-01", "2027-09-01"), v=("version: 1", "version: 2"))
    assert charger_definitions(date(2027, 8, 31), tmp_path)["abandon"].identifiant == "abandon@2026-11"
    assert charger_definitions(date(2027, 9, 1), tmp_path)["abandon"].identifiant == "abandon@2027-09"
    assert charger_definitions(dossier=tmp_path)["abandon"].version == 2
    assert charger_definitions(date(2020, 1, 1), tmp_path) == {}


@pytest.mark.parametrize(
    ("remplacement", "message"),
    [
        (("unite: part", "unite: part\nunitee: part"), "abandon.yaml : unitee : clé inconnue"),
        (("sens: baisse", "sens: mieux"), "abandon.yaml : sens : "),
        (("version: 1\n", ""), "abandon.yaml : version : champ manquant"),
        (("unite: part", "unite: effectif"), "une part a un dénominateur"),
        (("interne: 5", "interne: 1"), "abandon.yaml : seuils.interne"),
    ],
)
def test_une_definition_mal_ecrite_est_refusee(tmp_path: Path, remplacement: tuple[str, str], message: str) -> None:
    copie(tmp_path, "abandon", r=remplacement)
    with pytest.raises(DonneesInvalides, match=message):
        charger_toutes(tmp_path)


def test_le_nom_du_fichier_est_celui_de_la_cle(tmp_path: Path) -> None:
    copie(tmp_path, "abandon", "abandons.yaml")
    with pytest.raises(DonneesInvalides, match="ne répond pas au nom du fichier"):
        charger_toutes(tmp_path)


def test_deux_versions_du_meme_mois_sont_refusees(tmp_path: Path) -> None:
    copie(tmp_path, "abandon")
    copie(tmp_path, "abandon", "abandon.bis.yaml")
    with pytest.raises(DonneesInvalides, match="abandon@2026-11 existe déjà"):
        charger_toutes(tmp_path)


def test_un_dossier_sans_definition_est_refuse(tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match="aucune définition"):
        charger_toutes(tmp_path)
