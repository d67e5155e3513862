"""Ce qu'un référent de CFA essaierait contre un autre CFA du même établissement, sur SQLite et sur PostgreSQL."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from charte.modeles import Cfa, Formation
from indicateurs.modeles import Apprenti, Depot, Parcours
from tests.conftest import Client, creer_compte, jeton_de, se_connecter
from tests.grilles.conftest import creer_collegue
from tests.indicateurs.imports.fabrique import en_csv, ligne, uai
from tests.reserve import ouvrir_un_client

SIEN, AUTRE = uai(990001), uai(990011)
REFERENT = "referent.du.cfa@quatre-vents.invalid"
RESPONSABLE = "responsable@quatre-vents.invalid"
FICHIER = "Dupont_Jeanne_handicap.csv"


def ligne_de_l_autre(numero: int, **changements: Any) -> dict[str, Any]:
    """Une ligne juste de l'autre CFA."""
    sienne = {"etablissement_responsable_uai": AUTRE, "etablissement_formateur_uai": uai(990012)}
    return ligne(numero, **{**sienne, "formation_rncp": "RNCP99077", **changements})


@dataclass(frozen=True)
class Partage:
    """Un établissement, deux CFA : 40 apprentis dans l'un, 3 dans l'autre ; un référent du premier."""

    base: BaseSQL
    acteur: Acteur
    formations: dict[str, int]
    entrer: Callable[[str], Client]

    def lire(self, requete: Any) -> list[tuple[Any, ...]]:
        """Ce que dit la base."""
        with hors_cloison(), self.base.lecture() as session:
            return [tuple(lue) for lue in lignes(session, requete)]

    def personnes(self) -> set[tuple[Any, ...]]:
        """Ce qui est rangé des personnes."""
        champs = (Apprenti.id, Apprenti.rqth, Apprenti.annee_naissance, Apprenti.sexe, Apprenti.empreinte_ine)
        return set(self.lire(select(*(col(champ) for champ in champs))))


def deposer(client: Client, *rangs: dict[str, Any], nom: str = "f.csv") -> str:
    """Dépose un fichier ; rend l'adresse du dépôt."""
    reponse = client.post("/depots", files={"fichier": (nom, en_csv(list(rangs)))})
    assert reponse.status_code == 303
    return str(reponse.headers["location"])


@pytest.fixture(params=["base", pytest.param("base_ordinaire", marks=pytest.mark.postgresql)])
def partage(request: pytest.FixtureRequest, reglages: Reglages) -> Iterator[Partage]:
    """La scène, sur les deux bases."""
    base: BaseSQL = request.getfixturevalue(request.param)
    with hors_cloison():
        acteur = creer_compte(base, "Université", Role.REFERENT_QUALITE, "ref@u.invalid", "0352756F")
    with ExitStack() as pile:

        def entrer(courriel: str) -> Client:
            client = ouvrir_un_client(pile, replace(reglages), base)
            assert se_connecter(client, courriel).status_code == 303
            return client

        client = entrer("ref@u.invalid")
        rangs = [ligne(n) for n in range(40)]
        rangs += [ligne_de_l_autre(n, rqth_apprenant="OUI" if n == 1003 else "NON") for n in range(1003, 1006)]
        assert client.post(deposer(client, *rangs, nom=FICHIER) + "/confirmation").status_code == 303
        yield Partage(base, acteur, _nommer(base, acteur), entrer)


def _nommer(base: BaseSQL, acteur: Acteur) -> dict[str, int]:
    """Un référent du premier CFA, un responsable de sa formation ; rend les formations."""
    with hors_cloison():
        with base.lecture() as session:
            cfas = dict(tuple(lue) for lue in lignes(session, select(col(Cfa.uai), col(Cfa.id))))
            formations = dict(tuple(lue) for lue in lignes(session, select(col(Formation.rncp), col(Formation.id))))
        du_cfa = Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfas[SIEN], Partie.CFA)
        d_une = Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, formations["RNCP99001"])
        creer_collegue(base, acteur, du_cfa.role, "referent du cfa", (du_cfa,))
        creer_collegue(base, acteur, d_une.role, "responsable", (d_une,))
    return formations


@pytest.mark.parametrize(
    "ecrit", [AUTRE, AUTRE.lower(), f" {AUTRE[:4]} {AUTRE[4:]}", AUTRE.lstrip("0"), f"\u00a0{AUTRE}"]
)
def test_une_ligne_d_un_autre_cfa_fait_refuser_tout_le_fichier_comment_que_son_code_s_ecrive(
    partage: Partage, ecrit: str
) -> None:
    client = partage.entrer(REFERENT)
    depot = deposer(client, ligne(100), ligne_de_l_autre(101, etablissement_responsable_uai=ecrit))
    client.post(f"{depot}/confirmation")
    assert partage.lire(select(func.count()).select_from(Parcours)) == [(43,)]
    assert partage.lire(select(col(Depot.etat)).order_by(col(Depot.id).desc()).limit(1)) == [("illisible",)]


def test_un_code_absent_ou_inconnu_ne_cree_rien_chez_personne(partage: Partage) -> None:
    client = partage.entrer(REFERENT)
    for code in (None, "9999999X", "zzz"):
        depot = deposer(client, ligne_de_l_autre(204, etablissement_responsable_uai=code))
        client.post(f"{depot}/confirmation")
    assert partage.lire(select(func.count()).select_from(Parcours)) == [(43,)]
    assert partage.lire(select(func.count()).select_from(Cfa)) == [(2,)]


def test_l_apercu_ne_dit_rien_d_une_personne_d_un_autre_cfa(partage: Partage) -> None:
    """Qui devine l'identité d'une personne n'apprend ni qu'on la connaît, ni si elle est travailleuse handicapée."""
    client = partage.entrer(REFERENT)

    def apercevoir(numero: int) -> str:
        depot = deposer(client, ligne(numero, rqth_apprenant=None))
        page = client.get(f"{depot}/confirmation")
        assert page.status_code == 200
        assert client.post(f"{depot}/abandon").status_code == 303
        return re.sub(r'value="\w+"|depots/\d+|moment">[^<]*', "", page.text)

    inconnue, connue, handicapee = (apercevoir(numero) for numero in (7777, 1004, 1003))
    assert connue == inconnue
    assert handicapee == inconnue


@pytest.mark.parametrize("retirer", ["", "1"])
def test_un_cfa_ne_change_pas_ce_qu_un_autre_a_dit_d_une_personne(partage: Partage, retirer: str) -> None:
    client, avant = partage.entrer(REFERENT), partage.personnes()
    faux = {"rqth_apprenant": None if retirer else "NON", "sexe_apprenant": "F", "ine_apprenant": "0000009999A"}
    depot = deposer(client, ligne(1003, **faux))
    assert client.post(f"{depot}/confirmation", data={"retirer": retirer}).status_code == 303
    assert partage.lire(select(func.count()).select_from(Parcours)) == ([(4,)] if retirer else [(44,)])
    rangees = {personne for personne in avant if personne[1]}
    assert len(rangees) == 1
    assert rangees <= partage.personnes()


def test_un_cfa_corrige_toujours_les_siennes(partage: Partage) -> None:
    client = partage.entrer(REFERENT)
    depot = deposer(client, *(ligne(n, rqth_apprenant="OUI" if n == 5 else "NON") for n in range(40)))
    assert client.post(f"{depot}/confirmation").status_code == 303
    assert sum(bool(personne[1]) for personne in partage.personnes()) == 2


@pytest.mark.parametrize("qui", [REFERENT, RESPONSABLE])
def test_un_fichier_de_l_etablissement_ne_se_dit_ni_par_son_nom_ni_par_ses_comptes(partage: Partage, qui: str) -> None:
    """43 lignes en tout et 40 chez soi : l'effectif masqué de l'autre CFA se lirait par différence."""
    client, sienne = partage.entrer(qui), partage.formations["RNCP99001"]
    pages = ("/", "/diplomes", "/indicateurs", "/indicateurs/obtention", "/conseils", "/mon-compte", "/parties")
    du_diplome = ("", "/indicateurs", "/grille", "/conseil", "/historique")
    for adresse in (*pages, *(f"/diplomes/{sienne}{suite}" for suite in du_diplome)):
        for suite in ("", "?brut=1"):
            reponse = client.get(adresse + suite)
            assert reponse.status_code == 200, adresse
            for secret in (FICHIER, "43 ligne", "43\u00a0ligne", "RNCP99077", AUTRE):
                assert secret not in reponse.text, (adresse, secret)
    assert "Dépôt n° 1" in client.get("/indicateurs/obtention").text


def test_chacun_n_ecrit_que_sa_position_quels_que_soient_les_champs_envoyes(partage: Partage) -> None:
    sienne, autre = partage.formations["RNCP99001"], partage.formations["RNCP99077"]
    en_trop = {"formation_id": str(autre), "etablissement_id": "2", "modifie_par": "autre", "grille_id": "99"}
    permises = {REFERENT: {"cfa"}, RESPONSABLE: {"etablissement", "concertee"}}
    for qui, tenues in permises.items():
        client = partage.entrer(qui)
        for partie in ("cfa", "etablissement", "concertee", "CFA", "inconnue"):
            saisies = {"etat": "tenu", "version": "0", "partie": partie, **en_trop}
            reponse = client.post(f"/diplomes/{sienne}/grille/reponses/1.S1.1", data=saisies)
            assert reponse.status_code == (303 if partie in tenues else 404), (qui, partie)
            assert client.post(f"/diplomes/{autre}/grille/reponses/1.S1.1", data=saisies).status_code == 404
        assert jeton_de(client.get(f"/diplomes/{sienne}/grille").text)
