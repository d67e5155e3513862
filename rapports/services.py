"""Assembler le dossier du conseil d'une formation, l'émettre, retrouver les dossiers émis."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, select, union
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger
from charte.chargement import charger_edition
from charte.commun.base import exiger_id, lignes, maintenant
from charte.commun.journal import journaliser
from charte.commun.travaux import demander_travail
from charte.commun.typographie import FUSEAU
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Composante, Etablissement, Formation
from charte.services.portee import formations_atteintes
from grilles.regles import annee_de_rentree
from grilles.services import resume_pour_rapport
from grilles.vues import Scelle
from indicateurs.modeles import Contrat, Depot, Parcours
from indicateurs.services.lectures import jour_d_observation
from indicateurs.services.mesures import TableauDeMesures, mesurer
from indicateurs.vues import STATUTS
from rapports.conversions import effectif_conseil, indicateur_conseil, poste_conseil
from rapports.dossier import (
    ArreteConseil,
    DossierConseil,
    EffectifConseil,
    FormationConseil,
    IndicateurConseil,
    SourceConseil,
    depuis_instantane,
    en_instantane,
)
from rapports.modeles import Rapport

GENRE = "dossier_conseil"
TRAVAIL = "rapport_conseil"
_ETATS_DE_CAMPAGNE = {
    "preparation": "en préparation",
    "ouverte": "ouverte",
    "en_concertation": "en concertation",
    "arretee": "arrêtée",
}


@dataclass(frozen=True)
class RapportEmis:
    """Un dossier émis (ou demandé : `fichier` est alors None), tel que la page le liste."""

    id: int
    formation_id: int
    au: date
    auteur: str
    demande_le: datetime
    travail_id: int | None
    fichier: str | None
    empreinte: str | None
    pages: int | None


def assembler_dossier(session: Session, acteur: Acteur, formation_id: int, au: date | None = None) -> DossierConseil:
    """Le dossier d'une formation, tel que le PDF le dira ; `au` : date d'observation (celle des données, sans elle).

    Une formation sans grille ni fichier donne un dossier qui le dit. Lève `Introuvable` si la formation n'est pas de
    l'établissement de l'acteur.
    """
    formation, cfa, cfa_interne, etablissement = _parties(session, acteur, formation_id)
    jour = au or jour_d_observation(session, acteur)
    grille = resume_pour_rapport(session, acteur, formation_id, annee_de_rentree(au) if au else None)
    sources = _sources(session, acteur, formation_id)
    tableau = mesurer(session, acteur, jour, geste=Geste.LIRE_DOSSIER) if sources else None
    return DossierConseil(
        etablissement=etablissement,
        cfa=cfa,
        cfa_interne=cfa_interne,
        formation=formation,
        annee=grille.annee,
        au=jour,
        edite_le=maintenant().replace(microsecond=0),
        edition=charger_edition(grille.edition).date_affichee,
        empreinte_edition=grille.empreinte_edition,
        seuil=_seuil(tableau),
        postes=tuple(poste_conseil(poste, commence=grille.commencee) for poste in grille.postes),
        grille=grille.commencee,
        campagne=grille.campagne or "",
        etat_campagne=_ETATS_DE_CAMPAGNE.get(grille.etat_campagne or "", ""),
        indicateurs=_indicateurs(tableau, formation_id),
        effectifs=_effectifs(tableau, formation_id),
        sources=sources,
        arrete=_arrete(grille.scelle),
    )


def _arrete(scelle: Scelle | None) -> ArreteConseil | None:
    """L'arrêté sans le nom de qui l'a fait : le dossier n'en porte aucun."""
    if scelle is None:
        return None
    return ArreteConseil(scelle.version, scelle.empreinte, scelle.arrete_le.replace(microsecond=0), scelle.instance)


def _parties(
    session: Session, acteur: Acteur, formation_id: int, geste: Geste = Geste.LIRE_DOSSIER
) -> tuple[FormationConseil, str, bool, str]:
    colonnes = (
        Formation.code, Formation.libelle, Formation.rncp, Formation.cfd, Formation.niveau, Formation.uai_formateur,
        Composante.nom, Cfa.nom, Cfa.interne, Etablissement.nom,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .select_from(Formation)
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .join(Etablissement, col(Etablissement.id) == col(Formation.etablissement_id))
        .outerjoin(Composante, col(Composante.id) == col(Formation.composante_id))
        .where(col(Formation.id) == formation_id, formations_atteintes(acteur, geste))
    )
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable
    code, libelle, rncp, cfd, niveau, uai, composante, cfa, interne, etablissement = trouvees[0]
    return FormationConseil(code, libelle, rncp, cfd, niveau, uai, composante or ""), cfa, interne, etablissement


def _seuil(tableau: TableauDeMesures | None) -> int:
    """Le plus grand des seuils internes : le document n'en annonce qu'un."""
    from indicateurs.definitions import charger_definitions

    definitions = tableau.definitions if tableau else charger_definitions()
    return max(d.seuils.pour("interne") for d in definitions.values())


def _indicateurs(tableau: TableauDeMesures | None, formation_id: int) -> tuple[IndicateurConseil, ...]:
    perimetre = tableau.formation(formation_id) if tableau else None
    if tableau is None or perimetre is None:
        return ()
    return tuple(
        indicateur_conseil(d, tableau.serie(d.cle, perimetre), tableau.ensemble(d.cle, perimetre))
        for d in tableau.definitions.values()
        if d.unite == "part" and tableau.serie(d.cle, perimetre)
    )


def _effectifs(tableau: TableauDeMesures | None, formation_id: int) -> tuple[EffectifConseil, ...]:
    perimetre = tableau.formation(formation_id) if tableau else None
    if tableau is None or perimetre is None:
        return ()
    return tuple(
        effectif_conseil(cle, libelle, tableau.ensemble(cle, perimetre))
        for cle, libelle in STATUTS.items()
        if cle in tableau.definitions
    )


def _sources(session: Session, acteur: Acteur, formation_id: int) -> tuple[SourceConseil, ...]:
    """Les dépôts d'où viennent les parcours et contrats de la formation ; un nom de fichier peut nommer quelqu'un."""
    siens = select(col(Parcours.depot_id)).where(col(Parcours.formation_id) == formation_id)
    contrats = (
        select(col(Contrat.depot_id))
        .join(Parcours, col(Parcours.id) == col(Contrat.parcours_id))
        .where(col(Parcours.formation_id) == formation_id)
    )
    colonnes = (Depot.id, Depot.nom_fichier, Depot.empreinte, Depot.depose_le, Depot.retenues, Depot.ecartees)
    requete = (
        select(*(col(c) for c in colonnes))
        .where(
            col(Depot.etablissement_id) == acteur.etablissement_id,
            col(Depot.id).in_(union(siens, contrats).scalar_subquery()),
        )
        .order_by(col(Depot.id).desc())
    )
    communs = _depots_communs(session, formation_id)
    return tuple(
        SourceConseil(
            _repere(n, nom), empreinte, quand.astimezone(FUSEAU).date(), *((None, None) if n in communs else comptes)
        )
        for n, nom, empreinte, quand, *comptes in lignes(session, requete)
    )


def _depots_communs(session: Session, formation_id: int) -> set[int]:
    """Les dépôts dont viennent aussi des parcours d'un autre CFA que celui de la formation."""
    sien = select(col(Formation.cfa_id)).where(col(Formation.id) == formation_id).scalar_subquery()
    etablissement = select(col(Formation.etablissement_id)).where(col(Formation.id) == formation_id).scalar_subquery()
    requete = (
        select(col(Parcours.depot_id))
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .where(col(Parcours.etablissement_id) == etablissement, col(Formation.cfa_id) != sien)
        .distinct()
    )
    return {int(depot_id) for (depot_id,) in lignes(session, requete)}


def _repere(identifiant: int, nom_fichier: str) -> str:
    suffixe = Path(nom_fichier).suffix.lower()
    genre = f" (fichier {suffixe})" if suffixe in (".xlsx", ".csv", ".ods", ".xls") else ""
    return f"Dépôt n° {identifiant}{genre}"


def emettre_rapport(session: Session, acteur: Acteur, formation_id: int, dossier: DossierConseil) -> int:
    """Fige le dossier assemblé (instantané) et demande son PDF, dans la transaction en cours ; rend l'identifiant.

    Le dossier s'assemble avant, en lecture : le calcul ne tient pas le verrou d'écriture. Lève `DroitManquant` ou
    `Introuvable`.
    """
    exiger(acteur, Geste.EDITER_RAPPORT)
    _parties(session, acteur, formation_id, Geste.EDITER_RAPPORT)
    rapport = Rapport(
        etablissement_id=acteur.etablissement_id,
        formation_id=formation_id,
        genre=GENRE,
        au=dossier.au,
        auteur=acteur.nom,
        demande_le=dossier.edite_le,
        donnees=en_instantane(dossier),
    )
    session.add(rapport)
    session.flush()
    identifiant = exiger_id(rapport.id)
    rapport.travail_id = demander_travail(session, acteur, TRAVAIL, {"rapport_id": identifiant})
    session.flush()
    journaliser(session, acteur, "dossier du conseil demandé", f"rapport:{identifiant}", apres={"au": str(dossier.au)})
    return identifiant


def lire_instantane(session: Session, acteur: Acteur, rapport_id: int) -> DossierConseil:
    """Le dossier figé d'un rapport ; lève `Introuvable`."""
    requete = select(col(Rapport.donnees)).where(col(Rapport.id) == rapport_id, _atteints(acteur))
    trouvees = lignes(session, requete)
    if not trouvees or trouvees[0][0] is None:
        raise Introuvable
    return depuis_instantane(trouvees[0][0])


def ranger_fichier(session: Session, acteur: Acteur, rapport_id: int, fichier: str, pages: int) -> None:
    """Note le fichier d'un rapport rendu. Un rapport déjà émis ne change plus : un second rendu est laissé de côté."""
    rapport = session.get(Rapport, rapport_id)
    if rapport is None or rapport.etablissement_id != acteur.etablissement_id:
        raise Introuvable
    if rapport.fichier is not None:
        return
    rapport.fichier, rapport.empreinte, rapport.pages = fichier, fichier.removesuffix(".pdf"), pages
    session.add(rapport)
    journaliser(
        session, acteur, "dossier du conseil émis", f"rapport:{rapport_id}", apres={"sha256": rapport.empreinte}
    )


def rapports_emis(session: Session, acteur: Acteur, formation_id: int | None = None) -> list[RapportEmis]:
    """Les dossiers de l'établissement (d'une formation, si elle est donnée), du plus récent au plus ancien."""
    requete = select(*_COLONNES).where(_atteints(acteur), col(Rapport.genre) == GENRE).order_by(col(Rapport.id).desc())
    if formation_id is not None:
        requete = requete.where(col(Rapport.formation_id) == formation_id)
    return [RapportEmis(*ligne) for ligne in lignes(session, requete)]


def rapport_emis(session: Session, acteur: Acteur, rapport_id: int) -> RapportEmis:
    """Un rapport de l'établissement ; lève `Introuvable`."""
    requete = select(*_COLONNES).where(col(Rapport.id) == rapport_id, _atteints(acteur))
    trouvees = lignes(session, requete)
    if not trouvees:
        raise Introuvable
    return RapportEmis(*trouvees[0])


def _atteints(acteur: Acteur) -> ColumnElement[bool]:
    """La condition « ce rapport est celui d'une formation dont l'acteur lit le dossier »."""
    siennes = select(col(Formation.id)).where(formations_atteintes(acteur, Geste.LIRE_DOSSIER))
    return and_(col(Rapport.etablissement_id) == acteur.etablissement_id, col(Rapport.formation_id).in_(siennes))


_COLONNES: tuple[Any, ...] = tuple(
    col(c)
    for c in (
        Rapport.id, Rapport.formation_id, Rapport.au, Rapport.auteur, Rapport.demande_le, Rapport.travail_id,
        Rapport.fichier, Rapport.empreinte, Rapport.pages,
    )
)  # fmt: skip
