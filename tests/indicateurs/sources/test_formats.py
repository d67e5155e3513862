"""Les formats décrits en données : complets, sourcés, refusés s'ils sont mal écrits."""

import pytest

from charte.commun.donnees import DonneesInvalides, charger_modele
from indicateurs.definitions import charger_definitions
from indicateurs.imports.format import FORMATS
from indicateurs.sources.format import SOURCES, _FormatEcrit, charger_source
from indicateurs.sources.regles import REGLES

# Les 47 variables de l'enquête SIFA 2024, dans l'ordre du fichier à déposer (DEPP).
VARIABLES_SIFA = (
    "INE_RNIE NUMERO_UAI TYPE_CFA SIT_FORM UAI_EPLE NAT_STR_JUR STATUT DIPLOME RNCP DUR_FORM_THEO DUR_FORM_REELLE "
    "AN_FORM NOM NOM2 PRENOM_1 PRENOM_2 PRENOM_3 ADRESSE COD_POST COM_RESID TEL_JEUNE TEL_RESP1_PERSO TEL_RESP1_PRO "
    "TEL_RESP2_PERSO TEL_RESP2_PRO MAIL_JEUNE MAIL_RESP1 MAIL_RESP2 DATE_NAIS LIEU_NAIS SEXE REGIME_SCO PCS HANDI "
    "NATIO SIT_AV_APP DIP_OBT SIT_N_1 ETAB_N_1 TYPE_EMP DATE_ENTREE_CFA DATE_DEB_CONT DATE_RUPT_CONT COM_ETAB "
    "NAF_ETAB NBSAL_EMP SIRET_EMP"
)


@pytest.mark.parametrize("cle", SOURCES)
def test_chaque_format_est_source_et_ne_promet_que_ce_qu_il_peut(cle):
    format_ = charger_source(cle)
    assert format_.cle == cle
    assert format_.source
    assert format_.reference
    assert set(format_.regles) <= set(REGLES)
    exclus = {indicateur for non in format_.ne_nourrit_pas for indicateur in non.indicateurs}
    assert not exclus & set(format_.nourrit)
    assert exclus | set(format_.nourrit) <= set(charger_definitions())
    assert format_.nourrit or format_.lignes == "repere"


def test_toute_regle_sert():
    assert set(REGLES) == {regle for cle in SOURCES for regle in charger_source(cle).regles}


def test_sifa_a_ses_47_colonnes_dans_l_ordre_et_dit_ce_qu_il_ne_nourrit_pas():
    sifa = charger_source("sifa_2024")
    assert [champ.upper() for champ in sifa.par_champ] == VARIABLES_SIFA.split(" ")
    assert sifa.sans_entete
    exclus = {indicateur for non in sifa.ne_nourrit_pas for indicateur in non.indicateurs}
    assert {"obtention", "rupture_duree_totale", "realisation", "insertion_6_mois", "abandon"} <= exclus
    assert exclus | set(sifa.nourrit) == set(charger_definitions()), "un indicateur dont SIFA ne dirait rien se tairait"


def test_aucune_coordonnee_n_est_lue():
    lues = {c.champ for cle in SOURCES for c in charger_source(cle).lues if charger_source(cle).lignes != "repere"}
    assert not [c for c in lues if c.startswith(("tel_", "mail_", "adresse", "cod_post", "lieu_nais", "natio", "pcs"))]


def test_la_satisfaction_ne_connait_personne():
    satisfaction = charger_source("satisfaction")
    assert satisfaction.rattachement == "formation"
    assert not satisfaction.champs_d_identite
    assert not [c for c in satisfaction.par_champ if "nom_app" in c or "ine" in c or "naissance" in c]


FAUTES = [
    ("titre: Heures", "titre: Heures\ncouleur: rouge", "couleur"),
    ("cle: heures", "cle: heures\ncle: heures", "deux fois"),
    ("cible: annee, ", "cible: annee, couleur: rouge, ", "couleur"),
    ("signature: [heures_prevues", "signature: [heures_oubliees", "n'existent pas"),
    ("[rncp, cfd, annee]", "[rncp, cfd, millesime]", "ne sont pas rangées"),
    ("type: heures", "type: minutes", "valeur imprévue"),
    ("champ: heures_realisees", "champ: heures_prevues", "décrite deux fois"),
    ("type: heures, lecture: gardee, requise", "type: heures, lecture: non_lue, requise", "motif"),
    ("type: heures, lecture: gardee, requise", "type: code, lecture: gardee, requise", "codes"),
]


@pytest.mark.parametrize(("juste", "faux", "dit"), FAUTES)
def test_un_format_mal_ecrit_est_refuse(tmp_path, juste, faux, dit):
    texte = (FORMATS / "heures.yaml").read_text("utf-8")
    assert juste in texte
    chemin = tmp_path / "heures.yaml"
    chemin.write_text(texte.replace(juste, faux, 1), "utf-8")
    with pytest.raises(DonneesInvalides, match=dit):
        charger_modele(chemin, _FormatEcrit)


def test_une_source_inconnue_est_refusee():
    with pytest.raises(DonneesInvalides, match="inconnu"):
        charger_source("../heures")
