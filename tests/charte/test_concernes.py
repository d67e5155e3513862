"""Qui est concerné par quoi : chaque puce est lue une fois, et un fichier fautif dit où il l'est."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from charte.acteur import Partie
from charte.chargement import EditionInconnue, charger_edition, editions_disponibles
from charte.commun.donnees import DonneesInvalides
from charte.concernes import DOSSIER_CONCERNES, charger_concernes, elements_evalues, engagements_des_parties
from charte.concernes import lire_concernes as lire

Brut = dict[str, Any]
ETABLISSEMENT, CFA = Partie.ETABLISSEMENT, Partie.CFA


@pytest.fixture(scope="module")
def texte_brut() -> str:
    return (DOSSIER_CONCERNES / "2023-10.yaml").read_text(encoding="utf-8")


def ligne(brut: Brut, element: str) -> Brut:
    trouvee: Brut = next(ligne for ligne in brut["elements"] if ligne["element"] == element)
    return trouvee


def test_chaque_edition_livree_a_son_rapprochement() -> None:
    for edition in editions_disponibles():
        concernes = charger_concernes(edition)
        assert concernes.edition == edition
        assert concernes.nature == "lecture de l’outil"
        assert "lecture de l’outil" in concernes.avertissement


def test_les_93_elements_evalues_ont_chacun_leurs_parties() -> None:
    edition, concernes = charger_edition(), charger_concernes()
    ids = [element.id for element in elements_evalues(edition)]
    assert len(ids) == 41 + 11 + 23 + 18
    assert all(concernes.parties(identifiant) for identifiant in ids)
    assert set(concernes.de(ETABLISSEMENT)) | set(concernes.de(CFA)) == set(ids)
    assert [e for e in ids if concernes.parties(e) == (CFA,)] == ["2.2.5"]
    seul = [e for e in ids if concernes.parties(e) == (ETABLISSEMENT,)]
    assert seul == ["1.3.3", "2.2.3.2", "2.S1.2", "2.S2.1", "3.S1.2", "4.C1.4"]


@pytest.mark.parametrize(
    ("element", "parties", "engagements"),
    [
        ("2.S2.1", (ETABLISSEMENT,), ["E.3", "EMP.1"]),
        ("2.2.5", (CFA,), ["CFA.4"]),
        ("3.3.3", (ETABLISSEMENT, CFA), ["E.6", "CFA.1", "CFA.2.2", "CFA.3.2"]),
        ("3.S1.3", (ETABLISSEMENT, CFA), ["E.6", "E.10", "CFA.2.5", "CFA.3.1"]),
        ("2.S1.2", (ETABLISSEMENT,), []),
        ("4.C1.2", (ETABLISSEMENT, CFA), []),
    ],
)
def test_qui_se_prononce_et_au_nom_de_quoi(element: str, parties: tuple[Partie, ...], engagements: list[str]) -> None:
    concernes = charger_concernes()
    assert concernes.parties(element) == parties
    assert [porte.id for porte in concernes.engagements(element)] == engagements
    assert bool(concernes.motif(element)) is (len(parties) == 1 or not engagements)


def test_un_engagement_porte_garde_les_mots_officiels() -> None:
    edition = charger_edition()
    portes = charger_concernes().engagements("2.2.8")
    assert [porte.partie for porte in portes] == ["Les établissements d'enseignement supérieur", *["Les CFA"] * 3]
    assert all(porte.texte == edition.element(porte.id).texte for porte in portes)


def test_les_engagements_du_titre_2_sont_tous_relus() -> None:
    edition, concernes = charger_edition(), charger_concernes()
    connus = [porte.id for porte in engagements_des_parties(edition)]
    assert [e for e in connus if e.startswith("E.")] == [f"E.{n}" for n in range(1, 13)]
    assert {"CFA.1", "CFA.2", "CFA.4", "CFA.5.3"} <= set(connus)
    assert not {"CFA.3", "CFA.5", "APP.1", "APP.2"} & set(connus)
    assert [e for e in connus if not concernes.elements(e)] == ["APP.2.1"]


def test_les_deux_sens_du_rapprochement_concordent() -> None:
    concernes = charger_concernes()
    for porte in engagements_des_parties(charger_edition()):
        for cite in concernes.elements(porte.id):
            assert porte in concernes.engagements(cite)
    for element in elements_evalues(charger_edition()):
        for porte in concernes.engagements(element.id):
            assert element.id in concernes.elements(porte.id)


def test_un_element_qui_n_est_pas_evalue_le_dit() -> None:
    with pytest.raises(KeyError, match=r"n'a pas d'élément évalué « 1\.1 »"):
        charger_concernes().parties("1.1")
    with pytest.raises(EditionInconnue):
        charger_concernes("2031-01")


def oublier_un_element(brut: Brut) -> None:
    brut["elements"].remove(ligne(brut, "1.1.3"))


def doubler_un_element(brut: Brut) -> None:
    brut["elements"].append(ligne(brut, "1.1.3"))


def element_qui_n_est_pas_evalue(brut: Brut) -> None:
    ligne(brut, "1.1.3")["element"] = "1.1"


def engagement_inconnu(brut: Brut) -> None:
    ligne(brut, "1.1.3")["engagements"].append("E.13")


def engagement_double(brut: Brut) -> None:
    ligne(brut, "1.1.3")["engagements"].append("E.1")


def annonce_prise_pour_un_engagement(brut: Brut) -> None:
    ligne(brut, "3.3.1")["engagements"].append("CFA.5")


def partie_oubliee(brut: Brut) -> None:
    ligne(brut, "1.1.3")["parties"] = ["etablissement"]


def partie_inconnue(brut: Brut) -> None:
    ligne(brut, "1.1.3")["parties"] = ["employeur"]


def personne(brut: Brut) -> None:
    ligne(brut, "1.1.3")["parties"] = []


def partie_ecartee_sans_motif(brut: Brut) -> None:
    del ligne(brut, "2.S2.1")["motif"]


def partie_interrogee_sans_motif(brut: Brut) -> None:
    del ligne(brut, "2.C2.1")["motif"]


def engagement_oublie(brut: Brut) -> None:
    ligne(brut, "3.S1.3")["engagements"].remove("E.10")


def sans_portee_et_cite(brut: Brut) -> None:
    brut["sans_portee"][0]["engagement"] = "E.10"


def sans_portee_inconnu(brut: Brut) -> None:
    brut["sans_portee"].append({"engagement": "E.40", "motif": "Pour voir"})


def sans_portee_double(brut: Brut) -> None:
    brut["sans_portee"] *= 2


def passer_pour_la_charte(brut: Brut) -> None:
    brut["nature"] = "charte"


def autre_edition(brut: Brut) -> None:
    brut["edition"] = "2031-01"


def cle_inconnue(brut: Brut) -> None:
    brut["elements"][0]["couleur"] = "bleu"


@pytest.mark.parametrize(
    ("gater", "attendu"),
    [
        (oublier_un_element, "elements.1.1.3 : élément manquant"),
        (doubler_un_element, "elements.1.1.3 : donné 2 fois"),
        (element_qui_n_est_pas_evalue, "elements.1.1 : l'édition 2023-10 n'a pas cet élément évalué"),
        (engagement_inconnu, "elements.1.1.3.engagements : « E.13 » n'est pas un engagement du titre 2"),
        (engagement_double, "elements.1.1.3.engagements : « E.1 » donné 2 fois"),
        (annonce_prise_pour_un_engagement, "elements.3.3.1.engagements : « CFA.5 » n'est pas un engagement"),
        (partie_oubliee, "elements.1.1.3.parties : « cfa » manque"),
        (partie_inconnue, "elements.3.parties.1 : valeur imprévue"),
        (personne, "elements.3.parties : liste trop courte"),
        (partie_ecartee_sans_motif, "elements.2.S2.1.motif : manque ; dites pourquoi la partie « cfa » est écartée"),
        (partie_interrogee_sans_motif, "elements.2.C2.1.motif : manque ; dites pourquoi la partie « etablissement »"),
        (engagement_oublie, "sans_portee.E.10 : cité nulle part"),
        (sans_portee_et_cite, "sans_portee.E.10 : un élément le cite"),
        (sans_portee_inconnu, "sans_portee.E.40 : ce n'est pas un engagement du titre 2"),
        (sans_portee_double, "sans_portee.APP.2.1 : donné 2 fois"),
        (passer_pour_la_charte, "nature : valeur imprévue"),
        (autre_edition, "edition : attendu « 2023-10 », lu « 2031-01 »"),
        (cle_inconnue, "elements.1.couleur : clé inconnue"),
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
        lire(chemin, charger_edition())
    assert attendu in str(refus.value)
    assert all("2023-10.yaml : " in faute for faute in str(refus.value).splitlines())
