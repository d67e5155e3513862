"""Les pages des preuves : dépôt, fichiers en pièce jointe, saisies refusées, conflits, deux CFA."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import update

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.coffre import empreinte_fichier
from charte.commun.frein import Bornes
from charte.commun.reglages import Reglages
from grilles.modeles import Campagne, Preuve
from grilles.preuves import reception
from grilles.preuves.coffre import coffre_des_preuves
from grilles.preuves.services.lecture import aujourd_hui, lire_fiche
from grilles.services import CommandeReponse, enregistrer_reponse
from tests.grilles.conftest import creer_collegue
from tests.grilles.preuves.conftest import ELEMENT, Deposer, DeuxCfa
from tests.grilles.preuves.fabrique import PDF, PNG, docx
from tests.reserve import Client

SAISIE = {"titre": "Livret de l'apprenti", "proprietaire": "Scolarité", "date_fin": "2031-08-31"}


def soupe(reponse: Any) -> BeautifulSoup:
    return BeautifulSoup(reponse.text, "html.parser")


def texte(noeud: Tag) -> str:
    return " ".join(noeud.text.split())


def envoyer(client: Client, ou: str, /, *fichiers: tuple[str, bytes], **saisies: str) -> Any:
    return client.post(ou, data=saisies, files=[("fichiers", fichier) for fichier in fichiers] or {"vide": b""})


def test_deposer_puis_ouvrir_une_preuve(client: Client) -> None:
    assert client.get("/preuves/nouvelle").status_code == 200
    reponse = envoyer(client, "/preuves/nouvelle", ("livret.pdf", PDF), ("plan.png", PNG), **SAISIE)
    assert (reponse.status_code, reponse.headers["location"]) == (303, "/preuves/1")
    page = soupe(client.get("/preuves/1"))
    assert [h1.text for h1 in page.select("h1")] == ["Livret de l’apprenti"]
    assert empreinte_fichier(PDF) in page.text
    recu = client.get("/preuves/1/fichiers/1/1")
    assert (recu.status_code, recu.content) == (200, PDF)
    assert recu.headers["content-type"] == "application/pdf"
    assert recu.headers["content-disposition"].startswith('attachment; filename="livret.pdf"')
    assert recu.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in recu.headers["content-security-policy"]
    assert recu.headers["cache-control"] == "no-store"
    for absent in ("/preuves/1/fichiers/1/2", "/preuves/1/fichiers/9/1", "/preuves/99/fichiers/1/1"):
        assert client.get(absent).status_code == 404


@pytest.mark.parametrize(
    ("fichier", "message"),
    [
        (("../../etc/passwd", b"root:x"), "« passwd »"),
        (("facture.pdf\u202egpj.exe", b"MZ"), "n’est pas d’une sorte admise"),
        (("livret.pdf", b"<script>"), "n’est pas un PDF"),
        (("note.docx", docx(word__vbaProject_bin=b"x")), "contient des macros"),
    ],
)
def test_un_fichier_hostile_est_refuse_et_la_saisie_gardee(
    client: Client, reglages: Reglages, fichier: tuple[str, bytes], message: str
) -> None:
    reponse = envoyer(client, "/preuves/nouvelle", fichier, **SAISIE)
    assert reponse.status_code == 422
    page = soupe(reponse)
    assert message in texte(page)
    assert page.select_one("#titre")["value"] == SAISIE["titre"]  # type: ignore[index]
    assert page.select_one(".resume-erreurs a[href='#fichiers']")
    assert coffre_des_preuves(reglages).pieces() == {}


@pytest.mark.parametrize(
    ("champs", "ancre"),
    [
        ({"titre": ""}, "#titre"),
        ({"adresse": "javascript:alert(1)"}, "#adresse"),
        ({"adresse": "https://moi:secret@exemple.invalid"}, "#adresse"),
        ({"date_effet": "2032-01-01"}, "#date_fin"),
        ({"date_fin": "31 août"}, "#date_fin"),
        ({"proprietaire": "x" * 121}, "#proprietaire"),
        ({"titre": "x" * 201}, "#titre"),
        ({}, "#fichiers"),
    ],
)
def test_une_saisie_refusee_dit_ou_et_se_rend_telle_quelle(client: Client, champs: dict[str, str], ancre: str) -> None:
    reponse = envoyer(client, "/preuves/nouvelle", **{**SAISIE, **champs})
    assert reponse.status_code == 422
    page = soupe(reponse)
    assert page.select_one(f".resume-erreurs a[href='{ancre}']"), page.select(".resume-erreurs")
    for champ, valeur in {**SAISIE, **champs}.items():
        assert page.select_one(f"#{champ}")["value"] == valeur  # type: ignore[index]


def test_trop_de_fichiers_d_un_coup_et_un_envoi_demesure(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    onze = [(f"{rang}.txt", b"texte") for rang in range(11)]
    assert envoyer(client, "/preuves/nouvelle", *onze, **SAISIE).status_code == 422
    grand = envoyer(client, "/preuves/nouvelle", ("grand.txt", b"a" * (20 * 2**20 + 1)), **SAISIE)
    assert grand.status_code == 422
    assert "dépasse 20 Mo" in texte(soupe(grand))
    assert envoyer(client, "/preuves/nouvelle", ("enorme.txt", b"a" * (106 * 2**20)), **SAISIE).status_code == 413
    monkeypatch.setattr(reception, "bornes_des_preuves", lambda _: Bornes(par_heure=1, octets_par_jour=2**30))
    assert envoyer(client, "/preuves/nouvelle", ("a.txt", b"a"), **SAISIE).status_code == 303
    freine = envoyer(client, "/preuves/nouvelle", ("b.txt", b"b"), **SAISIE)
    assert (freine.status_code, int(freine.headers["retry-after"]) > 3000) == (429, True)


def test_reviser_retirer_et_remettre_un_fichier(
    client: Client, base: BaseSQL, acteur: Acteur, deposer: Deposer
) -> None:
    preuve = deposer(acteur)
    assert envoyer(client, f"/preuves/{preuve}/fichiers", ("v2.png", PNG), rang="1").status_code == 303
    assert envoyer(client, f"/preuves/{preuve}/fichiers", ("autre.png", PNG)).status_code == 303
    assert client.get(f"/preuves/{preuve}/fichiers/1/1").content == PDF, "le passé reste lisible"
    assert client.get(f"/preuves/{preuve}/fichiers/1/2").content == PNG
    assert envoyer(client, f"/preuves/{preuve}/fichiers", ("x.png", PNG), rang="7").status_code == 404
    assert envoyer(client, f"/preuves/{preuve}/fichiers").status_code == 422
    refuse = envoyer(client, f"/preuves/{preuve}/fichiers", ("x.exe", b"MZ"), rang="1")
    assert refuse.status_code == 422
    assert soupe(refuse).select_one("details[open] #fichier-1[aria-invalid=true]")
    assert client.post(f"/preuves/{preuve}/fichiers/1/retrait").status_code == 303
    dernier = client.post(f"/preuves/{preuve}/fichiers/2/retrait")
    assert dernier.status_code == 422
    assert "doit pouvoir s’ouvrir" in dernier.text
    assert client.get(f"/preuves/{preuve}/fichiers/1/2").content == PNG
    assert client.post(f"/preuves/{preuve}/fichiers/1/retrait", data={"remettre": "oui"}).status_code == 303
    with base.lecture() as session:
        assert len(lire_fiche(session, acteur, preuve, aujourd_hui()).en_vigueur) == 2


def test_changer_une_preuve_et_voir_ce_que_l_autre_en_a_fait(client: Client, acteur: Acteur, deposer: Deposer) -> None:
    preuve = deposer(acteur)
    adresse = f"/preuves/{preuve}/modification"
    assert 'value="Livret de l&#39;apprenti"' in client.get(adresse).text
    assert client.post(adresse, data={**SAISIE, "titre": "Premier", "version": "1"}).status_code == 303
    conflit = client.post(adresse, data={**SAISIE, "titre": "Second", "version": "1"})
    assert conflit.status_code == 409
    page = soupe(conflit)
    assert "Premier" in page.text
    assert page.select_one("#titre")["value"] == "Second"  # type: ignore[index]
    assert page.select_one("[name=version]")["value"] == "2"  # type: ignore[index]
    assert client.post(adresse, data={**SAISIE, "titre": "Second", "version": "2"}).status_code == 303
    assert "Second" in client.get(f"/preuves/{preuve}").text
    assert client.post(adresse, data={"titre": "", "version": "3"}).status_code == 422


def test_effacer_une_preuve_qui_ne_sert_pas(
    client: Client, acteur: Acteur, deposer: Deposer, reglages: Reglages, formation_id: int
) -> None:
    libre, citee = deposer(acteur), deposer(acteur, citee=formation_id)
    garde = client.post(f"/preuves/{citee}/suppression")
    assert (garde.status_code, garde.headers["location"]) == (303, f"/preuves/{citee}#effacer")
    assert "elle est gardée" in client.get(f"/preuves/{citee}").text
    assert client.post(f"/preuves/{libre}/suppression").status_code == 303
    assert client.get(f"/preuves/{libre}").status_code == 404
    assert len(coffre_des_preuves(reglages).pieces()) == 1


def test_rattacher_une_preuve_a_une_ligne_et_l_en_detacher(client: Client, acteur: Acteur, deposer: Deposer) -> None:
    preuve = deposer(acteur)
    adresse = f"/preuves/{preuve}/references"
    assert client.post(adresse, data={"ligne": "qualiopi/2026/33", "emplacement": "page 2"}).status_code == 303
    assert client.post(adresse, data={"ligne": "qualiopi/2026/33", "emplacement": "page 3"}).status_code == 303
    page = client.get(f"/preuves/{preuve}").text
    assert "Qualiopi 2026, indicateur 33" in page
    assert "page 3" in page
    assert "page 2" not in page
    assert client.post(adresse, data={"ligne": ""}).status_code == 422
    for inconnue in ("qualiopi/2026/99", "qualiopi/1999/1", "iso/2026/1"):
        assert client.post(adresse, data={"ligne": inconnue}).status_code == 404
    assert client.post(f"{adresse}/1/retrait").status_code == 303
    assert client.post(f"{adresse}/1/retrait").status_code == 404


def test_l_onglet_d_un_diplome_dit_ce_qui_manque_et_cite_d_un_geste(
    client: Client, base: BaseSQL, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    adresse = f"/diplomes/{formation_id}/preuves"
    assert client.get(adresse).status_code == 200
    with base.ecriture() as session:
        for element in (ELEMENT, "1.S1.1"):
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, "tenu"))
    hier = aujourd_hui() - timedelta(days=1)
    perimee = deposer(acteur, "Convention", citee=formation_id, date_fin=hier)
    page = soupe(client.get(adresse))
    assert [a["id"] for a in page.select("article")] == ["e-1-S1-1", "e-1-S1-2"]
    assert len(page.select("article .mention--manque")) == 3, "deux éléments sans preuve valable, une preuve périmée"
    assert [a["id"] for a in soupe(client.get(f"{adresse}?filtre=perimees")).select("article")] == ["e-1-S1-2"]
    choisies = soupe(client.get(f"{adresse}?element=1.S1.1")).select("#element option[selected]")
    assert [choisie["value"] for choisie in choisies] == ["1.S1.1"]
    neuve = deposer(acteur, "Convention renouvelée")
    citee = client.post(adresse, data={"preuve": str(neuve), "element": ELEMENT, "emplacement": "annexe 2"})
    assert citee.headers["location"] == f"{adresse}#e-1-S1-2"
    page = soupe(client.get(f"{adresse}?filtre=manquantes"))
    assert [a["id"] for a in page.select("article")] == ["e-1-S1-1"]
    for mauvaise, statut in (({"preuve": "", "element": ELEMENT}, 422), ({"preuve": str(perimee), "element": ""}, 422),
                             ({"preuve": "987654", "element": ELEMENT}, 404),
                             ({"preuve": str(neuve), "element": "9.S9.9"}, 404)):  # fmt: skip
        assert client.post(adresse, data=mauvaise).status_code == statut


def test_deposer_depuis_un_diplome_cite_du_meme_geste(
    client: Client, base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    depart = client.get(f"/preuves/nouvelle?formation={formation_id}&element={ELEMENT}")
    assert soupe(depart).select_one(f"[name=element][value='{ELEMENT}']")
    saisie = {**SAISIE, "formation": str(formation_id), "element": ELEMENT, "emplacement": "page 4"}
    reponse = envoyer(client, "/preuves/nouvelle", ("livret.pdf", PDF), **saisie)
    assert reponse.headers["location"] == f"/diplomes/{formation_id}/preuves#e-1-S1-2"
    assert "page 4" in client.get(f"/diplomes/{formation_id}/preuves").text
    with base.ecriture() as session:
        session.connection().execute(update(Campagne).values(etat="arretee"))
    assert envoyer(client, "/preuves/nouvelle", ("autre.pdf", PDF), **saisie).status_code == 409
    assert "Citer une preuve" not in client.get(f"/diplomes/{formation_id}/preuves").text


def test_la_bibliotheque_montre_d_abord_ce_qui_est_a_renouveler(
    client: Client, acteur: Acteur, deposer: Deposer
) -> None:
    assert "Aucune preuve n’a encore été déposée" in client.get("/preuves").text
    deposer(acteur, "Une preuve sans fin")
    deposer(acteur, "Une preuve périmée", date_fin=aujourd_hui() - timedelta(days=1))
    page = soupe(client.get("/preuves"))
    assert [th.a.text for th in page.select("tbody th")] == ["Une preuve périmée", "Une preuve sans fin"]  # type: ignore[union-attr]
    assert page.select_one(".message a[href='/preuves?validite=a_renouveler']")
    assert len(soupe(client.get("/preuves?validite=perimee&mots=périmée")).select("tbody tr")) == 1
    assert client.get("/preuves?mots=%25&formation=zzz&validite=zzz&numero=zzz").status_code == 200
    assert "Aucune preuve ne répond" in client.get("/preuves?mots=introuvable").text


def test_un_texte_hostile_reste_du_texte(client: Client, base: BaseSQL, acteur: Acteur, deposer: Deposer) -> None:
    piege = "<script>alert(1)</script>"
    preuve = deposer(acteur, piege, fichiers=(("=cmd<b>.pdf", PDF),), proprietaire=piege)
    with base.ecriture() as session:
        session.connection().execute(update(Preuve).values(depose_par=piege))
    for adresse in ("/preuves", f"/preuves/{preuve}", f"/preuves/{preuve}/modification", "/audit"):
        assert piege not in client.get(adresse).text


def test_deux_cfa_ne_s_ouvrent_pas_leurs_fichiers(
    connecter: Callable[[Acteur], Client], base: BaseSQL, acteur: Acteur, deposer: Deposer, deux_cfa: DeuxCfa
) -> None:
    sienne = deposer(deux_cfa.d_une, citee=deux_cfa.une)
    commune = deposer(acteur, "Commune", partagee=True)
    autre, lecteur = connecter(deux_cfa.d_autre), connecter(creer_collegue(base, acteur, Role.LECTEUR, "Lectrice"))
    for adresse in (f"/preuves/{sienne}", f"/preuves/{sienne}/fichiers/1/1", f"/diplomes/{deux_cfa.une}/preuves"):
        assert autre.get(adresse).status_code == 404
        assert lecteur.get(adresse).status_code == 200
    assert autre.get(f"/preuves/{commune}/fichiers/1/1").content == PDF
    for adresse in (f"/preuves/{sienne}/suppression", f"/preuves/{sienne}/fichiers/1/retrait"):
        assert autre.post(adresse).status_code == 404
    assert autre.get(f"/preuves/{commune}/modification").status_code == 404, "elle se lit, elle ne se change pas d'ici"
    assert lecteur.get("/preuves/nouvelle").status_code == 404


def test_une_preuve_a_fichier_retiree_de_la_grille_se_remet_d_un_geste(
    client: Client, acteur: Acteur, deposer: Deposer, formation_id: int
) -> None:
    preuve = deposer(acteur, citee=formation_id)
    retrait = f"/diplomes/{formation_id}/grille/preuves/{ELEMENT}/{preuve}/retrait"
    fragment = soupe(client.post(retrait, headers={"HX-Request": "true"}))
    (formulaire,) = fragment.select(".preuves__remettre")
    champs = {str(c["name"]): str(c["value"]) for c in formulaire.select("input") if c["name"] != "_csrf"}
    assert (champs["preuve"], champs["emplacement"]) == (str(preuve), "page 4")
    assert client.get(f"/preuves/{preuve}").status_code == 200, "elle reste dans la bibliothèque"
    assert client.post(str(formulaire["action"]), data=champs).status_code == 303
    assert "page 4" in client.get(f"/diplomes/{formation_id}/preuves").text
