"""L'édition d'octobre 2023 : ses comptes, ses identifiants, ses mots exacts, son empreinte."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from charte.chargement import (
    DOSSIER,
    EditionInconnue,
    charger_edition,
    editions_disponibles,
    empreintes_gelees,
    lire_edition,
)
from charte.edition import Edition, Genre, parcourir
from charte.textes import Parametre


@pytest.fixture(scope="module")
def edition() -> Edition:
    return charger_edition()


@pytest.mark.parametrize(
    ("numero", "titre", "comptes", "engagements", "exigences"),
    [
        (1, "Pilotage de la formation", (3, 12, 3), [5], [2]),
        (2, "Accompagnement pré-contractualisation", (2, 13, 5), [3, 2], [3, 2]),
        (3, "Suivi des apprentis pendant la formation", (3, 11, 3), [9], [6]),
        (4, "Suivi des apprentis post-formation", (2, 5, 0), [4], [5]),
    ],
)
def test_chaque_poste_a_ses_comptes(
    numero: int, titre: str, comptes: tuple[int, int, int], engagements: list[int], exigences: list[int]
) -> None:
    poste = charger_edition().poste(numero)
    sous_actions = sum(len(action.sous_actions) for action in poste.actions)
    assert poste.titre == titre
    assert (len(poste.perimetres), len(poste.actions), sous_actions) == comptes
    assert [len(bloc.engagements) for bloc in poste.socle] == engagements
    assert [len(bloc.exigences) for bloc in poste.cible] == exigences


def test_les_totaux_de_l_annexe(edition: Edition) -> None:
    genres = [element.genre for element in parcourir(edition)]
    comptes = {genre: genres.count(genre) for genre in Genre}
    assert comptes[Genre.POSTE] == 4
    assert comptes[Genre.PERIMETRE] == 10
    assert (comptes[Genre.ACTION], comptes[Genre.SOUS_ACTION]) == (41, 11)
    assert (comptes[Genre.BLOC_SOCLE], comptes[Genre.ENGAGEMENT]) == (5, 23)
    assert (comptes[Genre.BLOC_CIBLE], comptes[Genre.EXIGENCE]) == (5, 18)


def test_les_engagements_des_parties(edition: Edition) -> None:
    assert [partie.cle for partie in edition.parties.liste] == [
        "etablissements",
        "cfa",
        "employeurs",
        "apprentis",
    ]
    assert len(edition.partie("etablissements").engagements) == 12
    assert [len(point.engagements) for point in edition.partie("cfa").points] == [0, 5, 3, 0, 3]
    assert len(edition.partie("employeurs").engagements) == 3
    assert [len(point.engagements) for point in edition.partie("apprentis").points] == [3, 4]


def test_les_quatorze_missions_des_cfa_sont_citees_comme_dans_le_texte(edition: Edition) -> None:
    citees: list[int] = []
    for point in edition.partie("cfa").points:
        for porteur, texte in [(point, f"{point.titre} {point.texte or ''}")] + [
            (engagement, engagement.texte) for engagement in point.engagements
        ]:
            dans_le_texte = re.search(r"\(missions? ([^)]+)\)", texte)
            attendues = [int(n) for n in re.findall(r"\d+", dans_le_texte[1])] if dans_le_texte else []
            assert list(porteur.missions) == attendues, porteur.id
            citees += attendues
    assert sorted(set(citees)) == list(range(1, 15))


@pytest.mark.parametrize(
    ("identifiant", "texte"),
    [
        ("1.1", "Organisation de la formation"),
        ("1.1.6.3", "Bilan de la relation entre le CFA et l'établissement"),
        ("1.3.3", "Evaluation de la qualité du suivi par l'employeur et l'établissement"),
        ("1.S1.5", "Définition d'une liste minimale d'indicateurs quantitatifs ou qualitatifs"),
        (
            "1.C1.2",
            "Révision annuelle de la liste des indicateurs et jalons dans une optique d'amélioration continue",
        ),
        ("2.2.3.1", "Repérage des besoins de renforcement en soft skills (pré-positionnement)"),
        (
            "2.2.7",
            "Validation de la mission par l'enseignant/l'organisme de formation/le CFA avant que le CFA "
            "n'autorise le contrat d'apprentissage",
        ),
        (
            "2.S1",
            "Donner une information accessible, exhaustive et actualisée aux étudiants et postulants à l'apprentissage",
        ),
        (
            "2.C2.1",
            "Actions de formation aux techniques de recherche d'emploi (TRE) à l'attention des futurs alternants",
        ),
        ("3.3.3", "Accompagnement en cas de rupture de contrat"),
        (
            "3.S1.6",
            "Deux rencontres annuelles minimum avec l'employeur : dans les deux mois après le début de formation "
            "et dans les deux mois qui précèdent la fin de la formation",
        ),
        ("3.S1.8", "Un retour d'alternance par trimestre avec le groupe d'apprentis"),
        ("3.C1.6", "Formalisation précise des modalités de l'évaluation et de son exploitation"),
        (
            "4.S1.1",
            "Réalisation et exploitation des enquêtes : taux d'obtention des diplômes ; taux d'insertion "
            "professionnelle/de poursuite d'études après l'obtention du diplôme ; taux de rupture des contrats "
            "d'apprentissage",
        ),
        ("4.C1.5", "Développement et maintien d'une base de données des ex-employeurs"),
        ("E.2", "réaliser, en relation avec les employeurs, le recrutement des apprentis,"),
        (
            "E.12",
            "valoriser auprès des étudiants et des enseignants l'expérience des apprentis et les modalités "
            "pédagogiques de l'alternance.",
        ),
        (
            "CFA.3.1",
            "Être en lien et orienter vers les acteurs adéquats les apprentis confrontés à des "
            "difficultés pouvant nuire au bon déroulement de leur formation (missions 6 et 14)",
        ),
        ("APP.2.1", "respecter le règlement intérieur,"),
        ("V.1", "L'apprentissage, une voie d'excellence"),
        ("I.5", "Ce contexte requiert donc une gouvernance clairement définie."),
        ("D.2", "Le rendu-compte"),
    ],
)
def test_le_texte_officiel_est_exact(edition: Edition, identifiant: str, texte: str) -> None:
    assert edition.element(identifiant).texte == texte


@pytest.mark.parametrize(
    ("identifiant", "libelles"),
    [
        ("1.S1.1", ["≥ 1 comité par an"]),
        ("1.C1.2", ["≥ 1 révision par an"]),
        ("2.S1.3", ["≥ 1 réunion"]),
        ("2.S2.1", ["≤ 1 semaine"]),
        (
            "3.S1.6",
            [
                "≥ 2 rencontres par an",
                "≤ 2 mois après le début de la formation",
                "≤ 2 mois avant la fin de la formation",
            ],
        ),
        ("3.S1.8", ["≥ 1 retour par trimestre"]),
        ("CFA.2.2", ["6 mois après la rupture"]),
    ],
)
def test_les_chiffres_verifiables_sont_structures(edition: Edition, identifiant: str, libelles: list[str]) -> None:
    parametres = edition.element(identifiant).parametres
    assert [parametre.libelle.replace("\u00a0", " ") for parametre in parametres] == libelles


def test_seules_ces_puces_portent_un_parametre(edition: Edition) -> None:
    porteuses = {element.id for element in parcourir(edition) if element.parametres}
    assert porteuses == {"1.S1.1", "1.C1.2", "2.S1.3", "2.S2.1", "3.S1.6", "3.S1.8", "CFA.2.2"}


def test_chaque_puce_du_socle_et_de_la_cible_dit_sa_lecture(edition: Edition) -> None:
    for element in parcourir(edition):
        attendue = element.genre in {Genre.ENGAGEMENT, Genre.EXIGENCE}
        assert (element.lecture_outil is not None) == attendue, element.id


def test_les_apostrophes_et_les_espaces_sont_uniformes(edition: Edition) -> None:
    for element in parcourir(edition):
        assert not set("’\u00a0\u202f\t\n") & set(element.texte), element.id
        assert "  " not in element.texte, element.id


def test_l_index_situe_chaque_element(edition: Edition) -> None:
    puce = edition.element("2.S2.1")
    assert (puce.genre, puce.poste, puce.parent) == (Genre.ENGAGEMENT, 2, "2.S2")
    assert edition.element("1.1.6.2").parent == "1.1.6"
    assert edition.element("APP.2.3").poste is None
    assert len(edition.ids()) == len(set(edition.ids())) == len(list(parcourir(edition)))
    for element in parcourir(edition):
        assert element.parent is None or element.parent in edition.ids()


@pytest.mark.parametrize("inconnu", ["9.9", "", "1.s1.1"])
def test_un_identifiant_inconnu_est_refuse(edition: Edition, inconnu: str) -> None:
    with pytest.raises(KeyError, match="n'a pas d'élément"):
        edition.element(inconnu)
    with pytest.raises(KeyError):
        edition.poste(5)


@pytest.mark.parametrize("inconnue", ["2020-01", "../2023-10", "empreintes", ""])
def test_une_edition_inconnue_est_refusee(inconnue: str) -> None:
    with pytest.raises(EditionInconnue, match="2023-10"):
        charger_edition(inconnue)


def test_une_edition_est_gelee_et_lue_une_fois(edition: Edition) -> None:
    assert charger_edition("2023-10") is charger_edition("2023-10")
    with pytest.raises(ValidationError):
        edition.titre = "autre"  # type: ignore[misc]


def test_l_empreinte_des_editions_employees_n_a_pas_change() -> None:
    assert empreintes_gelees() == {"2023-10": "cea742a32fcf651a3e8789793d5e8f1034c5348a128fb132dc71c1cb0bebd93b"}
    assert editions_disponibles() == ("2023-10",)
    assert charger_edition("2023-10").empreinte == empreintes_gelees()["2023-10"]


def test_l_empreinte_ne_depend_pas_de_la_mise_en_forme(edition: Edition, tmp_path: Path) -> None:
    brut = yaml.safe_load((DOSSIER / "2023-10.yaml").read_text(encoding="utf-8"))
    chemin = tmp_path / "2023-10.yaml"
    chemin.write_text(yaml.safe_dump(brut, default_flow_style=True, sort_keys=True), encoding="utf-8")
    assert lire_edition(chemin, {"2023-10": edition.empreinte}).empreinte == edition.empreinte


def test_l_empreinte_ignore_la_lecture_de_l_outil_mais_pas_un_mot(edition: Edition) -> None:
    brut = edition.model_dump()
    brut["annexe"]["postes"][0]["socle"][0]["engagements"][0]["lecture_outil"]["motif"] = "Autre motif."
    assert Edition.model_validate(brut).empreinte == edition.empreinte
    brut["annexe"]["postes"][0]["socle"][0]["engagements"][0]["texte"] += "."
    assert Edition.model_validate(brut).empreinte != edition.empreinte


def test_un_parametre_s_accorde() -> None:
    assert Parametre(cle="a", sens="minimum", valeur=3, unite="mois").libelle == "≥\u00a03\u00a0mois"
    assert Parametre(cle="a", sens="exact", valeur=2, unite="visite", par="an").libelle == "2\u00a0visites par an"


def test_le_chargement_est_rapide() -> None:
    chemin = DOSSIER / "2023-10.yaml"
    durees = []
    for _ in range(5):
        depart = time.process_time()
        lire_edition(chemin, empreintes_gelees())
        durees.append(time.process_time() - depart)
    assert min(durees) < 0.05


def test_lire_la_charte_n_importe_aucun_cadre() -> None:
    script = (
        "import sys; from charte.chargement import charger_edition; charger_edition(); "
        "print(sorted({'litestar', 'jinja2', 'sqlmodel', 'sqlalchemy', 'pandas'} & set(sys.modules)))"
    )
    sortie = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert sortie.stdout.strip() == "[]"
