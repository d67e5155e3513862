"""Dans un même établissement : un rôle tenu sur un CFA, une composante ou une formation n'atteint rien d'autre.

Toutes les routes de `test_cloisonnement` y passent, avec les objets d'un autre CFA du MÊME établissement.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from appli.base import BaseSQL
from appli.modeles import MandatTenu
from charte.acteur import Acteur, Mandat, Partie, Portee, Role, peut
from charte.modeles import Cfa, Formation
from indicateurs.modeles import Depot
from tests.appli.conftest import creer_deux_acteurs
from tests.appli.rives import Garnie, Ids, acteur, depart, garnir
from tests.appli.rives import deux_rives as deux_cfas
from tests.appli.routes_connues import AILLEURS, INCONNU, OBJETS
from tests.appli.test_cloisonnement import PARAMETRE, PROTEGEES, adresse, envois, vue
from tests.conftest import Client
from tests.grilles.conftest import creer_collegue

__all__ = ["acteur", "depart", "deux_cfas"]
PARTAGES = {"composante", "convention", "travail", "archive", "revue", "arretee", "publication"}
"""Composantes et conventions ne se changent qu'au nom de l'établissement ; travaux et archives sont à leur auteur ; la
revue et le tableau d'un CFA ne se lisent qu'avec un mandat sur ce CFA."""
DE_TOUS = {"campagne"}
"""Une campagne est à tout l'établissement : chacun la lit, et n'y voit que ses diplômes."""


@pytest.fixture(scope="module")
def rives(tmp_path_factory: pytest.TempPathFactory, base_modele: Path) -> Garnie:
    """Deux jeux d'objets dans un même établissement, chacun avec son CFA, sa composante, sa formation, son dépôt."""
    rangee = garnir(tmp_path_factory, base_modele, lambda base: (creer_deux_acteurs(base)[0],) * 2)
    base = BaseSQL(f"sqlite:///{rangee.dossier / 'trajectoire.sqlite'}")
    with base.ecriture() as session:
        for jeu in rangee.objets:
            session.execute(
                update(Formation).where(col(Formation.id) == jeu["formation"]).values(composante_id=jeu["composante"])
            )
            session.execute(update(Depot).where(col(Depot.id) == jeu["depot"]).values(cfa_id=jeu["cfa"]))
            # Sans quoi la personne de l'autre CFA lirait tout l'établissement, et son nom se verrait à bon droit d'ici.
            sien = update(MandatTenu).where(col(MandatTenu.id) == jeu["mandat"])
            session.execute(sien.values(portee="formation", formation_id=jeu["formation"]))
    base.fermer()
    return rangee


def mandats_etroits(jeu: Ids) -> dict[str, Mandat]:
    """Un référent de CFA, un référent de composante, un responsable et un membre d'instance d'une formation."""
    return {
        "referent du cfa": Mandat(Role.REFERENT_QUALITE, Portee.CFA, jeu["cfa"], Partie.CFA),
        "lecteur du cfa": Mandat(Role.LECTEUR, Portee.CFA, jeu["cfa"], Partie.CFA),
        "referent de la composante": Mandat(Role.REFERENT_QUALITE, Portee.COMPOSANTE, jeu["composante"]),
        "responsable de la formation": Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, jeu["formation"]),
        "membre d instance": Mandat(Role.MEMBRE_INSTANCE, Portee.FORMATION, jeu["formation"]),
    }


@pytest.fixture(params=list(mandats_etroits(dict.fromkeys(("cfa", "composante", "formation"), 1))))
def etroit(request: pytest.FixtureRequest, base: BaseSQL, acteur: Acteur, deux_cfas: tuple[Ids, Ids]) -> Acteur:
    """Un collègue dont le seul mandat tient sur un objet du premier jeu."""
    mandat = mandats_etroits(deux_cfas[0])[request.param]
    return creer_collegue(base, acteur, mandat.role, request.param, (mandat,))


@pytest.fixture
def referent(base: BaseSQL, acteur: Acteur, deux_cfas: tuple[Ids, Ids]) -> Acteur:
    """Le référent du premier CFA."""
    mandat = mandats_etroits(deux_cfas[0])["referent du cfa"]
    return creer_collegue(base, acteur, mandat.role, "Référent", (mandat,))


def etrangers(chemin: str, ids: tuple[Ids, Ids]) -> list[tuple[str, str]]:
    """(adresse de l'autre CFA, adresse inconnue) pour chaque objet de l'adresse."""
    ici, ailleurs = ids
    sortes = [OBJETS[nom] for nom in PARAMETRE.findall(chemin) if nom in OBJETS and OBJETS[nom] not in DE_TOUS]
    return [
        (adresse(chemin, {**ici, sorte: ailleurs[sorte]}), adresse(chemin, {**ici, sorte: INCONNU})) for sorte in sortes
    ]


def test_les_objets_d_un_autre_cfa_de_l_etablissement_sont_inconnus(
    connecter: Callable[[Acteur], Client], etroit: Acteur, deux_cfas: tuple[Ids, Ids]
) -> None:
    client, fuites = connecter(etroit), []
    for (methode, chemin), cas in PROTEGEES.items():
        for demandee, inconnue in etrangers(chemin, deux_cfas):
            for envoi in envois(methode, cas):
                obtenue = vue(client.request(methode, demandee, **envoi), demandee)
                attendue = vue(client.request(methode, inconnue, **envoi), inconnue)
                if obtenue[0] != 404 or obtenue != attendue or AILLEURS in obtenue[3]:
                    fuites.append(
                        f"{methode} {demandee} {envoi.get('data', '')} : {obtenue[0]} (inconnu : {attendue[0]})"
                    )
    assert not fuites, "\n".join(fuites)


def test_ce_qui_est_permis_chez_soi_repond_et_ne_montre_rien_de_l_autre(
    connecter: Callable[[Acteur], Client], etroit: Acteur, deux_cfas: tuple[Ids, Ids]
) -> None:
    """Le témoin : avec ses objets, chaque geste permis répond, et aucune liste ne montre l'autre CFA."""
    client, ici = connecter(etroit), deux_cfas[0]
    refus = []
    for (methode, chemin), cas in PROTEGEES.items():
        sortes = {OBJETS[nom] for nom in PARAMETRE.findall(chemin) if nom in OBJETS}
        if methode != "GET" or not peut(etroit, cas.geste):
            continue
        reponse = client.get(adresse(chemin, ici))
        permis = (sortes <= PARTAGES and bool(sortes)) or "verification" in chemin or "graphiques" in chemin
        if reponse.status_code not in (200, 303) and not permis:
            refus.append(f"{methode} {adresse(chemin, ici)} : {reponse.status_code}")
        if AILLEURS in reponse.text:
            refus.append(f"{methode} {adresse(chemin, ici)} montre l'autre CFA")
    assert not refus, "\n".join(refus)


def test_le_travail_d_un_autre_ne_se_suit_pas(
    connecter: Callable[[Acteur], Client], etroit: Acteur, deux_cfas: tuple[Ids, Ids]
) -> None:
    assert connecter(etroit).get(f"/travaux/{deux_cfas[0]['travail']}").status_code == 404


def test_un_referent_de_cfa_lit_le_journal_de_ses_formations_seulement(
    connecter: Callable[[Acteur], Client], referent: Acteur, deux_cfas: tuple[Ids, Ids]
) -> None:
    ici, ailleurs = deux_cfas
    client = connecter(referent)
    page = client.get("/journal").text
    assert f"<code>rapport:{ici['rapport']}</code>" in page
    assert f"<code>depot:{ici['depot']}</code>" in page
    assert f"<code>compte:{referent.compte_id}</code>" in page
    assert f"<code>rapport:{ailleurs['rapport']}</code>" not in page
    assert f"<code>depot:{ailleurs['depot']}</code>" not in page
    assert "/journal/verification" not in page
    assert client.get("/journal/verification").status_code == 404
    emporte = client.post("/journal.csv").text
    assert f"rapport:{ici['rapport']}" in emporte
    assert f"rapport:{ailleurs['rapport']}" not in emporte


def test_l_accueil_d_un_cfa_ne_propose_que_ses_gestes(
    connecter: Callable[[Acteur], Client], base: BaseSQL, acteur: Acteur, referent: Acteur
) -> None:
    with base.ecriture() as session:
        session.execute(update(Depot).values(cfa_id=None))
    accueil = connecter(referent).get("/").text
    assert "Déposer un premier fichier" not in accueil
    assert "Continuer la grille" not in accueil
    assert "Continuer la grille" in connecter(acteur).get("/").text


def test_les_chiffres_de_l_etablissement_ne_se_lisent_pas_d_un_cfa(
    connecter: Callable[[Acteur], Client], base: BaseSQL, referent: Acteur, deux_cfas: tuple[Ids, Ids]
) -> None:
    ici, ailleurs = deux_cfas
    client = connecter(referent)
    with base.lecture() as session:
        ici_uai, ailleurs_uai = (session.get_one(Cfa, jeu["cfa"]).uai for jeu in deux_cfas)
    assert client.get("/indicateurs").status_code == 200
    for perimetre, statut in (
        (f"cfa-{ici_uai}", 200),
        (f"diplome-{ici['formation']}", 200),
        ("total", 404),
        (f"cfa-{ailleurs_uai}", 404),
        (f"diplome-{ailleurs['formation']}", 404),
    ):
        for brut in ("", "1"):
            assert client.get("/indicateurs", params={"perimetre": perimetre, "brut": brut}).status_code == statut
