"""Les mesures citées : la dernière promotion, le secret respecté, rien d'un autre établissement."""

from datetime import date
from typing import cast

from sqlmodel import Session

from appli.base import BaseSQL
from charte.acteur import Acteur
from charte.commun.base import maintenant
from grilles.mesures import LecteurDeMesures
from indicateurs.definitions import charger_definitions
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import mesurer
from rapports.mesures_citees import MesuresDesIndicateurs
from tests.rapports.peuplement import creer_formation, ranger_apprentis

MESURES: LecteurDeMesures = MesuresDesIndicateurs()


def une_formation(base: BaseSQL, acteur: Acteur, *, nombre: int = 40, code: str = "but-gmp") -> int:
    with base.ecriture() as session:
        formation = creer_formation(session, acteur, code, uai="0352756F" if code == "but-gmp" else "0352757G")
        ranger_apprentis(session, acteur, formation, annee=2023, nombre=nombre, rompus=nombre // 8)
    return formation


def test_les_libelles_et_les_unites_sont_ceux_des_definitions() -> None:
    assert tuple(MESURES.libelles()) == tuple(charger_definitions()) == tuple(MESURES.unites())
    assert MESURES.libelles()["abandon"] == charger_definitions()["abandon"].libelle
    assert (MESURES.unites()["abandon"], MESURES.unites()["effectif_abandons"]) == ("part", "effectif")


def test_la_meme_valeur_que_les_pages_d_indicateurs(base: BaseSQL, acteur: Acteur) -> None:
    formation = une_formation(base, acteur)
    with base.lecture() as session:
        tableau = mesurer(session, acteur, jour_d_observation(session, acteur))
        perimetre = tableau.formation(formation)
        assert perimetre is not None
        attendue = tableau.derniere("rupture_brute_9_mois", perimetre)
        lues = MESURES.valeurs(session, acteur, formation, ["rupture_brute_9_mois", "inconnue"])
    assert attendue is not None
    assert list(lues) == ["rupture_brute_9_mois"]
    citee = lues["rupture_brute_9_mois"]
    assert citee.valeur == attendue.taux == 0.125
    assert citee.texte == "12,5\u202f% (n = 40)"
    assert citee.periode == "promotion 2023-2024"
    assert citee.definition == charger_definitions()["rupture_brute_9_mois"].identifiant
    assert citee.source.startswith("dépôt confirmé le ")
    assert citee.source.endswith("(empreinte 000000000000)")
    assert "Dupont" not in citee.source


def test_un_effectif_est_celui_de_toutes_les_promotions(base: BaseSQL, acteur: Acteur) -> None:
    formation = une_formation(base, acteur)
    with base.lecture() as session:
        citee = MESURES.valeurs(session, acteur, formation, ["effectif_fin_de_formation"])["effectif_fin_de_formation"]
    assert citee.unite == "effectif"
    assert citee.periode.startswith("au ")
    assert citee.texte == str(int(citee.valeur or 0))
    assert citee.connue


def test_un_petit_effectif_ne_porte_aucun_nombre(base: BaseSQL, acteur: Acteur) -> None:
    formation = une_formation(base, acteur, nombre=4)
    with base.lecture() as session:
        citee = MESURES.valeurs(session, acteur, formation, ["obtention"])["obtention"]
    assert (citee.valeur, citee.masquee, citee.connue) == (None, True, False)
    assert citee.texte.startswith("n.d. (effectif < ")


def test_sans_donnee_on_le_dit(base: BaseSQL, acteur: Acteur, autre_acteur: Acteur) -> None:
    ailleurs = une_formation(base, autre_acteur)
    with base.lecture() as session:
        rien = MESURES.valeurs(session, acteur, ailleurs, ["abandon"])["abandon"]
    assert (rien.texte, rien.valeur, rien.source, rien.masquee) == ("aucune donnée", None, "", False)
    une_formation(base, acteur, code="but-geii")
    with base.lecture() as session:
        rien = MESURES.valeurs(session, acteur, ailleurs, ["abandon"])["abandon"]
    assert (rien.texte, rien.valeur) == ("aucune donnée", None)


def test_a_une_date_ou_rien_n_etait_encore_mesurable(base: BaseSQL, acteur: Acteur) -> None:
    formation = une_formation(base, acteur)
    with base.lecture() as session:
        avant = MESURES.valeurs(session, acteur, formation, ["rupture_brute_9_mois"], date(2023, 9, 2))
        apres = MESURES.valeurs(session, acteur, formation, ["rupture_brute_9_mois"], maintenant().date())
    assert avant["rupture_brute_9_mois"].texte == "aucune donnée"
    assert apres["rupture_brute_9_mois"].valeur == 0.125


def test_aucune_cle_aucune_requete(acteur: Acteur) -> None:
    assert MESURES.valeurs(cast(Session, None), acteur, 1, []) == {}
