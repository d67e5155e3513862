"""Chaque genre de cellule : ce qui se lit, ce qui ne se lit pas, ce qui se signale."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charte.identifiants import cle_siret_juste, lettre_uai
from indicateurs.imports.dates import DECALAGE_1904, ajouter_mois, lecteur_de_dates
from indicateurs.imports.valeurs import (
    LECTEURS,
    en_numero,
    erreur_de_tableur,
    nettoyer,
)
from tests.indicateurs.imports.fabrique import siret

lire_date = lecteur_de_dates(69, (1920, 2199))
lire_naissance = lecteur_de_dates(15, (1920, 2199))


@pytest.mark.parametrize(
    ("texte", "attendue"),
    [
        ("2024-09-01", date(2024, 9, 1)),
        ("2024-09-01 00:00:00", date(2024, 9, 1)),
        ("2024-09-01T08:30", date(2024, 9, 1)),
        ("2024-08-31T22:00:00.000Z", date(2024, 9, 1)),
        ("2024-11-30T23:00:00Z", date(2024, 12, 1)),
        ("2024-09-01T00:00:00+02:00", date(2024, 9, 1)),
        ("01/09/2024", date(2024, 9, 1)),
        ("1/9/2024", date(2024, 9, 1)),
        ("01-09-2024", date(2024, 9, 1)),
        ("01.09.2024", date(2024, 9, 1)),
        ("01/09/2024 00:00", date(2024, 9, 1)),
        ("01/09/24", date(2024, 9, 1)),
        ("29/02/2024", date(2024, 2, 29)),
        ("45536", date(2024, 9, 1)),
        ("45536.0", date(2024, 9, 1)),
        ("45536,75", date(2024, 9, 1)),
    ],
)
def test_une_date_bien_ecrite_se_lit(texte, attendue):
    lue = lire_date(texte)
    assert (lue.valeur, lue.faute) == (attendue, None)


@pytest.mark.parametrize(
    "texte",
    ["31/02/2024", "29/02/2023", "2024-13-01", "09/13/2024", "septembre", "2024", "0", "00/00/0000", "01/09",
     "01/09/0024", "31/12/9999", "1900-01-01", "-45536", "24-09-01", "2024-09-01 25:00", "#N/A", "?",
     "2024-09/01", "٠١/٠٩/٢٠٢٤", "20240901"],
)  # fmt: skip
def test_une_date_illisible_le_dit_et_ne_vaut_pas_une_absence(texte):
    lue = lire_date(texte)
    assert lue.valeur is None
    assert lue.faute is not None
    assert lue.faute.cause == "date_illisible"


@pytest.mark.parametrize(
    ("lecteur", "texte", "attendue"),
    [
        (lire_date, "01/09/69", date(2069, 9, 1)),
        (lire_date, "01/09/70", date(1970, 9, 1)),
        (lire_naissance, "01/09/15", date(2015, 9, 1)),
        (lire_naissance, "01/09/16", date(1916, 9, 1)),
        (lire_naissance, "24/01/98", date(1998, 1, 24)),
        (lire_naissance, "24/01/04", date(2004, 1, 24)),
    ],
)
def test_le_pivot_des_annees_a_deux_chiffres_differe_des_naissances_aux_formations(lecteur, texte, attendue):
    lue = lecteur(texte)
    assert lue.valeur == attendue if attendue.year >= 1920 else lue.faute.cause == "date_illisible"


def test_un_numero_de_serie_du_calendrier_1904_se_decale():
    lecteur = lecteur_de_dates(69, (1920, 2199), DECALAGE_1904)
    assert lecteur("44074").valeur == date(2024, 9, 1)


@given(st.dates(date(1920, 1, 1), date(2199, 12, 31)))
def test_toute_date_se_relit_dans_chaque_ecriture(jour):
    serie = (jour - date(1899, 12, 30)).days
    ecritures = [jour.isoformat(), f"{jour} 00:00:00", f"{jour:%d/%m/%Y}", f"{jour.day}/{jour.month}/{jour.year}"]
    ecritures += [str(serie)] if 10_000 <= serie <= 99_999 else []
    assert {lire_date(texte).valeur for texte in ecritures} == {jour}


@given(st.text(max_size=20))
def test_aucun_texte_ne_fait_tomber_un_lecteur(texte):
    for lecteur in [*LECTEURS.values(), lire_date, lire_naissance]:
        lu = lecteur(texte)
        assert lu.valeur is not None or lu.faute is not None or not texte.strip()


@pytest.mark.parametrize("texte", ["oui", "OUI", "Oui", "vrai", "VRAI", "1", "1.0", "true", "True"])
def test_oui_se_lit(texte):
    assert LECTEURS["booleen"](texte) == (True, None)


@pytest.mark.parametrize("texte", ["non", "NON", "faux", "0", "0,0", "false"])
def test_non_se_lit(texte):
    assert LECTEURS["booleen"](texte) == (False, None)


@pytest.mark.parametrize("texte", ["peut-être", "2", "-1", "ouii", "n/a", "?"])
def test_un_oui_non_illisible_le_dit(texte):
    assert LECTEURS["booleen"](texte).faute.cause == "booleen_illisible"


@pytest.mark.parametrize(
    ("type_", "texte", "valeur", "cause"),
    [
        ("siret", siret(9900000100010), siret(9900000100010), None),
        ("siret", "990 000 010 00101", "99000001000101", "siret_cle"),
        ("siret", "35600000000048", "35600000000048", None),
        ("siret", "35600000049838", "35600000049838", "siret_cle"),
        ("siret", "35600000049837", "35600000049837", None),
        ("siret", "1234567890123", None, "siret_forme"),
        ("siret", "ABCDEFGHIJKLMN", None, "siret_forme"),
        ("siret", "1,23457E+13", None, "numero_arrondi"),
        ("uai", "0123456S", "0123456S", None),
        ("uai", "0123456s", "0123456S", None),
        ("uai", "0751717J", "0751717J", None),
        ("uai", "0123456A", "0123456A", "uai_cle"),
        ("uai", "123456S", "0123456S", "uai_zero"),
        ("uai", "CFA du centre", "CFADUCENTRE", "uai_forme"),
        ("rncp", "RNCP35316", "RNCP35316", None),
        ("rncp", "rncp 35316", "RNCP35316", None),
        ("rncp", "35316", "RNCP35316", None),
        ("rncp", "35316.0", "RNCP35316", None),
        ("rncp", "RNCP1234", "RNCP1234", "rncp_forme"),
        ("rncp", "BTS", "BTS", "rncp_forme"),
        ("rncp", "-", None, "rncp_forme"),
        ("cfd", "50022145", "50022145", None),
        ("cfd", "5.0022145E7", "50022145", None),
        ("cfd", "4003320t", "4003320T", None),
        ("cfd", "5002214", "5002214", "cfd_forme"),
        ("ine", "1234567890A", "1234567890A", None),
        ("ine", "123456789ab", "123456789AB", None),
        ("ine", "0EABC123451", "0EABC123451", None),
        ("ine", "12345", None, "ine_forme"),
        ("annee_scolaire", "2024-2025", 2024, None),
        ("annee_scolaire", "2024/2025", 2024, None),
        ("annee_scolaire", "2024 - 2025", 2024, None),
        ("annee_scolaire", "2024-2026", 2024, "annee_scolaire_forme"),
        ("annee_scolaire", "2024", None, "annee_scolaire_forme"),
        ("sexe", "1", "H", None),
        ("sexe", "M", "H", None),
        ("sexe", "h", "H", None),
        ("sexe", "2", "F", None),
        ("sexe", "F", "F", None),
        ("sexe", "X", None, "sexe_forme"),
        ("annee_formation", "2", 2, None),
        ("annee_formation", "6", None, "annee_formation_forme"),
        ("duree", "24", 24, None),
        ("duree", "24.0", 24, None),
        ("duree", "0", None, "duree_forme"),
        ("duree", "49", None, "duree_forme"),
        ("nom", "D'Ärk", "D'Ärk", None),
        ("nom", "123", None, "nom_sans_lettre"),
        ("texte", "a \u00a0 b", "a b", None),
    ],
)  # fmt: skip
def test_codes_et_numeros(type_, texte, valeur, cause):
    lu = LECTEURS[type_](texte)
    assert (lu.valeur, lu.faute and lu.faute.cause) == (valeur, cause)


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("44000.0", ("44000", False)),
        ("1.2345678901235E13", ("12345678901235", False)),
        ("1,2345678901235e+13", ("12345678901235", False)),
        ("1,23457E+13", ("12345700000000", True)),
        ("0123456A", ("0123456A", False)),
        ("12 345", ("12345", False)),
    ],
)
def test_un_numero_de_tableur_retrouve_ses_chiffres(texte, attendu):
    assert en_numero(texte) == attendu


@pytest.mark.parametrize(
    ("brut", "propre"),
    [("  a ", "a"), ("\u00a0a\u202f", "a"), ('="0123"', "0123"), ("'0123", "0123"), ("'t Hooft", "'t Hooft")],
)
def test_le_nettoyage_ne_touche_que_le_bord(brut, propre):
    assert nettoyer(brut) == propre


@given(st.text())
def test_le_nettoyage_est_stable(texte):
    assert not nettoyer(texte).startswith((" ", "\u00a0"))


@pytest.mark.parametrize("texte", ["#N/A", "#REF!", "#VALEUR!", "#DIV/0!", "#NOM?", "=A1+1"])
def test_une_erreur_de_tableur_est_reconnue(texte):
    assert erreur_de_tableur(texte).faute.cause == "erreur_tableur"


@pytest.mark.parametrize("texte", ["Dupont", "# 3", "=", "#"])
def test_un_texte_ordinaire_n_est_pas_une_erreur_de_tableur(texte):
    assert erreur_de_tableur(texte) is None


@given(st.integers(0, 9_999_999))
def test_une_seule_lettre_convient_a_un_uai(numero):
    justes = [
        lettre for lettre in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if LECTEURS["uai"](f"{numero:07d}{lettre}").faute is None
    ]
    assert justes == [lettre_uai(f"{numero:07d}")]


@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_la_cle_du_siret_voit_tout_chiffre_change(numero, place, ecart):
    juste = siret(numero)
    change = juste[:place] + str((int(juste[place]) + ecart) % 10) + juste[place + 1 :]
    assert cle_siret_juste(juste)
    assert not cle_siret_juste(change) or change.startswith("356000000")


def test_ajouter_des_mois_borne_au_dernier_jour():
    import numpy as np

    jours = np.array(["2024-08-31", "2023-08-31", "2024-01-15", "NaT"], dtype="datetime64[D]")
    attendus = ["2025-02-28", "2024-02-29", "2024-07-15", "NaT"]
    assert ajouter_mois(jours, 6).astype(str).tolist() == attendus
    assert ajouter_mois(jours[:1], -6).astype(str).tolist() == ["2024-02-29"]


@pytest.mark.parametrize(("texte", "annee"), [("01/01/1900", 1900), ("01/09/9999", 9999), ("0204-09-01", 204)])
def test_une_annee_hors_des_bornes_se_dit_telle(texte, annee):
    """« N'existe pas au calendrier » serait faux : la date existe, c'est son année qu'on ne croit pas."""
    faute = lire_date(texte).faute
    assert faute is not None
    assert faute.message == f"L'année {annee} est hors de ce qui se lit ici (1920 à 2199)."
