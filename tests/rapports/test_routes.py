"""Les pages du conseil : ce qu'on y lit, ce qu'on y fait, ce qu'on n'y voit pas."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.reglages import Reglages
from rapports.formulaires import FormulaireDossier
from rapports.pdf import PdfProduit
from rapports.services import assembler_dossier, emettre_rapport
from rapports.travaux import rendre_le_rapport
from tests.rapports.peuplement import creer_formation, ranger_apprentis, repondre


@pytest.fixture
def formation_id(base: BaseSQL, acteur: Acteur) -> int:
    """Une formation de 40 apprentis, grille commencée."""
    with base.ecriture() as session:
        identifiant = creer_formation(session, acteur)
        ranger_apprentis(session, acteur, identifiant, annee=2024, nombre=40, rompus=6)
        repondre(session, acteur, identifiant, "1.S1.1", "tenu")
    return identifiant


def emettre(base: BaseSQL, acteur: Acteur, formation_id: int) -> int:
    """Un dossier demandé ; rend son identifiant."""
    with base.lecture() as session:
        dossier = assembler_dossier(session, acteur, formation_id)
    with base.ecriture() as session:
        return emettre_rapport(session, acteur, formation_id, dossier)


def test_la_page_dit_ce_qui_manque_et_offre_d_editer(client: Any, formation_id: int) -> None:
    page = client.get(f"/diplomes/{formation_id}/conseil")
    assert page.status_code == 200
    for attendu in (
        "Ce qui manque encore",
        "positions sur 41 à renseigner",
        "Éditer le dossier",
        "<svg",
        "positions.csv",
    ):
        assert attendu in page.text
    assert " style=" not in page.text


def test_editer_fige_un_dossier_puis_le_telecharge(
    *,
    client: Any,
    base: BaseSQL,
    acteur: Acteur,
    reglages: Reglages,
    formation_id: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rapports.travaux.rendre_pdf", lambda _: PdfProduit(b"%PDF-1.7 essai", 7))
    demande = client.post(f"/diplomes/{formation_id}/conseil", data={"au": ""})
    assert (demande.status_code, demande.headers["location"]) == (303, f"/diplomes/{formation_id}/conseil#dossiers")
    attente = client.get(f"/diplomes/{formation_id}/conseil").text
    assert "En préparation" in attente
    assert 'hx-trigger="every 3s"' in attente
    assert client.get("/conseils/dossiers/1").status_code == 404
    rendre_le_rapport(base, reglages, acteur, {"rapport_id": 1}, lambda *_: None)
    assert "PDF, 7\u00a0pages" in client.get(f"/diplomes/{formation_id}/conseil").text
    assert "PDF, 7\u00a0pages" in client.get("/conseils").text
    fichier = client.get("/conseils/dossiers/1")
    assert (fichier.content, fichier.headers["content-type"]) == (b"%PDF-1.7 essai", "application/pdf")
    assert fichier.headers["content-disposition"].startswith("attachment")


def test_la_date_des_donnees_se_tape_aussi_a_la_francaise() -> None:
    assert FormulaireDossier.model_validate({"au": "12/03/2026"}).au == date(2026, 3, 12)
    assert FormulaireDossier.model_validate({"au": " "}).au is None


@pytest.mark.parametrize(
    "au",
    ["pas une date", "2026-02-30", "31/02/2026", (date.today() + timedelta(days=3)).isoformat()],  # noqa: DTZ011
)
def test_une_date_refusee_rend_la_page_avec_la_saisie(client: Any, formation_id: int, au: str) -> None:
    page = client.post(f"/diplomes/{formation_id}/conseil", data={"au": au})
    assert page.status_code == 422
    assert f'value="{au}"' in page.text
    assert "à reprendre" in page.text


def test_un_graphique_se_telecharge_en_image_et_en_table(client: Any, formation_id: int) -> None:
    racine = f"/diplomes/{formation_id}/conseil/graphiques"
    image = client.get(f"{racine}/rupture_brute_9_mois.svg")
    assert image.headers["content-type"].startswith("image/svg+xml")
    assert image.text.startswith("<svg")
    table = client.get(f"{racine}/positions.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.startswith("\ufeffPoste;Niveau de la charte;Tenu")
    for absent in ("inconnu.svg", "positions.exe", "positions"):
        assert client.get(f"{racine}/{absent}").status_code == 404


def test_l_autre_etablissement_ne_voit_rien(
    connecter: Callable[[Acteur], Any], base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, formation_id: int
) -> None:
    rapport_id = emettre(base, acteur, formation_id)
    autre = connecter(autre_acteur)
    adresses = (
        f"/diplomes/{formation_id}/conseil",
        f"/diplomes/{formation_id}/conseil/graphiques/positions.svg",
        f"/conseils/dossiers/{rapport_id}",
    )
    assert [autre.get(a).status_code for a in adresses] == [404] * 3
    assert autre.post(f"/diplomes/{formation_id}/conseil", data={}).status_code == 404
    assert "Formation but-gmp" not in autre.get("/conseils").text


def test_sans_diplome_la_liste_dit_le_premier_geste(client: Any) -> None:
    page = client.get("/conseils")
    assert page.status_code == 200
    assert "Déposer un fichier" in page.text
