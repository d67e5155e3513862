"""D'où vient chaque valeur d'une personne, d'un parcours ou d'un contrat, et ce que les autres sources en disent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Executable, select
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur, Geste
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Formation
from charte.services.portee import formations_atteintes
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours
from indicateurs.sources.correspondance import format_de
from indicateurs.sources.services.valeurs import Notee, canonique, lire_les_notees_de

Objet = Literal["apprenti", "parcours", "contrat"]
CHAMPS: dict[str, tuple[str, ...]] = {
    "apprenti": ("sexe", "annee_naissance", "rqth"),
    "parcours": (
        "annee_scolaire", "annee_formation", "date_inscription", "date_entree", "date_fin", "date_exclusion",
        "cause_exclusion", "obtention", "date_obtention", "duree_theorique_mois",
    ),
    "contrat": (
        "date_debut", "date_fin", "date_rupture", "cause_rupture", "motif_rupture", "siret_employeur",
        "effectif_employeur",
    ),
}  # fmt: skip
_MODELES: dict[str, type[SQLModel]] = {"apprenti": Apprenti, "parcours": Parcours, "contrat": Contrat}
_NOMS_NOTES = {"duree_theorique_mois": "duree_mois"}


@dataclass(frozen=True)
class AutreValeur:
    """Ce qu'une autre source dit du même champ, gardé à côté ; `valeur` : date ISO, « oui », « non » ou texte."""

    source: str
    titre: str
    valeur: str
    depot: int
    ligne: int
    jour: date


@dataclass(frozen=True)
class Provenance:
    """D'où vient une valeur : source (clé et titre du format), dépôt, ligne (0 : on ne la sait plus), jour du dépôt."""

    source: str
    titre: str
    depot: int
    ligne: int
    jour: date
    autres: tuple[AutreValeur, ...] = ()


def provenance(
    session: Session, acteur: Acteur, objet: Objet, objet_id: int, geste: Geste = Geste.LIRE_EFFECTIFS_BRUTS
) -> dict[str, Provenance]:
    """Par champ rempli, d'où vient sa valeur. Lève `Introuvable` hors de ce que l'acteur atteint pour ce geste."""
    return provenances(session, acteur, objet, [objet_id], geste)[objet_id]


def provenances(
    session: Session, acteur: Acteur, objet: Objet, objets: Iterable[int], geste: Geste = Geste.LIRE_EFFECTIFS_BRUTS
) -> dict[int, dict[str, Provenance]]:
    """Comme `provenance`, pour plusieurs objets d'un coup : identifiant → champ → provenance."""
    voulus = sorted(set(objets))
    rangees = {int(lu[0]): lu for lu in lignes(session, _requete(acteur, objet, voulus, geste))}
    if absents := [identifiant for identifiant in voulus if identifiant not in rangees]:
        raise Introuvable(f"{objet} : {len(absents)} introuvable(s).")
    notees = lire_les_notees_de(session, acteur, objet, voulus)
    depots = {int(lu[1]) for lu in rangees.values() if lu[1] is not None}
    depots |= {notee.depot_id for formats in notees.values() for notee in formats.values()}
    connus = _depots(session, acteur, depots)
    return {identifiant: dict(_par_champ(objet, lu, notees, connus)) for identifiant, lu in rangees.items()}


def _requete(acteur: Acteur, objet: Objet, voulus: list[int], geste: Geste) -> Executable:
    modele: Any = _MODELES[objet]
    champs = [col(getattr(modele, champ)) for champ in CHAMPS[objet]]
    atteintes = formations_atteintes(acteur, geste)
    ici: tuple[ColumnElement[bool], ...]
    if objet == "apprenti":
        # Une personne n'a pas de dépôt : son dernier parcours, de ceux que l'acteur atteint, dit lequel.
        siens = (
            select(Parcours)
            .join(Formation, col(Formation.id) == col(Parcours.formation_id))
            .where(col(Parcours.apprenti_id) == col(Apprenti.id), atteintes)
        )
        dernier = (
            select(col(Parcours.depot_id)).join(Formation, col(Formation.id) == col(Parcours.formation_id))
            .where(col(Parcours.apprenti_id) == col(Apprenti.id), atteintes)
            .order_by(col(Parcours.depot_id).desc()).limit(1).scalar_subquery()
        )  # fmt: skip
        ici = (col(Apprenti.etablissement_id) == acteur.etablissement_id, col(Apprenti.id).in_(voulus), siens.exists())
        return select(col(Apprenti.id), dernier, col(Apprenti.id) * 0, *champs).where(*ici)
    requete = select(col(modele.id), col(modele.depot_id), col(modele.ligne), *champs).select_from(modele)
    if objet == "contrat":
        requete = requete.join(Parcours, col(Parcours.id) == col(Contrat.parcours_id))
    ici = (col(modele.etablissement_id) == acteur.etablissement_id, col(modele.id).in_(voulus), atteintes)
    return requete.join(Formation, col(Formation.id) == col(Parcours.formation_id)).where(*ici)


def _depots(session: Session, acteur: Acteur, depots: set[int]) -> dict[int, tuple[str, datetime]]:
    requete = select(col(Depot.id), col(Depot.format), col(Depot.depose_le)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.id).in_(sorted(depots))
    )
    return {int(depot): (cle, quand) for depot, cle, quand in lignes(session, requete)}


def _par_champ(
    objet: Objet, lu: Any, notees: dict[tuple[int, str], dict[str, Notee]], depots: dict[int, tuple[str, datetime]]
) -> Iterable[tuple[str, Provenance]]:
    identifiant, depot_id, ligne, *valeurs = lu
    for champ, valeur in zip(CHAMPS[objet], valeurs, strict=True):
        if canonique(valeur) == "":
            continue
        siennes = notees.get((int(identifiant), _NOMS_NOTES.get(champ, champ)), {})
        retenue = next((notee for notee in siennes.values() if notee.retenue), None)
        autres = tuple(_autre(notee, depots) for notee in siennes.values() if not notee.retenue)
        if retenue is not None:
            yield champ, _dire(retenue.format, retenue.depot_id, retenue.ligne, depots, autres)
        elif depot_id in depots:
            cle = "tableau_de_bord_v3" if objet == "apprenti" else depots[depot_id][0]
            yield champ, _dire(cle, int(depot_id), int(ligne), depots, autres)


def _dire(
    cle: str, depot: int, ligne: int, depots: dict[int, tuple[str, datetime]], autres: tuple[AutreValeur, ...]
) -> Provenance:
    return Provenance(cle, format_de(cle).titre, depot, ligne, depots[depot][1].astimezone(FUSEAU).date(), autres)


def _autre(notee: Notee, depots: dict[int, tuple[str, datetime]]) -> AutreValeur:
    jour = depots[notee.depot_id][1].astimezone(FUSEAU).date()
    return AutreValeur(notee.format, format_de(notee.format).titre, notee.valeur, notee.depot_id, notee.ligne, jour)
