"""Les fuites que nulle relation ne montre seule : des combinaisons de sommes, et ce qui les rompt."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from indicateurs.secret.adresses import ABSENTE, Booleens, Entiers, Relation, combiner
from indicateurs.secret.famille import Famille, fermer
from indicateurs.secret.noyau import PREMIER, Bloc, Creuse, Pelee, Reduite, peler, restes_sous

__all__ = ["completer"]

_TIRAGES = 2
"""Deux vecteurs du noyau au hasard : une cellule nulle sur les deux est déductible, à une chance sur 10¹⁸ près."""


_COEFFICIENTS = 1 << 23
"""Un bloc plus grand ne se résout pas d'un tenant : on délie d'abord ses années."""


@dataclass(frozen=True)
class _Systeme:
    """Les cellules fines masquées, rangées par classes que rien de montré ne sépare, et les sommes qui s'y lisent.

    `rangs` : celles des cellules fines de la charpente qui sont masquées ; `classes` : la classe de chacune. `sommes` :
    des lignes sur les classes ; l'adresse de chacune, et la relation qui en a retranché les parts montrées (si une).
    `jetons` : 64 bits par ligne, 64 par classe, qui disent ses cellules fines.
    """

    rangs: Entiers
    classes: Entiers
    sommes: Creuse
    adresses: Entiers
    jetons: tuple[Entiers, Entiers]
    retranchees: dict[int, Relation]

    @cached_property
    def nombre(self) -> int:
        """Le nombre de classes."""
        return int(self.classes.max(initial=-1)) + 1

    @cached_property
    def pelee(self) -> Pelee:
        """Le système pelé, toute classe pouvant être l'inconnue d'une ligne."""
        return peler(self.sommes, np.ones(self.nombre, dtype=bool))

    @cached_property
    def coeur(self) -> list[Bloc]:
        """Ce que le pelage laisse."""
        return self.pelee.coeur.blocs()

    @cached_property
    def _sans_temoins(self) -> list[tuple[Bloc, Reduite]]:
        return [(bloc, bloc.reduire_sans_temoin()) for bloc in self.coeur]

    @cached_property
    def _avec_temoins(self) -> list[tuple[Bloc, Reduite]]:
        egaux = np.ones(self.nombre, dtype="int64")
        return [(bloc, bloc.reduire(egaux, 1)) for bloc in self.coeur]

    def tirer(self, graine: int) -> Entiers:
        """Un vecteur du noyau, par classe."""
        hasard = np.random.default_rng(graine)
        return self.pelee.tirer(hasard, len(self.adresses), self.nombre, self._sans_temoins)

    def exprimer(self, classes: Entiers) -> Entiers:
        """La part de chaque ligne dans la somme, déductible, de ces classes."""
        somme = np.zeros(self.nombre, dtype="int64")
        somme[classes] = 1
        return self.pelee.exprimer(somme, len(self.adresses), self._avec_temoins)


@dataclass(frozen=True)
class _Fuite:
    """Une combinaison de sommes montrées qui en dit trop : la part de chaque ligne, et les colonnes où elle compte."""

    parts: Entiers
    colonnes: Booleens


class _TropGrandError(Exception):
    """Des lignes trop mêlées pour se résoudre d'un tenant."""

    def __init__(self, lignes: Entiers) -> None:
        super().__init__()
        self.lignes = lignes


def completer(famille: Famille) -> None:
    """Suppression complémentaire, sur place : les relations une à une, puis leurs combinaisons."""
    fermer(famille)
    while _rompre(famille):
        fermer(famille)


def _rompre(famille: Famille) -> bool:
    """Masque de quoi rompre chaque fuite ; faux s'il n'y en a pas."""
    systeme = _dresser(famille)
    try:
        fuites = list(_chercher(famille, systeme))
    except _TropGrandError as trop_grand:
        _delier(famille, systeme.adresses[trop_grand.lignes])
        return True
    if not fuites:
        return False
    trahies, montrees, nouvelles = famille.trahies(), ~famille.cache, np.zeros(len(famille.cache), dtype=bool)
    for fuite in fuites:
        maillons = _maillons(famille, montrees, systeme, fuite.parts)
        if nouvelles[maillons].any():  # déjà rompue
            continue
        if (choisie := famille.masquer_une(maillons, fuite.colonnes, trahies, cumul=False)) is not None:
            nouvelles[choisie] = True
    return bool(nouvelles.any())


def _delier(famille: Famille, adresses: Entiers) -> None:
    """Masque, parmi les sommes trop mêlées, les cumuls les plus fins : ce sont eux qui lient les années entre elles."""
    for etage in famille.charpente.etages[1:]:
        fins = adresses[famille.charpente.cumul[adresses] & np.isin(adresses, etage)]
        if len(fins):
            famille.cache[fins] = True
            return
    raise ValueError("Trop de niveaux se croisent pour que le secret se décide ; retirez-en un, ou des promotions.")


def _maillons(famille: Famille, montrees: Booleens, systeme: _Systeme, parts: Entiers) -> Entiers:
    """Les adresses montrées dont la combinaison dit la fuite : en masquer une la rompt."""
    charpente = famille.charpente
    coefficients = np.zeros(len(montrees), dtype="int64")
    for rang in np.flatnonzero(parts).tolist():
        adresse = int(systeme.adresses[rang])
        coefficients[adresse] += parts[rang]
        if (relation := systeme.retranchees.get(adresse)) is not None:
            enfants = relation.groupe(int(np.searchsorted(relation.parents, adresse)))
            coefficients[enfants[montrees[enfants]]] -= parts[rang]
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
    retranchees: dict[int, Relation] = {}
    adresses, presentes = [], []
    for etage, vue in zip(charpente.etages[1:], vues, strict=True):
        gardees, choisies = _retrancher(famille, etage, rangs)
        gardees &= vue != ABSENTE
        retranchees |= choisies
        adresses.append(vue[gardees])
        presentes.append(classes[gardees])
    jetons = _jeter(len(charpente.fines), rangs, classes)
    sommes, des_lignes, empreintes = _distinguer(np.concatenate(adresses), np.concatenate(presentes), jetons)
    return _Systeme(rangs, classes, sommes, des_lignes, (empreintes, jetons), retranchees)


def _jeter(fines: int, rangs: Entiers, classes: Entiers) -> Entiers:
    """Le jeton de chaque classe : la somme, sur 64 bits, de ceux de ses cellules fines."""
    des_cellules = np.random.default_rng(0).integers(-(1 << 63), (1 << 63) - 1, fines)
    jetons = np.zeros(int(classes.max(initial=-1)) + 1, dtype="int64")
    np.add.at(jetons, classes, des_cellules[rangs])
    return jetons


def _montrees(adresses: Entiers, cache: Booleens) -> Entiers:
    return np.where((adresses != ABSENTE) & ~cache[adresses], adresses, ABSENTE)


def _distinguer(adresses: Entiers, classes: Entiers, jetons: Entiers) -> tuple[Creuse, Entiers, Entiers]:
    """Les lignes, une par somme distincte ; l'adresse et l'empreinte de chacune.

    Deux sommes se reconnaissent à cette empreinte : 64 bits, la somme des jetons de leurs classes.
    """
    largeur = max(len(jetons), 1)
    paires = np.unique(adresses * largeur + classes)
    des_lignes, des_classes = paires // largeur, paires % largeur
    debuts = np.flatnonzero(np.diff(des_lignes, prepend=-1))
    if not len(debuts):
        return Creuse(des_lignes, des_classes), des_lignes, des_lignes
    empreintes, premieres = np.unique(np.add.reduceat(jetons[des_classes], debuts), return_index=True)
    numeros = np.full(len(debuts), ABSENTE)
    numeros[premieres] = np.arange(len(premieres))
    lignes = np.repeat(numeros, np.diff(debuts, append=len(paires)))
    gardees = np.flatnonzero(lignes != ABSENTE)
    gardees = gardees[np.argsort(lignes[gardees], kind="stable")]
    return Creuse(lignes[gardees], des_classes[gardees]), des_lignes[debuts[premieres]], empreintes


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
    colonnes, sans_reste = famille.cohortes.shape[1], True
    for colonne in range(colonnes):
        for parts in _petits_restes(famille, systeme, colonne):
            sans_reste = False
            yield _Fuite(parts, np.arange(colonnes) == colonne)
    if sans_reste:  # ce qui rompt les restes change le système : le reste se verra au tour suivant
        for bloc in systeme.coeur:
            _tenir(bloc)
        yield from _determinees(famille, systeme)


def _petits_restes(famille: Famille, systeme: _Systeme, colonne: int) -> Iterator[Entiers]:
    """Les restes sous le seuil d'une colonne, à ce qui n'y compte personne près : la part de chaque ligne.

    Une ligne qui porte seule une classe d'au moins `seuil` personnes n'entre dans aucun d'eux.
    """
    cohortes = famille.cohortes[famille.charpente.fines[systeme.rangs], colonne]
    poids = np.bincount(systeme.classes, cohortes, systeme.nombre).astype("int64")
    lourdes = poids >= famille.seuil
    if not (~lourdes & (poids > 0)).any():
        return
    coeur = peler(systeme.sommes.garder(poids[systeme.sommes.inconnues] > 0), lourdes).coeur
    hauteur, seules = len(systeme.adresses), coeur.seules(systeme.nombre)
    pesees = np.bincount(coeur.lignes, poids[coeur.inconnues], hauteur)
    for ligne in seules[pesees[seules] < famille.seuil].tolist():
        yield np.eye(1, hauteur, ligne, dtype="int64")[0]
    liees = np.ones(hauteur, dtype=bool)
    liees[seules] = False
    for bloc in coeur.garder(liees[coeur.lignes]).blocs():
        for temoins in _restes_du_bloc(famille, systeme, colonne, bloc, poids):
            parts = np.zeros(hauteur, dtype="int64")
            parts[bloc.lignes] = temoins
            yield parts


def _restes_du_bloc(famille: Famille, systeme: _Systeme, colonne: int, bloc: Bloc, poids: Entiers) -> list[Entiers]:
    """Les témoins de ses restes sous le seuil ; un bloc qui n'en a pas, et que rien n'a changé, ne se revoit pas."""
    des_lignes, des_classes = systeme.jetons
    empreinte = int((des_lignes[bloc.lignes][bloc.ici] * des_classes[bloc.inconnues][bloc.la]).sum())
    if (colonne, empreinte) in famille.sures or (poids[bloc.inconnues] >= famille.seuil).all():
        return []
    _tenir(bloc)
    trouves = restes_sous(bloc.reduire(poids, famille.seuil), poids[bloc.inconnues], famille.seuil)
    if not trouves:
        famille.sures.add((colonne, empreinte))
    return trouves


def _tenir(bloc: Bloc) -> None:
    if bloc.taille > _COEFFICIENTS:
        raise _TropGrandError(bloc.lignes)


def _etaler(voulues: Entiers, systeme: _Systeme, graine: int) -> Entiers:
    """Un vecteur du noyau, par cellule fine : quelconque, mais de somme imposée dans chaque classe."""
    valeurs = np.random.default_rng(_TIRAGES + graine).integers(1, PREMIER, len(systeme.classes))
    _, premieres = np.unique(systeme.classes, return_index=True)
    valeurs[premieres] = 0
    sommes = np.bincount(systeme.classes, valeurs, systeme.nombre).astype("int64")
    valeurs[premieres] = (voulues - sommes) % PREMIER
    return valeurs


def _determinees(famille: Famille, systeme: _Systeme) -> Iterator[_Fuite]:
    """Une adresse masquée se déduit si elle est nulle sur tout le noyau."""
    cache, colonnes = famille.cache, np.ones(famille.cohortes.shape[1], dtype=bool)
    tirages = [_etaler(systeme.tirer(graine), systeme, graine) for graine in range(_TIRAGES)]
    for etage in famille.charpente.etages:
        ici = np.where(etage == ABSENTE, len(cache), etage)[systeme.rangs]
        nulles = np.append(cache, False)
        for valeurs in tirages:
            nulles &= np.bincount(ici, valeurs, len(nulles)).astype("int64") % PREMIER == 0
        for adresse in np.unique(ici[nulles[ici]]):
            yield _Fuite(systeme.exprimer(np.unique(systeme.classes[ici == adresse])), colonnes)
