"""Contrôler des diplômes : la portée de chacun, ce qu'une grille arrêtée ne dit plus, les pages, l'accueil."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup

from appli.base import BaseSQL
from appli.tableau import lire_tableau_de_bord
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.base import maintenant
from charte.commun.web import Introuvable
from grilles.controles.services import compter_a_regarder, controler_tout, controler_un_diplome
from grilles.jalons.modeles import Jalon
from grilles.modeles import Preuve
from grilles.plan.modeles import ActionAmelioration
from grilles.services import CommandePreuve, CommandeReponse, ajouter_preuve, annee_courante, enregistrer_reponse
from tests.conftest import Client, creer_compte
from tests.grilles.arrete.test_arreter import arreter, ou
from tests.grilles.arrete.test_routes import Lecteur
from tests.grilles.conftest import creer_collegue, creer_formation

__all__ = ["ou"]
UNITES = {"abandon": "part"}


def peupler(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    """Un tenu sans preuve, un tenu dont la preuve est périmée, un jalon échu et atteint, une action close."""
    with base.ecriture() as session:
        for element, etat in (("1.S1.1", "tenu"), ("1.S1.2", "tenu"), ("1.S1.3", "en_partie")):
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, etat))
        lien = CommandePreuve(formation_id, "1.S1.2", "Livret", "https://a.invalid/livret", date(2020, 1, 5))
        preuve = ajouter_preuve(session, acteur, lien)
        session.get_one(Preuve, preuve).date_fin = date(2020, 6, 30)
        qui = acteur.etablissement_id
        session.add(Jalon(
            etablissement_id=qui, formation_id=formation_id, poste=1, rang=1, intitule="Réduire", etat="convenu",
            indicateur="abandon", sens="au_plus", valeur_visee=0.2, convenu_le=date(2020, 1, 2),
            echeance=date(2020, 6, 1), modifie_par="x", modifie_le=maintenant(),
        ))  # fmt: skip
        session.add(ActionAmelioration(
            etablissement_id=qui, formation_id=formation_id, intitule="Écrire un livret", origine="ecart",
            element="1.S1.3", etat="close", effet_constate="en_partie", reevaluation="Revu.", close_le=date(2020, 5, 1),
            cree_par="x", cree_le=maintenant(), modifie_le=maintenant(),
        ))  # fmt: skip


ATTENDUS = {
    "tenu_sans_preuve", "preuves_sans_valeur", "jalon_echu", "action_close_ecart_ouvert",
}  # fmt: skip


def cles(lus: Any) -> set[str]:
    return {constat.cle for constat in lus.constats}


def test_un_diplome_dit_tout_indicateurs_compris(ou) -> None:
    base, acteur, formation_id = ou
    peupler(base, acteur, formation_id)
    with base.lecture() as session:
        lus = controler_un_diplome(session, acteur, formation_id, Lecteur())
    assert cles(lus) == ATTENDUS | {"visee_deja_atteinte"}
    assert lus.bloquants == 3
    assert lus.a_regarder == 2


def test_tous_les_diplomes_d_un_coup_dans_sa_portee(ou) -> None:
    base, acteur, formation_id = ou
    peupler(base, acteur, formation_id)
    autre = creer_formation(base, acteur, "RNCP35346-0352757F")
    ailleurs = creer_compte(base, "Autre université", Role.REFERENT_QUALITE, "autre@essais.invalid")
    with base.lecture() as session:
        tous = {lus.formation_id: cles(lus) for lus in controler_tout(session, acteur, UNITES)}
        compte = compter_a_regarder(session, acteur, UNITES)
        assert controler_tout(session, ailleurs, UNITES) == []
        with pytest.raises(Introuvable):
            controler_un_diplome(session, ailleurs, formation_id, Lecteur())
    assert tous == {formation_id: ATTENDUS, autre: set()}
    assert (compte.bloquants, compte.a_regarder, compte.diplomes) == (3, 1, 1)
    lecteur = creer_collegue(base, acteur, Role.LECTEUR, "Lecteur")
    d_a_cote = creer_collegue(base, acteur, Role.RESPONSABLE_FORMATION, "À côté", (
        Mandat(Role.RESPONSABLE_FORMATION, Portee.FORMATION, autre, Partie.ETABLISSEMENT),))  # fmt: skip
    with base.lecture() as session:
        assert compter_a_regarder(session, lecteur, UNITES).diplomes == 0
        assert [lus.formation_id for lus in controler_tout(session, d_a_cote, UNITES)] == [autre]


def test_une_grille_arretee_ne_se_controle_plus_ses_jalons_si(ou) -> None:
    base, acteur, formation_id = ou
    peupler(base, acteur, formation_id)
    arreter(base, acteur, formation_id)
    with base.lecture() as session:
        lus = controler_un_diplome(session, acteur, formation_id, Lecteur())
    assert lus.etat == "arretee"
    assert cles(lus) == {"jalon_echu", "visee_deja_atteinte"}


def soupe(reponse: Any) -> str:
    return " ".join(BeautifulSoup(reponse.text, "html.parser").get_text(" ").split())


def test_les_pages_disent_pourquoi_et_ou_y_remedier(
    client: Client, base: BaseSQL, acteur: Acteur, formation_id: int
) -> None:
    peupler(base, acteur, formation_id)
    reponse = client.get(f"/diplomes/{formation_id}/controles")
    dit = soupe(reponse)
    for mot in ("bloque le niveau", "à regarder", "1.S1.1 est tenu, sans aucune preuve.", "Réduire"):
        assert mot in dit
    assert f'href="/diplomes/{formation_id}/grille/1#e-1-S1-1"' in reponse.text
    for question, montre in (("", True), ("?gravite=a_regarder", False), ("?controle=tenu_sans_preuve&poste=1", True)):
        assert ("1.S1.1 est tenu" in soupe(client.get("/controles" + question))) is montre
    assert "Aucune remarque de cette sorte" in soupe(client.get("/controles?poste=4"))
    assert client.get("/controles?gravite=zzz&controle=zzz&poste=zzz").status_code == 200
    assert client.get(f"/diplomes/{formation_id}/controles?annee={annee_courante() - 1}").status_code == 200


def test_l_accueil_y_mene_qui_remplit_des_grilles(
    base: BaseSQL, acteur: Acteur, formation_id: int, collegue: Callable[[Role, str], Acteur]
) -> None:
    with base.ecriture() as session:
        enregistrer_reponse(session, acteur, CommandeReponse(formation_id, "1.S1.1", "tenu"))
    lecteur = collegue(Role.LECTEUR, "Lecteur")
    with base.lecture() as session:
        adresses = [geste.adresse for geste in lire_tableau_de_bord(session, acteur).a_faire]
        assert "/controles" in adresses
        assert "/controles" not in [geste.adresse for geste in lire_tableau_de_bord(session, lecteur).a_faire]
