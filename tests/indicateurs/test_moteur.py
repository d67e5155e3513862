"""Le calcul des indicateurs : deux moteurs, une référence naïve, des fenêtres au jour près, des sommes justes."""

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indicateurs
from indicateurs.definitions import charger_definitions
from indicateurs.lecture import TableInvalide
from indicateurs.moteur import CLES_PAR_NIVEAU, COLONNES, NIVEAUX, calculer
from tests.indicateurs import reference_mesures
from tests.indicateurs.reference_mesures import Jeune
from tests.indicateurs.reference_parcours import Contrat

CLES = tuple(
    cle
    for cle, definition in charger_definitions().items()
    if definition.calcul.table in ("parcours", "contrats") and cle != "rencontres_employeur"
)
"""Les indicateurs que les deux tables obligatoires suffisent à calculer."""
CLES_DE_FORMATION = ["rncp", "cfd", "uai_responsable", "uai_formateur"]
GROUPE = ("RNCP35497", "32033422", "0750001X", "0750002Y")
AU = date(2026, 6, 30)


def en_tables(jeunes: list[Jeune]) -> dict[str, pd.DataFrame]:
    parcours = pd.DataFrame(
        [(i, *j.groupe, j.entree, j.fin, j.exclusion, j.obtention) for i, j in enumerate(jeunes)],
        columns=["id_parcours", *CLES_DE_FORMATION, "date_entree", "date_fin", "date_exclusion", "obtention"],
    )
    contrats = pd.DataFrame(
        [
            (i, f"p{j.personne}", rang, c.debut, c.fin, c.rupture)
            for i, j in enumerate(jeunes)
            for rang, c in enumerate(j.contrats)
        ],
        columns=["id_parcours", "id_personne", "rang", "date_debut", "date_fin", "date_rupture"],
    )
    return {"parcours": parcours, "contrats": contrats}


def un_jeune(*contrats: Contrat, **champs: Any) -> Jeune:
    valeurs: dict[str, Any] = {
        "personne": 1,
        "groupe": GROUPE,
        "entree": date(2024, 9, 2),
        "fin": date(2026, 8, 31),
        "exclusion": None,
        "obtention": None,
        **champs,
    }
    return Jeune(contrats=contrats, **valeurs)


def mesurer(jeunes: list[Jeune], cle: str, au: date = AU) -> tuple[int, int]:
    mesures = calculer(en_tables(jeunes), au=au, par=["total"], cumul=True)
    ligne = mesures[(mesures["indicateur"] == cle) & mesures["promotion"].isna()].iloc[0]
    return int(ligne["numerateur"]), int(ligne["effectif"])


jours = st.one_of(
    st.sampled_from([date(2024, 8, 31), date(2024, 5, 31), date(2025, 2, 28), date(2025, 11, 30), AU]),
    st.integers(0, 900).map(lambda n: date(2024, 6, 1) + timedelta(days=n)),
)
peut_etre = st.none() | jours
contrats = st.builds(Contrat, debut=jours, fin=peut_etre, rupture=peut_etre)
groupes = st.tuples(
    st.sampled_from(["RNCP1", "RNCP2"]),
    st.just("32033422"),
    st.sampled_from(["R1", "R2"]),
    st.sampled_from(["F1", "F2"]),
)
jeunes_quelconques = st.lists(
    st.builds(
        Jeune,
        personne=st.integers(0, 5),
        groupe=groupes,
        entree=jours,
        fin=jours,
        exclusion=peut_etre,
        obtention=st.sampled_from([None, True, False]),
        contrats=st.lists(contrats, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=10, deadline=None)
@given(jeunes_quelconques, jours)
def test_le_moteur_egale_la_reference_naive(jeunes: list[Jeune], au: date) -> None:
    mesures = calculer(en_tables(jeunes), au=au, par=["formation"])
    attendus = reference_mesures.compter(jeunes, au)
    obtenus = {
        (tuple(ligne[c] for c in CLES_DE_FORMATION), ligne["promotion"], ligne["indicateur"]): (
            ligne["numerateur"],
            ligne["effectif"],
        )
        for ligne in mesures.to_dict("records")
    }
    assert obtenus == {(*groupe, cle): comptes.get(cle, (0, 0)) for groupe, comptes in attendus.items() for cle in CLES}


@settings(max_examples=6, deadline=None)
@given(jeunes_quelconques, jours)
def test_polars_et_pandas_donnent_les_memes_mesures(jeunes: list[Jeune], au: date) -> None:
    tables = en_tables(jeunes)
    polars = calculer(tables, au=au, diffusion="interne", cumul=True)
    pandas = calculer(tables, au=au, diffusion="interne", cumul=True, moteur="pandas")
    pd.testing.assert_frame_equal(polars, pandas, rtol=1e-9, atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(jeunes_quelconques)
def test_un_niveau_est_la_somme_des_formations_et_son_taux_le_rapport_des_sommes(jeunes: list[Jeune]) -> None:
    mesures = calculer(en_tables(jeunes), au=AU)
    formations = mesures[mesures["niveau"] == "formation"]
    for niveau in NIVEAUX[1:]:
        cles = ["indicateur", *CLES_PAR_NIVEAU[niveau], "promotion"]
        sommes = formations.groupby(cles)[["numerateur", "effectif"]].sum()
        etage = mesures[mesures["niveau"] == niveau].set_index(cles)
        pd.testing.assert_frame_equal(
            etage[["numerateur", "effectif"]].sort_index(), sommes.sort_index(), check_dtype=False
        )
        estimees = etage.index.get_level_values("indicateur") == "rupture_9_mois_estimee"
        parts = etage[(etage["denominateur"].fillna(0) > 0) & ~estimees]
        attendus = parts["numerateur"].astype(float) / parts["denominateur"].astype(float)
        np.testing.assert_allclose(parts["taux"], attendus, rtol=1e-9)


DEBUT = date(2024, 9, 30)


@pytest.mark.parametrize(
    ("rupture", "compte"),
    [
        (date(2024, 9, 29), 0),  # avant le début : hors de [début, début + 9 mois)
        (DEBUT, 1),
        (date(2025, 6, 29), 1),
        (date(2025, 6, 30), 0),
        (None, 0),
    ],
)
def test_la_rupture_brute_compte_de_son_debut_a_neuf_mois_exclus(rupture: date | None, compte: int) -> None:
    contrat = Contrat(DEBUT, date(2026, 8, 31), rupture)
    assert mesurer([un_jeune(contrat)], "rupture_brute_9_mois") == (compte, 1)


def test_un_contrat_entre_dans_la_cohorte_le_jour_de_ses_neuf_mois() -> None:
    # 31 mai + 9 mois de calendrier : le dernier jour de février.
    jeunes = [un_jeune(Contrat(date(2025, 5, 31)))]
    assert mesurer(jeunes, "rupture_brute_9_mois", date(2026, 2, 27)) == (0, 0)
    assert mesurer(jeunes, "rupture_brute_9_mois", date(2026, 2, 28)) == (0, 1)


@pytest.mark.parametrize(
    ("retour", "compte"),
    [
        (date(2025, 1, 14), 1),  # la veille de la rupture : ce n'est pas un retour
        (date(2025, 1, 15), 0),
        (date(2025, 7, 14), 0),
        (date(2025, 7, 15), 1),
    ],
)
def test_la_rupture_nette_regarde_six_mois_apres_la_rupture(retour: date, compte: int) -> None:
    rompu = Contrat(DEBUT, date(2026, 8, 31), date(2025, 1, 15))
    jeunes = [un_jeune(rompu, Contrat(retour, date(2026, 8, 31)))]
    assert mesurer(jeunes, "rupture_nette_9_mois", date(2025, 12, 30)) == (compte, 1)


def test_le_retour_dans_une_autre_formation_de_la_meme_personne_compte() -> None:
    rompu = un_jeune(Contrat(DEBUT, date(2026, 8, 31), date(2025, 1, 15)))
    ailleurs = Contrat(date(2025, 3, 1), date(2027, 8, 31))
    au = date(2025, 12, 30)
    assert mesurer([rompu, un_jeune(ailleurs)], "rupture_nette_9_mois", au) == (0, 1)
    assert mesurer([rompu, un_jeune(ailleurs, personne=2)], "rupture_nette_9_mois", au) == (1, 1)


def test_un_contrat_rompu_le_jour_de_son_debut_n_est_pas_son_propre_retour() -> None:
    assert mesurer([un_jeune(Contrat(DEBUT, None, DEBUT))], "rupture_nette_9_mois") == (1, 1)


def test_la_rupture_sur_la_duree_suit_la_fin_prevue() -> None:
    jeunes = [
        un_jeune(Contrat(DEBUT, date(2026, 6, 30), date(2026, 6, 29)), personne=1),
        un_jeune(Contrat(DEBUT, date(2026, 6, 30), date(2026, 6, 30)), personne=2),
        un_jeune(Contrat(DEBUT, date(2026, 7, 1), date(2025, 1, 1)), personne=3),
        un_jeune(Contrat(DEBUT, None, date(2025, 1, 1)), personne=4),
    ]
    assert mesurer(jeunes, "rupture_duree_totale") == (1, 2)


def test_la_promotion_change_au_premier_aout() -> None:
    jeunes = [un_jeune(entree=date(2024, 7, 31)), un_jeune(entree=date(2024, 8, 1))]
    promotions = calculer(en_tables(jeunes), au=AU, par=["total"])["promotion"]
    assert sorted(promotions.unique()) == ["2023-2024", "2024-2025"]


def test_un_apprenti_dont_la_frise_n_a_pas_commence_n_est_dans_aucun_effectif() -> None:
    jeunes = [un_jeune(entree=date(2026, 9, 1), fin=date(2027, 8, 31)), un_jeune(Contrat(DEBUT))]
    assert mesurer(jeunes, "effectif_apprentis") == (1, 1)
    assert mesurer(jeunes, "effectif_inscrits") == (0, 1)


def test_un_groupe_sans_denominateur_n_a_pas_de_taux() -> None:
    mesures = calculer(en_tables([un_jeune()]), au=AU, par=["formation"], diffusion="interne")
    sans = mesures[mesures["indicateur"] == "obtention"].iloc[0]
    assert (sans["numerateur"], sans["denominateur"], bool(sans["masque"])) == (0, 0, False)
    assert pd.isna(sans[["taux", "ic_bas", "ic_haut"]]).all()


def test_chaque_resultat_porte_la_version_de_sa_definition() -> None:
    mesures = calculer(en_tables([un_jeune()]), au=AU)
    assert tuple(mesures.columns) == COLONNES
    attendues = {cle: charger_definitions()[cle].identifiant for cle in CLES}
    assert dict(zip(mesures["indicateur"], mesures["definition"], strict=True)) == attendues


def test_un_cfd_absent_reste_un_groupe() -> None:
    groupe: Any = ("RNCP35497", None, "0750001X", "0750002Y")
    mesures = calculer(en_tables([un_jeune(groupe=groupe)]), au=AU, par=["formation"])
    assert len(mesures) == len(CLES)
    assert mesures["cfd"].isna().all()


def test_une_table_vide_ne_donne_aucune_mesure_ni_erreur() -> None:
    assert calculer(en_tables([]), au=AU, diffusion="interne").empty


def test_les_tables_douteuses_sont_refusees() -> None:
    tables = en_tables([un_jeune(Contrat(DEBUT))])
    with pytest.raises(TableInvalide, match="parcours : colonne"):
        calculer({**tables, "parcours": tables["parcours"].drop(columns="rncp")}, au=AU)
    orphelins = tables["contrats"].assign(id_parcours=99)
    with pytest.raises(TableInvalide, match="sans parcours correspondant"):
        calculer({**tables, "contrats": orphelins}, au=AU)
    sans_debut = tables["contrats"].assign(date_debut=None)
    with pytest.raises(TableInvalide, match=r"contrats.date_debut : 1 valeur\(s\) obligatoire"):
        calculer({**tables, "contrats": sans_debut}, au=AU)
    with pytest.raises(TableInvalide, match=r"parcours.date_fin : 1 valeur\(s\) obligatoire"):
        calculer({**tables, "parcours": tables["parcours"].assign(date_fin=None)}, au=AU)
    with pytest.raises(ValueError, match="Niveau inconnu : academie"):
        calculer(tables, au=AU, par=["academie"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="Ventilation inconnue : taille ; attendu : sexe"):
        calculer(tables, au=AU, ventiler=["taille"])


def test_le_masque_ne_depend_pas_du_niveau_demande() -> None:
    jeunes = [un_jeune(personne=i, groupe=("RNCP1", "1", "R", "F" if i < 3 else "G")) for i in range(20)] + [
        un_jeune(personne=30 + i, groupe=("RNCP2", "2", "R", "H")) for i in range(9)
    ]
    complet = calculer(en_tables(jeunes), au=AU, diffusion="interne")
    seul = calculer(en_tables(jeunes), au=AU, diffusion="interne", par=["formateur"])
    attendu = complet[complet["niveau"] == "formateur"].reset_index(drop=True)
    pd.testing.assert_frame_equal(seul, attendu)
    assert seul.loc[seul["indicateur"] == "effectif_inscrits", "masque"].tolist() == [True, False, True]


def test_un_indicateur_seul_donne_les_memes_chiffres_qu_avec_les_autres() -> None:
    # Sans indicateur de statut, les parcours ne sont pas calculés : cela ne doit rien changer au reste.
    tables = en_tables([un_jeune(Contrat(DEBUT, None, DEBUT), obtention=True), un_jeune(Contrat(DEBUT))])
    ensemble = calculer(tables, au=AU)
    for cle, definition in charger_definitions().items():
        attendu = ensemble[ensemble["indicateur"] == cle].reset_index(drop=True)
        pd.testing.assert_frame_equal(calculer(tables, {cle: definition}, au=AU), attendu)


def test_importer_le_paquet_ne_charge_ni_pandas_ni_polars() -> None:
    code = "import sys, indicateurs; print({'pandas', 'polars', 'narwhals'} & set(sys.modules))"
    sortie = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sortie.stdout.strip() == "set()"
    assert indicateurs.calculer is calculer
    with pytest.raises(AttributeError):
        _ = indicateurs.inconnu


def test_ce_qui_est_masque_a_l_interne_l_est_aussi_en_public() -> None:
    """Sans cela, le public montrerait une voisine cachée à l'interne : qui lit les deux retrouve le petit groupe."""
    cohortes = {("A", 0): (30, 4), ("A", 1): (0, 12), ("B", 0): (6, 3), ("B", 1): (12, 0)}
    jeunes = [
        un_jeune(groupe=(f"RNCP{cfa}{rang}", "", cfa, cfa), entree=date(2020 + an, 9, 1), obtention=True)
        for (cfa, rang), nombres in cohortes.items()
        for an, nombre in enumerate(nombres)
        for _ in range(nombre)
    ]
    definitions = {"obtention": charger_definitions()["obtention"]}
    masques = [
        calculer(en_tables(jeunes), definitions, au=AU, diffusion=diffusion, cumul=True)["masque"]
        for diffusion in ("interne", "publique")
    ]
    interne, public = masques
    assert interne.any()
    assert not (interne & ~public).any()
