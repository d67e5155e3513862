"""Ce qu'un CFA voit, garde et remplace en déposant ; et ce qu'on a relu est ce qui se range."""

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from appli.base import BaseSQL
from appli.travaux import executer_en_attente
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from indicateurs.imports import reception
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import (
    FichierDepose,
    Lecture,
    deposer,
    enregistrer_examen,
    examiner,
    previsualiser,
)
from indicateurs.modeles import Depot
from indicateurs.sources.attaches import INE_PARTAGE
from indicateurs.sources.correspondance import Correspondance
from indicateurs.sources.modeles import CorrespondanceDeColonnes, Resultat
from indicateurs.sources.services.correspondances import (
    correspondance_de_meme_empreinte,
    correspondances_gardees,
    garder_la_correspondance,
    lire_correspondance,
)
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.imports.fabrique import ligne, uai
from tests.indicateurs.sources.test_depots_routes import CHOIX, LOCAL, envoyer, tout
from tests.indicateurs.sources.test_depots_services import APPRENTIS, fichier, ranger_dans
from tests.reserve import Client

IDENTITE = ("nom_apprenant", "prenom_apprenant", "date_de_naissance_apprenant")
AILLEURS = {"etablissement_responsable_uai": uai(990003), "etablissement_formateur_uai": uai(990004)}


def au_cfa(acteur: Acteur, cfa_id: int) -> Acteur:
    return replace(acteur, mandats=(sur_le_cfa(cfa_id),))


def sur_le_cfa(cfa_id: int) -> Mandat:
    return Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa_id, Partie.CFA)


def deux_cfas(session: Session, acteur: Acteur) -> tuple[int, int]:
    cfas = [Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA {nom}", uai=uai(990010 + rang))
            for rang, nom in enumerate(("du Nord", "du Sud"))]  # fmt: skip
    session.add_all(cfas)
    session.flush()
    return int(cfas[0].id or 0), int(cfas[1].id or 0)


def vers_la_colonne(titre: str) -> Correspondance:
    return Correspondance("heures", {"annee_scolaire": "Année", "heures_prevues": titre}, empreinte="e" * 64)


def test_une_correspondance_est_a_qui_l_a_faite(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session:
        nord, sud = deux_cfas(session, acteur)
        du_nord, du_sud = au_cfa(acteur, nord), au_cfa(acteur, sud)
        garder_la_correspondance(session, du_nord, "Export", vers_la_colonne("Nord"), nord)
        assert correspondance_de_meme_empreinte(session, acteur, "e" * 64) is None
        assert correspondance_de_meme_empreinte(session, du_sud, "e" * 64) is None
        garder_la_correspondance(session, acteur, "Export", vers_la_colonne("Tous"), nord)
        garder_la_correspondance(session, du_sud, "Export", vers_la_colonne("Sud"), sud)
        garder_la_correspondance(session, du_sud, "Export", vers_la_colonne("Sud 2"), sud)

        def vues(qui: Acteur) -> list[tuple[str, str]]:
            gardees = correspondances_gardees(session, qui)
            return [(g.cfa, g.correspondance.champs["heures_prevues"]) for g in gardees]

        def reconnue(qui: Acteur) -> str:
            gardee = correspondance_de_meme_empreinte(session, qui, "e" * 64)
            assert gardee is not None
            return gardee.correspondance.champs["heures_prevues"]

        assert vues(du_nord) == [("", "Tous"), ("CFA du Nord", "Nord")]
        assert vues(du_sud) == [("", "Tous"), ("CFA du Sud", "Sud 2")]
        assert vues(acteur) == [("", "Tous"), ("CFA du Nord", "Nord"), ("CFA du Sud", "Sud 2")]
        assert [reconnue(qui) for qui in (du_nord, du_sud, acteur)] == ["Nord", "Sud 2", "Tous"]
        au_nord = correspondances_gardees(session, du_nord)[1].id
        with pytest.raises(Introuvable):
            lire_correspondance(session, du_sud, au_nord)


def test_un_cfa_garde_la_sienne_par_la_page_et_laisse_celle_de_l_etablissement(
    client: Client, base: BaseSQL, connecter: Callable[[Acteur], Client], acteur: Acteur
) -> None:
    sienne = client.get(envoyer(client, LOCAL)).headers["location"]
    assert client.post(sienne, data={**CHOIX, "nom": "Export du jury"}).status_code == 303
    with base.ecriture() as session:
        nord, _ = deux_cfas(session, acteur)
    du_nord = connecter(creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Référent du Nord", (sur_le_cfa(nord),)))
    autre = LOCAL.replace(b"Session", b"Exercice")
    colonnes = du_nord.get(envoyer(du_nord, autre)).headers["location"]
    assert 'Export du jury</a> <span class="discret">(établissement)' in du_nord.get(colonnes).text
    choix = {**CHOIX, "colonne-annee_session": "Exercice", "nom": "Export du jury"}
    assert du_nord.post(colonnes, data=choix).status_code == 303
    gardees = tout(
        base, CorrespondanceDeColonnes.id, CorrespondanceDeColonnes.cfa_id, CorrespondanceDeColonnes.colonnes
    )
    assert [(cfa, colonnes["champs"]["annee_session"]) for _, cfa, colonnes in gardees] == [
        (None, "Session"), (nord, "Exercice"),
    ]  # fmt: skip


def test_un_refus_ne_dit_rien_a_un_cfa_de_l_apprenti_d_un_autre(
    base: BaseSQL, reglages: Reglages, acteur: Acteur
) -> None:
    """Un INE porté ici et ailleurs : le CFA n'y voit que le sien ; une identité connue ailleurs seulement, personne."""
    ranger = ranger_dans(base, reglages, acteur)
    ranger(APPRENTIS, ligne(1), ligne(2, ine_apprenant=ligne(1)["ine_apprenant"], **AILLEURS), ligne(3, **AILLEURS))
    with base.lecture() as session:
        cfas = dict(tuple(cfa) for cfa in lignes(session, select(col(Cfa.uai), col(Cfa.id))))
    examen_de = {"annee_session": "2025", "present": "OUI", "admis": "OUI"}
    par_ine = {"ine_apprenant": ligne(1)["ine_apprenant"], **examen_de}
    d_ailleurs = {**examen_de, **{nom: ligne(3)[nom] for nom in IDENTITE}, "ine_apprenant": ligne(1)["ine_apprenant"]}
    raisons = {}
    for qui in (acteur, au_cfa(acteur, cfas[uai(990001)])):
        with base.ecriture() as session:
            depot_id = deposer_et_examiner(session, reglages, qui, fichier("resultats", par_ine, d_ailleurs))
            raisons[qui] = [
                (r.ligne, r.raison) for r in previsualiser(session, qui, depot_id, Coffre.de(reglages)).refus
            ]
    etablissement, cfa = raisons.values()
    assert etablissement == [(2, INE_PARTAGE[0])]
    assert cfa == []


def deposer_et_examiner(session: Session, reglages: Reglages, qui: Acteur, octets: bytes) -> int:
    depose, lecture, coffre = FichierDepose("resultats.csv", octets), Lecture("resultats"), Coffre.de(reglages)
    depot_id = deposer(session, qui, depose, coffre, 30, lecture=lecture)
    enregistrer_examen(session, qui, depot_id, examiner(depose, reglages.cle_identite, lecture=lecture), coffre)
    return depot_id


def relu_autrement(client: Client, adresse: str, session_lue: str) -> str:
    """Fait lire le fichier autrement ; rend ce que la page à confirmer portait AVANT."""
    page = client.get(f"{adresse}/confirmation").text
    vue = re.search(r'name="vue" value="([0-9a-f]{64})"', page)
    assert vue is not None
    choix = {nom: valeur for nom, valeur in CHOIX.items() if nom != "colonne-annee_session"}
    assert client.post(f"{adresse}/colonnes", data={**choix, "fixe-annee_session": session_lue}).status_code == 303
    return vue[1]


@pytest.fixture
def a_confirmer(client: Client, base: BaseSQL, reglages: Reglages, acteur: Acteur) -> str:
    """L'adresse d'un dépôt de résultats, colonnes rapprochées : la session y est une colonne."""
    ranger_dans(base, reglages, acteur)(APPRENTIS, ligne(0))
    adresse = envoyer(client, LOCAL)
    assert client.post(f"{adresse}/colonnes", data=CHOIX).status_code == 303
    return adresse


def test_une_page_confirmee_apres_une_autre_lecture_se_relit(client: Client, base: BaseSQL, a_confirmer: str) -> None:
    vue = relu_autrement(client, a_confirmer, "2024")
    refus = client.post(f"{a_confirmer}/confirmation", data={"vue": vue})
    assert refus.status_code == 409
    assert "Rien n’a été rangé" in refus.text
    assert tout(base, Resultat.id) == []
    neuve = re.search(r'name="vue" value="([0-9a-f]{64})"', refus.text)
    assert neuve is not None
    assert client.post(f"{a_confirmer}/confirmation", data={"vue": neuve[1]}).status_code == 303
    assert tout(base, Resultat.annee) == [(2024,)]


def test_un_travail_confie_ne_range_que_ce_qui_a_ete_relu(
    client: Client, base: BaseSQL, reglages: Reglages, a_confirmer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "LIGNES_SUR_LE_CHAMP", 0)
    page = client.get(f"{a_confirmer}/confirmation").text
    vue = re.findall(r'name="vue" value="([0-9a-f]{64})"', page)[0]
    attente = client.post(f"{a_confirmer}/confirmation", data={"vue": vue}).headers["location"]
    relu_autrement(client, a_confirmer, "2024")
    executer_en_attente(base, reglages)
    dit = html.unescape(client.get(attente).text)
    assert "quelqu’un l’a fait lire autrement" in dit
    assert "Rien n’a été rangé" in dit
    assert (tout(base, Resultat.id), tout(base, Depot.id, Depot.etat)[-1][1]) == ([], "diagnostique")
    client.post(f"{a_confirmer}/confirmation")
    executer_en_attente(base, reglages)
    assert tout(base, Resultat.annee) == [(2024,)]
