"""Les pages des grilles : avec et sans htmx, conflits, saisies refusées, cloisonnement, textes hostiles."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import update
from sqlmodel import Session

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.chargement import charger_edition
from grilles.modeles import Campagne
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    ajouter_preuve,
    annee_courante,
    enregistrer_reponse,
    lire_grille,
)
from tests.conftest import Client

HTMX = {"HX-Request": "true"}
EDITION = charger_edition("2023-10")


def soupe(reponse: Any) -> BeautifulSoup:
    return BeautifulSoup(reponse.text, "html.parser")


def un(racine: BeautifulSoup | Tag, choix: str) -> Tag:
    trouves = racine.select(choix)
    assert len(trouves) == 1, f"{choix} : {len(trouves)} éléments"
    return trouves[0]


def texte(noeud: Tag) -> str:
    return " ".join(noeud.get_text(" ").split())


@pytest.fixture
def adresse(formation_id: int) -> str:
    return f"/diplomes/{formation_id}/grille"


@pytest.fixture
def ligne_en_base(base: BaseSQL, acteur: Acteur, formation_id: int) -> Callable[[str], Any]:
    def lire(element: str) -> Any:
        with base.lecture() as session:
            return lire_grille(session, acteur, formation_id).ligne(element)

    return lire


def repondre(client: Client, adresse: str, element: str = "1.S1.1", /, *, htmx: bool = True, **champs: Any) -> Any:
    saisies = {"etat": "tenu", "motif": "", "commentaire": "", "version": "0", **champs}
    return client.post(f"{adresse}/reponses/{element}", data=saisies, headers=HTMX if htmx else {})


def test_la_vue_d_ensemble_invite_a_commencer_puis_montre_ce_qui_manque(client, adresse) -> None:
    page = soupe(client.get(adresse))
    assert "Personne n’a encore répondu" in page.text
    commencer = client.post(adresse)
    assert (commencer.status_code, commencer.headers["location"]) == (303, f"{adresse}/1")
    page = soupe(client.get(adresse))
    assert "0 sur 41 engagements et exigences renseignés, 0 sur 52 actions" in texte(un(page, "main"))
    assert len(page.select(".grille-postes > li")) == 4
    assert "Il vous manque 5 engagements pour atteindre le socle" in texte(page)


@pytest.mark.parametrize("htmx", [True, False])
def test_une_reponse_peut_rester_sans_etat(client, adresse, ligne_en_base, htmx: bool) -> None:
    client.post(adresse)
    reponse = repondre(client, adresse, htmx=htmx, etat="", commentaire="À voir en comité.")
    assert reponse.status_code == (200 if htmx else 303)
    lue = ligne_en_base("1.S1.1")
    assert (lue.etat, lue.reponse.commentaire) == (None, "À voir en comité.")


def test_la_page_d_un_poste_porte_tout_le_texte_officiel(client, adresse) -> None:
    for poste in EDITION.postes:
        page = soupe(client.get(f"{adresse}/{poste.numero}"))
        attendus = [p.texte for p in (*poste.engagements, *poste.exigences)]
        for action in poste.actions:
            attendus += [action.texte, *(s.texte for s in action.sous_actions)]
        lus = [texte(n).split(" ", 1)[1].replace("’", "'") for n in page.select(".ligne__texte")]
        assert lus == [" ".join(a.split()).replace("’", "'") for a in attendus]
        assert len({n["id"] for n in page.select("[id]")}) == len(page.select("[id]"))
        assert all(n.get("open") is None for n in page.select("details.perimetre"))


def test_sans_script_la_reponse_est_rangee_et_mene_a_la_ligne_suivante(client, adresse, ligne_en_base) -> None:
    reponse = repondre(client, adresse, htmx=False, commentaire="Fait.\r\nVu.")
    assert (reponse.status_code, reponse.headers["location"]) == (303, f"{adresse}/1#e-1-S1-2")
    assert ligne_en_base("1.S1.1").commentaire == "Fait.\nVu."
    derniere = repondre(client, adresse, "1.3.4", htmx=False, etat="en_place")
    assert derniere.headers["location"] == f"{adresse}/1#fin"
    page = soupe(client.get(f"{adresse}/1"))
    assert un(page, "#e-1-S1-1 input[name=etat][checked]")["value"] == "tenu"


def test_avec_htmx_le_fragment_dit_l_heure_la_version_et_le_niveau(client, adresse) -> None:
    reponse = repondre(client, adresse)
    assert (reponse.status_code, reponse.headers["trajectoire-fragment"]) == (200, "1.S1.1")
    fragment = soupe(reponse)
    assert not fragment.select("html, main")
    assert un(fragment, "input[name=version]")["value"] == "1"
    assert texte(un(fragment, ".suivi__fait")).startswith("Enregistré à ")
    bilan = texte(un(fragment, "#bilan[hx-swap-oob]"))
    assert "Il vous manque 5 engagements" in bilan
    assert "(tenu, mais sans preuve)" in bilan
    assert "1 sur 7 renseignés" in texte(un(fragment, "#sommaire-grille[hx-swap-oob]"))


def test_le_poste_atteint_le_socle_a_l_ecran(client, adresse) -> None:
    for puce in EDITION.poste(4).engagements:
        repondre(client, adresse, puce.id)
    bilan = texte(un(soupe(client.get(f"{adresse}/4")), "#bilan"))
    assert bilan.startswith("En deçà du socle")
    assert "Il manque une preuve pour 4 engagements ou exigences tenus." in bilan
    for puce in EDITION.poste(4).engagements:
        citer(client, adresse, puce.id)
    bilan = texte(un(soupe(client.get(f"{adresse}/4")), "#bilan"))
    assert bilan.startswith("Socle")
    assert "Il vous manque 5 exigences pour atteindre la cible" in bilan


def test_sans_objet_sans_motif_garde_le_reste_de_la_saisie(client, adresse, ligne_en_base) -> None:
    saisie = {"etat": "sans_objet", "commentaire": "Un long commentaire"}
    page = soupe(repondre(client, adresse, htmx=False, **saisie))
    ligne = un(page, "#e-1-S1-1")
    assert un(ligne, "input[name=etat][checked]")["value"] == "sans_objet"
    assert un(ligne, "textarea[name=commentaire]").text == "Un long commentaire"
    assert "demande un motif" in texte(un(ligne, ".suivi__erreur"))
    assert un(ligne, "textarea[name=motif]")["aria-invalid"] == "true"
    refus = repondre(client, adresse, **saisie)
    assert (refus.status_code, refus.headers["trajectoire-fragment"]) == (422, "1.S1.1")
    assert ligne_en_base("1.S1.1").reponse.version == 0


@pytest.mark.parametrize(
    ("champs", "message"),
    [
        ({"etat": "parfait"}, "choisissez parmi"),
        ({"commentaire": "x" * 5001}, "5000 au plus"),
        ({"version": "-1"}, "0 au moins"),
        ({"version": "abc"}, "nombre entier attendu"),
    ],
)
def test_une_saisie_refusee_le_dit_et_reste_a_l_ecran(client, adresse, champs, message) -> None:
    reponse = repondre(client, adresse, htmx=False, **champs)
    assert reponse.status_code == 422
    ligne = un(soupe(reponse), "#e-1-S1-1")
    assert message in texte(un(ligne, ".suivi__erreur"))
    assert un(ligne, "textarea[name=commentaire]").text == champs.get("commentaire", "")


@pytest.fixture
def conflit(client, adresse, connecter, collegue) -> tuple[Client, dict[str, str]]:
    """Deux personnes ont ouvert la même ligne ; la collègue a rangé la première."""
    autre = connecter(collegue(Role.RESPONSABLE_FORMATION, "Dominique Lefort"))
    assert repondre(autre, adresse, etat="en_partie", commentaire="le sien").status_code == 200
    return client, {"etat": "tenu", "commentaire": "le mien", "version": "0"}


@pytest.mark.parametrize("htmx", [True, False])
def test_un_conflit_montre_les_deux_textes_et_n_ecrase_rien(conflit, adresse, ligne_en_base, htmx) -> None:
    client, saisie = conflit
    reponse = repondre(client, adresse, htmx=htmx, **saisie)
    assert reponse.status_code == 409
    panneau = un(soupe(reponse), ".conflit")
    assert "Dominique Lefort a répondu avant vous" in texte(panneau)
    sections = [texte(s) for s in panneau.select("section")]
    assert ["le mien" in sections[0], "Tenu" in sections[0]] == [True, True]
    assert ["le sien" in sections[1], "En partie" in sections[1]] == [True, True]
    assert un(panneau, "textarea").text == "le sien\nle mien"
    assert [b["value"] for b in panneau.select("button")] == ["mien", "sien", "fusion"]
    assert ligne_en_base("1.S1.1").commentaire == "le sien"


@pytest.mark.parametrize(
    ("resolution", "etat", "commentaire"),
    [("mien", "tenu", "le mien"), ("sien", "en_partie", "le sien"), ("fusion", "tenu", "les deux")],
)
def test_le_conflit_se_resout_comme_on_le_choisit(
    *, conflit, adresse, ligne_en_base, resolution, etat, commentaire
) -> None:
    client, saisie = conflit
    choix = {"resolution": resolution, "version_vue": "1", "commentaire_fusion": "les deux"}
    reponse = repondre(client, adresse, **saisie, **choix)
    assert (reponse.status_code, reponse.headers["hx-retarget"]) == (200, "#e-1-S1-1")
    assert un(soupe(reponse), "#e-1-S1-1 textarea[name=commentaire]").text == commentaire
    ligne = ligne_en_base("1.S1.1")
    assert (ligne.etat.cle, ligne.commentaire) == (etat, commentaire)


def test_une_resolution_perimee_redit_le_conflit_et_garde_le_texte_fusionne(
    conflit, adresse, connecter, acteur, ligne_en_base
) -> None:
    client, saisie = conflit
    repondre(connecter(acteur), adresse, etat="en_partie", commentaire="encore un autre", version="1")
    choix = {"resolution": "fusion", "version_vue": "1", "commentaire_fusion": "les deux"}
    reponse = repondre(client, adresse, htmx=False, **saisie, **choix)
    assert reponse.status_code == 409
    assert un(soupe(reponse), "#e-1-S1-1 textarea[name=commentaire]").text == "les deux"
    assert ligne_en_base("1.S1.1").commentaire == "encore un autre"


def test_un_texte_hostile_reste_du_texte(client, adresse) -> None:
    hostile = "</textarea><script>alert(1)</script><img src=x onerror=alert(2)>"
    repondre(client, adresse, etat="sans_objet", motif=hostile, commentaire=hostile)
    page = soupe(client.get(f"{adresse}/1"))
    ligne = un(page, "#e-1-S1-1")
    assert not ligne.select("script, img")
    assert un(ligne, "textarea[name=commentaire]").text == hostile
    assert {s["src"].rsplit("/", 1)[1] for s in page.select("script")} == {"htmx.min.js", "grille.js"}
    assert not page.select("[style], [onclick]")


def test_un_texte_hostile_reste_du_texte_dans_un_conflit(conflit, adresse) -> None:
    client, saisie = conflit
    reponse = repondre(client, adresse, **{**saisie, "commentaire": "<script>alert(1)</script>"})
    assert not soupe(reponse).select("script")


def citer(client: Client, adresse: str, element: str = "1.S1.1", /, *, htmx: bool = True, **champs: str) -> Any:
    saisies = {"titre": "Compte rendu", "adresse": "https://exemple.invalid/cr.pdf", "date_effet": "", **champs}
    return client.post(f"{adresse}/preuves/{element}", data=saisies, headers=HTMX if htmx else {})


def test_une_preuve_s_ajoute_se_retire_et_se_remet(client, adresse, ligne_en_base) -> None:
    repondre(client, adresse)
    fragment = soupe(citer(client, adresse, date_effet="12/03/2026"))
    lien = un(fragment, ".preuves__liste a")
    assert (lien["href"], lien["rel"]) == ("https://exemple.invalid/cr.pdf", ["external", "noopener", "noreferrer"])
    assert "effet le 12 mars 2026" in texte(un(fragment, ".preuves__liste"))
    retrait = un(fragment, ".preuves__liste form")["action"]
    fragment = soupe(client.post(retrait, headers=HTMX))
    assert ligne_en_base("1.S1.1").preuves == ()
    remise = un(fragment, ".preuves__remettre")
    saisies = {c["name"]: c["value"] for c in remise.select("input")}
    assert client.post(remise["action"], data=saisies, headers=HTMX).status_code == 200
    (preuve,) = ligne_en_base("1.S1.1").preuves
    assert (preuve.titre, str(preuve.date_effet)) == ("Compte rendu", "2026-03-12")


def test_sans_script_la_preuve_ramene_a_sa_ligne(client, adresse) -> None:
    assert citer(client, adresse, htmx=False).headers["location"] == f"{adresse}/1#e-1-S1-1"


@pytest.mark.parametrize(
    ("champs", "message"),
    [
        ({"adresse": "javascript:alert(1)"}, "doit commencer par https://"),
        ({"adresse": "JaVaScRiPt://exemple.invalid/%0aalert(1)"}, "doit commencer par https://"),
        ({"adresse": "data:text/html,<script>alert(1)</script>"}, "doit commencer par https://"),
        ({"adresse": "www.exemple.invalid/livret.pdf"}, "doit commencer par https://"),
        ({"adresse": "file:///etc/passwd"}, "doit commencer par https://"),
        ({"adresse": "https://"}, "doit commencer par https://"),
        ({"adresse": "http://[::1"}, "doit commencer par https://"),
        ({"adresse": "https://exemple.invalid/a b"}, "doit commencer par https://"),
        ({"adresse": "https://moi:secret@exemple.invalid/"}, "retirez ce qui précède « @ »"),
        ({"adresse": ""}, "Collez l’adresse"),
        ({"titre": " "}, "Donnez un titre"),
        ({"date_effet": "31/02/2026"}, "n’est pas une date"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_une_preuve_douteuse_est_refusee_et_rendue_telle_quelle(
    *, client, adresse, ligne_en_base, champs, message, htmx
) -> None:
    reponse = citer(client, adresse, htmx=htmx, **champs)
    assert reponse.status_code == 422
    bloc = un(soupe(reponse), "#preuves-e-1-S1-1")
    assert message in texte(un(bloc, ".suivi__erreur"))
    for nom, valeur in champs.items():
        assert un(bloc, f".preuves__ajout input[name={nom}]")["value"] == valeur
    assert ligne_en_base("1.S1.1").preuves == ()


def test_les_filtres_ne_gardent_que_ce_qui_reste(client, adresse) -> None:
    repondre(client, adresse, "1.S1.1")
    repondre(client, adresse, "1.S1.2", etat="non_tenu")
    a_faire = [n["id"] for n in soupe(client.get(f"{adresse}/1?filtre=a_faire")).select("[data-ligne]")]
    assert len(a_faire) == 20
    assert "e-1-S1-1" not in a_faire
    sans_preuve = soupe(client.get(f"{adresse}/1?filtre=sans_preuve"))
    assert [n["id"] for n in sans_preuve.select("[data-ligne]")] == ["e-1-S1-1"]
    citer(client, adresse)
    assert "Aucune ligne de ce poste n’est dans ce cas" in client.get(f"{adresse}/1?filtre=sans_preuve").text
    assert len(soupe(client.get(f"{adresse}/1?filtre=inconnu")).select("[data-ligne]")) == 22


def test_un_lecteur_lit_sans_rien_pouvoir_ecrire(client, adresse, connecter, collegue, ligne_en_base) -> None:
    repondre(client, adresse, "1.S1.1", commentaire="Fait.")
    lecteur = connecter(collegue(Role.LECTEUR, "Sacha Noël"))
    page = soupe(lecteur.get(f"{adresse}/1"))
    assert "Fait." in texte(un(page, "#e-1-S1-1"))
    assert not page.select("main form, main textarea")
    assert not soupe(lecteur.get(adresse)).select("main form")
    for reponse in (repondre(lecteur, adresse, etat="non_tenu", version="1"), citer(lecteur, adresse)):
        assert reponse.status_code == 404
    assert (lecteur.post(adresse).status_code, ligne_en_base("1.S1.1").etat.cle) == (404, "tenu")


def test_un_autre_etablissement_trouve_la_meme_page_que_rien(client, adresse, connecter, autre_acteur) -> None:
    repondre(client, adresse)
    etranger = connecter(autre_acteur)
    rien = etranger.get("/diplomes/999999/grille")
    for page in (etranger.get(adresse), etranger.get(f"{adresse}/1")):
        assert (page.status_code, page.text.replace(adresse, "")) == (
            404,
            rien.text.replace("/diplomes/999999/grille", ""),
        )
    for ecriture in (etranger.post(adresse), repondre(etranger, adresse), citer(etranger, adresse)):
        assert ecriture.status_code == 404


@pytest.mark.parametrize(
    "suite", ["/5", "/0", "/1?annee=1999", "/reponses/1.1", "/reponses/1.S1.99", "/reponses/x", "/preuves/7.S1.1"]
)
def test_ce_qui_n_existe_pas_est_introuvable(client, adresse, suite) -> None:
    ecriture = "/reponses/" in suite or "/preuves/" in suite
    valables = {"etat": "tenu", "titre": "t", "adresse": "https://exemple.invalid"}
    page = client.post(adresse + suite, data=valables) if ecriture else client.get(adresse + suite)
    assert page.status_code == 404


def test_une_requete_sans_jeton_est_refusee(client, adresse, ligne_en_base) -> None:
    del client.headers["X-CSRF-Token"]
    assert repondre(client, adresse).status_code == 403
    assert ligne_en_base("1.S1.1").reponse.version == 0


def test_sans_session_la_page_mene_a_la_connexion(client_anonyme, adresse) -> None:
    reponse = client_anonyme.get(adresse)
    assert reponse.status_code == 303
    assert reponse.headers["location"].startswith("/connexion?suite=")


@pytest.mark.parametrize("htmx", [True, False])
def test_une_campagne_arretee_se_lit_et_refuse_d_ecrire(client, adresse, base, ligne_en_base, htmx) -> None:
    repondre(client, adresse)
    with base.ecriture() as session:
        super(Session, session).execute(update(Campagne).values(etat="arretee"))
    for reponse in (
        repondre(client, adresse, htmx=htmx, etat="non_tenu", version="1"),
        citer(client, adresse, htmx=htmx),
    ):
        assert reponse.status_code == 409
    page = soupe(client.get(f"{adresse}/1"))
    assert "est arrêtée" in texte(un(page, "main"))
    assert not page.select("main form")
    assert ligne_en_base("1.S1.1").etat.cle == "tenu"


def test_l_annee_passee_se_lit_et_se_compare(client, adresse, base, acteur, formation_id) -> None:
    avant = annee_courante() - 1
    with base.ecriture() as session:
        for puce in EDITION.poste(4).engagements:
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, puce.id, "tenu", annee=avant))
            lien = CommandePreuve(formation_id, puce.id, "Livret", "https://a.invalid/livret", annee=avant)
            ajouter_preuve(session, acteur, lien)
    assert "L’an passé : socle." in texte(soupe(client.get(adresse)))
    page = soupe(client.get(f"{adresse}/4?annee={avant}"))
    assert {c["value"] for c in page.select("input[name=annee]")} == {str(avant)}
    assert repondre(client, adresse, "4.C1.1", htmx=False, annee=str(avant)).headers["location"] == (
        f"{adresse}/4?annee={avant}#e-4-C1-2"
    )


def test_une_premiere_auto_evaluation_tient_en_peu_de_gestes(client, adresse) -> None:
    """Clavier : un chiffre puis « j » par ligne ; souris : un clic par ligne ; plus une page par poste."""
    assert client.post(adresse).status_code == 303
    gestes = 1
    for poste in EDITION.postes:
        page = soupe(client.get(f"{adresse}/{poste.numero}"))
        puces = page.select(".groupe--socle [data-ligne], .groupe--cible [data-ligne]")
        assert all(len(n.select("input[name=etat]")) == 5 for n in puces)
        gestes += len(puces) + (1 if page.select_one("#fin a[rel=next]") else 0)
    assert gestes == 1 + 41 + 3


def test_un_formulaire_par_ligne_dit_a_qui_il_s_adresse(client, adresse) -> None:
    for formulaire in soupe(client.get(f"{adresse}/2")).select(".ligne__formulaire"):
        assert formulaire["action"].split("#")[0] == formulaire["hx-post"]
        assert formulaire["method"] == "post"
        assert un(formulaire, "input[name=_csrf]")["value"]
        assert un(formulaire, "button[type=submit]").text == "Enregistrer et passer au suivant"
