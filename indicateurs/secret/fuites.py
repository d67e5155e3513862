"""Les fuites que nulle relation ne montre seule : des combinaisons de sommes, et ce qui les rompt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from indicateurs.secret.adresses import ABSENTE, Booleens, Entiers, Relation, combiner
from indicateurs.secret.famille import Famille, fermer
from indicateurs.secret.noyau import PREMIER, Reduite, reduire, restes_sous, separer

__all__ = ["completer"]

_TIRAGES = 2
"""Deux vecteurs du noyau au hasard : une cellule nulle sur les deux est déductible, à une chance sur 10¹⁸ près."""


@dataclass(frozen=True)
class _Bloc:
    """Des sommes montrées liées entre elles : une ligne par somme, une colonne par classe de cellules fines masquées.

    `sommes` : pour chaque ligne, l'adresse, et la relation qui en a retranché les parts montrées.
    """

    classes: Entiers
    matrice: Entiers
    sommes: list[tuple[int, Relation | None]]


@dataclass(frozen=True)
class _Systeme:
    """Les cellules fines masquées, rangées par classes que rien de montré ne sépare, et les sommes qui s'y lisent.

    `rangs` : celles des cellules fines de la charpente qui sont masquées ; `classes` : la classe de chacune.
    """

    rangs: Entiers
    classes: Entiers
    blocs: list[_Bloc]

    @property
    def nombre(self) -> int:
        return int(self.classes.max(initial=-1)) + 1


@dataclass(frozen=True)
class _Fuite:
    """Une combinaison des classes d'un bloc qui se lit, et les colonnes de la famille où elle compte."""

    bloc: _Bloc
    somme: Entiers
    colonnes: Booleens


def completer(famille: Famille) -> None:
    """Suppression complémentaire, sur place : les relations une à une, puis leurs combinaisons."""
    fermer(famille)
    while _rompre(famille):
        fermer(famille)


def _rompre(famille: Famille) -> bool:
    """Masque de quoi rompre chaque fuite ; faux s'il n'y en a pas."""
    isolees, nouvelles = famille.isolees(), np.zeros(len(famille.cache), dtype=bool)
    temoignages: dict[int, Reduite] = {}
    fuites = list(_chercher(famille, _dresser(famille)))
    montrees = ~famille.cache
    for fuite in fuites:
        if id(fuite.bloc) not in temoignages:
            temoignages[id(fuite.bloc)] = _temoigner(fuite.bloc)
        maillons = _maillons(famille, montrees, fuite.bloc, temoignages[id(fuite.bloc)].exprimer(fuite.somme))
        if nouvelles[maillons].any():  # déjà rompue
            continue
        if (choisie := famille.masquer_une(maillons, fuite.colonnes, isolees, cumul=False)) is not None:
            nouvelles[choisie] = True
    return bool(nouvelles.any())


def _temoigner(bloc: _Bloc) -> Reduite:
    """Le bloc réduit, un témoin par ligne gardant trace de sa part dans chaque combinaison."""
    temoins = np.eye(len(bloc.matrice), dtype="int64")
    return reduire(np.hstack([bloc.matrice, temoins]), np.zeros(len(bloc.classes), dtype="int64"))


def _maillons(famille: Famille, montrees: Booleens, bloc: _Bloc, reste: Entiers) -> Entiers:
    """Les adresses montrées dont la combinaison dit la fuite : en masquer une la rompt."""
    charpente = famille.charpente
    coefficients = np.zeros(len(montrees), dtype="int64")
    temoins = reste[len(bloc.classes) :]
    for rang in np.flatnonzero(temoins).tolist():
        adresse, relation = bloc.sommes[rang]
        coefficients[adresse] += temoins[rang]
        if relation is not None:
            enfants = relation.groupe(int(np.searchsorted(relation.parents, adresse)))
            coefficients[enfants[montrees[enfants]]] -= temoins[rang]
    au_fin = np.zeros(len(charpente.fines), dtype="int64")
    for etage in charpente.etages[1:]:
        au_fin += np.where(etage == ABSENTE, 0, coefficients[etage])
    coefficients[charpente.fines] = au_fin
    maillons: Entiers = np.flatnonzero((coefficients % PREMIER != 0) & montrees)
    return maillons


def _dresser(famille: Famille) -> _Systeme:
    charpente, cache = famille.charpente, famille.cache
    rangs = np.flatnonzero(cache[charpente.fines])
    vues = [_montrees(etage[rangs], cache) for etage in charpente.etages[1:]]
    classes = combiner([np.zeros(len(rangs), dtype="int64"), *(vue + 1 for vue in vues)])
    sommes: dict[tuple[int, ...], tuple[int, Relation | None]] = {}
    for etage, vue in zip(charpente.etages[1:], vues, strict=True):
        gardees, choisies = _retrancher(famille, etage, rangs)
        gardees &= vue != ABSENTE
        for adresse, ligne in _lire_les_lignes(vue[gardees], classes[gardees]):
            sommes.setdefault(ligne, (adresse, choisies.get(adresse)))
    lignes = list(sommes)
    blocs = [_former([lignes[rang] for rang in rangs_du_bloc], sommes) for rangs_du_bloc in separer(lignes)]
    return _Systeme(rangs, classes, blocs)


def _former(lignes: list[tuple[int, ...]], sommes: Mapping[tuple[int, ...], tuple[int, Relation | None]]) -> _Bloc:
    classes, colonnes = np.unique(np.concatenate([np.array(ligne) for ligne in lignes]), return_inverse=True)
    matrice = np.zeros((len(lignes), len(classes)), dtype="int64")
    matrice[np.repeat(np.arange(len(lignes)), [len(ligne) for ligne in lignes]), colonnes] = 1
    return _Bloc(classes, matrice, [sommes[ligne] for ligne in lignes])


def _montrees(adresses: Entiers, cache: Booleens) -> Entiers:
    return np.where((adresses != ABSENTE) & ~cache[adresses], adresses, ABSENTE)


def _lire_les_lignes(adresses: Entiers, classes: Entiers) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Les adresses, et les classes de chacune, triées."""
    largeur = int(classes.max(initial=0)) + 1
    paires = np.unique(adresses * largeur + classes)
    premieres = np.flatnonzero(np.diff(paires // largeur, prepend=-1))
    parts = np.split(paires % largeur, premieres[1:])
    for adresse, part in zip((paires // largeur)[premieres].tolist(), parts, strict=False):
        yield adresse, tuple(part.tolist())


def _retrancher(famille: Famille, etage: Entiers, rangs: Entiers) -> tuple[Booleens, dict[int, Relation]]:
    """Les cellules fines que garde la ligne de leur adresse, ses parts montrées une fois retranchées.

    Retrancher une autre ligne du système n'y change rien ; on prend, par adresse, la relation qui en ôte le plus.
    """
    cache, ici = famille.cache, etage[rangs]
    gardees = ici != ABSENTE
    choisies: dict[int, Relation] = {}
    for relation in famille.charpente.relations:
        if relation.dessus is not etage or relation.dessous is famille.charpente.etages[0]:
            continue
        essai = gardees & cache[relation.dessous[rangs]]
        avant, apres = (np.bincount(ici[choix], minlength=len(cache)) for choix in (gardees, essai))
        mieux = np.zeros(len(cache), dtype=bool)
        mieux[relation.parents] = True
        mieux &= apres < avant
        gardees = np.where(mieux[ici], essai, gardees)
        choisies |= dict.fromkeys(np.flatnonzero(mieux).tolist(), relation)
    return gardees, choisies


def _chercher(famille: Famille, systeme: _Systeme) -> Iterator[_Fuite]:
    """Les restes sous le seuil, colonne par colonne, puis les adresses masquées qui se déduisent."""
    colonnes = famille.cohortes.shape[1]
    fines = famille.charpente.fines[systeme.rangs]
    poids = np.stack([np.bincount(systeme.classes, c, systeme.nombre) for c in famille.cohortes[fines].T])
    poids = poids.astype("int64")
    tirages = [np.random.default_rng(graine).integers(1, PREMIER, systeme.nombre) for graine in range(_TIRAGES)]
    for bloc in systeme.blocs:
        for colonne, du_bloc in enumerate(poids[:, bloc.classes]):
            if colonne and not ((du_bloc > 0) & (du_bloc < famille.seuil)).any():
                continue
            reduite = reduire(bloc.matrice, du_bloc)
            for somme in restes_sous(reduite, du_bloc, famille.seuil):
                yield _Fuite(bloc, somme, np.arange(colonnes) == colonne)
            if colonne == 0:
                for graine, tirage in enumerate(tirages):
                    tirage[bloc.classes] = reduite.tirer(np.random.default_rng(graine), len(bloc.classes))
    yield from _determinees(famille, systeme, [_etaler(tirage, systeme, g) for g, tirage in enumerate(tirages)])


def _etaler(voulues: Entiers, systeme: _Systeme, graine: int) -> Entiers:
    """Un vecteur du noyau, par cellule fine : quelconque, mais de somme imposée dans chaque classe."""
    valeurs = np.random.default_rng(graine).integers(1, PREMIER, len(systeme.classes))
    _, premieres = np.unique(systeme.classes, return_index=True)
    valeurs[premieres] = 0
    sommes = np.bincount(systeme.classes, valeurs, systeme.nombre).astype("int64")
    valeurs[premieres] = (voulues - sommes) % PREMIER
    return valeurs


def _determinees(famille: Famille, systeme: _Systeme, tirages: list[Entiers]) -> Iterator[_Fuite]:
    """Une adresse masquée se déduit si elle est nulle sur tout le noyau ; un bloc ne l'est pas sans les autres."""
    cache, colonnes = famille.cache, np.ones(famille.cohortes.shape[1], dtype=bool)
    for etage in famille.charpente.etages:
        ici = np.where(etage == ABSENTE, len(cache), etage)[systeme.rangs]
        nulles = np.append(cache, False)
        for valeurs in tirages:
            nulles &= np.bincount(ici, valeurs, len(nulles)).astype("int64") % PREMIER == 0
        for adresse in np.unique(ici[nulles[ici]]):
            membres = np.unique(systeme.classes[ici == adresse])
            bloc = next(bloc for bloc in systeme.blocs if np.isin(bloc.classes, membres).any())
            yield _Fuite(bloc, np.isin(bloc.classes, membres).astype("int64"), colonnes)
