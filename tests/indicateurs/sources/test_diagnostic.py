"""Le diagnostic des sources : chaque faute dite, à sa colonne, avec sa gravité ; rien qui se perde."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charte.commun.enveloppe import FichierIllisible
from indicateurs.imports.archive import depuis_octets, en_octets
from indicateurs.imports.fautes import LIBELLES
from indicateurs.sources.diagnostic import diagnostiquer_source
from indicateurs.sources.format import SOURCES, charger_source
from tests.indicateurs.imports.fabrique import CLE
from tests.indicateurs.sources.fabrique import constats, diagnostic, en_csv, ligne, rangees_en_csv


@pytest.mark.parametrize("cle", SOURCES)
def test_une_ligne_juste_est_retenue_sans_un_mot(cle):
    lu = diagnostic(cle, ligne(cle))
    assert (lu.lues, lu.retenues, lu.anomalies) == (1, 1, ())
    assert lu.source == cle


B, A = "bloquant", "avertissement"
SANS_QUI = {"nom_apprenant": "", "prenom_apprenant": "", "date_de_naissance_apprenant": ""}
FAUTES = [
    ("resultats", {"annee_session": ""}, ("annee_session", "champ_manquant", B)),
    ("resultats", {"annee_session": "2024-2025"}, ("annee_session", "annee_forme", B)),
    ("resultats", {"present": "", "admis": ""}, ("present", "champ_manquant", B)),
    ("resultats", {"present": "en attente", "admis": "en attente"}, ("present", "booleen_illisible", B)),
    ("resultats", {"present": "absent", "admis": "reçu"}, ("admis", "admis_sans_presence", B)),
    ("resultats", {"present": "", "admis": "ADMISE"}, ("present", "presence_deduite", A)),
    ("resultats", {"admis": "peut-être"}, ("admis", "booleen_illisible", B)),
    ("resultats", {"admis": "#N/A"}, ("admis", "erreur_tableur", B)),
    ("resultats", {**SANS_QUI, "ine_apprenant": ""}, ("nom_apprenant", "identite_incomplete", B)),
    ("resultats", {"prenom_apprenant": "", "ine_apprenant": ""}, ("nom_apprenant", "identite_incomplete", B)),
    ("resultats", {**SANS_QUI, "ine_apprenant": "123"}, ("nom_apprenant", "identite_incomplete", B)),
    ("resultats", {"ine_apprenant": "123"}, ("ine_apprenant", "ine_forme", A)),
    ("resultats", {"date_de_naissance_apprenant": "31/02/2003"}, ("date_de_naissance_apprenant", "date_illisible", B)),
    ("resultats", {"formation_rncp": "abc"}, ("formation_rncp", "rncp_forme", A)),
    ("heures", {"heures_prevues": ""}, ("heures_prevues", "champ_manquant", B)),
    ("heures", {"heures_prevues": "beaucoup"}, ("heures_prevues", "heures_illisibles", B)),
    ("heures", {"heures_realisees": "-3"}, ("heures_realisees", "nombre_negatif", B)),
    ("heures", {"heures_realisees": "451"}, ("heures_realisees", "realisees_depassent_prevues", A)),
    ("heures", {"annee_scolaire": "2024-2026"}, ("annee_scolaire", "annee_scolaire_forme", B)),
    ("rencontres", {"nature": "goûter"}, ("nature", "code_inconnu", B)),
    ("rencontres", {"prevue_du": "", "tenue_le": ""}, ("prevue_du", "champ_manquant", B)),
    ("rencontres", {"prevue_au": "01/01/2024"}, ("prevue_au", "fenetre_inversee", B)),
    ("rencontres", {"rang": "1,5"}, ("rang", "entier_attendu", B)),
    (
        "rencontres",
        {"nature": "mission", "prevue_au": "", "tenue_le": "01/11/2024"},
        ("tenue_le", "mission_validee_avant_sa_demande", A),
    ),
    ("enquete_insertion", {"mois_apres_sortie": "7"}, ("mois_apres_sortie", "echeance_forme", B)),
    ("enquete_insertion", {"a_repondu": "non"}, ("a_repondu", "reponse_contradictoire", B)),
    ("enquete_insertion", {"situation": ""}, ("situation", "reponse_sans_situation", A)),
    ("enquete_insertion", {"situation": "astronaute"}, ("situation", "code_inconnu", B)),
    ("enquete_insertion", {"situation": "études"}, ("type_contrat", "contrat_sans_emploi", A)),
    ("enquete_insertion", {"duree_recherche_mois": "8"}, ("duree_recherche_mois", "recherche_trop_longue", A)),
    ("satisfaction", {"note": "11"}, ("note", "note_hors_echelle", B)),
    ("satisfaction", {"note": "8/10"}, ("note", "nombre_illisible", B)),
    ("satisfaction", {"note_max": "0"}, ("note_max", "echelle_inversee", B)),
    ("satisfaction", {"question": ""}, ("question", "note_incomplete", B)),
    ("satisfaction", {"numero_repondant": "Durand"}, ("numero_repondant", "nombre_illisible", B)),
    ("satisfaction", {"public": "voisins"}, ("public", "code_inconnu", B)),
    ("satisfaction", {"nombre_sollicites": "0"}, ("nombre_sollicites", "plus_de_repondants", A)),
    ("satisfaction", {"formation_rncp": "", "formation_cfd": ""}, ("formation_rncp", "champ_manquant", B)),
    ("sifa_2024", {"date_nais": "32012003"}, ("29 – DATE_NAIS", "date_illisible", B)),
    ("sifa_2024", {"date_nais": "2032003"}, ("29 – DATE_NAIS", "date_zero", A)),
    ("sifa_2024", {"date_deb_cont": ""}, ("42 – DATE_DEB_CONT", "contrat_sans_debut", B)),
    ("sifa_2024", {"date_rupt_cont": "01092024"}, ("43 – DATE_RUPT_CONT", "rupture_hors_contrat", A)),
    ("sifa_2024", {"sexe": "3"}, ("31 – SEXE", "sexe_forme", A)),
    ("sifa_2024", {"handi": "9"}, ("34 – HANDI", "booleen_illisible", A)),
    ("sifa_2024", {"diplome": "", "rncp": ""}, ("8 – DIPLOME", "champ_manquant", B)),
    ("sifa_2024", {"date_nais": "12032020"}, ("29 – DATE_NAIS", "naissance_invraisemblable", A)),
    (
        "insersup",
        {"tx_sortants_en_emploi_sal_fr_12": "101"},
        ("tx_sortants_en_emploi_sal_fr_12", "donnee_ouverte_illisible", B),
    ),
    (
        "insersup",
        {"tx_sortants_en_emploi_non_sal_12": "40"},
        ("tx_sortants_en_emploi_sal_fr_12", "composantes_depassent_le_total", A),
    ),
    ("insersup", {"promo": "hier"}, ("promo", "promotion_forme", B)),
    ("inserjeunes_cfa", {"annee": "?"}, ("annee", "millesime_forme", B)),
    ("inserjeunes_cfa", {"va_emploi_6_mois": "-101"}, ("va_emploi_6_mois", "donnee_ouverte_illisible", B)),
]


@pytest.mark.parametrize(("cle", "changements", "attendu"), FAUTES)
def test_chaque_faute_est_dite_a_sa_colonne(cle, changements, attendu):
    lu = diagnostic(cle, ligne(cle, **changements))
    assert attendu in constats(lu)
    assert lu.retenues == (attendu[2] == A)
    assert all(a.message and a.remede and a.cause in LIBELLES for a in lu.anomalies)


SANS_REPONSE = {"situation": "", "type_contrat": "", "adequation": "", "duree_recherche_mois": ""}
PERMIS = [
    ("rencontres", {"tenue_le": "20/06/2025"}),
    ("rencontres", {"tenue_le": ""}),
    ("resultats", {"admis": ""}),
    ("resultats", {"present": "x", "admis": "En attente"}),
    ("resultats", SANS_QUI),
    ("resultats", {"ine_apprenant": ""}),
    ("heures", {"heures_realisees": "", "heures_prevues": "35h30"}),
    ("enquete_insertion", {"a_repondu": "NR", **SANS_REPONSE}),
    ("enquete_insertion", {"type_contrat": "sans objet", "adequation": "NSP"}),
    ("satisfaction", {"question": "Les locaux", "note": "-1", "note_min": "-2", "note_max": "2"}),
    ("satisfaction", {"question": "", "numero_repondant": "", "note": "", "note_min": "", "note_max": ""}),
    ("sifa_2024", {"ine_rnie": '=""', "date_deb_cont": "", "siret_emp": "", "an_form": "2"}),
    ("insersup", {"nb_sortants": "130 *", "nb_poursuivants": "nd", "tx_sortants_en_emploi_sal_fr_12": "na"}),
    ("insersup", {"nb_sortants": "12 **", "promo": "2021,2022"}),
]  # fmt: skip


@pytest.mark.parametrize(("cle", "changements"), PERMIS)
def test_ce_qui_est_permis_ne_souleve_rien(cle, changements):
    lu = diagnostic(cle, ligne(cle, **changements))
    assert (lu.retenues, lu.anomalies) == (1, ())


def test_toutes_les_anomalies_d_une_ligne_sont_dites_d_un_coup():
    lu = diagnostic("resultats", ligne("resultats", **SANS_QUI, ine_apprenant="", annee_session="?", admis="?"))
    assert {a.cause for a in lu.anomalies} == {"identite_incomplete", "annee_forme", "booleen_illisible"}


def test_une_valeur_illisible_n_est_jamais_rangee_comme_absente():
    lu = diagnostic("enquete_insertion", ligne("enquete_insertion", adequation="bof"), ligne("enquete_insertion"))
    assert lu.retenues == 1
    assert lu.lignes["adequation"].tolist() == [True]


def test_une_ligne_repetee_completee_ou_contredite_est_dite():
    juste, complete, autre = ligne("resultats", admis=""), ligne("resultats"), ligne("resultats", admis="admis")
    lu = diagnostic("resultats", juste, complete, autre, ligne("resultats", annee_session="2024"))
    assert [(a.ligne, a.cause) for a in lu.anomalies] == [(3, "ligne_repetee"), (4, "ligne_contredite")]
    assert "ligne 2" in lu.anomalies[1].message
    assert lu.retenues == 4


def test_l_ine_d_une_personne_ne_change_pas_sans_un_mot():
    autre = ligne("heures", ine_apprenant="0000000002B", annee_scolaire="2023-2024")
    partage = ligne("heures", nom_apprenant="Autrefictif", annee_scolaire="2022-2023")
    lu = diagnostic("heures", ligne("heures"), autre, partage)
    assert [(a.ligne, a.cause) for a in lu.anomalies] == [(3, "ine_change"), (4, "ine_partage")]


def test_aucun_nom_ne_reste_et_la_personne_se_reconnait_d_un_format_a_l_autre():
    sifa = diagnostic("sifa_2024", ligne("sifa_2024", nom="NOMFICTIF", prenom_1="PRENOM"))
    heures = diagnostic("heures", ligne("heures"))
    assert sifa.lignes["id_personne"].tolist() == heures.lignes["id_personne"].tolist()
    assert sifa.lignes["empreinte_ine"].tolist() == heures.lignes["empreinte_ine"].tolist()
    for lu in (sifa, heures):
        contenu = lu.lignes.astype(str).to_csv().casefold()
        assert "nomfictif" not in contenu
        assert "0000000001a" not in contenu


def test_une_autre_cle_fait_d_autres_empreintes_et_les_deux_se_relient():
    contenu = en_csv("heures", ligne("heures"))
    avant, apres = b"ancienne-cle-de-trente-deux-octet", CLE
    ancien = diagnostiquer_source(contenu, "h.csv", "heures", avant)
    neuf = diagnostiquer_source(contenu, "h.csv", "heures", apres, ancienne=avant)
    for colonne in ("id_personne", "empreinte_ine"):
        assert neuf.anciennes[neuf.lignes[colonne][0]] == ancien.lignes[colonne][0]


def test_une_ligne_ecartee_ne_fait_pas_oublier_sa_personne():
    lu = diagnostic("heures", ligne("heures", heures_prevues="?"))
    juste = diagnostic("heures", ligne("heures"))
    assert lu.personnes_ecartees == frozenset(juste.lignes["id_personne"])


def test_les_types_ranges_sont_ceux_du_contrat_meme_sans_aucune_ligne():
    attendus = {"mois": "Int64", "repondu": "boolean", "situation": "str", "recherche_mois": "Float64"}
    for changements in ({}, {"situation": "astronaute"}):
        lignes = diagnostic("enquete_insertion", ligne("enquete_insertion", **changements)).lignes
        assert {nom: str(lignes[nom].dtype) for nom in attendus} == attendus
    rencontres = diagnostic("rencontres", ligne("rencontres")).lignes
    assert str(rencontres["tenue_le"].dtype) == "datetime64[s]"


def test_deux_nombres_de_sollicites_se_contredisent_et_le_premier_compte():
    autre = ligne("satisfaction", numero_repondant="2", nombre_sollicites="30")
    lu = diagnostic("satisfaction", ligne("satisfaction"), autre)
    assert constats(lu) == {("nombre_sollicites", "sollicites_contradictoires", A)}
    assert (lu.retenues, lu.anomalies[0].ligne) == (2, 3)


def test_sifa_se_lit_au_rang_et_une_ligne_decalee_est_ecartee():
    champs = list(charger_source("sifa_2024").par_champ)
    juste = [ligne("sifa_2024").get(champ, "") for champ in champs]
    autre = [*juste[:41], "09092025", *juste[42:]]
    contenu = rangees_en_csv([juste, autre, juste[:-1], [*juste, "x"]], "|")
    lu = diagnostiquer_source(contenu, "sifa.csv", "sifa_2024", CLE)
    assert (lu.lues, lu.retenues, lu.ligne_entete) == (4, 2, 0)
    assert {(a.ligne, a.cause) for a in lu.anomalies} == {(3, "cellules_manquantes"), (4, "cellules_en_trop")}
    assert "sans ligne de titres" in lu.notes[0]


def test_sifa_avec_ses_titres_se_lit_a_ses_titres():
    titres = ["INE", "NUMERO_UAI", "SIT_FORM", "DIPLOME", "NOM", "PRENOM1", "DATE_NAIS", "DATE_DEB_CONT"]
    champs = ["ine_rnie", "numero_uai", "sit_form", "diplome", "nom", "prenom_1", "date_nais", "date_deb_cont"]
    contenu = rangees_en_csv([titres, [ligne("sifa_2024")[champ] for champ in champs]])
    lu = diagnostiquer_source(contenu, "sifa.csv", "sifa_2024", CLE)
    assert (lu.retenues, lu.anomalies, lu.ligne_entete) == (1, (), 1)
    assert lu.lignes["date_debut"].tolist() == [pd.Timestamp("2024-09-09")]


def test_un_diagnostic_se_range_et_se_relit():
    lu = diagnostic("sifa_2024", ligne("sifa_2024"), ligne("sifa_2024", sexe="3"))
    relu = depuis_octets(en_octets(lu))
    pd.testing.assert_frame_equal(relu.lignes, lu.lignes)
    assert (relu.source, relu.places, relu.notes, relu.anomalies) == (lu.source, lu.places, lu.notes, lu.anomalies)


ETRANGES = ["", "oui", "non", "2025", "6", "-1", "31/02/2024", "#REF!", "nd", "1,5", "CDI", 'é;"', "9" * 30]
CELLULES = st.sampled_from(ETRANGES)


@settings(max_examples=25, deadline=None)
@given(cle=st.sampled_from(SOURCES), donnees=st.data())
def test_lues_egale_retenues_plus_ecartees_quoi_qu_on_ecrive(cle, donnees):
    champs = sorted(ligne(cle))
    changements = st.dictionaries(st.sampled_from(champs), CELLULES | st.text(max_size=12), max_size=6)
    lignes = [ligne(cle, **c) for c in donnees.draw(st.lists(changements, min_size=1, max_size=6))]
    contenu = en_csv(cle, *lignes)
    coupe = donnees.draw(st.none() | st.integers(1, len(contenu)))
    try:
        lu = diagnostiquer_source(contenu[:coupe], "essai.csv", cle, CLE)
    except FichierIllisible:
        return
    assert lu.lues == lu.retenues + lu.ecartees == len(lu.lignes) + lu.ecartees
    bloquees = {a.ligne for a in lu.anomalies if a.gravite == B}
    assert lu.ecartees == len(bloquees)
    assert not bloquees & set(lu.lignes["ligne"])


@settings(max_examples=20, deadline=None)
@given(cle=st.sampled_from(SOURCES), octets=st.binary(max_size=300))
def test_des_octets_quelconques_sont_dits_illisibles_en_une_ligne(cle, octets):
    with pytest.raises(FichierIllisible) as erreur:
        diagnostiquer_source(octets, "essai", cle, CLE)
    assert "\n" not in str(erreur.value)
