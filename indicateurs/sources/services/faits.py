"""Ranger les faits d'un parcours : résultats d'examen, heures, rencontres, situations après la sortie."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from charte.acteur import Acteur
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.ecarts import Ecart, comparer, differents
from indicateurs.imports.reconnaissance import (
    Effacees,
    ecarter_les_effacees,
    rechiffrer_les_tombales,
)
from indicateurs.sources.attaches import Refus
from indicateurs.sources.modeles import Heures, Rencontre, Resultat, Situation
from indicateurs.sources.services.rattachement import (
    Annuaire,
    decaler,
    rattacher_aux_parcours,
    rechiffrer_les_reconnues,
)
from indicateurs.stockage import enregistrements, inserer, lire_table, modifier, table_vide

DOUBLON = (
    "Une ligne plus bas parle de la même chose et dit autre chose : c'est elle qui compte.",
    "Ne gardez que la ligne juste.",
)
_MARGE_MOIS = 6


@dataclass(frozen=True)
class Nature:
    """Une sorte de faits : sa table, ce qui désigne un fait d'un parcours (`cle`), ses valeurs (`champs`).

    `periodes` : ce que les lignes disent du parcours visé (colonnes de `rattacher_aux_parcours`).
    """

    modele: type[SQLModel]
    cle: dict[str, str]
    champs: dict[str, str]
    periodes: Callable[[pd.DataFrame], pd.DataFrame]

    @property
    def cles(self) -> list[str]:
        """`parcours_id`, puis ce qui désigne le fait."""
        return ["parcours_id", *self.cle]


def _par_annee(retenues: pd.DataFrame) -> pd.DataFrame:
    """Une session d'examen : l'année de fin la départage ; on passe encore l'examen deux ans après."""
    annees = [int(annee) for annee in retenues["annee"]]
    du, au = [date(annee - 2, 1, 1) for annee in annees], [date(annee, 12, 31) for annee in annees]
    return _avec_entree(retenues, du=_jours(du), au=_jours(au), annee_de_fin=pd.array(annees, dtype="Int64"))


def _par_annee_scolaire(retenues: pd.DataFrame) -> pd.DataFrame:
    annees = [int(annee) for annee in retenues["annee"]]
    du, au = [date(annee, 8, 1) for annee in annees], [date(annee + 1, 7, 31) for annee in annees]
    return _avec_entree(retenues, du=_jours(du), au=_jours(au))


def _par_dates(retenues: pd.DataFrame) -> pd.DataFrame:
    """Les dates de la rencontre, élargies : un contrat peut commencer un peu avant la formation."""
    dates = retenues[["prevue_du", "prevue_au", "tenue_le"]]
    debuts, fins = dates.min(axis=1), dates.max(axis=1)
    du = [None if pd.isna(jour) else decaler(jour.date(), -_MARGE_MOIS) for jour in debuts]
    au = [None if pd.isna(jour) else decaler(jour.date(), _MARGE_MOIS) for jour in fins]
    return _avec_entree(retenues, du=_jours(du), au=_jours(au))


def _sans_periode(retenues: pd.DataFrame) -> pd.DataFrame:
    if "annee_sortie" in retenues:
        return _avec_entree(retenues, annee_de_fin=retenues["annee_sortie"].astype("Int64"))
    return _avec_entree(retenues)


def _jours(dates: list[Any]) -> pd.Series:
    return pd.Series(pd.to_datetime(pd.Series(dates, dtype="object"))).astype("datetime64[s]")


def _avec_entree(retenues: pd.DataFrame, **colonnes: Any) -> pd.DataFrame:
    entree = {"date_entree": retenues["date_entree"]} if "date_entree" in retenues else {}
    return pd.DataFrame({**entree, **colonnes}, index=retenues.index)


NATURES: dict[str, Nature] = {
    "resultat": Nature(Resultat, {"annee": "entier"}, {"present": "booleen", "admis": "booleen"}, _par_annee),
    "heures": Nature(Heures, {"annee": "entier"}, {"prevues": "nombre", "realisees": "nombre"}, _par_annee_scolaire),
    "rencontre": Nature(
        Rencontre,
        {"nature": "texte", "rang": "entier"},
        {"prevue_du": "date", "prevue_au": "date", "tenue_le": "date"},
        _par_dates,
    ),
    "situation": Nature(
        Situation,
        {"mois": "entier"},
        {
            "repondu": "booleen",
            "situation": "texte",
            "type_contrat": "texte",
            "adequation": "booleen",
            "recherche_mois": "nombre",
        },
        _sans_periode,
    ),
}


@dataclass(frozen=True)
class PlanDeFaits:
    """Ce que ranger le fichier ferait : l'écart avec ce qui est rangé, et les lignes laissées de côté."""

    nature: Nature
    ecart: Ecart
    refus: tuple[Refus, ...]
    annuaire: Annuaire
    apprentis: frozenset[int]
    effacees: Effacees = field(default_factory=Effacees)
    repere_cle: str = ""


def preparer_les_faits(session: Session, acteur: Acteur, diagnostic: Diagnostic, nature: Nature) -> PlanDeFaits:
    """Compare un fichier de faits à ce qui est rangé, parcours par parcours ; n'écrit rien."""
    diagnostic, effacees = ecarter_les_effacees(session, acteur, diagnostic)
    periodes = nature.periodes(diagnostic.lignes)
    trouvees = rattacher_aux_parcours(session, acteur, diagnostic, periodes)
    rangees = _lire(session, acteur, nature)
    lignes = _typer(trouvees.lignes, nature)
    if "rang" in nature.cle:
        lignes = _donner_un_rang(lignes, rangees)
    nouvelles, doublons = reunir_les_lignes(lignes, nature.cles, [*nature.champs])
    ecart = comparer(rangees, nouvelles.assign(prime=True), nature.cles, [*nature.champs], retirer=False)
    refus = tuple(sorted((*trouvees.refus, *doublons), key=lambda refus: refus.ligne))
    apprentis = frozenset(int(apprenti) for apprenti in lignes["apprenti_id"])
    return PlanDeFaits(nature, ecart, refus, trouvees.annuaire, apprentis, effacees, diagnostic.repere_cle)


def _lire(session: Session, acteur: Acteur, nature: Nature) -> pd.DataFrame:
    modele: Any = nature.modele
    colonnes = {"id": "entier", "parcours_id": "entier", **nature.cle, **nature.champs}
    requete = select(*(col(getattr(modele, nom)) for nom in colonnes)).where(
        col(modele.etablissement_id) == acteur.etablissement_id
    )
    return lire_table(session, requete, colonnes)


def _typer(lignes: pd.DataFrame, nature: Nature) -> pd.DataFrame:
    """Les colonnes de la nature, aux types de la base ; celles que le fichier n'a pas sont vides."""
    return lignes[["ligne", "parcours_id", "apprenti_id"]].join(typer(lignes, {**nature.cle, **nature.champs}))


def typer(lignes: pd.DataFrame, genres: dict[str, str]) -> pd.DataFrame:
    """Les colonnes voulues, aux types de la base ; vides si le fichier ne les a pas."""
    vide = table_vide(genres)
    typees = {
        str(nom): (lignes[nom] if nom in lignes else pd.Series([None] * len(lignes))).astype(genre.dtype)
        for nom, genre in vide.items()
    }
    return pd.DataFrame(typees, index=lignes.index)


def _donner_un_rang(lignes: pd.DataFrame, rangees: pd.DataFrame) -> pd.DataFrame:
    """Le rang d'une rencontre que le fichier ne numérote pas : celui de la même, déjà rangée, sinon le suivant.

    La même : mêmes parcours et nature, même jour prévu (à défaut, tenu).
    """
    connus: dict[tuple[int, str, Any], int] = {}
    derniers: dict[tuple[int, str], int] = {}

    def noter(parcours: int, nature: str, jour: Any, rang: int) -> None:
        connus[parcours, nature, jour] = rang
        derniers[parcours, nature] = max(rang, derniers.get((parcours, nature), 0))

    for parcours, nature, jour, rang in _reperes(rangees):
        noter(parcours, nature, jour, int(rang))
    donnes = {}
    ordre = lignes.assign(_jour=_jour_de_la_rencontre(lignes)).sort_values(["_jour", "ligne"], kind="stable")
    for index, (parcours, nature, jour, rang) in zip(ordre.index, _reperes(ordre), strict=True):
        suivant = connus.get((parcours, nature, jour), derniers.get((parcours, nature), 0) + 1)
        donnes[index] = suivant if pd.isna(rang) else int(rang)
        noter(parcours, nature, jour, donnes[index])
    return lignes.assign(rang=pd.Series(donnes, dtype="Int64").reindex(lignes.index))


def _reperes(table: pd.DataFrame) -> Iterable[tuple[int, str, Any, Any]]:
    jours = _jour_de_la_rencontre(table)
    return zip(table["parcours_id"], table["nature"], jours, table["rang"], strict=True)


def _jour_de_la_rencontre(table: pd.DataFrame) -> pd.Series:
    jours: pd.Series = table["prevue_du"].fillna(table["tenue_le"]).fillna(table["prevue_au"])
    return jours


def reunir_les_lignes(lignes: pd.DataFrame, cle: list[str], champs: list[str]) -> tuple[pd.DataFrame, list[Refus]]:
    """Une ligne par clé : deux lignes se complètent ; si elles se contredisent, la dernière compte, l'autre se dit."""
    ordonnees = lignes.sort_values("ligne", kind="stable").reset_index(drop=True)
    contredit = pd.Series(data=False, index=ordonnees.index)
    dernieres = ordonnees.groupby(cle, sort=False)[champs].transform("last")
    for champ in champs:
        contredit |= differents(ordonnees[champ], dernieres[champ])
    refus = [Refus(int(ligne), *DOUBLON) for ligne in ordonnees.loc[contredit, "ligne"]]
    unies = ordonnees[~contredit].groupby(cle, sort=False, as_index=False)[[*champs, "ligne"]].last()
    return unies, refus


def ranger_les_faits(session: Session, acteur: Acteur, plan: PlanDeFaits, depot_id: int) -> None:
    """Applique un plan de faits dans la transaction en cours."""
    nature, ecart = plan.nature, plan.ecart
    communs = {"etablissement_id": acteur.etablissement_id, "depot_id": depot_id}
    ajouts = enregistrements(ecart.ajouts, (*nature.cles, *nature.champs, "ligne"))
    inserer(session, nature.modele, [{**communs, **rangee} for rangee in ajouts])
    changes = enregistrements(ecart.communes[ecart.changees], ("id", *nature.champs, "ligne"))
    modifier(session, nature.modele, [{"depot_id": depot_id, **rangee} for rangee in changes])
    rechiffrer_les_reconnues(session, plan.annuaire, plan.apprentis)
    rechiffrer_les_tombales(session, plan.effacees, plan.repere_cle)
