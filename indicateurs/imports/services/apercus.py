"""L'aperçu d'un plan : comptes, premiers exemples, désaccords entre sources, lignes que rien ne permet de rattacher."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.commun.typographie import FUSEAU
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.ecarts import SOURCE, Ecart
from indicateurs.imports.services.bilan import (
    Apercu,
    Bilan,
    Compte,
    Desaccord,
    GroupeDeDesaccords,
    Origine,
    Retrait,
    Valeur,
)
from indicateurs.imports.services.plan import Plan, etablir_bilan
from indicateurs.modeles import Depot
from indicateurs.sources.correspondance import format_de
from indicateurs.stockage import enregistrements

EXEMPLES = 50
_OBJETS = (
    ("apprenti", "apprenti_id", "personnes"),
    ("parcours", "parcours_id", "parcours"),
    ("contrat", "contrat_id", "contrats"),
)


def apercevoir(session: Session, acteur: Acteur, plan: Plan) -> Apercu:
    """Comptes et premiers exemples d'un plan préparé sans retrait."""
    ecarts = (plan.parcours, plan.contrats)
    vus = (plan.personnes, *ecarts) if plan.source == FORMAT_DES_APPRENTIS else ()
    return Apercu(
        bilan=etablir_bilan(plan, retirer=None),
        contrats_ajoutes=len(plan.contrats.ajouts),
        contrats_changes=int(plan.contrats.changees.sum()),
        contrats_absents=len(plan.contrats_absents),
        valeurs_tues=sum(len(ecart.tues) for ecart in vus),
        changements=tuple(islice((v for e in ecarts for v in valeurs(e, e.details)), EXEMPLES)),
        tues=tuple(islice((v for e in vus[1:] for v in valeurs(e, e.tues)), EXEMPLES)),
        retraits=tuple(islice(_retraits(plan), EXEMPLES)),
        effacees=plan.effacees,
        desaccords=tuple(_desaccords(session, acteur, plan)),
        refus=plan.refus,
    )


def valeurs(ecart: Ecart, details: pd.DataFrame) -> Iterator[Valeur]:
    """Les premières valeurs d'un détail, prêtes à lire."""
    for detail in details.head(EXEMPLES).to_dict("records"):
        ligne = int(ecart.communes["ligne"].iloc[detail["rang"]])
        yield Valeur(ligne, str(detail["champ"]), dire(detail["avant"]), dire(detail["apres"]))


def dire(valeur: Any) -> str:
    """Une valeur rangée, en français ; vide si absente."""
    if valeur is None or pd.isna(valeur):
        return ""
    if isinstance(valeur, date | datetime):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, float):
        return f"{valeur:g}".replace(".", ",")
    return {True: "oui", False: "non"}.get(valeur, str(valeur)) if isinstance(valeur, bool) else str(valeur)


def _retraits(plan: Plan) -> Iterator[Retrait]:
    for parcours in enregistrements(plan.parcours_absents.head(EXEMPLES), ("libelle", "date_entree", "date_fin")):
        yield Retrait("parcours", *parcours.values())
    for contrat in enregistrements(plan.contrats_absents.head(EXEMPLES), ("libelle", "date_debut", "date_fin")):
        yield Retrait("contrat", *contrat.values())


def _desaccords(session: Session, acteur: Acteur, plan: Plan) -> Iterator[GroupeDeDesaccords]:
    trouves: dict[tuple[str, str], list[tuple[dict[str, Any], int | None]]] = defaultdict(list)
    for objet, cle, nom in _OBJETS:
        ecart: Ecart = getattr(plan, nom)
        for detail in enregistrements(ecart.desaccords, ("rang", "champ", "avant", "apres")):
            rangee = ecart.communes.iloc[detail["rang"]]
            depot = _depot_de(rangee, str(detail["champ"]), int(rangee[cle]), plan, objet)
            trouves[objet, str(detail["champ"])].append(({**detail, "ligne": int(rangee["ligne"])}, depot))
    origines = _origines(session, acteur, {depot for liste in trouves.values() for _, depot in liste if depot})
    for (objet, champ), liste in trouves.items():
        exemples = tuple(
            Desaccord(d["ligne"], champ, dire(d["avant"]), dire(d["apres"]), origines.get(depot or 0))
            for d, depot in liste[:EXEMPLES]
        )
        yield GroupeDeDesaccords(f"{objet}.{champ}", champ, len(liste), exemples)


def _depot_de(rangee: pd.Series, champ: str, identifiant: int, plan: Plan, objet: str) -> int | None:
    source = rangee[SOURCE.format(champ)]
    notee = plan.notees[objet].get((identifiant, champ), {}).get(source)
    if notee is not None and notee.retenue:
        return notee.depot_id
    return None if pd.isna(rangee["depot_range"]) else int(rangee["depot_range"])


def _origines(session: Session, acteur: Acteur, depots: set[int]) -> dict[int, Origine]:
    requete = select(col(Depot.id), col(Depot.format), col(Depot.depose_le)).where(
        col(Depot.etablissement_id) == acteur.etablissement_id, col(Depot.id).in_(sorted(depots))
    )
    lues = lignes(session, requete) if depots else ()
    return {int(depot): Origine(format_de(cle).titre, quand.astimezone(FUSEAU).date()) for depot, cle, quand in lues}


def apercu_simple(bilan: Bilan, unite: tuple[str, str], **autres: Any) -> Apercu:
    """L'aperçu d'une source qui ne se compte pas en parcours."""
    compte = Compte(bilan.ajouts, bilan.changements, bilan.inchanges, unite)
    vide: Mapping[str, Any] = {"contrats_ajoutes": 0, "contrats_changes": 0, "contrats_absents": 0, "valeurs_tues": 0}
    listes: Mapping[str, Any] = {"changements": (), "tues": (), "retraits": (), **autres}
    return Apercu(bilan=bilan, **vide, **listes, compte=compte)
