"""Ce qui ne va pas dans un classeur : tout est dit d'un coup, cellule par cellule, avec son remède."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from charte.acteur import Partie
from charte.commun.enveloppe import FichierIllisible
from grilles.classeur.contenu import FEUILLE, FEUILLE_REFERENCE
from grilles.classeur.lecture import lire_le_classeur
from grilles.vues import ReponseLue
from tests.grilles.classeur.fabrique import PLACES, grille, revenir, tirer
from tests.indicateurs.imports import hostiles
from tests.indicateurs.imports.test_hostiles import ENVELOPPES

LIEN = "https://intranet.exemple.invalid/livret.pdf"
VIERGE = grille()
PREUVE = {("1.S1.1", "preuve_titre"): "Livret", ("1.S1.1", "preuve_adresse"): LIEN}


@pytest.mark.parametrize(
    ("saisies", "cellule", "dit", "remede"),
    [
        ({("1.S1.1", "etat"): "peut-être"}, "F2", "n'existe pas pour : engagement", "« Sans objet »"),
        ({("1.S1.1", "etat"): "En place"}, "F2", "n'existe pas pour : engagement", "« Tenu »"),
        ({("1.S1.1", "etat"): "Sans objet"}, "G2", "demande un motif", "pourquoi cela ne concerne pas"),
        ({("1.S1.1", "motif"): "x" * 2001}, "G2", "fait 2001 caractères ; 2000 au plus", "Raccourcissez"),
        ({("1.S1.1", "commentaire"): "x" * 5001}, "H2", "fait 5001 caractères ; 5000 au plus", "Raccourcissez"),
        ({("1.S1.1", "commentaire"): "#N/A"}, "H2", "erreur du tableur", "à la main"),
        ({("1.S1.1", "element"): "9.Z9.9"}, "A2", "n'évalue pas cet élément", "renvoi de la charte"),
        ({("1.S1.1", "element"): None}, "A2", "ne dit pas son élément", "supprimez la ligne"),
        ({("1.S1.1", "texte"): "Autre chose"}, "E2", "Ce n'est pas le texte de 1.S1.1", "Remettez"),
        ({("1.S1.1", "preuve_adresse"): LIEN}, "I2", "n'a pas de titre", "Donnez-en un"),
        ({("1.S1.1", "preuve_titre"): "Livret"}, "J2", "Collez l'adresse", "page des preuves"),
        (
            PREUVE | {("1.S1.1", "preuve_adresse"): "javascript:alert(1)"},
            "J2",
            "n'est pas une adresse",
            "page des preuves",
        ),
        (PREUVE | {("1.S1.1", "preuve_adresse"): LIEN + "x" * 1000}, "J2", "1000 au plus", "page des preuves"),
        (PREUVE | {("1.S1.1", "preuve_titre"): "x" * 201}, "I2", "200 au plus", "Raccourcissez"),
        (PREUVE | {("1.S1.1", "preuve_effet"): "31/02/2026"}, "K2", "n'est pas une date", "12/03/2026"),
        (PREUVE | {("1.S1.1", "preuve_fin"): 46093}, "L2", "n'est pas une date", "12/03/2026"),
        (PREUVE | {("1.S1.1", "preuve_emplacement"): "x" * 201}, "M2", "200 au plus", "Raccourcissez"),
    ],
)
def test_une_saisie_fautive_se_dit_par_sa_cellule(
    saisies: dict[tuple[str, str], Any], cellule: str, dit: str, remede: str
) -> None:
    examen = revenir(tirer(VIERGE, saisies), VIERGE)
    assert (examen.refusees, examen.bloque, examen.proposees) == (1, False, ())
    (anomalie,) = examen.anomalies
    assert (anomalie.feuille, anomalie.cellule) == (FEUILLE, cellule)
    assert dit in anomalie.message
    assert remede in anomalie.remede
    assert len(anomalie.valeur) <= 120


def test_tout_se_dit_d_un_coup_et_le_reste_se_reprend() -> None:
    saisies = {
        ("1.S1.1", "etat"): "zzz", ("1.S1.1", "motif"): "x" * 3000, ("1.S1.2", "etat"): "Sans objet",
        ("1.S1.3", "etat"): "Tenu",
    }  # fmt: skip
    examen = revenir(tirer(VIERGE, saisies), VIERGE)
    assert [a.cellule for a in examen.anomalies] == ["G2", "F2", "G3"]
    assert (examen.refusees, [p.element for p in examen.proposees]) == (2, ["1.S1.3"])


def test_un_element_en_double_refuse_ses_deux_lignes() -> None:
    examen = revenir(tirer(VIERGE, {("1.S1.2", "element"): "1.S1.1", ("1.S1.1", "etat"): "Tenu"}), VIERGE)
    assert [(a.cellule, a.message) for a in examen.anomalies] == [
        ("A2", "L'élément a 2 lignes."), ("A3", "L'élément a 2 lignes."),
    ]  # fmt: skip
    assert (examen.refusees, examen.absents, examen.proposees) == (2, ("1.S1.2",), ())


@pytest.mark.parametrize("jour", ["12/03/2026", "2026-03-12", date(2026, 3, 12), datetime(2026, 3, 12)])  # noqa: DTZ001
def test_une_preuve_se_lit_avec_ses_dates(jour: Any) -> None:
    dates = {("1.S1.1", "preuve_effet"): jour, ("1.S1.1", "preuve_fin"): "01/04/2027"}
    examen = revenir(tirer(VIERGE, PREUVE | dates | {("1.S1.1", "preuve_emplacement"): " page  4 "}), VIERGE)
    assert not examen.anomalies
    preuve = examen.proposees[0].preuve
    assert preuve is not None
    assert (preuve.titre, preuve.adresse, preuve.emplacement) == ("Livret", LIEN, "page 4")
    assert (preuve.date_effet, preuve.date_fin) == (date(2026, 3, 12), date(2027, 4, 1))


def test_une_preuve_qui_finit_avant_de_commencer_est_refusee() -> None:
    dates = {("1.S1.1", "preuve_effet"): "01/04/2027", ("1.S1.1", "preuve_fin"): "01/04/2026"}
    (anomalie,) = revenir(tirer(VIERGE, PREUVE | dates), VIERGE).anomalies
    assert (anomalie.cellule, anomalie.message) == ("L2", "La preuve finit avant de prendre effet.")


@pytest.mark.parametrize(
    ("autre", "cellule", "valeur"),
    [
        (grille(code="RNCP99999-0000000A"), "B3", "RNCP99999-0000000A"),
        (grille(annee=2021), "B4", "2021"),
        (grille(partie=Partie.CFA), "B5", "CFA"),
    ],
)
def test_un_classeur_d_une_autre_grille_est_refuse_en_entier(autre: Any, cellule: str, valeur: str) -> None:
    examen = revenir(tirer(autre, {("1.S1.1", "etat"): "zzz"}), VIERGE)
    assert examen.bloque
    assert [(a.feuille, a.cellule, a.valeur) for a in examen.anomalies] == [
        (FEUILLE_REFERENCE, cellule, valeur), (FEUILLE, "F2", "zzz"),
    ]  # fmt: skip


def test_une_autre_edition_se_reconnait_a_son_nom_et_a_son_empreinte() -> None:
    def dater(livre: Workbook) -> None:
        livre[FEUILLE_REFERENCE]["B6"], livre[FEUILLE_REFERENCE]["B7"] = "2019-01", "ab" * 32

    examen = revenir(tirer(VIERGE, autre=dater), VIERGE)
    assert examen.bloque
    assert [a.cellule for a in examen.anomalies] == ["B6", "B7"]
    assert all("une autre édition" in a.message for a in examen.anomalies)


def test_sans_sa_version_une_reponse_deja_ecrite_est_en_conflit_jamais_ecrasee() -> None:
    lue = grille({"1.S1.1": ReponseLue("tenu", "", "Oui", 3)})
    octets = tirer(lue, {("1.S1.1", "etat"): "Non tenu"}, autre=lambda livre: livre[FEUILLE_REFERENCE].delete_rows(13))
    (proposee,) = revenir(octets, lue).proposees
    assert proposee.tire.version == 0


def _sans_feuille(livre: Workbook) -> None:
    del livre[FEUILLE_REFERENCE]


def _formule(livre: Workbook) -> None:
    livre[FEUILLE].cell(5, PLACES["commentaire"]).value = "=1+1"


def _sans_entete(livre: Workbook) -> None:
    livre[FEUILLE].delete_rows(1)


def _sans_motif(livre: Workbook) -> None:
    livre[FEUILLE].delete_cols(PLACES["motif"])


def _deux_motifs(livre: Workbook) -> None:
    livre[FEUILLE].cell(1, 30).value = "Motif (si sans objet)"


def _reference_changee(livre: Workbook) -> None:
    livre[FEUILLE_REFERENCE]["B4"] = "l'an prochain"


def _cellule_au_loin(livre: Workbook) -> None:
    livre[FEUILLE].cell(60_000, 20).value = "x"


def _trop_de_lignes(livre: Workbook) -> None:
    for rang in range(95, 2_200):
        livre[FEUILLE].cell(rang, 1).value = "x"


@pytest.mark.parametrize(
    ("geste", "dit"),
    [
        (_sans_feuille, "n'a pas les feuilles « Grille » et « Référence »"),
        (_formule, "(cellules H5)"),
        (_sans_entete, "n'a plus sa ligne d'en-têtes"),
        (_sans_motif, "n'a plus la colonne « Motif (si sans objet) »"),
        (_deux_motifs, "a deux fois la colonne « Motif (si sans objet) »"),
        (_reference_changee, "a été changée"),
        (_cellule_au_loin, "démesurée"),
        (_trop_de_lignes, "plus de 2000 lignes"),
    ],
)
def test_un_classeur_defait_est_refuse_d_une_phrase(geste: Callable[[Workbook], None], dit: str) -> None:
    with pytest.raises(FichierIllisible) as refus:
        lire_le_classeur(tirer(VIERGE, autre=geste), "essai.xlsx")
    assert dit in str(refus.value)
    assert "\n" not in str(refus.value)


@pytest.mark.parametrize(
    ("octets", "dit"),
    [
        (b"", "est vide"),
        (b"a;b\r\n1;2\r\n", "n'est pas un classeur .xlsx"),
        (b"%PDF-1.7", "n'est pas un classeur .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien format"),
        (b"PK\x03\x04" + b"\0" * (6 * 2**20), "dépasse 5 Mo"),
        (b"PK\x03\x04n'importe quoi", "abîmé"),
    ],
)
def test_ce_qui_n_est_pas_un_classeur_se_dit(octets: bytes, dit: str) -> None:
    with pytest.raises(FichierIllisible, match=dit):
        lire_le_classeur(octets, "essai.xlsx")


@pytest.mark.parametrize("nom", [nom for nom in ENVELOPPES if not nom.startswith("formule")])
def test_un_classeur_dangereux_est_refuse_comme_un_depot(nom: str) -> None:
    contenu, extrait = ENVELOPPES[nom]
    with pytest.raises(FichierIllisible, match=extrait):
        lire_le_classeur(contenu(), "essai.xlsx")


def test_une_bombe_est_refusee_sans_etre_ouverte() -> None:
    with pytest.raises(FichierIllisible, match=r"démesuré|trop grand"):
        lire_le_classeur(hostiles.bombe("xl/styles.xml", 64, b" "), "essai.xlsx")
