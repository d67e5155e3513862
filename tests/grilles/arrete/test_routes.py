"""Les pages de l'arrêté : figer, rouvrir, relire, emporter ; et la commande qui vérifie tout."""

import hashlib
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text, update
from sqlmodel import Session, col

from appli.base import BaseSQL
from charte.acteur import Acteur, Role
from charte.commun.base import lignes, maintenant
from grilles.arrete.contenu import lire_contenu
from grilles.arrete.modeles import Instantane
from grilles.arrete.pages import lire_l_historique, lire_une_version, mesures_a_sceller
from grilles.arrete.verification import ABSENT, CHANGE, verifier_les_arretes
from grilles.jalons.modeles import Jalon
from grilles.mesure_citee import MesureCitee
from grilles.modeles import Campagne, Grille
from grilles.services.lecture import annee_courante
from tests.conftest import Client
from tests.grilles.arrete.test_arreter import arreter, au_socle, lue, ou

__all__ = ["ou"]
ANNEE = annee_courante()


def soupe(reponse: Any) -> str:
    return " ".join(BeautifulSoup(reponse.text, "html.parser").get_text(" ").split())


@pytest.fixture
def adresse(base: BaseSQL, acteur: Acteur, formation_id: int) -> str:
    """Un diplôme dont le poste 1 est au socle."""
    au_socle(base, acteur, formation_id)
    return f"/diplomes/{formation_id}"


def citer_un_indicateur(base: BaseSQL, acteur: Acteur, formation_id: int, cle: str, etat: str) -> None:
    with base.ecriture() as session:
        session.add(Jalon(
            etablissement_id=acteur.etablissement_id, formation_id=formation_id, poste=1, rang=1, intitule="Réduire",
            etat=etat, indicateur=cle, sens="au_plus", valeur_visee=0.1, convenu_le=date(2026, 1, 2), modifie_par="x",
            modifie_le=maintenant(),
        ))  # fmt: skip


class Lecteur:
    """Un lecteur de mesures qui note ce qu'on lui demande."""

    def __init__(self) -> None:
        self.demandees: list[str] = []

    def libelles(self) -> dict[str, str]:
        return {"abandon": "Abandon"}

    def unites(self) -> dict[str, str]:
        return {"abandon": "part"}

    def valeurs(self, _session: Session, _acteur: Acteur, _formation: int, cles: Any, *_: Any, **__: Any) -> Any:
        self.demandees += cles
        return {
            cle: MesureCitee(cle, "Abandon", "12,4 % (n = 45)", 0.124, "part", "promotion 2024-2025", "abandon@1", "d")
            for cle in cles
        }


def test_la_page_dit_ce_qui_manque_puis_fige(client: Client, base: BaseSQL, acteur: Acteur, adresse: str) -> None:
    formation_id = int(adresse.split("/")[2])
    citer_un_indicateur(base, acteur, formation_id, "abandon", "convenu")
    dit = soupe(client.get(adresse + "/grille/arreter"))
    assert "36 engagements ou exigences sans réponse" in dit
    assert "aucune donnée" in dit
    reponse = client.post(adresse + "/grille/arreter", data={"instance": "Conseil du 12 mars", "annee": str(ANNEE)})
    assert (reponse.status_code, reponse.headers["location"]) == (303, adresse + "/arretes?fait=arretee")
    liste = soupe(client.get(adresse + "/arretes?fait=arretee"))
    scelle = lue(base, acteur, formation_id).scelle
    assert scelle.empreinte in liste
    assert "Conseil du 12 mars" in liste
    assert "en vigueur" in liste
    with base.lecture() as session:
        [(texte,)] = lignes(session, select(col(Instantane.contenu)))
    assert [mesure.cle for mesure in lire_contenu(texte).mesures] == ["abandon"]
    encore = client.post(adresse + "/grille/arreter", data={"annee": str(ANNEE)})
    assert encore.status_code == 409
    assert "déjà arrêtée" in soupe(encore)


def test_une_instance_trop_longue_revient_telle_que_tapee(client: Client, adresse: str) -> None:
    reponse = client.post(adresse + "/grille/arreter", data={"instance": "é" * 201})
    assert reponse.status_code == 422
    assert "201 caractères" in reponse.text
    assert "é" * 201 in reponse.text


def test_rouvrir_demande_un_motif_et_garde_l_ancienne(
    client: Client, base: BaseSQL, acteur: Acteur, adresse: str
) -> None:
    formation_id = int(adresse.split("/")[2])
    arreter(base, acteur, formation_id)
    chemin = f"{adresse}/arretes/{ANNEE}/reouverture"
    refus = client.post(chemin, data={"motif": "  "})
    assert refus.status_code == 422
    assert "pourquoi" in soupe(refus)
    assert client.post(chemin, data={"motif": "Une preuve retrouvée."}).status_code == 303
    assert "Une preuve retrouvée." in soupe(client.get(adresse + "/arretes"))
    assert client.post(chemin, data={"motif": "Encore."}).status_code == 409
    arreter(base, acteur, formation_id)
    dit = soupe(client.get(adresse + "/arretes"))
    assert "version 2" in dit
    assert "remplacée" in dit


def test_une_version_se_relit_et_s_emporte_a_l_octet(
    client: Client, base: BaseSQL, acteur: Acteur, adresse: str, tmp_path: Path
) -> None:
    formation_id = int(adresse.split("/")[2])
    scelle = arreter(base, acteur, formation_id)
    version = f"{adresse}/arretes/{ANNEE}/1"
    dit = soupe(client.get(version))
    for mot in ("rien n’a changé", scelle.empreinte, "Livret", "Conseil du 12 mars", "Vu."):
        assert mot in dit
    fichier = client.get(version + "/contenu.json")
    assert hashlib.sha256(fichier.content).hexdigest() == scelle.empreinte
    assert 'filename="RNCP35345-0352756F-' in fichier.headers["content-disposition"]
    (tmp_path / "contenu.json").write_bytes(fichier.content)
    dit = subprocess.run(["sha256sum", "contenu.json"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert dit.split()[0] == scelle.empreinte


@pytest.mark.parametrize(
    "suite", ["/arretes/{a}/2", "/arretes/1/1", "/arretes/{a}/99999999999999999999", "/arretes/{a}/2/contenu.json"]
)
def test_une_version_qui_n_existe_pas(client: Client, base: BaseSQL, acteur: Acteur, adresse: str, suite: str) -> None:
    arreter(base, acteur, int(adresse.split("/")[2]))
    assert client.get(adresse + suite.format(a=ANNEE)).status_code == 404


def test_qui_ne_peut_pas_arreter_relit_sans_rouvrir(
    base: BaseSQL,
    acteur: Acteur,
    adresse: str,
    collegue: Callable[[Role, str], Acteur],
    connecter: Callable[[Acteur], Client],
) -> None:
    arreter(base, acteur, int(adresse.split("/")[2]))
    lecteur = connecter(collegue(Role.RESPONSABLE_FORMATION, "Responsable"))
    assert "Rouvrir" not in lecteur.get(adresse + "/arretes").text
    assert lecteur.get(adresse + "/grille/arreter").status_code == 404
    assert lecteur.post(f"{adresse}/arretes/{ANNEE}/reouverture", data={"motif": "x"}).status_code == 404


def test_seuls_les_indicateurs_des_jalons_convenus_se_scellent(ou) -> None:
    base, acteur, formation_id = ou
    lecteur = Lecteur()
    citer_un_indicateur(base, acteur, formation_id, "abandon", "propose")
    with base.lecture() as session:
        assert mesures_a_sceller(session, acteur, formation_id, lecteur) == ()
    assert lecteur.demandees == []
    citer_un_indicateur(base, acteur, formation_id, "abandon", "convenu")
    with base.lecture() as session:
        [mesure] = mesures_a_sceller(session, acteur, formation_id, lecteur)
    assert (mesure.cle, mesure.valeur, mesure.texte) == ("abandon", 0.124, "12,4 % (n = 45)")


def test_l_historique_et_une_version_se_lisent_sur_les_deux_bases(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    scelle = arreter(base, acteur, formation_id)
    with base.lecture() as session:
        [version] = lire_l_historique(session, acteur, formation_id).versions
        relu = lire_une_version(session, acteur, formation_id, ANNEE, 1)
    assert (version.scelle, version.en_vigueur, version.reouverture) == (scelle, True, None)
    assert (relu.intact, relu.postes) == (True, lue(base, acteur, formation_id).postes)


def changer_un_instantane(base: BaseSQL) -> None:
    """Change un instantané dans le dos de l'outil, déclencheurs ôtés."""
    with base.ecriture() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.connection().execute(text("DROP TRIGGER instantane_scelle_update"))
        else:
            session.connection().execute(text("ALTER TABLE instantane DISABLE TRIGGER ALL"))
        super(Session, session).execute(update(Instantane).values(contenu=Instantane.contenu + " "))


def test_la_verification_voit_un_instantane_change(ou) -> None:
    base, acteur, formation_id = ou
    au_socle(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    with base.lecture() as session:
        [etat] = verifier_les_arretes(session, acteur.etablissement_id)
        assert etat.faute == ""
        assert verifier_les_arretes(session, acteur.etablissement_id + 1) == []
    changer_un_instantane(base)
    with base.lecture() as session:
        [etat] = verifier_les_arretes(session, acteur.etablissement_id)
        assert etat.faute == CHANGE
        assert not lire_une_version(session, acteur, formation_id, ANNEE, 1).intact


def test_la_verification_voit_un_instantane_absent(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    with base.ecriture() as session:
        campagne = Campagne(
            etablissement_id=acteur.etablissement_id, annee=ANNEE, libelle="Campagne", edition="2023-10",
            empreinte_edition="0" * 64,
        )  # fmt: skip
        session.add(campagne)
        session.flush()
        session.add(Grille(
            etablissement_id=acteur.etablissement_id, campagne_id=campagne.id, formation_id=formation_id,
            etat="arretee",
        ))  # fmt: skip
    with base.lecture() as session:
        [etat] = verifier_les_arretes(session, acteur.etablissement_id)
    assert etat.faute == ABSENT
