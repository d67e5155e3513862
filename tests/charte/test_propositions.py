"""Les jalons proposés : chaque exigence en a, les chiffres du texte y sont, un fichier fautif est refusé."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from charte.chargement import EditionInconnue, charger_edition, editions_disponibles
from charte.commun.donnees import DonneesInvalides
from charte.edition import Genre, parcourir
from charte.propositions import DOSSIER_PROPOSITIONS, charger_propositions, lire_propositions

Brut = dict[str, Any]


@pytest.fixture(scope="module")
def texte_brut() -> str:
    return (DOSSIER_PROPOSITIONS / "2023-10.yaml").read_text(encoding="utf-8")


def test_chaque_edition_livree_a_ses_propositions_etiquetees() -> None:
    for edition in editions_disponibles():
        propositions = charger_propositions(edition)
        assert propositions
        assert {proposition.nature for proposition in propositions} == {"proposition de l’outil"}


def test_chaque_exigence_a_de_une_a_trois_propositions() -> None:
    propositions = charger_propositions()
    exigences = [e.id for e in parcourir(charger_edition()) if e.genre is Genre.EXIGENCE]
    assert len(exigences) == 18
    assert all(1 <= len(propositions.de_l_element(exigence)) <= 3 for exigence in exigences)


def test_les_postes_se_partagent_les_propositions() -> None:
    propositions = charger_propositions()
    assert sum(len(propositions.du_poste(n)) for n in range(1, 5)) == len(propositions)
    assert {p.element.split(".")[0] for p in propositions.du_poste(3)} == {"3"}
    assert propositions.du_poste(9) == ()


@pytest.mark.parametrize(
    ("cle", "element", "chiffre"),
    [
        ("comite_annuel", "1.S1.1", "dans l’année"),
        ("mission_sous_une_semaine", "2.S2.1", "sous une semaine"),
        ("deux_rencontres", "3.S1.6", "les deux rencontres annuelles"),
        ("premiere_rencontre", "3.S1.6", "dans les deux mois après le début"),
        ("retour_par_trimestre", "3.S1.8", "un retour d’alternance par trimestre"),
        ("revision_annuelle", "1.C1.2", "révision annuelle"),
    ],
)
def test_les_chiffres_du_texte_sont_repris(cle: str, element: str, chiffre: str) -> None:
    proposition = charger_propositions().de_cle(cle)
    assert proposition.element == element
    assert chiffre in proposition.intitule


def test_chaque_phrase_se_lit() -> None:
    for p in charger_propositions():
        for phrase in (p.intitule, p.preuve_attendue, p.moyens):
            assert (phrase[0].isupper(), phrase[-1]) == (True, "."), f"{p.cle} : {phrase}"
            assert "'" not in phrase, f"{p.cle} : apostrophe droite"


def test_une_cle_ou_une_edition_absente_se_dit() -> None:
    with pytest.raises(KeyError, match="aucune proposition de jalon ne porte la clé « licorne »"):
        charger_propositions().de_cle("licorne")
    with pytest.raises(EditionInconnue):
        charger_propositions("2031-01")


def premiere(brut: Brut) -> Brut:
    trouvee: Brut = brut["propositions"][0]
    return trouvee


def doubler_une_cle(brut: Brut) -> None:
    brut["propositions"].append(premiere(brut))


def viser_une_action(brut: Brut) -> None:
    premiere(brut)["element"] = "1.1.1"


def se_tromper_de_poste(brut: Brut) -> None:
    premiere(brut)["poste"] = 2


def oublier_une_exigence(brut: Brut) -> None:
    brut["propositions"] = [p for p in brut["propositions"] if p["element"] != "4.C1.3"]


def delai_trop_long(brut: Brut) -> None:
    premiere(brut)["mois"] = 48


def oublier_l_indicateur(brut: Brut) -> None:
    del premiere(brut)["indicateur"]


def passer_pour_la_charte(brut: Brut) -> None:
    brut["nature"] = "jalon de la charte"


def autre_edition(brut: Brut) -> None:
    brut["edition"] = "2031-01"


@pytest.mark.parametrize(
    ("gater", "attendu"),
    [
        (doubler_une_cle, "propositions.comite_annuel : clé donnée 2 fois"),
        (viser_une_action, "propositions.comite_annuel.element : « 1.1.1 » n'est ni un engagement ni une exigence"),
        (se_tromper_de_poste, "propositions.comite_annuel.poste : attendu « 1 », lu « 2 »"),
        (oublier_une_exigence, "propositions : aucune pour l'exigence « 4.C1.3 »"),
        (delai_trop_long, "propositions.1.mois : valeur trop grande, 36 au plus"),
        (oublier_l_indicateur, "propositions.1.indicateur : champ manquant"),
        (passer_pour_la_charte, "nature : valeur imprévue"),
        (autre_edition, "edition : attendu « 2023-10 », lu « 2031-01 »"),
    ],
)
def test_un_fichier_fautif_est_refuse_avec_sa_cle(
    tmp_path: Path, texte_brut: str, gater: Callable[[Brut], None], attendu: str
) -> None:
    brut = yaml.safe_load(texte_brut)
    gater(brut)
    chemin = tmp_path / "2023-10.yaml"
    chemin.write_text(yaml.safe_dump(brut, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DonneesInvalides) as refus:
        lire_propositions(chemin, charger_edition())
    assert attendu in str(refus.value)
    assert all("2023-10.yaml : " in faute for faute in str(refus.value).splitlines())
