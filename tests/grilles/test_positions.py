"""Chaque organisation n'écrit que sa position ; la concertée seule fait le niveau."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.web import Introuvable
from charte.modeles import Formation
from grilles.modeles import Reponse
from grilles.services import (
    CommandePreuve,
    CommandeReponse,
    Conflit,
    ajouter_preuve,
    enregistrer_reponse,
    lire_grille,
    retirer_preuve,
)
from tests.conftest import Client
from tests.grilles.conftest import creer_collegue, creer_formation

ELEMENT = "1.S1.1"
INSECABLE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def referent_cfa(base: BaseSQL, acteur: Acteur, formation_id: int) -> Acteur:
    """Le référent du CFA qui porte la formation."""
    with base.lecture() as session:
        cfa_id = session.get_one(Formation, formation_id).cfa_id
    mandat = Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa_id, Partie.CFA)
    return creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Référent CFA", (mandat,))


def dire(base: BaseSQL, qui: Acteur, formation_id: int, partie: Partie, etat: str, version: int = 0) -> None:
    with base.ecriture() as session:
        commande = CommandeReponse(formation_id, ELEMENT, etat, version=version, partie=partie)
        enregistrer_reponse(session, qui, commande)


def test_chacun_ecrit_la_sienne_et_lit_celle_de_l_autre(
    base: BaseSQL, acteur: Acteur, referent_cfa: Acteur, formation_id: int
) -> None:
    dire(base, acteur, formation_id, Partie.ETABLISSEMENT, "tenu")
    dire(base, referent_cfa, formation_id, Partie.CFA, "en_partie")
    with base.lecture() as session:
        concertee = lire_grille(session, referent_cfa, formation_id)
        du_cfa = lire_grille(session, acteur, formation_id, partie=Partie.CFA)
    assert concertee.ligne(ELEMENT).etat is None
    dites = [(partie, lue.etat) for partie, lue in concertee.autres_positions(ELEMENT)]
    assert dites == [(Partie.ETABLISSEMENT, "tenu"), (Partie.CFA, "en_partie")]
    assert concertee.en_desaccord(ELEMENT)
    etat = du_cfa.ligne(ELEMENT).etat
    assert etat is not None
    assert etat.cle == "en_partie"
    assert [(partie, lue.etat) for partie, lue in du_cfa.autres_positions(ELEMENT)] == [(Partie.ETABLISSEMENT, "tenu")]


@pytest.mark.parametrize("partie", [Partie.CONCERTEE, Partie.ETABLISSEMENT])
def test_le_cfa_n_ecrit_ni_la_concertee_ni_celle_de_l_etablissement(
    base: BaseSQL, referent_cfa: Acteur, formation_id: int, partie: Partie
) -> None:
    with pytest.raises(DroitManquant, match=partie.value):
        dire(base, referent_cfa, formation_id, partie, "tenu")
    with base.lecture() as session:
        assert session.exec(select(Reponse)).all() == []


def test_l_etablissement_n_ecrit_pas_celle_du_cfa(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    with pytest.raises(DroitManquant, match="cfa"):
        dire(base, acteur, formation_id, Partie.CFA, "tenu")


def test_le_cfa_n_atteint_pas_la_formation_d_un_autre_cfa(base: BaseSQL, acteur: Acteur, referent_cfa: Acteur) -> None:
    ailleurs = creer_formation(base, acteur, "RNCP00009-0759999X")
    with pytest.raises(Introuvable):
        dire(base, referent_cfa, ailleurs, Partie.CFA, "tenu")
    with base.lecture() as session, pytest.raises(Introuvable):
        lire_grille(session, referent_cfa, ailleurs)


def test_deux_positions_ne_se_heurtent_pas_mais_une_meme_position_si(
    base: BaseSQL, acteur: Acteur, referent_cfa: Acteur, formation_id: int
) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu")
    dire(base, referent_cfa, formation_id, Partie.CFA, "non_tenu")
    with pytest.raises(Conflit) as conflit:
        dire(base, referent_cfa, formation_id, Partie.CFA, "tenu")
    assert conflit.value.autre.etat == "non_tenu"
    with base.lecture() as session:
        rangees = session.exec(select(Reponse).order_by(col(Reponse.partie))).all()
        dites = [(reponse.partie, reponse.etat, reponse.version) for reponse in rangees]
    assert dites == [("cfa", "non_tenu", 1), ("concertee", "tenu", 1)]


def test_le_niveau_reste_celui_de_la_position_concertee(
    base: BaseSQL, acteur: Acteur, referent_cfa: Acteur, formation_id: int
) -> None:
    with base.lecture() as session:
        socle = [
            ligne.id for bloc in lire_grille(session, acteur, formation_id).postes[0].socle for ligne in bloc.lignes
        ]
    with base.ecriture() as session:
        for element in socle:
            enregistrer_reponse(
                session, referent_cfa, CommandeReponse(formation_id, element, "tenu", partie=Partie.CFA)
            )
    with base.lecture() as session:
        vu_par_le_cfa = lire_grille(session, referent_cfa, formation_id, partie=Partie.CFA).postes[0].bilan
        concerte = lire_grille(session, acteur, formation_id).postes[0].bilan
    assert vu_par_le_cfa.niveau == concerte.niveau
    assert vu_par_le_cfa.manques == concerte.manques
    assert vu_par_le_cfa.avancement.renseignes == len(socle)
    assert concerte.avancement.renseignes == 0


def test_le_cfa_cite_une_preuve_mais_n_en_retire_pas(
    base: BaseSQL, acteur: Acteur, referent_cfa: Acteur, formation_id: int
) -> None:
    preuve = CommandePreuve(formation_id, ELEMENT, "Livret", "https://intranet.exemple.invalid/livret.pdf")
    with base.ecriture() as session:
        preuve_id = ajouter_preuve(session, referent_cfa, preuve)
    with base.ecriture() as session, pytest.raises(DroitManquant):
        retirer_preuve(session, referent_cfa, formation_id, ELEMENT, preuve_id=preuve_id)
    with base.ecriture() as session:
        retirer_preuve(session, acteur, formation_id, ELEMENT, preuve_id=preuve_id)


def test_la_page_du_cfa_montre_et_range_sa_position(
    base: BaseSQL, connecter: Callable[[Acteur], Client], acteur: Acteur, referent_cfa: Acteur, formation_id: int
) -> None:
    dire(base, acteur, formation_id, Partie.CONCERTEE, "tenu")
    client, grille = connecter(referent_cfa), f"/diplomes/{formation_id}/grille"
    page = client.get(f"{grille}/1").text.replace(INSECABLE, " ")
    assert 'name="partie" value="cfa"' in page
    assert "Position concertée : tenu" in page
    saisies = {"etat": "non_tenu", "version": "0", "partie": "cfa"}
    assert client.post(f"{grille}/reponses/{ELEMENT}", data=saisies).status_code == 303
    interdite = client.post(f"{grille}/reponses/{ELEMENT}", data={**saisies, "partie": "concertee", "version": "1"})
    assert interdite.status_code == 404
    concertee = client.get(f"{grille}/1", params={"partie": "concertee"}).text.replace(INSECABLE, " ")
    assert "CFA : non tenu" in concertee
    assert 'name="etat"' not in concertee
    assert client.get(f"{grille}/1", params={"partie": "zzz"}).status_code == 404
