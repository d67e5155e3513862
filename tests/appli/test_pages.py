"""L'accueil, les diplômes, le journal et la ligne de commande, sur de petites bases."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient
from sqlalchemy import update
from sqlmodel import col

from appli.base import BaseSQL
from appli.commandes import principale
from appli.modeles import MandatTenu
from appli.tableau import lire_tableau_de_bord
from charte.acteur import Acteur, Role
from charte.commun.base import exiger_id
from charte.commun.journal import journaliser
from charte.modeles import Cfa, Formation
from grilles.services import ouvrir_grille
from indicateurs.modeles import Depot
from tests.conftest import MOT_DE_PASSE, Client, jeton_de, se_connecter

LIBELLE = "BUT <Essai> & contrôle"


@pytest.fixture
def formation_id(base: BaseSQL, acteur: Acteur) -> int:
    """Une formation de l'établissement de l'acteur."""
    return _formation(base, acteur, "but-essai")


def _formation(base: BaseSQL, acteur: Acteur, code: str) -> int:
    with base.ecriture() as session:
        cfa = Cfa(etablissement_id=acteur.etablissement_id, nom="CFA d'essai", uai="0000000A")
        session.add(cfa)
        session.flush()
        formation = Formation(
            etablissement_id=acteur.etablissement_id,
            cfa_id=exiger_id(cfa.id),
            code=code,
            libelle=LIBELLE,
            rncp="RNCP00001",
            uai_formateur="0000000A",
        )
        session.add(formation)
        session.flush()
        return exiger_id(formation.id)


def test_une_base_vide_dit_le_premier_geste(client: Client) -> None:
    accueil = client.get("/").text
    assert 'href="/depots"><strong>Déposer un premier fichier</strong>' in accueil
    assert "Aucun diplôme pour l’instant" in accueil
    assert "Aucun diplôme encore" in client.get("/diplomes").text


def test_le_plus_pressant_vient_d_abord_et_cinq_gestes_au_plus(
    base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    ancien = datetime(2020, 1, 1, tzinfo=UTC)
    with base.ecriture() as session:
        for rang, etat in enumerate(["diagnostique"] * 6 + ["confirme"]):
            session.add(
                Depot(
                    etablissement_id=acteur.etablissement_id, auteur=acteur.nom, nom_fichier=f"f{rang}.csv",
                    empreinte="0" * 64, taille=1, depose_le=ancien, purger_le=ancien.date(), etat=etat,
                    confirme_le=ancien if etat == "confirme" else None,
                )
            )  # fmt: skip
    with base.lecture() as session:
        tableau = lire_tableau_de_bord(session, acteur)
    assert len(tableau.a_faire) == 5
    assert {geste.quoi.split(" «")[0] for geste in tableau.a_faire} == {"Confirmer le dépôt"}
    assert tableau.dernier_depot is not None


def test_les_diplomes_montrent_leur_niveau_et_echappent_leur_nom(
    client: Client, base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    liste = client.get("/diplomes").text
    assert "BUT &lt;Essai&gt; &amp; contrôle" in liste
    assert "grille pas commencée" in liste
    with base.ecriture() as session:
        ouvrir_grille(session, acteur, formation_id)
    fiche = client.get(f"/diplomes/{formation_id}").text
    assert fiche.count("En deçà du socle") == 4
    assert "Il vous manque 5\u00a0engagements pour atteindre le socle" in fiche
    for onglet in ("grille", "indicateurs", "conseil", "historique"):
        assert f'href="/diplomes/{formation_id}/{onglet}"' in fiche
        assert client.get(f"/diplomes/{formation_id}/{onglet}").status_code == 200
    assert "grille ouverte" in client.get(f"/diplomes/{formation_id}/historique").text


def test_le_diplome_d_un_autre_etablissement_n_existe_pas(client: Client, base: BaseSQL, autre_acteur: Acteur) -> None:
    autre = _formation(base, autre_acteur, "autre")
    inconnu = client.get("/diplomes/987654").text
    for suite in ("", "/grille", "/indicateurs", "/conseil", "/historique"):
        reponse = client.get(f"/diplomes/{autre}{suite}")
        assert reponse.status_code == 404, suite
        assert reponse.text == inconnu
    assert "Essai" not in client.get("/diplomes").text


@pytest.mark.parametrize("suite", ["", "/grille", "/indicateurs", "/conseil", "/historique"])
@pytest.mark.parametrize("numero", [0, 2**63 - 1, 2**63, 10**30])
def test_un_numero_absurde_n_existe_pas(client: Client, numero: int, suite: str) -> None:
    assert client.get(f"/diplomes/{numero}{suite}").status_code == 404


def test_une_annee_absurde_n_existe_pas(client: Client, formation_id: int) -> None:
    for annee in (-1, 0, 99_999, 10**30):
        assert client.get(f"/diplomes/{formation_id}/grille?annee={annee}").status_code == 404


def test_qui_ne_depose_pas_n_a_pas_de_lien_vers_le_depot(client: Client, base: BaseSQL, acteur: Acteur) -> None:
    quand = datetime(2026, 6, 1, tzinfo=UTC)
    depot = Depot(
        etablissement_id=acteur.etablissement_id, auteur=acteur.nom, nom_fichier="juin.csv", empreinte="0" * 64,
        taille=1, depose_le=quand, purger_le=quand.date(), etat="confirme", confirme_le=quand,
    )  # fmt: skip
    with base.ecriture() as session:
        session.add(depot)
        session.flush()
        lien = f'href="/depots/{depot.id}"'
    assert lien in client.get("/").text
    with base.ecriture() as session:
        session.execute(
            update(MandatTenu).where(col(MandatTenu.compte_id) == acteur.compte_id).values(role=Role.LECTEUR.value)
        )
    accueil = client.get("/").text
    assert lien not in accueil
    assert "juin.csv" in accueil


def test_le_journal_ne_montre_que_le_sien_et_se_feuillette(
    client: Client, base: BaseSQL, acteur: Acteur, autre_acteur: Acteur
) -> None:
    with base.ecriture() as session:
        journaliser(session, autre_acteur, "geste d'ailleurs", "objet:1")
        for rang in range(60):
            journaliser(session, acteur, f"geste {rang}", "objet:1")
    premiere, seconde = client.get("/journal").text, client.get("/journal?numero=2").text
    assert "Page 1 sur 2" in premiere
    assert "geste 59" in premiere
    assert "geste 0<" in seconde
    assert "ailleurs" not in premiere + seconde
    assert client.get("/journal?numero=99").text == seconde


@pytest.fixture
def commande(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """La ligne de commande sur une installation neuve."""
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path / "installation"))
    for variable in ("TRAJECTOIRE_BASE", "TRAJECTOIRE_HTTPS"):
        monkeypatch.delenv(variable, raising=False)
    return CliRunner()


def test_creer_un_compte_puis_lui_changer_son_role(commande: CliRunner) -> None:
    options = ["compte", "--courriel", "Ref@Exemple.invalid", "--nom", "Référent", "--role"]
    cree = commande.invoke(principale, [*options, "referent_qualite", "--lien"])
    assert cree.exit_code == 0, cree.output
    assert "Compte créé : ref@exemple.invalid" in cree.output
    saisie = f"{MOT_DE_PASSE}\n{MOT_DE_PASSE}\n"
    change = commande.invoke(principale, [*options, "lecteur"], input=saisie)
    assert "Compte modifié" in change.output
    assert MOT_DE_PASSE not in change.output
    court = commande.invoke(principale, [*options, "lecteur"], input="court\ncourt\n")
    assert court.exit_code == 2
    assert "il en faut au moins 12" in court.output


def test_le_lien_d_un_compte_cree_en_ligne_de_commande_sert_une_fois(commande: CliRunner) -> None:
    """Nul mot de passe n'est engendré : la personne choisit le sien, et celui d'avant ne vaut plus rien."""
    from appli.application import creer_application
    from charte.commun.reglages import charger_reglages

    options = ["compte", "--courriel", "ref@exemple.invalid", "--nom", "Référent", "--role", "referent_qualite"]
    commande.invoke(principale, options, input=f"{MOT_DE_PASSE}\n{MOT_DE_PASSE}\n")
    lien = commande.invoke(principale, [*options, "--lien"]).output.split("/lien#")[1].strip()
    with TestClient(creer_application(charger_reglages(), ouvriers=False)) as client:
        client.follow_redirects = False
        assert se_connecter(client, "ref@exemple.invalid").status_code == 422
        for statut in (303, 422):
            saisies = {"_csrf": jeton_de(client.get("/lien").text), "jeton": lien}
            saisies |= dict.fromkeys(("nouveau", "encore"), "quatre bateaux verts au port")
            assert client.post("/lien/mot-de-passe", data=saisies).status_code == statut
        assert se_connecter(client, "ref@exemple.invalid", "quatre bateaux verts au port").status_code == 303


def test_les_formations_en_json_et_en_texte(commande: CliRunner) -> None:
    vide = commande.invoke(principale, ["formations", "--json"])
    assert json.loads(vide.output) == []
    from appli.installation import acteur_de_commande, ouvrir

    _, base = ouvrir()
    with base.ecriture() as session:
        acteur = acteur_de_commande(session)
    _formation(base, acteur, "but-essai")
    base.fermer()
    rangees = commande.invoke(principale, ["formations", "--json"])
    assert json.loads(rangees.output) == [{"code": "but-essai", "libelle": LIBELLE}]
    assert commande.invoke(principale, ["formations"]).output == f"but-essai  {LIBELLE}\n"
