"""De quelle source vient chaque valeur d'une personne, d'un parcours, d'un contrat ; et ce que les autres en disent.

Une ligne rangée appartient à la source du dépôt qui l'a créée. Ce qu'une autre source y remplit, ou dit autrement, est
noté à part (`ValeurDeSource`) : la valeur retenue et celles qu'on garde à côté.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Executable, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from indicateurs.imports.ecarts import DIT, SOURCE, Ecart
from indicateurs.sources.modeles import ValeurDeSource
from indicateurs.stockage import enregistrements, inserer, modifier, supprimer

SOURCE_DES_PERSONNES = "tableau_de_bord_v3"
"""Une personne n'a pas de dépôt : ce qui n'est pas noté à part vient du fichier des apprentis."""

Cellule = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Notee:
    """Une valeur de source rangée. `retenue` : c'est celle de la ligne."""

    id: int
    format: str
    valeur: str
    retenue: bool
    depot_id: int
    ligne: int


Notees = Mapping[Cellule, Mapping[str, Notee]]


_COLONNES = (
    ValeurDeSource.objet_id,
    ValeurDeSource.champ,
    ValeurDeSource.id,
    ValeurDeSource.format,
    ValeurDeSource.valeur,
    ValeurDeSource.retenue,
    ValeurDeSource.depot_id,
    ValeurDeSource.ligne,
)


def lire_les_notees(session: Session, acteur: Acteur, objet: str) -> dict[Cellule, dict[str, Notee]]:
    """Les valeurs de source d'une sorte d'objets de l'établissement : (identifiant, champ) → format → valeur."""
    requete = select(*(col(colonne) for colonne in _COLONNES)).where(
        col(ValeurDeSource.etablissement_id) == acteur.etablissement_id, col(ValeurDeSource.objet) == objet
    )
    return _en_notees(session, requete)


def lire_les_notees_de(
    session: Session, acteur: Acteur, objet: str, objets: Sequence[int]
) -> dict[Cellule, dict[str, Notee]]:
    """Comme `lire_les_notees`, pour ces objets seulement."""
    requete = select(*(col(colonne) for colonne in _COLONNES)).where(
        col(ValeurDeSource.etablissement_id) == acteur.etablissement_id,
        col(ValeurDeSource.objet) == objet,
        col(ValeurDeSource.objet_id).in_(objets),
    )
    return _en_notees(session, requete)


def _en_notees(session: Session, requete: Executable) -> dict[Cellule, dict[str, Notee]]:
    notees: dict[Cellule, dict[str, Notee]] = {}
    for objet_id, champ, *reste in lignes(session, requete):
        notee = Notee(*reste)
        notees.setdefault((int(objet_id), champ), {})[notee.format] = notee
    return notees


def dire_la_source(
    rangees: pd.DataFrame, cle: str, champs: Iterable[str], proprietaire: pd.Series, *, notees: Notees, source: str
) -> pd.DataFrame:
    """La table rangée et, par champ, la source de chaque valeur (`ecarts.SOURCE`).

    `proprietaire` : la source de chaque ligne. Sans rien à distinguer (tout vient de `source`), la table telle quelle.
    """
    if not notees and (proprietaire == source).all():
        return rangees
    colonnes = {}
    for champ in champs:
        retenues = {
            identifiant: notee.format
            for (identifiant, nom), formats in notees.items()
            if nom == champ
            for notee in formats.values()
            if notee.retenue
        }
        d_ailleurs = rangees[cle].map(retenues).astype("str") if retenues else pd.Series(pd.NA, rangees.index, "str")
        dites = d_ailleurs.where(d_ailleurs.notna(), proprietaire.astype("str"))
        colonnes[SOURCE.format(champ)] = dites.where(rangees[champ].notna(), None)
    return rangees.assign(**colonnes)


def canonique(valeur: Any) -> str:
    """La forme en texte d'une valeur : date ISO, « oui » ou « non », entier sans décimale ; vide si absente."""
    if valeur is None or pd.isna(valeur):
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return valeur.isoformat()[:10] if isinstance(valeur, date) else str(valeur)[:300]


@dataclass(frozen=True)
class Notation:
    """Ce qu'il faut pour noter : la sorte d'objet, la colonne de son identifiant, les champs, la source, le dépôt."""

    objet: str
    cle: str
    champs: Sequence[str]
    source: str
    communs: Mapping[str, int]


def noter_les_valeurs(session: Session, ecart: Ecart, notees: Notees, notation: Notation) -> None:
    """Écrit ce que le fichier dit de lignes d'une autre source, et garde à côté ce qu'il a remplacé ou contredit."""
    communes = ecart.communes
    if not any(SOURCE.format(champ) in communes for champ in notation.champs):
        return
    voulues = dict(_voulues(ecart, notees, notation))
    perimees = [notees[c][f].id for (c, f), neuve in voulues.items() if neuve is None and f in notees.get(c, {})]
    supprimer(session, ValeurDeSource, "id", perimees)
    ajouts, changements = [], []
    for ((objet_id, champ), format_), neuve in voulues.items():
        if neuve is None:
            continue
        connue = notees.get((objet_id, champ), {}).get(format_)
        if connue is None:
            reperes = {"objet": notation.objet, "objet_id": objet_id, "champ": champ, "format": format_}
            etablissement = {"etablissement_id": notation.communs["etablissement_id"]}
            ajouts.append({**etablissement, **reperes, **neuve})
        elif (connue.valeur, connue.retenue) != (neuve["valeur"], neuve["retenue"]):
            changements.append({"id": connue.id, **neuve})
    inserer(session, ValeurDeSource, ajouts)
    modifier(session, ValeurDeSource, changements)


Voulue = tuple[tuple[Cellule, str], dict[str, Any] | None]


def _voulues(ecart: Ecart, notees: Notees, notation: Notation) -> Iterator[Voulue]:
    """Chaque (cellule, format) et ce qui doit en être noté ; None : plus rien."""
    communes, depot = ecart.communes, notation.communs["depot_id"]
    colonnes = [notation.cle, "ligne", "proprietaire", "depot_range", "ligne_rangee"]
    lignes_ = enregistrements(communes, colonnes)
    tranchees = {(int(d["rang"]), str(d["champ"])) for d in _detaillees(ecart.details)}
    for champ in notation.champs:
        if SOURCE.format(champ) not in communes:
            continue
        sources, dites, avant = (
            _liste(communes[nom]) for nom in (SOURCE.format(champ), DIT.format(champ), f"{champ}_avant")
        )
        for rang, rangee in enumerate(lignes_):
            if dites[rang] is None:
                continue
            cellule = (int(rangee[notation.cle]), champ)
            neuve = {"valeur": canonique(dites[rang]), "depot_id": depot, "ligne": rangee["ligne"]}
            siennes = notees.get(cellule, {})
            if (rang, champ) not in tranchees:
                yield _sans_changement(
                    cellule, neuve, siennes, notation.source, (sources[rang], dites[rang], avant[rang])
                )
                continue
            sienne = notation.source == rangee["proprietaire"]
            yield (cellule, notation.source), None if sienne else {**neuve, "retenue": True}
            if sources[rang] and sources[rang] != notation.source:
                yield _ecartee(cellule, sources[rang], siennes, avant[rang], rangee)


def _sans_changement(
    cellule: Cellule, neuve: dict[str, Any], siennes: Mapping[str, Notee], source: str, valeurs: tuple[Any, Any, Any]
) -> Voulue:
    """La cellule garde sa valeur : le désaccord se note, un désaccord passé s'oublie, le reste ne bouge pas."""
    rangee_par, dite, avant = valeurs
    if dite != avant and rangee_par not in (None, source):
        return (cellule, source), {**neuve, "retenue": False}
    connue = siennes.get(source)
    garder = connue is not None and connue.retenue
    return (cellule, source), {**_en_dict(connue), "retenue": True} if garder and connue else None


def _en_dict(notee: Notee) -> dict[str, Any]:
    return {"valeur": notee.valeur, "depot_id": notee.depot_id, "ligne": notee.ligne}


def _ecartee(
    cellule: Cellule, source: str, siennes: Mapping[str, Notee], avant: Any, rangee: Mapping[str, Any]
) -> Voulue:
    """La valeur que l'on vient de remplacer, gardée à côté avec sa provenance."""
    if source in siennes:
        return (cellule, source), {**_en_dict(siennes[source]), "retenue": False}
    garde = {"valeur": canonique(avant), "depot_id": rangee["depot_range"], "ligne": rangee["ligne_rangee"]}
    return (cellule, source), {**garde, "retenue": False} if garde["depot_id"] is not None else None


def _detaillees(details: pd.DataFrame) -> list[dict[str, Any]]:
    return enregistrements(details, ("rang", "champ"))


def _liste(serie: pd.Series) -> list[Any]:
    return [valeur for (valeur,) in (tuple(d.values()) for d in enregistrements(serie.to_frame("v"), ("v",)))]


def noter_les_nouvelles(session: Session, objets: pd.DataFrame, notation: Notation) -> None:
    """Note ce qu'une source dit de personnes qu'elle vient de créer (une personne n'a pas de dépôt à elle)."""
    communs = {"etablissement_id": notation.communs["etablissement_id"], "depot_id": notation.communs["depot_id"]}
    rangees = enregistrements(objets, (notation.cle, "ligne", *notation.champs))
    reperes = {"objet": notation.objet, "format": notation.source, "retenue": True}
    ajouts = [
        {**communs, **reperes, "objet_id": int(rangee[notation.cle]), "champ": champ, "ligne": rangee["ligne"],
         "valeur": canonique(rangee[champ])}
        for rangee in rangees
        for champ in notation.champs
        if rangee[champ] is not None
    ]  # fmt: skip
    inserer(session, ValeurDeSource, ajouts)


def oublier_les_valeurs(session: Session, objet: str, identifiants: Sequence[int]) -> None:
    """Ôte les valeurs de source d'objets qui disparaissent (aucune clé étrangère ne le ferait)."""
    table = ValeurDeSource.__table__  # type: ignore[attr-defined]
    for debut in range(0, len(identifiants), 500):
        lot = identifiants[debut : debut + 500]
        session.connection().execute(table.delete().where(table.c.objet == objet, table.c.objet_id.in_(lot)))
