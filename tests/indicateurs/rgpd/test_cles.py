"""Changer de clé d'identité ou de fichiers : rien ne se perd, même arrêté en chemin ; ce qui reste se compte."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.reglages import Reglages
from indicateurs.imports.coffre import Coffre, PieceIllisible
from indicateurs.imports.identite import repere_de_cle
from indicateurs.imports.services import confirmer, diagnostic_du_depot, lire_depot
from indicateurs.modeles import Apprenti, Effacement
from indicateurs.rgpd.cles import (
    BilanDesPieces,
    Restes,
    noter_la_cle_d_avant,
    rechiffrer_les_pieces,
    restes_de_l_ancienne,
)
from indicateurs.rgpd.critere import Critere
from indicateurs.rgpd.effacement import effacer
from indicateurs.rgpd.personne import chercher
from tests.indicateurs.imports.fabrique import ligne
from tests.indicateurs.rgpd.conftest import NEUVE, Ranger
from tests.indicateurs.rgpd.test_effacement import ANNA, compter


def restes(base: BaseSQL, reglages: Reglages) -> Restes:
    with base.lecture() as session:
        return restes_de_l_ancienne(session, reglages.cle_identite)


def test_avant_tout_changement_rien_ne_reste_sous_une_autre_cle(
    base: BaseSQL, reglages: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0))
    assert not restes(base, reglages)


def test_une_base_d_avant_les_reperes_se_note_sous_la_cle_d_alors(
    base: BaseSQL, reglages: Reglages, apres: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0))
    with base.ecriture() as session:
        session.get_one(Apprenti, 1).repere_cle = None
    with base.ecriture() as session:
        noter_la_cle_d_avant(session, reglages.cle_identite)
    assert not restes(base, reglages)
    assert restes(base, apres) == Restes(1, 0)


def test_les_personnes_passent_sous_la_cle_neuve_au_fil_des_fichiers(
    base: BaseSQL, apres: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0), ligne(1), ligne(2))
    apercu, bilan = ranger(ligne(0), ligne(1, sexe_apprenant="H"), sous=apres)
    assert (bilan.ajouts, bilan.changements, bilan.inchanges) == (0, 0, 2)
    assert apercu.rien
    assert restes(base, apres) == Restes(1, 0)
    assert compter(base, Apprenti) == 3
    # L'ancienne oubliée, les personnes déjà passées restent connues ; la dernière paraîtrait nouvelle.
    seule = replace(apres, cle_identite_ancienne=None)
    assert ranger(ligne(0), ligne(1), sous=seule)[1].inchanges == 2
    assert ranger(ligne(2), sous=seule)[1].ajouts == 1


def test_sous_les_deux_cles_une_personne_se_retrouve(
    base: BaseSQL, acteur: Acteur, apres: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0), ligne(1))
    ranger(ligne(1), sous=apres)
    with base.lecture() as session:
        for critere in (ANNA, Critere(ine="0000000000A")):
            assert chercher(session, acteur, critere, apres.cles_identite).apprentis == (1,)
        assert chercher(session, acteur, Critere(ine="0000000001A"), apres.cles_identite).apprentis == (2,)


def test_l_ine_que_le_fichier_ne_redonne_pas_est_oublie(base: BaseSQL, apres: Reglages, ranger: Ranger) -> None:
    ranger(ligne(0), ligne(1))
    ranger(ligne(0, ine_apprenant=None), ligne(1), sous=apres)
    with base.lecture() as session:
        requete = select(col(Apprenti.empreinte_ine), col(Apprenti.repere_cle)).order_by(col(Apprenti.id))
        (sans, avec) = lignes(session, requete)
    assert sans[0] is None
    assert avec[0] is not None
    assert {sans[1], avec[1]} == {repere_de_cle(NEUVE)}


def test_une_personne_effacee_reste_ecartee_et_sa_tombale_passe_sous_la_cle_neuve(
    base: BaseSQL, acteur: Acteur, coffre: Coffre, apres: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0))
    with base.ecriture() as session:
        effacer(session, acteur, 1, [], coffre)
    assert restes(base, apres) == Restes(0, 1)
    assert ranger(ligne(0), sous=apres)[1].effacees == 1
    assert not restes(base, apres)
    assert ranger(ligne(0), sous=replace(apres, cle_identite_ancienne=None))[1].effacees == 1
    assert compter(base, Effacement) == 1


def test_un_diagnostic_d_avant_le_changement_est_refait(
    base: BaseSQL, acteur: Acteur, reglages: Reglages, apres: Reglages, poser: Any, ranger: Ranger
) -> None:
    depot_id = poser(ligne(0))
    ranger(ligne(0))
    ranger(ligne(0), sous=apres)
    with base.ecriture() as session:
        depot = lire_depot(session, acteur, depot_id)
        assert diagnostic_du_depot(depot, Coffre.de(reglages)).repere_cle == repere_de_cle(reglages.cle_identite)
        assert diagnostic_du_depot(depot, Coffre.de(apres)).repere_cle == repere_de_cle(NEUVE)
        assert confirmer(session, acteur, depot_id, Coffre.de(apres)).inchanges == 1
    assert compter(base, Apprenti) == 1


def test_un_serveur_reste_sous_l_ancienne_cle_ne_casse_rien(
    base: BaseSQL, reglages: Reglages, apres: Reglages, ranger: Ranger
) -> None:
    ranger(ligne(0), sous=apres)
    ranger(ligne(0), sous=reglages)
    assert ranger(ligne(0), sous=apres)[1].inchanges == 1
    assert restes(base, apres) == Restes(1, 0)


def test_les_pieces_se_rechiffrent_et_un_arret_en_chemin_se_reprend(
    reglages: Reglages, monkeypatch: pytest.MonkeyPatch
) -> None:
    avant = Coffre.de(reglages)
    for numero in range(3):
        avant.ranger(f"{numero:032x}.chiffre", f"contenu {numero}".encode())
    pendant = Coffre.de(replace(reglages, cle_fichiers=NEUVE, cle_fichiers_ancienne=reglages.cle_fichiers))
    vrai_ranger, faits = Coffre.ranger, list[str]()

    def ranger_deux_fois(self: Coffre, nom: str, clair: bytes) -> None:
        if len(faits) == 1:
            raise KeyboardInterrupt
        faits.append(nom)
        vrai_ranger(self, nom, clair)

    monkeypatch.setattr(Coffre, "ranger", ranger_deux_fois)
    with pytest.raises(KeyboardInterrupt):
        rechiffrer_les_pieces(pendant)
    monkeypatch.undo()
    lus = [pendant.relire(f"{numero:032x}.chiffre") for numero in range(3)]
    assert lus == [b"contenu 0", b"contenu 1", b"contenu 2"]
    assert rechiffrer_les_pieces(pendant) == BilanDesPieces(2, 1, ())
    ensuite = Coffre(reglages.dossier_depots, NEUVE)
    assert [ensuite.relire(f"{numero:032x}.chiffre") for numero in range(3)] == lus
    with pytest.raises(PieceIllisible):
        avant.relire(f"{0:032x}.chiffre")


def test_une_piece_illisible_se_nomme_sans_arreter_les_autres(reglages: Reglages) -> None:
    coffre = Coffre.de(reglages)
    coffre.ranger("a.chiffre", b"un")
    coffre.ranger("b.chiffre", b"deux")
    (reglages.dossier_depots / "a.chiffre").write_bytes(b"TRJ1")
    pendant = Coffre(reglages.dossier_depots, NEUVE, reglages.cle_fichiers)
    assert rechiffrer_les_pieces(pendant) == BilanDesPieces(1, 0, ("a.chiffre",))
