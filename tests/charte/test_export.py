"""La forme publique du JSON, et la commande `trajectoire charte`."""

import json

import pytest
from click.testing import CliRunner

from appli.commandes.charte import charte as commande
from charte.chargement import charger_edition
from charte.export import edition_en_json


@pytest.fixture(scope="module")
def export() -> dict[str, object]:
    rendu: dict[str, object] = json.loads(CliRunner().invoke(commande, ["--json"]).output)
    return rendu


def test_la_commande_rend_exactement_l_export(export: dict[str, object]) -> None:
    assert export == edition_en_json(charger_edition())
    assert list(export) == ["edition", "empreinte", "postes", "parties"]
    assert export["edition"] == "2023-10"
    assert export["empreinte"] == charger_edition().empreinte


def test_un_poste_a_la_forme_annoncee() -> None:
    postes = edition_en_json(charger_edition())["postes"]
    assert [list(poste) for poste in postes] == [["numero", "titre", "perimetres", "socle", "cible"]] * 4
    perimetre = postes[0]["perimetres"][0]
    assert list(perimetre) == ["id", "titre", "actions"]
    assert all(list(action) == ["id", "texte", "sous_actions"] for action in perimetre["actions"])
    assert [s["id"] for s in perimetre["actions"][5]["sous_actions"]] == ["1.1.6.1", "1.1.6.2", "1.1.6.3"]
    assert [list(bloc) for bloc in postes[1]["socle"]] == [["id", "titre", "engagements"]] * 2
    assert [list(bloc) for bloc in postes[1]["cible"]] == [["id", "titre", "exigences"]] * 2


def test_une_puce_chiffree_porte_son_parametre_et_la_lecture_de_l_outil() -> None:
    puce = edition_en_json(charger_edition())["postes"][1]["socle"][1]["engagements"][0]
    assert puce["id"] == "2.S2.1"
    assert puce["parametres"] == [
        {
            "cle": "delai_validation_mission",
            "sens": "maximum",
            "valeur": 1,
            "unite": "semaine",
            "libelle": "≤\u00a01\u00a0semaine",
        }
    ]
    assert puce["lecture_outil"]["perimetres"] == ["2.2"]


def test_les_parties_portent_leurs_engagements_et_leurs_missions() -> None:
    parties = edition_en_json(charger_edition())["parties"]
    assert list(parties) == ["etablissements", "cfa", "employeurs", "apprentis"]
    assert len(parties["etablissements"]["engagements"]) == 12
    missions = {
        mission
        for point in parties["cfa"]["points"]
        for porteur in (point, *point["engagements"])
        for mission in porteur.get("missions", [])
    }
    assert missions == set(range(1, 15))


def test_le_texte_du_terminal_porte_tous_les_identifiants() -> None:
    sortie = CliRunner().invoke(commande).output
    for identifiant in ("V.1.1", "E.12", "CFA.2.4", "APP.2.4", "1.1.6.2", "3.S1.9", "4.C1.5"):
        assert f"{identifiant}  " in sortie
    assert "Poste 2 : Accompagnement pré-contractualisation" in sortie
    assert "[≤\u00a01\u00a0semaine]" in sortie.replace("\n        ", " ")


def test_une_edition_inconnue_se_dit_sans_trace() -> None:
    resultat = CliRunner().invoke(commande, ["--edition", "2020-01"])
    assert resultat.exit_code == 1
    assert "l'édition « 2020-01 » de la charte n'existe pas ; éditions : 2023-10" in resultat.output
