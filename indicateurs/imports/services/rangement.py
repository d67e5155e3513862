"""Écrire un plan en base, par lots : organisations inconnues, promotions, apprentis, parcours, contrats, retraits."""

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Executable, select
from sqlmodel import Session, col

from charte.acteur import Acteur
from charte.commun.base import lignes
from charte.modeles import Cfa, Formation
from charte.regles import code_formation, code_libre
from indicateurs.imports.consolidation import COLONNES_PERSONNE
from indicateurs.imports.ecarts import Ecart
from indicateurs.imports.reconnaissance import rechiffrer_les_tombales
from indicateurs.imports.services.plan import (
    CHAMPS_CONTRATS,
    CHAMPS_PARCOURS,
    CLE_FORMATION,
    Plan,
    annee_de_rentree,
)
from indicateurs.modeles import Apprenti, Contrat, Parcours, Promotion
from indicateurs.sources.services.oubli import oublier_les_apprentis, oublier_les_contrats, oublier_les_parcours
from indicateurs.sources.services.valeurs import (
    SOURCE_DES_PERSONNES,
    Notation,
    noter_les_nouvelles,
    noter_les_valeurs,
)
from indicateurs.stockage import enregistrements, inserer, lire_table, modifier

CHAMPS_DES_PERSONNES = ("sexe", "annee_naissance", "rqth")
"""Ce dont la source se note : une empreinte d'INE ne se recopie pas, elle resterait sous l'ancienne clé."""
_COLONNES_PARCOURS = (
    "annee_scolaire", "annee_formation", "date_inscription", "date_entree", "date_fin", "date_exclusion",
    "cause_exclusion", "obtention", "date_obtention", "duree_theorique_mois", "ligne",
)  # fmt: skip


def ranger_plan(session: Session, acteur: Acteur, plan: Plan, depot_id: int, *, retirer: bool) -> None:
    """Applique un plan dans la transaction en cours ; les organisations inconnues naissent « à compléter »."""
    communs = {"etablissement_id": acteur.etablissement_id, "depot_id": depot_id}
    formations = _formations(session, acteur, plan.parcours.ajouts)
    apprentis = _ranger_apprentis(session, acteur, plan)
    identifiants = _ranger_parcours(session, plan, formations, apprentis, communs)
    _ranger_contrats(session, plan, identifiants, communs)
    _noter_les_sources(session, plan, apprentis, communs)
    rechiffrer_les_tombales(session, plan.effacees, plan.repere_cle)
    if retirer:
        _retirer(session, acteur, plan)


def _noter_les_sources(session: Session, plan: Plan, apprentis: dict[str, int], communs: dict[str, int]) -> None:
    """Note ce que le fichier dit de lignes d'une autre source, et ce qu'il dit des personnes qu'il crée."""
    objets = (
        ("apprenti", "apprenti_id", CHAMPS_DES_PERSONNES, plan.personnes),
        ("parcours", "parcours_id", [*CHAMPS_PARCOURS], plan.parcours),
        ("contrat", "contrat_id", CHAMPS_CONTRATS, plan.contrats),
    )
    for objet, cle, champs, ecart in objets:
        noter_les_valeurs(session, ecart, plan.notees[objet], Notation(objet, cle, champs, plan.source, communs))
    if plan.source != SOURCE_DES_PERSONNES:
        nouvelles = plan.personnes.ajouts.assign(apprenti_id=plan.personnes.ajouts["id_personne"].map(apprentis))
        sexes = Notation("apprenti", "apprenti_id", CHAMPS_DES_PERSONNES, plan.source, communs)
        noter_les_nouvelles(session, nouvelles, sexes)


def _modifier_les_lignes(
    session: Session, modele: type[Parcours] | type[Contrat], ecart: Ecart, rangees: list[dict[str, Any]], plan: Plan
) -> None:
    """Récrit les lignes changées ; seules celles de la source du fichier passent à son dépôt."""
    siennes = (ecart.communes.loc[ecart.changees, "proprietaire"] == plan.source).tolist()
    modifier(session, modele, [rangee for rangee, sienne in zip(rangees, siennes, strict=True) if sienne])
    reperes = ("depot_id", "ligne")
    autres = [rangee for rangee, sienne in zip(rangees, siennes, strict=True) if not sienne]
    modifier(session, modele, [{c: v for c, v in rangee.items() if c not in reperes} for rangee in autres])


def _chez(modele: type[Parcours] | type[Formation], etablissement_id: int) -> ColumnElement[bool]:
    return col(modele.etablissement_id) == etablissement_id


def _lues(session: Session, requete: Executable) -> list[tuple[Any, ...]]:
    return [tuple(ligne) for ligne in lignes(session, requete)]


def _formations(session: Session, acteur: Acteur, ajouts: pd.DataFrame) -> dict[tuple[str, ...], int]:
    """Formation de chaque (rncp, cfd, responsable, formateur) ; celles que l'on ne connaît pas sont créées."""
    _creer_cfas(session, acteur, ajouts)
    connues = _formations_connues(session, acteur)
    nouvelles = ajouts.drop_duplicates([*CLE_FORMATION])
    manquantes = [ligne for ligne in enregistrements(nouvelles, _VUES) if _cle(ligne) not in connues]
    if not manquantes:
        return connues
    cfas = _cfas(session, acteur)
    codes = {ligne[0] for ligne in _codes(session, acteur)}
    inserer(session, Formation, [_formation(acteur, ligne, cfas, codes) for ligne in manquantes])
    return _formations_connues(session, acteur)


_VUES = (*CLE_FORMATION, "libelle", "siret_formateur", "siret_responsable")


def _cle(ligne: dict[str, Any]) -> tuple[str, ...]:
    return tuple(ligne[nom] or "" for nom in CLE_FORMATION)


def _codes(session: Session, acteur: Acteur) -> list[tuple[Any, ...]]:
    requete = select(col(Formation.code)).where(col(Formation.etablissement_id) == acteur.etablissement_id)
    return _lues(session, requete)


def _cfas(session: Session, acteur: Acteur) -> dict[str, int]:
    requete = select(col(Cfa.uai), col(Cfa.id)).where(col(Cfa.etablissement_id) == acteur.etablissement_id)
    return dict(_lues(session, requete))


def _creer_cfas(session: Session, acteur: Acteur, ajouts: pd.DataFrame) -> None:
    connus = _cfas(session, acteur)
    vus = enregistrements(ajouts.drop_duplicates("uai_responsable"), ("uai_responsable", "siret_responsable"))
    inserer(
        session,
        Cfa,
        [
            {
                "etablissement_id": acteur.etablissement_id,
                "nom": f"CFA {vu['uai_responsable']}",
                "uai": vu["uai_responsable"],
                "siret": vu["siret_responsable"],
                "interne": False,
                "a_completer": True,
            }
            for vu in vus
            if vu["uai_responsable"] not in connus
        ],
    )


def _formation(acteur: Acteur, ligne: dict[str, Any], cfas: dict[str, int], codes: set[str]) -> dict[str, Any]:
    rncp, cfd, responsable, formateur = _cle(ligne)
    code = code_libre(code_formation(rncp, cfd, responsable, formateur), codes)
    codes.add(code)
    return {
        "etablissement_id": acteur.etablissement_id,
        "cfa_id": cfas[responsable],
        "composante_id": None,
        "code": code,
        "libelle": (ligne["libelle"] or rncp or cfd)[:200],
        "rncp": rncp,
        "cfd": cfd,
        "niveau": None,
        "uai_formateur": formateur,
        "siret_formateur": ligne["siret_formateur"],
        "a_completer": True,
    }


def _formations_connues(session: Session, acteur: Acteur) -> dict[tuple[str, ...], int]:
    requete = (
        select(*(col(c) for c in (Formation.rncp, Formation.cfd, Cfa.uai, Formation.uai_formateur, Formation.id)))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(col(Formation.etablissement_id) == acteur.etablissement_id)
    )
    return {ligne[:4]: ligne[4] for ligne in _lues(session, requete)}


def _ranger_apprentis(session: Session, acteur: Acteur, plan: Plan) -> dict[str, int]:
    """Crée et met à jour les apprentis ; rend empreinte → identifiant, pour l'établissement."""
    nouveaux = plan.personnes.ajouts.rename(columns={"id_personne": "empreinte_identite"})
    rangees = enregistrements(nouveaux, ("empreinte_identite", *COLONNES_PERSONNE))
    communs = {"etablissement_id": acteur.etablissement_id, "repere_cle": plan.repere_cle or None}
    inserer(session, Apprenti, [{**communs, **rangee} for rangee in rangees])
    _passer_sous_la_cle_courante(session, plan)
    changes = plan.personnes.communes.loc[plan.personnes.changees].rename(columns={"apprenti_id": "id"})
    modifier(session, Apprenti, enregistrements(changes, ("id", *COLONNES_PERSONNE)))
    requete = select(col(Apprenti.empreinte_identite), col(Apprenti.id)).where(
        col(Apprenti.etablissement_id) == acteur.etablissement_id
    )
    return dict(_lues(session, requete))


def _passer_sous_la_cle_courante(session: Session, plan: Plan) -> None:
    """Récrit sous la clé courante les empreintes des personnes que le fichier a reconnues sous l'ancienne."""
    communes = plan.personnes.communes
    anciennes = communes[communes["empreinte_rangee"] != communes["id_personne"]].rename(columns={"apprenti_id": "id"})
    neuves = anciennes.assign(empreinte_identite=anciennes["id_personne"], repere_cle=plan.repere_cle)
    modifier(session, Apprenti, enregistrements(neuves, ("id", "empreinte_identite", "empreinte_ine", "repere_cle")))


def _ranger_parcours(
    session: Session,
    plan: Plan,
    formations: dict[tuple[str, ...], int],
    apprentis: dict[str, int],
    communs: dict[str, int],
) -> dict[str, int]:
    """Crée et met à jour les parcours ; rend `id_parcours` (empreinte) → identifiant."""
    ajouts, etablissement_id = plan.parcours.ajouts, communs["etablissement_id"]
    changes = plan.parcours.communes.loc[plan.parcours.changees].rename(columns={"parcours_id": "id"})
    cles = list(zip(*(ajouts[nom] for nom in CLE_FORMATION), strict=True))
    ajouts = ajouts.assign(
        apprenti_id=ajouts["id_personne"].map(apprentis), formation_id=[formations[cle] for cle in cles]
    )
    lieux = dict(zip(changes["id"], _formations_des_parcours(session, etablissement_id, changes), strict=True))
    changes = changes.assign(formation_id=changes["id"].map(lieux))
    promotions = _promotions(session, etablissement_id, pd.concat([_rentrees(ajouts), _rentrees(changes)]))
    inserer(
        session,
        Parcours,
        [{**communs, **rangee} for rangee in _rangees_parcours(ajouts, promotions, ("apprenti_id", "formation_id"))],
    )
    rangees = [
        {"depot_id": communs["depot_id"], **rangee} for rangee in _rangees_parcours(changes, promotions, ("id",))
    ]
    _modifier_les_lignes(session, Parcours, plan.parcours, rangees, plan)
    return _identifiants(session, etablissement_id, plan, ajouts)


def _rentrees(parcours: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"formation_id": parcours["formation_id"], "annee": annee_de_rentree(parcours["date_entree"])})


def _formations_des_parcours(session: Session, etablissement_id: int, changes: pd.DataFrame) -> list[int]:
    requete = select(col(Parcours.id), col(Parcours.formation_id)).where(_chez(Parcours, etablissement_id))
    connues = dict(_lues(session, requete)) if len(changes) else {}
    return [connues[identifiant] for identifiant in changes["id"]]


def _promotions(session: Session, etablissement_id: int, rentrees: pd.DataFrame) -> dict[tuple[int, int], int]:
    """Promotion de chaque (formation, année de rentrée) ; celles qui manquent sont créées."""
    requete = (
        select(col(Promotion.formation_id), col(Promotion.annee), col(Promotion.id))
        .join(Formation, col(Formation.id) == col(Promotion.formation_id))
        .where(_chez(Formation, etablissement_id))
    )
    voulues = {(int(formation), int(annee)) for formation, annee in rentrees.itertuples(index=False)}
    connues = {(f, a): identifiant for f, a, identifiant in _lues(session, requete)}
    manquantes = sorted(voulues - set(connues))
    inserer(session, Promotion, [{"formation_id": formation, "annee": annee} for formation, annee in manquantes])
    return {(f, a): identifiant for f, a, identifiant in _lues(session, requete)}


def _rangees_parcours(
    parcours: pd.DataFrame, promotions: dict[tuple[int, int], int], cles: tuple[str, ...]
) -> list[dict[str, Any]]:
    annees = annee_de_rentree(parcours["date_entree"])
    prets = parcours.rename(columns={"duree_mois": "duree_theorique_mois"}).assign(
        promotion_id=[
            promotions[int(formation), int(annee)]
            for formation, annee in zip(parcours["formation_id"], annees, strict=True)
        ]
    )
    rangees = enregistrements(prets, (*cles, "promotion_id", *_COLONNES_PARCOURS))
    return [{**rangee, "annee_scolaire": _annee_scolaire(rangee["annee_scolaire"])} for rangee in rangees]


def _annee_scolaire(annee: int) -> str:
    return f"{annee}-{annee + 1}"


def _identifiants(session: Session, etablissement_id: int, plan: Plan, ajouts: pd.DataFrame) -> dict[str, int]:
    communes = plan.parcours.communes
    connus = {
        str(cle): int(valeur) for cle, valeur in zip(communes["id_parcours"], communes["parcours_id"], strict=True)
    }
    if ajouts.empty:
        return connus
    colonnes = (col(Parcours.apprenti_id), col(Parcours.formation_id), col(Parcours.id))
    requete = select(*colonnes).where(_chez(Parcours, etablissement_id))
    ranges = {(a, f): identifiant for a, f, identifiant in _lues(session, requete)}
    for cle, apprenti, formation in zip(
        ajouts["id_parcours"], ajouts["apprenti_id"], ajouts["formation_id"], strict=True
    ):
        connus[str(cle)] = ranges[int(apprenti), int(formation)]
    return connus


def _ranger_contrats(session: Session, plan: Plan, identifiants: dict[str, int], communs: dict[str, int]) -> None:
    ajouts = plan.contrats.ajouts
    ajouts = ajouts.assign(parcours_id=ajouts["id_parcours"].map(identifiants))
    rangees = enregistrements(ajouts, ("parcours_id", "rang", "date_debut", *CHAMPS_CONTRATS, "ligne"))
    inserer(session, Contrat, [{**communs, **rangee} for rangee in rangees])
    changes = plan.contrats.communes.loc[plan.contrats.changees].rename(columns={"contrat_id": "id"})
    rangees = enregistrements(changes, ("id", *CHAMPS_CONTRATS, "ligne"))
    rangees = [{"depot_id": communs["depot_id"], **rangee} for rangee in rangees]
    _modifier_les_lignes(session, Contrat, plan.contrats, rangees, plan)


def _retirer(session: Session, acteur: Acteur, plan: Plan) -> None:
    oublier_les_contrats(session, [int(identifiant) for identifiant in plan.contrats_absents["contrat_id"]])
    oublier_les_parcours(session, [int(identifiant) for identifiant in plan.parcours_absents["parcours_id"]])
    seuls = lire_table(
        session,
        select(col(Apprenti.id))
        .outerjoin(Parcours, col(Parcours.apprenti_id) == col(Apprenti.id))
        .where(col(Apprenti.etablissement_id) == acteur.etablissement_id, col(Parcours.id).is_(None)),
        {"id": "entier"},
    )
    oublier_les_apprentis(session, [int(identifiant) for identifiant in seuls["id"]])
