"""Le même dépôt, touché par plusieurs personnes au même instant : rangé une fois, ni panne, ni retour en arrière."""

from sqlmodel import col, select

from indicateurs.modeles import Apprenti, Depot, Parcours
from tests.appli.test_gestes_simultanes import Ensemble, ensemble
from tests.indicateurs.imports.fabrique import en_csv, ligne

__all__ = ["ensemble"]
LIGNES = 12


def deposer(scene: Ensemble) -> str:
    fichier = en_csv([ligne(rang) for rang in range(LIGNES)])
    reponse = scene.clients[0].post("/depots", data={"source": ""}, files={"fichier": ("a.csv", fichier)})
    assert reponse.status_code == 303, reponse.text
    return str(reponse.headers["location"])


def test_le_meme_depot_confirme_ensemble_se_range_une_fois(ensemble: Ensemble) -> None:
    adresse = deposer(ensemble)
    assert set(ensemble.lancer(lambda _: (f"{adresse}/confirmation", {}))) == {303}
    assert (ensemble.compter(Parcours), ensemble.compter(Apprenti)) == (LIGNES, LIGNES)


def test_deux_depots_des_memes_apprentis_confirmes_ensemble_ne_les_doublent_pas(ensemble: Ensemble) -> None:
    adresses = [deposer(ensemble), deposer(ensemble)]
    assert set(ensemble.lancer(lambda rang: (f"{adresses[rang % 2]}/confirmation", {}))) == {303}
    assert (ensemble.compter(Parcours), ensemble.compter(Apprenti)) == (LIGNES, LIGNES)
    assert ensemble.lire(select(col(Depot.etat)).distinct()) == [("confirme",)]


def test_confirmer_relire_autrement_et_abandonner_ensemble_laisse_un_depot_entier(ensemble: Ensemble) -> None:
    gestes: tuple[tuple[str, dict[str, str]], ...] = (
        ("/confirmation", {}),
        ("/colonnes", {"source": "tableau_de_bord_v3", "tel_quel": "1"}),
        ("/abandon", {}),
    )
    adresse = deposer(ensemble)
    assert set(ensemble.lancer(lambda rang: (adresse + gestes[rang % 3][0], gestes[rang % 3][1]))) == {303}
    [(etat, confirme_le, fichier)] = ensemble.lire(select(col(Depot.etat), col(Depot.confirme_le), col(Depot.fichier)))
    assert etat in ("confirme", "abandonne")
    assert (etat == "confirme") == (confirme_le is not None) == (ensemble.compter(Parcours) == LIGNES)
    assert (etat == "abandonne") == (fichier is None)
