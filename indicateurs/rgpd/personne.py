"""Retrouver une personne par ce que l'établissement sait d'elle, et dire tout ce qui est rangé à son sujet."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from charte.acteur import Acteur, Geste, exiger_partout
from charte.commun.base import lignes
from charte.commun.journal import journaliser
from charte.commun.web import Introuvable
from charte.modeles import Cfa, Formation
from indicateurs.imports.identite import empreinte_effacement
from indicateurs.modeles import Apprenti, Contrat, Depot, Effacement, Parcours
from indicateurs.rgpd.critere import Critere
from indicateurs.rgpd.faits import FaitTenu, Source, en_iso, faits_du_parcours, valeurs_de_la_personne

GESTE = Geste.GERER_PERSONNES


@dataclass(frozen=True)
class PersonneEffacee:
    """Une pierre tombale : son numéro, et depuis quand."""

    id: int
    efface_le: datetime


@dataclass(frozen=True)
class Trouvailles:
    """Les numéros des personnes rangées qui répondent à la recherche, et les effacements qui la visent."""

    apprentis: tuple[int, ...]
    effacees: tuple[PersonneEffacee, ...]


@dataclass(frozen=True)
class ContratTenu:
    """Un contrat, tel qu'il est rangé."""

    rang: int
    date_debut: date
    date_fin: date | None
    date_rupture: date | None
    cause_rupture: str | None
    motif_rupture: str | None
    siret_employeur: str | None
    effectif_employeur: int | None
    source: Source


@dataclass(frozen=True)
class ParcoursTenu:
    """Un parcours, sa formation, ses contrats et ses faits (résultats, heures…), tels qu'ils sont rangés."""

    formation: str
    cfa: str
    uai_formateur: str
    annee_scolaire: str
    annee_formation: int | None
    date_inscription: date | None
    date_entree: date
    date_fin: date
    date_exclusion: date | None
    cause_exclusion: str | None
    obtention: bool | None
    date_obtention: date | None
    duree_theorique_mois: int | None
    source: Source
    contrats: tuple[ContratTenu, ...]
    faits: tuple[FaitTenu, ...] = ()


@dataclass(frozen=True)
class Fiche:
    """Tout ce qui est rangé d'une personne, sous son numéro interne ; son identité n'y est pas, faute d'être gardée.

    `connue_par_ine` : une empreinte d'INE est rangée à côté de celle de l'identité. `valeurs` : ce que chaque source
    dit d'elle, retenu ou gardé à côté.
    """

    numero: int
    connue_par_ine: bool
    sexe: str | None
    annee_naissance: int | None
    rqth: bool | None
    parcours: tuple[ParcoursTenu, ...]
    valeurs: tuple[FaitTenu, ...] = ()

    @property
    def contrats(self) -> int:
        """Nombre de contrats, tous parcours réunis."""
        return sum(len(parcours.contrats) for parcours in self.parcours)

    def en_json(self) -> dict[str, Any]:
        """Tous les champs, dates en AAAA-MM-JJ, instants en ISO 8601 (UTC)."""
        converti: dict[str, Any] = _en_json(asdict(self))
        return converti


def _en_json(valeur: Any) -> Any:
    if isinstance(valeur, dict):
        return {cle: _en_json(contenu) for cle, contenu in valeur.items()}
    if isinstance(valeur, list | tuple):
        return [_en_json(contenu) for contenu in valeur]
    return en_iso(valeur)


def chercher(session: Session, acteur: Acteur, critere: Critere, cles: tuple[bytes, ...]) -> Trouvailles:
    """Les personnes et les effacements de l'établissement qui répondent au critère ; rien n'en est gardé ni journalisé.

    Les empreintes se cherchent sous chaque clé d'identité. Lève `DroitManquant`.
    """
    exiger_partout(acteur, GESTE)
    identites, ines = critere.identites(cles), critere.ines(cles)
    conditions = or_(
        col(Apprenti.empreinte_identite).in_(identites),
        col(Apprenti.empreinte_ine).in_(ines),
        col(Apprenti.id) == critere.numero,
    )
    requete = select(col(Apprenti.id)).where(col(Apprenti.etablissement_id) == acteur.etablissement_id, conditions)
    trouves = tuple(int(i) for (i,) in lignes(session, requete.order_by(col(Apprenti.id))))
    return Trouvailles(trouves, _effacees(session, acteur, identites, ines))


def _effacees(
    session: Session, acteur: Acteur, identites: tuple[str, ...], ines: tuple[str, ...]
) -> tuple[PersonneEffacee, ...]:
    conditions = or_(
        col(Effacement.empreinte_identite).in_([empreinte_effacement(e) for e in identites]),
        col(Effacement.empreinte_ine).in_([empreinte_effacement(e) for e in ines]),
    )
    requete = select(col(Effacement.id), col(Effacement.efface_le)).where(
        col(Effacement.etablissement_id) == acteur.etablissement_id, conditions
    )
    return tuple(PersonneEffacee(*ligne) for ligne in lignes(session, requete.order_by(col(Effacement.id))))


def lire_fiche(session: Session, acteur: Acteur, apprenti_id: int) -> Fiche:
    """Tout ce qui est rangé d'une personne de l'établissement. Lève `DroitManquant`, `Introuvable`."""
    exiger_partout(acteur, GESTE)
    colonnes = (Apprenti.id, Apprenti.empreinte_ine, Apprenti.sexe, Apprenti.annee_naissance, Apprenti.rqth)
    trouvees = lignes(
        session,
        select(*(col(c) for c in colonnes)).where(
            col(Apprenti.id) == apprenti_id, col(Apprenti.etablissement_id) == acteur.etablissement_id
        ),
    )
    if not trouvees:
        raise Introuvable
    numero, ine, sexe, annee, rqth = trouvees[0]
    tenus = (_parcours(session, acteur, apprenti_id), valeurs_de_la_personne(session, acteur, apprenti_id))
    return Fiche(numero, ine is not None, sexe, annee, rqth, *tenus)


def _parcours(session: Session, acteur: Acteur, apprenti_id: int) -> tuple[ParcoursTenu, ...]:
    colonnes = (
        Parcours.id, Formation.libelle, Cfa.nom, Formation.uai_formateur, Parcours.annee_scolaire,
        Parcours.annee_formation, Parcours.date_inscription, Parcours.date_entree, Parcours.date_fin,
        Parcours.date_exclusion, Parcours.cause_exclusion, Parcours.obtention, Parcours.date_obtention,
        Parcours.duree_theorique_mois, Depot.id, Depot.nom_fichier, Depot.depose_le, Parcours.ligne,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .select_from(Parcours)
        .join(Formation, col(Formation.id) == col(Parcours.formation_id))
        .join(Cfa, col(Cfa.id) == col(Formation.cfa_id))
        .join(Depot, col(Depot.id) == col(Parcours.depot_id))
        .where(col(Parcours.apprenti_id) == apprenti_id, col(Parcours.etablissement_id) == acteur.etablissement_id)
    )
    lus = [tuple(lu) for lu in lignes(session, requete.order_by(col(Parcours.date_entree), col(Parcours.id)))]
    valeurs = [
        (
            *lu[1:14],
            Source(*lu[14:]),
            _contrats(session, acteur, int(lu[0])),
            faits_du_parcours(session, acteur, int(lu[0])),
        )
        for lu in lus
    ]
    return tuple(ParcoursTenu(*valeur) for valeur in valeurs)


def _contrats(session: Session, acteur: Acteur, parcours_id: int) -> tuple[ContratTenu, ...]:
    colonnes = (
        Contrat.rang, Contrat.date_debut, Contrat.date_fin, Contrat.date_rupture, Contrat.cause_rupture,
        Contrat.motif_rupture, Contrat.siret_employeur, Contrat.effectif_employeur,
        Depot.id, Depot.nom_fichier, Depot.depose_le, Contrat.ligne,
    )  # fmt: skip
    requete = (
        select(*(col(c) for c in colonnes))
        .select_from(Contrat)
        .join(Depot, col(Depot.id) == col(Contrat.depot_id))
        .where(col(Contrat.parcours_id) == parcours_id, col(Contrat.etablissement_id) == acteur.etablissement_id)
    )
    lus = [tuple(lu) for lu in lignes(session, requete.order_by(col(Contrat.date_debut)))]
    return tuple(ContratTenu(*(*lu[:8], Source(*lu[8:]))) for lu in lus)


def extraire(session: Session, acteur: Acteur, apprenti_id: int, forme: str) -> Fiche:
    """La fiche d'une personne, à emporter ; l'extraction entre au journal (numéro interne et forme, rien d'autre)."""
    fiche = lire_fiche(session, acteur, apprenti_id)
    journaliser(session, acteur, "données d'une personne extraites", f"apprenti:{apprenti_id}", apres={"forme": forme})
    return fiche
