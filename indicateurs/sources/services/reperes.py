"""Ranger un jeu ouvert (InserSup, InserJeunes) : une valeur publiée par colonne et par échéance, telle quelle."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.reperes.modeles import RepereImporte
from indicateurs.sources.format import charger_source
from indicateurs.stockage import enregistrements, inserer, modifier

CLE = ("jeu", "millesime", "perimetre", "diplome", "population", "champ", "indicateur", "mois")
VALEURS = ("valeur", "numerateur", "denominateur", "marqueur", "libelle", "schema_")
_HORIZON = re.compile(r"^(?P<nom>.+)_(?P<mois>6|12|18|24|30)$")
_EFFECTIFS = ("nb_sortants", "nb_poursuivants")
_EN_POINTS = ("valeur_ajoutee",)
_CHAMP = {
    "genre": "genre", "nationalite": "nationalité", "regime_inscription": "régime", "domaine": "domaine",
    "discipline": "discipline", "secteur": "secteur", "niveau_formation": "niveau", "source_jeu": "source",
}  # fmt: skip


@dataclass(frozen=True)
class PlanDeReperes:
    """Ce que ranger le jeu ferait : valeurs nouvelles, valeurs que le jeu publie autrement, valeurs déjà rangées."""

    ajouts: list[dict[str, Any]]
    changements: list[dict[str, Any]]
    inchanges: int


def preparer_les_reperes(session: Session, acteur: Acteur, diagnostic: Diagnostic) -> PlanDeReperes:
    """Compare un jeu ouvert à ce qui en est rangé ; n'écrit rien."""
    dits = {tuple(repere[nom] for nom in CLE): repere for repere in valeurs_publiees(diagnostic)}
    connus = _connus(session, acteur, diagnostic.source)
    ajouts, changements, inchanges = [], [], 0
    for cle, repere in dits.items():
        if cle not in connus:
            ajouts.append(repere)
        elif connus[cle][1:] != tuple(repere[nom] for nom in VALEURS):
            garder = {nom: repere[nom] for nom in (*VALEURS, "ligne")}
            changements.append({"id": connus[cle][0], **garder})
        else:
            inchanges += 1
    return PlanDeReperes(ajouts, changements, inchanges)


def _connus(session: Session, acteur: Acteur, jeu: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    colonnes = [col(getattr(RepereImporte, nom)) for nom in (*CLE, "id", *VALEURS)]
    requete = select(*colonnes).where(
        col(RepereImporte.etablissement_id) == acteur.etablissement_id, col(RepereImporte.jeu) == jeu
    )
    return {tuple(lue[: len(CLE)]): tuple(lue[len(CLE) :]) for lue in lignes(session, requete)}


def valeurs_publiees(diagnostic: Diagnostic) -> list[dict[str, Any]]:
    """Les valeurs publiées d'un jeu : une par ligne, colonne et échéance (`mois` : 0 sans échéance).

    Un taux devient une fraction ; une valeur ajoutée reste en points, un effectif en personnes. Une cellule vide et
    sans marqueur n'est pas une valeur publiée.
    """
    lues, format_ = diagnostic.lignes, charger_source(diagnostic.source)
    marquees = [nom.removesuffix("_marque") for nom in lues.columns if nom.endswith("_marque")]
    trouvees: list[dict[str, Any]] = []
    for rangee in enregistrements(lues, list(lues.columns)):
        qualites = _qualites(rangee, format_.cle, _schema(rangee))
        trouvees.extend({**qualites, **valeur} for nom in marquees if (valeur := _valeur(rangee, nom)))
    return trouvees


def _schema(rangee: dict[str, Any]) -> str:
    """B si les effectifs sont donnés par échéance (InserSup), A s'ils ne le sont pas, vide sans effectif."""
    if any(rangee.get(f"nb_sortants_{mois}") is not None for mois in (6, 12, 18, 24, 30)):
        return "B"
    return "A" if rangee.get("nb_sortants") is not None else ""


def _qualites(rangee: dict[str, Any], jeu: str, schema: str) -> dict[str, Any]:
    def dit(nom: str) -> str:
        return str(rangee.get(nom) or "").strip()

    diplome = " – ".join(texte for texte in (dit("type_diplome"), dit("libelle_diplome")) if texte)
    champ = " ; ".join(f"{nom} : {dit(cle)}" for cle, nom in _CHAMP.items() if dit(cle) and dit(cle) != "ensemble")
    promotion = f"promotion {dit('promotion')}" if dit("promotion") else ""
    return {
        "jeu": jeu,
        "schema_": schema,
        "millesime": ", ".join(texte for texte in (dit("millesime"), promotion) if texte)[:40],
        "perimetre": (dit("uai") or dit("region") or "national")[:60],
        "libelle": dit("libelle_etablissement")[:300],
        "diplome": diplome[:200],
        "population": dit("obtention_diplome")[:60],
        "champ": champ[:300],
        "ligne": rangee["ligne"],
    }


def _valeur(rangee: dict[str, Any], colonne: str) -> dict[str, Any] | None:
    nombre, marqueur = rangee[colonne], rangee[f"{colonne}_marque"] or ""
    if nombre is None and not marqueur:
        return None
    trouve = _HORIZON.match(colonne)
    nom, mois = (trouve["nom"], int(trouve["mois"])) if trouve else (colonne, 0)
    part = nom not in _EFFECTIFS and nom not in _EN_POINTS
    return {
        "indicateur": nom,
        "mois": mois,
        "valeur": round(nombre / 100, 8) if part and nombre is not None else nombre,
        "numerateur": None,
        "denominateur": _denominateur(rangee, mois) if nom.startswith("tx_") else None,
        "marqueur": marqueur,
    }


def _denominateur(rangee: dict[str, Any], mois: int) -> int | None:
    par_echeance = rangee.get(f"nb_sortants_{mois}")
    sortants = rangee.get("nb_sortants") if par_echeance is None else par_echeance
    return None if sortants is None or pd.isna(sortants) else int(sortants)


def ranger_les_reperes(session: Session, acteur: Acteur, plan: PlanDeReperes, depot_id: int) -> None:
    """Applique un plan de repères dans la transaction en cours."""
    communs = {"etablissement_id": acteur.etablissement_id, "depot_id": depot_id}
    inserer(session, RepereImporte, [_colonnes({**communs, **repere}) for repere in plan.ajouts])
    modifier(session, RepereImporte, [_colonnes({**change, "depot_id": depot_id}) for change in plan.changements])


def _colonnes(rangee: dict[str, Any]) -> dict[str, Any]:
    """Sous les noms de la table : `schema` y est celui de la colonne."""
    return {"schema" if nom == "schema_" else nom: valeur for nom, valeur in rangee.items()}
