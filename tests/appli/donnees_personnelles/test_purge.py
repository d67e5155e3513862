"""La purge dit exactement ce qu'elle effacera, puis le fait ; rien d'un autre établissement ; un ménage quotidien."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from sqlalchemy import func, select, update
from sqlmodel import SQLModel, col

from appli.base import BaseSQL
from appli.commandes import principale
from appli.donnees_personnelles.comptes import NOM_EFFACE, comptes_inactifs, effacer_les_comptes
from appli.donnees_personnelles.purge import faire_le_menage, prevoir
from appli.donnees_personnelles.registre import charger_politique
from appli.modeles import Compte, LienUnique, MandatTenu, SessionWeb
from charte.acteur import Acteur, DroitManquant, Role
from charte.commun.base import lignes, maintenant
from charte.commun.donnees import DonneesInvalides
from charte.commun.reglages import Reglages
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.services import FichierDepose, deposer, enregistrer_examen, examiner, ranger_fichier
from indicateurs.modeles import Apprenti, Contrat, Effacement, Parcours
from tests.conftest import Client, creer_compte
from tests.grilles.avis.conftest import demander_un_avis
from tests.grilles.conftest import creer_collegue, creer_formation
from tests.indicateurs.imports.fabrique import en_csv, ligne

PAGE = "/donnees-personnelles/conservation"
ANCIEN = {
    "date_inscription_formation": "2013-08-15", "date_entree_formation": "2013-09-01",
    "date_fin_formation": "2015-08-31", "annee_scolaire": "2014-2015",
    "contrat_date_debut": "2013-09-15", "contrat_date_fin": "2015-08-31",
    "date_de_naissance_apprenant": "1995-01-01",
}  # fmt: skip


@pytest.fixture
def anciens(base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, reglages: Reglages) -> None:
    """Ici : une personne ancienne, une récente, une qui a les deux ; ailleurs : une ancienne."""
    ici = [ligne(0, **ANCIEN), ligne(1), ligne(2, **ANCIEN), {**ligne(2, **ANCIEN), **_recent()}]
    for qui, contenu in ((acteur, ici), (autre_acteur, [ligne(3, **ANCIEN)])):
        fichier = FichierDepose("apprentis.csv", en_csv(contenu))
        diagnostic = examiner(fichier, reglages.cle_identite).diagnostic
        assert diagnostic is not None
        with base.ecriture() as session:
            ranger_fichier(session, qui, (fichier, diagnostic), Coffre.de(reglages))


def _recent() -> dict[str, Any]:
    recent = ligne(2, formation_rncp="RNCP99002", formation_cfd="99000102")
    return {champ: recent[champ] for champ in (*ANCIEN, "formation_rncp", "formation_cfd") if "naissance" not in champ}


def compter(base: BaseSQL, modele: type[SQLModel], qui: Acteur | None = None) -> int:
    requete = select(func.count()).select_from(modele)
    if qui is not None:
        requete = requete.where(col(modele.etablissement_id) == qui.etablissement_id)  # type: ignore[attr-defined]
    with base.lecture() as session:
        return int(lignes(session, requete)[0][0])


def formulaire(client: Client) -> dict[str, str]:
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    champs = page.select('form[action$="/parcours"] input[type=hidden]')
    return {str(champ["name"]): str(champ["value"]) for champ in champs if champ["name"] != "_csrf"}


def test_la_page_dit_exactement_ce_qui_disparait(
    client: Client, base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, anciens: None
) -> None:
    texte = client.get(PAGE).text.replace("\u00a0", " ")
    assert "2 parcours, 2 contrats, 1 personne qui n’en a pas d’autre" in texte
    assert "31 août 2015" in texte
    envoi = formulaire(client)
    assert (envoi["parcours"], envoi["contrats"], envoi["personnes"]) == ("2", "2", "1")
    avant = [compter(base, m, acteur) for m in (Parcours, Contrat, Apprenti)]
    fait = client.post(PAGE + "/parcours", data={**envoi, "confirmer": "oui"})
    assert (fait.status_code, fait.headers["location"]) == (303, PAGE + "?fait=parcours")
    apres = [compter(base, m, acteur) for m in (Parcours, Contrat, Apprenti)]
    assert [a - b for a, b in zip(avant, apres, strict=True)] == [2, 2, 1]
    assert [compter(base, m, autre_acteur) for m in (Parcours, Contrat, Apprenti)] == [1, 1, 1]
    assert "il n’y a rien à effacer" in client.get(fait.headers["location"]).text


@pytest.mark.parametrize(
    "change", [{"confirmer": ""}, {"parcours": "3"}, {"limite": "2030-01-01"}, {"limite": "zzz"}, {"personnes": ""}]
)
def test_sans_confirmation_ou_si_tout_a_change_rien_ne_disparait(
    client: Client, base: BaseSQL, acteur: Acteur, anciens: None, change: dict[str, str]
) -> None:
    refus = client.post(PAGE + "/parcours", data={**formulaire(client), "confirmer": "oui", **change})
    assert refus.status_code == 422
    assert 'role="alert"' in refus.text
    assert compter(base, Parcours, acteur) == 4


def test_lire_n_ecrit_rien(client: Client, base: BaseSQL, anciens: None) -> None:
    avant = [compter(base, m) for m in (Parcours, Contrat, Apprenti, SessionWeb)]
    assert client.get(PAGE).status_code == 200
    assert [compter(base, m) for m in (Parcours, Contrat, Apprenti, SessionWeb)] == avant


def test_les_comptes_qui_ne_servent_plus_s_effacent_sans_casser_le_journal(
    base: BaseSQL, acteur: Acteur, connecter: Callable[[Acteur], Client], autre_acteur: Acteur
) -> None:
    admin = creer_collegue(base, acteur, Role.ADMINISTRATEUR, "admin fictif")
    parti = creer_collegue(base, acteur, Role.LECTEUR, "parti fictif")
    client = connecter(admin)
    vieux = maintenant() - timedelta(days=800)
    with base.ecriture() as session:
        session.execute(
            update(Compte)
            .where(col(Compte.id).in_([parti.compte_id, admin.compte_id, autre_acteur.compte_id]))
            .values(derniere_connexion=vieux)
        )
    page = client.get(PAGE).text
    assert "parti fictif" in page
    assert "autre-rive" not in page
    assert "admin fictif, " not in page
    envoi = {"compte": [str(parti.compte_id), str(autre_acteur.compte_id), str(admin.compte_id)]}
    assert client.post(PAGE + "/comptes", data=envoi).status_code == 303
    with base.lecture() as session:
        compte = session.get_one(Compte, parti.compte_id)
        assert (compte.nom, compte.actif, compte.condense) == (NOM_EFFACE, False, None)
        assert "parti" not in compte.courriel
        assert session.get_one(Compte, autre_acteur.compte_id).nom != NOM_EFFACE
        assert session.get_one(Compte, admin.compte_id).nom != NOM_EFFACE
        tenus = select(col(MandatTenu.retire_le)).where(col(MandatTenu.compte_id) == parti.compte_id)
        assert all(retire for (retire,) in lignes(session, tenus))
        assert comptes_inactifs(session, admin, maintenant() - timedelta(days=700)) == []


def test_seul_l_administrateur_efface_des_comptes(base: BaseSQL, acteur: Acteur) -> None:
    with base.ecriture() as session, pytest.raises(DroitManquant):
        effacer_les_comptes(session, acteur, [1], maintenant())


def test_le_menage_efface_ce_qui_est_echu_et_lui_seul(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> None:
    instant = datetime(2026, 3, 1, tzinfo=UTC)
    compte, jour = acteur.compte_id, timedelta(days=1)
    assert compte is not None
    with base.ecriture() as session:
        for rang, expire in enumerate((instant - jour, instant + jour)):
            communs: dict[str, Any] = {"compte_id": compte, "empreinte": f"{rang:064x}"}
            session.add(SessionWeb(**communs, ouverte_le=instant, vue_le=instant, expire_le=expire))
        for rang, expire in enumerate((instant - jour, instant + jour)):
            lien: dict[str, Any] = {"compte_id": compte, "empreinte": f"{rang:064x}", "genre": "invitation"}
            session.add(LienUnique(**lien, cree_le=expire - jour, expire_le=expire))
        for rang, annee in enumerate((2016, 2017)):
            marque: dict[str, Any] = {"etablissement_id": acteur.etablissement_id, "empreinte_identite": f"{rang:064x}"}
            session.add(Effacement(**marque, efface_le=datetime(annee, 2, 28, tzinfo=UTC)))
    formation = creer_formation(base, acteur)
    for jours in (-1, 1):
        demander_un_avis(base, acteur, formation, (instant + jours * jour).date(), b"adresse")
    with base.lecture() as session:
        prevues = {e.cle: e.combien for e in prevoir(session, acteur, charger_politique(reglages), instant - jour)}
    faits = faire_le_menage(base, reglages, instant)
    attendus = {"session_web": 1, "lien_unique": 1, "courriel_sortant": 0, "avant_connexion": 0, "effacement": 1}
    assert faits == {**attendus, "demande_avis": 1}
    assert (prevues["sessions"], prevues["liens_et_courriels"], prevues["effacements"]) == (1, 1, 1)
    assert prevues["adresses_d_avis"] == 1
    assert [compter(base, m) for m in (SessionWeb, LienUnique, Effacement)] == [1, 1, 1]


def test_un_reglage_faux_arrete_le_menage(base: BaseSQL, reglages: Reglages) -> None:
    (reglages.dossier / "donnees_personnelles.yaml").write_text("conservation: {parcours: 3}", "utf-8")
    with pytest.raises(DonneesInvalides):
        faire_le_menage(base, reglages, maintenant())


def test_un_fichier_echu_demain_est_annonce(base: BaseSQL, acteur: Acteur, reglages: Reglages) -> None:
    fichier, coffre = FichierDepose("a.csv", en_csv([ligne(0)])), Coffre.de(reglages)
    with base.ecriture() as session:
        for jours in (1, 3):
            depot_id = deposer(session, acteur, fichier, coffre, jours)
            enregistrer_examen(session, acteur, depot_id, examiner(fichier, reglages.cle_identite), coffre)
    with base.lecture() as session:
        prevues = {e.cle: e.en_clair for e in prevoir(session, acteur, charger_politique(reglages), maintenant())}
    assert prevues["fichiers_deposes"] == "1\u00a0fichier"


def test_la_commande_montre_puis_fait(base_modele: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAJECTOIRE_DOSSIER", str(tmp_path))
    shutil.copyfile(base_modele, tmp_path / "trajectoire.sqlite")
    fichier = tmp_path / "apprentis.csv"
    fichier.write_bytes(en_csv([ligne(0, **ANCIEN), ligne(1)]))
    CliRunner().invoke(principale, ["importer", str(fichier)])
    montre = CliRunner().invoke(principale, ["purge", "--json"])
    parcours = next(p for p in json.loads(montre.output)["prevues"] if p["categorie"] == "parcours")
    assert (parcours["combien"], parcours["plus_ancienne"]) == (1, "2015-08-31")
    assert "Effacer cela maintenant ?" in CliRunner().invoke(principale, ["purge", "--faire"], input="n\n").output
    fait = CliRunner().invoke(principale, ["purge", "--faire", "--oui"])
    assert "Effacés : 1\u00a0parcours, 0\u00a0fichier" in fait.output
    assert "rien à effacer" in CliRunner().invoke(principale, ["purge"]).output
    (tmp_path / "donnees_personnelles.yaml").write_text("conservation: {parcours: 3}", "utf-8")
    assert CliRunner().invoke(principale, ["purge"]).exit_code == 2


def test_l_autre_etablissement_ne_compte_que_le_sien(
    base: BaseSQL, reglages: Reglages, anciens: None, autre_acteur: Acteur
) -> None:
    tiers = creer_compte(base, "Tiers", Role.REFERENT_QUALITE, "referent@tiers.invalid")
    with base.lecture() as session:
        for qui, combien in ((autre_acteur, 1), (tiers, 0)):
            prevues = {e.cle: e.combien for e in prevoir(session, qui, charger_politique(reglages), maintenant())}
            assert prevues["parcours"] == combien
