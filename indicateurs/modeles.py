"""Ce que l'on range des imports : dépôts, promotions, apprentis (sous pseudonyme), parcours, contrats."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from charte.commun.base import Instant, cle_primaire, reference, valeurs_permises

ETATS_DE_DEPOT = ("recu", "diagnostique", "confirme", "abandonne", "illisible")


class Depot(SQLModel, table=True):
    """Un fichier déposé : gardé tel quel, chiffré, jusqu'à sa purge ; son diagnostic (nominatif) l'est aussi.

    `fichier` : nom du fichier chiffré dans le dossier des dépôts ; None une fois purgé. `cfa_id` : le CFA au nom
    duquel il est déposé (None : l'établissement entier) ; ses lignes ne peuvent alors parler que de lui. `format` : la
    clé du format lu ; `correspondance` : champ du format → titre de colonne, si le fichier a été rapproché à la main.
    """

    __tablename__ = "depot"
    __table_args__ = (
        CheckConstraint(valeurs_permises("etat", ETATS_DE_DEPOT), name="etat"),
        CheckConstraint("lues = retenues + ecartees", name="compte_juste"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    auteur: str = Field(max_length=200)
    compte_id: int | None = Field(default=None, sa_column=reference("compte.id", facultative=True))
    cfa_id: int | None = Field(default=None, sa_column=reference("cfa.id", facultative=True))
    format: str = Field(default="tableau_de_bord_v3", max_length=40)
    correspondance: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    nom_fichier: str = Field(max_length=255)
    empreinte: str = Field(max_length=64, index=True)
    taille: int
    fichier: str | None = Field(default=None, max_length=120)
    depose_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
    purger_le: date
    etat: str = Field(default="recu", max_length=20)
    message: str | None = Field(default=None, max_length=500)
    lues: int = 0
    retenues: int = 0
    ecartees: int = 0
    bloquants: int = 0
    avertissements: int = 0
    ajouts: int | None = None
    changements: int | None = None
    retraits: int | None = None
    confirme_le: datetime | None = Field(default=None, sa_column=Column(Instant(), nullable=True))
    travail_id: int | None = Field(default=None, sa_column=reference("travail.id", facultative=True))


class Promotion(SQLModel, table=True):
    """Entrants d'une formation pendant une année scolaire (1er août – 31 juillet) ; `annee` = année de la rentrée."""

    __tablename__ = "promotion"
    __table_args__ = (UniqueConstraint("formation_id", "annee"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    formation_id: int = Field(sa_column=reference("formation.id"))
    annee: int


class Apprenti(SQLModel, table=True):
    """Une personne, sous pseudonyme : l'identité n'est gardée que comme empreinte à clé.

    `repere_cle` : la clé des empreintes ; None : celle d'avant tout changement.
    """

    __tablename__ = "apprenti"
    __table_args__ = (UniqueConstraint("etablissement_id", "empreinte_identite"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    empreinte_identite: str = Field(max_length=64)
    empreinte_ine: str | None = Field(default=None, max_length=64)
    sexe: str | None = Field(default=None, max_length=1)
    annee_naissance: int | None = None
    rqth: bool | None = None
    repere_cle: str | None = Field(default=None, max_length=16, index=True)


class Parcours(SQLModel, table=True):
    """Un apprenti dans une formation (personne × formation × responsable × lieu), toutes années réunies."""

    __tablename__ = "parcours"
    __table_args__ = (
        UniqueConstraint("apprenti_id", "formation_id"),
        CheckConstraint("date_fin >= date_entree", name="dates"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    apprenti_id: int = Field(sa_column=reference("apprenti.id"))
    formation_id: int = Field(sa_column=reference("formation.id"))
    promotion_id: int = Field(sa_column=reference("promotion.id"))
    annee_scolaire: str = Field(max_length=9)
    annee_formation: int | None = None
    date_inscription: date | None = None
    date_entree: date
    date_fin: date
    date_exclusion: date | None = None
    cause_exclusion: str | None = Field(default=None, max_length=300)
    obtention: bool | None = None
    date_obtention: date | None = None
    duree_theorique_mois: int | None = None
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Contrat(SQLModel, table=True):
    """Un contrat d'apprentissage d'un parcours ; reconnu d'un fichier à l'autre par sa date de début."""

    __tablename__ = "contrat"
    __table_args__ = (
        UniqueConstraint("parcours_id", "date_debut"),
        CheckConstraint("date_fin IS NULL OR date_fin >= date_debut", name="dates"),
    )

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    parcours_id: int = Field(sa_column=reference("parcours.id"))
    rang: int
    date_debut: date
    date_fin: date | None = None
    date_rupture: date | None = None
    cause_rupture: str | None = Field(default=None, max_length=300)
    motif_rupture: str | None = Field(default=None, max_length=40)
    effectif_employeur: int | None = None
    siret_employeur: str | None = Field(default=None, max_length=20)
    depot_id: int = Field(sa_column=reference("depot.id"))
    ligne: int


class Effacement(SQLModel, table=True):
    """La pierre tombale d'une personne effacée : de quoi écarter sa ligne d'un vieux fichier, sans rien dire d'elle.

    `empreinte_identite`, `empreinte_ine` : empreintes d'empreintes (`imports.identite.empreinte_effacement`).
    """

    __tablename__ = "effacement"
    __table_args__ = (UniqueConstraint("etablissement_id", "empreinte_identite"),)

    id: int | None = Field(default=None, sa_column=cle_primaire())
    etablissement_id: int = Field(sa_column=reference("etablissement.id"))
    empreinte_identite: str = Field(max_length=64)
    empreinte_ine: str | None = Field(default=None, max_length=64)
    repere_cle: str | None = Field(default=None, max_length=16)
    efface_le: datetime = Field(sa_column=Column(Instant(), nullable=False))
