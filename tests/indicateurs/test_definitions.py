"""Les définitions : complètes, sourcées, figées, lues strictement."""

import re
from datetime import date
from pathlib import Path

import pytest

from charte.commun.donnees import DonneesInvalides
from indicateurs.catalogue import charger_familles
from indicateurs.definitions import DOSSIER, charger_definitions, charger_toutes

EMPREINTES = {
    "effectif_inscrits@2026-11": "90968d8dcd3ac2318756bc20dfe0b79418d1425af97439a8bdbcce64c3661115",
    "effectif_apprentis@2026-11": "1b349fc9b7c936ad50ebee462c6023d162e98767a441c3e67e3b86e6fa83f44b",
    "effectif_rupturants@2026-11": "b34e85ab9d5921b668ae20dadb4854e3708d8dda6b398c90afb729717f44e37d",
    "effectif_abandons@2026-11": "efea04f25c6ebfb365b4f4c1fa4bd532b5b6eca39e7b22f6c700d02a895a3887",
    "effectif_fin_de_formation@2026-11": "619e39a1b5cc860bb6e0403edd50b494ec886d596538299d6ddb04482f45d43c",
    "rupture_45_jours@2026-11-22": "2ac49b9a840ac8a3a7fa5cdfb4458e5ca4c23d70895458577425f8d01ea72185",
    "rupture_brute_9_mois@2026-11": "1bcffa7069c5d65f9895cf097936cda2ac8a8c92ab4affe82180f4cbe60ceac3",
    "rupture_brute_9_mois@2026-11-22": "ad84234770366c62aee6dc15812fed2a63067db82adfe6e9035b920daed02fb3",
    "rupture_nette_9_mois@2026-11": "7a31a4bfdd4fc719b5f0002b2c631bbb50c4ca50e47de1ec9547ca1756008811",
    "rupture_nette_9_mois@2026-11-22": "51141c544789783d9ab2602ca51264de8956b61af95d7772865ec2211c9fee02",
    "rupture_duree_totale@2026-11": "1760fdcd129f012762d5114be4039d730edb303c930cc14340adca1dfd518509",
    "rupture_duree_totale@2026-11-22": "b65a6b56187fa5c94bacbf7b32695c1d7845a4f5df8a5160aa482b2e0668a1ea",
    "rupture_9_mois_estimee@2026-11-22": "f62bc9055d4c362b1afadd6ebebd798f85a53209fe30141d386b45c60be42583",
    "delai_de_rupture@2026-11-22": "c4a9848eeb41d6f636ea578b20914dc9e05dae0f54b962fa8ef2e80ed0e9807a",
    "reprise_apres_rupture@2026-11-22": "816b523d65747a20812bbd87ea6fac66e1af842aa9d1497f81074768299cc5b6",
    "abandon@2026-11": "65039960e0dbe2f5c7547b3df5efe2db282adea58bb892479d953e567cbf16aa",
    "interruption@2026-11-22": "766337119529e595ee593c63bfd4757a4a0ca3cad03017d0cfbc957d7f61c194",
    "obtention@2026-11": "7fa1d6a45f1fd145989fe261c893fecf949923557b7c6a232c17d8b9be71fd97",
    "obtention@2026-11-22": "785f73261d87131823b22bc01aa48be0c0d679d99cf3e8a77155c54dbaf6b812",
    "echec@2026-11": "a76a5be294b15ce384406671385caf99fab9bc75d3c3a6c2f520f4a4426189b0",
    "echec@2026-11-22": "05126471425db6a09d280eb657e6b80eac6adaf178223b79736979775edb05c2",
    "poursuite_etudes_6_mois@2026-11-22": "7826d09d80847ccbda741b9cc67e947c630611549d8e2436cae81dab23a176b6",
    "poursuite_etudes_12_mois@2026-11-22": "163f8c03c476b81501b5a88a688033d192d941e9f80c121663c6371ef6baaeaa",
    "poursuite_etudes_18_mois@2026-11-22": "9d0703b2c8c464965773ed519251bc0878fb85f7437a322cfcfcada2aec54dc1",
    "poursuite_etudes_24_mois@2026-11-22": "8afcbf660391b20385f4e565fdd309ef2decbaca54c1b7046753f01ab9a901c3",
    "poursuite_etudes_30_mois@2026-11-22": "32ffaf34e521904a91a209536e2da6efb4e764a28ad93c8389a34c92790053dc",
    "insertion_6_mois@2026-11-22": "1188d353e6d4d6895a432956728789084f62d92394c3e5e33c712c9311fca13e",
    "insertion_12_mois@2026-11-22": "28eabd8b6e9c03ed4b324e88cd05aff0e3585b3912dd7b87eff1fd997d53ed5e",
    "insertion_18_mois@2026-11-22": "51e2548cb32509b86dfd54275c8331afdd877ec89d8106b1a6454ac81cf71d51",
    "insertion_24_mois@2026-11-22": "fe26d6a5d8514f5d08e8044ac71a677e4cd57db65a223589ebf315062ce26a55",
    "insertion_30_mois@2026-11-22": "2cda1b5ad6a424144632b60194326c8dfbc20a5e54cf491371407e3140becd12",
    "duree_recherche@2026-11-22": "b8db6c1621a21929e9e68751d22c1ac99c820fc8d579a16e619d479334dc6955",
    "adequation_emploi_6_mois@2026-11-22": "9c052d4175950d3558518bce14a8dff2eadd359323fa195f1564c3019d763a27",
    "adequation_emploi_12_mois@2026-11-22": "1c923f39b64db0a777d9f22e53d47fd6878aae0f7424975c611edad18b7fab27",
    "adequation_emploi_18_mois@2026-11-22": "10a8faeebcaac3059913189986f15057f1b001c6b316f04b5bb291386bdd85b9",
    "adequation_emploi_24_mois@2026-11-22": "5d67eb2f44ae59a7b5a528fe71e237278bcad8ad6ff701d7160d2348c2ca07bd",
    "adequation_emploi_30_mois@2026-11-22": "62a06287add2b9f08293774b6bf9edd648fd69c2ee6707678aacb39b1f66ec0f",
    "emploi_stable_6_mois@2026-11-22": "8875bbceff09eafcf079448ff0720ab23c5e619e3d3a7ce1907d1d5be482b111",
    "emploi_stable_12_mois@2026-11-22": "d0210fcb5d3b5ee87e910f0927b100951fd4c5853d886618fbc0917bbddc12e2",
    "emploi_stable_18_mois@2026-11-22": "231c14a575c497032be1ffff53571e5930c6cd716c27e2ee753eee750191e203",
    "emploi_stable_24_mois@2026-11-22": "7a0441e31ef65a3190437995071c5675ad7e7d932126d0bd296e969ebaa37394",
    "emploi_stable_30_mois@2026-11-22": "30090b31608d59fb2cbf861e0f92b459a390c112b24854695313ca33fb009f31",
    "reponse_insertion_6_mois@2026-11-22": "185cc8bf056904a533b236164f3ac925ea6fe39144db43d8da36e65b268678f3",
    "reponse_insertion_12_mois@2026-11-22": "53036cebdcd730ae1832ae7c8fdcb11162d978132eb8324fd122388b78d1f59d",
    "reponse_insertion_18_mois@2026-11-22": "288690183aac758afdae4fbb0605bc7f49803548a3dc01537b8deecde79fa240",
    "reponse_insertion_24_mois@2026-11-22": "7d4472e4e6ba3502d097acf4a808d26180a57a3fdcc015be716c635c83e767c9",
    "reponse_insertion_30_mois@2026-11-22": "62de29f7f4523aed74eca46eb8894e03524472de0450c232a419507455d03d56",
    "realisation@2026-11-22": "f6874b022c49d7766b02f828f0370e0fb67eaf3c3876f02510dcefbb14f89f19",
    "qualite_suivi@2026-11-22": "15cb16207d6765f87173930ac86553967a57672909c51fe8f1a08fbec928e524",
    "rencontres_employeur@2026-11-22": "8077fdcc975dc77509d1dc672798a3ff24cc0d2a47d93693ae7efc7c25e75f73",
    "mission_validee@2026-11-22": "af28675da5895ad53a32aec49f706b9b0289b3eddd10b300ecca88c1b29dc9fe",
    "satisfaction_apprentis@2026-11-22": "93bf2525868031dd7c76940b1520f1e9ce641256b628320a7ab026ecb8eaa646",
    "satisfaction_maitres@2026-11-22": "466a8a737546156304ddeb7258fd3e2a6b91d18ccd5e92ae8f1f485ca07a4fb4",
    "satisfaction_tuteurs@2026-11-22": "97429ddfaa7ad7663b32b29ae329e9bbefb7625ee26d80cf4f25bad3dae58f9a",
    "satisfaction_employeurs@2026-11-22": "278397d716e357a528077a45291bbc5a8a7ff1cf13c4eb268b5361a318b5f805",
    "reponse_satisfaction_apprentis@2026-11-22": "2760c86b4c66cad77cb85a882b1646862199443d2640031ff290f7de0294541e",
    "reponse_satisfaction_maitres@2026-11-22": "df398dbd293d556e8eea090a00baa37b0356f5ba47943d768b66c1602e34bd4a",
    "reponse_satisfaction_tuteurs@2026-11-22": "181d392687aac1d55c6243e9d72d0845774dee78277e48bf8cc783b24402af50",
    "reponse_satisfaction_employeurs@2026-11-22": "5722ca7123a9643ec0604fe6cf77c3cd6099e1e5d147781da7db8a843535867c",
}
"""Une définition déjà employée ne change plus : pour la corriger, écrire une nouvelle version datée.

Les onze versions de novembre 2026 ont changé d'empreinte une fois, sans changer d'identifiant ni de résultat : la
formule nommée y est devenue l'expression elle-même (décision 40).
"""


def test_une_definition_employee_ne_change_pas() -> None:
    assert {d.identifiant: d.empreinte for d in charger_toutes()} == EMPREINTES


def test_les_definitions_viennent_par_famille_puis_par_rang() -> None:
    definitions = list(charger_definitions().values())
    familles = list(charger_familles())
    ordre = [(familles.index(d.famille), d.rang) for d in definitions]
    assert ordre == sorted(ordre)
    assert {d.famille for d in definitions} == set(familles)
    assert next(iter(charger_definitions())) == "effectif_inscrits"


def test_chaque_definition_dit_ses_sources_et_ses_limites() -> None:
    for definition in charger_toutes():
        assert definition.sources
        assert definition.non_modelise
        assert definition.seuils.pour("publique") == 20
        assert definition.seuils.pour("interne") == 5
        assert all(source.consulte_le <= date(2026, 12, 31) for source in definition.sources)


def test_les_durees_sont_des_parametres() -> None:
    definitions = charger_definitions()
    assert definitions["rupture_brute_9_mois"].parametres["mois"] == 9
    assert definitions["rupture_nette_9_mois"].parametres["retour_mois"] == 6
    assert definitions["insertion_18_mois"].parametres == {"mois": 18}


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
        (("unite: part", "unite: effectif"), "un effectif n'a pas de dénominateur"),
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


def test_la_documentation_porte_le_catalogue_exact() -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "indicateurs.md").read_text("utf-8")
    lignes = [ligne for ligne in documentation.splitlines() if re.match(r"\| [^|]+ \| `\w+` \|", ligne)]
    familles = charger_familles()
    assert lignes == [
        f"| {familles[d.famille].libelle} | `{d.cle}` | {d.libelle} | {d.unite} | {d.calcul.table} |"
        for d in charger_definitions().values()
    ]
