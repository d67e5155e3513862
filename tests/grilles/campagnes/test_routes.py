"""Les pages des campagnes : créer, régler à deux, choisir, désigner, suivre, relancer, reprendre, arrêter."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from appli.base import BaseSQL
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, Partie
from charte.commun.reglages import Reglages
from charte.commun.serveur_de_courrier import ServeurDeCourrier
from charte.commun.typographie import FUSEAU
from grilles.campagnes.services.conduite import passer
from grilles.services import annee_courante, lire_grille
from tests.conftest import Client
from tests.grilles.campagnes.conftest import REGLAGES, Univers, peupler

CREATION = {
    "annee": "2041",
    "libelle": "Essai",
    "edition": "2023-10",
    "relances": "7, 14",
    "toutes_formations": "toutes",
}


@pytest.fixture
def reglages(reglages: Reglages) -> Reglages:
    """Avec du courrier, que rien ne fait partir."""
    serveur = ServeurDeCourrier("127.0.0.1", 9, "qualite@ici.invalid")
    return replace(reglages, courrier=serveur, adresse_publique="https://qualite.ici.invalid")


@pytest.fixture
def ici(base: BaseSQL, acteur: Acteur) -> Univers:
    """L'établissement, sur SQLite."""
    return peupler(base, acteur)


def texte(client: Client, adresse: str, statut: int = 200) -> str:
    """Le texte d'une page, sans balises ni espaces insécables."""
    reponse = client.get(adresse)
    assert reponse.status_code == statut, reponse.text
    return lire(reponse.text)


def lire(html: str) -> str:
    """Le texte d'une page, à plat."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").replace("\u202f", " ").split())


def test_creer_puis_ouvrir(client: Client, ici: Univers) -> None:
    assert "Aucune campagne encore" in texte(client, "/campagnes")
    reponse = client.post("/campagnes/nouvelle", data=CREATION)
    assert reponse.status_code == 303
    conduite = reponse.headers["location"]
    assert "3 diplômes dans la campagne" in texte(client, conduite)
    numero = conduite.split("/")[2]
    fiche = ici.fiche(int(numero))
    assert (fiche.annee, fiche.relances, fiche.etat) == (2041, "14,7", "preparation")
    passage = {"passage": "ouvrir", "depuis": "preparation"}
    assert client.post(f"/campagnes/{numero}/passage", data=passage).status_code == 303
    assert "ouverte" in texte(client, "/campagnes")


@pytest.mark.parametrize(
    ("saisies", "dit"),
    [
        ({"annee": "deux mille"}, "en quatre chiffres"),
        ({"libelle": " "}, "Donnez un nom à la campagne"),
        ({"edition": "1999-01"}, "Choisissez une édition"),
        ({"relances": "bientôt"}, "séparés par des virgules"),
        ({"relances": "999"}, "séparés par des virgules"),
        ({"echeance_positions": "2042-02-01", "echeance_concertation": "2042-01-01"}, "finit avant les positions"),
        ({"echeance_positions": "demain"}, "n’est pas une date"),
    ],
)
def test_une_saisie_fausse_garde_tout_et_dit_le_remede(
    client: Client, ici: Univers, saisies: dict[str, str], dit: str
) -> None:
    reponse = client.post("/campagnes/nouvelle", data=CREATION | {"consigne": "À garder."} | saisies)
    assert reponse.status_code == 422
    assert dit in lire(reponse.text)
    assert "À garder." in reponse.text


def test_deux_campagnes_la_meme_annee(client: Client, ici: Univers) -> None:
    client.post("/campagnes/nouvelle", data=CREATION)
    reponse = client.post("/campagnes/nouvelle", data=CREATION | {"libelle": "Bis"})
    assert reponse.status_code == 422
    assert "Il y a déjà une campagne pour 2041-2042" in lire(reponse.text)


def test_regler_a_deux_dit_ce_qui_a_change(client: Client, ici: Univers) -> None:
    campagne = ici.creer(etat="preparation")
    adresse = f"{campagne.adresse}/reglages"
    assert 'value="14,3,-1"' in client.get(adresse).text
    saisies = CREATION | {"version": "1"}
    assert client.post(adresse, data=saisies | {"libelle": "Le mien"}).status_code == 303
    reponse = client.post(adresse, data=saisies | {"libelle": "Le sien"})
    assert reponse.status_code == 409
    assert "Nom : Le mien" in lire(reponse.text)
    assert 'value="Le sien"' in reponse.text
    assert client.post(adresse, data=saisies | {"libelle": "Le sien", "version": "2"}).status_code == 303


def test_choisir_ses_diplomes_par_page_et_par_lot(client: Client, ici: Univers) -> None:
    campagne = ici.creer(etat="preparation", commande=replace(REGLAGES, toutes_formations=False))
    adresse = f"{campagne.adresse}/formations"
    chimie, droit, gestion = (ici.formations[code] for code in ("chimie", "droit", "gestion"))
    saisies = {"montrees": f"{chimie},{droit},{gestion}", "retenues": [str(chimie), str(droit)], "version": "1"}
    refus = client.post(adresse, data=saisies | {f"echeance-{droit}": "après les vacances"})
    assert refus.status_code == 422
    assert "Cette date ne se lit pas" in refus.text
    assert client.post(adresse, data=saisies | {f"echeance-{droit}": "2026-11-20"}).status_code == 303
    assert "2 diplômes choisis" in texte(client, adresse)
    perime = client.post(adresse, data=saisies | {"retenues": str(gestion)})
    assert perime.status_code == 409
    assert "a changé entre-temps" in perime.text
    lot = {"geste": "retenir", "cfa": str(ici.cfas["partenaire"]), "version": "2"}
    reponse = client.post(f"{adresse}/lot", data=lot)
    assert reponse.headers["location"] == f"{adresse}?cfa={ici.cfas['partenaire']}"
    assert "3 diplômes choisis" in texte(client, adresse)
    client.post(f"{adresse}/lot", data={"geste": "oter", "version": "3"})
    assert "0 diplôme choisi" in texte(client, adresse)


def test_designer_qui_repond(client: Client, ici: Univers) -> None:
    campagne = ici.creer()
    adresse = f"{campagne.adresse}/repondants"
    assert "personne ne tient la plume" in texte(client, adresse)
    doyen, chimie = ici.acteurs["doyen"].compte_id, ici.formations["chimie"]
    voulu = f"{chimie}-etablissement-{doyen}"
    assert client.post(adresse, data={"montrees": str(chimie), "designes": voulu}).status_code == 303
    assert f'value="{voulu}" checked' in client.get(adresse).text
    fausse = client.post(adresse, data={"montrees": str(chimie), "designes": f"{chimie}-cfa-{doyen}"})
    assert fausse.status_code == 422
    assert client.post(adresse, data={"designes": "zzz"}).status_code == 422
    cfa = ici.acteurs["cfa"].compte_id
    assert client.post(f"{adresse}/lot", data={"compte": str(cfa), "partie": "cfa"}).status_code == 303
    assert client.get(adresse).text.count(" checked") == 3
    vide = client.post(f"{adresse}/lot", data={"compte": "", "partie": "cfa"})
    assert vide.status_code == 422
    assert "Choisissez qui désigner" in vide.text


def test_le_tableau_se_filtre_et_s_emporte(client: Client, ici: Univers) -> None:
    campagne = ici.creer(annee_courante())
    ici.repondre("chimie", "1.S1.1", "tenu", Partie.CFA, annee=annee_courante())
    page = client.get(campagne.adresse)
    assert "Diplôme de gestion" in page.text
    assert "responsable@quatre-vents.invalid" in page.text, "qui pilote lit qui l'on attend"
    filtre = f"cfa={ici.cfas['interne']}&attend=cfa&poste=2"
    assert "2 diplômes sur 3" in texte(client, f"{campagne.adresse}?{filtre}")
    assert "Aucun diplôme ne répond" in texte(client, f"{campagne.adresse}?retard=oui&cfa=999999")
    assert texte(client, f"{campagne.adresse}?vue=postes&cfa=zzz&poste=9").count("Diplôme de chimie") == 4
    reponse = client.get(f"{campagne.adresse}/suivi.csv?{filtre}")
    assert "attachment" in reponse.headers["content-disposition"]
    rangees = list(csv.reader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))
    assert [rangee[1] for rangee in rangees[1:]] == ["chimie", "droit"]
    assert "@" not in reponse.text


def test_un_cfa_ne_voit_que_les_siens_et_aucun_nom(ici: Univers, connecter: Callable[[Acteur], Client]) -> None:
    campagne = ici.creer(annee_courante())
    client = connecter(ici.acteurs["cfa"])
    page = client.get(campagne.adresse).text
    assert "Diplôme de droit" in page
    assert "Diplôme de gestion" not in page
    assert "CFA partenaire" not in page
    assert "responsable@" not in page
    assert "Conduire la campagne" not in page
    assert "gestion" not in client.get(f"{campagne.adresse}/suivi.csv").text
    for suite in ("conduite", "reglages", "formations", "repondants", "relance"):
        assert client.get(f"{campagne.adresse}/{suite}").status_code == 404


def test_relancer_maintenant_montre_puis_envoie_une_fois(
    client: Client, ici: Univers, base: BaseSQL, reglages: Reglages
) -> None:
    campagne = ici.creer()
    adresse = f"{campagne.adresse}/relance"
    avant = texte(client, adresse)
    assert "Envoyer 3 rappels" in avant
    assert "Diplôme de droit : il reste" in avant
    travail = client.post(adresse).headers["location"].split("?")[0]
    executer_en_attente(base, reglages)
    assert "3 rappels mis au courrier" in texte(client, travail)
    apres = texte(client, adresse)
    assert "Chacun a déjà reçu ce rappel aujourd’hui" in apres
    travail = client.post(adresse).headers["location"].split("?")[0]
    executer_en_attente(base, reglages)
    assert "Personne à relancer" in texte(client, travail)


def test_reprendre_l_an_passe(client: Client, ici: Univers, base: BaseSQL, reglages: Reglages) -> None:
    annee = annee_courante()
    ici.creer(annee - 1)
    ici.repondre("chimie", "1.S1.1", "tenu", annee=annee - 1)
    campagne = ici.creer(annee, etat="preparation")
    conduite = texte(client, f"{campagne.adresse}/conduite")
    assert "1 grille et 1 réponse, dont 1 concertée, peuvent se reprendre" in conduite
    travail = client.post(f"{campagne.adresse}/reprise", data={"parties": "toutes"}).headers["location"]
    executer_en_attente(base, reglages)
    assert "1 réponse reprise" in texte(client, travail.split("?")[0])
    grille = ici.lire(lire_grille, ici.pilote, ici.formations["chimie"], annee)
    assert grille.ligne("1.S1.1").reponse.a_confirmer
    passage = {"passage": "ouvrir", "depuis": "preparation"}
    assert client.post(f"{campagne.adresse}/passage", data=passage).status_code == 303


def test_sans_campagne_precedente_rien_a_reprendre(client: Client, ici: Univers) -> None:
    campagne = ici.creer()
    reponse = client.post(f"{campagne.adresse}/reprise", data={"parties": "toutes"})
    assert reponse.status_code == 422
    assert "rien à reprendre" in lire(reponse.text)


def test_revenir_en_arriere_demande_un_motif(client: Client, ici: Univers) -> None:
    campagne = ici.creer(etat="en_concertation")
    retour = {"passage": "rouvrir_les_positions", "depuis": "en_concertation"}
    reponse = client.post(f"{campagne.adresse}/passage", data=retour)
    assert reponse.status_code == 422
    assert 'id="motif-rouvrir_les_positions-erreur"' in reponse.text
    assert client.post(f"{campagne.adresse}/passage", data=retour | {"motif": "Pas <b>fini</b>."}).status_code == 303
    assert "Motif : Pas &lt;b&gt;fini&lt;/b&gt;." in lire(client.get(f"{campagne.adresse}/conduite").text)
    perime = client.post(f"{campagne.adresse}/passage", data=retour | {"motif": "Pas fini."})
    assert perime.status_code == 409
    assert "La campagne est maintenant ouverte" in perime.text


def test_arreter_fige_chaque_grille_puis_la_campagne(
    client: Client, ici: Univers, base: BaseSQL, reglages: Reglages
) -> None:
    annee = annee_courante()
    campagne = ici.creer(annee)
    ici.repondre("chimie", "1.S1.1", "tenu", annee=annee)
    ici.repondre("droit", "1.S1.1", "en_partie", annee=annee)
    ici.ecrire(passer, ici.pilote, campagne.id, "concerter", depuis="ouverte")
    arret = {"passage": "arreter", "depuis": "en_concertation", "instance": "conseil du 12 mars"}
    travail = client.post(f"{campagne.adresse}/passage", data=arret).headers["location"].split("?")[0]
    assert ici.fiche(campagne.id).etat == "en_concertation"
    executer_en_attente(base, reglages)
    assert "La campagne est arrêtée : 2 grilles figées" in texte(client, travail)
    assert ici.fiche(campagne.id).etat == "arretee"
    grille = ici.lire(lire_grille, ici.pilote, ici.formations["chimie"], annee)
    assert grille.figee
    assert grille.scelle is not None
    assert "grille arrêtée" in texte(client, campagne.adresse)
    assert "ses réglages ne changent plus" in texte(client, f"{campagne.adresse}/reglages")
    assert client.post(f"{campagne.adresse}/reglages", data=CREATION | {"version": "1"}).status_code == 422


def test_sans_courrier_regle_la_page_le_dit(
    ici: Univers, reglages: Reglages, connecter: Callable[[Acteur], Client]
) -> None:
    campagne = ici.creer()
    client = connecter(ici.pilote)
    client.app.state.reglages = replace(reglages, courrier=None)
    assert "Aucun courrier n’est réglé" in texte(client, f"{campagne.adresse}/relance")
    assert "Envoyer" not in texte(client, f"{campagne.adresse}/relance")


def test_l_accueil_mene_a_la_campagne_quand_elle_presse(
    client: Client, ici: Univers, connecter: Callable[[Acteur], Client]
) -> None:
    aujourd_hui = datetime.now(FUSEAU).date()
    campagne = ici.creer(
        annee_courante(),
        etat="preparation",
        commande=replace(REGLAGES, echeance_positions=aujourd_hui + timedelta(days=3), echeance_concertation=None),
    )
    assert f"{campagne.adresse}/conduite" in client.get("/").text
    ici.ecrire(passer, ici.pilote, campagne.id, "ouvrir", depuis="preparation")
    assert "échéance dans 3 jours" in texte(client, "/")
    assert f'href="{campagne.adresse}"' in connecter(ici.acteurs["cfa"]).get("/").text
