"""D'une édition à l'autre : lignes ajoutées, retirées, reformulées, déplacées."""

from pathlib import Path

import pytest

import charte
from charte.referentiels import (
    CleReferentiel,
    Confiance,
    EditionDeReferentiel,
    Ligne,
    Nature,
    Referentiel,
    Releve,
    charger_correspondances,
    charger_passage,
    charger_referentiel,
    charger_referentiels,
    differences,
)
from charte.referentiels.correspondance import Correspondance, reporter
from charte.referentiels.passage import Passage, TableDePassage
from charte.referentiels.referentiel import FicheEdition, Source

DOCUMENT = Path(charte.__file__).parents[1] / "docs" / "referentiels.md"


def edition(cle: str, **textes: str) -> EditionDeReferentiel:
    """Une édition de Qualiopi faite pour l'essai : `R1="Énoncé"`."""
    fiche = FicheEdition(
        edition=cle, titre=cle, source=Source(reference="Essai", adresse="https://exemple.invalid/"), note="Essai."
    )
    lignes = tuple(Ligne(reference=r, texte=texte, releve=Releve.OFFICIEL) for r, texte in textes.items())
    return EditionDeReferentiel(CleReferentiel.QUALIOPI, fiche, (), lignes)


AVANT = edition("1", R1="Informer le public.", R2="Évaluer.", R3="Suivre.", R4="Veiller.")
APRES = edition("2", R1="Informer tout le public.", R2="Évaluer.", R5="Suivre.", R6="Anticiper.")


def table(*passages: Passage) -> TableDePassage:
    return TableDePassage(referentiel=CleReferentiel.QUALIOPI, avant="1", apres="2", source="Essai", passages=passages)


MAIN = table(
    Passage(nature=Nature.REFORMULE, de="R1", vers="R1", note="Tout le public."),
    Passage(nature=Nature.IDENTIQUE, de="R2", vers="R2"),
    Passage(nature=Nature.DEPLACE, de="R3", vers="R5"),
    Passage(nature=Nature.NOUVEAU, vers="R6"),
    Passage(nature=Nature.RETIRE, de="R4"),
)


def test_les_differences_donnent_les_deux_textes() -> None:
    vues = [
        (d.nature, d.avant.texte if d.avant else None, d.apres.texte if d.apres else None)
        for d in differences(AVANT, APRES, MAIN)
    ]
    assert vues == [
        (Nature.REFORMULE, "Informer le public.", "Informer tout le public."),
        (Nature.DEPLACE, "Suivre.", "Suivre."),
        (Nature.NOUVEAU, None, "Anticiper."),
        (Nature.RETIRE, "Veiller.", None),
    ]


def test_sans_table_une_meme_reference_est_la_meme_ligne() -> None:
    vues = [(d.nature, (d.apres or d.avant or AVANT.lignes[0]).reference) for d in differences(AVANT, APRES)]
    assert vues == [
        (Nature.REFORMULE, "R1"),
        (Nature.NOUVEAU, "R5"),
        (Nature.NOUVEAU, "R6"),
        (Nature.RETIRE, "R3"),
        (Nature.RETIRE, "R4"),
    ]


@pytest.mark.parametrize("referentiel", charger_referentiels(), ids=lambda r: r.cle)
def test_une_edition_ne_differe_pas_d_elle_meme(referentiel: Referentiel) -> None:
    assert differences(referentiel.editions[0], referentiel.editions[0]) == ()


def test_de_2019_a_2026_treize_enonces_changent_et_un_est_neuf() -> None:
    qualiopi = charger_referentiel("qualiopi")
    avant, apres = qualiopi.edition("2019"), qualiopi.edition("2026")
    avec_table = differences(avant, apres, charger_passage("qualiopi", "2026"))
    assert [(d.nature, d.avant, d.apres) for d in avec_table] == [
        (d.nature, d.avant, d.apres) for d in differences(avant, apres)
    ]
    assert len(avec_table) == 14
    assert all(d.note for d in avec_table)


def test_une_correspondance_suit_la_ligne_deplacee_et_s_arrete_avec_la_ligne_retiree() -> None:
    anciennes = [
        Correspondance("1.1.1", CleReferentiel.QUALIOPI, "1", reference, Confiance.HAUTE)
        for reference in ("R1", "R2", "R3", "R4")
    ]
    portees = [(c.edition, c.reference, c.confiance) for c in reporter(anciennes, MAIN)]
    assert portees == [
        ("2", "R1", Confiance.MOYENNE),
        ("2", "R2", Confiance.HAUTE),
        ("2", "R5", Confiance.HAUTE),
    ]


def test_le_document_dit_le_passage_et_les_comptes() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    avant, apres = charger_referentiel("qualiopi").editions
    for d in differences(avant, apres, charger_passage("qualiopi", "2026")):
        de, vers = d.avant.reference if d.avant else "–", d.apres.reference if d.apres else "–"
        assert f"| {de} | {vers} | {d.nature.dit} | {d.note} | {d.hors_charte} |" in document
    for referentiel in charger_referentiels():
        for lue in referentiel.editions:
            toutes = charger_correspondances().toutes
            siennes = [c for c in toutes if (c.referentiel, c.edition) == (referentiel.cle, lue.edition)]
            nom = "repères" if lue.edition == "reperes" else lue.edition
            assert f"| {referentiel.fiche.nom} | {nom} | " in document
            assert f"| {len(siennes)} |" in document
