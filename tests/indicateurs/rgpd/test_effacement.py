"""Retrouver, extraire, effacer une personne : rien ne reste, rien ne revient, rien ne se dit d'elle."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from appli.base import BaseSQL
from appli.modeles import METADONNEES
from charte.acteur import Acteur, DroitManquant, Mandat, Partie, Portee, Role
from charte.commun.base import lignes
from charte.commun.journal import EntreeJournal
from charte.commun.reglages import Reglages
from charte.commun.web import Introuvable
from indicateurs.imports.coffre import Coffre
from indicateurs.modeles import Apprenti, Contrat, Depot, Effacement, Parcours
from indicateurs.rgpd.critere import Critere
from indicateurs.rgpd.effacement import BilanEffacement, depots_concernes, effacer, lever_l_effacement
from indicateurs.rgpd.personne import chercher, extraire, lire_fiche
from tests.indicateurs.imports.fabrique import ligne
from tests.indicateurs.rgpd.conftest import Ranger

ANNA = Critere(nom="NOMA", prenom="prénoma", naissance=date(2002, 1, 1))


def compter(base: BaseSQL, modele: type[SQLModel]) -> int:
    with base.lecture() as session:
        return int(lignes(session, select(func.count()).select_from(modele))[0][0])


def trouver(base: BaseSQL, qui: Acteur, reglages: Reglages, critere: Critere = ANNA) -> tuple[int, ...]:
    with base.lecture() as session:
        return chercher(session, qui, critere, reglages.cles_identite).apprentis


def journal(base: BaseSQL) -> str:
    with base.lecture() as session:
        colonnes = (EntreeJournal.acte, EntreeJournal.objet, EntreeJournal.avant, EntreeJournal.apres)
        return json.dumps([list(rangee) for rangee in lignes(session, select(*(col(c) for c in colonnes)))])


@pytest.fixture
def effacer_anna(base: BaseSQL, acteur: Acteur, reglages: Reglages, coffre: Coffre) -> Callable[..., BilanEffacement]:
    """`effacer_anna(depots=…)` : l'efface, et rend le bilan."""

    def effacer_une(depots: tuple[int, ...] = ()) -> BilanEffacement:
        (numero,) = trouver(base, acteur, reglages)
        with base.ecriture() as session:
            return effacer(session, acteur, numero, depots, coffre)

    return effacer_une


@pytest.mark.parametrize(
    "critere",
    [ANNA, Critere(ine="0000000000A"), Critere(numero=1)],
    ids=["identité", "INE", "numéro"],
)
def test_une_personne_se_retrouve_par_ce_qu_on_sait_d_elle(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, reglages: Reglages, ranger: Ranger, critere: Critere
) -> None:
    ranger(ligne(0), ligne(1))
    assert trouver(base, acteur, reglages, critere) == (1,)
    assert trouver(base, autre_acteur, reglages, critere) == ()


@pytest.mark.parametrize(
    "critere",
    [Critere(), Critere(nom="Noma", prenom="Prénoma", naissance=date(2002, 1, 2)), Critere(ine="9999999999Z"),
     Critere(nom="Noma", prenom="Prénoma"), Critere(numero=99)],
)  # fmt: skip
def test_personne_ne_repond_a_un_critere_faux_ou_incomplet(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, ranger: Ranger, critere: Critere
) -> None:
    ranger(ligne(0))
    assert trouver(base, acteur, reglages, critere) == ()


def test_la_fiche_dit_tout_ce_qui_est_range_et_d_ou_il_vient(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(ligne(0, contrat_date_rupture="2024-02-01"))
    with base.lecture() as session:
        fiche = lire_fiche(session, acteur, 1)
    (parcours,) = fiche.en_json()["parcours"]
    assert (fiche.sexe, fiche.annee_naissance, fiche.rqth, fiche.connue_par_ine, fiche.contrats) == (
        "F", 2002, False, True, 1,
    )  # fmt: skip
    assert (parcours["date_entree"], parcours["annee_scolaire"]) == ("2023-09-01", "2023-2024")
    assert parcours["source"] == {
        "depot": 1, "fichier": "apprentis.csv", "depose_le": parcours["source"]["depose_le"], "ligne": 2,
    }  # fmt: skip
    assert parcours["contrats"][0]["date_rupture"] == "2024-02-01"
    tables = (METADONNEES.tables[nom] for nom in ("apprenti", "parcours", "contrat"))
    ranges = {colonne.name for table in tables for colonne in table.columns}
    liens = {nom for nom in ranges if nom.endswith("_id")} | {"id", "empreinte_identite", "empreinte_ine", "repere_cle"}
    montres = {*fiche.en_json(), *parcours, *parcours["contrats"][0], *parcours["source"]}
    assert ranges - liens <= montres


def test_extraire_se_journalise_sans_rien_dire_de_la_personne(base: BaseSQL, acteur: Acteur, ranger: Ranger) -> None:
    ranger(ligne(0))
    with base.ecriture() as session:
        extraire(session, acteur, 1, "json")
    dit = journal(base)
    assert '"donn\\u00e9es d\'une personne extraites", "apprenti:1", null, {"forme": "json"}' in dit
    assert "2002" not in dit


def test_effacer_ote_tout_et_ne_laisse_que_la_tombale(
    base: BaseSQL, acteur: Acteur, ranger: Ranger, effacer_anna: Any
) -> None:
    ranger(ligne(0), ligne(0, formation_rncp="RNCP99002", formation_cfd="99000102"), ligne(1))
    avant = trouver_empreintes(base)
    assert effacer_anna() == BilanEffacement(2, 2, 0)
    assert [compter(base, m) for m in (Apprenti, Parcours, Contrat, Effacement)] == [1, 1, 1, 1]
    dit = journal(base)
    assert "personne effac" in dit
    assert "effacement:1" in dit
    with base.lecture() as session:
        (tombale,) = lignes(session, select(col(Effacement.empreinte_identite), col(Effacement.empreinte_ine)))
    for empreinte in {*avant, *tombale} - trouver_empreintes(base):
        assert empreinte not in dit
    assert not {*tombale} & avant


def trouver_empreintes(base: BaseSQL) -> set[str]:
    with base.lecture() as session:
        colonnes = select(col(Apprenti.empreinte_identite), col(Apprenti.empreinte_ine))
        return {empreinte for rangee in lignes(session, colonnes) for empreinte in rangee}


def test_un_vieux_fichier_ne_fait_pas_revenir_la_personne(base: BaseSQL, ranger: Ranger, effacer_anna: Any) -> None:
    ranger(ligne(0), ligne(1))
    effacer_anna()
    apercu, bilan = ranger(ligne(0), ligne(0, annee_scolaire="2024-2025"), ligne(1), ligne(2))
    assert (apercu.effacees.personnes, apercu.effacees.lignes) == (1, 2)
    assert bilan.en_json() == {"ajouts": 1, "changements": 0, "retraits": 0, "inchanges": 1, "effacees": 1}
    assert compter(base, Apprenti) == 2


@pytest.mark.parametrize(
    "corrigee", [ligne(0, nom_apprenant="Autrement"), ligne(0, ine_apprenant=None)], ids=["même INE", "même identité"]
)
def test_l_ine_ou_l_identite_suffit_a_l_ecarter(
    base: BaseSQL, ranger: Ranger, effacer_anna: Any, corrigee: dict[str, Any]
) -> None:
    ranger(ligne(0))
    effacer_anna()
    assert ranger(corrigee)[1].effacees == 1
    assert compter(base, Apprenti) == 0


def test_l_effacement_ne_vaut_que_dans_son_etablissement_et_se_leve(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, reglages: Reglages, ranger: Ranger, effacer_anna: Any
) -> None:
    ranger(ligne(0))
    effacer_anna()
    assert ranger(ligne(0), qui=autre_acteur)[1].ajouts == 1
    with base.lecture() as session:
        assert chercher(session, autre_acteur, ANNA, reglages.cles_identite).effacees == ()
        (effacee,) = chercher(session, acteur, ANNA, reglages.cles_identite).effacees
    with base.ecriture() as session, pytest.raises(Introuvable):
        lever_l_effacement(session, autre_acteur, effacee.id)
    with base.ecriture() as session:
        lever_l_effacement(session, acteur, effacee.id)
    assert ranger(ligne(0))[1].ajouts == 1


def test_les_fichiers_gardes_qui_portent_la_personne_se_disent_et_s_effacent_avec_elle(
    base: BaseSQL, acteur: Acteur, coffre: Coffre, poser: Any, ranger: Ranger, effacer_anna: Any
) -> None:
    ranger(ligne(0))
    ailleurs = poser(ligne(1))
    ecartee = poser(ligne(0, date_fin_formation="hier"), ligne(1))
    with base.lecture() as session:
        concernes = depots_concernes(session, acteur, 1, coffre)
    assert [(depot.id, depot.sur) for depot in concernes] == [(ecartee, True), (1, True)]
    assert effacer_anna((1, ecartee, ailleurs)) == BilanEffacement(1, 1, 2)
    with base.lecture() as session:
        etats = lignes(session, select(col(Depot.etat), col(Depot.fichier)).order_by(col(Depot.id)))
    assert [tuple(rangee) for rangee in etats[:1]] == [("confirme", None)]
    assert etats[2] == ("abandonne", None)
    assert set(coffre.pieces()) == {nom for nom in coffre.pieces() if nom.startswith(etats[1][1][:32])}
    assert len(coffre.pieces()) == 2


def test_un_fichier_qu_on_ne_peut_relire_se_dit_aussi(
    base: BaseSQL, acteur: Acteur, coffre: Coffre, reglages: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0))
    for piece in coffre.pieces():
        (reglages.dossier_depots / piece).write_bytes(b"TRJ1 altere")
    with base.lecture() as session:
        assert [depot.sur for depot in depots_concernes(session, acteur, 1, coffre)] == [False]


def test_un_effacement_annule_ne_detruit_aucun_fichier(
    base: BaseSQL, acteur: Acteur, coffre: Coffre, ranger: Ranger
) -> None:
    ranger(ligne(0))
    pieces = coffre.pieces()

    def effacer_puis_echouer() -> None:
        with base.ecriture() as session:
            effacer(session, acteur, 1, [1], coffre)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        effacer_puis_echouer()
    assert coffre.pieces() == pieces
    assert [compter(base, m) for m in (Apprenti, Parcours, Contrat, Effacement)] == [1, 1, 1, 0]


def test_chacun_chez_soi_et_pour_tout_l_etablissement(
    base: BaseSQL, acteur: Acteur, autre_acteur: Acteur, coffre: Coffre, ranger: Ranger
) -> None:
    ranger(ligne(0))
    with base.ecriture() as session, pytest.raises(Introuvable):
        effacer(session, autre_acteur, 1, [], coffre)
    with base.lecture() as session, pytest.raises(Introuvable):
        lire_fiche(session, autre_acteur, 1)
    cfa = Mandat(Role.REFERENT_QUALITE, Portee.CFA, 1, partie=Partie.CFA)
    etroits = [
        Acteur(acteur.etablissement_id, "CFA", Role.REFERENT_QUALITE, mandats=(cfa,)),
        Acteur(acteur.etablissement_id, "Lecteur", Role.LECTEUR),
    ]
    for etroit in etroits:
        with base.lecture() as session, pytest.raises(DroitManquant):
            lire_fiche(session, etroit, 1)
    assert compter(base, Apprenti) == 1
