"""Reconnaître les personnes d'un fichier : effacées à leur demande (écartées), ou rangées sous la clé d'avant."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.identite import empreinte_effacement
from indicateurs.modeles import Apprenti, Effacement
from indicateurs.stockage import modifier


@dataclass(frozen=True)
class Effacees:
    """Les personnes du fichier effacées à leur demande : leur nombre, celui de leurs lignes (écartées).

    `tombales` : leurs pierres tombales (`id` et empreintes) telles qu'elles s'écrivent sous la clé courante.
    """

    personnes: int = 0
    lignes: int = 0
    tombales: tuple[dict[str, Any], ...] = ()


def ecarter_les_effacees(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> tuple[Diagnostic, Effacees]:
    """Le diagnostic sans les lignes des personnes effacées dans l'établissement de l'acteur, et ce qui en est ôté.

    Une ligne d'une source qui ne donne que l'INE se reconnaît à lui seul.
    """
    connues = _tombales(session, acteur)
    vues: dict[int, dict[str, Any] | None] = {}
    personnes: set[str] = set()
    seuls: set[str] = set()
    for personne, ine in _identites(diagnostic.lignes) if connues else ():
        if (tombale := _tombale(connues, diagnostic, personne, ine)) is None:
            continue
        (personnes if personne else seuls).add(personne or ine or "")
        vues.setdefault(tombale, None)
        if personne:
            vues[tombale] = _sous_la_cle_courante(tombale, diagnostic, personne, ine)
    if not vues:
        return diagnostic, Effacees()
    retenues = diagnostic.lignes
    siennes = retenues["id_personne"].isin(personnes)
    siennes |= retenues["id_personne"].isna() & retenues["empreinte_ine"].isin(seuls)
    tombales = tuple(tombale for tombale in vues.values() if tombale)
    gardees = retenues[~siennes].reset_index(drop=True)
    return replace(diagnostic, lignes=gardees), Effacees(len(vues), int(siennes.sum()), tombales)


def _identites(retenues: pd.DataFrame) -> list[tuple[str | None, str | None]]:
    """Les couples (personne ou None, INE ou None) des lignes retenues, sans répétition."""
    uniques = retenues[["id_personne", "empreinte_ine"]].drop_duplicates().astype("object")
    connues = uniques.where(uniques.notna(), None)
    return list(connues.itertuples(index=False, name=None))


def _tombales(session: Session, acteur: Acteur) -> dict[str, int]:
    """Empreinte d'effacement (personne ou INE) → identifiant."""
    colonnes = (col(Effacement.id), col(Effacement.empreinte_identite), col(Effacement.empreinte_ine))
    requete = select(*colonnes).where(col(Effacement.etablissement_id) == acteur.etablissement_id)
    return {
        empreinte: int(identifiant)
        for identifiant, *empreintes in lignes(session, requete)
        for empreinte in empreintes
        if empreinte
    }


def _tombale(connues: dict[str, int], diagnostic: Diagnostic, personne: str | None, ine: str | None) -> int | None:
    for empreinte in (personne, ine):
        for essai in (empreinte, diagnostic.anciennes.get(empreinte or "")):
            if essai and (trouvee := connues.get(empreinte_effacement(essai))) is not None:
                return trouvee
    return None


def _sous_la_cle_courante(tombale: int, diagnostic: Diagnostic, personne: str, ine: str | None) -> dict[str, Any]:
    return {
        "id": tombale,
        "empreinte_identite": empreinte_effacement(personne),
        "empreinte_ine": empreinte_effacement(ine) if ine else None,
        "repere_cle": diagnostic.repere_cle,
    }


def rechiffrer_les_tombales(session: Session, effacees: Effacees, repere: str) -> None:
    """Passe sous la clé courante les pierres tombales que le fichier vient de reconnaître."""
    ids = [tombale["id"] for tombale in effacees.tombales]
    perimees = (col(Effacement.repere_cle) != repere) | col(Effacement.repere_cle).is_(None)
    requete = select(col(Effacement.id)).where(col(Effacement.id).in_(ids), perimees)
    a_refaire = {int(identifiant) for (identifiant,) in lignes(session, requete)} if repere and ids else set()
    modifier(session, Effacement, [tombale for tombale in effacees.tombales if tombale["id"] in a_refaire])


@dataclass(frozen=True)
class Traduction:
    """Empreintes rangées sous l'ancienne clé → les mêmes sous la clé courante, d'après ce que dit le fichier."""

    neuves: dict[str, str]

    def traduire(self, rangees: pd.DataFrame) -> pd.DataFrame:
        """Remplace `id_personne` (et `empreinte_ine`) par leur empreinte courante ; garde l'une en `empreinte_rangee`.

        L'INE d'une personne reconnue que le fichier ne redonne pas est oublié : il resterait sous l'ancienne clé.
        """
        traduites = rangees.assign(empreinte_rangee=rangees["id_personne"])
        if not self.neuves:
            return traduites
        traduites["id_personne"] = rangees["id_personne"].replace(self.neuves)
        if "empreinte_ine" in rangees:
            changees = traduites["id_personne"] != rangees["id_personne"]
            ines = rangees["empreinte_ine"].map(self.neuves).astype("str")
            traduites["empreinte_ine"] = rangees["empreinte_ine"].where(~changees, ines)
        return traduites


def preparer_la_traduction(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> Traduction:
    """La traduction d'un fichier ; vide hors d'un changement de clé.

    Une personne déjà rangée sous la clé courante n'y revient pas une seconde fois (un serveur resté sous l'ancienne
    clé a pu la créer en double) : sa ligne ancienne reste telle quelle.
    """
    if not diagnostic.anciennes:
        return Traduction({})
    requete = select(col(Apprenti.empreinte_identite)).where(col(Apprenti.etablissement_id) == acteur.etablissement_id)
    rangees = {str(empreinte) for (empreinte,) in lignes(session, requete)}
    return Traduction({ancienne: neuve for neuve, ancienne in diagnostic.anciennes.items() if neuve not in rangees})
