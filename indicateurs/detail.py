"""Juger chaque ligne d'une table prête : dans la cohorte ou non, pour quelle condition, et ce qu'elle apporte. Pur.

Les expressions sont celles du calcul, évaluées par le même compilateur : ce qui est dit d'une ligne est ce qui a été
compté.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import polars as pl

from charte.commun.typographie import nombre
from indicateurs.catalogue import Colonne, charger_motifs, charger_tables
from indicateurs.compilation import Compilateur
from indicateurs.definitions import Definition
from indicateurs.expressions import Expression, Noeud

__all__ = ["Fait", "Jugement", "colonnes_lues", "conditions", "dire", "faits_de", "juger"]

Fait = str | date | float | bool
ORIGINE = date(1970, 1, 1)
_DATES = {"<": "avant", "<=": "au plus tard", ">": "après", ">=": "au plus tôt", "==": "le même jour que"}
_NOMBRES = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_AUTREMENT = {"motif_rupture": "motif de la fin anticipée"}
"""Ce qu'une colonne veut dire, quand le catalogue le dit à qui écrit une définition."""
_CAS = ("cas", "evenement")
_TERMES = {
    "valeur": "valeur comptée",
    "numerateur": "au numérateur",
    "denominateur": "au dénominateur",
    "duree": "durée de suivi, en jours",
}


@dataclass(frozen=True)
class Jugement:
    """Ce que la définition fait d'une ligne. `raisons` : les conditions de la cohorte qu'elle ne remplit pas."""

    cohorte: bool
    raisons: tuple[str, ...]
    apport: str


def juger(table: pl.DataFrame, definition: Definition, au: date) -> list[Jugement]:
    """Un jugement par ligne de la table prête, dans l'ordre."""
    compilateur, sens = Compilateur(au), _sens(definition)
    exigees = conditions(definition, "cohorte")
    colonnes = [compilateur.logique(_expression(c)).alias(f"c{rang}") for rang, c in enumerate(exigees)]
    ecrites = definition.expressions
    colonnes += [compilateur.logique(ecrites[champ]).alias(champ) for champ in _CAS if champ in ecrites]
    colonnes += [compilateur.nombre(ecrites[champ]).alias(champ) for champ in _TERMES if champ in ecrites]
    lues = nw.from_native(table).select(*colonnes).to_native().to_dicts() if table.height else []
    mots = [dire(condition, sens) for condition in exigees]
    return [_jugement(lue, mots) for lue in lues]


def _jugement(lue: Mapping[str, Any], mots: list[str]) -> Jugement:
    manquees = tuple(mot for rang, mot in enumerate(mots) if not lue[f"c{rang}"])
    return Jugement(not manquees, manquees, "" if manquees else _apport(lue))


def _apport(lue: Mapping[str, Any]) -> str:
    """Ce qu'une ligne de la cohorte apporte : « oui » ou « non » pour un cas, ses nombres sinon."""
    dits = []
    if "cas" in lue:
        dits.append("oui" if lue["cas"] else "non")
    if "evenement" in lue:
        dits.append("rupture observée" if lue["evenement"] else "suivi sans rupture")
    dits += [f"{mot} : {_ecrire(lue[champ])}" for champ, mot in _TERMES.items() if champ in lue]
    return " ; ".join(dits)


def _ecrire(valeur: float | None) -> str:
    if valeur is None:
        return "inconnue"
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)


def faits_de(ligne: Mapping[str, Any], definition: Definition) -> tuple[tuple[str, Fait], ...]:
    """Ce que la définition lit de cette ligne : (ce que c'est, sa valeur), sans les valeurs absentes."""
    decrites = charger_tables()[definition.calcul.table].colonnes
    sens = _sens(definition)
    return tuple((sens[nom], _fait(decrites[nom], ligne[nom])) for nom in colonnes_lues(ligne, definition))


def colonnes_lues(ligne: Mapping[str, Any], definition: Definition) -> tuple[str, ...]:
    """Les colonnes de ces faits, dans leur ordre."""
    return tuple(nom for nom in sorted(definition.colonnes) if ligne[nom] is not None)


def _fait(colonne: Colonne, valeur: Any) -> Fait:
    if colonne.genre == "date":
        return ORIGINE + timedelta(days=int(valeur))
    if colonne.genre == "logique":
        return bool(valeur)
    return _mot(valeur) if isinstance(valeur, str) else float(valeur)


def _mot(valeur: str) -> str:
    """Un motif se lit par son nom ; tout autre texte, tel quel."""
    motif = charger_motifs().get(valeur)
    return motif.libelle if motif else valeur


def conditions(definition: Definition, champ: str) -> tuple[Noeud, ...]:
    """Les conditions qu'une expression réunit par « et », une à une."""
    expression = definition.expressions.get(champ)
    if expression is None:
        return ()
    racine = expression.racine
    return racine.enfants if racine.operation == "et" else (racine,)


def _expression(noeud: Noeud) -> Expression:
    return Expression("", noeud)


def _sens(definition: Definition) -> dict[str, str]:
    decrites = charger_tables()[definition.calcul.table].colonnes
    return {nom: colonne.sens.partition(",")[0] for nom, colonne in decrites.items()} | _AUTREMENT


def dire(noeud: Noeud, sens: Mapping[str, str]) -> str:
    """La condition en mots ; `sens` : ce que chaque colonne veut dire."""
    return _DIRE.get(noeud.operation, _calcul)(noeud, sens)


def _colonne(noeud: Noeud, sens: Mapping[str, str]) -> str:
    return sens.get(str(noeud.valeur), str(noeud.valeur))


def _valeur(noeud: Noeud, _: Mapping[str, str]) -> str:
    return f"« {noeud.valeur} »" if noeud.genre == "texte" else f"{noeud.valeur:g}"


def _liaison(noeud: Noeud, sens: Mapping[str, str]) -> str:
    return f" {noeud.operation} ".join(_entre(enfant, sens) for enfant in noeud.enfants)


def _negation(noeud: Noeud, sens: Mapping[str, str]) -> str:
    return f"pas de : {_entre(noeud.enfants[0], sens)}"


def _appartenance(noeud: Noeud, sens: Mapping[str, str]) -> str:
    return f"{dire(noeud.enfants[0], sens)} parmi {', '.join(map(_mot, noeud.valeur))}"


def _connu(noeud: Noeud, sens: Mapping[str, str]) -> str:
    return f"{dire(noeud.enfants[0], sens)} : connu"


def _entre(noeud: Noeud, sens: Mapping[str, str]) -> str:
    dit = dire(noeud, sens)
    return f"({dit})" if noeud.operation in ("et", "ou") else dit


def _comparaison(noeud: Noeud, sens: Mapping[str, str]) -> str:
    gauche, droite = (dire(enfant, sens) for enfant in noeud.enfants)
    signe = str(noeud.valeur)
    if noeud.enfants[0].genre == "date" and signe in _DATES:
        return f"« {gauche} » {_DATES[signe]} « {droite} »"
    return f"{gauche} {_NOMBRES[signe]} {droite}"


def _calcul(noeud: Noeud, sens: Mapping[str, str]) -> str:
    termes = [dire(enfant, sens) for enfant in noeud.enfants]
    match noeud.operation:
        case "plus_mois":
            return f"{termes[0]} + {noeud.valeur} mois"
        case "plus_jours":
            return f"{termes[0]} + {noeud.valeur} jours"
        case "jours_entre":
            return f"jours de « {termes[0]} » à « {termes[1]} »"
        case "plus_tot":
            return f"la première des dates : {', '.join(termes)}"
        case _:
            return f" {noeud.valeur} ".join(termes)


_DIRE: dict[str, Callable[[Noeud, Mapping[str, str]], str]] = {
    "colonne": _colonne,
    "valeur": _valeur,
    "au": lambda _, __: "jour d’observation",
    "et": _liaison,
    "ou": _liaison,
    "non": _negation,
    "compare": _comparaison,
    "dans": _appartenance,
    "connu": _connu,
}
