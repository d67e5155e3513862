"""La page de la grille en dialogue : toute la charte sur une page, qui est là, ce qui est repris, les désaccords."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.chargement import charger_edition
from charte.commun.base import lignes, maintenant
from charte.concernes import charger_concernes
from charte.modeles import Formation
from grilles.arrete.services import CommandeArrete, arreter_grille
from grilles.modeles import Campagne, Presence, Reponse
from grilles.services import CommandePreuve, CommandeReponse, ajouter_preuve, enregistrer_reponse
from grilles.services.presence import OUBLI, presents, signaler
from tests.conftest import Client
from tests.grilles.conftest import creer_collegue
from tests.grilles.test_routes import soupe, texte, un

ELEMENT = "1.S1.1"


@pytest.fixture
def adresse(formation_id: int) -> str:
    return f"/diplomes/{formation_id}/grille"


@pytest.fixture
def du_cfa(base: BaseSQL, acteur: Acteur, formation_id: int) -> Acteur:
    with base.lecture() as session:
        cfa_id = session.get_one(Formation, formation_id).cfa_id
    mandat = Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa_id, Partie.CFA)
    return creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Rose du CFA", (mandat,))


def dire(base: BaseSQL, acteur: Acteur, formation_id: int, partie: Partie, etat: str, texte_: str = "") -> None:
    with base.ecriture() as session:
        commande = CommandeReponse(formation_id, ELEMENT, etat, "", texte_, partie=partie)
        enregistrer_reponse(session, acteur, commande)


def test_toute_la_grille_tient_sur_une_page(client: Client, adresse, base, acteur, formation_id) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu", "Vu en réunion.")
    lien = CommandePreuve(formation_id, ELEMENT, "Compte rendu", "https://a.invalid/cr", emplacement="page 4")
    with base.ecriture() as session:
        ajouter_preuve(session, acteur, lien)
    page = soupe(client.get(f"{adresse}?vue=entiere"))
    edition = charger_edition("2023-10")
    attendus = {ligne for poste in edition.postes for ligne in (*poste.engagements, *poste.exigences)}
    assert len(page.select("tr[data-ligne]")) == 52 + 23 + 18 > len(attendus)
    rang = texte(un(page, f"tr:has(a[href$='#e-{ELEMENT.replace('.', '-')}'])"))
    assert "Tenu" in rang
    assert "Vu en réunion." in rang
    assert "Compte rendu page 4" in rang


def test_une_preuve_perimee_se_voit_et_ne_compte_plus(client: Client, adresse, base, acteur, formation_id) -> None:
    hier = date.today() - timedelta(days=1)  # noqa: DTZ011
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu")
    lien = CommandePreuve(formation_id, ELEMENT, "Livret", "https://a.invalid/l", date_fin=hier)
    with base.ecriture() as session:
        ajouter_preuve(session, acteur, lien)
    page = soupe(client.get(f"{adresse}/1"))
    assert "Périmée depuis le" in texte(un(page, f"#preuves-e-{ELEMENT.replace('.', '-')}"))
    assert "(tenu, mais sa preuve ne vaut plus)" in texte(un(page, "#bilan"))


def test_une_reponse_reprise_se_confirme_d_un_geste(client: Client, adresse, base, acteur, formation_id) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu", "Repris.")
    with base.ecriture() as session:
        super(Session, session).execute(update(Reponse).values(a_confirmer=True))
    page = soupe(client.get(f"{adresse}/1?filtre=a_confirmer"))
    [ligne] = page.select("[data-ligne]")
    assert "Repris de l’an passé, à confirmer" in texte(ligne)
    assert "Confirmer et passer au suivant" in texte(ligne)
    assert "(repris de l’an passé, à confirmer)" in texte(un(page, "#bilan"))
    saisies = {"etat": "tenu", "motif": "", "commentaire": "Repris.", "version": "1"}
    assert client.post(f"{adresse}/reponses/{ELEMENT}", data=saisies).status_code == 303
    with base.lecture() as session:
        [(a_confirmer, version)] = lignes(
            session, Reponse.__table__.select().with_only_columns(col(Reponse.a_confirmer), col(Reponse.version))
        )
    assert (a_confirmer, version) == (False, 2)


def test_les_desaccords_se_filtrent_et_montrent_les_deux_textes(
    client: Client, adresse, base, acteur, du_cfa, formation_id
) -> None:
    dire(base, acteur, formation_id, Partie.ETABLISSEMENT, "tenu", "Comité réuni.")
    dire(base, du_cfa, formation_id, Partie.CFA, "non_tenu", "Jamais convié.")
    page = soupe(client.get(f"{adresse}/1?filtre=desaccords"))
    [ligne] = page.select("[data-ligne]")
    assert "CFA : non tenu" in texte(ligne)
    assert "Jamais convié." in texte(ligne)
    assert "Comité réuni." in texte(ligne)


def test_les_engagements_des_parties_sont_a_cote(client: Client, adresse) -> None:
    page = soupe(client.get(f"{adresse}/1"))
    portes = charger_concernes().engagements(ELEMENT)
    dits = texte(un(page, f"#e-{ELEMENT.replace('.', '-')} .ligne__engagements"))
    assert "lecture de l’outil" in dits
    assert [porte.id for porte in portes if porte.id not in dits] == []


def test_les_positions_closes_se_lisent_et_ne_s_ecrivent_plus(
    connecter: Callable[[Acteur], Client], adresse, base, acteur, du_cfa, formation_id
) -> None:
    dire(base, du_cfa, formation_id, Partie.CFA, "en_partie")
    with base.ecriture() as session:
        super(Session, session).execute(update(Campagne).values(etat="en_concertation"))
    client = connecter(du_cfa)
    page = client.get(f"{adresse}/1")
    assert "positions des parties sont closes" in page.text
    assert not soupe(page).select(".ligne__formulaire")
    saisies = {"etat": "tenu", "version": "1", "partie": "cfa"}
    refus = client.post(f"{adresse}/reponses/{ELEMENT}", data=saisies)
    assert (refus.status_code, "positions des parties sont closes" in refus.text) == (409, True)


def test_une_grille_arretee_montre_son_empreinte(client: Client, adresse, base, acteur, formation_id) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu")
    with base.ecriture() as session:
        scelle = arreter_grille(session, acteur, CommandeArrete(formation_id, instance="Conseil de mars"))
    for suite in ("", "/1", "?vue=entiere"):
        page = client.get(adresse + suite).text
        assert scelle.empreinte in page
        assert "Conseil de mars" in page


def test_chacun_voit_qui_d_autre_est_la_et_s_oublie(
    client: Client, connecter, adresse, base, acteur, du_cfa, formation_id
) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu")
    assert client.post(f"{adresse}/presence", data={"poste": "3"}).status_code == 200
    autre = connecter(du_cfa)
    fragment = autre.post(f"{adresse}/presence", data={"poste": ""})
    assert f"{acteur.nom} (poste 3)" in texte(soupe(fragment))
    assert acteur.nom in texte(un(soupe(autre.get(f"{adresse}/1")), ".presence"))
    with base.ecriture() as session:
        super(Session, session).execute(update(Presence).values(vu_le=maintenant() - OUBLI - timedelta(seconds=1)))
    with base.ecriture() as session:
        signaler(session, du_cfa, formation_id, None)
    with base.lecture() as session:
        assert presents(session, du_cfa, 1) == []
        assert len(lignes(session, Presence.__table__.select())) == 1


def test_une_presence_sur_la_grille_d_un_autre_repond_404(client: Client, adresse) -> None:
    assert client.post("/diplomes/999999/grille/presence", data={}).status_code == 404
    assert client.post(f"{adresse}/presence", data={"poste": "x"}).status_code == 404
