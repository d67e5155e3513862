"""Une expression vérifiée devient une expression narwhals : la même pour polars, pandas, DuckDB et Spark.

Les colonnes de dates sont des jours entiers depuis 1970 : on les compare et on les soustrait comme des nombres. Un
décalage en mois demande le calendrier : la préparation en fait une colonne (`decalages`). Comparé à une date fixe, il
se retourne une fois pour toutes : `plus_mois(x, 9) <= au` est `x <= dernier jour qui, neuf mois plus tard, n'est pas
après au`.

Une colonne logique est un entier, 0 ou 1, absent si l'on ne sait pas.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw

from indicateurs.expressions import Expression, Noeud

__all__ = ["Compilateur", "colonne_decalee", "decalages", "en_jours", "plus_mois"]

_ORIGINE = date(1970, 1, 1)
_PLUS_LOIN_DANS_UN_MOIS = 3
_RETOURNES = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def en_jours(jour: date) -> int:
    """Jours écoulés depuis le 1er janvier 1970."""
    return (jour - _ORIGINE).days


def plus_mois(jour: date, mois: int) -> date:
    """La date décalée de mois de calendrier ; le 31 devient le dernier jour d'un mois plus court."""
    rang = jour.year * 12 + jour.month - 1 + mois
    annee, numero = rang // 12, rang % 12 + 1
    return date(annee, numero, min(jour.day, calendar.monthrange(annee, numero)[1]))


def decalages(expression: Expression) -> list[Noeud]:
    """Les décalages en mois dont l'expression demande la colonne, les plus intérieurs d'abord."""
    return list(_decalages(expression.racine))


def _decalages(noeud: Noeud) -> Iterator[Noeud]:
    retourne = _retournable(noeud)
    for enfant in noeud.enfants if retourne is None else (retourne[0],):
        yield from _decalages(enfant)
    if noeud.operation == "plus_mois" and not _fixe(noeud):
        yield noeud


def colonne_decalee(decalage: Noeud) -> str:
    """Le nom de la colonne qui porte un décalage en mois."""
    propre = [] if decalage.valeur is None else [str(decalage.valeur)]
    if decalage.operation == "colonne":
        return propre[0]
    return "__".join([decalage.operation, *map(colonne_decalee, decalage.enfants), *propre])


def _fixe(noeud: Noeud) -> bool:
    """Vrai pour une date qui ne dépend d'aucune colonne."""
    return noeud.genre == "date" and noeud.operation != "colonne" and all(map(_fixe, noeud.enfants))


def _retournable(noeud: Noeud) -> tuple[Noeud, int, str, Noeud] | None:
    """`plus_mois(x, n) op fixe`, dans un sens ou dans l'autre : rend x, n, op, fixe."""
    if noeud.operation != "compare":
        return None
    gauche, droite = noeud.enfants
    op = str(noeud.valeur)
    if gauche.operation != "plus_mois" or _fixe(gauche):
        gauche, droite, op = droite, gauche, _RETOURNES[op]
    if gauche.operation != "plus_mois" or not _fixe(droite) or op in ("==", "!="):
        return None
    return gauche.enfants[0], int(gauche.valeur), op, droite


@dataclass(frozen=True)
class Compilateur:
    """Traduit les expressions à la date d'observation `au`."""

    au: date

    def logique(self, expression: Expression) -> nw.Expr:
        """L'expression logique, sans valeur absente."""
        return _sure(*self._logique(expression.racine))

    def nombre(self, expression: Expression) -> nw.Expr:
        """L'expression numérique, absente si l'une de ses colonnes l'est."""
        return self._nombre(expression.racine)

    def jours(self, noeud: Noeud) -> nw.Expr:
        """Une date de l'expression, en jours depuis 1970."""
        return self._jours(noeud)

    def _logique(self, noeud: Noeud) -> tuple[nw.Expr, bool]:
        """Rend l'expression, et vrai si elle n'est jamais absente."""
        match noeud.operation:
            case "et" | "ou":
                return self._lier(noeud)
            case "non":
                return ~_sure(*self._logique(noeud.enfants[0])), True
            case "connu":
                return ~self._valeur(noeud.enfants[0]).is_null(), True
            case "dans":
                return self._valeur(noeud.enfants[0]).is_in(list(noeud.valeur)), False
            case "colonne":
                return nw.col(noeud.valeur) == 1, False
            case _:
                return self._comparer(noeud)

    def _lier(self, noeud: Noeud) -> tuple[nw.Expr, bool]:
        premiere, *autres = [self._logique(enfant) for enfant in noeud.enfants]
        liee, sure = premiere
        for autre, autre_sure in autres:
            liee = liee & autre if noeud.operation == "et" else liee | autre
            sure = sure and autre_sure
        return liee, sure

    def _comparer(self, noeud: Noeud) -> tuple[nw.Expr, bool]:
        retourne = _retournable(noeud)
        if retourne is not None:
            return self._comparer_retourne(*retourne), False
        gauche, droite = noeud.enfants
        return _comparer(self._valeur(gauche), self._valeur(droite), str(noeud.valeur))

    def _comparer_retourne(self, x: Noeud, mois: int, op: str, fixe: Noeud) -> nw.Expr:
        limite = self._fixe(fixe)
        jours = self._jours(x)
        dernier = _dernier_jour(limite if op in ("<=", ">") else limite - timedelta(days=1), mois)
        return jours <= en_jours(dernier) if op in ("<=", "<") else jours > en_jours(dernier)

    def _valeur(self, noeud: Noeud) -> nw.Expr:
        if noeud.genre == "date":
            return self._jours(noeud)
        if noeud.genre == "nombre":
            return self._nombre(noeud)
        if noeud.genre == "logique":
            return nw.col(noeud.valeur) if noeud.operation == "colonne" else self._logique(noeud)[0]
        return nw.col(noeud.valeur) if noeud.operation == "colonne" else nw.lit(noeud.valeur)

    def _nombre(self, noeud: Noeud) -> nw.Expr:
        match noeud.operation:
            case "colonne":
                return nw.col(noeud.valeur)
            case "valeur":
                return nw.lit(noeud.valeur)
            case "jours_entre":
                debut, fin = noeud.enfants
                return self._jours(fin) - self._jours(debut)
            case _:
                a, b = (self._nombre(enfant).cast(nw.Float64) for enfant in noeud.enfants)
                return _calculer(a, b, str(noeud.valeur))

    def _jours(self, noeud: Noeud) -> nw.Expr:
        if _fixe(noeud):
            return nw.lit(en_jours(self._fixe(noeud)), nw.Int32)
        match noeud.operation:
            case "colonne":
                return nw.col(noeud.valeur)
            case "plus_mois":
                return nw.col(colonne_decalee(noeud))
            case "plus_jours":
                return self._jours(noeud.enfants[0]) + int(noeud.valeur)
            case _:
                return _plus_tot([self._jours(enfant) for enfant in noeud.enfants])

    def _fixe(self, noeud: Noeud) -> date:
        match noeud.operation:
            case "au":
                return self.au
            case "plus_mois":
                return plus_mois(self._fixe(noeud.enfants[0]), int(noeud.valeur))
            case "plus_jours":
                return self._fixe(noeud.enfants[0]) + timedelta(days=int(noeud.valeur))
            case _:
                return min(map(self._fixe, noeud.enfants))


def _sure(expression: nw.Expr, deja: bool) -> nw.Expr:
    return expression if deja else expression.fill_null(False)


def _comparer(a: nw.Expr, b: nw.Expr, op: str) -> tuple[nw.Expr, bool]:
    match op:
        case "<":
            return a < b, False
        case "<=":
            return a <= b, False
        case ">":
            return a > b, False
        case ">=":
            return a >= b, False
        case "==":
            return a == b, False
    # pandas dit qu'une valeur absente diffère de toutes : on écarte les absentes soi-même.
    return ~(a == b).fill_null(False) & ~a.is_null() & ~b.is_null(), True


def _calculer(a: nw.Expr, b: nw.Expr, op: str) -> nw.Expr:
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    return nw.when(b != 0).then(a / b)


def _plus_tot(dates: list[nw.Expr]) -> nw.Expr:
    """La plus petite des valeurs connues, deux à deux : même sens de l'absence pour tous les moteurs."""
    premiere, *autres = dates
    for autre in autres:
        garde = (~premiere.is_null()) & (autre.is_null() | (premiere <= autre))
        premiere = nw.when(garde.fill_null(False)).then(premiere).otherwise(autre)
    return premiere


def _dernier_jour(limite: date, mois: int) -> date:
    """Le dernier jour qui, décalé de `mois`, ne dépasse pas `limite` (le décalage est croissant)."""
    jour = plus_mois(limite, -mois) + timedelta(days=_PLUS_LOIN_DANS_UN_MOIS)
    while plus_mois(jour, mois) > limite:
        jour -= timedelta(days=1)
    return jour
