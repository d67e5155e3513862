"""Les référentiels livrés disent tout, et un fichier fautif est refusé avec son nom et l'endroit."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from charte.chargement import charger_edition
from charte.commun.donnees import DonneesInvalides
from charte.concernes import elements_evalues
from charte.referentiels import (
    CleReferentiel,
    Confiance,
    Correspondance,
    EditionAbsente,
    Nature,
    charger_correspondances,
    charger_referentiel,
    charger_referentiels,
    correspondances,
    edition_en_vigueur,
    elements_de,
)
from charte.referentiels.chargement import (
    DOSSIER,
    charger_passages,
    lire_passages,
    lire_referentiels,
)
from charte.referentiels.rapprochement import lire_correspondances

(PASSAGE_2026,) = charger_passages()
PROPRES = "propositions-2023-10-qualiopi-2026.yaml"
PASSAGE = "passage-qualiopi-2019-2026.yaml"


def relire(dossier: Path) -> None:
    """Relit tout ce qu'un dossier de données porte."""
    referentiels = lire_referentiels(dossier)
    passages = lire_passages(dossier, referentiels)
    lire_correspondances(dossier, charger_edition(), referentiels, passages)


@pytest.fixture
def abimer(tmp_path: Path) -> Callable[[str, str, str], str]:
    """Remplace un passage d'un fichier de données et rend le refus."""

    def changer(fichier: str, ancien: str, nouveau: str) -> str:
        dossier = tmp_path / "donnees"
        shutil.copytree(DOSSIER, dossier)
        texte = (dossier / fichier).read_text(encoding="utf-8")
        assert ancien in texte
        (dossier / fichier).write_text(texte.replace(ancien, nouveau, 1), encoding="utf-8")
        with pytest.raises(DonneesInvalides) as refus:
            relire(dossier)
        assert fichier in str(refus.value)
        return str(refus.value)

    return changer


def test_les_donnees_livrees_se_relisent() -> None:
    relire(DOSSIER)


@pytest.mark.parametrize(
    ("cle", "edition", "lignes"),
    [("qualiopi", "2019", 32), ("qualiopi", "2026", 33), ("missions_cfa", "2019", 14)],
)
def test_chaque_edition_a_toutes_ses_lignes(cle: str, edition: str, lignes: int) -> None:
    lues = charger_referentiel(cle).edition(edition).lignes
    assert [ligne.reference for ligne in lues] == [str(n) for n in range(1, lignes + 1)]
    assert all(ligne.vaut_pour_l_apprentissage for ligne in lues)


def test_les_missions_que_la_charte_cite_existent() -> None:
    missions = charger_referentiel("missions_cfa").editions[0].par_reference
    charte = charger_edition()
    citees = {
        mission
        for partie in charte.parties.liste
        for point in partie.points
        for mission in (*point.missions, *(m for e in point.engagements for m in e.missions))
    }
    assert len(citees) >= 10
    assert {str(mission) for mission in citees} <= set(missions)


@pytest.mark.parametrize(
    ("jour", "attendue"),
    [
        (date(2019, 6, 8), "2019"),
        (date(2026, 10, 31), "2019"),
        (date(2026, 11, 1), "2026"),
        (date(2040, 1, 1), "2026"),
    ],
)
def test_l_edition_de_qualiopi_suit_le_jour(jour: date, attendue: str) -> None:
    assert edition_en_vigueur(charger_referentiel("qualiopi"), jour).edition == attendue


def test_avant_la_premiere_edition_rien_n_est_en_vigueur() -> None:
    with pytest.raises(EditionAbsente, match="Qualiopi : aucune édition en vigueur le 2019-06-07"):
        edition_en_vigueur(charger_referentiel("qualiopi"), date(2019, 6, 7))


def test_un_referentiel_sans_date_vaut_toujours() -> None:
    assert edition_en_vigueur(charger_referentiel("hceres"), date(2000, 1, 1)).edition == "reperes"


def test_ce_qui_n_existe_pas_le_dit() -> None:
    with pytest.raises(EditionAbsente, match="aucun référentiel « iso »"):
        charger_referentiel("iso")
    with pytest.raises(EditionAbsente, match="Qualiopi n'a pas d'édition « 2030 » ; éditions : 2019, 2026"):
        charger_referentiel("qualiopi").edition("2030")
    with pytest.raises(KeyError, match="qualiopi 2019 n'a pas de ligne « 33 »"):
        charger_referentiel("qualiopi").edition("2019").ligne("33")


def test_la_charte_est_aussi_un_referentiel() -> None:
    edition = charger_referentiel("charte").edition("2023-10")
    assert len(edition.lignes) == 23 + 18
    assert [c.numero for c in edition.criteres] == ["1", "2", "3", "4"]
    (identite,) = elements_de("charte", "2023-10", "2.S2.1")
    assert (identite.element, identite.statut) == ("2.S2.1", "le texte même de la charte")


def test_chaque_element_de_la_charte_a_son_entree_et_chaque_correspondance_sa_ligne() -> None:
    toutes = charger_correspondances().toutes
    attendus = {e.id for e in elements_evalues(charger_edition())}
    assert len(attendus) == 93
    assert {c.element for c in toutes} == attendus
    assert len({c.cle for c in toutes}) == len(toutes)
    for c in toutes:
        assert c.reference in charger_referentiel(c.referentiel).edition(c.edition).par_reference


def test_les_deux_sens_disent_la_meme_chose() -> None:
    for c in charger_correspondances().toutes:
        assert c in correspondances(c.referentiel, c.edition, c.element)
        assert c in elements_de(c.referentiel, c.edition, c.reference)


def test_ce_que_la_charte_ne_rencontre_pas_reste_vide() -> None:
    seuls = [n for n in range(1, 33) if not elements_de("qualiopi", "2019", str(n))]
    assert seuls == [5, 16, 22, 23, 25]
    assert correspondances("cti", "reperes", "3.3.3") == ()


def test_un_enonce_inchange_garde_sa_confiance() -> None:
    (avant,) = (c for c in elements_de("qualiopi", "2019", "9") if c.element == "1.1.2")
    (apres,) = (c for c in elements_de("qualiopi", "2026", "9") if c.element == "1.1.2")
    assert (avant.confiance, apres.confiance) == (Confiance.HAUTE, Confiance.HAUTE)
    assert apres.provenance == "repris de l’indicateur 9 de 2019, énoncé inchangé"


def test_un_enonce_modifie_fait_perdre_un_degre_et_se_dit() -> None:
    (c,) = (c for c in elements_de("qualiopi", "2026", "20") if c.element == "3.3.1.1")
    assert c.confiance is Confiance.MOYENNE
    assert c.provenance == "repris de l’indicateur 20 de 2019, énoncé modifié : à confirmer"
    assert c.statut == "proposition de l’outil"


def test_le_report_ne_perd_rien_et_n_invente_que_les_propositions_propres() -> None:
    par_edition: dict[str, dict[tuple[str, str], Correspondance]] = {"2019": {}, "2026": {}}
    for c in charger_correspondances().toutes:
        if c.referentiel is CleReferentiel.QUALIOPI:
            par_edition[c.edition][(c.element, c.reference)] = c
    avant, apres = par_edition["2019"], par_edition["2026"]
    natures = {p.vers: p.nature for p in PASSAGE_2026.passages}
    neuves = [c for cle, c in apres.items() if cle not in avant]
    assert set(avant) <= set(apres)
    assert all(c.provenance == "lecture propre à l’édition 2026" for c in neuves)
    assert {c.reference for c in neuves} == {"2", "12", "14", "15", "19", "20", "32", "33"}
    for c in apres.values():
        if c.provenance.startswith("repris") and natures[c.reference] is Nature.REFORMULE:
            assert c.confiance is not Confiance.HAUTE


def test_le_nouvel_indicateur_ecarte_les_enquetes_de_satisfaction() -> None:
    elements = {c.element for c in elements_de("qualiopi", "2026", "33")}
    assert {"3.S1.9", "3.C1.6"} <= elements
    assert not elements & {"1.3.1", "4.S1.2"}
    assert all(c.confiance is not Confiance.HAUTE for c in elements_de("qualiopi", "2026", "33"))


def test_le_passage_dit_le_sort_de_chaque_indicateur() -> None:
    par_nature: dict[Nature, list[str]] = {}
    for p in PASSAGE_2026.passages:
        par_nature.setdefault(p.nature, []).append(p.vers or "")
    assert par_nature[Nature.NOUVEAU] == ["33"]
    assert par_nature[Nature.REFORMULE] == ["1", "2", "3", "7", "12", "14", "15", "19", "20", "27", "30", "31", "32"]
    assert par_nature[Nature.IDENTIQUE] == ["9", "13", "16", "29"]
    assert len(par_nature[Nature.REPUTE_IDENTIQUE]) == 15
    edition = charger_referentiel("qualiopi").edition("2026")
    assert all(edition.ligne(r).releve.sur is False for r in par_nature[Nature.REPUTE_IDENTIQUE])


def test_chaque_edition_a_sa_source_publique() -> None:
    for referentiel in charger_referentiels():
        for edition in referentiel.editions:
            assert edition.fiche.source.adresse.startswith("https://")
            assert edition.fiche.note


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """Une copie des données, à compléter."""
    return Path(shutil.copytree(DOSSIER, tmp_path / "donnees"))


def ajouter_une_edition(dossier: Path) -> None:
    """Une édition fictive de Qualiopi en 2030 : l'indicateur 5 disparaît, le 1 est réécrit, les autres restent."""
    fiches = yaml.safe_load((dossier / "referentiels.yaml").read_text(encoding="utf-8"))
    editions = fiches["referentiels"][0]["editions"]
    editions[-1]["jusqu_a"] = date(2029, 12, 31)
    source = {"reference": "Essai", "adresse": "https://exemple.invalid/"}
    neuve = {"edition": "2030", "titre": "Édition de 2030", "depuis": date(2030, 1, 1), "source": source}
    editions.append(neuve | {"note": "Essai."})
    lignes = yaml.safe_load((dossier / "qualiopi-2026.yaml").read_text(encoding="utf-8"))
    lignes |= {"edition": "2030", "lignes": [ligne for ligne in lignes["lignes"] if ligne["reference"] != "5"]}
    lignes["lignes"][0]["texte"] = "Énoncé réécrit pour l'essai."
    gardees = [ligne["reference"] for ligne in lignes["lignes"]]
    passages = [{"de": r, "vers": r, "nature": "reformule" if r == "1" else "identique"} for r in gardees]
    passages.append({"de": "5", "nature": "retire"})
    table = {"referentiel": "qualiopi", "avant": "2026", "apres": "2030", "source": "Essai", "passages": passages}
    for nom, contenu in (
        ("referentiels", fiches),
        ("qualiopi-2030", lignes),
        ("passage-qualiopi-2026-2030", table),
    ):
        (dossier / f"{nom}.yaml").write_text(yaml.safe_dump(contenu, allow_unicode=True), encoding="utf-8")


def test_une_edition_de_plus_ne_demande_que_des_fichiers(dossier: Path) -> None:
    ajouter_une_edition(dossier)
    referentiels = lire_referentiels(dossier)
    lues = lire_correspondances(dossier, charger_edition(), referentiels, lire_passages(dossier, referentiels))
    assert edition_en_vigueur(referentiels[0], date(2030, 1, 1)).edition == "2030"
    assert edition_en_vigueur(referentiels[0], date(2029, 12, 31)).edition == "2026"
    (livret,) = (c for c in lues.par_ligne["qualiopi", "2030", "9"] if c.element == "1.1.2")
    assert livret.provenance == "repris de l’indicateur 9 de 2026, énoncé inchangé"
    (offre,) = (c for c in lues.par_ligne["qualiopi", "2030", "1"] if c.element == "2.S1.1")
    assert offre.confiance is Confiance.FAIBLE
    assert lues.par_ligne["qualiopi", "2019", "1"] == charger_correspondances().par_ligne["qualiopi", "2019", "1"]


def test_une_edition_sans_son_passage_est_refusee(dossier: Path) -> None:
    ajouter_une_edition(dossier)
    (dossier / "passage-qualiopi-2026-2030.yaml").unlink()
    with pytest.raises(DonneesInvalides, match=r"passage-qualiopi-2026-2030\.yaml : fichier absent"):
        relire(dossier)


def test_un_fichier_de_propositions_mal_nomme_est_refuse(dossier: Path) -> None:
    (dossier / PROPRES).rename(dossier / "propositions-2023-10-qualiopi-2027.yaml")
    with pytest.raises(DonneesInvalides, match=r"qualiopi-2027\.yaml : aucun passage ne mène à cette édition"):
        relire(dossier)


@pytest.mark.parametrize(
    ("fichier", "ancien", "nouveau", "raison"),
    [
        ("referentiels.yaml", "    prefixe: Indicateur", "    prefixe: I\n    prefixe: J", "donnée deux fois"),
        ("referentiels.yaml", "    prefixe: Indicateur", "    prefixe: I\n    prefixes: J", "clé inconnue"),
        ("referentiels.yaml", "jusqu_a: 2026-10-31", "jusqu_a: 2026-11-01", "2019 ne finit pas avant que 2026"),
        ("referentiels.yaml", "jusqu_a: 2026-10-31", "jusqu_a: 2018-10-31", "finit avant de commencer"),
        ("referentiels.yaml", "cle: hceres", "cle: cti", "le référentiel « cti » est donné 2 fois"),
        ("referentiels.yaml", "https://www.hceres.fr", "http://www.hceres.fr", "ne suit pas le motif"),
        ("qualiopi-2026.yaml", 'edition: "2026"', 'edition: "2019"', "attendu qualiopi « 2026 », lu qualiopi « 2019 »"),
        ("qualiopi-2026.yaml", 'reference: "33"', 'reference: "32"', "la référence « 32 » est donnée 2 fois"),
        ("qualiopi-2026.yaml", 'critere: "1"', 'critere: "9"', "cite le critère « 9 »"),
        ("qualiopi-2026.yaml", "releve: repute_inchange", "releve: sans_doute", "valeur imprévue"),
        ("qualiopi-2026.yaml", "actions: [1, 2, 3, 4]", "actions: [5]", "valeur trop grande, 4 au plus"),
        (PASSAGE, "nature: repute_identique", "nature: reformule", "les deux énoncés sont les mêmes"),
        (PASSAGE, "nature: reformule", "nature: identique", "les deux énoncés diffèrent"),
        (PASSAGE, '  - de: "4"\n    vers: "4"', '  - de: "4"\n    vers: "5"', "« 4 » de 2026 est citée 0 fois"),
        (PASSAGE, '  - vers: "33"\n', '  - de: "1"\n    vers: "33"\n', "« nouveau » ne va pas avec de=1"),
        (PASSAGE, '  - vers: "33"', '  - vers: "34"', "cite « 34 », que l'édition 2026 n'a pas"),
        ("correspondances-2023-10.yaml", 'element: "1.1.1"', 'element: "1.1.2"', "« 1.1.2 » est donné 2 fois"),
        ("correspondances-2023-10.yaml", 'element: "1.1.1"', 'element: "1.1"', "il manque l'élément « 1.1.1 »"),
        (
            "correspondances-2023-10.yaml",
            'qualiopi: ["18", "20"',
            'qualiopi: ["18", "18"',
            "« 18 » (2019) est donné deux",
        ),
        ("correspondances-2023-10.yaml", 'qualiopi: ["18", "20"', 'qualiopi: ["33", "20"', "n'a pas de ligne « 33 »"),
        ("correspondances-2023-10.yaml", "confiance: moyenne", "confiance: forte", "valeur imprévue"),
        ("correspondances-2023-10.yaml", 'charte: "2023-10"', 'charte: "2025-01"', "attendu la charte « 2023-10 »"),
        (
            PROPRES,
            'element: "1.S1.5"',
            'element: "1.S9.5"',
            "la charte n'a pas d'élément",
        ),
        (PROPRES, 'reference: "2"', 'reference: "40"', "n'a pas de ligne « 40 »"),
        (
            PROPRES,
            'element: "1.S1.5"',
            'element: "1.C1.1"',
            "1.C1.1 vers « 2 » est donné 2",
        ),
        ("correspondances-2023-10.yaml", "  cti: reperes\n", "", "« cti » porte sur «  »"),
        ("correspondances-2023-10.yaml", "cti: reperes", "cti: v9", "« cti » porte sur « v9 »"),
        (PASSAGE, 'apres: "2026"', 'apres: "2027"', "attendu qualiopi 2019 2026, lu qualiopi 2019 2027"),
        (PROPRES, 'edition: "2026"', 'edition: "2019"', "lu 2023-10 qualiopi 2019"),
    ],
)
def test_un_fichier_fautif_est_refuse_par_son_nom(
    abimer: Callable[[str, str, str], str], fichier: str, ancien: str, nouveau: str, raison: str
) -> None:
    assert re.search(re.escape(raison), abimer(fichier, ancien, nouveau))


def test_toutes_les_fautes_viennent_d_un_coup(abimer: Callable[[str, str, str], str]) -> None:
    refus = abimer("correspondances-2023-10.yaml", 'qualiopi: ["18", "20", "28"]', 'qualiopi: ["40", "41"]')
    assert len(refus.splitlines()) == 2
