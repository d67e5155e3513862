"""SIFA : des contrats sans date de fin, rattachés aux parcours connus, ou de quoi en créer.

SIFA ne dit ni la fin prévue du contrat ni celle de la formation. Un parcours qu'il crée finit donc à une date estimée
(entrée + durée théorique), que toute autre source remplace ; un contrat qu'il crée n'a pas de fin prévue. Il ne crée
pas de formation à partir d'un seul code : le fichier des apprentis, qui donne les deux, en ferait une autre.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlmodel import Session

from charte.acteur import Acteur
from indicateurs.imports.consolidation import COLONNES_PARCOURS, COLONNES_PERSONNE
from indicateurs.imports.diagnostic import Diagnostic
from indicateurs.imports.identite import empreinte_parcours
from indicateurs.sources.attaches import (
    HORS_PERIODE,
    PLUSIEURS,
    Demande,
    ParcoursConnu,
    Refus,
    choisir_parcours,
)
from indicateurs.sources.services.faits import typer
from indicateurs.sources.services.rattachement import (
    FORMATION_AMBIGUE,
    codes_des_lignes,
    decaler,
    formation_des_codes,
    lire_annuaire,
    lire_formations,
    lire_parcours_connus,
)
from indicateurs.stockage import enregistrements, table_vide

CODE_INCOMPLET = (
    "SIFA ne donne ici qu'un des deux codes de la formation, et aucune formation connue n'y répond.",
    "Remplissez RNCP et DIPLOME, ou déposez d'abord le fichier des apprentis de cette formation.",
)
SANS_DATES = (
    "Cet apprenti n'a pas encore de parcours, et la ligne ne dit pas de quoi en créer un.",
    "Remplissez DATE_ENTREE_CFA et DUR_FORM_THEO, ou déposez d'abord le fichier des apprentis.",
)
SANS_PERSONNE = (
    "Aucun apprenti rangé n'a cet INE, et la ligne ne donne pas de quoi en créer un.",
    "Remplissez NOM, PRENOM 1 et DATE_NAIS, ou déposez d'abord le fichier des apprentis.",
)
_MARGE_MOIS = 6
_LIGNE = {
    "id_personne": "texte", "empreinte_ine": "texte", "annee_naissance": "entier", "sexe": "texte", "rqth": "booleen",
    "duree_mois": "entier", "annee_formation": "entier", "date_entree": "date", "date_debut": "date",
    "date_rupture": "date", "siret_employeur": "texte", "effectif_employeur": "entier",
}  # fmt: skip
_CONTRAT = {
    "date_fin": "date", "cause_rupture": "texte", "motif_rupture": "texte",
}  # fmt: skip
_PARCOURS = {
    "siret_responsable": "texte", "siret_formateur": "texte", "libelle": "texte", "date_inscription": "date",
    "date_exclusion": "date", "cause_exclusion": "texte", "obtention": "booleen", "date_obtention": "date",
}  # fmt: skip


@dataclass(frozen=True)
class _Connus:
    """Ce qui est rangé, de quoi reconnaître une ligne : personnes, parcours, formations."""

    annuaire: Any
    identites: dict[int, str]
    parcours: dict[int, list[ParcoursConnu]]
    formations: list[tuple[int, tuple[str, ...]]]


def preparer_sifa(
    session: Session, acteur: Acteur, diagnostic: Diagnostic
) -> tuple[dict[str, pd.DataFrame], tuple[Refus, ...]]:
    """Les tables `personnes`, `parcours` et `contrats` d'un fichier SIFA (formes de `consolider`), et les refus."""
    retenues = diagnostic.lignes
    annuaire = lire_annuaire(session, acteur, diagnostic)
    connus = _Connus(
        annuaire,
        {apprenti: empreinte for empreinte, apprenti in annuaire.par_identite.items()},
        lire_parcours_connus(session, acteur),
        lire_formations(session, acteur),
    )
    lignes = typer(retenues, _LIGNE).assign(ligne=retenues["ligne"])
    situees, refus = [], []
    for rangee, codes in zip(enregistrements(lignes, list(lignes.columns)), codes_des_lignes(retenues), strict=True):
        trouve = _situer(rangee, codes, connus)
        if isinstance(trouve, dict):
            situees.append(trouve)
        else:
            refus.append(Refus(rangee["ligne"], *trouve))
    return _tables(situees), tuple(refus)


def _situer(
    rangee: dict[str, Any], codes: tuple[str, str, str, str], connus: _Connus
) -> dict[str, Any] | tuple[str, str]:
    """La ligne et le parcours qu'elle vise, existant ou à créer ; sinon (raison, remède)."""
    apprenti = connus.annuaire.trouver(rangee["id_personne"], rangee["empreinte_ine"])
    if isinstance(apprenti, tuple):
        if not rangee["id_personne"]:
            return SANS_PERSONNE
        return _a_creer(rangee, codes, connus)
    rangee = {**rangee, "id_personne": connus.identites[apprenti]}
    candidats = connus.parcours.get(apprenti, [])
    trouve = choisir_parcours(candidats, _demande(rangee, codes)) if candidats else ("", "")
    if trouve == HORS_PERIODE:
        trouve = choisir_parcours(candidats, Demande(codes, rangee["date_entree"]))
    if isinstance(trouve, ParcoursConnu):
        # Ce que SIFA dit de l'année en cours ne contredit pas ce qu'un fichier d'une autre année a rangé.
        tu: dict[str, Any] = {"annee_scolaire": None, "annee_formation": None, "date_fin": None}
        return {**rangee, **tu, **_cles(rangee["id_personne"], trouve.codes)}
    return PLUSIEURS if trouve == PLUSIEURS else _a_creer(rangee, codes, connus)


def _demande(rangee: dict[str, Any], codes: tuple[str, str, str, str]) -> Demande:
    debut = rangee["date_debut"]
    bornes = (None, None) if debut is None else (decaler(debut, -_MARGE_MOIS), decaler(debut, _MARGE_MOIS))
    return Demande(codes, rangee["date_entree"], *bornes)


def _a_creer(
    rangee: dict[str, Any], codes: tuple[str, str, str, str], connus: _Connus
) -> dict[str, Any] | tuple[str, str]:
    formation = formation_des_codes(connus.formations, codes)
    if formation == FORMATION_AMBIGUE:
        return FORMATION_AMBIGUE
    if isinstance(formation, int):
        codes = next(siens for numero, siens in connus.formations if numero == formation)  # type: ignore[assignment]
    elif not (codes[0] and codes[1]):
        return CODE_INCOMPLET
    entree, duree = rangee["date_entree"], rangee["duree_mois"]
    if entree is None or not duree:
        return SANS_DATES
    dits = {"annee_scolaire": entree.year - (entree.month < 8), "date_fin": fin_estimee(entree, duree)}
    return {**rangee, **dits, **_cles(rangee["id_personne"], codes)}


def fin_estimee(entree: date, mois: int) -> date:
    """La veille du jour où la durée théorique (en mois) s'achève, comptée de l'entrée."""
    suivant = decaler(entree, mois)
    dernier = decaler(suivant, 1) - timedelta(days=1)
    return suivant.replace(day=min(entree.day, dernier.day)) - timedelta(days=1)


def _cles(personne: str, codes: tuple[str, ...]) -> dict[str, Any]:
    nommes = dict(zip(("rncp", "cfd", "uai_responsable", "uai_formateur"), codes, strict=True))
    return {**nommes, "id_parcours": empreinte_parcours(personne, *codes)}


def _tables(situees: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    genres = {
        **_LIGNE, "ligne": "entier", "annee_scolaire": "entier", "date_fin": "date", "rncp": "texte", "cfd": "texte",
        "uai_responsable": "texte", "uai_formateur": "texte", "id_parcours": "texte",
    }  # fmt: skip
    lignes = typer(pd.DataFrame(situees, columns=list(genres)), genres)
    parcours = lignes.groupby("id_parcours", sort=False, as_index=False).last()
    # Vides pour un parcours déjà rangé, ces colonnes perdraient leur type dans le regroupement.
    parcours = typer(parcours, genres).join(table_vide(_PARCOURS).reindex(parcours.index)).assign(prime=True)
    garder = ["id_parcours", "id_personne", "empreinte_ine", "annee_naissance", *COLONNES_PARCOURS, "ligne", "prime"]
    personnes = typer(lignes.groupby("id_personne", sort=False, as_index=False).last(), genres)
    return {
        "personnes": personnes[["id_personne", *COLONNES_PERSONNE, "annee_scolaire", "ligne"]].assign(prime=True),
        "parcours": parcours[garder],
        "contrats": _contrats(lignes[lignes["date_debut"].notna()], genres),
    }


def _contrats(lignes: pd.DataFrame, genres: dict[str, str]) -> pd.DataFrame:
    unis = lignes.groupby(["id_parcours", "date_debut"], sort=False, as_index=False).last()
    unis = typer(unis, genres).drop(columns="date_fin")
    unis["rang"] = unis.groupby("id_parcours", sort=False).cumcount() + 1
    unis = unis.join(table_vide(_CONTRAT).reindex(unis.index))
    return unis[
        ["id_parcours", "id_personne", "rang", "date_debut", "date_fin", "date_rupture", "cause_rupture",
         "siret_employeur", "motif_rupture", "effectif_employeur", "ligne"]
    ]  # fmt: skip
