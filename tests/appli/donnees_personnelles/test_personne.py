"""La page « Une personne » : rien dans une adresse, rien d'écrit sans confirmation, rien d'un autre établissement."""

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import FichierDepose, confirmer, deposer, enregistrer_examen, examiner
from indicateurs.modeles import Apprenti
from tests.conftest import Client
from tests.indicateurs.imports.fabrique import en_csv, ligne

PERSONNE = "/donnees-personnelles/personne"
IDENTITE = {"nom": "Noma", "prenom": "Prénoma", "naissance": "01/01/2002"}


@pytest.fixture
def range_(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> int:
    """Deux personnes rangées ; rend le numéro du dépôt."""
    fichier = FichierDepose("apprentis.csv", en_csv([ligne(0), ligne(1)]))
    coffre = Coffre.de(reglages)
    with base.ecriture() as session:
        depot_id = deposer(session, acteur, fichier, coffre, 30)
        enregistrer_examen(session, acteur, depot_id, examiner(fichier, reglages.cle_identite), coffre)
        confirmer(session, acteur, depot_id, coffre)
    return depot_id


def actes(base: BaseSQL) -> list[str]:
    with base.lecture() as session:
        requete = select(col(EntreeJournal.acte)).order_by(col(EntreeJournal.rang))
        return [acte for (acte,) in lignes(session, requete) if acte != "connexion"]


def personnes(base: BaseSQL) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(Apprenti))[0][0])


@pytest.mark.parametrize("saisies", [IDENTITE, {"ine": "0000000000a"}, {"numero": "1"}])
def test_chercher_montre_ce_qui_est_garde_sans_rien_ecrire(
    client: Client, base: BaseSQL, range_: int, saisies: dict[str, str]
) -> None:
    avant = actes(base)
    page = client.post(PERSONNE, data=saisies)
    assert page.status_code == 200
    assert "BTS EXEMPLE" in page.text
    assert "Extraire en classeur" in page.text
    assert actes(base) == avant


def test_l_autre_etablissement_ne_trouve_personne(
    connecter: Callable[[Acteur], Client], autre_acteur: Acteur, base: BaseSQL, range_: int
) -> None:
    client = connecter(autre_acteur)
    for saisies in (IDENTITE, {"ine": "0000000000A"}, {"numero": "1"}):
        assert "Personne ne répond à cette recherche" in client.post(PERSONNE, data=saisies).text
    for suite in ("/extraction", "/effacement", "/effacement/confirmation"):
        envoi = {"apprenti": "1", "confirmer": "oui", "mot": "effacer"}
        assert client.post(PERSONNE + suite, data=envoi).status_code == 404
    assert personnes(base) == 2


@pytest.mark.parametrize(
    ("saisies", "dit"),
    [
        ({}, "Donnez un INE, ou le nom, le prénom et la date de naissance"),
        ({"nom": "Noma"}, "Donnez un INE"),
        ({"ine": "12"}, "Un INE compte 11 caractères"),
        ({"numero": "9" * 5000}, "ne compte que des chiffres"),
        ({"numero": "-1"}, "ne compte que des chiffres"),
        ({**IDENTITE, "naissance": "31/02/2002"}, "n’est pas une date"),
    ],
)
def test_une_recherche_incomplete_se_dit_et_garde_la_saisie(client: Client, saisies: dict[str, str], dit: str) -> None:
    page = client.post(PERSONNE, data=saisies)
    assert page.status_code == 422
    assert dit in page.text.replace("\u00a0", " ")
    assert all(f'value="{valeur}"' in page.text for valeur in saisies.values())


@pytest.mark.parametrize("numero", ["", "x", "0", "99", "9" * 5000])
def test_un_numero_inconnu_est_introuvable(client: Client, range_: int, numero: str) -> None:
    for suite in ("/extraction", "/effacement"):
        assert client.post(PERSONNE + suite, data={"apprenti": numero}).status_code == 404
    assert client.post(PERSONNE + "/effacement/levee", data={"effacement": numero}).status_code == 404


def test_l_extraction_se_telecharge_et_se_journalise(client: Client, base: BaseSQL, range_: int) -> None:
    brute = client.post(PERSONNE + "/extraction", data={"apprenti": "1", "forme": "json"})
    assert brute.headers["content-disposition"].startswith('attachment; filename="donnees-personnelles.json"')
    contenu = json.loads(brute.content)
    assert contenu["donnees"]["parcours"][0]["contrats"][0]["date_debut"] == "2023-09-15"
    assert "à compléter" in contenu["informations"]["Délégué à la protection des données"]
    classeur = client.post(PERSONNE + "/extraction", data={"apprenti": "1", "forme": "xlsx"})
    feuille = openpyxl.load_workbook(io.BytesIO(classeur.content)).worksheets[0]
    valeurs = {rangee[0].value: rangee[1].value for rangee in feuille.iter_rows()}
    assert valeurs["Année de naissance"] == "2002"
    assert valeurs["Début du contrat"] == "15 septembre 2023"
    assert valeurs["Établissement"] == "Université des Quatre-Vents"
    assert actes(base)[-2:] == ["données d'une personne extraites"] * 2


def test_effacer_demande_deux_confirmations(client: Client, base: BaseSQL, range_: int) -> None:
    page = client.post(PERSONNE + "/effacement", data={"apprenti": "1"})
    assert page.status_code == 200
    assert "le passé n’est jamais récrit" in page.text
    assert f'name="depot" value="{range_}" checked' in page.text
    for manque in ({"confirmer": "oui"}, {"mot": "effacer"}, {"confirmer": "oui", "mot": "oui"}, {}):
        refus = client.post(PERSONNE + "/effacement/confirmation", data={"apprenti": "1", **manque})
        assert refus.status_code == 422
        assert 'role="alert"' in refus.text
    assert personnes(base) == 2


def test_effacer_puis_lever(client: Client, base: BaseSQL, reglages: Reglages, range_: int) -> None:
    envoi = {"apprenti": "1", "confirmer": "oui", "mot": " Effacer ", "depot": str(range_)}
    fait = client.post(PERSONNE + "/effacement/confirmation", data=envoi)
    assert (fait.status_code, fait.headers["location"]) == (303, PERSONNE + "?fait=effacement")
    assert "La personne est effacée" in client.get(fait.headers["location"]).text
    assert personnes(base) == 1
    assert Coffre.de(reglages).pieces() == {}
    assert sorted(actes(base)[-2:]) == ["fichier effacé avant terme", "personne effacée à sa demande"]
    page = client.post(PERSONNE, data=IDENTITE).text
    assert "a été effacée à sa demande" in page
    assert client.post(PERSONNE + "/effacement/levee", data={"effacement": "1"}).status_code == 303
    assert "Personne ne répond" in client.post(PERSONNE, data=IDENTITE).text


def test_l_identite_n_est_ni_journalisee_ni_dans_une_adresse(client: Client, base: BaseSQL, range_: int) -> None:
    page = client.post(PERSONNE, data=IDENTITE)
    assert not page.history
    assert "Noma" not in str(page.headers)
    client.post(PERSONNE + "/extraction", data={"apprenti": "1"})
    client.post(PERSONNE + "/effacement/confirmation", data={"apprenti": "1", "confirmer": "oui", "mot": "effacer"})
    with base.lecture() as session:
        colonnes = (EntreeJournal.acte, EntreeJournal.objet, EntreeJournal.avant, EntreeJournal.apres)
        dit = str([tuple(rangee) for rangee in lignes(session, select(*(col(c) for c in colonnes)))])
    for trace in ("Noma", "Prénoma", "2002", "0000000000A"):
        assert trace not in dit


def test_l_import_dit_la_personne_ecartee(client: Client, range_: int) -> None:
    client.post(PERSONNE + "/effacement/confirmation", data={"apprenti": "1", "confirmer": "oui", "mot": "effacer"})
    fichier: Any = {"fichier": ("vieux.csv", en_csv([ligne(0), ligne(1)]))}
    depot = client.post("/depots", files=fichier).headers["location"]
    page = client.get(depot + "/confirmation").text
    assert "1\u00a0personne effacée à sa demande" in page
    assert "1\u00a0ligne écartée" in page
    assert PERSONNE in page
