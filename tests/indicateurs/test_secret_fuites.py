"""Les fuites que trouve le produit sont celles que l'on trouve en essayant tout."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from indicateurs.secret.adresses import dresser, reperer
from indicateurs.secret.famille import Famille, fermer
from indicateurs.secret.fuites import _chercher, _dresser, completer
from tests.indicateurs.test_secret_attaque import PREMIER, Etablissement, inventer, noyau_de

SEUIL = 5
MONDES = 40


def une_famille(etablissement: Etablissement, graine: int) -> Famille:
    """Une ventilation par sexe, son reste compris ; au masque primaire s'ajoutent des adresses au hasard."""
    adresses = etablissement.adresses
    _, cles = reperer(adresses, np.zeros(len(adresses), dtype="int64"))
    cohortes = etablissement.places @ etablissement.grandeurs["inscrits"].sum(axis=2)
    famille = Famille(dresser(cles), cohortes, SEUIL)
    famille.cache |= (np.random.default_rng(graine).random(len(adresses)) < 0.15) & (cohortes.sum(axis=1) > 0)
    return famille


def fuit(etablissement: Etablissement, famille: Famille) -> bool:
    """Une adresse masquée, ou un ensemble de moins de `SEUIL` personnes d'un sexe, est nul sur tout le noyau."""
    montrees, cachees = etablissement.places[~famille.cache], etablissement.places[famille.cache]
    if (cachees @ noyau_de(montrees) % PREMIER == 0).all(axis=1).any():
        return True
    fines = etablissement.grandeurs["inscrits"].sum(axis=2)
    return any(_petit_reste(montrees, nombres) for nombres in fines.T)


def _petit_reste(montrees: NDArray[np.int64], nombres: NDArray[np.int64]) -> bool:
    # Ce qui ne compte personne peut y entrer ou non : le lecteur sait parfois qu'il n'y a personne.
    vides = np.eye(len(nombres), dtype="int64")[nombres == 0]
    ensembles = np.array(list(product((0, 1), repeat=len(nombres))))
    comptes = ensembles @ nombres
    petits = ensembles[(comptes > 0) & (comptes < SEUIL)]
    noyau = noyau_de(np.vstack([montrees, vides]))
    return bool((petits @ noyau % PREMIER == 0).all(axis=1).any())


def test_une_fuite_se_trouve_si_et_seulement_si_l_essai_de_tout_la_trouve() -> None:
    verdicts = set()
    for graine in range(MONDES):
        etablissement = inventer(graine)
        famille = une_famille(etablissement, graine)
        fermer(famille)
        attendu = fuit(etablissement, famille)
        assert any(True for _ in _chercher(famille, _dresser(famille))) == attendu, graine
        completer(famille)
        assert not fuit(etablissement, famille), graine
        verdicts.add(attendu)
    assert verdicts == {True, False}
