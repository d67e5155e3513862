"""Les pages de comparaison, sur les deux bases : les années d'un diplôme, les diplômes d'une campagne."""

import csv
import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import update

from appli.base import BaseSQL
from charte.acteur import Acteur, Mandat, Partie, Portee, Role
from charte.commun.web import Introuvable
from grilles.arrete.services import CommandeArrete, arreter_grille
from grilles.comparaisons.regles import Changement
from grilles.comparaisons.services import Filtre, comparer_les_annees, comparer_les_diplomes
from grilles.modeles import Preuve
from grilles.services import CommandeReponse, annee_courante, enregistrer_reponse
from tests.conftest import Client, creer_compte
from tests.grilles.arrete.test_arreter import executer, ou
from tests.grilles.conftest import creer_collegue, creer_formation

__all__ = ["ou"]
ANNEE = annee_courante()


def repondre(base: BaseSQL, acteur: Acteur, formation_id: int, annee: int, **etats: str) -> None:
    """Range des positions concertées : `e1_S1_1="tenu"`."""
    with base.ecriture() as session:
        for cle, etat in etats.items():
            element = cle[1:].replace("_", ".")
            enregistrer_reponse(session, acteur, CommandeReponse(formation_id, element, etat, annee=annee))


def deux_annees(base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    """Une grille arrêtée l'an passé, une ouverte cette année."""
    repondre(base, acteur, formation_id, ANNEE - 1, e1_S1_1="non_tenu", e1_S1_2="tenu", e1_S1_3="tenu")
    with base.ecriture() as session:
        arreter_grille(session, acteur, CommandeArrete(formation_id, ANNEE - 1))
    repondre(base, acteur, formation_id, ANNEE, e1_S1_1="tenu", e1_S1_2="en_partie", e4_C1_1="tenu")


def test_deux_annees_se_comparent_element_par_element(ou) -> None:
    base, acteur, formation_id = ou
    deux_annees(base, acteur, formation_id)
    with base.lecture() as session:
        vue = comparer_les_annees(session, acteur, formation_id)
    assert (vue.avant, vue.apres, vue.annees) == (ANNEE - 1, ANNEE, (ANNEE - 1, ANNEE))
    assert vue.comparaison is not None
    vus = {e.element.id: e.changement for e in vue.comparaison.elements if e.remarquable}
    assert vus == {
        "1.S1.1": Changement.HAUSSE,
        "1.S1.2": Changement.BAISSE,
        "1.S1.3": Changement.PARTIE,
        "4.C1.1": Changement.NOUVELLE,
    }


def test_une_grille_arretee_se_compare_telle_qu_elle_etait(ou) -> None:
    base, acteur, formation_id = ou
    deux_annees(base, acteur, formation_id)
    executer(base, update(Preuve).values(titre="Autre"))
    with base.lecture() as session:
        vue = comparer_les_annees(session, acteur, formation_id, ANNEE - 1, ANNEE)
    assert vue.grilles is not None
    assert [grille.scelle is not None for grille in vue.grilles] == [True, False]


def test_un_diplome_d_ailleurs_ne_se_compare_pas(ou) -> None:
    base, acteur, formation_id = ou
    deux_annees(base, acteur, formation_id)
    ailleurs = creer_compte(base, "Autre université", Role.REFERENT_QUALITE, "autre@essais.invalid")
    with base.lecture() as session:
        with pytest.raises(Introuvable):
            comparer_les_annees(session, ailleurs, formation_id)
        assert comparer_les_diplomes(session, ailleurs).diplomes == ()


def test_les_diplomes_cote_a_cote_par_libelle(ou) -> None:
    base, acteur, formation_id = ou
    autre = creer_formation(base, acteur, "RNCP35346-0352757F")
    repondre(base, acteur, formation_id, ANNEE, e1_S1_1="tenu", e2_S1_1="tenu")
    repondre(base, acteur, autre, ANNEE, e1_S1_1="non_tenu", e2_S1_1="en_partie")
    with base.ecriture() as session:
        arreter_grille(session, acteur, CommandeArrete(autre))
    with base.lecture() as session:
        vue = comparer_les_diplomes(session, acteur)
        du_poste = comparer_les_diplomes(session, acteur, ANNEE, Filtre(poste=2))
    assert [diplome.id for diplome in vue.diplomes] == [formation_id, autre]
    [ecart] = vue.ecarts
    assert (ecart.element.id, [etat for etat, _ in ecart.par_etat]) == ("1.S1.1", ["tenu", "non_tenu"])
    assert (du_poste.ecarts, [numero for numero, _ in du_poste.postes]) == ((), [2])
    cfa = vue.diplomes[1].cfa_id
    du_cfa = creer_collegue(base, acteur, Role.REFERENT_QUALITE, "Du CFA", (
        Mandat(Role.REFERENT_QUALITE, Portee.CFA, cfa, Partie.CFA),))  # fmt: skip
    with base.lecture() as session:
        assert [d.id for d in comparer_les_diplomes(session, acteur, filtre=Filtre(cfa=cfa)).diplomes] == [autre]
        assert [d.id for d in comparer_les_diplomes(session, du_cfa).diplomes] == [autre]


def soupe(reponse: Any) -> str:
    return " ".join(BeautifulSoup(reponse.text, "html.parser").get_text(" ").split())


def rangees(reponse: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(reponse.content.decode("utf-8-sig")), delimiter=";"))


def test_les_pages_et_les_tables(client: Client, base: BaseSQL, acteur: Acteur, formation_id: int) -> None:
    deux_annees(base, acteur, formation_id)
    adresse = f"/diplomes/{formation_id}/comparaison"
    dit = soupe(client.get(adresse))
    for mot in ("1 réponse monte", "1 baisse", "1 est nouvelle", "1 n’est plus là", "arrêtée, version 1"):
        assert mot in dit
    assert "4.C1.2" not in dit
    assert "4.C1.2" in soupe(client.get(adresse + "?tout=oui"))
    assert len(rangees(client.get(adresse + ".csv"))) == 94
    dit = soupe(client.get("/comparaisons"))
    assert "par libellé" in dit
    assert "Métiers de l’essai" in dit
    [entetes, ligne] = rangees(client.get("/comparaisons.csv?poste=1"))
    assert (entetes[-1], ligne[-1]) == ("Poste 1", "En deçà du socle")


@pytest.mark.parametrize("question", [f"?avant={ANNEE}&apres={ANNEE}", "?avant=1066", f"?apres={ANNEE + 9}"])
def test_un_mauvais_choix_se_dit(
    client: Client, base: BaseSQL, acteur: Acteur, formation_id: int, question: str
) -> None:
    deux_annees(base, acteur, formation_id)
    reponse = client.get(f"/diplomes/{formation_id}/comparaison{question}")
    assert reponse.status_code == 422
    assert "Choisissez deux années" in reponse.text
    assert client.get(f"/diplomes/{formation_id}/comparaison.csv{question}").status_code == 404


def test_sans_deux_grilles_la_page_le_dit(client: Client, formation_id: int) -> None:
    assert "deuxième campagne" in client.get(f"/diplomes/{formation_id}/comparaison").text
    assert client.get("/comparaisons?annee=zzz&cfa=zzz&composante=-1&poste=9").status_code == 200
