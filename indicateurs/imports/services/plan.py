"""Ce que la confirmation d'un fichier ferait : comparaison du fichier consolidé et de ce qui est rangé."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, etendue
from charte.commun.base import lignes
from charte.modeles import Cfa, Formation
from indicateurs.imports.consolidation import COLONNES_CONTRATS, COLONNES_PERSONNE
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS, Diagnostic, tables_depuis
from indicateurs.imports.ecarts import SOURCE, Ecart, comparer
from indicateurs.imports.identite import empreinte_parcours
from indicateurs.imports.reconnaissance import (
    Effacees,
    Traduction,
    ecarter_les_effacees,
    preparer_la_traduction,
)
from indicateurs.imports.services.bilan import Bilan
from indicateurs.imports.services.garde_fous import sans_contrats_voisins, sans_dates_inversees
from indicateurs.modeles import Apprenti, Contrat, Depot, Parcours
from indicateurs.sources.attaches import Refus
from indicateurs.sources.modeles import OBJETS
from indicateurs.sources.motifs import reconnaitre_motif
from indicateurs.sources.services.sifa import preparer_sifa
from indicateurs.sources.services.valeurs import SOURCE_DES_PERSONNES, Notees, dire_la_source, lire_les_notees
from indicateurs.stockage import lire_table, table_vide

CLE_FORMATION = ("rncp", "cfd", "uai_responsable", "uai_formateur")
CHAMPS_PARCOURS = {
    "annee_scolaire": "entier",
    "annee_formation": "entier",
    "date_inscription": "date",
    "date_entree": "date",
    "date_fin": "date",
    "date_exclusion": "date",
    "cause_exclusion": "texte",
    "obtention": "booleen",
    "date_obtention": "date",
    "duree_mois": "entier",
}
_GENRES_CONTRATS = {
    "date_debut": "date",
    "date_fin": "date",
    "date_rupture": "date",
    "cause_rupture": "texte",
    "siret_employeur": "texte",
}
_COMPLEMENTS_CONTRATS = {"motif_rupture": "texte", "effectif_employeur": "entier"}
CHAMPS_CONTRATS = (*(champ for champ in COLONNES_CONTRATS if champ != "date_debut"), *_COMPLEMENTS_CONTRATS)
TEXTE_MAXIMAL = 300
_ORIGINE = {"proprietaire": "texte", "depot_range": "entier", "ligne_rangee": "entier"}
SOURCES_SANS_FIN = ("sifa_2024",)
"""Sources qui ne disent pas la fin de la formation : celle qu'on en tire est estimée, toute autre la remplace."""


@dataclass(frozen=True)
class Plan:
    """Les écarts, table par table, et ce que le fichier ne dit plus.

    `effacees` : les personnes du fichier effacées à leur demande, qui n'entrent dans aucun écart. `repere_cle` : la
    clé des empreintes du fichier. `source` : celle du fichier ; `notees` : ce que d'autres disent déjà, par sorte
    d'objets ; `refus` : les lignes que le fichier porte et que rien ne permet de ranger.
    """

    personnes: Ecart
    parcours: Ecart
    contrats: Ecart
    parcours_absents: pd.DataFrame
    contrats_absents: pd.DataFrame
    effacees: Effacees = field(default_factory=Effacees)
    repere_cle: str = ""
    source: str = FORMAT_DES_APPRENTIS
    notees: Mapping[str, Notees] = field(default_factory=dict)
    refus: tuple[Refus, ...] = ()


def preparer_plan(
    session: Session, acteur: Acteur, diagnostic: Diagnostic, *, retirer: bool, prendre: Set[str] = frozenset()
) -> Plan:
    """Compare un fichier diagnostiqué à ce qui est rangé pour l'établissement de l'acteur.

    `prendre` : les champs (« parcours.date_entree »…) dont le fichier remplace ce qu'une autre source a dit.
    """
    diagnostic, effacees = ecarter_les_effacees(session, acteur, diagnostic)
    traduction = preparer_la_traduction(session, acteur, diagnostic)
    if diagnostic.source in SOURCES_SANS_FIN:
        tables, refus = preparer_sifa(session, acteur, diagnostic)
        choix = Choix(traduction, False, frozenset(prendre), effacees, refus)
        return comparer_le_fichier(session, acteur, diagnostic, tables, choix)
    return comparer_le_fichier(
        session,
        acteur,
        diagnostic,
        _preparer_fichier(diagnostic),
        Choix(traduction, retirer, frozenset(prendre), effacees),
    )


@dataclass(frozen=True)
class Choix:
    """Ce qui est décidé avant de comparer : clés d'identité, retraits, valeurs à prendre, personnes écartées."""

    traduction: Traduction
    retirer: bool
    prendre: frozenset[str]
    effacees: Effacees
    refus: tuple[Refus, ...] = ()

    def champs(self, objet: str) -> frozenset[str]:
        """Les champs d'une sorte d'objets que le fichier remplace."""
        return frozenset(dit.partition(".")[2] for dit in self.prendre if dit.partition(".")[0] == objet)


def comparer_le_fichier(
    session: Session, acteur: Acteur, diagnostic: Diagnostic, tables: dict[str, pd.DataFrame], choix: Choix
) -> Plan:
    """Le plan d'un fichier dont on a les tables `personnes`, `parcours` et `contrats` (formes de `consolider`)."""
    source, parcours, contrats = diagnostic.source, tables["parcours"], tables["contrats"]
    notees = {objet: lire_les_notees(session, acteur, objet) for objet in OBJETS}
    ranges = _lire_parcours(session, acteur, sorted(set(parcours["uai_responsable"])), choix.traduction)
    personnes = _comparer_personnes(
        session, acteur, tables["personnes"], choix, notees=notees["apprenti"], source=source
    )
    ecart_parcours, incoherents = _comparer_parcours(ranges, parcours, choix, notees["parcours"], source)
    contrats["prime"] = contrats["id_parcours"].isin(parcours.loc[parcours["prime"], "id_parcours"])
    rangs = _lire_contrats(session, acteur, ranges)
    ecart_contrats, voisins = _comparer_contrats(rangs, contrats, choix, notees["contrat"], source)
    siens, ses_rangs = ranges[ranges["proprietaire"] == source], rangs[rangs["proprietaire"] == source]
    if source != FORMAT_DES_APPRENTIS:
        # Un fichier qui ne dit pas tout ne dit pas non plus ce qui a disparu.
        siens, ses_rangs = siens.iloc[:0], ses_rangs.iloc[:0]
    return Plan(
        personnes,
        ecart_parcours,
        ecart_contrats,
        _parcours_absents(siens, parcours, diagnostic.personnes_ecartees),
        _contrats_absents(ses_rangs, contrats, ecart_parcours, diagnostic.personnes_ecartees),
        choix.effacees,
        diagnostic.repere_cle,
        source,
        notees,
        tuple(sorted((*choix.refus, *incoherents, *voisins), key=lambda refus: refus.ligne)),
    )


def _comparer_parcours(
    ranges: pd.DataFrame, parcours: pd.DataFrame, choix: Choix, notees: Notees, source: str
) -> tuple[Ecart, Sequence[Refus]]:
    """L'écart des parcours, sans ceux que deux sources mêlées rendraient incohérents ; pose `prime` s'il manque."""
    if "prime" not in parcours:
        annees = ranges.set_index("id_parcours")["annee_scolaire"]
        parcours["prime"] = _primer(parcours["annee_scolaire"], parcours["id_parcours"].map(annees))
    connus = _avec_sources(ranges, "parcours_id", CHAMPS_PARCOURS, notees, source)
    ecart = comparer(
        connus.drop(columns=["id_personne", *CLE_FORMATION, "libelle", "empreinte_rangee"]),
        parcours, ["id_parcours"], [*CHAMPS_PARCOURS],
        retirer=choix.retirer, source=source, prendre=choix.champs("parcours"),
    )  # fmt: skip
    return sans_dates_inversees(ecart, [*CHAMPS_PARCOURS])


def _comparer_contrats(
    rangs: pd.DataFrame, contrats: pd.DataFrame, choix: Choix, notees: Notees, source: str
) -> tuple[Ecart, Sequence[Refus]]:
    """L'écart des contrats, sans ceux qui seraient les mêmes qu'un contrat d'une autre source."""
    ecart = comparer(
        _avec_sources(rangs, "contrat_id", CHAMPS_CONTRATS, notees, source),
        contrats, ["id_parcours", "date_debut"], CHAMPS_CONTRATS,
        retirer=choix.retirer, source=source, prendre=choix.champs("contrat"),
    )  # fmt: skip
    return sans_contrats_voisins(ecart, rangs, contrats, source)


def _avec_sources(rangees: pd.DataFrame, cle: str, champs: Iterable[str], notees: Notees, source: str) -> pd.DataFrame:
    """La table rangée, avec la source de chaque valeur s'il y en a plus d'une ; une fin estimée n'est de personne."""
    dites = dire_la_source(rangees, cle, champs, rangees["proprietaire"], notees=notees, source=source)
    fin = SOURCE.format("date_fin")
    if fin in dites and cle == "parcours_id":
        estimees = dites[fin].isin(SOURCES_SANS_FIN) & (source not in SOURCES_SANS_FIN)
        dites[fin] = dites[fin].where(~estimees, None)
    return dites


def _preparer_fichier(diagnostic: Diagnostic) -> dict[str, pd.DataFrame]:
    """Tables du fichier, aux formes de la base : codes absents vides, textes bornés, année scolaire toujours connue."""
    tables = tables_depuis(diagnostic)
    parcours, contrats = tables["parcours"].copy(), tables["contrats"].copy()
    for code in ("rncp", "cfd"):
        parcours[code] = parcours[code].fillna("")
    parcours["annee_scolaire"] = parcours["annee_scolaire"].fillna(annee_de_rentree(parcours["date_entree"]))
    parcours["cause_exclusion"] = parcours["cause_exclusion"].str.slice(0, TEXTE_MAXIMAL)
    contrats["cause_rupture"] = contrats["cause_rupture"].str.slice(0, TEXTE_MAXIMAL)
    contrats = contrats.join(table_vide(_COMPLEMENTS_CONTRATS).reindex(contrats.index))
    causes = contrats["cause_rupture"].astype("object")
    contrats["motif_rupture"] = causes.where(causes.notna(), None).map(reconnaitre_motif).astype("str")
    return {"personnes": tables["personnes"].copy(), "parcours": parcours, "contrats": contrats}


def annee_de_rentree(dates: pd.Series) -> pd.Series:
    """Année de la rentrée (l'année scolaire tourne au 1er août) de chaque date."""
    annees: pd.Series = (dates.dt.year - (dates.dt.month < 8)).astype("Int64")
    return annees


def _primer(neuve: pd.Series, ancienne: pd.Series) -> pd.Series:
    """Vrai si l'année du fichier vaut au moins l'année rangée (ou s'il n'y a rien de rangé)."""
    plus_vieille = neuve.astype("Int64").fillna(0) < ancienne.astype("Int64").fillna(0)
    return ~plus_vieille.astype(bool)


def _comparer_personnes(
    session: Session, acteur: Acteur, personnes: pd.DataFrame, choix: Choix, *, notees: Notees, source: str
) -> Ecart:
    rangees = lire_table(
        session,
        select(
            *(col(c) for c in (Apprenti.id, Apprenti.empreinte_identite, Apprenti.empreinte_ine)),
            *(col(c) for c in (Apprenti.annee_naissance, Apprenti.sexe, Apprenti.rqth)),
            func.max(col(Parcours.annee_scolaire)),
            func.max(col(Parcours.depot_id)),
        )
        .outerjoin(Parcours, col(Parcours.apprenti_id) == col(Apprenti.id))
        .where(col(Apprenti.etablissement_id) == acteur.etablissement_id)
        .group_by(col(Apprenti.id)),
        {
            "apprenti_id": "entier", "id_personne": "texte", "empreinte_ine": "texte", "annee_naissance": "entier",
            "sexe": "texte", "rqth": "booleen", "annee": "texte", "depot_range": "entier",
        },
    )  # fmt: skip
    rangees = choix.traduction.traduire(rangees)
    personnes = _taire_les_partagees(session, acteur, rangees, personnes)
    annees = _annee(rangees.set_index("id_personne")["annee"])
    if "prime" not in personnes:
        personnes["prime"] = _primer(personnes["annee_scolaire"], personnes["id_personne"].map(annees))
    personnes["annee_naissance"] = personnes["annee_naissance"].astype("Int64")
    rangees = rangees.drop(columns="annee").assign(proprietaire=SOURCE_DES_PERSONNES, ligne_rangee=0)
    if source != SOURCE_DES_PERSONNES:
        connus = rangees.dropna(subset="empreinte_ine")["id_personne"]
        a_un_ine = personnes["id_personne"].isin(connus)
        personnes["empreinte_ine"] = personnes["empreinte_ine"].where(~a_un_ine)
    dites = dire_la_source(
        rangees,
        "apprenti_id",
        ("sexe", "annee_naissance", "rqth"),
        rangees["proprietaire"],
        notees=notees,
        source=source,
    )
    return comparer(
        dites, personnes, ["id_personne"], COLONNES_PERSONNE,
        retirer=choix.retirer, source=source, prendre=choix.champs("apprenti"),
    )  # fmt: skip


def _taire_les_partagees(
    session: Session, acteur: Acteur, rangees: pd.DataFrame, personnes: pd.DataFrame
) -> pd.DataFrame:
    """Les personnes du fichier ; de qui a aussi un parcours hors des CFA de l'acteur, ce qui est déjà rangé.

    Sans cela, qui dépose pour un CFA changerait ce qu'un autre a dit d'une personne, et l'aperçu le lui ferait deviner
    (la reconnaissance de travailleur handicapé surtout).
    """
    atteint = etendue(acteur, Geste.DEPOSER)
    if atteint.tout:
        return personnes
    ailleurs = (
        select(col(Parcours.apprenti_id))
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .where(
            col(Parcours.etablissement_id) == acteur.etablissement_id,
            col(Formation.cfa_id).not_in(sorted(atteint.cfas)),
        )
    )
    partagees = {int(identifiant) for (identifiant,) in lignes(session, ailleurs)}
    connues = rangees[rangees["apprenti_id"].isin(partagees)].drop_duplicates("id_personne").set_index("id_personne")
    siennes = personnes["id_personne"].isin(connues.index)
    tues = {
        champ: personnes[champ]
        .where(~siennes, personnes["id_personne"].map(connues[champ]))
        .astype(connues[champ].dtype)
        for champ in COLONNES_PERSONNE
    }
    return personnes.assign(**tues)


def _annee(textes: pd.Series) -> pd.Series:
    annees: pd.Series = textes.str.slice(0, 4).astype("Int64")
    return annees


def _lire_parcours(session: Session, acteur: Acteur, responsables: list[str], traduction: Traduction) -> pd.DataFrame:
    """Parcours rangés chez les CFA du fichier, avec l'empreinte `id_parcours` que le fichier leur donnerait."""
    colonnes = (
        Parcours.id, Apprenti.empreinte_identite, Formation.rncp, Formation.cfd, Cfa.uai, Formation.uai_formateur,
        Formation.libelle, Parcours.annee_scolaire, Parcours.annee_formation, Parcours.date_inscription,
        Parcours.date_entree, Parcours.date_fin, Parcours.date_exclusion, Parcours.cause_exclusion,
        Parcours.obtention, Parcours.date_obtention, Parcours.duree_theorique_mois,
        Depot.format, Parcours.depot_id, Parcours.ligne,
    )  # fmt: skip
    requete = (
        select(*(col(colonne) for colonne in colonnes))
        .select_from(Parcours)
        .join(Depot, col(Depot.id) == col(Parcours.depot_id))
        .join(Apprenti, col(Apprenti.id) == col(Parcours.apprenti_id))
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .where(col(Parcours.etablissement_id) == acteur.etablissement_id, col(Cfa.uai).in_(responsables))
    )
    identite = dict.fromkeys(("id_personne", *CLE_FORMATION, "libelle"), "texte")
    genres = {"parcours_id": "entier", **identite, **CHAMPS_PARCOURS, "annee_scolaire": "texte", **_ORIGINE}
    ranges = traduction.traduire(lire_table(session, requete, genres))
    ranges["annee_scolaire"] = _annee(ranges["annee_scolaire"])
    cles = zip(*(ranges[nom] for nom in ("id_personne", *CLE_FORMATION)), strict=True)
    return ranges.assign(id_parcours=pd.Series([empreinte_parcours(*cle) for cle in cles], dtype="str"))


def _lire_contrats(session: Session, acteur: Acteur, ranges: pd.DataFrame) -> pd.DataFrame:
    colonnes = (
        Contrat.id, Contrat.parcours_id, Contrat.date_debut, Contrat.date_fin, Contrat.date_rupture,
        Contrat.cause_rupture, Contrat.siret_employeur, Contrat.motif_rupture, Contrat.effectif_employeur,
        Depot.format, Contrat.depot_id, Contrat.ligne,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .select_from(Contrat)
        .join(Depot, col(Depot.id) == col(Contrat.depot_id))
        .where(col(Contrat.etablissement_id) == acteur.etablissement_id)
    )
    genres = {
        "contrat_id": "entier", "parcours_id": "entier", **_GENRES_CONTRATS, **_COMPLEMENTS_CONTRATS, **_ORIGINE
    }  # fmt: skip
    contrats = lire_table(session, requete, genres)
    reperes = ranges[["parcours_id", "id_parcours", "id_personne", "libelle"]]
    return contrats.merge(reperes, on="parcours_id", how="inner").rename(columns={"id_personne": "personne_rangee"})


def _parcours_absents(ranges: pd.DataFrame, parcours: pd.DataFrame, ecartees: frozenset[str]) -> pd.DataFrame:
    """Parcours rangés dans le champ du fichier (mêmes CFA, lieu, année scolaire) et qu'il ne porte pas."""
    champ = ["uai_responsable", "uai_formateur", "annee_scolaire"]
    couvert = pd.MultiIndex.from_frame(parcours[champ].astype("object"))
    dans_le_champ = pd.MultiIndex.from_frame(ranges[champ].astype("object")).isin(couvert)
    absents = dans_le_champ & ~ranges["id_parcours"].isin(parcours["id_parcours"]).to_numpy()
    return ranges[absents & ~ranges["id_personne"].isin(ecartees).to_numpy()]


def _contrats_absents(
    ranges: pd.DataFrame, contrats: pd.DataFrame, parcours: Ecart, ecartees: frozenset[str]
) -> pd.DataFrame:
    """Contrats rangés d'un parcours que le fichier met à jour, et qu'il ne porte plus."""
    primes = parcours.communes.loc[parcours.communes["prime"], "id_parcours"]
    cle = ["id_parcours", "date_debut"]
    presents = pd.MultiIndex.from_frame(ranges[cle]).isin(pd.MultiIndex.from_frame(contrats[cle]))
    absents = ranges["id_parcours"].isin(primes).to_numpy() & ~presents
    return ranges[absents & ~ranges["personne_rangee"].isin(ecartees).to_numpy()]


def etablir_bilan(plan: Plan, *, retirer: bool | None) -> Bilan:
    """Comptes d'un plan. `retirer` : décision prise (les retraits ne comptent que si elle est vraie), None : aperçu."""
    communs = set(plan.parcours.communes["id_parcours"])
    changes = set(plan.parcours.communes.loc[plan.parcours.changees, "id_parcours"])
    changes |= set(plan.contrats.ajouts["id_parcours"]) | set(
        plan.contrats.communes.loc[plan.contrats.changees, "id_parcours"]
    )
    personnes = set(plan.personnes.communes.loc[plan.personnes.changees, "id_personne"])
    touches = plan.parcours.communes["id_personne"].isin(personnes)
    changes |= set(plan.parcours.communes.loc[touches, "id_parcours"])
    if retirer:
        changes |= set(plan.contrats_absents["id_parcours"])
    changes &= communs
    retraits = len(plan.parcours_absents) if retirer or retirer is None else 0
    inchanges = len(communs) - len(changes)
    refusees = len(plan.refus)
    return Bilan(len(plan.parcours.ajouts), len(changes), retraits, inchanges, plan.effacees.personnes, refusees)
