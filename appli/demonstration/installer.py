"""Prépare la démonstration : parties prenantes, extractions déposées et confirmées, grilles remplies."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from appli.base import BaseSQL
from appli.cloison import hors_cloison
from appli.demonstration.dialogue import Scene, dialoguer, ouvrir_la_campagne
from appli.demonstration.fichiers import (
    CSV_AVEC_MARQUE,
    CSV_DE_TABLEUR,
    ecrire_csv,
    ecrire_xlsx,
    lignes_du_cfa,
    nom_de_fichier,
)
from appli.demonstration.fichiers_des_suites import ecrire_les_suites
from appli.demonstration.generateur import annee_scolaire, engendrer
from appli.demonstration.grilles import remplir_grilles
from appli.demonstration.parties import creer_les_comptes, etablissements_ranges, ranger_les_parties
from appli.demonstration.salissures import mettre_a_jour, separer_les_tardives
from appli.demonstration.suites import engendrer_les_suites
from appli.demonstration.universite import PROMOTIONS, Universite, charger_universite, uai
from appli.sessions import CompteConnu, comptes_actifs
from charte.acteur import Acteur, Portee, Role
from charte.commun.reglages import Reglages
from charte.commun.typographie import FUSEAU
from indicateurs.imports.coffre import Coffre
from indicateurs.imports.diagnostic import FORMAT_DES_APPRENTIS
from indicateurs.imports.services import (
    FichierDepose,
    Lecture,
    deposer,
    enregistrer_examen,
    examiner,
    ranger_fichier,
)
from rapports.mesures_citees import MesuresDesIndicateurs

TARDIVES = 12
JOURS_DEPUIS_LA_RUPTURE = 3
CFA_DU_DEPOT_EN_ATTENTE = "horizons"


class BaseDejaHabitee(Exception):
    """La base porte un autre établissement : la démonstration, aux mots de passe connus, n'a rien à y faire."""


@dataclass(frozen=True)
class Extractions:
    """Les fichiers d'un CFA : celui qui est déjà confirmé, et sa suite, fautes comprises."""

    cfa: str
    confirmee: Path
    suite: Path

    @property
    def presentes(self) -> bool:
        """Vrai si les deux fichiers sont écrits."""
        return self.confirmee.exists() and self.suite.exists()


@dataclass(frozen=True)
class Preparation:
    """Ce qu'il faut dire à qui ouvre la démonstration. `a_deposer` : un fichier à déposer soi-même."""

    comptes: list[CompteConnu]
    a_deposer: Path
    deja_prete: bool


@hors_cloison()
def preparer(reglages: Reglages, base: BaseSQL, jour: date | None = None) -> Preparation:
    """Construit la démonstration en une transaction ; ne fait rien si elle y est déjà.

    La base doit être migrée. `jour` : le jour présent, à l'heure de Paris. Lève `BaseDejaHabitee`.
    """
    jour = jour or datetime.now(FUSEAU).date()
    universite = charger_universite()
    with base.lecture() as session:
        ranges = etablissements_ranges(session)
    deja_prete = uai(universite.etablissement.uai) in ranges
    if ranges and not deja_prete:
        raise BaseDejaHabitee(
            f"Cette base porte déjà « {next(iter(ranges))} ». Donnez à la démonstration un dossier à elle : "
            "TRAJECTOIRE_DOSSIER=.demonstration ./lancer demo"
        )
    dossier = reglages.dossier / "exemples"
    extractions = extractions_du_jour(universite, dossier, jour)
    if not deja_prete or not all(extraction.presentes for extraction in extractions):
        ecrire_extractions(universite, extractions, jour)
    if not deja_prete:
        suites = ecrire_suites(universite, dossier, jour)
        with base.ecriture() as session:
            _construire(session, reglages, universite, extractions, suites, jour=jour)
    with base.lecture() as session:
        comptes = comptes_actifs(session)
    return Preparation(comptes, extractions[0].suite, deja_prete)


def extractions_du_jour(universite: Universite, dossier: Path, jour: date) -> list[Extractions]:
    """Les noms des fichiers de chaque CFA : le CFA interne en xlsx, le partenaire en csv."""
    annee = annee_scolaire(jour)
    noms = []
    for cfa in universite.cfas:
        extension, premiere = ".xlsx" if cfa.interne else ".csv", annee - PROMOTIONS + 1
        confirmee = nom_de_fichier(cfa.fichier, premiere, annee, extension)
        suite = nom_de_fichier(cfa.fichier, premiere, annee, f"-suite{extension}")
        noms.append(Extractions(cfa.cle, dossier / confirmee, dossier / suite))
    return noms


def ecrire_extractions(universite: Universite, extractions: list[Extractions], jour: date) -> None:
    """Engendre et écrit les deux fichiers de chaque CFA."""
    apprentis = engendrer(universite, jour)
    for extraction in extractions:
        lignes = lignes_du_cfa(universite, extraction.cfa, apprentis, jour)
        gardees, tardives = separer_les_tardives(lignes, annee_scolaire(jour), TARDIVES)
        suite = mettre_a_jour(gardees, tardives, jour - timedelta(days=JOURS_DEPUIS_LA_RUPTURE))
        extraction.confirmee.parent.mkdir(parents=True, exist_ok=True)
        if extraction.confirmee.suffix == ".xlsx":
            ecrire_xlsx(extraction.confirmee, gardees)
            ecrire_xlsx(extraction.suite, suite)
        else:
            ecrire_csv(extraction.confirmee, gardees, CSV_DE_TABLEUR)
            ecrire_csv(extraction.suite, suite, CSV_AVEC_MARQUE)


def ecrire_suites(universite: Universite, dossier: Path, jour: date) -> dict[str, Path]:
    """Engendre et écrit les autres fichiers (examens, heures, rencontres, devenir, avis) ; rend format → chemin."""
    return ecrire_les_suites(dossier, universite, engendrer_les_suites(engendrer(universite, jour), jour))


def _construire(
    session: Session,
    reglages: Reglages,
    universite: Universite,
    extractions: list[Extractions],
    suites: dict[str, Path],
    *,
    jour: date,
) -> None:
    annee = annee_scolaire(jour)
    etablissement_id, formations = ranger_les_parties(session, universite, annee)
    creer_les_comptes(session, universite, etablissement_id, formations)
    acteur, du_cfa = _les_deux_parties(session)
    for extraction in extractions:
        _importer(session, acteur, reglages, extraction)
    for format_, chemin in suites.items():
        _confirmer(session, acteur, reglages, chemin, format_)
    scene = Scene(session, acteur, du_cfa, formations, jour, annee)
    ouvrir_la_campagne(scene)
    remplir_grilles(session, acteur, formations, annee, jour)
    dialoguer(scene, MesuresDesIndicateurs())


def _les_deux_parties(session: Session) -> tuple[Acteur, Acteur]:
    """La référente qualité, qui signe dépôts et réponses, et le référent du CFA partenaire."""
    referents = [compte.acteur for compte in comptes_actifs(session) if compte.role is Role.REFERENT_QUALITE]
    referente, du_cfa = sorted(referents, key=lambda acteur: acteur.tenus[0].portee is Portee.CFA)
    return referente, du_cfa


def _importer(session: Session, acteur: Acteur, reglages: Reglages, extraction: Extractions) -> None:
    """Confirme la première extraction ; laisse la suite du CFA partenaire à confirmer."""
    coffre = Coffre(reglages.dossier_depots, reglages.cle_fichiers)
    conservation = reglages.conservation_depots_jours
    _confirmer(session, acteur, reglages, extraction.confirmee)
    if extraction.cfa == CFA_DU_DEPOT_EN_ATTENTE:
        suite = _deposable(extraction.suite)
        depot_id = deposer(session, acteur, suite, coffre, conservation)
        enregistrer_examen(session, acteur, depot_id, examiner(suite, reglages.cle_identite), coffre)


def _confirmer(
    session: Session, acteur: Acteur, reglages: Reglages, chemin: Path, format_: str = FORMAT_DES_APPRENTIS
) -> None:
    """Dépose un fichier et le range, comme une personne qui confirmerait son diagnostic."""
    coffre = Coffre(reglages.dossier_depots, reglages.cle_fichiers)
    depose = _deposable(chemin)
    diagnostic = examiner(depose, reglages.cle_identite, lecture=Lecture(format_)).diagnostic
    if diagnostic is None:
        raise ValueError(f"Le fichier de démonstration {chemin.name} ne se lit pas.")
    conservation = reglages.conservation_depots_jours
    ranger_fichier(session, acteur, (depose, diagnostic), coffre, conservation_jours=conservation)


def _deposable(chemin: Path) -> FichierDepose:
    return FichierDepose(chemin.name, chemin.read_bytes())
