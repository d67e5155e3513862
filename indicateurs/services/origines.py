"""De quel fichier vient chaque valeur qu'un indicateur lit d'une ligne : dépôt, source, jour, ligne du fichier."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from indicateurs.definitions import Definition
from indicateurs.modeles import Contrat, Depot, Parcours
from indicateurs.services.faits import FAITS_DES_PARCOURS
from indicateurs.services.lignes import LigneDeMesure
from indicateurs.sources.correspondance import format_de
from indicateurs.sources.services.provenance import CHAMPS, Objet, Provenance, provenances

__all__ = ["DepotCite", "Origine", "Origines", "lire_les_origines"]

PAR_REQUETE = 5_000
"""Identifiants par requête : une base en limite le nombre."""
_DEDUITES = {
    "present": "resultats", "admis": "resultats", "premiere_rencontre": "rencontres",
    "derniere_rencontre": "rencontres", "rencontres_par_an": "rencontres", "rencontres_consignees": "rencontres",
    "statut_au": "contrats", "dernier_statut": "contrats", "statut_rentree": "contrats", "retour": "contrats",
}  # fmt: skip
"""Une colonne que l'outil déduit → la table dont les lignes du même parcours la font."""
_TIREES = {"admis": "obtention", "rentree_suivante": "date_entree"}
"""Une colonne déduite → le champ du parcours qui la donne, si aucune ligne de sa table ne le fait."""


@dataclass(frozen=True, order=True)
class Origine:
    """Un dépôt, et la ligne de son fichier (0 : on ne la sait plus)."""

    depot: int
    ligne: int


@dataclass(frozen=True)
class Origines:
    """D'où vient une ligne. `commune` : là où elle a été lue ; `autres` : (valeur venue d'ailleurs, ses origines)."""

    commune: Origine
    autres: tuple[tuple[str, tuple[Origine, ...]], ...]

    @property
    def depots(self) -> frozenset[int]:
        """Les dépôts cités."""
        return frozenset({self.commune.depot, *(origine.depot for _, dites in self.autres for origine in dites)})


@dataclass(frozen=True)
class DepotCite:
    """Un dépôt d'où viennent des valeurs. `nom` : son fichier, vide hors de l'étendue de l'acteur."""

    id: int
    nom: str
    source: str
    jour: date


Lues = Mapping[tuple[str, int, str], Sequence[Origine]]
"""(objet ou table, identifiant, champ) → origines ; le champ est vide pour une table."""


def lire_les_origines(
    session: Session, acteur: Acteur, definition: Definition, montrees: Sequence[LigneDeMesure]
) -> tuple[list[Origines], dict[int, DepotCite]]:
    """Les origines de chaque ligne montrée, dans leur ordre, et les dépôts qu'elles citent, par numéro."""
    lues: dict[tuple[str, int, str], Sequence[Origine]] = {}
    for debut in range(0, len(montrees), PAR_REQUETE):
        lues |= _lire(session, acteur, definition, montrees[debut : debut + PAR_REQUETE])
    origines = [_origines(ligne, definition, lues) for ligne in montrees]
    return origines, _depots(session, acteur, {depot for dites in origines for depot in dites.depots})


def _lire(
    session: Session, acteur: Acteur, definition: Definition, paquet: Sequence[LigneDeMesure]
) -> dict[tuple[str, int, str], Sequence[Origine]]:
    """Ce que la définition lit, et rien d'autre : un indicateur d'heures ne cherche pas la source d'un contrat."""
    table, parcours = definition.calcul.table, sorted({ligne.parcours for ligne in paquet})
    lues: dict[tuple[str, int, str], Sequence[Origine]] = {}
    if table == "parcours":
        apprentis = _apprentis(session, acteur, parcours)
        lues |= _d_objets(session, acteur, "parcours", parcours)
        dites = _d_objets(session, acteur, "apprenti", sorted(set(apprentis.values())))
        # Une ligne est un parcours : ce que l'on sait de la personne se lit à son numéro.
        lues |= {
            ("apprenti", rang, champ): dites[cle]
            for rang, qui in apprentis.items()
            for champ in CHAMPS["apprenti"]
            if (cle := ("apprenti", qui, champ)) in dites
        }
    if table == "contrats":
        lues |= _d_objets(session, acteur, "contrat", sorted({ligne.objet for ligne in paquet}))
    for autre in sorted({_DEDUITES[champ] for champ in definition.colonnes & _DEDUITES.keys()}):
        lues |= _de_table(session, acteur, autre, parcours)
    return lues


def _apprentis(session: Session, acteur: Acteur, parcours: Sequence[int]) -> dict[int, int]:
    requete = select(col(Parcours.id), col(Parcours.apprenti_id)).where(
        col(Parcours.etablissement_id) == acteur.etablissement_id, col(Parcours.id).in_(parcours)
    )
    return {int(rang): int(apprenti) for rang, apprenti in lignes(session, requete)}


def _d_objets(
    session: Session, acteur: Acteur, objet: Objet, ids: Sequence[int]
) -> dict[tuple[str, int, str], Sequence[Origine]]:
    trouvees: Mapping[int, Mapping[str, Provenance]] = provenances(session, acteur, objet, ids) if ids else {}
    return {
        (objet, identifiant, champ): (Origine(dite.depot, dite.ligne),)
        for identifiant, champs in trouvees.items()
        for champ, dite in champs.items()
    }


def _de_table(
    session: Session, acteur: Acteur, table: str, parcours: Sequence[int]
) -> dict[tuple[str, int, str], Sequence[Origine]]:
    modele: type[SQLModel] = Contrat if table == "contrats" else FAITS_DES_PARCOURS[table][0]
    champs: Any = modele
    requete = select(col(champs.parcours_id), col(champs.depot_id), col(champs.ligne)).where(
        col(champs.etablissement_id) == acteur.etablissement_id, col(champs.parcours_id).in_(parcours)
    )
    lues: dict[tuple[str, int, str], list[Origine]] = {}
    for rang, depot, ligne in lignes(session, requete):
        lues.setdefault((table, int(rang), ""), []).append(Origine(int(depot), int(ligne)))
    return {cle: tuple(sorted(set(origines))) for cle, origines in lues.items()}


def _origines(ligne: LigneDeMesure, definition: Definition, lues: Lues) -> Origines:
    sienne = Origine(ligne.depot, ligne.ligne)
    chercher = _CHERCHER.get(definition.calcul.table)
    dites = [(nom, chercher(ligne, champ, lues) if chercher else (sienne,))
             for champ, (nom, _) in zip(ligne.colonnes, ligne.faits, strict=True)]  # fmt: skip
    # Une personne n'a pas de ligne : ce qu'en dit le même dépôt n'est pas venu d'ailleurs.
    tues = ((), (sienne,), (Origine(ligne.depot, 0),))
    return Origines(sienne, tuple((nom, origines) for nom, origines in dites if origines not in tues))


def _d_un_parcours(ligne: LigneDeMesure, champ: str, lues: Lues) -> tuple[Origine, ...]:
    return tuple(_premieres(lues, (
        (_DEDUITES.get(champ, ""), ligne.parcours, ""),
        ("parcours", ligne.parcours, _TIREES.get(champ, champ)),
        ("apprenti", ligne.parcours, champ),
    )))  # fmt: skip


def _d_un_contrat(ligne: LigneDeMesure, champ: str, lues: Lues) -> tuple[Origine, ...]:
    return tuple(_premieres(lues, ((_DEDUITES.get(champ, ""), ligne.parcours, ""), ("contrat", ligne.objet, champ))))


def _premieres(lues: Lues, cles: Iterable[tuple[str, int, str]]) -> Iterator[Origine]:
    """Les origines de la première de ces clés que l'on connaît."""
    return iter(next((lues[cle] for cle in cles if cle in lues), ()))


_CHERCHER: dict[str, Callable[[LigneDeMesure, str, Lues], tuple[Origine, ...]]] = {
    "parcours": _d_un_parcours,
    "contrats": _d_un_contrat,
}
"""Un fait d'un parcours (heures, rencontre…) vient d'une seule ligne d'un seul fichier : la sienne."""


def _depots(session: Session, acteur: Acteur, voulus: Iterable[int]) -> dict[int, DepotCite]:
    """Le nom d'un fichier peut nommer quelqu'un : il ne se lit que dans l'étendue de l'acteur."""
    atteint = etendue(acteur, Geste.LIRE_EFFECTIFS_BRUTS)
    colonnes = (Depot.id, Depot.nom_fichier, Depot.format, Depot.depose_le, Depot.cfa_id)
    requete = select(*(col(colonne) for colonne in colonnes)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.id).in_(sorted(voulus))
    )
    return {
        int(numero): DepotCite(
            int(numero), nom if atteint.tout or cfa in atteint.cfas else "", format_de(cle).titre,
            quand.astimezone(FUSEAU).date(),
        )
        for numero, nom, cle, quand, cfa in lignes(session, requete.order_by(col(Depot.id)))
    }  # fmt: skip
