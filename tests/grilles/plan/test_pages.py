"""Les pages du plan : de l'ouverture à la clôture, saisies refusées, conflits, textes hostiles, exports, accueil."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from icalendar import Calendar

from charte.acteur import Mandat, Portee, Role
from grilles.plan.services.lecture import aujourd_hui
from tests.conftest import Client
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.grilles.plan.conftest import LIEN, RISQUE, SAISIE, Lieu

PIEGE = "<script>alert(1)</script>"
HIER = aujourd_hui() - timedelta(days=1)


def texte(noeud: Any) -> str:
    racine = noeud if isinstance(noeud, Tag) else BeautifulSoup(noeud.text, "html.parser")
    return " ".join(racine.get_text(" ").replace("\u202f", " ").replace("\u00a0", " ").split())


def un(reponse: Any, choix: str) -> Tag:
    trouves = BeautifulSoup(reponse.text, "html.parser").select(choix)
    assert len(trouves) == 1, f"{choix} : {len(trouves)}"
    return trouves[0]


def valeur(reponse: Any, nom: str) -> str:
    champ = un(reponse, f"form.formulaire [name={nom}]")
    if champ.name == "select":
        choisis = champ.select("option[selected]")
        return str(choisis[0]["value"]) if choisis else ""
    return champ.get_text() if champ.name == "textarea" else str(champ["value"])


def envoyer(client: Client, lieu: Lieu, adresse: str = "/actions/nouvelle", **champs: str) -> Any:
    return client.post(adresse, data={"formation_id": str(lieu.formation or ""), **SAISIE, "version": "1", **champs})


def test_un_plan_vide_invite_au_premier_geste(client: Client, ici: Lieu) -> None:
    for adresse in ("/actions", f"/diplomes/{ici.formation}/actions", "/risques", f"/diplomes/{ici.formation}/risques"):
        page = client.get(adresse)
        assert page.status_code == 200
        assert un(page, ".vide a.bouton")
    assert un(client.get(f"/diplomes/{ici.formation}/actions"), ".onglets [aria-current]").get_text() == "Actions"


def test_de_l_ouverture_a_la_cloture(client: Client, ici: Lieu) -> None:
    reponse = envoyer(client, ici)
    adresse = reponse.headers["location"]
    assert reponse.status_code == 303
    page = client.get(adresse)
    assert un(page, "h1").get_text() == SAISIE["intitule"]
    assert "Charte, 1.S1.1" in texte(page)
    assert client.post(f"{adresse}/etat", data={"passage": "commencer"}).status_code == 303
    refus = client.post(f"{adresse}/cloture", data={"effet_constate": "obtenu", "reevaluation": "Fait."})
    assert refus.status_code == 422
    assert "Citez d’abord une preuve" in texte(un(refus, "#resume-erreurs"))
    assert valeur(refus, "reevaluation") == "Fait."
    assert client.post(f"{adresse}/preuves", data={"titre": "Bilan", "adresse": LIEN}).status_code == 303
    assert client.post(f"{adresse}/suivi", data={"texte": "La moitié est vue."}).status_code == 303
    donnees = {"effet_constate": "en_partie", "reevaluation": "Quatre ruptures au lieu de six."}
    assert client.post(f"{adresse}/cloture", data=donnees).status_code == 303
    close = client.get(adresse)
    assert "Quatre ruptures au lieu de six." in texte(close)
    assert "La moitié est vue." in texte(close)
    suite = un(close, ".entete__action a")
    assert suite.get_text() == "Ouvrir une suite"
    assert client.get(f"{adresse}/modification").status_code == 200
    formulaire = client.get(str(suite["href"]))
    assert valeur(formulaire, "intitule") == f"Suite : {SAISIE['intitule']}"
    assert valeur(formulaire, "element") == "1.S1.1"
    assert "Quatre ruptures" in valeur(formulaire, "description")
    numero = adresse.rpartition("/")[2]
    envoyer(client, ici, intitule="La suite", renvoi=valeur(formulaire, "renvoi"))
    assert "Suite ouverte : La suite" in texte(client.get(adresse))
    assert valeur(formulaire, "renvoi") == f"action {numero}"


@pytest.mark.parametrize(
    ("champs", "champ", "dit"),
    [
        ({"intitule": " "}, "intitule", "Dites en une phrase"),
        ({"porteur": ""}, "porteur", "quelle fonction"),
        ({"echeance": ""}, "echeance", "Donnez une échéance"),
        ({"echeance": "31/02/2027"}, "echeance", "n’est pas une date"),
        ({"origine": "zzz"}, "origine", "d’où vient l’action"),
        ({"gravite": "majeure"}, "gravite", "constat d’audit"),
        ({"origine": "audit", "gravite": "majeure"}, "constate_le", "a notifié"),
        ({"priorite": "zzz"}, "priorite", "haute, moyenne, basse"),
        ({"description": "x" * 2001}, "description", "2001 caractères"),
        ({"porteur_id": "98765"}, "porteur_id", "Choisissez un compte"),
    ],
)
def test_une_saisie_refusee_dit_le_champ_et_garde_le_reste(
    client: Client, ici: Lieu, champs: dict[str, str], champ: str, dit: str
) -> None:
    refus = envoyer(client, ici, **champs)
    assert refus.status_code == 422
    assert dit in texte(un(refus, f"#{champ}-erreur"))
    assert un(refus, "title").get_text().startswith("Erreur")
    if "intitule" not in champs:
        assert valeur(refus, "intitule") == SAISIE["intitule"]


def test_un_constat_d_audit_montre_le_delai_et_sa_source(client: Client, ici: Lieu) -> None:
    constat = {"origine": "audit", "gravite": "majeure", "constate_le": "2026-03-12", "echeance": ""}
    page = client.get(envoyer(client, ici, **constat).headers["location"])
    dit = texte(page)
    assert "Non-conformité majeure : au plus tard le 12 juin 2026" in dit
    assert "6 juin 2019" in dit
    assert "À vérifier" in dit
    tardive = client.get(envoyer(client, ici, **{**constat, "echeance": "2027-06-30"}).headers["location"])
    assert "plus tardive que celle du texte" in texte(tardive)


def test_deux_redacteurs_le_second_a_les_deux_textes(client: Client, ici: Lieu) -> None:
    adresse = f"/actions/{ici.ouvrir()}/modification"
    assert envoyer(client, ici, adresse, intitule="La première", version="1").status_code == 303
    conflit = envoyer(client, ici, adresse, intitule="La seconde", moyens="Deux heures", version="1")
    assert conflit.status_code == 409
    lignes = [texte(rang) for rang in un(conflit, "#conflit").select("tbody tr")]
    assert lignes == ["Intitulé La seconde La première", "Moyens Deux heures (vide)"]
    assert (valeur(conflit, "intitule"), valeur(conflit, "version")) == ("La seconde", "2")
    assert envoyer(client, ici, adresse, intitule="Réunies", version="2").status_code == 303


def test_un_etat_deja_change_se_dit_et_garde_le_texte(client: Client, ici: Lieu) -> None:
    adresse = f"/actions/{ici.ouvrir()}"
    assert (
        client.post(f"{adresse}/etat", data={"passage": "abandonner", "motif": "Le diplôme ferme."}).status_code == 303
    )
    tard = client.post(f"{adresse}/etat", data={"passage": "commencer"})
    assert tard.status_code == 409
    assert "maintenant « abandonnée »" in texte(tard)
    sans = client.post(f"{adresse}/etat", data={"passage": "reprendre", "motif": " "})
    assert (sans.status_code, "Dites en une phrase pourquoi" in texte(sans)) == (422, True)
    assert envoyer(client, ici, f"{adresse}/modification").status_code == 409
    assert client.post(f"{adresse}/preuves", data={"titre": "Bilan", "adresse": LIEN}).status_code == 409
    assert client.post(f"{adresse}/cloture", data={"effet_constate": "obtenu", "reevaluation": "x"}).status_code == 409


@pytest.mark.parametrize("question", ["element=1.S1.1", "indicateur=abandon", "origine=reclamation", "origine=zzz", ""])
def test_chaque_provenance_remplit_le_formulaire(client: Client, ici: Lieu, question: str) -> None:
    page = client.get(f"/actions/nouvelle?formation={ici.formation}&{question}")
    assert page.status_code == 200
    attendue = {"element": "ecart", "indicateur": "indicateur", "origine": "reclamation"}.get(
        question.partition("=")[0], ""
    )
    assert valeur(page, "origine") == ("" if "zzz" in question else attendue)
    assert valeur(page, "formation_id") == str(ici.formation)


def test_un_ecart_de_la_grille_mene_a_une_action_deja_remplie(client: Client, ici: Lieu) -> None:
    grille = f"/diplomes/{ici.formation}/grille"
    for element, etat in (("1.S1.1", "en_partie"), ("1.S1.2", "tenu")):
        saisie = {"etat": etat, "commentaire": "La moitié seulement.", "version": "0"}
        client.post(f"{grille}/reponses/{element}", data=saisie)
    page = BeautifulSoup(client.get(f"{grille}/1").text, "html.parser")
    liens = [str(lien["href"]) for lien in page.select("a[href^='/actions/nouvelle']")]
    assert liens == [f"/actions/nouvelle?formation={ici.formation}&element=1.S1.1"]
    assert "Position concertée : en partie.\nLa moitié seulement." in valeur(client.get(liens[0]), "description")


def test_un_risque_se_change_en_action(client: Client, ici: Lieu) -> None:
    risque_id = ici.inscrire()
    page = client.get(str(un(client.get(f"/risques/{risque_id}"), ".entete__action a")["href"]))
    assert valeur(page, "intitule") == f"Prévenir : {RISQUE['intitule']}"
    assert valeur(page, "risque_id") == str(risque_id)
    envoyer(client, ici, origine="risque", risque_id=str(risque_id), element="", intitule="Prospecter")
    assert "Prospecter" in texte(client.get(f"/risques/{risque_id}"))


@pytest.mark.parametrize("question", ["element=9.Z9.9", "indicateur=zzz", "jalon=98765", "risque=98765", "suite=98765"])
def test_une_provenance_inconnue_est_introuvable(client: Client, ici: Lieu, question: str) -> None:
    assert client.get(f"/actions/nouvelle?formation={ici.formation}&{question}").status_code == 404


def test_la_liste_met_les_retards_en_tete_et_filtre(client: Client, ici: Lieu) -> None:
    ici.ouvrir(intitule="À venir")
    ici.ouvrir(intitule="En retard", echeance=HIER.isoformat(), priorite="basse")
    page = client.get("/actions")
    assert [texte(lien) for lien in BeautifulSoup(page.text, "html.parser").select(".plan th a")] == [
        "En retard",
        "À venir",
    ]
    assert "en retard de 1 jour" in texte(page)
    for question, montrees in (("retard=oui", 1), ("priorite=haute", 1), ("moi=oui", 0), ("origine=zzz", 2)):
        filtree = BeautifulSoup(client.get(f"/actions?{question}").text, "html.parser")
        assert len(filtree.select(".plan th a")) == montrees, question
    assert "Aucune action ne répond" in texte(client.get("/actions?moi=oui"))
    assert "diplome=" in str(un(client.get(f"/diplomes/{ici.formation}/actions"), ".emporter"))


def test_l_accueil_montre_les_retards_a_qui_peut_agir(client: Client, ici: Lieu, connecter: Any) -> None:
    action_id = ici.ouvrir(intitule="Rencontrer les employeurs", echeance=HIER.isoformat())
    lien = next(a for a in BeautifulSoup(client.get("/").text, "html.parser").select(".a-faire a") if "Faire" in a.text)
    assert lien["href"] == f"/actions/{action_id}"
    assert "échéance passée de 1 jour" in texte(lien)
    ici.ouvrir(echeance=HIER.isoformat())
    assert "/actions?retard=oui" in client.get("/").text
    lecteur = connecter(creer_collegue(ici.base, ici.acteur, Role.LECTEUR, "Lecteur"))
    assert "Faire avancer" not in lecteur.get("/").text


def test_un_lecteur_n_a_aucun_geste_offert(client: Client, ici: Lieu, connecter: Any) -> None:
    action_id, risque_id = ici.ouvrir(), ici.inscrire()
    lecteur = connecter(creer_collegue(ici.base, ici.acteur, Role.LECTEUR, "Lecteur"))
    for adresse in ("/actions", f"/actions/{action_id}", "/risques", f"/risques/{risque_id}"):
        page = BeautifulSoup(lecteur.get(adresse).text, "html.parser")
        assert not page.select("main form[method=post], main .entete__action a"), adresse
    assert lecteur.post(f"/actions/{action_id}/suivi", data={"texte": "Vu."}).status_code == 404


def test_un_diplome_hors_de_portee_est_introuvable(client: Client, ici: Lieu, connecter: Any) -> None:
    ailleurs = creer_formation(ici.base, ici.acteur, "RNCP99002-0442953W")
    action_id, risque_id = ici.ouvrir(), ici.inscrire()
    mandat = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, ailleurs)
    etroit = connecter(creer_collegue(ici.base, ici.acteur, Role.RESPONSABLE_FORMATION, "Etroit", (mandat,)))
    for adresse in (
        f"/actions/{action_id}", f"/actions/{action_id}/modification", f"/diplomes/{ici.formation}/actions",
        f"/risques/{risque_id}", f"/diplomes/{ici.formation}/risques", f"/actions/nouvelle?formation={ici.formation}",
        f"/risques/nouveau?formation={ici.formation}", f"/actions/nouvelle?risque={risque_id}",
    ):  # fmt: skip
        assert etroit.get(adresse).status_code == 404, adresse
    assert envoyer(etroit, ici).status_code == 404
    assert SAISIE["intitule"] not in etroit.get(f"/actions.csv?diplome={ici.formation}").text
    refus = envoyer(etroit, ici, formation_id="")
    assert (refus.status_code, "Choisissez un diplôme" in texte(refus)) == (422, True)


def test_un_texte_hostile_reste_du_texte(client: Client, ici: Lieu) -> None:
    action_id = ici.ouvrir(intitule=PIEGE, description=PIEGE, porteur=PIEGE, moyens=PIEGE)
    risque_id = ici.inscrire(intitule=PIEGE, cause=PIEGE)
    for adresse in (
        "/actions",
        f"/actions/{action_id}",
        f"/actions/{action_id}/modification",
        f"/risques/{risque_id}",
        "/risques",
        "/",
    ):
        assert PIEGE not in client.get(adresse).text, adresse


def test_les_exports_portent_ce_qui_est_montre(client: Client, ici: Lieu) -> None:
    ici.ouvrir(intitule="Montrée", echeance=HIER.isoformat())
    ici.ouvrir(intitule="Cachée")
    assert "Montrée" in client.get("/actions.csv?retard=oui").text
    assert "Cachée" not in client.get("/actions.csv?retard=oui").text
    agenda = client.get("/actions.ics?retard=oui")
    assert agenda.headers["content-type"].startswith("text/calendar")
    assert agenda.text.count("BEGIN:VEVENT") == 1
    assert ici.acteur.nom not in agenda.text
    assert client.get("/risques.xlsx").headers["content-disposition"].startswith("attachment")


def test_l_agenda_ne_croit_jamais_l_en_tete_host(client: Client, ici: Lieu) -> None:
    numero = ici.ouvrir()
    etat = client.app.state
    for site, lien in (("", ""), ("https://qualite.ici.invalid", f"https://qualite.ici.invalid/actions/{numero}")):
        etat.reglages = replace(etat.reglages, adresse_publique=site)
        agenda = client.get("/actions.ics", headers={"Host": "pirate.invalid"})
        [evenement] = Calendar.from_ical(agenda.content).walk("VEVENT")
        assert evenement.get("url", "") == lien
        assert "pirate" not in agenda.text


def test_la_table_des_risques_place_sans_produit_ni_verdict(client: Client, ici: Lieu) -> None:
    risque_id = ici.inscrire()
    page = client.get(f"/diplomes/{ici.formation}/risques")
    table = un(page, ".table-des-risques")
    rangees = [[texte(case) for case in rang.select("td")] for rang in table.select("tbody tr")]
    assert rangees[0] == ["– aucun", "– aucun", f"Risque {risque_id} : {RISQUE['intitule']}", "– aucun"]
    assert texte(table.select("tbody tr th")[0]) == "4. Majeure"
    assert "ne se multiplient pas" in texte(page)
    assert "12" not in texte(table)


def test_un_risque_se_change_se_dispute_et_se_clot(client: Client, ici: Lieu) -> None:
    adresse = f"/risques/{ici.inscrire()}"
    premier = client.post(f"{adresse}/modification", data={**RISQUE, "gravite": "2", "version": "1"})
    second = client.post(f"{adresse}/modification", data={**RISQUE, "gravite": "1", "version": "1"})
    assert (premier.status_code, second.status_code) == (303, 409)
    assert "Gravité 1 2" in texte(un(second, "#conflit"))
    refus = client.post(f"{adresse}/etat", data={"etat": "clos", "motif_cloture": ""})
    assert (refus.status_code, client.post(f"{adresse}/modification", data={**RISQUE, "gravite": "5"}).status_code) == (
        422,
        422,
    )
    assert (
        client.post(f"{adresse}/etat", data={"etat": "clos", "motif_cloture": "Le vivier est là."}).status_code == 303
    )
    assert "Ce risque est clos Le vivier est là." in texte(client.get(adresse))
