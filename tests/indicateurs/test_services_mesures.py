"""Les mesures d'un établissement, depuis sa base : cloisonnement, secret, fraîcheur, SQLite et PostgreSQL."""

from dataclasses import replace
from datetime import date

import pytest

from appli.base import BaseSQL
from charte.acteur import Acteur, DroitManquant, Role
from charte.commun.base import Base
from charte.modeles import Etablissement
from indicateurs.services.mesures import Mesure, TableauDeMesures, mesurer
from tests.indicateurs.fabriques import Jeu, ranger

AU = date(2026, 11, 21)
BUT = Jeu("BUT Informatique", effectif=20, rompus=3, diplomes=16)
MASTER = Jeu("Master Droit", effectif=10, rompus=1, rncp="RNCP11111", uai="0352757G")
PETIT = Jeu("Licence rare", effectif=3, rompus=1, rncp="RNCP22222", uai="0352758H")


def _mesurer(base: Base, acteur: Acteur, **options: bool) -> TableauDeMesures:
    with base.lecture() as session:
        return mesurer(session, acteur, AU, **options)


def test_le_taux_d_un_diplome_et_celui_de_l_etablissement_sont_des_rapports_de_sommes(
    base: BaseSQL, acteur: Acteur
) -> None:
    but, _ = ranger(base, acteur, BUT, MASTER)
    tableau = _mesurer(base, acteur)
    diplome = tableau.formation(but)
    assert diplome is not None
    du_diplome = tableau.derniere("rupture_brute_9_mois", diplome)
    assert du_diplome is not None
    assert (du_diplome.promotion, du_diplome.numerateur, du_diplome.denominateur) == ("2023-2024", 3, 20)
    total = tableau.perimetre("total")
    assert total is not None
    ensemble = tableau.ensemble("rupture_brute_9_mois", total)
    assert ensemble is not None
    assert (ensemble.numerateur, ensemble.denominateur) == (4, 30)
    assert ensemble.taux == pytest.approx(4 / 30)


def test_un_resultat_inconnu_n_est_pas_un_echec(base: BaseSQL, acteur: Acteur) -> None:
    but, master = ranger(base, acteur, BUT, MASTER)
    tableau = _mesurer(base, acteur)
    perimetres = [tableau.formation(but), tableau.formation(master)]
    assert all(perimetres)
    obtentions = [tableau.ensemble("obtention", p) for p in perimetres if p]
    assert [o.denominateur for o in obtentions if o] == [20, 0]
    assert [o.taux for o in obtentions if o] == [0.8, None]


def test_un_petit_effectif_est_masque_et_ne_porte_aucun_nombre(base: BaseSQL, acteur: Acteur) -> None:
    petit = ranger(base, acteur, PETIT, BUT)[0]
    tableau = _mesurer(base, acteur)
    perimetre = tableau.formation(petit)
    assert perimetre is not None
    mesure = tableau.ensemble("rupture_brute_9_mois", perimetre)
    assert mesure is not None
    assert mesure.masque
    assert (mesure.numerateur, mesure.denominateur, mesure.taux, mesure.ic_bas) == (None, None, None, None)


def test_les_chiffres_bruts_sont_reserves_a_qui_peut_les_voir(base: BaseSQL, acteur: Acteur) -> None:
    petit = ranger(base, acteur, PETIT)[0]
    tableau = _mesurer(base, acteur, brut=True)
    perimetre = tableau.formation(petit)
    assert perimetre is not None
    mesure = tableau.ensemble("rupture_brute_9_mois", perimetre)
    assert mesure is not None
    assert (mesure.numerateur, mesure.denominateur, mesure.masque) == (1, 3, False)
    lecteur = replace(acteur, role=Role.LECTEUR)
    with pytest.raises(DroitManquant):
        _mesurer(base, lecteur, brut=True)


def test_un_etablissement_ne_voit_rien_d_un_autre(base: BaseSQL, acteur: Acteur, autre_acteur: Acteur) -> None:
    (but,) = ranger(base, acteur, BUT)
    tableau = _mesurer(base, autre_acteur)
    assert tableau.formation(but) is None
    assert tableau.sources == ()
    total = tableau.perimetre("total")
    assert total is not None
    assert tableau.serie("rupture_brute_9_mois", total) == ()


def test_le_tableau_garde_suit_les_nouvelles_donnees(base: BaseSQL, acteur: Acteur) -> None:
    ranger(base, acteur, BUT)
    premier = _mesurer(base, acteur)
    assert _mesurer(base, acteur) is premier
    ranger(base, acteur, MASTER)
    suivant = _mesurer(base, acteur)
    total = suivant.perimetre("total")
    assert total is not None
    ensemble = suivant.ensemble("rupture_brute_9_mois", total)
    assert ensemble is not None
    assert ensemble.denominateur == 30


@pytest.mark.postgresql
def test_postgresql_donne_les_memes_mesures(base: BaseSQL, acteur: Acteur, base_postgresql: BaseSQL) -> None:
    with base_postgresql.ecriture() as session:
        session.add(Etablissement(id=acteur.etablissement_id, nom="Le même"))
    sans_compte = replace(acteur, compte_id=None)
    tableaux = []
    for ici in (base, base_postgresql):
        ranger(ici, sans_compte, BUT, MASTER, PETIT)
        tableaux.append(_mesurer(ici, sans_compte))
    sqlite, postgresql = tableaux
    assert sqlite._mesures == postgresql._mesures
    assert [p.adresse for p in sqlite.perimetres] == [p.adresse for p in postgresql.perimetres]


@pytest.mark.parametrize(("au", "dite"), [(date(2024, 4, 15), False), (date(2024, 6, 1), True)])
def test_une_promotion_sans_neuf_mois_n_a_pas_de_probabilite_a_neuf_mois(
    base: BaseSQL, acteur: Acteur, au: date, dite: bool
) -> None:
    (but,) = ranger(base, acteur, BUT)
    with base.lecture() as session:
        tableau = mesurer(session, acteur, au)
    diplome = tableau.formation(but)
    assert diplome is not None
    serie = tableau.serie("rupture_9_mois_estimee", diplome)
    assert [(m.effectif, m.taux is not None) for m in serie] == [(20, dite)]
    assert (tableau.derniere("rupture_9_mois_estimee", diplome) is not None) is dite


def test_une_promotion_masquee_emporte_la_courbe_de_son_perimetre(base: BaseSQL, acteur: Acteur) -> None:
    """Les contrats encore suivis, mois après mois, diraient l'effectif de la promotion la plus récente."""
    (but,) = ranger(base, acteur, BUT)
    tableau = _mesurer(base, acteur)
    diplome = tableau.formation(but)
    assert diplome is not None
    assert tableau.courbe(diplome) is not None
    cle = ("rupture_9_mois_estimee", diplome.niveau, diplome.cle)
    tue = Mesure("2026-2027", None, None, None, None, None, masque=True)
    assert replace(tableau, _mesures={**tableau._mesures, cle: (*tableau._mesures[cle], tue)}).courbe(diplome) is None
