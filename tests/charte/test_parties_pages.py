"""Les pages des parties prenantes : ce qu'on y lit, ce qu'on y corrige, ce qu'on n'y voit pas."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.services import lire_parties
from charte.vues import PartiesPrenantes
from tests.charte.peuplement import SIRET, UAI, Peuplement, peupler
from tests.conftest import Client, creer_compte
from tests.grilles.conftest import creer_collegue

NOM = "CFA <b>des</b> Essais & Cie"
CFA = {"nom": NOM, "interne": "non"}
CONVENTION = {"nature": "convention", "reference_document": "CV-1", "date_debut": "2024-09-01", "date_fin": ""}


@pytest.fixture
def ids(base: BaseSQL, acteur: Acteur) -> Peuplement:
    """Un CFA, une formation et une composante nés d'un import, chez l'acteur."""
    return peupler(base, acteur)


def soupe(client: Client, adresse: str) -> BeautifulSoup:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, adresse
    return BeautifulSoup(reponse.text, "html.parser")


def une(page: BeautifulSoup | Tag, choix: str) -> Tag:
    balise = page.select_one(choix)
    assert balise is not None, choix
    return balise


def texte(page: BeautifulSoup | Tag, choix: str = "main") -> str:
    return " ".join(une(page, choix).get_text(" ").replace("\u00a0", " ").split())


def lues(base: BaseSQL, acteur: Acteur) -> PartiesPrenantes:
    with base.lecture() as session:
        return lire_parties(session, acteur)


def test_une_base_vide_dit_d_ou_naissent_les_parties(client: Client) -> None:
    page = texte(soupe(client, "/parties"))
    assert "Université des Quatre-Vents" in page
    assert "Aucun CFA encore : ils naissent du premier fichier d’apprentis" in page
    assert "À compléter" not in page


def test_ce_qui_est_a_completer_mene_au_geste(client: Client, ids: Peuplement) -> None:
    assert 'href="/parties"><strong>Nommer 1\u00a0CFA et 1\u00a0diplôme</strong>' in client.get("/").text
    assert une(soupe(client, "/diplomes"), ".entete__action a")["href"] == "/parties"
    page = soupe(client, "/parties")
    assert "À compléter : 1 CFA et 1 formation" in texte(page)
    assert "Situation à préciser. Dites de chaque CFA s’il est interne ou partenaire." in texte(page)
    gestes = {str(lien["href"]): texte(lien.parent or lien, "a") for lien in page.select(".parties-geste a")}
    assert gestes == {
        f"/parties/cfa/{ids.cfa}": f"Compléter CFA {UAI}",
        f"/parties/formations/{ids.formation}": "Compléter BUT EXEMPLE",
    }
    assert all(client.get(adresse).status_code == 200 for adresse in gestes)


def test_nommer_un_cfa_puis_sa_convention(client: Client, base: BaseSQL, acteur: Acteur, ids: Peuplement) -> None:
    formulaire = soupe(client, f"/parties/cfa/{ids.cfa}")
    assert une(formulaire, "#nom")["value"] == ""
    assert [option["value"] for option in formulaire.select("#interne option")] == ["", "oui", "non"]
    assert f"UAI {UAI}" in texte(formulaire)
    assert "ne se change pas ici" in texte(formulaire)
    reponse = client.post(f"/parties/cfa/{ids.cfa}", data={**CFA, "siret": SIRET})
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/parties?fait=cfa")
    page = soupe(client, "/parties?fait=cfa")
    assert texte(page, "[role=status]") == "Le CFA est enregistré."
    assert f"Il manque la convention avec {NOM}" in texte(page)
    assert "CFA partenaires. L’établissement s’appuie sur un ou des CFA partenaires." in texte(page)
    nouvelle = f"/parties/cfa/{ids.cfa}/conventions/nouvelle"
    assert [option["value"] for option in soupe(client, nouvelle).select("#nature option")] == ["convention"]
    for _ in range(2):
        assert client.post(nouvelle, data=CONVENTION).status_code == 303
    assert "Convention « CV-1 », depuis le 1er septembre 2024" in texte(soupe(client, "/parties"))
    [lien] = lues(base, acteur).cfas[0].liens
    corrige = client.post(f"/parties/conventions/{lien.id}", data={**CONVENTION, "date_fin": "2025-08-31"})
    assert corrige.status_code == 303
    assert "Le dernier a pris fin le 31 août 2025." in texte(soupe(client, "/parties"))
    assert une(soupe(client, f"/parties/conventions/{lien.id}"), "#date_fin")["value"] == "2025-08-31"


def test_un_cfa_interne_recoit_un_document_interne(client: Client, ids: Peuplement) -> None:
    client.post(f"/parties/cfa/{ids.cfa}", data={"nom": "CFA maison", "interne": "oui"})
    assert "Il manque le document interne (ou la convention) avec CFA maison" in texte(soupe(client, "/parties"))
    nouvelle = f"/parties/cfa/{ids.cfa}/conventions/nouvelle"
    choix = [option["value"] for option in soupe(client, nouvelle).select("#nature option")]
    assert choix == ["document_interne", "convention"]
    assert client.post(nouvelle, data={**CONVENTION, "nature": "document_interne"}).status_code == 303
    page = texte(soupe(client, "/parties"))
    assert "Document interne « CV-1 »" in page
    assert "CFA interne. Le CFA est interne à l’établissement" in page


def test_un_cfa_a_completer_ne_recoit_pas_de_texte(client: Client, ids: Peuplement) -> None:
    nouvelle = f"/parties/cfa/{ids.cfa}/conventions/nouvelle"
    assert "Dites d’abord si ce CFA est interne ou partenaire" in texte(soupe(client, nouvelle))
    reponse = client.post(nouvelle, data=CONVENTION)
    assert reponse.status_code == 422
    assert "interne ou partenaire" in reponse.text


def test_completer_une_formation(client: Client, base: BaseSQL, acteur: Acteur, ids: Peuplement) -> None:
    adresse = f"/parties/formations/{ids.formation}"
    page = soupe(client, adresse)
    assert "RNCP RNCP99001 Code formation diplôme non communiqué" in texte(page)
    assert page.select("[name=rncp], [name=cfd], [name=uai_formateur]") == []
    saisies = {"libelle": "BUT Essai", "code": "but-essai", "niveau": "6", "composante_id": str(ids.composante)}
    assert client.post(adresse, data={**saisies, "rncp": "RNCP00000"}).status_code == 303
    [formation] = lues(base, acteur).formations
    assert (formation.code, formation.rncp, formation.a_completer) == ("but-essai", "RNCP99001", False)
    page = soupe(client, adresse)
    assert [str(option["value"]) for option in page.select("option[selected]")] == ["6", str(ids.composante)]
    assert "formation complétée" in client.get(f"/diplomes/{ids.formation}/historique").text


def test_une_saisie_refusee_garde_tout_et_mene_au_champ(client: Client, ids: Peuplement) -> None:
    saisies = {"libelle": "", "code": "Été <1>", "niveau": "9", "composante_id": ""}
    reponse = client.post(f"/parties/formations/{ids.formation}", data=saisies)
    assert reponse.status_code == 422
    page = BeautifulSoup(reponse.text, "html.parser")
    assert [lien["href"] for lien in page.select(".resume-erreurs a")] == ["#libelle", "#code", "#niveau"]
    champ = une(page, "#code")
    assert (champ["value"], champ["aria-invalid"]) == ("Été <1>", "true")
    assert une(page, "#code-erreur")["id"] in str(champ["aria-describedby"])
    assert "sans accent" in texte(page, "#code-erreur")


def test_des_dates_a_l_envers_gardent_la_saisie(client: Client, ids: Peuplement) -> None:
    client.post(f"/parties/cfa/{ids.cfa}", data=CFA)
    nouvelle = f"/parties/cfa/{ids.cfa}/conventions/nouvelle"
    reponse = client.post(nouvelle, data={**CONVENTION, "date_fin": "2024-08-31"})
    assert reponse.status_code == 422
    page = BeautifulSoup(reponse.text, "html.parser")
    assert "précède le début (01/09/2024)" in texte(page, "#date_fin-erreur")
    assert une(page, "#date_debut")["value"] == "2024-09-01"
    partenaire = client.post(nouvelle, data={**CONVENTION, "nature": "document_interne"})
    assert partenaire.status_code == 422
    assert "la charte demande une convention" in partenaire.text


def test_une_composante_s_ajoute_se_renomme_et_ne_se_double_pas(client: Client, ids: Peuplement) -> None:
    assert client.post("/parties/composantes/nouvelle", data={"nom": "UFR des Essais"}).status_code == 303
    double = client.post("/parties/composantes/nouvelle", data={"nom": "UFR des Essais"})
    assert double.status_code == 422
    assert "se nomme déjà «\u00a0UFR des Essais\u00a0»" in double.text
    adresse = f"/parties/composantes/{ids.composante}"
    assert une(soupe(client, adresse), "#nom")["value"] == "IUT des Essais"
    assert client.post(adresse, data={"nom": "UFR des Essais"}).status_code == 422
    assert client.post(adresse, data={"nom": "IUT Nouveau"}).status_code == 303
    assert "IUT Nouveau 0 formation" in texte(soupe(client, "/parties"))


def test_ce_qui_est_saisi_est_echappe(client: Client, ids: Peuplement) -> None:
    client.post(f"/parties/cfa/{ids.cfa}", data=CFA)
    client.post(f"/parties/cfa/{ids.cfa}/conventions/nouvelle", data={**CONVENTION, "reference_document": "<i>CV</i>"})
    client.post("/parties/composantes/nouvelle", data={"nom": "<script>alert(1)</script>"})
    for adresse in ("/parties", f"/parties/cfa/{ids.cfa}", f"/parties/formations/{ids.formation}"):
        page = soupe(client, adresse)
        assert page.select("main b, main i, main script") == [], adresse
        assert "CFA <b>des</b> Essais & Cie" in texte(page), adresse
    assert soupe(client, "/parties?fait=<script>").select("[role=status]") == []


def test_l_administrateur_change_l_etablissement(
    base: BaseSQL, client: Client, connecter: Callable[[Acteur], Client]
) -> None:
    assert client.get("/parties/etablissement").status_code == 404
    assert client.post("/parties/etablissement", data={"nom": "X"}).status_code == 404
    assert "/parties/etablissement" not in client.get("/parties").text
    administrateur = creer_compte(base, "Université", Role.ADMINISTRATEUR, "admin@essais.invalid")
    sien = connecter(administrateur)
    fautif = sien.post("/parties/etablissement", data={"nom": "Université", "uai": "0123456A", "ville": "Valmont"})
    assert fautif.status_code == 422
    page = BeautifulSoup(fautif.text, "html.parser")
    assert "on attend « 0123456S »" in texte(page, "#uai-erreur")
    assert une(page, "#ville")["value"] == "Valmont"
    saisies = {"nom": "Université de Valmont", "uai": "0123456S", "siret": SIRET, "ville": "Valmont"}
    assert sien.post("/parties/etablissement", data=saisies).status_code == 303
    assert une(soupe(sien, "/parties/etablissement"), "#uai")["value"] == "0123456S"


def _adresses(ids: Peuplement, convention: int) -> list[str]:
    return [
        f"/parties/cfa/{ids.cfa}",
        f"/parties/cfa/{ids.cfa}/conventions/nouvelle",
        f"/parties/conventions/{convention}",
        f"/parties/composantes/{ids.composante}",
        f"/parties/formations/{ids.formation}",
    ]


@pytest.fixture
def adresses(client: Client, base: BaseSQL, acteur: Acteur, ids: Peuplement) -> list[str]:
    """Les formulaires de ce qui est chez l'acteur."""
    client.post(f"/parties/cfa/{ids.cfa}", data=CFA)
    client.post(f"/parties/cfa/{ids.cfa}/conventions/nouvelle", data=CONVENTION)
    return _adresses(ids, lues(base, acteur).cfas[0].liens[0].id)


def test_ce_qui_est_ailleurs_n_existe_pas(
    base: BaseSQL, autre_acteur: Acteur, connecter: Callable[[Acteur], Client], adresses: list[str]
) -> None:
    autre = connecter(autre_acteur)
    inconnu = autre.get("/parties/cfa/987654").text
    saisies = {**CONVENTION, **CFA, "libelle": "Pris", "code": "pris", "date_debut": "2023-01-01"}
    for adresse in [*adresses, f"/parties/cfa/{2**70}"]:
        assert autre.get(adresse).status_code == 404, adresse
        assert autre.get(adresse).text == inconnu
        for envoi in (saisies, {}):
            assert autre.post(adresse, data=envoi).status_code == 404, adresse
    assert UAI not in autre.get("/parties").text
    sienne = peupler(base, autre_acteur)
    composante_d_ailleurs = adresses[3].rsplit("/", 1)[1]
    rangement = {"libelle": "A", "code": "a", "composante_id": composante_d_ailleurs}
    assert autre.post(f"/parties/formations/{sienne.formation}", data=rangement).status_code == 404


@pytest.mark.parametrize("role", [Role.LECTEUR, Role.RESPONSABLE_FORMATION])
def test_qui_ne_peut_que_lire_lit_et_n_ecrit_rien(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], adresses: list[str], role: Role
) -> None:
    lecteur = connecter(creer_collegue(base, acteur, role, f"Collègue {role}"))
    avant = lues(base, acteur)
    page = soupe(lecteur, "/parties")
    assert NOM in texte(page)
    assert page.select(".parties-geste, main a[href^='/parties/']") == []
    for adresse in [*adresses, "/parties/composantes/nouvelle"]:
        assert lecteur.get(adresse).status_code == 404, adresse
        envoi = {**CFA, **CONVENTION, "nom": "Pris", "libelle": "Pris", "code": "pris"}
        assert lecteur.post(adresse, data=envoi).status_code == 404
    assert "Nommer" not in lecteur.get("/").text
    assert lues(base, acteur) == avant


def test_sans_compte_on_passe_par_la_connexion(client_anonyme: Client) -> None:
    reponse = client_anonyme.get("/parties")
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/connexion?suite=/parties")
