"""Une édition fautive est refusée, avec le fichier et l'endroit ; une édition employée ne change plus."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from charte.chargement import DOSSIER, charger_edition, empreintes_gelees, lire_edition
from charte.commun.donnees import DonneesInvalides

Brut = dict[str, Any]


@pytest.fixture(scope="module")
def texte_brut() -> str:
    return (DOSSIER / "2023-10.yaml").read_text(encoding="utf-8")


def ecrire(dossier: Path, brut: Brut, nom: str = "2023-10.yaml") -> Path:
    chemin = dossier / nom
    chemin.write_text(yaml.safe_dump(brut, allow_unicode=True), encoding="utf-8")
    return chemin


def poste(brut: Brut, numero: int) -> Brut:
    trouve: Brut = brut["annexe"]["postes"][numero - 1]
    return trouve


def oter_titre(brut: Brut) -> None:
    del poste(brut, 2)["perimetres"][0]["titre"]


def cle_inconnue(brut: Brut) -> None:
    poste(brut, 1)["socle"][0]["couleur"] = "bleu"


def sauter_une_action(brut: Brut) -> None:
    del poste(brut, 1)["perimetres"][0]["actions"][2]


def doubler_un_id(brut: Brut) -> None:
    poste(brut, 4)["cible"][0]["exigences"][1]["id"] = "4.C1.1"


def mauvais_numero_de_poste(brut: Brut) -> None:
    poste(brut, 3)["numero"] = 5


def note_sans_appel(brut: Brut) -> None:
    brut["notes"].append({"numero": 7, "texte": "Une note de trop"})


def note_sautee(brut: Brut) -> None:
    brut["notes"][1]["numero"] = 9


def appel_introuvable(brut: Brut) -> None:
    brut["valeurs"]["sections"][0]["paragraphes"][0]["appels"][0]["apres"] = "passage absent"


def lecture_hors_poste(brut: Brut) -> None:
    poste(brut, 1)["socle"][0]["engagements"][4]["lecture_outil"]["perimetres"] = ["3.2"]


def sens_imprevu(brut: Brut) -> None:
    poste(brut, 2)["socle"][1]["engagements"][0]["parametres"][0]["sens"] = "environ"


def texte_vide(brut: Brut) -> None:
    poste(brut, 4)["perimetres"][1]["actions"][0]["texte"] = " "


def id_en_nombre(brut: Brut) -> None:
    poste(brut, 1)["perimetres"][0]["id"] = 1.1


def partie_en_double(brut: Brut) -> None:
    brut["parties"]["liste"][2]["cle"] = "cfa"


def partie_vide(brut: Brut) -> None:
    brut["parties"]["liste"][2]["engagements"] = []


def edition_autre_que_le_fichier(brut: Brut) -> None:
    brut["edition"] = "2023-11"


@pytest.mark.parametrize(
    ("gater", "attendu"),
    [
        (oter_titre, "annexe.postes.2.perimetres.1.titre : champ manquant"),
        (cle_inconnue, "annexe.postes.1.socle.1.couleur : clé inconnue"),
        (sauter_une_action, "annexe.postes.1.perimetres.1.actions.3.id : attendu « 1.1.3 », lu « 1.1.4 »"),
        (doubler_un_id, "identifiant « 4.C1.1 » donné 2 fois"),
        (mauvais_numero_de_poste, "annexe.postes.3.numero : attendu « 3 », lu « 5 »"),
        (note_sans_appel, "notes : les appels [1, 2, 3, 4, 5, 6] ne répondent pas"),
        (note_sautee, "notes.2.numero : attendu « 2 », lu « 9 »"),
        (appel_introuvable, "V.1.1 : le passage « passage absent » (note 2) n'y est pas une fois"),
        (lecture_hors_poste, "1.S1.5.lecture_outil : le périmètre « 3.2 » n'est pas du poste 1"),
        (sens_imprevu, "annexe.postes.2.socle.2.engagements.1.parametres.1.sens : valeur imprévue"),
        (texte_vide, "annexe.postes.4.perimetres.2.actions.1.texte : texte qui ne suit pas le motif"),
        (id_en_nombre, "annexe.postes.1.perimetres.1.id : texte attendu ; lu : « 1.1 »"),
        (partie_en_double, "parties.liste : la partie « cfa » est donnée 2 fois"),
        (partie_vide, "parties.liste.3 : ni engagement ni point"),
        (edition_autre_que_le_fichier, "edition : attendu « 2023-10 », lu « 2023-11 »"),
    ],
)
def test_un_fichier_fautif_est_refuse_avec_son_chemin(
    tmp_path: Path, texte_brut: str, gater: Callable[[Brut], None], attendu: str
) -> None:
    brut = yaml.safe_load(texte_brut)
    gater(brut)
    with pytest.raises(DonneesInvalides) as refus:
        lire_edition(ecrire(tmp_path, brut), {})
    assert attendu in str(refus.value)
    assert all("2023-10.yaml : " in ligne for ligne in str(refus.value).splitlines())


def test_une_edition_employee_puis_changee_est_refusee(tmp_path: Path, texte_brut: str) -> None:
    brut = yaml.safe_load(texte_brut)
    poste(brut, 2)["socle"][1]["engagements"][0]["parametres"][0]["valeur"] = 2
    chemin = ecrire(tmp_path, brut)
    with pytest.raises(DonneesInvalides, match=r"2023-10\.yaml : l'édition 2023-10 est déjà employée"):
        lire_edition(chemin, empreintes_gelees())
    assert lire_edition(chemin, {}).empreinte != charger_edition().empreinte


def test_le_fichier_livre_ecrit_deux_fois_une_cle_serait_refuse(tmp_path: Path, texte_brut: str) -> None:
    chemin = tmp_path / "2023-10.yaml"
    chemin.write_text(texte_brut + 'edition: "2023-10"\n', encoding="utf-8")
    with pytest.raises(DonneesInvalides, match="la clé « edition » est donnée deux fois"):
        lire_edition(chemin, {})
