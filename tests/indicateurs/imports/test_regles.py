"""Ce que le diagnostic bloque, ce qu'il signale, ce qu'il laisse passer ; et ses invariants."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicateurs.imports import diagnostiquer
from indicateurs.imports.fautes import LIBELLES
from indicateurs.imports.format import charger_format
from tests.indicateurs.imports.fabrique import CLE, ENTETES, en_csv, ligne, uai


def diagnostic(*lignes, entetes=None):
    return diagnostiquer(en_csv(list(lignes), entetes=entetes), "essai.csv", CLE)


def anomalies(*lignes):
    return [(a.ligne, a.colonne, a.valeur, a.gravite, a.cause) for a in diagnostic(*lignes).anomalies]


def test_une_ligne_juste_n_appelle_aucune_remarque():
    assert anomalies(ligne(0), ligne(1)) == []


@pytest.mark.parametrize(
    "champ",
    ["nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant", "annee_scolaire", "date_entree_formation",
     "date_fin_formation", "etablissement_responsable_uai", "etablissement_formateur_uai"],
)  # fmt: skip
@pytest.mark.parametrize("vide", [None, "   ", "\u00a0"])
def test_un_champ_requis_absent_bloque(champ, vide):
    assert anomalies(ligne(0, **{champ: vide})) == [(2, champ, "", "bloquant", "champ_manquant")]


def test_il_faut_le_rncp_ou_le_code_diplome():
    assert anomalies(ligne(0, formation_rncp=None), ligne(1, formation_cfd=None)) == []
    attendu = [(2, "formation_rncp", "", "bloquant", "champ_manquant")]
    assert anomalies(ligne(0, formation_rncp=None, formation_cfd=None)) == attendu


def test_une_colonne_requise_absente_du_fichier_ecarte_chaque_ligne():
    entetes = [champ for champ in ENTETES if champ != "date_fin_formation"]
    lu = diagnostic(ligne(0), ligne(1), entetes=entetes)
    assert (lu.lues, lu.retenues, lu.ecartees) == (2, 0, 2)
    assert "date_fin_formation" in lu.colonnes_absentes
    assert [(a.ligne, a.colonne) for a in lu.anomalies] == [(2, "date_fin_formation"), (3, "date_fin_formation")]


@pytest.mark.parametrize("colonne", [c.champ for c in charger_format().colonnes if c.illisible_bloque])
def test_une_date_ou_un_oui_non_illisible_bloque(colonne):
    type_ = charger_format().par_champ[colonne].type
    cause = "booleen_illisible" if type_ == "booleen" else "date_illisible"
    trouvees = anomalies(ligne(0, **{colonne: "31/02/2024"}))
    assert (2, colonne, "31/02/2024", "bloquant", cause) in trouvees
    assert {a[3] for a in trouvees if a[1] == colonne} == {"bloquant"}


@pytest.mark.parametrize(
    ("champ", "valeur", "cause"),
    [
        ("sexe_apprenant", "X", "sexe_forme"),
        ("ine_apprenant", "123", "ine_forme"),
        ("etablissement_responsable_uai", "0123456A", "uai_cle"),
        ("etablissement_formateur_uai", "CFA", "uai_forme"),
        ("etablissement_responsable_siret", "12345678901235", "siret_cle"),
        ("siret_employeur", "123", "siret_forme"),
        ("annee_scolaire", "2024", "annee_scolaire_forme"),
        ("annee_scolaire", "2024-2026", "annee_scolaire_forme"),
        ("annee_formation", "9", "annee_formation_forme"),
        ("formation_rncp", "BTS", "rncp_forme"),
        ("formation_cfd", "123", "cfd_forme"),
        ("duree_theorique_formation_mois", "longue", "duree_forme"),
        ("formation_presentielle", "parfois", "booleen_illisible"),
        ("date_de_naissance_apprenant", "2023-01-01", "naissance_invraisemblable"),
        ("date_exclusion_formation", "2022-01-01", "exclusion_hors_formation"),
    ],
)  # fmt: skip
def test_le_reste_est_un_avertissement_et_la_ligne_est_gardee(champ, valeur, cause):
    lu = diagnostic(ligne(0, **{champ: valeur}))
    assert [(a.colonne, a.valeur, a.gravite, a.cause) for a in lu.anomalies] == [
        (champ, valeur, "avertissement", cause)
    ]
    assert (lu.lues, lu.retenues, lu.ecartees) == (1, 1, 0)


def test_une_formation_ne_finit_pas_avant_son_entree_mais_peut_durer_un_jour():
    inversee = ligne(0, date_entree_formation="2025-09-01", date_fin_formation="2025-08-31")
    assert (2, "date_fin_formation", "2025-08-31", "bloquant", "formation_inversee") in anomalies(inversee)
    un_jour = ligne(0, date_entree_formation="2023-09-01", date_fin_formation="2023-09-01", contrat_date_fin=None)
    assert anomalies(un_jour) == []


@pytest.mark.parametrize(
    ("contrat", "attendues"),
    [
        ({"contrat_date_fin_2": "2025-01-01"}, [("contrat_date_debut_2", "bloquant", "contrat_sans_debut")]),
        ({"siret_employeur_3": "10000000000008"}, [("contrat_date_debut_3", "bloquant", "contrat_sans_debut")]),
        ({"cause_rupture_contrat_4": "départ"}, [("contrat_date_debut_4", "bloquant", "contrat_sans_debut")]),
        ({"contrat_date_rupture_2": "2024-01-01"}, [("contrat_date_debut_2", "bloquant", "contrat_sans_debut")]),
        ({"contrat_date_fin": "2023-09-14"}, [("contrat_date_fin", "bloquant", "contrat_inverse")]),
        ({"contrat_date_fin": "2023-09-15"}, []),
        ({"contrat_date_fin": None}, []),
        ({"contrat_date_rupture": "2023-09-15"}, []),
        ({"contrat_date_rupture": "2025-08-31"}, []),
        ({"contrat_date_rupture": "2023-09-14"}, [("contrat_date_rupture", "avertissement", "rupture_hors_contrat")]),
        ({"contrat_date_rupture": "2025-09-01"}, [("contrat_date_rupture", "avertissement", "rupture_hors_contrat")]),
        ({"contrat_date_debut": "2023-03-01"}, []),
        ({"contrat_date_debut": "2023-02-28"}, [("contrat_date_debut", "avertissement", "contrat_eloigne")]),
        ({"contrat_date_fin": "2026-02-28"}, []),
        ({"contrat_date_fin": "2026-03-01"}, [("contrat_date_fin", "avertissement", "contrat_eloigne")]),
        (
            {"contrat_date_debut": "2019-09-01", "contrat_date_fin": "2021-08-31"},
            [("contrat_date_debut", "avertissement", "contrat_eloigne")],
        ),
        (
            {"contrat_date_debut": "hier", "contrat_date_fin": "2025-08-31"},
            [("contrat_date_debut", "bloquant", "date_illisible")],
        ),
        (
            {"contrat_date_debut_2": "2023-09-15"},
            [("contrat_date_debut_2", "avertissement", "contrat_repete")],
        ),
    ],
)  # fmt: skip
def test_coherence_des_contrats(contrat, attendues):
    base = {"siret_employeur": None} if "10000000000008" in contrat.values() else {}
    assert [a[1:2] + a[3:] for a in anomalies(ligne(0, **base, **contrat))] == attendues


def test_toutes_les_anomalies_d_une_ligne_viennent_d_un_coup_dans_l_ordre_du_modele():
    sale = ligne(0, nom_apprenant=None, sexe_apprenant="?", date_fin_formation="bientôt", contrat_date_debut=None)
    assert [(a[1], a[3]) for a in anomalies(ligne(1), sale)] == [
        ("nom_apprenant", "bloquant"),
        ("sexe_apprenant", "avertissement"),
        ("date_fin_formation", "bloquant"),
        ("contrat_date_debut", "bloquant"),
    ]


def test_la_ligne_d_exemple_du_modele_est_signalee():
    exemple = ligne(
        0, nom_apprenant="Dupuis", prenom_apprenant="Gaston", date_de_naissance_apprenant="1998-01-24 00:00:00"
    )
    assert [(a[1], a[4]) for a in anomalies(exemple)] == [("nom_apprenant", "ligne_exemple")]


def test_un_ine_qui_change_ou_se_partage_est_signale_sur_la_seconde_ligne():
    premiere = ligne(0)
    autre_ine = {**premiere, "ine_apprenant": "9999999999Z", "annee_scolaire": "2024-2025"}
    meme_ine = ligne(5, ine_apprenant=premiere["ine_apprenant"])
    assert anomalies(premiere, autre_ine, meme_ine) == [
        (3, "ine_apprenant", "9999999999Z", "avertissement", "ine_change"),
        (4, "ine_apprenant", premiere["ine_apprenant"], "avertissement", "ine_partage"),
    ]


def test_un_code_manquant_qui_fait_deux_formations_est_signale():
    complete = ligne(0)
    seule = {**complete, "formation_cfd": None, "annee_scolaire": "2024-2025"}
    ailleurs = {**complete, "formation_cfd": None, "etablissement_formateur_uai": uai(990009)}
    assert anomalies(complete, seule, ailleurs) == [(3, "formation_cfd", "", "avertissement", "code_incomplet")]


def test_chaque_anomalie_dit_quoi_et_comment_la_corriger():
    for anomalie in diagnostic(ligne(0, nom_apprenant=None, date_fin_formation="x", sexe_apprenant="Z")).anomalies:
        assert list(anomalie.en_dict()) == ["ligne", "colonne", "valeur", "gravite", "message", "remede"]
        assert anomalie.message.endswith(".")
        assert anomalie.remede.endswith(".")


def test_les_causes_se_comptent_et_montrent_trois_exemples():
    lignes = [ligne(n, contrat_date_rupture="31/02/2024") for n in range(14)] + [ligne(20, sexe_apprenant="X")]
    causes = diagnostic(*lignes).par_cause()
    assert [cause.titre for cause in causes] == [
        "14\u00a0dates illisibles dans contrat_date_rupture",
        "1\u00a0sexe imprévu dans sexe_apprenant",
    ]
    assert [a.ligne for a in causes[0].exemples] == [2, 3, 4]


def test_la_forme_json_est_celle_annoncee():
    rendu = json.loads(json.dumps(diagnostic(ligne(0, date_fin_formation="x")).en_json()))
    assert (rendu["lues"], rendu["retenues"], rendu["ecartees"]) == (1, 0, 1)
    assert rendu["anomalies"][0]["gravite"] == "bloquant"


cellule = st.one_of(
    st.none(),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(["31/02/2024", "01/09/2023", "45536", "oui", "non", "#N/A", "2024-2025", "0123456A", "1"]),
)
lignes_sales = st.lists(
    st.dictionaries(st.sampled_from(ENTETES), cellule, max_size=6).map(lambda sale: ligne(0, **sale)), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(lignes_sales)
def test_rien_ne_se_perd_lues_egale_retenues_plus_ecartees(lignes):
    lu = diagnostic(*lignes)
    bloquees = {a.ligne for a in lu.anomalies if a.gravite == "bloquant"}
    assert lu.lues == lu.retenues + lu.ecartees == len(lignes)
    assert lu.ecartees == len(bloquees)
    assert not bloquees & set(lu.lignes["ligne"])
    assert {a.cause for a in lu.anomalies} <= set(LIBELLES)
    assert all(1 < a.ligne <= len(lignes) + 1 for a in lu.anomalies)
    assert lu.bloquants + lu.avertissements == len(lu.anomalies)


@settings(max_examples=30, deadline=None)
@given(lignes_sales, st.sampled_from([";", ",", "\t"]))
def test_le_separateur_et_l_ordre_des_colonnes_ne_changent_rien(lignes, separateur):
    melange = diagnostiquer(en_csv(lignes, separateur, "utf-8-sig", list(reversed(ENTETES))), "a.csv", CLE)
    assert melange.en_json() == diagnostic(*lignes).en_json()


def test_une_rupture_avant_le_debut_se_dit_meme_si_la_fin_est_fausse():
    """Tout se dit d'un coup : corriger la fin ne doit pas faire apparaître une seconde anomalie."""
    trouvees = anomalies(
        ligne(0, contrat_date_debut="01/10/2024", contrat_date_fin="30/09/2024", contrat_date_rupture="01/09/2024")
    )
    assert [(colonne, gravite, cause) for _, colonne, _, gravite, cause in trouvees] == [
        ("contrat_date_fin", "bloquant", "contrat_inverse"),
        ("contrat_date_rupture", "avertissement", "rupture_hors_contrat"),
    ]
