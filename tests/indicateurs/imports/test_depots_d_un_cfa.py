"""Un référent de CFA dépose pour son CFA : il ne range que ses lignes, et ne voit que ses dépôts."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from charte.modeles import Cfa
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.reception import recevoir
from indicateurs.imports.services import DepotFerme, FichierDepose, confirmer, lire_depot, lister_depots
from indicateurs.modeles import Depot, Parcours
from tests.conftest import Client
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.imports.fabrique import en_csv, ligne, uai

AUTRE_CFA = uai(990009)


def nommer_cfa(base: BaseSQL, acteur: Acteur, code: str) -> int:
    with base.ecriture() as session:
        cfa = Cfa(etablissement_id=acteur.etablissement_id, nom=f"CFA {code}", uai=code)
        session.add(cfa)
        session.flush()
        assert cfa.id is not None
        return cfa.id


def du_cfa(*cfas: int, role: Role = Role.REFERENT_QUALITE) -> tuple[Mandat, ...]:
    return tuple(Mandat(role, Portee.CFA, cfa, Partie.CFA) for cfa in cfas)


@pytest.fixture
def cfas(base: BaseSQL, acteur: Acteur) -> tuple[int, int]:
    """Deux CFA : celui des lignes d'essai, et un autre."""
    return nommer_cfa(base, acteur, uai(990001)), nommer_cfa(base, acteur, AUTRE_CFA)


@pytest.fixture
def referent(base: BaseSQL, acteur: Acteur, cfas: tuple[int, int]) -> Acteur:
    """Le référent du premier CFA."""
    return creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Référent CFA", du_cfa(cfas[0]))


def deposer(base: BaseSQL, qui: Acteur, reglages: Reglages, *contenu: dict[str, object]) -> int:
    return recevoir(base, qui, reglages, FichierDepose("apprentis.csv", en_csv(list(contenu))))[0]


def autre(numero: int) -> dict[str, object]:
    return ligne(numero, etablissement_responsable_uai=AUTRE_CFA)


def test_il_range_les_lignes_de_son_cfa(
    base: BaseSQL, referent: Acteur, reglages: Reglages, cfas: tuple[int, int]
) -> None:
    depot_id = deposer(base, referent, reglages, ligne(0), ligne(1))
    with base.ecriture() as session:
        assert session.get_one(Depot, depot_id).cfa_id == cfas[0]
        assert confirmer(session, referent, depot_id, Coffre.de(reglages), retirer=False).ajouts == 2


def test_une_ligne_d_un_autre_cfa_fait_refuser_le_fichier_et_rien_n_est_range(
    base: BaseSQL, referent: Acteur, reglages: Reglages
) -> None:
    depot_id = deposer(base, referent, reglages, ligne(0), autre(1), autre(2))
    with base.lecture() as session:
        depot = lire_depot(session, referent, depot_id)
        assert session.exec(select(Parcours)).all() == []
    assert depot.etat == "illisible"
    assert "2\N{NO-BREAK SPACE}parcours relèvent d'un CFA qui n'est pas le vôtre" in (depot.message or "")
    assert AUTRE_CFA in (depot.message or "")
    assert uai(990001) in (depot.message or "")
    with base.ecriture() as session, pytest.raises((Introuvable, DepotFerme)):
        confirmer(session, referent, depot_id, Coffre.de(reglages), retirer=False)


def test_le_meme_fichier_passe_au_nom_de_l_etablissement(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, cfas: tuple[int, int]
) -> None:
    depot_id = deposer(base, acteur, reglages, ligne(0), autre(1))
    with base.lecture() as session:
        assert lire_depot(session, acteur, depot_id).etat == "diagnostique"
        assert session.get_one(Depot, depot_id).cfa_id is None


def test_qui_tient_deux_cfa_depose_un_fichier_par_cfa(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, cfas: tuple[int, int]
) -> None:
    double = creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Double", du_cfa(*cfas))
    melange, second = deposer(base, double, reglages, ligne(0), autre(1)), deposer(base, double, reglages, autre(1))
    with base.lecture() as session:
        assert "un fichier par CFA" in (lire_depot(session, double, melange).message or "")
        assert session.get_one(Depot, second).cfa_id == cfas[1]


def test_chacun_ne_voit_que_ses_depots_et_l_etablissement_les_voit_tous(
    base: BaseSQL, acteur: Acteur, referent: Acteur, reglages: Reglages, cfas: tuple[int, int]
) -> None:
    voisin = creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Voisin", du_cfa(cfas[1]))
    sien = deposer(base, referent, reglages, ligne(0))
    entier = deposer(base, acteur, reglages, ligne(1))
    with base.lecture() as session:
        assert [depot.id for depot in lister_depots(session, referent)] == [sien]
        assert [depot.id for depot in lister_depots(session, acteur)] == [entier, sien]
        assert lister_depots(session, voisin) == []
        for depot_id in (sien, entier):
            with pytest.raises(Introuvable):
                lire_depot(session, voisin, depot_id)


def test_un_lecteur_du_cfa_ne_depose_pas(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, cfas: tuple[int, int]
) -> None:
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lecteur", du_cfa(cfas[0], role=Role.LECTEUR))
    with pytest.raises(DroitManquant):
        deposer(base, lecteur, reglages, ligne(0))
    with base.lecture() as session:
        assert session.exec(select(Depot).where(col(Depot.auteur) == lecteur.nom)).all() == []


def test_la_page_dit_pourquoi_le_fichier_est_refuse(connecter: Callable[[Acteur], Client], referent: Acteur) -> None:
    client = connecter(referent)
    envoi = {"fichier": ("apprentis.csv", en_csv([ligne(0), autre(1)]))}
    reponse = client.post("/depots", files=envoi)
    page = client.get(reponse.headers["location"]).text
    assert "qui n’est pas le vôtre" in page.replace("&#39;", "’").replace("'", "’")
