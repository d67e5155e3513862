"""La lecture stricte : chaque fichier douteux est refusé, fichier et endroit nommés, en français."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError, field_validator

from charte.commun.donnees import (
    DonneeGelee,
    DonneesInvalides,
    charger_modele,
    lire_yaml,
    nom_affiche,
)


class Perimetre(DonneeGelee):
    titre: Annotated[str, Field(min_length=3)]
    rang: int = 1


class Poste(DonneeGelee):
    perimetres: tuple[Perimetre, ...]


class Fichier(DonneeGelee):
    etat: Literal["ouvert", "clos"] = "ouvert"
    depuis: date | None = None
    postes: tuple[Poste, ...] = ()

    @field_validator("depuis")
    @classmethod
    def _refuser_le_futur(cls, lue: date | None) -> date | None:
        if lue and lue.year > 2100:
            raise ValueError("l'année dépasse 2100")
        return lue


def ecrire(dossier: Path, texte: str) -> Path:
    chemin = dossier / "essai.yaml"
    chemin.write_text(texte, encoding="utf-8")
    return chemin


@pytest.mark.parametrize(
    ("texte", "morceaux"),
    [
        ("a: 1\nb: 2\na: 3\n", ["ligne 3", "la clé « a » est donnée deux fois"]),
        ("x:\n  - {n: 1, n: 2}\n", ["ligne 2", "la clé « n » est donnée deux fois"]),
        ("{[1, 2]: 3}\n", ["ligne 1", "une clé doit être un texte ou un nombre"]),
        ("a: [1, 2\n", ["ligne 2", "YAML mal formé"]),
        ("a: !!python/name:os.system\n", ["ligne 1", "YAML mal formé"]),
        ("a: 2026-02-31\n", ["YAML mal formé"]),
        ("a: \x07\n", ["YAML mal formé"]),
        ("# rien\n", ["le fichier est vide"]),
    ],
)
def test_un_yaml_douteux_est_refuse_avec_le_fichier_et_la_ligne(
    tmp_path: Path, texte: str, morceaux: list[str]
) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        lire_yaml(ecrire(tmp_path, texte))
    for morceau in ["essai.yaml", *morceaux]:
        assert morceau in str(refus.value)


def test_un_fichier_absent_ou_mal_encode_est_dit(tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides, match=r"absent\.yaml : fichier absent"):
        lire_yaml(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes("titre: été\n".encode("latin-1"))
    with pytest.raises(DonneesInvalides, match=r"latin\.yaml : le fichier n'est pas en UTF-8"):
        lire_yaml(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        (
            "postes:\n- perimetres: []\n- perimetres:\n  - {rang: 2}\n",
            "postes.2.perimetres.1.titre : champ manquant",
        ),
        ("postes:\n- {perimetres: [], couleur: bleu}\n", "postes.1.couleur : clé inconnue"),
        ("postes: [{perimetres: [{titre: abc, rang: x}]}]\n", "rang : nombre entier attendu ; lu : « x »"),
        ("postes: [{perimetres: [{titre: 12}]}]\n", "titre : texte attendu ; lu : « 12 »"),
        ("postes: [{perimetres: [{titre: ab}]}]\n", "texte trop court, 3 caractère(s) au moins"),
        ("postes: texte\n", "postes : liste attendue"),
        ("postes: [texte]\n", "postes.1 : groupe de clés attendu"),
        ("etat: perdu\n", "etat : valeur imprévue, attendu : 'ouvert' ou 'clos' ; lu : « perdu »"),
        ("depuis: hier\n", "depuis : date attendue (AAAA-MM-JJ) ; lu : « hier »"),
        ("depuis: 2101-01-01\n", "depuis : l'année dépasse 2100"),
        ("- un\n", "essai.yaml : groupe de clés attendu"),
    ],
)
def test_un_contenu_contraire_au_modele_est_refuse_avec_son_chemin(tmp_path: Path, texte: str, attendu: str) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        charger_modele(ecrire(tmp_path, texte), Fichier)
    assert attendu in str(refus.value)
    assert "essai.yaml" in str(refus.value)


def test_toutes_les_fautes_reviennent_d_un_coup(tmp_path: Path) -> None:
    with pytest.raises(DonneesInvalides) as refus:
        charger_modele(ecrire(tmp_path, "etat: perdu\ndepuis: hier\nautre: 1\n"), Fichier)
    assert len(str(refus.value).splitlines()) == 3


def test_un_fichier_juste_est_rendu_gele(tmp_path: Path) -> None:
    lu = charger_modele(ecrire(tmp_path, "depuis: 2023-10-01\npostes: [{perimetres: [{titre: abc}]}]\n"), Fichier)
    assert lu.depuis == date(2023, 10, 1)
    assert lu.postes[0].perimetres[0].titre == "abc"
    with pytest.raises(ValidationError):
        lu.etat = "clos"  # type: ignore[misc]


def test_les_fichiers_du_projet_sont_nommes_depuis_sa_racine() -> None:
    import charte

    dossier = Path(charte.__file__).parent
    assert nom_affiche(dossier / "donnees" / "2023-10.yaml") == "charte/donnees/2023-10.yaml"
