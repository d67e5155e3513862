"""Le lien d'avis, du formulaire de qui demande au merci de qui répond ; et ce qu'un malveillant en tire."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update
from sqlmodel import col

from appli.avis.laissez_passer import DUREE, lire, signer
from appli.base import BaseSQL
from appli.comptes.envoi import ouvrir_la_lettre
from appli.modeles import CourrielSortant, TentativeConnexion
from charte.acteur import Acteur, Role
from charte.commun.base import lignes, maintenant
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from grilles.avis.modeles import Avis, DemandeAvis
from grilles.avis.services import aujourd_hui
from grilles.modeles import Campagne
from tests.conftest import CLE, Client, jeton_de

ADRESSE = "camille@apprentis.invalid"
CODE = re.compile(r'<code class="code-a-remettre">([\w-]{43})</code>')
QUESTIONS = ("1.S1.1", "3.S1.1")


def saisie(**change: Any) -> dict[str, Any]:
    """Ce que remplit qui demande un avis."""
    echeance = (aujourd_hui() + timedelta(days=9)).isoformat()
    return {
        "public": "apprentis",
        "repere": "délégué de M2",
        "elements": list(QUESTIONS),
        "echeance": echeance,
    } | change


@pytest.fixture
def avis(formation_id: int) -> str:
    """La page des avis d'un diplôme."""
    return f"/diplomes/{formation_id}/avis"


@pytest.fixture
def code(client: Client, avis: str) -> str:
    """Le secret d'un lien, tel que montré une fois."""
    trouve = CODE.search(client.post(avis + "/demande", data=saisie()).text)
    assert trouve
    return trouve[1]


def soupe(reponse: Any) -> BeautifulSoup:
    return BeautifulSoup(reponse.text, "html.parser")


def montrer(telephone: Client, code: str) -> Any:
    """Ouvre /avis puis y montre le code, comme sans JavaScript."""
    telephone.headers["X-CSRF-Token"] = jeton_de(telephone.get("/avis").text)
    return telephone.post("/avis", data={"jeton": code})


def repondre(telephone: Client, **champs: str) -> Any:
    """Remplit la page telle qu'elle est, avec ces réponses en plus : `etat_1_S1_1="tenu"`."""
    page = soupe(telephone.get("/avis/reponses"))
    caches = {str(c["name"]): str(c["value"]) for c in page.select(".questions input[type=hidden]")}
    return telephone.post("/avis/reponses", data=caches | {nom.replace("_", "-"): v for nom, v in champs.items()})


def rangees(base: BaseSQL) -> list[tuple[str, str, str]]:
    with base.lecture() as session:
        requete = select(col(Avis.element), col(Avis.etat), col(Avis.commentaire)).order_by(col(Avis.element))
        return [(element, etat, texte) for element, etat, texte in lignes(session, requete)]


def test_le_formulaire_coche_d_avance_ce_que_ce_public_peut_avoir_vu(client: Client, avis: str) -> None:
    cochees = {}
    for public in ("apprentis", "employeurs"):
        page = soupe(client.get(f"{avis}/demande?public={public}"))
        cases = page.select("input[name=elements]")
        assert len(cases) == 93
        cochees[public] = {case["value"] for case in cases if case.has_attr("checked")}
        assert "lecture de l’outil" in page.text
    assert "3.S1.8" in cochees["apprentis"] - cochees["employeurs"]
    assert "3.1.1" in cochees["employeurs"] - cochees["apprentis"]


@pytest.mark.parametrize(
    ("change", "champ", "dit"),
    [
        ({"repere": ""}, "repere", "Donnez un repère"),
        ({"courriel": "camille"}, "courriel", "Cette adresse ne se lit pas"),
        ({"echeance": ""}, "echeance", "Donnez la date"),
        ({"echeance": "2020-01-01"}, "echeance", "passée"),
        ({"elements": []}, "elements", "Cochez au moins un élément"),
        ({"elements": ["9.9.9"]}, "elements", "n’est pas de la charte"),
        ({"elements": [f"{n}.1" for n in range(41)]}, "elements", "40 au plus"),
        ({"public": "voisins"}, "public", ""),
    ],
)
def test_une_demande_refusee_garde_ce_qui_est_tape(
    *, client: Client, base: BaseSQL, avis: str, change: dict[str, Any], champ: str, dit: str
) -> None:
    reponse = client.post(avis + "/demande", data=saisie(**change))
    assert reponse.status_code == 422
    page = soupe(reponse)
    assert dit in page.select_one("#resume-erreurs").text.replace("\u202f", " ")  # type: ignore[union-attr]
    assert champ == "public" or page.select_one(f"#{champ}")
    if champ != "repere":
        assert page.select_one("#repere")["value"] == "délégué de M2"  # type: ignore[index]
    with base.lecture() as session:
        assert lignes(session, select(col(DemandeAvis.id))) == []


def test_du_code_remis_a_la_main_jusqu_au_merci(
    client: Client, base: BaseSQL, avis: str, code: str, client_anonyme: Client
) -> None:
    echange = montrer(client_anonyme, code)
    assert (echange.status_code, echange.headers["location"]) == (303, "/avis/reponses")
    page = soupe(client_anonyme.get("/avis/reponses"))
    assert "Université des Quatre-Vents" in page.text
    assert "Un livret d’apprentissage" in page.text
    assert "N’écrivez aucun nom" in page.text
    assert "délégué de M2" not in page.text
    fait = repondre(client_anonyme, etat_1_S1_1="tenu", etat_3_S1_1="non_tenu", commentaire_3_S1_1="Jamais reçu.")
    assert (fait.status_code, fait.headers["location"]) == (303, "/avis/merci")
    assert "2 réponses enregistrées" in client_anonyme.get("/avis/merci").text.replace("\u00a0", " ")
    assert rangees(base) == [("1.S1.1", "tenu", ""), ("3.S1.1", "non_tenu", "Jamais reçu.")]
    repondre(client_anonyme, etat_1_S1_1="en_partie", etat_3_S1_1="non_tenu", commentaire_3_S1_1="Jamais reçu.")
    assert rangees(base)[0] == ("1.S1.1", "en_partie", "")
    lue = client.get(avis).text
    assert "Apprentis (1)" in lue.replace("\u00a0", " ")
    assert "Jamais reçu." in lue
    assert client_anonyme.post("/avis/fin").status_code == 303
    assert client_anonyme.get("/avis/reponses").headers["location"] == "/avis"


def test_qui_ne_fait_que_lire_voit_les_avis_sans_repere_ni_geste(
    connecter: Callable[[Acteur], Client], collegue: Callable[[Role, str], Acteur], avis: str, code: str
) -> None:
    lecteur = connecter(collegue(Role.LECTEUR, "Lise Lectrice"))
    page = lecteur.get(avis)
    assert page.status_code == 200
    assert "délégué de M2" not in page.text
    assert not soupe(page).select("main form")
    assert lecteur.get(avis + "/demande").status_code == 404
    assert lecteur.post(avis + "/demande", data=saisie()).status_code == 404


def test_avec_du_courrier_le_lien_part_scelle_et_ne_se_montre_pas(
    client: Client, base: BaseSQL, reglages: Reglages, avis: str, client_anonyme: Client
) -> None:
    regles = replace(reglages, demonstration=True, adresse_publique="https://qualite.example")
    client.app.state.reglages = regles
    reponse = client.post(avis + "/demande", data=saisie(courriel=ADRESSE))
    assert (reponse.status_code, reponse.headers["location"]) == (303, avis + "?fait=envoi")
    with base.lecture() as session:
        requete = select(*(col(c) for c in (CourrielSortant.id, CourrielSortant.contenu, CourrielSortant.compte_id)))
        ((numero, contenu, compte),) = lignes(session, requete)
    assert (compte, ADRESSE.encode() in contenu) == (None, False)
    lettre = ouvrir_la_lettre(regles, numero, contenu)
    assert lettre is not None
    assert (lettre.pour, lettre.corps.startswith("Bonjour,\n")) == (ADRESSE, True)
    trouve = re.search(r"https://qualite\.example/avis#([\w-]{43})\n", lettre.corps)
    assert trouve
    assert montrer(client_anonyme, trouve[1]).status_code == 303
    repondre(client_anonyme, etat_1_S1_1="tenu")
    with base.lecture() as session:
        assert lignes(session, select(col(DemandeAvis.courriel)))[0][0] is None


def test_renouveler_montre_un_autre_code_et_retirer_ferme_le_lien(
    client: Client, base: BaseSQL, avis: str, code: str, client_anonyme: Client
) -> None:
    assert montrer(client_anonyme, code).status_code == 303
    repondre(client_anonyme, etat_1_S1_1="tenu")
    with base.lecture() as session:
        numero = lignes(session, select(col(DemandeAvis.id)))[0][0]
    trouve = CODE.search(client.post(f"{avis}/{numero}/renouvellement").text)
    assert trouve
    assert client_anonyme.get("/avis/reponses").headers["location"] == "/avis", "l'ancien laissez-passer est mort"
    assert montrer(client_anonyme, code).status_code == 422
    assert montrer(client_anonyme, trouve[1]).status_code == 303
    assert client.post(f"{avis}/{numero}/retrait").headers["location"] == avis + "?fait=retrait"
    assert repondre_de_force(client_anonyme).status_code == 422
    assert "Apprentis (1)" not in client.get(avis + "?fait=retrait").text


def repondre_de_force(telephone: Client) -> Any:
    """Envoie une réponse sans relire la page."""
    return telephone.post("/avis/reponses", data={"etat-1-S1-1": "non_tenu", "version-1-S1-1": "1"})


def test_le_code_n_est_ni_dans_une_adresse_ni_dans_le_journal_ni_dans_une_trace(
    client: Client, base: BaseSQL, code: str, client_anonyme: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        montrer(client_anonyme, code)
        montrer(client_anonyme, code[:-1] + "_")
        repondre(client_anonyme, etat_1_S1_1="tenu", commentaire_1_S1_1="texte à moi")
    assert code not in caplog.text
    assert "texte à moi" not in caplog.text
    assert code not in str(dict(client_anonyme.cookies))
    with base.lecture() as session:
        colonnes = (EntreeJournal.auteur, EntreeJournal.acte, EntreeJournal.avant, EntreeJournal.apres)
        journal = str(lignes(session, select(*(col(c) for c in colonnes))))
        assert not [t for t in (code, "texte à moi", "délégué de M2") if t in journal]
        assert code not in str(lignes(session, select(DemandeAvis.__table__)))  # type: ignore[attr-defined]


@pytest.mark.parametrize("quand", ["inconnu", "echu", "retire", "vide", "enorme"])
def test_un_code_qui_ne_vaut_plus_a_toujours_la_meme_reponse(
    *, base: BaseSQL, code: str, client_anonyme: Client, quand: str
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "echu": {"echeance": aujourd_hui() - timedelta(days=1)}, "retire": {"retire_le": maintenant()},
    }  # fmt: skip
    if quand in changes:
        with base.ecriture() as session:
            session.execute(update(DemandeAvis).values(**changes[quand]))
    montre = {"inconnu": "x" * 43, "vide": "", "enorme": "x" * 5000}.get(quand, code)
    reponse = montrer(client_anonyme, montre)
    page = soupe(reponse)
    for cache in page.select("input[type=hidden]"):
        cache.decompose()
    assert reponse.status_code == 422
    assert "Ce code n’est pas le bon, ou son lien ne vaut plus" in page.text
    assert "trajectoire-avis" not in client_anonyme.cookies
    assert not page.select("#jeton[value]:not([value=''])")


def test_apres_l_echeance_un_laissez_passer_et_une_page_ouverte_ne_servent_plus(
    base: BaseSQL, code: str, client_anonyme: Client
) -> None:
    montrer(client_anonyme, code)
    with base.ecriture() as session:
        session.execute(update(DemandeAvis).values(echeance=aujourd_hui() - timedelta(days=1)))
    assert client_anonyme.get("/avis/reponses").headers["location"] == "/avis"
    assert client_anonyme.get("/avis/merci").headers["location"] == "/avis"
    assert repondre_de_force(client_anonyme).status_code == 422
    assert rangees(base) == []


def test_un_avis_clos_le_dit_et_garde_ce_qui_etait_dit(base: BaseSQL, code: str, client_anonyme: Client) -> None:
    montrer(client_anonyme, code)
    repondre(client_anonyme, etat_1_S1_1="tenu")
    with base.ecriture() as session:
        session.execute(update(Campagne).values(etat="en_concertation"))
    page = client_anonyme.get("/avis/reponses")
    assert "les avis sont clos" in page.text
    assert not soupe(page).select(".questions")
    assert repondre_de_force(client_anonyme).status_code == 409
    assert rangees(base) == [("1.S1.1", "tenu", "")]


def test_des_elements_ajoutes_a_la_main_ne_se_rangent_pas(base: BaseSQL, code: str, client_anonyme: Client) -> None:
    montrer(client_anonyme, code)
    autres = {"etat_1_S1_2": "non_tenu", "etat_4_S1_1": "tenu", "version_4_S1_1": "0", "demande_id": "99"}
    repondre(client_anonyme, etat_1_S1_1="tenu", **autres)
    assert rangees(base) == [("1.S1.1", "tenu", "")]


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({}, "Répondez à une question au moins"),
        ({"commentaire_1_S1_1": "sans réponse"}, "Choisissez une réponse"),
        ({"etat_1_S1_1": "sans_objet"}, "valeur"),
        ({"etat_1_S1_1": "tenu", "commentaire_1_S1_1": "x" * 2001}, "2000 au plus"),
        ({"etat_1_S1_1": "tenu", "version_1_S1_1": "-1"}, "0 au moins"),
    ],
)
def test_une_reponse_refusee_reste_a_l_ecran(
    *, base: BaseSQL, code: str, client_anonyme: Client, champs: dict[str, str], dit: str
) -> None:
    montrer(client_anonyme, code)
    reponse = repondre(client_anonyme, etat_3_S1_1="", **champs)
    assert reponse.status_code == 422
    page = soupe(reponse)
    assert page.select_one("#resume-erreurs")
    assert page.select_one("#commentaire-1-S1-1").text == champs.get("commentaire_1_S1_1", "")  # type: ignore[union-attr]
    assert rangees(base) == []
    assert dit in page.text.replace("\u202f", " ") or dit == "valeur"


def test_deux_fenetres_la_seconde_garde_son_texte_et_choisit(base: BaseSQL, code: str, client_anonyme: Client) -> None:
    montrer(client_anonyme, code)
    repondre(client_anonyme, etat_1_S1_1="tenu")
    ancienne = {"etat-1-S1-1": "non_tenu", "commentaire-1-S1-1": "mon texte", "version-1-S1-1": "0"}
    reponse = client_anonyme.post("/avis/reponses", data=ancienne)
    assert reponse.status_code == 409
    page = soupe(reponse)
    assert "depuis une autre fenêtre" in page.text
    assert page.select_one("#commentaire-1-S1-1").text == "mon texte"  # type: ignore[union-attr]
    version = page.select_one("input[name=version-1-S1-1]")
    assert version is not None
    assert version["value"] == "1"
    assert client_anonyme.post("/avis/reponses", data={**ancienne, "version-1-S1-1": "1"}).status_code == 303
    assert rangees(base) == [("1.S1.1", "non_tenu", "mon texte")]


def test_deviner_est_freine_par_navigateur_puis_par_adresse(
    base: BaseSQL, code: str, client_anonyme: Client, navigateur: Callable[[], Client]
) -> None:
    statuts = [montrer(client_anonyme, f"{rang:043}").status_code for rang in range(7)]
    assert statuts == [422] * 5 + [429] * 2
    assert montrer(client_anonyme, code).status_code == 429
    autre = navigateur()
    assert montrer(autre, code).status_code == 303, "le voisin de la même adresse n'est pas enfermé dehors"
    essais = 0
    for _ in range(9):
        autre.cookies.clear()  # sans témoin, c'est un autre navigateur
        essais += sum(montrer(autre, f"{rang:043}").status_code == 422 for rang in range(5))
    assert essais < 40, "changer de navigateur ne rend pas tous ses essais"
    with base.lecture() as session:
        assert not [e for (e,) in lignes(session, select(col(TentativeConnexion.empreinte))) if code in e]


def test_un_laissez_passer_ne_se_forge_pas_et_ne_dure_pas(base: BaseSQL, code: str, client_anonyme: Client) -> None:
    with base.lecture() as session:
        empreinte = lignes(session, select(col(DemandeAvis.jeton)))[0][0]
    instant = maintenant()
    bon = signer(CLE, empreinte, instant)
    assert lire(CLE, bon, instant) == empreinte
    assert lire(CLE, bon, instant + DUREE) is None
    faux = [
        signer(b"z" * 32, empreinte, instant),
        f"0.{empreinte}.{bon.rpartition('.')[2]}",
        empreinte,
        code,
        "",
        bon + "0",
    ]
    assert [lire(CLE, cookie, instant) for cookie in (*faux, None)] == [None] * 7
    for cookie in filter(None, faux):
        client_anonyme.cookies.set("trajectoire-avis", cookie, domain="testserver.local")
        assert client_anonyme.get("/avis/reponses").headers["location"] == "/avis"
    client_anonyme.cookies.set("trajectoire-avis", bon, domain="testserver.local")
    assert client_anonyme.get("/avis/reponses").status_code == 200


def test_sans_jeton_de_formulaire_rien_ne_se_range(base: BaseSQL, code: str, client_anonyme: Client) -> None:
    montrer(client_anonyme, code)
    del client_anonyme.headers["X-CSRF-Token"]
    assert repondre_de_force(client_anonyme).status_code == 403
    assert client_anonyme.post("/avis", data={"jeton": code}).status_code == 403
    assert rangees(base) == []


def test_le_lien_d_un_autre_etablissement_ne_mene_qu_a_ses_questions(
    base: BaseSQL, code: str, client_anonyme: Client, connecter: Callable[[Acteur], Client], autre_acteur: Acteur
) -> None:
    voisin = connecter(autre_acteur)
    with base.lecture() as session:
        numero, grille = lignes(session, select(col(DemandeAvis.id), col(DemandeAvis.grille_id)))[0]
    for ou in (f"/diplomes/{grille}/avis/{numero}/retrait", f"/diplomes/{grille}/avis/{numero}/renouvellement"):
        assert voisin.post(ou).status_code == 404
    reponse = voisin.post("/avis", data={"jeton": code})
    assert reponse.status_code == 303, "connecté ailleurs, on peut aussi être invité à donner un avis"
    assert "Université des Quatre-Vents" in voisin.get("/avis/reponses").text


def test_un_texte_hostile_reste_du_texte(client: Client, avis: str, code: str, client_anonyme: Client) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    montrer(client_anonyme, code)
    repondre(client_anonyme, etat_1_S1_1="tenu", commentaire_1_S1_1=hostile)
    for page in (client_anonyme.get("/avis/reponses"), client.get(avis)):
        assert hostile in soupe(page).text
        assert not soupe(page).select("main script, [style]")
