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


_COEFFICIENTS = 1 << 23
"""Un bloc plus grand ne se résout pas d'un tenant : on délie d'abord ses années."""


@dataclass(frozen=True)
class _Bloc:
    """Des sommes montrées liées entre elles : une ligne par somme, une colonne par classe de cellules fines masquées.

    `sommes` : pour chaque ligne, l'adresse, et la relation qui en a retranché les parts montrées. La matrice est vide
    quand le bloc est trop grand.
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
    systeme = _dresser(famille)
    if _delier(famille, [bloc for bloc in systeme.blocs if not bloc.matrice.size]):
        return True
    fuites = list(_chercher(famille, systeme))
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


def _delier(famille: Famille, trop_grands: list[_Bloc]) -> bool:
    """Masque, dans les blocs trop grands, les cumuls les plus fins : ce sont eux qui lient les années entre elles."""
    sommes = np.array([adresse for bloc in trop_grands for adresse, _ in bloc.sommes], dtype="int64")
    for etage in famille.charpente.etages[1:]:
        fins = sommes[famille.charpente.cumul[sommes] & np.isin(sommes, etage)]
        if len(fins):
            famille.cache[fins] = True
            return True
    if trop_grands:
        raise ValueError("Trop de niveaux se croisent pour que le secret se décide ; retirez-en un, ou des promotions.")
    return False


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
    sommes: dict[bytes, tuple[int, Relation | None]] = {}
    for etage, vue in zip(charpente.etages[1:], vues, strict=True):
        gardees, choisies = _retrancher(famille, etage, rangs)
        gardees &= vue != ABSENTE
        for adresse, ligne in _lire_les_lignes(vue[gardees], classes[gardees]):
            sommes.setdefault(ligne.tobytes(), (adresse, choisies.get(adresse)))
    return _Systeme(rangs, classes, _former(sommes) if sommes else [])


def _former(sommes: Mapping[bytes, tuple[int, Relation | None]]) -> list[_Bloc]:
    """Les blocs ; les clés sont les classes de chaque somme."""
    parts = [np.frombuffer(ligne, dtype="int64") for ligne in sommes]
    lignes, classes = np.repeat(np.arange(len(parts)), [len(part) for part in parts]), np.concatenate(parts)
    du_bloc, origines, blocs = separer(lignes, classes), list(sommes.values()), []
    for bloc in np.unique(du_bloc):
        places = du_bloc[lignes] == bloc
        rangs, de_la_ligne = np.unique(lignes[places], return_inverse=True)
        presentes, de_la_classe = np.unique(classes[places], return_inverse=True)
        tient = len(rangs) * len(presentes) <= _COEFFICIENTS
        matrice = np.zeros((len(rangs), len(presentes)) if tient else (0, 0), dtype="int64")
        if tient:
            matrice[de_la_ligne, de_la_classe] = 1
        blocs.append(_Bloc(presentes, matrice, [origines[rang] for rang in rangs]))
    return blocs


def _montrees(adresses: Entiers, cache: Booleens) -> Entiers:
    return np.where((adresses != ABSENTE) & ~cache[adresses], adresses, ABSENTE)


def _lire_les_lignes(adresses: Entiers, classes: Entiers) -> Iterator[tuple[int, Entiers]]:
    """Les adresses, et les classes de chacune, triées."""
    largeur = int(classes.max(initial=0)) + 1
    paires = np.unique(adresses * largeur + classes)
    premieres = np.flatnonzero(np.diff(paires // largeur, prepend=-1))
    parts = np.split(paires % largeur, premieres[1:])
    yield from zip((paires // largeur)[premieres].tolist(), parts, strict=False)


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
