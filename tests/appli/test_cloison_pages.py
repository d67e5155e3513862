"""TOUTES les routes sur PostgreSQL, avec un rôle ordinaire : d'abord telles quelles, puis le premier mur abattu.

Ce sont les essais de `test_cloisonnement.py`. La seconde fois, CHAQUE requête a oublié son filtre d'établissement : la
cloison de la base tient seule, et les pages d'un établissement répondent quand même. Le filtre seul, rôle par rôle, est
éprouvé là-bas, sur SQLite : ce qui se joue ici deux fois, ou sous chaque rôle, est ce qui en dépend.
"""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from appli.application import creer_application
from appli.base import BaseSQL
from appli.cloison import _courante, hors_cloison
from appli.cookies import nom_du_cookie
from appli.sessions import comptes_actifs, ouvrir_session
from charte.acteur import Acteur, Geste, Mandat, Role, peut
from charte.commun.reglages import Reglages
from tests.appli.conftest import copie_ordinaire, creer_deux_acteurs
from tests.appli.rives import Garnie, Ids, acteur, autre_acteur, deux_rives, reglages
from tests.appli.routes_connues import AILLEURS, ICI
from tests.appli.test_cloisonnement import (
    exiger_l_inconnu,
    exiger_la_reponse,
    ouvrir,
    test_la_marque_d_ailleurs_se_lit_chez_elle,
    test_un_identifiant_etranger_dans_une_saisie_ou_une_question_est_inconnu,
)
from tests.appli.univers import peupler_un_etablissement
from tests.conftest import CLE, Client
from tests.reserve_postgresql import adresse_de

__all__ = [
    "acteur",
    "autre_acteur",
    "deux_rives",
    "ouvrir",
    "reglages",
    "test_la_marque_d_ailleurs_se_lit_chez_elle",
    "test_un_identifiant_etranger_dans_une_saisie_ou_une_question_est_inconnu",
]

pytestmark = pytest.mark.postgresql
FILTRE = re.compile(r"(\w+\.)?etablissement_id = %\(\w+\)s(::BIGINT)?")
TOUT, UNE_FORMATION = Role.ADMINISTRATEUR, Role.RESPONSABLE_FORMATION
"""Celui qui atteint chaque route, et celui dont chaque requête ajoute un filtre de portée."""
SECOND_SEUL = [("le second seul", role) for role in (TOUT, UNE_FORMATION)]
LISTES = ("/", "/diplomes", "/indicateurs", "/parties", "/conseils", "/depots")


@dataclass(frozen=True)
class Modele(Garnie):
    """Deux établissements garnis dans une base PostgreSQL, qui se recopie par son nom."""

    nom: str


@pytest.fixture(scope="module")
def rives(serveur_postgresql: str, modele_ordinaire: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modele]:
    """Un objet de chaque sorte dans chacun de deux établissements."""
    dossier = tmp_path_factory.mktemp("modele")
    with copie_ordinaire(serveur_postgresql, modele_ordinaire) as url:
        base = BaseSQL(url)
        acteurs = creer_deux_acteurs(base)
        with hors_cloison():
            ici, ailleurs = (
                peupler_un_etablissement(base, acteur, Reglages(dossier, url, CLE, CLE, CLE), marque)
                for acteur, marque in zip(acteurs, (ICI, AILLEURS), strict=True)
            )
        base.fermer()
        yield Modele(dossier, acteurs, (ici, ailleurs), str(base.moteur.url.database))


@pytest.fixture
def oublis() -> Counter[str]:
    """Combien de filtres ont été ôtés."""
    return Counter()


@pytest.fixture(params=["les deux murs", "le second seul"])
def base(
    serveur_postgresql: str,
    rives: Modele,
    reglages: Reglages,
    oublis: Counter[str],
    request: pytest.FixtureRequest,
) -> Iterator[BaseSQL]:
    """Une copie de la base garnie ; « le second seul » : les requêtes d'une page y perdent leur filtre.

    Le test y prépare et y compare sans cloison ; l'application, elle, pose la sienne à chaque requête.
    """
    shutil.copytree(rives.dossier, reglages.dossier, dirs_exist_ok=True)
    with copie_ordinaire(serveur_postgresql, rives.nom) as url:
        base = BaseSQL(url)
        if request.param == "le second seul":
            abattre_le_premier_mur(base, oublis)
        with hors_cloison():
            yield base
        base.fermer()


def abattre_le_premier_mur(base: BaseSQL, oublis: Counter[str]) -> None:
    """Ôte « etablissement_id = … » de tout ce qu'une transaction cloisonnée exécute."""

    def oublier(_connexion: Any, _curseur: Any, ordre: str, parametres: Any, *_: Any) -> tuple[str, Any]:
        if not _courante.get().etablissement:
            return ordre, parametres
        sans, nombre = FILTRE.subn("TRUE", ordre)
        oublis["filtres"] += nombre
        return sans, parametres

    event.listen(base.moteur, "before_cursor_execute", oublier, retval=True)


def test_un_role_atteint_chaque_route() -> None:
    assert all(peut(Acteur(0, "", TOUT, mandats=(Mandat(TOUT),)), geste) for geste in Geste)


@pytest.mark.parametrize(
    ("base", "role"), [*(("les deux murs", role) for role in Role), *SECOND_SEUL], indirect=["base"]
)
def test_ce_qui_est_permis_ici_repond_et_ne_montre_rien_d_ailleurs(
    ouvrir: Callable[[Role], Client], deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    exiger_la_reponse(ouvrir(role), role, deux_rives[0])


@pytest.mark.parametrize(("base", "role"), SECOND_SEUL, indirect=["base"])
def test_l_identifiant_d_un_autre_etablissement_est_inconnu(
    ouvrir: Callable[[Role], Client], base: BaseSQL, reglages: Reglages, deux_rives: tuple[Ids, Ids], role: Role
) -> None:
    exiger_l_inconnu(ouvrir(role), role, base, reglages, deux_rives)


@pytest.mark.parametrize("base", ["le second seul"], indirect=True)
def test_deux_etablissements_servis_ensemble_ne_se_melangent_pas(
    base: BaseSQL, reglages: Reglages, rives: Modele, oublis: Counter[str]
) -> None:
    pages = _servir_ensemble(base, reglages, rives)
    for marque, interdite in ((ICI, AILLEURS), (AILLEURS, ICI)):
        assert len(pages[marque]) == 4 * len(LISTES)
        for adresse, statut, texte in pages[marque]:
            assert (statut, interdite in texte, marque in texte) == (200, False, True), (marque, adresse)
    assert oublis["filtres"] > 100


@pytest.mark.parametrize("base", ["le second seul"], indirect=True)
def test_le_temoin_sans_cloison_le_premier_mur_abattu_tout_se_voit(
    base: BaseSQL, reglages: Reglages, rives: Modele, serveur_postgresql: str, oublis: Counter[str]
) -> None:
    url = adresse_de(serveur_postgresql, str(base.moteur.url.database))
    superutilisateur = BaseSQL(url)
    abattre_le_premier_mur(superutilisateur, oublis)
    pages = _servir_ensemble(superutilisateur, reglages, rives)
    superutilisateur.fermer()
    assert {adresse for adresse, _, texte in pages[ICI] if AILLEURS in texte} >= {"/diplomes", "/parties", "/depots"}


def _servir_ensemble(base: BaseSQL, reglages: Reglages, rives: Modele) -> dict[str, list[tuple[str, int, str]]]:
    """(adresse, statut, page) par marque : les listes, demandées toutes à la fois à UNE application, par les deux."""
    application = creer_application(reglages, base, ouvriers=False)
    jetons = {marque: _session(base, acteur) for marque, acteur in zip((ICI, AILLEURS), rives.acteurs, strict=True)}

    async def demander(marque: str, adresse: str) -> tuple[str, tuple[str, int, str]]:
        transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
        cookies = {nom_du_cookie(reglages): jetons[marque]}
        async with httpx.AsyncClient(transport=transport, base_url="http://exemple.invalid", cookies=cookies) as client:
            reponse = await client.get(adresse)
        return marque, (adresse, reponse.status_code, reponse.text)

    async def tout_demander() -> list[tuple[str, tuple[str, int, str]]]:
        return await asyncio.gather(*(demander(m, adresse) for adresse in LISTES * 4 for m in (ICI, AILLEURS)))

    obtenues: dict[str, list[tuple[str, int, str]]] = {ICI: [], AILLEURS: []}
    for marque, page in asyncio.run(tout_demander()):
        obtenues[marque].append(page)
    return obtenues


def _session(base: BaseSQL, acteur: Acteur) -> str:
    with base.ecriture() as session:
        return ouvrir_session(session, next(c for c in comptes_actifs(session) if c.id == acteur.compte_id))
